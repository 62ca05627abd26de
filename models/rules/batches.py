"""The life of a batch: PREPARING → OPEN → CLOSED → ARCHIVED, and back to OPEN with a reason (B19). What happens to
single sheets stands in `sheet_changes`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from models import database
from models.enums import BatchStatus, OperationKind, Outcome
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


async def open_batch(
    actor: Actor,
    *,
    batch: str,
    handlers: Handlers | None = None,
    expected_version: int | None = None,
    permit: Permit = unrestricted,
) -> ActResult:
    """Opens a prepared batch: from now on students see their sheets, and items are frozen (invariant 16).

    Refuses with NotReady when `opening_check` finds anything (`handlers` is its argument), and as `_turn` does.
    """

    async def ready() -> None:
        findings = await opening_check(batch, handlers=handlers)
        if findings:
            raise NotReady(batch, findings)

    turn = Turn(OperationKind.OPEN_BATCH, BatchStatus.PREPARING, BatchStatus.OPEN)
    return await _turn(actor, batch, turn, permit, expected_version, before=ready)


async def close_batch(
    actor: Actor, *, batch: str, expected_version: int | None = None, permit: Permit = unrestricted
) -> ActResult:
    """Closes an open batch: afterwards only sheets with a `late_until` go on."""
    turn = Turn(OperationKind.CLOSE_BATCH, BatchStatus.OPEN, BatchStatus.CLOSED)
    return await _turn(actor, batch, turn, permit, expected_version)


async def reopen_batch(
    actor: Actor, *, batch: str, reason: str, expected_version: int | None = None, permit: Permit = unrestricted
) -> ActResult:
    """Opens a closed batch again. Refuses with REASON_REQUIRED when none is given."""
    if not reason.strip():
        raise Refused(Code.REASON_REQUIRED, argument="reason")
    turn = Turn(OperationKind.OPEN_BATCH, BatchStatus.CLOSED, BatchStatus.OPEN, {"reason": reason.strip()})
    return await _turn(actor, batch, turn, permit, expected_version)


async def archive_batch(
    actor: Actor, *, batch: str, expected_version: int | None = None, permit: Permit = unrestricted
) -> ActResult:
    """Archives a closed batch: nothing in it changes any more, and its people may have a sheet in another one."""

    async def release() -> None:
        batch_id = await batch_id_of(batch)
        await database.execute("UPDATE sheet SET holder = NULL WHERE batch_id = ?1 AND holder IS NOT NULL", [batch_id])

    turn = Turn(OperationKind.ARCHIVE_BATCH, BatchStatus.CLOSED, BatchStatus.ARCHIVED)
    return await _turn(actor, batch, turn, permit, expected_version, before=release)


async def _turn(
    actor: Actor, code: str, turn: Turn, permit: Permit, expected_version: int | None, *, before: Step | None = None
) -> ActResult:
    """One operation with one event. UNCHANGED when the batch has the status already.

    Refuses with NOT_FOUND, CONFLICT (somebody changed the batch since `expected_version`), BATCH_NOT_OPEN (its status
    is another one than the act begins from, fact `status`).
    """

    async def work() -> ActResult:
        batch_id = await batch_id_of(code)
        await lock_batch(batch_id, exclusive=True)
        await permit()
        [(status, version)] = await database.fetch("SELECT status, version FROM batch WHERE id = ?1", [batch_id])
        if expected_version is not None and expected_version != version:
            raise Refused(Code.CONFLICT, argument="expectedVersion", version=version)
        present = BATCH_STATUS[status]
        changes = present is not turn.after
        if changes and present is not turn.before:
            raise Refused(Code.BATCH_NOT_OPEN, argument="batch", batch=code, status=status)
        if changes and before is not None:
            await before()
        return await _record_turn(actor, batch_id, turn, changes=changes)

    return await database.atomically(work)


async def _record_turn(actor: Actor, batch_id: int, turn: Turn, *, changes: bool) -> ActResult:
    now = datetime.now(UTC)
    start = turn.before if changes else turn.after
    outcome = Outcome.APPLIED if changes else Outcome.UNCHANGED
    row = RowOutcome(outcome, "", object_id=batch_id, before=start.value, after=turn.after.value)
    head = Head(turn.kind, actor, batch_id, parameters=turn.parameters)
    events = [event("Batch", batch_id, "status", before=start.value, after=turn.after.value)] if changes else []
    if changes:
        await database.execute(TURN, [batch_id, turn.after, now])
    operation_id = await record(head, [row], events, now, about="Batch")
    return ActResult(operation_id, False, [row])


TURN = "UPDATE batch SET status = ?2, version = version + 1, updated_at = ?3 WHERE id = ?1"
