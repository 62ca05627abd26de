"""Who holds a role at this moment: active accounts, valid periods, tokens that still hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest

from models import ApiToken, RoleAssignment, User
from models.rules.holdings import anybody_holds, still_held
from tests import factories

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
BEFORE, AFTER = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)


async def test_the_units_of_one_role(database: ModuleType):
    uni = await factories.university()
    clerk = uni.clerk
    await RoleAssignment.create(user=clerk, role="operator", department=uni.library)
    await RoleAssignment.create(user=clerk, role="operator", department=uni.finance)
    await RoleAssignment.create(user=clerk, role="counsellor", college=uni.college)
    await RoleAssignment.create(user=clerk, role="auditor")
    await RoleAssignment.create(user=uni.colleague, role="operator", department=uni.dorms)
    assert await still_held(clerk.id, "operator", NOW) == {
        ("department", uni.library.id),
        ("department", uni.finance.id),
    }
    assert await still_held(clerk.id, "counsellor", NOW) == {("college", uni.college.id)}
    assert await still_held(clerk.id, "auditor", NOW) == set()
    assert await still_held(clerk.id, "office", NOW) is None
    assert await still_held(clerk.id, "", NOW) is None


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "held"),
    [
        (None, None, True),
        (BEFORE, AFTER, True),
        (NOW, AFTER, True),
        (AFTER, None, False),
        (None, NOW, False),
        (None, BEFORE, False),
    ],
)
async def test_the_period(database: ModuleType, valid_from: datetime | None, valid_until: datetime | None, held: bool):
    user = await factories.user("x", password_hash="x")
    await RoleAssignment.create(user=user, role="auditor", valid_from=valid_from, valid_until=valid_until)
    assert (await still_held(user.id, "auditor", NOW) is not None) is held
    assert await anybody_holds(["auditor", "office"], NOW) is held


async def test_an_account_that_was_disabled_holds_nothing(database: ModuleType):
    user = await factories.user("x", password_hash="x")
    await RoleAssignment.create(user=user, role="auditor")
    await User.filter(id=user.id).update(active=False)
    assert await still_held(user.id, "auditor", NOW) is None
    assert not await anybody_holds(["auditor"], NOW)


async def test_somebody_can_sign_in(database: ModuleType):
    """A program's account, which has a token only, is nobody who could help."""
    user = await factories.user("x")
    await RoleAssignment.create(user=user, role="auditor")
    await User.filter(id=user.id).update(password_hash=None)
    assert await still_held(user.id, "auditor", NOW) == set()
    assert not await anybody_holds(["auditor"], NOW)
    assert not await anybody_holds([], NOW)


@pytest.mark.parametrize(
    ("ends", "held"),
    [({}, True), ({"expires_at": AFTER}, True), ({"expires_at": NOW}, False), ({"revoked_at": BEFORE}, False)],
)
async def test_a_token(database: ModuleType, ends: dict[str, datetime], held: bool):
    user = await factories.user("x")
    await RoleAssignment.create(user=user, role="campus_app")
    token = await ApiToken.create(user=user, role="campus_app", prefix="lx_1", token_hash="x", **ends)
    assert (await still_held(user.id, "campus_app", NOW, token_id=token.id) is not None) is held
    assert await still_held(user.id, "campus_app", NOW, token_id=token.id + 1) is None


async def test_it_is_one_statement(database: ModuleType):
    with database.statements() as sent:
        await still_held(1, "operator", NOW)
    assert len(sent) == 1
