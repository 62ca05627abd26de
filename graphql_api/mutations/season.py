"""The life of a batch, its roster and its certificates' list: the graduation office's and the registrars' acts."""

from __future__ import annotations

import strawberry

from graphql_api.context import Context, Info
from graphql_api.errors import ApiError, ErrorCode, Violation
from graphql_api.mutations.options import idempotency
from graphql_api.mutations.outcomes import OperationResult, carried_out
from graphql_api.rights import require
from models.enums import CertificateKind, HandledBy, LeaveType, OperationKind
from models.rules import batches, entitlements, roster
from models.rules.clearances import ErrorPolicy
from models.rules.entitlements import CertificateLine
from models.rules.opening import Handlers
from models.rules.roster import RosterRow


@strawberry.input(description="One leaver; `name` is a check, `row` and `cell` say where the line stood in a file")
class RosterRowInput:
    student_no: str
    name: str | None = None
    leave_type: LeaveType = LeaveType.GRADUATION
    row: int | None = None
    cell: str | None = None


@strawberry.input
class LoadRosterInput:
    batch: str
    rows: list[RosterRowInput]
    dry_run: bool = False
    idempotency_key: str | None = None
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID


@strawberry.input(description="`expectedVersion`: the version of the batch that the caller saw")
class OpenBatchInput:
    batch: str
    expected_version: int | None = None


@strawberry.input
class CloseBatchInput:
    batch: str
    expected_version: int | None = None


@strawberry.input
class ReopenBatchInput:
    batch: str
    reason: str
    expected_version: int | None = None


@strawberry.input
class ArchiveBatchInput:
    batch: str
    expected_version: int | None = None


@strawberry.input(description="Somebody's entitlement, with the number once it is printed")
class CertificateLineInput:
    student_no: str
    kind: CertificateKind
    number: str | None = None
    printed: bool = False
    name: str | None = None
    row: int | None = None
    cell: str | None = None


@strawberry.input
class ImportCertificatesInput:
    batch: str
    rows: list[CertificateLineInput]
    dry_run: bool = False
    idempotency_key: str | None = None
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID


async def load_roster(info: Info, input: LoadRosterInput) -> OperationResult:  # noqa: A002  # the contract's argument
    """载入拟毕业生名单 · With `dryRun`, what each item would look like; then the sheets (R27)."""
    permit = await require(info.context, "Batch", "load_roster")
    rows = [RosterRow(each.student_no, each.name, each.leave_type, each.row, each.cell) for each in input.rows]
    act = roster.load_roster(
        info.context.caller.actor,
        batch=input.batch,
        rows=rows,
        permit=permit,
        dry_run=input.dry_run,
        error_policy=input.error_policy,
        idempotency=idempotency(info.context, "loadRoster", input, input.idempotency_key),
    )
    return await carried_out(info, OperationKind.LOAD_ROSTER, act, ("Batch", "load_roster"))


async def open_batch(info: Info, input: OpenBatchInput) -> OperationResult:  # noqa: A002
    """开放批次 · Refused with what is still missing, item by item (R27)."""
    permit = await require(info.context, "Batch", "open")
    actor, version = info.context.caller.actor, input.expected_version
    act = batches.open_batch(
        actor, batch=input.batch, handlers=_handlers(info.context), expected_version=version, permit=permit
    )
    try:
        return await carried_out(info, OperationKind.OPEN_BATCH, act, ("Batch", "open"))
    except batches.NotReady as not_ready:
        raise _what_is_missing(not_ready) from not_ready


def _handlers(context: Context) -> Handlers:
    """The roles that can pass an item, as the policy has it today."""
    snapshot = context.access.snapshot
    passing = snapshot.roles_with("Clearance", "clear")
    signing = snapshot.roles_with("Clearance", "sign_on_behalf")
    return {HandledBy.DEPARTMENT: passing, HandledBy.COLLEGE: passing, HandledBy.SUPERVISOR: signing}


def _what_is_missing(not_ready: batches.NotReady) -> ApiError:
    """One violation for each finding, so that a client can list them."""
    listed = [
        Violation(
            ("input", "batch"),
            finding.lack.name,
            {
                "itemCode": finding.item_code,
                "item": finding.item_name,
                "unit": finding.unit,
                "problem": finding.lack.value,
                **finding.facts,
            },
        )
        for finding in not_ready.findings
    ]
    facts = not_ready.refusal.facts
    return ApiError(
        ErrorCode.BAD_INPUT, "", listed, problem="NOT_READY", batch=facts["batch"], count=len(not_ready.findings)
    )


async def close_batch(info: Info, input: CloseBatchInput) -> OperationResult:  # noqa: A002
    """截止批次 · Afterwards only stragglers with a date of their own go on."""
    permit = await require(info.context, "Batch", "close")
    actor, version = info.context.caller.actor, input.expected_version
    act = batches.close_batch(actor, batch=input.batch, expected_version=version, permit=permit)
    return await carried_out(info, OperationKind.CLOSE_BATCH, act, ("Batch", "close"))


async def reopen_batch(info: Info, input: ReopenBatchInput) -> OperationResult:  # noqa: A002
    """重新开放批次 · A closed batch, with a reason (B19)."""
    permit = await require(info.context, "Batch", "reopen")
    actor, version = info.context.caller.actor, input.expected_version
    act = batches.reopen_batch(actor, batch=input.batch, reason=input.reason, expected_version=version, permit=permit)
    return await carried_out(info, OperationKind.OPEN_BATCH, act, ("Batch", "reopen"))


async def archive_batch(info: Info, input: ArchiveBatchInput) -> OperationResult:  # noqa: A002
    """归档批次 · Nothing in it changes any more."""
    permit = await require(info.context, "Batch", "archive")
    actor, version = info.context.caller.actor, input.expected_version
    act = batches.archive_batch(actor, batch=input.batch, expected_version=version, permit=permit)
    return await carried_out(info, OperationKind.ARCHIVE_BATCH, act, ("Batch", "archive"))


async def import_certificates(info: Info, input: ImportCertificatesInput) -> OperationResult:  # noqa: A002
    """导入应发证书 · Who is entitled to which certificate, and the printed numbers (R28)."""
    permit = await require(info.context, "Certificate", "import")
    lines = [
        CertificateLine(each.student_no, each.kind, each.name, each.number, each.printed, each.row, each.cell)
        for each in input.rows
    ]
    act = entitlements.import_certificates(
        info.context.caller.actor,
        batch=input.batch,
        lines=lines,
        permit=permit,
        dry_run=input.dry_run,
        error_policy=input.error_policy,
        idempotency=idempotency(info.context, "importCertificates", input, input.idempotency_key),
    )
    return await carried_out(info, OperationKind.IMPORT_CERTIFICATES, act, ("Certificate", "import"))


FIELDS = {
    "load_roster": load_roster,
    "open_batch": open_batch,
    "close_batch": close_batch,
    "reopen_batch": reopen_batch,
    "archive_batch": archive_batch,
    "import_certificates": import_certificates,
}
