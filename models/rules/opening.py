"""Whether a batch may open (R27): what is missing, item by item, so that nobody meets a red item that leads nowhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from models import database
from models.declare import Words
from models.enums import HandledBy, ItemKind
from models.portable_sql import many
from models.rules.applicability import Condition, ConditionError
from models.rules.loading import HANDLED_BY, KIND, batch_id_of, records
from models.rules.prerequisites import Edge, circle


class Lack(Enum):
    """What an item, or the batch, lacks."""

    NO_ITEMS = Words("本批次还没有环节", "The batch has no items")
    NO_OWNER = Words("主管部门已撤销且无承接部门", "The owner is closed and has no successor")
    NO_INSTRUCTION = Words("没有办理说明", "No instruction")
    NO_CONTACT = Words("没有办理地点或电话", "Neither place nor telephone")
    NO_OPERATOR = Words("没有在用的办理人员", "Nobody with an active account handles it")
    CIRCLE = Words("前置环节互相等待", "The prerequisites wait for each other")
    BAD_CONDITION = Words("适用对象写法有误", "The condition cannot be read")
    TWO_FINALS = Words("院系离校环节多于一个", "More than one final sign-off")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to put right. `unit`: the college it is true of. `facts`: what a message needs besides."""

    lack: Lack
    item_code: str = ""
    item_name: Words = field(default_factory=lambda: Words("", ""))
    unit: Words = field(default_factory=lambda: Words("", ""))
    facts: Mapping[str, str | int] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join(part for part in (self.item_code, self.lack.name, self.unit.zh) if part)


Handlers = Mapping[HandledBy, Collection[str]]


async def opening_check(
    batch: str, *, handlers: Handlers | None = None, now: datetime | None = None
) -> tuple[Finding, ...]:
    """Everything that keeps the batch from opening, in the order of its items; empty when it may open.

    `handlers`: which roles handle the items of a department, of a college, and of supervisors (for these the college's
    graduate secretary). Without it any assignment to the unit will do; the rules do not know what a role may. Refuses
    with NOT_FOUND an unknown batch. Five statements.
    """
    batch_id = await batch_id_of(batch)
    items = await records(ITEMS, [batch_id])
    offices = await _offices(batch_id)
    staff = await _staff(handlers, now or datetime.now(UTC))
    found = [] if items else [Finding(Lack.NO_ITEMS)]
    for item in items:
        found += _lacks_of(item, offices, staff)
    found += _finals(items)
    return (*found, *await _circles(items))


ITEMS = """
SELECT item.id, item.code, item.name, item.name_en, item.kind, item.handled_by, item.applies_to, item.instruction,
    item.place, office.id AS office, office.place AS office_place, office.phone AS office_phone, office.active
FROM item JOIN department AS owner ON owner.id = item.department_id
JOIN department AS office
    ON office.id = CASE WHEN owner.active THEN owner.id ELSE coalesce(owner.successor_id, owner.id) END
WHERE item.batch_id = ?1 AND item.withdrawn_at IS NULL ORDER BY item."order", item.id
"""


@dataclass(frozen=True, slots=True)
class Office:
    """A college that takes part in the batch."""

    id: int
    name: Words
    office_contact: str
    secretary_contact: str


async def _offices(batch_id: int) -> list[Office]:
    """The colleges with sheets in the batch; as long as there are none, all that are in use."""
    rows = await database.fetch(COLLEGES, [batch_id])
    present = [row for row in rows if row[6]] or rows
    return [
        Office(row[0], Words(row[1], row[2] or row[1]), f"{row[3]}{row[4]}".strip(), row[5].strip()) for row in present
    ]


COLLEGES = """
SELECT id, name, name_en, office_place, office_phone, secretary_phone,
    EXISTS (SELECT 1 FROM sheet WHERE sheet.batch_id = ?1 AND sheet.college_id = college.id)
FROM college WHERE active ORDER BY code
"""


@dataclass(frozen=True, slots=True)
class Staff:
    """The units for which somebody with an active account holds a fitting role now, by who handles."""

    departments: Mapping[HandledBy, set[int]]
    colleges: Mapping[HandledBy, set[int]]


async def _staff(handlers: Handlers | None, now: datetime) -> Staff:
    staff = Staff(defaultdict(set), defaultdict(set))
    for role, department_id, college_id in await database.fetch(STAFF, [now]):
        for by in HandledBy:
            if handlers is None or role in handlers.get(by, ()):
                staff.departments[by].add(department_id)
                staff.colleges[by].add(college_id)
    return staff


STAFF = """
SELECT DISTINCT role, department_id, college_id FROM role_assignment JOIN account ON account.id = user_id
WHERE account.active AND (valid_from IS NULL OR valid_from <= ?1) AND (valid_until IS NULL OR valid_until > ?1)
    AND (department_id IS NOT NULL OR college_id IS NOT NULL)
"""


# --- one item


def _lacks_of(item: Mapping[str, Any], offices: Iterable[Office], staff: Staff) -> list[Finding]:
    about = {"item_code": item["code"], "item_name": Words(item["name"], item["name_en"] or item["name"])}
    lacks = [Finding(lack, **about) for lack in _own_lacks(item)]
    try:
        Condition.parse(item["applies_to"])
    except ConditionError as error:
        lacks.append(Finding(Lack.BAD_CONDITION, **about, facts={"value": item["applies_to"], **error.facts}))
    by = HANDLED_BY[item["handled_by"]]
    if KIND[item["kind"]] is ItemKind.INFO:
        return lacks
    if by is HandledBy.DEPARTMENT:
        contact = item["place"] or item["office_place"] or item["office_phone"]
        return lacks + _unhandled(about, contact, item["office"] in staff.departments[by], Words("", ""))
    for office in offices:
        contact = office.secretary_contact if by is HandledBy.SUPERVISOR else office.office_contact
        lacks += _unhandled(about, contact, office.id in staff.colleges[by], office.name)
    return lacks


def _own_lacks(item: Mapping[str, Any]) -> Iterable[Lack]:
    if not item["active"]:
        yield Lack.NO_OWNER
    if not item["instruction"].strip():
        yield Lack.NO_INSTRUCTION


def _unhandled(about: Mapping[str, Any], contact: str, handled: bool, unit: Words) -> list[Finding]:
    lacks = [] if contact.strip() else [Lack.NO_CONTACT]
    lacks += [] if handled else [Lack.NO_OPERATOR]
    return [Finding(lack, **about, unit=unit) for lack in lacks]


# --- the items together


def _finals(items: Iterable[Mapping[str, Any]]) -> list[Finding]:
    finals = [item["code"] for item in items if KIND[item["kind"]] is ItemKind.FINAL]
    return [Finding(Lack.TWO_FINALS, code) for code in finals[1:]]


async def _circles(items: Iterable[Mapping[str, Any]]) -> list[Finding]:
    codes = {item["id"]: item["code"] for item in items}
    rows = await database.fetch(EDGES, [many(codes)])
    found = circle([Edge(item_id, requires_id) for item_id, requires_id in rows])
    if not found:
        return []
    return [Finding(Lack.CIRCLE, codes[found[0]], facts={"circle": " → ".join(codes[each] for each in found)})]


EDGES = (
    "SELECT item_id, requires_id FROM prerequisite WHERE item_id IN LIST(?1) AND requires_id IN LIST(?1) ORDER BY id"
)
