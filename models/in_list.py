"""A list that travels as one parameter in Tortoise's own filters: `Q(id__in=in_list(ids))`; no queries here.

Tortoise makes one parameter of every value, and both databases stop at some tens of thousands.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from pypika_tortoise.context import SqlContext
from pypika_tortoise.enums import Dialects
from pypika_tortoise.terms import Term, ValueWrapper


class InList(Term):
    """The right side of IN: numbers only, or texts only. `texts` says which, for PostgreSQL; by default the first value
    does, and an empty list is one of numbers."""

    def __init__(self, values: Iterable[int] | Iterable[str], *, texts: bool | None = None) -> None:
        super().__init__()
        self.values: list[int] | list[str] = list(values)  # type: ignore[assignment]  # a list of the one or the other
        self.texts = isinstance(next(iter(self.values), 0), str) if texts is None else texts

    def get_sql(self, ctx: SqlContext) -> str:
        """`(SELECT value FROM json_each(?))` or `(SELECT unnest($1::text[]))`."""
        bare = ctx.copy(with_alias=False, subquery=False)
        if ctx.dialect is Dialects.SQLITE:
            return f"(SELECT value FROM json_each({ValueWrapper(json.dumps(self.values)).get_sql(bare)}))"
        kind = "text" if self.texts else "bigint"
        return f"(SELECT unnest({ValueWrapper(self.values).get_sql(bare)}::{kind}[]))"


def in_list(values: Iterable[int] | Iterable[str], *, texts: bool | None = None) -> InList:
    """For the filters that end in `__in`; an empty list matches nothing."""
    return InList(values, texts=texts)
