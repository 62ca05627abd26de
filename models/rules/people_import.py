"""离校人员导入 (R18): a college's list of leavers, of whom some have no record yet; each gets a record and a sheet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tortoise.expressions import Q

from models import database
from models.enums import Cause, LeaveType, OperationKind, OperationState, Outcome, SheetOrigin
from models.people import Student
from models.portable_sql import many
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.cells import BadCell, read_choice, refuse_number
from models.rules.clearing import ErrorPolicy
from models.rules.idempotency import Idempotency
from models.rules.identity import link_people, normalise, normalise_number
from models.rules.journal import PRESENT, entries, event
from models.rules.listed import ListFile, remembered, with_cell
from models.rules.naming import college_called
from models.rules.people import require_within
from models.rules.person_cells import COLUMNS, Person, read_person
from models.rules.recording import EventEntry, Head, start, write_events, write_rows
from models.rules.refusals import Code, Refusal
from models.rules.results import RowOutcome
from models.rules.roster import RosterResult, batch_that_takes_sheets, counted, repeated_roster, settle_roster
from models.rules.sheets import NewSheet, plan_sheets, write_sheets


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One leaver: cells by field name, as text; besides a person's own, `leave_type`, else it is as told here. `row`
    says where the line stood, `places` where each cell stood; `refusal`: the row was refused while it was read."""

    cells: Mapping[str, object]
    leave_type: LeaveType = LeaveType.GRADUATION
    row: int | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    refusal: Refusal | None = None


async def import_people(
    actor: Actor,
    *,
    batch: str,
    college: str,
    rows: Sequence[PersonRow],
    permit: Permit = unrestricted,
    dry_run: bool = False,
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID,
    idempotency: Idempotency | None = None,
    file: ListFile | None = None,
) -> RosterResult:
    """Makes a record of the college for everybody who has none, and a sheet in the batch for everybody.

    Whoever has a record in this college keeps it as it is. A row is UNCHANGED when the sheet is there; refused with
    BAD_INPUT (facts `field` and `problem`, and the cell), ROW_MISMATCH (the number is somebody else's), DUPLICATE
    (twice in the list, in another college, or the person is active in another batch). Refuses the whole list with
    NOT_FOUND (batch, college), BATCH_NOT_OPEN, FORBIDDEN (another college than the caller's), IDEMPOTENCY_MISMATCH.
    A dry run makes everything and takes it back, so that it shows exactly what would happen. `file`: that the rows came
    in.
    """

    async def work() -> RosterResult:
        repeated = await repeated_roster(idempotency) if idempotency is not None and not dry_run else None
        if repeated is not None:
            return repeated
        batch_id = await batch_that_takes_sheets(batch, lock=True)
        permitted = (await permit()).permitted
        listed = await _listed(rows, await college_called(college, argument="college"))
        selector = {"college": college, "rows": len(rows)}
        head = Head(OperationKind.IMPORT_PEOPLE, actor, batch_id, selector=selector, parameters=remembered(file))
        try:
            async with database.transaction():
                done = await _carry_out(head, listed, permitted, file)
                if dry_run or (done.refused and error_policy is ErrorPolicy.REJECT_ALL):
                    raise _TakenBack(done)
            result = done.result
        except _TakenBack as back:
            result = await _record_only(head, back.done, dry_run=dry_run)
        if idempotency is not None and not dry_run:
            await settle_roster(idempotency, result)
        return result

    return await database.atomically(work)


@dataclass(frozen=True, slots=True)
class Done:
    """What was written, or was about to be."""

    result: RosterResult

    @property
    def refused(self) -> bool:
        """Whether any row was refused."""
        return any(row.outcome is Outcome.REFUSED for row in self.result.rows)


class _TakenBack(Exception):
    """Rolls back what was written for looking only, or what one refused row stops: the records that a preview needs
    do not exist otherwise."""

    def __init__(self, done: Done) -> None:
        super().__init__()
        self.done = done


async def _record_only(head: Head, done: Done, *, dry_run: bool) -> RosterResult:
    rows = [_forgotten(row, dry_run=dry_run) for row in done.result.rows]
    state = OperationState.PREVIEWED if dry_run else OperationState.FAILED
    written = entries(rows, "Sheet")
    operation_id = await start(head, written, state, datetime.now(UTC))
    await write_rows(operation_id, written)
    return RosterResult(operation_id, dry_run, rows, items=done.result.items if dry_run else ())


def _forgotten(row: RowOutcome, *, dry_run: bool) -> RowOutcome:
    """Without the sheet that was taken back; of what is not there any more nobody can tell the name again."""
    if row.outcome is not Outcome.APPLIED:
        return row
    if dry_run:
        return replace(row, sheet_id=None, object_id=None)
    return replace(row, outcome=Outcome.NOT_APPLIED, sheet_id=None, object_id=None, name=None)


# --- reading the list


@dataclass(frozen=True, slots=True)
class Listed:
    """One row as it was read. `columns`: the record to be made; None: there is one, or the row is refused."""

    asked: PersonRow
    outcome: RowOutcome
    columns: Mapping[str, Any] | None = None


async def _listed(rows: Sequence[PersonRow], college_id: int) -> list[Listed]:
    buildings = {key: row[0] for row in await database.fetch(BUILDINGS) for key in row[1:]}
    numbers = [normalise_number(str(row.cells.get("student_no", ""))) for row in rows]
    found = await database.fetch(STUDENTS, [many(set(numbers))])
    there = {number: (name, of) for number, name, of in found}
    listed: list[Listed] = []
    seen: dict[str, PersonRow] = {}
    for row, number in zip(rows, numbers, strict=True):
        listed.append(_read(row, number, there.get(number), college_id, buildings, seen.get(number)))
        if number:
            seen.setdefault(number, row)
    return listed


BUILDINGS = "SELECT id, code, name FROM building"
STUDENTS = "SELECT student_no, name, college_id FROM student WHERE student_no IN LIST(?1)"


def _read(
    row: PersonRow,
    number: str,
    there: tuple[str, int] | None,
    college_id: int,
    buildings: Mapping[str, int],
    first: PersonRow | None,
) -> Listed:
    outcome = RowOutcome(Outcome.APPLIED, number, row=row.row, cell=row.places.get("student_no"))
    if row.refusal is not None:
        return Listed(row, replace(outcome, outcome=Outcome.REFUSED, refusal=row.refusal))
    try:
        refuse_number("student_no", row.cells.get("student_no"))
        row = _with_leave_type(row)
    except BadCell as bad:
        return Listed(row, _at_fault(outcome, row, bad))
    if first is not None or (there is not None and there[1] != college_id):
        other = {"other_row": first.row} if first is not None and first.row is not None else {}
        return Listed(row, _refused(outcome, Code.DUPLICATE, student_no=number, **other))
    if there is not None:
        given = normalise(str(row.cells.get("name", "")))
        if given and given != normalise(there[0]):
            return Listed(row, _refused(outcome, Code.ROW_MISMATCH, given=given, found=there[0]))
        return Listed(row, outcome)
    try:
        columns = _columns(read_person(row.cells, adding=True), buildings)
    except BadCell as bad:
        return Listed(row, _at_fault(outcome, row, bad))
    return Listed(row, outcome, {**columns, "college_id": college_id})


def _with_leave_type(row: PersonRow) -> PersonRow:
    """Its cell is none of the person's own."""
    cells = dict(row.cells)
    written = cells.pop("leave_type", None)
    if written in (None, ""):
        return replace(row, cells=cells)
    return replace(row, cells=cells, leave_type=read_choice(LeaveType, "leave_type", written))


def _at_fault(outcome: RowOutcome, row: PersonRow, bad: BadCell) -> RowOutcome:
    return replace(_refused(outcome, Code.BAD_INPUT, **bad.facts), cell=row.places.get(bad.field))


def _refused(row: RowOutcome, code: Code, **facts: str | int) -> RowOutcome:
    return replace(row, outcome=Outcome.REFUSED, refusal=Refusal(code, facts=facts))


def _columns(person: Person, buildings: Mapping[str, int]) -> dict[str, Any]:
    if person.building and person.building not in buildings:
        raise BadCell("building", person.building[:32], "UNKNOWN_VALUE")
    building = buildings[person.building] if person.building else None
    return {**person.columns, "building_id": building}


# --- writing


async def _carry_out(head: Head, listed: Sequence[Listed], permitted: Q, file: ListFile | None) -> Done:
    now = datetime.now(UTC)
    made = await _make_records([each.columns for each in listed if each.columns is not None], now)
    ids = await _ids(each.outcome.student_no for each in listed if each.outcome.outcome is not Outcome.REFUSED)
    await require_within(ids.values(), permitted)
    await link_people([ids[number] for number in made])
    places = [place for place, each in enumerate(listed) if each.outcome.outcome is not Outcome.REFUSED]
    wanted = [_sheet(listed[place], ids) for place in places]
    plan = await plan_sheets(head.batch_id or 0, wanted, lock=True)
    await _forget([ids[row.student_no] for row in plan.rows if row.student_no in made and row.refusal is not None])
    operation_id = await start(head, entries(_merged(listed, places, plan.rows), "Sheet"), OperationState.APPLIED, now)
    written = await write_sheets(head.actor, plan, operation_id=operation_id, now=now, cause=Cause.IMPORT)
    rows = [with_cell(row, file) for row in _merged(listed, places, written)]
    await write_rows(operation_id, entries(rows, "Sheet"))
    await write_events(operation_id, head.actor, _records_made(rows, made, ids), now)
    return Done(RosterResult(operation_id, False, rows, items=counted(plan)))


def _sheet(listed: Listed, ids: Mapping[str, int]) -> NewSheet:
    student_id = ids[listed.outcome.student_no]
    return NewSheet(student_id, listed.asked.leave_type, SheetOrigin.COLLEGE_IMPORT, listed.asked.row)


def _merged(listed: Sequence[Listed], places: Sequence[int], decided: Sequence[RowOutcome]) -> list[RowOutcome]:
    rows = [each.outcome for each in listed]
    for place, row in zip(places, decided, strict=True):
        rows[place] = replace(row, row=rows[place].row, cell=rows[place].cell)
    return rows


async def _make_records(records: Sequence[Mapping[str, Any]], now: datetime) -> set[str]:
    """New students in one statement; gives their numbers."""
    names = [*DEFAULTS, "college_id", "building_id", "created_at", "updated_at"]
    whole = [{**DEFAULTS, **record, "created_at": now, "updated_at": now} for record in records]
    if whole:
        await database.copy_rows("student", names, [[record[name] for name in names] for record in whole])
    return {str(record["student_no"]) for record in records}


DEFAULTS: Mapping[str, Any] = {name: Student._meta.fields_map[name].default for name in (*COLUMNS, "id_no_masked")}


async def _ids(numbers: Iterable[str]) -> dict[str, int]:
    found = await database.fetch("SELECT student_no, id FROM student WHERE student_no IN LIST(?1)", [many(numbers)])
    return {str(number): int(student_id) for number, student_id in found}


async def _forget(student_ids: Collection[int]) -> None:
    """A refused row leaves no record behind."""
    await database.execute("DELETE FROM student WHERE id IN LIST(?1)", [many(student_ids)])


def _records_made(rows: Iterable[RowOutcome], made: Collection[str], ids: Mapping[str, int]) -> list[EventEntry]:
    return [
        event("Student", ids[row.student_no], "student_no", after=PRESENT, cause=Cause.IMPORT)
        for row in rows
        if row.student_no in made and row.outcome is Outcome.APPLIED
    ]
