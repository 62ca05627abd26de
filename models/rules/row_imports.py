"""A list of rows of any object that plain editing knows, taken over: each line changes a row, makes one, says nothing
new, or is refused. Checked first, applied on the frozen set, taken back by `row_import_undoing`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from tortoise.models import Model

from models import database
from models.declare import entity_of
from models.enums import Cause, OperationKind, OperationState, Outcome
from models.people import Student
from models.rules.actor import Actor
from models.rules.bulk_editing import MOST_ROWS, refuse_cancelled, require_own_preview, written
from models.rules.bulk_values import field_of
from models.rules.bulk_writing import lock_rows
from models.rules.clearing import ErrorPolicy
from models.rules.editing_checks import lock_for
from models.rules.idempotency import Idempotency, claim, settle
from models.rules.identity import link_people
from models.rules.journal import PRESENT, event, short
from models.rules.listed import ListFile, remembered, with_cell
from models.rules.loading import records
from models.rules.recorded import load_result
from models.rules.recording import (
    Entry,
    EventEntry,
    Head,
    Previewed,
    claim_state,
    put_down,
    store_preview,
    write_events,
)
from models.rules.refusals import Code, Refused
from models.rules.results import ActResult, Edited, RowOutcome
from models.rules.row_deciding import RowWork, Verdict, shown_never
from models.rules.row_lists import Asked, RowLine, understood
from models.rules.row_reach import Reaching
from models.saved_filters import SavedFilter
from models.season import Prerequisite

#: What an event says of a new row, where the object says more than that it is there.
BORN = {"User": "ACTIVE"}


def is_imported(model: type[Model]) -> bool:
    """Whether there are lists of it: people name its rows by a key, and plain editing makes or changes them."""
    entity = entity_of(model)
    edited = not {"create", "update"}.isdisjoint(entity.plain_editing)
    return bool(entity.natural_key) and edited and model is not SavedFilter


async def import_rows(
    actor: Actor,
    model: type[Model],
    lines: Sequence[RowLine],
    *,
    reach: Reaching,
    zone: tzinfo = UTC,
    file: ListFile | None = None,
    dry_run: bool = False,
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID,
    idempotency: Idempotency | None = None,
    now: datetime | None = None,
) -> ActResult:
    """Gives each row what its line says; an empty cell leaves everything as it is, and `row_cells.EMPTIED` empties.

    The rows are found by their natural key among those that the caller sees, and made where there is none and he may
    make one. Lines are refused as `row_lists.understood` and `RowWork.decide` say. Refuses the whole list with
    BAD_INPUT (no line, too many), ROW_MISMATCH (a part of the file was sorted), IDEMPOTENCY_MISMATCH.
    """
    if not lines:
        raise Refused(Code.BAD_INPUT, argument="rows", problem="MISSING")
    if len(lines) > MOST_ROWS:
        raise Refused(Code.BAD_INPUT, argument="rows", problem="TOO_MANY_ROWS", count=len(lines), limit=MOST_ROWS)
    at = now or datetime.now(UTC)

    async def work() -> ActResult:
        earlier = await claim(idempotency) if idempotency is not None and not dry_run else None
        if earlier is not None:
            return await load_result(earlier)
        asked = await understood(model, lines, await reach(), zone)
        if not dry_run and await _locked(model, asked):
            asked = await understood(model, lines, await reach(), zone)  # as they are under the locks
        task = RowWork(model, asked, await reach(), at, dry_run)
        verdicts = await task.decide()
        head = _head(actor, model, verdicts, file)
        if dry_run:
            rows = [entry_of(model, each, file, frozen=True) for each in verdicts]
            return ActResult(await store_preview(head, rows, rows, at), True, [row.outcome for row in rows])
        stopped = error_policy is ErrorPolicy.REJECT_ALL and any(each.refusal for each in verdicts)
        if stopped:
            rows = [_not_applied(entry_of(model, each, file)) for each in verdicts]
            operation_id, cascaded = await put_down(head, rows, OperationState.FAILED, at), 0
        else:
            operation_id, rows, cascaded = await _carry_out(actor, task, head, file)
        if idempotency is not None:
            await settle(idempotency, operation_id)
        return ActResult(operation_id, False, [row.outcome for row in rows], cascaded)

    return await (work() if dry_run else database.atomically(work))


async def apply_import(
    actor: Actor, model: type[Model], operation_id: int, *, reach: Reaching, now: datetime | None = None
) -> ActResult:
    """Applies exactly the lines that one's own dry run showed as changing or making a row, once; each is decided again,
    and refused with STALE_ROW when the row is not as it was shown. Refuses with NOT_FOUND (no such dry run of one's
    own), CONFLICT (it was given up)."""
    at = now or datetime.now(UTC)

    async def work() -> None:
        await require_own_preview(actor, operation_id, OperationKind.IMPORT_ROWS)
        if not await claim_state(operation_id, OperationState.PREVIEWED, OperationState.RUNNING):
            await refuse_cancelled(operation_id)
            return
        frozen = await records(FROZEN, [operation_id])
        asked = [_frozen(row) for row in frozen]
        await _locked(model, asked)
        task = RowWork(model, asked, await reach(), at)
        await task.decide()
        previewed = Previewed(operation_id, [row["id"] for row in frozen])
        await _carry_out(actor, task, Head(OperationKind.IMPORT_ROWS, actor), None, previewed)

    await database.atomically(work)
    return await load_result(operation_id)


FROZEN = """
SELECT id, object_id, after, facts FROM operation_row
WHERE operation_id = ?1 AND outcome = 'APPLIED' ORDER BY id
"""


def _frozen(row: Mapping[str, Any]) -> Asked:
    facts = json.loads(row["facts"])
    named, line = facts.get("named", ""), facts.get("row")
    return Asked(named, line, row["object_id"], json.loads(row["after"]), facts.get("seen"))


async def _locked(model: type[Model], asked: Sequence[Asked]) -> bool:
    """Locks the rows that there are, and before them what acts on such rows lock; whether it locked any."""
    if model is Prerequisite:
        for item_id in sorted({each.columns["item_id"] for each in asked if "item_id" in each.columns}):
            await lock_for(model, item_id)
    ids = [each.row_id for each in asked if each.refusal is None and each.row_id is not None]
    await lock_rows(model, ids)
    return bool(ids)


def _head(actor: Actor, model: type[Model], verdicts: Sequence[Verdict], file: ListFile | None) -> Head:
    """What the operation remembers of what was asked: which fields, never their values."""
    fields = sorted({field_of(model, column) for each in verdicts for column in each.after})
    asked = {"object": model.__name__, "fields": fields, **(remembered(file) if file and file.id else {})}
    selector = {"object": model.__name__, "rows": len(verdicts)}
    return Head(OperationKind.IMPORT_ROWS, actor, selector=selector, parameters=asked)


async def _carry_out(
    actor: Actor, task: RowWork, head: Head, file: ListFile | None, previewed: Previewed | None = None
) -> tuple[int, list[Entry], int]:
    """Writes everything: new rows first, whose ids the operation keeps; gives it, its rows, and how many items were
    re-opened."""
    changing = task.changing()
    made = [each for each in await task.make() if each.makes]
    ids = {id(each.asked): each.row_id for each in made}
    verdicts = [replace(each, row_id=ids.get(id(each.asked))) for each in task.verdicts]
    rows = [entry_of(task.model, each, file) for each in verdicts]
    operation_id = await put_down(head, rows, OperationState.APPLIED, task.now, previewed=previewed)
    await write_events(operation_id, actor, [_made(task.model, each) for each in made], task.now)
    identified = [each.row_id for each in made if each.row_id and task.identifies(each)]
    if identified:
        await link_people(identified)
    return operation_id, rows, await written(actor, changing, operation_id, Cause.IMPORT)


def _made(model: type[Model], each: Verdict) -> EventEntry:
    names = short(sorted({field_of(model, column) for column in each.after}))
    item_id = each.after.get("item_id")
    born = BORN.get(model.__name__, PRESENT)
    return event(model.__name__, each.row_id or 0, *names, after=born, item_id=item_id, cause=Cause.IMPORT)


def entry_of(model: type[Model], each: Verdict, file: ListFile | None = None, *, frozen: bool = False) -> Entry:
    """A row of the operation: what the row held and is to hold in the columns that change. What is sensitive is kept in
    a dry run's `frozen` rows alone, which apply it; afterwards only that it changed."""
    about, asked, row = model.__name__, each.asked, each.row
    applied = each.outcome is Outcome.APPLIED
    student = str((row or each.after).get("student_no", asked.named)) if model is Student else ""
    seen = int(row["version"]) if row is not None else None
    outcome = RowOutcome(
        each.outcome,
        student,
        name=str((row or each.after).get("name", "")) or None if model is Student and (row or applied) else None,
        object_id=each.row_id if applied and each.makes else asked.row_id if row is not None else None,
        refusal=each.refusal,
        row=asked.row,
        edited=_edited(model, each),
    )
    extra: dict[str, Any] = {"edit": True, "named": asked.named}
    if not applied:
        return Entry(with_cell(outcome, file), about, extra=extra)
    kept = [name for name in each.after if frozen or not shown_never(model, name)]
    extra |= {"fields": sorted(each.after), "seen": seen, "made": each.makes}
    before = {name: each.before[name] for name in kept if name in each.before}
    after = {name: each.after[name] for name in kept}
    return Entry(outcome, about, before, after, (seen or 0) + 1, extra=extra)


def _edited(model: type[Model], each: Verdict) -> Edited:
    if each.outcome is not Outcome.APPLIED:
        return Edited(model.__name__, named=each.asked.named)
    return Edited(model.__name__, each.before, each.after, each.asked.named, made=each.makes)


def _not_applied(entry: Entry) -> Entry:
    if entry.outcome.outcome is not Outcome.APPLIED:
        return entry
    return replace(entry, outcome=replace(entry.outcome, outcome=Outcome.NOT_APPLIED))
