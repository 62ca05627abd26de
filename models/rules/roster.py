"""Loading the roster of a season (R27): a list of student numbers becomes a preview, and then sheets."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from models import database
from models.declare import Words
from models.enums import (
    BatchStatus,
    Cause,
    ClearanceStatus,
    LeaveType,
    OperationKind,
    OperationState,
    Outcome,
    SheetOrigin,
)
from models.portable_sql import many
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.clearing import ErrorPolicy
from models.rules.idempotency import Idempotency, answered_to, claim, settle
from models.rules.identity import normalise, normalise_number
from models.rules.listed import ListFile, remembered, with_cell
from models.rules.loading import BATCH_STATUS, batch_id_of, by_value
from models.rules.locks import lock_batch
from models.rules.recorded import load_result
from models.rules.recording import Entry, Head, claim_state, finish, only_status, rewrite_rows, start, write_rows
from models.rules.refusals import Code, Refusal, Refused
from models.rules.results import ActResult, RowOutcome
from models.rules.sheets import NewSheet, Plan, plan_sheets, write_sheets

LEAVE_TYPE = by_value(LeaveType)
ORIGIN = by_value(SheetOrigin)


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One leaver of the list. `name` is a check when it is given; `row` and `cell` say where it stood; `refusal`: the
    row was refused while it was read."""

    student_no: str
    name: str | None = None
    leave_type: LeaveType = LeaveType.GRADUATION
    row: int | None = None
    cell: str | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class ItemCount:
    """On how many of the new sheets an item is red, and on how many grey by rule."""

    code: str
    name: Words
    red: int
    grey: int


@dataclass(frozen=True, slots=True)
class RosterResult(ActResult):
    """The answer to a roster: besides the rows, how each item looks on the new sheets."""

    items: tuple[ItemCount, ...] = ()


async def load_roster(
    actor: Actor,
    *,
    batch: str,
    rows: Sequence[RosterRow],
    origin: SheetOrigin = SheetOrigin.ROSTER,
    permit: Permit = unrestricted,
    dry_run: bool = False,
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID,
    idempotency: Idempotency | None = None,
    file: ListFile | None = None,
) -> RosterResult:
    """Makes a sheet for everybody on the list, or with `dry_run` says what would be made, and stores that.

    A row is UNCHANGED when its sheet is there already; refused with NOT_FOUND (no such number), ROW_MISMATCH (number
    and name are two people's, facts `given` and `found`), or as `make_sheets` refuses. Refuses the whole list with
    NOT_FOUND (batch), BATCH_NOT_OPEN (closed or archived), IDEMPOTENCY_MISMATCH. `file`: that the rows came in.
    """
    parameters = {"origin": origin.value, **remembered(file)}

    async def work() -> RosterResult:
        repeated = await repeated_roster(idempotency) if idempotency is not None and not dry_run else None
        if repeated is not None:
            return repeated
        batch_id = await batch_that_takes_sheets(batch, lock=not dry_run)
        await permit()
        draft = await _drafted(batch_id, rows, origin, lock=not dry_run, file=file)
        head = Head(OperationKind.LOAD_ROSTER, actor, batch_id, selector={"rows": len(rows)}, parameters=parameters)
        if dry_run:
            return await _preview(head, draft)
        refused = any(row.outcome is Outcome.REFUSED for row in draft.rows)
        result = await _make(head, draft, stopped=refused and error_policy is ErrorPolicy.REJECT_ALL)
        if idempotency is not None and result.operation_id is not None:
            await settle_roster(idempotency, result)
        return result

    return await (work() if dry_run else database.atomically(work))


async def repeated_roster(idempotency: Idempotency) -> RosterResult | None:
    """The answer that this key had before; else the key is this transaction's, see `claim`."""
    earlier = await claim(idempotency)
    if earlier is None:
        return None
    return RosterResult(earlier, False, (await load_result(earlier)).rows, items=await kept_items(idempotency))


async def settle_roster(idempotency: Idempotency, result: RosterResult) -> None:
    """Keeps the answer for whoever asks with the key again."""
    await settle(idempotency, result.operation_id or 0, items_to_keep(result.items))


def items_to_keep(items: Sequence[ItemCount]) -> dict[str, Any]:
    """What the operation itself does not remember of the answer, for its key."""
    return {"items": [[each.code, each.name.zh, each.name.en, each.red, each.grey] for each in items]}


async def kept_items(idempotency: Idempotency) -> tuple[ItemCount, ...]:
    """The items of the answer that the key had before."""
    counts = (await answered_to(idempotency)).get("items", ())
    return tuple(ItemCount(code, Words(zh, en), red, grey) for code, zh, en, red, grey in counts)


async def apply_roster(actor: Actor, operation_id: int, *, permit: Permit = unrestricted) -> RosterResult:
    """Makes the sheets that a dry run showed: those of its rows that could be made then, and no others (invariant 21).

    Refuses with NOT_FOUND what is no roster waiting to be applied, else as `load_roster`.
    """

    async def work() -> RosterResult:
        batch, origin = await _previewed(actor, operation_id)
        batch_id = await batch_that_takes_sheets(batch, lock=True)
        await permit()
        frozen = [(row_id, number, json.loads(facts)) for row_id, number, facts in await _frozen_rows(operation_id)]
        wanted = [
            RosterRow(number, leave_type=LEAVE_TYPE[facts["leave_type"]], row=facts.get("row"))
            for _, number, facts in frozen
        ]
        draft = await _drafted(batch_id, wanted, origin, lock=True)
        rows, now = await _write(actor, operation_id, draft), datetime.now(UTC)
        entries = [
            replace(each, extra={**each.extra, "previewed": Outcome.APPLIED.value}) for each in _entries(rows, wanted)
        ]
        await rewrite_rows({row_id: entry for (row_id, _, _), entry in zip(frozen, entries, strict=True)})
        await finish(operation_id, entries, OperationState.APPLIED, now)
        return RosterResult(operation_id, False, rows, items=counted(draft.plan))

    return await database.atomically(work)


async def _previewed(actor: Actor, operation_id: int) -> tuple[str, SheetOrigin]:
    """Takes one's own dry run, so that it is applied once, and gives its batch and the origin of its sheets."""
    found = await database.fetch(PREVIEWED, [operation_id, OperationKind.LOAD_ROSTER, actor.user_id])
    if not found or not await claim_state(operation_id, OperationState.PREVIEWED, OperationState.RUNNING):
        raise Refused(Code.NOT_FOUND, argument="operation")
    [(batch, parameters)] = found
    return batch, ORIGIN[json.loads(parameters)["origin"]]


PREVIEWED = """
SELECT batch.code, operation.parameters FROM operation JOIN batch ON batch.id = operation.batch_id
WHERE operation.id = ?1 AND operation.kind = ?2 AND coalesce(operation.actor_id, 0) = coalesce(?3, 0)
"""


async def _frozen_rows(operation_id: int) -> list[database.Row]:
    return await database.fetch(
        "SELECT id, student_no, facts FROM operation_row WHERE operation_id = ?1 AND outcome = ?2 ORDER BY id",
        [operation_id, Outcome.APPLIED],
    )


# --- deciding


def counted(plan: Plan) -> tuple[ItemCount, ...]:
    """How each item looks on the new sheets."""
    red = Counter(
        item.code
        for sheet in plan.sheets
        for item, status in zip(plan.items, sheet.statuses, strict=True)
        if status is ClearanceStatus.PENDING
    )
    total = len(plan.sheets)
    return tuple(ItemCount(item.code, item.name, red[item.code], total - red[item.code]) for item in plan.items)


@dataclass(frozen=True, slots=True)
class Draft:
    """A list and what would become of it: `rows` in the order of the list, `places` where the plan's entries stand;
    `file`: that it came in."""

    wanted: Sequence[RosterRow]
    rows: tuple[RowOutcome, ...]
    plan: Plan
    places: tuple[int, ...]
    file: ListFile | None = None

    def with_plan(self, decided: Sequence[RowOutcome]) -> tuple[RowOutcome, ...]:
        """The rows with the plan's outcomes in their places."""
        found = list(self.rows)
        for place, row in zip(self.places, decided, strict=True):
            found[place] = replace(row, row=self.wanted[place].row, cell=self.wanted[place].cell)
        return tuple(with_cell(row, self.file) for row in found)


async def batch_that_takes_sheets(code: str, *, lock: bool, argument: str = "batch") -> int:
    """The id of the batch, locked if asked. Refuses with NOT_FOUND, and with BATCH_NOT_OPEN (closed or archived), which
    names `argument`."""
    batch_id = await batch_id_of(code, argument=argument)
    if lock:
        await lock_batch(batch_id, exclusive=False)
    [(status,)] = await database.fetch("SELECT status FROM batch WHERE id = ?1", [batch_id])
    if BATCH_STATUS[status] not in (BatchStatus.PREPARING, BatchStatus.OPEN):
        raise Refused(Code.BATCH_NOT_OPEN, argument=argument, batch=code, status=status)
    return batch_id


async def _drafted(
    batch_id: int, wanted: Sequence[RosterRow], origin: SheetOrigin, *, lock: bool, file: ListFile | None = None
) -> Draft:
    numbers = [normalise_number(row.student_no) for row in wanted]
    found = await database.fetch(
        "SELECT student_no, id, name FROM student WHERE student_no IN LIST(?1)", [many(set(numbers))]
    )
    students = {number: (student_id, name) for number, student_id, name in found}
    rows = tuple(_checked(row, number, students.get(number)) for row, number in zip(wanted, numbers, strict=True))
    places = tuple(place for place, row in enumerate(rows) if row.outcome is not Outcome.REFUSED)
    entries = [
        NewSheet(students[numbers[place]][0], wanted[place].leave_type, origin, wanted[place].row) for place in places
    ]
    plan = await plan_sheets(batch_id, entries, lock=lock)
    draft = Draft(wanted, rows, plan, places, file)
    return replace(draft, rows=draft.with_plan(plan.rows))


def _checked(row: RosterRow, number: str, student: tuple[int, str] | None) -> RowOutcome:
    """Whether the row names one student at all."""
    outcome = RowOutcome(Outcome.APPLIED, number, row=row.row, cell=row.cell)
    if row.refusal is not None:
        return replace(outcome, outcome=Outcome.REFUSED, refusal=row.refusal)
    if student is None:
        refusal = Refusal(Code.NOT_FOUND, facts={"student_no": number})
        return replace(outcome, outcome=Outcome.REFUSED, refusal=refusal)
    if row.name and normalise(row.name) != normalise(student[1]):
        refusal = Refusal(Code.ROW_MISMATCH, facts={"given": normalise(row.name), "found": student[1]})
        return replace(outcome, outcome=Outcome.REFUSED, refusal=refusal)
    return outcome


# --- writing


async def _preview(head: Head, draft: Draft) -> RosterResult:
    async def store() -> int:
        entries = _entries(draft.rows, draft.wanted)
        operation_id = await start(head, entries, OperationState.PREVIEWED, datetime.now(UTC))
        await write_rows(operation_id, entries)
        return operation_id

    return RosterResult(await database.atomically(store), True, draft.rows, items=counted(draft.plan))


async def _make(head: Head, draft: Draft, *, stopped: bool) -> RosterResult:
    rows = tuple(_not_applied(row) for row in draft.rows) if stopped else draft.rows
    state = OperationState.FAILED if stopped else OperationState.APPLIED
    operation_id = await start(head, _entries(rows, draft.wanted), state, datetime.now(UTC))
    if not stopped:
        rows = await _write(head.actor, operation_id, draft)
    await write_rows(operation_id, _entries(rows, draft.wanted))
    return RosterResult(operation_id, False, rows, items=() if stopped else counted(draft.plan))


def _not_applied(row: RowOutcome) -> RowOutcome:
    return replace(row, outcome=Outcome.NOT_APPLIED) if row.outcome is Outcome.APPLIED else row


async def _write(actor: Actor, operation_id: int, draft: Draft) -> tuple[RowOutcome, ...]:
    now = datetime.now(UTC)
    made = await write_sheets(actor, draft.plan, operation_id=operation_id, now=now, cause=Cause.IMPORT)
    return draft.with_plan(made)


def _entries(rows: Sequence[RowOutcome], wanted: Sequence[RosterRow]) -> list[Entry]:
    return [_entry(row, asked) for row, asked in zip(rows, wanted, strict=True)]


def _entry(row: RowOutcome, asked: RosterRow) -> Entry:
    """The row keeps the leaving type that was asked for: applying a dry run needs it."""
    return Entry(
        row,
        "Sheet",
        before=only_status(row.before),
        after=only_status(row.after),
        version_after=1 if row.outcome is Outcome.APPLIED else None,
        extra={"leave_type": asked.leave_type.value},
    )
