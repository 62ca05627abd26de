"""The day, week or month of a moment in the university's time zone, as SQL.

PostgreSQL knows time zones. SQLite does not, so there the zone's offset is looked up in a list of its changes, made
here from Python's data: one comparison for a zone that no longer changes its clocks, some twenty for one that does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from zoneinfo import ZoneInfo

from pypika_tortoise.context import SqlContext
from pypika_tortoise.enums import Dialects
from pypika_tortoise.terms import Term

from graphql_api.group_keys import Bucket

FIRST, LAST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
STRIDE = dt.timedelta(days=7)
BLOCK = 32  # changes of the clock that are asked for one after the other

#: SQLite's steps from a local moment to the first day: Monday is the day after the Sunday before.
MODIFIERS = {Bucket.DAY: "", Bucket.WEEK: ", 'weekday 0', '-6 days'", Bucket.MONTH: ", 'start of month'"}


class Bucketed(Term):
    """The first day of the stretch in which a moment lies: a bare column, which is named several times."""

    def __init__(self, column: Term, bucket: Bucket, zone: ZoneInfo) -> None:
        super().__init__()
        self._column, self._bucket, self._zone = column, bucket, zone

    def get_sql(self, ctx: SqlContext) -> str:
        moment = self._column.get_sql(ctx.copy(with_alias=False))
        if ctx.dialect is Dialects.SQLITE:
            second = f"substr({moment}, 1, 19)"  # SQLite would round the last half millisecond of a day up
            return f"date({second}, {_offset(moment, changes(self._zone))}{MODIFIERS[self._bucket]})"
        return f"date_trunc('{self._bucket.value.lower()}', {moment} AT TIME ZONE '{self._zone.key}')::date"


@lru_cache(maxsize=8)
def changes(zone: ZoneInfo) -> tuple[tuple[dt.datetime, dt.timedelta], ...]:
    """From which moment on the zone has which offset; the first one holds before, too."""
    found = [(FIRST, _offset_at(zone, FIRST))]
    moment = FIRST
    while moment < LAST:
        following = moment + STRIDE
        if _offset_at(zone, following) != found[-1][1]:
            found.append(_change(zone, moment, following))
        moment = following
    return tuple(found)


def _change(zone: ZoneInfo, before: dt.datetime, after: dt.datetime) -> tuple[dt.datetime, dt.timedelta]:
    """The one change between two moments, to the second."""
    old = _offset_at(zone, before)
    while after - before > dt.timedelta(seconds=1):
        middle = before + dt.timedelta(seconds=(after - before) // dt.timedelta(seconds=2))
        before, after = (middle, after) if _offset_at(zone, middle) == old else (before, middle)
    return after, _offset_at(zone, after)


def _offset_at(zone: ZoneInfo, moment: dt.datetime) -> dt.timedelta:
    return moment.astimezone(zone).utcoffset() or dt.timedelta()


def _offset(moment: str, found: Sequence[tuple[dt.datetime, dt.timedelta]]) -> str:
    """SQLite's modifier for a moment, which is stored as text in UTC. The latest change is asked for first; many are
    asked for block by block, for a CASE within a CASE within a CASE is more than SQLite's parser takes."""
    if len(found) > BLOCK * BLOCK:
        raise ValueError("too many changes of the clock")
    blocks = [found[start : start + BLOCK] for start in range(0, len(found), BLOCK)] if len(found) > BLOCK else None
    if blocks is not None:
        return _latest(moment, [(block[0][0], _offset(moment, block)) for block in blocks])
    return _latest(moment, [(since, f"'{offset.total_seconds() / 60:+g} minutes'") for since, offset in found])


def _latest(moment: str, found: Sequence[tuple[dt.datetime, str]]) -> str:
    (_, first), *later = found
    if not later:
        return first
    cases = " ".join(f"WHEN {moment} >= '{since.replace(tzinfo=None)}' THEN {said}" for since, said in reversed(later))
    return f"CASE {cases} ELSE {first} END"
