"""Lists of clearances from files (R8, R15), and what other systems say of an item (R10, B6)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

import strawberry

from graphql_api.context import Context, Info
from graphql_api.errors import ApiError, ErrorCode, Violation, bad_input
from graphql_api.import_columns import ImportKind
from graphql_api.mutations.cells import Cell, read
from graphql_api.mutations.listed import Chosen, chosen, file_argument, listed
from graphql_api.mutations.long_acts import is_long, list_begun
from graphql_api.mutations.options import few_enough, idempotency, local_id
from graphql_api.mutations.outcomes import OperationResult, carried_out
from graphql_api.rights import require
from graphql_api.values import moment
from models.enums import ClearanceStatus, OperationKind, Reason
from models.rules import importing, syncing
from models.rules.cells import BadCell, refuse_no_text, refuse_number
from models.rules.clearances import ErrorPolicy
from models.rules.deciding import Change
from models.rules.identity import normalise
from models.rules.importing import ClearanceLine
from models.rules.job_work import Told
from models.rules.observations import Observed
from models.rules.refusals import Code, Refusal
from models.rules.under_way import in_turns

#: What the files of the universities write for a status (R15): the number, the words, and older words.
STATUSES = {
    "1": ClearanceStatus.PENDING,
    "2": ClearanceStatus.NOT_REQUIRED,
    "3": ClearanceStatus.CLEARED,
    "未办理": ClearanceStatus.PENDING,
    "未通过": ClearanceStatus.PENDING,
    "无需办理": ClearanceStatus.NOT_REQUIRED,
    "无须办理": ClearanceStatus.NOT_REQUIRED,
    "无需": ClearanceStatus.NOT_REQUIRED,
    "无须": ClearanceStatus.NOT_REQUIRED,
    "已办理": ClearanceStatus.CLEARED,
    "已通过": ClearanceStatus.CLEARED,
    "办理成功": ClearanceStatus.CLEARED,
}
STATUSES |= {word.upper(): status for status in ClearanceStatus for word in (status.name, status.words.en)}
#: `3 已办理`, as the drop-down of our own files says it.
NUMBER_AND_WORD = re.compile(r"([1-3])\s*[-:.、]?\s*(\D.*)")

VERSION = re.compile(r"[0-9]{1,9}")


#: What an export shows of a sheet besides; compared where the caller may read it, and never taken over.
SHOWN = ("college", "major", "class_name")


@strawberry.input(description="One line, as text: a cell that cannot be read refuses its own row, never the request")
class ClearanceRowInput:
    """`key` (a clearance's id) and `version` travel in an export; `item` and `status` may stand on the whole list.
    `batch` must be the list's; `college`, `major` and `className` are compared and never taken over."""

    student_no: Cell
    name: Cell | None = None
    item: Cell | None = None
    status: Cell | None = None
    note: Cell | None = None
    key: Cell | None = None
    version: Cell | None = None
    batch: Cell | None = None
    college: Cell | None = None
    major: Cell | None = None
    class_name: Cell | None = None
    row: int | None = None
    cell: str | None = None


@strawberry.input(description="`item`, `status` and `reason` hold for rows that say none")
class ImportClearancesInput:
    batch: str
    rows: list[ClearanceRowInput] | None = None
    file: strawberry.ID | None = file_argument()
    item: str | None = None
    status: ClearanceStatus | None = None
    reason: Reason | None = None
    dry_run: bool = False
    idempotency_key: str | None = None
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID


@strawberry.input(description="What the other system says of one student, and when it looked")
class SyncRowInput:
    student_no: str
    settled: bool
    observed_at: datetime
    note: str = ""


@strawberry.input(description="`source` defaults to the token's own, and must be it where the token has one")
class SyncClearancesInput:
    batch: str
    item: str
    rows: list[SyncRowInput]
    source: str | None = None
    dry_run: bool = False
    idempotency_key: str | None = None


async def import_clearances(info: Info, input: ImportClearancesInput) -> OperationResult:  # noqa: A002  # contract's
    """导入名单 · Passed and not passed, both directions; the untouched export changes nothing (R8, R15)."""
    permit = await require(info.context, "Clearance", "import")
    table = await listed(info.context, input, ImportKind.CLEARANCES, ClearanceRowInput)
    batch = await chosen(table.rows, batch=input.batch)
    compared = [name for name in SHOWN if info.context.access.can("Sheet", "read", name)]
    key = table.idempotency(info.context, "importClearances", input)
    lines = await in_turns(table.rows, lambda each: _line(input, each, batch, compared))
    if is_long(lines, table.file):
        asked = Told(input.batch, input.dry_run, input.error_policy, file=table.file)
        return await list_begun(info, OperationKind.SET_CLEARANCES, lines, asked, ("Clearance", "import"), key)
    act = importing.import_clearances(
        info.context.caller.actor,
        batch=input.batch,
        lines=lines,
        permit=permit,
        dry_run=input.dry_run,
        error_policy=input.error_policy,
        idempotency=key,
        file=table.file,
    )
    return await carried_out(info, OperationKind.SET_CLEARANCES, act, ("Clearance", "import"))


def _line(
    asked: ImportClearancesInput, row: ClearanceRowInput, batch: Chosen, compared: Sequence[str]
) -> ClearanceLine:
    item, written = (row.item or "").strip() or (asked.item or "").strip(), normalise(row.status or "")
    status = _status(written) if written else asked.status
    clearance = local_id("Clearance", row.key) if row.key else None
    return ClearanceLine(
        student_no=row.student_no,
        item=item,
        change=Change(status=status, note=row.note or None, reason=asked.reason),
        name=row.name or None,
        clearance_id=clearance,
        version=_version(row.version),
        refusal=_unreadable(row, batch) or _incomplete(row, item, written, status, clearance),
        row=row.row,
        cell=row.cell,
        shown={name: shown for name in compared if (shown := getattr(row, name))},
    )


def _status(written: str) -> ClearanceStatus | None:
    both = NUMBER_AND_WORD.fullmatch(written)
    if both is None:
        return STATUSES.get(written.upper())
    number, word = (STATUSES.get(each.upper()) for each in both.groups())
    return number if number is word else None


def _version(written: str | None) -> int | None:
    """None for no version, and for what is none: such a line is refused, see `_unreadable`."""
    return int(written) if written and VERSION.fullmatch(written.strip()) else None


def _unreadable(row: ClearanceRowInput, batch: Chosen) -> Refusal | None:
    """For a cell that holds no text, a number that may have lost digits, and another batch than the list's."""

    def reading() -> None:
        refuse_number("student_no", row.student_no)
        if not normalise(row.student_no):
            raise BadCell("student_no", "", "MISSING")
        for name in ("name", "item", "status", "note", "key", "version"):
            refuse_no_text(name, getattr(row, name))
        batch.check("batch", row.batch)

    return read(reading, None)[1]


def _incomplete(
    row: ClearanceRowInput, item: str, written: str, status: ClearanceStatus | None, clearance: int | None
) -> Refusal | None:
    if not item:
        return Refusal(Code.BAD_INPUT, facts={"field": "item", "problem": "MISSING"})
    if not written and status is None and not row.note:
        return Refusal(Code.BAD_INPUT, facts={"field": "status", "problem": "MISSING"})
    if written and status is None:
        return Refusal(Code.BAD_INPUT, facts={"field": "status", "value": written[:20], "expected": "1 / 2 / 3"})
    damaged = bool(row.version and row.version.strip()) and _version(row.version) is None
    if damaged or (row.key and clearance is None):
        return Refusal(Code.ROW_MISMATCH, facts={"argument": "key"})
    return None


async def sync_clearances(info: Info, input: SyncClearancesInput) -> OperationResult:  # noqa: A002
    """数据同步 · Settles the undecided; never overrides a decision by hand (B6).

    Each row stands for itself. Of several words on one student the newest counts, in one delivery or over many; what
    another source still finds open stays open (CONFLICT).
    """
    permit = await require(info.context, "Clearance", "sync")
    act = syncing.sync_clearances(
        info.context.caller.actor,
        source=_source(info.context, input.source),
        batch=input.batch,
        item=input.item,
        rows=[_observed(each, place) for place, each in enumerate(few_enough("rows", input.rows))],
        permit=permit,
        dry_run=input.dry_run,
        idempotency=idempotency(info.context, "syncClearances", input, input.idempotency_key),
    )
    return await carried_out(info, OperationKind.SYNC, act, ("Clearance", "sync"))


def _observed(asked: SyncRowInput, place: int) -> Observed:
    """A moment without an offset goes on as it is: the rules refuse the row, because two systems may mean two zones."""
    path = ("input", "rows", str(place), "observedAt")
    at = asked.observed_at if asked.observed_at.tzinfo is None else moment(asked.observed_at, path)
    return Observed(asked.student_no, asked.settled, at, asked.note)


def _source(context: Context, asked: str | None) -> str:
    """A token speaks for its own system only."""
    token = context.caller.token
    own = token.source if token else ""
    if own and asked not in (None, own):
        raise ApiError(
            ErrorCode.BAD_INPUT, "", [Violation(("input", "source"), "NOT_THE_TOKENS", {"source": own})], source=own
        )
    if not (own or asked):
        raise bad_input("source")
    return own or str(asked)


FIELDS = {"import_clearances": import_clearances, "sync_clearances": sync_clearances}
