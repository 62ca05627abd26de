"""The one search box: a number is an indexed prefix of the identifying column, a word is contained in any column."""

from __future__ import annotations

from tortoise.expressions import Q

from graphql_api.compared import once
from graphql_api.filters import NEVER, Filters, all_of, any_of, narrowed
from graphql_api.lacking import Lacking
from graphql_api.registry import Column, Exposed, Registry
from graphql_api.values import bad, clean_text
from models.rules.identity import normalise

MOST_TERMS = 8
LONGEST_TERM = 64

Route = tuple[str, ...]


class Search:
    """Translates the search box of one request. Columns that the caller may not look at are not searched; when that
    leaves none, the search is refused (FORBIDDEN)."""

    def __init__(self, filters: Filters, registry: Registry) -> None:
        self._filters, self._registry = filters, registry

    def condition(self, exposed: Exposed, text: str, path: tuple[str, ...] = ("search",)) -> Q:
        """Rows in which every word of `text` is found. Raises BAD_INPUT and FORBIDDEN.

        What stands in the box decides the statement, so no other search can use it.
        """
        self._filters.given.kept = False
        words = normalise(clean_text(text, MOST_TERMS * LONGEST_TERM, path)).split()
        if len(words) > MOST_TERMS:
            raise bad(path, "TOO_MANY", count=len(words), limit=MOST_TERMS)
        routes: list[Route] = [tuple(name.split("__")) for name in exposed.entity.search]
        if not routes:
            raise bad(path, "NOT_SEARCHABLE", object=exposed.name)
        permitted = [route for route in routes if self._permitted(exposed, route)]
        if not permitted:
            raise Lacking(self._filters.access, *self._end(exposed, routes[0]))
        return all_of(self._word(exposed, permitted, word) for word in words)

    def _word(self, exposed: Exposed, routes: list[Route], word: str) -> Q:
        identifying = [route for route in routes if self._identifies(exposed, route)]
        if word.isascii() and word.isdigit() and identifying:
            return any_of(self._found(exposed, route, self._prefixed(exposed, route, word)) for route in identifying)
        return any_of(self._found(exposed, route, self._once(route[-1], "__icontains", word)) for route in routes)

    def _prefixed(self, exposed: Exposed, route: Route, digits: str) -> Q:
        """No value begins with more digits than its column holds, and the ORM refuses to ask."""
        column = self._column(exposed, route)
        longest = column.max_length if isinstance(column, Column) else None
        return NEVER if longest is not None and len(digits) > longest else self._beginning(route[-1], digits)

    def _beginning(self, name: str, digits: str) -> Q:
        """Texts that begin with `digits`, as a range that an index answers: 0.9 ms where LIKE takes 100 ms."""
        stem = digits.rstrip("9")
        if not stem:
            return self._once(name, "__istartswith", digits)
        return self._once(name, "__gte", digits) & self._once(name, "__lt", stem[:-1] + str(int(stem[-1]) + 1))

    def _once(self, name: str, lookup: str, text: str) -> Q:
        return once(self._filters.given, name, lookup, text)

    def _found(self, exposed: Exposed, route: Route, found: Q) -> Q:
        """`found` on the object at the end of the route, carried back by `IN (…)` under each object's row rules."""
        looked_at = self._filters.searchable(exposed, route[0], exact=False)
        if len(route) == 1:
            return narrowed(looked_at, found)
        one = exposed.ones[route[0]]
        inner = self._found(self._registry[one.target], route[1:], found)
        return narrowed(looked_at, self._filters.among(one, inner))

    def _permitted(self, exposed: Exposed, route: Route) -> bool:
        if not self._filters.may_order(exposed, route[0]):
            return False
        return len(route) == 1 or self._permitted(self._registry[exposed.ones[route[0]].target], route[1:])

    def _end(self, exposed: Exposed, route: Route) -> tuple[str, str, str]:
        for name in route[:-1]:
            exposed = self._registry[exposed.ones[name].target]
        return exposed.name, "read", route[-1]

    def _identifies(self, exposed: Exposed, route: Route) -> bool:
        """Whether the route ends at a column by which people name a row: a student or certificate number, a code."""
        column = self._column(exposed, route)
        for name in route[:-1]:
            exposed = self._registry[exposed.ones[name].target]
        keys = {name for group in exposed.model._meta.unique_together for name in group}
        keys |= {*exposed.entity.natural_key}
        return isinstance(column, Column) and (column.unique or column.name in keys)

    def _column(self, exposed: Exposed, route: Route) -> object:
        """What stands at the end of the route."""
        for name in route[:-1]:
            exposed = self._registry[exposed.ones[name].target]
        return exposed[route[-1]]
