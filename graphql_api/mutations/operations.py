"""Applying what a dry run showed, undoing what was done, giving up a dry run (B1)."""

from __future__ import annotations

import strawberry

from graphql_api.context import Context, Info
from graphql_api.errors import not_found
from graphql_api.going_on import to_its_end
from graphql_api.mutations import long_acts, plain_bulk, row_imports
from graphql_api.mutations.clearances import ACTIONS
from graphql_api.mutations.options import local_id
from graphql_api.mutations.outcomes import OperationResult, asks_for_rows, carried_out, told, under_way
from graphql_api.mutations.row_results import status_called
from graphql_api.rights import require
from graphql_api.undo_reach import restoring
from graphql_api.values import bad
from models.enums import OperationKind, Way
from models.rules import naming, operations, roster
from models.rules.actor import Actor, Permit
from models.rules.naming import AskedOperation
from models.rules.results import ActResult
from models.rules.sheet_previews import verb_of

LONGEST_WAIT = 60.0  # seconds


async def apply_operation(
    info: Info,
    id: strawberry.ID,  # noqa: A002  # the contract's argument
    confirmed_count: int | None = None,
    wait_seconds: float | None = None,
) -> OperationResult:
    """确认提交 · Applies the very rows that one's own dry run showed, by the rights of this moment, once: again gives
    the answer of then. It goes on to its end whoever stops waiting.

    `confirmedCount`: how many rows will change, typed in; needed for a whole filter that changes more than the batch's
    range limit. `waitSeconds`: when it has not ended by then, the answer is that it is under way, and its operation
    tells how far it is.
    """
    wait, asked = patience(wait_seconds), await _operation(info.context, id, "read")
    if asked.kind is OperationKind.BULK_EDIT:
        return await plain_bulk.apply_edit(info, asked)
    if asked.kind is OperationKind.IMPORT_ROWS:
        return await row_imports.apply_import(info, asked)
    object_name, *actions = _needed(asked)
    permit = await require(info.context, object_name, *actions)
    if await long_acts.applies_as_job(asked):
        return await long_acts.applied(info, asked, (object_name, actions[0]), wait)
    caller, with_rows = info.context.caller, asks_for_rows(info)
    act = _applying(caller.actor, asked, permit, confirmed_count, with_rows=with_rows)
    key = ("apply", asked.id, caller.user_id, caller.role, confirmed_count, with_rows)
    done = await to_its_end(key, act, wait)
    if done is None:
        return under_way(asked.id, asked.kind, info.context.locale)
    return await told(info, asked.kind, done, (object_name, actions[0]))


async def _applying(
    actor: Actor, asked: AskedOperation, permit: Permit, confirmed_count: int | None, *, with_rows: bool
) -> ActResult:
    if asked.kind is OperationKind.LOAD_ROSTER:
        return await roster.apply_roster(actor, asked.id, permit=permit)
    return await operations.apply_operation(
        actor, asked.id, permit=permit, confirmed_count=confirmed_count, with_rows=with_rows
    )


def _needed(asked: AskedOperation) -> tuple[str, ...]:
    """The object and the actions that doing it at once would have needed."""
    if asked.kind is OperationKind.LOAD_ROSTER:
        return ("Batch", "load_roster")
    if asked.kind is OperationKind.IMPORT_CERTIFICATES:
        return ("Certificate", "import")
    if asked.kind in (OperationKind.MOVE_SHEETS, OperationKind.CANCEL_SHEET, OperationKind.EDIT):
        return ("Sheet", verb_of(asked.kind, asked.parameters))
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


async def undo_operation(
    info: Info,
    id: strawberry.ID,  # noqa: A002  # the contract's argument
    dry_run: bool = False,
    wait_seconds: float | None = None,
) -> OperationResult:
    """撤回本次操作 · Restores the rows that are still as the operation left them, and lists the others.

    `waitSeconds`: when it has not ended by then, the answer is that it is under way; it is UNDONE when it has.
    """
    await require(info.context, "Operation", "undo")
    wait, asked = patience(wait_seconds), await _operation(info.context, id, "undo")
    if asked.kind is OperationKind.BULK_EDIT:
        return await plain_bulk.undo_edit(info, asked, dry_run=dry_run)
    if asked.kind is OperationKind.IMPORT_ROWS:
        return await row_imports.undo_import(info, asked, dry_run=dry_run)
    own = asked.actor_id == info.context.caller.user_id
    if not dry_run and await long_acts.undoes_as_job(asked):
        return await long_acts.undone(info, asked, wait, others=not own)
    caller = info.context.caller
    act = operations.undo_operation(
        caller.actor,
        asked.id,
        permit=restoring(info.context.caller, everything=not own),
        dry_run=dry_run,
        others=not own,
    )
    right = ("Clearance", "revoke")
    if dry_run:
        return await carried_out(info, OperationKind.UNDO, act, right)
    done = await to_its_end(("undo", asked.id, caller.user_id, caller.role), act, wait)
    if done is None:
        return under_way(asked.id, OperationKind.UNDO, info.context.locale)
    return await told(info, OperationKind.UNDO, done, right)


async def cancel_operation(info: Info, id: strawberry.ID) -> bool:  # noqa: A002
    """Gives up one's own dry run. While it is being applied, that is stopped and everything taken back; what has ended
    already stays, and CONFLICT says so."""
    asked = await _operation(info.context, id, "read")
    await operations.cancel_operation(info.context.caller.actor, asked.id)
    return True


def patience(seconds: float | None) -> float | None:
    """For how long to wait; None: for as long as it takes. BAD_INPUT for what is no time."""
    if seconds is not None and not 0 <= seconds <= LONGEST_WAIT:
        raise bad(("waitSeconds",), "OUT_OF_RANGE", minimum=0, maximum=int(LONGEST_WAIT))
    return seconds


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
