"""Saved lists: kept as they are, opened by whoever may see them, and not at all when they would mean something else."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from admin_panel.saved import _plain
from tests.served import PATIENCE, Person, Served, Someone

LIST = "flt_className_contains=卓越&flt_leaveType_eq=COMPLETION&sort=student.name&columns=student.studentNo,leaveType"
SAVED = "/admin/sheet/saved"


def numbers(person: Person) -> list[str]:
    cells = re.findall(r'<td data-label="学号"[^>]*>(.*?)</td>', person.text, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells]


def keep(person: Person, called: str, share: str = "PRIVATE", shown: str = LIST) -> None:
    person.get(SAVED)
    person.post(f"{SAVED}/save", called=called, share=share, list=shown)


def links(person: Person) -> dict[str, str]:
    """Name → address of every saved list that can be opened, on the page of saved lists."""
    person.get(SAVED)
    found = re.findall(r'<a class="name" href="([^"]+)"><bdi>(.*?)</bdi>', person.text)
    return {html.unescape(name): html.unescape(address) for address, name in found}


def rid(person: Person, called: str) -> None:
    """Takes one's own saved list away again."""
    person.get(SAVED)
    for form in re.findall(r"<form.*?</form>", person.text, re.DOTALL):
        if "saved/delete" in form and called in html.unescape(form):
            fields = dict(re.findall(r'<input type="hidden" name="(id|version|list)" value="([^"]*)"', form))
            person.post(f"{SAVED}/delete", **{name: html.unescape(value) for name, value in fields.items()})
            return
    raise AssertionError(f"{called!r} is not there to be deleted")


def fields_of(person: Person, deed: str, called: str) -> dict[str, str]:
    """The hidden fields of the form that does `deed` to one saved list."""
    person.get(SAVED)
    [item] = [each for each in re.findall(r"<li>.*?</li>", person.text, re.DOTALL) if called in html.unescape(each)]
    for form in re.findall(r"<form.*?</form>", item, re.DOTALL):
        if f"saved/{deed}" in form:
            found = re.findall(r'<input type="hidden" name="(id|version)" value="([^"]*)"', form)
            return {name: html.unescape(value) for name, value in found}
    raise AssertionError(f"{called!r} cannot be {deed}d")


@pytest.fixture
def counsellor(someone: Someone) -> Person:
    return someone("counsellor", role="counsellor")


def test_a_list_is_kept_and_opened_as_it_was(counsellor: Person) -> None:
    shown = counsellor.get("/admin/sheet/", **dict(parse_qsl(LIST)))
    assert shown.status_code == 200
    before = numbers(counsellor)
    assert before == ["221599111"]
    keep(counsellor, "卓越班结业")
    assert "已新增已存查询。" in counsellor.words
    address = links(counsellor)["卓越班结业"]
    opened = counsellor.get(address)
    assert numbers(counsellor) == before
    asked = dict(parse_qsl(urlsplit(str(opened.url)).query))
    assert urlsplit(str(opened.url)).path == "/admin/sheet/"
    assert asked == {
        "flt_className_contains": "卓越",
        "flt_leaveType_eq": "COMPLETION",
        "flt_batch.code_eq": "2026-06",
        "flt_state_eq": "ACTIVE",
        "sort": "student.name",
        "columns": "student.studentNo,leaveType",
    }
    rid(counsellor, "卓越班结业")
    assert links(counsellor) == {}


def test_nobody_else_finds_a_private_one_and_its_address_leads_nowhere(counsellor: Person, someone: Someone) -> None:
    keep(counsellor, "只给自己")
    address = links(counsellor)["只给自己"]
    office = someone("office")
    assert "只给自己" not in links(office)
    assert office.get(address).status_code == 404
    for deed in ("update", "rename", "delete"):
        fields = fields_of(counsellor, deed, "只给自己")
        office.get(SAVED)
        answer = office.post(f"{SAVED}/{deed}", called="抢走", share="PRIVATE", list="", **fields)
        assert answer.status_code == 400
        assert "未找到" in office.words or "没有" in office.words
    assert list(links(counsellor)) == ["只给自己"]
    rid(counsellor, "只给自己")


def test_a_shared_one_is_used_under_the_rights_of_whoever_opens_it(counsellor: Person, someone: Someone) -> None:
    office = someone("office")
    keep(office, "全校结业", "EVERYONE", "flt_leaveType_eq=COMPLETION")
    address = links(office)["全校结业"]
    office.get(address)
    every = numbers(office)
    assert "全体教职工" in counsellor.get(SAVED).text
    counsellor.get(links(counsellor)["全校结业"])
    own = numbers(counsellor)
    assert "221599111" in own
    assert set(own) <= set(every)
    rid(office, "全校结业")
    assert counsellor.get(address).status_code == 404


def test_whoever_lacks_a_field_is_told_so_and_gets_no_list(counsellor: Person, someone: Someone) -> None:
    """The counsellor reads political status, the library does not."""
    office, library = someone("office"), someone("library")
    office.get("/admin/student/saved")
    office.post(
        "/admin/student/saved/save", called="中共党员", share="EVERYONE", list="flt_politicalStatus_eq=PARTY_MEMBER"
    )
    assert "已新增已存查询。" in office.words
    library.get("/admin/student/saved")
    assert "中共党员" in library.words
    assert '不能查看"学生"的"政治面貌"' in library.words
    assert "saved/open" not in library.text
    address = re.search(r'href="(/admin/student/saved/open[^"]+)"', office.text)
    assert address is not None
    answer = library.get(address[1])
    assert urlsplit(str(answer.url)).path == "/admin/student/saved"
    assert "“中共党员”不能打开" in library.words
    counsellor.get(address[1])
    assert "政治面貌: 中共党员" in counsellor.words
    hidden = r'saved/delete">.*?name="id" value="([^"]+)".*?name="version" value="(\d+)"'
    fields = re.search(hidden, office.text, re.DOTALL)
    assert fields is not None
    office.post("/admin/student/saved/delete", id=fields[1], version=fields[2], list="")


def test_it_is_replaced_renamed_and_shared_by_its_owner(counsellor: Person) -> None:
    keep(counsellor, "旧名")
    fields = fields_of(counsellor, "update", "旧名")
    counsellor.post(f"{SAVED}/update", list="flt_leaveType_eq=GRADUATION", **fields)
    assert "已修改已存查询。" in counsellor.words
    stale = counsellor.post(f"{SAVED}/rename", called="新名", share="ROLE", list="", **fields)
    assert stale.status_code == 409
    counsellor.post(f"{SAVED}/rename", called="新名", share="ROLE", list="", **fields_of(counsellor, "rename", "旧名"))
    counsellor.get(links(counsellor)["新名"])
    assert "离校类别: 毕业" in counsellor.words
    counsellor.get(SAVED)
    assert "同一身份(辅导员) · 我的" in counsellor.words
    rid(counsellor, "新名")


def test_sharing_with_everybody_is_refused_and_what_was_filled_in_stays(counsellor: Person) -> None:
    keep(counsellor, "越权共享", "EVERYONE")
    assert counsellor.page.status_code == 400
    assert "共享给全体教职工请联系学生离校工作主管部门" in counsellor.words
    assert 'name="called" value="越权共享"' in counsellor.text
    assert links(counsellor) == {}


def test_a_name_is_text_and_is_taken_once(counsellor: Person) -> None:
    name = '<script>alert(1)</script>\u202e"x'
    keep(counsellor, name)
    assert "<script>alert" not in counsellor.text
    assert list(links(counsellor)) == ['<script>alert(1)</script>"x']
    keep(counsellor, name)
    assert counsellor.page.status_code == 400
    assert "已被使用" in counsellor.words
    rid(counsellor, '<script>alert(1)</script>"x')


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("save", {"called": "", "share": "PRIVATE", "list": ""}),
        ("save", {"called": "x", "share": "NOBODY", "list": ""}),
        ("save", {"called": "x" * 65, "share": "PRIVATE", "list": ""}),
        ("save", {"called": "x", "share": "PRIVATE", "list": "q=((("}),
        ("update", {"id": "x", "version": "1", "list": ""}),
        ("update", {"id": "x", "version": "9" * 30, "list": ""}),
        ("delete", {"id": "", "version": "-1"}),
        ("delete", {}),
    ],
)
def test_garbage_is_answered_and_changes_nothing(counsellor: Person, path: str, fields: dict[str, str]) -> None:
    counsellor.get(SAVED)
    assert counsellor.post(f"{SAVED}/{path}", **fields).status_code == 400
    assert links(counsellor) == {}


def test_a_post_without_its_token_and_a_get_change_nothing(counsellor: Person) -> None:
    fields = {"called": "x", "share": "PRIVATE", "list": LIST}
    assert counsellor.http.post(f"{SAVED}/save", data=fields).status_code == 400
    for deed in ("save", "update", "rename", "delete"):
        assert counsellor.http.get(f"{SAVED}/{deed}", params=fields).status_code == 405
    assert links(counsellor) == {}


def test_what_a_program_saved_without_a_list_is_told_to_be_so(counsellor: Person, served: Served) -> None:
    """And parameters that would lead elsewhere lead nowhere."""
    document = "mutation ($input: CreateSavedFilterInput!) { createSavedFilter(input: $input) { id } }"
    bearer = {
        "Authorization": f"Bearer {served.command('token', 'create', '--user', 'counsellor', '--role', 'counsellor')}"
    }
    where = {"state": {"eq": "MOVED"}}
    forged = {"_external": "1", "_scheme": "javascript", "endpoint": "x", "q": "((", "page": "9" * 30}
    for name, parameters in (("程序所存", {}), ("伪造", forged)):
        asked = {"object": "Sheet", "name": name, "where": where, "parameters": parameters}
        sent = {"query": document, "variables": {"input": asked}}
        answer = httpx.post(f"{served.api}/graphql", json=sent, headers=bearer, timeout=PATIENCE).json()
        assert "errors" not in answer, answer
    assert links(counsellor) == {}
    assert counsellor.words.count("它的条件在这个列表中已不能照原样还原") == 2
    rid(counsellor, "程序所存")
    rid(counsellor, "伪造")


def test_students_and_lists_of_one_kind_of_work_have_none(someone: Someone) -> None:
    officer = someone("certofficer", role="cert_officer")
    officer.get("/admin/issue/")
    assert 'data-opens="saved"' not in officer.text
    assert officer.get("/admin/issue/saved").status_code == 403
    assert someone("student").get(SAVED).status_code == 403


# --- as a way of choosing


def test_a_saved_filter_chooses_whom_a_bulk_act_is_for(someone: Someone) -> None:
    office = someone("office")
    keep(office, "卓越2201", shown="flt_className_contains=软件工程卓越2201")
    row = parse_qsl(urlsplit(links(office)["卓越2201"]).query)[0][1]
    office.get("/admin/bulk/")
    assert f'<option value="{row}">卓越2201 · 离校单</option>' in office.text
    office.post("/admin/bulk/", step="check", way="saved", saved=row, item="STU_CARD", status="CLEARED")
    assert "全部查询结果,共 24 人:" in office.words
    assert "已存查询: 卓越2201" in office.words
    rid(office, "卓越2201")
    office.get("/admin/bulk/")
    assert office.post("/admin/bulk/", step="check", way="saved", saved=row, item="STU_CARD").status_code == 404


def test_only_who_may_act_on_a_whole_filter_chooses_by_a_saved_one(someone: Someone) -> None:
    library = someone("library")
    keep(library, "本馆")
    row = parse_qsl(urlsplit(links(library)["本馆"]).query)[0][1]
    library.get("/admin/bulk/")
    assert 'value="saved"' not in library.text
    answer = library.post("/admin/bulk/", step="check", way="saved", saved=row, item="STU_CARD", status="CLEARED")
    assert answer.status_code == 403
    rid(library, "本馆")


def test_what_a_condition_asks_is_not_how_it_is_written() -> None:
    """So a list that writes its conditions otherwise one day still opens what was saved before."""
    red, open_ = {"status": {"eq": "PENDING"}}, {"state": {"eq": "ACTIVE"}}
    assert _plain({"and": [red, open_]}) == _plain({"and": [open_ | red]}) == _plain(open_ | red)
    assert _plain({"state": {"in": ["A", "B"]}}) == _plain({"state": {"in": ["B", "A"]}})
    others = [{"or": [red, open_]}, red, {"not": red | open_}, {"and": [red, {"state": {"ne": "ACTIVE"}}]}, {}]
    assert [_plain(each) for each in others if _plain(each) == _plain(red | open_)] == []
    assert _plain({"or": []}) != _plain({})
