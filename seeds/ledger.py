"""The acts of the past as they are written down: operations, their events, and the rows that undo needs.

Acts are collected in any order and numbered by their time, so that operations and events stand in the order in which
they happened. What an act means for a clearance or a certificate is not decided here.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.enums import Cause, OperationKind
from seeds.accounts import Account


@dataclass(slots=True)
class Change:
    """One effective change of one row of `table`; `version` is the row's version after it, `columns` what changed.

    `code` tells the rows of one student apart: an item's code, a certificate's kind. `cascaded`: an effect of the act's
    own change on another row. The states are what an operation's row remembers, if it is kept.
    """

    table: str
    row_id: int
    sheet: int | None
    item: int | None
    before: str | None
    after: str | None
    version: int
    student_no: str = ""
    code: str = ""
    columns: str = "status"
    cascaded: bool = False
    state_before: dict[str, object] | None = None
    state_after: dict[str, object] | None = None


@dataclass(slots=True)
class Act:
    """One operation: everything it changed happened at one moment, by one actor in one role. `keeps_rows`: one row is
    kept for each change, so that the act can be looked at and undone."""

    kind: OperationKind
    at: datetime
    actor: Account | None
    role: str
    batch: int | None
    item: int | None = None
    cause: Cause = Cause.ACT
    selector: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    keeps_rows: bool = False
    id: int = 0


class Ledger:
    """Collects acts; acts of one key are one act."""

    def __init__(self) -> None:
        self._acts: dict[Hashable, Act] = {}

    def act(self, key: Hashable, kind: OperationKind, at: datetime, **columns: Any) -> Act:
        """The act of this key, begun when there is none yet."""
        found = self._acts.get(key)
        if found is None:
            found = self._acts[key] = Act(kind, at, **columns)
        return found

    def numbered(self) -> list[Act]:
        """All acts that changed something, by time, with their ids."""
        acts = sorted((act for act in self._acts.values() if act.changes), key=lambda act: act.at)
        for number, act in enumerate(acts, start=1):
            act.id = number
        return acts
