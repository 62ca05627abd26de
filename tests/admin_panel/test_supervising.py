"""我的学生: a supervisor's own students, signed one by one and all at once after a check, and nothing besides (R13)."""

from __future__ import annotations

import re

import pytest

from tests.admin_panel.test_bulk import rows, tallies
from tests.admin_panel.test_bulk_whole import undo
from tests.admin_panel.test_sheet import act
from tests.served import Person, Someone, sheet_of

UNSIGNED = {"S231599101": "黎明", "S231599104": "汪洋", "B211599101": "崔巍"}


@pytest.fixture
def supervisor(someone: Someone) -> Person:
    person = someone("supervisor")
    person.get("/admin/mystudents/")
    return person


def states(person: Person) -> dict[str, str]:
    """Student number → what stands in the column of the signature."""
    found = {}
    for number, row in re.findall(r'<tr data-student="([^"]*)">(.*?)</tr>', person.text, re.DOTALL):
        last = row.rpartition("<td")[2].partition(">")[2]
        found[number] = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", last)).strip()
    return found


def take_back(person: Person, number: str) -> None:
    """The signature, from the student's sheet."""
    sheet = sheet_of(person, number)
    person.get("/admin/sheet/details/", id=sheet)
    act(person, "SUPERVISOR", "PENDING")
    assert "已撤销" in person.words


def test_a_supervisor_lands_among_his_students_and_finds_nothing_else(supervisor: Person) -> None:
    supervisor.get("/admin/")
    assert supervisor.page.url.path == "/admin/mystudents/"
    rail = re.search(r'<nav class="rail".*?</nav>', supervisor.text, re.DOTALL)
    assert rail is not None
    assert re.findall(r'<a href="([^"]+)"', rail[0]) == ["/admin/mystudents/", "/admin/operation/"]
    assert "4 名学生 · 3 名待签字" in supervisor.words
    found = states(supervisor)
    assert set(found) == {*UNSIGNED, "S231599102"}
    assert found["S231599102"].startswith("已由 ")  # the co-supervisor
    assert all(found[number] == "签字" for number in UNSIGNED)
    supervisor.get("/admin/mystudents/", show="unsigned")
    assert set(states(supervisor)) == set(UNSIGNED)


def test_one_is_signed_in_one_click(supervisor: Person) -> None:
    sheet = sheet_of(supervisor, "S231599101")
    supervisor.get("/admin/mystudents/")
    supervisor.post("/admin/mystudents/sign", batch="2026-06", sheet=sheet, item="导师签字")
    assert "已办理:S231599101 黎明 · 导师签字" in supervisor.words
    assert "已由 陈志远 签字" in states(supervisor)["S231599101"]
    supervisor.post("/admin/mystudents/sign", batch="2026-06", sheet=sheet, item="导师签字")
    assert "已由 陈志远" in supervisor.words
    assert "无变化" in supervisor.words
    take_back(supervisor, "S231599101")


def test_all_are_checked_first_and_signed_as_one_operation_of_each_batch(supervisor: Person) -> None:
    supervisor.post("/admin/mystudents/check", whom="all")
    assert tallies(supervisor) == (3, 1, 0)
    assert set(rows(supervisor)) == {*UNSIGNED, "S231599102"}
    assert "将" not in states(supervisor)
    operations = re.findall(r'name="operation" value="([^"]+)"', supervisor.text)
    assert len(operations) == 1
    supervisor.get("/admin/mystudents/")
    assert all(states(supervisor)[number] == "签字" for number in UNSIGNED), "checked, and nothing else"
    supervisor.post("/admin/mystudents/submit", operation=operations)
    assert "已办理 3 人" in supervisor.words
    supervisor.get("/admin/mystudents/")
    assert all("已由 陈志远 签字" in states(supervisor)[number] for number in UNSIGNED)
    assert "选择所有学生并签字" not in supervisor.words
    undo(supervisor, operations[0])
    supervisor.get("/admin/mystudents/")
    assert all(states(supervisor)[number] == "签字" for number in UNSIGNED)


def test_the_ticked_are_checked_and_nobody_else(supervisor: Person) -> None:
    ticks = dict(re.findall(r'name="students" value="([^"]+)" aria-label="[^"]*(黎明|汪洋)', supervisor.text))
    assert set(ticks.values()) == {"黎明", "汪洋"}
    supervisor.post("/admin/mystudents/check", students=list(ticks))
    assert tallies(supervisor) == (2, 0, 0)
    supervisor.get("/admin/mystudents/")
    supervisor.post("/admin/mystudents/check")
    assert "请先勾选至少一名学生" in supervisor.words


@pytest.mark.parametrize("forged", ["2026-06:nonsense", "nonsense", "2026-06:U2hlZXQ6OTk5OTk5", ":"])
def test_a_forged_tick_signs_nobody(supervisor: Person, forged: str) -> None:
    supervisor.post("/admin/mystudents/check", students=forged)
    assert supervisor.page.status_code == 200
    assert 'action="/admin/mystudents/submit"' not in supervisor.text


def test_somebody_elses_student_is_not_there(supervisor: Person, someone: Someone) -> None:
    office = someone("office")
    sheet = sheet_of(office, "221599104")
    supervisor.post("/admin/mystudents/sign", batch="2026-06", sheet=sheet, item="导师签字")
    assert "未找到" in supervisor.words
    supervisor.post("/admin/mystudents/check", students=f"2026-06:{sheet}")
    assert tallies(supervisor) == (0, 0, 1)


@pytest.mark.parametrize("username", ["office", "library", "secretary", "student"])
def test_nobody_else_has_the_page(someone: Someone, username: str) -> None:
    assert someone(username).get("/admin/mystudents/").status_code == 403
