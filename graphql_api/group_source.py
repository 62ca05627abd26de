"""Where the rows of a question for groups come from: a table, or the counters in its place."""

from __future__ import annotations

from dataclasses import dataclass

from pypika_tortoise.queries import Table
from tortoise.models import Model


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows come from: the table of `model`, or in its place the query `text`. `n`: the column that says how
    many rows one row stands for. `grouped`: each row is a group already."""

    model: type[Model]
    text: str = ""
    n: str | None = None
    grouped: bool = False

    @property
    def table(self) -> Table:
        base: Table = self.model._meta.basetable
        return Table("kept") if self.text else base
