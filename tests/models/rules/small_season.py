"""A small season for the tests of its rules: functions with defaults, each making one row; nothing is asserted here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from models import (
    Batch,
    Certificate,
    Clearance,
    College,
    Department,
    Item,
    Prerequisite,
    RoleAssignment,
    Sheet,
    Student,
    User,
    database,
)
from models.enums import Gender, ItemKind, Level, OperationKind, OperationState, Outcome
from models.rules.actor import SYSTEM, Actor
from models.rules.counters import recount
from models.rules.recording import Head, start
from models.rules.results import RowOutcome
from models.rules.sheets import NewSheet, make_sheets

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
NUMBERS = count(1)


async def an_actor(username: str = "zhao", role: str = "office") -> Actor:
    """Somebody of the graduation office."""
    user, _ = await User.get_or_create(username=username, defaults={"name": "赵静"})
    return Actor(user.id, user.name, role)


async def a_college(code: str = "15", **columns: Any) -> College:
    columns = {"name": "计算机学院", "office_place": "计算机楼101", "office_phone": "8215"} | columns
    return (await College.get_or_create(code=code, defaults=columns))[0]


async def a_department(code: str = "TSG", **columns: Any) -> Department:
    columns = {"name": "图书馆", "place": "一层服务台", "phone": "8105"} | columns
    return (await Department.get_or_create(code=code, defaults=columns))[0]


async def a_batch(code: str = "2026-06", **columns: Any) -> Batch:
    return await Batch.create(code=code, name=f"{code}批次", **columns)


async def an_item(batch: Batch, code: str, *, after: tuple[Item, ...] = (), **columns: Any) -> Item:
    """An item with everything that opening a batch asks for."""
    defaults: dict[str, Any] = {"name": code, "ways": ["SINGLE", "BULK"], "instruction": "到服务台办理"}
    defaults |= {"order": next(NUMBERS), "department": await a_department()}
    item = await Item.create(batch=batch, code=code, **(defaults | columns))
    for each in after:
        await Prerequisite.create(item=item, requires=each)
    return item


async def five_items(batch: Batch) -> dict[str, Item]:
    """One for all, one for researchers, an optional one, a text, and the final sign-off."""
    return {
        "LIB": await an_item(batch, "LIB"),
        "THESIS": await an_item(batch, "THESIS", applies_to="level in [M, D]"),
        "ALUMNI": await an_item(batch, "ALUMNI", kind=ItemKind.OPTIONAL),
        "NET": await an_item(batch, "NET", kind=ItemKind.INFO, ways=[]),
        "FINAL": await an_item(batch, "FINAL", kind=ItemKind.FINAL),
    }


async def a_student(number: str, **columns: Any) -> Student:
    columns = {"name": f"学生{number}", "gender": Gender.F, "level": Level.UG, "class_name": "计科2201"} | columns
    college = columns.pop("college", None) or await a_college()
    return await Student.create(student_no=number, college=college, **columns)


async def statuses(student_no: str) -> dict[str, str]:
    """What stands on the sheet of this number, by item."""
    rows = (
        await Clearance.filter(sheet__student__student_no=student_no).order_by("item__order").prefetch_related("item")
    )
    return {row.item.code: row.status.name for row in rows}


async def a_certificate(sheet: Sheet, **columns: Any) -> Certificate:
    return await Certificate.create(sheet=sheet, **columns)


async def counters_are_right() -> bool:
    return await recount() == []


def told(row: RowOutcome) -> tuple[str, str, str | None]:
    """A row's number, outcome and refusal, to compare."""
    return row.student_no, row.outcome.name, row.refusal.code.name if row.refusal else None


def applied(*numbers: str) -> list[tuple[str, str, str | None]]:
    """The rows of an act that changed exactly these."""
    return [(number, Outcome.APPLIED.name, None) for number in numbers]


async def staffed(items: Mapping[str, Item]) -> None:
    """Somebody for the department that owns them, and somebody for the college."""
    clerk, _ = await User.get_or_create(username="clerk", defaults={"name": "李敏"})
    await RoleAssignment.create(user=clerk, role="operator", department=await next(iter(items.values())).department)
    await RoleAssignment.create(user=clerk, role="counsellor", college=await a_college())


async def make(batch: Batch, entries: Sequence[NewSheet]) -> tuple[RowOutcome, ...]:
    """Sheets, by the verb that makes them."""
    async with database.transaction():
        head = Head(OperationKind.LOAD_ROSTER, SYSTEM, batch.id)
        operation_id = await start(head, [], OperationState.APPLIED, NOW)
        return await make_sheets(SYSTEM, batch_id=batch.id, entries=entries, operation_id=operation_id, now=NOW)
