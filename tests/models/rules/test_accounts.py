"""Accounts, passwords and roles: what an account administrator does, what is refused, what is recorded."""

from __future__ import annotations

import pytest
from tortoise.expressions import Q

from models import ApiToken, Event, Operation, OperationRow, RoleAssignment, Session, Student, User
from models.rules import accounts
from models.rules.accounts import (
    change_password,
    create_user,
    disable_user,
    enable_user,
    set_password,
    update_user,
)
from models.rules.actor import SYSTEM, Actor, Reach
from models.rules.guesses import TooManyAttempts
from models.rules.lockout import Duty
from models.rules.refusals import Code, Refused
from models.rules.role_assignments import Grant, UnitKind
from models.rules.sessions import WrongCredentials, resolve_session, sign_in
from models.rules.tokens import create_token, resolve_token
from tests.models.rules.small_season import NOW, a_department, a_student, an_actor

PASSWORD = "correct horse"


async def events() -> list[tuple]:
    return await Event.all().order_by("id").values_list("object", "object_id", "changed", "before", "after", "role")


async def test_create_and_sign_in(database):
    actor = await an_actor("admin", "account_admin")
    user_id = await create_user(actor, username=" LiMin ", name="李 敏", password=PASSWORD, now=NOW)
    assert await events() == [("User", user_id, "username,name", None, "ACTIVE", "account_admin")]
    operation = await Operation.get()
    assert (operation.kind, operation.state, operation.applied) == ("EDIT", "APPLIED", 1)
    assert await OperationRow.all().values_list("object", "object_id", "outcome") == [("User", user_id, "APPLIED")]
    assert (await sign_in("LiMin", PASSWORD, now=NOW)).role == ""


@pytest.mark.parametrize(
    ("given", "code", "argument"),
    [
        ({"username": ""}, Code.BAD_INPUT, "username"),
        ({"username": "li min"}, Code.BAD_INPUT, "username"),
        ({"username": "x" * 65}, Code.BAD_INPUT, "username"),
        ({"username": "taken"}, Code.DUPLICATE, "username"),
        ({"password": "short"}, Code.BAD_INPUT, "password"),
        ({"username": "limin-2026", "password": "LIMIN-2026"}, Code.BAD_INPUT, "password"),
        ({"student_no": "999"}, Code.NOT_FOUND, "studentNo"),
        ({"student_no": "2018001"}, Code.DUPLICATE, "studentNo"),
    ],
)
async def test_not_created(database, given, code, argument):
    taken = await User.create(username="taken", name="有人")
    await a_student("2018001", user=taken)
    with pytest.raises(Refused) as caught:
        await create_user(SYSTEM, **({"username": "limin", "name": "李敏", "password": PASSWORD} | given))
    assert (caught.value.refusal.code, caught.value.argument) == (code, argument)
    assert (await User.all().count(), await Event.all().count(), await Operation.all().count()) == (1, 0, 0)


async def test_no_account_is_made_outside_ones_reach(database):
    async def students_only() -> Reach:
        return Reach(permitted=Q(username__startswith="s"))

    with pytest.raises(Refused) as caught:
        await create_user(SYSTEM, username="limin", name="李敏", permit=students_only, now=NOW)
    assert (caught.value.refusal.code, caught.value.argument) == (Code.NOT_FOUND, "username")
    assert (await User.all().count(), await Event.all().count()) == (0, 0)
    await create_user(SYSTEM, username="s2022001", name="王伟", permit=students_only, now=NOW)


async def test_a_student_has_one_account_for_all_numbers(database):
    first = await a_student("2018001")
    second = await a_student("2022001", person=first)
    await a_student("2022002")
    user_id = await create_user(SYSTEM, username="student", name="王伟", student_no="2022001 ", now=NOW)
    assert await Student.filter(user_id=user_id).order_by("id") == [first, second]
    assert [each.version for each in await Student.all().order_by("id")] == [2, 2, 1]
    assert [each[:2] for each in await events()] == [("User", user_id), ("Student", first.id), ("Student", second.id)]


async def test_a_student_whose_other_number_has_an_account_gets_no_second(database):
    taken = await User.create(username="taken", name="王伟")
    first = await a_student("2018001", user=taken)
    await a_student("2022001", person=first)
    with pytest.raises(Refused) as caught:
        await create_user(SYSTEM, username="student", name="王伟", student_no="2022001", now=NOW)
    assert caught.value.refusal.facts == {"problem": "HAS_ACCOUNT", "student_no": "2022001"}
    assert await Student.all().order_by("id").values_list("user_id", flat=True) == [taken.id, None]
    assert await User.all().count() == 1


async def test_another_password_ends_the_sessions(database):
    user_id = await create_user(SYSTEM, username="limin", name="李敏", password=PASSWORD, now=NOW)
    opened = await sign_in("limin", PASSWORD, now=NOW)
    await set_password(SYSTEM, "limin", "another horse", now=NOW)
    assert await resolve_session(opened.token, now=NOW) is None
    with pytest.raises(WrongCredentials):
        await sign_in("limin", PASSWORD, now=NOW)
    await sign_in("limin", "another horse", now=NOW)
    assert (await User.get()).version == 2
    assert (await events())[-1][:5] == ("User", user_id, "password", None, None)


async def test_ones_own_password_is_changed_and_this_session_goes_on(database):
    user_id = await create_user(SYSTEM, username="limin", name="李敏", password=PASSWORD, now=NOW)
    kept, ended = [await sign_in("limin", PASSWORD, now=NOW) for _ in range(2)]
    own = Actor(user_id, "李敏", "operator")
    await change_password(own, PASSWORD, "another horse", keep_session=kept.session_id, now=NOW)
    assert await resolve_session(kept.token, now=NOW) is not None
    assert await resolve_session(ended.token, now=NOW) is None
    await sign_in("limin", "another horse", now=NOW)
    assert (await events())[-1] == ("User", user_id, "password", None, None, "operator")


@pytest.mark.parametrize(
    ("current", "new", "argument", "problem"),
    [
        ("wrong horse", "another horse", "current", "WRONG_PASSWORD"),
        (PASSWORD, "short", "new", None),
        (PASSWORD, "limin-2026", "new", "USERNAME"),
        (PASSWORD, PASSWORD, "new", "SAME_PASSWORD"),
    ],
)
async def test_ones_own_password_stays(database, current, new, argument, problem):
    user_id = await create_user(SYSTEM, username="limin-2026", name="李敏", password=PASSWORD, now=NOW)
    with pytest.raises(Refused) as caught:
        await change_password(Actor(user_id, "李敏", ""), current, new, keep_session=0, now=NOW)
    assert (caught.value.refusal.code, caught.value.argument) == (Code.BAD_INPUT, argument)
    assert caught.value.refusal.facts.get("problem") == problem
    assert len(await events()) == 1
    await sign_in("limin-2026", PASSWORD, now=NOW)


@pytest.mark.parametrize("meanwhile", [{"password_hash": "of another password"}, {"active": False}])
async def test_a_reset_or_a_closing_meanwhile_is_not_undone(database, monkeypatch, meanwhile):
    """While the new password is being hashed, which no transaction holds up."""
    user_id = await create_user(SYSTEM, username="limin", name="李敏", password=PASSWORD, now=NOW)

    async def hashed_slowly(password: str) -> str:
        await User.filter(id=user_id).update(**meanwhile)
        return "of the new password"

    monkeypatch.setattr(accounts, "hash_password", hashed_slowly)
    with pytest.raises(Refused) as caught:
        await change_password(Actor(user_id, "李敏", ""), PASSWORD, "another horse", keep_session=0, now=NOW)
    assert (caught.value.refusal.code, caught.value.argument) == (Code.CONFLICT, "current")
    assert (await User.get()).password_hash != "of the new password"
    assert len(await events()) == 1


async def test_an_open_session_is_no_way_to_guess_the_password(database):
    user_id = await create_user(SYSTEM, username="limin", name="李敏", password=PASSWORD, now=NOW)
    own = Actor(user_id, "李敏", "")
    for _ in range(10):
        with pytest.raises(Refused):
            await change_password(own, "wrong horse", "another horse", keep_session=0, now=NOW)
    with pytest.raises(TooManyAttempts):
        await change_password(own, PASSWORD, "another horse", keep_session=0, now=NOW)


async def test_nobody_resets_his_own_password(database):
    actor = await an_actor("admin", "account_admin")
    with pytest.raises(Refused) as caught:
        await set_password(actor, "admin", "another horse")
    assert (caught.value.refusal.code, caught.value.refusal.facts["problem"]) == (Code.FORBIDDEN, "OWN_PASSWORD")
    assert await events() == []


async def test_a_bad_password_changes_nothing(database):
    await create_user(SYSTEM, username="limin", name="李敏", password=PASSWORD, now=NOW)
    for username, password, code in (("limin", "short", Code.BAD_INPUT), ("nobody", PASSWORD, Code.NOT_FOUND)):
        with pytest.raises(Refused) as caught:
            await set_password(SYSTEM, username, password)
        assert caught.value.refusal.code is code
    assert len(await events()) == 1
    await sign_in("limin", PASSWORD, now=NOW)


async def test_a_closed_account_is_out_at_once(database):
    user_id = await create_user(SYSTEM, username="limin", name="李敏", password=PASSWORD, now=NOW)
    await RoleAssignment.create(user_id=user_id, role="leader")
    session = await sign_in("limin", PASSWORD, now=NOW)
    token = await create_token(SYSTEM, "limin", now=NOW)
    assert await disable_user(SYSTEM, "limin", now=NOW)
    assert not await disable_user(SYSTEM, "limin", now=NOW)
    assert await resolve_session(session.token, now=NOW) is None
    assert await resolve_token(token.secret, now=NOW) is None
    assert [each[:5] for each in (await events())[-2:]] == [
        ("User", user_id, "active", "ACTIVE", "DISABLED"),
        ("ApiToken", token.token_id, "revoked_at", None, "REVOKED"),
    ]
    assert await enable_user(SYSTEM, "limin", now=NOW)
    assert not await enable_user(SYSTEM, "limin", now=NOW)
    assert await resolve_session(session.token, now=NOW) is None
    assert await resolve_token(token.secret, now=NOW) is None
    assert (await Session.get()).ended_at == NOW
    assert (await ApiToken.get()).version == 2
    await sign_in("limin", PASSWORD, now=NOW)


async def test_nobody_closes_his_own_account(database):
    actor = await an_actor("admin", "account_admin")
    with pytest.raises(Refused) as caught:
        await disable_user(actor, "admin")
    assert (caught.value.refusal.code, caught.value.refusal.facts["problem"]) == (Code.FORBIDDEN, "OWN_ACCOUNT")
    assert (await User.get()).active


async def test_the_last_who_can_do_it_is_not_closed(database):
    async def duties():
        return [Duty("tune", frozenset({"policy_admin"}))]

    takes = frozenset({UnitKind.NONE})
    for username in ("first", "second"):
        first = Grant("policy_admin", takes)
        await create_user(SYSTEM, username=username, name="某人", password=PASSWORD, first=first, now=NOW)
    await create_user(SYSTEM, username="tokens-only", name="系统", first=Grant("policy_admin", takes), now=NOW)
    await create_user(SYSTEM, username="reader", name="读者", first=Grant("leader", takes), now=NOW)
    assert await disable_user(SYSTEM, "first", duties=duties, now=NOW)
    before = await events()
    with pytest.raises(Refused) as caught:
        await disable_user(SYSTEM, "second", duties=duties, now=NOW)
    assert (caught.value.refusal.code, caught.value.argument) == (Code.FORBIDDEN, "username")
    assert caught.value.refusal.facts == {"problem": "LOCKOUT", "duty": "tune"}
    assert await events() == before
    assert await disable_user(SYSTEM, "reader", duties=duties, now=NOW)
    assert await disable_user(SYSTEM, "second", now=NOW)  # the shell may


async def test_an_account_is_changed_by_whoever_saw_it_last(database):
    actor = await an_actor("admin", "account_admin")
    user_id = await create_user(actor, username="limin", name="李敏", now=NOW)
    assert await update_user(actor, "limin", name=" 李 敏 ", email="limin@example.edu", expected_version=1, now=NOW)
    assert (await events())[-1][:3] == ("User", user_id, "name,email")
    assert not await update_user(actor, "limin", name="李 敏", expected_version=2, now=NOW)
    with pytest.raises(Refused) as caught:
        await update_user(actor, "limin", phone="8105", expected_version=1)
    assert (caught.value.refusal.code, caught.value.argument) == (Code.CONFLICT, "expectedVersion")
    assert caught.value.refusal.facts == {"version": 2, "by": actor.name, "at": NOW.isoformat()}
    user = await User.get(id=user_id)
    assert (user.name, user.email, user.phone, user.version) == ("李 敏", "limin@example.edu", "", 2)


@pytest.mark.parametrize(
    ("given", "code", "argument"),
    [
        ({"name": " "}, Code.BAD_INPUT, "name"),
        ({"name": "x" * 129}, Code.BAD_INPUT, "name"),
        ({"email": "limin"}, Code.BAD_INPUT, "email"),
        ({"email": "a@b.c, d@e.f"}, Code.BAD_INPUT, "email"),
        ({"phone": "call me"}, Code.BAD_INPUT, "phone"),
        ({"phone": "+-"}, Code.BAD_INPUT, "phone"),
        ({"username": "nobody"}, Code.NOT_FOUND, "username"),
    ],
)
async def test_not_changed(database, given, code, argument):
    await create_user(SYSTEM, username="limin", name="李敏", now=NOW)
    with pytest.raises(Refused) as caught:
        await update_user(SYSTEM, **({"username": "limin"} | given))
    assert (caught.value.refusal.code, caught.value.argument) == (code, argument)
    assert len(await events()) == 1


async def test_the_first_role_is_all_or_nothing(database):
    first = Grant("operator", frozenset({UnitKind.DEPARTMENT}), "TSG")
    with pytest.raises(Refused) as caught:
        await create_user(SYSTEM, username="limin", name="李敏", first=first, now=NOW)
    assert (caught.value.refusal.code, caught.value.argument) == (Code.NOT_FOUND, "unit")
    assert (await User.all().count(), await events()) == (0, [])
    library = await a_department("TSG")
    await create_user(SYSTEM, username="limin", name="李敏", first=first, now=NOW)
    assert await RoleAssignment.all().values_list("role", "department_id") == [("operator", library.id)]


async def test_a_right_withdrawn_meanwhile_stops_the_act(database):
    async def withdrawn():
        raise Refused(Code.FORBIDDEN)

    with pytest.raises(Refused):
        await create_user(SYSTEM, username="limin", name="李敏", permit=withdrawn)
    assert (await User.all().count(), await events()) == (0, [])
