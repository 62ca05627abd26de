"""Random questions for groups, asked in every role of a season of all kinds: the answer is what plain Python finds row
by row; and the sum of the groups is the list's own count."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from graphql_api.group_keys import keys_of, measures_of, numbers_of
from graphql_api.registry import registry
from tests.graphql_api.asking import Asker
from tests.graphql_api.groups_oracle import Asked, GroupsOracle, Refused, Row
from tests.graphql_api.knowing import EVERYBODY, Known
from tests.policies.season_of_all_kinds import World, make_world

QUESTIONS = 60
OBJECTS = (
    "Clearance",
    "Clearance",
    "Clearance",
    "Certificate",
    "Sheet",
    "Sheet",
    "Student",
    "Item",
    "Operation",
    "Event",
)


@pytest.fixture
async def world(database: Any) -> World:
    return await make_world()


Condition = tuple[str, Callable[[Row], bool]]


def conditions(world: World, object_name: str) -> list[Condition]:
    """Some filters with what they mean; of columns that everybody may look at who sees the rows."""
    sheets = {row["id"]: row for row in world.rows["Sheet"]}
    if object_name == "Clearance":
        return [
            ("status: {eq: PENDING}", lambda row: row["status"] == 1),
            ("status: {ne: PENDING}", lambda row: row["status"] != 1),
        ]
    if object_name == "Sheet":
        return [
            ("level: {eq: UG}", lambda row: row["level"] == "UG"),
            ("level: {in: [M, D]}", lambda row: row["level"] != "UG"),
        ]
    if object_name == "Certificate":
        return [
            ("status: {eq: PRINTED}", lambda row: sheets[row["sheet_id"]] is not None and row["status"] == "PRINTED")
        ]
    return []


def question(chance: random.Random, world: World) -> Asked:
    name = chance.choice(OBJECTS)
    keys = chance.sample(sorted(keys_of(name)), chance.randint(0, 3))
    extremes, numbers = sorted(measures_of(name)), sorted(numbers_of(name))
    possible = [f"{kind}.{each}" for kind in ("min", "max") for each in extremes]
    possible += [f"{kind}.{each}" for kind in ("sum", "avg", "median", "p90") for each in numbers]
    measures = chance.sample(possible, chance.choice((0, 0, 1, 2)))
    where = chance.sample(conditions(world, name), 1) if conditions(world, name) and chance.random() < 0.4 else []
    return Asked(name, tuple(keys), tuple(measures), tuple(where))


def document(asked: Asked) -> str:
    plural = f"{registry()[asked.object].singular}Groups"
    keys = [keys_of(asked.object)[name].graphql for name in asked.keys]
    shown = [f"key {{ {' '.join(keys)} }}"] if keys else []
    shown += [f"m{place}: {each.replace('.', ' { value: ')} }}" for place, each in enumerate(asked.measures)]
    where = f"where: {{ {', '.join(text for text, _ in asked.where)} }}, " if asked.where else ""
    return f"{{ {plural}({where}groupBy: [{' '.join(asked.keys)}]) {{ count {' '.join(shown)} }} }}"


async def answered(asker: Asker, asked: Asked) -> list[Row] | str:
    """The groups, flat; or the code of the one error."""
    data, errors = await asker.answer(document(asked))
    if errors:
        assert len(errors) == 1
        return str(errors[0]["code"])
    [groups] = data.values()
    return [
        {**group.get("key", {}), "count": group["count"]}
        | {each: group[f"m{place}"]["value"] for place, each in enumerate(asked.measures)}
        for group in groups
    ]


def sorted_rows(rows: Sequence[Row]) -> list[str]:
    return sorted(repr(sorted(row.items())) for row in rows)


@pytest.mark.parametrize("role", EVERYBODY)
async def test_groups_are_what_every_row_says(role: str, world: World) -> None:
    known = Known(world, role)
    oracle, chance = GroupsOracle(world, known.oracle), random.Random(role)  # the same questions every time
    for _ in range(QUESTIONS):
        asked = question(chance, world)
        try:
            expected: list[str] | str = sorted_rows(oracle.groups(asked))
        except Refused:
            expected = "FORBIDDEN"
        came = await answered(known.asker, asked)
        assert (came if isinstance(came, str) else sorted_rows(came)) == expected, document(asked)
        assert isinstance(came, str) or len(known.asker.sent) == 1, document(asked)


@pytest.mark.parametrize("role", EVERYBODY)
async def test_the_groups_of_a_reader_add_up_to_the_list(role: str, world: World) -> None:
    known = Known(world, role)
    chance = random.Random(role)  # the same questions every time
    for exposed in registry():
        if exposed.name not in known.readable:
            continue
        for name in chance.sample(sorted(keys_of(exposed.name)), 3):
            groups = await answered(known.asker, Asked(exposed.name, (name,)))
            if isinstance(groups, str):
                assert groups == "FORBIDDEN"
                continue
            listed = await known.asker.ask(f"{{ {exposed.plural} {{ totalCount }} }}")
            assert sum(group["count"] for group in groups) == listed[exposed.plural]["totalCount"], name
