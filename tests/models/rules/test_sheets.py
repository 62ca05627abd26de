"""Making sheets: copies, births by rule, one active sheet a person, one event each, and what it costs."""

from __future__ import annotations

import pytest
from tortoise.exceptions import IntegrityError

from models import Building, Clearance, Event, Operation, Sheet, Student
from models.enums import (
    Cause,
    DecidedBy,
    Gender,
    LeaveType,
    Level,
    OperationKind,
    OperationState,
    SheetOrigin,
    SheetState,
)
from models.rules.recording import Head, start
from models.rules.results import RowOutcome
from models.rules.sheets import NewSheet, make_sheets, plan_sheets
from tests.models.rules.small_season import (
    NOW,
    a_batch,
    a_student,
    an_actor,
    an_item,
    applied,
    counters_are_right,
    five_items,
    statuses,
    told,
)


async def made(database, batch, entries, **options) -> tuple[RowOutcome, ...]:
    actor = await an_actor()
    async with database.transaction():
        head = Head(OperationKind.LOAD_ROSTER, actor, batch.id)
        operation_id = await start(head, [], OperationState.APPLIED, NOW)
        return await make_sheets(
            actor, batch_id=batch.id, entries=entries, operation_id=operation_id, now=NOW, **options
        )


async def test_a_sheet_is_born_by_rule(database):
    batch = await a_batch()
    await five_items(batch)
    await an_item(batch, "DEGREE", applies_to="leave_type == 毕业 and not is_international")
    await an_item(batch, "GONE", withdrawn_at=NOW)
    undergraduate, master = await a_student("2022001"), await a_student("2024001", level=Level.M)

    rows = await made(database, batch, [NewSheet(undergraduate.id), NewSheet(master.id, LeaveType.WITHDRAWAL)])
    assert [told(row) for row in rows] == applied("2022001", "2024001")
    assert await statuses("2022001") == {
        "LIB": "PENDING",
        "THESIS": "NOT_REQUIRED",
        "ALUMNI": "NOT_REQUIRED",
        "FINAL": "PENDING",
        "DEGREE": "PENDING",
    }
    assert await statuses("2024001") == {
        "LIB": "PENDING",
        "THESIS": "PENDING",
        "ALUMNI": "NOT_REQUIRED",
        "FINAL": "PENDING",
        "DEGREE": "NOT_REQUIRED",
    }
    assert await Clearance.filter(decided_by=DecidedBy.RULE, decided_at=NOW, version=1, note="").count() == 10
    assert await counters_are_right()


async def test_the_season_is_copied(database):
    batch = await a_batch()
    building = await Building.create(code="PINE1", name="松园1舍", houses=Gender.F)
    student = await a_student("2022001", major="软件工程", class_name="软工2201", building=building)
    await made(database, batch, [NewSheet(student.id, LeaveType.COMPLETION, SheetOrigin.SELF)])
    sheet = await Sheet.get().values(
        "student_id",
        "major",
        "class_name",
        "level",
        "building_id",
        "state",
        "origin",
        "leave_type",
        "holder",
        "version",
    )
    assert sheet == {
        "student_id": student.id,
        "major": "软件工程",
        "class_name": "软工2201",
        "level": Level.UG,
        "building_id": building.id,
        "state": SheetState.ACTIVE,
        "origin": SheetOrigin.SELF,
        "leave_type": LeaveType.COMPLETION,
        "holder": student.id,
        "version": 1,
    }
    assert len((await Sheet.get()).verify_token) == 22


async def test_one_event_per_sheet(database):
    batch = await a_batch()
    await five_items(batch)
    students = [await a_student(f"202200{n}") for n in (1, 2)]
    rows = await made(database, batch, [NewSheet(each.id) for each in students], cause=Cause.IMPORT)
    events = (
        await Event.all()
        .order_by("id")
        .values_list("object", "object_id", "sheet_id", "item_id", "changed", "before", "after", "cause", "role", "at")
    )
    assert events == [
        ("Sheet", row.sheet_id, row.sheet_id, None, "state", None, "ACTIVE", Cause.IMPORT, "office", NOW)
        for row in rows
    ]
    assert [row.object_id for row in rows] == [row.sheet_id for row in rows]


async def test_again_is_the_same_sheet(database):
    batch = await a_batch()
    await five_items(batch)
    student = await a_student("2022001")
    [first] = await made(database, batch, [NewSheet(student.id)])
    [again] = await made(database, batch, [NewSheet(student.id)])
    assert told(again) == ("2022001", "UNCHANGED", None)
    assert (again.sheet_id, again.before, again.after) == (first.sheet_id, "ACTIVE", "ACTIVE")
    assert (await Sheet.all().count(), await Event.all().count()) == (1, 1)
    assert await counters_are_right()


async def test_one_active_sheet_per_person(database):
    june, january = await a_batch("2026-06"), await a_batch("2026-01")
    first = await a_student("2018001")
    second = await a_student("2022001", person=first)
    other = await a_student("2022002")
    await made(database, january, [NewSheet(first.id)])

    rows = await made(database, june, [NewSheet(second.id, row=2), NewSheet(other.id), NewSheet(other.id, row=4)])
    assert [told(row) for row in rows] == [
        ("2022001", "REFUSED", "DUPLICATE"),
        ("2022002", "APPLIED", None),
        ("2022002", "REFUSED", "DUPLICATE"),
    ]
    assert rows[0].refusal is not None
    assert rows[0].refusal.facts == {"batch": "2026-01批次", "student_no": "2018001"}
    assert rows[2].refusal is not None
    assert (rows[2].refusal.facts, rows[0].row, rows[2].row) == ({"student_no": "2022002"}, 2, 4)
    assert await Sheet.filter(batch=june).values("student__student_no") == [{"student__student_no": "2022002"}]


async def test_two_numbers_of_one_person_in_one_list(database):
    batch = await a_batch()
    first = await a_student("2018001")
    second = await a_student("2022001", person=first)
    rows = await made(database, batch, [NewSheet(second.id), NewSheet(first.id)])
    assert [told(row) for row in rows] == [("2022001", "APPLIED", None), ("2018001", "REFUSED", "DUPLICATE")]


@pytest.mark.parametrize("state", [SheetState.MOVED, SheetState.CANCELLED])
async def test_a_moved_or_cancelled_sheet_is_not_made_again(database, state):
    batch = await a_batch()
    student = await a_student("2022001")
    [row] = await made(database, batch, [NewSheet(student.id)])
    await Sheet.filter(id=row.sheet_id).update(state=state, holder=None)
    [again] = await made(database, batch, [NewSheet(student.id)])
    assert told(again) == ("2022001", "REFUSED", "SHEET_NOT_ACTIVE")
    assert again.refusal is not None
    assert again.refusal.facts == {"state": state.value}
    assert await Event.all().count() == 1


async def test_somebody_who_is_not_there(database):
    batch = await a_batch()
    [row] = await made(database, batch, [NewSheet(999)])
    assert told(row) == ("", "REFUSED", "NOT_FOUND")
    assert await Event.all().count() == 0


async def test_a_plan_writes_nothing(database):
    batch = await a_batch()
    items = await five_items(batch)
    student = await a_student("2022001", level=Level.D)
    plan = await plan_sheets(batch.id, [NewSheet(student.id)], lock=False)
    assert [item.code for item in plan.items] == [code for code in items if code != "NET"]
    assert [[status.name for status in sheet.statuses] for sheet in plan.sheets] == [
        ["PENDING", "PENDING", "NOT_REQUIRED", "PENDING"]
    ]
    assert (await Sheet.all().count(), await Operation.all().count()) == (0, 0)


async def test_the_database_itself_holds_one_active_sheet_per_person(database):
    june, january = await a_batch("2026-06"), await a_batch("2026-01")
    student = await a_student("2022001")
    await made(database, june, [NewSheet(student.id)])
    sheet = await Sheet.get()
    with pytest.raises(IntegrityError):
        await Sheet.create(
            batch=january, student=student, college=await sheet.college, level=Level.UG, holder=student.id,
            verify_token="x",
        )  # fmt: skip


async def sent_for(database, batch, numbers: range) -> int:
    students = [await a_student(str(number)) for number in numbers]
    await an_actor()
    with database.statements() as sent:
        rows = await made(database, batch, [NewSheet(each.id) for each in students])
    assert [row.outcome.name for row in rows] == ["APPLIED"] * len(students)
    return len(sent)


async def test_the_number_of_statements_does_not_grow(database):
    batch = await a_batch()
    await five_items(batch)
    one = await sent_for(database, batch, range(1, 2))
    assert await sent_for(database, batch, range(2, 42)) == one


async def test_a_whole_university(database):
    batch = await a_batch()
    for n in range(22):
        await an_item(
            batch, f"ITEM{n}", applies_to=["all", "level in [M, D]", "has_loan", "not is_international"][n % 4]
        )
    first = await a_student("2022000000")
    columns = [name for name in first._meta.db_fields if name not in ("id", "student_no")]
    copies = ", ".join(columns)
    await database.execute(
        f"INSERT INTO student (student_no, {copies}) WITH RECURSIVE numbers (n) AS (SELECT 2022000001 UNION ALL"
        f" SELECT n + 1 FROM numbers WHERE n < 2022015499) SELECT CAST(n AS varchar), {copies} FROM numbers, student"
    )
    entries = [NewSheet(each["id"]) for each in await Student.all().values("id")]
    await made(database, batch, entries)
    assert (await Sheet.all().count(), await Clearance.all().count()) == (15_500, 341_000)
    assert await counters_are_right()
