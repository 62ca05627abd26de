"""Two kinds of Q that remember how they were made, for whoever writes them as SQL.

To Tortoise they are like any other Q, so a filter means the same in an act of `models.rules` as in a statement of the
API.
"""

from __future__ import annotations

from typing import Any

from pypika_tortoise.context import SqlContext
from tortoise.expressions import Q, Subquery
from tortoise.models import Model
from tortoise.queryset import QuerySet


class _Unbound(Subquery):
    """A subquery that Tortoise makes anew each time: one that it made is bound to the connection of that moment."""

    def __init__(self, rows: QuerySet[Any], found: str) -> None:
        super().__init__(rows)
        self._found = found

    def get_sql(self, ctx: SqlContext) -> str:
        rows: QuerySet[Any] = self.query  # type: ignore[assignment]  # see above
        return Subquery(rows.values(self._found)).get_sql(ctx)


class FoundIn(Q):
    """Rows whose `column` is `found` of one of `rows`. Neither is ever null there: `found` in no row at all, `column`
    where the filter says so besides. So it may be asked about all rows at once, or about each by itself."""

    __slots__ = ("column", "conditions", "found", "model")

    def __init__(self, column: str, rows: QuerySet[Any], found: str = "id") -> None:
        within: dict[str, Any] = {f"{column}__in": _Unbound(rows, found)}
        super().__init__(**within)
        self.column = column
        self.found = found
        self.model: type[Model] = rows.model
        self.conditions: tuple[Q, ...] = tuple(rows._q_objects)

    def __invert__(self) -> Q:
        return opposite(self)


class Kept(Q):
    """A filter that many requests ask for. `texts`: what was made of it, by whoever makes it; gone with the filter."""

    __slots__ = ("texts",)

    def __init__(self, meant: Q) -> None:
        super().__init__(meant)
        self.texts: dict[object, object] = {}

    def __invert__(self) -> Q:
        return opposite(self)


def opposite(meant: Q) -> Q:
    """The negation of a Q that remembers how it was made: around it, not in its place."""
    found = Q(meant)
    found.negate()
    return found
