"""Workbooks to be filled and imported: a template of each kind of list, and the rows that an import refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphql_api.import_columns import CELL_AT_FAULT, WHY_REFUSED, KnownColumn
from graphql_api.import_lines import Table, as_told
from graphql_api.workbook import Line
from graphql_api.workbook_sheets import Column, Sheet, explained
from models.declare import Words

EXAMPLE = Words("示例:", "Example: ")
#: What the row of an example holds where a column offers no choice.
EXAMPLES: Mapping[str, Words] = {
    "student_no": Words("0020230001", "0020230001"),
    "name": Words("张三", "Zhang San"),
    "number": Words("100011202605000001", "100011202605000001"),
    "major": Words("软件工程", "Software engineering"),
    "class_name": Words("2023级1班", "2023-1"),
    "grade": Words("2023", "2023"),
    "nationality": Words("中国", "China"),
}
#: Columns whose choice the example shows although a file may lack them.
CHOSEN = ("item", "status")
REQUIRED = Words("必填", "required")


def template(
    name: str,
    columns: Sequence[KnownColumn],
    locale: str,
    choices: Mapping[str, Sequence[str]],
    given: Mapping[str, str],
) -> list[Sheet]:
    """An empty list with an example, and the sheet that explains its columns. `choices`: what this caller may write in
    a column, by field; `given`: what stands in the example besides."""
    wanted = [each for each in columns if each.taken and not each.hidden]
    made = [_column(each, choices.get(each.field) or [words[locale] for words in each.choices]) for each in wanted]
    example = [given.get(each.field) or _example(each, about, locale) for each, about in zip(wanted, made, strict=True)]
    example[0] = f"{EXAMPLE[locale]}{example[0]}"
    return [Sheet(name, made, [example], locale, filtered=False), explained(made, locale)]


def _column(known: KnownColumn, choices: Sequence[str]) -> Column:
    mark = " *" if known.required else ""
    meaning = known.hint or (REQUIRED if known.required else None)
    return Column(
        Words(f"{known.label.zh}{mark}", f"{known.label.en}{mark}"),
        meaning=meaning,
        choices=tuple(choices),
        changeable=True,
    )


def _example(known: KnownColumn, about: Column, locale: str) -> str:
    if known.field in EXAMPLES:
        return EXAMPLES[known.field][locale]
    wanted = known.required or known.field in CHOSEN
    return about.choices[-1 if known.field == "status" else 0] if about.choices and wanted else ""


# --- rows that were refused


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row of the file that was not imported: its number there, why, and the cell at fault."""

    number: int
    message: str
    cell: str


def refused_rows(table: Table, rows: Sequence[RefusedRow], locale: str) -> list[Sheet]:
    """These rows as they stood in the file, with its headings, and two columns that say what is wrong. What was no text
    comes as a mark that must be replaced: as a text it would pass for what somebody had written."""
    lines = {line.number: line for line in table.headings.lines}
    columns = [*_as_in(table), Column(WHY_REFUSED.label, wrapped=True), Column(CELL_AT_FAULT.label)]
    known = {each.index: each.known for each in table.headings.columns}
    width = len(columns) - 2
    listed = [
        [*_cells(lines[row.number], known, width, locale), row.message, row.cell] for row in rows if row.number in lines
    ]
    return [Sheet(table.book.sheet, columns, listed, locale, filtered=False)]


def _as_in(table: Table) -> list[Column]:
    """The headings as they stand in the file, or of a bare list as the columns are called."""
    found = {each.index: each for each in table.headings.columns}
    return [
        Column(Words(each.heading, each.heading), hidden=each.known is not None and each.known.hidden)
        if (each := found.get(index)) is not None
        else Column(Words("", ""))
        for index in range(max(found, default=-1) + 1)
    ]


def _cells(line: Line, known: Mapping[int, KnownColumn | None], width: int, locale: str) -> list[str]:
    return [as_told(line.cell(index), known.get(index), locale) for index in range(width)]
