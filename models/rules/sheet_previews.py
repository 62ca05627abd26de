"""Applying the dry runs of verbs on sheets: moved, cancelled, given time, transferred; the very sheets they showed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from models import database
from models.enums import OperationKind, Outcome
from models.rules.actor import Actor, Permit
from models.rules.loading import moment
from models.rules.moving import move_sheets
from models.rules.recording import Previewed
from models.rules.refusals import Code, Refused
from models.rules.results import ActResult
from models.rules.selection import Selection, by_sheets
from models.rules.sheet_changes import Options, cancel_sheets, set_late_until
from models.rules.transferring import transfer_sheets

Verb = Callable[[Actor, str, Selection, Mapping[str, Any], Options], Awaitable[ActResult]]


async def apply_to_sheets(
    actor: Actor, operation_id: int, kind: OperationKind, parameters: Mapping[str, Any], permit: Permit
) -> None:
    """Does to the sheets of one's dry run what it said, each decided again; those that it refused stay out (invariant
    21). To be called in the transaction that claimed the operation."""
    [(batch,)] = await database.fetch(BATCH, [operation_id])
    frozen = await database.fetch(FROZEN, [operation_id, Outcome.APPLIED])
    options = Options(permit, previewed=Previewed(operation_id, [row_id for row_id, _ in frozen]))
    verb = VERBS[verb_of(kind, parameters)]
    await verb(actor, batch, by_sheets([sheet_id for _, sheet_id in frozen]), parameters, options)


BATCH = "SELECT batch.code FROM operation JOIN batch ON batch.id = operation.batch_id WHERE operation.id = ?1"
FROZEN = "SELECT id, sheet_id FROM operation_row WHERE operation_id = ?1 AND outcome = ?2 ORDER BY id"


def verb_of(kind: OperationKind, parameters: Mapping[str, Any]) -> str:
    """`move`, `cancel`, `transfer` or `set_late`: which act on sheets an operation of this kind was. Refuses with
    CONFLICT an edit of something else."""
    if kind is not OperationKind.EDIT:
        return "move" if kind is OperationKind.MOVE_SHEETS else "cancel"
    found = next((verb for mark, verb in EDITS.items() if mark in parameters), None)
    if found is None:
        raise Refused(Code.CONFLICT, argument="id", kind=kind.value)
    return found


#: The parameter that only this act on sheets has.
EDITS = {"transfer_to": "transfer", "late_until": "set_late"}


async def _move(actor: Actor, batch: str, sheets: Selection, asked: Mapping[str, Any], options: Options) -> ActResult:
    to, reason = asked["to"], asked["reason"]
    return await move_sheets(actor, batch=batch, to=to, selection=sheets, reason=reason, options=options)


async def _cancel(actor: Actor, batch: str, sheets: Selection, asked: Mapping[str, Any], options: Options) -> ActResult:
    return await cancel_sheets(actor, batch=batch, selection=sheets, reason=asked["reason"], options=options)


async def _late(actor: Actor, batch: str, sheets: Selection, asked: Mapping[str, Any], options: Options) -> ActResult:
    until, reason = moment(asked["late_until"]), asked["reason"]
    return await set_late_until(actor, batch=batch, selection=sheets, until=until, reason=reason, options=options)


async def _transfer(
    actor: Actor, batch: str, sheets: Selection, asked: Mapping[str, Any], options: Options
) -> ActResult:
    named = {"college": asked["transfer_to"], "major": asked["major"], "class_name": asked["class_name"]}
    return await transfer_sheets(actor, batch=batch, selection=sheets, reason=asked["reason"], options=options, **named)


VERBS: Mapping[str, Verb] = {"move": _move, "cancel": _cancel, "set_late": _late, "transfer": _transfer}
