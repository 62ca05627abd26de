"""What the answers to the questions of docs/analysts.md are, by plain SQL row by row and plain Python over the rows:
neither the filters nor the SQL of the API. `RECOUNTS` says for each question, by its name, which rows it is about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean, median
from typing import Any
from zoneinfo import ZoneInfo

from models import database

Row = dict[str, Any]
Group = dict[str, Any]

ZONE = ZoneInfo("Asia/Shanghai")
SMALLEST = 5
BATCH = "2026-06"
BEGUN = """(SELECT MAX(o.decided_at) FROM clearance o JOIN item oi ON oi.id = o.item_id
    WHERE o.sheet_id = s.id AND o.status = 3 AND {since})"""
#: The rows of each object with what hangs on them; `apart`: rows of one sheet differ by it.
FROM = {
    "clearanceGroups": """SELECT c.sheet_id AS sheet, c.item_id AS apart, c.decided_at AS ended, {shown}
        FROM clearance c JOIN item i ON i.id = c.item_id JOIN sheet s ON s.id = c.sheet_id
        LEFT JOIN department d ON d.id = i.department_id""",
    "certificateGroups": """SELECT c.sheet_id AS sheet, 0 AS apart, c.issued_at AS ended, {shown}
        FROM certificate c JOIN sheet s ON s.id = c.sheet_id""",
    "sheetGroups": "SELECT s.id AS sheet, 0 AS apart, NULL AS ended, {shown} FROM sheet s",
}
JOINED = """ JOIN batch b ON b.id = s.batch_id JOIN college k ON k.id = s.college_id
    JOIN student t ON t.id = s.student_id WHERE b.code = ?1 AND s.state = 'ACTIVE'"""


@dataclass(frozen=True)
class Recount:
    """`keys`: by their names in answers, as SQL, or a function of the row. `order`: what the groups are sorted by, from
    the greatest down when `down`."""

    field: str
    where: str
    keys: dict[str, str | Callable[[Row], Any]]
    measures: tuple[str, ...]
    part: str = "0 = 1"
    since: str = ""
    order: str = ""
    down: bool = True
    limit: int = 2_000


def _day(row: Row) -> str:
    return str(row["ended"].astimezone(ZONE).date())


def _week(row: Row) -> str:
    day = row["ended"].astimezone(ZONE).date()
    return str(day - dt.timedelta(days=day.weekday()))


CLEARED_FINAL = "i.kind = 'FINAL' AND c.status = 3"
PENDING = "i.kind = 'NORMAL' AND c.status = 1"
DEPARTMENTS = "i.handled_by = 'DEPARTMENT' AND c.status = 3"
LIBRARY = "oi.code = 'LIB_BOOKS'"

RECOUNTS = {
    "LastClass": Recount(
        "clearanceGroups", "i.kind = 'NORMAL' AND c.status <> 2", {"className": "s.class_name"},
        ("sheets", "count", "part", "share"), part="c.status = 3", order="share", down=False, limit=3,
    ),
    "LibraryToSignOff": Recount(
        "clearanceGroups", CLEARED_FINAL, {"level": "s.level", "decidedAtWeek": _week}, ("count", "median"),
        since=LIBRARY,
    ),
    "HoldsUp": Recount(
        "clearanceGroups", PENDING, {"itemCode": "i.code"}, ("count",), order="count", limit=5
    ),
    "StillToDo": Recount(
        "clearanceGroups", PENDING, {"collegeCode": "k.code"}, ("sheets", "count"), order="sheets", limit=5
    ),
    "SignedOff": Recount(
        "clearanceGroups", "i.kind = 'FINAL'", {"collegeCode": "k.code"}, ("count", "part", "share"),
        part="c.status = 3", order="share", limit=5,
    ),
    "SignedOffByDay": Recount("clearanceGroups", CLEARED_FINAL, {"decidedAtDay": _day}, ("count",)),
    "BusiestDays": Recount(
        "clearanceGroups", "c.status = 3", {"decidedAtDay": _day}, ("count", "sheets"), order="count", limit=3
    ),
    "DepartmentsByWeek": Recount(
        "clearanceGroups", DEPARTMENTS, {"itemDepartmentCode": "d.code", "decidedAtWeek": _week}, ("count",)
    ),
    "ByMachine": Recount(
        "clearanceGroups", DEPARTMENTS, {"itemDepartmentCode": "d.code"}, ("count", "part", "share"),
        part="c.decided_by IN ('SYNC', 'IMPORT')", order="share", limit=5,
    ),
    "CollegesTakeTheirTime": Recount(
        "clearanceGroups", CLEARED_FINAL, {"collegeCode": "k.code"}, ("count", "median", "avg"),
        since="oi.kind = 'NORMAL'", order="median", limit=5,
    ),
    "SignOffToCertificate": Recount(
        "certificateGroups", "c.status = 'ISSUED'", {"kind": "c.kind"}, ("count", "median", "p90"),
        since="oi.kind = 'FINAL'",
    ),
    "CertificatesOut": Recount(
        "certificateGroups", "c.status <> 'VOID'", {"kind": "c.kind"}, ("count", "part", "share", "sheets"),
        part="c.status = 'ISSUED'",
    ),
    "Collected": Recount(
        "certificateGroups", "c.status = 'ISSUED'", {"kind": "c.kind", "collection": "c.collection"}, ("count",)
    ),
    "WhoLeaves": Recount("sheetGroups", "1 = 1", {"level": "s.level", "leaveType": "s.leave_type"}, ("count",)),
    "Women": Recount(
        "sheetGroups", "1 = 1", {"level": "s.level"}, ("count", "part", "share"), part="t.gender = 'F'"
    ),
    "Equally": Recount(
        "clearanceGroups", CLEARED_FINAL, {"studentGender": "t.gender"}, ("count", "median", "p90"), since=LIBRARY
    ),
}  # fmt: skip


async def recounted(recount: Recount, *, counting: bool, college: str = "") -> list[Group]:
    """The groups as the API answers them; to somebody who may only count, or reads one college's rows."""
    rows = await _rows(recount, college)

    def key(row: Row) -> tuple[Any, ...]:
        return tuple(row[name] for name in recount.keys)

    groups = [list(each) for _, each in groupby(sorted(rows, key=key), key)]
    if counting:
        groups = [group for group, told in zip(groups, _told([_size(each) for each in groups]), strict=True) if told]
    made: list[Group] = [{"key": {name: group[0][name] for name in recount.keys}} for group in groups]
    hidden = [False] * len(groups)
    for measure in recount.measures:
        values = [MEASURES[measure](group) for group in groups]
        shown = _shown(measure, groups) if counting else [True] * len(groups)
        for place, (value, told) in enumerate(zip(values, shown, strict=True)):
            made[place][measure] = value if told else None
            hidden[place] |= measure == recount.order and not told
    ranked = sorted(range(len(made)), key=lambda place: _rank(recount, made[place], hidden[place]))
    return [_as_answered(made[place]) for place in ranked[: recount.limit]]


def _rank(recount: Recount, group: Group, hidden: bool) -> tuple[Any, ...]:
    value = group[recount.order] if recount.order and not hidden else None
    return value is None, (-value if recount.down else value) if value is not None else 0


async def _rows(recount: Recount, college: str) -> list[Row]:
    columns = {name: said for name, said in recount.keys.items() if isinstance(said, str)}
    begun = BEGUN.format(since=recount.since) if recount.since else "NULL"
    shown = [f'{said} AS "{name}"' for name, said in columns.items()]
    shown += [f"CASE WHEN {recount.part} THEN 1 ELSE 0 END AS part", f"{begun} AS begun"]
    text = f"{FROM[recount.field].format(shown=', '.join(shown))}{JOINED} AND {recount.where}"
    found: Any = await database.fetch(f"{text} AND k.code = ?2" if college else text, [BATCH, *filter(None, [college])])
    rows = [dict(each) | {"ended": _moment(each["ended"]), "begun": _moment(each["begun"])} for each in found]
    worked_out = {name: said for name, said in recount.keys.items() if not isinstance(said, str)}
    return [row | {name: said(row) for name, said in worked_out.items()} for row in rows]


def _moment(value: Any) -> dt.datetime | None:
    return dt.datetime.fromisoformat(value) if isinstance(value, str) else value


# --- measures


def _days(group: Sequence[Row]) -> list[float]:
    """By whole seconds."""
    both = [(row["begun"].replace(microsecond=0), row["ended"].replace(microsecond=0)) for row in _timed(group)]
    return sorted((ended - begun).total_seconds() / 86_400 for begun, ended in both)


def _timed(group: Sequence[Row]) -> list[Row]:
    return [row for row in group if row["begun"] and row["ended"]]


def _ninety(values: Sequence[float]) -> float | None:
    """Nine tenths of the way through the sorted values, between two of them in proportion."""
    if not values:
        return None
    place = 0.9 * (len(values) - 1)
    below = values[int(place)]
    return below + (values[min(int(place) + 1, len(values) - 1)] - below) * (place - int(place))


MEASURES: dict[str, Callable[[Sequence[Row]], Any]] = {
    "count": len,
    "sheets": lambda group: _different(group),
    "part": lambda group: sum(row["part"] for row in group),
    "share": lambda group: sum(row["part"] for row in group) / len(group),
    "median": lambda group: median(_days(group)) if _days(group) else None,
    "avg": lambda group: fmean(_days(group)) if _days(group) else None,
    "p90": lambda group: _ninety(_days(group)),
}


def _as_answered(group: Group) -> Group:
    def shown(name: str, value: Any) -> Any:
        if name in ("median", "avg", "p90"):
            return {"days": None if value is None else round(value, 2)}
        return round(value, 4) if name == "share" and value is not None else value

    return {name: shown(name, value) for name, value in group.items()}


# --- those who may only count


def _different(rows: Iterable[Row]) -> int:
    return len({row["sheet"] for row in rows})


def _size(rows: Sequence[Row]) -> int:
    """The most rows that stand on different sheets for certain: those of one item."""
    return max(
        (_different(row for row in rows if row["apart"] == one) for one in {r["apart"] for r in rows}), default=0
    )


def _told(sizes: Sequence[int], smallest: int = SMALLEST) -> list[bool]:
    """Which are told: not the small ones, nor the next larger, until two are missing and five people together."""
    hidden = {place for place, size in enumerate(sizes) if size < smallest}
    while hidden and len(hidden) < len(sizes) and (len(hidden) < 2 or sum(sizes[each] for each in hidden) < SMALLEST):
        next_larger = min(size for place, size in enumerate(sizes) if place not in hidden)
        hidden |= {place for place, size in enumerate(sizes) if size == next_larger}
    return [place not in hidden for place in range(len(sizes))]


def _shown(measure: str, groups: Sequence[Sequence[Row]]) -> list[bool]:
    """In which groups so many stand behind a measure that it is told."""
    if measure in ("part", "share"):
        parts = [[_size([row for row in group if row["part"] == side]) for side in (1, 0)] for group in groups]
        return _told([min(size for size in both if size) for both in parts])
    if measure in ("median", "avg", "p90"):
        behind = [_different(_timed(group)) for group in groups]
        some = iter(_told([each for each in behind if each], {"median": 10, "p90": 50}.get(measure, SMALLEST)))
        return [next(some) if each else True for each in behind]
    return [True] * len(groups)
