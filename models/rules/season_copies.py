"""A sheet's copies of college, major, class, level and building, brought up to date while its season is running; an old
season keeps what it was."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from models import database
from models.enums import BatchStatus, CertificateStatus
from models.portable_sql import many
from models.rules import counters
from models.rules.journal import event
from models.rules.locks import lock_batch, lock_sheets
from models.rules.recording import EventEntry

COPIES = ("college_id", "major", "class_name", "level", "building_id")


async def refresh_copies(student_ids: Collection[int], *, now: datetime | None = None) -> list[EventEntry]:
    """Copies the students' present data to their active sheets, with the counters, and gives the events to be written.

    To be called in the transaction that changed the students. Sheets with an issued certificate, and those of closed
    and archived batches, are left as they are.
    """
    before = await _outdated(student_ids)
    if not before:
        return []
    for batch_id in sorted({row[1] for row in before}):
        await lock_batch(batch_id, exclusive=False)
    locked = {row[0] for row in before}
    await lock_sheets(locked)
    # Again: a sheet may have been cancelled, moved or issued, or its batch closed, while the locks were waited for.
    changed = {row[0]: row[2:] for row in await _outdated(student_ids) if row[0] in locked}
    await counters.count_sheets(changed, sign=-1)
    await database.execute(REFRESH, [many(changed), now or datetime.now(UTC)])
    await counters.count_sheets(changed, sign=1)
    return [
        event("Sheet", each, *(name for name, differs in zip(COPIES, differing, strict=True) if differs), sheet_id=each)
        for each, differing in changed.items()
    ]


async def _outdated(student_ids: Collection[int]) -> list[database.Row]:
    running = [BatchStatus.PREPARING, BatchStatus.OPEN]
    return await database.fetch(OUTDATED, [many(student_ids), *running, CertificateStatus.ISSUED])


def _differs(name: str) -> str:
    """`<>` alone says nothing of a building that is missing on one side."""
    sheet, student = f"sheet.{name}", f"student.{name}"
    return f"({sheet} <> {student} OR ({sheet} IS NULL) <> ({student} IS NULL))"


OUTDATED = f"""
SELECT sheet.id, sheet.batch_id, {", ".join(map(_differs, COPIES))}
FROM sheet JOIN student ON student.id = sheet.student_id JOIN batch ON batch.id = sheet.batch_id
WHERE student.id IN LIST(?1) AND sheet.holder IS NOT NULL AND batch.status IN (?2, ?3)
    AND NOT EXISTS (SELECT 1 FROM certificate WHERE certificate.sheet_id = sheet.id AND certificate.status = ?4)
    AND ({" OR ".join(map(_differs, COPIES))})
ORDER BY sheet.id
"""
REFRESH = f"""
UPDATE sheet SET {", ".join(f"{name} = student.{name}" for name in COPIES)},
    version = sheet.version + 1, updated_at = ?2
FROM student WHERE student.id = sheet.student_id AND sheet.id IN LIST(?1)
"""
