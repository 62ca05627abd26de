"""Numbers and names as they are typed and scanned; masking; several numbers of one person."""

from __future__ import annotations

import pytest

from models import College, Sheet, Student
from models.enums import Gender, IdType, Level
from models.rules.identity import link_people, mask_id, normalise, normalise_id_no, normalise_number
from models.rules.refusals import Code, Refused
from models.season import Batch


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("20221503107", "20221503107"),
        ("  20221503107\r\n", "20221503107"),
        ("\t20221503107\x00", "20221503107"),
        ("\uff12\uff10\uff12\uff12\uff11\uff15", "202215"),
        ("2022\u200b1503\ufeff107", "20221503107"),
        ("0012", "0012"),
        ("王\u3000 伟", "王 伟"),
        ("Zoë  O’Neil", "Zoë O’Neil"),
        ("", ""),
    ],
)
def test_normalise(typed: str, clean: str):
    assert normalise(typed) == clean
    assert normalise(clean) == clean


def test_numbers_hold_no_blanks_and_documents_are_in_capitals():
    assert normalise_number(" ab 0012 3") == "ab00123"
    assert normalise_id_no("11010119990101 011x\r") == "11010119990101011X"


@pytest.mark.parametrize(
    ("id_no", "masked"),
    [
        ("11010119990101011X", "1101**********011X"),
        ("E12345678", "E****5678"),
        ("1234567", "*******"),
        ("", ""),
        (None, ""),
    ],
)
def test_mask(id_no: str | None, masked: str):
    assert mask_id(id_no) == masked


async def a_student(number: str, id_no: str | None, *, id_type: IdType = IdType.RESIDENT_ID) -> Student:
    college, _ = await College.get_or_create(code="15", defaults={"name": "计算机学院"})
    return await Student.create(
        student_no=number, name="王伟", gender=Gender.M, level=Level.M, college=college, id_no=id_no, id_type=id_type
    )


async def persons() -> dict[str, str | None]:
    rows = await Student.all().values_list("student_no", "person__student_no")
    return dict(rows)


async def test_two_numbers_of_one_person_are_linked_to_the_first(database):
    first = await a_student("2018001", "E12345678", id_type=IdType.PASSPORT)
    other_kind = await a_student("2018002", "E12345678", id_type=IdType.OTHER)
    none, none_either = await a_student("2018003", None), await a_student("2018004", None)
    second = await a_student("2022001", "E12345678", id_type=IdType.PASSPORT)
    third = await a_student("2024001", "E12345678", id_type=IdType.PASSPORT)

    assert await link_people([second.id, third.id, other_kind.id, none.id, none_either.id]) == 2
    assert await persons() == {
        "2018001": None,
        "2018002": None,
        "2018003": None,
        "2018004": None,
        "2022001": "2018001",
        "2024001": "2018001",
    }
    assert await link_people([first.id, second.id]) == 0
    assert await Student.filter(version=2).order_by("id") == [second, third]


async def test_a_corrected_document_separates_them_again(database):
    await a_student("2018001", "11010119990101011X")
    second = await a_student("2022001", "11010119990101011X")
    await link_people([second.id])
    await Student.filter(id=second.id).update(id_no="110101199901010128")
    assert await link_people([second.id]) == 1
    assert await persons() == {"2018001": None, "2022001": None}


async def a_sheet(student: Student, batch: str) -> Sheet:
    row, _ = await Batch.get_or_create(code=batch, defaults={"name": batch})
    return await Sheet.create(
        batch=row,
        student=student,
        college=await student.college,
        level=student.level,
        holder=student.id,
        verify_token=f"{student.student_no}-{batch}",
    )


async def test_an_active_sheet_follows_its_person(database):
    first = await a_student("2018001", "11010119990101011X")
    second = await a_student("2022001", "11010119990101011X")
    sheet = await a_sheet(second, "2026-06")
    await link_people([second.id])
    assert (await Sheet.get(id=sheet.id)).holder == first.id


async def test_two_active_sheets_turn_out_to_be_one_persons(database):
    first = await a_student("2018001", "11010119990101011X")
    second = await a_student("2022001", "11010119990101011X")
    await a_sheet(first, "2026-01")
    await a_sheet(second, "2026-06")
    with pytest.raises(Refused) as caught:
        await link_people([second.id])
    assert caught.value.refusal.code is Code.DUPLICATE
    assert caught.value.refusal.facts == {"student_no": "2022001", "other": "2018001"}
    assert await persons() == {"2018001": None, "2022001": None}
    assert await Student.filter(version__not=1).count() == 0
