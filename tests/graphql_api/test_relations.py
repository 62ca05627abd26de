"""What stands below a row is what its reader may see there: every relation of the schema, each role, one step and two.

What that is, plain Python works out over the loaded rows (`tests.policies.policy_oracle`). A new relation is asked
about by itself. Which lists hold rows out of scope is looked at in `test_oracles`, too; here each row has its owner.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from graphql_api import ids
from graphql_api.registry import Exposed, ToMany, ToOne, registry
from models import ALL, PolicyVersion, database
from tests.fresh_databases import FreshDatabases
from tests.graphql_api.knowing import EVERYBODY, Known
from tests.policies.season_of_all_kinds import World, make_world

Relation = ToOne | ToMany

#: Relations along which nobody comes to a row: who sees a student's account does not see the student.
UNSEEN = ["Student.user"]


@pytest.fixture(scope="module")
async def world(fresh_databases: FreshDatabases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A season of all kinds, to look at, in which half of the relations that are empty lead somewhere."""
    await database.connect(await fresh_databases.make_migrated(tmp_path_factory.mktemp("relations")))
    made = await make_world()
    await PolicyVersion.create(number=1, author_id=made.ids["clerk"], body="{}", sha256="x")
    for exposed in registry():
        for one in exposed.ones.values():
            if exposed.name != "Event":  # which nothing changes, and which has some of each
                await fill(exposed.table, one.column, registry()[one.target].table)
    yield World({model.__name__: await model.all().values() for model in ALL}, made.ids)
    await database.disconnect()


async def fill(table: str, column: str, target: str) -> None:
    await database.execute(
        f"UPDATE {table} SET {column} = (SELECT max(id) FROM {target}) WHERE {column} IS NULL AND id % 2 = 0"
    )


def all_relations(exposed: Exposed) -> list[Relation]:
    return [*exposed.ones.values(), *exposed.lists.values()]


def relations(known: Known, exposed: Exposed) -> list[Relation]:
    """Those that the table lets the role ask for: the relation itself, and anything of what it leads to."""
    return [each for each in all_relations(exposed) if each.target in known.readable and _granted(known, exposed, each)]


def _granted(known: Known, exposed: Exposed, relation: Relation) -> bool:
    if isinstance(relation, ToMany):
        return known.oracle.granted(relation.target, "read", relation.relation)
    return known.oracle.granted(exposed.name, "read", relation.name)


def meant(known: Known, exposed: Exposed, relation: Relation, row: dict[str, Any]) -> list[int]:
    """The rows at the other end that somebody who sees `row` sees there."""
    if isinstance(relation, ToMany):
        held = known.oracle.permitted(relation.target, "read", relation.relation)
        there = known.world.rows[relation.target]
        return sorted(each["id"] for each in there if each[relation.column] == row["id"] and each["id"] in held)
    looked_at = row["id"] in known.oracle.permitted(exposed.name, "read", relation.name)
    target = row[relation.column]
    return [target] if looked_at and target in known.seen(relation.target) else []


def shown(relation: Relation, found: Any) -> list[dict[str, Any]]:
    """What an answer holds there, as a list in either case."""
    return found if isinstance(relation, ToMany) else [found] if found else []


def numbers(name: str, rows: Iterable[dict[str, Any]]) -> list[int]:
    return sorted(ids.decode(name, each["id"], "id") for each in rows)


def columns(known: Known, exposed: Exposed) -> list[str]:
    """The columns of an object that the role may read on some row, by the names of the model."""
    return [name for name in exposed.columns if name not in ("id", "version") and _read(known, exposed, name)]


def _read(known: Known, exposed: Exposed, name: str) -> bool:
    return known.oracle.granted(exposed.name, "read", name)


@pytest.mark.parametrize("role", EVERYBODY)
async def test_a_relation_leads_to_what_may_be_seen_there(world: World, role: str) -> None:
    """Each row has its own rows below it and no other; of each only the cells that may be read."""
    known = Known(world, role)
    for exposed in registry():
        if exposed.name not in known.readable:
            continue
        for relation in relations(known, exposed):
            target = registry()[relation.target]
            cells = columns(known, target)
            inner = " ".join(["id", *(target.columns[name].graphql for name in cells)])
            document = f"{{ {exposed.plural}(first: 1000) {{ nodes {{ id {relation.graphql} {{ {inner} }} }} }} }}"
            nodes = (await known.asker.ask(document))[exposed.plural]["nodes"]
            assert numbers(exposed.name, nodes) == sorted(known.seen(exposed.name))
            for node in nodes:
                row = world.one(exposed.name, ids.decode(exposed.name, node["id"], "id"))
                below = shown(relation, node[relation.graphql])
                what = f"{exposed.name} {row['id']}: {relation.graphql}"
                assert numbers(target.name, below) == meant(known, exposed, relation, row), what
                assert wrong_cells(known, target, cells, below) == [], what


def wrong_cells(known: Known, target: Exposed, cells: list[str], rows: list[dict[str, Any]]) -> list[str]:
    """Cells that are shown and may not be read, or hidden and may."""
    wrong = []
    for each in rows:
        number = ids.decode(target.name, each["id"], "id")
        row = known.world.one(target.name, number)
        for name in cells:
            visible = number in known.oracle.permitted(target.name, "read", name) and row[name] is not None
            if visible is (each[target.columns[name].graphql] is None):
                wrong.append(f"{target.name} {number}.{name}")
    return wrong


@pytest.mark.parametrize("role", EVERYBODY)
async def test_the_second_step_is_narrowed_like_the_first(world: World, role: str) -> None:
    """From each row along every relation, and on along every relation of what is there."""
    known = Known(world, role)
    for exposed in registry():
        if exposed.name not in known.readable:
            continue
        for relation in relations(known, exposed):
            target = registry()[relation.target]
            further = relations(known, target)
            if not further:
                continue
            inner = " ".join(f"{each.graphql} {{ id }}" for each in further)
            document = f"{{ {exposed.plural}(first: 100) {{ nodes {{ {relation.graphql} {{ id {inner} }} }} }} }}"
            for node in (await known.asker.ask(document))[exposed.plural]["nodes"]:
                for there in shown(relation, node[relation.graphql]):
                    row = world.one(target.name, ids.decode(target.name, there["id"], "id"))
                    for each in further:
                        found = numbers(each.target, shown(each, there[each.graphql]))
                        assert found == meant(known, target, each, row), f"{exposed.name} {relation.graphql} {each}"


@pytest.mark.parametrize("role", EVERYBODY)
async def test_a_relation_that_is_not_granted_is_refused(world: World, role: str) -> None:
    known = Known(world, role)
    for exposed in registry():
        if exposed.name not in known.readable:
            continue
        permitted = relations(known, exposed)
        for relation in all_relations(exposed):
            if relation not in permitted:
                error = await known.asker.refused(
                    f"{{ {exposed.plural} {{ nodes {{ {relation.graphql} {{ id }} }} }} }}"
                )
                assert error["code"] == "FORBIDDEN", f"{exposed.name}.{relation.graphql}"


def test_every_relation_is_seen_by_somebody(world: World) -> None:
    """That the comparisons are not of nothing."""
    everybody = [Known(world, role) for role in EVERYBODY]
    unseen = [
        f"{exposed.name}.{relation.graphql}"
        for exposed in registry()
        for relation in all_relations(exposed)
        if not any(leads_somewhere(known, exposed, relation) for known in everybody)
    ]
    assert unseen == UNSEEN


def leads_somewhere(known: Known, exposed: Exposed, relation: Relation) -> bool:
    rows = [row for row in known.world.rows[exposed.name] if row["id"] in known.seen(exposed.name)]
    return relation in relations(known, exposed) and any(meant(known, exposed, relation, row) for row in rows)
