"""Plain editing in the panel: forms that nobody wrote, with what the viewer may write and what the row holds."""

from __future__ import annotations

import html
import re
from dataclasses import replace

from graphql import build_schema

from admin_panel.inputs import mutations_of
from admin_panel.language import Text
from admin_panel.metadata import ObjectInfo
from admin_panel.plain_deeds import generated_deeds
from tests.admin_panel.forms import buttons, details, version
from tests.served import Someone

BOTH = Text("物品", "Thing")


def asked(person) -> list[str]:
    """The fields of the form, in their order."""
    form = person.text.partition('<form class="card-x narrow"')[2].partition("</form>")[0]
    names = re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', form)
    return [each for each in dict.fromkeys(names) if each not in ("csrf_token", "expectedVersion", "then")]


def held(person) -> dict[str, str]:
    """What the text fields of the form start with."""
    found = re.findall(r'<input class="input" id="(\w+)" name="\w+" value="([^"]*)"', person.text)
    return {name: html.unescape(value) for name, value in found}


def chosen_in(select: str) -> tuple[str, str]:
    """The name of a select box and what it holds."""
    name, chosen = re.search(r'name="(\w+)"', select), re.search(r'value="([^"]+)" selected', select)
    assert name is not None
    return name[1], chosen[1] if chosen else ""


def test_the_office_makes_changes_and_closes_a_department(someone: Someone) -> None:
    office = someone("office")
    office.get("/admin/department/")
    assert set(buttons(office)) == {"createDepartment"}
    office.get("/admin/department/do/createDepartment")
    assert asked(office) == ["code", "name", "nameEn", "place", "phone", "hours", "active", "successor"]
    assert re.search(r'name="active" value="1" checked', office.text)
    office.post("/admin/department/do/createDepartment", code="T-NEW", name="新部门", active="1", successor="TSG")
    assert "已新增职能部门。" in office.words
    row = details(office, "department", "T-NEW")
    assert set(buttons(office)) == {"updateDepartment", "closeDepartment"}
    office.get("/admin/department/do/updateDepartment", id=row)
    assert asked(office) == ["name", "nameEn", "place", "phone", "hours", "active", "successor"]
    assert held(office) == {"name": "新部门", "nameEn": "", "place": "", "phone": "", "hours": ""}
    assert re.search(r'<option value="TSG" selected', office.text)
    address = f"/admin/department/do/updateDepartment?id={row}"
    first = version(office)
    office.post(address, name="新部门", place="三层", active="1", successor="", **first)
    assert "已修改职能部门。" in office.words
    assert "三层" in office.words
    office.get("/admin/department/do/updateDepartment", id=row)
    assert re.search(r'<option value="TSG" selected', office.text) is None
    office.post(address, name="旧页面", **first)
    assert office.page.status_code == 409
    assert "未覆盖" in office.words


def test_a_form_asks_only_what_the_role_may_write(someone: Someone) -> None:
    library = someone("library")
    library.get("/admin/department/")
    assert set(buttons(library)) == set()
    row = details(library, "department", "TSG")
    library.get("/admin/department/do/updateDepartment", id=row)
    assert asked(library) == ["place", "phone", "hours"]
    place = held(library)["place"]
    address = f"/admin/department/do/updateDepartment?id={row}"
    library.post(address, **held(library) | {"hours": "全天"}, **version(library))
    assert "全天" in library.words
    assert place in library.words
    library.get("/admin/department/do/createDepartment")
    assert library.page.status_code == 403


def test_what_cannot_be_read_is_not_emptied_by_a_form_that_leaves_it_empty(someone: Someone) -> None:
    keeper, dormitories = someone("datakeeper"), someone("dorm")
    row = details(keeper, "student", "221599101")
    keeper.get("/admin/student/do/updateStudent", id=row)
    assert {"idNo", "building", "name", "phone"} <= set(asked(keeper))
    keeper.get("/admin/student/details/", id=row)
    before = keeper.words
    keeper.get("/admin/student/do/updateStudent", id=row)
    ticked = dict.fromkeys(re.findall(r'type="checkbox" name="(\w+)" value="1" checked', keeper.text), "1")
    chosen = dict(chosen_in(select) for select in re.findall(r"<select.*?</select>", keeper.text, re.DOTALL))
    given = held(keeper) | ticked | chosen | {"nameLatin": "Lin Xiaoyu"}
    keeper.post(f"/admin/student/do/updateStudent?id={row}", **given, **version(keeper))
    assert "已修改学生。" in keeper.words
    assert "Lin Xiaoyu" in keeper.words
    number = re.search(r"\d{4}\*+\w{4}", before)
    assert number is not None
    assert number[0] in keeper.words
    details(dormitories, "student", "221599101")
    assert "舍" in dormitories.words


def test_what_is_wrong_stands_at_its_field(someone: Someone) -> None:
    office = someone("office")
    office.get("/admin/college/do/createCollege")
    office.post("/admin/college/do/createCollege", code="15", name="某学院", active="1")
    assert office.page.status_code == 400
    assert "已被使用" in office.words
    assert re.search(r'id="code"[^>]*value="15"[^>]*aria-invalid="true"', office.text)


def test_a_row_is_deleted_without_fields_but_with_the_version_that_was_seen() -> None:
    schema = build_schema("""
        type Query { nothing: Int }
        type ThingResult { id: ID! }
        type Mutation { deleteThing(id: ID!, expectedVersion: Int!): ThingResult!  createToken(name: String): ID }
    """)
    info = ObjectInfo("Thing", BOTH, BOTH, "things", "thing", False, (), (), {})
    [deed] = generated_deeds({"Thing": info, "User": replace(info, name="User")}, mutations_of(schema))["Thing"]
    assert (deed.mutation, deed.action, deed.danger, deed.gone) == ("deleteThing", "delete", True, True)
    assert (deed.row, deed.starts) == ({"id": "id", "expectedVersion": "version"}, {})
