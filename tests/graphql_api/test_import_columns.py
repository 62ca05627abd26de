"""Headings are recognised as people write them; what is missing, double or unknown is told with its cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from graphql_api import workbook
from graphql_api.errors import ApiError
from graphql_api.import_columns import ALSO, Headings, ImportKind, columns_of, found_in, key
from graphql_api.import_lines import checked, read_table, rows_of
from models.rules.cells import NoTextCell, NumberCell
from tests.graphql_api.odd_files import merged
from tests.graphql_api.odd_files import workbook as made

ROW = ("0022150312", "张三", "图书清还", "3")
#: The lists with columns of their own; ROWS has those of its object.
LISTS = [kind for kind in ImportKind if kind is not ImportKind.ROWS]


async def found(*rows: Sequence[Any], kind: ImportKind = ImportKind.CLEARANCES, bare: bool = False) -> Headings:
    return found_in(await workbook.read(made(*rows)), columns_of(kind), bare=bare)


def fields(headings: Headings) -> list[str | None]:
    return [each.known.field if each.known else None for each in headings.columns]


@pytest.mark.parametrize(
    "heading",
    [
        ("学号", "姓名", "环节", "办理状态", "办理备注(学生可见)"),
        ("学工号", "姓名", "流程项", "状态", "备注"),
        ("离校人员编号", "学生姓名", "环节代码", "办理结果", "办理备注"),
        ("* 学 号", "姓名(必填)", "环节【代码或名称】", "办理状态[1/2/3]:", "备注"),
        ("Student no.", "Name", "Item", "Status", "Note (the student sees it)"),
        ("STUDENT NO", "name", "ITEM", "status", "note"),
        ("studentNo", "name", "item", "status", "note"),
        ("student_no", "name", "item", "status", "note"),
    ],
)
async def test_a_heading_is_known_in_each_of_its_words(heading: tuple[str, ...]) -> None:
    headings = await found(heading, ROW)
    assert fields(headings) == ["student_no", "name", "item", "status", "note"]
    assert headings.missing == ()
    turned = await found(heading[::-1], ROW[::-1])
    assert turned.places == {"student_no": 4, "name": 3, "item": 2, "status": 1, "note": 0}


async def test_titles_may_stand_above() -> None:
    headings = await found(("2026年6月 图书馆未还书名单",), (), ("制表:李敏", "2026-06-01"), ("学号", "姓名"), ROW)
    assert headings.line is not None
    assert (headings.line.number, [each.cell for each in headings.columns]) == (4, ["A4", "B4"])
    assert [line.number for line in headings.lines] == [5]


async def test_what_is_unknown_double_or_missing_is_told_with_its_cell() -> None:
    headings = await found(("姓名", "学位", "Name", "", "备注"), ROW)
    told = [
        (each.cell, each.heading, each.known.field if each.known else None, each.twice) for each in headings.columns
    ]
    assert told == [
        ("A1", "姓名", "name", None),
        ("B1", "学位", None, None),
        ("C1", "Name", "name", "A1"),
        ("E1", "备注", "note", None),
    ]
    assert [each.field for each in headings.missing] == ["student_no"]


async def test_a_bare_list_needs_no_heading() -> None:
    headings = await found(("0022150312",), ("0022150313",), bare=True)
    assert (headings.line, headings.places, len(headings.lines)) == (None, {"student_no": 0}, 2)
    headings = await found(("1", "张三", "20231234"), ("2", "李四", "20231235"), bare=True)
    assert headings.places == {"student_no": 2, "name": 1}
    headings = await found(("图书馆",), ("请查收",), bare=True)
    assert (headings.places, [each.field for each in headings.missing]) == ({}, ["student_no"])


async def test_masked_documents_are_no_documents() -> None:
    headings = await found(("学号", "身份证件号(掩码)"), ROW, kind=ImportKind.PEOPLE)
    assert fields(headings) == ["student_no", "id_no_masked"]


@pytest.mark.parametrize("kind", LISTS)
def test_no_heading_means_two_columns(kind: ImportKind) -> None:
    meanings: dict[str, str] = {}
    for each in columns_of(kind):
        for text in (each.label.zh, each.label.en, each.field, *each.also):
            assert meanings.setdefault(key(text), each.field) == each.field, text


def test_every_alias_is_of_a_column() -> None:
    known = {each.field for kind in LISTS for each in columns_of(kind)}
    assert ALSO.keys() - known == set()


# --- the rows below


async def test_rows_are_cells_by_field_and_say_what_is_no_text() -> None:
    head = ("学号", "姓名", "办理状态", "备注", "学位")
    table = await read_table(
        made(
            head,
            ("示例:0022150312", "张三", "3"),
            (20231234, "张三", 3, "=A1"),
            ("  ", "", " "),
            ("7", "", "#N/A", True),
        ),
        ImportKind.CLEARANCES,
    )
    rows = rows_of(table)
    assert [(row.number, dict(row.cells)) for row in rows] == [
        (3, {"student_no": "20231234", "name": "张三", "status": "3", "note": ""}),
        (5, {"student_no": "7", "status": "", "note": "true"}),
    ]
    assert isinstance(rows[0].cells["student_no"], NumberCell)
    assert [each.problem for each in rows[0].cells.values() if isinstance(each, NoTextCell)] == ["FORMULA_CELL"]
    assert [each.problem for each in rows[1].cells.values() if isinstance(each, NoTextCell)] == ["ERROR_CELL"]
    assert table.file.columns == {"student_no": "A", "name": "B", "status": "C", "note": "D"}


async def test_merged_cells_hide_what_they_cover() -> None:
    table = await read_table(made(("学号", "姓名"), ROW[:2], ("", "李四"), change=merged), ImportKind.ROSTER)
    rows = rows_of(table)
    covered = rows[1].cells["student_no"]
    assert isinstance(covered, NoTextCell)
    assert (rows[1].number, covered.problem, rows[1].cells["name"]) == (3, "MERGED_CELL", "李四")


@pytest.mark.parametrize(
    ("rows", "violations"),
    [
        (
            [("学号", "姓名", "学工号"), ROW],
            [{"problem": "DOUBLED_COLUMN", "cell": "C1", "other": "A1", "heading": "学工号"}],
        ),
        (
            [("姓名", "证书种类"), ROW],
            [{"problem": "MISSING_COLUMN", "column": columns_of(ImportKind.ROSTER)[1].label, "sheet": "名单"}],
        ),
        ([("学号", "姓名", "证书种类")], [{"problem": "NO_ROWS", "sheet": "名单"}]),
    ],
)
async def test_a_file_that_cannot_be_read_as_such_a_list_is_refused(
    rows: list[tuple[str, ...]], violations: list[dict[str, Any]]
) -> None:
    table = await read_table(made(*rows), ImportKind.CERTIFICATES)
    with pytest.raises(ApiError) as refused:
        checked(table)
    listed = (refused.value.extensions or {})["violations"]
    assert [each["path"] for each in listed] == [["input", "file"]] * len(violations)
    assert [each["params"] for each in listed] == violations
