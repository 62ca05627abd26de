"""Rows of a query as a file (R14)."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry.scalars import JSON

from graphql_api import file_making
from graphql_api.context import Context, Info
from graphql_api.export_columns import ExportColumn, columns_of, selection_of
from graphql_api.export_files import Export, FileFormat
from graphql_api.export_pages import Question, count_of
from graphql_api.export_statuses import NAME, OBJECT, statuses
from graphql_api.file_making import Made, Progress
from graphql_api.files import File
from graphql_api.naming import camel
from graphql_api.registry import Exposed, registry
from graphql_api.scalars import enum_of
from graphql_api.values import bad
from graphql_api.workbook_sheets import MOST_ROWS
from models.declare import Words
from settings import settings


class ExportLayout(Enum):
    """Which columns a file has."""

    COLUMNS = Words("所选的列", "The columns that are named")
    STATUSES = Words("lixiao.xlsx:改状态后可再导入", "lixiao.xlsx: statuses to be changed and imported")

    @property
    def words(self) -> Words:
        return self.value


enum_of(FileFormat, Words("文件格式", "What a file is"))
enum_of(ExportLayout, Words("文件的列", "Which columns a file has"))


@strawberry.input
class ExportRowsInput:
    """`columns`: paths of the API's fields, such as `student.studentNo`; the object's list columns unless given.
    `where`, `orderBy`: as in the list's own query. `waitSeconds`: for a file that is soon there; 2 unless given."""

    object: str
    columns: list[str] | None = None
    where: JSON | None = None
    search: str | None = None
    order_by: list[JSON] | None = None
    format: FileFormat = FileFormat.XLSX
    layout: ExportLayout = ExportLayout.COLUMNS
    wait_seconds: float | None = None


async def export_rows(info: Info, input: ExportRowsInput) -> File:  # noqa: A002  # the contract's name
    """导出查询结果 · The rows of a query as a file

    恰好是同一查询的行,且只含可以导出的列 · Exactly the rows of the same query, in columns that may be exported. (R14)
    """
    context = info.context
    exposed = _exposed(input)
    columns, selection = _columns(context, exposed, input)
    where: Any = input.where
    question = Question(exposed, selection, where, input.search or None, input.order_by)
    total = await count_of(context, question)
    if total > MOST_ROWS:
        raise bad(("input", "where"), "EXPORT_TOO_LONG", count=total, limit=MOST_ROWS)
    export = Export(context, question, columns, total)

    async def make(progress: Progress) -> Made:
        return await export.made(input.format, progress)

    return await file_making.made(
        context,
        name=_name(context, exposed, input),
        media_type=input.format.media_type,
        make=make,
        wait_seconds=input.wait_seconds,
    )


def _exposed(asked: ExportRowsInput) -> Exposed:
    """Raises BAD_INPUT (NO_OBJECT, NO_STATUSES)."""
    if asked.object not in registry():
        raise bad(("input", "object"), "NO_OBJECT", object=asked.object[:100])
    if asked.layout is ExportLayout.STATUSES and (asked.object != OBJECT or asked.format is not FileFormat.XLSX):
        raise bad(("input", "layout"), "NO_STATUSES")
    return registry()[asked.object]


def _columns(context: Context, exposed: Exposed, asked: ExportRowsInput) -> tuple[list[ExportColumn], str]:
    if asked.layout is ExportLayout.STATUSES:
        return statuses(context)
    listed = [camel(name) for name in exposed.entity.list_columns]
    paths = listed if asked.columns is None else asked.columns
    return columns_of(context, exposed, paths), selection_of(context, exposed, paths)


def _name(context: Context, exposed: Exposed, asked: ExportRowsInput) -> str:
    if asked.layout is ExportLayout.STATUSES:
        return NAME
    today = datetime.now(settings().timezone).date().isoformat()
    return f"{exposed.entity.plural[context.locale]}-{today}.{asked.format.ending}"


FIELDS = {"export_rows": export_rows}
