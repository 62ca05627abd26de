"""What single objects ask besides, before a row of theirs is made, changed or deleted by plain editing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tortoise.models import Model

from models.accounts import Session
from models.enums import BatchStatus, ItemKind
from models.organisation import Department
from models.rules.editing_values import Fault, Invalid
from models.rules.loading import load_season
from models.rules.locks import lock_batch
from models.rules.prerequisites import Edge, circle
from models.rules.refusals import Code, Refused
from models.season import Batch, Item, Prerequisite

LARGEST_RANGE = 1_000
"""More numbers than this are no range that anybody has looked at (R17)."""


@dataclass(frozen=True, slots=True)
class Edit:
    """`before`: the row as it is, None when it is made. `after`: its columns as they will be, None when it goes."""

    before: Model | None
    after: Mapping[str, Any] | None

    def column(self, name: str) -> Any:
        """As it will be, or was last."""
        return self.after[name] if self.after is not None else getattr(self.before, name)

    def changes(self, *names: str) -> bool:
        """Whether one of these will be another one than now."""
        return self.after is not None and any(
            self.before is None or self.after.get(name) != getattr(self.before, name) for name in names
        )


Check = Callable[[Edit], Awaitable[None]]


def _bad(argument: str, problem: str, **facts: str | int) -> Invalid:
    return Invalid([Fault(argument, Code.BAD_INPUT, {"problem": problem, **facts})])


async def check_batch(edit: Edit) -> None:
    """An archived batch stays as it is. It closes after it opens, and takes requests before that at the latest (R11).

    Refuses with BATCH_NOT_OPEN, BAD_INPUT.
    """
    if isinstance(edit.before, Batch) and edit.before.status is BatchStatus.ARCHIVED:
        raise Refused(Code.BATCH_NOT_OPEN, argument="id", batch=edit.before.code, status="ARCHIVED")
    if edit.after is None:
        await Session.filter(batch_id=edit.column("id")).update(batch_id=None)
        return
    opens, closes, deadline = (edit.after.get(name) for name in ("opens_at", "closes_at", "request_deadline"))
    if edit.changes("opens_at", "closes_at") and opens and closes and closes <= opens:
        raise _bad("closes_at", "WINDOW_ORDER")
    if edit.changes("opens_at", "request_deadline") and opens and deadline and deadline > opens:
        raise _bad("request_deadline", "DEADLINE_ORDER")
    if edit.changes("range_limit") and not 1 <= edit.after.get("range_limit", 1) <= LARGEST_RANGE:
        raise _bad("range_limit", "NUMBER_RANGE", minimum=1, maximum=LARGEST_RANGE)


async def check_department(edit: Edit) -> None:
    """A closed department that still owns items is answered for by another, which is not closed itself (B19).

    Refuses with BAD_INPUT.
    """
    if edit.after is None:
        return
    successor = edit.after.get("successor_id")
    if edit.changes("successor_id") and successor is not None:
        itself = edit.before is not None and successor == edit.before.pk
        if itself or not await Department.filter(id=successor, active=True).exists():
            raise _bad("successor", "SUCCESSOR_CLOSED")
    if edit.before is None or not edit.changes("active") or edit.after["active"] or successor is not None:
        return
    items = Item.filter(department_id=edit.before.pk, withdrawn_at=None)
    count = await items.exclude(batch__status=BatchStatus.ARCHIVED).count()
    if count:
        raise _bad("successor", "SUCCESSOR_NEEDED", count=count)


async def check_prerequisite(edit: Edit) -> None:
    """Both are items of one batch that is being prepared (invariant 16). Neither a text nor the sign-off comes first,
    and no item waits for itself (invariant 15).

    Refuses with BAD_INPUT. The batch must be locked, see `lock_for`.
    """
    item = await Item.get(id=edit.column("item_id")).select_related("batch")
    if item.batch.status is not BatchStatus.PREPARING:
        raise _bad("item", "FROZEN", batch=item.batch.code)
    if edit.before is not None or edit.after is None:
        return
    season = await load_season(item.batch_id)  # type: ignore[attr-defined]  # the foreign key's own column
    there = {each.id: each for each in season.items.values() if not each.withdrawn}
    first = there.get(edit.after["requires_id"])
    if item.id not in there or first is None or first.kind in (ItemKind.INFO, ItemKind.FINAL):
        raise _bad("requires", "NOT_FIRST")
    edges = [Edge(each.id, other) for each in season.items.values() for other in each.requires]
    found = circle([*edges, Edge(item.id, first.id)])
    if found:
        raise _bad("requires", "CIRCLE", circle=" → ".join(season.items[each].code for each in found))


async def lock_for(model: type[Model], item_id: int | None) -> None:
    """What must be locked before a row of this object is looked at: the batch of a prerequisite's item."""
    if model is not Prerequisite or item_id is None:
        return
    batches = await Item.filter(id=item_id).values_list("batch_id", flat=True)
    for batch_id in batches:
        await lock_batch(int(str(batch_id)), exclusive=True)


CHECKS: Mapping[type[Model], Check] = {
    Batch: check_batch,
    Department: check_department,
    Prerequisite: check_prerequisite,
}
