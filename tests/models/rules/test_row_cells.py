"""The cells of lists of rows: every kind, in both languages, as text or as a file holds it; and what each bad one is
refused with."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from models import Batch, Building, College, Department, Item, Student, Supervision, User
from models.enums import Gender, ItemKind, Level
from models.rules.cells import BadCell, NoTextCell, NumberCell
from models.rules.row_cells import columns_read, identifying, read_row, written_alike

SHANGHAI = ZoneInfo("Asia/Shanghai")
DATE = NoTextCell.holding("DATE_CELL", "2026-06-01 08:30:00")


def read(model, cells, *, adding=False):
    return read_row(model, cells, adding=adding, zone=SHANGHAI)


def test_the_columns_that_are_read():
    assert columns_read(Building) == [
        *("created_at", "updated_at", "code", "name", "name_en", "houses", "beds", "duty_place", "duty_phone"),
    ]
    assert "ways" in columns_read(Item)
    assert {"id", "version", "password_hash", "assignments"} & {*columns_read(User), *columns_read(Student)} == set()
    assert [name for name in columns_read(Student) if identifying(Student, name)] == [
        *("student_no", "id_no", "phone", "college", "building", "user", "person"),
    ]


@pytest.mark.parametrize(
    ("model", "name", "cell", "value"),
    [
        (Building, "houses", "女", Gender.F),
        (Building, "houses", "female", Gender.F),
        (Building, "houses", "F", Gender.F),
        (Building, "beds", "120", 120),
        (Building, "beds", NumberCell("120.0"), 120),
        (Building, "duty_phone", "(empty)", ""),
        (Building, "name_en", "  Oak 1 ", "Oak 1"),
        (College, "active", "否", False),
        (College, "active", "Yes", True),
        (Batch, "opens_at", "2026-06-01", datetime(2026, 5, 31, 16, tzinfo=UTC)),
        (Batch, "opens_at", "2026/6/1 8:30", datetime(2026, 6, 1, 0, 30, tzinfo=UTC)),
        (Batch, "opens_at", "2026年6月1日 08:30", datetime(2026, 6, 1, 0, 30, tzinfo=UTC)),
        (Batch, "opens_at", "2026-06-01T08:30:00Z", datetime(2026, 6, 1, 8, 30, tzinfo=UTC)),
        (Batch, "opens_at", DATE, datetime(2026, 6, 1, 0, 30, tzinfo=UTC)),
        (Batch, "opens_at", "(清空)", None),
        (Item, "kind", "提示事项", ItemKind.INFO),
        (Item, "ways", "单个办理、In bulk", ["SINGLE", "BULK"]),
        (Item, "instruction", " 一\n二 ", "一\n二"),
        (Student, "level", "硕士生", Level.M),
        (Student, "room", NumberCell("101"), "101"),
        (Student, "id_no", "110101199001011237", "110101199001011237"),
        (User, "email", "a@b.cn", "a@b.cn"),
    ],
)
def test_a_cell_that_is_read(model, name, cell, value):
    assert read(model, {name: cell}).columns[name] == value


@pytest.mark.parametrize(
    ("model", "name", "cell", "problem"),
    [
        (Building, "houses", "x", "UNKNOWN_VALUE"),
        (Building, "houses", "(清空)", "MISSING"),
        (Building, "name", "(清空)", "MISSING"),
        (Building, "name", "x" * 65, "TOO_LONG"),
        (Building, "beds", "viele", "NO_WHOLE_NUMBER"),
        (Building, "beds", "1.5", "NO_WHOLE_NUMBER"),
        (Building, "beds", "-1", "NUMBER_RANGE"),
        (Building, "beds", "9999999999", "NUMBER_RANGE"),
        (Building, "duty_place", DATE, "DATE_CELL"),
        (Building, "duty_place", NoTextCell.holding("FORMULA_CELL", "=A1"), "FORMULA_CELL"),
        (Building, "beds", NoTextCell.holding("ERROR_CELL", "#REF!"), "ERROR_CELL"),
        (Building, "beds", NoTextCell.holding("MERGED_CELL"), "MERGED_CELL"),
        (College, "active", "vielleicht", "NO_YES_OR_NO"),
        (Batch, "opens_at", "morgen", "NO_MOMENT"),
        (Batch, "opens_at", "2026-13-01", "NO_MOMENT"),
        (Batch, "opens_at", "2026-06-01 25:00", "NO_MOMENT"),
        (Batch, "opens_at", NumberCell("45000"), "NO_MOMENT"),
        (Batch, "opens_at", NoTextCell.holding("FORMULA_CELL", "=A1"), "FORMULA_CELL"),
        (Department, "successor", NumberCell("1"), "NUMBER_CELL"),
        (Item, "kind", "?", "UNKNOWN_VALUE"),
        (Item, "ways", "Post", "UNKNOWN_VALUE"),
        (Item, "name", "(清空)", "MISSING"),
        (Student, "id_no", NumberCell("110101199001011237"), "NUMBER_CELL"),
        (Student, "phone", NumberCell("13800000000"), "NUMBER_CELL"),
        (Student, "name", "(清空)", "MISSING"),
        (Student, "major", DATE, "DATE_CELL"),
        (Student, "major", "x" * 65, "TOO_LONG"),
        (User, "email", "none", "EMAIL_FORM"),
        (User, "phone", NumberCell("8100"), "NUMBER_CELL"),
        (Supervision, "student", NumberCell("2022001"), "NUMBER_CELL"),
    ],
)
def test_a_cell_that_is_refused(model, name, cell, problem):
    with pytest.raises(BadCell) as caught:
        read(model, {name: cell})
    assert (caught.value.field, caught.value.facts["problem"]) == (name, problem)


@pytest.mark.parametrize(
    ("model", "cells", "missing"),
    [
        (Building, {"code": "X", "name": "y"}, "houses"),
        (Student, {"student_no": "1", "name": "y", "gender": "男", "level": "本科生"}, "college"),
        (Student, {"student_no": "1", "gender": "男", "level": "本科生", "college": "1"}, "name"),
        (User, {"username": "x"}, "name"),
        (Supervision, {"student": "1"}, "supervisor"),
    ],
)
def test_what_a_new_row_must_have(model, cells, missing):
    with pytest.raises(BadCell) as caught:
        read(model, cells, adding=True)
    assert (caught.value.field, caught.value.facts["problem"]) == (missing, "MISSING")


def test_other_rows_are_named_and_not_looked_up():
    assert read(Student, {"college": "计算机学院", "building": "(清空)"}).named == {
        "college": "计算机学院",
        "building": None,
    }


@pytest.mark.parametrize(
    ("given", "there", "alike"),
    [
        ("图书馆(南区)", "图书馆（南区）", True),  # full width, as it may stand in the database
        ("一二", "一\n二", True),
        ("一", "二", False),
        (datetime(2026, 6, 1, 8, 30, tzinfo=UTC), datetime(2026, 6, 1, 8, 30, 12, 345, tzinfo=UTC), True),
        (datetime(2026, 6, 1, 8, 30, 12, tzinfo=UTC), datetime(2026, 6, 1, 8, 30, 12, 345, tzinfo=UTC), True),
        (datetime(2026, 6, 1, 8, 30, 13, tzinfo=UTC), datetime(2026, 6, 1, 8, 30, 12, 345, tzinfo=UTC), False),
        (["BULK", "SINGLE"], ["SINGLE", "BULK"], True),
        (1, 1, True),
        (None, "", False),
    ],
)
def test_what_says_the_same(given, there, alike):
    assert written_alike(given, there) is alike
