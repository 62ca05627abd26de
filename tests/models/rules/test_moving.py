"""Moving sheets to another batch."""

from __future__ import annotations

import pytest

from models import Batch, Certificate, Clearance, Event, Operation, Sheet
from models.enums import (
    BatchStatus,
    CertificateKind,
    CertificateStatus,
    ClearanceStatus,
    LeaveType,
    Level,
    OperationState,
    SheetOrigin,
)
from models.rules import counters
from models.rules.moving import move_sheets
from models.rules.refusals import Code, Refused
from models.rules.selection import by_numbers
from models.rules.sheet_changes import Options
from models.rules.sheets import NewSheet
from tests.models.rules.small_season import (
    a_batch,
    a_student,
    an_actor,
    an_item,
    counters_are_right,
    five_items,
    make,
    told,
)


async def two_batches() -> tuple[Batch, Batch]:
    june, january = await a_batch("2026-06", status=BatchStatus.OPEN), await a_batch("2027-01")
    await five_items(june)
    await an_item(january, "LIB")
    await an_item(january, "VISA", applies_to="is_international")
    return june, january


async def move(numbers, **options):
    return await move_sheets(
        await an_actor(), batch="2026-06", to="2027-01", selection=by_numbers(numbers), reason="延期", **options
    )


async def test_the_old_sheet_is_linked_and_the_new_one_begins_anew(database):
    june, january = await two_batches()
    student = await a_student("2022001", level=Level.M, is_international=True)
    await make(june, [NewSheet(student.id, LeaveType.EXCHANGE_END, SheetOrigin.SELF)])
    old = await Sheet.get()
    await Clearance.filter(item__code="LIB").update(status=ClearanceStatus.CLEARED)
    expected, void = [
        await Certificate.create(sheet=old, kind=CertificateKind.DEGREE, status=status)
        for status in (CertificateStatus.EXPECTED, CertificateStatus.VOID)
    ]
    await counters.rebuild()
    before = await Event.all().count()

    result = await move(["2022001"])
    assert [told(row) for row in result.rows] == [("2022001", "APPLIED", None)]
    assert [(row.before, row.after, row.sheet_id) for row in result.rows] == [("ACTIVE", "MOVED", old.id)]
    new = await Sheet.get(batch=january)
    old = await Sheet.get(batch=june)
    assert (old.state.name, old.holder, old.version) == ("MOVED", None, 2)
    assert await Sheet.filter(id=old.id, moved_to_id=new.id).exists()
    assert (new.state.name, new.holder, new.leave_type, new.origin, new.version) == (
        "ACTIVE",
        student.id,
        LeaveType.EXCHANGE_END,
        SheetOrigin.SELF,
        1,
    )
    assert await Clearance.filter(sheet=new).order_by("id").values_list("item__code", "status") == [
        ("LIB", ClearanceStatus.PENDING),
        ("VISA", ClearanceStatus.PENDING),
    ]
    assert await Clearance.filter(sheet=old, status=ClearanceStatus.CLEARED).count() == 1
    certificates = await Certificate.all().order_by("id").values_list("id", "sheet_id", "version")
    assert certificates == [(expected.id, new.id, 2), (void.id, old.id, 1)]
    assert await Event.filter(id__gt=before).order_by("id").values_list("object", "object_id", "changed", "after") == [
        ("Sheet", new.id, "state", "ACTIVE"),
        ("Sheet", old.id, "state", "MOVED"),
        ("Certificate", expected.id, "sheet", None),
    ]
    operation = await Operation.get(id=result.operation_id)
    assert (operation.kind, operation.applied, operation.parameters["to"]) == ("MOVE_SHEETS", 1, "2027-01")
    assert await counters_are_right()


async def test_who_cannot_be_moved(database):
    june, january = await two_batches()
    students = [await a_student(f"202200{n}") for n in range(1, 5)]
    await make(june, [NewSheet(each.id) for each in students])
    sheets = await Sheet.all().order_by("id")
    await Certificate.create(
        sheet=sheets[0], kind=CertificateKind.GRADUATION, number="A1", status=CertificateStatus.ISSUED
    )
    await Sheet.filter(id=sheets[1].id).update(state="CANCELLED", holder=None)
    await Sheet.create(
        batch=january,
        student=students[2],
        college=await sheets[2].college,
        level=Level.UG,
        state="CANCELLED",
        verify_token="x",
    )
    await counters.rebuild()
    before = await Event.all().count()
    result = await move(["2022001", "2022002", "2022003", "2022004", "2099999"])
    assert [told(row) for row in result.rows] == [
        ("2022001", "REFUSED", "ALREADY_ISSUED"),
        ("2022002", "REFUSED", "SHEET_NOT_ACTIVE"),
        ("2022003", "REFUSED", "DUPLICATE"),
        ("2022004", "APPLIED", None),
        ("2099999", "REFUSED", "NOT_FOUND"),
    ]
    assert await Sheet.filter(batch=june).order_by("id").values_list("state", "version") == [
        ("ACTIVE", 1),
        ("CANCELLED", 1),
        ("ACTIVE", 1),
        ("MOVED", 2),
    ]
    assert await Event.filter(id__gt=before).count() == 2
    assert await counters_are_right()


async def test_a_dry_run_moves_nobody(database):
    june, _ = await two_batches()
    await make(june, [NewSheet((await a_student("2022001")).id)])
    result = await move(["2022001"], options=Options(dry_run=True))
    assert [told(row) for row in result.rows] == [("2022001", "APPLIED", None)]
    assert (await Operation.get(id=result.operation_id)).state is OperationState.PREVIEWED
    assert (await Sheet.all().count(), await Event.all().count()) == (1, 1)


@pytest.mark.parametrize(
    ("columns", "to", "code", "argument"),
    [
        ({"status": BatchStatus.CLOSED}, "2027-01", Code.BATCH_NOT_OPEN, "to"),
        ({}, "1999", Code.NOT_FOUND, "to"),
        ({}, "2026-06", Code.BAD_INPUT, "to"),
    ],
)
async def test_not_there(database, columns, to, code, argument):
    june, _ = await two_batches()
    await Batch.filter(code="2027-01").update(**({"name": "x"} | columns))
    await make(june, [NewSheet((await a_student("2022001")).id)])
    with pytest.raises(Refused) as caught:
        await move_sheets(await an_actor(), batch="2026-06", to=to, selection=by_numbers(["2022001"]), reason="延期")
    assert (caught.value.refusal.code, caught.value.argument) == (code, argument)
    assert (await Sheet.all().count(), await Event.all().count()) == (1, 1)


async def test_there_and_back_is_refused(database):
    june, _ = await two_batches()
    await make(june, [NewSheet((await a_student("2022001")).id)])
    await move(["2022001"])
    back = await move_sheets(
        await an_actor(), batch="2027-01", to="2026-06", selection=by_numbers(["2022001"]), reason="错了"
    )
    assert [told(row) for row in back.rows] == [("2022001", "REFUSED", "DUPLICATE")]
    assert await counters_are_right()


async def test_the_number_of_statements_does_not_grow(database):
    june, _ = await two_batches()
    await an_actor()
    counts = []
    for numbers in (range(1, 2), range(2, 22)):
        await make(june, [NewSheet((await a_student(str(n))).id) for n in numbers])
        with database.statements() as sent:
            result = await move([str(n) for n in numbers])
        assert {row.outcome.name for row in result.rows} == {"APPLIED"}
        counts.append(len(sent))
    assert counts[0] == counts[1]
