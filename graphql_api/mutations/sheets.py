"""What befalls single sheets (B19): moved to another batch, cancelled, given time after the batch has closed."""

from __future__ import annotations

from datetime import datetime

import strawberry

from graphql_api.context import Info
from graphql_api.mutations.asked import optional, required
from graphql_api.mutations.options import idempotency
from graphql_api.mutations.outcomes import OperationResult, carried_out
from graphql_api.mutations.selection import Selection, selected
from graphql_api.rights import require
from graphql_api.values import moment
from models.declare import Words
from models.enums import OperationKind
from models.rules import moving, sheet_changes, transferring
from models.rules.clearances import ErrorPolicy
from models.rules.sheet_changes import Options

UNTIL_HINT = Words(
    "当天 24 点前仍可逐个办理;留空则收回已开通的补办。",
    "Until the end of that day; left empty, the permission is taken back.",
)


KEPT_HINT = Words("留空则不变。", "Left empty, it stays.")


@strawberry.input(description="From `batch` to the batch `to`")
class MoveSheetsInput:
    batch: str
    to: str = required("转入批次", "To the batch")
    select: Selection
    reason: str = required("原因", "Reason")
    dry_run: bool = False
    confirmed_count: int | None = None
    idempotency_key: str | None = None
    error_policy: ErrorPolicy = ErrorPolicy.REJECT_ALL


@strawberry.input
class CancelSheetInput:
    batch: str
    select: Selection
    reason: str = required("原因", "Reason")
    dry_run: bool = False
    confirmed_count: int | None = None
    idempotency_key: str | None = None
    error_policy: ErrorPolicy = ErrorPolicy.REJECT_ALL


@strawberry.input(description="`until` null takes the permission back")
class SetLateUntilInput:
    batch: str
    select: Selection
    until: datetime | None = optional("补办截止日期", "Until", UNTIL_HINT)
    reason: str = optional("原因", "Reason", default="")
    dry_run: bool = False
    confirmed_count: int | None = None
    idempotency_key: str | None = None
    error_policy: ErrorPolicy = ErrorPolicy.REJECT_ALL


@strawberry.input(description="The college by its code; major and class stay where they are left out")
class TransferSheetsInput:
    batch: str
    select: Selection
    college: str = required("转入学院", "To the college")
    reason: str = required("原因", "Reason")
    major: str = optional("专业", "Major", KEPT_HINT, default="")
    class_name: str = optional("班级", "Class", KEPT_HINT, default="")
    dry_run: bool = False
    confirmed_count: int | None = None
    idempotency_key: str | None = None
    error_policy: ErrorPolicy = ErrorPolicy.REJECT_ALL


async def move_sheets(info: Info, input: MoveSheetsInput) -> OperationResult:  # noqa: A002  # the contract's argument
    """转批次 · Move to another batch

    The old sheet stays as it was, marked as moved; refused once a certificate is issued."""
    options = await _options(info, "move", "moveSheets", input)
    chosen, actor = await selected(info.context, input.select), info.context.caller.actor
    act = moving.move_sheets(
        actor, batch=input.batch, to=input.to, selection=chosen, reason=input.reason, options=options
    )
    return await carried_out(info, OperationKind.MOVE_SHEETS, act, ("Sheet", "move"))


async def cancel_sheet(info: Info, input: CancelSheetInput) -> OperationResult:  # noqa: A002
    """终止办理 · Cancel the sheet

    Off all lists; refused once a certificate is issued."""
    options = await _options(info, "cancel", "cancelSheet", input)
    chosen, actor = await selected(info.context, input.select), info.context.caller.actor
    act = sheet_changes.cancel_sheets(actor, batch=input.batch, selection=chosen, reason=input.reason, options=options)
    return await carried_out(info, OperationKind.CANCEL_SHEET, act, ("Sheet", "cancel"))


async def set_late_until(info: Info, input: SetLateUntilInput) -> OperationResult:  # noqa: A002
    """开通补办 · Allow a late case

    Lets a straggler go on, singly, after the batch has closed."""
    options = await _options(info, "set_late", "setLateUntil", input)
    chosen, actor = await selected(info.context, input.select), info.context.caller.actor
    until = None if input.until is None else moment(input.until, ("input", "until"))
    act = sheet_changes.set_late_until(
        actor, batch=input.batch, selection=chosen, until=until, reason=input.reason, options=options
    )
    return await carried_out(info, OperationKind.EDIT, act, ("Sheet", "set_late"))


async def transfer_sheets(info: Info, input: TransferSheetsInput) -> OperationResult:  # noqa: A002
    """转学院 · Change of college

    The record and the sheet follow, with all counts; what was decided stands. Refused once a certificate is issued."""
    options = await _options(info, "transfer", "transferSheets", input)
    chosen, actor = await selected(info.context, input.select), info.context.caller.actor
    act = transferring.transfer_sheets(
        actor,
        batch=input.batch,
        selection=chosen,
        college=input.college,
        major=input.major,
        class_name=input.class_name,
        reason=input.reason,
        options=options,
    )
    return await carried_out(info, OperationKind.EDIT, act, ("Sheet", "transfer"), "TRANSFER_SHEETS")


Asked = MoveSheetsInput | CancelSheetInput | SetLateUntilInput | TransferSheetsInput


async def _options(info: Info, action: str, mutation: str, asked: Asked) -> Options:
    permit = await require(info.context, "Sheet", action)
    key = idempotency(info.context, mutation, asked, asked.idempotency_key)
    return Options(permit, asked.dry_run, asked.error_policy, key, asked.confirmed_count)


FIELDS = {
    "move_sheets": move_sheets,
    "cancel_sheet": cancel_sheet,
    "set_late_until": set_late_until,
    "transfer_sheets": transfer_sheets,
}
