"""The verbs on operations: apply what a dry run showed, undo, cancel; each re-decides its rows under the lock."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from models import database
from models.enums import Collection, OperationKind, OperationState
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.acts import not_found
from models.rules.certificates import apply_issue
from models.rules.clearing import OBJECT, ErrorPolicy, Order, carry_out
from models.rules.deciding import Change, Target
from models.rules.entitlements import apply_import
from models.rules.loading import REASON, STATUS_NAMES, WAY, locked_season, records
from models.rules.locks import lock_sheets
from models.rules.recording import Head, Previewed, claim_state, load_result
from models.rules.refusals import Code, Refusal, Refused
from models.rules.results import ActResult
from models.rules.selection import visible_among
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


async def apply_operation(actor: Actor, operation_id: int, *, permit: Permit = unrestricted) -> ActResult:
    """Applies exactly the rows that one's own dry run showed as applicable (B1, invariant 21), once.

    Each is decided again under the lock; what is not possible any more, or is not as it was shown (STALE_ROW with who
    and when), is refused and does not stop the others: what had been refused was shown already. Applied before: the
    answer of then. The operation stays the same one, so that it can be undone by its id.

    Refuses with NOT_FOUND (no such dry run of one's own), CONFLICT (cancelled, or of a kind that is not applied so).
    """

    async def work() -> None:
        preview = await _preview(actor, operation_id)
        if preview.kind not in APPLY:
            raise Refused(Code.CONFLICT, argument="id", kind=preview.kind.value)
        if await claim_state(operation_id, OperationState.PREVIEWED, OperationState.RUNNING):
            await APPLY[preview.kind](actor, preview, permit)
        else:
            await _refuse_cancelled(operation_id)

    await database.atomically(work)
    return await load_result(operation_id)  # after the commit: nobody waits while thousands of rows are read back


async def cancel_operation(actor: Actor, operation_id: int) -> None:
    """Gives up one's own dry run. Refuses with NOT_FOUND, CONFLICT (applied or cancelled already)."""

    async def work() -> None:
        await _preview(actor, operation_id)
        if not await claim_state(operation_id, OperationState.PREVIEWED, OperationState.CANCELLED):
            raise Refused(Code.CONFLICT, argument="id")

    await database.atomically(work)


async def _preview(actor: Actor, operation_id: int) -> Preview:
    rows = await records(
        "SELECT kind, state, actor_id, batch_id, parameters FROM operation WHERE id = ?1", [operation_id]
    )
    if not rows or rows[0]["actor_id"] != actor.user_id or rows[0]["batch_id"] is None:
        raise Refused(Code.NOT_FOUND, argument="id")
    [row] = rows
    kind = next(each for each in OperationKind if each.value == row["kind"])
    state = next(each for each in OperationState if each.value == row["state"])
    return Preview(operation_id, kind, state, row["batch_id"], json.loads(row["parameters"]))


async def _refuse_cancelled(operation_id: int) -> None:
    """What is no dry run any more was applied before, when somebody clicked twice; or it was given up."""
    [(state,)] = await database.fetch("SELECT state FROM operation WHERE id = ?1", [operation_id])
    if state == OperationState.CANCELLED.value:
        raise Refused(Code.CONFLICT, argument="id", state=state)


# --- clearances


async def _apply_clearances(actor: Actor, preview: Preview, permit: Permit) -> None:
    season = await locked_season(preview.batch_id)
    rows = await records(FROZEN, [preview.id, OBJECT])
    sheet_ids = {row["sheet_id"] for row in rows}
    await lock_sheets(sheet_ids)
    reach = await permit()
    visible = await visible_among(sheet_ids, reach.visible)
    targets = [_target(row) for row in rows]
    if visible is not None:
        targets = [each if each.sheet_id in visible else _unseen(each) for each in targets]
    order = Order(
        head=Head(preview.kind, actor, preview.batch_id),
        season=season,
        targets=targets,
        way=WAY[preview.parameters["way"]],
        permitted=reach.permitted,
        error_policy=ErrorPolicy.APPLY_VALID,
        previewed=Previewed(preview.id, [row["id"] for row in rows]),
    )
    await carry_out(order)


FROZEN = """
SELECT operation_row.id, operation_row.sheet_id, clearance.item_id, student_no, before, facts
FROM operation_row JOIN clearance ON clearance.id = operation_row.object_id
WHERE operation_id = ?1 AND object = ?2 AND outcome = 'APPLIED' AND NOT cascaded ORDER BY operation_row.id
"""


def _target(row: Mapping[str, Any]) -> Target:
    facts = json.loads(row["facts"])
    wanted = facts["wanted"]
    change = Change(
        status=STATUS_NAMES[wanted["status"]] if "status" in wanted else None,
        note=wanted.get("note"),
        internal_note=wanted.get("internal_note"),
        hold=wanted.get("hold"),
        reason=REASON[wanted["reason"]] if "reason" in wanted else None,
        on_behalf_of=wanted.get("on_behalf_of"),
    )
    return Target(
        row["student_no"],
        row["sheet_id"],
        row["item_id"],
        change,
        expected_version=wanted.get("expected_version"),
        expected_status=STATUS_NAMES[json.loads(row["before"])["status"]],
        row=facts.get("row"),
        cell=facts.get("cell"),
    )


def _unseen(target: Target) -> Target:
    refusal: Refusal = not_found(target.student_no)
    return replace(target, refusal=refusal)


# --- which kinds are applied, and by whom


async def _apply_issue(actor: Actor, preview: Preview, permit: Permit) -> None:
    collection = next(each for each in Collection if each.value == preview.parameters["collection"])
    await apply_issue(actor, preview.id, preview.batch_id, collection, permit)


async def _apply_import(actor: Actor, preview: Preview, permit: Permit) -> None:
    await apply_import(actor, preview.id, preview.batch_id, permit)


Applying = Callable[[Actor, Preview, Permit], Awaitable[None]]
APPLY: dict[OperationKind, Applying] = {
    OperationKind.SET_CLEARANCES: _apply_clearances,
    OperationKind.SIGN: _apply_clearances,
    OperationKind.ISSUE: _apply_issue,
    OperationKind.IMPORT_CERTIFICATES: _apply_import,
}
