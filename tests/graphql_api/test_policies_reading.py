"""The questions about policies through the door: the matrix, the table, who can, what somebody may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import RoleAssignment, User
from models import database as db
from policies.editing import to_csv
from policies.explaining import matrix
from policies.rules import parse_csv, read_csv
from tests import factories as make
from tests.api import Desk, OpenDesk, counted, member
from tests.graphql_api.asking import shipped

RULE = "role object field action scope effect until note"
MATRIX = f"""query ($object: String!, $version: Int, $draft: Boolean) {{
  policyMatrix(object: $object, version: $version, draft: $draft) {{
    version draft object objectLabel {{ zh en }}
    roles {{ name label {{ zh }} parent assignable units }} actions {{ name perField changes fields }}
    fields {{ name label {{ en }} sensitive }} scopes {{ name label {{ zh }} unit inside }}
    cells {{ role action field grant {{ allow deny inWords {{ zh en }} }} inWords {{ zh en }}
             own {{ {RULE} row }} inherited {{ {RULE} }} }} }} }}"""
TABLE = f"""query ($version: Int, $draft: Boolean) {{
  policyTable(version: $version, draft: $draft) {{ version draft csv rules {{ {RULE} }} }} }}"""
WHO = f"""query ($object: String!, $action: String!, $field: String) {{
  whoCan(object: $object, action: $action, field: $field) {{
    version object action field fieldLabel {{ zh }} actionLabel {{ en }}
    roles {{ role roleLabel {{ zh }} holders users {{ username name unit validUntil }}
             cells {{ field inWords {{ zh }} own {{ {RULE} }} inherited {{ {RULE} }} }} }} }} }}"""
RIGHTS = """query ($user: String!, $role: String) { rightsOf(user: $user, role: $role) {
  username name active version
  roles { role label { zh } periods { unit unitLabel { zh } validFrom validUntil current }
          objects { object label { zh } actions { action label { zh } fields {
            field label { zh } inWords { zh } because { role object field action scope effect } } } } } } }"""


# --- the matrix


async def test_the_matrix_shows_every_cell_about_which_a_row_says_something(admin: Desk) -> None:
    found = (await admin.query(MATRIX, object="Student"))["policyMatrix"]
    assert (found["version"], found["draft"], found["objectLabel"]["en"]) == (1, False, "Student")
    expected = [each for each in matrix(shipped(), "Student") if each.own or each.inherited]
    assert [(each["role"], each["action"], each["field"]) for each in found["cells"]] == [
        (each.role, each.action, each.field) for each in expected
    ]
    cells = {(each["role"], each["action"], each["field"]): each for each in found["cells"]}
    assert cells["operator", "read", "name"]["grant"] == {
        "allow": ["own_department_students"],
        "deny": [],
        "inWords": {"zh": "本部门环节涉及的学生", "en": "Students of own department's items"},
    }
    assert [each["scope"] for each in cells["operator", "read", "name"]["own"]] == ["own_department_students"]
    inherited = cells["dorm_centre", "read", "name"]
    assert (inherited["own"], [each["role"] for each in inherited["inherited"]]) == ([], ["operator"])


async def test_the_matrix_is_headed_by_roles_actions_fields_and_scopes(admin: Desk) -> None:
    found = (await admin.query(MATRIX, object="student"))["policyMatrix"]
    roles = {each["name"]: each for each in found["roles"]}
    assert len(roles) == 19
    assert roles["dorm_centre"] == {
        "name": "dorm_centre",
        "label": {"zh": "学生公寓管理中心操作员"},
        "parent": "operator",
        "assignable": True,
        "units": ["department"],
    }
    assert roles["desk"]["assignable"] is False
    fields = {each["name"]: each for each in found["fields"]}
    assert fields["id_no"]["sensitive"] is True
    actions = {each["name"]: each for each in found["actions"]}
    assert actions["import"] == {"name": "import", "perField": False, "changes": True, "fields": ["*"]}
    assert "id_no" not in actions["aggregate"]["fields"]
    scopes = {each["name"]: each for each in found["scopes"]}
    assert scopes["own_department_students"]["unit"] == "department"
    assert scopes["own_college"]["inside"] == ["all"]


async def test_an_unknown_object_is_refused_with_the_nearest(admin: Desk) -> None:
    error = await admin.error(MATRIX, object="Studnet")
    assert error["code"] == "BAD_INPUT"
    assert error["message"] == '参数 object:没有"Studnet"。相近的名称:Student。'
    assert error["violations"] == [
        {
            "path": ["object"],
            "code": "BAD_INPUT",
            "params": {"argument": "object", "value": "Studnet", "nearest": ["Student"]},
        }
    ]


async def test_an_unknown_version_is_not_found(admin: Desk) -> None:
    for version in (2, -1, 2**31 - 1):
        error = await admin.error(TABLE, version=version)
        assert (error["code"], error["violations"][0]["path"]) == ("NOT_FOUND", ["version"])
        assert error["message"] == f"没有权限版本 {version}。请在 权限版本 中查看。"


# --- the table


async def test_the_table_is_given_as_rows_and_as_csv_that_reads_back(admin: Desk) -> None:
    found = (await admin.query(TABLE))["policyTable"]
    assert (found["version"], found["draft"], found["csv"]) == (1, False, to_csv(read_csv()))
    assert parse_csv(found["csv"]) == read_csv()
    assert len(found["rules"]) == len(read_csv().rules)
    assert found["rules"][0]["role"] == "student"


async def test_the_auditor_reads_the_table_and_has_no_draft(where: make.University, api: OpenDesk) -> None:
    await member("auditor", "auditor")
    desk = await api(as_="auditor", locale="en")
    assert (await desk.query(TABLE, version=1))["policyTable"]["version"] == 1
    error = await desk.error(TABLE, draft=True)
    assert error["message"] == (
        'You are acting as "Auditor" and may not tune policies. This needs the role "Policy administrator".'
    )
    assert error["params"] == {
        "role": "auditor",
        "object": "PolicyVersion",
        "action": "tune",
        "roles": "policy_admin",
    }


QUESTIONS: dict[str, dict[str, Any]] = {
    MATRIX: {"object": "Student"},
    TABLE: {},
    WHO: {"object": "Student", "action": "read"},
    RIGHTS: {"user": "pa"},
    "{ policyDiff { fromVersion } }": {},
    "{ policyDraft { base } }": {},
}


@pytest.mark.parametrize("role", ["student", "operator", "office", "analyst", "data_keeper", "supervisor"])
async def test_others_may_ask_nothing_of_policies(where: make.University, api: OpenDesk, role: str) -> None:
    await member("other", role, *([where.library] if role == "operator" else []))
    desk = await api(as_="other")
    for document, variables in QUESTIONS.items():
        error = await desk.error(document, **variables)
        assert (error["code"], error["params"]["object"]) == ("FORBIDDEN", "PolicyVersion")
    for document, variables in QUESTIONS.items():  # the right comes first, whatever is asked
        wrong = dict.fromkeys(variables, "nothing")
        assert (await desk.error(document, **wrong))["code"] == "FORBIDDEN"


async def test_nobody_is_unauthenticated(where: make.University, api: OpenDesk) -> None:
    desk = await api()
    for document, variables in QUESTIONS.items():
        assert (await desk.error(document, **variables))["code"] == "UNAUTHENTICATED"


# --- who can


async def test_who_can_names_roles_reasons_and_holders(where: make.University, admin: Desk) -> None:
    await member("limin", "operator", where.library, name="李敏")
    await member("limin", "operator", where.finance)
    await member("gone", "operator", where.library, active=False)
    await member("late", "operator", where.library)
    await RoleAssignment.filter(user__username="late").update(valid_until=datetime.now(UTC) - timedelta(days=1))
    found = (await admin.query(WHO, object="Certificate", action="issue"))["whoCan"]
    assert (found["field"], found["fieldLabel"], found["actionLabel"]) == (None, None, {"en": "Issue certificates"})
    assert [each["role"] for each in found["roles"]] == ["cert_officer"]
    found = (await admin.query(WHO, object="Item", action="update", field="instructionEn"))["whoCan"]
    assert (found["field"], found["fieldLabel"]) == ("instruction_en", {"zh": "办理说明(英文)"})
    roles = {each["role"]: each for each in found["roles"]}
    assert list(roles) == ["operator", "dorm_centre", "office"]
    operator = roles["operator"]
    assert operator["holders"] == 1
    assert [(each["username"], each["name"], each["unit"]) for each in operator["users"]] == [
        ("limin", "李敏", where.library.code),
        ("limin", "李敏", where.finance.code),
    ]
    [cell] = operator["cells"]
    assert (cell["field"], cell["inWords"]["zh"]) == ("instruction_en", "本部门的环节")
    assert [(each["scope"], each["effect"]) for each in cell["own"]] == [("own_department", "allow")]
    assert [each["role"] for each in roles["dorm_centre"]["cells"][0]["inherited"]] == ["operator"]


async def test_who_can_on_any_field_lists_the_fields(admin: Desk) -> None:
    found = (await admin.query(WHO, object="Student", action="match"))["whoCan"]
    assert {field["field"] for each in found["roles"] for field in each["cells"]} == {"id_no"}


async def test_students_are_counted_and_not_named(where: make.University, admin: Desk) -> None:
    await member("s1", "student")
    found = (await admin.query(WHO, object="Sheet", action="apply"))["whoCan"]
    [student] = found["roles"]
    assert (student["role"], student["holders"], student["users"]) == ("student", 1, [])


async def test_wrong_names_point_at_their_argument(admin: Desk) -> None:
    for wrong, path, near in (
        ({"object": "Clearence", "action": "read"}, ["object"], ["Clearance"]),
        ({"object": "Clearance", "action": "cleer"}, ["action"], ["clear"]),
        ({"object": "Student", "action": "read", "field": "phon"}, ["field"], ["phone"]),
        ({"object": "学生", "action": "read"}, ["object"], ["Student"]),
        ({"object": "Student", "action": "aggregate", "field": "id_no"}, ["field"], []),
        ({"object": "True) || (True", "action": "read"}, ["object"], []),
    ):
        error = await admin.error(WHO, **wrong)
        [violation] = error["violations"]
        assert (error["code"], violation["path"]) == ("BAD_INPUT", path)
        assert violation["params"]["nearest"][: len(near)] == near


async def test_too_many_users_are_refused(admin: Desk) -> None:
    asked = '{ whoCan(object: "Item", action: "read") { roles { users(first: %d) { name } } } }'
    for number in (-1, 201):
        assert (await admin.answer(asked % number))["errors"][0]["extensions"]["code"] == "BAD_INPUT"
    found = (await admin.query(asked % 0))["whoCan"]["roles"]
    assert {len(each["users"]) for each in found} == {0}


async def test_counting_holders_takes_one_statement_however_many_roles(where: make.University, admin: Desk) -> None:
    asked = 'query ($a: String!) { whoCan(object: "Item", action: $a) { roles { role holders cells { field } } } }'
    await admin.query(asked, a="withdraw")
    with db.statements() as few:
        await admin.query(asked, a="withdraw")
    with db.statements() as many:
        assert len((await admin.query(asked, a="read"))["whoCan"]["roles"]) > 10
    assert counted(many) == counted(few)


# --- what somebody may


async def rights(desk: Desk, user: str, **asked: Any) -> dict[str, Any]:
    return dict((await desk.query(RIGHTS, user=user, **asked))["rightsOf"])


def fields_of(role: dict[str, Any], object_name: str, action: str) -> dict[str, Any]:
    return {
        field["field"]: field
        for each in role["objects"]
        if each["object"] == object_name
        for act in each["actions"]
        if act["action"] == action
        for field in act["fields"]
    }


async def test_the_rights_of_an_account_stand_role_by_role_with_their_reasons(
    where: make.University, admin: Desk
) -> None:
    await member("both", "operator", where.library, name="李敏")
    await member("both", "counsellor", where.college)
    found = await rights(admin, "both")
    assert (found["username"], found["name"], found["active"], found["version"]) == ("both", "李敏", True, 1)
    assert [each["role"] for each in found["roles"]] == ["operator", "counsellor"]
    operator, counsellor = found["roles"]
    assert operator["periods"] == [
        {
            "unit": where.library.code,
            "unitLabel": {"zh": where.library.name},
            "validFrom": None,
            "validUntil": None,
            "current": True,
        }
    ]
    clear = fields_of(operator, "Clearance", "clear")
    assert clear == {
        "*": {
            "field": "*",
            "label": {"zh": "整行"},
            "inWords": {"zh": "本部门直接办理的环节"},
            "because": [
                {
                    "role": "operator",
                    "object": "Clearance",
                    "field": "*",
                    "action": "clear",
                    "scope": "own_department_items",
                    "effect": "allow",
                }
            ],
        }
    }
    assert "phone" not in fields_of(operator, "Student", "read")
    assert fields_of(counsellor, "Student", "read")["phone"]["inWords"] == {"zh": "本学院"}
    assert fields_of(operator, "Batch", "read")["code"]["because"][0]["role"] == "staff"
    assert [each["role"] for each in (await rights(admin, "both", role="counsellor"))["roles"]] == ["counsellor"]


async def test_a_role_that_has_ended_gives_nothing(where: make.University, admin: Desk) -> None:
    await member("old", "operator", where.library)
    await RoleAssignment.filter(user__username="old").update(valid_until=datetime.now(UTC) - timedelta(days=1))
    [operator] = (await rights(admin, "old"))["roles"]
    assert (operator["periods"][0]["current"], operator["objects"]) == (False, [])


async def test_a_disabled_account_may_nothing(where: make.University, admin: Desk) -> None:
    await member("off", "operator", where.library, active=False)
    found = await rights(admin, "off")
    assert (found["active"], found["roles"][0]["objects"]) == (False, [])


async def test_a_students_account_is_not_found_for_a_policy_admin(where: make.University, admin: Desk) -> None:
    await member("s1", "student")
    for user in ("s1", "nobody", "' OR 1=1 --"):
        error = await admin.error(RIGHTS, user=user)
        assert (error["code"], error["violations"][0]["path"]) == ("NOT_FOUND", ["user"])
        assert error["message"] == f'参数 user:未找到"{user}",请核对。'


async def test_an_account_admin_sees_everybodys_rights(where: make.University, api: OpenDesk) -> None:
    await member("aa", "account_admin")
    await member("s1", "student")
    desk = await api(as_="aa")
    [student] = (await rights(desk, "s1"))["roles"]
    assert list(fields_of(student, "Sheet", "apply")) == ["*"]
    assert (await desk.error(TABLE))["code"] == "FORBIDDEN"


async def test_a_role_never_given_is_not_found(where: make.University, admin: Desk) -> None:
    error = await admin.error(RIGHTS, user="pa", role="office")
    assert (error["code"], error["violations"][0]["path"]) == ("NOT_FOUND", ["role"])
    error = await admin.error(RIGHTS, user="pa", role="ofice")
    assert (error["code"], error["violations"][0]["params"]["nearest"]) == ("BAD_INPUT", ["office"])
    assert await User.all().count() == 3


async def test_a_username_is_no_longer_than_any_that_there_is(admin: Desk) -> None:
    error = await admin.error(RIGHTS, user="x" * 513)
    assert (error["code"], error["violations"][0]["path"]) == ("BAD_INPUT", ["user"])


# --- what it may cost

EVERY_RULE = " ".join(
    ["role object field action scope effect until note row"]
    + [f"{name}Label {{ zh en }}" for name in ("role", "object", "field", "action", "scope")]
)
LABELS = "roleLabel { zh en } actionLabel { zh en } fieldLabel { zh en } inWords { zh en }"
CELL = f"role action field {LABELS} grant {{ allow deny inWords {{ zh en }} }}"
BOTH = "label { zh en }"
WHOLE_ANSWERS = [
    """{ policyMatrix(object: "Student") {
        roles { LABEL } actions { LABEL } fields { LABEL } scopes { LABEL }
        cells { CELL own { RULE } inherited { RULE } } } }""",
    "{ policyTable { csv rules { RULE } } }",
    """{ rightsOf(user: "pa") { roles { role LABEL periods { unit } objects { object LABEL
        actions { action LABEL fields { field LABEL inWords { zh en }
        because { role field scope effect until note scopeLabel { zh en } roleLabel { zh en } } } } } } } }""",
    """{ whoCan(object: "Student", action: "read") { roles {
        roleLabel { zh en } holders users(first: 20) { username unitLabel { zh en } }
        cells { CELL own { RULE } inherited { RULE } } } } }""",
]


@pytest.mark.parametrize("document", WHOLE_ANSWERS)
async def test_a_whole_answer_is_not_too_much_for_one_request(admin: Desk, document: str) -> None:
    full = document.replace("CELL", CELL).replace("RULE", EVERY_RULE).replace("LABEL", BOTH)
    assert await admin.query(full)
