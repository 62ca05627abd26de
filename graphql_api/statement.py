"""Writes the SQL of one node: columns, masks, conditions, order and the place to go on from. It asks nothing.

Tortoise's Q objects are compiled by Tortoise, so a scope means the same here as anywhere; names come from the models,
values are always parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pypika_tortoise.context import SqlContext
from pypika_tortoise.enums import Dialects, Order
from pypika_tortoise.functions import Count
from pypika_tortoise.queries import QueryBuilder, Table
from pypika_tortoise.terms import Case, Criterion, Term, ValueWrapper
from tortoise.expressions import Q
from tortoise.models import Model

from graphql_api.conditions import QUERIES, Breadth, Place, criterion
from graphql_api.filters import ALWAYS
from graphql_api.ordering import OrderKey
from graphql_api.registry import Exposed
from models.database_url import Dialect
from models.portable_sql import many

#: Of more ids than these, SQLite asks a scope about all rows sooner than about each by itself.
FEW_IDS = 500


@dataclass(frozen=True, slots=True)
class Seek:
    """The rows beyond a row whose keys have these values: after it, or before it in the same order."""

    values: Sequence[Any]
    after: bool


@dataclass(slots=True)
class Select:
    """What to read. `single`: the conditions are those of a key and find one row at most. `among`: a column and the
    values it must have, sent as one parameter however many. `backwards`
    turns the order round. `page`: how many rows at most; one more is asked for, to know whether there are more.
    `with_keys` adds the keys' values at the end of each row, for cursors."""

    exposed: Exposed
    columns: list[str]
    masks: Sequence[Q] = ()
    conditions: Sequence[Q] = ()
    single: bool = False
    among: tuple[str, list[int]] | None = None
    keys: Sequence[OrderKey] = ()
    seeks: Sequence[Seek] = ()
    backwards: bool = False
    page: int | None = None
    offset: int = 0
    with_keys: bool = False

    @property
    def breadth(self) -> Breadth:
        if self.single:
            return Breadth.ONE
        return Breadth.FEW if self.among is not None and len(self.among[1]) <= FEW_IDS else Breadth.MANY


Statement = tuple[str, list[Any]]


def select_sql(asked: Select, dialect: Dialect) -> Statement:
    """The statement and its parameters."""
    return _Writer(asked.exposed, dialect, asked.breadth).select(asked)


def count_sql(exposed: Exposed, conditions: Sequence[Q], dialect: Dialect) -> Statement:
    """How many rows fulfil all of `conditions`."""
    return _Writer(exposed, dialect).count(conditions)


class OneOf(Criterion):
    """`column IN (…)` with all values in one parameter: an array on PostgreSQL, JSON on SQLite."""

    def __init__(self, column: Term, values: list[int]) -> None:
        super().__init__()
        self._column, self._values = column, values

    def get_sql(self, ctx: SqlContext) -> str:
        if ctx.parameterizer is None:
            raise TypeError("values are always parameters")
        parameter = ctx.parameterizer.create_param(many(self._values)).get_sql(ctx)
        column = self._column.get_sql(ctx)
        if ctx.dialect is Dialects.POSTGRESQL:
            return f"{column}=ANY({parameter})"
        return f"{column} IN (SELECT value FROM json_each({parameter}))"


@dataclass(slots=True)
class _Writer:
    exposed: Exposed
    dialect: Dialect
    breadth: Breadth = Breadth.MANY
    query: QueryBuilder = field(init=False)
    table: Table = field(init=False)
    joined: dict[tuple[str, ...], Table] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.table = self.exposed.model._meta.basetable
        self.query = QUERIES[self.dialect].from_(self.table)

    def select(self, asked: Select) -> Statement:
        terms = [self._term(key) for key in asked.keys]
        selected: list[Term] = [self.table[column] for column in asked.columns]
        selected += [_flag(self._criterion(mask)) for mask in asked.masks]
        if asked.with_keys:
            selected += terms
        # named by place, so that a key which is also a column is not taken for it
        self.query = self.query.select(*(term.as_(f"c{place}") for place, term in enumerate(selected)))
        self._where(asked.conditions)
        if asked.among is not None:
            column, values = asked.among
            self.query = self.query.where(OneOf(self.table[column], values))
        for seek in asked.seeks:
            self.query = self.query.where(_beyond(list(zip(asked.keys, terms, seek.values, strict=True)), seek.after))
        for key, term in zip(asked.keys, terms, strict=True):
            self._order(key, term, asked.backwards)
        if asked.page is not None:
            self.query = self.query.limit(asked.page + 1)
        if asked.offset:
            self.query = self.query.offset(asked.offset)
        return self._finished()

    def count(self, conditions: Sequence[Q]) -> Statement:
        self.query = self.query.select(Count("*"))
        self._where(conditions)
        return self._finished()

    def _finished(self) -> Statement:
        sql, values = self.query.get_parameterized_sql()
        return sql, list(values)

    def _where(self, conditions: Sequence[Q]) -> None:
        for each in conditions:
            if each and each is not ALWAYS:
                self.query = self.query.where(self._criterion(each))

    def _order(self, key: OrderKey, term: Term, backwards: bool) -> None:
        if key.nullable:
            self.query = self.query.orderby(term.isnull(), order=Order.desc if backwards else Order.asc)
        self.query = self.query.orderby(term, order=Order.desc if key.descending != backwards else Order.asc)

    def _criterion(self, condition: Q) -> Criterion:
        return self._on(self.exposed.model, self.table, condition)

    def _on(self, model: type[Model], table: Table, condition: Q) -> Criterion:
        return criterion(Place(model, table, self.dialect, self.breadth), condition)

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


def _beyond(keys: list[tuple[OrderKey, Term, Any]], after: bool) -> Criterion:
    """Rows further on than the given values: by the first key, or equal in it and further on by the next ones.

    A first key that is never empty is compared alone besides, so that its index is entered at the right place.
    """
    key, term, value = keys[0]
    beyond = _further(key, term, value, after)
    if len(keys) == 1:
        return beyond
    same = term.isnull() if value is None else term == value
    found: Criterion = beyond | (same & _beyond(keys[1:], after))
    if not key.nullable:
        found = (term <= value if key.descending == after else term >= value) & found
    return found


def _further(key: OrderKey, term: Term, value: Any, after: bool) -> Criterion:
    """Further on in one key, where rows without a value come last: nothing follows them, every value precedes them."""
    if value is None:
        return NEVER if after else term.notnull()
    further: Criterion = term < value if key.descending == after else term > value
    return further | term.isnull() if key.nullable and after else further


NEVER = ValueWrapper(1, allow_parametrize=False) == ValueWrapper(0, allow_parametrize=False)
