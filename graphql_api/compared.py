"""A column compared with a value of the request, as a Q that remembers how it was made: in the API's own statements the
value stands as a hole, so that their text is written once for all values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pypika_tortoise.context import SqlContext
from pypika_tortoise.enums import Dialects, SqlTypes
from pypika_tortoise.functions import Cast, Upper
from pypika_tortoise.queries import Table
from pypika_tortoise.terms import Criterion, Term
from tortoise.expressions import Q
from tortoise.filters import Like, escape_like

from graphql_api.given import Given, Hole, Open
from models.portable_sql import many
from policies.filters import opposite

#: What a look-up compares with, made from the cleaned value; the others compare with the value itself.
COMPARED_WITH: dict[str, Callable[[Any], Any]] = {
    "__in": many,
    "__icontains": lambda text: f"%{escape_like(text)}%",
    "__istartswith": lambda text: f"{escape_like(text)}%",
}

OPERATORS: dict[str, Callable[[Term, Term], Criterion]] = {
    "": lambda column, value: column == value,
    "__lt": lambda column, value: column < value,
    "__lte": lambda column, value: column <= value,
    "__gt": lambda column, value: column > value,
    "__gte": lambda column, value: column >= value,
    "__icontains": lambda column, value: _like(column, value),
    "__istartswith": lambda column, value: _like(column, value),
}


def _like(column: Term, pattern: Term) -> Criterion:
    """As Tortoise compares without regard to case."""
    return Like(Upper(Cast(column, SqlTypes.VARCHAR)), Upper(pattern), escape=" ESCAPE '\\'")


class Compared(Q):
    """`column` compared with `value` by one of Tortoise's look-ups; in the API's statements with what fills `hole`."""

    __slots__ = ("column", "hole", "lookup")

    def __init__(self, column: str, lookup: str, value: Any, hole: Hole) -> None:
        super().__init__(**{f"{column}{lookup}": value})
        self.column, self.lookup, self.hole = column, lookup, hole

    def __invert__(self) -> Q:
        return opposite(self)

    def written(self, table: Table, column: str) -> Criterion:
        """The comparison of a column of `table`, named as the database calls it."""
        if self.lookup == "__in":
            return OneOf(table[column], self.hole)
        return OPERATORS[self.lookup](table[column], Open(self.hole))


def once(given: Given, column: str, lookup: str, value: Any) -> Compared:
    """A comparison with a value that no later run could find: the plan is not kept."""
    return Compared(column, lookup, value, given.once(COMPARED_WITH.get(lookup, lambda same: same)(value)))


class OneOf(Criterion):
    """`column IN (…)` with all values in one parameter: an array on PostgreSQL, JSON on SQLite."""

    def __init__(self, column: Term, hole: Hole) -> None:
        super().__init__()
        self._column, self._hole = column, hole

    def get_sql(self, ctx: SqlContext) -> str:
        parameter = Open(self._hole).get_sql(ctx)
        column = self._column.get_sql(ctx)
        if ctx.dialect is Dialects.POSTGRESQL:
            return f"{column}=ANY({parameter})"
        return f"{column} IN (SELECT value FROM json_each({parameter}))"
