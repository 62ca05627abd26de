"""Runs a plan: the only module of the API that reads rows of the models. One statement for each node, whatever the
number of rows; what stands in the rows is shown by `emitter`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tortoise.expressions import Q

from graphql_api.context import Context
from graphql_api.plan import Listing, Node
from graphql_api.registry import Exposed
from graphql_api.statement import Select, count_sql, select_sql
from models import database
from models.database import Row


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


async def load(node: Node, asked: Select, context: Context) -> Loaded:
    """The rows that `asked` finds, under the node's row filter, and everything below them."""
    if node.rows is None:
        return nothing(node)
    asked.masks, asked.conditions = node.masks, (node.rows, *asked.conditions)
    sql, parameters = select_sql(asked, database.dialect())
    rows = await database.fetch(sql, parameters)
    more = asked.page is not None and len(rows) > asked.page
    rows = rows[: asked.page]
    return await _completed(Loaded(node, rows[::-1] if asked.backwards else rows, more), context)


def nothing(node: Node) -> Loaded:
    """No rows, without asking."""
    return Loaded(
        node,
        [],
        False,
        {name: nothing(child) for name, child in node.ones.items()},
        [nothing(each.node) for each in node.lists],
        {name: {} for name in node.computed},
    )


async def count(exposed: Exposed, conditions: Sequence[Q]) -> int:
    """How many rows fulfil all conditions; the row filter is among them."""
    sql, parameters = count_sql(exposed, conditions, database.dialect())
    [(found,)] = await database.fetch(sql, parameters)
    return int(found)


async def _completed(loaded: Loaded, context: Context) -> Loaded:
    node = loaded.node
    for relation, child in node.ones.items():
        loaded.ones[relation] = await _targets(loaded, relation, child, context)
    for listing in node.lists:
        loaded.lists.append(await _list(loaded, listing, context))
    for name, entry in node.computed.items():
        ids = [row[0] for row in loaded.rows]
        loaded.computed[name] = await entry.answer(ids, context) if ids else {}
    return loaded


async def _targets(loaded: Loaded, relation: str, child: Node, context: Context) -> Loaded:
    """The rows that a to-one relation points at, each once."""
    place = loaded.node.names[relation]
    ids = list({row[place] for row in loaded.rows} - {None})
    if not ids:
        return nothing(child)
    return await load(child, Select(child.exposed, child.columns(), among=("id", ids)), context)


async def _list(loaded: Loaded, listing: Listing, context: Context) -> Loaded:
    """The rows of a nested list of all owners; `emitter` gives each owner its own, in this order."""
    if not loaded.rows:
        return nothing(listing.node)
    among = (listing.many.column, [row[0] for row in loaded.rows])
    asked = Select(
        listing.node.exposed,
        listing.node.columns(),
        conditions=(listing.where,),
        among=among,
        keys=listing.keys,
    )
    return await load(listing.node, asked, context)
