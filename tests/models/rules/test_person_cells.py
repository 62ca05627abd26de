"""Cells of a person: what they become, and what is wrong with a bad one."""

from __future__ import annotations

import pytest

from models.enums import EnrolmentStatus, Gender, IdType, Level, PoliticalStatus
from models.rules.cells import BadCell, NumberCell
from models.rules.person_cells import COLUMNS, read_person

LEAST = {"student_no": "2022001", "name": "王伟", "gender": "男", "level": "本科生"}


def test_a_whole_person():
    person = read_person(
        LEAST
        | {
            "id_no": "11010119990101011x\r",
            "political_status": "中共党员",
            "enrolment_status": "无学籍",
            "has_loan": "是",
            "uses_lab": "否",
            "is_resident": True,
            "phone": "138 0013 8000",
            "nationality": "",
            "building": " PINE1 ",
        },
        adding=True,
    )
    assert person.columns == {
        "student_no": "2022001",
        "name": "王伟",
        "gender": Gender.M,
        "level": Level.UG,
        "id_no": "11010119990101011X",
        "id_no_masked": "1101**********011X",
        "political_status": PoliticalStatus.PARTY_MEMBER,
        "enrolment_status": EnrolmentStatus.NONE,
        "has_loan": True,
        "uses_lab": False,
        "is_resident": True,
        "phone": "13800138000",
    }
    assert person.building == "PINE1"


def test_a_change_mentions_what_changes():
    assert read_person({"id_no": None}, adding=False).columns == {"id_no": None, "id_no_masked": ""}
    assert read_person({"id_type": "PASSPORT", "id_no": "e12345678"}, adding=False).columns == {
        "id_type": IdType.PASSPORT,
        "id_no": "E12345678",
        "id_no_masked": "E****5678",
    }
    assert read_person({"building": ""}, adding=False).building == ""


@pytest.mark.parametrize(
    ("cells", "field", "value", "problem"),
    [
        ({"name": ""}, "name", "", "MISSING"),
        ({"gender": None}, "gender", "None", "UNKNOWN_VALUE"),
        ({"level": "高中"}, "level", "高中", "UNKNOWN_VALUE"),
        ({"student_no": "2022/001"}, "student_no", "2022/001", "NO_NUMBER"),
        ({"student_no": "2" * 33}, "student_no", "", "TOO_LONG"),
        ({"id_no": "123"}, "id_no", "", "NO_RESIDENT_ID"),
        ({"has_loan": "也许"}, "has_loan", "也许", "NO_YES_OR_NO"),
        ({"id_no_masked": "1"}, "id_no_masked", "", "UNKNOWN_FIELD"),
        ({"person": "1"}, "person", "", "UNKNOWN_FIELD"),
    ],
)
def test_a_bad_cell(cells, field, value, problem):
    with pytest.raises(BadCell) as caught:
        read_person(LEAST | cells, adding=True)
    assert {name: caught.value.facts[name] for name in ("field", "value", "problem")} == {
        "field": field,
        "value": value,
        "problem": problem,
    }


def test_what_may_stand_there_is_told():
    with pytest.raises(BadCell) as caught:
        read_person(LEAST | {"gender": "?"}, adding=True)
    assert caught.value.facts["choices"] == "Gender"


@pytest.mark.parametrize("field", ["student_no", "id_no", "phone"])
def test_an_identifier_that_came_as_a_number_is_refused_and_not_repeated(field):
    """It may have lost leading zeros, or its last digits (B3)."""
    with pytest.raises(BadCell) as caught:
        read_person(LEAST | {field: NumberCell("2022001")}, adding=True)
    assert caught.value.facts == {"field": field, "value": "", "problem": "NUMBER_CELL"}


def test_what_is_no_identifier_may_come_as_a_number():
    assert read_person(LEAST | {"grade": NumberCell("2022")}, adding=True).columns["grade"] == "2022"


def test_nothing_sensitive_is_repeated():
    for field, cell in (("id_no", "1101011999010101"), ("phone", "1" * 40)):
        with pytest.raises(BadCell) as caught:
            read_person(LEAST | {field: cell}, adding=True)
        assert cell not in str(caught.value)
        assert caught.value.facts["value"] == ""


def test_what_a_person_has():
    assert {"student_no", "id_no", "phone", "has_gown", "archive_at_school", "level"} <= set(COLUMNS)
    assert not {"id", "version", "user", "person", "college", "building", "id_no_masked"} & set(COLUMNS)
