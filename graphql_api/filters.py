"""`where` becomes a condition: every relation an IN-subquery under the target's own row rules, never a join.

Each condition is true or false for every row, also where a column is empty, so that `not` is the exact opposite. Only
what the caller may look at is compared: outside of it a comparison is false whatever the value is, and reveals nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from operator import and_, or_
from typing import Any

from strawberry import UNSET
from tortoise.expressions import Q

from graphql_api.compared import COMPARED_WITH, Compared
from graphql_api.context import Context
from graphql_api.errors import ApiError, ErrorCode
from graphql_api.given import MOST_VALUES, Given
from graphql_api.lacking import Lacking
from graphql_api.registry import Column, Exposed, Registry, ToMany, ToOne, registry
from graphql_api.values import bad, clean, clean_list, clean_text, required
from policies.access import Access
from policies.filters import FoundIn

#: Tortoise drops an empty Q from an OR and from a NOT; these two say what is meant.
ALWAYS = Q(id__not_in=[])
NEVER = Q(id__in=[])

LOOKUPS = {
    "eq": "",
    "in": "__in",
    "lt": "__lt",
    "lte": "__lte",
    "gt": "__gt",
    "gte": "__gte",
    "contains": "__icontains",
    "startsWith": "__istartswith",
}
OPPOSITES = {"ne": "eq", "notIn": "in"}
EXACT = frozenset({"eq", "ne", "in", "notIn"})

MOST_CONDITIONS = 200
LONGEST_PATTERN = 255
DEEPEST = 12
FARTHEST = 6  # relations inside one another: SQLite's parser stops at some 100 open brackets, a scope's own included

Where = Mapping[str, Any]
Path = tuple[str, ...]


def condition(name: str, value: object) -> Q:
    """`Q(**{name: value})` for a name put together."""
    conditions: dict[str, Any] = {name: value}
    return Q(**conditions)


def all_of(parts: Iterable[Q]) -> Q:
    found = list(parts)
    return reduce(and_, found) if found else ALWAYS


def any_of(parts: Iterable[Q]) -> Q:
    found = list(parts)
    return reduce(or_, found) if found else NEVER


def narrowed(looked_at: Q, found: Q) -> Q:
    """`found` where the caller may look; an empty `looked_at` is everywhere."""
    return looked_at & found if looked_at else found


def readable_everywhere(access: Access, exposed: Exposed, name: str) -> bool:
    """Whether a column may be read on every row that the caller sees."""
    plan = access.plan(exposed.name, "read", (name,))
    return plan is not None and name in plan.columns and plan.columns[name] is None


class Filters:
    """Translates one request's filters. It counts conditions and values over all of them: a filter larger than a
    database takes in one statement is refused (QUERY_TOO_COMPLEX)."""

    def __init__(
        self,
        access: Access,
        exposed: Registry | None = None,
        given: Given | None = None,
        *,
        shown: str = "read",
    ) -> None:
        """`shown`: the action by which the columns beside these conditions are shown, see `exporting`."""
        self.access = access
        self.shown = shown
        self.given = given or Given()
        self._registry = exposed or registry()
        self._relations = 0

    # --- what may be seen

    def visible(self, exposed: Exposed) -> Q:
        """The rows of an object that the caller sees. Raises FORBIDDEN for none at all."""
        rows = self.access.rows(exposed.name, "read")
        if rows is None:
            raise Lacking(self.access, exposed.name, "read")
        return rows

    def searchable(self, exposed: Exposed, name: str, *, exact: bool) -> Q:
        """The rows on which a filter or an order may look at a column; an empty Q for all that the caller sees.

        Raises FORBIDDEN for nowhere.
        """
        if readable_everywhere(self.access, exposed, name) and (exact or not exposed[name].note.sensitive):
            return Q()
        found = self.access.searchable(exposed.name, name, exact=exact)
        if found is None:
            exactly = exact and exposed[name].note.sensitive  # whatever else may be read may be searched
            raise Lacking(self.access, exposed.name, "match" if exactly else "read", name)
        return found

    def may_order(self, exposed: Exposed, name: str) -> bool:
        """Whether the caller may look at a column at all, other than by equality."""
        return self.access.searchable(exposed.name, name, exact=False) is not None

    # --- where

    def where(self, exposed: Exposed, where: Where | None, path: Path = ("where",)) -> Q:
        """The condition on rows of `exposed`; an absent filter is no condition.

        Raises BAD_INPUT with the path of what is wrong, FORBIDDEN for a column the caller may not look at.
        """
        if where is None:
            return ALWAYS
        if len(path) > DEEPEST * 2:
            raise ApiError(ErrorCode.QUERY_TOO_COMPLEX, measure="depth", value=len(path) // 2, limit=DEEPEST)
        if not where:
            self._count(0)
        return all_of(self._part(exposed, name, value, (*path, name)) for name, value in where.items())

    def _part(self, exposed: Exposed, name: str, value: Any, path: Path) -> Q:
        if value is None:
            raise bad(path, "NULL")
        if value in ({}, []):
            self._count(0)
        if name == "and":
            return all_of(self.where(exposed, each, (*path, str(place))) for place, each in enumerate(value))
        if name == "or":
            return any_of(self.where(exposed, each, (*path, str(place))) for place, each in enumerate(value))
        if name == "not":
            return ~self.where(exposed, value, path)
        if name == "isNull":
            raise bad(path, "NO_RELATION")
        member = exposed.members[name]
        if isinstance(member, Column):
            return all_of(self._compared(exposed, member, operator, each, path) for operator, each in value.items())
        if isinstance(member, ToOne):
            return self._related(exposed, member, value, path)
        return all_of(self._listed(member, side, each, path) for side, each in value.items())

    # --- columns

    def _compared(self, exposed: Exposed, column: Column, operator: str, value: Any, path: Path) -> Q:
        path = (*path, operator)
        counted = isinstance(value, list)
        self._count(len(value) if counted else 1)
        self.given.single -= len(value) if counted else 0
        looked_at = self.searchable(exposed, column.name, exact=operator in EXACT)
        positive = OPPOSITES.get(operator, operator)
        found = self._operator(exposed, column, positive, value, path)
        return narrowed(looked_at, found if positive == operator else ~found)

    def _operator(self, exposed: Exposed, column: Column, operator: str, value: Any, path: Path) -> Q:
        if operator == "isNull":
            if value is None:
                raise bad(path, "NULL")
            return condition(f"{column.name}__isnull", value)
        cleaned = _cleaning(exposed.name, column, operator, path)
        as_compared = COMPARED_WITH.get(LOOKUPS[operator])
        made: Callable[[Any], Any] = (lambda each: as_compared(cleaned(each))) if as_compared else cleaned
        hole = self.given.take(path, value, made, counted=operator == "in")
        return _known(column.name, column.nullable, Compared(column.name, LOOKUPS[operator], cleaned(value), hole))

    def _count(self, values: int) -> None:
        """One condition, be it an empty one: each is a level of the statement's own nesting."""
        amount = self.given.amount
        amount.conditions += 1
        amount.values += values
        self.given.single += values
        if amount.conditions > MOST_CONDITIONS:
            raise ApiError(
                ErrorCode.QUERY_TOO_COMPLEX, measure="conditions", value=amount.conditions, limit=MOST_CONDITIONS
            )
        if amount.values > MOST_VALUES:
            raise ApiError(ErrorCode.QUERY_TOO_COMPLEX, measure="values", value=amount.values, limit=MOST_VALUES)

    # --- relations

    @contextmanager
    def _further(self) -> Iterator[None]:
        """Within one relation more."""
        self._relations += 1
        if self._relations > FARTHEST:
            raise ApiError(ErrorCode.QUERY_TOO_COMPLEX, measure="relations", value=self._relations, limit=FARTHEST)
        yield
        self._relations -= 1

    def _related(self, exposed: Exposed, one: ToOne, where: Where, path: Path) -> Q:
        self._count(1)
        looked_at = self.searchable(exposed, one.name, exact=True)
        inner = dict(where)
        parts = []
        if "isNull" in inner:
            empty = inner.pop("isNull")
            if empty is None:
                raise bad((*path, "isNull"), "NULL")
            parts.append(condition(f"{one.column}__isnull", empty))
        if inner or not parts:
            with self._further():
                parts.append(self.among(one, self.where(self._registry[one.target], inner, path)))
        return narrowed(looked_at, all_of(parts))

    def among(self, one: ToOne, inner: Q) -> Q:
        """Rows whose relation is a visible row of the target that fulfils `inner`."""
        target = self._registry[one.target]
        rows = target.model.filter(self.visible(target), inner)
        return _known(one.column, one.nullable, FoundIn(one.column, rows))

    def _listed(self, many: ToMany, side: str, where: Where, path: Path) -> Q:
        """`every` is: no visible row that does not fulfil it. A back reference that is null belongs to nobody; left in,
        `NOT IN` would be unknown for all."""
        path = (*path, side)
        self._count(1)
        if where is None:
            raise bad(path, "NULL")
        target = self._registry[many.target]
        with self._further():
            inner = self.where(target, where, path)
        looked_at = self.searchable(target, many.relation, exact=True)
        rows = target.model.filter(
            self.visible(target), looked_at, ~inner if side == "every" else inner, **{f"{many.column}__isnull": False}
        )
        found = FoundIn("id", rows, many.column)
        return found if side == "some" else ~found


def _cleaning(object_name: str, column: Column, operator: str, path: Path) -> Callable[[Any], Any]:
    """How a value that is compared by `operator` is cleaned; it raises BAD_INPUT."""
    if operator == "in":
        return lambda value: clean_list(object_name, column, value, path)
    if operator in ("contains", "startsWith"):
        longest = column.max_length or LONGEST_PATTERN
        return lambda value: clean_text(required(value, path), longest, path)
    return lambda value: clean(object_name, column, value, path)


def _known(name: str, nullable: bool, compared: Q) -> Q:
    """False, not unknown, where the column is empty."""
    return compared & condition(f"{name}__isnull", False) if nullable else compared


def mapping(given: Any) -> Any:
    """A Strawberry input as the plain mapping that graphql-core coerced it from: GraphQL names, unset members left out,
    enums as they are. For resolvers that take a generated filter as an argument."""
    definition = getattr(type(given), "__strawberry_definition__", None)
    if isinstance(given, list):
        return [mapping(each) for each in given]
    if definition is None or not hasattr(definition, "fields"):
        return given
    members = (
        (field.graphql_name or field.python_name, getattr(given, field.python_name)) for field in definition.fields
    )
    return {name: mapping(value) for name, value in members if value is not UNSET}


def sheet_filter(context: Context, where: Any) -> Q:
    """The sheets that a caller's `where: SheetFilter` means, under what the caller may see and look at."""
    filters, sheets = Filters(context.access), registry()["Sheet"]
    return filters.visible(sheets) & filters.where(sheets, mapping(where), ("input", "select", "where"))
