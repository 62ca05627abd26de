"""The taste of the panel, which metadata cannot say: for each object its place in the menu, columns, filters, ticking.

A missing entry still gives a list and details. Dotted names are fields of the object that a relation leads to.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Ticked(Enum):
    """What a ticked row hands to the bulk page: the field of `Selection`, and the row's column that fills it."""

    SHEETS = ("sheetIds", "id")
    THEIR_SHEETS = ("sheetIds", "sheet.id")
    STUDENTS = ("studentNos", "studentNo")
    ROWS = ("ids", "id")

    @property
    def selection(self) -> str:
        return self.value[0]

    @property
    def column(self) -> str:
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Related:
    """A list that belongs to a row: of which object, by which of its filters, filled from which column of the row.
    `every`: of all batches and states, as the row itself narrows it enough."""

    object: str
    filter: str
    column: str
    every: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One object's taste. `search`: the columns that the search box asks; of an object that the API searches, the
    same as there.
    `batch`: the path to the batch's code, which the current batch fills unless the reader removes it.
    `state`: the path to the sheet's state, which is ACTIVE unless the reader removes that: moved and cancelled sheets
    are nobody's work any more.
    `title`: the column that stands bold, heads the card on phones and leads to the details. `details`: what the
    details show; every field but the bookkeeping when empty. `related`: the lists that the details lead to.
    `telling`: columns of which somebody must read one to find the object worth a place in the menu; with none of them
    its rows are mere names."""

    group: str = "data"
    icon: str = "table"
    order: int = 100
    columns: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    batch: str = ""
    state: str = ""
    title: str = ""
    ticked: Ticked | None = None
    hidden: bool = False
    telling: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()


#: Objects few enough for a select box, and the natural key it sends.
SMALL = {"College": "code", "Department": "code", "Batch": "code", "Item": "code", "Building": "code"}

#: Columns of `search` that hold numbers and codes: digits are looked for at their beginning.
NUMBERS = frozenset({"studentNo", "number", "code", "username", "prefix"})

#: Of no interest to people who look a row up.
BOOKKEEPING = frozenset({"id", "version", "createdAt", "updatedAt"})

#: Fields whose choices are shown as badges: colour, icon and word.
BADGES = frozenset({"status", "state", "outcome"})

ENTRIES: dict[str, Entry] = {
    "Sheet": Entry(
        icon="sheet",
        order=1,
        columns=(
            "student.studentNo",
            "student.name",
            "progress",
            "college",
            "className",
            "leaveType",
            "state",
        ),
        filters=(
            "student.studentNo",
            "student.name",
            "batch.code",
            "college.code",
            "major",
            "className",
            "level",
            "leaveType",
            "state",
        ),
        search=("student.studentNo", "student.name"),
        batch="batch.code",
        state="state",
        title="student.studentNo",
        ticked=Ticked.SHEETS,
    ),
    "Student": Entry(
        icon="student",
        order=2,
        related=(
            Related("Sheet", "student.studentNo", "studentNo", every=True),
            Related("Event", "sheet.student.studentNo", "studentNo"),
        ),
        filters=(
            "studentNo",
            "name",
            "college.code",
            "major",
            "className",
            "level",
            "grade",
            "politicalStatus",
            "enrolmentStatus",
        ),
        search=("studentNo", "name"),
        title="studentNo",
    ),
    "Clearance": Entry(
        icon="bulk",
        order=3,
        columns=("sheet.student.studentNo", "sheet.student.name", "item", "status", "note", "decidedAt", "decidedUser"),
        ticked=Ticked.THEIR_SHEETS,
        filters=(
            "item.code",
            "status",
            "sheet.student.studentNo",
            "sheet.college.code",
            "sheet.className",
            "decidedBy",
            "decidedAt",
            "sheet.batch.code",
            "sheet.state",
        ),
        search=("sheet.student.studentNo", "sheet.student.name"),
        batch="sheet.batch.code",
        state="sheet.state",
        title="sheet.student.studentNo",
    ),
    "Certificate": Entry(
        icon="certificate",
        order=4,
        columns=("sheet.student.studentNo", "sheet.student.name", "kind", "number", "status", "issuedAt", "issuedUser"),
        filters=(
            *("kind", "status", "number", "sheet.student.studentNo", "sheet.college.code"),
            *("sheet.batch.code", "sheet.state"),
        ),
        search=("number", "sheet.student.studentNo", "sheet.student.name"),
        batch="sheet.batch.code",
        state="sheet.state",
        title="sheet.student.studentNo",
    ),
    "Item": Entry(
        icon="item",
        order=5,
        related=(
            Related("Clearance", "item.code", "code"),
            Related("Event", "item.code", "code"),
        ),
        columns=("order", "name", "kind", "department", "handledBy", "prerequisites", "ways"),
        filters=("name", "kind", "handledBy", "department.code", "batch.code"),
        search=("code", "name"),
        batch="batch.code",
        title="name",
    ),
    "Batch": Entry(
        icon="batch",
        order=6,
        filters=("code", "name", "status"),
        search=("code", "name"),
        title="name",
        related=(Related("Sheet", "batch.code", "code"), Related("Item", "batch.code", "code")),
    ),
    "Operation": Entry(
        group="records",
        icon="operation",
        order=1,
        columns=("createdAt", "kind", "actor", "role", "item", "applied", "refused", "state"),
        filters=("kind", "state", "item.code", "actor.username", "createdAt"),
        title="kind",
        details=(
            *("createdAt", "kind", "state", "actor", "role", "batch", "item", "applied", "unchanged", "refused"),
            *("undoOf", "selector", "parameters"),
        ),
    ),
    "Event": Entry(
        group="records",
        icon="event",
        order=2,
        columns=("at", "sheet", "item", "before", "after", "cause", "actor", "role", "operation"),
        filters=("item.code", "sheet.student.studentNo", "cause", "after", "actor.username", "at"),
        title="sheet",
    ),
    "SyncObservation": Entry(group="records", icon="swap", order=3, filters=("source", "settled", "observedAt")),
    "ItemRequest": Entry(
        icon="request",
        order=7,
        columns=("kind", "item", "batch", "department", "reason", "state", "createdAt"),
        filters=("state", "kind", "batch.code", "department.code"),
        title="kind",
    ),
    "College": Entry(
        group="units",
        icon="college",
        order=1,
        filters=("code", "name"),
        search=("code", "name"),
        title="name",
        related=(Related("Sheet", "college.code", "code"),),
    ),
    "Department": Entry(
        *("units", "department", 2), filters=("code", "name", "active"), search=("code", "name"), title="name"
    ),
    "Building": Entry(
        *("units", "building", 3), filters=("code", "name", "houses"), search=("code", "name"), title="name"
    ),
    "User": Entry(
        group="admin",
        icon="account",
        order=1,
        filters=("username", "name", "active"),
        search=("username", "name"),
        title="username",
        telling=("active",),
        related=(
            Related("RoleAssignment", "user.username", "username"),
            Related("Operation", "actor.username", "username"),
            Related("ApiToken", "user.username", "username"),
        ),
    ),
    "RoleAssignment": Entry(
        *("admin", "role", 2),
        filters=("role", "user.username"),
        search=("user.username", "user.name"),
        title="user",
    ),
    "ApiToken": Entry(
        *("admin", "key", 3),
        search=("prefix", "name"),
        columns=("prefix", "user", "role", "name", "items", "expiresAt", "lastUsedAt", "revokedAt"),
        filters=("role", "source", "user.username"),
        title="prefix",
    ),
    "PolicyVersion": Entry(group="admin", icon="lock", order=4, title="number"),
    "Prerequisite": Entry(hidden=True),
    "SavedFilter": Entry(hidden=True),
    "Supervision": Entry(hidden=True),
}
