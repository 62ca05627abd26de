"""What happened on a sheet: who, when, in which role, from what to what, why; on demand, and only what one may read."""

from __future__ import annotations

import html
import re

import pytest

from tests.admin_panel.test_sheet import act, item
from tests.served import Person, Someone, sheet_of, statuses

READY = "221599111"


def told(person: Person) -> list[str]:
    """Each change of the page, in words."""
    lists = re.findall(r'<ol class="told">.*?</ol>', person.text, re.DOTALL)
    entries = re.findall(r"<li>.*?</li>", lists[0], re.DOTALL) if lists else []
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", entry)).split()) for entry in entries]


def test_revoking_one_item_reopens_the_sign_off_and_both_are_told(someone: Someone) -> None:
    counsellor = someone("counsellor", role="counsellor")
    sheet = sheet_of(counsellor, READY)
    counsellor.get("/admin/sheet/details/", id=sheet)
    assert statuses(counsellor)["STU_CARD"] == statuses(counsellor)["COLLEGE_FINAL"] == "已办理"
    act(counsellor, "STU_CARD", "PENDING")
    assert f"已撤销:{READY} 石磊 · 学生证注销 回到未办理" in counsellor.words
    assert "同时撤销院系离校 1 人" in counsellor.words
    assert statuses(counsellor)["COLLEGE_FINAL"] == "未办理"
    card = item(counsellor, "COLLEGE_FINAL")
    assert "赵文静 (随前置环节撤销) · " in card
    assert "还不能确认" in html.unescape(card)
    counsellor.get("/admin/sheet/history/", id=sheet, item="COLLEGE_FINAL")
    assert re.fullmatch(
        r"\d\d-\d\d \d\d:\d\d 已办理 → 未办理 赵文静\(辅导员\) · 起因: 级联 · 办理环节 学生证注销", told(counsellor)[0]
    )
    counsellor.get("/admin/sheet/history/", id=sheet)
    first, second = told(counsellor)[:2]
    assert {"院系离校", "学生证注销"} == {first.split()[2], second.split()[2]}
    counsellor.get("/admin/sheet/details/", id=sheet)
    act(counsellor, "STU_CARD", "CLEARED")
    act(counsellor, "COLLEGE_FINAL", "CLEARED")
    assert statuses(counsellor)["COLLEGE_FINAL"] == "已办理"


def test_the_part_is_the_list_alone(someone: Someone) -> None:
    office = someone("office")
    sheet = sheet_of(office, "221599101")
    page = office.get("/admin/sheet/history/", id=sheet, item="LIB_BOOKS")
    whole = told(office)
    part = office.get("/admin/sheet/history/", id=sheet, item="LIB_BOOKS", part="1")
    assert "<html" not in part.text
    assert told(office) == whole
    assert len(whole) == 1
    assert "起因: 同步" in whole[0]
    assert "图书管理系统" in whole[0]
    assert "变更记录 · 图书清还" in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.text))


def test_what_was_noted_stands_with_the_change_that_brought_it(someone: Someone) -> None:
    office = someone("office")
    sheet = sheet_of(office, "221599122")
    office.get("/admin/sheet/details/", id=sheet)
    act(office, "STU_CARD", "CLEARED", note="原件<b>已收</b>")
    office.get("/admin/sheet/history/", id=sheet, item="STU_CARD")
    assert told(office)[0].endswith("原件<b>已收</b>")
    assert "<b>已收" not in office.text
    link = re.search(r'<a href="(/admin/operation/details/\?id=[\w-]+)">办理环节 学生证注销</a>', office.text)
    assert link is not None
    office.get(link[1])
    assert "221599122" in office.words
    office.get("/admin/sheet/details/", id=sheet)
    act(office, "STU_CARD", "PENDING")


def test_the_sheet_itself_reads_no_history(someone: Someone) -> None:
    office = someone("office")
    sheet = sheet_of(office, "221599101")
    office.get("/admin/sheet/details/", id=sheet)
    assert told(office) == []
    assert office.text.count("data-in-place") == 23  # 22 items, and the whole sheet
    assert len(office.page.content) < 100_000


@pytest.mark.parametrize("username", ["counsellor", "library", "certofficer", "secretary", "auditor"])
def test_each_reader_finds_what_is_in_reach(someone: Someone, username: str) -> None:
    person = someone(username)
    sheet = sheet_of(person, "221599101")
    person.get("/admin/sheet/history/", id=sheet)
    everything = told(person)
    if username == "library":
        assert len(everything) == 1  # of the own department's items
    else:
        assert len(everything) > 5


def test_nobody_reads_the_history_of_a_sheet_out_of_reach(someone: Someone) -> None:
    everybody = someone("office").get("/admin/sheet/", page_size="100").text
    foreign = re.search(r'details/\?id=([\w-]+)">\w?2[23](?!15)\d+<', everybody)
    assert foreign is not None
    officer = someone("certofficer")
    assert officer.get("/admin/sheet/history/", id=foreign[1]).status_code == 404
    assert officer.get("/admin/sheet/history/", id="nonsense").status_code == 404
    assert officer.get("/admin/sheet/history/").status_code == 404
    own = sheet_of(officer, "221599101")
    assert someone("student").get("/admin/sheet/history/", id=own).status_code == 403
    assert officer.get("/admin/sheet/history/", id=own, item="<script>").status_code == 200
    assert "<script>" not in officer.text.replace("<script src", "")


def test_the_history_is_english_too(someone: Someone) -> None:
    office = someone("office", language="en")
    office.get("/admin/sheet/history/", id=sheet_of(office, "221599101"), item="LIB_BOOKS")
    assert "Not cleared → Cleared" in told(office)[0]
    assert "Cause: Synchronisation" in told(office)[0]
