"""Publishing a policy table and going back, through the door."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from models import Event, Operation, PolicyDraft, PolicyVersion
from models.enums import OperationKind
from policies import publishing, store
from policies.editing import set_cell, to_csv
from policies.rules import read_csv
from tests import factories as make
from tests.api import Desk, OpenDesk, member
from tests.graphql_api.drafting import BAD_CSV, PHONES, SAVE, another_version, save

PUBLISH = "mutation ($input: PublishPolicyInput!) { publishPolicy(input: $input) { number comment message } }"
ROLLBACK = "mutation ($input: RollbackPolicyInput!) { rollbackPolicy(input: $input) { number comment message } }"
SEES_PHONES = '{ viewer { can(object: "Student", action: "read", field: "phone") } }'


@pytest.fixture
async def where(api: OpenDesk) -> make.University:
    found = await make.university()
    await member("pa", "policy_admin", name="曹正阳")
    await member("limin", "operator", found.library)
    return found


async def publish(desk: Desk, **asked: Any) -> dict[str, Any]:
    return dict((await desk.query(PUBLISH, input=asked))["publishPolicy"])


async def sees_phones(desk: Desk) -> bool:
    await store.STORE.refresh()
    return bool((await desk.query(SEES_PHONES))["viewer"]["can"])


async def test_a_draft_is_published_used_and_taken_back(admin: Desk, api: OpenDesk) -> None:
    library = await api(as_="limin")
    assert await sees_phones(library) is False
    await save(admin, set=[PHONES], comment="七月前可见")
    done = await publish(admin, expectedVersion=1, draft=True)
    assert done == {"number": 2, "comment": "七月前可见", "message": "已发布权限版本 2,立即生效。"}
    assert await sees_phones(library) is True
    assert await PolicyDraft.all().count() == 0
    found = (await admin.query(ROLLBACK, input={"expectedVersion": 2, "to": 1, "comment": "收回"}))["rollbackPolicy"]
    assert (found["number"], found["comment"]) == (3, "收回")
    assert await sees_phones(library) is False
    versions = await PolicyVersion.all().order_by("number").values_list("number", "parent", "author__username")
    assert versions == [(1, None, None), (2, 1, "pa"), (3, 2, "pa")]
    assert await Operation.filter(kind=OperationKind.PUBLISH_POLICY, actor__username="pa").count() == 2
    assert await Event.filter(object="PolicyVersion", role="policy_admin").count() == 2


async def test_what_is_saved_while_a_draft_is_published_stays(admin: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """In another window, say."""
    await save(admin, set=[PHONES], comment="甲")
    publish_as_it_is = publishing.publish

    async def publish_slowly(*given: Any, **named: Any) -> int:
        number = await publish_as_it_is(*given, **named)
        await save(admin, comment="乙", expectedVersion=1)
        return number

    monkeypatch.setattr(publishing, "publish", publish_slowly)
    assert (await publish(admin, expectedVersion=1, draft=True))["number"] == 2
    assert await PolicyDraft.all().values_list("version", "comment") == [(2, "乙")]


async def test_a_csv_is_published_with_its_comment(admin: Desk) -> None:
    table = set_cell(read_csv(), role="leader", object="Sheet", action="aggregate", field="batch", allow={})
    done = await publish(admin, expectedVersion=1, csv=to_csv(table), comment=" 校领导不再按批次统计 ")
    assert (done["number"], done["comment"]) == (2, "校领导不再按批次统计")
    assert store.STORE.snapshot.table == table


async def test_the_same_table_is_not_published_again(admin: Desk) -> None:
    done = await publish(admin, expectedVersion=1, csv=to_csv(read_csv()), comment="无变化")
    assert done["number"] == 1
    assert done["message"] == "与现行版本 1 相同,未发布新版本。"
    assert await PolicyVersion.all().count() == 1


async def test_the_second_of_two_is_told_who_published_and_when(admin: Desk, api: OpenDesk) -> None:
    await member("pb", "policy_admin", name="唐敏")
    other = await api(as_="pb", locale="en")
    await save(admin, set=[PHONES], comment="甲")
    await save(other, set=[{**PHONES, "allow": [{"scope": "own_department_students"}]}], comment="乙")
    await publish(admin, expectedVersion=1, draft=True)
    error = await other.error(PUBLISH, input={"expectedVersion": 1, "draft": True})
    assert (error["code"], error["violations"][0]["path"]) == ("CONFLICT", ["input", "expectedVersion"])
    assert (error["params"]["number"], error["params"]["by"]) == (2, "曹正阳")
    assert error["message"].startswith("Policy version 2 was published by 曹正阳 at 2")
    assert error["message"].endswith("; nothing was published. See what differs and try again.")
    assert await PolicyDraft.all().count() == 1
    assert await PolicyVersion.all().count() == 2


async def test_of_two_at_once_one_is_published(admin: Desk, api: OpenDesk) -> None:
    await member("pb", "policy_admin", name="唐敏")
    other = await api(as_="pb")
    asked = {"input": {"expectedVersion": 1, "draft": True}}
    await save(admin, set=[PHONES], comment="甲")
    await save(other, set=[{**PHONES, "field": "nationality"}], comment="乙")
    answers = await asyncio.gather(*(desk.answer(PUBLISH, **asked) for desk in (admin, other)))
    codes = sorted(answer["errors"][0]["extensions"]["code"] if answer.get("errors") else "" for answer in answers)
    assert codes == ["", "CONFLICT"]
    assert await PolicyVersion.all().count() == 2


async def test_a_draft_of_another_version_is_not_published(admin: Desk) -> None:
    await save(admin, set=[PHONES], comment="甲")
    await another_version()
    error = await admin.error(PUBLISH, input={"expectedVersion": 2, "draft": True})
    assert error["code"] == "CONFLICT"
    assert error["message"] == "您的草稿基于版本 1,不是版本 2。请先把草稿移到现行版本上(rebase)。"
    assert error["violations"] == [
        {
            "path": ["input", "draft"],
            "code": "STALE_DRAFT",
            "params": {"problem": "STALE_DRAFT", "base": 1, "expected": 2},
        }
    ]
    await save(admin, rebase=True, expectedVersion=1)
    assert (await publish(admin, expectedVersion=2, draft=True))["number"] == 3


async def test_what_would_lock_everybody_out_is_refused(admin: Desk) -> None:
    tune = {"role": "policy_admin", "object": "PolicyVersion", "action": "tune", "allow": []}
    await save(admin, set=[tune], comment="不再调整")
    error = await admin.error(PUBLISH, input={"expectedVersion": 1, "draft": True})
    assert error["code"] == "BAD_INPUT"
    assert "LOCKOUT_NOBODY" in [each["code"] for each in error["violations"]]
    [lockout] = [each for each in error["violations"] if each["code"] == "LOCKOUT_NOBODY"]
    assert lockout["path"] == ["input", "draft"]
    assert lockout["params"]["zh"] == "发布后将没有任何在岗账号能调整权限。请保留一个身份的调整权限。"
    assert await PolicyVersion.all().count() == 1
    assert await PolicyDraft.all().count() == 1


async def test_what_breaks_a_promise_is_refused_and_named(admin: Desk) -> None:
    student = {"role": "student", "object": "Student", "action": "read", "field": "id_no", "allow": [{"scope": "all"}]}
    await save(admin, set=[student], comment="全部可见")
    error = await admin.error(PUBLISH, input={"expectedVersion": 1, "draft": True})
    assert error["code"] == "BAD_INPUT"
    assert error["message"].startswith(f"不能发布({error['params']['count']} 处)。违反底线")
    assert {each["code"] for each in error["violations"]} == {"ASSURANCE"}
    told = [each["params"] for each in error["violations"]]
    assert {(each["role"], each["object"], each["action"], each["field"]) for each in told} == {
        ("student", "Student", "read", "id_no")
    }
    assert all("学生 查看 学生·身份证件号" in each["zh"] for each in told)
    assert await PolicyVersion.all().count() == 1


async def test_a_unit_that_does_not_exist_is_refused_with_the_nearest(where: make.University, admin: Desk) -> None:
    code = where.library.code
    cell = {**PHONES, "allow": [{"scope": f"own_department_students@{code}X"}]}
    await save(admin, set=[cell], comment="一个部门")
    error = await admin.error(PUBLISH, input={"expectedVersion": 1, "draft": True})
    [violation] = error["violations"]
    assert (violation["code"], violation["params"]["value"]) == (
        "UNKNOWN_UNIT",
        f"own_department_students@{code}X",
    )
    assert f"own_department_students@{code}" in violation["params"]["nearest"]
    await save(admin, set=[{**cell, "allow": [{"scope": f"own_department_students@{code}"}]}], expectedVersion=1)
    assert (await publish(admin, expectedVersion=1, draft=True))["number"] == 2


async def test_what_is_missing_or_too_much_is_said(admin: Desk) -> None:
    for asked, code, path in (
        ({}, "NONE_OF", ["input", "csv"]),
        ({"csv": "x", "draft": True}, "ONE_OF", ["input", "csv"]),
        ({"draft": True}, "NO_DRAFT", ["input", "draft"]),
        ({"csv": to_csv(read_csv())}, "BAD_INPUT", ["input", "comment"]),
        ({"csv": to_csv(read_csv()), "comment": "长" * 256}, "BAD_INPUT", ["input", "comment"]),
        ({"csv": BAD_CSV, "comment": "x"}, "NO_SUCH", ["input", "csv"]),
    ):
        error = await admin.error(PUBLISH, input={"expectedVersion": 1, **asked})
        assert (error["violations"][0]["code"], error["violations"][0]["path"]) == (code, path)
    for wrong, name in (({"to": 7}, "to"), ({"to": 0}, "to"), ({"to": 1, "expectedVersion": 5}, "expectedVersion")):
        error = await admin.error(ROLLBACK, input={"expectedVersion": 1, "comment": "x", **wrong})
        assert error["violations"][0]["path"] == ["input", name]
    assert await PolicyVersion.all().count() == 1


async def test_a_damaged_version_is_not_gone_back_to(admin: Desk) -> None:
    await another_version()
    await PolicyVersion.filter(number=1).update(body='{"rules": [], "parents": []}')
    error = await admin.error(ROLLBACK, input={"expectedVersion": 2, "to": 1, "comment": "x"})
    assert error["code"] == "BAD_INPUT"
    assert error["message"] == "权限版本 1 已损坏或本程序不能识别,不能使用。请选择其他版本。"
    assert await PolicyVersion.all().count() == 2


@pytest.mark.parametrize("role", ["auditor", "account_admin", "office", "student"])
async def test_others_publish_nothing(where: make.University, api: OpenDesk, role: str) -> None:
    await member("other", role)
    desk = await api(as_="other")
    for document, asked in (
        (PUBLISH, {"expectedVersion": 1, "csv": "x", "comment": "x"}),
        (ROLLBACK, {"expectedVersion": 1, "to": 1, "comment": "x"}),
        (SAVE, {"csv": "x"}),
    ):
        error = await desk.error(document, input=asked)
        assert (error["code"], error["params"]["action"], error["params"]["roles"]) == (
            "FORBIDDEN",
            "tune",
            "policy_admin",
        )
    assert (await PolicyVersion.all().count(), await Operation.all().count()) == (1, 0)
