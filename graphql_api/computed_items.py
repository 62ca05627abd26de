"""What an item is to the caller: whether any clearance of it is his to act on, and how those he sees stand."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_

import strawberry
from tortoise.expressions import Q

from graphql_api.computed import computed
from graphql_api.context import Context
from models.declare import Words
from models.enums import ClearanceStatus
from models.rules.handling import counts_by_status, items_with_any
from policies.access import SMALLEST_GROUP

#: The rights by which somebody acts on a clearance; a note alone is no handling, synchronisation is a machine's.
HANDLING = ("clear", "revoke", "waive", "sign_on_behalf")
WORDS = Words("可办理", "Whether the caller may act on this item's clearances")


@computed("Item", "mayHandle", bool, WORDS)
async def may_handle(item_ids: list[int], context: Context) -> Mapping[int, bool]:
    """Whether any of the caller's rights reaches a clearance of the item; what the rules say of it then is another
    question (`Clearance.moves`)."""
    reached = _reached(context)
    found = set() if reached is None else await items_with_any(reached, item_ids)
    return {item_id: item_id in found for item_id in item_ids}


def _reached(context: Context) -> Q | None:
    """The clearances that any of the rights reaches. Rights over the same rows are one filter: `Access` makes one
    object of them, and each filter is looked up in as many subqueries as it has."""
    filters = {id(rows): rows for action in HANDLING if (rows := context.access.rows("Clearance", action)) is not None}
    return reduce(or_, filters.values()) if filters else None


@strawberry.type(name="Standing", description="办理情况 · How many stand at each status, on sheets in progress")
class StandingInfo:
    """A count is null where it is too small to be told to those who may only count."""

    pending: int | None
    not_required: int | None
    cleared: int | None


STANDING = Words("办理情况", "How many of the clearances that the caller sees, or may count, stand at each status")
COUNTED = ("item", "status")


@computed("Item", "standing", StandingInfo, STANDING)
async def standing(item_ids: list[int], context: Context) -> Mapping[int, StandingInfo | None]:
    """One statement a page of items; null for those who may neither read nor count clearances by item and status."""
    access = context.access
    counting = access.counts_only("Clearance")
    rows = access.rows("Clearance", "aggregate" if counting else "read", COUNTED)
    if rows is None:
        return dict.fromkeys(item_ids)
    smallest = SMALLEST_GROUP if counting else 0

    def told(n: int) -> int | None:
        return n if n == 0 or n >= smallest else None

    counts = await counts_by_status(rows, item_ids)
    return {
        item_id: StandingInfo(
            pending=told(each[ClearanceStatus.PENDING]),
            not_required=told(each[ClearanceStatus.NOT_REQUIRED]),
            cleared=told(each[ClearanceStatus.CLEARED]),
        )
        for item_id, each in counts.items()
    }
