"""Students as records: made, changed, and imported with their sheets (R18); what follows from a change of facts is part
of the same act: masks, second numbers, the season's copies, and what rules decide anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from tortoise.expressions import Q

from models import database
from models.in_list import in_list
from models.people import Student
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.cells import BadCell
from models.rules.identity import link_people, normalise_number
from models.rules.journal import PRESENT, event, record_edit, short
from models.rules.naming import college_called
from models.rules.person_cells import Person, read_person
from models.rules.reevaluation import re_evaluate
from models.rules.refusals import Code, Refused
from models.rules.results import ActResult
from models.rules.season_copies import refresh_copies
from models.rules.selection import is_everything


async def create_student(
    actor: Actor,
    *,
    college: str,
    values: Mapping[str, object],
    permit: Permit = unrestricted,
    now: datetime | None = None,
) -> int:
    """Makes the record of a student of the college (its code) and gives its id; `values` as for `read_person`.

    Refuses with NOT_FOUND (college, building), BAD_INPUT (the cell at fault), DUPLICATE (the number is taken),
    FORBIDDEN (the record would be outside of what the caller may make).
    """
    person = _read(values, adding=True)

    async def work() -> int:
        reach = await permit()
        college_id = await college_called(college, argument="college")
        columns = {**person.columns, **await _building(person), "college_id": college_id}
        if await Student.exists(student_no=columns["student_no"]):
            raise Refused(Code.DUPLICATE, argument="studentNo", student_no=columns["student_no"])
        made = await Student.create(**columns)
        await require_within([made.id], reach.permitted)
        await link_people([made.id])
        await record_edit(actor, [event("Student", made.id, *short(sorted(person.columns)), after=PRESENT)], _at(now))
        return made.id

    return await database.atomically(work)


async def update_student(
    actor: Actor,
    *,
    student_no: str,
    values: Mapping[str, object],
    college: str | None = None,
    expected_version: int | None = None,
    permit: Permit = unrestricted,
    now: datetime | None = None,
) -> ActResult:
    """Changes what `values` mention, and `college` (转学院). The active sheet of a running season follows with its
    copies, and what rules decided about it is judged anew (B7) as an operation of its own, which is the answer.

    Refuses with NOT_FOUND, CONFLICT (`expected_version`), BAD_INPUT, DUPLICATE (another number is taken, or the person
    would have two active sheets), FORBIDDEN (the record is, or would be, outside of what the caller may change).
    """
    person = _read(values, adding=False)

    async def work() -> ActResult:
        reach = await permit()
        student = await _student(student_no, expected_version)
        await require_within([student.id], reach.permitted)
        wanted = {**person.columns, **await _building(person)}
        if college is not None:
            wanted["college_id"] = await college_called(college, argument="college")
        different = {name: value for name, value in wanted.items() if getattr(student, name) != value}
        if not different:
            return ActResult(None, False, [])
        await _change(student, different, _at(now))
        await require_within([student.id], reach.permitted)
        events = [event("Student", student.id, *short(sorted(different)), before=PRESENT, after=PRESENT)]
        if not {"id_no", "id_type"}.isdisjoint(different):
            await link_people([student.id])
        events += await refresh_copies([student.id], now=_at(now))
        await record_edit(actor, events, _at(now))
        return await re_evaluate(actor, [student.id], now=now)

    return await database.atomically(work)


def _read(values: Mapping[str, object], *, adding: bool) -> Person:
    try:
        return read_person(values, adding=adding)
    except BadCell as bad:
        raise Refused(Code.BAD_INPUT, argument=bad.field, **bad.facts) from bad


async def _student(number: str, expected_version: int | None) -> Student:
    student = await Student.get_or_none(student_no=normalise_number(number))
    if student is None:
        raise Refused(Code.NOT_FOUND, argument="studentNo", student_no=number)
    if expected_version not in (None, student.version):
        raise Refused(Code.CONFLICT, argument="expectedVersion", version=student.version)
    return student


async def _change(student: Student, columns: Mapping[str, Any], now: datetime) -> None:
    number = columns.get("student_no")
    if number is not None and await Student.filter(student_no=number).exclude(id=student.id).exists():
        raise Refused(Code.DUPLICATE, argument="studentNo", student_no=number)
    same = Student.filter(id=student.id, version=student.version)
    if not await same.update(**dict(columns), version=student.version + 1, updated_at=now):
        raise Refused(Code.CONFLICT, argument="expectedVersion")


async def _building(person: Person) -> dict[str, int | None]:
    """The building by code or name; not mentioned: nothing; empty: none."""
    if person.building is None:
        return {}
    if not person.building:
        return {"building_id": None}
    found = await database.fetch("SELECT id FROM building WHERE code = ?1 OR name = ?1 LIMIT 2", [person.building])
    if len(found) != 1:
        raise Refused(Code.NOT_FOUND, argument="building", building=person.building)
    return {"building_id": int(found[0][0])}


async def require_within(student_ids: Collection[int], permitted: Q) -> None:
    """Before a write and after it: a record is neither taken from outside nor put there (invariant 14)."""
    if is_everything(permitted):
        return
    within = await Student.filter(Q(id__in=in_list(student_ids)) & permitted).count()
    if within != len(student_ids):
        raise Refused(Code.FORBIDDEN, argument="student")


def _at(now: datetime | None) -> datetime:
    return now or datetime.now(UTC)
