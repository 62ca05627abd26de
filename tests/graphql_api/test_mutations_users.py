"""Accounts through the door: who may, what is answered, what is refused in words, and what stays secret (R25)."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from models import ApiToken, Event, Operation, OperationRow, RoleAssignment, Session, User
from models import database as db
from models.rules import accounts, sessions
from models.rules.actor import SYSTEM
from models.rules.passwords import verify_password
from models.rules.refusals import Refused
from policies import store
from policies.rules import PolicyTable, parse_csv, read_csv
from tests import factories as make
from tests.api import PASSWORD, Desk, OpenDesk, member
from tests.models.rules.waiting import waits_or_ends

ANSWER = "id username name active version changed message password roles { role label { zh en } unit { kind code } }"
CREATE = f"mutation ($input: CreateUserInput!) {{ done: createUser(input: $input) {{ {ANSWER} }} }}"
UPDATE = f"mutation ($input: UpdateUserInput!) {{ done: updateUser(input: $input) {{ {ANSWER} }} }}"
DISABLE = f"mutation ($input: DisableUserInput!) {{ done: disableUser(input: $input) {{ {ANSWER} }} }}"
ENABLE = f"mutation ($input: EnableUserInput!) {{ done: enableUser(input: $input) {{ {ANSWER} }} }}"
RESET = f"mutation ($input: ResetPasswordInput!) {{ done: resetPassword(input: $input) {{ {ANSWER} }} }}"
CHANGE = f"mutation ($input: ChangePasswordInput!) {{ done: changePassword(input: $input) {{ {ANSWER} }} }}"
WHO = "{ viewer { username } }"
NEW = "a horse of another colour"
LI: dict[str, Any] = {"username": "limin", "name": "李敏"}


@pytest.fixture
async def admin(api: OpenDesk) -> Desk:
    await member("boss", "account_admin", name="刘主任")
    return await api(as_="boss")


async def done(desk: Desk, document: str, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await desk.query(document, input=given))["done"]
    return answer


async def refused(desk: Desk, document: str, **given: Any) -> tuple[str, list[str] | None, str]:
    """The code, the path of the argument at fault, and the sentence."""
    error = await desk.error(document, input=given)
    return error["code"], error["violations"][0]["path"] if error["violations"] else None, error["message"]


# --- making


async def test_an_account_with_its_first_role(api: OpenDesk, admin: Desk) -> None:
    await make.department("TSG", "图书馆")
    made = await done(admin, CREATE, **LI, generate=True, email="limin@example.edu", role="operator", unit="TSG")
    assert made["roles"] == [
        {
            "role": "operator",
            "label": {"zh": "学校离校办理人员", "en": "Department operator"},
            "unit": {"kind": "department", "code": "TSG"},
        }
    ]
    assert (made["username"], made["active"], made["changed"]) == ("limin", True, True)
    assert made["message"] == "已建立账号 limin。"
    desk = await (await api()).sign_in("limin", made["password"])
    assert (await desk.query("{ viewer { activeRole } }"))["viewer"]["activeRole"] == "operator"
    assert await Event.all().order_by("id").values_list("object", "changed", "role") == [
        ("User", "username,name", "account_admin"),
        ("RoleAssignment", "role", "account_admin"),
    ]


@pytest.mark.parametrize(
    ("given", "code", "argument", "message"),
    [
        ({"name": " "}, "BAD_INPUT", "name", "请填写必填的内容后重试。"),
        ({"username": "li min"}, "BAD_INPUT", "username", "用户名不能为空,也不能含空格。请改正后重试。"),
        ({"username": "boss"}, "DUPLICATE", "username", "用户名 boss 已被使用,请换一个。"),
        ({"password": "short"}, "BAD_INPUT", "password", "密码至少 10 位,且不能与用户名相同。请重新设置。"),
        (
            {"password": PASSWORD, "generate": True},
            "BAD_INPUT",
            "password",
            "请填写密码,或选择自动生成,二者只能选一。",
        ),
        ({"email": "x"}, "BAD_INPUT", "email", "邮箱格式有误,应如 limin@example.edu。请改正后重试。"),
        ({"phone": "x"}, "BAD_INPUT", "phone", "电话只能含数字和 + - ( ) / 等符号。请改正后重试。"),
        (
            {"studentNo": "404"},
            "NOT_FOUND",
            "studentNo",
            "未找到学号 404,请核对;若学生不在本批次,请联系学院数据维护员。",
        ),
        ({"role": "operater"}, "BAD_INPUT", "role", None),
        (
            {"role": "operator"},
            "BAD_INPUT",
            "unit",
            '身份"学校离校办理人员"须指明职能部门,请填写其代码。',
        ),
        (
            {"role": "operator", "unit": "TGS"},
            "NOT_FOUND",
            "unit",
            '未找到职能部门 TGS,身份"学校离校办理人员"须指明职能部门。您要找的可能是:TSG。',
        ),
        (
            {"role": "leader", "unit": "TSG"},
            "BAD_INPUT",
            "unit",
            '身份"校领导"不针对某个单位,请不要填写单位。',
        ),
        ({"unit": "TSG"}, "BAD_INPUT", "role", "请先填写身份,再填写单位和时间。"),
        (
            {"role": "leader", "until": "2020-06-30T10:00:00Z"},
            "BAD_INPUT",
            "until",
            "时间 2020-06-30 18:00 已过,请填写以后的时间。",
        ),
    ],
)
async def test_not_made(admin: Desk, given: dict[str, Any], code: str, argument: str, message: str | None) -> None:
    await make.department("TSG", "图书馆")
    before = await make.contents("account", "role_assignment", "event", "operation")
    got = await refused(admin, CREATE, **(LI | given))
    assert got == (code, ["input", argument], message or got[2])
    if message is None:
        assert got[2].startswith('没有身份"operater"。您要找的可能是:operator')
    assert await make.contents("account", "role_assignment", "event", "operation") == before


@pytest.mark.parametrize(
    ("document", "given", "deed"),
    [
        (CREATE, LI, '新增"账号"的"姓名"'),
        (UPDATE, {"username": "boss", "phone": "8105"}, '修改"账号"的"联系电话"'),
        (DISABLE, {"username": "boss"}, '修改"账号"的"启用"'),
        (ENABLE, {"username": "boss"}, '修改"账号"的"启用"'),
        (RESET, {"username": "boss", "generate": True}, "重置密码"),
    ],
    ids=["create", "update", "disable", "enable", "reset"],
)
async def test_only_the_account_administrator_may(
    api: OpenDesk, admin: Desk, document: str, given: dict[str, Any], deed: str
) -> None:
    await member("tuner", "policy_admin")
    tuner = await api(as_="tuner")
    before = await make.contents("account", "role_assignment", "session", "event", "operation")
    code, _, message = await refused(tuner, document, **given)
    assert (code, message) == (
        "FORBIDDEN",
        f'您当前身份为"权限管理员",不能{deed}。需要"账号管理员"身份。',
    )
    assert await make.contents("account", "role_assignment", "session", "event", "operation") == before


# --- rows outside the scope


async def test_an_account_outside_the_scope_does_not_exist(api: OpenDesk, admin: Desk) -> None:
    """Another policy lets leaders change the names of staff: a student's account is then not there for them."""
    more = parse_csv(["leader,User,name,update,all_staff,allow,", "leader,User,name,read,all_staff,allow,"])
    shipped = read_csv()
    await store.put_in_force(PolicyTable((*shipped.rules, *more.rules), shipped.parents), expected=1, comment="test")
    await store.STORE.refresh()
    await member("dean", "leader")
    await member("limin", "operator", await make.department("TSG"))
    await member("wangwei", "student")
    dean = await api(as_="dean")
    assert (await done(dean, UPDATE, username="limin", name="李 敏"))["version"] == 2
    error = await refused(dean, UPDATE, username="wangwei", name="王 伟")
    assert error == ("NOT_FOUND", ["input", "username"], "未找到可用的账号 wangwei,请核对用户名。")
    assert error[0] == (await refused(dean, UPDATE, username="nobody", name="无"))[0]
    assert (await refused(dean, UPDATE, username="limin", name="李敏", phone="1"))[0] == "FORBIDDEN"
    assert await User.filter(username="wangwei").values_list("name", "version") == [("wangwei", 1)]


# --- changing


async def test_an_account_is_changed_and_not_overwritten(admin: Desk) -> None:
    await member("limin", "leader", name="李敏")
    first = await done(admin, UPDATE, username="limin", name="李 敏", phone="8105-2", expectedVersion=1)
    assert (first["name"], first["version"], first["message"]) == ("李 敏", 2, "已修改账号 limin。")
    same = await done(admin, UPDATE, username="limin", name="李 敏")
    assert (same["changed"], same["version"], same["message"]) == (False, 2, "没有变化。")
    code, path, message = await refused(admin, UPDATE, username="limin", email="a@b.cn", expectedVersion=1)
    assert (code, path) == ("CONFLICT", ["input", "expectedVersion"])
    assert message.startswith("自您打开后,该记录已由 刘主任 于 ")
    assert (await done(admin, UPDATE, username="limin", phone=None))["version"] == 3
    assert (await User.get(username="limin")).phone == ""
    assert (await refused(admin, UPDATE, username="limin"))[2] == "没有需要修改的内容。请至少填写一项。"


# --- closing


async def test_a_disabled_account_is_out_at_once(api: OpenDesk, admin: Desk) -> None:
    """Its session and its tokens end with it, whatever they were doing; enabling brings neither back."""
    await member("limin", "operator", await make.department("TSG"))
    session = await api(as_="limin")
    secret = (await admin.query('mutation { createToken(input: { username: "limin" }) { secret } }'))["createToken"][
        "secret"
    ]
    program = await api(token=secret)
    for desk in (session, program):
        assert (await desk.query(WHO))["viewer"] == {"username": "limin"}
    closed = await done(admin, DISABLE, username="limin")
    assert (closed["active"], closed["message"]) == (False, "已停用账号 limin,其会话和令牌随即失效。")
    for desk in (session, program):
        assert (await desk.post(WHO)).status_code == 401
    error = await (await api()).error(
        "mutation ($input: SignInInput!) { signIn(input: $input) { role } }",
        input={"username": "limin", "password": PASSWORD},
    )
    assert error["code"] == "UNAUTHENTICATED"
    assert (await done(admin, DISABLE, username="limin"))["changed"] is False
    assert (await done(admin, ENABLE, username="limin"))["active"] is True
    assert (await done(admin, ENABLE, username="limin"))["changed"] is False
    for desk in (session, program):
        assert (await desk.post(WHO)).status_code == 401
    assert (await (await api(as_="limin")).query(WHO))["viewer"] == {"username": "limin"}


async def test_nobody_closes_himself_or_the_last_who_can_help(api: OpenDesk, admin: Desk) -> None:
    await member("tuner", "policy_admin")
    await member("second", "account_admin")
    assert await refused(admin, DISABLE, username="boss") == (
        "FORBIDDEN",
        ["input", "username"],
        "不能停用自己的账号。请由另一位账号管理员办理。",
    )
    assert await refused(admin, DISABLE, username="tuner") == (
        "FORBIDDEN",
        ["input", "username"],
        "此后将没有人能调整权限,未执行。请先把相应身份授予另一个在用账号,再重试。",
    )
    english = await (await api(locale="en")).sign_in("boss")
    assert (await refused(english, DISABLE, username="tuner"))[2] == (
        "Nobody would be left who can tune the policies; nothing was done. Give the role to another active account "
        "first."
    )
    assert await User.filter(active=True).count() == 3
    await done(admin, DISABLE, username="second")
    assert await accounts.disable_user(SYSTEM, "tuner")  # the shell may


async def test_two_administrators_do_not_close_each_other(api: OpenDesk, admin: Desk) -> None:
    """One of them is out before, or the other one's act finds that nobody would be left."""
    await member("second", "account_admin")
    other = await api(as_="second")
    answers = await asyncio.gather(
        admin.answer(DISABLE, input={"username": "second"}), other.answer(DISABLE, input={"username": "boss"})
    )
    codes = sorted(str(each["errors"][0]["extensions"]["code"]) for each in answers if each.get("errors"))
    assert codes in (["FORBIDDEN"], ["UNAUTHENTICATED"])
    assert await User.filter(active=True).count() == 1


async def test_whoever_signs_in_while_he_is_disabled_stays_outside(api: OpenDesk, admin: Desk) -> None:
    """The password was right and the account is closed before the session is opened."""
    await member("limin", "leader")
    locked, go = asyncio.Event(), asyncio.Event()

    async def closing() -> None:
        async with db.transaction():
            await accounts.disable_user(SYSTEM, "limin")
            locked.set()
            await go.wait()

    one = asyncio.create_task(closing())
    await locked.wait()
    other = asyncio.create_task(sessions.sign_in("limin", PASSWORD))
    await waits_or_ends(other)
    go.set()
    await one
    with pytest.raises(sessions.WrongCredentials):
        await other
    assert await Session.filter(user__username="limin").count() == 0


# --- passwords


async def test_a_password_is_reset_and_the_sessions_end(api: OpenDesk, admin: Desk) -> None:
    await member("limin", "leader")
    old = await api(as_="limin")
    reset = await done(admin, RESET, username="limin", generate=True)
    assert reset["message"] == "已重置账号 limin 的密码,其会话已结束。"
    assert (await old.post(WHO)).status_code == 401
    assert (await (await (await api()).sign_in("limin", reset["password"])).query(WHO))["viewer"]["username"] == "limin"
    typed = await done(admin, RESET, username="limin", password=NEW)
    assert typed["password"] is None
    await (await api()).sign_in("limin", NEW)
    for given in ({}, {"password": NEW, "generate": True}):
        assert (await refused(admin, RESET, username="limin", **given))[:2] == ("BAD_INPUT", ["input", "password"])
    assert (await refused(admin, RESET, username="boss", generate=True))[2] == (
        '不能重置自己的密码。请用"修改密码",并填写当前密码。'
    )
    assert (await refused(admin, RESET, username="nobody", generate=True))[0] == "NOT_FOUND"


async def test_everybody_changes_his_own_password(api: OpenDesk) -> None:
    await member("wangwei", "student")
    here, elsewhere = await api(as_="wangwei"), await api(as_="wangwei")
    assert await refused(here, CHANGE, current="not this one", new=NEW) == (
        "BAD_INPUT",
        ["input", "current"],
        "当前密码不正确,密码未修改。请核对后重试。",
    )
    assert (await refused(here, CHANGE, current=PASSWORD, new="short"))[:2] == ("BAD_INPUT", ["input", "new"])
    assert (await refused(here, CHANGE, current=PASSWORD, new=PASSWORD))[1] == ["input", "new"]
    changed = await done(here, CHANGE, current=PASSWORD, new=NEW)
    assert changed["message"] == "密码已修改,您在其他设备上的登录已退出。"
    assert (await here.query(WHO))["viewer"] == {"username": "wangwei"}
    assert (await elsewhere.post(WHO)).status_code == 401
    assert await verify_password((await User.get(username="wangwei")).password_hash, NEW)


async def test_guessing_the_present_password_is_stopped(api: OpenDesk) -> None:
    await member("wangwei", "student")
    desk = await api(as_="wangwei")
    for _ in range(10):
        assert (await refused(desk, CHANGE, current="not this one", new=NEW))[0] == "BAD_INPUT"
    assert (await refused(desk, CHANGE, current=PASSWORD, new=NEW))[0] == "RATE_LIMITED"


async def test_a_token_changes_no_password(api: OpenDesk, admin: Desk) -> None:
    await member("limin", "leader")
    secret = (await admin.query('mutation { createToken(input: { username: "limin" }) { secret } }'))["createToken"][
        "secret"
    ]
    error = await (await api(token=secret)).error(CHANGE, input={"current": PASSWORD, "new": NEW})
    assert (error["code"], error["params"]["problem"]) == ("BAD_INPUT", "NO_SESSION")


# --- what stays secret


async def test_no_password_secret_or_hash_is_written_down(
    api: OpenDesk, admin: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    made = await done(admin, CREATE, **LI, generate=True, role="leader", phone="13900001111", email="limin@x.cn")
    await done(admin, RESET, username="limin", password=NEW)
    own = await (await api()).sign_in("limin", NEW)
    await done(own, CHANGE, current=NEW, new="and one more horse")
    token = (await admin.query('mutation { createToken(input: { username: "limin" }) { id secret } }'))["createToken"]
    await admin.query("mutation ($id: ID!) { revokeToken(id: $id) { changed } }", id=token["id"])
    await refused(admin, CREATE, **LI, password="a password of a refused act")
    hashes = [str(each) for each in await User.all().values_list("password_hash", flat=True)]
    hashes += [str(each) for each in await ApiToken.all().values_list("token_hash", flat=True)]
    secrets = [made["password"], NEW, "and one more horse", token["secret"], "refused act", "13900001111", "limin@x.cn"]
    written = [row for model in (Event, Operation, OperationRow) for row in await model.all().values()]
    assert len(written) > 9
    text = f"{written}{caplog.text}"
    assert [each for each in (*secrets, *hashes) if each in text] == []


async def test_what_the_rules_refuse_is_never_repeated_with_the_password() -> None:
    with pytest.raises(Refused) as caught:
        await accounts.create_user(SYSTEM, username="limin", name="李敏", password="short")
    assert "short" not in f"{caught.value!r}{caught.value.refusal}"


async def test_the_roles_are_an_ordinary_table(admin: Desk) -> None:
    await done(admin, CREATE, **LI, role="leader")
    assert await RoleAssignment.filter(user__username="limin").values_list("role", "valid_until") == [("leader", None)]
