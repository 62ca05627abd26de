"""`xGroups`: rows grouped, counted and summed up, under the caller's rights; see `grouping` for what may be asked.

A plan is written once, like that of a page, and read for every request that differs in values only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from types import CodeType, FunctionType
from typing import Any

from graphql_api.emitter import CONVERSIONS, FINISHED
from graphql_api.errors import ApiError
from graphql_api.given import Arguments
from graphql_api.group_counters import counted
from graphql_api.group_durations import is_duration
from graphql_api.group_rights import filters_for
from graphql_api.group_size import besides, told
from graphql_api.group_small_measures import without_small
from graphql_api.group_source import Source
from graphql_api.group_statement import groups_statement
from graphql_api.grouping import ALONE, Measure, Questions
from graphql_api.loader import Run
from graphql_api.loader_groups import fetched
from graphql_api.planner import Planning
from graphql_api.reading import Planned
from graphql_api.registry import Column, Exposed, Kind
from graphql_api.selection import Details, Selection, field_name
from graphql_api.values import bad
from models import database
from models.database import Row

DECIMALS_OF_SHARES = 4
DECIMALS_OF_DAYS = 2  # a quarter of an hour

Shown = dict[str, Any]
Convert = Callable[[Any], Any]
Show = Callable[[Sequence[Row]], list[Shown]]


def groups_of(exposed: Exposed) -> Planned:
    """`xGroups(…)`, see GroupsPlan."""
    return lambda selection, arguments, planning: GroupsPlan(exposed, selection, arguments, planning)


class GroupsPlan:
    """The groups of one field of a document. Planning raises BAD_INPUT and FORBIDDEN."""

    def __init__(self, exposed: Exposed, selection: Selection, arguments: Arguments, planning: Planning) -> None:
        questions = Questions(filters_for(planning.filters, exposed), exposed, arguments)
        showing = _Showing(selection, questions, finished=planning.finished)
        self.question = questions.question()
        beside = besides(self.question)
        self._size = len(self.question.keys) + len(self.question.measures) if "size" in beside else None
        width = len(self.question.keys) + len(self.question.measures) + len(beside)
        self._show = showing.function(width)
        question, source = counted(self.question) or (self.question, Source(exposed.model))
        self._statement = groups_statement(question, source, database.dialect())

    async def read(self, run: Run) -> list[Shown]:
        """The groups of this run. Raises BAD_INPUT for more than may be told."""
        rows = await fetched(self._statement, run.values)
        if self.question.counting:
            rows = self._told(rows)
        most = run.values[self.question.most.place]
        if len(rows) > most:
            if not self.question.cut:
                raise _too_many(most)
            rows = rows[:most]
        return self._show(rows)

    def _told(self, rows: Sequence[Row]) -> list[Row]:
        """Without the groups that are too small to be told."""
        counts = len(self.question.keys)
        if not any(row[counts] for row in rows):  # there is nobody to protect
            return list(rows)
        shown = told([int(row[counts if self._size is None else self._size]) for row in rows])
        return without_small(self.question, [row for row, each in zip(rows, shown, strict=True) if each])


class _Showing:
    """Writes the function that shows the rows of a question, as `emitter` does for those of a list: one dict display a
    row. Keys come first in a row, then measures in the order in which they were met."""

    def __init__(self, selection: Selection, questions: Questions, *, finished: bool) -> None:
        self._selection, self._questions, self._finished = selection, questions, finished
        self._name = questions.exposed.name
        self._known: dict[str, Any] = {}
        self._text = self._object(f"{self._name}Group", selection.root, self._member)

    def function(self, width: int) -> Show:
        """For rows of so many columns."""
        row = "".join(f"r{place}, " for place in range(width))
        code = compile(f"def show(rows):\n    return [{self._text} for {row}in rows]", "<groups>", "exec")
        [inner] = (each for each in code.co_consts if isinstance(each, CodeType))
        return FunctionType(inner, self._known)

    def _object(self, type_name: str, details: Details, member: Callable[[str, Details], str]) -> str:
        fields = self._selection.below(type_name, details)
        parts = (
            f"{key!r}: {repr(type_name) if field_name(below) == '__typename' else member(field_name(below), below)}"
            for key, below in fields.items()
        )
        return f"{{{', '.join(parts)}}}"

    def _member(self, name: str, details: Details) -> str:
        if name == "key":
            return self._object(f"{self._name}GroupKeys", details, self._key)
        if name in ALONE:
            return self._measure(self._questions.measure(name, None, (name,)))
        suffix = "Extremes" if name in ("min", "max") else "Totals"
        return self._object(
            f"{self._name}Group{suffix}",
            details,
            lambda column, _below: self._measure(self._questions.measure(name, column, (name, column))),
        )

    def _key(self, name: str, _details: Details) -> str:
        place = self._questions.place(name, ("key", name))
        key = self._questions.keys[place].key
        return self._cell(place, self._of_day() if key.bucket else self._of_column(key.column))

    def _measure(self, measure: Measure) -> str:
        place = len(self._questions.keys) + self._questions.measures.index(measure)
        if measure.kind == "share":
            return self._cell(place, lambda value: round(value, DECIMALS_OF_SHARES))
        if measure.column is None:
            return f"r{place}"
        if is_duration(measure.column):
            return self._cell(place, lambda value: round(value, DECIMALS_OF_DAYS))
        return self._cell(place, self._of_column(measure.column) if measure.kind in ("min", "max") else float)

    def _cell(self, place: int, convert: Convert | None) -> str:
        if convert is None:
            return f"r{place}"
        name = f"k{len(self._known)}"
        self._known[name] = convert
        return f"(None if r{place} is None else {name}(r{place}))"

    # --- what the databases give

    def _of_column(self, column: Column) -> Convert | None:
        if column.kind is Kind.CHOICE and self._finished and column.choices is not None:
            return {member.value: member.name for member in column.choices}.__getitem__
        return (FINISHED if self._finished else CONVERSIONS).get(column.kind)

    def _of_day(self) -> Convert:
        """SQLite gives the text of a date, PostgreSQL the date."""
        if self._finished:
            return str
        return lambda value: dt.date.fromisoformat(value) if isinstance(value, str) else value


def _too_many(most: int) -> ApiError:
    return bad(("groupBy",), "TOO_MANY_GROUPS", limit=most)
