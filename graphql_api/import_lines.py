"""Lists that come as files: a stored file becomes the same rows of cells that a program sends as JSON.

What a cell holds besides text goes along with it (a number, a formula, an error, a date), so that the reader of a row
refuses it with its reason and its place; nothing is guessed here (B3).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from graphql_api import workbook
from graphql_api.errors import ApiError, ErrorCode, Violation
from graphql_api.import_columns import BARE, Headings, ImportKind, KnownColumn, columns_of, found_in
from graphql_api.workbook import Cell, Line, Workbook
from graphql_api.workbook_checks import Unreadable
from models.declare import Words
from models.rules.cells import NoTextCell, NumberCell
from models.rules.listed import ListFile

#: What a cell is that holds neither text nor number, by the kind that the reader tells.
NO_TEXT = {"formula": "FORMULA_CELL", "error": "ERROR_CELL", "merged": "MERGED_CELL", "date": "DATE_CELL"}
#: How such a cell is told in a file of refused rows, and how it is known when nobody has replaced it.
MARKS = {
    "formula": Words("公式", "formula"),
    "error": Words("错误", "error"),
    "merged": Words("合并单元格", "merged cell"),
    "date": Words("日期", "date"),
    "number": Words("数字格式", "number"),
}
MARKED = "|".join(text for words in MARKS.values() for text in (words.zh, words.en))
MARK = re.compile(rf"\s*〔({MARKED})( .*)?〕\s*", re.DOTALL)
#: How the row begins that shows in a template what is wanted.
EXAMPLE = re.compile(r"\s*(示例|例[::]|example\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """A file as it was read: the workbook, its headings, and what an operation remembers of it."""

    book: Workbook
    headings: Headings
    file: ListFile


async def read_table(
    content: bytes, kind: ImportKind, *, object_name: str | None = None, name: str = "", file_id: str = ""
) -> Table:
    """What stands in a file of this kind. Raises ApiError (BAD_INPUT, at `input.file`) for what is no workbook."""
    try:
        book = await workbook.read(content)
    except Unreadable as problem:
        raise refused(problem.problem, **problem.facts) from problem
    headings = found_in(book, columns_of(kind, object_name), bare=kind in BARE)
    sha256 = hashlib.sha256(content).hexdigest()
    return Table(book, headings, ListFile(file_id, name, sha256, book.sheet, headings.letters))


def checked(table: Table, *, without: Collection[str] = ()) -> Table:
    """The table as it is. Raises ApiError (BAD_INPUT, at `input.file`) when a column stands there twice, when one is
    missing, or when there are no rows. `without`: fields that need no column, because the request says them."""
    headings = table.headings
    listed = [
        _violation("DOUBLED_COLUMN", cell=each.cell, other=each.twice, heading=each.heading)
        for each in headings.doubled
    ]
    if not listed:
        missing = [each for each in headings.missing if each.field not in without]
        listed = [_violation("MISSING_COLUMN", column=each.label, sheet=table.book.sheet) for each in missing]
    if not listed and not headings.lines:
        listed = [_violation("NO_ROWS", sheet=table.book.sheet)]
    if listed:
        raise ApiError(ErrorCode.BAD_INPUT, "", listed, **_told(listed))
    return table


def _told(listed: list[Violation]) -> dict[str, Any]:
    """The facts of the message, which speaks of all that is missing at once."""
    first = dict(listed[0].params)
    if first["problem"] == "MISSING_COLUMN":
        labels = [each.params["column"] for each in listed]
        first["column"] = Words("、".join(each.zh for each in labels), ", ".join(each.en for each in labels))
    return first


def _violation(problem: str, **facts: Any) -> Violation:
    return Violation(("input", "file"), problem, {"problem": problem, **facts})


def refused(problem: str, **facts: Any) -> ApiError:
    """The error of a file that is not read at all."""
    return ApiError(ErrorCode.BAD_INPUT, "", [_violation(problem, **facts)], problem=problem, **facts)


# --- rows


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One row of the file: its number, and its cells by field; empty ones are left out."""

    number: int
    cells: Mapping[str, str]


def rows_of(table: Table) -> list[ReadRow]:
    """The rows below the headings, in their order: without those that are empty, and without the example of a template.
    A number is a NumberCell, what is no text a NoTextCell."""
    places = table.headings.places
    found = (_row(line, places) for line in table.headings.lines)
    return [row for row in found if row is not None]


def _row(line: Line, places: Mapping[str, int]) -> ReadRow | None:
    if not any(line.cell(index).kind or line.cell(index).text.strip() for index in range(len(line))):
        return None
    cells = {name: cell for name, index in places.items() if (cell := _cell(line, index)) is not None}
    if any(EXAMPLE.match(each) for each in list(cells.values())[:2]):
        return None
    return ReadRow(line.number, cells)


def _cell(line: Line, index: int) -> str | None:
    cell = line.cell(index)
    if cell.kind in NO_TEXT:
        return NoTextCell.holding(NO_TEXT[cell.kind], cell.text)
    if not cell.text.strip():
        return None
    if "〔" in cell.text and MARK.fullmatch(cell.text):  # the second alone would take as long as all the rest
        return NoTextCell.holding("MARKED_CELL", cell.text)
    if cell.kind == "number":
        return NumberCell(cell.text)
    return cell.text


def as_told(cell: Cell, column: KnownColumn | None, locale: str) -> str:
    """A cell of a refused row: its text, or the mark of what is none; a number is one where digits count."""
    marked = cell.kind in NO_TEXT or (cell.kind == "number" and column is not None and column.identifier)
    if column is None or not marked:
        return cell.text
    return f"〔{MARKS[cell.kind][locale]} {cell.text}".rstrip() + "〕"
