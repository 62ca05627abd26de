"""Signing in, sessions and what they resolve to, the throttling of guesses."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from models import Batch, College, Department, RoleAssignment, Session, SignInAttempt, User
from models.enums import BatchStatus
from models.rules.guesses import TooManyAttempts
from models.rules.passwords import hash_password
from models.rules.refusals import Code, Refused
from models.rules.sessions import (
    Held,
    Unit,
    WrongCredentials,
    choose_role,
    hashed,
    present_batch,
    resolve_session,
    sign_in,
    sign_out,
)

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
PASSWORD = "correct horse"


async def a_user(username: str = "limin", *, password: str | None = PASSWORD, active: bool = True) -> User:
    stored = await hash_password(password) if password else None
    return await User.create(username=username, name="李敏", password_hash=stored, active=active)


async def a_college(code: str) -> College:
    return await College.create(code=code, name=f"学院{code}")


async def test_a_session_of_the_first_role_and_the_open_batch(database):
    user = await a_user()
    await RoleAssignment.create(user=user, role="counsellor", college=await a_college("15"))
    await RoleAssignment.create(user=user, role="certificate", valid_from=NOW + timedelta(days=1))
    batch = await Batch.create(code="2026-06", name="六月", status=BatchStatus.OPEN)
    await Batch.create(code="2027-01", name="一月", status=BatchStatus.PREPARING)

    signed_in = await sign_in(" limin\r", PASSWORD, now=NOW)
    session = await Session.get()
    assert (signed_in.role, signed_in.expires_at) == ("counsellor", NOW + timedelta(hours=12))
    assert await Session.exists(batch_id=batch.id)
    assert signed_in.batch_id == batch.id
    assert session.token_hash == hashed(signed_in.token)
    assert signed_in.token not in repr(signed_in)
    assert len(signed_in.token) == 43
    fresh = await User.get()
    assert (fresh.last_sign_in_at, fresh.version) == (NOW, 1)
    assert await SignInAttempt.all().count() == 0


async def test_what_a_session_resolves_to(database):
    user = await a_user()
    a, b = await a_college("15"), await a_college("16")
    library = await Department.create(code="TSG", name="图书馆")
    await RoleAssignment.create(user=user, role="counsellor", college=b)
    await RoleAssignment.create(user=user, role="counsellor", college=a)
    await RoleAssignment.create(user=user, role="operator", department=library)
    await RoleAssignment.create(user=user, role="leader", valid_until=NOW)
    signed_in = await sign_in("limin", PASSWORD, now=NOW)

    with database.statements() as sent:
        found = await resolve_session(signed_in.token, now=NOW + timedelta(hours=11))
    assert len(sent) == 1
    assert found is not None
    assert (found.user_id, found.username, found.name, found.role) == (user.id, "limin", "李敏", "counsellor")
    assert found.units == {Unit("college", a.id, a.code), Unit("college", b.id, b.code)}
    assert found.roles == (
        Held("counsellor", college_id=b.id),
        Held("counsellor", college_id=a.id),
        Held("operator", department_id=library.id),
    )
    assert (found.session_id, found.batch_id, found.token) == (signed_in.session_id, None, None)


async def test_a_session_ends(database):
    user = await a_user()
    await RoleAssignment.create(user=user, role="leader")
    first, second, third = [await sign_in("limin", PASSWORD, now=NOW) for _ in range(3)]
    later = NOW + timedelta(hours=1)

    assert await resolve_session(first.token, now=NOW + timedelta(hours=12)) is None
    await sign_out(second.token, now=NOW)
    assert await resolve_session(second.token, now=later) is None
    assert await resolve_session(third.token, now=later) is not None
    assert await resolve_session("", now=later) is None
    assert await resolve_session("no such token \ud800", now=later) is None
    await User.all().update(active=False)
    assert await resolve_session(third.token, now=later) is None


async def test_a_role_taken_away_is_not_used(database):
    user = await a_user()
    held = await RoleAssignment.create(user=user, role="leader")
    await RoleAssignment.create(user=user, role="counsellor", college=await a_college("15"))
    signed_in = await sign_in("limin", PASSWORD, now=NOW)
    await held.delete()
    found = await resolve_session(signed_in.token, now=NOW)
    assert found is not None
    assert (found.role, found.units, [held.role for held in found.roles]) == ("", frozenset(), ["counsellor"])


@pytest.mark.parametrize(
    ("username", "password"), [("limin", "wrong horse"), ("nobody", PASSWORD), ("gone", PASSWORD), ("app", "")]
)
async def test_wrong_credentials_are_all_alike(database, username: str, password: str):
    await a_user()
    await a_user("gone", active=False)
    await a_user("app", password=None)
    with pytest.raises(WrongCredentials):
        await sign_in(username, password, now=NOW)
    assert await Session.all().count() == 0
    assert await SignInAttempt.all().values_list("who", "at") == [(hashed(username), NOW)]


async def test_ten_guesses_then_a_pause(database):
    user = await a_user()
    await RoleAssignment.create(user=user, role="leader")
    for second in range(10):
        with pytest.raises(WrongCredentials):
            await sign_in("limin", "wrong horse", now=NOW + timedelta(seconds=second))
    with pytest.raises(TooManyAttempts) as caught:
        await sign_in("limin", PASSWORD, now=NOW + timedelta(minutes=14))
    assert caught.value.retry_at == NOW + timedelta(minutes=15)
    assert await SignInAttempt.all().count() == 10
    with pytest.raises(WrongCredentials):
        await sign_in("another", PASSWORD, now=NOW + timedelta(minutes=14))
    assert (await sign_in("limin", PASSWORD, now=NOW + timedelta(minutes=15))).role == "leader"


async def test_guesses_at_the_same_time_count_too(database):
    await a_user()
    guesses = [sign_in("limin", f"wrong horse {n}", now=NOW) for n in range(14)]
    answers = await asyncio.gather(*guesses, return_exceptions=True)
    assert {type(answer) for answer in answers} == {WrongCredentials, TooManyAttempts}
    with pytest.raises(TooManyAttempts):
        await sign_in("limin", PASSWORD, now=NOW)


@pytest.mark.usefixtures("production_passwords")
async def test_an_older_hash_is_renewed(database):
    from argon2 import PasswordHasher

    user = await User.create(username="limin", name="李敏", password_hash=PasswordHasher(1, 8, 1).hash(PASSWORD))
    await sign_in("limin", PASSWORD, now=NOW)
    fresh = await User.get(id=user.id)
    assert fresh.password_hash is not None
    assert "m=19456,t=2,p=1" in fresh.password_hash
    await sign_in("limin", PASSWORD, now=NOW)


async def test_a_batch_that_has_begun_is_meant_rather_than_one_opened_ahead(database):
    made = {
        code: await Batch.create(code=code, name=code, status=status, opens_at=opens_at)
        for code, status, opens_at in (
            ("2025-12", BatchStatus.CLOSED, None),
            ("2026-06", BatchStatus.OPEN, NOW),
            ("2026-12", BatchStatus.OPEN, NOW + timedelta(days=1)),
            ("2027-06", BatchStatus.PREPARING, None),
        )
    }
    for wanted in ("2026-06", "2026-12", "2027-06", "2025-12"):
        assert await present_batch(NOW) == made[wanted].id
        await Batch.filter(code=wanted).update(status=BatchStatus.ARCHIVED)
    assert await present_batch(NOW) is None


async def test_choosing_role_and_batch(database):
    user = await a_user()
    await RoleAssignment.create(user=user, role="leader")
    await RoleAssignment.create(user=user, role="office")
    await RoleAssignment.create(user=user, role="auditor", valid_until=NOW)
    batch = await Batch.create(code="2026-06", name="六月")
    signed_in = await sign_in("limin", PASSWORD, now=NOW)
    await Batch.create(code="2026-09", name="九月")

    await choose_role(signed_in.session_id, role="office", now=NOW)
    await choose_role(signed_in.session_id, batch="2026-06", now=NOW)
    found = await resolve_session(signed_in.token, now=NOW)
    assert found is not None
    assert (found.role, found.batch_id) == ("office", batch.id)

    for wanted, code, argument in (
        ({"role": "auditor"}, Code.FORBIDDEN, "role"),
        ({"role": "registrar"}, Code.FORBIDDEN, "role"),
        ({"batch": "1999"}, Code.NOT_FOUND, "batch"),
    ):
        with pytest.raises(Refused) as caught:
            await choose_role(signed_in.session_id, **wanted, now=NOW)
        assert (caught.value.refusal.code, caught.value.argument) == (code, argument)
    assert await resolve_session(signed_in.token, now=NOW) == found
    await sign_out(signed_in.token, now=NOW)
    with pytest.raises(Refused):
        await choose_role(signed_in.session_id, role="leader", now=NOW)
