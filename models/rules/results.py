"""What an act answers: one outcome per row, and their sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.enums import Outcome
from models.rules.refusals import Code, Refusal

#: Refused because the thing is not the caller's to see or to change.
UNTOLD = (Code.FORBIDDEN, Code.NOT_FOUND)


@dataclass(frozen=True, slots=True)
class Edited:
    """A row of `object` in a plain edit of many; `before` and `after`: the columns that change, as they are kept with
    the operation, and none where nothing does. `named`: the key of a row that a list is about; `made`: it is new."""

    object: str
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    named: str = ""
    made: bool = False


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of one row. `before` and `after` are status names; `by` and `at` say who had done it already when the
    outcome is UNCHANGED. `row` and `cell` point into the file or list that the row came from.
    `newer`: the row was a report, and a newer one of `by` from `at` was there already. `ignored`: the columns of the
    file that say otherwise than the desk and change nothing (R15).

    A row refused with FORBIDDEN or NOT_FOUND holds nothing of the thing's state, whatever it is made with: a dry run
    would else read to anybody what he may not see, and the operation would keep it (R10, invariant 14).
    """

    outcome: Outcome
    student_no: str
    sheet_id: int | None = None
    name: str | None = None
    item_code: str | None = None
    object_id: int | None = None
    before: str | None = None
    after: str | None = None
    refusal: Refusal | None = None
    by: str | None = None
    at: datetime | None = None
    row: int | None = None
    cell: str | None = None
    newer: bool = False
    edited: Edited | None = None
    ignored: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.refusal is None or self.refusal.code not in UNTOLD:
            return
        for name in ("before", "after", "by", "at"):
            object.__setattr__(self, name, None)
        object.__setattr__(self, "ignored", ())
        object.__setattr__(self, "refusal", Refusal(self.refusal.code, facts=self.refusal.facts))


@dataclass(frozen=True, slots=True)
class ActResult:
    """An operation's answer. `cascaded` counts what the act re-opened besides (院系离校 of 3 people); `sums` stand for
    rows that were not read back."""

    operation_id: int | None
    dry_run: bool
    rows: Sequence[RowOutcome]
    cascaded: int = 0
    sums: Mapping[Outcome, int] | None = None

    def count(self, outcome: Outcome) -> int:
        return (Counter(row.outcome for row in self.rows) if self.sums is None else self.sums).get(outcome, 0)
