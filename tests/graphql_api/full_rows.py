"""Many rows of every object, with no relation left empty: a page of few asks as many questions as one of many."""

from __future__ import annotations

from datetime import UTC, datetime

from graphql_api.registry import registry
from models import (
    ApiToken,
    Event,
    Item,
    ItemRequest,
    Operation,
    PolicyVersion,
    RoleAssignment,
    SavedFilter,
    Sheet,
    Student,
    SyncObservation,
    User,
    database,
)
from models.enums import OperationKind, RequestKind, Share
from tests import factories as make

MANY = 52
AT = datetime(2026, 6, 20, 8, tzinfo=UTC)


async def make_full_rows() -> None:
    """On an empty, migrated database: MANY rows of each exposed object; call `fill` once all rows are there."""
    place = await make.university()
    for _ in range(MANY):
        await make.college()
        await make.department()
        await make.building()
    people = [await make.user() for _ in range(MANY)]
    for number in range(MANY // 2):
        small = await make.batch(f"20{number:02}-01")
        await make.item(small, "FIRST", place.library, order=1_000_000)  # the first of all is one with prerequisites
        await make.item(small, "SECOND", place.library, after=["FIRST"])
        await make.item(small, "THIRD", place.library, after=["FIRST", "SECOND"])
    for number in range(MANY // 2):
        await make.batch(f"20{number:02}-07")
    season = await make.season(place, "2026-06")
    sheets = await make.crowd(season.batch, MANY, building=place.building)
    for sheet, one in zip(sheets, people, strict=True):
        await make.certificate(sheet)
        await make.supervise(await Student.get(id=sheet.student_id), one)
    await _acts(sheets, people, season["BOOKS"], place)


async def _acts(sheets: list[Sheet], people: list[User], item: Item, place: make.University) -> None:
    owner = {"batch_id": item.batch_id, "department": place.library}
    for number, (sheet, one) in enumerate(zip(sheets, people, strict=True)):
        await RoleAssignment.create(user=one, role="counsellor", college=place.college)
        await ApiToken.create(user=one, role="counsellor", prefix=f"lx_{number}", token_hash=str(number))
        await ItemRequest.create(**owner, item=item, requested_by=one, kind=RequestKind.CHANGE, reason="x")
        operation = await Operation.create(
            kind=OperationKind.SET_CLEARANCES, actor=one, role="operator", item=item, batch_id=item.batch_id
        )
        acted = {"operation": operation, "sheet": sheet, "item": item, "actor": one}
        await Event.create(**acted, object="Clearance", object_id=1, role="operator", at=AT)
        seen = {"item": item, "student_id": sheet.student_id}
        await SyncObservation.create(**seen, source="s", settled=True, observed_at=AT)
        await SavedFilter.create(owner=one, object="Sheet", name=str(number), share=Share.EVERYONE, where={"id": {}})
        await PolicyVersion.create(number=1_000 + number, author=one, body="{}", sha256="x")


async def fill() -> None:
    """Every relation that is still empty leads to some row: the last thing to do."""
    for each in registry():
        for one in each.ones.values():
            [(target,)] = await database.fetch(f"SELECT max(id) FROM {registry()[one.target].table}")
            await database.execute(f"UPDATE {each.table} SET {one.column} = ?1 WHERE {one.column} IS NULL", [target])


async def gaps() -> list[str]:
    """Which object has too few rows, and which relation an empty place."""
    found = []
    for each in registry():
        counts = ", ".join(f"count({one.column})" for one in each.ones.values())
        [(rows, *filled)] = await database.fetch(f"SELECT count(*){', ' if counts else ''}{counts} FROM {each.table}")
        found += [each.name] if rows < MANY - 2 else []
        found += [f"{each.name}.{name}" for name, count in zip(each.ones, filled, strict=True) if count != rows]
    return found
