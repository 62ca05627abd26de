"""What the doors must know of a row before they ask a verb: an id from a code, a name, what an operation was about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Q

from models import database
from models.declare import Words
from models.enums import HandledBy, OperationKind, OperationState, RequestKind
from models.in_list import in_list
from models.ledger import Operation
from models.organisation import College
from models.people import Student
from models.portable_sql import many
from models.rules.loading import HANDLED_BY
from models.rules.refusals import Code, Refused
from models.rules.undoing import UNDOABLE
from models.season import Clearance, ItemRequest


async def college_called(code: str, *, argument: str) -> int:
    """The id of the college with this code; refuses with NOT_FOUND, naming `argument`, when there is none."""
    found = await College.filter(code=code[:16]).values_list("id", flat=True)
    if not found or len(code) > 16:
        raise Refused(Code.NOT_FOUND, argument=argument, college=code[:32])
    return int(str(found[0]))


UNIT_NAMES = """
SELECT 1, id, name, name_en FROM college WHERE id IN LIST(?1)
UNION ALL SELECT 2, id, name, name_en FROM department WHERE id IN LIST(?2)
UNION ALL SELECT 3, id, name, name_en FROM building WHERE id IN LIST(?3) ORDER BY 1, 2
"""


async def department_called(code: str, *, argument: str) -> int:
    """The id of an active department. Refuses with NOT_FOUND, which names `argument`."""
    found = await database.fetch("SELECT id FROM department WHERE code = ?1 AND active", [code])
    if not found:
        raise Refused(Code.NOT_FOUND, argument=argument, department=code)
    return int(found[0][0])


async def department_named(code: str) -> Words:
    """What a department is called."""
    [(name, name_en)] = await database.fetch("SELECT name, name_en FROM department WHERE code = ?1", [code])
    return Words(name, name_en or name)


async def unit_names(
    colleges: Collection[int], departments: Collection[int], buildings: Collection[int]
) -> tuple[Words, ...]:
    """What the units of an acting role are called, in one statement."""
    if not (colleges or departments or buildings):
        return ()
    rows = await database.fetch(UNIT_NAMES, [many(colleges), many(departments), many(buildings)])
    return tuple(Words(name, name_en or name) for _, _, name, name_en in rows)


UNIT_CODES = """
SELECT 'college', code, name, name_en FROM college
UNION ALL SELECT 'department', code, name, name_en FROM department
UNION ALL SELECT 'building', code, name, name_en FROM building ORDER BY 1, 2
"""


async def units_by_code() -> dict[str, dict[str, str]]:
    """The names of all units, in both languages, by kind and code."""
    found: dict[str, dict[str, str]] = {"college": {}, "department": {}, "building": {}}
    for kind, code, name, name_en in await database.fetch(UNIT_CODES):
        found[kind][code] = f"{name} {name_en}"
    return found


@dataclass(frozen=True, slots=True)
class AskedOperation:
    """What an operation was asked to do, for a door that must know which right doing it needs."""

    id: int
    kind: OperationKind
    actor_id: int | None
    parameters: Mapping[str, Any]
    selector: Mapping[str, Any]


async def operation_among(rows: Q, operation_id: int) -> AskedOperation | None:
    """The operation of this number, if it is one of `rows`."""
    found = await Operation.filter(rows, id=operation_id).values_list(
        "id", "kind", "actor_id", "parameters", "selector"
    )
    return AskedOperation(*found[0]) if found else None


@dataclass(frozen=True, slots=True)
class NamedItem:
    """What an item is called, and who handles it: the office that owns it, the college or the supervisors."""

    name: Words
    handled_by: HandledBy
    office: Words


async def items_of(operation_id: int | None, codes: Collection[str | None]) -> dict[str, NamedItem]:
    """Items of the batch in which an operation acted, by code."""
    rows = await database.fetch(ITEMS_OF, [operation_id, many(codes)])
    return {
        code: NamedItem(Words(name, name_en or name), HANDLED_BY[handled_by], Words(office, office_en or office))
        for code, name, name_en, handled_by, office, office_en in rows
    }


ITEMS_OF = """
SELECT item.code, item.name, item.name_en, item.handled_by, department.name, department.name_en
FROM operation JOIN item ON item.batch_id = operation.batch_id JOIN department ON department.id = item.department_id
WHERE operation.id = ?1 AND item.code IN LIST(?2)
"""


async def sheets_with(clearance_ids: Collection[int]) -> list[int]:
    """The sheets on which these clearances stand."""
    rows = await database.fetch("SELECT DISTINCT sheet_id FROM clearance WHERE id IN LIST(?1)", [many(clearance_ids)])
    return [int(sheet_id) for (sheet_id,) in rows]


async def sheets_with_certificates(certificate_ids: Collection[int]) -> list[int]:
    """The sheets to which these certificates belong."""
    rows = await database.fetch(
        "SELECT DISTINCT sheet_id FROM certificate WHERE id IN LIST(?1)", [many(certificate_ids)]
    )
    return [int(sheet_id) for (sheet_id,) in rows]


async def clearances_among(rows: Q, clearance_ids: Collection[int]) -> set[int]:
    """Which of these clearances are of `rows`."""
    asked = Clearance.filter(Q(id__in=in_list(clearance_ids)) & rows)
    return {int(str(each)) for each in await asked.values_list("id", flat=True)}


async def undoable_among(rows: Q, operation_ids: Collection[int]) -> set[int]:
    """Which of these operations are of `rows`, and such as can be undone as a whole."""
    asked = Q(
        id__in=in_list(operation_ids),
        state=OperationState.APPLIED,
        kind__in=[*UNDOABLE, OperationKind.BULK_EDIT, OperationKind.IMPORT_ROWS],
    )
    return {int(str(each)) for each in await Operation.filter(asked & rows).values_list("id", flat=True)}


async def students_of(user_id: int) -> dict[str, int]:
    """The student numbers of somebody's account, with the ids of the students."""
    found = await Student.filter(user_id=user_id).order_by("id").values_list("student_no", "id")
    return {str(number): int(str(student_id)) for number, student_id in found}


async def batch_name(code: str) -> Words:
    """What a batch is called; its code when there is none."""
    found = await database.fetch("SELECT name, name_en FROM batch WHERE code = ?1", [code])
    return Words(found[0][0], found[0][1] or found[0][0]) if found else Words(code, code)


async def college_codes(college_ids: Collection[int]) -> list[str]:
    """The codes of these colleges, in order."""
    rows = await database.fetch("SELECT code FROM college WHERE id IN LIST(?1) ORDER BY code", [many(college_ids)])
    return [str(code) for (code,) in rows]


async def department_codes(department_ids: Collection[int]) -> list[str]:
    """The codes of departments, in the order of their ids."""
    rows = await database.fetch("SELECT code FROM department WHERE id IN LIST(?1) ORDER BY id", [many(department_ids)])
    return [str(code) for (code,) in rows]


@dataclass(frozen=True, slots=True)
class AskedRequest:
    """A request for a change of items, as a door must know it."""

    id: int
    kind: RequestKind


async def request_among(rows: Q, request_id: int) -> AskedRequest | None:
    """The request of this number, if it is one of `rows`."""
    found = await ItemRequest.filter(rows, id=request_id).values_list("id", "kind")
    return AskedRequest(*found[0]) if found else None
