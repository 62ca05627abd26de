"""`python -m graphql_api.workbook_reading`: one workbook on standard input, its first sheet's cells on standard output.

A process of its own with limits of its own: what a hostile file does to a parser ends here. The first line is a
JSON object that tells of the sheet, each line after it one row that is not empty: its number, then its cells, a text as
it is and anything else as `[kind, text]`. The last line is `{"rows": n}`, or why the file is not read.
"""

from __future__ import annotations

import datetime as dt
import re
import resource
import sys
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from itertools import chain, repeat
from posixpath import join, normpath
from typing import Any, BinaryIO

import orjson
import python_calamine
from defusedxml import ElementTree

from graphql_api.workbook_checks import MOST_COLUMNS, MOST_ROWS, PIECE, ZIP, Unreadable, check

MOST_MEMORY = 1024 * 1024 * 1024  # of addresses; what is really used stays below a third
MOST_SECONDS = 30
PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"
RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
TAGS = re.compile(rb"""<(?:\w+:)?c\s([^>]*)>|<(?:\w+:)?f[\s/>]""")
ADDRESS = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3}\d{1,7})["']""")
IS_ERROR = re.compile(rb"""\bt\s*=\s*["']e["']""")
MARKED = re.compile(rb"""<(?:\w+:)?f[\s/>]|\st\s*=\s*["']e["']""")

#: Row and column, from 1.
Place = tuple[int, int]
#: What a cell is when it is no text.
NUMBER, DATE, TRUTH, FORMULA, ERROR, MERGED = "number", "date", "truth", "formula", "error", "merged"


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        for line in lines(sys.stdin.buffer.read()):
            _say(sys.stdout.buffer, line)
    except Unreadable as problem:
        _say(sys.stdout.buffer, {"problem": problem.problem, "facts": problem.facts})


def _say(out: BinaryIO, line: Any) -> None:
    out.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


def lines(content: bytes) -> Iterator[Any]:
    """What the process prints. Raises Unreadable."""
    check(content)
    book = _opened(content)
    seen = [each for each in book.sheets_metadata if each.visible == python_calamine.SheetVisibleEnum.Visible]
    seen = [each for each in seen if each.typ == python_calamine.SheetTypeEnum.WorkSheet]
    if not seen:
        raise Unreadable("NO_SHEET")
    name, marks = seen[0].name, {}
    if content.startswith(ZIP):
        marks = _marks(content, name)
    sheet = _sheet(book, name)
    marks |= _merged(sheet)
    yield {"sheet": name, "others": [each.name for each in seen[1:]]}
    count = 0
    for number, cells in _rows(sheet, marks):
        count += 1
        yield [number, *cells]
    if not count:
        raise Unreadable("NO_ROWS", sheet=name)
    yield {"rows": count}


def _opened(content: bytes) -> python_calamine.CalamineWorkbook:
    try:
        return python_calamine.load_workbook(BytesIO(content))
    except python_calamine.PasswordError:
        raise Unreadable("ENCRYPTED") from None
    except (python_calamine.CalamineError, ValueError, OSError):
        raise Unreadable("DAMAGED") from None


def _sheet(book: python_calamine.CalamineWorkbook, name: str) -> python_calamine.CalamineSheet:
    try:
        return book.get_sheet_by_name(name)
    except (python_calamine.CalamineError, ValueError, OSError):
        raise Unreadable("DAMAGED") from None


def _rows(sheet: python_calamine.CalamineSheet, marks: Mapping[Place, str]) -> Iterator[tuple[int, list[Any]]]:
    """Number and cells of each row that is not empty. Rows and columns count from 1, as people see them."""
    last, right = sheet.end or (-1, -1)
    if last >= MOST_ROWS:
        raise Unreadable("TOO_MANY_ROWS", limit=MOST_ROWS)
    if right >= MOST_COLUMNS:
        raise Unreadable("TOO_MANY_COLUMNS", limit=MOST_COLUMNS)
    marked: dict[int, dict[int, str]] = {}
    for (row, column), mark in marks.items():
        marked.setdefault(row, {})[column] = mark
    left = [""] * (sheet.start[1] if sheet.start else 0)
    last_row = max((last + 1, *marked))
    values = chain(sheet.iter_rows() if sheet.start else (), repeat([]))
    for number, row_values in zip(range(1, last_row + 1), values, strict=False):
        cells = [*left, *(shown(each) for each in row_values)]
        for column, mark in sorted(marked.get(number, {}).items()):
            cells += [""] * (column - len(cells))
            cells[column - 1] = [mark, _text_of(cells[column - 1])]
        while cells and cells[-1] == "":
            cells.pop()
        if cells:
            yield number, cells


def shown(value: Any) -> Any:
    """A cell as it is printed."""
    kind, text = _text(value)
    return text if kind is None else [kind, text]


def _text_of(printed: Any) -> str:
    return printed if isinstance(printed, str) else str(printed[1])


def _text(value: Any) -> tuple[str | None, str]:
    if isinstance(value, str):
        return None, value
    if isinstance(value, bool):
        return TRUTH, "true" if value else "false"
    if isinstance(value, int | float):
        return NUMBER, _number(value)
    if isinstance(value, dt.datetime):
        return DATE, value.isoformat(" ", "seconds")
    return DATE, str(value)


def _number(value: float) -> str:
    """20201234.0 is 20201234."""
    whole = isinstance(value, int) or value.is_integer()
    return str(int(value)) if whole and abs(value) < 10**25 else repr(value)


def _merged(sheet: python_calamine.CalamineSheet) -> dict[Place, str]:
    """The cells that lie under another one's: they are empty, though a reader sees its text in them."""
    found: dict[Place, str] = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if (bottom - top + 1) * (right - left + 1) > MOST_ROWS:
            raise Unreadable("MERGED", row=top + 1)
        found |= {(row + 1, at + 1): MERGED for row in range(top, bottom + 1) for at in range(left, right + 1)}
        found.pop((top + 1, left + 1))
    return found


# --- what the parser does not tell: formulas, and errors, which it shows as nothing


def _marks(content: bytes, name: str) -> dict[Place, str]:
    with zipfile.ZipFile(BytesIO(content)) as package:
        part = _part_of(package, name)
        if part is None:
            raise Unreadable("DAMAGED")
        found: dict[Place, str] = {}
        with package.open(part) as xml:
            at, rest = b"", b""
            while piece := xml.read(PIECE):
                text = rest + piece
                end = text.rfind(b"<")  # a tag may go on in the next piece
                at, rest = _marked(text[:end], at, found), text[end:]
            _marked(rest, at, found)
        return found


def _marked(text: bytes, at: bytes, found: dict[Place, str]) -> bytes:
    """Notes the formulas and errors of a piece; `at`: the address of the cell that it begins in. Gives that of the cell
    it ends in."""
    if not MARKED.search(text):
        last = text.rfind(b"<c ")
        address = ADDRESS.search(text, last, text.find(b">", last)) if last >= 0 else None
        return address[1] if address else b""
    for tag in TAGS.finditer(text):
        if tag[1] is None and at:
            found[_place(at)] = FORMULA
        elif tag[1] is not None:
            address = ADDRESS.search(tag[1])
            at = address[1] if address else b""
            if at and IS_ERROR.search(tag[1]):
                found[_place(at)] = ERROR
    return at


def _place(address: bytes) -> Place:
    letters = address.rstrip(b"0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return int(address[len(letters) :]), column


def _part_of(package: zipfile.ZipFile, sheet: str) -> str | None:
    """The name of the part that holds a sheet."""
    try:
        book = ElementTree.fromstring(package.read("xl/workbook.xml"))
        relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    except (KeyError, ElementTree.ParseError):
        return None
    targets = {each.get("Id"): each.get("Target", "") for each in relations.iter(f"{PACKAGE}Relationship")}
    for each in book.iter():
        if each.tag.rpartition("}")[2] == "sheet" and each.get("name") == sheet:
            target = targets.get(each.get(RELATED), "")
            part = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
            return part if part in package.namelist() else None
    return None


if __name__ == "__main__":
    main()
