"""One-click undo of an act on clearances (B1): restores its own rows, each under the rules, and no others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from models import database
from models.enums import Cause, ClearanceStatus, OperationKind, OperationState, Outcome, Way
from models.portable_sql import many
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.clearing import (
    OBJECT,
    event,
    last_changes,
    moves_of,
    permitted_clearances,
    state,
    update_clearances,
)
from models.rules.counters import move
from models.rules.deciding import LastChange, Touched
from models.rules.facts import ClearanceFacts, ItemFacts, Season, SheetFacts
from models.rules.idempotency import Idempotency, claim, settle
from models.rules.loading import DECIDED_BY, REASON, load_season, load_sheets, locked_season, moment, records
from models.rules.locks import lock_sheets
from models.rules.pieces import piece_of
from models.rules.recorded import load_result
from models.rules.recording import Entry, Head, claim_state, only_status, start, store_preview, write_events, write_rows
from models.rules.refusals import Code, Refusal, Refused
from models.rules.results import ActResult, RowOutcome
from models.rules.selection import visible_among
from models.rules.under_way import in_turns
from models.rules.why_not import blockers, unsettled_prerequisites, why_not_restore

UNDOABLE = (OperationKind.SET_CLEARANCES, OperationKind.SIGN)


@dataclass(frozen=True, slots=True)
class Done:
    """One row that the operation changed, as it was before and in which version it was left."""

    sheet_id: int
    item_id: int
    clearance_id: int
    student_no: str
    before: Mapping[str, Any]
    version_after: int
    cascaded: bool

    @property
    def status(self) -> ClearanceStatus:
        return ClearanceStatus[self.before["status"]]


@dataclass(frozen=True, slots=True)
class Undoable:
    """The operation to be undone."""

    id: int
    batch_id: int
    item_id: int | None


async def undo_operation(
    actor: Actor,
    operation_id: int,
    *,
    permit: Permit = unrestricted,
    dry_run: bool = False,
    others: bool = False,
    idempotency: Idempotency | None = None,
) -> ActResult:
    """Puts every row that this operation changed back as it was, by whom it was decided included.

    Own operations; with `others` (the door asks the policy) anybody's. Rows that are no longer as the operation left
    them stay (STALE_ROW with who and when, ALREADY_ISSUED: invariants 5, 12), and so do rows whose restoring the rules
    forbid, or that others now stand on (CONFLICT, naming these): an undo never cascades. A row it re-opened besides is
    restored with it. The operation becomes UNDONE when at least one row was restored.

    Refuses the whole act with NOT_FOUND, FORBIDDEN (another's), CONFLICT (not an act on clearances, or not APPLIED).
    """

    async def work() -> ActResult:
        earlier = await claim(idempotency) if idempotency is not None and not dry_run else None
        if earlier is not None:
            return await load_result(earlier)
        undone = await undoable(actor, operation_id, others=others)
        if not dry_run and not await claim_state(operation_id, OperationState.APPLIED, OperationState.UNDONE):
            raise Refused(Code.CONFLICT, argument="id")
        return await _undo(actor, undone, permit, dry_run, idempotency)

    return await work() if dry_run else await database.atomically(work)


async def undoable(actor: Actor, operation_id: int, *, others: bool) -> Undoable:
    """The operation, if the rules let it be undone. Refuses as `undo_operation`."""
    rows = await records("SELECT kind, state, actor_id, batch_id, item_id FROM operation WHERE id = ?1", [operation_id])
    if not rows:
        raise Refused(Code.NOT_FOUND, argument="id")
    [row] = rows
    if not others and row["actor_id"] != actor.user_id:
        raise Refused(Code.FORBIDDEN, argument="id")
    if row["kind"] not in UNDOABLE or row["batch_id"] is None:
        raise Refused(Code.CONFLICT, argument="id", kind=row["kind"])
    if row["state"] != OperationState.APPLIED:
        raise Refused(Code.CONFLICT, argument="id", state=row["state"])
    return Undoable(operation_id, row["batch_id"], row["item_id"])


def head_of(actor: Actor, undone: Undoable) -> Head:
    """What the operation is that undoes another one."""
    selector = {"operation": undone.id}
    return Head(OperationKind.UNDO, actor, undone.batch_id, undone.item_id, selector=selector, undo_of=undone.id)


async def undo_sheets(actor: Actor, undone: Undoable, permit: Permit, sheet_ids: Collection[int]) -> None:
    """A piece of an undo: the rows of these sheets, in the caller's transaction. Nobody's change reaches from one sheet
    to another, so the pieces together do what the whole would."""
    await _undo(actor, undone, permit, dry_run=False, idempotency=None, only=sheet_ids)


async def _undo(
    actor: Actor,
    undone: Undoable,
    permit: Permit,
    dry_run: bool,
    idempotency: Idempotency | None,
    only: Collection[int] | None = None,
) -> ActResult:
    season = await (load_season(undone.batch_id) if dry_run else locked_season(undone.batch_id))
    rows = await _rows(undone.id, only)
    sheet_ids = {row.sheet_id for row in rows}
    if not dry_run:
        await lock_sheets(sheet_ids)
    reach = await permit()
    visible = await visible_among(sheet_ids, reach.visible)
    seen = sheet_ids if visible is None else set(visible)
    permitted = await permitted_clearances(reach.permitted, seen, {row.item_id for row in rows})
    sheets = await load_sheets(seen, {season.batch.id: season}, items=season.concerned(row.item_id for row in rows))
    now = datetime.now(UTC)
    single = only is None and sum(not row.cascaded for row in rows) == 1
    undoing = Undoing(season, sheets, permitted, await _later(rows, sheets), Way.SINGLE if single else Way.BULK, now)
    await undoing.decide(rows)
    entries = await in_turns((row for row in rows if undoing.answers(row)), lambda row: _entry(undoing, row))
    return await _record(head_of(actor, undone), entries, undoing, dry_run, idempotency)


async def _rows(operation_id: int, only: Collection[int] | None) -> list[Done]:
    some = "" if only is None else "AND operation_row.sheet_id IN LIST(?3)"
    found = await records(ROWS.format(some=some), [operation_id, OBJECT, *([] if only is None else [many(only)])])
    return await in_turns(found, _done)


def _done(row: Mapping[str, Any]) -> Done:
    return Done(
        row["sheet_id"],
        row["item_id"],
        row["object_id"],
        row["student_no"],
        orjson.loads(row["before"]),
        row["version_after"],
        bool(row["cascaded"]),
    )


ROWS = """
SELECT operation_row.sheet_id, clearance.item_id, object_id, student_no, before, version_after, cascaded
FROM operation_row JOIN clearance ON clearance.id = operation_row.object_id
WHERE operation_id = ?1 AND object = ?2 AND outcome = 'APPLIED' {some} ORDER BY operation_row.id
"""


async def _later(rows: Sequence[Done], sheets: Mapping[int, SheetFacts]) -> dict[int, LastChange]:
    """Who changed what since."""
    stale = []
    for row in rows:
        sheet = sheets.get(row.sheet_id)
        clearance = sheet.clearances.get(row.item_id) if sheet is not None else None
        if clearance is not None and clearance.version != row.version_after:
            stale.append(clearance.id)
    return await last_changes(stale, sheets)


# --- deciding


class Undoing:
    """Decides row by row; `restored` and `refusals` are by clearance."""

    def __init__(
        self,
        season: Season,
        sheets: Mapping[int, SheetFacts],
        permitted: Collection[int] | None,
        later: Mapping[int, LastChange],
        way: Way,
        now: datetime,
    ) -> None:
        self.season = season
        self.sheets = sheets
        self.permitted = permitted
        self.later = later
        self.way = way
        self.now = now
        self.restored: dict[int, Touched] = {}
        self.refusals: dict[int, Refusal] = {}

    async def decide(self, rows: Iterable[Done]) -> None:
        """First the flags that a re-opened prerequisite will need, then what is re-opened, last things first, then what
        is passed, first things first, then the flags that fall with it."""
        ordered = sorted(rows, key=self._turn)
        await in_turns(ordered, self._decide)
        await in_turns(ordered, self._check_flag)

    def answers(self, row: Done) -> bool:
        """Whether there is anything to say of this row."""
        return row.clearance_id in self.restored or row.clearance_id in self.refusals

    def _turn(self, row: Done) -> tuple[int, int]:
        rank = self.season.ranks.get(row.item_id, 0)
        sheet = self.sheets.get(row.sheet_id)
        clearance = sheet.clearances.get(row.item_id) if sheet is not None else None
        if clearance is not None and clearance.status is row.status:
            return (0, rank) if row.before.get("prerequisite_reopened") else (3, rank)
        return (1, -rank) if row.status is ClearanceStatus.PENDING else (2, rank)

    def _decide(self, row: Done) -> None:
        sheet = self.sheets.get(row.sheet_id)
        clearance = sheet.clearances.get(row.item_id) if sheet is not None else None
        if sheet is None or clearance is None:
            self.refusals[row.clearance_id] = Refusal(Code.NOT_FOUND, facts={"student_no": row.student_no})
            return
        refusal = self._refusal(row, sheet, clearance)
        if refusal is not None:
            self.refusals[row.clearance_id] = refusal
            return
        after = as_it_was(clearance, row.before)
        sheet.clearances[row.item_id] = after
        self.restored[row.clearance_id] = Touched(clearance, after, row.cascaded)

    def _refusal(self, row: Done, sheet: SheetFacts, clearance: ClearanceFacts) -> Refusal | None:
        if not row.cascaded and self.permitted is not None and clearance.id not in self.permitted:
            return Refusal(Code.FORBIDDEN)
        refusal = why_not_restore(sheet, clearance, row.status, way=self.way, now=self.now)
        if refusal is not None and refusal.code is Code.ALREADY_ISSUED:
            return refusal
        if clearance.version != row.version_after:
            last = self.later.get(clearance.id, LastChange(None, None))
            return Refusal(Code.STALE_ROW, facts={"version": clearance.version}, by=last.by, at=last.at)
        return refusal or self._stood_upon(row, sheet, clearance)

    def _stood_upon(self, row: Done, sheet: SheetFacts, clearance: ClearanceFacts) -> Refusal | None:
        """Re-opening it would re-open or flag others, which this operation did not touch."""
        if row.status.settled or not clearance.status.settled:
            return None
        standing = [item for item in self._upon(row.item_id) if _stands(sheet, item)]
        followers = [self.season.items[each.item_id] for each in self.season.items[row.item_id].dependants]
        standing += [item for item in followers if _stands(sheet, item) and not _flagged(sheet, item)]
        by_id = {item.id: item for item in standing}
        return Refusal(Code.CONFLICT, blockers=blockers(sheet, by_id.values())) if by_id else None

    def _upon(self, item_id: int) -> list[ItemFacts]:
        """What would be re-opened together with this item."""
        item, final = self.season.items[item_id], self.season.final
        reopened = [self.season.items[each.item_id] for each in item.dependants if each.reopen]
        if final is not None and item.kind.required and final.id != item_id:
            reopened.append(final)
        return reopened

    def _check_flag(self, row: Done) -> None:
        """A flag stands exactly while something that comes first is pending; where the rows it followed from were not
        restored, it stays as it is, too."""
        touched = self.restored.get(row.clearance_id)
        if touched is None or touched.before.status is not touched.after.status:
            return
        sheet = self.sheets[row.sheet_id]
        pending = unsettled_prerequisites(sheet, self.season.items[row.item_id])
        if touched.after.status is ClearanceStatus.CLEARED and touched.after.prerequisite_reopened is not bool(pending):
            sheet.clearances[row.item_id] = touched.before
            del self.restored[row.clearance_id]


def _stands(sheet: SheetFacts, item: ItemFacts) -> bool:
    clearance = sheet.clearances.get(item.id)
    return clearance is not None and clearance.status is ClearanceStatus.CLEARED


def _flagged(sheet: SheetFacts, item: ItemFacts) -> bool:
    return sheet.clearances[item.id].prerequisite_reopened


def as_it_was(clearance: ClearanceFacts, before: Mapping[str, Any]) -> ClearanceFacts:
    """The decision that stood before stands again, in a new version of the row."""
    return replace(
        clearance,
        version=clearance.version + 1,
        status=ClearanceStatus[before["status"]],
        note=before.get("note", ""),
        internal_note=before.get("internal_note", ""),
        reason=REASON[before["reason"]] if before.get("reason") else None,
        hold=before.get("hold", ""),
        decided_by=DECIDED_BY[before["decided_by"]],
        decided_at=moment(before.get("decided_at")),
        decided_user_id=before.get("decided_user_id"),
        decided_name=None,
        on_behalf_of_id=before.get("on_behalf_of_id"),
        prerequisite_reopened=before.get("prerequisite_reopened", False),
    )


# --- recording


def _entry(undoing: Undoing, row: Done) -> Entry:
    sheet = undoing.sheets.get(row.sheet_id)
    touched, refusal = undoing.restored.get(row.clearance_id), undoing.refusals.get(row.clearance_id)
    clearance = sheet.clearances.get(row.item_id) if sheet is not None else None
    before = touched.before if touched is not None else clearance
    outcome = RowOutcome(
        outcome=Outcome.REFUSED if refusal is not None else Outcome.APPLIED,
        student_no=row.student_no,
        sheet_id=row.sheet_id if sheet is not None else None,
        name=sheet.name if sheet is not None else None,
        item_code=undoing.season.items[row.item_id].code,
        object_id=row.clearance_id if sheet is not None else None,
        before=before.status.name if before is not None else None,
        after=touched.after.status.name if touched is not None else None,
        refusal=refusal,
    )
    if touched is None:
        return Entry(outcome, OBJECT, only_status(outcome.before))
    after = touched.after
    return Entry(outcome, OBJECT, state(touched.before), state(after), after.version, row.cascaded)


async def _record(
    head: Head, entries: Sequence[Entry], undoing: Undoing, dry_run: bool, idempotency: Idempotency | None
) -> ActResult:
    shown = [entry.outcome for entry in entries if not entry.cascaded]
    cascaded = sum(entry.cascaded and entry.outcome.before != entry.outcome.after for entry in entries)
    if dry_run:
        rows = [entry for entry in entries if not entry.cascaded]
        return ActResult(await store_preview(head, entries, rows, undoing.now), True, shown, cascaded)
    operation_id = await start(head, entries, OperationState.APPLIED, undoing.now)
    await write_rows(operation_id, entries)
    await _restore(operation_id, head, undoing)
    if idempotency is not None:
        await settle(idempotency, operation_id)
    return ActResult(operation_id, False, shown, cascaded)


async def _restore(operation_id: int, head: Head, undoing: Undoing) -> None:
    restored = list(undoing.restored.values())
    if not restored and piece_of(head.kind) is None:  # nothing was undone: the operation stands as it stood
        await claim_state(head.undo_of or 0, OperationState.UNDONE, OperationState.APPLIED)
    if not restored:
        return
    await update_clearances([each.after for each in restored], undoing.now)
    events = await in_turns(restored, lambda each: event(each, Cause.UNDO))
    await write_events(operation_id, head.actor, events, undoing.now)
    await move(moves_of(restored, undoing.sheets))
