"""Workbooks are written cell by cell as what they are: texts stay texts in any program, nothing becomes a formula."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pytest

from graphql_api import workbook
from graphql_api.workbook_sheets import Column, Kind, Noted, Row, Sheet, explained, sheet_names
from models.declare import Words
from tests.graphql_api.libreoffice import saved_again

NUMBER = Words("学号", "Student no.")
#: Texts that a table program takes for something else, or that a file of cells cannot hold as they are.
TEXTS = (
    "=1+1",
    '=HYPERLINK("http://127.0.0.1","x")',
    "+86 10",
    "-5",
    "@SUM(A1)",
    "\tx",
    "'x",
    "002215901",
    "110101199003070011",
    "2215E902",
    "3-12",
    "1/2",
    "TRUE",
    "#N/A",
    "_x0041_",
    '<a href="x">&amp;</a>',
    "  two  spaces  ",
    "一行\n又一行",
    "林晓雨",
    "😀",
)
WRITER_MEMORY = 80 * 1024  # kB, whatever is written
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdin=open(sys.argv.pop()), stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def column(name: str = "列", **more: Any) -> Column:
    return Column(Words(name, name), **more)


async def opened(*sheets: Sheet) -> Any:
    return openpyxl.load_workbook(BytesIO(await workbook.written(sheets)))


async def texts_of(content: bytes) -> list[tuple[str, str]]:
    """What the first column holds below its heading, as our own reader sees it."""
    cells = [line.cell(0) for line in (await workbook.read(content)).lines[1:]]
    return [(cell.kind, cell.text) for cell in cells]


async def test_texts_stay_what_they_are() -> None:
    content = await workbook.written([Sheet("x", [Column(NUMBER)], [[text] for text in TEXTS])])
    assert await texts_of(content) == [("", text) for text in TEXTS]
    for row in openpyxl.load_workbook(BytesIO(content)).worksheets[0].iter_rows(min_row=2):
        cell = row[0]
        begins_one = str(cell.value)[0] in "=+-@\t'"
        assert (cell.data_type, cell.number_format, bool(cell.quotePrefix)) == ("s", "@", begins_one), cell.value


async def test_texts_stay_what_they_are_in_a_file_that_libreoffice_saved(tmp_path: Path) -> None:
    content = await workbook.written([Sheet("x", [Column(NUMBER)], [[text] for text in TEXTS])])
    assert await texts_of(saved_again(content, tmp_path)) == [("", text) for text in TEXTS]


async def test_numbers_and_days_are_some_where_the_column_is_one() -> None:
    columns = [column(kind=Kind.NUMBER), column(kind=Kind.DATE), column(kind=Kind.MOMENT)]
    day, moment = dt.date(2026, 6, 20), dt.datetime(2026, 6, 20, 8, 30, tzinfo=dt.UTC)
    sheet = (await opened(Sheet("x", columns, [[7, day, moment], [-1.5, None, ""]]))).worksheets[0]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [
        [7, dt.datetime(2026, 6, 20), dt.datetime(2026, 6, 20, 8, 30)],  # noqa: DTZ001  # a workbook has no zones
        [-1.5, None, None],
    ]
    assert [cell.number_format for cell in sheet[2]] == ["General", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"]


async def test_what_is_no_number_and_no_day_stays_a_text() -> None:
    """A refused row goes back as it came; a number with more digits than Excel keeps is not cut."""
    columns = [column(kind=Kind.NUMBER), column(kind=Kind.DATE)]
    rows: list[Row] = [["=1", "六月"], [1234567890123456, "1899-12-31"], ["7", "2026-06-31"]]
    sheet = (await opened(Sheet("x", columns, rows))).worksheets[0]
    assert [[(cell.data_type, cell.value) for cell in row] for row in sheet.iter_rows(min_row=2)] == [
        [("s", "=1"), ("s", "六月")],
        [("s", "1234567890123456"), ("s", "1899-12-31")],
        [("s", "7"), ("s", "2026-06-31")],
    ]


async def test_headings_are_frozen_bold_and_filtered_and_columns_as_wide_as_what_they_hold() -> None:
    columns = [column("学号"), column("姓名"), column("键", hidden=True)]
    rows = [["221599101", "林晓雨", "x" * 200], ["1", "欧阳", "y"]]
    sheet = (await opened(Sheet("离校单", columns, rows))).worksheets[0]
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet["A1"].font.b, sheet["A2"].font.b) == (
        "A2",
        "A1:C3",
        True,
        False,
    )
    about = sheet.column_dimensions
    assert [(about[each].width, about[each].hidden) for each in "ABC"] == [(11, False), (8, False), (60, True)]


async def test_choices_are_a_drop_down_however_many_they_are() -> None:
    many = tuple(f"学院, 第 {n} 个" for n in range(60))
    columns = [column(choices=("1", "2", "3")), column(choices=many), column(choices=many[:2])]
    book = await opened(Sheet("x", columns, [["1", "", ""]]), explained(columns))
    offered = {str(each.sqref): each.formula1 for each in book["x"].data_validations.dataValidation}
    assert offered == {
        "A2:A1048576": '"1,2,3"',
        "B2:B1048576": "'_'!$A$1:$A$60",
        "C2:C1048576": "'_'!$B$1:$B$2",
    }
    assert [row[0].value for row in book["_"].iter_rows()] == list(many)
    assert [(each.title, each.sheet_state) for each in book] == [
        ("x", "visible"),
        ("_", "hidden"),
        ("说明", "visible"),
    ]


async def test_cells_and_headings_have_comments() -> None:
    sheet = Sheet("x", [column(comment="只填数字"), column()], [["1", Noted("22159", "学号不存在")], ["2", ""]])
    found = (await opened(sheet)).worksheets[0]
    assert [found[at].comment and found[at].comment.text for at in ("A1", "B2", "B3")] == [
        "只填数字",
        "学号不存在",
        None,
    ]
    assert (found["A1"].value, found["B2"].value) == ("列", "22159")


async def test_the_second_sheet_explains_the_columns_in_both_languages() -> None:
    columns = [
        Column(NUMBER, meaning=Words("学生的学号", "The number of the student")),
        Column(Words("办理状态", "Status"), choices=("1", "2"), changeable=True),
        Column(Words("备注", "Note"), allowed=Words("不超过 500 字", "At most 500 characters"), changeable=True),
    ]
    book = await opened(Sheet("a", columns, [], "en"), explained(columns, "en"))
    assert [cell.value for cell in book["a"][1]] == ["Student no.", "Status", "Note"]
    assert [[cell.value for cell in row] for row in book["About the columns"].iter_rows(min_row=2)] == [
        ["学号", "Student no.", "学生的学号", "The number of the student", None, "不可以 · no"],
        ["办理状态", "Status", None, None, "1 / 2", "可以 · yes"],
        ["备注", "Note", None, None, "不超过 500 字\nAt most 500 characters", "可以 · yes"],
    ]


async def test_what_no_file_may_hold_is_left_out_and_what_no_cell_holds_is_cut_and_told() -> None:
    long = "张" * 40_000
    content = await workbook.written([Sheet("x", [column()], [["a\x00b\x0bc\x1f\uffff"], ["a\r\nb\rc"], [long]])])
    (_, first), (_, second), (_, third) = await texts_of(content)
    assert (first, second, len(third)) == ("abc", "a\nb\nc", 32_767)
    assert third.startswith("张" * 32_700)
    assert third.endswith("……(共 40000 字,单元格放不下 · 40000 characters, more than a cell holds)")


def test_sheets_are_called_as_sheets_may_be() -> None:
    assert sheet_names(["办理状态: 2026/6 [a]?*\\", "'x'", "", "History", "X", "张" * 40, "张" * 40, "😀" * 20]) == [
        "办理状态  2026 6  a",
        "x",
        "Sheet",
        "History 2",
        "X 2",
        "张" * 31,
        "张" * 29 + " 2",
        "😀" * 15,
    ]


async def test_pages_of_rows_are_written_as_they_come() -> None:
    async def pages() -> AsyncIterator[list[Row]]:
        yield [["1"], ["2"]]
        yield []
        yield [["3"]]

    assert await texts_of(await workbook.written([Sheet("x", [column()], pages())])) == [
        ("", "1"),
        ("", "2"),
        ("", "3"),
    ]


async def test_what_goes_wrong_with_the_rows_ends_the_writing() -> None:
    async def pages() -> AsyncIterator[list[Row]]:
        yield [["1"]]
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        await workbook.written([Sheet("x", [column()], pages())])


async def test_a_writer_that_dies_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "WRITER", ("-c", "import os; os.abort()"))
    with pytest.raises(RuntimeError, match="the process that writes workbooks"):
        await workbook.written([Sheet("x", [column()], [["1"]])])


def test_half_a_file_is_none() -> None:
    """Whoever is stopped in the middle leaves nothing that looks like a whole file."""
    lines = orjson.dumps(Sheet("x", [column()], []).described("x")) + b'\n["1"]\n'
    ended = subprocess.run([sys.executable, *workbook.WRITER], input=lines, capture_output=True, cwd=workbook.ROOT)
    assert (ended.returncode, ended.stdout) == (1, b"")


def test_a_long_file_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    with lines.open("wb") as file:
        file.write(orjson.dumps(Sheet("x", [column()] * 11, []).described("x")) + b"\n")
        file.writelines([orjson.dumps(["221599101 林晓雨"] * 11) + b"\n"] * 60_000)
        file.write(b'{"rows": 60000}\n')
    command = [sys.executable, "-c", PEAK, sys.executable, *workbook.WRITER, str(lines)]
    told = subprocess.run(command, capture_output=True, cwd=workbook.ROOT, check=True, text=True)
    assert int(told.stdout) < WRITER_MEMORY
