"""Writes a Q as a condition of a statement, and the filters of the policies once for all requests that keep them.

What Tortoise compiles it compiles here too, so a scope means the same as anywhere; only the look-ups in other tables
are written by form: `IN (SELECT …)` where a statement looks at many rows, because the database answers it once for all,
and on SQLite `EXISTS` where it looks at few, because SQLite would gather all rows of the season first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import reduce
from operator import and_, or_
from typing import Any

from pypika_tortoise.context import SqlContext
from pypika_tortoise.dialects import PostgreSQLQuery, SQLLiteQuery
from pypika_tortoise.enums import Boolean
from pypika_tortoise.queries import QueryBuilder, Table
from pypika_tortoise.terms import ComplexCriterion, Criterion, EmptyCriterion, Parameterizer, Term, ValueWrapper
from tortoise.expressions import Q, ResolveContext, Subquery
from tortoise.models import Model

from graphql_api.compared import Compared
from models.database_url import Dialect
from policies.filters import FoundIn, Kept

QUERIES: dict[Dialect, Any] = {Dialect.SQLITE: SQLLiteQuery, Dialect.POSTGRESQL: PostgreSQLQuery}


class Breadth(Enum):
    """How many rows a statement looks at. MANY: whatever fulfils its conditions. FEW: those of some ids, so the scopes
    are asked about these. ONE: those of a key, and so on in every table that the conditions go through to find it."""

    MANY = 0
    FEW = 1
    ONE = 2

    @property
    def further(self) -> Breadth:
        """How many rows are looked at in the tables that a filter goes through."""
        return self if self is Breadth.ONE else Breadth.MANY


class _Joining(Exception):
    """A condition that Tortoise would only answer by a join."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a condition stands: on which rows, in which statement. `scope`: within a filter of the policies. `paged`:
    the statement ends when a page is full, so rows are asked one by one about the lists below them."""

    model: type[Model]
    table: Table
    dialect: Dialect
    breadth: Breadth = Breadth.MANY
    scope: bool = False
    paged: bool = False


def criterion(place: Place, condition: Q) -> Criterion:
    """The condition without joins: one that would join becomes `id IN (subquery)`."""
    try:
        return _written(place, condition)
    except _Joining:
        _refuse_holes(condition)
        within: Criterion = place.table["id"].isin(Subquery(place.model.filter(condition).values("id")))
        return within


def _refuse_holes(condition: Q) -> None:
    """What Tortoise writes holds the values of one request. The API's own filters never join, so this is a mistake."""
    if isinstance(condition, Compared):
        raise TypeError("a comparison of the API beside a join")
    for each in condition.children:
        _refuse_holes(each)


def _written(place: Place, condition: Q) -> Criterion:
    if isinstance(condition, Kept):
        return Frozen(place, condition)
    if isinstance(condition, FoundIn):
        return _found_in(place, condition)
    if isinstance(condition, Compared):
        return condition.written(place.table, _column(place.model, condition.column))
    if condition.filters:
        resolved = condition.resolve(ResolveContext(place.model, place.table, {}, {}))
        if resolved.joins:
            raise _Joining
        found: Criterion = resolved.where_criterion
        return found
    return _joined(condition, (_written(place, each) for each in condition.children))


def _joined(condition: Q, parts: Iterable[Criterion]) -> Criterion:
    """As Tortoise joins them: what is empty says nothing, nor does its negation."""
    said = [part for part in parts if not isinstance(part, EmptyCriterion)]
    if not said:
        return EmptyCriterion()  # type: ignore[return-value]  # which pypika takes for one
    found = reduce(and_ if condition.join_type == Q.AND else or_, said)
    return found.negate() if condition._is_negated else found


def _found_in(place: Place, condition: FoundIn) -> Criterion:
    column = place.table[_column(place.model, condition.column)]
    table = condition.model._meta.basetable
    found = table[_column(condition.model, condition.found)]
    if _each(place, condition, table):
        return Exists(_rows(place, condition, place.breadth).select(ONE).where(found == column))
    breadth = Breadth.MANY if place.scope else place.breadth.further
    within: Criterion = column.isin(_rows(place, condition, breadth).select(found))
    return within


def _each(place: Place, condition: FoundIn, table: Table) -> bool:
    """Whether each row is looked up by itself: of few rows, or of as many as fill a page. PostgreSQL makes one of both
    forms."""
    if place.dialect is not Dialect.SQLITE or table._table_name == place.table._table_name:
        return False
    return place.breadth is not Breadth.MANY if place.scope else place.paged and condition.column == "id"


def narrows(condition: Q) -> bool:
    """Whether a condition that must hold leaves few rows: an own column or a to-one relation is compared."""
    if isinstance(condition, Compared):
        return condition.lookup in ("", "__in")
    if isinstance(condition, FoundIn):
        return condition.column != "id"
    together = condition.join_type == Q.AND and not condition._is_negated and not condition.filters
    return together and any(map(narrows, condition.children))


def _rows(place: Place, condition: FoundIn, breadth: Breadth) -> QueryBuilder:
    table = condition.model._meta.basetable
    inner = Place(condition.model, table, place.dialect, breadth, place.scope)
    query: QueryBuilder = QUERIES[place.dialect].from_(table)
    for each in condition.conditions:
        query = query.where(_written(inner, each))
    return query


def _column(model: type[Model], name: str) -> str:
    return model._meta.fields_db_projection[name]


class Exists(Criterion):
    """`EXISTS (subquery)`."""

    def __init__(self, query: QueryBuilder) -> None:
        super().__init__()
        self._query = query

    def get_sql(self, ctx: SqlContext) -> str:
        return f"EXISTS {self._query.get_sql(ctx.copy(subquery=True, with_alias=False))}"


#: Stands in a kept text where a parameter does; no text of SQL holds it.
MARK = "\0"


@dataclass(frozen=True, slots=True)
class Text:
    """A condition as SQL: the pieces between its parameters, and their values. `loose`: its parts fall apart beside an
    AND without brackets; `several`: beside a NOT."""

    pieces: tuple[str, ...]
    values: tuple[Any, ...]
    loose: bool
    several: bool


class Frozen(Criterion):
    """A filter of the policies. Its text is written once for each kind of place and kept with the filter; the values
    are parameters of each statement anew."""

    def __init__(self, place: Place, filtering: Kept) -> None:
        super().__init__()
        self._place, self._filter = place, filtering

    def get_sql(self, ctx: SqlContext) -> str:
        if ctx.parameterizer is None:
            raise TypeError("values are always parameters")
        text = self._text(ctx)
        sql = [text.pieces[0]]
        for value, piece in zip(text.values, text.pieces[1:], strict=True):
            sql += ctx.parameterizer.create_param(value).get_sql(ctx), piece
        whole = "".join(sql)
        return f"({whole})" if text.loose or (text.several and ctx.subcriterion) else whole

    def _text(self, ctx: SqlContext) -> Text:
        place = self._place
        name = (place.table.alias or place.table._table_name) if ctx.with_namespace else None
        key = (place.dialect, place.breadth is Breadth.MANY, name)
        found = self._filter.texts.get(key)
        if found is None:
            found = self._filter.texts[key] = self._write(ctx)
        return found  # type: ignore[return-value]  # nobody else keeps texts there

    def _write(self, ctx: SqlContext) -> Text:
        place = self._place
        within = Place(place.model, place.table, place.dialect, place.breadth, scope=True)
        found = _joined(self._filter, [criterion(within, each) for each in self._filter.children])
        values = Parameterizer(lambda number: MARK)
        bare = ctx.copy(parameterizer=values, subcriterion=False, subquery=False, with_alias=False)
        several = isinstance(found, ComplexCriterion)
        loose = isinstance(found, ComplexCriterion) and found.comparator is Boolean.or_
        return Text(tuple(found.get_sql(bare).split(MARK)), tuple(values.values), loose, several)


ONE: Term = ValueWrapper(1, allow_parametrize=False)
