"""The rows of a query as a file: a workbook, CSV or JSON. One page of rows is held at a time."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import IO

import orjson

from graphql_api import workbook
from graphql_api.context import Context
from graphql_api.csv_text import MARK, guarded, lines
from graphql_api.export_columns import ExportColumn
from graphql_api.export_pages import Question, pages_of
from graphql_api.file_making import Made, Progress
from graphql_api.files import XLSX
from graphql_api.workbook_sheets import CellValue, Kind, Noted, Row, Sheet, explained
from models.declare import Words

PIECE = 512 * 1024


class FileFormat(Enum):
    """What a file is; its media type, and how its name ends."""

    XLSX = (XLSX, "xlsx", Words("Excel 工作簿", "Excel workbook"))
    CSV = ("text/csv; charset=utf-8", "csv", Words("CSV,UTF-8", "CSV, in UTF-8"))
    JSON = ("application/json", "json", Words("JSON:同一查询的 GraphQL 结果", "JSON: the GraphQL answer itself"))

    @property
    def media_type(self) -> str:
        return self.value[0]

    @property
    def ending(self) -> str:
        return self.value[1]

    @property
    def words(self) -> Words:
        return self.value[2]


@dataclass(frozen=True, slots=True)
class Export:
    """What is to be made: for whom, which rows in which columns, and how many there were when it was asked."""

    context: Context
    question: Question
    columns: Sequence[ExportColumn]
    total: int

    async def made(self, kind: FileFormat, progress: Progress) -> Made:
        """The file. Raises what reading its rows may: a right that was taken away meanwhile, the end of the session."""
        return await MAKERS[kind](self, _Rows(self, progress))


class _Rows:
    """The pages of an export; counts the rows that were taken."""

    def __init__(self, export: Export, progress: Progress) -> None:
        self._export, self._progress, self.count = export, progress, 0

    async def nodes(self) -> AsyncIterator[list[dict[str, object]]]:
        async for page in pages_of(self._export.context, self._export.question):
            self.count += len(page)
            self._progress.reached(self.count, of=self._export.total)
            yield page

    async def cells(self) -> AsyncIterator[list[Row]]:
        columns = self._export.columns
        async for page in self.nodes():
            yield [[column.cell(row) for column in columns] for row in page]


async def _workbook(export: Export, rows: _Rows) -> Made:
    locale, about = export.context.locale, [each.about for each in export.columns]
    name = export.question.exposed.entity.plural[locale]
    content = await workbook.written([Sheet(name, about, rows.cells(), locale), explained(about, locale)])
    return Made(content, rows.count)


async def _csv(export: Export, rows: _Rows) -> Made:
    locale, kinds = export.context.locale, [each.about.kind for each in export.columns]
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed when it was taken
    file.write((MARK + lines([[guarded(each.about.label[locale]) for each in export.columns]])).encode())
    async for page in rows.cells():
        texts = ([_csv_cell(cell, kind) for cell, kind in zip(row, kinds, strict=True)] for row in page)
        file.write(lines(texts).encode())
    return Made(_taken(file), rows.count)


def _csv_cell(cell: CellValue, kind: Kind) -> str:
    value = cell.value if isinstance(cell, Noted) else cell
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds")
    return guarded(str(value), exact=kind is Kind.TEXT)


async def _json(export: Export, rows: _Rows) -> Made:
    """As the same query would be answered, had a page no end."""
    file, first = tempfile.TemporaryFile(), True  # noqa: SIM115  # closed when it was taken
    file.write(b'{"data":{' + orjson.dumps(export.question.exposed.plural) + b':{"nodes":[')
    async for page in rows.nodes():
        for row in page:
            file.write((b"\n" if first else b",\n") + orjson.dumps(row))
            first = False
    file.write(b"\n]}}}\n")
    return Made(_taken(file), rows.count)


async def _taken(file: IO[bytes]) -> AsyncIterator[bytes]:
    """What was written to a file aside, so that a long one is never in memory."""
    with file:
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


MAKERS: dict[FileFormat, Callable[[Export, _Rows], Awaitable[Made]]] = {
    FileFormat.XLSX: _workbook,
    FileFormat.CSV: _csv,
    FileFormat.JSON: _json,
}
