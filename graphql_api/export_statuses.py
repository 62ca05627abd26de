"""`lixiao.xlsx`: the clearances of a query in the form in which their statuses come back (R14, R15).

Batch, number, name, college, major, class, item, status as 1, 2 or 3, its words, note; hidden beside them the row's key
and version, by which an import knows the row and whether somebody has changed it since (B2). Which columns an import
knows, and what they are called, `import_columns` says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql_api.context import Context
from graphql_api.export_columns import ExportColumn, selection_of
from graphql_api.exporting import EXPORT, READ
from graphql_api.import_columns import ImportKind, KnownColumn, columns_of
from graphql_api.registry import registry
from graphql_api.workbook_sheets import CellValue, Column
from models.declare import Words
from models.enums import ClearanceStatus

NAME = "lixiao.xlsx"
OBJECT = "Clearance"

WORDS_OF_STATUS = Column(
    Words("状态说明", "Status in words"),
    meaning=Words("状态代码的文字,供阅读;导入时以代码为准", "What the code means; an import goes by the code"),
)
CODES = Words(
    "、".join(f"{each.value} {each.words.zh}" for each in ClearanceStatus),
    ", ".join(f"{each.value} {each.words.en}" for each in ClearanceStatus),
)
CHANGEABLE = {"status", "note"}

Cell = Callable[[Any, str], CellValue]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a column comes from. `needed`: no row can be read back without it; the others are left out for a caller
    who may not export them. `rights`: the objects and columns of the models that it shows."""

    path: str
    rights: tuple[tuple[str, str], ...] = ()
    needed: bool = False
    cell: Cell = lambda value, _: None if value is None else str(value)


def _status(value: Any, _locale: str) -> CellValue:
    return str(ClearanceStatus[value].value)


def _in_words(value: Any, locale: str) -> CellValue:
    return ClearanceStatus[value].words[locale]


PLACES: Mapping[str, _Place] = {
    "batch": _Place("sheet.batch.code", (("Sheet", "batch"), ("Batch", "code"))),
    "student_no": _Place("sheet.student.studentNo", needed=True),
    "name": _Place("sheet.student.name", (("Sheet", "student"), ("Student", "name"))),
    "college": _Place("sheet.college.name", (("Sheet", "college"), ("College", "name"))),
    "major": _Place("sheet.major", (("Sheet", "major"),)),
    "class_name": _Place("sheet.className", (("Sheet", "class_name"),)),
    "item": _Place("item.name", needed=True),
    "status": _Place("status", needed=True, cell=_status),
    "note": _Place("note", (("Clearance", "note"),)),
    "key": _Place("id", needed=True),
    "version": _Place("version", needed=True),
}


def statuses(context: Context) -> tuple[list[ExportColumn], str]:
    """The columns of the file and what to select for them; whoever may not export one that is needed is refused when it
    is asked for."""
    kept = [each for each in columns_of(ImportKind.CLEARANCES) if _leaves(context, each.field)]
    columns: list[ExportColumn] = []
    for each in kept:
        place = PLACES[each.field]
        columns.append(_column(place.path, _about(each), place.cell, context.locale))
        if each.field == "status":
            columns.append(_column(place.path, WORDS_OF_STATUS, _in_words, context.locale))
    paths = list(dict.fromkeys(each.path for each in columns))
    return columns, selection_of(context, registry()[OBJECT], paths)


def _leaves(context: Context, field: str) -> bool:
    place = PLACES.get(field)
    return place is not None and (place.needed or all(_may(context, *right) for right in place.rights))


def _may(context: Context, object_name: str, name: str) -> bool:
    return all(context.access.can(object_name, action, name) for action in (READ, EXPORT))


def _about(known: KnownColumn) -> Column:
    is_status = known.field == "status"
    return Column(
        known.label,
        meaning=known.hint,
        allowed=CODES if is_status else None,
        choices=tuple(str(each.value) for each in ClearanceStatus) if is_status else (),
        changeable=known.field in CHANGEABLE,
        hidden=known.hidden,
    )


def _column(path: str, about: Column, shown: Cell, locale: str) -> ExportColumn:
    steps = path.split(".")

    def cell(row: Mapping[str, Any]) -> CellValue:
        value: Any = row
        for step in steps:
            value = value.get(step) if value else None
        return None if value is None else shown(value, locale)

    return ExportColumn(path, about, cell)
