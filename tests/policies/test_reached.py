"""How far grants reach, against plain Python over every holder: every scope on every object, denials too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise, product

import pytest

from models import ALL, ApiToken, Building, College, Department, RoleAssignment, Student, User, database
from policies import reached as room
from policies.caller import Caller, TokenLimits, Unit
from policies.engine import Grant
from policies.reached import NO_ROWS, TOKEN_DENIED, TOO_VARIED, Reached, reached
from policies.scopes import SCOPES, scopes_of
from tests.fresh_databases import FreshDatabases
from tests.policies.scope_oracle import MEANINGS, Rows
from tests.policies.season_of_all_kinds import NOW, World, make_world

YESTERDAY, TOMORROW = NOW - timedelta(days=1), NOW + timedelta(days=1)

#: Held in the season by several, for several units or none; `leader` by nobody.
HELD = ("operator", "counsellor", "dorm_centre", "supervisor", "student", "campus_app", "office", "leader")
CODES = {"college": ("15", "02"), "department": ("TSG", "CWC"), "building": ("BAMBOO3",)}


@pytest.fixture(scope="module")
async def world(fresh_databases: FreshDatabases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """The season of all kinds with more people in its roles: look, do not touch."""
    await database.connect(await fresh_databases.make_migrated(tmp_path_factory.mktemp("reached")))
    made = await make_world()
    await _more_holders()
    yield replace(made, rows={model.__name__: await model.all().values() for model in ALL})
    await database.disconnect()


async def _more_holders() -> None:
    clerk, colleague, other = [await User.get(username=name) for name in ("limin", "wangfang", "other")]
    gone = await User.create(username="gone", name="离职", active=False)
    app, quiet = [await User.create(username=name, name=name) for name in ("app", "quiet")]
    here, there = await College.get(code="15"), await College.get(code="02")
    library, finance = await Department.get(code="TSG"), await Department.get(code="CWC")
    bamboo, pine = await Building.get(code="BAMBOO3"), await Building.get(code="PINE1")
    held = [
        {"user": clerk, "role": "operator", "department": finance},
        {"user": clerk, "role": "operator", "building": pine},
        {"user": other, "role": "operator", "department": library, "valid_from": TOMORROW},
        {"user": other, "role": "operator", "college": there, "valid_until": TOMORROW, "valid_from": YESTERDAY},
        {"user": gone, "role": "operator", "department": await Department.get(code="GYZX")},
        {"user": colleague, "role": "counsellor", "college": there},
        {"user": colleague, "role": "counsellor", "college": here, "valid_until": NOW},
        {"user": other, "role": "counsellor", "building": bamboo},
        {"user": other, "role": "supervisor"},
        {"user": gone, "role": "supervisor"},
        {"user": other, "role": "student"},
        {"user": clerk, "role": "office"},
        {"user": app, "role": "campus_app", "department": library},
        {"user": quiet, "role": "campus_app", "valid_until": TOMORROW},
        {"user": gone, "role": "campus_app"},
    ]
    for each in held:
        await RoleAssignment.create(**each)
    await Student.filter(student_no="20220007").update(user_id=other.id)
    tokens = [
        {"user": app, "role": "campus_app", "items": ["BOOKS"]},
        {"user": app, "role": "campus_app", "items": ["CARD"], "expires_at": TOMORROW},
        {"user": app, "role": "campus_app", "items": ["FEES"], "expires_at": NOW},
        {"user": app, "role": "campus_app", "items": ["SIGN"], "revoked_at": YESTERDAY},
        {"user": app, "role": "operator", "items": ["SIGN"]},
        {"user": gone, "role": "campus_app", "items": ["THESIS"]},
        {"user": quiet, "role": "campus_app", "items": ["PARTY"]},
        {"user": clerk, "role": "operator", "items": ["CARD"]},
    ]
    for number, each in enumerate(tokens):
        await ApiToken.create(**each, prefix="lx_more", token_hash=f"more {number}")


# --- plain Python


def holders_of(world: World, role: str) -> list[Caller]:
    """Each active account that holds the role now, with its units and the items of all its tokens in this role."""
    active = {row["id"] for row in world.found("User", active=True)}
    held: dict[int, set[Unit]] = {}
    for row in world.found("RoleAssignment", role=role):
        if row["user_id"] in active and lasts(row["valid_from"], row["valid_until"]):
            held.setdefault(row["user_id"], set()).update(units_of(world, row))
    return [Caller(user, "x", "x", role, frozenset(units), token_of(world, user, role)) for user, units in held.items()]


def lasts(begin, end) -> bool:
    return (begin is None or begin <= NOW) and (end is None or end > NOW)


def units_of(world: World, row: Rows) -> list[Unit]:
    named = [(kind, row[f"{kind}_id"]) for kind in CODES]
    return [Unit(kind, id_, world.one(kind.title(), id_)["code"]) for kind, id_ in named if id_ is not None]


def token_of(world: World, user: int, role: str) -> TokenLimits:
    valid = [
        row
        for row in world.found("ApiToken", user_id=user, role=role, revoked_at=None)
        if lasts(None, row["expires_at"])
    ]
    return TokenLimits(0, frozenset(code for row in valid for code in row["items"]))


def found_by(world: World, scope: str, name: str, caller: Caller) -> frozenset[int]:
    """The ids of the rows within a scope."""
    base, _, code = scope.partition("@")
    if code:
        kind = SCOPES[base].unit
        caller = replace(
            caller, units=frozenset(each for each in caller.units if (each.kind, each.code) == (kind, code))
        )
    key = (base, name, caller)
    if key not in FOUND:
        rows = (row for row in world.rows[name] if base == "all" or MEANINGS[base, name](world, caller, row))
        FOUND[key] = frozenset(row["id"] for row in rows)
    return FOUND[key]


#: Found once in this one season, because plain Python is slow.
FOUND: dict[tuple[str, str, Caller], frozenset[int]] = {}


def brute_force(world: World, role: str, name: str, grant: Grant) -> Reached:
    callers = holders_of(world, role)
    reached_by: set[int] = set()
    for caller in callers:
        allowed, denied = (
            set().union(*(found_by(world, scope, name, caller) for scope in scopes))
            for scopes in (grant.allow, grant.deny)
        )
        reached_by |= allowed - denied
    return Reached(len(callers), len(reached_by))


def scopes_on(name: str) -> list[str]:
    """The scopes of an object, those of one kind of unit also narrowed to some."""
    found = sorted(scopes_of(name))
    kinds = [(scope, kind) for scope in found if (kind := SCOPES[scope].unit)]
    return [*found, *(f"{scope}@{code}" for scope, kind in kinds for code in CODES[kind])]


OBJECTS_WITH_SCOPES = sorted({name for _, name in MEANINGS})


def test_the_season_has_holders_of_every_kind(world: World):
    assert {role: len(holders_of(world, role)) for role in HELD} == {
        "operator": 3,
        "counsellor": 3,
        "dorm_centre": 1,
        "supervisor": 2,
        "student": 2,
        "campus_app": 2,
        "office": 1,
        "leader": 0,
    }
    assert {each.token.items for each in holders_of(world, "campus_app")} == {
        frozenset({"BOOKS", "CARD"}),
        frozenset({"PARTY"}),
    }


@pytest.mark.parametrize("name", OBJECTS_WITH_SCOPES)
async def test_reaches_what_plain_python_reaches(world: World, name: str):
    for role, scope in product(HELD, scopes_on(name)):
        grant = Grant(frozenset({scope}))
        assert await reached(role, name, grant, NOW) == brute_force(world, role, name, grant), (role, scope)


@pytest.mark.parametrize("name", OBJECTS_WITH_SCOPES)
async def test_scopes_add_up(world: World, name: str):
    scopes = [scope for scope in scopes_on(name) if scope != "all"]
    for role in ("operator", "supervisor"):
        for pair in pairwise(scopes):
            grant = Grant(frozenset(pair))
            assert await reached(role, name, grant, NOW) == brute_force(world, role, name, grant), (role, pair)


def denials(name: str) -> Iterator[tuple[str, str, str]]:
    """Role, allowed and denied scope: each pair for one who holds units, and what tells people and tokens apart."""
    scopes = [scope for scope in scopes_on(name) if not scope.endswith(("@02", "@CWC"))]
    yield from product(["operator"], scopes, scopes)
    yield from product(["supervisor"], scopes, {"own_self", "own_students", "own_student_items"} & {*scopes})
    yield from product(["campus_app"], {"own_token_items"} & {*scopes}, scopes)


@pytest.mark.parametrize("name", OBJECTS_WITH_SCOPES)
async def test_without_what_is_denied(world: World, name: str):
    """What is denied to one holder may be reached by another."""
    for role, allow, deny in denials(name):
        grant = Grant(frozenset({allow}), frozenset({deny}))
        if deny == "own_token_items":
            expected = Reached(len(holders_of(world, role)), None, TOKEN_DENIED)
        else:
            expected = brute_force(world, role, name, grant)
        assert await reached(role, name, grant, NOW) == expected, (role, allow, deny)


async def test_two_denials_at_once(world: World):
    for allow in scopes_on("Sheet"):
        grant = Grant(frozenset({allow}), frozenset({"own_college", "own_department_students@TSG"}))
        assert await reached("operator", "Sheet", grant, NOW) == brute_force(world, "operator", "Sheet", grant)


async def test_what_is_denied_to_one_holder_another_reaches(world: World):
    everything = len(world.rows["Sheet"])
    denied = Grant(frozenset({"all"}), frozenset({"own_college"}))
    assert await reached("counsellor", "Sheet", denied, NOW) == Reached(3, everything)
    assert await reached("office", "Sheet", denied, NOW) == Reached(1, everything)


async def test_nothing_is_granted_or_nobody_holds_the_role(world: World):
    assert await reached("operator", "Sheet", None, NOW) == Reached(3, 0)
    assert await reached("leader", "Sheet", Grant(frozenset({"all"})), NOW) == Reached(0, 0)
    assert await reached("staff", "Sheet", Grant(frozenset({"all"})), NOW) == Reached(0, 0)


async def test_an_object_without_rows(world: World):
    assert await reached("office", "Api", Grant(frozenset({"all"})), NOW) == Reached(1, None, NO_ROWS)


async def test_too_many_groups_are_not_guessed_at(world: World, monkeypatch: pytest.MonkeyPatch):
    """Two supervisors are two groups where what is denied looks at the person; students of none are one."""
    denied = Grant(frozenset({"all"}), frozenset({"own_students"}))
    assert (await reached("supervisor", "Student", denied, NOW)).rows == len(world.rows["Student"]) - 1
    monkeypatch.setattr(room, "MOST_GROUPS", 1)
    assert await reached("supervisor", "Student", denied, NOW) == Reached(2, None, TOO_VARIED)
    by_unit = Grant(frozenset({"own_self"}), frozenset({"own_building"}))
    assert await reached("student", "Student", by_unit, NOW) == Reached(2, 3)
