"""The plan of a selection: a tree with one node, and so one SQL statement, for each relation; the shape of the answer.

Nodes say what is read, shapes say under which response keys it is shown: two aliases of a to-one relation share a node.
Nothing here asks the database. `permit` asks the policies once for each node.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tortoise.expressions import Q

from graphql_api.computed import Computed
from graphql_api.filters import Filters, narrowed
from graphql_api.lacking import Lacking
from graphql_api.ordering import OrderKey
from graphql_api.registry import Column, Exposed, ToMany, ToOne


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
    name: str


Slot = ColumnSlot | OneSlot | ListSlot | LabelSlot | ComputedSlot
Shape = dict[str, Slot]
"""Response key → what stands there."""


# --- rights


def permit(node: Node, filters: Filters) -> None:
    """Ask the policies for this node and all below it. Raises FORBIDDEN naming the first column that was asked for and
    may nowhere be read; a column that only a label would use is left out of the label instead."""
    plan = filters.access.plan(node.exposed.name, "read", node.names)
    if plan is None:
        if node.demanded:
            raise Lacking(filters.access, node.exposed.name, "read", next(iter(node.required - {"id"}), None))
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


def _hide(node: Node, name: str, filters: Filters) -> None:
    if name in node.required:
        raise Lacking(filters.access, node.exposed.name, "read", name)
    node.hidden.add(name)
    node.ones.pop(name, None)


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
