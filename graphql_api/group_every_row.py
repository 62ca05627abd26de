"""The columns of a question that needs every row of a group, and what is worked out of them: medians, shares, days,
different sheets; for who may only count, how many stand behind each, see `group_size.besides`.
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql_api.group_durations import sheet_of
from graphql_api.group_keys import owner_of
from graphql_api.group_measures import of_part, of_values
from graphql_api.group_size import apart_by
from graphql_api.grouping import COUNT, Measure, Question
from models.database_url import Dialect


class EveryRow:
    """`measures`: what a column is made of, one of those made of the same; `columns`: further ones with what they hold.
    The rows are called g."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._apart = apart_by(question)
        owner = owner_of(question.exposed)
        self._sheet = sheet_of(question.exposed.name).column if owner else None
        self._names: dict[tuple[str, str], str] = {}
        self.measures = [each for each in question.measures if each is not COUNT and self._new(each)]
        self.columns: list[tuple[str, str]] = []
        if question.counting and self._sheet:
            self.columns.append(("sheet", self._sheet))
        if self._apart:
            self.columns.append(("apart", self._apart))

    def _new(self, each: Measure) -> bool:
        known = len(self._names)
        self._names.setdefault(_made_of(each), f"m{known}")
        return len(self._names) > known

    def name(self, each: Measure) -> str:
        """The column that a measure is made of."""
        return self._names[_made_of(each)]

    def measured(self, each: Measure, dialect: Dialect) -> str:
        """The measure of a group."""
        if each is COUNT:
            return "COUNT(*)"
        column = f"g.{self.name(each)}"
        if each.kind in ("part", "share"):
            return of_part(each, column)
        return f"COUNT(DISTINCT {column})" if each.kind == "sheets" else of_values(each, column, dialect)

    # --- for who may only count

    def apart(self, rows: str, keys: int) -> str:
        """The rows, and beside each how many of its group differ from it by their sheet for certain."""
        if not self._apart:
            return rows
        parted = ", ".join([*(f"k{place}" for place in range(keys)), "apart"])
        counted = [f"COUNT(*) OVER (PARTITION BY {parted}) AS n"]
        if PART in self._names:
            counted.append(f"SUM({self._names[PART]}) OVER (PARTITION BY {parted}) AS p")
        return f"SELECT rows.*, {', '.join(counted)} FROM ({rows}) AS rows"

    def besides(self) -> Iterator[str]:
        """In the order of `group_size.besides`."""
        if not self._question.counting:
            return
        yield "COALESCE(MAX(g.n), 0)" if self._apart else self._standing("1 = 1")
        for each in self._question.measures:
            if each.kind in ("part", "share"):
                yield from self._parted()
            elif each.column:
                yield self._standing(f"g.{self.name(each)} IS NOT NULL")

    def _parted(self) -> Iterator[str]:
        if self._apart:
            yield from ("COALESCE(MAX(g.p), 0)", "COALESCE(MAX(g.n - g.p), 0)")
        else:
            part = self._names[PART]
            yield from (self._standing(f"g.{part} = 1"), self._standing(f"g.{part} = 0"))

    def _standing(self, condition: str) -> str:
        """On how many sheets the rows stand that are like this; rows that stand on none are people themselves."""
        if self._sheet:
            return f"COUNT(DISTINCT CASE WHEN {condition} THEN g.sheet END)"
        return f"COUNT(CASE WHEN {condition} THEN 1 END)"


PART = ("part", "")


def _made_of(each: Measure) -> tuple[str, str]:
    if each.kind in ("part", "share"):
        return PART
    return ("column", each.column.graphql) if each.column else (each.kind, "")
