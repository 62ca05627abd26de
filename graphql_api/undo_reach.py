"""How far an undo reaches: own acts are undone where one may still act, others' by the right to undo them alone."""

from __future__ import annotations

from functools import reduce
from operator import or_

from tortoise.expressions import Q

from models.rules.actor import Permit, Reach
from policies import store
from policies.access import Access
from policies.caller import Caller
from policies.scopes import EVERYTHING, NOTHING

#: What an undo may put back, whichever of these the operation was: the rights of the item's own people.
HANDLING = ("clear", "revoke", "waive", "note", "sign_on_behalf")


def restoring(caller: Caller, *, everything: bool) -> Permit:
    """`everything`: the operation is another's."""

    async def reach() -> Reach:
        access = await store.access_for_write(caller)
        undoing = access.reach("Operation", "undo")
        return Reach(undoing.visible) if everything else Reach(undoing.visible, _handled(access))

    return reach


def _handled(access: Access) -> Q:
    """The clearances on which the caller may do any of HANDLING."""
    found = [rows for action in HANDLING if (rows := access.rows("Clearance", action)) is not None]
    return EVERYTHING if any(rows is EVERYTHING for rows in found) else reduce(or_, found, NOTHING)
