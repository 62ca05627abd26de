"""One row of an act in the caller's words: as the act answers it, and as its operation is read later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import strawberry

from graphql_api import ids, messages
from graphql_api.blockers import BlockerInfo, blocker_info
from graphql_api.mutations.row_changes import FieldChange, RowKey, Told, key_of
from graphql_api.naming import camel
from graphql_api.registry import Column, ToOne, registry
from graphql_api.transfer_wording import field_label
from models.enums import ClearanceStatus, OperationKind, Outcome
from models.rules.refusals import Code, Refusal
from models.rules.results import RowOutcome


@strawberry.type(description="未采用的列 · A column of a file that an import compares and never takes over")
class IgnoredColumn:
    field: str
    label: str


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
    ignored: list[IgnoredColumn] = strawberry.field(
        default_factory=list, description="Of a file: columns that say otherwise than the desk, and change nothing"
    )
    changes: list[FieldChange] = strawberry.field(
        default_factory=list, description="Of an edit in bulk: old and new values, as far as the caller reads them"
    )
    added: bool = strawberry.field(default=False, description="Of a list of rows: whether it makes this row")


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
    message = messages.of_row(_labelled(row), locale, kind.name)
    told = (edited or {}).get(key_of(row))
    if refusal is not None and refusal.code is Code.FORBIDDEN and "problem" not in refusal.facts:
        message = messages.at_cell(unpermitted.get(row.item_code, message or ""), row.cell, locale)
    return RowResult(
        sheet_id=None if row.sheet_id is None else strawberry.ID(ids.encode("Sheet", row.sheet_id)),
        student_no=row.student_no,
        name=row.name,
        item_code=row.item_code,
        row=row.row,
        cell=row.cell,
        column=_column(refusal),
        ignored=[IgnoredColumn(field=camel(name), label=field_label(name, locale)) for name in row.ignored],
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
        added=row.edited is not None and row.edited.made,
    )


def _labelled(row: RowOutcome) -> RowOutcome:
    """A refusal of any object's row names the field as people call it there."""
    named = row.refusal.facts.get("field") if row.refusal is not None else None
    if row.refusal is None or row.edited is None or row.edited.object not in registry() or not named:
        return row
    member = registry()[row.edited.object].members.get(camel(str(named)))
    label: Any = member.note.label if isinstance(member, Column | ToOne) else named
    facts: dict[str, Any] = {**row.refusal.facts, "field": label}
    return replace(row, refusal=replace(row.refusal, facts=facts))


def _column(refusal: Refusal | None) -> str | None:
    facts = refusal.facts if refusal is not None else {}
    named = facts.get("field") or facts.get("argument")
    return camel(str(named)) if named else None


def status_called(name: str | None) -> ClearanceStatus | None:
    """A certificate's or batch's states are no status of a clearance."""
    return ClearanceStatus.__members__.get(name) if name else None
