"""A student who is in no roster asks to leave."""

from __future__ import annotations

import pytest

from models import Batch, Certificate, Event, Operation, Sheet
from models.enums import BatchStatus, Cause, EnrolmentStatus, LeaveType, Level, OperationKind, SheetOrigin
from models.rules.applications import applicable_batches, apply_to_leave
from models.rules.idempotency import Idempotency
from models.rules.refusals import Code, Refused
from models.rules.sheets import NewSheet
from tests.models.rules.small_season import (
    a_batch,
    a_college,
    a_student,
    an_actor,
    counters_are_right,
    five_items,
    make,
    statuses,
    told,
)


async def an_accepting_batch(code: str = "2026-06", **columns) -> Batch:
    batch = await a_batch(code, **({"status": BatchStatus.OPEN, "accepts_applications": True} | columns))
    await five_items(batch)
    return batch


async def apply(student, **options):
    actor = await an_actor("student", "student")
    wanted = {"batch": "2026-06", "leave_type": LeaveType.WITHDRAWAL} | options
    return await apply_to_leave(actor, student_id=student.id, **wanted)


async def test_the_sheet_is_made_at_once(database):
    await an_accepting_batch()
    student = await a_student("2022001", level=Level.D)
    result = await apply(student)
    assert [told(row) for row in result.rows] == [("2022001", "APPLIED", None)]
    sheet = await Sheet.get()
    assert (sheet.leave_type, sheet.origin, sheet.holder) == (LeaveType.WITHDRAWAL, SheetOrigin.SELF, student.id)
    assert await statuses("2022001") == {
        "LIB": "PENDING",
        "THESIS": "PENDING",
        "ALUMNI": "NOT_REQUIRED",
        "FINAL": "PENDING",
    }
    assert await Event.all().values_list("object", "object_id", "after", "cause", "role") == [
        ("Sheet", sheet.id, "ACTIVE", Cause.ACT, "student")
    ]
    operation = await Operation.get()
    assert (operation.kind, operation.applied) == (OperationKind.APPLY_TO_LEAVE, 1)
    assert await Certificate.all().count() == 0
    assert await counters_are_right()


async def test_again_is_the_same_sheet(database):
    await an_accepting_batch()
    student = await a_student("2022001")
    [first] = (await apply(student)).rows
    [again] = (await apply(student, leave_type=LeaveType.GRADUATION)).rows
    assert (told(again), again.sheet_id) == (("2022001", "UNCHANGED", None), first.sheet_id)
    assert (await Sheet.get()).leave_type is LeaveType.WITHDRAWAL
    assert await Event.all().count() == 1


async def test_somebody_who_is_in_another_batch(database):
    await an_accepting_batch()
    other = await a_batch("2026-01")
    student = await a_student("2022001")
    await make(other, [NewSheet(student.id)])
    [row] = (await apply(student)).rows
    assert told(row) == ("2022001", "REFUSED", "DUPLICATE")
    assert row.refusal is not None
    assert row.refusal.facts["batch"] == "2026-01批次"
    assert (await Sheet.all().count(), await Event.all().count()) == (1, 1)


async def test_without_student_status_the_college_is_named(database):
    await an_accepting_batch()
    college = await a_college("15", name="计算机学院", office_place="计算机楼101", office_phone="8215")
    student = await a_student("2022001", enrolment_status=EnrolmentStatus.NONE, college=college)
    with pytest.raises(Refused) as caught:
        await apply(student)
    assert caught.value.refusal.code is Code.NO_STUDENT_STATUS
    assert caught.value.refusal.facts == {
        "college": "计算机学院",
        "place": "计算机楼101",
        "phone": "8215",
        "contact": "计算机楼101(8215)",
    }
    assert (await Sheet.all().count(), await Event.all().count(), await Operation.all().count()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("columns", "facts"),
    [
        ({"status": BatchStatus.PREPARING}, {"batch": "2026-06", "status": "PREPARING"}),
        ({"status": BatchStatus.CLOSED}, {"batch": "2026-06", "status": "CLOSED"}),
        ({"accepts_applications": False}, {"batch": "2026-06", "problem": "NO_APPLICATIONS"}),
    ],
)
async def test_not_into_this_batch(database, columns, facts):
    await an_accepting_batch(**columns)
    student = await a_student("2022001")
    with pytest.raises(Refused) as caught:
        await apply(student)
    assert (caught.value.refusal.code, caught.value.refusal.facts) == (Code.BATCH_NOT_OPEN, facts)
    assert (await Sheet.all().count(), await Event.all().count()) == (0, 0)


async def test_nobody_and_nowhere(database):
    await an_accepting_batch()
    student = await a_student("2022001")
    with pytest.raises(Refused) as caught:
        await apply(student, batch="1999")
    assert (caught.value.refusal.code, caught.value.argument) == (Code.NOT_FOUND, "batch")
    await student.delete()
    with pytest.raises(Refused) as caught:
        await apply(student)
    assert (caught.value.refusal.code, caught.value.argument) == (Code.NOT_FOUND, "student")


async def test_a_key_applies_once(database):
    await an_accepting_batch()
    student = await a_student("2022001")
    key = Idempotency("user:1", "abc", "print")
    first, again = [await apply(student, idempotency=key) for _ in range(2)]
    assert first.operation_id == again.operation_id
    assert [told(row) for row in again.rows] == [("2022001", "APPLIED", None)]


async def test_which_batch_a_student_would_apply_to(database):
    assert await applicable_batches() == []
    await an_accepting_batch("2026-06")
    await an_accepting_batch("2026-09")
    await an_accepting_batch("2026-12", status=BatchStatus.PREPARING)
    assert await applicable_batches() == ["2026-09", "2026-06"]
