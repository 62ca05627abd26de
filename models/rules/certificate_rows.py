"""How acts on certificates answer and record their rows; which of them pass, the verbs decide."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tortoise.expressions import Q

from models.certificates import Certificate
from models.enums import Cause, CertificateKind, CertificateStatus, OperationState, Outcome
from models.in_list import in_list
from models.rules.counters import Moves, move
from models.rules.facts import CertificateFacts, SheetFacts
from models.rules.idempotency import Idempotency, settle
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
from models.rules.refusals import Refusal
from models.rules.results import ActResult, RowOutcome
from models.rules.selection import is_everything

OBJECT = "Certificate"


async def permitted_certificates(permitted: Q, sheet_ids: Iterable[int]) -> set[int] | None:
    """The certificates of these sheets that the caller may act on; None when he may act on all."""
    if is_everything(permitted):
        return None
    asked = Certificate.filter(Q(sheet_id__in=in_list(sheet_ids)) & permitted)
    return set(await asked.values_list("id", flat=True))  # type: ignore[arg-type]  # flat: ids, not tuples


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """One certificate of one sheet, and the status it is to have. `certificate` None: the student has no such row.
    `changed` names the columns that its event tells."""

    sheet: SheetFacts
    kind: CertificateKind | None
    certificate: CertificateFacts | None
    refusal: Refusal | None = None
    to: CertificateStatus | None = None
    changed: tuple[str, ...] = ("status",)
    unchanged: bool = False


def settled_row(row: CertificateRow, *, stopped: bool = False) -> RowOutcome:
    """The answer for one row. `item_code` names the kind: it tells the rows of one student apart."""
    certificate = row.certificate
    before = certificate.status.value if certificate is not None else None
    outcome = RowOutcome(
        outcome=Outcome.NOT_APPLIED if stopped else Outcome.APPLIED,
        student_no=row.sheet.student_no,
        sheet_id=row.sheet.id,
        name=row.sheet.name,
        item_code=row.kind.value if row.kind is not None else None,
        object_id=certificate.id if certificate is not None else None,
        before=before,
        after=row.to.value if row.to is not None else None,
    )
    if row.refusal is not None:
        return replace(outcome, outcome=Outcome.REFUSED, refusal=row.refusal, after=None)
    return replace(outcome, outcome=Outcome.UNCHANGED, after=before) if row.unchanged else outcome


async def record_certificates(
    head: Head,
    outcomes: Sequence[RowOutcome],
    changed: Sequence[CertificateRow],
    state: OperationState,
    write: Callable[[], Awaitable[None]],
    idempotency: Idempotency | None,
    now: datetime,
    previewed: Previewed | None = None,
) -> ActResult:
    """The operation with its rows; then `write`, the events of what changed and the counters. A PREVIEWED one changes
    nothing, and brings its own transaction."""
    entries = [_entry(outcome, previewed) for outcome in outcomes]
    if state is OperationState.PREVIEWED:
        return ActResult(await store_preview(head, entries, entries, now), True, outcomes)
    operation_id = await put_down(head, entries, state, now, previewed=previewed)
    await write()
    await write_events(operation_id, head.actor, [_event(row) for row in changed], now)
    await move(_moves(changed))
    if idempotency is not None:
        await settle(idempotency, operation_id)
    return ActResult(operation_id, False, outcomes)


def _entry(outcome: RowOutcome, previewed: Previewed | None) -> Entry:
    extra = {"previewed": Outcome.APPLIED.value} if previewed is not None else {}
    return Entry(outcome, OBJECT, only_status(outcome.before), only_status(outcome.after), extra=extra)


def _event(row: CertificateRow) -> EventEntry:
    if row.certificate is None or row.to is None:
        raise AssertionError("a certificate that changed is there, and has a status")
    before = row.certificate.status.value
    return EventEntry(OBJECT, row.certificate.id, row.sheet.id, None, row.changed, before, row.to.value, Cause.ACT)


def _moves(rows: Sequence[CertificateRow]) -> Moves:
    moves = Moves()
    for row in rows:
        certificate = row.certificate
        if certificate is not None and row.to is not None and certificate.status is not row.to:
            batch_id = row.sheet.season.batch.id
            moves.certificate(batch_id, row.sheet.college.id, certificate.kind, certificate.status, row.to)
    return moves
