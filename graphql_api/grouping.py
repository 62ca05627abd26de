"""A question for groups, as it was asked and as the caller may ask it: rows, keys, what is worked out, which groups are
told and in which order. How it becomes SQL is not here, nor whether the counters know the answer already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import and_
from typing import Any

from tortoise.expressions import Q

from graphql_api.errors import ApiError, ErrorCode
from graphql_api.filters import Filters
from graphql_api.given import Arguments, Hole
from graphql_api.group_durations import START, durations_of, is_duration, sheet_of
from graphql_api.group_keys import GroupKey, keys_of, measures_of
from graphql_api.group_rights import Counting, check_conditions, rows_of
from graphql_api.limits import GROUPS, MOST_GROUPS
from graphql_api.registry import Column, Exposed, Kind, ToOne, registry
from graphql_api.scalars import Direction
from graphql_api.searching import Search
from graphql_api.values import bad, clean, required

MOST_KEYS = 8
ALONE = frozenset({"count", "part", "share", "sheets"})  # of no column
OF_ROWS = frozenset({"median", "p90", "part", "share", "sheets"})
MOST_ORDERS = 12


@dataclass(frozen=True, slots=True)
class Leg:
    """One to-one relation on the way to a key. `looked_at`: the rows of the owner whose relation the caller may look
    at; `visible`: the rows of the target that he sees. An empty Q is all of them."""

    one: ToOne
    looked_at: Q
    visible: Q


@dataclass(frozen=True, slots=True)
class KeyAsked:
    """A key with the rights on its way; null where the caller may not look."""

    key: GroupKey
    legs: tuple[Leg, ...]
    looked_at: Q

    @property
    def nullable(self) -> bool:
        """Whether some row may have nothing here, or nothing that is shown."""
        empty = self.key.column.nullable or any(leg.one.nullable for leg in self.legs)
        return empty or bool(self.looked_at) or any(leg.looked_at or leg.visible for leg in self.legs)


@dataclass(frozen=True, slots=True)
class Measure:
    """`count`; `min`, `max`, `sum`, `avg`, `median`, `p90` of a column where the caller may look at it; `part`, how
    many rows fulfil a condition besides, and `share`, which part of the group they are; `sheets`, on how many the rows
    stand."""

    kind: str
    column: Column | None = None
    looked_at: Q = field(default_factory=Q, compare=False)

    @property
    def of_rows(self) -> bool:
        """Whether it is worked out of a group's rows at once, not put together from groups of them."""
        return self.kind in OF_ROWS or (self.column is not None and is_duration(self.column))


COUNT = Measure("count")


@dataclass(frozen=True, slots=True)
class Compared:
    """A condition on groups: a measure compared with what fills the hole."""

    measure: Measure
    operator: str
    hole: Hole


@dataclass(frozen=True, slots=True)
class Question:
    """`conditions`: all of them hold for every row that counts. `measures`: what is worked out, in the order in which
    it was met. `order`: the places of keys, or measures, each with whether it goes down. `most`: how many groups are
    told, the first of them when `cut`, else more are an error; `limit`: how many are read. `counting`: the caller may
    only count, so that small groups are kept from him. `part`: which rows are a group's part; `since`: the clearances
    of a sheet with which the days begin."""

    exposed: Exposed
    conditions: tuple[Q, ...]
    keys: tuple[KeyAsked, ...]
    measures: tuple[Measure, ...]
    having: tuple[Compared, ...]
    order: tuple[tuple[int | Measure, bool], ...]
    limit: Hole
    most: Hole
    cut: bool
    counting: bool
    part: Q | None = None
    since: tuple[Q, ...] = ()

    @property
    def of_rows(self) -> bool:
        """Whether some measure needs every row of a group."""
        return any(each.of_rows for each in self.measures)


class Questions:
    """Reads the arguments of one `xGroups`. Raises BAD_INPUT for what cannot be asked, FORBIDDEN for what this caller
    may not."""

    def __init__(self, filters: Filters, exposed: Exposed, arguments: Arguments) -> None:
        self.filters, self.exposed, self._arguments = filters, exposed, arguments
        self._counting = isinstance(filters, Counting)
        self._measures: dict[Measure, None] = {COUNT: None}
        self.keys = self._keys(arguments["groupBy"])
        self._conditions = (rows_of(filters, exposed), *self._condition(exposed, "where"), *self._search())
        self._part = self._condition(exposed, "part")
        self._since = self._beginning() if "since" in arguments else []
        self._having = tuple(self._compared())
        self._order = tuple(self._ordered())

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Those met until now."""
        return tuple(self._measures)

    def question(self) -> Question:
        """With every measure that was asked for by `measure` until now."""
        limit, most = self._limits()
        return Question(
            self.exposed,
            self._conditions,
            self.keys,
            self.measures,
            self._having,
            self._order,
            limit,
            most,
            cut=self._arguments.get("limit") is not None,
            counting=self._counting,
            part=self._part[0] if self._part else None,
            since=tuple(self._since),
        )

    def _limits(self) -> list[Hole]:
        """One group more is read than is told, to know whether there are more. Of what somebody would be told who may
        only count, some is kept from him afterwards, so all is read."""
        counting = self._counting

        def values(found: Arguments) -> list[Any]:
            most = most_of(found)
            return [(MOST_GROUPS if counting else most) + 1, most]

        return self.filters.given.take_all(values, values(self._arguments))

    # --- rows

    def _condition(self, exposed: Exposed, argument: str) -> list[Q]:
        """What the filter in an argument says of rows; nothing when there is none."""
        where = self._arguments.get(argument)
        if where is None:
            return []
        if self._counting:
            self.filters.given.take_all(lambda found: check_conditions(exposed, found[argument], (argument,)), [])
            check_conditions(exposed, where, (argument,))
        return [self.filters.where(exposed, where, (argument,))]

    def _beginning(self) -> list[Q]:
        """The clearances whose moment the caller may look at, and which `since` means."""
        exposed = registry()["Clearance"]
        asked = self._condition(exposed, "since")
        looked_at = [self._looked_at(exposed, name) for name in ("sheet", START)]
        return [self.filters.visible(exposed), *filter(None, looked_at), *asked] if asked else []

    def _search(self) -> list[Q]:
        text = self._arguments.get("search")
        if text is None:
            return []
        if self._counting:
            raise counts_only("search")
        if not text.strip():
            self.filters.given.kept = False
            return []
        return [Search(self.filters, registry()).condition(self.exposed, text)]

    # --- keys

    def _keys(self, asked: list[Any]) -> tuple[KeyAsked, ...]:
        names = list(dict.fromkeys(each.value for each in asked))
        if len(names) > MOST_KEYS:
            raise bad(("groupBy",), "TOO_MANY", count=len(names), limit=MOST_KEYS)
        return tuple(self._key(keys_of(self.exposed.name)[name]) for name in names)

    def _key(self, key: GroupKey) -> KeyAsked:
        legs, exposed = [], self.exposed
        for one in key.steps:
            target = registry()[one.target]
            legs.append(Leg(one, self._looked_at(exposed, one.name), self.filters.visible(target)))
            exposed = target
        return KeyAsked(key, tuple(legs), self._looked_at(exposed, key.column.name))

    def _looked_at(self, exposed: Exposed, name: str) -> Q:
        return self.filters.searchable(exposed, name, exact=False)

    def place(self, graphql: str, path: tuple[str, ...]) -> int:
        """Which of the keys asked for this is, by its name in answers."""
        for place, each in enumerate(self.keys):
            if each.key.graphql == graphql:
                return place
        name = next(key.name for key in keys_of(self.exposed.name).values() if key.graphql == graphql)
        raise bad(path, "NOT_GROUPED", key=name)

    # --- measures

    def measure(self, kind: str, graphql: str | None, path: tuple[str, ...]) -> Measure:
        """`count`, or a kind of measure of a column. Raises BAD_INPUT where an argument is missing that says what it is
        about."""
        if kind == "count":
            return COUNT
        if graphql is None:
            found = self._of_rows(kind, path)
        else:
            if self._counting and kind in ("min", "max"):
                raise counts_only(".".join(path))
            column = {**measures_of(self.exposed.name), **durations_of(self.exposed.name)}[graphql]
            looked_at = self._looked_at(self.exposed, column.name)
            if is_duration(column):
                looked_at = self._duration(looked_at, path)
            found = Measure(kind, column, looked_at)
        self._measures.setdefault(found)
        return found

    def _of_rows(self, kind: str, path: tuple[str, ...]) -> Measure:
        """`part`, `share` or `sheets`."""
        if kind != "sheets":
            if not self._part:
                raise bad(path, "ARGUMENT_NEEDED", needed="part")
            return Measure(kind)
        owner = sheet_of(self.exposed.name)
        return Measure(kind, None, self._looked_at(self.exposed, owner.name))

    def _duration(self, end: Q, path: tuple[str, ...]) -> Q:
        """Where the days may be looked at: both the moment and the sheet, on which the other one is found."""
        if not self._since:
            raise bad(path, "ARGUMENT_NEEDED", needed="since")
        sheet = self._looked_at(self.exposed, sheet_of(self.exposed.name).name)
        return reduce(and_, filter(None, (end, sheet)), Q())

    def _compared(self) -> list[Compared]:
        having = self._arguments.get("having")
        if having is None:
            return []
        if self._counting:
            raise counts_only("having")
        found: list[Compared] = []
        for kind, asked in having.items():
            path = ("having", kind)
            if kind in ALONE:
                found += self._comparisons(self.measure(kind, None, path), required(asked, path), path)
                continue
            for name, each in required(asked, path).items():
                measure = self.measure(kind, name, (*path, name))
                found += self._comparisons(measure, required(each, (*path, name)), (*path, name))
        return found

    def _comparisons(self, measure: Measure, asked: Mapping[str, Any], path: tuple[str, ...]) -> list[Compared]:
        found = []
        for operator, value in asked.items():
            cleaned = _cleaning(self.exposed, measure, (*path, operator))
            found.append(Compared(measure, operator, self.filters.given.take((*path, operator), value, cleaned)))
        return found

    # --- order

    def _ordered(self) -> list[tuple[int | Measure, bool]]:
        """What was asked for, then the keys, so that the order is total."""
        asked = self._arguments.get("orderBy") or []
        if len(asked) > MOST_ORDERS:
            raise bad(("orderBy",), "TOO_MANY", count=len(asked), limit=MOST_ORDERS)
        found = [self._order_of(each, ("orderBy", str(number))) for number, each in enumerate(asked)]
        ordered = {target for target, _ in found}
        return [*found, *((place, False) for place in range(len(self.keys)) if place not in ordered)]

    def _order_of(self, asked: Mapping[str, Any], path: tuple[str, ...]) -> tuple[int | Measure, bool]:
        [(kind, value)] = asked.items()
        path = (*path, kind)
        if kind in ALONE:
            return self.measure(kind, None, path), required(value, path) is Direction.DESC
        [(name, direction)] = required(value, path).items()
        path = (*path, name)
        descending = required(direction, path) is Direction.DESC
        return (self.place(name, path) if kind == "key" else self.measure(kind, name, path)), descending


def most_of(arguments: Arguments) -> int:
    """How many groups may be told. Raises BAD_INPUT."""
    limit: int | None = arguments.get("limit")
    if limit is None:
        return GROUPS
    if not 1 <= limit <= MOST_GROUPS:
        raise bad(("limit",), "OUT_OF_RANGE", minimum=1, maximum=MOST_GROUPS)
    return limit


def counts_only(argument: str) -> ApiError:
    """FORBIDDEN for what would tell more than counts."""
    return ApiError(ErrorCode.FORBIDDEN, "", (), problem="COUNTS_ONLY", argument=argument)


def _cleaning(exposed: Exposed, measure: Measure, path: tuple[str, ...]) -> Callable[[Any], Any]:
    """How a value is cleaned that a measure is compared with."""
    column = measure.column
    if column is not None and column.kind in (Kind.TEXT, Kind.MOMENT):
        return lambda value: clean(exposed.name, column, value, path)
    return lambda value: required(value, path)
