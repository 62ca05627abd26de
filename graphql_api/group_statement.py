"""Writes the SQL of a question for groups: one statement, in which no join multiplies a row.

The many rows are grouped by foreign keys first; the few names that stand for them are joined to the groups, which are
put together where names are the same. Only what stands in large tables is joined before. Values are always parameters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import and_
from typing import Any

from pypika_tortoise.context import SqlContext
from pypika_tortoise.queries import Table
from pypika_tortoise.terms import Case, Criterion, EmptyCriterion, Parameterizer, Term
from tortoise.expressions import Q
from tortoise.models import Model

from graphql_api.conditions import QUERIES, Place, criterion
from graphql_api.filters import ALWAYS
from graphql_api.given import Open
from graphql_api.group_buckets import Bucketed
from graphql_api.group_conditions import conjuncts, points_at
from graphql_api.group_durations import BEGINNING, days, is_duration, sheet_of
from graphql_api.group_every_row import EveryRow
from graphql_api.group_identity import told as names_told
from graphql_api.group_measures import of_values
from graphql_api.group_size import apart_by, told_apart
from graphql_api.group_source import Source
from graphql_api.grouping import COUNT, Compared, KeyAsked, Leg, Measure, Question
from graphql_api.statement import Statement
from models import Clearance
from models.database_url import Dialect
from policies.filters import FoundIn, Kept
from settings import settings

#: Tables of at most some hundred rows: groups are joined with them, not rows.
REFERENCE = frozenset({"Batch", "Item", "College", "Department", "Building"})
GROUPS = Table("g")
COMPARISONS = {"eq": "=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


def groups_statement(question: Question, source: Source, dialect: Dialect) -> Statement:
    """The statement that gives for each group its keys, its measures and, for who may only count, its size."""
    writer = _Writer(question, source, dialect)
    text = writer.write()
    return Statement(text, tuple(writer.values))


@dataclass(frozen=True, slots=True)
class _Join:
    kind: str
    table: Table
    on: Criterion


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where the way to a key has come to: a table joined to the rows. `masks`: what must hold there for the caller to
    look at it at all. `always`: whether every row has one there."""

    model: type[Model]
    table: Table
    masks: tuple[Criterion, ...] = ()
    always: bool = True


Way = tuple[tuple[str, int, int], ...]


@dataclass(slots=True)
class _Writer:
    """`inner`: what the rows are grouped by, each with the way to it. `joins`: tables joined to the rows; `names`:
    those joined to the groups. `strict`: by foreign key, what is joined of every row. `later`: the foreign keys of
    the rows for which names are joined to the groups; "" for one further away."""

    question: Question
    source: Source
    dialect: Dialect
    inner: dict[Any, Term] = field(default_factory=dict)
    joins: dict[Way, _Join] = field(default_factory=dict)
    names: dict[Way, _Join] = field(default_factory=dict)
    keys: list[Term] = field(default_factory=list)
    strict: dict[str, _Spot] = field(default_factory=dict)
    later: set[str] = field(default_factory=set)
    context: SqlContext = field(init=False)

    def __post_init__(self) -> None:
        base = QUERIES[self.dialect].SQL_CONTEXT
        self.context = base.copy(parameterizer=Parameterizer(), with_namespace=True, subquery=True)

    @property
    def values(self) -> list[Any]:
        parameterizer = self.context.parameterizer
        return parameterizer.values if parameterizer else []

    def write(self) -> str:
        """Parameters stand in the order of the text, so the text is written from its beginning to its end."""
        self.keys = [self._key(each) for each in self.question.keys]
        if self.question.of_rows:
            return self._of_every_row()
        apart = apart_by(self.question)
        if apart is not None:
            self._group_by("apart", self.source.table[apart])
        return self._of_groups() if self.names or apart is not None else self._of_rows()

    # --- keys

    def _key(self, asked: KeyAsked) -> Term:
        """What the groups are told by: a column of the grouped rows, or of a name joined to them."""
        spot = _Spot(self.source.model, self.source.table)
        way: Way = ()
        for number, leg in enumerate(asked.legs):
            following = (*way, (leg.one.name, _mark(leg.looked_at), _mark(leg.visible)))
            if leg.one.target in REFERENCE and self._names_later:
                self.later.add(leg.one.column if number == 0 else "")
                pointer = self._group_by(following, self._looked_at(spot, spot.table[leg.one.column], leg.looked_at))
                return self._name(asked, number, pointer, way)
            spot, way = self._joined(spot, leg, following), following
        return self._group_by(asked.key.name, self._looked_at(spot, self._column(spot.table, asked), asked.looked_at))

    @property
    def _names_later(self) -> bool:
        """Whether rows are grouped before the names are joined to them. Counters are few; and where sheets are counted
        one by one, or values are put in order, the groups cannot be put together afterwards."""
        if told_apart(self.question) or self.question.of_rows:
            return False
        return self.source.n is None or self.question.counting

    @property
    def _together(self) -> bool:
        """Whether the groups are whole as they come: counters that are groups, or groups by what names tell apart."""
        if self.question.counting:
            return False
        return self.source.grouped or (bool(self.names) and self.later <= names_told(self.question))

    def _group_by(self, key: Any, term: Term) -> Term:
        self.inner.setdefault(key, term)
        return GROUPS[f"k{list(self.inner).index(key)}"]

    def _joined(self, spot: _Spot, leg: Leg, way: Way) -> _Spot:
        """The table at the end of a relation. Where every row has one that may be looked at, conditions on it can be
        asked there, too; what the caller does not see of it is masked."""
        target = _target(spot.model, leg)
        known = self.joins.get(way)
        table = known.table if known else target._meta.basetable.as_(f"j{len(self.joins)}")
        visible = [] if not leg.visible else [self._written(_Spot(target, table), leg.visible)]
        if not spot.always or leg.one.nullable or leg.looked_at or spot.masks:
            pointer = self._looked_at(spot, spot.table[leg.one.column], leg.looked_at)
            on = reduce(and_, visible, table["id"] == pointer)
            self.joins.setdefault(way, _Join("LEFT JOIN", table, on))
            return _Spot(target, table, always=False)
        self.joins.setdefault(way, _Join("JOIN", table, table["id"] == spot.table[leg.one.column]))
        if len(way) == 1:
            self.strict[leg.one.column] = _Spot(target, table)
            if self._asked_of(leg, target):
                visible = []
        return _Spot(target, table, tuple(visible))

    def _asked_of(self, leg: Leg, target: type[Model]) -> bool:
        """Whether the rows' own conditions say already that the target is visible."""
        return any(
            each is leg.visible
            for condition in self._conditions()
            for part in conjuncts(condition, opened=True)
            if points_at(part, leg.one.column, target) and isinstance(part, FoundIn)
            for each in part.conditions
        )

    def _name(self, asked: KeyAsked, number: int, pointer: Term, way: Way) -> Term:
        model = self._model_at(asked, number)
        for leg in asked.legs[number:]:
            way = (*way, (leg.one.name, _mark(leg.looked_at), _mark(leg.visible)))
            model = _target(model, leg)
            known = self.names.get(way)
            table = known.table if known else model._meta.basetable.as_(f"r{len(self.names)}")
            spot = _Spot(model, table)
            on = table["id"] == pointer
            if leg.visible:
                on &= self._written(spot, leg.visible)
            self.names.setdefault(way, _Join("LEFT JOIN", table, on))
            number += 1
            if number < len(asked.legs):
                further = asked.legs[number]
                pointer = self._looked_at(spot, table[further.one.column], further.looked_at)
        return self._looked_at(spot, table[asked.key.column.column], asked.looked_at)

    def _model_at(self, asked: KeyAsked, number: int) -> type[Model]:
        model = self.source.model
        for leg in asked.legs[:number]:
            model = _target(model, leg)
        return model

    def _column(self, table: Table, asked: KeyAsked) -> Term:
        column: Term = table[asked.key.column.column]
        bucket = asked.key.bucket
        return column if bucket is None else Bucketed(column, bucket, settings().timezone)

    def _looked_at(self, spot: _Spot, term: Term, looked_at: Q) -> Term:
        """`term` where the caller may look, else null."""
        masks = [*spot.masks, *([self._written(spot, looked_at)] if looked_at else [])]
        return Case().when(reduce(and_, masks), term) if masks else term

    # --- rows

    def _conditions(self) -> Iterable[Q]:
        return (each for condition in self.question.conditions for each in conjuncts(condition))

    def _where(self) -> list[Criterion]:
        """The conditions on the rows; what they say of a table that is joined anyway is asked there."""
        found: list[Criterion] = []
        root = _Spot(self.source.model, self.source.table)
        for condition in self._conditions():
            parts = list(conjuncts(condition, opened=True)) if isinstance(condition, Kept) else [condition]
            if not any(self._spot_of(part) for part in parts):
                parts = [condition]
            for part in parts:
                spot = self._spot_of(part)
                if spot is None or not isinstance(part, FoundIn):
                    found.append(self._written(root, part))
                else:
                    found += (self._written(spot, each) for each in part.conditions)
        return [each for each in found if not isinstance(each, EmptyCriterion)]

    def _spot_of(self, condition: Q) -> _Spot | None:
        if not isinstance(condition, FoundIn):
            return None
        spot = self.strict.get(condition.column)
        return spot if spot is not None and points_at(condition, condition.column, spot.model) else None

    def _written(self, spot: _Spot, condition: Q) -> Criterion:
        if condition is ALWAYS:
            return EmptyCriterion()  # type: ignore[return-value]  # which pypika takes for one
        return criterion(Place(spot.model, spot.table, self.dialect), condition)

    # --- text

    def _of_rows(self) -> str:
        """One level: the keys are columns of the rows."""
        told = [self._text(term) for term in self.inner.values()]
        told += map(self._measured, self.question.measures)
        told += [f"COUNT(DISTINCT {self._text(self.source.table[column])})" for column in told_apart(self.question)]
        grouped = "" if self._together else _grouped(len(self.keys))
        return f"SELECT {', '.join(told)} {self._rows()}{grouped}{self._chosen(self._measured)}"

    def _of_groups(self) -> str:
        """Two levels: groups of rows, put together by what they are called."""
        told = [self._text(term) for term in self.keys]
        told += [self._put_together(each) for each in self.question.measures]
        told += ["COALESCE(MAX(g.n), 0)"] if apart_by(self.question) is not None else []
        inner = self._inner()
        joined = "".join(map(self._join, self.names.values()))
        grouped = " WHERE true" if self._together else _grouped(len(self.keys))
        return f"SELECT {', '.join(told)} FROM ({inner}) AS g{joined}{grouped}{self._chosen(self._put_together)}"

    def _inner(self) -> str:
        count = "COUNT(*)" if self.source.n is None else f'SUM("{self.source.n}")'
        told = [f"{self._text(term)} AS k{place}" for place, term in enumerate(self.inner.values())]
        told.append(f"{count} AS n")
        for place, each in enumerate(self.question.measures):
            if each is not COUNT:
                told += self._parts(each, place)
        return f"SELECT {', '.join(told)} {self._rows()}{_grouped(len(self.inner))}"

    def _rows(self) -> str:
        """FROM and WHERE."""
        source = f"({self.source.text}) AS kept" if self.source.text else f'"{self.source.model._meta.db_table}"'
        text = f"FROM {source}{''.join(map(self._join, self.joins.values()))}"
        where = [f"({self._text(each)})" for each in self._where()]
        where += [f'"{self.source.n}" <> 0'] if self.source.n else []  # a counter that has gone down to nothing
        return f"{text} WHERE {' AND '.join(where)}" if where else text

    def _join(self, join: _Join) -> str:
        return f' {join.kind} "{join.table._table_name}" AS "{join.table.alias}" ON {self._text(join.on)}'

    def _chosen(self, measured: Any) -> str:
        """HAVING, ORDER BY and LIMIT."""
        having = [self._compared(each, measured) for each in self.question.having]
        text = f" {'AND' if self._together else 'HAVING'} {' AND '.join(having)}" if having else ""
        places = {each: len(self.keys) + place for place, each in enumerate(self.question.measures)}
        order = [
            f"{target + 1}{_direction(down, self.question.keys[target].nullable)}"
            if isinstance(target, int)
            else f"{places[target] + 1}{_direction(down, target is not COUNT)}"
            for target, down in self.question.order
        ]
        text += f" ORDER BY {', '.join(order)}" if order else ""
        return f"{text} LIMIT {self._text(Open(self.question.limit))}"

    def _compared(self, each: Compared, measured: Any) -> str:
        if each.operator == "ne":
            compared = f"({measured(each.measure)} <> {self._text(Open(each.hole))}"
            return f"{compared} OR {measured(each.measure)} IS NULL)"
        return f"{measured(each.measure)} {COMPARISONS[each.operator]} {self._text(Open(each.hole))}"

    # --- every row

    def _of_every_row(self) -> str:
        """Rows with their keys and what is worked out of each; the groups are made of these at once."""
        cells = EveryRow(self.question)
        told = [f"{self._text(term)} AS k{place}" for place, term in enumerate(self.inner.values())]
        told += [f"{self._of_row(each)} AS {cells.name(each)}" for each in cells.measures]
        told += [f"{self._text(self.source.table[column])} AS {name}" for name, column in cells.columns]
        rows = cells.apart(f"SELECT {', '.join(told)} {self._rows()}", len(self.inner))

        def measured(each: Measure) -> str:
            return cells.measured(each, self.dialect)

        shown = [*map(self._text, self.keys), *map(measured, self.question.measures), *cells.besides()]
        return f"SELECT {', '.join(shown)} FROM ({rows}) AS g{_grouped(len(self.keys))}{self._chosen(measured)}"

    def _of_row(self, each: Measure) -> str:
        """What a measure is worked out of, in one row."""
        root = _Spot(self.source.model, self.source.table)
        if each.kind in ("part", "share"):
            part = self._written(root, self.question.part or ALWAYS)
            return "1" if isinstance(part, EmptyCriterion) else f"CASE WHEN {self._text(part)} THEN 1 ELSE 0 END"
        if each.column is None or not is_duration(each.column):
            return self._cell(each)
        return self._days(each)

    def _days(self, each: Measure) -> str:
        """The days of one row; what may not be looked at is null."""
        end = self._cell(each)
        sheet = self._text(self.source.table[sheet_of(self.question.exposed.name).column])
        beginning = _Spot(Clearance, BEGINNING)
        written = [self._written(beginning, each) for condition in self.question.since for each in conjuncts(condition)]
        conditions = [f"({self._text(each)})" for each in written if not isinstance(each, EmptyCriterion)]
        return days(end, sheet, conditions, self.dialect)

    # --- measures

    def _measured(self, each: Measure) -> str:
        """Of the rows of a group."""
        if each.column is None and self.source.n is not None:
            return f'"{self.source.n}"' if self.source.grouped else f'COALESCE(SUM("{self.source.n}"), 0)'
        if each.column is None:
            return "COUNT(*)"
        return of_values(each, self._cell(each), self.dialect)

    def _parts(self, each: Measure, place: int) -> list[str]:
        """What of a measure is worked out before groups are put together."""
        if each.kind != "avg":
            return [f"{each.kind.upper()}({self._cell(each)}) AS m{place}"]
        return [f"SUM({self._cell(each)}) AS m{place}", f"COUNT({self._cell(each)}) AS m{place}n"]

    def _put_together(self, each: Measure) -> str:
        part = f"g.m{self.question.measures.index(each)}"
        if self._together:
            return self._of_group(each, part)
        if each is COUNT:
            return "CAST(COALESCE(SUM(g.n), 0) AS BIGINT)"
        if each.kind in ("min", "max"):
            return f"{each.kind.upper()}({part})"
        total = f"CAST(SUM({part}) AS DOUBLE PRECISION)"
        return total if each.kind == "sum" else f"{total} / SUM({part}n)"

    def _of_group(self, each: Measure, part: str) -> str:
        if each is COUNT:
            return "g.n"
        if each.kind in ("min", "max"):
            return part
        total = f"CAST({part} AS DOUBLE PRECISION)"
        return total if each.kind == "sum" else f"{total} / {part}n"

    def _cell(self, each: Measure) -> str:
        root = _Spot(self.source.model, self.source.table)
        column = each.column.column if each.column else sheet_of(self.question.exposed.name).column
        return self._text(self._looked_at(root, root.table[column], each.looked_at))

    def _text(self, term: Term) -> str:
        return term.get_sql(self.context)


def _mark(condition: Q) -> int:
    """The same for the same right."""
    return id(condition) if condition else 0


def _target(model: type[Model], leg: Leg) -> type[Model]:
    found: type[Model] = model._meta.fields_map[leg.one.name].related_model  # type: ignore[attr-defined]  # a relation's
    return found


def _direction(down: bool, nullable: bool) -> str:
    """Nothing last, both ways; said only where it can be, because SQLite sorts once more for it."""
    return f"{' DESC' if down else ''}{' NULLS LAST' if nullable else ''}"


def _grouped(places: int) -> str:
    return f" GROUP BY {', '.join(str(place + 1) for place in range(places))}" if places else ""
