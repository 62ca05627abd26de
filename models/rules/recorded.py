"""What operations answered, read back from what `recording` wrote down: the whole answer, its sums, one stored row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from models import database
from models.declare import Words
from models.enums import OperationState, Outcome
from models.rules.loading import by_value, moment, records
from models.rules.refusals import Blocker, Code, Refusal
from models.rules.results import ActResult, Edited, RowOutcome
from models.rules.under_way import in_turns

OUTCOME = by_value(Outcome)


async def load_result(operation_id: int) -> ActResult:
    """The answer that this operation gave: for a repeated key, and for whoever looks at the operation later.

    The names are today's; the operation itself remembers student numbers only.
    """
    [(state, parameters)] = await database.fetch(
        "SELECT state, parameters FROM operation WHERE id = ?1", [operation_id]
    )
    rows = await records(LOAD_ROWS, [operation_id])
    return ActResult(
        operation_id,
        state == OperationState.PREVIEWED.value,
        await in_turns(rows, outcome_of),
        orjson.loads(parameters).get("cascaded", 0),
    )


async def load_sums(operation_id: int) -> ActResult:
    """The same without its rows: for who asks for the sums alone, of thousands."""
    [(state, parameters, *counts)] = await database.fetch(SUMS, [operation_id])
    sums = dict(zip((Outcome.APPLIED, Outcome.UNCHANGED, Outcome.REFUSED), counts, strict=True))
    cascaded = orjson.loads(parameters).get("cascaded", 0)
    return ActResult(operation_id, state == OperationState.PREVIEWED.value, [], cascaded, sums)


SUMS = "SELECT state, parameters, applied, unchanged, refused FROM operation WHERE id = ?1"

#: The columns and joins that `outcome_of` needs, of the rows of operations.
STORED = """
SELECT operation_row.id, operation_id, operation_row.sheet_id, object, object_id, operation_row.student_no, before,
    after, outcome, refusal, facts, coalesce(student.name, sheetless.name) AS name FROM operation_row
LEFT JOIN sheet ON sheet.id = operation_row.sheet_id LEFT JOIN student ON student.id = sheet.student_id
LEFT JOIN student AS sheetless ON sheetless.student_no = operation_row.student_no
    AND operation_row.sheet_id IS NULL AND outcome <> 'REFUSED'
"""
LOAD_ROWS = f"{STORED} WHERE operation_id = ?1 AND NOT cascaded ORDER BY operation_row.id"


def outcome_of(row: Mapping[str, Any]) -> RowOutcome:
    """A row of STORED as the act answered it."""
    facts = orjson.loads(row["facts"]) if row["facts"] else {}
    before, after = _loaded(row["before"]), _loaded(row["after"])
    at = moment(facts.get("at"))
    refusal = None
    if row["refusal"]:
        refusal = Refusal(
            Code(row["refusal"]),
            tuple(_loaded_blocker(each) for each in facts.get("blockers", [])),
            facts.get("facts", facts),  # other verbs store nothing but these
            facts.get("by"),
            at,
        )
    return RowOutcome(
        outcome=OUTCOME[row["outcome"]],
        student_no=row["student_no"],
        sheet_id=row["sheet_id"],
        name=row["name"],
        item_code=facts.get("item"),
        object_id=row["object_id"],
        before=before.get("status") or before.get("state"),
        after=after.get("status") or after.get("state"),
        refusal=refusal,
        by=None if refusal else facts.get("by"),
        at=None if refusal else at,
        row=facts.get("row"),
        cell=facts.get("cell"),
        newer=facts.get("newer", False),
        ignored=tuple(facts.get("ignored", ())),
        edited=_edited(row["object"], before, after, facts),
    )


def _edited(about: str, before: Mapping[str, Any], after: Mapping[str, Any], facts: Mapping[str, Any]) -> Edited | None:
    """What plain editing in bulk did to the row."""
    if not facts.get("edit"):
        return None
    names, made = facts.get("fields", ()), bool(facts.get("made"))
    held = {} if made else {name: before.get(name) for name in names}
    return Edited(about, held, {name: after.get(name) for name in names}, facts.get("named", ""), made)


def _loaded(value: str | None) -> dict[str, Any]:
    return (orjson.loads(value) if value else None) or {}


def _loaded_blocker(stored: list[str]) -> Blocker:
    code, *texts = stored
    name, whom, contact = (Words(texts[n], texts[n + 1]) for n in (0, 2, 4))
    return Blocker(code, name, whom, contact)
