"""连续办理: switched on knowingly; each scan acts on one student once, or says why not; each is undone; it ends."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest

from tests.served import Person, Someone, statuses

FREE, OTHER, BLOCKED, DONE = "221599104", "S231599104", "221599122", "221599103"
MARK = "0123456789abcdef0123456789abcdef"


def switch_on(person: Person, item: str = "LIB_BOOKS", status: str = "CLEARED", **more: str) -> Person:
    person.get("/admin/scan/")
    person.post("/admin/scan/start", item=item, status=status, **more)
    return person


def scan(person: Person, text: str, **more: str) -> Person:
    person.post("/admin/scan/pass", **(person.fields_of("/admin/scan/pass") | {"box": text} | more))
    return person


def is_on(person: Person) -> bool:
    return "data-scan-banner" in person.text


def lines(person: Person) -> list[str]:
    """Of the last ten: the tone, and what a reader sees."""
    [ten] = re.findall(r"<ol class=\"scans\" data-scans>(.*?)</ol>", person.text, re.DOTALL)
    found = []
    for each in ten.split('<li class="scan ')[1:]:
        tone, _, rest = each.partition('"')
        seen = re.sub(r"<time.*?</time>|<form.*?</form>", "", rest.partition(">")[2], flags=re.DOTALL)
        words = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", seen))).strip()
        found.append(f"{tone}: {words}")
    return found


def told(person: Person) -> list[str]:
    """The sentences on top of the page."""
    [status] = re.findall(r'<div role="status">(.*?)\n</div>', person.text, re.DOTALL)
    return re.findall(r"</svg><div>(.*?)</div>", status)


def undo_first(person: Person) -> Person:
    person.post("/admin/scan/undo", **person.fields_of("/admin/scan/undo"))
    return person


def stands(person: Person, number: str, item: str = "LIB_BOOKS") -> str:
    person.get("/admin/desk/")
    person.post("/admin/desk/", box=number)
    return statuses(person)[item]


@pytest.fixture
def library(someone: Someone) -> Person:
    return someone("library")


@pytest.fixture
def scanning(library: Person) -> Iterator[Person]:
    """Scan mode on the returned books; what was cleared is taken back afterwards, so that other tests find it."""
    yield switch_on(library)
    switch_on(library, status="PENDING")
    for number in (FREE, OTHER):
        scan(library, number)


def test_it_is_off_until_somebody_switches_it_on(library: Person) -> None:
    library.get("/admin/scan/")
    assert not is_on(library)
    assert re.findall(r'<option value="(LIB_\w+)"', library.text) == ["LIB_BOOKS", "LIB_THESIS"]
    assert re.findall(r'name="status" value="(\w+)"', library.text) == ["CLEARED", "NOT_REQUIRED", "PENDING"]
    switch_on(library, note="馆际互借已还")
    assert is_on(library)
    assert "连续办理已开启 每次扫描即办理通过:图书清还" in library.words
    assert "办理备注(学生可见): 馆际互借已还" in library.words


@pytest.mark.parametrize("typed", [FREE, f"\t{FREE}\r\n", "".join(chr(ord(digit) + 0xFEE0) for digit in FREE)])
def test_a_scan_passes_the_item_and_is_undone(scanning: Person, typed: str) -> None:
    scan(scanning, typed)
    assert lines(scanning) == [f"green: 已办理 王伟 {FREE} 打开"]
    assert told(scanning) == [f"已办理 · {FREE} · 王伟"]
    undo_first(scanning)
    assert told(scanning) == [f"已撤回 · {FREE} · 王伟"]
    assert lines(scanning) == [f"grey: 已撤回 王伟 {FREE} 打开"]
    assert is_on(scanning)
    assert stands(scanning, FREE) == "未办理"


def test_a_document_number_is_a_scan_too_and_stands_nowhere(scanning: Person) -> None:
    switch_on(scanning, status="PENDING")
    scan(scanning, "99011520040412402x")
    assert lines(scanning) == ["green: 已撤销 覃雪梅 221599105 打开"]
    for response in [*scanning.page.history, scanning.page]:
        assert "9901152004" not in str(response.url)
    assert "99011520040412402" not in scanning.text
    undo_first(scanning)
    assert told(scanning) == ["已撤回 · 221599105 · 覃雪梅"]


def test_the_same_student_at_once_again_is_ignored(scanning: Person) -> None:
    scan(scanning, FREE)
    scan(scanning, FREE)
    assert told(scanning) == [f"重复扫描,已忽略 · {FREE} · 王伟 · 5 秒内已扫描过该生。"]
    assert lines(scanning) == [f"green: 已办理 王伟 {FREE} 打开"]


def test_after_undoing_the_same_student_may_be_scanned_at_once(scanning: Person) -> None:
    scan(scanning, FREE)
    undo_first(scanning)
    scan(scanning, FREE)
    assert told(scanning) == [f"已办理 · {FREE} · 王伟"]


def test_a_scan_that_is_sent_again_acts_once_and_has_the_answer_of_then(scanning: Person) -> None:
    fields = scanning.fields_of("/admin/scan/pass") | {"box": FREE, "scan": MARK, "part": "1"}
    token = scanning.token
    first = scanning.http.post("/admin/scan/pass", data=fields | {"csrf_token": token})
    again = scanning.http.post("/admin/scan/pass", data=fields | {"csrf_token": token})
    operations = [re.findall(r'data-operation="([\w-]+)"', answer.text) for answer in (first, again)]
    assert len(operations[0]) == 1
    assert operations[0] == operations[1]
    assert 'data-said="已办理 221599104 王伟"' in first.text
    assert 'data-said="已办理 221599104 王伟"' in again.text
    switch_on(scanning)
    assert lines(scanning) == []


def test_what_is_done_already_is_unchanged_and_says_by_whom(scanning: Person) -> None:
    scan(scanning, DONE)
    [line] = lines(scanning)
    assert line.startswith(f"grey: 无变化 王伟 {DONE} 打开 已由 图书管理系统 于 ")
    assert line.endswith("办理,无变化。")
    assert "/admin/scan/undo" not in scanning.text


def test_names_and_unknown_numbers_act_on_nobody(scanning: Person) -> None:
    scan(scanning, "王伟")
    assert told(scanning) == ["不能办理 · 王伟 · 连续办理只认学号或身份证件号;按姓名查找请到现场办理。"]
    scan(scanning, "22159910")
    assert told(scanning) == [
        "不能办理 · 22159910 · 未找到学号 22159910,请核对;若学生不在本批次,请联系学院数据维护员。"
    ]
    scan(scanning, "110101199003072316")
    assert told(scanning) == ["不能办理 · 未找到该证件号对应的学生,请核对;若学生不在本批次,请联系学院数据维护员。"]
    assert lines(scanning) == []


def test_a_refusal_names_what_is_still_needed(someone: Someone) -> None:
    officer = switch_on(someone("counsellor", role="counsellor"), "COLLEGE_FINAL")
    scan(officer, FREE)
    [line] = lines(officer)
    assert line.startswith(f'red: 不能办理 王伟 {FREE} 打开 还不能确认"院系离校":还有 10 个环节未办理 图书清还 图书馆 ')
    assert "/admin/scan/undo" not in officer.text
    assert stands(officer, FREE, "COLLEGE_FINAL") == "未办理"


def test_leaving_or_reloading_the_page_switches_it_off(scanning: Person) -> None:
    address, fields, token = str(scanning.page.url), scanning.fields_of("/admin/scan/pass"), scanning.token
    assert is_on(scanning)
    scanning.get("/admin/desk/")
    scanning.page = scanning.http.get(address)
    assert not is_on(scanning)
    assert told(scanning) == ["连续办理已关闭。需要继续时,请重新开启。"]
    answer = scanning.http.post("/admin/scan/pass", data=fields | {"csrf_token": token, "box": FREE, "part": "1"})
    assert (answer.status_code, answer.text) == (
        410,
        "连续办理已关闭,刚才的扫描没有办理。需要继续时,请重新开启。",
    )
    assert stands(scanning, FREE) == "未办理"


def test_without_script_a_scan_after_the_end_says_so_and_does_nothing(scanning: Person) -> None:
    fields = scanning.fields_of("/admin/scan/pass") | {"box": FREE}
    scanning.post("/admin/scan/stop")
    assert not is_on(scanning)
    scanning.post("/admin/scan/pass", **fields)
    assert told(scanning) == ["连续办理已关闭,刚才的扫描没有办理。需要继续时,请重新开启。"]
    assert stands(scanning, FREE) == "未办理"


def test_another_batch_switches_it_off(scanning: Person) -> None:
    fields = scanning.fields_of("/admin/scan/pass") | {"box": FREE}
    scanning.post("/admin/role", role="operator", batch="2026-12", next="/admin/")
    scanning.post("/admin/scan/pass", **fields)
    assert told(scanning) == ["连续办理已关闭,刚才的扫描没有办理。需要继续时,请重新开启。"]
    scanning.post("/admin/role", role="operator", batch="2026-06", next="/admin/")
    assert stands(scanning, FREE) == "未办理"


def test_a_form_of_another_role_does_nothing(someone: Someone) -> None:
    officer = switch_on(someone("counsellor", role="counsellor"), "STU_CARD")
    fields = officer.fields_of("/admin/scan/pass") | {"box": FREE, "csrf_token": officer.token}
    officer.post("/admin/role", role="cert_officer", batch="2026-06", next="/admin/")
    assert officer.http.post("/admin/scan/pass", data=fields).status_code == 409


@pytest.mark.parametrize("fields", [{"item": "FIN_FEES"}, {"item": ""}, {"status": "ISSUED"}, {"status": ""}])
def test_only_ones_own_item_and_a_status_can_be_chosen(library: Person, fields: dict[str, str]) -> None:
    library.get("/admin/scan/")
    library.post("/admin/scan/start", **({"item": "LIB_BOOKS", "status": "CLEARED"} | fields))
    assert not is_on(library)
    assert told(library) == ["请选择环节和每次扫描要做的事。"]


def test_somebody_elses_operation_is_not_undone_here(someone: Someone, scanning: Person) -> None:
    scan(scanning, FREE)
    fields = scanning.fields_of("/admin/scan/undo")
    officer = switch_on(someone("counsellor", role="counsellor"), "STU_CARD")
    key = officer.fields_of("/admin/scan/pass")["key"]
    officer.post("/admin/scan/undo", id=fields["id"], key=key)
    assert told(officer)[0].startswith("未撤回")
    assert stands(scanning, FREE) == "已办理"


@pytest.mark.parametrize("username", ["leader", "auditor", "registrar", "student", "policyadmin"])
def test_who_clears_nothing_has_no_scan_mode(someone: Someone, username: str) -> None:
    assert someone(username).get("/admin/scan/").status_code == 403


def test_without_a_token_nothing_is_switched_on_or_scanned(library: Person) -> None:
    for address in ("start", "stop", "pass", "undo"):
        assert library.http.post(f"/admin/scan/{address}", data={"box": FREE}).status_code == 400


def test_it_speaks_english(someone: Someone) -> None:
    person = switch_on(someone("library", language="en"), status="PENDING")
    assert "Scan mode is on Each scan: Revoke – Library books and fines" in person.words
    scan(person, "22159910")
    [sentence] = told(person)
    assert sentence.startswith("Refused · 22159910 · Student no. 22159910 was not found. Check it; ")
