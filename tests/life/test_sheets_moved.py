"""Sheets are moved, transferred and cancelled from their page and from ticked rows, each after a check."""

from __future__ import annotations

import re

from tests.life.asking import carried, counts, data, items_shown, sheets_of, submit, tallies
from tests.served import Person, Served, Someone

FROM, TO = "2026-06", "2026-12"


def sorted_out(office: Person) -> tuple[list[str], list[str]]:
    """The active sheets of the open batch: without and with a certificate that is out."""
    query = f"""{{ sheets(where: {{ batch: {{ code: {{ eq: "{FROM}" }} }}, state: {{ eq: ACTIVE }} }}, first: 200) {{
      nodes {{ id student {{ studentNo }} certificates {{ status }} }} }} }}"""
    found = data(office, query)["sheets"]["nodes"]
    issued = [each for each in found if any(one["status"] == "ISSUED" for one in each["certificates"])]
    return [each["id"] for each in found if each not in issued], [each["id"] for each in issued]


def test_three_ticked_sheets_are_moved_and_the_issued_one_stays(someone: Someone, served: Served) -> None:
    office = someone("office")
    free, issued = sorted_out(office)
    ticked = [*free[-3:-1], issued[0]]
    office.get("/admin/sheet/")
    assert 'formaction="/admin/sheet/do/moveSheets"' in office.text
    office.post("/admin/sheet/do/moveSheets", step="choose", sheetIds=ticked)
    assert "已勾选 3 名学生" in office.words
    offered = re.findall(r'<option value="([\w-]+)"', office.text)
    assert offered == [TO]
    before = counts(office)
    office.post("/admin/sheet/do/moveSheets", step="check", sheetIds=ticked, to=TO, reason="延期毕业")
    assert tallies(office) == [2, 0, 1]
    assert "两证已发放" in office.words or "已发" in office.words
    assert sum(items_shown(office)["LIB_BOOKS"]) == 2
    after = counts(office)
    assert after == before
    submission = carried(office)
    submit(office)
    assert office.page.url.path == "/admin/operation/details/"
    assert "已转批次 2 人" in office.words
    moved = counts(office)
    assert moved["sheets"] == before["sheets"] + 2
    office.post("/admin/sheet/do/moveSheets", **submission)  # a second click answers as the first
    assert counts(office) == moved
    old = data(office, f'{{ sheet(id: "{ticked[0]}") {{ state movedTo {{ batch {{ code }} state }} }} }}')["sheet"]
    assert old == {"state": "MOVED", "movedTo": {"batch": {"code": TO}, "state": "ACTIVE"}}
    office.get("/admin/sheet/details/", id=ticked[0])
    assert "moveSheets" not in office.text
    office.get(f"/admin/sheet/do/moveSheets?id={ticked[0]}")
    assert "“转批次”已无需进行,请看当前状态。" in office.words
    served.command("check")


def test_a_forged_form_is_decided_by_the_api(someone: Someone) -> None:
    office = someone("office")
    free, _ = sorted_out(office)
    before = counts(office)
    path = f"/admin/sheet/do/moveSheets?id={free[0]}"
    office.get(path)
    office.post(path, step="check", to="1999-01", reason="x")
    assert office.page.status_code == 400
    assert "未找到批次 1999-01" in office.words
    office.get(path)
    office.post(path, step="submit", operation="T3BlcmF0aW9uOjE", to=TO, reason="x")
    assert office.page.status_code in (400, 409)
    office.get(path)
    office.post(path, step="check", to=TO, reason=" ")
    assert office.page.status_code == 400
    assert "请填写:原因。" in office.words
    office.get("/admin/sheet/")
    assert office.post("/admin/sheet/do/moveSheets", step="check", sheetIds="bm90aGluZzo3", to=TO).status_code == 404
    assert counts(office) == before


def test_a_student_changes_college_and_all_counts_follow(someone: Someone, served: Served) -> None:
    office = someone("office")
    free, issued = sorted_out(office)
    sheet = free[0]
    college = data(office, f'{{ sheet(id: "{sheet}") {{ college {{ code name }} className }} }}')["sheet"]
    other = "02" if college["college"]["code"] != "02" else "03"
    path = f"/admin/sheet/do/transferSheets?id={sheet}"
    office.get(path)
    assert "学籍信息和本批次离校单一并改到新学院" in office.words
    before = counts(office)
    office.post(path, step="check", college=other, className="转入2201", reason="转专业")
    assert tallies(office) == [1, 0, 0]
    assert counts(office) == before
    submit(office)
    assert office.page.url.path == "/admin/operation/details/"
    now = data(
        office,
        f'{{ sheet(id: "{sheet}") {{ className college {{ code }} student {{ college {{ code }} className }} }} }}',
    )
    assert now["sheet"] == {
        "className": "转入2201",
        "college": {"code": other},
        "student": {"college": {"code": other}, "className": "转入2201"},
    }
    assert counts(office)["events"] == before["events"] + 2
    path = f"/admin/sheet/do/transferSheets?id={issued[0]}"
    office.get(path)
    office.post(path, step="check", college=other, reason="转专业")
    assert tallies(office) == [0, 0, 1]
    assert 'value="submit"' not in office.text
    served.command("check")


def test_a_sheet_is_cancelled_with_a_reason_and_off_all_lists(someone: Someone, served: Served) -> None:
    office = someone("office", language="en")
    free, _ = sorted_out(office)
    path = f"/admin/sheet/do/cancelSheet?id={free[1]}"
    office.get(path)
    assert "The sheet is off all lists and figures" in office.words
    office.post(path, step="check", reason="made by mistake")
    assert tallies(office) == [1, 0, 0]
    submit(office)
    assert "1 cancelled" in office.words
    assert free[1] not in sheets_of(office, FROM).values()
    served.command("check")


def test_a_department_is_closed_and_its_successor_owns_its_items(someone: Someone, served: Served) -> None:
    office = someone("office")
    where = '{ department: { code: { eq: "BWC" } } }'
    items = f"items(where: {where}, first: 50) {{ nodes {{ code batch {{ status }} }} }}"
    found = data(office, f'{{ department(code: "BWC") {{ id version }} {items} }}')
    concerned = [each for each in found["items"]["nodes"] if each["batch"]["status"] != "ARCHIVED"]
    path = f"/admin/department/do/closeDepartment?id={found['department']['id']}"
    office.get(path)
    offered = re.findall(r'<option value="(\w+)"', office.text)
    assert "TSG" in offered
    assert "BWC" not in offered
    version = str(found["department"]["version"])
    before = counts(office)
    office.post(path, step="check", successor="TSG", reason="机构合并", expectedVersion=version)
    assert f"撤销后,{len(concerned)} 个环节改由“图书馆”主管" in office.words
    assert counts(office) == before
    submission = carried(office)
    submit(office)
    assert "部门已撤销" in office.words
    left = data(office, f"{{ {items} }}")
    assert {each["batch"]["status"] for each in left["items"]["nodes"]} <= {"ARCHIVED"}
    done = counts(office)
    assert done["events"] == before["events"] + 1 + len(concerned)
    office.get("/admin/department/")
    office.post(path, **submission)
    assert "“撤销部门”已无需进行,请看当前状态。" in office.words
    assert counts(office) == done
    served.command("check")
