"""Lists of rows of any object that plain editing knows, as a file or as rows with headings; one way for all objects."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import strawberry
from tortoise.expressions import Q

from graphql_api.context import Context, Info
from graphql_api.errors import bad_input
from graphql_api.files import content_of, require_importer
from graphql_api.import_columns import ImportKind, found_in
from graphql_api.import_lines import Table, checked, read_table, refused, rows_of
from graphql_api.import_row_columns import importable, row_columns
from graphql_api.mutations.asked import optional, required
from graphql_api.mutations.cells import Cell
from graphql_api.mutations.listed import Listed, file_argument
from graphql_api.mutations.options import few_enough, local_id
from graphql_api.mutations.outcomes import OperationResult, carried_out
from graphql_api.mutations.plain import bounds_of
from graphql_api.registry import Exposed, registry
from graphql_api.rights import require
from graphql_api.workbook import Line, Workbook
from models.declare import Words
from models.enums import OperationKind
from models.rules import row_import_undoing, row_imports
from models.rules.cells import NumberCell
from models.rules.clearances import ErrorPolicy
from models.rules.editing_values import editable_fields
from models.rules.idempotency import Idempotency
from models.rules.identity import normalise
from models.rules.listed import ListFile
from models.rules.naming import AskedOperation
from models.rules.refusals import Code, Refusal
from models.rules.row_cells import columns_read
from models.rules.row_imports import is_imported
from models.rules.row_lists import RowLine
from models.rules.row_reach import Fields, Reaching, RowReach
from policies import store
from policies.access import Access
from policies.scopes import EVERYTHING, NOTHING
from settings import settings

OBJECT = Words("对象,如 Building", "The object, such as Building")
HEADER = Words("标题行:字段名或中英文名称", "The headings: names of fields, or their labels in either language")
ROWS = Words("标题行之下的各行,按列", "The rows below the headings, cell by cell")
RIGHTS = ("update", "create")


@strawberry.input(description="导入记录 · A list of rows of one object, as `header` with `rows` or as a `file`")
class ImportRowsInput:
    object: str = required("对象", "Object", OBJECT)
    file: strawberry.ID | None = file_argument()
    header: list[str] | None = optional("标题行", "Headings", HEADER)
    rows: list[list[Cell | None]] | None = optional("各行", "Rows", ROWS)
    dry_run: bool = False
    idempotency_key: str | None = None
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID


async def import_rows(info: Info, input: ImportRowsInput) -> OperationResult:  # noqa: A002  # the contract's argument
    """导入记录 · Rows of any object that one may make or change, found by their key.

    An empty cell leaves what there is; `(清空)` or `(empty)` empties. Columns that nobody changes are compared.
    """
    context, exposed = info.context, await _exposed(info.context, input.object)
    await _require(context, exposed)
    table = await _table(context, exposed, input)
    act = row_imports.import_rows(
        context.caller.actor,
        exposed.model,
        await asyncio.to_thread(_lines, exposed, table.rows),
        reach=reaching(context, exposed),
        zone=settings().timezone,
        file=table.file,
        dry_run=input.dry_run,
        error_policy=input.error_policy,
        idempotency=_idempotency(context, table, input),
    )
    return await carried_out(info, OperationKind.IMPORT_ROWS, act, _right(context, exposed))


FIELDS = {"import_rows": import_rows}


async def _exposed(context: Context, name: str) -> Exposed:
    """Raises BAD_INPUT for an object of which there are no lists; FORBIDDEN for who may import nothing at all."""
    try:
        return importable(name)
    except LookupError:
        await require_importer(context)
        known = ", ".join(each.name for each in registry() if is_imported(each.model))
        raise bad_input("object", problem="NO_LIST_OF", value=str(name)[:32], choices=known) from None


async def _require(context: Context, exposed: Exposed) -> None:
    """Raises FORBIDDEN for whoever may neither change nor make any."""
    if not any(context.access.can(exposed.name, action) for action in _actions(exposed)):
        await require(context, exposed.name, _actions(exposed)[0])


def _actions(exposed: Exposed) -> list[str]:
    return [each for each in RIGHTS if each in exposed.entity.plain_editing]


def _right(context: Context, exposed: Exposed) -> tuple[str, str]:
    return exposed.name, _actions(exposed)[0]


def _idempotency(context: Context, table: Listed[Any], asked: ImportRowsInput) -> Idempotency | None:
    """The key stands for what a file holds, and for rows as they came."""
    sent = table if asked.file is not None else replace(table, file=None)
    return sent.idempotency(context, "importRows", asked)


# --- the list


async def _table(context: Context, exposed: Exposed, asked: ImportRowsInput) -> Listed[Any]:
    """The rows, each as the file has it. Raises NOT_FOUND, BAD_INPUT."""
    if (asked.rows is None) is (asked.file is None):
        raise bad_input("file", problem="ROWS_OR_FILE")
    if asked.file is not None:
        stored = await content_of(context, asked.file)
        table = await read_table(
            stored.content, ImportKind.ROWS, object_name=exposed.name, name=stored.name, file_id=asked.file
        )
    else:
        table = _written(exposed, asked)
    rows = await asyncio.to_thread(rows_of, checked(table))
    if not rows:
        raise refused("NO_ROWS", sheet=table.book.sheet)
    return Listed(few_enough("rows" if asked.file is None else "file", rows), table.file)


def _written(exposed: Exposed, asked: ImportRowsInput) -> Table:
    """Rows that came without a file, as if they stood in one: the headings in row 1."""
    header: Sequence[str | None] = asked.header or []
    rows: Sequence[Sequence[str | None]] = few_enough("rows", asked.rows or [])
    if not header or any(len(each) > len(header) for each in rows):
        raise bad_input("header", problem="NO_HEADER")
    lines = tuple(Line(number, [_raw(cell) for cell in row]) for number, row in enumerate([header, *rows], 1))
    book = Workbook("rows", (), lines)
    headings = found_in(replace(book, lines=lines[:1]), row_columns(exposed.name))
    headings = replace(headings, line=lines[0], lines=lines[1:])
    return Table(book, headings, ListFile("", "", "", book.sheet, headings.letters))


def _raw(cell: str | None) -> str | list[str]:
    return ["number", cell] if isinstance(cell, NumberCell) else cell or ""


def _lines(exposed: Exposed, rows: Iterable[Any]) -> list[RowLine]:
    return [_line(exposed, each.number, dict(each.cells)) for each in rows]


VERSION = re.compile(r"[0-9]{1,9}")


def _line(exposed: Exposed, number: int, cells: dict[str, str]) -> RowLine:
    key, version = normalise(cells.pop("key", "")), normalise(cells.pop("version", ""))
    row_id = local_id(exposed.name, key) if key else None
    refusal = None
    if (key and row_id is None) or (version and not VERSION.fullmatch(version)):
        named = "key" if key and row_id is None else "version"
        refusal = Refusal(Code.BAD_INPUT, facts={"field": named, "problem": "ROW_KEY"})
    return RowLine(cells, number, row_id, int(version) if version and refusal is None else None, refusal)


# --- how far the caller's rights reach


def reaching(context: Context, exposed: Exposed) -> Reaching:
    """What the rules ask inside their transaction: the rights that hold at that moment, field by field (B8)."""
    caller = context.caller
    names = columns_read(exposed.model)

    async def resolve() -> RowReach:
        access = await store.access_for_write(caller)
        bounds = await bounds_of(caller, exposed, _allowed(access, exposed), ())()
        return RowReach(
            bounds.visible,
            _fields(access, exposed, "read", names),
            _fields(access, exposed, "update", editable_fields(exposed.model, adding=False)),
            _fields(access, exposed, "create", editable_fields(exposed.model, adding=True)),
            bounds.named,
            access.rows(exposed.name, "delete") if "delete" in exposed.entity.plain_editing else None,
        )

    return resolve


def _allowed(access: Access, exposed: Exposed) -> str:
    """The right by which the caller knows of rows that he does not read; the last of them refuses, when he has none."""
    return next((each for each in _actions(exposed) if access.can(exposed.name, each)), _actions(exposed)[-1])


def _fields(access: Access, exposed: Exposed, action: str, names: Iterable[str]) -> Fields:
    found = {name: access.rows(exposed.name, action, (name,)) for name in names if _known(exposed, action)}
    return {name: rows for name, rows in found.items() if rows is not None}


def _known(exposed: Exposed, action: str) -> bool:
    return action == "read" or action in exposed.entity.plain_editing


# --- applying a dry run, and undoing: what `applyOperation` and `undoOperation` do with such an operation


def exposed_of(asked: AskedOperation) -> Exposed:
    """The object whose rows the operation is about."""
    return registry()[str(asked.parameters["object"])]


async def apply_import(info: Info, asked: AskedOperation) -> OperationResult:
    """By the rights of this moment, row by row and field by field."""
    context, exposed = info.context, exposed_of(asked)
    await _require(context, exposed)
    reach = reaching(context, exposed)
    act = row_imports.apply_import(context.caller.actor, exposed.model, asked.id, reach=reach)
    return await carried_out(info, OperationKind.IMPORT_ROWS, act, _right(context, exposed))


async def undo_import(info: Info, asked: AskedOperation, *, dry_run: bool) -> OperationResult:
    """Own imports where one may still make such changes; others' by the right to undo them alone."""
    context, exposed = info.context, exposed_of(asked)
    own = asked.actor_id == context.caller.user_id
    if own:
        await _require(context, exposed)
    act = row_import_undoing.undo_import(
        context.caller.actor,
        exposed.model,
        asked.id,
        reach=reaching(context, exposed) if own else _everywhere(context, exposed),
        dry_run=dry_run,
        others=not own,
    )
    return await carried_out(info, OperationKind.IMPORT_ROWS, act, _right(context, exposed), "UNDO_IMPORT")


def _everywhere(context: Context, exposed: Exposed) -> Reaching:
    caller, names = context.caller, columns_read(exposed.model)

    async def resolve() -> RowReach:
        access = await store.access_for_write(caller)
        if access.rows("Operation", "undo") is None:
            return RowReach(NOTHING)
        seen = access.rows(exposed.name, "read")
        whole: dict[str, Q] = dict.fromkeys(names, EVERYTHING)
        deleting = access.rows(exposed.name, "delete") if "delete" in exposed.entity.plain_editing else None
        return RowReach(NOTHING if seen is None else seen, whole, whole, whole, {}, deleting)

    return resolve
