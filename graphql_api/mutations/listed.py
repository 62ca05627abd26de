"""Lists that come as rows or as a file (R8, R15, R18, R27, R28): both become the same rows, read in the same way."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from graphql_api.context import Context
from graphql_api.errors import bad_input
from graphql_api.files import content_of
from graphql_api.import_columns import ImportKind
from graphql_api.import_lines import Table, checked, read_table, refused, rows_of
from graphql_api.mutations.asked import optional
from graphql_api.mutations.options import few_enough, idempotency
from models.declare import Words
from models.rules.cells import LONGEST_SHOWN, BadCell, refuse_no_text
from models.rules.idempotency import Idempotency
from models.rules.identity import normalise
from models.rules.job_work import MOST_LINES
from models.rules.listed import ListFile, words_for

T = TypeVar("T")

EITHER = Words("名单写在 rows 中,或以 file 指明已上传的文件,二者取一", "Either `rows`, or `file`: an uploaded workbook")


def file_argument() -> Any:
    """The field of an input that names an uploaded workbook."""
    return optional("名单文件", "File", EITHER)


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """The rows of a list, and the file they came in."""

    rows: list[T]
    file: ListFile | None = None

    def idempotency(self, context: Context, mutation: str, asked: Any) -> Idempotency | None:
        """The caller's key; it stands for what the file holds, not for which upload of it."""
        if self.file is not None:
            asked = dataclasses.replace(asked, file=f"sha256:{self.file.sha256}")
        return idempotency(context, mutation, asked, asked.idempotency_key)


async def listed(
    context: Context, asked: Any, kind: ImportKind, row_type: type[T], *, without: Collection[str] = ()
) -> Listed[T]:
    """The rows of an input that has `rows` or `file`. `without`: fields that the input says for all rows.

    Raises NOT_FOUND (the file), BAD_INPUT (both or neither; no workbook; columns doubled or missing; no or too many
    rows).
    """
    if (asked.rows is None) is (asked.file is None):
        raise bad_input("file", problem="ROWS_OR_FILE")
    if asked.file is None:
        return Listed(few_enough("rows", asked.rows))
    stored = await content_of(context, asked.file)
    table = await read_table(stored.content, kind, name=stored.name, file_id=asked.file)
    rows = await asyncio.to_thread(_rows, checked(table, without=without), row_type)
    if not rows:
        raise refused("NO_ROWS", sheet=table.book.sheet)
    return Listed(few_enough("file", rows, MOST_LINES), table.file)


def _rows(table: Table, row_type: Any) -> list[Any]:
    fields = dataclasses.fields(row_type)
    names = {each.name for each in fields}
    empty = {
        each.name: ""
        for each in fields
        if each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
    }
    return [
        row_type(**(empty | {name: cell for name, cell in row.cells.items() if name in names}), row=row.number)
        for row in rows_of(table)
    ]


# --- cells that must say what was chosen on the screen


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen for the whole list, by field, and every word for it. A cell that says otherwise is refused: the
    row belongs to another list."""

    words: Mapping[str, frozenset[str]]

    def check(self, field: str, cell: str | None) -> None:
        """Raises BadCell."""
        refuse_no_text(field, cell)
        text = normalise(cell or "")
        if text and text.casefold() not in self.words[field]:
            raise BadCell(field, text[:LONGEST_SHOWN], "NOT_THE_CHOSEN")


async def chosen(rows: Collection[Any], **codes: str) -> Chosen:
    """`batch` and `college` by their codes; asks nothing of the database where no row says any."""
    words = {}
    for field, code in codes.items():
        said = any(getattr(row, field) for row in rows)
        words[field] = frozenset(each.casefold() for each in await words_for(field, code)) if said else frozenset()
    return Chosen(words)
