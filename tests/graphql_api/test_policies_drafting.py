"""The draft of a policy table and what it would change, through the door."""

from __future__ import annotations

from typing import Any

import pytest

from graphql_api import policy_tables
from models import PolicyDraft, PolicyVersion
from policies.editing import set_cell, to_csv
from policies.rules import parse_csv, read_csv
from tests import factories as make
from tests.api import Desk, OpenDesk, member
from tests.graphql_api.drafting import ADDED, BAD_CSV, PHONES, SAVE, another_version, save

DRAFT = "{ policyDraft { version base stale comment } }"
DISCARD = "mutation { discardPolicyDraft }"


# --- saving


async def test_a_cell_is_set_in_a_draft_and_nothing_is_published(admin: Desk) -> None:
    assert (await admin.query(DRAFT))["policyDraft"] is None
    draft = await save(admin, set=[PHONES], comment="七月前图书馆可见电话")
    assert (draft["version"], draft["base"], draft["stale"], draft["comment"]) == (1, 1, False, "七月前图书馆可见电话")
    assert draft["changes"] == {"added": [ADDED], "removed": []}
    assert "operator,Student,phone,read,own_department_students,allow,七月前可见,2099-07-31\n" in draft["csv"]
    assert await PolicyVersion.all().count() == 1
    assert (await admin.query(DRAFT))["policyDraft"]["comment"] == "七月前图书馆可见电话"


async def test_a_cell_takes_camel_case_one_unit_and_empty_for_none(where: make.University, admin: Desk) -> None:
    unit = f"own_department_students@{where.library.code}"
    cell = {"role": "operator", "object": "student", "action": "match", "field": "idNo", "allow": [{"scope": unit}]}
    draft = await save(admin, set=[cell])
    assert [(each["field"], each["scope"]) for each in draft["changes"]["added"]] == [("id_no", unit)]
    assert [each["scope"] for each in draft["changes"]["removed"]] == ["own_department_students"]
    draft = await save(admin, set=[{**cell, "allow": []}], expectedVersion=1)
    assert (draft["version"], draft["changes"]["added"]) == (2, [])


async def test_the_comment_alone_is_saved(admin: Desk) -> None:
    await save(admin, set=[PHONES], comment="甲")
    draft = await save(admin, comment="乙", expectedVersion=1)
    assert (draft["comment"], draft["changes"]["added"]) == ("乙", [ADDED])
    assert (await save(admin, set=[], expectedVersion=2))["comment"] == "乙"


async def test_a_role_is_reset_to_what_was_shipped(admin: Desk) -> None:
    await save(admin, set=[PHONES, {**PHONES, "role": "counsellor", "allow": []}])
    draft = await save(admin, resetRole="operator", expectedVersion=1)
    assert (draft["changes"]["added"], [each["role"] for each in draft["changes"]["removed"]]) == ([], ["counsellor"])


async def test_a_version_or_a_csv_takes_the_place_of_the_table(admin: Desk) -> None:
    table = set_cell(read_csv(), role="leader", object="Sheet", action="aggregate", field="batch", allow={})
    draft = await save(admin, csv=to_csv(table))
    assert draft["changes"]["added"] == []
    assert [(each["role"], each["field"]) for each in draft["changes"]["removed"]] == [("leader", "batch")]
    assert parse_csv(draft["csv"]) == table
    draft = await save(admin, fromVersion=1, expectedVersion=1)
    assert draft["changes"] == {"added": [], "removed": []}


async def test_a_draft_is_one_persons(admin: Desk, api: OpenDesk) -> None:
    await save(admin, set=[PHONES])
    await member("pb", "policy_admin")
    other = await api(as_="pb")
    assert (await other.query(DRAFT))["policyDraft"] is None
    assert (await other.query(DISCARD))["discardPolicyDraft"] is False
    assert (await admin.query(DISCARD))["discardPolicyDraft"] is True
    assert await PolicyDraft.all().count() == 0


async def test_a_draft_saved_elsewhere_is_not_overwritten(admin: Desk) -> None:
    await save(admin, set=[PHONES])
    for expected in (None, 7):
        error = await admin.error(SAVE, input={"comment": "x", "expectedVersion": expected})
        assert error["code"] == "CONFLICT"
        assert error["message"] == "草稿已在别处保存(草稿版本 1),本次未保存。请刷新后重试。"
        assert error["violations"][0]["path"] == ["input", "expectedVersion"]


async def test_a_draft_is_moved_to_the_version_in_force(admin: Desk) -> None:
    await save(admin, set=[PHONES], comment="电话")
    assert await another_version() == 2
    assert (await admin.query(DRAFT))["policyDraft"] == {"version": 1, "base": 1, "stale": True, "comment": "电话"}
    draft = await save(admin, rebase=True, expectedVersion=1)
    assert (draft["base"], draft["stale"], draft["changes"]) == (2, False, {"added": [ADDED], "removed": []})
    assert not [rule for rule in parse_csv(draft["csv"]).rules if (rule.role, rule.object) == ("auditor", "ApiToken")]


async def test_only_one_thing_is_done_to_a_draft_at_once(admin: Desk) -> None:
    error = await admin.error(SAVE, input={"set": [PHONES], "csv": "x", "rebase": True})
    assert error["message"] == "set, csv, rebase 只能给出一项,请去掉其余的。"
    assert [each["path"] for each in error["violations"]] == [["input", "set"], ["input", "csv"], ["input", "rebase"]]
    error = await admin.error(SAVE, input={"rebase": True})
    assert (error["code"], error["message"]) == ("NOT_FOUND", "您还没有权限草稿。请先修改一个单元格。")
    assert await PolicyDraft.all().count() == 0


# --- what cannot be

WRONG_CELLS = [
    ({"role": "operater"}, ["role"], '参数 input.set.0.role:没有"operater"。相近的名称:operator。'),
    ({"object": "Studnet"}, ["object"], '参数 input.set.0.object:没有"Studnet"。相近的名称:Student。'),
    ({"action": "raed"}, ["action"], '参数 input.set.0.action:没有"raed"。相近的名称:read。'),
    ({"field": "phon"}, ["field"], '参数 input.set.0.field:没有"phon"。相近的名称:phone, person。'),
    ({"allow": [{"scope": "own_departmnt"}]}, [], "own_department_students"),
    ({"allow": [{"scope": "all@TSG"}]}, [], '"all@TSG"'),
    ({"allow": [{"scope": "own_college@"}]}, [], '范围"own_college@"的 @ 之后须为一个单位代码。'),
    ({"allow": [{"scope": "True) || (True"}]}, [], '"True) || (True"'),
    ({"allow": [{"scope": "all"}, {"scope": "all"}]}, ["allow", "1"], "同一范围给了两次,请删去一个。"),
    ({"note": "两\n行"}, [], "说明太长或含有不能使用的字符,请改为一行短文字。"),
]


@pytest.mark.parametrize(("wrong", "path", "words"), WRONG_CELLS)
async def test_a_wrong_cell_is_refused_where_it_stands(
    admin: Desk, wrong: dict[str, Any], path: list[str], words: str
) -> None:
    error = await admin.error(SAVE, input={"set": [{**PHONES, **wrong}]})
    assert (error["code"], error["violations"][0]["path"]) == ("BAD_INPUT", ["input", "set", "0", *path])
    assert words in error["message"]
    assert await PolicyDraft.all().count() == 0


READ_FIRST = [(8, "until", "NO_SUCH_DAY"), (9, "row", "CELLS")]
FOUND = [
    (2, "role", "NO_SUCH", 'role 栏没有"operater"。相近的名称:operator。'),
    (3, "object", "NO_SUCH", 'object 栏没有"Studnet"。相近的名称:Student。'),
    (4, "field", "NO_SUCH", 'field 栏没有"phon"。相近的名称:phone, person。'),
    (5, "action", "NO_SUCH", 'action 栏没有"raed"。相近的名称:read。'),
    (6, "scope", "NO_SUCH", 'scope 栏没有"al"。相近的名称:all。'),
    (7, "effect", "NO_SUCH", 'effect 栏没有"alow"。相近的名称:allow。'),
    (8, "field", "NOT_GRANTABLE", '字段"id_no"不能授予该操作'),
    (9, "scope", "NOT_NARROWED", '范围"all@TSG"不能限定到一个单位。可以限定的:own_building@TSG'),
    (10, "scope", "UNIT_CODE", '范围"own_college@a b"的 @ 之后须为一个单位代码。'),
    (11, "scope", "NO_SUCH", 'scope 栏没有"os.system(1)",请核对名称。'),
    (13, "row", "SAME_ROW", "与前面一行相同(operator,Student,phone,read,own_college,allow),请删去一行。"),
]


async def test_every_problem_of_a_csv_is_told_with_row_cell_and_nearest_names(admin: Desk) -> None:
    error = await admin.error(SAVE, input={"csv": BAD_CSV})
    assert error["code"] == "BAD_INPUT"
    told = [(each["params"]["row"], each["params"]["column"], each["code"]) for each in error["violations"]]
    assert set(READ_FIRST) <= set(told)
    well_formed = "".join(line for n, line in enumerate(BAD_CSV.splitlines(keepends=True), 1) if n not in (8, 9))
    error = await admin.error(SAVE, input={"csv": well_formed})
    assert len(error["violations"]) == len(FOUND) == error["params"]["count"]
    assert error["message"] == (
        '权限表有 11 处填写有误,未采用。第一处:第 2 行:role 栏没有"operater"。相近的名称:operator。'
    )
    for found, (row, column, code, words) in zip(error["violations"], FOUND, strict=True):
        assert (found["path"], found["code"]) == (["input", "csv"], code)
        assert (found["params"]["row"], found["params"]["column"]) == (row, column)
        assert found["params"]["zh"].startswith(f"第 {row} 行:{words}")
        assert found["params"]["en"].startswith(f"Row {row}: ")
    first = error["violations"][0]["params"]
    assert (first["value"], first["nearest"][0]) == ("operater", "operator")
    assert await PolicyDraft.all().count() == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "EMPTY"),
        ("role,object,field,action,scope,effect,note,until\n", "EMPTY"),
        ('operator,"Student,phone\n', "NOT_CSV"),
        ("operator;Student;phone\n", "CELLS"),
        ("operator,Student,phone,read,all,allow,=cmd()\x07,", "NOTE"),
        ("operator,,phone,read,all,allow,,", "NO_SUCH"),
    ],
)
async def test_what_is_no_table_is_refused(admin: Desk, text: str, code: str) -> None:
    error = await admin.error(SAVE, input={"csv": text})
    assert (error["code"], error["violations"][0]["code"]) == ("BAD_INPUT", code)
    assert error["violations"][0]["path"] == ["input", "csv"]
    for words in (error["message"], error["violations"][0]["params"]["zh"]):
        assert words.endswith("。")


async def test_a_note_is_text_whatever_it_holds(admin: Desk) -> None:
    hostile = '=HYPERLINK("x") <script> \' OR 1=1'
    draft = await save(admin, set=[{**PHONES, "note": hostile}])
    assert draft["changes"]["added"][0]["note"] == hostile
    assert [rule.note for rule in parse_csv(draft["csv"]).rules if rule.field == "phone" and rule.until] == [hostile]
    assert f'allow,"\'{hostile.replace(chr(34), chr(34) * 2)}"' in draft["csv"]


async def test_a_csv_has_a_limit_of_size_and_of_what_it_stands_for(
    admin: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = "operator," + ",".join(["|".join(["x"] * 300)] * 4) + ",allow,,\n"
    error = await admin.error(SAVE, input={"csv": bomb})
    assert [(each["code"], each["params"]["row"]) for each in error["violations"]] == [("TOO_MANY_ROWS", 1)]
    assert error["violations"][0]["params"]["zh"] == "第 1 行:合计超过 20000 条,请减少行数,或用 | 连接的名称。"
    freezes = [f"office,Student,name,read,own_college@{n},deny,,2027-07-{n:02}\n" for n in range(1, 32)]
    error = await admin.error(SAVE, input={"csv": "".join(freezes)})
    assert error["violations"][0]["code"] == "TOO_MANY_ENDS"
    assert error["violations"][0]["params"]["zh"] == "禁止行的最后有效日超过 30 个不同日期。请合并日期。"
    monkeypatch.setattr(policy_tables, "MOST_CSV", 1_000)
    error = await admin.error(SAVE, input={"csv": "#" * 1_001})
    assert error["violations"] == [
        {"path": ["input", "csv"], "code": "TOO_LONG", "params": {"length": 1_001, "limit": 1_000}}
    ]


async def test_a_comment_has_a_limit(admin: Desk) -> None:
    error = await admin.error(SAVE, input={"comment": "长" * 256})
    assert (error["code"], error["violations"][0]["path"]) == ("BAD_INPUT", ["input", "comment"])


async def test_only_who_may_tune_has_a_draft(where: make.University, api: OpenDesk) -> None:
    await member("auditor", "auditor")
    desk = await api(as_="auditor")
    for document, variables in ((SAVE, {"input": {"set": [PHONES]}}), (DISCARD, {}), (DRAFT, {})):
        error = await desk.error(document, **variables)
        assert error["message"] == '您当前身份为"审计员",不能调整权限。需要"权限管理员"身份。'
    assert await PolicyDraft.all().count() == 0
