"""批量办理: four ways to choose, 预检 with every refusal and its blockers, the checked set applied, and undone."""

from __future__ import annotations

import html
import re

import pytest

from tests.served import Person, Someone, sheet_of, statuses


@pytest.fixture
def counsellor(someone: Someone) -> Person:
    person = someone("counsellor", role="counsellor")
    person.get("/admin/bulk/")
    return person


def tallies(person: Person) -> tuple[int, int, int]:
    """可办理 (已办理), 无变化, 不能办理."""
    found = re.findall(r'class="tally tone-\w+"><b>(\d+)</b>', person.text)
    assert len(found) == 3, person.words
    return int(found[0]), int(found[1]), int(found[2])


def rows(person: Person) -> dict[str, str]:
    """Student number → the row's words."""
    found = re.findall(r'<tr data-student="([^"]*)">(.*?)</tr>', person.text, re.DOTALL)
    return {number: re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", row))).strip() for number, row in found}


def check(person: Person, item: str, status: str = "CLEARED", **chosen: object) -> None:
    person.post("/admin/bulk/", step="check", item=item, status=status, **chosen)


def submit(person: Person) -> None:
    operation = re.search(r'name="operation" value="([^"]+)"', person.text)
    assert operation is not None, person.words
    person.post("/admin/bulk/", step="submit", operation=operation[1])


def test_ticked_rows_are_carried_over(counsellor: Person) -> None:
    chosen = [sheet_of(counsellor, number) for number in ("221599103", "221599104")]
    counsellor.post("/admin/bulk/", step="choose", sheetIds=chosen)
    assert "已勾选 2 名学生" in counsellor.words
    assert re.findall(r'name="sheetIds" value="([\w-]+)"', counsellor.text) == chosen
    assert 'name="way" value="sheetIds" checked' in counsellor.text


def test_checking_first_shows_every_refusal_with_its_blockers_and_changes_nothing(counsellor: Person) -> None:
    check(counsellor, "COLLEGE_FINAL", way="studentNos", studentNos="221599103\n221599104,221599119 221599999")
    assert tallies(counsellor) == (1, 0, 3)
    shown = rows(counsellor)
    assert "还不能确认" in shown["221599103"]
    assert "公寓退宿" in shown["221599103"]
    assert "8108" in shown["221599103"]
    assert "未找到学号 221599999" in shown["221599999"]
    assert "可办理" in shown["221599119"]
    assert "确认提交 · 1" in counsellor.words
    counsellor.get("/admin/sheet/details/", id=sheet_of(counsellor, "221599119"))
    assert statuses(counsellor)["COLLEGE_FINAL"] == "未办理"


def test_the_checked_set_is_applied_and_undone_as_one_operation(counsellor: Person) -> None:
    numbers = "221599109\nS231599103\nJ2515001"
    check(counsellor, "STU_CARD", way="studentNos", studentNos=numbers, note="集中收证")
    before = tallies(counsellor)
    assert before[0] + before[1] + before[2] == 3
    assert before[0] >= 1
    submit(counsellor)
    assert tallies(counsellor) == before
    assert f"已办理 {before[0]} 人" in counsellor.words
    told = rows(counsellor)
    assert len(told) == 3
    counsellor.get(f"/admin/bulk/?{counsellor.page.url.query.decode()}")  # loaded again, it submits nothing
    assert (tallies(counsellor), rows(counsellor)) == (before, told)
    operation = re.search(r'href="(/admin/operation/details/\?id=[\w-]+)"', counsellor.text)
    assert operation is not None
    counsellor.get(operation[1])
    assert "办理环节" in counsellor.words
    assert rows(counsellor) == told
    fields = counsellor.fields_of("/admin/operation/undo")
    counsellor.post("/admin/operation/undo", **(fields | {"step": "check"}))
    assert tallies(counsellor)[0] == before[0]
    assert f"确认撤回 · {before[0]}" in counsellor.words
    counsellor.post("/admin/operation/undo", **(fields | {"step": "submit"}))
    assert f"已撤回 {before[0]} 人" in counsellor.words
    assert counsellor.page.url.path == "/admin/operation/details/"
    assert rows(counsellor).keys() == {number for number, row in told.items() if "不能办理" not in row}
    counsellor.get(operation[1])
    assert "已撤回" in counsellor.words
    assert "/admin/operation/undo" not in counsellor.text


def test_a_range_is_inclusive_and_its_limit_is_told(counsellor: Person) -> None:
    check(counsellor, "STU_CARD", **{"way": "range", "from": "221599101", "to": "221599300"})
    assert sum(tallies(counsellor)) > 0
    check(counsellor, "STU_CARD", **{"way": "range", "from": "221599101", "to": "221599301"})
    assert "学号范围共 201 个,超过上限 200" in counsellor.words
    assert "确认提交" not in counsellor.words


def test_a_range_of_two_lengths_is_refused(counsellor: Person) -> None:
    check(counsellor, "STU_CARD", **{"way": "range", "from": "221599101", "to": "2215991010"})
    assert "起止学号长度或前缀不同,不能组成范围。" in counsellor.words


def test_a_class_is_handled_as_a_whole(counsellor: Person) -> None:
    check(counsellor, "REG_FORM", **{"way": "className", "college": "15", "class": "软件工程卓越2201班"})
    assert sum(tallies(counsellor)) == len(rows(counsellor)) > 15


def test_not_required_for_many_wants_a_reason(counsellor: Person) -> None:
    check(counsellor, "STU_CARD", "NOT_REQUIRED", way="studentNos", studentNos="221599120")
    assert tallies(counsellor) == (0, 0, 1)
    assert "须填写原因" in rows(counsellor)["221599120"]
    check(counsellor, "STU_CARD", "NOT_REQUIRED", way="studentNos", studentNos="221599120", reason="OTHER")
    assert tallies(counsellor) == (1, 0, 0)


def test_somebody_elses_item_is_refused_row_by_row(counsellor: Person) -> None:
    check(counsellor, "FIN_FEES", way="studentNos", studentNos="221599104")
    assert tallies(counsellor) == (0, 0, 1)
    assert "无权办理" in rows(counsellor)["221599104"] or "不能办理" in rows(counsellor)["221599104"]


def test_nothing_chosen_is_told_beside_the_form(counsellor: Person) -> None:
    check(counsellor, "STU_CARD", way="studentNos", studentNos="  ")
    assert counsellor.page.status_code == 200
    assert 'class="note bad"' in counsellor.text
    assert 'name="way" value="studentNos" checked' in counsellor.text


def test_what_was_typed_is_kept_after_checking(counsellor: Person) -> None:
    check(counsellor, "STU_CARD", way="studentNos", studentNos="221599104", note="备注一", reason="OTHER")
    assert '<option value="STU_CARD" selected>学生证注销</option>' in counsellor.text
    assert 'value="备注一"' in counsellor.text
    assert ">221599104</textarea>" in counsellor.text


def offered(person: Person) -> list[tuple[str, str]]:
    """Code and name of the items to choose from; " selected" stands behind the code of the chosen one."""
    [box] = re.findall(r'<select class="input" id="item".*?</select>', person.text, re.DOTALL)
    return re.findall(r'<option value="(\w+)"(?: selected)?>([^<]+)', box)


@pytest.mark.parametrize(
    ("username", "items"),
    [
        ("supervisor", ["SUPERVISOR"]),
        ("library", ["LIB_BOOKS", "LIB_THESIS"]),
        ("partyoffice", ["PARTY"]),
        ("dorm", ["DORM_OUT"]),
    ],
)
def test_only_items_that_the_caller_handles_are_offered(someone: Someone, username: str, items: list[str]) -> None:
    person = someone(username)
    person.get("/admin/bulk/")
    assert [code for code, _ in offered(person)] == items
    assert ('<option value="">' in person.text.split('id="item"')[1].split("</select>")[0]) == (len(items) > 1)
    assert (f'<option value="{items[0]}" selected>' in person.text) == (len(items) == 1)


def test_nothing_is_submitted_when_nothing_would_change(counsellor: Person) -> None:
    check(counsellor, "COLLEGE_FINAL", way="studentNos", studentNos="221599104")
    assert tallies(counsellor) == (0, 0, 1)
    assert "没有可以办理的学生" in counsellor.words
    assert "确认提交" not in counsellor.words
    assert 'value="submit"' not in counsellor.text


def test_who_only_signs_on_behalf_does_so_student_by_student(someone: Someone) -> None:
    secretary = someone("secretary")
    assert "/admin/bulk/" not in secretary.get("/admin/").text
    assert secretary.get("/admin/bulk/").status_code == 403
    assert 'name="sheetIds"' not in secretary.get("/admin/sheet/").text


def test_the_check_says_what_is_about_to_be_written(counsellor: Person) -> None:
    numbers = "221599104\n221599119"
    check(counsellor, "COLLEGE_FINAL", way="studentNos", studentNos=numbers, note="集中确认", reason="OTHER")
    assert "将写入: 院系离校 → 已办理 · 办理备注: 集中确认 · 原因: 其他" in counsellor.words
    assert list(rows(counsellor)) == ["221599119", "221599104"]  # who will change stands first
    assert counsellor.text.index('value="submit"') < counsellor.text.index('data-student="221599119"')
    collapsed = counsellor.text.index("<details", counsellor.text.index('data-student="221599104"'))
    assert collapsed < counsellor.text.index('id="change"')
    assert "修改条件" in counsellor.words


def test_a_long_check_has_the_button_below_the_rows_too(counsellor: Person) -> None:
    check(counsellor, "STU_CARD", **{"way": "range", "from": "221599101", "to": "221599140"})
    assert len(rows(counsellor)) > 10
    assert counsellor.text.count('value="submit"') == 2


def test_ones_own_college_is_chosen_beforehand(counsellor: Person) -> None:
    [box] = re.findall(r'<select class="input" id="college".*?</select>', counsellor.text, re.DOTALL)
    assert re.findall(r'value="(\w+)" selected', box) == ["15"]


def test_a_choice_that_holds_nobody_is_told(counsellor: Person) -> None:
    check(counsellor, "STU_CARD", **{"way": "className", "college": "15", "class": "没有这个班"})
    assert "没有名为“没有这个班”的班级" in counsellor.words
    assert "tally" not in counsellor.text
    check(counsellor, "STU_CARD", **{"way": "range", "from": "991599101", "to": "991599102"})
    assert "该范围内没有学生" in counsellor.words
    assert 'value="submit"' not in counsellor.text
