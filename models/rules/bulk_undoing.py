"""撤回 of plain editing in bulk: every row gets back what it held, as long as it is still as the operation left it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tortoise.models import Model

from models import database
from models.enums import Cause, OperationKind, OperationState, Outcome
from models.rules.actor import Actor
from models.rules.bulk_editing import entry_of, written
from models.rules.bulk_writing import Wish, Work, lock_rows
from models.rules.editing_rows import Bounded, unbounded
from models.rules.loading import records
from models.rules.recording import Head, claim_state, put_down, store_preview
from models.rules.refusals import Code, Refused
from models.rules.results import ActResult


async def undo_edit(
    actor: Actor,
    model: type[Model],
    operation_id: int,
    *,
    bounds: Bounded = unbounded,
    dry_run: bool = False,
    others: bool = False,
    now: datetime | None = None,
) -> ActResult:
    """Puts back what the rows held. Own operations; with `others` (the door asks the policy) anybody's.

    A row is refused with STALE_ROW (changed since, with who and when; invariant 12), and as in `update_rows`. What
    followed from the edit follows back, by the same rules. The operation becomes UNDONE when at least one row was put
    back. Refuses the whole act with NOT_FOUND, FORBIDDEN (another's), CONFLICT (not an edit in bulk, or not APPLIED).
    """
    at = now or datetime.now(UTC)

    async def work() -> ActResult:
        await require_undoable(actor, operation_id, OperationKind.BULK_EDIT, others=others)
        if not dry_run and not await claim_state(operation_id, OperationState.APPLIED, OperationState.UNDONE):
            raise Refused(Code.CONFLICT, argument="id")
        wishes = [_back(row) for row in await records(ROWS, [operation_id])]
        if not dry_run:
            await lock_rows(model, [wish.row_id for wish in wishes])
        task = Work(model, wishes, await bounds(), at, dry_run)
        rows = [entry_of(model, each) for each in await task.decide()]
        asked = {"object": model.__name__}
        selector = {"operation": operation_id}
        head = Head(OperationKind.UNDO, actor, selector=selector, parameters=asked, undo_of=operation_id)
        outcomes = [row.outcome for row in rows]
        if dry_run:
            return ActResult(await store_preview(head, rows, rows, at), True, outcomes)
        undoing = await put_down(head, rows, OperationState.APPLIED, at)
        if all(each.outcome is not Outcome.APPLIED for each in outcomes):  # the operation stands as it stood
            await claim_state(operation_id, OperationState.UNDONE, OperationState.APPLIED)
        return ActResult(undoing, False, outcomes, await written(actor, task, undoing, Cause.UNDO))

    return await (work() if dry_run else database.atomically(work))


async def require_undoable(actor: Actor, operation_id: int, wanted: OperationKind, *, others: bool) -> None:
    """Refuses with NOT_FOUND, FORBIDDEN (another's), CONFLICT (of another kind than `wanted`, or not APPLIED)."""
    rows = await database.fetch("SELECT kind, state, actor_id FROM operation WHERE id = ?1", [operation_id])
    if not rows:
        raise Refused(Code.NOT_FOUND, argument="id")
    [(kind, state, actor_id)] = rows
    if not others and actor_id != actor.user_id:
        raise Refused(Code.FORBIDDEN, argument="id")
    if kind != wanted.value:
        raise Refused(Code.CONFLICT, argument="id", kind=kind)
    if state != OperationState.APPLIED.value:
        raise Refused(Code.CONFLICT, argument="id", state=state)


def _back(row: Mapping[str, Any]) -> Wish:
    return Wish(row["object_id"], json.loads(row["before"]), row["student_no"], row["version_after"])


ROWS = """
SELECT object_id, student_no, before, version_after FROM operation_row
WHERE operation_id = ?1 AND outcome = 'APPLIED' ORDER BY id
"""
