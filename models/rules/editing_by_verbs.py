"""Plain editing of students and items: a form's values go to the verbs that know what else must follow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from models import database
from models.people import Student
from models.rules import items, people
from models.rules.actor import Actor
from models.rules.editing_rows import (
    Bounded,
    Bounds,
    locked_row,
    require_kept,
    require_own,
    require_seen,
    unbounded,
)
from models.rules.editing_values import Fault, Invalid, found_rows, is_relation, required_fields
from models.rules.locks import lock_batch
from models.rules.refusals import Code
from models.season import Batch, Item


async def create_student(
    actor: Actor, values: Mapping[str, object], *, bounds: Bounded = unbounded, now: datetime | None = None
) -> int:
    """Makes a student's record and gives its id. Refuses as `people.create_student`."""

    async def work() -> int:
        reach = await bounds()
        cells = await _cells(Student, values, reach, adding=True)
        made = await people.create_student(actor, college=cells.pop("college"), values=cells, now=now)
        await require_kept(await Student.get(id=made), reach)
        return made

    return await database.atomically(work)


async def update_student(
    actor: Actor,
    row_id: int,
    expected_version: int,
    values: Mapping[str, object],
    *,
    bounds: Bounded = unbounded,
    now: datetime | None = None,
) -> bool:
    """Changes a student's record with all that follows from it; False when everything was so already. Refuses as
    `people.update_student`."""

    async def work() -> bool:
        student = await locked_row(Student, row_id, lock=False)  # the verb compares the version where it writes
        reach = await bounds()
        await require_own(student, reach)
        await require_seen(student, expected_version)
        cells = await _cells(Student, values, reach, adding=False)
        college = cells.pop("college", None)
        number = student.student_no
        await people.update_student(actor, student_no=number, values=cells, college=college, now=now)
        await require_kept(student, reach)
        return (await Student.get(id=row_id)).version != expected_version

    return await database.atomically(work)


async def create_item(actor: Actor, values: Mapping[str, object], *, bounds: Bounded = unbounded) -> int:
    """Adds an item to a batch that is being prepared and gives its id. Refuses as `items.create_item`."""

    async def work() -> int:
        cells = await _cells(Item, values, await bounds(), adding=True)
        batch = cells.pop("batch")
        await lock_batch((await Batch.get(code=batch)).id, exclusive=True)
        reach = await bounds()
        made = await items.create_item(actor, batch=batch, values=cells)
        row = await Item.get(id=made.item_id)
        await require_kept(row, reach)
        return row.id

    return await database.atomically(work)


async def update_item(
    actor: Actor,
    row_id: int,
    expected_version: int,
    values: Mapping[str, object],
    *,
    bounds: Bounded = unbounded,
) -> bool:
    """Changes an item as far as its batch still lets it be changed; False when everything was so already. Refuses as
    `items.update_item`."""

    async def work() -> bool:
        batch = (await (await locked_row(Item, row_id, lock=False)).batch).code
        await lock_batch((await Batch.get(code=batch)).id, exclusive=True)
        item = await locked_row(Item, row_id)
        reach = await bounds()
        await require_own(item, reach)
        await require_seen(item, expected_version)
        cells = await _cells(Item, values, reach, adding=False)
        await items.update_item(actor, batch=batch, item=item.code, values=cells)
        await require_kept(item, reach)
        return (await Item.get(id=row_id)).version != expected_version

    return await database.atomically(work)


async def _cells(model: type[Model], values: Mapping[str, object], reach: Bounds, *, adding: bool) -> dict[str, Any]:
    """As the verbs read them: enum members by name, other rows by code, an emptied text as an empty one. What a new row
    leaves empty is left out. Raises Invalid for what cannot be empty."""
    required = required_fields(model)
    given = {name: value for name, value in values.items() if not (adding and value is None and name not in required)}
    empty = [name for name, value in given.items() if value is None and not _may_be_empty(model, name)]
    if empty:
        raise Invalid(Fault(name, Code.BAD_INPUT, {"problem": "MISSING"}) for name in sorted(empty))
    named: dict[str, Any] = {name: value for name, value in given.items() if is_relation(model, name)}
    found = await found_rows(model, named, reach.named)
    cells = {name: _cell(value) for name, value in given.items() if name not in named}
    return {**cells, **{name: await _code(model, name, row_id) for name, row_id in found.items()}}


def _may_be_empty(model: type[Model], name: str) -> bool:
    column = model._meta.fields_map[name]
    return bool(column.null) or (column.default == "" and isinstance(column, fields.CharField | fields.TextField))


def _cell(value: object) -> object:
    if isinstance(value, list):
        return [_cell(each) for each in value]
    return "" if value is None else value.name if isinstance(value, Enum) else value


async def _code(model: type[Model], name: str, row_id: int | None) -> str:
    target: type[Model] = model._meta.fields_map[name].related_model  # type: ignore[attr-defined]  # a foreign key's
    if row_id is None:
        return ""
    [code] = await target.filter(id=row_id).values_list("code", flat=True)
    return str(code)
