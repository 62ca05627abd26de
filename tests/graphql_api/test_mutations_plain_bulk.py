"""Plain editing of many rows through the door: which fields, whose rights, old and new values in words, undo."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType

from graphql_api import ids
from models import Event, Operation, Student
from tests import factories as make
from tests.api import Desk, OpenDesk, built_schema, member

ROWS = """rows { id label studentNo outcome code message column changes { name label before after } }"""
UPDATE = (
    "mutation ($input: UpdateStudentsInput!) { done: updateStudents(input: $input) "
    f"{{ dryRun applied unchanged refused message operation {{ id }} {ROWS} }} }}"
)
APPLY = f"mutation ($id: ID!) {{ done: applyOperation(id: $id) {{ applied refused message {ROWS} }} }}"
UNDO = (
    "mutation ($id: ID!, $dryRun: Boolean!) { done: undoOperation(id: $id, dryRun: $dryRun) "
    f"{{ dryRun applied refused message operation {{ kind }} {ROWS} }} }}"
)
READ = "query ($id: ID!) { operation(id: $id) { kind parameters rows { label changes { name before after } } } }"


@pytest.fixture
async def office(api: OpenDesk) -> Desk:
    await member("office", "office", name="周主任")
    return await api(as_="office")


async def two() -> list[Student]:
    return [await make.student(f"202200{n}", name=f"学生{n}", major="旧", has_loan=True) for n in (1, 2)]


async def done(desk: Desk, document: str, **variables: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await desk.query(document, **variables))["done"]
    return answer


def chosen(*numbers: str) -> dict[str, Any]:
    return {"studentNos": list(numbers)}


def test_there_is_a_mutation_for_each_object_that_the_rules_open():
    schema = built_schema()._schema
    assert schema.mutation_type is not None
    made = {name for name in schema.mutation_type.fields if name.startswith("update") and name.endswith("s")}
    assert made - {"updateStudents", "updateItems", "updateBatches"} == {
        *("updateColleges", "updateDepartments", "updateBuildings"),
    }
    values, empties = schema.type_map["StudentValues"], schema.type_map["StudentEmptiable"]
    assert isinstance(values, GraphQLInputObjectType)
    assert isinstance(empties, GraphQLEnumType)
    assert {"studentNo", "name", "idNo", "phone", "version"} & values.fields.keys() == set()
    assert set(empties.values) == {"MAJOR", "CLASS_NAME", "GRADE", "BUILDING", "ROOM"}
    rows = schema.type_map["StudentRows"]
    assert isinstance(rows, GraphQLInputObjectType)
    assert set(rows.fields) == {"ids", "studentNos"}


async def test_checked_applied_and_undone(office: Desk):
    rows = await two()
    asked = {"select": chosen("2022001", "2022002"), "set": {"hasLoan": False}, "clear": ["MAJOR"], "dryRun": True}
    shown = await done(office, UPDATE, input=asked)
    assert (shown["dryRun"], shown["applied"], shown["refused"]) == (True, 2, 0)
    assert shown["message"] == "预检完成:可办理 2,无变化 0,不能办理 0。确认提交?"
    first = shown["rows"][0]
    assert (first["id"], first["label"], first["studentNo"]) == (
        ids.encode("Student", rows[0].id),
        "2022001 学生1",
        "2022001",
    )
    assert first["changes"] == [
        {"name": "hasLoan", "label": "助学贷款", "before": "是", "after": "否"},
        {"name": "major", "label": "专业", "before": "旧", "after": None},
    ]
    assert await Student.filter(has_loan=True, major="旧").count() == 2
    applied = await done(office, APPLY, id=shown["operation"]["id"])
    assert (applied["applied"], applied["message"]) == (2, "已修改 2 条。可在 操作记录 中撤回本次操作。")
    assert await Student.filter(has_loan=False, major="", version=2).count() == 2
    read = (await office.query(READ, id=shown["operation"]["id"]))["operation"]
    assert (read["kind"], read["rows"][1]["label"]) == ("BULK_EDIT", "2022002 学生2")
    assert read["rows"][1]["changes"][1] == {"name": "major", "before": "旧", "after": None}
    undone = await done(office, UNDO, id=shown["operation"]["id"], dryRun=True)
    assert (undone["dryRun"], undone["applied"]) == (True, 2)
    undone = await done(office, UNDO, id=shown["operation"]["id"], dryRun=False)
    assert (undone["message"], undone["operation"]["kind"]) == ("已恢复 2 条。", "UNDO")
    assert await Student.filter(has_loan=True, major="旧", version=3).count() == 2
    assert await Event.filter(object="Student").count() == 4


async def test_what_is_asked_wrongly_is_said_at_its_field(office: Desk):
    await two()
    before = await Operation.all().count()
    for asked, code, path in (
        ({"select": chosen("2022001")}, "BAD_INPUT", ["input", "set"]),
        ({"select": chosen(" "), "set": {"major": "x"}}, "BAD_INPUT", ["input", "select"]),
        ({"select": chosen("2022001"), "set": {"major": None}}, "BAD_INPUT", ["input", "set", "major"]),
        (
            {"select": chosen("2022001"), "set": {"major": "x"}, "clear": ["MAJOR"]},
            "BAD_INPUT",
            ["input", "set", "major"],
        ),
        ({"select": chosen("2022001"), "set": {"building": "NO"}}, "NOT_FOUND", ["input", "set", "building"]),
        ({"select": {"ids": ["x"], **chosen("2022001")}, "set": {"major": "x"}}, "BAD_INPUT", None),
        ({"select": chosen("2022001"), "set": {"major": "x" * 65}}, "BAD_INPUT", ["input", "set", "major"]),
    ):
        error = await office.error(UPDATE, input=asked)
        assert error["code"] == code, asked
        assert path in (None, error["violations"][0]["path"] if error["violations"] else None), asked
    assert await Operation.all().count() == before


async def test_rows_that_are_not_there_and_rows_that_somebody_changed(office: Desk):
    rows = await two()
    seen = [{"id": ids.encode("Student", rows[0].id), "version": 9}]
    asked = {"select": chosen("2022001", "7"), "set": {"major": "新"}, "expectedVersions": seen}
    told = (await done(office, UPDATE, input=asked))["rows"]
    assert [(row["outcome"], row["code"], row["message"]) for row in told] == [
        ("REFUSED", "STALE_ROW", "自您查看后,该行已被修改,未覆盖。请刷新后重试。"),
        ("REFUSED", "NOT_FOUND", "未找到学号 7,请核对;若学生不在本批次,请联系学院数据维护员。"),
    ]
    other = {"select": {"ids": [ids.encode("Item", 1)]}, "set": {"major": "新"}}
    [row] = (await done(office, UPDATE, input=other))["rows"]
    assert (row["outcome"], row["code"], row["label"], row["id"]) == ("REFUSED", "NOT_FOUND", None, None)


async def test_a_data_keeper_changes_own_students_and_does_not_put_them_elsewhere(api: OpenDesk):
    uni = await make.university()
    await member("keeper", "data_keeper", uni.college)
    keeper = await api(as_="keeper")
    await make.student("2022001", college=uni.college, major="旧")
    await make.student("2022002", college=uni.other_college, major="旧")
    asked = {"select": chosen("2022001", "2022002"), "set": {"major": "新"}, "errorPolicy": "APPLY_VALID"}
    told = (await done(keeper, UPDATE, input=asked))["rows"]
    assert [(row["studentNo"], row["outcome"], row["code"]) for row in told] == [
        ("2022001", "APPLIED", None),
        ("2022002", "REFUSED", "NOT_FOUND"),
    ]
    asked = {"select": chosen("2022001"), "set": {"college": "02"}}
    [row] = (await done(keeper, UPDATE, input=asked))["rows"]
    assert (row["outcome"], row["code"]) == ("REFUSED", "FORBIDDEN")
    assert row["message"].startswith("这样修改后,该记录将不在您当前身份可办理的范围内")
    assert await Student.all().order_by("id").values_list("major", "college_id") == [
        ("新", uni.college.id),
        ("旧", uni.other_college.id),
    ]


async def test_what_somebody_may_write_and_not_read_is_not_shown_to_him(api: OpenDesk):
    uni = await make.university()
    await member("keeper", "data_keeper", uni.college)
    keeper = await api(as_="keeper")
    await make.student("2022001", college=uni.college, building=uni.building)
    asked = {"select": chosen("2022001"), "set": {"building": "PINE1", "major": "新"}, "dryRun": True}
    [row] = (await done(keeper, UPDATE, input=asked))["rows"]
    assert [each["name"] for each in row["changes"]] == ["major"]


async def test_who_may_not_edit_is_refused_with_his_role(api: OpenDesk):
    await member("library", "operator", await make.department("TSG"))
    await two()
    library = await api(as_="library")
    error = await library.error(UPDATE, input={"select": chosen("2022001"), "set": {"major": "新"}})
    assert error["code"] == "FORBIDDEN"
    assert "不能修改" in error["message"]
    assert await Student.filter(major="新").count() == 0


async def test_a_right_taken_away_after_the_dry_run_is_not_used(api: OpenDesk, office: Desk):
    await two()
    asked = {"select": chosen("2022001"), "set": {"major": "新"}, "dryRun": True}
    shown = await done(office, UPDATE, input=asked)
    await member("other", "office")
    other = await api(as_="other")
    assert (await other.error(APPLY, id=shown["operation"]["id"]))["code"] == "NOT_FOUND"
    assert await Student.filter(major="新").count() == 0
