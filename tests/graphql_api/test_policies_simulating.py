"""simulatePolicy: what somebody could see or act on, in words and numbers, on the record and without a row."""

from __future__ import annotations

from typing import Any

import pytest

from models import Event, Operation, OperationRow, RoleAssignment
from models import database as db
from models.enums import OperationKind
from tests import factories as make
from tests.api import Desk, OpenDesk, counted, member
from tests.graphql_api.drafting import PHONES, save

SIMULATE = """mutation ($input: SimulatePolicyInput!) { simulatePolicy(input: $input) {
  version draft role roleLabel { zh } permitted rows { zh en } count message
  columns { field label { zh } onAllRows inWords { zh } } denied { name label { zh } } } }"""


@pytest.fixture
async def where(api: OpenDesk) -> make.University:
    found = await make.university()
    season = await make.season(found)
    await make.crowd(season.batch, 3, college=found.college)
    await make.crowd(season.batch, 2, prefix="2024", college=found.other_college)
    await member("pa", "policy_admin", name="曹正阳")
    await member("wen", "counsellor", found.college, name="赵文静")
    return found


async def simulate(desk: Desk, **asked: Any) -> dict[str, Any]:
    return dict((await desk.query(SIMULATE, input=asked))["simulatePolicy"])


async def test_an_account_is_simulated_without_a_row(where: make.University, admin: Desk) -> None:
    fields = ["name", "idNo", "id_no_masked", "building"]
    found = await simulate(admin, user="wen", object="Student", action="read", fields=fields)
    assert (found["version"], found["draft"], found["role"], found["permitted"]) == (1, False, "counsellor", True)
    assert found["rows"] == {
        "zh": "本学院、在本学院办理过离校的学生",
        "en": "Own college and who left from own college",
    }
    assert found["count"] == 3
    assert [(each["field"], each["onAllRows"]) for each in found["columns"]] == [("name", True), ("id_no_masked", True)]
    assert found["denied"] == [
        {"name": "id_no", "label": {"zh": "身份证件号"}},
        {"name": "building", "label": {"zh": "公寓楼"}},
    ]
    assert found["message"] == (f'以"辅导员"身份可查看"学生":3 行({found["rows"]["zh"]})。仅为模拟,已记录。')


async def test_a_column_that_is_hidden_on_some_rows_says_where_it_is_shown(admin: Desk) -> None:
    found = await simulate(admin, user="wen", object="Student", action="read", fields=["phone"])
    assert found["columns"] == [
        {"field": "phone", "label": {"zh": "手机号"}, "onAllRows": False, "inWords": {"zh": "本学院"}}
    ]


async def test_it_is_recorded_and_changes_nothing(where: make.University, admin: Desk) -> None:
    await simulate(admin, user="wen", object="Student", action="read", fields=["name"])
    [done] = await Operation.filter(kind=OperationKind.SIMULATE_POLICY).prefetch_related("actor")
    assert (done.actor.username, done.role) == ("pa", "policy_admin")
    assert done.parameters == {
        "object": "Student",
        "action": "read",
        "fields": ["name"],
        "role": "counsellor",
        "units": [where.college.code],
        "version": 1,
        "draft": False,
        "cascaded": 0,
    }
    [row] = await OperationRow.all()
    wen = await RoleAssignment.get(role="counsellor").values("user_id")
    assert (row.operation_id, row.object, row.object_id) == (done.id, "User", wen["user_id"])
    assert await Event.all().count() == 0


async def test_a_role_is_simulated_with_units(where: make.University, admin: Desk) -> None:
    asked = {"role": "counsellor", "object": "Sheet", "action": "read", "fields": ["student"]}
    codes = [where.college.code, where.other_college.code]
    assert (await simulate(admin, **asked, units=codes))["count"] == 5
    assert (await simulate(admin, **asked, units=codes[1:]))["count"] == 2
    assert await OperationRow.all().count() == 0


async def test_a_role_whose_rows_depend_on_the_person_has_no_number(admin: Desk) -> None:
    found = await simulate(admin, role="supervisor", object="Student", action="read", fields=["name"])
    assert (found["permitted"], found["count"]) == (True, None)
    assert found["message"] == '以"导师"身份可查看"学生"(本人指导的学生),行数因人而异。仅为模拟,已记录。'


async def test_an_action_on_the_row_has_no_columns(where: make.University, admin: Desk) -> None:
    found = await simulate(admin, user="wen", object="Clearance", action="clear")
    assert (found["permitted"], found["columns"], found["denied"]) == (True, [], [])
    assert found["rows"] == {"zh": "本学院办理的环节", "en": "Items own college handles"}


async def test_what_is_not_permitted_says_so(admin: Desk) -> None:
    found = await simulate(admin, role="leader", object="Certificate", action="issue")
    assert (found["permitted"], found["count"], found["rows"]["zh"]) == (False, 0, "无")
    assert found["message"] == '以"校领导"身份不能发放证书。仅为模拟,已记录。'
    found = await simulate(admin, role="leader", object="Student", action="read", fields=["name"])
    assert (found["columns"], [each["name"] for each in found["denied"]]) == ([], ["name"])


async def test_what_has_no_rows_is_counted_as_none(admin: Desk) -> None:
    found = await simulate(admin, role="leader", object="Api", action="explore")
    assert (found["permitted"], found["count"], found["columns"]) == (True, 0, [])


async def test_a_draft_is_simulated(where: make.University, admin: Desk) -> None:
    asked = {"role": "operator", "units": [where.library.code], "object": "Student", "action": "read"}
    await save(admin, set=[PHONES])
    now = await simulate(admin, **asked, fields=["phone"])
    assert [each["name"] for each in now["denied"]] == ["phone"]
    then = await simulate(admin, **asked, fields=["phone"], draft=True)
    assert (then["draft"], [each["field"] for each in then["columns"]], then["count"]) == (True, ["phone"], 5)
    everything = await simulate(admin, **asked, fields=["*"])
    assert "phone" in [each["name"] for each in everything["denied"]]


async def test_one_unit_is_simulated(where: make.University, admin: Desk) -> None:
    narrowed = {"scope": f"own_department_students@{where.library.code}"}
    await save(admin, set=[{**PHONES, "allow": [narrowed]}])
    asked = {"role": "operator", "object": "Student", "action": "read", "fields": ["phone"], "draft": True}
    held = await simulate(admin, **asked, units=[where.library.code])
    assert [each["field"] for each in held["columns"]] == ["phone"]
    other = await simulate(admin, **asked, units=[where.finance.code])
    assert ([each["name"] for each in other["denied"]], other["columns"]) == (["phone"], [])


async def test_wrong_arguments_are_named(where: make.University, admin: Desk) -> None:
    await member("s1", "student")
    await member("two", "counsellor", where.college)
    await member("two", "cert_officer", where.college)
    asked = {"role": "leader", "object": "Student", "action": "read"}
    for wrong, code, path in (
        ({"role": "leadr"}, "BAD_INPUT", ["role"]),
        ({"role": "desk"}, "BAD_INPUT", ["role"]),
        ({"role": None}, "BAD_INPUT", ["user"]),
        ({"object": "Studnet"}, "BAD_INPUT", ["object"]),
        ({"action": "reed"}, "BAD_INPUT", ["action"]),
        ({"fields": ["name", "nme"]}, "BAD_INPUT", ["fields", "1"]),
        ({"version": 9}, "NOT_FOUND", ["version"]),
        ({"draft": True}, "NOT_FOUND", ["draft"]),
        ({"units": ["15"]}, "BAD_INPUT", ["units"]),
        ({"role": "counsellor", "units": ["15"] * 101}, "BAD_INPUT", ["units"]),
        ({"role": "counsellor"}, "BAD_INPUT", ["units"]),
        ({"role": "counsellor", "units": ["nowhere"]}, "NOT_FOUND", ["units", "0"]),
        ({"user": "nobody", "role": None}, "NOT_FOUND", ["user"]),
        ({"user": "s1", "role": None}, "NOT_FOUND", ["user"]),
        ({"user": "wen", "role": "office"}, "NOT_FOUND", ["role"]),
        ({"user": "two", "role": None}, "BAD_INPUT", ["role"]),
        ({"user": "wen", "role": None, "units": ["15"]}, "BAD_INPUT", ["user"]),
    ):
        error = await admin.error(SIMULATE, input={**asked, **wrong})
        assert (error["code"], error["violations"][0]["path"]) == (code, ["input", *path]), wrong
        assert error["message"].endswith("。")
    assert await Operation.all().count() == 0


@pytest.mark.parametrize("role", ["auditor", "account_admin", "office"])
async def test_others_simulate_nothing(where: make.University, api: OpenDesk, role: str) -> None:
    await member("other", role)
    desk = await api(as_="other", locale="en")
    error = await desk.error(SIMULATE, input={"user": "wen", "object": "Student", "action": "read"})
    assert (error["code"], error["params"]["action"]) == ("FORBIDDEN", "simulate")
    assert error["message"].endswith('may not simulate rights. This needs the role "Policy administrator".')
    assert await Operation.all().count() == 0


async def test_it_takes_the_same_statements_for_any_number_of_rows_and_fields(
    where: make.University, admin: Desk
) -> None:
    asked = {"user": "wen", "object": "Student", "action": "read"}
    with db.statements() as few:
        await simulate(admin, **asked, fields=["name"])
    season_of = await make.batch("2027-06")
    await make.crowd(season_of, 5, prefix="2027", college=where.college)
    with db.statements() as many:
        assert (await simulate(admin, **asked))["count"] == 8
    assert counted(many) == counted(few)
