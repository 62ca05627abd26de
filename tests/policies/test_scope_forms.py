"""The scopes as the API writes them: about many rows, about few, behind an alias, from what was kept: the same."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tortoise.expressions import Q
from tortoise.models import Model

from graphql_api.compared import OneOf
from graphql_api.conditions import QUERIES, Breadth, Place, criterion
from graphql_api.given import IDS
from graphql_api.statement import Statement
from models import database
from models.database_url import Dialect
from policies.caller import Caller, Unit
from policies.filters import FoundIn, Kept
from policies.scopes import filter_of
from tests.policies.season_of_all_kinds import World
from tests.policies.test_scopes import LARGE, MODEL, NARROWED, PAIRS, WHO, explained, meant

Written = tuple[str, list[Any]]


def written(model: type[Model], condition: Q, breadth: Breadth, *, alias: str = "", among: list[int] | None) -> Written:
    """`SELECT id … WHERE condition`; with an alias, on the second table of a join."""
    first = model._meta.basetable
    table = first.as_(alias) if alias else first
    query = QUERIES[database.dialect()].from_(first).select(table["id"])
    if alias:
        query = query.left_join(table).on(table["id"] == first["id"])
    if among is not None:
        query = query.where(OneOf(table["id"], IDS))
    query = query.where(criterion(Place(model, table, database.dialect(), breadth), condition))
    sql, values = query.get_parameterized_sql()
    return sql, Statement(sql, tuple(values)).filled((), among)


async def found(*statement: Any) -> list[int]:
    return sorted(row[0] for row in await database.fetch(*statement))


def forms(model: type[Model], condition: Q, among: list[int]) -> list[Written]:
    """About many and about few rows, each of the table itself and behind an alias."""
    breadths = (Breadth.MANY, Breadth.FEW)
    plain = [written(model, condition, breadth, among=among) for breadth in breadths]
    return [*plain, *(written(model, condition, breadth, alias="o0", among=among) for breadth in breadths)]


@pytest.mark.parametrize(("scope", "name"), [*PAIRS, *NARROWED])
async def test_every_form_finds_what_plain_python_finds(world: World, scope: str, name: str):
    model = MODEL[name]
    everyone = sorted(row["id"] for row in world.rows[name])
    for caller in (*(world.caller("operator", who) for who in WHO), world.holder_of_two()):
        kept = Kept(filter_of(scope, name, caller))
        rows = sorted(meant(world, scope.partition("@")[0], name, caller))
        if "@" in scope:  # what a narrowed scope means is measured elsewhere
            rows = sorted(await model.filter(kept).values_list("id", flat=True))
        others = sorted(set(everyone) - set(rows))
        for condition, right in ((kept, rows), (~Q(kept), others), (kept | ~kept, everyone)):
            assert [await found(*each) for each in forms(model, condition, everyone)] == [right] * 4


@pytest.mark.parametrize(("scope", "name"), [*PAIRS, *NARROWED])
async def test_a_few_rows_are_looked_up_by_index(world: World, scope: str, name: str):
    """Each by itself on SQLite, whatever the season holds."""
    kept = Kept(filter_of(scope, name, world.holder_of_two()))
    plan = await explained(*written(MODEL[name], kept, Breadth.FEW, among=[1, 2]))
    assert [table for table in LARGE if re.search(rf"(Seq Scan on|SCAN) {table}\b", plan)] == [], plan


def test_a_kept_text_holds_no_value_of_its_caller(world: World):
    units = frozenset(Unit(kind, 987654321, "15") for kind in ("college", "department", "building"))
    caller = Caller(987654321, "x", "x", "operator", units)
    for scope, name in PAIRS:
        kept = Kept(filter_of(scope, name, caller))
        for breadth in Breadth:
            sql, _ = written(MODEL[name], kept, breadth, among=None)
            assert "987654321" not in sql
        assert "987654321" not in "".join(piece for text in kept.texts.values() for piece in text.pieces)  # type: ignore[attr-defined]  # the API keeps its own texts


def test_a_text_is_written_once_for_each_kind_of_place(world: World):
    kept = Kept(filter_of("own_college", "Clearance", world.caller()))
    texts = []
    for _ in range(2):
        forms(MODEL["Clearance"], kept, [1])
        texts.append(list(kept.texts.values()))
    assert len(texts[0]) == 4  # about many rows or few, with the name of the table or without
    assert all(one is other for one, other in zip(*texts, strict=True))


async def test_the_filter_of_an_act_is_bound_to_no_connection(world: World):
    """One that is kept between requests is used in the transactions of many."""
    [*_, condition] = filter_of("own_college", "Clearance", world.caller()).children
    assert isinstance(condition, FoundIn)
    async with database.transaction():
        inside = await MODEL["Clearance"].filter(condition).count()
    assert await MODEL["Clearance"].filter(condition).count() == inside
    [rows] = [each.query for each in condition.filters.values()]
    assert rows._db is None


async def test_a_scope_about_few_rows_is_asked_of_each_on_sqlite_alone(world: World):
    kept = Kept(filter_of("own_college_leavers", "Student", world.caller()))
    few, _ = written(MODEL["Student"], kept, Breadth.FEW, among=[1])
    many, _ = written(MODEL["Student"], kept, Breadth.MANY, among=[1])
    assert ("EXISTS" in few) == (database.dialect() is Dialect.SQLITE)
    assert "EXISTS" not in many
