"""Every way in which an act can be refused, with the facts that explain it. The words are chosen by the doors.

A refusal concerns one row and is an answer; `Refused` stops a whole act (an unknown item, a range too large).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from models.declare import Words


class Code(str, Enum):  # noqa: UP042  # StrEnum would print the bare value where reprs should show the member
    """The codes that other programs rely on; the API gives them as they stand."""

    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    BAD_INPUT = "BAD_INPUT"
    CONFLICT = "CONFLICT"
    DUPLICATE = "DUPLICATE"
    IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH"
    BATCH_NOT_OPEN = "BATCH_NOT_OPEN"
    SHEET_NOT_ACTIVE = "SHEET_NOT_ACTIVE"
    BLOCKED = "BLOCKED"
    PREREQUISITE = "PREREQUISITE"
    FINAL_MUST_BE_CLEARED = "FINAL_MUST_BE_CLEARED"
    NEVER_PENDING = "NEVER_PENDING"
    ALREADY_ISSUED = "ALREADY_ISSUED"
    NOT_ENTITLED = "NOT_ENTITLED"
    NO_NUMBER = "NO_NUMBER"
    NOT_PRINTED = "NOT_PRINTED"
    RANGE_TOO_LARGE = "RANGE_TOO_LARGE"
    WAY_NOT_ALLOWED = "WAY_NOT_ALLOWED"
    DEADLINE_PASSED = "DEADLINE_PASSED"
    NO_STUDENT_STATUS = "NO_STUDENT_STATUS"
    STALE_ROW = "STALE_ROW"
    ROW_MISMATCH = "ROW_MISMATCH"
    REASON_REQUIRED = "REASON_REQUIRED"
    MANUAL_DECISION = "MANUAL_DECISION"
    COUNT_CONFIRMATION = "COUNT_CONFIRMATION"


@dataclass(frozen=True, slots=True)
class Blocker:
    """An item that is still needed, and whom to ask (B4): the department, the own college, or the supervisor."""

    item_code: str
    item_name: Words
    whom: Words
    contact: Words


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not. `facts` holds what the message of this code needs, by name; `by` and `at` tell who was faster."""

    code: Code
    blockers: tuple[Blocker, ...] = ()
    facts: Mapping[str, str | int] = field(default_factory=dict)
    by: str | None = None
    at: datetime | None = None


class Refused(Exception):
    """The whole act is refused; nothing was written. `argument` names the input that is at fault, when one is."""

    def __init__(self, code: Code, *, argument: str | None = None, **facts: str | int) -> None:
        super().__init__(code.value)
        self.refusal = Refusal(code, facts=facts)
        self.argument = argument
