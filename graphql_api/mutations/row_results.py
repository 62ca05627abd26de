"""One row of an act in the caller's words: as the act answers it, and as its operation is read later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import strawberry

from graphql_api import ids, messages
from graphql_api.blockers import BlockerInfo, blocker_info
from graphql_api.mutations.row_changes import FieldChange, RowKey, Told
from graphql_api.naming import camel
from models.enums import ClearanceStatus, OperationKind, Outcome
from models.rules.refusals import Code, Refusal
from models.rules.results import RowOutcome


@strawberry.type(description="One row of an act; `by` and `at` say who had done it already, or was faster")
class RowResult:
    sheet_id: strawberry.ID | None
    student_no: str
    name: str | None
    item_code: str | None
    row: int | None
    cell: str | None
    column: str | None = strawberry.field(description="Which part of the row is at fault, as its input names it")
    before: ClearanceStatus | None
    after: ClearanceStatus | None
    outcome: Outcome
    code: str | None
    message: str | None
    blockers: list[BlockerInfo]
    by: str | None
    at: datetime | None
    id: strawberry.ID | None = strawberry.field(default=None, description="Of an edit in bulk: the row's global id")
    label: str | None = strawberry.field(default=None, description="Of an edit in bulk: what the row is called")
    changes: list[FieldChange] = strawberry.field(
        default_factory=list, description="Of an edit in bulk: old and new values, as far as the caller reads them"
    )


def row_result(
    row: RowOutcome,
    locale: str,
    kind: OperationKind,
    unpermitted: Mapping[str | None, str],
    edited: Mapping[RowKey, Told] | None = None,
) -> RowResult:
    """A row in the caller's words; those of FORBIDDEN, which name the caller's role, are `unpermitted`, by item.
    `edited`: what there is to say of rows that were edited in bulk."""
    refusal = row.refusal
    message = messages.of_row(row, locale, kind.name)
    told = (edited or {}).get((row.edited.object, row.object_id or 0)) if row.edited is not None else None
    if refusal is not None and refusal.code is Code.FORBIDDEN and "problem" not in refusal.facts:
        message = unpermitted.get(row.item_code, message)
    return RowResult(
        sheet_id=None if row.sheet_id is None else strawberry.ID(ids.encode("Sheet", row.sheet_id)),
        student_no=row.student_no,
        name=row.name,
        item_code=row.item_code,
        row=row.row,
        cell=row.cell,
        column=_column(refusal),
        before=status_called(row.before),
        after=status_called(row.after),
        outcome=row.outcome,
        code=refusal.code.value if refusal else None,
        message=message,
        blockers=[blocker_info(each, locale) for each in refusal.blockers] if refusal else [],
        by=row.by or (refusal.by if refusal else None),
        at=row.at or (refusal.at if refusal else None),
        id=strawberry.ID(ids.encode(told.object, row.object_id)) if told and row.object_id else None,
        label=told.label if told else None,
        changes=told.changes if told else [],
    )


def _column(refusal: Refusal | None) -> str | None:
    facts = refusal.facts if refusal is not None else {}
    named = facts.get("field") or facts.get("argument")
    return camel(str(named)) if named else None


def status_called(name: str | None) -> ClearanceStatus | None:
    """A certificate's or batch's states are no status of a clearance."""
    return ClearanceStatus.__members__.get(name) if name else None
