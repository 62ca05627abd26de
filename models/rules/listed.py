"""The file that a list came from: what its operation remembers of it, in which cell the fault of a row lies, and how
the list's batch and college are written in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from models import database
from models.enums import Outcome
from models.rules.identity import normalise
from models.rules.refusals import Code, Refusal
from models.rules.results import RowOutcome

#: The column to look at when a refusal names none: that of what was wanted, or of whom it was wanted for.
AT_FAULT = {
    Code.FORBIDDEN: "item",
    Code.BLOCKED: "status",
    Code.PREREQUISITE: "status",
    Code.FINAL_MUST_BE_CLEARED: "status",
    Code.NEVER_PENDING: "status",
    Code.WAY_NOT_ALLOWED: "status",
    Code.REASON_REQUIRED: "status",
    Code.STALE_ROW: "status",
    Code.NO_NUMBER: "number",
    Code.ALREADY_ISSUED: "number",
}
WHO = "student_no"
HIDDEN = ("key", "version")


@dataclass(frozen=True, slots=True)
class ListFile:
    """A file as it was read: `columns` are its letters by field. `id`: the stored file; `sha256`: of its content."""

    id: str
    name: str
    sha256: str
    sheet: str
    columns: Mapping[str, str]

    def cell(self, row: int | None, refusal: Refusal | None) -> str | None:
        """`C37`: where the fault of a refused row lies. A column that the file lacks or hides is told by that of
        the number."""
        if row is None or refusal is None:
            return None
        facts = refusal.facts
        named = facts.get("field") or facts.get("argument")
        if named is None and refusal.code is Code.ROW_MISMATCH:
            named = "name"
        if named is None and refusal.code in (Code.NOT_FOUND, Code.DUPLICATE):
            named = next((each for each in ("item", "number") if each in facts), None)
        if named in HIDDEN:
            named = WHO
        column = self.columns.get(str(named or AT_FAULT.get(refusal.code, WHO))) or self.columns.get(WHO)
        return f"{column}{row}" if column else None


def remembered(file: ListFile | None) -> dict[str, Any]:
    """What an operation keeps among its parameters; nothing of a list that did not come as a file."""
    if file is None:
        return {}
    return {"file": {"id": file.id, "name": file.name, "sha256": file.sha256, "sheet": file.sheet}}


def with_cell(row: RowOutcome, file: ListFile | None) -> RowOutcome:
    """The row with the cell at fault, if it is refused and came in a file."""
    if file is None or row.cell is not None or row.outcome is not Outcome.REFUSED:
        return row
    return replace(row, cell=file.cell(row.row, row.refusal))


async def words_for(kind: str, code: str) -> frozenset[str]:
    """How people write a `batch` or a `college`: by its code, and by its name in either language."""
    rows = await database.fetch(WORDS_FOR[kind], [code])
    return frozenset(normalise(word) for row in rows for word in row if word)


WORDS_FOR = {
    "batch": "SELECT code, name, name_en FROM batch WHERE code = ?1",
    "college": "SELECT code, name, name_en FROM college WHERE code = ?1",
}
