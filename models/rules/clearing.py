"""Carries out an act on clearances once its rows are known: loads the facts, has the rows decided, writes the whole.

The one path of single acts, bulk, lists, imports, sync, applying and undoing. The number of statements does not depend
on the number of rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from tortoise.expressions import Q

from models import database
from models.enums import Cause, ClearanceStatus, OperationState, Outcome, Way
from models.in_list import in_list
from models.portable_sql import many, table
from models.rules.counters import Moves, move
from models.rules.deciding import Deciding, Decision, LastChange, Target, Touched
from models.rules.facts import ClearanceFacts, Season, SheetFacts
from models.rules.idempotency import Idempotency, settle
from models.rules.listed import ListFile, with_cell
from models.rules.loading import load_sheets, moment
from models.rules.recording import (
    Entry,
    EventEntry,
    Head,
    Previewed,
    only_status,
    put_down,
    store_preview,
    write_events,
)
from models.rules.refusals import Code, Refused
from models.rules.results import ActResult, RowOutcome
from models.rules.selection import is_everything
from models.rules.under_way import in_turns, reached
from models.season import Clearance

OBJECT = "Clearance"
MISMATCHES_ALLOWED = 20
#: How far an act is when it has read, decided, recorded, changed, and told its changes; in percent.
LOADED, DECIDED, RECORDED, CHANGED, TOLD = 20, 45, 65, 80, 95
CAUSE = {Way.SINGLE: Cause.ACT, Way.BULK: Cause.ACT, Way.IMPORT: Cause.IMPORT, Way.SYNC: Cause.SYNC}


class ErrorPolicy(Enum):
    """What one refused row means for the others."""

    REJECT_ALL = "REJECT_ALL"
    APPLY_VALID = "APPLY_VALID"


@dataclass(frozen=True, slots=True)
class Order:
    """An act whose rows are known. `permitted` filters Clearance (the caller's reach). `previewed`: the rows of the dry
    run that is being applied, one for each target. `file`: that the rows came in."""

    head: Head
    season: Season
    targets: Sequence[Target]
    way: Way
    permitted: Q = field(default_factory=Q)
    error_policy: ErrorPolicy = ErrorPolicy.REJECT_ALL
    dry_run: bool = False
    idempotency: Idempotency | None = None
    previewed: Previewed | None = None
    file: ListFile | None = None


async def carry_out(order: Order) -> ActResult:
    """Decides and writes; inside the act's transaction and after its locks, or outside of any for a dry run, which
    stores a PREVIEWED operation with its frozen rows and changes nothing else."""
    now = datetime.now(UTC)
    deciding = await _prepared(order, now)
    await reached(LOADED)
    decisions = await deciding.decide_in_turns(order.targets)
    await reached(DECIDED)
    _refuse_shuffled(decisions)
    refused = any(decision.outcome is Outcome.REFUSED for decision in decisions)
    stopped = refused and order.error_policy is ErrorPolicy.REJECT_ALL and not order.dry_run
    touched = {} if stopped else deciding.touched
    entries = await in_turns(decisions, lambda decision: _entry(order, deciding, decision, stopped))
    followers = [_follower(deciding, each) for each in touched.values() if each.cascaded]
    if order.dry_run:
        return await _preview(order, [*entries, *followers], entries, now)
    final = OperationState.FAILED if stopped else OperationState.APPLIED
    operation_id = await put_down(order.head, entries, final, now, previewed=order.previewed, followers=followers)
    await reached(RECORDED)
    await _apply(operation_id, order, deciding, touched, now)
    if order.idempotency is not None:
        await settle(order.idempotency, operation_id)
    cascaded = sum(1 for each in touched.values() if each.cascaded and each.before.status is not each.after.status)
    return ActResult(operation_id, False, [entry.outcome for entry in entries], cascaded)


def _refuse_shuffled(decisions: Iterable[Decision]) -> None:
    """A file of which many rows do not agree with themselves was sorted in part: none of it is to be trusted (R15)."""
    mismatches = sum(1 for each in decisions if each.refusal is not None and each.refusal.code is Code.ROW_MISMATCH)
    if mismatches > MISMATCHES_ALLOWED:
        raise Refused(Code.ROW_MISMATCH, argument="rows", count=mismatches)


async def _prepared(order: Order, now: datetime) -> Deciding:
    """The facts of every sheet named, in a fixed number of statements."""
    sheet_ids = {target.sheet_id for target in order.targets if target.sheet_id is not None}
    season = order.season
    item_ids = {target.item_id for target in order.targets if target.item_id in season.items}
    concerned = season.concerned(item_ids)
    sheets = await load_sheets(sheet_ids, {season.batch.id: season}, items=concerned)
    return Deciding(
        season,
        sheets,
        actor=order.head.actor,
        way=order.way,
        now=now,
        permitted=await permitted_clearances(order.permitted, sheet_ids, item_ids),
        last_changes=await last_changes(_stale(order.targets, sheets), sheets),
    )


async def permitted_clearances(permitted: Q, sheet_ids: Collection[int], item_ids: Collection[int]) -> set[int] | None:
    """The clearances of these sheets and items that the caller may change; None when he may change them all."""
    if is_everything(permitted):
        return None
    asked = Q(sheet_id__in=in_list(sheet_ids), item_id__in=in_list(item_ids))
    return set(await Clearance.filter(asked & permitted).values_list("id", flat=True))  # type: ignore[arg-type]  # flat


def _stale(targets: Iterable[Target], sheets: Mapping[int, SheetFacts]) -> list[int]:
    """The clearances that are not as their caller saw them."""
    found = []
    for target in targets:
        sheet = sheets.get(target.sheet_id or 0)
        clearance = sheet.clearances.get(target.item_id) if sheet is not None else None
        if clearance is not None and _is_stale(target, clearance):
            found.append(clearance.id)
    return found


def _is_stale(target: Target, clearance: ClearanceFacts) -> bool:
    same_version = target.expected_version in (None, clearance.version)
    return not (same_version and target.expected_status in (None, clearance.status))


async def last_changes(clearance_ids: Sequence[int], sheet_ids: Iterable[int]) -> dict[int, LastChange]:
    """Who changed these last, and when; asks nothing when there are none."""
    if not clearance_ids:
        return {}
    rows = await database.fetch(LAST_CHANGES, [many(clearance_ids), many(sheet_ids)])
    return {clearance_id: LastChange(name, moment(at)) for clearance_id, name, at in rows}


LAST_CHANGES = """
SELECT event.object_id, account.name, event.at FROM event LEFT JOIN account ON account.id = event.actor_id
WHERE event.id IN (
    SELECT max(id) FROM event WHERE object = 'Clearance' AND object_id IN LIST(?1) AND sheet_id IN LIST(?2)
    GROUP BY object_id
)
"""


# --- the rows of the operation


def _entry(order: Order, deciding: Deciding, decision: Decision, stopped: bool) -> Entry:
    target, before, after = decision.target, decision.before, decision.after
    sheet, item = deciding.sheets.get(target.sheet_id or 0), deciding.season.items.get(target.item_id)
    applied = decision.outcome is Outcome.APPLIED
    unchanged = decision.outcome is Outcome.UNCHANGED
    outcome = RowOutcome(
        outcome=Outcome.NOT_APPLIED if applied and stopped else decision.outcome,
        student_no=target.student_no,
        sheet_id=target.sheet_id if sheet is not None else None,
        name=sheet.name if sheet is not None else None,
        item_code=target.item_code or (item.code if item is not None else None),
        object_id=before.id if before is not None else None,
        before=before.status.name if before is not None else None,
        after=after.status.name if after is not None else None,
        refusal=decision.refusal,
        by=before.decided_name if unchanged and before is not None else None,
        at=before.decided_at if unchanged and before is not None else None,
        row=target.row,
        cell=target.cell,
        ignored=target.ignored if decision.refusal is None else (),
    )
    outcome = with_cell(outcome, order.file)
    extra: dict[str, Any] = {}
    if unchanged and target.newer is not None:
        outcome = replace(outcome, by=order.head.parameters["source"], at=target.newer, newer=True)
        extra = {"newer": True}
    if order.dry_run and applied:
        extra = {"wanted": wanted(target)}
    if order.previewed is not None:
        extra = {"previewed": Outcome.APPLIED.value}
    touched = deciding.touched.get(before.id) if before is not None and applied and not stopped else None
    if touched is None:
        return Entry(outcome, OBJECT, only_status(outcome.before), only_status(outcome.after), extra=extra)
    return Entry(outcome, OBJECT, state(touched.before), state(touched.after), touched.after.version, False, extra)


def _follower(deciding: Deciding, touched: Touched) -> Entry:
    sheet = deciding.sheets[touched.before.sheet_id]
    outcome = RowOutcome(
        outcome=Outcome.APPLIED,
        student_no=sheet.student_no,
        sheet_id=sheet.id,
        name=sheet.name,
        item_code=deciding.season.items[touched.before.item_id].code,
        object_id=touched.before.id,
        before=touched.before.status.name,
        after=touched.after.status.name,
    )
    return Entry(outcome, OBJECT, state(touched.before), state(touched.after), touched.after.version, True)


def wanted(target: Target) -> dict[str, Any]:
    """A target's change as an operation remembers it, empty values left out."""
    change = target.change
    found = {
        "status": change.status.name if change.status is not None else None,
        "note": change.note,
        "internal_note": change.internal_note,
        "hold": change.hold,
        "reason": change.reason.value if change.reason is not None else None,
        "on_behalf_of": change.on_behalf_of,
        "expected_version": target.expected_version,
    }
    return {name: value for name, value in found.items() if value is not None}


def state(clearance: ClearanceFacts) -> dict[str, Any]:
    """Everything of a clearance that undo must be able to restore; empty values are left out."""
    found = {
        "status": clearance.status.name,
        "note": clearance.note,
        "internal_note": clearance.internal_note,
        "reason": clearance.reason.value if clearance.reason is not None else None,
        "hold": clearance.hold,
        "decided_by": clearance.decided_by.value,
        "decided_at": clearance.decided_at.isoformat() if clearance.decided_at is not None else None,
        "decided_user_id": clearance.decided_user_id,
        "on_behalf_of_id": clearance.on_behalf_of_id,
        "prerequisite_reopened": clearance.prerequisite_reopened,
    }
    return {name: value for name, value in found.items() if value not in (None, "", False)}


# --- writing


async def _preview(order: Order, foreseen: Sequence[Entry], entries: Sequence[Entry], now: datetime) -> ActResult:
    """Stores what the dry run showed; what would follow is only counted."""
    operation_id = await store_preview(order.head, foreseen, entries, now)
    cascaded = sum(entry.cascaded and entry.outcome.before != entry.outcome.after for entry in foreseen)
    return ActResult(operation_id, True, [entry.outcome for entry in entries], cascaded)


async def _apply(
    operation_id: int, order: Order, deciding: Deciding, touched: Mapping[int, Touched], now: datetime
) -> None:
    """The clearances, their events, and last the counters."""
    if not touched:
        return
    await update_clearances([each.after for each in touched.values()], now)
    await reached(CHANGED)
    cause = CAUSE[order.way]
    events = await in_turns(touched.values(), lambda each: event(each, Cause.CASCADE if each.cascaded else cause))
    await write_events(operation_id, order.head.actor, events, now)
    await reached(TOLD)
    await move(moves_of(touched.values(), deciding.sheets))


async def update_clearances(rows: Sequence[ClearanceFacts], now: datetime) -> None:
    """One statement. The rows carry their new version; the old one is compared, though the lock has seen to it."""
    written = await database.execute(UPDATE_CLEARANCES, [table(await in_turns(rows, _columns)), now])
    if written != len(rows):
        raise AssertionError(f"{len(rows)} clearances were to be written under the lock, {written} were there")


def _columns(each: ClearanceFacts) -> tuple[Any, ...]:
    return (
        each.id,
        each.version,
        each.status.value,
        each.note,
        each.internal_note,
        each.reason.value if each.reason is not None else None,
        each.hold,
        each.decided_by.value,
        each.decided_at,
        each.decided_user_id,
        each.on_behalf_of_id,
        each.prerequisite_reopened,
    )


UPDATE_CLEARANCES = """
UPDATE clearance SET version = new.version, updated_at = ?2, status = new.status, note = new.note,
    internal_note = new.internal_note, reason = new.reason, hold = new.hold, decided_by = new.decided_by,
    decided_at = new.decided_at, decided_user_id = new.decided_user_id, on_behalf_of_id = new.on_behalf_of_id,
    prerequisite_reopened = new.prerequisite_reopened
FROM ROWS(?1: id int, version int, status int, note text, internal_note text, reason text, hold text,
    decided_by text, decided_at timestamptz, decided_user_id int, on_behalf_of_id int,
    prerequisite_reopened boolean) AS new
WHERE clearance.id = new.id AND clearance.version = new.version - 1
"""
COLUMNS = (
    "status",
    "note",
    "internal_note",
    "reason",
    "hold",
    "on_behalf_of_id",
    "prerequisite_reopened",
)


def event(touched: Touched, cause: Cause) -> EventEntry:
    """The one event of an effective change: which columns changed, and the status before and after."""
    before, after = touched.before, touched.after
    return EventEntry(
        OBJECT,
        after.id,
        after.sheet_id,
        after.item_id,
        [column for column in COLUMNS if getattr(before, column) != getattr(after, column)] or ["decided_by"],
        before.status.name,
        after.status.name,
        cause,
    )


def moves_of(touched: Iterable[Touched], sheets: Mapping[int, SheetFacts]) -> Moves:
    """What the counters of active sheets must follow."""
    moves = Moves()
    for each in touched:
        sheet = sheets[each.before.sheet_id]
        before: ClearanceStatus = each.before.status
        if before is not each.after.status:
            moves.clearance(each.before.item_id, sheet.college.id, sheet.building_id, before, each.after.status)
    return moves
