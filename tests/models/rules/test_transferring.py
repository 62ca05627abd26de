"""A student changes college: record, running sheet and all counts follow; and what a dry run showed is applied."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models import Clearance, Event, Operation, Sheet, Student
from models.enums import BatchStatus, CertificateKind, CertificateStatus, ClearanceStatus, LeaveType, OperationState
from models.rules import counters
from models.rules.check import check
from models.rules.moving import move_sheets
from models.rules.operations import apply_operation
from models.rules.refusals import Code, Refused
from models.rules.selection import by_numbers
from models.rules.sheet_changes import Options, cancel_sheets, set_late_until
from models.rules.sheets import NewSheet
from models.rules.transferring import transfer_sheets
from tests.models.rules.small_season import (
    a_batch,
    a_certificate,
    a_college,
    a_student,
    an_actor,
    counters_are_right,
    five_items,
    make,
    told,
)

NUMBERS = ("2022001", "2022002", "2022003")


@pytest.fixture
async def season(database):
    """Three sheets of an open batch in college 15, on the last of which a certificate is out; and another college."""
    batch = await a_batch(status=BatchStatus.OPEN)
    await five_items(batch)
    students = [await a_student(number) for number in NUMBERS]
    await make(batch, [NewSheet(each.id, LeaveType.GRADUATION) for each in students])
    await Clearance.filter(item__code="LIB").update(status=ClearanceStatus.CLEARED)
    issued = await Sheet.get(student=students[2])
    await Clearance.filter(sheet=issued).update(status=ClearanceStatus.CLEARED)
    await a_certificate(issued, kind=CertificateKind.DEGREE, status=CertificateStatus.ISSUED, number="1")
    await counters.rebuild()
    await a_college("02", name="外国语学院")
    return batch


async def transfer(*numbers: str, **more):
    asked = {"college": "02", "class_name": "英语2201", "reason": "转专业"} | more
    return await transfer_sheets(await an_actor(), batch="2026-06", selection=by_numbers(numbers), **asked)


async def colleges() -> list[str]:
    return [each.college.code for each in await Sheet.all().order_by("id").prefetch_related("college")]


async def test_the_record_and_the_sheet_follow_and_the_counts_add_up(season):
    result = await transfer(*NUMBERS)
    assert [told(row) for row in result.rows] == [
        ("2022001", "APPLIED", None),
        ("2022002", "APPLIED", None),
        ("2022003", "REFUSED", "ALREADY_ISSUED"),
    ]
    assert await colleges() == ["02", "02", "15"]
    first = await Student.get(student_no="2022001").prefetch_related("college")
    assert (first.college.code, first.class_name, first.version) == ("02", "英语2201", 2)
    sheet = await Sheet.get(student=first)
    assert (sheet.class_name, sheet.major, sheet.version) == ("英语2201", "", 2)
    assert (await Clearance.get(sheet=sheet, item__code="LIB")).status is ClearanceStatus.CLEARED
    assert await Event.filter(operation_id=result.operation_id).order_by("id").values_list("object", "changed") == [
        ("Student", "college_id,class_name"),
        ("Student", "college_id,class_name"),
        ("Sheet", "college_id,class_name"),
        ("Sheet", "college_id,class_name"),
    ]
    assert await counters_are_right()
    again = await transfer("2022001")
    assert [told(row) for row in again.rows] == [("2022001", "UNCHANGED", None)]
    assert await Event.all().count() == 7  # three sheets made, two records and two sheets changed


async def test_a_dry_run_changes_nothing_and_what_it_showed_is_applied_once(season):
    before = await Event.all().count()
    shown = await transfer(*NUMBERS, options=Options(dry_run=True))
    assert (shown.dry_run, [row.outcome.name for row in shown.rows]) == (True, ["APPLIED", "APPLIED", "REFUSED"])
    assert (await colleges(), await Event.all().count()) == (["15", "15", "15"], before)
    gone = await Sheet.get(student__student_no="2022001")
    await cancel_sheets(await an_actor(), batch="2026-06", selection=by_numbers(["2022001"]), reason="误建")
    done = await apply_operation(await an_actor(), shown.operation_id)
    assert [told(row) for row in done.rows] == [
        ("2022001", "REFUSED", "SHEET_NOT_ACTIVE"),
        ("2022002", "APPLIED", None),
        ("2022003", "REFUSED", "ALREADY_ISSUED"),
    ]
    assert await colleges() == ["15", "02", "15"]
    operation = await Operation.get(id=shown.operation_id)
    assert (operation.state, operation.applied, operation.refused) == (OperationState.APPLIED, 1, 2)
    events = await Event.all().count()
    again = await apply_operation(await an_actor(), shown.operation_id)
    assert ([row.outcome for row in again.rows], await Event.all().count()) == (
        [row.outcome for row in done.rows],
        events,
    )
    assert (await Sheet.get(id=gone.id)).state.name == "CANCELLED"


async def test_every_other_verb_on_sheets_is_applied_as_it_was_shown(season):
    await five_items(await a_batch("2027-01"))
    actor, dry = await an_actor(), Options(dry_run=True)
    asked = {"batch": "2026-06", "reason": "延期"}
    moving = await move_sheets(actor, **asked, to="2027-01", selection=by_numbers(["2022001"]), options=dry)
    assert [(each.code, each.red, each.grey) for each in moving.items] == [
        ("LIB", 1, 0),
        ("THESIS", 0, 1),
        ("ALUMNI", 0, 1),
        ("FINAL", 1, 0),
    ]
    until = datetime.now(UTC) + timedelta(days=3)
    late = await set_late_until(actor, **asked, until=until, selection=by_numbers(["2022002"]), options=dry)
    for shown in (moving, late):
        done = await apply_operation(actor, shown.operation_id)
        assert [row.outcome.name for row in done.rows] == ["APPLIED"]
    assert (await Sheet.get(student__student_no="2022001", batch__code="2026-06")).state.name == "MOVED"
    assert (await Sheet.get(student__student_no="2022002")).late_until == until
    cancelling = await cancel_sheets(actor, **asked, selection=by_numbers(["2022002"]), options=dry)
    await apply_operation(actor, cancelling.operation_id)
    assert (await Sheet.get(student__student_no="2022002")).state.name == "CANCELLED"
    assert await counters_are_right()
    assert [each for each in await check() if each.invariant in (1, 7, 10, 21)] == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"reason": " "}, Code.REASON_REQUIRED),
        ({"college": "99"}, Code.NOT_FOUND),
        ({"major": "长" * 65}, Code.BAD_INPUT),
    ],
)
async def test_what_refuses_the_whole_act(season, asked, code):
    before = await Event.all().count()
    with pytest.raises(Refused) as caught:
        await transfer("2022001", **asked)
    assert caught.value.refusal.code is code
    assert (await colleges(), await Event.all().count()) == (["15", "15", "15"], before)


async def test_the_figures_of_a_closed_batch_stay(season):
    season.status = BatchStatus.CLOSED
    await season.save(update_fields=["status"])
    with pytest.raises(Refused) as caught:
        await transfer("2022001")
    assert caught.value.refusal.code is Code.BATCH_NOT_OPEN
    assert await colleges() == ["15", "15", "15"]
