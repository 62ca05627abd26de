from __future__ import annotations

from models import RoleAssignment
from models import database as db
from tests import factories as make
from tests.api import OpenDesk, member
from tests.graphql_api.asking import in_role

RIGHTS = """{ viewer { objects {
  name canRead canCreate canUpdate canDelete canExport actions fields { name readable writable }
} } }"""


async def rights(role: str, name: str):
    answer = await in_role(role).ask(RIGHTS)
    [found] = [each for each in answer["viewer"]["objects"] if each["name"] == name]
    return found


async def test_who_asks_with_roles_units_and_batch(api: OpenDesk):
    desk = await api()
    where = await make.university()
    season = await make.season(where)
    await member("library", "operator", where.library, name="李敏")
    await member("library", "counsellor", where.college)
    await desk.sign_in("library")
    with db.statements() as sent:
        answer = await desk.query(
            "{ viewer { username name activeRole roles { role unit label { zh } } activeBatch { code } csrfToken } }"
        )
    assert answer["viewer"] == {
        "username": "library",
        "name": "李敏",
        "activeRole": "operator",
        "roles": [
            {"role": "operator", "unit": where.library.name, "label": {"zh": "学校离校办理人员"}},
            {"role": "counsellor", "unit": where.college.name, "label": {"zh": "辅导员"}},
        ],
        "activeBatch": {"code": season.batch.code},
        "csrfToken": desk.csrf,
    }
    assert sum("FROM college" in each for each in sent) == 1  # the units of all roles at once


async def test_what_may_be_done_with_an_object(database):
    found = await rights("operator", "Clearance")
    assert found["canRead"] is True
    assert found["canCreate"] is False
    assert {"clear", "revoke", "bulk"} <= set(found["actions"])
    assert "bulk_filter" not in found["actions"]  # a whole filter is its own right
    fields = {each["name"]: each for each in found["fields"]}
    assert fields["status"] == {"name": "status", "readable": True, "writable": False}


async def test_a_field_nobody_may_read_is_not_readable_but_writable_for_the_data_keeper(database):
    found = await rights("data_keeper", "Student")
    fields = {each["name"]: each for each in found["fields"]}
    assert fields["idNo"] == {"name": "idNo", "readable": False, "writable": True}


async def test_can_asks_for_one_right(database):
    asked = (
        '{ viewer { a: can(object: "Student", action: "match", field: "idNo")'
        ' b: can(object: "Student", action: "read", field: "idNo") c: can(object: "Nothing", action: "read")'
        ' d: can(object: "Student", action: "fly") e: can(object: "Sheet", action: "read", field: "verifyToken") } }'
    )
    answer = await in_role("registrar").ask(asked)
    assert answer["viewer"] == {"a": True, "b": False, "c": False, "d": False, "e": False}


async def test_nobody_is_unauthenticated(api: OpenDesk):
    desk = await api()
    for asked in ("{ viewer { name } }", "{ objects { name } }", "{ students { totalCount } }"):
        assert (await desk.error(asked))["code"] == "UNAUTHENTICATED"
    assert await RoleAssignment.all().count() == 0
