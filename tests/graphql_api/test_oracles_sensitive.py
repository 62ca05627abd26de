"""A sensitive column is asked for by its whole value or not at all, and never in an address."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graphql_api.registry import Column, registry
from tests.api import OpenDesk, member
from tests.graphql_api.ways_to_ask import lists, members, ways

SENSITIVE = [(each.name, column) for each in registry() for column in each.columns.values() if column.note.sensitive]


@pytest.mark.parametrize(("name", "column"), SENSITIVE, ids=lambda given: getattr(given, "name", given))
def test_a_sensitive_column_can_only_be_asked_for_whole(name: str, column: Column):
    """No range, no part, no order, not in the search box: the schema has no words for it."""
    assert set(members(name)[column.graphql].fields) == {"eq"}
    assert not [way for way in ways(name, column.graphql) if "orderBy" in way.arguments]
    assert column.name not in {route.split("__")[-1] for route in registry()[name].entity.search if "__" not in route}


@pytest.mark.parametrize(("name", "column"), SENSITIVE, ids=lambda given: getattr(given, "name", given))
async def test_a_sensitive_value_is_in_no_address(api: OpenDesk, name: str, column: Column):
    """Not by GET, in the document or its variables, at any depth, not even for somebody who may match it."""
    await member("registrar", "registrar")
    desk = await api(as_="registrar")
    for way in ways(name, column.graphql):
        root = lists()[way.object]
        inside = f"{{ {root}(where: {literal(way.arguments['where'])}) {{ totalCount }} }}"
        beside = f"query ($where: {way.object}Filter) {{ {root}(where: $where) {{ totalCount }} }}"
        for sent in ({"query": inside}, {"query": beside, "variables": json.dumps(way.arguments)}):
            [error] = (await desk.http.get("/graphql", params=sent)).json()["errors"]
            assert error["extensions"]["code"] == "BAD_INPUT"
            assert error["extensions"]["params"] == {"problem": "IN_ADDRESS", "field": column.graphql}


def literal(value: Any) -> str:
    """A value as a GraphQL document writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(each)}" for name, each in value.items()) + "}"
    return f"[{', '.join(map(literal, value))}]" if isinstance(value, list) else json.dumps(value)
