"""What the groups of a question are, by plain Python over all rows of a small world and the policy oracle: neither the
filters nor the SQL of the API, nor its counters.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from graphql_api.group_keys import Bucket, GroupKey, keys_of, measures_of
from graphql_api.registry import Column, Exposed, Kind, registry
from tests.policies.policy_oracle import Oracle, fields
from tests.policies.season_of_all_kinds import World

Row = dict[str, Any]
ZONE = ZoneInfo("Asia/Shanghai")
SMALLEST, FEWEST = 5, 2


class Refused(Exception):
    """The caller may nowhere look at what the question needs."""


@dataclass(frozen=True)
class Asked:
    """`where`: conditions as the API takes them, with what they mean of a row of the object. `measures`:
    `min.createdAt` and the like."""

    object: str
    keys: tuple[str, ...]
    measures: tuple[str, ...] = ()
    where: tuple[tuple[str, Callable[[Row], bool]], ...] = ()


class GroupsOracle:
    def __init__(self, world: World, oracle: Oracle) -> None:
        self._world, self._oracle = world, oracle

    def groups(self, asked: Asked) -> list[Row]:
        """The groups that are told, in no order: keys by their names in answers, `count`, measures."""
        exposed = registry()[asked.object]
        counting = self._counts_only(asked.object)
        if counting and any(each.startswith(("min", "max")) for each in asked.measures):
            raise Refused
        keys = [keys_of(asked.object)[name] for name in asked.keys]
        read = [self._reader(exposed, key, counting) for key in keys]
        measured = {each: self._measured(exposed, each, counting) for each in asked.measures}
        found: dict[tuple[Any, ...], list[Row]] = {} if keys else {(): []}
        for row in self._rows(exposed, counting):
            if all(holds(row) for _, holds in asked.where):
                found.setdefault(tuple(each(row) for each in read), []).append(row)
        shown = self._told(exposed, found) if counting else list(found)
        return [
            {key.graphql: value for key, value in zip(keys, values, strict=True)}
            | {"count": len(found[values])}
            | {name: worked_out(found[values]) for name, worked_out in measured.items()}
            for values in shown
        ]

    # --- rights

    def _counts_only(self, object_name: str) -> bool:
        can = {
            action: any(self._oracle.granted(object_name, action, each) for each in fields(object_name))
            for action in ("read", "aggregate")
        }
        if not any(can.values()):
            raise Refused
        return can["aggregate"] and not can["read"]

    def _rows(self, exposed: Exposed, counting: bool) -> Iterable[Row]:
        seen = self._oracle.anything(exposed.name, "aggregate" if counting else "read")
        return [row for row in self._world.rows[exposed.name] if row["id"] in seen]

    def _seen(self, object_name: str, counting: bool) -> frozenset[int]:
        actions = ("read", "aggregate") if counting else ("read",)
        if not any(self._oracle.granted(object_name, each, name) for each in actions for name in fields(object_name)):
            raise Refused
        return frozenset().union(*(self._oracle.anything(object_name, each) for each in actions))

    def _looked_at(self, object_name: str, name: str, counting: bool) -> frozenset[int]:
        actions = ("read", "aggregate") if counting else ("read",)
        if not any(self._oracle.granted(object_name, each, name) for each in actions):
            raise Refused
        return frozenset().union(*(self._oracle.permitted(object_name, each, name) for each in actions))

    # --- values

    def _reader(self, exposed: Exposed, key: GroupKey, counting: bool) -> Callable[[Row], Any]:
        steps = []
        for one in key.steps:
            looked_at = self._looked_at(exposed.name, one.name, counting)
            exposed = registry()[one.target]
            steps.append((one.column, exposed.name, looked_at, self._seen(exposed.name, counting)))
        final = self._looked_at(exposed.name, key.column.name, counting)

        def value(row: Row) -> Any:
            for column, target, looked_at, seen in steps:
                if row["id"] not in looked_at or row[column] is None or row[column] not in seen:
                    return None
                row = self._world.one(target, row[column])
            return shown(key.column, row[key.column.name], key.bucket) if row["id"] in final else None

        return value

    def _measured(self, exposed: Exposed, name: str, counting: bool) -> Callable[[Sequence[Row]], Any]:
        kind, _, graphql = name.partition(".")
        column = measures_of(exposed.name)[graphql]
        looked_at = self._looked_at(exposed.name, column.name, counting)

        def worked_out(rows: Sequence[Row]) -> Any:
            values = [row[column.name] for row in rows if row["id"] in looked_at and row[column.name] is not None]
            if not values:
                return None
            if kind in ("median", "p90"):
                return percentile(sorted(values), 0.5 if kind == "median" else 0.9)
            if kind in ("min", "max"):
                return shown(column, min(values) if kind == "min" else max(values))
            return float(sum(values)) if kind == "sum" else sum(values) / len(values)

        return worked_out

    # --- those who may only count

    def _told(self, exposed: Exposed, found: dict[tuple[Any, ...], list[Row]]) -> list[tuple[Any, ...]]:
        """A group is as large as the most of its rows that stand on different sheets; clearances: of one item."""
        sizes = {key: self._size(exposed, rows) for key, rows in found.items()}
        hidden = [key for key, size in sizes.items() if size < SMALLEST and found[key]]
        rest = [key for key in sizes if key not in hidden]
        while hidden and rest and (len(hidden) < FEWEST or sum(sizes[key] for key in hidden) < SMALLEST):
            least = min(sizes[key] for key in rest)
            hidden += [key for key in rest if sizes[key] == least]
            rest = [key for key in rest if sizes[key] != least]
        return [key for key in found if key not in hidden]

    def _size(self, exposed: Exposed, rows: Sequence[Row]) -> int:
        if "sheet" not in exposed.ones:  # the rows are people, or none
            return len(rows)
        if exposed.name != "Clearance":
            return len({row["sheet_id"] for row in rows} - {None})
        return max(
            (sum(row["item_id"] == item for row in rows) for item in {row["item_id"] for row in rows}), default=0
        )


def percentile(values: Sequence[int], share: float) -> float:
    """The value at a share of the way through sorted ones, between two of them in proportion."""
    place = share * (len(values) - 1)
    below = values[int(place)]
    return below + (values[min(int(place) + 1, len(values) - 1)] - below) * (place - int(place))


def shown(column: Column, value: Any, bucket: Bucket | None = None) -> Any:
    """As an answer has it."""
    if value is None:
        return None
    if bucket is not None:
        return str(first_day(value.astimezone(ZONE).date(), bucket))
    if column.kind is Kind.CHOICE and column.choices is not None:
        return column.choices(value.value if isinstance(value, Enum) else value).name
    return value.astimezone(dt.UTC).isoformat() if isinstance(value, dt.datetime) else value


def first_day(day: dt.date, bucket: Bucket) -> dt.date:
    if bucket is Bucket.DAY:
        return day
    return day.replace(day=1) if bucket is Bucket.MONTH else day - dt.timedelta(days=day.weekday())
