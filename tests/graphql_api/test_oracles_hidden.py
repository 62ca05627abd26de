"""A column that a role reads on some rows says nothing about the others: their values change no answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from graphql_api.registry import Column, registry
from tests.graphql_api.knowing import EVERYBODY, Known
from tests.graphql_api.ways_to_ask import ways
from tests.policies.policy_oracle import MODEL, fields
from tests.policies.season_of_all_kinds import World, make_world


@pytest.fixture
async def own_world(database: Any) -> World:
    """A season of all kinds, to change."""
    return await make_world()


@pytest.mark.parametrize("role", EVERYBODY)
async def test_a_hidden_value_changes_no_answer(own_world: World, role: str):
    """Where a role reads a column on some of its rows, the others' values are changed: all answers stay the same."""
    known = Known(own_world, role)
    for name in sorted(known.readable):
        for column in registry()[name].columns.values():
            shown = known.oracle.permitted(name, "read", column.name) if column.name in fields(name) else frozenset()
            hidden = known.seen(name) - shown
            if not shown or not hidden:
                continue
            asked = [way for way in ways(name, column.graphql) if way.object in known.readable]
            before = [await known.answered(way) for way in asked]
            await change(own_world, name, column, hidden)
            for way, answer in zip(asked, before, strict=True):
                assert await known.answered(way) == answer, way.words


async def change(world: World, name: str, column: Column, rows: frozenset[int]) -> None:
    """Another value on each of these rows, by turns one that the questions of `ways` look for."""
    for row_id in rows:
        present = world.one(name, row_id)[column.name]
        values = [each for each in _values(column) if each != present]
        await MODEL[name].filter(id=row_id).update(**{column.name: values[row_id % len(values)]})


def _values(column: Column) -> list[Any]:
    if column.choices is not None:
        return list(column.choices)[:2]
    values: dict[str, list[Any]] = {
        "TEXT": ["x", "xy", "w"],
        "NUMBER": [7, 8, 6],
        "YES_NO": [True, False],
        "MOMENT": [datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)],
    }
    return values[column.kind.name]
