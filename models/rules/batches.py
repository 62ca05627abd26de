"""The life of a batch: PREPARING → OPEN → CLOSED → ARCHIVED, and back to OPEN with a reason (B19). What happens to
single sheets stands in `sheet_changes`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from models import database
from models.enums import BatchStatus, CertificateStatus, ClearanceStatus, ItemKind, OperationKind, Outcome, SheetState
from models.portable_sql import many
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.journal import event, record
from models.rules.loading import BATCH_STATUS, batch_id_of
from models.rules.locks import lock_batch
from models.rules.opening import Finding, Handlers, opening_check
from models.rules.recording import Head
from models.rules.refusals import Code, Refused
from models.rules.results import ActResult, RowOutcome

__all__ = ["Finding", "NotReady", "archive_batch", "close_batch", "open_batch", "opening_check", "reopen_batch"]


class NotReady(Refused):
    """The batch may not open yet; `findings` says what is missing (R27)."""

    def __init__(self, batch: str, findings: Sequence[Finding]) -> None:
        listed = "; ".join(str(each) for each in findings)
        super().__init__(
            Code.BAD_INPUT, argument="batch", problem="NOT_READY", batch=batch, count=len(findings), findings=listed
        )
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class Turn:
    """A batch going from one status to another."""

    kind: OperationKind
    before: BatchStatus
    after: BatchStatus
    parameters: Mapping[str, Any] = field(default_factory=dict)


Step = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class TurnResult(ActResult):
    """The answer to a turn: how many active sheets it concerns, on how many of them something required is still red,
    and on how many a certificate is out."""

    sheets: int = 0
    unfinished: int = 0
    issued: int = 0


async def open_batch(
    actor: Actor,
    *,
    batch: str,
    handlers: Handlers | None = None,
    expected_version: int | None = None,
    permit: Permit = unrestricted,
    dry_run: bool = False,
) -> TurnResult:
    """Opens a prepared batch: from now on students see their sheets, and items are frozen (invariant 16).

    With `dry_run` nothing is written, here and below. Refuses with NotReady when `opening_check` finds anything
    (`handlers` is its argument), and as `_turn` does.
    """

    async def ready() -> None:
        findings = await opening_check(batch, handlers=handlers)
        if findings:
            raise NotReady(batch, findings)

    turn = Turn(OperationKind.OPEN_BATCH, BatchStatus.PREPARING, BatchStatus.OPEN)
    return await _turn(actor, batch, turn, permit, expected_version, check=ready, dry_run=dry_run)


async def close_batch(
    actor: Actor,
    *,
    batch: str,
    expected_version: int | None = None,
    permit: Permit = unrestricted,
    dry_run: bool = False,
) -> TurnResult:
    """Closes an open batch: afterwards only sheets with a `late_until` go on."""
    turn = Turn(OperationKind.CLOSE_BATCH, BatchStatus.OPEN, BatchStatus.CLOSED)
    return await _turn(actor, batch, turn, permit, expected_version, dry_run=dry_run)


async def reopen_batch(
    actor: Actor,
    *,
    batch: str,
    reason: str,
    expected_version: int | None = None,
    permit: Permit = unrestricted,
    dry_run: bool = False,
) -> TurnResult:
    """Opens a closed batch again. Refuses with REASON_REQUIRED when none is given."""
    if not reason.strip():
        raise Refused(Code.REASON_REQUIRED, argument="reason")
    turn = Turn(OperationKind.OPEN_BATCH, BatchStatus.CLOSED, BatchStatus.OPEN, {"reason": reason.strip()})
    return await _turn(actor, batch, turn, permit, expected_version, dry_run=dry_run)


async def archive_batch(
    actor: Actor,
    *,
    batch: str,
    expected_version: int | None = None,
    permit: Permit = unrestricted,
    dry_run: bool = False,
) -> TurnResult:
    """Archives a closed batch: nothing in it changes any more, and its people may have a sheet in another one."""

    async def release() -> None:
        batch_id = await batch_id_of(batch)
        await database.execute("UPDATE sheet SET holder = NULL WHERE batch_id = ?1 AND holder IS NOT NULL", [batch_id])

    turn = Turn(OperationKind.ARCHIVE_BATCH, BatchStatus.CLOSED, BatchStatus.ARCHIVED)
    return await _turn(actor, batch, turn, permit, expected_version, before=release, dry_run=dry_run)


async def _nothing() -> None:
    return


async def _turn(
    actor: Actor,
    code: str,
    turn: Turn,
    permit: Permit,
    expected_version: int | None,
    *,
    check: Step = _nothing,
    before: Step = _nothing,
    dry_run: bool,
) -> TurnResult:
    """One operation with one event. UNCHANGED when the batch has the status already. `check` may refuse, and is asked
    in a dry run too; `before` writes what must be written first.

    Refuses with NOT_FOUND, CONFLICT (somebody changed the batch since `expected_version`), BATCH_NOT_OPEN (its status
    is another one than the act begins from, fact `status`).
    """

    async def work() -> TurnResult:
        batch_id = await batch_id_of(code)
        if not dry_run:
            await lock_batch(batch_id, exclusive=True)
        await permit()
        [(status, version)] = await database.fetch("SELECT status, version FROM batch WHERE id = ?1", [batch_id])
        if expected_version is not None and expected_version != version:
            raise Refused(Code.CONFLICT, argument="expectedVersion", version=version)
        present = BATCH_STATUS[status]
        changes = present is not turn.after
        if changes and present is not turn.before:
            raise Refused(Code.BATCH_NOT_OPEN, argument="batch", batch=code, status=status)
        if changes:
            await check()
        start = turn.before if changes else turn.after
        outcome = Outcome.APPLIED if changes else Outcome.UNCHANGED
        row = RowOutcome(outcome, "", object_id=batch_id, before=start.value, after=turn.after.value)
        if dry_run:
            sheets, unfinished, issued = await _concerned(batch_id)
            return TurnResult(None, True, [row], sheets=sheets, unfinished=unfinished, issued=issued)
        if changes:
            await before()
        return TurnResult(await _record_turn(actor, batch_id, turn, row, changes=changes), False, [row])

    return await (work() if dry_run else database.atomically(work))


async def _concerned(batch_id: int) -> tuple[int, int, int]:
    """The figures of a TurnResult."""
    kinds = [each.value for each in ItemKind if each.required]
    asked = [batch_id, SheetState.ACTIVE, ClearanceStatus.PENDING, many(kinds), CertificateStatus.ISSUED]
    [(sheets, unfinished, issued)] = await database.fetch(CONCERNED, asked)
    return sheets, unfinished, issued


CONCERNED = """
SELECT
    (SELECT count(*) FROM sheet WHERE batch_id = ?1 AND state = ?2),
    (SELECT count(*) FROM sheet WHERE batch_id = ?1 AND state = ?2 AND id IN (
        SELECT sheet_id FROM clearance WHERE status = ?3 AND item_id IN (
            SELECT id FROM item WHERE batch_id = ?1 AND withdrawn_at IS NULL AND kind IN LIST(?4)))),
    (SELECT count(*) FROM sheet WHERE batch_id = ?1 AND state = ?2 AND id IN (
        SELECT sheet_id FROM certificate WHERE status = ?5))
"""


async def _record_turn(actor: Actor, batch_id: int, turn: Turn, row: RowOutcome, *, changes: bool) -> int:
    now = datetime.now(UTC)
    start = turn.before if changes else turn.after
    head = Head(turn.kind, actor, batch_id, parameters=turn.parameters)
    events = [event("Batch", batch_id, "status", before=start.value, after=turn.after.value)] if changes else []
    if changes:
        await database.execute(TURN, [batch_id, turn.after, now])
    return await record(head, [row], events, now, about="Batch")


TURN = "UPDATE batch SET status = ?2, version = version + 1, updated_at = ?3 WHERE id = ?1"
