"""Plain editing: making, changing and deleting one row of an object that has no verbs of its own. Students and items
have verbs, which `editing_by_verbs` calls for a form.

Every act is one transaction with one event and one operation.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tortoise.models import Model

from models import database
from models.rules.actor import Actor
from models.rules.editing_checks import CHECKS, Edit, lock_for
from models.rules.editing_rows import (
    Bounded,
    locked_row,
    require_free,
    require_kept,
    require_own,
    require_seen,
    require_unused,
    unbounded,
)
from models.rules.editing_values import found_rows, read_values
from models.rules.journal import PRESENT, event, record_edit, short
from models.season import Prerequisite

DELETED = "DELETED"


async def create_row(
    actor: Actor,
    model: type[Model],
    values: Mapping[str, object],
    *,
    bounds: Bounded = unbounded,
    now: datetime | None = None,
) -> int:
    """Makes a row and gives its id. `values` by field name: enum members, moments with a zone, relations as Named.

    Refuses with BAD_INPUT (every field at fault, as `Invalid`), NOT_FOUND (a row named), DUPLICATE (the field), what
    `CHECKS` says of the object, FORBIDDEN (the row would stand outside of what the caller may make).
    """
    filled = read_values(model, values, adding=True)

    async def work() -> int:
        reach = await bounds()
        columns = {**filled.columns, **_keys(model, await found_rows(model, filled.named, reach.named))}
        if model in LOCKED:
            await lock_for(model, columns.get("item_id"))
            reach = await bounds()
        await require_free(model, columns)
        await _check(model, Edit(None, columns))
        row = await model.create(**columns)
        await require_kept(row, reach)
        await _record(actor, row, filled.names, None, PRESENT, now)
        return int(row.pk)

    return await database.atomically(work)


async def update_row(
    actor: Actor,
    model: type[Model],
    row_id: int,
    expected_version: int,
    values: Mapping[str, object],
    *,
    bounds: Bounded = unbounded,
    now: datetime | None = None,
) -> bool:
    """Changes what `values` mention; False when everything was so already.

    Refuses as `create_row`, and with NOT_FOUND (argument `id`), CONFLICT (who changed it since `expected_version`).
    """
    filled = read_values(model, values, adding=False)

    async def work() -> bool:
        row = await _locked(model, row_id)
        reach = await bounds()
        await require_own(row, reach)
        await require_seen(row, expected_version)
        wanted = {**filled.columns, **_keys(model, await found_rows(model, filled.named, reach.named))}
        different = {name: value for name, value in wanted.items() if getattr(row, name) != value}
        if not different:
            return False
        after = {**_columns(row), **different}
        await require_free(model, after, row_id)
        await _check(model, Edit(row, after))
        await model.filter(id=row_id).update(**different, version=expected_version + 1, updated_at=_at(now))
        await require_kept(row, reach)
        await _record(actor, row, [name.removesuffix("_id") for name in different], PRESENT, PRESENT, now)
        return True

    return await database.atomically(work)


async def delete_row(
    actor: Actor,
    model: type[Model],
    row_id: int,
    expected_version: int,
    *,
    bounds: Bounded = unbounded,
    now: datetime | None = None,
) -> None:
    """Deletes a row that nothing refers to; its events stay.

    Refuses with NOT_FOUND, FORBIDDEN, CONFLICT (who changed it since `expected_version`), InUse, what `CHECKS` says.
    """

    async def work() -> None:
        row = await _locked(model, row_id)
        await require_own(row, await bounds())
        await require_seen(row, expected_version)
        await require_unused(row)
        await _check(model, Edit(row, None))
        await _record(actor, row, [], PRESENT, DELETED, now)
        await model.filter(id=row_id).delete()

    await database.atomically(work)


#: Objects whose rows are looked at only after something else is locked.
LOCKED = frozenset({Prerequisite})


async def _locked(model: type[Model], row_id: int) -> Model:
    if model in LOCKED:
        row = await locked_row(model, row_id, lock=False)
        await lock_for(model, _columns(row)["item_id"])
    return await locked_row(model, row_id)


async def _check(model: type[Model], edit: Edit) -> None:
    check = CHECKS.get(model)
    if check is not None:
        await check(edit)


def _keys(model: type[Model], found: Mapping[str, int | None]) -> dict[str, int | None]:
    """By the key columns of the relations."""
    return {str(getattr(model._meta.fields_map[name], "source_field", None)): each for name, each in found.items()}


def _columns(row: Model) -> dict[str, Any]:
    """The row's own columns, keys of relations among them."""
    return {name: getattr(row, name) for name in type(row)._meta.db_fields}


async def _record(
    actor: Actor, row: Model, changed: list[str], before: str | None, after: str, now: datetime | None
) -> None:
    item_id = _columns(row).get("item_id")
    entry = event(type(row).__name__, row.pk, *short(changed), before=before, after=after, item_id=item_id)
    await record_edit(actor, [entry], _at(now))


def _at(now: datetime | None) -> datetime:
    return now or datetime.now(UTC)
