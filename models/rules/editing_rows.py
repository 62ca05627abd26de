"""One row under the lock of a plain edit: whether it is the caller's to change, still as he saw it, and free to go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tortoise.expressions import Q
from tortoise.models import Model

from models.ledger import Event
from models.rules.refusals import Code, Refused
from models.rules.selection import is_everything

M = TypeVar("M", bound=Model)

#: What follows its row rather than holding it: sessions forget a batch that goes.
FOLLOWERS = frozenset({"Session"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far the caller's right reaches, as filters. `visible`: the rows that he knows of, outside which a row does
    not exist (NOT_FOUND). `permitted`: those that he may change, before and after. `named`: by relation, the rows of
    the other object that he knows of; a relation that is left out may lead anywhere."""

    permitted: Q = field(default_factory=Q)
    visible: Q = field(default_factory=Q)
    named: Mapping[str, Q] = field(default_factory=dict)


Bounded = Callable[[], Awaitable[Bounds]]
"""Asked inside the transaction, after the locks, like `actor.Permit` (B8)."""


async def unbounded() -> Bounds:
    """Of the system itself."""
    return Bounds()


class InUse(Refused):
    """A row that others refer to: how many, by the other object's model."""

    def __init__(self, row: Model, uses: Mapping[type[Model], int]) -> None:
        self.uses = uses
        super().__init__(
            Code.CONFLICT, argument="id", problem="IN_USE", object=type(row).__name__, count=sum(uses.values())
        )


async def locked_row(model: type[M], row_id: int, *, lock: bool = True) -> M:
    """The row, locked until the transaction ends. Refuses with NOT_FOUND."""
    wanted = model.filter(id=row_id)
    row = await (wanted.select_for_update() if lock else wanted).first()
    if row is None:
        raise Refused(Code.NOT_FOUND, argument="id")
    return row


async def require_own(row: Model, bounds: Bounds) -> None:
    """Before a change: NOT_FOUND for a row that the caller does not know of, FORBIDDEN for one that is not his."""
    if not await _within(row, bounds.visible):
        raise Refused(Code.NOT_FOUND, argument="id")
    if not await _within(row, bounds.permitted):
        raise Refused(Code.FORBIDDEN, argument="id", problem="NOT_YOURS")


async def require_kept(row: Model, bounds: Bounds) -> None:
    """After a change: no row is put, or taken, outside of what the caller may change (invariant 14). FORBIDDEN."""
    if not await _within(row, bounds.permitted):
        raise Refused(Code.FORBIDDEN, problem="LEAVES_SCOPE")


async def _within(row: Model, rows: Q) -> bool:
    return is_everything(rows) or await type(row).filter(rows, id=row.pk).exists()


async def require_seen(row: Model, expected_version: int) -> None:
    """Refuses with CONFLICT a row that is not any more as the caller saw it, telling who changed it, and when (B12)."""
    version: int = row.version  # type: ignore[attr-defined]  # every Row has one
    if version == expected_version:
        return
    facts: dict[str, str | int] = {"version": version}
    last = await Event.filter(object=type(row).__name__, object_id=row.pk).order_by("-id").first()
    if last is not None:
        await last.fetch_related("actor")
        facts |= {"by": last.actor.name, "at": last.at.isoformat()} if last.actor else {}
    raise Refused(Code.CONFLICT, argument="expected_version", **facts)


async def require_free(model: type[Model], columns: Mapping[str, Any], row_id: int | None = None) -> None:
    """Refuses with DUPLICATE, naming the field, what another row has already. `columns`: the row as it will be."""
    for names in unique_keys(model):
        key = {name: columns[name] for name in names if columns.get(name) is not None}
        if len(key) == len(names) and await model.filter(**key).exclude(id=row_id or 0).exists():
            field_name = names[-1].removesuffix("_id")
            told = {"value": str(key[names[-1]])} if len(names) == 1 else {}
            raise Refused(Code.DUPLICATE, argument=field_name, field=field_name, **told)


def unique_keys(model: type[Model]) -> list[tuple[str, ...]]:
    """The columns that no two rows share, relations by their key column."""
    found = model._meta.fields_map
    single = [(name,) for name, each in found.items() if each.unique and not each.pk]
    return [*single, *(tuple(_column(found[name], name) for name in names) for names in model._meta.unique_together)]


def _column(declared: Any, name: str) -> str:
    return str(getattr(declared, "source_field", None) or name)


async def require_unused(row: Model) -> None:
    """Refuses with InUse a row that any other refers to, saying how many of which kind."""
    meta = type(row)._meta
    uses: dict[type[Model], int] = {}
    for name in sorted(meta.backward_fk_fields):
        relation: Any = meta.fields_map[name]
        other: type[Model] = relation.related_model
        count = await other.filter(**{relation.relation_field: row.pk}).count()
        if count and other.__name__ not in FOLLOWERS:
            uses[other] = uses.get(other, 0) + count
    if uses:
        raise InUse(row, uses)
