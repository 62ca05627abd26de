"""Applying what a dry run showed, undoing what was done, giving up a dry run (B1)."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import reduce
from operator import or_

import strawberry
from tortoise.expressions import Q

from graphql_api.context import Context, Info
from graphql_api.errors import not_found
from graphql_api.mutations.clearances import ACTIONS
from graphql_api.mutations.options import local_id
from graphql_api.mutations.outcomes import OperationResult, carried_out, status_called
from graphql_api.rights import require
from models.enums import OperationKind, Way
from models.rules import naming, operations, roster
from models.rules.actor import Permit, Reach
from models.rules.naming import AskedOperation
from models.rules.results import ActResult
from policies import store
from policies.access import Access
from policies.scopes import EVERYTHING, NOTHING

#: What an undo may put back, whichever of these the operation was: the rights of the item's own people.
HANDLING = ("clear", "revoke", "waive", "note", "sign_on_behalf")


async def apply_operation(info: Info, id: strawberry.ID) -> OperationResult:  # noqa: A002  # the contract's argument
    """确认提交 · Applies the very rows that one's own dry run showed, by the rights of this moment."""
    asked = await _operation(info.context, id, "read")
    object_name, *actions = _needed(asked)
    permit = await require(info.context, object_name, *actions)
    return await carried_out(info, asked.kind, _applying(info.context, asked, permit), (object_name, actions[0]))


def _applying(context: Context, asked: AskedOperation, permit: Permit) -> Awaitable[ActResult]:
    actor = context.caller.actor
    if asked.kind is OperationKind.LOAD_ROSTER:
        return roster.apply_roster(actor, asked.id, permit=permit)
    return operations.apply_operation(actor, asked.id, permit=permit)


def _needed(asked: AskedOperation) -> tuple[str, ...]:
    """The object and the actions that doing it at once would have needed."""
    if asked.kind is OperationKind.LOAD_ROSTER:
        return ("Batch", "load_roster")
    if asked.kind is OperationKind.IMPORT_CERTIFICATES:
        return ("Certificate", "import")
    way = asked.parameters.get("way")
    if way in (Way.IMPORT.value, Way.SYNC.value):
        return ("Clearance", "import" if way == Way.IMPORT.value else "sync")
    whole = "filter" in asked.selector or "all_except" in asked.selector
    if asked.kind is OperationKind.ISSUE:
        single = len(asked.selector.get("sheets") or asked.selector.get("student_nos") or ()) == 1
        return ("Certificate", "issue") if single else ("Certificate", "issue", "bulk_issue")
    behalf = "on_behalf_of" in asked.parameters
    one = "sign_on_behalf" if behalf else ACTIONS[status_called(asked.parameters.get("status"))]
    bulk = () if way == Way.SINGLE.value else ("bulk",)
    return ("Clearance", one, *bulk, *(("bulk_filter",) if whole else ()))


async def undo_operation(info: Info, id: strawberry.ID, dry_run: bool = False) -> OperationResult:  # noqa: A002
    """撤回本次操作 · Restores the rows that are still as the operation left them, and lists the others."""
    await require(info.context, "Operation", "undo")
    asked = await _operation(info.context, id, "undo")
    own = asked.actor_id == info.context.caller.user_id
    act = operations.undo_operation(
        info.context.caller.actor,
        asked.id,
        permit=_restoring(info.context, everything=not own),
        dry_run=dry_run,
        others=not own,
    )
    return await carried_out(info, OperationKind.UNDO, act, ("Clearance", "revoke"))


def _restoring(context: Context, *, everything: bool) -> Permit:
    """Own acts are undone where one may still act; others' by the right to undo them alone."""
    caller = context.caller

    async def reach() -> Reach:
        access = await store.access_for_write(caller)
        undoing = access.reach("Operation", "undo")
        return Reach(undoing.visible) if everything else Reach(undoing.visible, _handled(access))

    return reach


def _handled(access: Access) -> Q:
    """The clearances on which the caller may do any of HANDLING."""
    found = [rows for action in HANDLING if (rows := access.rows("Clearance", action)) is not None]
    return EVERYTHING if any(rows is EVERYTHING for rows in found) else reduce(or_, found, NOTHING)


async def cancel_operation(info: Info, id: strawberry.ID) -> bool:  # noqa: A002
    """Gives up one's own dry run."""
    asked = await _operation(info.context, id, "read")
    await operations.cancel_operation(info.context.caller.actor, asked.id)
    return True


async def _operation(context: Context, text: str, action: str) -> AskedOperation:
    """The operation that an id names, among those on which the caller may do `action`; NOT_FOUND otherwise."""
    rows, number = context.access.rows("Operation", action), local_id("Operation", text)
    found = None if rows is None or number is None else await naming.operation_among(rows, number)
    if found is None:
        raise not_found("id")
    return found


FIELDS = {
    "apply_operation": apply_operation,
    "undo_operation": undo_operation,
    "cancel_operation": cancel_operation,
}
