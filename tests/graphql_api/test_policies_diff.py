"""policyDiff: what a draft would change, in decisions and rows, and whether it may be published."""

from __future__ import annotations

from typing import Any

from models import database as db
from tests import factories as make
from tests.api import Desk, OpenDesk, counted, member
from tests.graphql_api.drafting import ADDED, PHONES, RULE, another_version, save

DIFF = f"""query ($from: Int, $to: Int, $draft: Boolean) {{ policyDiff(from: $from, to: $to, draft: $draft) {{
  fromVersion toVersion
  changes {{ object action field kind inWords {{ zh en }} roles {{
    role holders rowsBefore rowsAfter uncounted {{ zh }} before {{ allow }} after {{ allow inWords {{ zh }} }} }} }}
  rules {{ added {{ {RULE} }} removed {{ {RULE} }} }}
  verdict {{ publishable lockout broken {{ name role inWords {{ zh en }} }} unknownUnits {{ value inWords {{ zh }} }}
             reasons {{ zh en }} }} }} }}"""
# --- saving


async def diff(desk: Desk, **asked: Any) -> dict[str, Any]:
    return dict((await desk.query(DIFF, **asked))["policyDiff"])


async def test_a_draft_is_compared_in_decisions_with_rows(where: make.University, admin: Desk) -> None:
    season = await make.season(where)
    await make.crowd(season.batch, 3)
    await member("limin", "operator", where.library)
    await member("dorms", "dorm_centre", where.dorms)
    await save(admin, set=[PHONES])
    found = await diff(admin, draft=True)
    assert (found["fromVersion"], found["toVersion"]) == (1, None)
    [change] = found["changes"]
    assert (change["object"], change["action"], change["field"], change["kind"]) == (
        "Student",
        "read",
        "phone",
        "GAINED",
    )
    assert change["inWords"] == {
        "zh": '学校离校办理人员、学生公寓管理中心操作员:新增 查看"学生"的"手机号"(本部门环节涉及的学生)',
        "en": 'Department operator, Dormitory centre operator: could newly read "Phone" of "Student" (Students of own '
        "department's items)",
    }
    operator, dorms = change["roles"]
    assert (operator["role"], operator["before"]) == ("operator", None)
    assert operator["after"] == {"allow": ["own_department_students"], "inWords": {"zh": "本部门环节涉及的学生"}}
    assert (operator["holders"], operator["rowsBefore"], operator["rowsAfter"]) == (1, 0, 3)
    assert (dorms["role"], dorms["holders"], dorms["rowsAfter"]) == ("dorm_centre", 1, 3)
    assert found["rules"] == {"added": [ADDED], "removed": []}
    assert found["verdict"] == {"publishable": True, "lockout": None, "broken": [], "unknownUnits": [], "reasons": []}


async def test_rows_are_counted_only_where_they_are_asked_for(where: make.University, admin: Desk) -> None:
    await save(admin, set=[PHONES])
    asked = "{ policyDiff(draft: true) { changes { kind roles { role %s } } } }"
    with db.statements() as without:
        await admin.query(asked % "")
    with db.statements() as counting:
        await admin.query(asked % "holders rowsBefore rowsAfter")
    assert counted(counting) > counted(without)
    fields = [{**PHONES, "field": name} for name in ("phone", "gender", "level", "nationality", "has_loan")]
    await save(admin, set=fields, expectedVersion=1)
    with db.statements() as more:
        assert len((await admin.query(asked % "holders rowsBefore rowsAfter"))["policyDiff"]["changes"]) == 3
    assert counted(more) == counted(counting)


async def test_versions_are_compared_with_the_one_before(admin: Desk) -> None:
    assert await another_version() == 2
    found = await diff(admin)
    assert (found["fromVersion"], found["toVersion"]) == (1, 2)
    assert {(each["kind"], each["object"], each["action"]) for each in found["changes"]} == {
        ("LOST", "ApiToken", "read")
    }
    [lost] = [each for each in found["changes"] if each["field"] == "user"]
    assert lost["inWords"] == {
        "zh": '审计员:不能再查看"接口令牌"的"账号"(原 全部)',
        "en": 'Auditor: could no longer read "Account" of "API token" (before: Everything)',
    }
    assert [each["object"] for each in found["rules"]["removed"]] == ["ApiToken"]
    backwards = await diff(admin, **{"from": 2}, to=1)
    assert {each["kind"] for each in backwards["changes"]} == {"GAINED"}
    same = await diff(admin, **{"from": 2}, to=2)
    assert (same["changes"], same["rules"]) == ([], {"added": [], "removed": []})


async def test_the_first_version_is_compared_with_nothing(where: make.University, api: OpenDesk) -> None:
    await member("auditor", "auditor")
    desk = await api(as_="auditor")
    found = (await desk.query("{ policyDiff { fromVersion toVersion changes { kind } rules { removed { role } } } }"))[
        "policyDiff"
    ]
    assert (found["fromVersion"], found["toVersion"], found["rules"]["removed"]) == (0, 1, [])
    assert {each["kind"] for each in found["changes"]} == {"GAINED"}


async def test_what_cannot_be_compared_is_refused(admin: Desk) -> None:
    for asked, code, path in (
        ({"draft": True}, "NOT_FOUND", ["draft"]),
        ({"from": 9}, "NOT_FOUND", ["from"]),
        ({"to": 9}, "NOT_FOUND", ["to"]),
        ({"to": 1, "draft": True}, "BAD_INPUT", ["to"]),
    ):
        error = await admin.error(DIFF, **asked)
        assert (error["code"], error["violations"][0]["path"]) == (code, path)


async def test_the_verdict_says_what_speaks_against_a_draft(admin: Desk) -> None:
    tune = {"role": "policy_admin", "object": "PolicyVersion", "action": "tune", "allow": []}
    await save(admin, set=[tune])
    verdict = (await diff(admin, draft=True))["verdict"]
    assert (verdict["publishable"], verdict["lockout"]) == (False, "NOBODY")
    assert {"zh": "发布后将没有任何在岗账号能调整权限。请保留一个身份的调整权限。"}.items() <= verdict["reasons"][
        -1
    ].items()
