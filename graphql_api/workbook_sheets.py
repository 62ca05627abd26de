"""What an Excel file to be written consists of: sheets with columns and rows, and the sheet that explains the columns.

    columns = [
        Column(Words("学号", "Student no."), meaning=Words("…", "…")),
        Column(Words("办理状态", "Status"), choices=("1", "2", "3"), changeable=True),
        Column(Words("行标识", "Row key"), hidden=True),
    ]
    await workbook.written([Sheet("办理状态", columns, rows, "zh"), explained(columns)])

`rows` is a list of rows, or an asynchronous generator of lists of rows, whose pages are read while the file is made.
A cell is a text, a number, a date, a moment, None, or a `Noted` one. What a column of texts holds stays a text: no
identifier becomes a number and nothing a formula, also when the file was saved by somebody else's program.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from models.declare import Words

LONGEST_NAME = 31  # characters of a sheet's name
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
#: Rows of a sheet beside its headings.
MOST_ROWS = 1_048_575


class Kind(StrEnum):
    """What a column's cells are. What is no number or no date stands as a text in any of them."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Noted:
    """A cell with a comment."""

    value: str | int | float | dt.date | None
    comment: str


CellValue = str | int | float | dt.date | Noted | None
Row = Sequence[CellValue]
Rows = Iterable[Row] | AsyncIterable[Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `choices`: what its cells may hold, as a drop-down; `comment`: one on its heading; `wrapped`: long
    texts take several lines. `meaning`, `allowed` and `changeable` stand in the sheet that explains it."""

    label: Words
    kind: Kind = Kind.TEXT
    meaning: Words | None = None
    allowed: Words | None = None
    choices: tuple[str, ...] = ()
    changeable: bool = False
    hidden: bool = False
    wrapped: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet, with headings in `locale`. `filtered`: whether the headings have buttons to filter and sort by."""

    name: str
    columns: Sequence[Column]
    rows: Rows
    locale: str = "zh"
    filtered: bool = True

    def described(self, name: str) -> dict[str, Any]:
        """What the writing process is told before the rows. `name`: what the sheet is called beside the others."""
        columns = [
            {
                "heading": each.label[self.locale],
                "kind": each.kind.value,
                "hidden": each.hidden,
                "wrapped": each.wrapped,
                "choices": each.choices,
                "comment": each.comment,
            }
            for each in self.columns
        ]
        return {"sheet": name, "columns": columns, "filtered": self.filtered}


EXPLANATION = Words("说明", "About the columns")
COLUMNS = (
    Column(Words("列(中文)", "列(中文)")),
    Column(Words("Column (English)", "Column (English)")),
    Column(Words("含义", "含义"), wrapped=True),
    Column(Words("Meaning", "Meaning"), wrapped=True),
    Column(Words("可填内容 · Allowed values", "可填内容 · Allowed values"), wrapped=True),
    Column(Words("可否修改 · May it be changed", "可否修改 · May it be changed")),
)
CHANGEABLE = {True: "可以 · yes", False: "不可以 · no"}


def explained(columns: Sequence[Column], locale: str = "zh") -> Sheet:
    """The second sheet: what each column is, in both languages, whichever one the headings are in."""
    rows = [
        (
            each.label.zh,
            each.label.en,
            each.meaning.zh if each.meaning else "",
            each.meaning.en if each.meaning else "",
            f"{each.allowed.zh}\n{each.allowed.en}" if each.allowed else " / ".join(each.choices),
            CHANGEABLE[each.changeable],
        )
        for each in columns
    ]
    return Sheet(EXPLANATION[locale], COLUMNS, rows, filtered=False)


def sheet_names(wanted: Iterable[str]) -> list[str]:
    """What sheets may be called, each once: Excel repairs, or refuses, a file with other names."""
    names = ["History"]  # which Excel keeps for itself
    for each in wanted:
        plain = NOT_IN_NAMES.sub(" ", each).strip(" '") or "Sheet"
        name, count = _cut(plain, LONGEST_NAME), 1
        while name.casefold() in {other.casefold() for other in names}:
            count += 1
            name = f"{_cut(plain, LONGEST_NAME - len(str(count)) - 1)} {count}"
        names.append(name)
    return names[1:]


def _cut(text: str, longest: int) -> str:
    """The beginning of a text; Excel counts in UTF-16."""
    return text.encode("utf-16-le")[: longest * 2].decode("utf-16-le", "ignore").rstrip(" '")
