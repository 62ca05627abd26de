"""Every (scope, object) pair: the rows plain Python finds, none without units, none lost by negating, by index."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from tortoise.expressions import Q
from tortoise.models import Model

import models
from models import database
from models.database_url import Dialect
from policies.caller import Caller
from policies.scopes import EVERYTHING, NOTHING, SCOPES, Scope, filter_of, lies_inside, scope_named, scopes_of
from tests.policies.scope_oracle import MEANINGS, meaning
from tests.policies.season_of_all_kinds import World

MODEL = {model.__name__: model for model in models.ALL}
PAIRS = [(scope.name, name) for scope in SCOPES.values() for name in scope.filters if scope.name != "all"]
WHO = ("clerk", "supervisor", "leaver")

#: Units of the season, two of each kind, the first of them the caller's; and one that there is not.
CODES = {"college": ("15", "02"), "department": ("TSG", "CWC"), "building": ("BAMBOO3", "PINE1")}
NARROWED = [
    (f"{scope.name}@{code}", name)
    for scope in SCOPES.values()
    if scope.unit
    for code in CODES[scope.unit]
    for name in scope.filters
]

#: The tables that grow with every season: a scope narrower than "everybody" must find its rows there by an index.
LARGE = ("student", "sheet", "clearance", "certificate", "event", "supervision", "sync_observation", "operation")
WIDE = ("all_but_cancelled", "all_but_final", "all_staff", "own_or_shared", "all_shared")


async def ids(model: type[Model], condition: Q) -> set[int]:
    found = await model.filter(condition).values_list("id", flat=True)
    assert len(found) == len(set(found)), "a join counted a row several times"
    return {int(str(each)) for each in found}


def meant(world: World, scope: str, name: str, caller: Caller) -> set[int]:
    """The rows that plain Python finds."""
    means = meaning(scope, name)
    return {row["id"] for row in world.rows[name] if means(world, caller, row)}


def test_every_pair_has_a_meaning_to_be_measured_against():
    assert set(PAIRS) == set(MEANINGS)


def test_all_is_no_condition():
    assert filter_of("all", "Sheet", Caller(1, "x", "x", "office")) is EVERYTHING
    assert not EVERYTHING


@pytest.mark.parametrize(("scope", "name"), PAIRS)
async def test_finds_what_plain_python_finds(world: World, scope: str, name: str):
    different = set()
    for who in WHO:
        caller = world.caller("supervisor" if who == "supervisor" else "operator", who)
        rows = meant(world, scope, name, caller)
        assert await ids(MODEL[name], filter_of(scope, name, caller)) == rows
        different.add(frozenset(rows))
    everyone = frozenset(row["id"] for row in world.rows[name])
    assert different - {frozenset(), everyone}, "the season shows no row that tells this scope from all or from none"


@pytest.mark.parametrize(("scope", "name"), NARROWED)
async def test_narrowed_to_a_unit_finds_what_plain_python_finds(world: World, scope: str, name: str):
    """For whoever holds that unit among others, alone, or not at all."""
    base, _, code = scope.partition("@")
    two, one = world.holder_of_two(), world.caller()
    rows = meant(world, scope, name, two)
    assert await ids(MODEL[name], filter_of(scope, name, two)) == rows
    assert rows <= meant(world, base, name, two)
    held = code in one.codes(SCOPES[base].unit or "")
    assert await ids(MODEL[name], filter_of(scope, name, one)) == (meant(world, base, name, one) if held else set())


@pytest.mark.parametrize("scope", [scope for scope in SCOPES.values() if scope.unit], ids=lambda scope: scope.name)
async def test_the_season_tells_a_narrowed_scope_from_the_whole_one(world: World, scope: Scope):
    """On some object at least; else the brute force above would measure nothing."""
    caller, codes = world.holder_of_two(), CODES[scope.unit or ""]
    narrowed = [meant(world, f"{scope.name}@{code}", name, caller) for code in codes for name in scope.filters]
    assert any(narrowed)
    whole = [meant(world, scope.name, name, caller) for _ in codes for name in scope.filters]
    assert narrowed != whole


@pytest.mark.parametrize(("scope", "name"), [*PAIRS, *NARROWED])
async def test_loses_no_row_by_negating(world: World, scope: str, name: str):
    for caller in (*(world.caller("operator", who) for who in WHO), world.holder_of_two()):
        condition, model = filter_of(scope, name, caller), MODEL[name]
        total = await model.all().count()
        assert await model.filter(condition).count() + await model.filter(~condition).count() == total


@pytest.mark.parametrize(("scope", "name"), [*PAIRS, *NARROWED])
async def test_is_no_row_without_units(world: World, scope: str, name: str):
    """Nobody's account, no college, department, building or token: nothing but what is open to all is found."""
    stranger = Caller(0, "nobody", "nobody", "operator")
    found = await ids(MODEL[name], filter_of(scope, name, stranger))
    if scope in WIDE:
        assert found == meant(world, scope, name, stranger)
    else:
        assert found == set()


@pytest.mark.parametrize(("scope", "name"), [*PAIRS, *NARROWED])
async def test_lies_inside_the_scopes_it_claims(world: World, scope: str, name: str):
    for caller in (world.caller(), world.holder_of_two()):
        rows = await ids(MODEL[name], filter_of(scope, name, caller))
        for wider in lies_inside(scope):
            if wider.partition("@")[0] in scopes_of(name):
                assert rows <= await ids(MODEL[name], filter_of(wider, name, caller))


@pytest.mark.parametrize(("scope", "name"), [pair for pair in (*PAIRS, *NARROWED) if pair[0] not in WIDE])
async def test_finds_its_rows_by_index(world: World, scope: str, name: str):
    query = MODEL[name].filter(filter_of(scope, name, world.holder_of_two())).values("id")
    query._choose_db_if_not_chosen()
    query._make_query()
    plan = await explained(*query.query.get_parameterized_sql())
    read_whole = [table for table in LARGE if re.search(rf"(Seq Scan on|SCAN) {table}\b(?! USING)", plan)]
    assert read_whole == [], plan


async def explained(sql: str, values: list[Any]) -> str:
    """The plan. PostgreSQL reads any small table whole unless it is told not to where an index would do."""
    if database.dialect() is Dialect.SQLITE:
        return "\n".join(str(row[3]) for row in await database.fetch(f"EXPLAIN QUERY PLAN {sql}", values))
    async with database.transaction():
        await database.execute("SET LOCAL enable_seqscan = off")
        return "\n".join(str(row[0]) for row in await database.fetch(f"EXPLAIN {sql}", values))


async def test_students_do_not_see_a_batch_in_preparation(world: World):
    sheets = await ids(MODEL["Sheet"], filter_of("own_self", "Sheet", world.caller("student", "leaver")))
    shown = [world.one("Sheet", each) for each in sorted(sheets)]
    assert [world.one("Batch", sheet["batch_id"])["code"] for sheet in shown] == [
        "2026-06",
        "2026-06",
        "2025-06",
        "2024-06",
    ]


async def test_party_items_never_hold_the_final_one(world: World):
    rows = await ids(MODEL["Clearance"], filter_of("own_college_party_items", "Clearance", world.caller()))
    items = [world.one("Item", world.one("Clearance", each)["item_id"]) for each in rows]
    assert {(item["code"], item["kind"].value) for item in items} == {("PARTY", "NORMAL")}


async def test_a_department_with_nothing_but_a_hint_has_no_students(world: World):
    caller = world.caller(units=frozenset({world.unit("it")}))
    assert await ids(MODEL["Sheet"], filter_of("own_department_students", "Sheet", caller)) == set()


async def test_own_acts_are_those_of_the_acting_role(world: World):
    acts = MODEL["Operation"]
    assert await ids(acts, filter_of("own_self", "Operation", world.caller("operator"))) == {1}
    assert await ids(acts, filter_of("own_self", "Operation", world.caller("counsellor"))) == {2}


async def test_the_same_filter_may_be_used_again(world: World):
    condition = filter_of("own_college", "Clearance", world.caller())
    assert await ids(MODEL["Clearance"], condition) == await ids(MODEL["Clearance"], condition)


async def test_an_undeclared_pair_is_no_row(world: World):
    caller = world.caller()
    assert filter_of("own_building", "Batch", caller) is NOTHING
    assert filter_of("own_planet", "Sheet", caller) is NOTHING
    assert filter_of("own_building@BAMBOO3", "Batch", caller) is NOTHING
    assert await ids(MODEL["Batch"], NOTHING) == set()
    assert len(await ids(MODEL["Batch"], ~NOTHING)) == len(world.rows["Batch"])


# --- narrowed to one unit


def test_a_narrowed_scope_lies_inside_the_whole_one_and_what_that_lies_inside():
    assert lies_inside("own_college_party_items@15") == {
        "own_college_party_items@15",
        "own_college_party_items",
        "own_college_items@15",
        "own_college_items",
        "own_college@15",
        "own_college",
        "all",
    }
    assert lies_inside("own_building@PINE1") == {"own_building@PINE1", "own_building", "all"}


def test_a_narrowed_scope_says_what_it_is():
    found = scope_named("own_department_students@TSG")
    assert found is not None
    assert (found.base, found.unit, found.code) == ("own_department_students", "department", "TSG")
    assert set(found.filters) == set(SCOPES["own_department_students"].filters)
    assert (found.label.zh, found.label.en) == (
        "本部门环节涉及的学生(TSG)",
        "Students of own department's items (TSG)",
    )
    whole = scope_named("own_department_students")
    assert whole is SCOPES["own_department_students"]
    assert (whole.base, whole.unit, whole.code) == ("own_department_students", "department", None)


def test_which_scopes_depend_on_a_unit():
    assert {scope.name: scope.unit for scope in SCOPES.values() if scope.unit} == {
        "own_college": "college",
        "own_college_leavers": "college",
        "own_college_items": "college",
        "own_college_party_items": "college",
        "own_college_supervisor_items": "college",
        "own_department": "department",
        "own_department_items": "department",
        "own_department_students": "department",
        "own_building": "building",
    }


@pytest.mark.parametrize("code", ["15", "TSG", "A-1", "x.y_z", "学院", "1234567890123456"])
def test_what_a_code_may_look_like(code: str):
    found = scope_named(f"own_college@{code}")
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    "name",
    [
        "@",
        "@15",
        "",
        "all@X",
        "all_staff@15",
        "own_self@X",
        "own_students@X",
        "own_token_items@BOOKS",
        "own_planet@15",
        "own_college@",
        "own_college@@15",
        "own_college@15@15",
        "own_college@15|all",
        "own_college@ 15",
        "own_college@15\n",
        "own_college@*",
        "own_college@%",
        "own_college@12345678901234567",
        "x@' OR 1",
        "own_college@' OR 1=1 --",
        "own_college@True) || (True",
        "OWN_COLLEGE@15",
    ],
)
async def test_what_is_no_scope_finds_no_row(world: World, name: str):
    assert scope_named(name) is None
    assert filter_of(name, "College", world.holder_of_two()) is NOTHING
    assert lies_inside(name) == {name}


async def test_a_unit_of_another_kind_with_the_same_code_is_another_unit(world: World):
    library = world.unit("library")
    named_alike = replace(world.unit("college"), code=library.code)
    caller = world.caller(units=frozenset({named_alike}))
    assert filter_of(f"own_department@{library.code}", "Item", caller) is NOTHING
    assert await ids(MODEL["College"], filter_of(f"own_college@{library.code}", "College", caller)) == {named_alike.id}
