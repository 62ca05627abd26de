"""Every (scope, object) pair: the rows plain Python finds, none without units, none lost by negating, by index."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tortoise.expressions import Q
from tortoise.models import Model

import models
from models import database
from models.database_url import Dialect
from policies.caller import Caller
from policies.scopes import EVERYTHING, NOTHING, SCOPES, filter_of, scopes_of
from tests.policies.scope_oracle import MEANINGS
from tests.policies.season_of_all_kinds import World

MODEL = {model.__name__: model for model in models.ALL}
PAIRS = [(scope.name, name) for scope in SCOPES.values() for name in scope.filters if scope.name != "all"]
WHO = ("clerk", "supervisor", "leaver")

#: The tables that grow with every season: a scope narrower than "everybody" must find its rows there by an index.
LARGE = ("student", "sheet", "clearance", "certificate", "event", "supervision", "sync_observation", "operation")
WIDE = ("all_but_cancelled", "all_but_final", "all_staff")


async def ids(model: type[Model], condition: Q) -> set[int]:
    found = await model.filter(condition).values_list("id", flat=True)
    assert len(found) == len(set(found)), "a join counted a row several times"
    return {int(str(each)) for each in found}


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
        meant = {row["id"] for row in world.rows[name] if MEANINGS[scope, name](world, caller, row)}
        assert await ids(MODEL[name], filter_of(scope, name, caller)) == meant
        different.add(frozenset(meant))
    everyone = frozenset(row["id"] for row in world.rows[name])
    assert different - {frozenset(), everyone}, "the season shows no row that tells this scope from all or from none"


@pytest.mark.parametrize(("scope", "name"), PAIRS)
async def test_loses_no_row_by_negating(world: World, scope: str, name: str):
    for who in WHO:
        condition, model = filter_of(scope, name, world.caller("operator", who)), MODEL[name]
        total = await model.all().count()
        assert await model.filter(condition).count() + await model.filter(~condition).count() == total


@pytest.mark.parametrize(("scope", "name"), PAIRS)
async def test_is_no_row_without_units(world: World, scope: str, name: str):
    """Nobody's account, no college, department, building or token: nothing but what is open to all is found."""
    stranger = Caller(0, "nobody", "nobody", "operator")
    found = await ids(MODEL[name], filter_of(scope, name, stranger))
    if scope in WIDE:
        assert found == {row["id"] for row in world.rows[name] if MEANINGS[scope, name](world, stranger, row)}
    else:
        assert found == set()


@pytest.mark.parametrize(("scope", "name"), PAIRS)
async def test_lies_inside_the_scopes_it_claims(world: World, scope: str, name: str):
    caller = world.caller()
    rows = await ids(MODEL[name], filter_of(scope, name, caller))
    for wider in SCOPES[scope].inside & scopes_of(name):
        assert rows <= await ids(MODEL[name], filter_of(wider, name, caller))


@pytest.mark.parametrize(("scope", "name"), [pair for pair in PAIRS if pair[0] not in WIDE])
async def test_finds_its_rows_by_index(world: World, scope: str, name: str):
    query = MODEL[name].filter(filter_of(scope, name, world.caller())).values("id")
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
    assert await ids(MODEL["Batch"], NOTHING) == set()
    assert len(await ids(MODEL["Batch"], ~NOTHING)) == len(world.rows["Batch"])
