"""Applying to leave (R2)."""

from __future__ import annotations

import strawberry

from graphql_api.context import Context, Info
from graphql_api.errors import ApiError, ErrorCode, bad_input, not_found
from graphql_api.mutations.options import idempotency
from graphql_api.mutations.outcomes import OperationResult, carried_out
from graphql_api.rights import require
from models.declare import Words
from models.enums import LeaveType, OperationKind
from models.rules import applications, naming
from models.rules.refusals import Code, Refused


@strawberry.input(description="Without `batch`: the one that takes applications now; `studentNo` for whoever has two")
class ApplyToLeaveInput:
    leave_type: LeaveType
    batch: str | None = None
    student_no: str | None = None
    idempotency_key: str | None = None


async def apply_to_leave(info: Info, input: ApplyToLeaveInput) -> OperationResult:  # noqa: A002  # the contract's name
    """自助离校申请 · The sheet is made at once, without approval; asked again, it is the same sheet."""
    permit = await require(info.context, "Sheet", "apply")
    batch = input.batch or await _accepting()
    act = applications.apply_to_leave(
        info.context.caller.actor,
        student_id=await _applicant(info.context, input.student_no),
        batch=batch,
        leave_type=input.leave_type,
        permit=permit,
        idempotency=idempotency(info.context, "applyToLeave", input, input.idempotency_key),
    )
    named = _short(await naming.batch_name(batch))
    return await carried_out(info, OperationKind.APPLY_TO_LEAVE, act, ("Sheet", "apply"), batch=named)


def _short(batch: Words) -> Words:
    """The sentence says 批次 itself."""
    return Words(batch.zh.removesuffix("批次"), batch.en)


async def _accepting() -> str:
    """Students are never asked for a batch (R1)."""
    found = await applications.applicable_batches()
    if not found:
        raise Refused(Code.BATCH_NOT_OPEN, argument="batch", problem="NO_APPLICATIONS")
    return found[0]


async def _applicant(context: Context, student_no: str | None) -> int:
    """The caller's own student; nobody applies for somebody else."""
    own = await naming.students_of(context.caller.user_id)
    if student_no is not None:
        if student_no not in own:
            raise not_found("studentNo", student_no=student_no)
        return own[student_no]
    if not own:
        raise ApiError(ErrorCode.NOT_FOUND, problem="NO_STUDENT")
    if len(own) > 1:
        raise bad_input("studentNo", problem="WHICH_NUMBER", numbers="、".join(own))
    return next(iter(own.values()))


FIELDS = {"apply_to_leave": apply_to_leave}
