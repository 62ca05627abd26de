"""The life of a batch, its roster and its certificates' list: the graduation office's and the registrars' acts."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace

import strawberry

from graphql_api.context import Context, Info
from graphql_api.errors import ApiError, ErrorCode, Violation
from graphql_api.import_columns import ImportKind
from graphql_api.mutations.asked import optional, required
from graphql_api.mutations.cells import Cell, read
from graphql_api.mutations.listed import Chosen, chosen, file_argument, listed
from graphql_api.mutations.long_acts import is_long, list_begun
from graphql_api.mutations.outcomes import OperationResult, carried_out, operation_result
from graphql_api.rights import require
from models.declare import Words
from models.enums import CertificateKind, HandledBy, LeaveType, OperationKind, Outcome
from models.rules import batches, entitlements, roster
from models.rules.batches import TurnResult
from models.rules.cells import LONGEST_SHOWN, BadCell, read_choice, read_flag, refuse_no_text, refuse_number
from models.rules.clearances import ErrorPolicy
from models.rules.entitled import CertificateLine
from models.rules.identity import normalise
from models.rules.job_work import Told
from models.rules.opening import Handlers
from models.rules.roster import RosterRow
from models.rules.under_way import in_turns


@strawberry.input(description="One leaver; `name` is a check, `row` and `cell` say where the line stood in a file")
class RosterRowInput:
    student_no: Cell
    name: Cell | None = None
    leave_type: Cell = Cell(LeaveType.GRADUATION.name)
    batch: Cell | None = None
    row: int | None = None
    cell: str | None = None


ROSTER_HINT = Words(
    "每行一人:学号,可再写姓名(用于核对)和离校类别,以逗号或制表符分隔;不写离校类别即为毕业。",
    "One student a line: the number, then the name (a check) and the leaving type, parted by commas or tabs; without a "
    "type it is graduation.",
)


@strawberry.input
class LoadRosterInput:
    batch: str
    rows: list[RosterRowInput] | None = optional("拟毕业生名单", "Roster", ROSTER_HINT)
    file: strawberry.ID | None = file_argument()
    dry_run: bool = False
    idempotency_key: str | None = None
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID


@strawberry.input(description="`expectedVersion`: the version of the batch that the caller saw")
class OpenBatchInput:
    batch: str
    expected_version: int | None = None
    dry_run: bool = False


@strawberry.input
class CloseBatchInput:
    batch: str
    expected_version: int | None = None
    dry_run: bool = False


@strawberry.input
class ReopenBatchInput:
    batch: str
    reason: str = required("重新开放的原因", "Why it opens again")
    expected_version: int | None = optional("离校批次的版本", "Version of the batch")
    dry_run: bool = optional("仅预检", "Only check", default=False)


@strawberry.input
class ArchiveBatchInput:
    batch: str
    expected_version: int | None = None
    dry_run: bool = False


@strawberry.input(description="Somebody's entitlement, with the number once it is printed")
class CertificateLineInput:
    student_no: Cell
    kind: Cell
    number: Cell | None = None
    printed: Cell = Cell("false")
    name: Cell | None = None
    batch: Cell | None = None
    row: int | None = None
    cell: str | None = None


@strawberry.input
class ImportCertificatesInput:
    batch: str
    rows: list[CertificateLineInput] | None = None
    file: strawberry.ID | None = file_argument()
    dry_run: bool = False
    idempotency_key: str | None = None
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID


async def load_roster(info: Info, input: LoadRosterInput) -> OperationResult:  # noqa: A002  # the contract's argument
    """载入拟毕业生名单 · Load the roster

    With `dryRun`, what each item would look like; then the sheets (R27)."""
    permit = await require(info.context, "Batch", "load_roster")
    table = await listed(info.context, input, ImportKind.ROSTER, RosterRowInput)
    batch = await chosen(table.rows, batch=input.batch)
    key = table.idempotency(info.context, "loadRoster", input)
    rows = await in_turns(table.rows, lambda each: _leaver(each, batch))
    if is_long(rows, table.file):
        asked = Told(input.batch, input.dry_run, input.error_policy, file=table.file)
        return await list_begun(info, OperationKind.LOAD_ROSTER, rows, asked, ("Batch", "load_roster"), key)
    act = roster.load_roster(
        info.context.caller.actor,
        batch=input.batch,
        rows=rows,
        permit=permit,
        dry_run=input.dry_run,
        error_policy=input.error_policy,
        idempotency=key,
        file=table.file,
    )
    return await carried_out(info, OperationKind.LOAD_ROSTER, act, ("Batch", "load_roster"))


def _leaver(asked: RosterRowInput, batch: Chosen) -> RosterRow:
    def reading() -> LeaveType:
        _check(asked, batch)
        return read_choice(LeaveType, "leave_type", asked.leave_type) if asked.leave_type else LeaveType.GRADUATION

    leave_type, refusal = read(reading, LeaveType.GRADUATION)
    return RosterRow(asked.student_no, asked.name, leave_type, asked.row, asked.cell, refusal)


def _check(asked: RosterRowInput | CertificateLineInput, batch: Chosen) -> None:
    """What every list of the season has. Raises BadCell."""
    refuse_number("student_no", asked.student_no)
    if not normalise(asked.student_no):
        raise BadCell("student_no", "", "MISSING")
    refuse_no_text("name", asked.name)
    batch.check("batch", asked.batch)


async def open_batch(info: Info, input: OpenBatchInput) -> OperationResult:  # noqa: A002
    """开放批次 · Open the batch

    Refused with what is still missing, item by item (R27). With `dryRun`, only whether it may open, and what for."""
    permit = await require(info.context, "Batch", "open")
    actor, version = info.context.caller.actor, input.expected_version
    act = batches.open_batch(
        actor,
        batch=input.batch,
        handlers=_handlers(info.context),
        expected_version=version,
        permit=permit,
        dry_run=input.dry_run,
    )
    try:
        return await _turned(info, OperationKind.OPEN_BATCH, act, "OPEN_BATCH_CHECKED")
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
    """截止批次 · Close the batch

    Afterwards only stragglers with a date of their own go on. With `dryRun`, how many are not done yet."""
    permit = await require(info.context, "Batch", "close")
    actor, version = info.context.caller.actor, input.expected_version
    act = batches.close_batch(actor, batch=input.batch, expected_version=version, permit=permit, dry_run=input.dry_run)
    return await _turned(info, OperationKind.CLOSE_BATCH, act, "CLOSE_BATCH_CHECKED")


async def reopen_batch(info: Info, input: ReopenBatchInput) -> OperationResult:  # noqa: A002
    """重新开放批次 · Open the batch again

    A closed batch, with a reason (B19)."""
    permit = await require(info.context, "Batch", "reopen")
    actor, version = info.context.caller.actor, input.expected_version
    act = batches.reopen_batch(
        actor,
        batch=input.batch,
        reason=input.reason,
        expected_version=version,
        permit=permit,
        dry_run=input.dry_run,
    )
    return await _turned(info, OperationKind.OPEN_BATCH, act, "REOPEN_BATCH_CHECKED")


async def archive_batch(info: Info, input: ArchiveBatchInput) -> OperationResult:  # noqa: A002
    """归档批次 · Archive the batch

    Nothing in it changes any more."""
    permit = await require(info.context, "Batch", "archive")
    actor, version = info.context.caller.actor, input.expected_version
    act = batches.archive_batch(
        actor, batch=input.batch, expected_version=version, permit=permit, dry_run=input.dry_run
    )
    return await _turned(info, OperationKind.ARCHIVE_BATCH, act, "ARCHIVE_BATCH_CHECKED")


async def _turned(info: Info, kind: OperationKind, act: Awaitable[TurnResult], checked: str) -> OperationResult:
    """`checked`: the sentence of a dry run that finds nothing in the way."""
    done = await act
    telling = checked if done.dry_run and done.count(Outcome.APPLIED) else None
    facts = {"sheets": done.sheets, "unfinished": done.unfinished, "out": done.issued}
    return operation_result(done, kind, info.context.locale, telling, **facts)


async def import_certificates(info: Info, input: ImportCertificatesInput) -> OperationResult:  # noqa: A002
    """导入应发证书 · Who is entitled to which certificate, and the printed numbers (R28)."""
    permit = await require(info.context, "Certificate", "import")
    table = await listed(info.context, input, ImportKind.CERTIFICATES, CertificateLineInput)
    batch = await chosen(table.rows, batch=input.batch)
    key = table.idempotency(info.context, "importCertificates", input)
    lines = await in_turns(table.rows, lambda each: _entitled(each, batch))
    if is_long(lines, table.file):
        asked = Told(input.batch, input.dry_run, input.error_policy, file=table.file)
        return await list_begun(info, OperationKind.IMPORT_CERTIFICATES, lines, asked, ("Certificate", "import"), key)
    act = entitlements.import_certificates(
        info.context.caller.actor,
        batch=input.batch,
        lines=lines,
        permit=permit,
        dry_run=input.dry_run,
        error_policy=input.error_policy,
        idempotency=key,
        file=table.file,
    )
    return await carried_out(info, OperationKind.IMPORT_CERTIFICATES, act, ("Certificate", "import"))


def _entitled(asked: CertificateLineInput, batch: Chosen) -> CertificateLine:
    def reading() -> tuple[CertificateKind, bool]:
        _check(asked, batch)
        refuse_number("number", asked.number)
        return read_choice(CertificateKind, "kind", asked.kind), read_flag("printed", asked.printed)

    (kind, printed), refusal = read(reading, (CertificateKind.GRADUATION, False))
    written = asked.kind[:LONGEST_SHOWN] if refusal is not None else None
    line = CertificateLine(asked.student_no, kind, asked.name, asked.number, printed, asked.row, asked.cell)
    return replace(line, kind_written=written, refusal=refusal)


FIELDS = {
    "load_roster": load_roster,
    "open_batch": open_batch,
    "close_batch": close_batch,
    "reopen_batch": reopen_batch,
    "archive_batch": archive_batch,
    "import_certificates": import_certificates,
}
