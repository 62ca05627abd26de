"""What a question for groups may look at. Who reads rows may group those he reads, by what he may look at there; a
column that he may look at on some of them only is null on the others. Who may only count asks about the rows he may
count, by their keys alone, and is not told of a group behind which fewer than SMALLEST_GROUP stand.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_
from typing import Any

from tortoise.expressions import Q

from graphql_api.filters import Filters
from graphql_api.given import Given
from graphql_api.group_keys import keys_of
from graphql_api.lacking import Lacking
from graphql_api.registry import Exposed, Registry, ToMany, ToOne, registry
from graphql_api.values import bad, moment
from policies.access import Access
from settings import settings

Path = tuple[str, ...]


def filters_for(filters: Filters, exposed: Exposed) -> Filters:
    """How a caller's conditions on these rows are read. Raises FORBIDDEN for who may neither read nor count them."""
    access = filters.access
    if not access.can(exposed.name, "read") and not access.can(exposed.name, "aggregate"):
        raise Lacking(access, exposed.name, "aggregate")
    return Counting(access, given=filters.given) if access.counts_only(exposed.name) else filters


def rows_of(filters: Filters, exposed: Exposed) -> Q:
    """The rows that are counted."""
    if not isinstance(filters, Counting):
        return filters.visible(exposed)
    rows = filters.access.rows(exposed.name, "aggregate")
    if rows is None:
        raise Lacking(filters.access, exposed.name, "aggregate")
    return rows


class Counting(Filters):
    """The filters of somebody who may only count: what may be counted by may be looked at, and nothing else."""

    def visible(self, exposed: Exposed) -> Q:
        return self._any(exposed, [self.access.rows(exposed.name, action) for action in ("read", "aggregate")], None)

    def searchable(self, exposed: Exposed, name: str, *, exact: bool) -> Q:
        looked_at = [
            self.access.searchable(exposed.name, name, exact=False),
            self.access.rows(exposed.name, "aggregate", (name,)),
        ]
        found = self._any(exposed, looked_at, name)
        return Q() if found is self.visible(exposed) else found

    def may_order(self, exposed: Exposed, name: str) -> bool:
        return self.access.can(exposed.name, "read", name) or self.access.can(exposed.name, "aggregate", name)

    def _any(self, exposed: Exposed, rows: list[Q | None], name: str | None) -> Q:
        found = list({id(each): each for each in rows if each is not None}.values())
        if not found:
            raise Lacking(self.access, exposed.name, "aggregate", name)
        if not all(found):
            return Q()
        return found[0] if len(found) == 1 else self._together(exposed, name, found)

    def _together(self, exposed: Exposed, name: str | None, found: list[Q]) -> Q:
        key = tuple(map(id, found))
        return self._kept.setdefault(key, reduce(or_, found))

    def __init__(self, access: Access, exposed: Registry | None = None, given: Given | None = None) -> None:
        super().__init__(access, exposed, given)
        self._kept: dict[tuple[int, ...], Q] = {}


# --- conditions of those who may only count


def check_conditions(exposed: Exposed, where: Mapping[str, Any] | None, path: Path = ("where",)) -> list[Any]:
    """That a filter compares keys of groups only, and moments by whole days: never one person. Raises BAD_INPUT; gives
    nothing, as a step of `Given` may."""
    routes = {key.path for key in keys_of(exposed.name).values()}
    for place, step, value in _compared(exposed, where or {}, path, ()):
        if not any(route[: len(step)] == step for route in routes):
            raise bad(place, "NOT_A_KEY")
        if isinstance(value, dt.datetime) and not _begins_day(value, place):
            raise bad(place, "NO_WHOLE_DAY")
    return []


def _compared(exposed: Exposed, where: Mapping[str, Any], path: Path, steps: Path) -> Iterator[tuple[Path, Path, Any]]:
    """Each value that is compared: its place in the question, the way to the column, the value."""
    for name, value in where.items():
        place = (*path, name)
        if name in ("and", "or"):
            for number, each in enumerate(value or ()):
                yield from _compared(exposed, each, (*place, str(number)), steps)
        elif name == "not":
            yield from _compared(exposed, value or {}, place, steps)
        elif name != "isNull":
            yield from _of_member(exposed, name, value, place, steps)


def _of_member(exposed: Exposed, name: str, value: Any, place: Path, steps: Path) -> Iterator[tuple[Path, Path, Any]]:
    member = exposed.members[name]
    step = (*steps, member.name)
    if isinstance(member, ToMany):
        raise bad(place, "NOT_A_KEY")
    yield place, step, None
    if isinstance(member, ToOne):
        yield from _compared(registry()[member.target], value or {}, place, step)
        return
    for operator, each in (value or {}).items():
        if operator in ("contains", "startsWith"):
            raise bad((*place, operator), "NOT_A_KEY")
        for one in each if isinstance(each, list) else [each]:
            yield (*place, operator), step, one


def _begins_day(value: dt.datetime, place: Path) -> bool:
    local = moment(value, place).astimezone(settings().timezone)
    return local.time() == dt.time()
