"""Writes what was drawn into the tables, set-based. Every row carries its own id, so the tables must be empty."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models import database
from models.database_url import Dialect
from models.enums import Cause, OperationKind, OperationState, Outcome
from models.rules.identity import mask_id
from seeds.accounts import Account
from seeds.drafts import Sheet
from seeds.ledger import Act, Change
from seeds.people import Person
from seeds.season import Season

NO_CHUNK_LARGER_THAN = 50_000


@dataclass(frozen=True, slots=True)
class Units:
    """The ids of the university's units by their codes."""

    colleges: Mapping[str, int]
    departments: Mapping[str, int]
    buildings: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class StudentRow:
    """`first_number` is the id of the person's first number, None on that one itself; `user` the account, if any."""

    id: int
    person: Person
    first_number: int | None = None
    user: int | None = None

    @property
    def holder(self) -> int:
        return self.first_number or self.id


async def copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Copies rows in chunks: a long list of them is never held twice."""
    chunk: list[Sequence[Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == NO_CHUNK_LARGER_THAN:
            await database.copy_rows(table, columns, chunk)
            chunk = []
    if chunk:
        await database.copy_rows(table, columns, chunk)


SHARED = ("version", "created_at", "updated_at")

# --- accounts and people


async def write_accounts(accounts: Sequence[Account], units: Units, password_hash: str | None, at: datetime) -> None:
    """Accounts with their roles; the password is that of the demonstration accounts."""
    await copy(
        "account",
        ("id", "username", "name", "password_hash", "email", "phone", "active", *SHARED),
        (
            (
                *(each.id, each.username, each.name, password_hash if each.demo else None),
                *(f"{each.username}@jinghu.example", "", each.active, 1, at, at),
            )
            for each in accounts
        ),
    )
    await copy(
        "role_assignment",
        ("user_id", "role", "college_id", "department_id", *SHARED),
        (
            (
                *(account.id, each.role, units.colleges[each.college] if each.college else None),
                *(units.departments[each.department] if each.department else None, 1, at, at),
            )
            for account in accounts
            for each in account.assignments
        ),
    )


STUDENT_COLUMNS = (
    *("id", "student_no", "name", "name_latin", "id_type", "id_no", "id_no_masked", "phone", "gender", "level"),
    *("college_id", "major", "class_name", "grade", "building_id", "room", "political_status", "nationality"),
    *("enrolment_status", "is_resident", "has_loan", "has_advance", "has_medical_debt", "has_gown", "uses_lab"),
    *("hukou_at_school", "archive_at_school", "is_international", "user_id", "person_id", *SHARED),
)


async def write_students(rows: Iterable[StudentRow], units: Units, at: datetime) -> None:
    """The register."""
    await copy("student", STUDENT_COLUMNS, (_student(row, units, at) for row in rows))


def _student(row: StudentRow, units: Units, at: datetime) -> tuple[Any, ...]:
    each = row.person
    return (
        *(row.id, each.student_no, each.name, each.name_latin, each.id_type.value, each.id_no, mask_id(each.id_no)),
        *(each.phone, each.gender.value, each.level.value, units.colleges[each.college], each.major, each.class_name),
        *(each.grade, units.buildings[each.building] if each.building else None, each.room),
        *(each.political_status.value, each.nationality, each.enrolment_status.value, each.is_resident, each.has_loan),
        *(each.has_advance, each.has_medical_debt, each.has_gown, each.uses_lab, each.hukou_at_school),
        *(each.archive_at_school, each.is_international, row.user, row.first_number, 1, at, at),
    )


async def write_supervisions(pairs: Iterable[tuple[int, int]], at: datetime) -> None:
    """Pairs of a student's and a supervisor's id."""
    columns = ("student_id", "supervisor_id", *SHARED)
    await copy("supervision", columns, ((student, account, 1, at, at) for student, account in pairs))


# --- sheets and what stands on them

SHEET_COLUMNS = (
    *("id", "batch_id", "student_id", "leave_type", "state", "origin", "college_id", "major", "class_name", "level"),
    *("building_id", "late_until", "moved_to_id", "holder", "verify_token", *SHARED),
)


async def write_sheets(seasons: Sequence[Season], units: Units) -> None:
    """Sheets of all seasons; a moved one after the one it points to."""
    sheets = [sheet for season in seasons for sheet in season.sheets]
    sheets.sort(key=lambda sheet: sheet.moved_to is not None)
    await copy("sheet", SHEET_COLUMNS, (_sheet(sheet, units) for sheet in sheets))


def _sheet(sheet: Sheet, units: Units) -> tuple[Any, ...]:
    person = sheet.person
    return (
        *(sheet.id, sheet.batch_id, sheet.student_id, person.leave_type.value, sheet.state.value, sheet.origin.value),
        *(units.colleges[person.college], person.major, person.class_name, person.level.value),
        *(units.buildings[person.building] if person.building else None, sheet.late_until, sheet.moved_to),
        *(sheet.holder, sheet.verify_token, sheet.version, sheet.created_at, sheet.updated_at),
    )


CLEARANCE_COLUMNS = (
    *("id", "sheet_id", "item_id", "status", "note", "internal_note", "reason", "hold", "decided_by", "decided_at"),
    *("decided_user_id", "on_behalf_of_id", "prerequisite_reopened", *SHARED),
)


async def write_clearances(sheets: Iterable[Sheet]) -> None:
    """The largest table."""
    await copy("clearance", CLEARANCE_COLUMNS, (row for sheet in sheets for row in _clearances(sheet)))


def _clearances(sheet: Sheet) -> Iterator[tuple[Any, ...]]:
    for each in sheet.clearances.values():
        yield (
            *(each.id, sheet.id, each.item.facts.id, each.status.value, each.note, each.internal_note),
            *(each.reason.value if each.reason else None, each.hold, each.decided_by.value, each.decided_at),
            *(_id(each.decided_user), _id(each.on_behalf_of), each.prerequisite_reopened),
            *(each.version, sheet.created_at, each.updated_at),
        )


def _id(account: Account | None) -> int | None:
    return account.id if account else None


CERTIFICATE_COLUMNS = (
    *("id", "sheet_id", "kind", "number", "status", "printed_at", "issued_at", "issued_user_id", "collection"),
    *("collector_name", "collector_id_last4", "collector_relation", "letter_checked", "wrong_recipient"),
    *("void_reason", *SHARED),
)


async def write_certificates(sheets: Iterable[Sheet]) -> None:
    """A voided one goes before its replacement, in the order in which they came about."""
    await copy("certificate", CERTIFICATE_COLUMNS, (row for sheet in sheets for row in _certificates(sheet)))


def _certificates(sheet: Sheet) -> Iterator[tuple[Any, ...]]:
    for each in sheet.certificates:
        yield (
            *(each.id, sheet.id, each.kind.value, each.number, each.status.value, each.printed_at, each.issued_at),
            *(_id(each.issued_user), each.collection.value if each.collection else None, each.collector_name),
            *(each.collector_id_last4, each.collector_relation, each.letter_checked, each.wrong_recipient),
            *(each.void_reason, each.version, each.created_at, each.updated_at),
        )


# --- the ledger

OPERATION_COLUMNS = (
    *("id", "kind", "state", "actor_id", "role", "batch_id", "item_id", "selector", "parameters", "applied"),
    *("unchanged", "refused", "progress", "finished_at", *SHARED),
)


async def write_operations(acts: Iterable[Act]) -> None:
    """What was done, in the order in which it was done."""
    await copy("operation", OPERATION_COLUMNS, map(_operation, acts))


def _operation(act: Act) -> tuple[Any, ...]:
    cascaded = sum(each.cascaded and each.before != each.after for each in act.changes)
    applied = sum(not each.cascaded for each in act.changes)
    return (
        *(act.id, act.kind.value, OperationState.APPLIED.value, _id(act.actor), act.role, act.batch, act.item),
        *(_json(act.selector or _listed(act)), _json({**act.parameters, "cascaded": cascaded})),
        *(applied, 0, 0, applied, act.at, 1, act.at, act.at),
    )


def _listed(act: Act) -> dict[str, object]:
    """How an act on a list of students remembers them; what a system reported names nobody."""
    if act.kind not in (OperationKind.SET_CLEARANCES, OperationKind.SIGN):
        return {}
    return {"student_nos": [each.student_no for each in act.changes]}


EVENT_COLUMNS = (
    *("id", "operation_id", "object", "object_id", "sheet_id", "item_id", "changed", "before", "after", "cause"),
    *("actor_id", "role", "at"),
)


async def write_events(acts: Iterable[Act]) -> None:
    """One event for each change, numbered in the order of the acts."""
    changes = ((act, change) for act in acts for change in act.changes)
    await copy("event", EVENT_COLUMNS, (_event(n, *each) for n, each in enumerate(changes, start=1)))


def _event(number: int, act: Act, change: Change) -> tuple[Any, ...]:
    cause = Cause.CASCADE if change.cascaded else act.cause
    return (
        *(number, act.id, change.table, change.row_id, change.sheet, change.item, change.columns, change.before),
        *(change.after, cause.value, _id(act.actor), act.role, act.at),
    )


ROW_COLUMNS = (
    *("operation_id", "sheet_id", "object", "object_id", "student_no", "before", "after", "version_after"),
    *("cascaded", "outcome", "refusal", "facts"),
)


async def write_operation_rows(acts: Iterable[Act]) -> None:
    """What undo and "recently handled" need, for the acts that keep rows."""
    kept = ((act, change) for act in acts if act.keeps_rows for change in act.changes)
    await copy("operation_row", ROW_COLUMNS, (_operation_row(*each) for each in kept))


def _operation_row(act: Act, change: Change) -> tuple[Any, ...]:
    before = change.state_before or ({"status": change.before} if change.before else None)
    after = change.state_after or ({"status": change.after} if change.after else None)
    return (
        *(act.id, change.sheet, change.table, change.row_id, change.student_no),
        *(_json(before) if before else None, _json(after) if after else None, change.version, change.cascaded),
        *(Outcome.APPLIED.value, "", _json({"item": change.code}) if change.code else None),
    )


def _json(value: Mapping[str, object]) -> str:
    """JSON columns are given as text: PostgreSQL's driver and SQLite take it alike."""
    return json.dumps(value, ensure_ascii=False)


# --- afterwards

NUMBERED = (*("account", "student", "sheet", "clearance", "certificate", "operation", "event"),)


async def advance_sequences() -> None:
    """PostgreSQL gives the next id out itself and must know that these were taken; SQLite looks for itself."""
    if database.dialect() is not Dialect.POSTGRESQL:
        return
    for table in NUMBERED:
        await database.fetch(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 1)) FROM {table}"  # noqa: S608  # our names
        )
