"""What was recognised in an uploaded list, asked before anything is tried: `importColumns`."""

from __future__ import annotations

import asyncio
from typing import Any

import strawberry

from graphql_api.context import Info
from graphql_api.files import content_of
from graphql_api.import_columns import FoundColumn, ImportKind, KnownColumn, columns_of
from graphql_api.import_lines import read_table, rows_of
from graphql_api.import_wording import HEADING_PROBLEMS
from graphql_api.messages import chosen
from graphql_api.naming import camel, described
from graphql_api.registry import registry
from graphql_api.scalars import enum_of
from graphql_api.values import bad
from models.declare import Words
from models.rules.row_imports import is_imported

enum_of(ImportKind, Words("名单的种类", "What a file is a list of"))


@strawberry.type(description=described(Words("文件中的一列", "A column of the file")))
class ImportColumn:
    cell: str = strawberry.field(description=described(Words("标题所在单元格", "Where its heading stands, as B1")))
    heading: str = strawberry.field(description=described(Words("标题", "Its heading, as it stands there")))
    field: str | None = strawberry.field(description=described(Words("对应字段", "The field of a row that it fills")))
    label: str | None = strawberry.field(description=described(Words("对应列名", "What that is called here")))
    recognised: bool = strawberry.field(description=described(Words("已识别", "Whether the heading is known")))
    taken: bool = strawberry.field(
        description=described(
            Words("是否导入;否则只供核对", "Whether its cells are imported, or shown for reading only")
        )
    )
    problem: str | None = strawberry.field(description=described(Words("问题", "What is wrong with it, in a sentence")))


@strawberry.type(description=described(Words("缺少的列", "A column that is needed and not there")))
class MissingColumn:
    field: str
    label: str


@strawberry.type(description=described(Words("识别出的列", "What was recognised in an uploaded list")))
class ImportColumns:
    sheet: str = strawberry.field(description=described(Words("读取的工作表", "The sheet that is read")))
    other_sheets: list[str] = strawberry.field(description=described(Words("未读取的工作表", "Those that are not")))
    heading_row: int | None = strawberry.field(
        description=described(Words("标题所在行;名单没有标题则为空", "The row of the headings; null in a bare list"))
    )
    rows: int = strawberry.field(description=described(Words("名单行数", "How many rows the list has")))
    columns: list[ImportColumn]
    missing: list[MissingColumn]


async def import_columns(
    info: Info,
    file: strawberry.ID,
    kind: ImportKind,
    object: str | None = None,  # noqa: A002  # the contract's argument
) -> ImportColumns:
    """Raises NOT_FOUND (the file), BAD_INPUT (no workbook, no such lists)."""
    known_columns(kind, object)
    stored = await content_of(info.context, file)
    table = await read_table(stored.content, kind, object_name=object, name=stored.name, file_id=file)
    rows = await asyncio.to_thread(rows_of, table)
    headings, locale = table.headings, info.context.locale
    return ImportColumns(
        sheet=table.book.sheet,
        other_sheets=list(table.book.others),
        heading_row=headings.line.number if headings.line is not None else None,
        rows=len(rows),
        columns=[_column(each, locale) for each in headings.columns],
        missing=[_missing(each, locale) for each in headings.missing],
    )


def known_columns(kind: ImportKind, object_name: str | None) -> tuple[KnownColumn, ...]:
    """What a list of this kind may have. Raises BAD_INPUT for an object of which there are no lists."""
    try:
        return columns_of(kind, object_name)
    except LookupError:
        choices = ", ".join(each.name for each in registry() if is_imported(each.model))
        raise bad(("object",), "NO_LIST_OF", value=str(object_name or "")[:32] or "-", choices=choices) from None


def _column(found: FoundColumn, locale: str) -> ImportColumn:
    known = found.known
    problem = "UNKNOWN_COLUMN" if known is None else "DOUBLED_COLUMN" if found.twice else None
    facts = {"problem": problem, "other": found.twice}
    return ImportColumn(
        cell=found.cell,
        heading=found.heading,
        field=camel(known.field) if known is not None else None,
        label=known.label[locale] if known is not None else None,
        recognised=known is not None,
        taken=known is not None and known.taken and not found.twice,
        problem=chosen(HEADING_PROBLEMS, facts, locale) if problem else None,
    )


def _missing(column: KnownColumn, locale: str) -> MissingColumn:
    return MissingColumn(field=camel(column.field), label=column.label[locale])


WORDS = Words("识别上传名单的列", "Which columns of an uploaded list are recognised")


def import_fields() -> dict[str, Any]:
    """The field of Query, by its Python name."""
    return {"import_columns": strawberry.field(resolver=import_columns, description=described(WORDS))}
