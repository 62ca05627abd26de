"""The four batches of the demonstration as rows, and the acts that opened, closed and archived them."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from models import database
from models.enums import BatchStatus, OperationKind
from seeds.accounts import Staff
from seeds.ledger import Change, Ledger
from seeds.timetable import SeasonDates, Timetable
from seeds.university import RANGE_LIMIT

COLUMNS = (
    *("code", "name", "name_en", "status", "opens_at", "closes_at", "request_deadline", "range_limit"),
    *("accepts_applications", "version", "created_at", "updated_at"),
)

#: The life of a batch: the status after each step, by which kind of operation.
LIFE = (
    (BatchStatus.PREPARING, None),
    (BatchStatus.OPEN, OperationKind.OPEN_BATCH),
    (BatchStatus.CLOSED, OperationKind.CLOSE_BATCH),
    (BatchStatus.ARCHIVED, OperationKind.ARCHIVE_BATCH),
)


async def write_batches(calendar: Timetable) -> dict[str, int]:
    """Adds the batches and gives their ids by code."""
    await database.copy_rows("batch", COLUMNS, [_row(dates) for dates in calendar.seasons])
    return {code: id_ for id_, code in await database.fetch("SELECT id, code FROM batch")}


def _row(dates: SeasonDates) -> tuple[Any, ...]:
    steps = [status for status, _ in LIFE].index(dates.status)
    made = dates.roster - timedelta(days=30)
    return (
        *(dates.code, dates.name, dates.name_en, dates.status.value, dates.opens, dates.closes),
        *(dates.request_deadline, RANGE_LIMIT, dates.status is BatchStatus.OPEN, 1 + steps, made, made),
    )


def record_lives(calendar: Timetable, ids: dict[str, int], ledger: Ledger, staff: Staff) -> None:
    """Enters how each batch came to its status."""
    for dates in calendar.seasons:
        for (before, _), (after, kind) in pairwise(LIFE):
            if before is dates.status:
                break
            if kind is not None:
                _record(dates, ids[dates.code], before, after, kind, ledger, staff)


def _record(
    dates: SeasonDates,
    batch_id: int,
    before: BatchStatus,
    after: BatchStatus,
    kind: OperationKind,
    ledger: Ledger,
    staff: Staff,
) -> None:
    office = staff.by_username["office"]
    act = ledger.act((batch_id, kind), kind, _at(dates, kind), actor=office, role="office", batch=batch_id)
    version = [status for status, _ in LIFE].index(after) + 1
    act.changes.append(Change("Batch", batch_id, None, None, before.name, after.name, version))


def _at(dates: SeasonDates, kind: OperationKind) -> datetime:
    if kind is OperationKind.OPEN_BATCH:
        return dates.opens
    return dates.closes if kind is OperationKind.CLOSE_BATCH else dates.closes + timedelta(days=30)
