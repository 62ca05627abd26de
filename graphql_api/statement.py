"""Writes the SQL of one node: columns, masks, conditions, order and the place to go on from. It asks nothing.

Tortoise's Q objects are compiled by Tortoise, so a scope means the same here as anywhere; names come from the models,
values are always parameters. What differs from request to request is a hole among them, so that a text is written once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pypika_tortoise.context import SqlContext
from pypika_tortoise.enums import Order
from pypika_tortoise.functions import Count
from pypika_tortoise.queries import QueryBuilder, Table
from pypika_tortoise.terms import Case, Criterion, Parameterizer, Term, ValueWrapper
from tortoise.expressions import Q
from tortoise.models import Model

from graphql_api.compared import OneOf
from graphql_api.conditions import QUERIES, Breadth, Place, criterion, narrows
from graphql_api.filters import ALWAYS
from graphql_api.given import IDS, Hole, Open
from graphql_api.ordering import OrderKey
from graphql_api.registry import Exposed
from models.database_url import Dialect
from models.portable_sql import many

#: Of more ids than these, SQLite asks a scope about all rows sooner than about each by itself.
FEW_IDS = 500


@dataclass(frozen=True, slots=True)
class Seek:
    """The rows beyond a row whose keys have these values: after it, or before it in the same order. None where that row
    has no value."""

    values: Sequence[Hole | None]
    after: bool


@dataclass(frozen=True, slots=True)
class Select:
    """What to read. `single`: the conditions are those of a key and find one row at most. `among`: a column that must
    hold one of the ids given with the run, sent as one parameter however many; with `above`, one of those that this
    subquery gives. `backwards` turns the order round.
    `limit`, `offset`: how many rows at most, and how many before them are left out. `with_keys` adds the keys' values
    at the end of each row, for cursors."""

    exposed: Exposed
    columns: list[str]
    masks: Sequence[Q] = ()
    conditions: Sequence[Q] = ()
    single: bool = False
    among: str | None = None
    above: str | None = None
    keys: Sequence[OrderKey] = ()
    seeks: Sequence[Seek] = ()
    backwards: bool = False
    limit: Hole | None = None
    offset: Hole | None = None
    with_keys: bool = False

    def breadth(self, ids: Sequence[int] | None) -> Breadth:
        """For a run about these ids."""
        if self.single:
            return Breadth.ONE
        return Breadth.FEW if ids is not None and len(ids) <= FEW_IDS else Breadth.MANY


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and its parameters, holes among them."""

    text: str
    parameters: tuple[Any, ...]

    def filled(self, values: Sequence[Any], ids: Sequence[int] | None = None) -> list[Any]:
        """The parameters of one run."""
        return [self._filling(each, values, ids) if type(each) is Hole else each for each in self.parameters]

    def _filling(self, hole: Hole, values: Sequence[Any], ids: Sequence[int] | None) -> Any:
        return many(ids or ()) if hole is IDS else values[hole.place]


def select_statement(asked: Select, dialect: Dialect, breadth: Breadth) -> Statement:
    """The statement that reads the rows."""
    return _Writer(asked.exposed, dialect, breadth).select(asked)


def select_text(asked: Select, dialect: Dialect, breadth: Breadth, parameters: Parameterizer) -> str:
    """The same as a part of a larger statement, whose parameters are gathered in `parameters`."""
    return _Writer(asked.exposed, dialect, breadth, parameters).select(asked).text


def count_statement(exposed: Exposed, conditions: Sequence[Q], dialect: Dialect) -> Statement:
    """How many rows fulfil all of `conditions`."""
    return _Writer(exposed, dialect).count(conditions)


class Within(Criterion):
    """`column IN (subquery)` for a subquery of our own making, without parameters."""

    def __init__(self, column: Term, subquery: str) -> None:
        super().__init__()
        self._column, self._subquery = column, subquery

    def get_sql(self, ctx: SqlContext) -> str:
        return f"{self._column.get_sql(ctx)} IN ({self._subquery})"


@dataclass(slots=True)
class _Writer:
    exposed: Exposed
    dialect: Dialect
    breadth: Breadth = Breadth.MANY
    parameters: Parameterizer = field(default_factory=Parameterizer)
    paged: bool = False
    query: QueryBuilder = field(init=False)
    table: Table = field(init=False)
    joined: dict[tuple[str, ...], Table] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.table = self.exposed.model._meta.basetable
        self.query = QUERIES[self.dialect].from_(self.table)

    def select(self, asked: Select) -> Statement:
        self.paged = asked.limit is not None and any(map(narrows, asked.conditions))
        terms = [self._term(key) for key in asked.keys]
        selected: list[Term] = [self.table[column] for column in asked.columns]
        selected += [_flag(self._criterion(mask)) for mask in asked.masks]
        if asked.with_keys:
            selected += terms
        # named by place, so that a key which is also a column is not taken for it
        self.query = self.query.select(*(term.as_(f"c{place}") for place, term in enumerate(selected)))
        self._where(asked.conditions)
        if asked.among is not None:
            self.query = self.query.where(self._among(self.table[asked.among], asked.above))
        for seek in asked.seeks:
            self.query = self.query.where(_beyond(list(zip(asked.keys, terms, seek.values, strict=True)), seek.after))
        for key, term in zip(asked.keys, terms, strict=True):
            self._order(key, term, asked.backwards)
        if asked.limit is not None:
            self.query = self.query.limit(Open(asked.limit))
        if asked.offset is not None:
            self.query = self.query.offset(Open(asked.offset))
        return self._finished()

    def count(self, conditions: Sequence[Q]) -> Statement:
        self.query = self.query.select(Count("*"))
        self._where(conditions)
        return self._finished()

    def _among(self, column: Term, above: str | None) -> Criterion:
        return OneOf(column, IDS) if above is None else Within(column, above)

    def _finished(self) -> Statement:
        context = QUERIES[self.dialect].SQL_CONTEXT.copy(parameterizer=self.parameters)
        sql, values = self.query.get_parameterized_sql(context)
        return Statement(sql, tuple(values))

    def _where(self, conditions: Sequence[Q]) -> None:
        for each in conditions:
            if each and each is not ALWAYS:
                self.query = self.query.where(self._on(self.exposed.model, self.table, each, paged=self.paged))

    def _order(self, key: OrderKey, term: Term, backwards: bool) -> None:
        if key.nullable:
            self.query = self.query.orderby(term.isnull(), order=Order.desc if backwards else Order.asc)
        self.query = self.query.orderby(term, order=Order.desc if key.descending != backwards else Order.asc)

    def _criterion(self, condition: Q) -> Criterion:
        return self._on(self.exposed.model, self.table, condition)

    def _on(self, model: type[Model], table: Table, condition: Q, *, paged: bool = False) -> Criterion:
        return criterion(Place(model, table, self.dialect, self.breadth, paged=paged), condition)

    def _term(self, key: OrderKey) -> Term:
        """A key's column, over left joins for a relation; null where the caller may not look at it."""
        table, model = self.table, self.exposed.model
        path: tuple[str, ...] = ()
        for step in key.steps:
            path = (*path, step.one.name)
            target = model._meta.fields_map[step.one.name].related_model  # type: ignore[attr-defined]  # a relation's
            if path not in self.joined:
                self._join(path, model, table, target, step.one.column, (step.looked_at, step.visible))
            table, model = self.joined[path], target
        column: Term = table[key.column.column]
        if not key.looked_at:
            return column
        return Case().when(self._on(model, table, key.looked_at), column)

    def _join(
        self,
        path: tuple[str, ...],
        owner: type[Model],
        table: Table,
        target: type[Model],
        column: str,
        rights: tuple[Q, Q],
    ) -> None:
        looked_at, visible = rights
        joined = target._meta.basetable.as_(f"o{len(self.joined)}")
        on: Criterion = joined["id"] == table[column]
        if looked_at:
            on &= self._on(owner, table, looked_at)
        if visible:
            on &= self._on(target, joined, visible)
        self.query = self.query.left_join(joined).on(on)
        self.joined[path] = joined


def _flag(condition: Criterion) -> Term:
    one, zero = (ValueWrapper(number, allow_parametrize=False) for number in (1, 0))
    return Case().when(condition, one).else_(zero)


def _beyond(keys: list[tuple[OrderKey, Term, Hole | None]], after: bool) -> Criterion:
    """Rows further on than the given values: by the first key, or equal in it and further on by the next ones.

    A first key that is never empty is compared alone besides, so that its index is entered at the right place.
    """
    key, term, hole = keys[0]
    value = None if hole is None else Open(hole)
    beyond = _further(key, term, value, after)
    if len(keys) == 1:
        return beyond
    same = term.isnull() if value is None else term == value
    found: Criterion = beyond | (same & _beyond(keys[1:], after))
    if not key.nullable:
        found = (term <= value if key.descending == after else term >= value) & found
    return found


def _further(key: OrderKey, term: Term, value: Term | None, after: bool) -> Criterion:
    """Further on in one key, where rows without a value come last: nothing follows them, every value precedes them."""
    if value is None:
        return NEVER if after else term.notnull()
    further: Criterion = term < value if key.descending == after else term > value
    return further | term.isnull() if key.nullable and after else further


NEVER = ValueWrapper(1, allow_parametrize=False) == ValueWrapper(0, allow_parametrize=False)
