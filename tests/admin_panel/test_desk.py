"""现场办理: the box opens one student, lists two, explains none, and never acts; recent acts can be revoked."""

from __future__ import annotations

import re

import pytest

from tests.served import Person, Someone, sheet_of, statuses

FULL_WIDTH = "".join(chr(ord(digit) + 0xFEE0) for digit in "221599103")


@pytest.fixture
def desk(someone: Someone) -> Person:
    person = someone("library")
    person.get("/admin/desk/")
    return person


def asked(person: Person, text: str) -> str:
    person.get("/admin/desk/")
    person.post("/admin/desk/", box=text)
    return person.words


@pytest.mark.parametrize("typed", ["221599103", "221599103\r", "\t221599103\r\n", FULL_WIDTH, "\u200b221599103 "])
def test_what_a_scanner_sends_opens_the_student(desk: Person, typed: str) -> None:
    assert "王伟 221599103" in asked(desk, typed)
    assert desk.page.url.path == "/admin/desk/"
    assert "sheet" in desk.page.url.params


def test_opening_never_acts(desk: Person) -> None:
    asked(desk, "221599104")
    before = statuses(desk)
    asked(desk, "221599104")
    assert statuses(desk) == before


def test_two_of_one_name_are_listed_and_none_is_opened(desk: Person) -> None:
    words = asked(desk, "王伟")
    assert "找到 2 名“王伟”,请按学号办理。" in words
    assert "221599103" in words
    assert "221599104" in words
    assert "/admin/acts/status" not in desk.text.split("<aside")[0]


def test_one_of_a_name_is_opened(desk: Person) -> None:
    assert "覃雪梅 221599105" in asked(desk, "覃雪梅")


def test_a_document_number_opens_the_student_and_enters_no_address(desk: Person) -> None:
    assert "覃雪梅 221599105" in asked(desk, "99011520040412402x")
    for response in [*desk.page.history, desk.page]:
        assert "9901152004" not in str(response.url)
        assert "9901152004" not in response.headers.get("location", "")
    assert "99011520040412402" not in desk.text


def test_an_unknown_number_says_what_to_do(desk: Person) -> None:
    words = asked(desk, "20221503107")
    assert "未找到学号 20221503107,请核对;若学生不在本批次,请联系学院数据维护员。" in words


def test_an_unknown_document_number_is_not_repeated(desk: Person) -> None:
    words = asked(desk, "110101199003072316")
    assert "未找到该证件号对应的学生" in words
    assert "110101199003072316" not in desk.text


def test_the_beginning_of_a_number_lists_who_it_could_be(desk: Person) -> None:
    words = asked(desk, "22159910")
    assert "名相近的学生" in words
    assert "221599104" in words


def test_the_box_is_there_on_every_desk_page_and_leads_nowhere_by_itself(desk: Person) -> None:
    asked(desk, "221599103")
    assert 'id="box" name="box" data-desk-box autofocus' in desk.text
    asked(desk, "")
    assert desk.page.url.path == "/admin/desk/"


def test_a_cancelled_sheet_is_not_found(desk: Person) -> None:
    assert "未找到" in asked(desk, "221599117")


def counts_of(page: str) -> dict[str, dict[str, int]]:
    """Item code → status → how many, of the live counts."""
    rows = re.findall(r'<tr data-item="(\w+)">(.*?)</tr>', page, re.DOTALL)
    cells = {code: re.findall(r'data-count="(\w+)">(?:<a [^>]*>)?(\d+)', row) for code, row in rows}
    return {code: {status: int(count) for status, count in found} for code, found in cells.items()}


def recent_of(person: Person) -> list[str]:
    """The lines of what was handled lately, newest first."""
    [lines] = re.findall(r'<ul class="recent">(.*?)</ul>', person.text, re.DOTALL)
    return re.findall(r"<li>.*?</li>", lines, re.DOTALL)


def test_what_i_handled_is_listed_and_revoked(someone: Someone) -> None:
    library = someone("library")
    sheet = sheet_of(library, "S231599103")
    library.get("/admin/desk/", sheet=sheet)
    assert statuses(library)["LIB_THESIS"] == "未办理"
    fields = library.fields_of("/admin/acts/status", 'name="item" value="LIB_THESIS"')
    library.post("/admin/acts/status", **(fields | {"status": "CLEARED"}))
    assert statuses(library)["LIB_THESIS"] == "已办理"
    first = recent_of(library)[0]
    assert "谭笑" in first
    assert "学位论文提交" in first
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', first))
    library.post("/admin/acts/status", **(fields | {"status": "PENDING"}))
    assert "已撤销:S231599103 谭笑 · 学位论文提交 回到未办理" in library.words
    library.get("/admin/desk/", sheet=sheet)
    assert statuses(library)["LIB_THESIS"] == "未办理"


def number(line: str) -> str:
    [found] = re.findall(r'<span class="faint num">([^<]+)</span>', line)
    return str(found)


def test_what_my_items_others_handled_is_listed_too_with_who_and_note(someone: Someone) -> None:
    library = someone("library")
    library.get("/admin/desk/")
    mine = recent_of(library)
    library.get("/admin/desk/", recent="items")
    theirs = recent_of(library)
    told = [re.findall(r"<span>([^<]+)</span></span>", line) for line in theirs]
    assert {len(each) for each in told} == {1}
    assert ["李敏"] in told
    assert ["许凯"] in told
    assert not any(re.findall(r"<span>([^<]+)</span></span>", line) for line in mine)
    assert {number(line) for line in mine} < {number(line) for line in theirs}
    assert [line for line in theirs if '<span class="remark">' in line]
    assert 'aria-current="true">本环节</a>' in library.text


def test_whoever_handles_every_item_has_no_part_of_them(someone: Someone) -> None:
    office = someone("office")
    office.get("/admin/desk/", recent="items")
    assert "本环节</a>" not in office.text
    assert 'aria-current="true">我办理的</a>' in office.text


def test_who_revokes_what_somebody_was_faster_with_is_told_so(someone: Someone) -> None:
    desk, colleague = someone("library"), someone("library")
    sheet = sheet_of(desk, "S231599103")
    for person in (desk, colleague):
        person.get("/admin/desk/", sheet=sheet)
    forms = [person.fields_of("/admin/acts/status", 'name="item" value="LIB_THESIS"') for person in (desk, colleague)]
    desk.post("/admin/acts/status", **(forms[0] | {"status": "CLEARED"}))
    colleague.post("/admin/acts/status", **(forms[1] | {"status": "PENDING"}))
    assert "该行已由 李敏 于" in colleague.words
    assert "未覆盖。" in colleague.words
    [form] = [line for line in recent_of(desk) if "谭笑" in line][:1]
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    desk.post("/admin/acts/status", **(fields | {"status": "PENDING"}))
    assert statuses(desk)["LIB_THESIS"] == "未办理"


def test_how_my_items_stand_is_counted_beside_the_box(someone: Someone) -> None:
    library = someone("library")
    library.get("/admin/desk/")
    found = counts_of(library.text)
    assert list(found) == ["LIB_BOOKS", "LIB_THESIS"]
    for code, counts in found.items():
        for status, count in counts.items():
            library.get("/admin/clearance/", **{"flt_item.code_eq": code, "flt_status_eq": status})
            assert f"共 {count} 条" in library.text


def test_my_items_stand_before_the_students_data(desk: Person) -> None:
    asked(desk, "221599104")
    mine, data = desk.text.index('data-item="LIB_BOOKS"'), desk.text.index('<dl class="facts">')
    assert desk.text.index('class="progress-x') < mine < data
    assert desk.text.count('<dl class="facts">') == 1
    card = desk.text[mine : desk.text.index("</li>", desk.text.index('name="status"', mine))]
    assert card.index('value="CLEARED"') < card.index('class="howto"')
    assert '<span class="state grey">' in desk.text.split('class="progress-x')[0]  # in progress is no success


def test_a_sheet_without_expected_certificates_names_no_place_to_collect_one(someone: Someone) -> None:
    officer = someone("counsellor", role="counsellor")
    officer.get("/admin/sheet/details/", id=sheet_of(officer, "J2515001"))
    assert "无应发证书" in officer.words
    assert "领取地点" not in officer.words
