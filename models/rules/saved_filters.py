"""Saving a filter under a name, changing it and looking it up (B11). Whether its conditions mean anything, and whose
rights they need, is not known here: the door says so through `Fits`."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tortoise.expressions import Q

import models
from models import database
from models.accounts import User
from models.declare import entity_of
from models.enums import Share
from models.rules.actor import Actor
from models.rules.editing_rows import (
    Bounded,
    locked_row,
    require_free,
    require_kept,
    require_own,
    require_seen,
    unbounded,
)
from models.rules.editing_values import Fault, Invalid, read_values
from models.rules.journal import PRESENT, event, record_edit, short
from models.rules.refusals import Code, Refused
from models.saved_filters import SavedFilter

MOST_FILTERS = 200
"""Of one person: more names than anybody finds his way among."""
LARGEST = 16 * 1024
"""Bytes of the conditions, and of the parameters, as JSON."""
MOST_PARAMETERS = 100
JSON_FIELDS = frozenset({"where", "parameters"})

Fits = Callable[[str, Mapping[str, Any]], Awaitable[None]]
"""Asked with the object and the conditions, once the row is known to be the caller's; raises what is wrong."""


async def fits_anything(object_name: str, where: Mapping[str, Any]) -> None:
    """Of the system itself."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What of a saved filter is asked to say whether it can be used."""

    id: int
    owner_id: int
    object: str
    where: Mapping[str, Any] | None


async def create_filter(
    actor: Actor,
    values: Mapping[str, object],
    *,
    bounds: Bounded = unbounded,
    fits: Fits = fits_anything,
    now: datetime | None = None,
) -> int:
    """Saves a filter of the actor's own and gives its id. `values` by field name, as for plain editing.

    Refuses with BAD_INPUT (every field at fault, as `Invalid`; too many filters), DUPLICATE (the name, on this object),
    FORBIDDEN (sharing further than the caller may), and whatever `fits` raises.
    """
    columns = _columns(values, adding=True)
    if actor.user_id is None:
        raise Refused(Code.FORBIDDEN)
    columns |= {"owner_id": actor.user_id, "role": _role(columns.get("share", Share.PRIVATE), actor)}

    async def work() -> int:
        await User.filter(id=actor.user_id).select_for_update().get()  # two of one person would both find room
        reach = await bounds()
        if await SavedFilter.filter(owner_id=actor.user_id).count() >= MOST_FILTERS:
            raise Refused(Code.BAD_INPUT, problem="TOO_MANY_FILTERS", limit=MOST_FILTERS)
        await _fit(fits, columns["object"], columns)
        await _require_free_name(columns)
        row = await SavedFilter.create(**columns)
        await require_kept(row, reach)
        await _record(actor, row, sorted(values), None, PRESENT, now)
        return row.id

    return await database.atomically(work)


async def update_filter(
    actor: Actor,
    row_id: int,
    expected_version: int,
    values: Mapping[str, object],
    *,
    bounds: Bounded = unbounded,
    fits: Fits = fits_anything,
    now: datetime | None = None,
) -> bool:
    """Changes what `values` mention; False when everything was so already. Sharing with a role is with the role that
    the actor acts in.

    Refuses as `create_filter`, and with NOT_FOUND (argument `id`), CONFLICT (who changed it since `expected_version`).
    """
    wanted = _columns(values, adding=False)
    if "share" in wanted:
        wanted["role"] = _role(wanted["share"], actor)

    async def work() -> bool:
        row = await locked_row(SavedFilter, row_id)
        reach = await bounds()
        await require_own(row, reach)
        await require_seen(row, expected_version)
        await _fit(fits, row.object, wanted)
        different = {name: value for name, value in wanted.items() if getattr(row, name) != value}
        if not different:
            return False
        await _require_free_name({"owner_id": _owner(row), "object": row.object, "name": row.name} | wanted, row_id)
        changes = {**different, "version": expected_version + 1, "updated_at": now or datetime.now(UTC)}
        await SavedFilter.filter(id=row_id).update(**changes)
        await require_kept(row, reach)
        await _record(actor, row, sorted(different), PRESENT, PRESENT, now)
        return True

    return await database.atomically(work)


async def stored(ids: Collection[int]) -> list[Stored]:
    """What these filters ask; an unknown id is left out."""
    rows = await SavedFilter.filter(id__in=sorted(ids)).values("id", "owner_id", "object", "where")
    return [Stored(**row) for row in rows]


async def among(ids: Collection[int], rows: Q) -> list[int]:
    """Those of these filters that are among `rows`."""
    return [int(str(each)) for each in await SavedFilter.filter(rows, id__in=sorted(ids)).values_list("id", flat=True)]


def exposed_objects() -> frozenset[str]:
    """The objects that have lists, by their names in the API."""
    return frozenset(model.__name__ for model in models.ALL if entity_of(model).exposed)


def _owner(row: SavedFilter) -> int:
    return int(row.owner_id)  # type: ignore[attr-defined]  # the foreign key's own column


def _role(share: Share, actor: Actor) -> str:
    return actor.role if share is Share.ROLE else ""


async def _require_free_name(columns: Mapping[str, Any], row_id: int | None = None) -> None:
    """Of one person and object. DUPLICATE, with the name."""
    try:
        await require_free(SavedFilter, columns, row_id)
    except Refused as refused:
        raise Refused(refused.refusal.code, argument="name", field="name", value=columns["name"]) from refused


async def _fit(fits: Fits, object_name: str, columns: Mapping[str, Any]) -> None:
    if columns.get("where"):
        await fits(object_name, columns["where"])


# --- reading what was filled in


def _columns(values: Mapping[str, object], *, adding: bool) -> dict[str, Any]:
    """The columns, cleaned. Raises Invalid with everything that is wrong."""
    faults: list[Fault] = []
    columns: dict[str, Any] = {}
    try:
        plain = {name: value for name, value in values.items() if name not in JSON_FIELDS}
        columns |= read_values(SavedFilter, plain, adding=adding).columns
    except Invalid as invalid:
        faults += invalid.faults
    if columns.get("object", "") not in {"", *exposed_objects()}:
        faults.append(_fault("object", "UNKNOWN_OBJECT"))
    if "where" in values:
        columns["where"] = values["where"] or None
        faults += _faults_of_json("where", columns["where"])
    if "parameters" in values:
        columns["parameters"] = values["parameters"] or {}
        faults += _faults_of_json("parameters", columns["parameters"]) or _faults_of_parameters(columns["parameters"])
    if faults:
        raise Invalid(faults)
    return columns


def _faults_of_json(name: str, value: object) -> list[Fault]:
    """JSON that is no object, or larger than anybody writes by hand or by clicking."""
    if value is None:
        return []
    if not isinstance(value, dict):
        return [_fault(name, "NOT_OF_KIND")]
    length = len(json.dumps(value, ensure_ascii=True))
    return [_fault(name, "JSON_TOO_LARGE", length=length, limit=LARGEST)] if length > LARGEST else []


def _faults_of_parameters(parameters: Mapping[str, Any]) -> list[Fault]:
    """The parameters of an address: names with one text each, or several."""
    texts = [*parameters, *(each for value in parameters.values() for each in _several(value))]
    known = len(parameters) <= MOST_PARAMETERS and all(_is_text(each) for each in texts)
    return [] if known else [_fault("parameters", "NOT_OF_KIND")]


def _several(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_text(value: object) -> bool:
    """A text that every database takes: no NUL, and no half of a surrogate pair."""
    return isinstance(value, str) and not any(each == "\0" or "\ud800" <= each <= "\udfff" for each in value)


def _fault(name: str, problem: str, **facts: str | int) -> Fault:
    return Fault(name, Code.BAD_INPUT, {"problem": problem, **facts})


async def _record(
    actor: Actor, row: SavedFilter, changed: list[str], before: str | None, after: str, now: datetime | None
) -> None:
    entry = event("SavedFilter", row.id, *short(changed), before=before, after=after)
    await record_edit(actor, [entry], now or datetime.now(UTC))
