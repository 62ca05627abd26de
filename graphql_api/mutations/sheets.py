"""What befalls single sheets (B19): moved to another batch, cancelled, given time after the batch has closed."""

from __future__ import annotations

from datetime import datetime

import strawberry

from graphql_api.context import Info
from graphql_api.mutations.options import idempotency
from graphql_api.mutations.outcomes import OperationResult, carried_out
from graphql_api.mutations.selection import Selection, selected
from graphql_api.rights import require
from graphql_api.values import moment
from models.enums import OperationKind
from models.rules import moving, sheet_changes
from models.rules.clearances import ErrorPolicy
from models.rules.sheet_changes import Options


@strawberry.input(description="From `batch` to the batch `to`")
class MoveSheetsInput:
    batch: str
    to: str
    select: Selection
    reason: str
    dry_run: bool = False
    confirmed_count: int | None = None
    idempotency_key: str | None = None
    error_policy: ErrorPolicy = ErrorPolicy.REJECT_ALL


@strawberry.input
class CancelSheetInput:
    batch: str
    select: Selection
    reason: str
    dry_run: bool = False
    confirmed_count: int | None = None
    idempotency_key: str | None = None
    error_policy: ErrorPolicy = ErrorPolicy.REJECT_ALL


@strawberry.input(description="`until` null takes the permission back")
class SetLateUntilInput:
    batch: str
    select: Selection
    until: datetime | None = None
    reason: str = ""
    dry_run: bool = False
    confirmed_count: int | None = None
    idempotency_key: str | None = None
    error_policy: ErrorPolicy = ErrorPolicy.REJECT_ALL


async def move_sheets(info: Info, input: MoveSheetsInput) -> OperationResult:  # noqa: A002  # the contract's argument
    """转批次 · The old sheet stays as it was, marked as moved; refused once a certificate is issued."""
    options = await _options(info, "move", "moveSheets", input)
    chosen, actor = await selected(info.context, input.select), info.context.caller.actor
    act = moving.move_sheets(
        actor, batch=input.batch, to=input.to, selection=chosen, reason=input.reason, options=options
    )
    return await carried_out(info, OperationKind.MOVE_SHEETS, act, ("Sheet", "move"))


async def cancel_sheet(info: Info, input: CancelSheetInput) -> OperationResult:  # noqa: A002
    """终止办理 · Off all lists; refused once a certificate is issued."""
    options = await _options(info, "cancel", "cancelSheet", input)
    chosen, actor = await selected(info.context, input.select), info.context.caller.actor
    act = sheet_changes.cancel_sheets(actor, batch=input.batch, selection=chosen, reason=input.reason, options=options)
    return await carried_out(info, OperationKind.CANCEL_SHEET, act, ("Sheet", "cancel"))


async def set_late_until(info: Info, input: SetLateUntilInput) -> OperationResult:  # noqa: A002
    """开通补办 · Lets a straggler go on, singly, after the batch has closed."""
    options = await _options(info, "set_late", "setLateUntil", input)
    chosen, actor = await selected(info.context, input.select), info.context.caller.actor
    until = None if input.until is None else moment(input.until, ("input", "until"))
    act = sheet_changes.set_late_until(
        actor, batch=input.batch, selection=chosen, until=until, reason=input.reason, options=options
    )
    return await carried_out(info, OperationKind.EDIT, act, ("Sheet", "set_late"))


async def _options(
    info: Info, action: str, mutation: str, asked: MoveSheetsInput | CancelSheetInput | SetLateUntilInput
) -> Options:
    permit = await require(info.context, "Sheet", action)
    key = idempotency(info.context, mutation, asked, asked.idempotency_key)
    return Options(permit, asked.dry_run, asked.error_policy, key, asked.confirmed_count)


FIELDS = {"move_sheets": move_sheets, "cancel_sheet": cancel_sheet, "set_late_until": set_late_until}
