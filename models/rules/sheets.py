"""Making clearance sheets: whom, with which season's copies, and how each item is born; who may ask for it is not here.

Everything is set-based: a roster of 15,500 with 22 items is as many statements as one application.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from models import database
from models.database_url import Dialect
from models.enums import Cause, ClearanceStatus, DecidedBy, ItemKind, LeaveType, Outcome, SheetOrigin, SheetState
from models.portable_sql import many, table
from models.rules import counters
from models.rules.actor import Actor
from models.rules.applicability import student_facts
from models.rules.facts import ItemFacts, Season
from models.rules.journal import event
from models.rules.loading import load_season
from models.rules.recording import write_events
from models.rules.refusals import Code, Refusal
from models.rules.results import RowOutcome


@dataclass(frozen=True, slots=True)
class NewSheet:
    """Whose sheet is wanted, and why. `row` is the line of the list it was asked for on."""

    student_id: int
    leave_type: LeaveType = LeaveType.GRADUATION
    origin: SheetOrigin = SheetOrigin.ROSTER
    row: int | None = None


def applies(item: ItemFacts, facts: Mapping[str, Any]) -> bool:
    """Whether a student with these facts has to clear the item. An OPTIONAL one asks nobody, FINAL everybody."""
    if item.kind is ItemKind.OPTIONAL:
        return False
    return item.kind is ItemKind.FINAL or item.applies_to.matches(facts)


def born(item: ItemFacts, facts: Mapping[str, Any]) -> ClearanceStatus:
    """The status that the rule gives (B7)."""
    return ClearanceStatus.PENDING if applies(item, facts) else ClearanceStatus.NOT_REQUIRED


@dataclass(frozen=True, slots=True)
class PlannedSheet:
    """A sheet that can be made. `student` holds the columns of STUDENT_COLUMNS; `statuses` go with the plan's items."""

    entry: NewSheet
    student: Mapping[str, Any]
    statuses: tuple[ClearanceStatus, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be made: one outcome per entry, in their order, and the sheets of the APPLIED ones, in theirs."""

    batch_id: int
    items: tuple[ItemFacts, ...]
    sheets: tuple[PlannedSheet, ...]
    rows: tuple[RowOutcome, ...]


async def make_sheets(
    actor: Actor,
    *,
    batch_id: int,
    entries: Sequence[NewSheet],
    operation_id: int,
    now: datetime,
    cause: Cause = Cause.ACT,
) -> tuple[RowOutcome, ...]:
    """Makes the sheets that can be made and gives one outcome per entry. To be called in the transaction of an
    operation that has locked the batch; writes clearances, one event per sheet and the counters, not the operation's
    rows. A fixed number of statements, however many entries.

    An entry is UNCHANGED when the student has an active sheet in this batch; refused with NOT_FOUND (no such student),
    with DUPLICATE (twice in the list, or the person is active in another batch: invariant 1, facts `batch` and
    `student_no`), or with SHEET_NOT_ACTIVE (the sheet in this batch was moved or cancelled).
    """
    plan = await plan_sheets(batch_id, entries, lock=True)
    return await write_sheets(actor, plan, operation_id=operation_id, now=now, cause=cause)


# --- deciding


async def plan_sheets(batch_id: int, entries: Sequence[NewSheet], *, lock: bool, leaving: Collection[int] = ()) -> Plan:
    """What making these sheets would do. Without `lock` it is a preview that anything may overtake. `leaving`: sheets
    that stop being active in the same act, and so stand in nobody's way."""
    items = items_with_state(await load_season(batch_id))
    wanted = {entry.student_id for entry in entries}
    students = await _students(wanted)
    if lock and database.dialect() is Dialect.POSTGRESQL:
        await _lock_people(wanted | {student["holder"] for student in students.values()})
        students = await _students(wanted)  # again: what was read before the lock may be what a change has replaced
    taken = await _taken(batch_id, students, {student["holder"] for student in students.values()}, leaving)
    sheets: list[PlannedSheet] = []
    rows: list[RowOutcome] = []
    for entry in entries:
        student = students.get(entry.student_id)
        row = _decided(entry, student, taken)
        rows.append(row)
        if student is not None and row.outcome is Outcome.APPLIED:
            facts = {**student, "leave_type": entry.leave_type}
            sheets.append(PlannedSheet(entry, student, tuple(born(item, facts) for item in items)))
            taken.planned[student["holder"]] = entry.row
    return Plan(batch_id, items, tuple(sheets), tuple(rows))


def items_with_state(season: Season) -> tuple[ItemFacts, ...]:
    """The items that stand on every sheet: neither INFO nor withdrawn, in their order."""
    found = (item for item in season.items.values() if item.kind.has_state and not item.withdrawn)
    return tuple(sorted(found, key=lambda item: (item.order, item.id)))


STUDENT_COLUMNS = (
    "id",
    "student_no",
    "name",
    "college_id",
    "major",
    "class_name",
    "building_id",
    *(name for name in student_facts()),
)


async def _students(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    found = await database.fetch(
        f"SELECT coalesce(person_id, id) AS holder, {', '.join(STUDENT_COLUMNS)} FROM student WHERE id IN LIST(?1)",
        [many(ids)],
    )
    return {row[1]: dict(zip(("holder", *STUDENT_COLUMNS), row, strict=True)) for row in found}


async def _lock_people(ids: Iterable[int]) -> None:
    """Two lists that name one person at the same moment, in two batches or under two numbers, wait for each other, and
    a list waits for a change of its people's facts. On SQLite there is but one writer."""
    await database.fetch("SELECT id FROM student WHERE id IN LIST(?1) ORDER BY id FOR NO KEY UPDATE", [many(ids)])


@dataclass(slots=True)
class Taken:
    """What stands in the way: sheets of this batch by student, active ones by person, and those just planned, by person
    with the row of the list."""

    here: dict[int, tuple[int, str]]
    elsewhere: dict[int, tuple[str, str]]
    planned: dict[int, int | None]


async def _taken(batch_id: int, students: Iterable[int], holders: Iterable[int], leaving: Collection[int]) -> Taken:
    found = await database.fetch(TAKEN, [batch_id, many(students), many(holders)])
    rows = [row for row in found if row[0] not in leaving]
    here = {student_id: (sheet_id, state) for sheet_id, student_id, in_batch, _, state, _, _ in rows if in_batch}
    elsewhere = {holder: (batch, number) for _, _, _, holder, _, batch, number in rows if holder is not None}
    return Taken(here, elsewhere, {})


TAKEN = """
SELECT sheet.id, sheet.student_id, sheet.batch_id = ?1, sheet.holder, sheet.state, batch.name, student.student_no
FROM sheet JOIN batch ON batch.id = sheet.batch_id JOIN student ON student.id = sheet.student_id
WHERE sheet.id IN (SELECT id FROM sheet WHERE batch_id = ?1 AND student_id IN LIST(?2)
                   UNION SELECT id FROM sheet WHERE holder IN LIST(?3))
"""


def _decided(entry: NewSheet, student: Mapping[str, Any] | None, taken: Taken) -> RowOutcome:
    if student is None:
        return RowOutcome(Outcome.REFUSED, "", refusal=Refusal(Code.NOT_FOUND), row=entry.row)
    row = RowOutcome(Outcome.APPLIED, student["student_no"], name=student["name"], row=entry.row)
    number, holder = student["student_no"], student["holder"]
    sheet_id, state = taken.here.get(student["id"], (None, None))
    if sheet_id is not None and state == SheetState.ACTIVE:
        return replace(row, outcome=Outcome.UNCHANGED, sheet_id=sheet_id, object_id=sheet_id, before=state, after=state)
    if state is not None:
        return _refused(row, Refusal(Code.SHEET_NOT_ACTIVE, facts={"state": state}))
    if holder in taken.planned:
        first = taken.planned[holder]
        place = {"other_row": first} if first is not None else {}
        return _refused(row, Refusal(Code.DUPLICATE, facts={"student_no": number, **place}))
    if holder in taken.elsewhere:
        batch, other = taken.elsewhere[holder]
        return _refused(row, Refusal(Code.DUPLICATE, facts={"batch": batch, "student_no": other}))
    return replace(row, after=SheetState.ACTIVE.value)


def _refused(row: RowOutcome, refusal: Refusal) -> RowOutcome:
    return replace(row, outcome=Outcome.REFUSED, refusal=refusal)


# --- writing

SHEET_COLUMNS = (
    "batch_id",
    "student_id",
    "leave_type",
    "state",
    "origin",
    "college_id",
    "major",
    "class_name",
    "level",
    "building_id",
    "holder",
    "verify_token",
    "created_at",
    "updated_at",
)


async def write_sheets(
    actor: Actor, plan: Plan, *, operation_id: int, now: datetime, cause: Cause = Cause.ACT, count: bool = True
) -> tuple[RowOutcome, ...]:
    """Writes what was planned and gives the outcomes, now with their sheets. Without `count` the caller moves the
    counters, because more is going to stand on these sheets."""
    if not plan.sheets:
        return plan.rows
    await database.copy_rows("sheet", SHEET_COLUMNS, (_sheet_row(plan.batch_id, each, now) for each in plan.sheets))
    ids = await _sheet_ids(plan)
    await write_clearances(
        [item.id for item in plan.items], {ids[each.student["id"]]: each.statuses for each in plan.sheets}, now
    )
    made = [ids[each.student["id"]] for each in plan.sheets]
    state = SheetState.ACTIVE.value
    events = [event("Sheet", each, "state", after=state, sheet_id=each, cause=cause) for each in made]
    await write_events(operation_id, actor, events, now)
    if count:
        await counters.count_sheets(made, sign=1)
    numbers = iter(made)
    return tuple(_with_sheet(row, next(numbers)) if row.outcome is Outcome.APPLIED else row for row in plan.rows)


def _with_sheet(row: RowOutcome, sheet_id: int) -> RowOutcome:
    return replace(row, sheet_id=sheet_id, object_id=sheet_id)


def _sheet_row(batch_id: int, planned: PlannedSheet, now: datetime) -> tuple[Any, ...]:
    student = planned.student
    return (
        batch_id,
        student["id"],
        planned.entry.leave_type,
        SheetState.ACTIVE,
        planned.entry.origin,
        student["college_id"],
        student["major"],
        student["class_name"],
        student["level"],
        student["building_id"],
        student["holder"],
        secrets.token_urlsafe(16),
        now,
        now,
    )


async def _sheet_ids(plan: Plan) -> dict[int, int]:
    """Which sheet each student got: the ids are the database's own."""
    found = await database.fetch(
        "SELECT student_id, id FROM sheet WHERE batch_id = ?1 AND student_id IN LIST(?2)",
        [plan.batch_id, many(each.student["id"] for each in plan.sheets)],
    )
    return {int(student_id): int(sheet_id) for student_id, sheet_id in found}


async def write_clearances(
    item_ids: Sequence[int], statuses: Mapping[int, Sequence[ClearanceStatus]], now: datetime
) -> None:
    """New clearances as the rule makes them: for each sheet the statuses of these items, in their order.

    One statement that the database multiplies out: 15,500 short texts travel instead of 341,000 rows.
    """
    written = ((sheet_id, "".join(str(int(status)) for status in each)) for sheet_id, each in statuses.items())
    places = ((item_id, place) for place, item_id in enumerate(item_ids, start=1))
    await database.execute(INSERT_CLEARANCES, [table(written), table(places), now])


INSERT_CLEARANCES = f"""
INSERT INTO clearance (sheet_id, item_id, status, note, internal_note, hold, decided_by, decided_at,
    prerequisite_reopened, created_at, updated_at)
SELECT made.sheet_id, chosen.item_id, CAST(substr(made.statuses, chosen.place, 1) AS integer), '', '', '',
    '{DecidedBy.RULE.value}', ?3, false, ?3, ?3
FROM ROWS(?1: sheet_id int, statuses text) AS made CROSS JOIN ROWS(?2: item_id int, place int) AS chosen
ORDER BY made.sheet_id, chosen.place
"""
