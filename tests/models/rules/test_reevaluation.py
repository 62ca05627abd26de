"""Judging anew when a person's facts have changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models import Certificate, Clearance, Event, Operation, Sheet, Student
from models.enums import (
    BatchStatus,
    Cause,
    CertificateKind,
    CertificateStatus,
    ClearanceStatus,
    DecidedBy,
    Level,
    OperationKind,
)
from models.rules import counters
from models.rules.reevaluation import re_evaluate
from models.rules.sheets import NewSheet
from tests.models.rules.small_season import (
    NOW,
    a_batch,
    a_student,
    an_actor,
    an_item,
    counters_are_right,
    five_items,
    make,
    statuses,
)


async def a_leaver(number: str = "2022001", *, status: BatchStatus = BatchStatus.OPEN, **columns) -> Student:
    batch = await a_batch(status=status)
    items = await five_items(batch)
    await an_item(batch, "LOAN", applies_to="has_loan")
    await an_item(batch, "CARD", after=(items["THESIS"],))
    student = await a_student(number, **columns)
    await make(batch, [NewSheet(student.id)])
    return student


async def set_status(code: str, status: ClearanceStatus, by: DecidedBy = DecidedBy.MANUAL) -> None:
    await Clearance.filter(item__code=code).update(status=status, decided_by=by)
    await counters.rebuild()


async def changed(student: Student, **facts):
    await Student.filter(id=student.id).update(**facts)
    return await re_evaluate(await an_actor(), [student.id], now=NOW + timedelta(hours=1))


async def test_grey_becomes_red_and_the_sign_off_opens_again(database):
    student = await a_leaver()
    for code in ("LIB", "CARD", "FINAL"):
        await set_status(code, ClearanceStatus.CLEARED)
    before = await Event.all().count()
    result = await changed(student, level=Level.M)
    assert [(row.item_code, row.before, row.after) for row in result.rows] == [("THESIS", "NOT_REQUIRED", "PENDING")]
    assert result.cascaded == 1
    assert await statuses("2022001") == {
        "LIB": "CLEARED",
        "THESIS": "PENDING",
        "ALUMNI": "NOT_REQUIRED",
        "FINAL": "PENDING",
        "LOAN": "NOT_REQUIRED",
        "CARD": "CLEARED",
    }
    events = (
        await Event.filter(id__gt=before)
        .order_by("item__order")
        .values_list("item__code", "changed", "before", "after", "cause")
    )
    assert events == [
        ("THESIS", "status", "NOT_REQUIRED", "PENDING", Cause.RULE),
        ("FINAL", "status", "CLEARED", "PENDING", Cause.CASCADE),
        ("CARD", "prerequisite_reopened", "CLEARED", "CLEARED", Cause.CASCADE),
    ]
    thesis = await Clearance.get(item__code="THESIS")
    assert (thesis.decided_by, thesis.version, thesis.decided_at) == (DecidedBy.RULE, 2, NOW + timedelta(hours=1))
    operation = await Operation.get(id=result.operation_id)
    assert (operation.kind, operation.applied) == (OperationKind.RE_EVALUATE, 1)
    assert await counters_are_right()


async def test_red_becomes_grey(database):
    student = await a_leaver(level=Level.M, has_loan=True)
    result = await changed(student, level=Level.UG, has_loan=False)
    assert [(row.item_code, row.after) for row in result.rows] == [
        ("THESIS", "NOT_REQUIRED"),
        ("LOAN", "NOT_REQUIRED"),
    ]
    assert await counters_are_right()


async def test_nothing_changes_nothing_is_recorded(database):
    student = await a_leaver()
    before = await Event.all().count(), await Operation.all().count()
    result = await changed(student, major="软件工程")
    assert (result.operation_id, result.rows, result.cascaded) == (None, [], 0)
    assert (await Event.all().count(), await Operation.all().count()) == before


@pytest.mark.parametrize("by", [DecidedBy.MANUAL, DecidedBy.IMPORT, DecidedBy.SYNC, DecidedBy.UNDO, DecidedBy.CASCADE])
@pytest.mark.parametrize("status", list(ClearanceStatus))
async def test_what_somebody_decided_stands(database, by, status):
    student = await a_leaver(has_loan=True)
    await set_status("LOAN", status, by)
    result = await changed(student, has_loan=False)
    assert result.operation_id is None
    assert (await statuses("2022001"))["LOAN"] == status.name


@pytest.mark.parametrize("status", [BatchStatus.CLOSED, BatchStatus.ARCHIVED])
async def test_a_season_that_is_over_is_left_alone(database, status):
    student = await a_leaver(status=status)
    assert (await changed(student, level=Level.M)).operation_id is None


async def test_a_straggler_of_a_closed_batch(database):
    student = await a_leaver(status=BatchStatus.CLOSED)
    await Sheet.all().update(late_until=NOW + timedelta(days=1))
    assert [row.item_code for row in (await changed(student, level=Level.M)).rows] == ["THESIS"]


async def test_an_issued_a_moved_and_a_cancelled_sheet_do_not_change(database):
    student = await a_leaver()
    kind, issued = CertificateKind.GRADUATION, CertificateStatus.ISSUED
    certificate = await Certificate.create(sheet=await Sheet.get(), kind=kind, number="A1", status=issued)
    assert (await changed(student, level=Level.M)).operation_id is None
    await Certificate.filter(id=certificate.id).update(status=CertificateStatus.PRINTED)
    for state in ("MOVED", "CANCELLED"):
        await Sheet.all().update(state=state, holder=None)
        assert (await changed(student, level=Level.M)).operation_id is None
    assert await Clearance.filter(version__not=1).count() == 0


async def test_the_number_of_statements_does_not_grow(database):
    batch = await a_batch(status=BatchStatus.OPEN)
    await five_items(batch)
    await an_actor()
    counts = []
    for numbers in (range(1, 2), range(2, 42)):
        students = [await a_student(str(n)) for n in numbers]
        await make(batch, [NewSheet(each.id) for each in students])
        await Student.filter(id__in=[each.id for each in students]).update(level=Level.D)
        with database.statements() as sent:
            result = await re_evaluate(await an_actor(), [each.id for each in students])
        assert len(result.rows) == len(students)
        counts.append(len(sent))
    assert counts[0] == counts[1]
