"""The verbs on operations: apply what a dry run showed, undo, cancel; each re-decides its rows under the lock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from models import database
from models.enums import Collection, OperationKind, OperationState
from models.interruption import completed
from models.rules import jobs
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.certificates import apply_issue
from models.rules.entitlements import apply_import
from models.rules.frozen import FrozenRows, apply_clearances
from models.rules.loading import WAY, records
from models.rules.locks import lock_name
from models.rules.recorded import load_result, load_sums
from models.rules.recording import claim_state
from models.rules.refusals import Code, Refused
from models.rules.results import ActResult
from models.rules.sheet_previews import apply_to_sheets
from models.rules.under_way import carrying_out, give_up
from models.rules.undoing import undo_operation

__all__ = ["apply_operation", "cancel_operation", "load_result", "undo_operation"]


@dataclass(frozen=True, slots=True)
class Preview:
    """A dry run that somebody made."""

    id: int
    kind: OperationKind
    state: OperationState
    batch_id: int
    parameters: Mapping[str, Any]
    selector: Mapping[str, Any]
    applied: int
    range_limit: int


async def apply_operation(
    actor: Actor,
    operation_id: int,
    *,
    permit: Permit = unrestricted,
    confirmed_count: int | None = None,
    with_rows: bool = True,
) -> ActResult:
    """Applies exactly the rows that one's own dry run showed as applicable (B1, invariant 21), once.

    Each is decided again under the lock; what is not possible any more, or is not as it was shown (STALE_ROW with who
    and when), is refused and does not stop the others: what had been refused was shown already. Applied before: the
    answer of then. The operation stays the same one, so that it can be undone by its id.

    It is RUNNING for everybody before the one transaction begins that does it all; whoever applies it too waits for the
    end of that. When that fails, it is a dry run again; after a crash it is still RUNNING, nothing of it is done, and
    the next call does it. `with_rows`: without them only the sums are answered.

    Refuses with NOT_FOUND (no such dry run of one's own), CONFLICT (cancelled, or of a kind that is not applied so),
    COUNT_CONFIRMATION (a whole filter that changes more clearances than the batch's limit, whose count was not typed
    in).
    """

    async def begin() -> Preview | None:
        preview = await _preview(actor, operation_id)
        if preview.kind not in APPLY:
            raise Refused(Code.CONFLICT, argument="id", kind=preview.kind.value)
        if preview.state is OperationState.PREVIEWED:
            _refuse_uncounted(preview, confirmed_count)
        claimed = await claim_state(operation_id, OperationState.PREVIEWED, OperationState.RUNNING)
        return preview if claimed or await _still_to_do(operation_id) else None

    preview = await database.atomically(begin)
    if preview is not None:
        await _carried_out(actor, preview, permit)
    # after the commit: nobody waits while thousands of rows are read back
    return await (load_result if with_rows else load_sums)(operation_id)


async def _carried_out(actor: Actor, preview: Preview, permit: Permit) -> None:
    async def work() -> None:
        await lock_name(f"operation {preview.id}")
        if not await _still_to_do(preview.id):
            return
        await claim_state(preview.id, OperationState.PREVIEWED, OperationState.RUNNING)
        with carrying_out(preview.id, preview.applied):
            await APPLY[preview.kind](actor, preview, permit)

    try:
        await database.atomically(work)
    except BaseException:
        await completed(_given_back(preview.id))
        raise


async def _still_to_do(operation_id: int) -> bool:
    """What is no dry run any more was applied before, when somebody clicked twice. Refuses what was given up."""
    [(state,)] = await database.fetch("SELECT state FROM operation WHERE id = ?1", [operation_id])
    if state == OperationState.CANCELLED.value:
        raise Refused(Code.CONFLICT, argument="id", state=state)
    return state in (OperationState.PREVIEWED.value, OperationState.RUNNING.value)


async def _given_back(operation_id: int) -> None:
    """Nothing was done: it is a dry run again."""
    running, previewed = OperationState.RUNNING, OperationState.PREVIEWED
    await database.atomically(lambda: claim_state(operation_id, running, previewed))


def _refuse_uncounted(preview: Preview, confirmed: int | None) -> None:
    """Nobody has counted a whole filter by eye (B1). What moves or cancels sheets asks for its own count."""
    whole = preview.kind in ON_CLEARANCES and not preview.selector.keys().isdisjoint(("filter", "all_except"))
    if whole and preview.applied > preview.range_limit and confirmed != preview.applied:
        raise Refused(Code.COUNT_CONFIRMATION, argument="confirmedCount", count=preview.applied)


async def cancel_operation(actor: Actor, operation_id: int) -> None:
    """Gives up one's own dry run, also while it is being applied: then what was done so far is taken back, but for the
    pieces of a long one that were done already. Refuses with NOT_FOUND, CONFLICT (applied or cancelled already)."""
    await _preview(actor, operation_id)
    give_up(operation_id)

    async def work() -> None:
        for state in (OperationState.PREVIEWED, OperationState.RUNNING):
            if await claim_state(operation_id, state, OperationState.CANCELLED):
                await jobs.cancelled(operation_id)
                return
        raise Refused(Code.CONFLICT, argument="id")

    await database.atomically(work)


async def _preview(actor: Actor, operation_id: int) -> Preview:
    rows = await records(
        "SELECT operation.kind, operation.state, actor_id, batch_id, selector, parameters, applied, batch.range_limit"
        " FROM operation LEFT JOIN batch ON batch.id = operation.batch_id WHERE operation.id = ?1",
        [operation_id],
    )
    unbound = (OperationKind.BULK_EDIT.value, OperationKind.IMPORT_ROWS.value)  # of rows that belong to no batch
    own = bool(rows) and rows[0]["actor_id"] == actor.user_id
    if not own or (rows[0]["batch_id"] is None and rows[0]["kind"] not in unbound):
        raise Refused(Code.NOT_FOUND, argument="id")
    [row] = rows
    kind = next(each for each in OperationKind if each.value == row["kind"])
    state = next(each for each in OperationState if each.value == row["state"])
    selector, parameters = orjson.loads(row["selector"]), orjson.loads(row["parameters"])
    return Preview(operation_id, kind, state, row["batch_id"], parameters, selector, row["applied"], row["range_limit"])


# --- which kinds are applied, and by whom


async def _apply_clearances(actor: Actor, preview: Preview, permit: Permit) -> None:
    way = WAY[preview.parameters["way"]]
    await apply_clearances(actor, FrozenRows(preview.id, preview.kind, preview.batch_id, way), permit)


async def _apply_issue(actor: Actor, preview: Preview, permit: Permit) -> None:
    collection = next(each for each in Collection if each.value == preview.parameters["collection"])
    await apply_issue(actor, preview.id, preview.batch_id, collection, permit)


async def _apply_import(actor: Actor, preview: Preview, permit: Permit) -> None:
    await apply_import(actor, preview.id, preview.batch_id, permit)


async def _apply_to_sheets(actor: Actor, preview: Preview, permit: Permit) -> None:
    await apply_to_sheets(actor, preview.id, preview.kind, preview.parameters, permit)


#: Kinds of acts on clearances.
ON_CLEARANCES = (OperationKind.SET_CLEARANCES, OperationKind.SIGN)
Applying = Callable[[Actor, Preview, Permit], Awaitable[None]]
APPLY: dict[OperationKind, Applying] = {
    OperationKind.SET_CLEARANCES: _apply_clearances,
    OperationKind.SIGN: _apply_clearances,
    OperationKind.ISSUE: _apply_issue,
    OperationKind.IMPORT_CERTIFICATES: _apply_import,
    OperationKind.MOVE_SHEETS: _apply_to_sheets,
    OperationKind.CANCEL_SHEET: _apply_to_sheets,
    OperationKind.EDIT: _apply_to_sheets,
}
