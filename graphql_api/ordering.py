"""`orderBy` and the default order become order keys: a total order, the same walk forwards and backwards.

Rows without a value come last whichever the direction, on both databases, and `id` always decides in the end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Q

from graphql_api.filters import Filters
from graphql_api.registry import Column, Exposed, Registry, ToOne
from graphql_api.scalars import Direction
from graphql_api.values import bad

MOST_KEYS = 8
FARTHEST = 4

OrderBy = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Step:
    """One to-one relation on the way to an ordering column: the rows of the target that count, by the caller's rights.
    `looked_at`: the rows of the owner whose relation the caller may look at."""

    one: ToOne
    visible: Q
    looked_at: Q


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One column to order by, reached over `steps`; null where the caller may not look at it (`looked_at`)."""

    steps: tuple[Step, ...]
    object: str
    column: Column
    looked_at: Q
    descending: bool = False

    @property
    def nullable(self) -> bool:
        """Whether some row may have no value here: an empty column or relation, or one that is hidden."""
        empty = self.column.nullable or any(step.one.nullable for step in self.steps)
        return empty or bool(self.looked_at) or any(step.visible or step.looked_at for step in self.steps)

    @property
    def name(self) -> str:
        """`-student.studentNo`: what the key is called in cursors' fingerprints and in the metadata."""
        path = ".".join((*(step.one.graphql for step in self.steps), self.column.graphql))
        return f"-{path}" if self.descending else path


def order_keys(filters: Filters, registry: Registry, exposed: Exposed, order_by: OrderBy | None) -> list[OrderKey]:
    """The keys that `orderBy` asks for, else the object's default order, and `id`.

    Raises BAD_INPUT for an order that is too long, FORBIDDEN for a column the caller may not look at.
    """
    if order_by is not None and len(order_by) > MOST_KEYS:
        raise bad(("orderBy",), "TOO_MANY", count=len(order_by), limit=MOST_KEYS)
    make = _Keys(filters, registry)
    if order_by:
        keys = [make.key(exposed, each, ("orderBy", str(place))) for place, each in enumerate(order_by)]
    else:
        keys = [make.default(exposed, name) for name in exposed.entity.order if make.permits(exposed, name)]
    if not any(key.column.name == "id" and not key.steps for key in keys):
        keys.append(OrderKey((), exposed.name, exposed.columns["id"], Q()))
    return keys


def fingerprint(object_name: str, keys: Sequence[OrderKey]) -> str:
    """What a cursor carries so that it is taken only where it was made."""
    text = ",".join((object_name, *(key.name for key in keys)))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


class _Keys:
    def __init__(self, filters: Filters, registry: Registry) -> None:
        self._filters, self._registry = filters, registry

    def key(self, exposed: Exposed, asked: Mapping[str, Any], path: tuple[str, ...]) -> OrderKey:
        """`{student: {studentNo: DESC}}`; the schema's @oneOf sees to it that there is exactly one member."""
        steps: list[Step] = []
        while True:
            [(name, value)] = asked.items()
            path = (*path, name)
            member = exposed.members[name]
            if value is None:
                raise bad(path, "NULL")
            if isinstance(member, Column):
                looked_at = self._filters.searchable(exposed, member.name, exact=False)
                return OrderKey(tuple(steps), exposed.name, member, looked_at, value is Direction.DESC)
            if not isinstance(member, ToOne) or len(steps) >= FARTHEST:
                raise bad(path, "TOO_DEEP", limit=FARTHEST)
            steps.append(self._step(exposed, member))
            exposed, asked = self._registry[member.target], value

    def _step(self, exposed: Exposed, one: ToOne) -> Step:
        looked_at = self._filters.searchable(exposed, one.name, exact=False)
        return Step(one, self._filters.visible(self._registry[one.target]), looked_at)

    def default(self, exposed: Exposed, name: str) -> OrderKey:
        column = exposed.columns[name.removeprefix("-")]
        looked_at = self._filters.searchable(exposed, column.name, exact=False)
        return OrderKey((), exposed.name, column, looked_at, name.startswith("-"))

    def permits(self, exposed: Exposed, name: str) -> bool:
        """A default order is nobody's question: where the caller may not look at it, rows come by `id`."""
        return self._filters.may_order(exposed, name.removeprefix("-"))
