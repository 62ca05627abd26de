"""Taking an issued certificate back to the desk, and voiding one (B14); a clearance is revoked elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from models import database
from models.certificates import Certificate
from models.enums import BatchStatus, CertificateStatus, OperationKind, OperationState, Outcome, SheetState
from models.portable_sql import many
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.certificate_rows import (
    CertificateRow,
    permitted_certificates,
    record_certificates,
    settled_row,
)
from models.rules.clearing import ErrorPolicy
from models.rules.facts import CertificateFacts, SheetFacts
from models.rules.idempotency import Idempotency, claim
from models.rules.loading import load_seasons, load_sheets
from models.rules.locks import lock_batch, lock_sheets
from models.rules.recorded import load_result
from models.rules.recording import Head
from models.rules.refusals import Code, Refusal, Refused
from models.rules.results import ActResult, RowOutcome
from models.rules.selection import visible_among

LONGEST_REASON: int = Certificate._meta.fields_map["void_reason"].max_length  # type: ignore[attr-defined]  # a CharField


async def undo_issue(
    actor: Actor,
    *,
    certificates: Sequence[int],
    reason: str,
    recovered: bool,
    permit: Permit = unrestricted,
    dry_run: bool = False,
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID,
    idempotency: Idempotency | None = None,
) -> ActResult:
    """ISSUED back to PRINTED, with a reason. `recovered`: the paper is back at the desk; else it stays marked
    错领待收回, cannot be issued again, and is marked recovered by calling this once more.

    One row a certificate: CONFLICT (it is not out), NOT_FOUND, FORBIDDEN, BATCH_NOT_OPEN (archived or not yet open).
    Refuses the whole act with REASON_REQUIRED, or BAD_INPUT for a reason too long.
    """
    _check_reason(reason)

    def decide(sheet: SheetFacts, certificate: CertificateFacts) -> CertificateRow:
        printed, flagged = CertificateStatus.PRINTED, not recovered
        if certificate.status is CertificateStatus.ISSUED:
            changed = ("status", "wrong_recipient") if flagged else ("status",)
            return CertificateRow(sheet, certificate.kind, certificate, _closed(sheet), printed, changed)
        if certificate.wrong_recipient and recovered:
            return CertificateRow(sheet, certificate.kind, certificate, None, certificate.status, ("wrong_recipient",))
        if certificate.wrong_recipient:
            return CertificateRow(sheet, certificate.kind, certificate, to=certificate.status, unchanged=True)
        refusal = Refusal(Code.CONFLICT, facts={"status": certificate.status.value})
        return CertificateRow(sheet, certificate.kind, certificate, refusal)

    async def write(rows: Sequence[CertificateRow], now: datetime) -> None:
        await database.execute(UPDATE_RETURNED, [many(_ids(rows)), not recovered, now])

    deed = Deed(OperationKind.UNDO_ISSUE, {"reason": reason, "recovered": recovered}, decide, write)
    return await _carry_out(actor, certificates, deed, How(permit, dry_run, error_policy, idempotency))


UPDATE_RETURNED = """
UPDATE certificate SET status = 'PRINTED', wrong_recipient = ?2, issued_at = NULL, issued_user_id = NULL,
    collection = NULL, collector_name = '', collector_id_last4 = '', collector_relation = '', letter_checked = FALSE,
    version = version + 1, updated_at = ?3
WHERE id IN LIST(?1)
"""


async def void(
    actor: Actor,
    *,
    certificates: Sequence[int],
    reason: str,
    permit: Permit = unrestricted,
    dry_run: bool = False,
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID,
    idempotency: Idempotency | None = None,
) -> ActResult:
    """Takes an entitlement away, or a spoilt print out of use; its number is never used again.

    One row a certificate: ALREADY_ISSUED with who and when (take it back first), NOT_FOUND (void ones too), FORBIDDEN,
    SHEET_NOT_ACTIVE, BATCH_NOT_OPEN (archived). Refuses the whole act with REASON_REQUIRED or BAD_INPUT.
    """
    _check_reason(reason)

    def decide(sheet: SheetFacts, certificate: CertificateFacts) -> CertificateRow:
        refusal = _archived(sheet)
        if certificate.status is CertificateStatus.ISSUED:
            facts = {"kind": certificate.kind.value}
            refusal = Refusal(Code.ALREADY_ISSUED, (), facts, certificate.issued_name, certificate.issued_at)
        return CertificateRow(sheet, certificate.kind, certificate, refusal, CertificateStatus.VOID)

    async def write(rows: Sequence[CertificateRow], now: datetime) -> None:
        await database.execute(UPDATE_VOID, [many(_ids(rows)), reason, now])

    deed = Deed(OperationKind.EDIT, {"void": reason}, decide, write)
    return await _carry_out(actor, certificates, deed, How(permit, dry_run, error_policy, idempotency))


UPDATE_VOID = """
UPDATE certificate SET status = 'VOID', void_reason = ?2, version = version + 1, updated_at = ?3
WHERE id IN LIST(?1) AND status <> 'ISSUED'
"""


# --- what both have in common


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be done with each certificate, how it is decided, and how it is written."""

    kind: OperationKind
    parameters: Mapping[str, Any]
    decide: Callable[[SheetFacts, CertificateFacts], CertificateRow]
    write: Callable[[Sequence[CertificateRow], datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class How:
    """By which right, and what callers may choose of any act."""

    permit: Permit
    dry_run: bool
    error_policy: ErrorPolicy
    idempotency: Idempotency | None


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused(Code.REASON_REQUIRED, argument="reason")
    if len(reason) > LONGEST_REASON or "\0" in reason:
        raise Refused(Code.BAD_INPUT, argument="reason", length=len(reason), limit=LONGEST_REASON)


def _closed(sheet: SheetFacts) -> Refusal | None:
    """A mistake at the desk is put right also after the batch has closed; not once it is archived."""
    if sheet.state is not SheetState.ACTIVE:
        return Refusal(Code.SHEET_NOT_ACTIVE, facts={"state": sheet.state.value})
    batch = sheet.season.batch
    if batch.status in (BatchStatus.OPEN, BatchStatus.CLOSED):
        return None
    return Refusal(Code.BATCH_NOT_OPEN, facts={"batch": batch.code, "status": batch.status.value})


def _archived(sheet: SheetFacts) -> Refusal | None:
    """Entitlements may be put right in any batch that is not archived, also while it is prepared."""
    if sheet.season.batch.status is not BatchStatus.ARCHIVED:
        return None
    batch = sheet.season.batch
    return Refusal(Code.BATCH_NOT_OPEN, facts={"batch": batch.code, "status": batch.status.value})


async def _carry_out(actor: Actor, certificates: Sequence[int], deed: Deed, how: How) -> ActResult:
    """Batches in the order of their ids, their sheets, the policy; then the deed. A dry run locks nothing."""
    asked = list(dict.fromkeys(certificates))

    async def work() -> ActResult:
        earlier = await claim(how.idempotency) if how.idempotency is not None and not how.dry_run else None
        if earlier is not None:
            return await load_result(earlier)
        batch_ids, sheet_ids = await _concerned(asked, lock=not how.dry_run)
        reach = await how.permit()
        visible = await visible_among(sheet_ids, reach.visible)
        seen = sheet_ids if visible is None else set(visible)
        permitted = await permitted_certificates(reach.permitted, seen)
        sheets = await load_sheets(seen, await load_seasons(batch_ids))
        now = datetime.now(UTC)
        rows = _decided(asked, sheets, permitted, deed)
        refused = any(row.refusal is not None for row in rows)
        stopped = refused and how.error_policy is ErrorPolicy.REJECT_ALL and not how.dry_run
        changed = [r for r in rows if isinstance(r, CertificateRow) and r.refusal is None and not r.unchanged]
        changed = [] if stopped else changed
        head = Head(
            deed.kind, actor, min(batch_ids, default=None), parameters=deed.parameters, selector={"certificates": asked}
        )

        async def write() -> None:
            if changed:
                await deed.write(changed, now)

        outcomes = [row if isinstance(row, RowOutcome) else settled_row(row, stopped=stopped) for row in rows]
        state = OperationState.FAILED if stopped else OperationState.APPLIED
        state = OperationState.PREVIEWED if how.dry_run else state
        return await record_certificates(head, outcomes, changed, state, write, how.idempotency, now)

    return await (work() if how.dry_run else database.atomically(work))


async def _concerned(certificate_ids: Sequence[int], *, lock: bool) -> tuple[set[int], set[int]]:
    """The batches and sheets of these certificates, locked in this order if asked."""
    rows = await database.fetch(SHEETS_OF, [many(certificate_ids)])
    batch_ids, sheet_ids = {int(batch_id) for _, batch_id in rows}, {int(sheet_id) for sheet_id, _ in rows}
    if lock:
        for batch_id in sorted(batch_ids):
            await lock_batch(batch_id, exclusive=False)
        await lock_sheets(sheet_ids)
    return batch_ids, sheet_ids


SHEETS_OF = """
SELECT DISTINCT sheet.id, sheet.batch_id FROM certificate JOIN sheet ON sheet.id = certificate.sheet_id
WHERE certificate.id IN LIST(?1)
"""


def _decided(
    asked: Sequence[int], sheets: Mapping[int, SheetFacts], permitted: set[int] | None, deed: Deed
) -> list[CertificateRow | RowOutcome]:
    known = {each.id: (sheet, each) for sheet in sheets.values() for each in sheet.certificates}
    return [_one(certificate_id, known, permitted, deed) for certificate_id in asked]


def _one(
    certificate_id: int,
    known: Mapping[int, tuple[SheetFacts, CertificateFacts]],
    permitted: set[int] | None,
    deed: Deed,
) -> CertificateRow | RowOutcome:
    if certificate_id not in known:
        refusal = Refusal(Code.NOT_FOUND, facts={"certificate": certificate_id})
        return RowOutcome(Outcome.REFUSED, "", refusal=refusal)
    sheet, certificate = known[certificate_id]
    if permitted is not None and certificate_id not in permitted:
        return CertificateRow(sheet, certificate.kind, certificate, Refusal(Code.FORBIDDEN))
    return deed.decide(sheet, certificate)


def _ids(rows: Sequence[CertificateRow]) -> list[int]:
    return [row.certificate.id for row in rows if row.certificate is not None]
