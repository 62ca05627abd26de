"""Granting and ending roles through the door: units and dates, whose right it is, two who grant at once (R25)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from graphql_api import ids
from models import Event, RoleAssignment, User
from policies import store
from policies.rules import PolicyTable, parse_csv, read_csv
from tests import factories as make
from tests.api import Desk, OpenDesk, member

HELD = "assignment { id role label { zh } unit { kind code label { zh en } } validFrom validUntil }"
GRANT = f"mutation ($input: GrantRoleInput!) {{ done: grantRole(input: $input) {{ username changed message {HELD} }} }}"
END = f"mutation ($id: ID!) {{ done: endRole(id: $id) {{ username changed message {HELD} }} }}"


@pytest.fixture
async def admin(api: OpenDesk) -> Desk:
    await member("boss", "account_admin", name="刘主任")
    return await api(as_="boss")


async def granted(desk: Desk, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await desk.query(GRANT, input=given))["done"]
    return answer


async def refused(desk: Desk, **given: Any) -> tuple[str, list[str] | None, str]:
    error = await desk.error(GRANT, input=given)
    return error["code"], error["violations"][0]["path"] if error["violations"] else None, error["message"]


async def test_a_role_is_granted_redated_and_ended(api: OpenDesk, admin: Desk) -> None:
    await make.university()
    made = await granted(admin, username="limin", role="operator", unit="TSG")
    assert made["message"] == 'limin 已持有身份"学校离校办理人员"(图书馆)。'
    assert made["assignment"] | {"id": ""} == {
        "id": "",
        "role": "operator",
        "label": {"zh": "学校离校办理人员"},
        "unit": {"kind": "department", "code": "TSG", "label": {"zh": "图书馆", "en": "Library"}},
        "validFrom": None,
        "validUntil": None,
    }
    until = "2099-06-30T23:59:00+08:00"
    dated = await granted(admin, username="limin", role="operator", unit="TSG", validUntil=until)
    assert (dated["assignment"]["id"], dated["changed"]) == (made["assignment"]["id"], True)
    assert dated["assignment"]["validUntil"] == "2099-06-30T15:59:00+00:00"
    same = await granted(admin, username="limin", role="operator", unit="TSG", validUntil=until)
    assert (same["changed"], same["message"]) == (False, "没有变化。")
    ended = (await admin.query(END, id=made["assignment"]["id"]))["done"]
    assert (ended["changed"], ended["message"]) == (True, 'limin 的身份"学校离校办理人员"已结束。')
    assert (await admin.query(END, id=made["assignment"]["id"]))["done"]["changed"] is False
    again = await granted(admin, username="limin", role="operator", unit="TSG")
    assert (again["changed"], again["assignment"]["id"] == made["assignment"]["id"]) == (True, False)
    assert await Event.filter(object="RoleAssignment").order_by("id").values_list("changed", flat=True) == [
        "role",
        "valid_from,valid_until",
        "valid_until",
        "role",
    ]


@pytest.mark.parametrize(
    ("given", "code", "argument", "message"),
    [
        ({"username": "nobody"}, "NOT_FOUND", "username", "未找到可用的账号 nobody,请核对用户名。"),
        (
            {"username": "boss"},
            "FORBIDDEN",
            "username",
            "不能给自己授予身份,也不能结束自己的身份。请由另一位账号管理员办理。",
        ),
        (
            {"role": "counsellor", "unit": "TSG"},
            "NOT_FOUND",
            "unit",
            '未找到学院 TSG,身份"辅导员"须指明学院。请核对代码。',
        ),
        (
            {"role": "counsellor", "unit": "文学院"},
            "NOT_FOUND",
            "unit",
            '未找到学院 文学院,身份"辅导员"须指明学院。您要找的可能是:02。',
        ),
        (
            {"validUntil": "2020-06-30T23:59:00+08:00"},
            "BAD_INPUT",
            "validUntil",
            "时间 2020-06-30 23:59 已过,请填写以后的时间。",
        ),
        (
            {"validFrom": "2099-01-02T00:00:00Z", "validUntil": "2099-01-01T00:00:00Z"},
            "BAD_INPUT",
            "validUntil",
            "失效时间须晚于生效时间,请改正后重试。",
        ),
    ],
)
async def test_not_granted(admin: Desk, given: dict[str, Any], code: str, argument: str, message: str) -> None:
    await make.university()
    before = await make.contents("role_assignment", "event", "operation")
    wanted = {"username": "limin", "role": "operator", "unit": "TSG"} | given
    assert await refused(admin, **wanted) == (code, ["input", argument], message)
    assert await make.contents("role_assignment", "event", "operation") == before


async def test_a_common_role_is_nobodys(admin: Desk) -> None:
    code, path, message = await refused(admin, username="boss", role="desk")
    assert (code, path) == ("BAD_INPUT", ["input", "role"])
    assert message.startswith('没有身份"desk"。您要找的可能是:')


async def test_an_empty_role_is_told_in_words(admin: Desk) -> None:
    code, path, message = await refused(admin, username="boss", role="")
    assert (code, path) == ("BAD_INPUT", ["input", "role"])
    assert message.startswith("没有这个身份。您要找的可能是:student, supervisor,")


async def test_only_the_account_administrator_grants_and_ends(api: OpenDesk, admin: Desk) -> None:
    tuner = await member("tuner", "policy_admin")
    desk = await api(as_="tuner")
    own = await RoleAssignment.get(user=tuner)
    before = await make.contents("role_assignment", "event", "operation")
    assert await refused(desk, username="boss", role="leader") == (
        "FORBIDDEN",
        None,
        '您当前身份为"权限管理员",不能新增"身份授予"的"身份"。需要"账号管理员"身份。',
    )
    error = await desk.error(END, id=ids.encode("RoleAssignment", own.id))
    assert (error["code"], error["message"]) == (
        "FORBIDDEN",
        '您当前身份为"权限管理员",不能结束身份。需要"账号管理员"身份。',
    )
    assert await make.contents("role_assignment", "event", "operation") == before


async def test_roles_of_ones_own_college_alone(api: OpenDesk, admin: Desk) -> None:
    """Another policy lets college data keepers grant roles of their college: others' are outside, before and after."""
    where = await make.university()
    rows = [
        "data_keeper,RoleAssignment,*,read|create|update,own_college,allow,",
        "data_keeper,RoleAssignment,*,delete,own_college,allow,",
    ]
    shipped, more = read_csv(), parse_csv(rows)
    table = PolicyTable((*shipped.rules, *more.rules), shipped.parents)
    await store.put_in_force(table, expected=1, comment="test")
    await store.STORE.refresh()
    await member("keeper", "data_keeper", where.college)
    await RoleAssignment.create(user=where.clerk, role="counsellor", college=where.other_college)
    foreign = await RoleAssignment.get(user=where.clerk)
    await member("wangfang", "leader")
    keeper = await api(as_="keeper")
    assert (await granted(keeper, username="wangfang", role="counsellor", unit="15"))["changed"] is True
    outside = ("NOT_FOUND", ["input", "unit"], "未找到所指的记录,请刷新后重试。")
    assert await refused(keeper, username="wangfang", role="counsellor", unit="02") == outside
    assert await refused(keeper, username="wangfang", role="account_admin") == outside
    assert (await keeper.error(END, id=ids.encode("RoleAssignment", foreign.id)))["code"] == "NOT_FOUND"
    assert await RoleAssignment.filter(user=where.colleague).order_by("id").values_list("role", flat=True) == [
        "leader",
        "counsellor",
    ]
    assert (await RoleAssignment.get(id=foreign.id)).valid_until is None


async def test_nobody_ends_his_own_or_the_last_that_can_help(api: OpenDesk, admin: Desk) -> None:
    tuner = await member("tuner", "policy_admin")
    for who, message in (
        (await User.get(username="boss"), "不能给自己授予身份,也不能结束自己的身份。请由另一位账号管理员办理。"),
        (tuner, "此后将没有人能调整权限,未执行。请先把相应身份授予另一个在用账号,再重试。"),
    ):
        held = await RoleAssignment.get(user=who)
        error = await admin.error(END, id=ids.encode("RoleAssignment", held.id))
        assert (error["code"], error["message"]) == ("FORBIDDEN", message)
    assert await RoleAssignment.filter(valid_until=None).count() == 2
    for unknown in (ids.encode("RoleAssignment", 999), ids.encode("User", tuner.id), "nonsense"):
        assert (await admin.error(END, id=unknown))["code"] == "NOT_FOUND"


async def test_two_who_grant_the_same_role_at_once_grant_it_once(api: OpenDesk, admin: Desk) -> None:
    await make.university()
    await member("second", "account_admin")
    other = await api(as_="second")
    given = {"username": "limin", "role": "operator", "unit": "TSG"}
    answers = await asyncio.gather(*(granted(desk, **given) for desk in (admin, other, admin, other)))
    assert sorted(each["changed"] for each in answers) == [False, False, False, True]
    assert len({each["assignment"]["id"] for each in answers}) == 1
    assert await RoleAssignment.filter(user__username="limin").count() == 1
    assert await Event.filter(object="RoleAssignment").count() == 1


async def test_a_right_withdrawn_meanwhile_is_not_used(api: OpenDesk, admin: Desk) -> None:
    """The process has not looked at the policy since; the act does, inside its transaction (B8)."""
    await make.university()
    await member("second", "policy_admin")
    await admin.query("{ viewer { username } }")
    shipped = read_csv()
    kept = tuple(rule for rule in shipped.rules if (rule.role, rule.object) != ("account_admin", "RoleAssignment"))
    await store.put_in_force(PolicyTable(kept, shipped.parents), expected=1, comment="test")
    code, _, _ = await refused(admin, username="limin", role="operator", unit="TSG")
    assert code == "FORBIDDEN"
    assert await RoleAssignment.filter(user__username="limin").count() == 0
