"""转学院 (B19): a student belongs to another college, major or class from now on. The record and the running sheet
change together, with the counters; what an old season says stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from models import database
from models.enums import BatchStatus, OperationKind, SheetState
from models.people import Student
from models.portable_sql import many
from models.rules.actor import Actor
from models.rules.facts import Season, SheetFacts
from models.rules.identity import normalise
from models.rules.journal import PRESENT, event
from models.rules.naming import college_called
from models.rules.recording import EventEntry
from models.rules.refusals import Code, Refusal, Refused
from models.rules.results import ActResult
from models.rules.season_copies import refresh_copies
from models.rules.selection import Selection
from models.rules.sheet_changes import Deed, Options, carry_out, require_reason

COLLEGE = "college_id"
RUNNING = (BatchStatus.PREPARING, BatchStatus.OPEN)


async def transfer_sheets(
    actor: Actor,
    *,
    batch: str,
    selection: Selection,
    college: str,
    reason: str,
    major: str = "",
    class_name: str = "",
    options: Options | None = None,
) -> ActResult:
    """Takes students to a college (its code), and to a major and class where these are given. Their sheets in `batch`
    follow, so that the new college handles what is still open; what was decided stands, and supervisors stay.

    A row is UNCHANGED when all of it is so already; refused with SHEET_NOT_ACTIVE, ALREADY_ISSUED, NOT_FOUND or
    FORBIDDEN. Refuses the whole act with REASON_REQUIRED, NOT_FOUND (batch, college), BATCH_NOT_OPEN (closed or
    archived: its figures stay), BAD_INPUT (a text too long).
    """
    require_reason(reason)
    texts = {"major": _text("major", major), "class_name": _text("class_name", class_name)}
    wanted: dict[str, int | str] = {COLLEGE: await college_called(college, argument="college")}
    wanted |= {name: text for name, text in texts.items() if text}

    async def decide(season: Season, sheets: Sequence[SheetFacts]) -> Mapping[int, Refusal | None]:
        if season.batch.status not in RUNNING:
            status = season.batch.status.value
            raise Refused(Code.BATCH_NOT_OPEN, argument="batch", batch=season.batch.code, status=status)
        different = await _different([sheet.id for sheet in sheets], wanted)
        return {sheet.id: None for sheet in sheets if sheet.id not in different}

    async def write(operation_id: int, sheets: Sequence[SheetFacts], now: datetime) -> list[EventEntry]:
        ids = sorted(sheet.person["student_id"] for sheet in sheets)
        events = await _change_records(ids, wanted, now)
        return events + await refresh_copies(ids, now=now)  # no condition asks for a college: nothing is judged anew

    parameters = {"reason": reason.strip(), "transfer_to": college, **texts}
    deed = Deed(OperationKind.EDIT, decide, write, SheetState.ACTIVE.value, parameters)
    return await carry_out(actor, batch, selection, deed, options or Options())


def _text(name: str, value: str) -> str:
    limit: int = Student._meta.fields_map[name].max_length  # type: ignore[attr-defined]  # a CharField
    text = normalise(value)
    if len(text) > limit:
        raise Refused(Code.BAD_INPUT, argument=name, length=len(text), limit=limit)
    return text


async def _different(sheet_ids: Sequence[int], wanted: Mapping[str, int | str]) -> set[int]:
    """The sheets of which the copies, or the student's record, are not as wanted."""
    columns = ", ".join(f"sheet.{name}, student.{name}" for name in wanted)
    found = await database.fetch(
        f"SELECT sheet.id, {columns} FROM sheet JOIN student ON student.id = sheet.student_id"
        " WHERE sheet.id IN LIST(?1)",
        [many(sheet_ids)],
    )
    both = [value for value in wanted.values() for _ in ("sheet", "student")]
    return {row[0] for row in found if list(row[1:]) != both}


async def _change_records(
    student_ids: Sequence[int], wanted: Mapping[str, int | str], now: datetime
) -> list[EventEntry]:
    """One event for each record, naming what became another."""
    events = []
    for student in await Student.filter(id__in=list(student_ids)).order_by("id"):
        changed = [name for name, value in wanted.items() if getattr(student, name) != value]
        if changed:
            events.append(event("Student", student.id, *changed, before=PRESENT, after=PRESENT))
    setting = ", ".join(f"{name} = ?{place}" for place, name in enumerate(wanted, start=3))
    ids = many(each.object_id for each in events)
    await database.execute(
        f"UPDATE student SET {setting}, version = version + 1, updated_at = ?2 WHERE id IN LIST(?1)",
        [ids, now, *wanted.values()],
    )
    return events
