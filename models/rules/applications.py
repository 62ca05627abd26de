"""自助离校申请 (R2): a student who is in no roster asks to leave, and has the sheet at once, without approval."""

from __future__ import annotations

from datetime import UTC, datetime

from models import database
from models.enums import BatchStatus, EnrolmentStatus, LeaveType, OperationKind, OperationState, SheetOrigin
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.idempotency import Idempotency, claim, settle
from models.rules.journal import entries
from models.rules.loading import BATCH_STATUS, batch_id_of
from models.rules.locks import lock_batch
from models.rules.recorded import load_result
from models.rules.recording import Head, start, write_rows
from models.rules.refusals import Code, Refused
from models.rules.results import ActResult
from models.rules.sheets import NewSheet, plan_sheets, write_sheets


async def apply_to_leave(
    actor: Actor,
    *,
    student_id: int,
    batch: str,
    leave_type: LeaveType,
    permit: Permit = unrestricted,
    idempotency: Idempotency | None = None,
) -> ActResult:
    """Makes the student's sheet. Asked again the answer is UNCHANGED with the same sheet. Nobody becomes entitled to a
    certificate by it: that comes from the registrar's list alone.

    The one row is refused with DUPLICATE (the person is active in another batch, fact `batch`) or SHEET_NOT_ACTIVE.
    Refuses the whole act with NOT_FOUND (batch, student), BATCH_NOT_OPEN (not open, or it takes no applications, fact
    `problem`), NO_STUDENT_STATUS with the `college`, the `place` and `phone` of its office, and all as `contact`.
    """
    selector = {"student": student_id, "leave_type": leave_type.value}

    async def work() -> ActResult:
        earlier = await claim(idempotency) if idempotency is not None else None
        if earlier is not None:
            return await load_result(earlier)
        batch_id = await _batch_that_accepts(batch)
        await permit()
        await _require_student_status(student_id)
        plan = await plan_sheets(batch_id, [NewSheet(student_id, leave_type, SheetOrigin.SELF)], lock=True)
        now = datetime.now(UTC)
        head = Head(OperationKind.APPLY_TO_LEAVE, actor, batch_id, selector=selector)
        operation_id = await start(head, entries(plan.rows, "Sheet"), OperationState.APPLIED, now)
        rows = await write_sheets(actor, plan, operation_id=operation_id, now=now)
        await write_rows(operation_id, entries(rows, "Sheet"))
        if idempotency is not None:
            await settle(idempotency, operation_id)
        return ActResult(operation_id, False, rows)

    return await database.atomically(work)


async def _batch_that_accepts(code: str) -> int:
    batch_id = await batch_id_of(code)
    await lock_batch(batch_id, exclusive=False)
    rows = await database.fetch("SELECT status, accepts_applications FROM batch WHERE id = ?1", [batch_id])
    [(status, accepts)] = rows
    if BATCH_STATUS[status] is not BatchStatus.OPEN:
        raise Refused(Code.BATCH_NOT_OPEN, argument="batch", batch=code, status=status)
    if not accepts:
        raise Refused(Code.BATCH_NOT_OPEN, argument="batch", batch=code, problem="NO_APPLICATIONS")
    return batch_id


async def _require_student_status(student_id: int) -> None:
    found = await database.fetch(STUDENT, [student_id])
    if not found:
        raise Refused(Code.NOT_FOUND, argument="student")
    status, college, place, phone = found[0]
    if status == EnrolmentStatus.NONE:
        contact = f"{place or college}({phone})" if phone else place or college
        raise Refused(Code.NO_STUDENT_STATUS, college=college, place=place, phone=phone, contact=contact)


STUDENT = """
SELECT student.enrolment_status, college.name, college.office_place, college.office_phone
FROM student JOIN college ON college.id = student.college_id WHERE student.id = ?1
"""


async def applicable_batches() -> list[str]:
    """The codes of the batches that take applications now, the newest first: students are never asked for one."""
    rows = await database.fetch(ACCEPTING, [BatchStatus.OPEN])
    return [code for (code,) in rows]


ACCEPTING = "SELECT code FROM batch WHERE status = ?1 AND accepts_applications ORDER BY code DESC"
