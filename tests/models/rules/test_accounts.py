"""Accounts, passwords and roles: what an account administrator does, what is refused, what is recorded."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models import ApiToken, Event, Operation, OperationRow, RoleAssignment, Session, Student, User
from models.rules.accounts import (
    UnitKind,
    create_user,
    disable_user,
    enable_user,
    end_role,
    grant_role,
    set_password,
)
from models.rules.actor import SYSTEM
from models.rules.refusals import Code, Refused
from models.rules.sessions import WrongCredentials, resolve_session, sign_in
from models.rules.tokens import create_token, resolve_token
from tests.models.rules.small_season import NOW, a_college, a_department, a_student, an_actor

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


async def test_a_student_has_one_account_for_all_numbers(database):
    first = await a_student("2018001")
    second = await a_student("2022001", person=first)
    await a_student("2022002")
    user_id = await create_user(SYSTEM, username="student", name="王伟", student_no="2022001 ", now=NOW)
    assert await Student.filter(user_id=user_id).order_by("id") == [first, second]
    assert [each.version for each in await Student.all().order_by("id")] == [2, 2, 1]
    assert [each[:2] for each in await events()] == [("User", user_id), ("Student", first.id), ("Student", second.id)]


async def test_another_password_ends_the_sessions(database):
    await create_user(SYSTEM, username="limin", name="李敏", password=PASSWORD, now=NOW)
    kept, ended = [await sign_in("limin", PASSWORD, now=NOW) for _ in range(2)]
    await set_password(SYSTEM, "limin", "another horse", keep_session=kept.session_id, now=NOW)
    assert await resolve_session(kept.token, now=NOW) is not None
    assert await resolve_session(ended.token, now=NOW) is None
    with pytest.raises(WrongCredentials):
        await sign_in("limin", PASSWORD, now=NOW)
    await sign_in("limin", "another horse", now=NOW)
    assert (await User.get()).version == 2
    assert (await events())[-1][2:5] == ("password", None, None)


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


async def test_grant_a_role_for_a_unit(database):
    college = await a_college("15")
    user = await User.create(username="limin", name="李敏")
    actor = await an_actor("admin", "account_admin")
    granted = await grant_role(
        actor, username="limin", role="counsellor", takes=UnitKind.COLLEGE, unit="15", now=NOW
    )  # fmt: skip
    assert await RoleAssignment.all().values("id", "user_id", "role", "college_id", "department_id") == [
        {"id": granted, "user_id": user.id, "role": "counsellor", "college_id": college.id, "department_id": None}
    ]
    until = NOW + timedelta(days=30)
    again = await grant_role(
        actor, username="limin", role="counsellor", takes=UnitKind.COLLEGE, unit="15", valid_until=until, now=NOW
    )
    assert again == granted
    same = await grant_role(
        actor, username="limin", role="counsellor", takes=UnitKind.COLLEGE, unit="15", valid_until=until, now=NOW
    )
    assert same == granted
    assert (await RoleAssignment.get()).valid_until == until
    assert [each[2] for each in await events()] == ["role", "valid_from,valid_until"]
    assert await end_role(actor, granted, now=NOW)
    assert not await end_role(actor, granted, now=NOW)
    assert (await RoleAssignment.get()).valid_until == NOW


async def test_nobody_grants_a_role_to_himself(database):
    actor = await an_actor("admin", "account_admin")
    own = await RoleAssignment.create(user_id=actor.user_id, role="account_admin")
    with pytest.raises(Refused) as caught:
        await grant_role(actor, username="admin", role="office", takes=UnitKind.NONE)
    assert (caught.value.refusal.code, caught.value.argument) == (Code.FORBIDDEN, "user")
    with pytest.raises(Refused) as caught:
        await end_role(actor, own.id)
    assert caught.value.refusal.code is Code.FORBIDDEN
    assert await RoleAssignment.all().values_list("role", "valid_until") == [("account_admin", None)]
    assert await events() == []


@pytest.mark.parametrize(
    ("given", "code", "argument"),
    [
        ({"unit": None}, Code.BAD_INPUT, "unit"),
        ({"takes": UnitKind.NONE}, Code.BAD_INPUT, "unit"),
        ({"unit": "99"}, Code.NOT_FOUND, "unit"),
        ({"takes": UnitKind.COLLEGE}, Code.NOT_FOUND, "unit"),
        ({"username": "nobody"}, Code.NOT_FOUND, "user"),
        ({"valid_from": NOW, "valid_until": NOW}, Code.BAD_INPUT, "validUntil"),
    ],
)
async def test_not_granted(database, given, code, argument):
    await a_department("TSG")
    await User.create(username="limin", name="李敏")
    wanted = {"username": "limin", "role": "operator", "takes": UnitKind.DEPARTMENT, "unit": "TSG"} | given
    with pytest.raises(Refused) as caught:
        await grant_role(SYSTEM, **wanted)
    assert (caught.value.refusal.code, caught.value.argument) == (code, argument)
    assert (await RoleAssignment.all().count(), await events()) == (0, [])


async def test_a_right_withdrawn_meanwhile_stops_the_act(database):
    async def withdrawn():
        raise Refused(Code.FORBIDDEN)

    with pytest.raises(Refused):
        await create_user(SYSTEM, username="limin", name="李敏", permit=withdrawn)
    assert (await User.all().count(), await events()) == (0, [])
