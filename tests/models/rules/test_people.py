"""Records of students: making and changing them, with everything that follows."""

from __future__ import annotations

import pytest
from tortoise.expressions import Q

from models import Building, Certificate, Clearance, Event, Operation, Sheet, Student
from models.enums import BatchStatus, CertificateKind, CertificateStatus, Gender, IdType
from models.rules import counters
from models.rules.actor import SYSTEM, Reach
from models.rules.people import create_student, update_student
from models.rules.refusals import Code, Refused
from models.rules.sheets import NewSheet
from tests.models.rules.small_season import (
    NOW,
    a_batch,
    a_college,
    a_student,
    an_actor,
    counters_are_right,
    five_items,
    make,
    statuses,
)

LEAST = {"student_no": "2022001", "name": "王伟", "gender": "男", "level": "本科生"}


async def a_leaver(status: BatchStatus = BatchStatus.OPEN) -> Student:
    batch = await a_batch(status=status)
    await five_items(batch)
    student = await a_student("2022001", class_name="计科2201")
    await make(batch, [NewSheet(student.id)])
    return student


async def last_event() -> int:
    newest = await Event.all().order_by("-id").first()
    return newest.id if newest else 0


async def test_create(database):
    college = await a_college("15")
    building = await Building.create(code="PINE1", name="松园1舍", houses=Gender.M)
    first = await create_student(SYSTEM, college="15", values=LEAST | {"id_no": "11010119990101011X"}, now=NOW)
    second = await create_student(
        await an_actor(),
        college="15",
        values=LEAST | {"student_no": "2026001", "id_no": "11010119990101011x", "building": "松园1舍"},
        now=NOW,
    )
    rows = await Student.all().order_by("id").values("id", "college_id", "building_id", "person_id", "id_no_masked")
    masked = "1101**********011X"
    assert rows == [
        {"id": first, "college_id": college.id, "building_id": None, "person_id": None, "id_no_masked": masked},
        {
            "id": second,
            "college_id": college.id,
            "building_id": building.id,
            "person_id": first,
            "id_no_masked": masked,
        },
    ]
    assert await Event.all().order_by("id").values_list("object", "object_id", "after") == [
        ("Student", first, "PRESENT"),
        ("Student", second, "PRESENT"),
    ]


@pytest.mark.parametrize(
    ("values", "college", "code", "argument"),
    [
        (LEAST | {"student_no": "2018001"}, "15", Code.DUPLICATE, "studentNo"),
        (LEAST | {"level": "?"}, "15", Code.BAD_INPUT, "level"),
        (LEAST | {"building": "MOON"}, "15", Code.NOT_FOUND, "building"),
        (LEAST, "99", Code.NOT_FOUND, "college"),
    ],
)
async def test_not_created(database, values, college, code, argument):
    await a_student("2018001")
    with pytest.raises(Refused) as caught:
        await create_student(SYSTEM, college=college, values=values)
    assert (caught.value.refusal.code, caught.value.argument) == (code, argument)
    assert (await Student.all().count(), await Event.all().count()) == (1, 0)


async def test_only_within_ones_own_college(database):
    own, other = await a_college("15"), await a_college("16")
    await a_student("2018001", college=other)
    mine = await a_student("2018002", college=own)

    async def permit() -> Reach:
        return Reach(permitted=Q(college_id=own.id))

    for act in (
        create_student(SYSTEM, college="16", values=LEAST, permit=permit),
        update_student(SYSTEM, student_no="2018001", values={"name": "x"}, permit=permit),
        update_student(SYSTEM, student_no="2018001", values={}, college="15", permit=permit),
        update_student(SYSTEM, student_no="2018002", values={}, college="16", permit=permit),
    ):
        with pytest.raises(Refused) as caught:
            await act
        assert caught.value.refusal.code is Code.FORBIDDEN
    assert (await Student.all().count(), await Event.all().count()) == (2, 0)
    assert (await Student.get(id=mine.id)).version == 1
    await create_student(SYSTEM, college="15", values=LEAST, permit=permit)


async def test_facts_are_judged_anew(database):
    await a_leaver()
    since = await last_event()
    result = await update_student(
        await an_actor(), student_no="2022001", values={"level": "硕士生", "has_loan": "是"}, expected_version=1
    )
    assert [(row.item_code, row.after) for row in result.rows] == [("THESIS", "PENDING")]
    assert (await statuses("2022001"))["THESIS"] == "PENDING"
    sheet = await Sheet.get()
    assert (sheet.level, sheet.version) == ("M", 2)
    assert await Event.filter(id__gt=since).order_by("id").values_list("object", "changed") == [
        ("Student", "has_loan,level"),
        ("Sheet", "level"),
        ("Clearance", "status"),
    ]
    assert [each.kind for each in await Operation.filter(role="office").order_by("id")] == ["EDIT", "RE_EVALUATE"]
    assert await counters_are_right()


async def test_a_transfer_takes_the_running_season_along(database):
    student = await a_leaver()
    other = await a_college("16", name="文学院")
    building = await Building.create(code="PINE1", name="松园1舍", houses=Gender.M)
    await update_student(
        SYSTEM, student_no="2022001", values={"class_name": "中文2201", "building": "PINE1"}, college="16"
    )
    assert await Sheet.all().values("student_id", "college_id", "class_name", "building_id", "version") == [
        {
            "student_id": student.id,
            "college_id": other.id,
            "class_name": "中文2201",
            "building_id": building.id,
            "version": 2,
        }
    ]
    assert await counters_are_right()
    await update_student(SYSTEM, student_no="2022001", values={"building": ""})
    assert await Sheet.all().values("building_id", "version") == [{"building_id": None, "version": 3}]
    assert await counters_are_right()


@pytest.mark.parametrize("status", [BatchStatus.CLOSED, BatchStatus.ARCHIVED])
async def test_an_old_season_keeps_what_it_was(database, status):
    await a_leaver(status)
    await update_student(SYSTEM, student_no="2022001", values={"class_name": "中文2201"})
    assert await Sheet.all().values("class_name", "version") == [{"class_name": "计科2201", "version": 1}]


async def test_an_issued_sheet_keeps_what_it_was(database):
    await a_leaver()
    kind, issued = CertificateKind.GRADUATION, CertificateStatus.ISSUED
    await Certificate.create(sheet=await Sheet.get(), kind=kind, number="A1", status=issued)
    await counters.rebuild()
    await update_student(SYSTEM, student_no="2022001", values={"level": "硕士生"})
    assert (await Sheet.get()).level == "UG"
    assert await Clearance.filter(version__not=1).count() == 0
    assert await counters_are_right()


async def test_the_same_again_changes_nothing(database):
    await a_leaver()
    since, operations = await last_event(), await Operation.all().count()
    result = await update_student(SYSTEM, student_no="2022001", values={"name": "学生2022001", "level": "UG"})
    assert (result.operation_id, await last_event(), await Operation.all().count()) == (None, since, operations)


async def test_not_changed(database):
    await a_leaver()
    await a_student("2022002")
    since = await last_event()
    for act, code, argument in (
        (update_student(SYSTEM, student_no="999", values={}), Code.NOT_FOUND, "studentNo"),
        (
            update_student(SYSTEM, student_no="2022001", values={"name": "x"}, expected_version=9),
            Code.CONFLICT,
            "expectedVersion",
        ),
        (update_student(SYSTEM, student_no="2022001", values={"student_no": "2022002"}), Code.DUPLICATE, "studentNo"),
        (update_student(SYSTEM, student_no="2022001", values={"gender": "?"}), Code.BAD_INPUT, "gender"),
    ):
        with pytest.raises(Refused) as caught:
            await act
        assert (caught.value.refusal.code, caught.value.argument) == (code, argument)
    assert (await last_event(), (await Student.get(student_no="2022001")).version) == (since, 1)


async def test_a_document_that_is_somebody_elses_links_the_numbers(database):
    first = await a_student("2018001", id_no="E12345678", id_type=IdType.PASSPORT)
    await a_leaver()
    await update_student(SYSTEM, student_no="2022001", values={"id_type": "护照", "id_no": "e12345678"})
    assert await Student.filter(student_no="2022001", person_id=first.id).exists()
    assert (await Sheet.get()).holder == first.id
