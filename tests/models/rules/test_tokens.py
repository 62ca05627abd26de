"""Tokens: made once, resolved in one statement, ended at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.expressions import Q

from models import ApiToken, Department, Event, RoleAssignment, User
from models.rules.accounts import disable_user
from models.rules.actor import SYSTEM, Reach
from models.rules.refusals import Code, Refused
from models.rules.sessions import TokenLimits, Unit, hashed
from models.rules.tokens import create_token, resolve_token, revoke_token
from tests import factories
from tests.models.rules.waiting import waits_or_ends

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)


async def an_app(*roles: str) -> Department:
    user = await User.create(username="campus-library", name="图书馆系统")
    library = await Department.create(code="TSG", name="图书馆")
    for role in roles:
        await RoleAssignment.create(user=user, role=role, department=library)
    return library


async def test_no_token_is_made_outside_ones_reach(database):
    await an_app("campus_app")

    async def of_others() -> Reach:
        return Reach(permitted=Q(user__username="campus-canteen"))

    with pytest.raises(Refused) as caught:
        await create_token(SYSTEM, "campus-library", permit=of_others, now=NOW)
    assert (caught.value.refusal.code, caught.value.argument) == (Code.NOT_FOUND, "username")
    assert (await ApiToken.all().count(), await Event.all().count()) == (0, 0)


async def test_a_token_is_shown_once(database):
    library = await an_app("campus_app", "operator")
    season = await factories.batch()
    for code in ("LIB_BOOKS", "LIB_THESIS"):
        await factories.item(season, code, library)
    made = await create_token(
        SYSTEM,
        "campus-library",
        name="每小时核对",
        items=["LIB_THESIS", "LIB_BOOKS"],
        fields=["status"],
        source="library",
        expires_at=NOW + timedelta(days=30),
        now=NOW,
    )
    assert made.secret.startswith("lx_")
    assert made.secret not in repr(made)
    row = await ApiToken.get()
    assert (row.role, row.prefix, row.token_hash) == ("campus_app", made.secret[:9], hashed(made.secret))

    found = await resolve_token(made.secret, now=NOW)
    assert found is not None
    units = {Unit("department", library.id, library.code)}
    assert (found.username, found.role, found.units) == ("campus-library", "campus_app", units)
    assert found.token == TokenLimits(
        made.token_id, frozenset({"LIB_BOOKS", "LIB_THESIS"}), frozenset({"status"}), "library"
    )
    assert (found.session_id, found.batch_id) == (None, None)
    assert await Event.all().values_list("object", "object_id", "changed", "after") == [
        ("ApiToken", made.token_id, "role", "campus_app")
    ]


async def test_one_statement_and_a_note_once_a_minute(database):
    await an_app("campus_app")
    made = await create_token(SYSTEM, "campus-library", now=NOW)
    counts = []
    for seconds in (0, 59, 60):
        with database.statements() as sent:
            await resolve_token(made.secret, now=NOW + timedelta(seconds=seconds))
        counts.append(len(sent))
    assert counts == [2, 1, 2]
    row = await ApiToken.get()
    assert (row.last_used_at, row.version) == (NOW + timedelta(seconds=60), 1)


async def test_a_token_ends(database):
    await an_app("campus_app")
    made = await create_token(SYSTEM, "campus-library", expires_at=NOW + timedelta(hours=1), now=NOW)
    assert await resolve_token(made.secret, now=NOW + timedelta(hours=1)) is None
    assert await resolve_token(made.secret + "x", now=NOW) is None
    assert await resolve_token(made.secret.removeprefix("lx_"), now=NOW) is None
    assert await revoke_token(SYSTEM, made.token_id, now=NOW)
    assert not await revoke_token(SYSTEM, made.token_id, now=NOW)
    assert await Event.filter(after="REVOKED").values_list("object", "object_id") == [("ApiToken", made.token_id)]
    assert await resolve_token(made.secret, now=NOW) is None
    with pytest.raises(Refused) as caught:
        await revoke_token(SYSTEM, made.token_id + 1, now=NOW)
    assert caught.value.refusal.code is Code.NOT_FOUND


async def test_a_disabled_account_and_a_lost_role(database):
    await an_app("campus_app")
    made = await create_token(SYSTEM, "campus-library", now=NOW)
    await RoleAssignment.all().update(valid_until=NOW)
    found = await resolve_token(made.secret, now=NOW)
    assert found is not None
    assert (found.role, found.units) == ("", frozenset())
    await User.all().update(active=False)
    assert await resolve_token(made.secret, now=NOW) is None


async def test_only_for_a_role_that_is_held(database):
    await an_app("campus_app")
    await User.create(username="nobody", name="无")
    for username, role, code in (
        ("campus-library", "office", Code.FORBIDDEN),
        ("nobody", None, Code.FORBIDDEN),
        ("unknown", None, Code.NOT_FOUND),
    ):
        with pytest.raises(Refused) as caught:
            await create_token(SYSTEM, username, role=role, now=NOW)
        assert caught.value.refusal.code is code
    assert await ApiToken.all().count() == 0


@pytest.mark.parametrize(
    ("given", "argument", "facts"),
    [
        (
            {"items": ["BOOKS", "BOKS", "X"]},
            "items",
            {"problem": "UNKNOWN_ITEMS", "names": "BOKS, X", "nearest": "BOOKS"},
        ),
        (
            {"items": ["Y" * 100, *(f"X{number}" for number in range(10, 30))]},
            "items",
            {"problem": "UNKNOWN_ITEMS", "names": ", ".join(f"X{number}" for number in range(10, 20)), "nearest": ""},
        ),
        (
            {"items": ["Y" * 100]},
            "items",
            {"problem": "UNKNOWN_ITEMS", "names": "Y" * 32, "nearest": ""},
        ),
        ({"source": "the library"}, "source", {"problem": "SOURCE_FORM", "value": "the library"}),
        ({"source": "x" * 33}, "source", {"length": 33, "limit": 32}),
        ({"name": "x" * 65}, "name", {"length": 65, "limit": 64}),
        ({"expires_at": NOW}, "expiresAt", {"problem": "PAST", "moment": NOW.isoformat()}),
    ],
)
async def test_a_token_that_would_be_of_no_use_is_not_made(database, given, argument, facts):
    await factories.item(await factories.batch(), "BOOKS", await an_app("campus_app"))
    with pytest.raises(Refused) as caught:
        await create_token(SYSTEM, "campus-library", now=NOW, **given)
    assert (caught.value.refusal.code, caught.value.argument) == (Code.BAD_INPUT, argument)
    assert caught.value.refusal.facts == facts
    assert (await ApiToken.all().count(), await Event.all().count()) == (0, 0)


async def test_no_token_is_made_for_an_account_that_is_being_closed(database):
    """It would live again with the account."""
    await an_app("campus_app")
    closed, go = asyncio.Event(), asyncio.Event()

    async def closing() -> None:
        async with database.transaction():
            await disable_user(SYSTEM, "campus-library", now=NOW)
            closed.set()
            await go.wait()

    one = asyncio.create_task(closing())
    await closed.wait()
    other = asyncio.create_task(create_token(SYSTEM, "campus-library", now=NOW))
    await waits_or_ends(other)
    go.set()
    await one
    with pytest.raises(Refused) as caught:
        await other
    assert (caught.value.refusal.code, caught.value.argument) == (Code.NOT_FOUND, "username")
    assert await ApiToken.all().count() == 0
