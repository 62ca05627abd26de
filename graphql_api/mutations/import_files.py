"""Files that go with an import: a template to fill, and the rows that were refused, to be mended."""

from __future__ import annotations

import asyncio
from typing import Any

import strawberry

from graphql_api.computed_operations import refused_of
from graphql_api.context import Context, Info
from graphql_api.errors import bad_input, not_found
from graphql_api.files import XLSX, File, content_of, keep, require_importer
from graphql_api.import_columns import ImportKind
from graphql_api.import_lines import read_table
from graphql_api.import_queries import known_columns
from graphql_api.import_templates import RefusedRow, template
from graphql_api.import_templates import refused_rows as made_of
from graphql_api.mutations.options import local_id
from graphql_api.registry import registry
from graphql_api.workbook import written
from models.declare import Words
from models.enums import ItemKind, OperationKind
from models.rules import naming

NAMES = {
    ImportKind.CLEARANCES: Words("办理状态", "Statuses"),
    ImportKind.PEOPLE: Words("离校人员", "Leavers"),
    ImportKind.CERTIFICATES: Words("应发证书", "Certificates"),
    ImportKind.ROSTER: Words("拟毕业生名单", "Roster"),
}
TEMPLATE = Words("导入模板-{name}.xlsx", "template-{name}.xlsx")
REFUSED = Words("未导入-{name}.xlsx", "refused-{name}.xlsx")
#: What each kind of operation imports a list of.
KINDS = {
    OperationKind.SET_CLEARANCES: ImportKind.CLEARANCES,
    OperationKind.IMPORT_PEOPLE: ImportKind.PEOPLE,
    OperationKind.IMPORT_CERTIFICATES: ImportKind.CERTIFICATES,
    OperationKind.LOAD_ROSTER: ImportKind.ROSTER,
    OperationKind.IMPORT_ROWS: ImportKind.ROWS,
}


async def import_template(
    info: Info,
    kind: ImportKind,
    object: str | None = None,  # noqa: A002  # the contract's argument
    batch: str | None = None,
) -> File:
    """下载模板 · Download a template

    一份空名单:标题、下拉选项、一行示例(导入时会跳过),以及列说明 · An empty list: headings, drop-downs, an example that
    an import skips, and a sheet about the columns.
    """
    context = info.context
    await require_importer(context)
    columns, name = known_columns(kind, object), _name(context, kind, object)
    choices = {
        "item": await _names(context, "Item", batch=batch) if batch else [],
        "building": await _names(context, "Building") if kind is ImportKind.PEOPLE else [],
    }
    given = {"batch": batch} if batch else {}
    sheets = template(name, columns, context.locale, choices, given)
    return await keep(
        context,
        name=TEMPLATE[context.locale].format(name=name),
        media_type=XLSX,
        content=await written(sheets),
        rows=0,
    )


def _name(context: Context, kind: ImportKind, object_name: str | None) -> str:
    words = NAMES.get(kind) or registry()[object_name or ""].entity.plural
    return words[context.locale]


async def _names(context: Context, object_name: str, *, batch: str | None = None) -> list[str]:
    """What the rows are called that the caller sees: for a drop-down."""
    exposed, rows = registry()[object_name], context.access.rows(object_name, "read", ("name",))
    if rows is None:
        return []
    found = exposed.model.filter(rows)
    if batch is not None:
        found = found.filter(batch__code=batch, withdrawn_at=None).exclude(kind=ItemKind.INFO)
    return list(dict.fromkeys([str(each) for each in await found.order_by("id").values_list("name", flat=True)]))


async def refused_rows(info: Info, operation: strawberry.ID) -> File:
    """下载未导入的行 · Download the refused rows

    导入中未导入的行,与原文件相同,另加原因和单元格;改正后可直接再导入 · The rows that an import refused, as they
    stand in its file, with the reason and the cell; mended, they are imported as they are.
    """
    context = info.context
    rows, number = context.access.rows("Operation", "read"), local_id("Operation", operation)
    asked = None if rows is None or number is None else await naming.operation_among(rows, number)
    if asked is None:
        raise not_found("operation")
    source = asked.parameters.get("file")
    if source is None or asked.kind not in KINDS:
        raise bad_input("operation", problem="NO_LIST_FILE")
    stored = await content_of(context, source["id"], "operation")
    kind, name = KINDS[asked.kind], asked.parameters.get("object")
    table = await read_table(stored.content, kind, object_name=name, name=stored.name, file_id=source["id"])
    listed = [
        RefusedRow(each.row, each.message or "", each.cell or "")
        for each in await refused_of(context, asked.id)
        if each.row is not None
    ]
    if not listed:
        raise bad_input("operation", problem="NOTHING_REFUSED")
    sheets = await asyncio.to_thread(made_of, table, listed, context.locale)
    stem = stored.name.rpartition(".")[0] or stored.name
    return await keep(
        context,
        name=REFUSED[context.locale].format(name=stem),
        media_type=XLSX,
        content=await written(sheets),
        rows=len(listed),
    )


FIELDS: dict[str, Any] = {"import_template": import_template, "refused_rows": refused_rows}
