"""Passing, revoking, sparing and noting items; the supervisors' signatures."""

from __future__ import annotations

import strawberry

from graphql_api.context import Info
from graphql_api.mutations.options import ExpectedVersion, idempotency, row_id, versions
from graphql_api.mutations.outcomes import OperationResult, carried_out
from graphql_api.mutations.selection import Selection, rights_for, selected
from graphql_api.rights import require
from models.enums import ClearanceStatus, OperationKind, Reason
from models.rules import clearances
from models.rules.clearances import Change, ErrorPolicy

#: The right that a change needs, by the status that is wanted; a note alone needs its own.
ACTIONS = {
    ClearanceStatus.CLEARED: "clear",
    ClearanceStatus.PENDING: "revoke",
    ClearanceStatus.NOT_REQUIRED: "waive",
    None: "note",
}


@strawberry.input
class SetClearancesInput:
    """`confirmedCount`: how many rows a whole filter means, typed in; needed above the batch's range limit."""

    batch: str
    item: str
    select: Selection
    status: ClearanceStatus | None = None
    note: str | None = None
    internal_note: str | None = None
    hold: str | None = None
    reason: Reason | None = None
    dry_run: bool = False
    expected_versions: list[ExpectedVersion] | None = None
    confirmed_count: int | None = None
    idempotency_key: str | None = None
    error_policy: ErrorPolicy = ErrorPolicy.REJECT_ALL


@strawberry.input
class SignStudentsInput:
    """`onBehalfOf`: the supervisor in whose place a graduate secretary signs, with a reason."""

    batch: str
    select: Selection
    note: str | None = None
    on_behalf_of: strawberry.ID | None = None
    reason: Reason | None = None
    dry_run: bool = False
    confirmed_count: int | None = None
    idempotency_key: str | None = None
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID


async def set_clearances(info: Info, input: SetClearancesInput) -> OperationResult:  # noqa: A002  # the contract's name
    """One change of one item for everybody selected; refused rows are part of the answer (R7, R16, R17, B1)."""
    chosen = await selected(info.context, input.select)
    action = ACTIONS[input.status]
    permit = await require(info.context, "Clearance", *rights_for(chosen, one=action, bulk="bulk", whole="bulk_filter"))
    act = clearances.set_clearances(
        info.context.caller.actor,
        batch=input.batch,
        item=input.item,
        selection=chosen,
        change=Change(input.status, input.note, input.internal_note, input.hold, input.reason),
        permit=permit,
        dry_run=input.dry_run,
        expected_versions=versions(input.expected_versions, "Clearance", "expectedVersions"),
        error_policy=input.error_policy,
        idempotency=idempotency(info.context, "setClearances", input, input.idempotency_key),
        confirmed_count=input.confirmed_count,
    )
    return await carried_out(info, OperationKind.SET_CLEARANCES, act, ("Clearance", action))


async def sign_students(info: Info, input: SignStudentsInput) -> OperationResult:  # noqa: A002
    """导师签字 · 代签: passes the supervisor's item of the batch (R13)."""
    chosen = await selected(info.context, input.select)
    one = "clear" if input.on_behalf_of is None else "sign_on_behalf"
    permit = await require(info.context, "Clearance", *rights_for(chosen, one=one, bulk="bulk", whole="bulk_filter"))
    signer = None if input.on_behalf_of is None else row_id("User", input.on_behalf_of, "onBehalfOf")
    act = clearances.sign_students(
        info.context.caller.actor,
        batch=input.batch,
        selection=chosen,
        change=Change(note=input.note, reason=input.reason, on_behalf_of=signer),
        permit=permit,
        dry_run=input.dry_run,
        error_policy=input.error_policy,
        idempotency=idempotency(info.context, "signStudents", input, input.idempotency_key),
        confirmed_count=input.confirmed_count,
    )
    return await carried_out(info, OperationKind.SIGN, act, ("Clearance", one))


FIELDS = {"set_clearances": set_clearances, "sign_students": sign_students}
