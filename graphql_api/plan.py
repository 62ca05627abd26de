"""The plan of a selection: a tree with one node, and so one SQL statement, for each relation; the shape of the answer.

Nodes say what is read, shapes say under which response keys it is shown: two aliases of a to-one relation share a node.
Nothing here asks the database. `permit` asks the policies once for each node.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tortoise.expressions import Q

from graphql_api.completing import Finish
from graphql_api.computed import Computed
from graphql_api.conditions import Breadth
from graphql_api.exporting import lacking_action, plan_of
from graphql_api.filters import Filters, narrowed
from graphql_api.lacking import Lacking
from graphql_api.ordering import OrderKey
from graphql_api.registry import Column, Exposed, ToMany, ToOne
from graphql_api.statement import Select, Statement, select_statement
from models.database_url import Dialect


@dataclass(slots=True)
class Listing:
    """A nested list of a node: its own statement, grouped by the foreign key `many.column`."""

    many: ToMany
    node: Node
    where: Q
    keys: list[OrderKey]


@dataclass(slots=True)
class Node:
    """One statement: the columns of one object's rows, and what hangs on them.

    `names`: the own columns and foreign keys that are read, each with its place in a row; `id` is always the first.
    `required`: those whose hiddenness is an error, not a gap. `rows`, `masks` and `mask_of` are set by `permit`: the
    row filter, further filters selected as flags behind the columns, and the mask of each column that has one.
    `asked`: which of these rows are read, known when the plan is complete. Its text, `statements` or `whole`, is
    written when first needed; `split`: it cannot be written as a whole.
    """

    exposed: Exposed
    names: dict[str, int] = field(default_factory=lambda: {"id": 0})
    required: set[str] = field(default_factory=set)
    demanded: bool = False
    labelled: bool = False
    ones: dict[str, Node] = field(default_factory=dict)
    lists: list[Listing] = field(default_factory=list)
    computed: dict[str, Computed] = field(default_factory=dict)
    rows: Q | None = None
    masks: list[Q] = field(default_factory=list)
    mask_of: dict[str, int] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    asked: Select | None = None
    statements: dict[Breadth, Statement] = field(default_factory=dict)
    whole: Statement | None = None
    split: bool = False

    def read(self, name: str, *, required: bool = True) -> int:
        """Have a column read; its place in a row."""
        if required:
            self.required.add(name)
        return self.names.setdefault(name, len(self.names))

    def one(self, relation: ToOne, target: Exposed, *, required: bool = True) -> Node:
        """Have a to-one relation read; its node, the same for every mention."""
        self.read(relation.name, required=required)
        node = self.ones.setdefault(relation.name, Node(target))
        node.demanded = node.demanded or required
        return node

    def columns(self) -> list[str]:
        """The database's columns in the order of `names`."""
        return [self.exposed[name].column for name in self.names]

    def select(self, conditions: tuple[Q, ...] = (), **more: Any) -> Select:
        """The columns and masks of this node, of its rows that fulfil all conditions."""
        filters = () if self.rows is None else (self.rows,)
        return Select(self.exposed, self.columns(), masks=self.masks, conditions=(*filters, *conditions), **more)

    def statement(self, ids: list[int] | None, dialect: Dialect) -> Statement:
        """The SQL of a run about these ids, or of the root."""
        if self.asked is None:
            raise TypeError("the plan is not complete")
        breadth = self.asked.breadth(ids)
        found = self.statements.get(breadth)
        if found is None:
            found = self.statements[breadth] = select_statement(self.asked, dialect, breadth)
        return found

    def children(self) -> Iterator[Node]:
        yield from self.ones.values()
        for each in self.lists:
            yield each.node


# --- shapes: what is shown under which key


@dataclass(frozen=True, slots=True)
class ColumnSlot:
    column: Column
    place: int


@dataclass(frozen=True, slots=True)
class OneSlot:
    relation: str
    place: int
    shape: Shape


@dataclass(frozen=True, slots=True)
class ListSlot:
    index: int
    shape: Shape


@dataclass(frozen=True, slots=True)
class LabelSlot:
    """`displayLabel`."""


@dataclass(frozen=True, slots=True)
class ComputedSlot:
    """`finish` makes JSON of an answer, where graphql-core does not complete it."""

    name: str
    finish: Finish | None = None


@dataclass(frozen=True, slots=True)
class TypenameSlot:
    name: str


Slot = ColumnSlot | OneSlot | ListSlot | LabelSlot | ComputedSlot | TypenameSlot
Shape = dict[str, Slot]
"""Response key → what stands there."""


# --- rights


def permit(node: Node, filters: Filters) -> None:
    """Ask the policies for this node and all below it. Raises FORBIDDEN naming the first column that was asked for and
    may nowhere be read, or exported; a column that only a label would use is left out of the label instead."""
    plan = plan_of(filters.access, filters.shown, node.exposed.name, node.names)
    if plan is None:
        if node.demanded:
            raise _lacking(node, next(iter(node.required - {"id"}), None), filters)
        node.rows = None
        return
    node.rows = plan.rows
    for name in node.names:
        if name in plan.denied:
            _hide(node, name, filters)
        elif (mask := plan.columns[name]) is not None:
            node.mask_of[name] = _mask(node, plan.masks[mask])
    for child in node.children():
        permit(child, filters)
    for child in node.ones.values():
        child.asked = child.select(among="id")
    for each in node.lists:
        each.node.asked = each.node.select((each.where,), among=each.many.column, keys=each.keys)


def _hide(node: Node, name: str, filters: Filters) -> None:
    if name in node.required:
        raise _lacking(node, name, filters)
    node.hidden.add(name)
    node.ones.pop(name, None)


def _lacking(node: Node, name: str | None, filters: Filters) -> Lacking:
    action = lacking_action(filters.access, filters.shown, node.exposed.name, name)
    return Lacking(filters.access, node.exposed.name, action, name)


def _mask(node: Node, mask: Q) -> int:
    """The number of a mask; the same for columns that share it."""
    for number, known in enumerate(node.masks):
        if known is mask:
            return number
    node.masks.append(mask)
    return len(node.masks) - 1


def label_parts(exposed: Exposed) -> list[Column | ToOne]:
    """What a row's `displayLabel` is put together from."""
    return [exposed[name] for name in exposed.entity.label_fields]


def readable_list(filters: Filters, target: Exposed, many: ToMany, where: Q) -> Q:
    """The condition on a nested list: besides `where`, that the caller may look at the way back to the owner."""
    return narrowed(filters.searchable(target, many.relation, exact=True), where)
