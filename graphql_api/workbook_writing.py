"""`python -m graphql_api.workbook_writing`: sheets and rows on standard input, an .xlsx file on standard output.

A process of its own: the server answers others meanwhile, and neither holds the file's cells in memory. Each line is
JSON: an object begins a sheet (`workbook_sheets.Sheet.described`), a list is one of its rows, `{"rows": n}` is the end;
without it nothing is written. A cell is a text, a number, a day or a moment in ISO form (by its column's kind), null,
or `{"value", "comment"}`.

openpyxl makes the package: styles, widths, drop-downs, comments. The rows it takes 20 µs a cell for are written here,
into the package's sheets as they come: a tenth of that.
"""

from __future__ import annotations

import datetime as dt
import re
import resource
import shutil
import sys
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from itertools import chain, islice
from typing import IO, Any, BinaryIO
from xml.sax.saxutils import escape

import orjson
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

MOST_MEMORY = 1024 * 1024 * 1024  # of addresses; what is really used stays below a tenth
LAST_ROW = 1_048_576
LONGEST = 32_767  # characters of a cell, as Excel counts them
LONGEST_LIST = 255  # characters of a drop-down that stands in the column itself
LOOKED_AT = 1_000  # rows that the widths come from
NARROWEST, WIDEST = 6, 60
SHORT = 40  # characters of a text that may come again
EXACT_DIGITS = 15  # of a number: more are not kept
FIRST_DAY = dt.datetime(1900, 3, 1)  # noqa: DTZ001  # Excel has no zones; days before this one are counted wrongly, and differently by each program

TEXT, NUMBER, DATE, MOMENT = "text", "number", "date", "moment"
FORMATS = {TEXT: "@", NUMBER: "General", DATE: "yyyy-mm-dd", MOMENT: "yyyy-mm-dd hh:mm:ss"}
#: What begins a formula when somebody edits the cell: such cells say once more that they are texts.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
#: What Excel reads as an escaped character; the line's end of Windows would become one.
ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
LINE_END = re.compile("\r\n?")
DIMENSION = re.compile(rb"<dimension [^>]*/>")
ROWS_BEGIN, ROWS = b"<sheetData", re.compile(rb"<sheetData\s*/>|<sheetData\s*>.*</sheetData>", re.DOTALL)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryFile() as file:
        write(sys.stdin.buffer, file)
        file.seek(0)
        shutil.copyfileobj(file, sys.stdout.buffer)


def write(lines: IO[bytes], file: BinaryIO | IO[bytes]) -> None:
    """The file that the lines describe. Raises EOFError when they end too early."""
    said = map(orjson.loads, lines)
    book = Workbook()
    book.remove(book.worksheets[0])
    begin = next(said, None)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as package:
        while begin is not None and "sheet" in begin:
            begin = _Writing(book, begin, package).rows(said)
        if begin is None:
            raise EOFError("the lines end without saying so")
        with zipfile.ZipFile(_saved(book)) as made:
            for name in made.namelist():
                if name not in package.namelist():
                    package.writestr(name, made.read(name))


def _saved(book: Workbook) -> BytesIO:
    """The package as openpyxl makes it: everything but the rows."""
    file = BytesIO()
    book.save(file)
    return file


@dataclass(slots=True)
class _Styles:
    """The numbers of the styles of one column: of its cells, and of texts that begin like a formula."""

    plain: int
    quoted: int


@dataclass(slots=True)
class _Writing:
    """One sheet that is being written into the package."""

    book: Workbook
    described: dict[str, Any]
    package: zipfile.ZipFile
    sheet: Worksheet = field(init=False)
    styles: list[_Styles] = field(init=False)
    heading: int = field(init=False)
    count: int = 0

    def __post_init__(self) -> None:
        self.sheet = self.book.create_sheet(self.described["sheet"])
        self.styles = [self._styles(each) for each in self.columns]
        self.heading = self._heading_style()

    @property
    def columns(self) -> list[dict[str, Any]]:
        columns: list[dict[str, Any]] = self.described["columns"]
        return columns

    def rows(self, said: Iterator[Any]) -> dict[str, Any] | None:
        """Writes the rows up to what begins the next sheet or the end, and gives that; None when nothing comes."""
        first: list[list[Any]] = []
        after = None
        for line in islice(said, LOOKED_AT):
            if isinstance(line, dict):
                after = line
                break
            first.append(line)
        self._prepare(first)
        name = f"xl/worksheets/sheet{len(self.book.worksheets)}.xml"
        shell = _shell(self.book, name)
        with self.package.open(name, "w", force_zip64=True) as part:
            part.write(DIMENSION.sub(b"", shell[: shell.index(ROWS_BEGIN)]) + b"<sheetData>")
            part.write(self._headings().encode())
            for line in chain(first, () if after is not None else said):
                if isinstance(line, dict):
                    after = line
                    break
                part.write(self._row(line).encode())
            self._finish()
            rest = ROWS.split(_shell(self.book, name), maxsplit=1)[1]
            part.write(b"</sheetData>" + rest)
        return after

    # --- the package

    def _styles(self, column: dict[str, Any]) -> _Styles:
        return _Styles(self._style(column, column["kind"]), self._style(column, TEXT, quotePrefix=True))

    def _style(self, column: dict[str, Any], kind: str, **more: Any) -> int:
        """Registers a style, which keeps its number in the book. Each has a cell of its own: what was registered is the
        cell's own array, and would change with it."""
        cell = Cell(self.sheet, row=1, column=1)
        cell.number_format = FORMATS[kind]
        if column["wrapped"]:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        for name, value in more.items():
            setattr(cell, name, value)
        return int(cell.style_id)

    def _heading_style(self) -> int:
        cell = Cell(self.sheet, row=1, column=1)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E8EEF5")
        cell.number_format = FORMATS[TEXT]
        cell.alignment = Alignment(vertical="center")
        return int(cell.style_id)

    def _prepare(self, rows: Sequence[Sequence[Any]]) -> None:
        """What stands in front of the rows: widths, hidden columns, the frozen heading."""
        self.sheet.freeze_panes = "A2"
        for index, column in enumerate(self.columns):
            shown = [_shown(column["heading"]) + 3, *(_shown(row[index]) + 2 for row in rows if index < len(row))]
            about = self.sheet.column_dimensions[get_column_letter(index + 1)]
            about.width = min(max(NARROWEST, *shown), WIDEST)
            about.hidden = column["hidden"]
            about.number_format = FORMATS[column["kind"]]

    def _finish(self) -> None:
        """What stands behind the rows: filter, drop-downs, and the comments on headings."""
        last = get_column_letter(len(self.columns))
        if self.described["filtered"]:
            self.sheet.auto_filter.ref = f"A1:{last}{self.count + 1}"
        for index, column in enumerate(self.columns, 1):
            if column["comment"]:
                self._comment(1, index, column["comment"])
            if column["choices"]:
                self._offer(get_column_letter(index), column["choices"])

    def _comment(self, row: int, column: int, text: str) -> None:
        self.sheet.cell(row, column).comment = Comment(ILLEGAL.sub("", text), "Lixiao", height=120, width=300)

    def _offer(self, letter: str, choices: Sequence[str]) -> None:
        listed = ",".join(choices)
        inline = len(listed) <= LONGEST_LIST and not any("," in each or '"' in each for each in choices)
        offered = DataValidation("list", f'"{listed}"' if inline else self._listed(choices), allow_blank=True)
        offered.add(f"{letter}2:{letter}{LAST_ROW}")
        self.sheet.add_data_validation(offered)

    def _listed(self, choices: Sequence[str]) -> str:
        """The place of choices that are too long for a column, in a hidden sheet at the end."""
        name = "_"
        if name not in self.book.sheetnames:
            self.book.create_sheet(name).sheet_state = "hidden"
        sheet = self.book[name]
        at = sheet.max_column + 1 if sheet.max_row > 1 or sheet.cell(1, 1).value is not None else 1
        for row, each in enumerate(choices, 1):
            cell = sheet.cell(row, at, ILLEGAL.sub("", each))
            cell.data_type = "s"
        letter = get_column_letter(at)
        return f"{quote_sheetname(name)}!${letter}$1:${letter}${len(choices)}"

    # --- the rows

    def _headings(self) -> str:
        cells = [
            _text(f"{get_column_letter(index)}1", self.heading, each["heading"])
            for index, each in enumerate(self.columns, 1)
        ]
        return f'<row r="1">{"".join(cells)}</row>'

    def _row(self, cells: Sequence[Any]) -> str:
        self.count += 1
        number = self.count + 1
        if number > LAST_ROW:
            raise ValueError("more rows than a sheet has")
        return f'<row r="{number}">{"".join(self._cells(number, cells))}</row>'

    def _cells(self, number: int, cells: Sequence[Any]) -> Iterator[str]:
        for index, (value, column, style) in enumerate(zip(cells, self.columns, self.styles, strict=False), 1):
            at = f"{LETTERS[index]}{number}"
            if isinstance(value, dict):
                self._comment(number, index, value["comment"])
                value = value["value"]
            if value is None or value == "":
                yield f'<c r="{at}" s="{style.plain}"/>'
                continue
            figure = _figure(value, column["kind"]) if column["kind"] != TEXT else None
            if figure is not None:
                yield f'<c r="{at}" s="{style.plain}"><v>{figure}</v></c>'
                continue
            text = value if isinstance(value, str) else str(value)
            yield _text(at, style.quoted if text.startswith(FORMULA) else style.plain, text)


LETTERS = [""] + [get_column_letter(index) for index in range(1, 1_025)]


def _shell(book: Workbook, name: str) -> bytes:
    with zipfile.ZipFile(_saved(book)) as made:
        return made.read(name)


def _text(at: str, style: int, text: str) -> str:
    """A cell that holds these very letters, whatever they look like."""
    letters = _known(text) if len(text) <= SHORT else _letters(text)
    return f'<c r="{at}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{letters}</t></is></c>'


def _letters(text: str) -> str:
    """As XML: without what no file may hold, and cut, saying so, where it is longer than a cell."""
    plain = LINE_END.sub("\n", ILLEGAL.sub("", text))
    if len(plain) > LONGEST:
        told = f"……(共 {len(plain)} 字,单元格放不下 · {len(plain)} characters, more than a cell holds)"
        plain = plain[: LONGEST - len(told)] + told
    return ESCAPED.sub("_x005F_", escape(plain))


#: Names, classes and states stand in many rows.
_known = lru_cache(maxsize=4_096)(_letters)


def _figure(value: Any, kind: str) -> str | None:
    """A number or a day as the file keeps it; None for what must stay a text."""
    if kind == NUMBER:
        exact = isinstance(value, int | float) and len(str(value).strip("-")) <= EXACT_DIGITS
        return str(value) if exact and not isinstance(value, bool) else None
    try:
        moment = dt.datetime.fromisoformat(value).replace(tzinfo=None)
    except (TypeError, ValueError):
        return None
    return str(to_excel(moment)) if moment >= FIRST_DAY else None


def _shown(value: Any) -> int:
    """How wide a cell looks: a Chinese letter takes two places; of several lines the longest."""
    text = str(value["value"] if isinstance(value, dict) else value)[: WIDEST * 4] if value is not None else ""
    return max(
        sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line) for line in text.split("\n")
    )


if __name__ == "__main__":
    main()
