"""A college's list of leavers: records and sheets for those who have none."""

from __future__ import annotations

import pytest
from tortoise.expressions import Q

from models import Building, Event, Operation, OperationRow, Sheet, Student
from models.enums import (
    BatchStatus,
    Cause,
    EnrolmentStatus,
    Gender,
    LeaveType,
    OperationKind,
    OperationState,
    SheetOrigin,
)
from models.rules.actor import SYSTEM, Reach
from models.rules.cells import NumberCell
from models.rules.clearing import ErrorPolicy
from models.rules.idempotency import Idempotency
from models.rules.people_import import PersonRow, import_people
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


def person(number: str, row: int | None = None, leave_type: LeaveType = LeaveType.GRADUATION, **cells) -> PersonRow:
    whole = {"student_no": number, "name": "王伟", "gender": "男", "level": "本科生"} | cells
    return PersonRow(whole, leave_type, row, {name: f"{name}{row}" for name in whole})


async def a_season(status: BatchStatus = BatchStatus.OPEN):
    batch = await a_batch(status=status)
    await five_items(batch)
    await a_college("15")
    return batch


ROWS = [
    person("2022001", 2, LeaveType.EXCHANGE_END, level="博士生", enrolment_status="无学籍", building="PINE1"),
    person("2022002", 3, gender="?"),
    person("2022003", 4, name="李娜"),
    person("2022004", 5),
    person("2022005", 6),
    person("2022001", 7),
    person("2022006", 8, building="MOON"),
    person("2022007", 9),
]
TOLD = [
    ("2022001", "APPLIED", None),
    ("2022002", "REFUSED", "BAD_INPUT"),
    ("2022003", "REFUSED", "ROW_MISMATCH"),
    ("2022004", "REFUSED", "DUPLICATE"),
    ("2022005", "UNCHANGED", None),
    ("2022001", "REFUSED", "DUPLICATE"),
    ("2022006", "REFUSED", "BAD_INPUT"),
    ("2022007", "APPLIED", None),
]


async def known_people(batch) -> None:
    """003 has another name, 004 is of another college, 005 has a sheet, 007 has none."""
    await Building.create(code="PINE1", name="松园1舍", houses=Gender.M)
    await a_student("2022003", name="李纳")
    await a_student("2022004", name="王伟", college=await a_college("16"))
    there = await a_student("2022005", name="王伟")
    await a_student("2022007", name="王伟", major="软件工程")
    await make(batch, [NewSheet(there.id)])


async def run(rows=ROWS, **options):
    return await import_people(
        await an_actor("keeper", "data_keeper"), batch="2026-06", college="15", rows=rows, **options
    )


async def test_a_mixed_list(database):
    await known_people(await a_season())
    since = (await Event.all().order_by("-id"))[0].id
    result = await run()
    assert [told(row) for row in result.rows] == TOLD
    assert [(row.row, row.cell) for row in result.rows[1:3]] == [(3, "gender3"), (4, "student_no4")]
    refusals = [row.refusal.facts for row in result.rows if row.refusal is not None]
    assert refusals == [
        {"field": "gender", "value": "?", "problem": "UNKNOWN_VALUE", "choices": "Gender"},
        {"given": "李娜", "found": "李纳"},
        {"student_no": "2022004"},
        {"student_no": "2022001", "other_row": 2},
        {"field": "building", "value": "MOON", "problem": "UNKNOWN_VALUE"},
    ]
    made = await Student.get(student_no="2022001").prefetch_related("college", "building")
    assert made.building is not None
    assert (made.college.code, made.building.code, made.enrolment_status, made.archive_at_school, made.nationality) == (
        "15",
        "PINE1",
        EnrolmentStatus.NONE,
        True,
        "中国",
    )
    assert (await Student.get(student_no="2022007")).major == "软件工程"
    assert await Student.all().count() == 5
    sheet = await Sheet.get(student=made)
    assert (sheet.origin, sheet.leave_type) == (SheetOrigin.COLLEGE_IMPORT, LeaveType.EXCHANGE_END)
    assert (await statuses("2022001"))["THESIS"] == "PENDING"
    events = (
        await Event.filter(id__gt=since).order_by("id").values_list("object", "sheet__student__student_no", "cause")
    )
    assert events == [
        ("Sheet", "2022001", Cause.IMPORT),
        ("Sheet", "2022007", Cause.IMPORT),
        ("Student", None, Cause.IMPORT),
    ]
    operation = await Operation.get(id=result.operation_id)
    assert (operation.kind, operation.applied, operation.unchanged, operation.refused) == (
        OperationKind.IMPORT_PEOPLE,
        2,
        1,
        5,
    )
    assert await counters_are_right()
    again = await run([ROWS[0], ROWS[7]])
    assert [told(row) for row in again.rows] == [("2022001", "UNCHANGED", None), ("2022007", "UNCHANGED", None)]


async def test_a_dry_run_shows_the_same_and_leaves_nothing(database):
    await known_people(await a_season())
    people, sheets, events = await Student.all().count(), await Sheet.all().count(), await Event.all().count()
    result = await run(dry_run=True)
    assert [told(row) for row in result.rows] == TOLD
    assert [(each.code, each.red, each.grey) for each in result.items][:2] == [("LIB", 2, 0), ("THESIS", 1, 1)]
    assert {row.sheet_id for row in result.rows if row.outcome.name == "APPLIED"} == {None}
    assert (await Student.all().count(), await Sheet.all().count(), await Event.all().count()) == (
        people,
        sheets,
        events,
    )
    assert (await Operation.get(id=result.operation_id)).state is OperationState.PREVIEWED
    assert await OperationRow.filter(operation_id=result.operation_id).count() == 8
    assert await counters_are_right()


async def test_reject_all(database):
    await known_people(await a_season())
    result = await run(error_policy=ErrorPolicy.REJECT_ALL)
    assert result.rows[0].outcome.name == "NOT_APPLIED"
    assert (await Student.all().count(), await Sheet.all().count()) == (4, 1)
    assert (await Operation.get(id=result.operation_id)).state is OperationState.FAILED


async def test_a_person_active_elsewhere_leaves_no_record(database):
    await a_season()
    other = await a_batch("2026-01")
    first = await a_student("2018001", id_no="11010119990101011X")
    await make(other, [NewSheet(first.id)])
    result = await run([person("2022001", id_no="11010119990101011x"), person("2022002")])
    assert [told(row) for row in result.rows] == [("2022001", "REFUSED", "DUPLICATE"), ("2022002", "APPLIED", None)]
    assert [each.student_no for each in await Student.all().order_by("id")] == ["2018001", "2022002"]
    assert await Event.filter(object="Student").count() == 1


async def test_only_ones_own_college(database):
    await a_season()
    other = await a_college("16")

    async def permit() -> Reach:
        return Reach(permitted=Q(college_id=other.id))

    with pytest.raises(Refused) as caught:
        await run([person("2022001")], permit=permit)
    assert caught.value.refusal.code is Code.FORBIDDEN
    assert (await Student.all().count(), await Operation.all().count()) == (0, 0)


@pytest.mark.parametrize(
    ("options", "code", "argument"),
    [
        ({"batch": "1999"}, Code.NOT_FOUND, "batch"),
        ({"college": "99"}, Code.NOT_FOUND, "college"),
        ({"batch": "2026-01"}, Code.BATCH_NOT_OPEN, "batch"),
    ],
)
async def test_whole_refusals(database, options, code, argument):
    await a_season()
    await a_batch("2026-01", status=BatchStatus.CLOSED)
    with pytest.raises(Refused) as caught:
        await import_people(SYSTEM, **({"batch": "2026-06", "college": "15", "rows": [person("1001")]} | options))
    assert (caught.value.refusal.code, caught.value.argument) == (code, argument)
    assert (await Student.all().count(), await Operation.all().count()) == (0, 0)


async def test_a_key_applies_once(database):
    await a_season()
    key = Idempotency("user:1", "abc", "print")
    first, again = [await run([person("2022001")], idempotency=key) for _ in range(2)]
    assert first.operation_id == again.operation_id
    assert [told(row) for row in again.rows] == [("2022001", "APPLIED", None)]


async def test_the_number_of_statements_does_not_grow(database):
    await a_season()
    await an_actor("keeper", "data_keeper")
    counts = []
    for numbers in (range(1001, 1002), range(1002, 1042)):
        with database.statements() as sent:
            result = await run([person(str(n), id_no=f"11010119990101{n}") for n in numbers])
        assert {row.outcome.name for row in result.rows} == {"APPLIED"}
        counts.append(len(sent))
    assert counts[0] == counts[1]


async def test_the_leave_type_may_stand_in_a_cell(database):
    await a_season()
    rows = [
        PersonRow({**person("2022001").cells, "leave_type": "转学"}),
        PersonRow({**person("2022002").cells, "leave_type": ""}, LeaveType.OTHER),
        PersonRow({**person("2022003").cells, "leave_type": "休学"}, row=4, places={"leave_type": "F4"}),
    ]
    result = await import_people(SYSTEM, batch="2026-06", college="15", rows=rows)
    assert [told(row) for row in result.rows] == [
        ("2022001", "APPLIED", None),
        ("2022002", "APPLIED", None),
        ("2022003", "REFUSED", "BAD_INPUT"),
    ]
    refused = result.rows[2]
    assert refused.refusal is not None
    assert (refused.row, refused.cell, refused.refusal.facts["field"]) == (4, "F4", "leave_type")
    made = await Sheet.all().order_by("student__student_no").values_list("leave_type", flat=True)
    assert made == [LeaveType.TRANSFER, LeaveType.OTHER]


async def test_a_number_that_came_as_a_number_is_nobodys(database):
    """Not even where somebody has that number: it may have been another one (B3)."""
    await a_season()
    await a_student("2022001", name="王伟")
    rows = [PersonRow({**person("2022001").cells, "student_no": NumberCell("2022001")})]
    [row] = (await import_people(SYSTEM, batch="2026-06", college="15", rows=rows)).rows
    assert row.refusal is not None
    assert (row.refusal.code, row.refusal.facts["problem"]) == (Code.BAD_INPUT, "NUMBER_CELL")
    assert await Sheet.all().count() == 0
