"""Nothing that a role may not read can be found out by asking around it: by filters, search, order, counts or lists.

The questions are read from the schema (`ways_to_ask`), the roles from the shipped table, and what a role may see is
worked out by plain Python (`tests.policies.policy_oracle`): a new column, relation or role is asked about by itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from graphql_api import ids
from graphql_api.registry import registry
from models import database
from tests.fresh_databases import FreshDatabases
from tests.graphql_api.knowing import EVERYBODY, Known
from tests.graphql_api.ways_to_ask import Way, lists, members, nested_lists, ways
from tests.policies.season_of_all_kinds import World, make_world


@pytest.fixture(scope="module")
async def world(fresh_databases: FreshDatabases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A season of all kinds, to look at."""
    await database.connect(await fresh_databases.make_migrated(tmp_path_factory.mktemp("oracles")))
    yield await make_world()
    await database.disconnect()


# --- by what nobody granted


@pytest.mark.parametrize("role", EVERYBODY)
async def test_nobody_asks_by_a_field_that_he_may_not_read(world: World, role: str):
    """Filters with every operator, negated, combined, through relations and lists, and orders: each is refused."""
    known = Known(world, role)
    answered = []
    for name in lists():
        for each in known.unreadable(name):
            for way in ways(name, each):
                if way.object not in known.readable:
                    continue  # a list that he may not see at all
                answer = await known.answered(way, "totalCount")
                if answer.get("code") != "FORBIDDEN":
                    answered.append(way.words)
    assert answered == []


@pytest.mark.parametrize("role", EVERYBODY)
async def test_a_search_finds_nothing_by_a_column_that_may_not_be_read(world: World, role: str):
    known = Known(world, role)
    for exposed in registry():
        if not exposed.entity.search or exposed.name not in known.readable:
            continue
        for column, text in hidden_texts(known, exposed.name):
            document = f"query ($text: String) {{ {exposed.plural}(search: $text) {{ totalCount }} }}"
            data, errors = await known.asker.answer(document, text=text)
            if errors:
                assert errors[0]["code"] == "FORBIDDEN"
            else:
                assert data[exposed.plural]["totalCount"] == 0, f"{exposed.name} by {column}: {text}"


def hidden_texts(known: Known, object_name: str) -> list[tuple[str, str]]:
    """Values of the searched columns that the role may read on no row, and that no column holds which it may read."""
    found: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
    for route in registry()[object_name].entity.search:
        *relations, last = route.split("__")
        target = object_name
        readable = True
        for relation in relations:
            readable = readable and known.oracle.granted(target, "read", relation)
            target = registry()[target].ones[relation].target
        found[readable and known.oracle.granted(target, "read", last)] += [
            (route, row[last]) for row in known.world.rows[target] if row[last]
        ]
    readable_texts = "\n".join(text for _, text in found[True])
    return [(route, text) for route, text in found[False] if text not in readable_texts]


# --- counts, totals and lists


@pytest.mark.parametrize("role", EVERYBODY)
async def test_counts_and_lists_hold_the_rows_in_scope_and_no_others(world: World, role: str):
    known = Known(world, role)
    for name in lists():
        answer = await known.answered(Way(name, {}, "all"))
        if name not in known.readable:
            assert answer["code"] == "FORBIDDEN"
            continue
        assert {ids.decode(name, each["id"], "id") for each in answer["nodes"]} == known.seen(name)
        assert answer["totalCount"] == len(known.seen(name))
        outside = [row["id"] for row in world.rows[name] if row["id"] not in known.seen(name)]
        for condition in ({"in": [ids.encode(name, each) for each in outside]}, {"eq": ids.encode(name, 10**6)}):
            answer = await known.answered(Way(name, {"where": {"id": condition}}, "by id"))
            assert (answer["totalCount"], answer["nodes"]) == (0, [])


@pytest.mark.parametrize("role", EVERYBODY)
async def test_conditions_on_relations_count_only_what_is_in_scope(world: World, role: str):
    """`{}` through a relation or a list asks whether there is a row: only one that the role sees counts."""
    known = Known(world, role)
    for name in sorted(known.readable):
        for each, kind in members(name).items():
            if each in registry()[name].columns or kind.name.endswith("Operators"):
                continue
            listed = kind.name.endswith("ListFilter")
            way = Way(name, {"where": {each: {"some": {}} if listed else {}}}, each)
            answer = await known.answered(way)
            if "code" in answer:
                assert answer["code"] == "FORBIDDEN"
                continue
            assert answer["totalCount"] == len(related(known, name, each, listed=listed)), f"{name}.{each}"


@pytest.mark.parametrize("role", EVERYBODY)
async def test_nested_lists_hold_no_row_out_of_scope(world: World, role: str):
    known = Known(world, role)
    for name in sorted(known.readable):
        for each, target in nested_lists(name).items():
            answer = await known.answered(Way(name, {}, each), f"nodes {{ id {each} {{ id }} }}")
            if "code" in answer:
                assert answer["code"] == "FORBIDDEN"
                continue
            shown = [ids.decode(target, row["id"], "id") for node in answer["nodes"] for row in node[each]]
            many = registry()[name].lists[registry()[name].members[each].name]
            held = known.oracle.permitted(target, "read", many.relation)
            owners = known.seen(name)
            meant = [row["id"] for row in known.world.rows[target] if row["id"] in held and row[many.column] in owners]
            assert sorted(shown) == sorted(meant), f"{name}.{each}"


def related(known: Known, name: str, member: str, *, listed: bool) -> set[int]:
    """The rows in scope that have a row in scope at the other end of a relation that may be looked at."""
    exposed = registry()[name]
    if not listed:
        one = exposed.ones[exposed.members[member].name]
        looked_at = known.oracle.permitted(name, "read", one.name) | known.oracle.permitted(name, "match", one.name)
        there = known.seen(one.target)
        return {row["id"] for row in known.world.rows[name] if row["id"] in looked_at and row[one.column] in there}
    many = exposed.lists[exposed.members[member].name]
    held = known.oracle.permitted(many.target, "read", many.relation)
    found = {row[many.column] for row in known.world.rows[many.target] if row["id"] in held}
    return found & known.seen(name)
