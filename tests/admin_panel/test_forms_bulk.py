"""批量修改: rows are ticked, each field is left, set or emptied; what would change is shown, submitted and undone."""

from __future__ import annotations

import html
import re

from tests.admin_panel.forms import details
from tests.served import Person, Someone

BULK = "/admin/building/bulk"


def modes(person: Person) -> dict[str, list[str]]:
    """By field, the choices of the page; the one that stands comes first."""
    found: dict[str, list[str]] = {}
    for name, value, rest in re.findall(r'type="radio" name="mode\.(\w+)" value="(\w+)"([^>]*)>', person.text):
        found.setdefault(name, []).insert(0 if "checked" in rest else len(found.get(name, [])), value)
    return found


def rows(person: Person) -> list[tuple[str, str, str]]:
    """Row, outcome and change of every table of the page."""
    found = []
    for row in re.findall(r"<tr>\s*<td.*?</tr>", person.text, re.DOTALL):
        cells = re.findall(r"<td.*?</td>", row, re.DOTALL)
        texts = [re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", each))).strip() for each in cells]
        found.append((texts[0], texts[1], texts[2]))
    return found


def operation(person: Person) -> str:
    found = re.search(r'name="operation" value="([^"]+)"', person.text)
    assert found is not None, person.words
    return found[1]


def two_buildings(office: Person, prefix: str) -> list[str]:
    for number in ("1", "2"):
        fields = {"code": f"{prefix}{number}", "name": f"{prefix}{number}楼", "houses": "M", "dutyPlace": f"{number}门"}
        office.post("/admin/building/do/createBuilding", **fields, beds="9")
    return [details(office, "building", f"{prefix}{number}") for number in ("1", "2")]


def test_ticked_rows_are_changed_and_changed_back(someone: Someone) -> None:
    office = someone("office")
    ids = two_buildings(office, "TB")
    office.get("/admin/building/", search="TB")
    assert re.search(rf'type="checkbox" name="ids" value="{ids[0]}"', office.text)
    assert f'action="{BULK}"' in office.text
    office.post(BULK, step="choose", ids=ids)
    assert modes(office) == {
        "nameEn": ["keep", "set", "empty"],
        "houses": ["keep", "set"],
        "beds": ["keep", "set"],
        "dutyPlace": ["keep", "set", "empty"],
        "dutyPhone": ["keep", "set", "empty"],
    }
    chosen = {"ids": ids, "mode.dutyPhone": "set", "dutyPhone": "8007", "mode.dutyPlace": "empty", "nameEn": "No"}
    office.post(BULK, step="check", **chosen)
    assert rows(office) == [
        ("TB1楼", "将修改", "值班电话 (空) → 8007 值班室 1门 → (空)"),
        ("TB2楼", "将修改", "值班电话 (空) → 8007 值班室 2门 → (空)"),
    ]
    assert modes(office)["dutyPlace"] == ["empty", "keep", "set"]
    office.get("/admin/building/details/", id=ids[0])
    assert "1门" in office.words
    office.post(BULK, step="check", **chosen)
    done = operation(office)
    office.post(BULK, step="submit", operation=done)
    assert "已修改 2 条。可在 操作记录 中撤回本次操作。" in office.words
    assert [row[1] for row in rows(office)] == ["已修改", "已修改"]
    office.get("/admin/building/details/", id=ids[1])
    assert [each for each in ("2门", "8007") if each in office.words] == ["8007"]
    office.get("/admin/operation/details/", id=done)
    assert "TB1楼" in office.words
    assert "值班室 1门 → (空)" in office.words
    office.post("/admin/operation/undo", id=done, step="check")
    office.post("/admin/operation/undo", id=done, step="submit")
    assert "已恢复 2 条。" in office.words
    office.get("/admin/building/details/", id=ids[1])
    assert "2门" in office.words


def test_a_row_that_changed_after_the_check_is_not_overwritten(someone: Someone) -> None:
    office, other = someone("office"), someone("dorm")
    ids = two_buildings(office, "TC")
    office.post(BULK, step="check", ids=ids, **{"mode.dutyPhone": "set", "dutyPhone": "8001"})
    shown = operation(office)
    address = f"/admin/building/do/updateBuilding?id={ids[0]}"
    other.get(address)
    assert 'name="expectedVersion" value="1"' in other.text
    other.post(address, expectedVersion="1", beds="9", dutyPlace="1门", dutyPhone="8002")
    assert "已修改公寓楼。" in other.words
    office.post(BULK, step="submit", operation=shown)
    assert [(row[0], row[1]) for row in rows(office)] == [("TC1楼", "不能修改"), ("TC2楼", "已修改")]
    assert "自您查看后,该行已由" in office.words
    assert office.post(BULK, step="submit", operation=shown).status_code == 200
    office.get("/admin/building/details/", id=ids[0])
    assert "8002" in office.words


def test_what_is_asked_wrongly_comes_back_as_it_was(someone: Someone) -> None:
    office = someone("office", language="en")
    office.get(BULK)
    assert 'name="keys"' in office.text
    office.post(BULK, step="check", keys="NOWHERE", **{"mode.beds": "set", "beds": "many"})
    assert office.page.status_code == 400
    assert "“many” is no valid value." in office.words
    assert modes(office)["beds"] == ["set", "keep"]
    office.post(BULK, step="check", keys="NOWHERE", **{"mode.dutyPhone": "set", "dutyPhone": " "})
    assert (office.page.status_code, "to empty it, choose “Set empty”" in office.words) == (400, True)
    office.post(BULK, step="check", keys="NOWHERE")
    assert (office.page.status_code, "Choose at least one field to change." in office.words) == (400, True)
    office.post(BULK, step="check", keys="", **{"mode.beds": "set", "beds": "3"})
    assert office.page.status_code == 400
    office.post(BULK, step="check", keys="NOWHERE", **{"mode.beds": "set", "beds": "3"})
    assert rows(office) == [("–", "Refused", "NOWHERE was not found; please check it.")]
    assert "There is nothing that would change." in office.words or "there is nothing that would change" in office.words
    office.post(BULK, step="submit", operation="nothing")
    assert office.page.status_code == 400


def test_only_what_ones_role_may_write_and_where(someone: Someone) -> None:
    dorm, library, keeper = someone("dorm"), someone("library"), someone("datakeeper")
    dorm.get(BULK)
    assert set(modes(dorm)) == {"beds", "dutyPlace", "dutyPhone"}
    library.get("/admin/building/")
    assert library.http.get(BULK).status_code == 403
    forged = {"csrf_token": library.token, "step": "check", "keys": "BAMBOO1", "mode.beds": "set", "beds": "1"}
    assert library.http.post(BULK, data=forged).status_code == 403
    assert library.http.post(BULK, data={"step": "check"}).status_code == 400
    assert keeper.http.get("/admin/sheet/bulk").status_code == 404
    forged = {"mode.code": "set", "code": "X", "mode.name": "set", "name": "X", "mode.houses": "set", "houses": "F"}
    dorm.post(BULK, step="check", keys="BAMBOO1", **forged)
    assert (dorm.page.status_code, "请至少选择一个要修改的字段。" in dorm.words) == (400, True)


def test_students_of_others_are_not_there(someone: Someone) -> None:
    keeper = someone("datakeeper")
    keeper.get("/admin/student/bulk")
    assert {"className", "building", "hasLoan"} <= set(modes(keeper))
    assert {"studentNo", "name", "idNo", "phone"} & set(modes(keeper)) == set()
    keeper.post("/admin/student/bulk", step="check", keys="210201101", **{"mode.grade": "set", "grade": "2021"})
    assert rows(keeper) == [
        ("210201101", "不能修改", "未找到学号 210201101,请核对;若学生不在本批次,请联系学院数据维护员。")
    ]
