"""Runs a plan: the only module of the API that reads rows of the models. One statement for each node, on PostgreSQL one
for all of them, whatever the number of rows; what stands in the rows is shown by `emitter`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from tortoise.expressions import Q

from graphql_api.context import Context
from graphql_api.plan import Node
from graphql_api.registry import Exposed
from graphql_api.statement import Statement, count_statement
from graphql_api.whole import whole_of
from models import database
from models.database import Row
from models.database_url import Dialect


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a plan, which may serve many requests: who asks, and what fills the holes of the statements."""

    context: Context
    values: Sequence[Any] = ()


@dataclass(slots=True)
class Loaded:
    """The rows of a node as the database gave them, with those of its relations. A row is read by place: the node's
    `names`, its masks, then the order keys where asked for. `more`: whether rows follow beyond the page."""

    node: Node
    rows: list[Row]
    more: bool = False
    ones: dict[str, Loaded] = field(default_factory=dict)
    lists: list[Loaded] = field(default_factory=list)
    computed: dict[str, Mapping[int, Any]] = field(default_factory=dict)


async def load(node: Node, run: Run, *, ids: list[int] | None = None, most: int | None = None) -> Loaded:
    """The rows that the node asks for, of these `ids` where it is about some, `most` of them, and everything below."""
    if node.rows is None:
        return nothing(node)
    dialect = database.dialect()
    whole = whole_of(node, dialect)
    if whole is not None:
        return await _at_once(node, whole, run, ids, most)
    return await _step_by_step(node, run, ids, most, dialect)


async def _at_once(node: Node, whole: Statement, run: Run, ids: list[int] | None, most: int | None) -> Loaded:
    [texts] = await database.fetch_plain(whole.text, whole.filled(run.values, ids))
    rows = (orjson.loads(text) if text else [] for text in texts)
    loaded = _taken(node, rows)
    _cut(loaded, most)
    await _compute(loaded, run)
    return loaded


def _taken(node: Node, rows: Iterator[list[Row]]) -> Loaded:
    """The next node's rows, and those of all below it: in the order of `whole.nodes_of`."""
    if node.rows is None:
        return nothing(node)
    loaded = Loaded(node, next(rows))
    for relation, child in node.ones.items():
        loaded.ones[relation] = _taken(child, rows)
    for listing in node.lists:
        loaded.lists.append(_taken(listing.node, rows))
    return loaded


async def _compute(loaded: Loaded, run: Run) -> None:
    own = [row[0] for row in loaded.rows]
    for name, entry in loaded.node.computed.items():
        loaded.computed[name] = await entry.answer(own, run.context) if own else {}
    for each in (*loaded.ones.values(), *loaded.lists):
        await _compute(each, run)


def _cut(loaded: Loaded, most: int | None) -> None:
    """To the size of the page; one row more was asked for, to know whether there are more."""
    loaded.more = most is not None and len(loaded.rows) > most
    if loaded.more:
        loaded.rows = loaded.rows[:most]
    if loaded.node.asked is not None and loaded.node.asked.backwards:
        loaded.rows.reverse()


async def _step_by_step(node: Node, run: Run, ids: list[int] | None, most: int | None, dialect: Dialect) -> Loaded:
    if node.rows is None:
        return nothing(node)
    statement = node.statement(ids, dialect)
    rows = await database.fetch_plain(statement.text, statement.filled(run.values, ids))
    loaded = Loaded(node, rows)
    _cut(loaded, most)
    return await _completed(loaded, run, dialect)


def nothing(node: Node, *, more: bool = False) -> Loaded:
    """No rows, without asking."""
    return Loaded(
        node,
        [],
        more,
        {name: nothing(child) for name, child in node.ones.items()},
        [nothing(each.node) for each in node.lists],
        {name: {} for name in node.computed},
    )


async def count(exposed: Exposed, conditions: Sequence[Q]) -> int:
    """How many rows fulfil all conditions, none of which compares with a value of the request."""
    return await counted(count_statement(exposed, conditions, database.dialect()), ())


async def counted(statement: Statement, values: Sequence[Any]) -> int:
    """The one number that the statement gives."""
    [(found,)] = await database.fetch_plain(statement.text, statement.filled(values))
    return int(found)


async def _completed(loaded: Loaded, run: Run, dialect: Dialect) -> Loaded:
    node = loaded.node
    if not loaded.rows:
        return nothing(node, more=loaded.more)
    for relation, child in node.ones.items():
        place = node.names[relation]
        ids = list({row[place] for row in loaded.rows} - {None})
        loaded.ones[relation] = await _step_by_step(child, run, ids, None, dialect) if ids else nothing(child)
    if node.lists or node.computed:
        own = [row[0] for row in loaded.rows]
        for listing in node.lists:  # `emitter` gives each owner its own rows, in their order
            loaded.lists.append(await _step_by_step(listing.node, run, own, None, dialect))
        for name, entry in node.computed.items():
            loaded.computed[name] = await entry.answer(own, run.context)
    return loaded
