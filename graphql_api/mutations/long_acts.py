"""Long lists, and what is done to them: begun by a mutation as a job, and waited for where somebody waits.

For a mutation that takes a list over:

    if is_long(table.rows, table.file):
        asked = Told(batch=…, dry_run=…, error_policy=…, file=table.file)  # and college, of people
        return await list_begun(info, OperationKind.SET_CLEARANCES, lines, asked, ("Clearance", "import"), key)

`lines` are those that the kind's verb takes (`models.rules.job_work.LISTS`). The answer is the operation, RUNNING: its
`state`, `progress` and `rows` tell the rest, and `problem` why it ended before all was done. A check becomes PREVIEWED;
`applyOperation` of it, and `undoOperation` of many rows, are jobs, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence, Sized
from typing import Any

from graphql_api.context import Info
from graphql_api.jobs import TAKER
from graphql_api.mutations.outcomes import OperationResult, asks_for_rows, told, under_way
from graphql_api.mutations.unpermitted import Right
from models.enums import OperationKind, OperationState, Way
from models.rules import job_work, jobs
from models.rules.idempotency import Idempotency
from models.rules.job_lines import written_value
from models.rules.job_work import Told
from models.rules.listed import ListFile
from models.rules.naming import AskedOperation
from models.rules.recorded import load_result, load_sums
from models.rules.refusals import Code, Refused
from policies.caller import Caller

PATIENCE = 0.2
"""Seconds between two looks at whether a job has ended, for who waits for it."""


def is_long(rows: Sized, file: ListFile | None) -> bool:
    """Whether a list is carried out as a job: one from a file, of many rows."""
    return file is not None and len(rows) > job_work.LONG


async def list_begun(
    info: Info,
    kind: OperationKind,
    lines: Sequence[Any],
    asked: Told,
    right: Right,
    idempotency: Idempotency | None = None,
) -> OperationResult:
    """Begins the job and answers at once; asked again with the same key, what has become of it."""
    caller = info.context.caller
    begun = await job_work.begin_list(
        caller.actor, kind, lines, told=asked, caller=_remembered(caller, right), idempotency=idempotency
    )
    TAKER.wake()
    if begun.before and await jobs.state_of(begun.operation_id) is not OperationState.RUNNING:
        return await told(info, kind, await load_result(begun.operation_id), right)
    return under_way(begun.operation_id, kind, info.context.locale)


async def applies_as_job(asked: AskedOperation) -> bool:
    """Whether applying this dry run is a job: that of a long list of clearances."""
    imported = asked.kind is OperationKind.SET_CLEARANCES and asked.parameters.get("way") == Way.IMPORT.value
    return imported and await job_work.changes_of(asked.id) > job_work.LONG


async def applied(info: Info, asked: AskedOperation, right: Right, seconds: float | None) -> OperationResult:
    """`applyOperation` of many rows: begins it, unless that was done, and waits for its end."""
    begun = await job_work.begin_apply(asked.id, _remembered(info.context.caller, right))
    if not begun and await jobs.state_of(asked.id) is OperationState.CANCELLED:
        raise Refused(Code.CONFLICT, argument="id", state=OperationState.CANCELLED.value)
    return await _waited(info, asked.id, asked.kind, right, seconds)


async def undone(info: Info, asked: AskedOperation, seconds: float | None, *, others: bool) -> OperationResult:
    """`undoOperation` of more rows than one transaction holds."""
    caller = info.context.caller
    right = ("Operation", "undo")
    begun = await job_work.begin_undo(caller.actor, asked.id, _remembered(caller, right), others=others)
    return await _waited(info, begun.operation_id, OperationKind.UNDO, right, seconds)


async def undoes_as_job(asked: AskedOperation) -> bool:
    """Whether undoing this operation is a job."""
    on_clearances = asked.kind in (OperationKind.SET_CLEARANCES, OperationKind.SIGN)
    return on_clearances and await job_work.changes_of(asked.id) > job_work.MOST_AT_ONCE


async def _waited(
    info: Info, operation_id: int, kind: OperationKind, right: Right, seconds: float | None
) -> OperationResult:
    """Waits for so long, or without `seconds` for the end."""
    TAKER.wake()
    loop = asyncio.get_running_loop()
    until = None if seconds is None else loop.time() + seconds
    while await jobs.state_of(operation_id) is OperationState.RUNNING:
        if not TAKER.running:
            await TAKER.work_off()
        elif until is not None and loop.time() >= until:
            return under_way(operation_id, kind, info.context.locale)
        else:
            await TAKER.something_ended(PATIENCE)
    done = await (load_result if asks_for_rows(info) else load_sums)(operation_id)
    return await told(info, kind, done, right)


def _remembered(caller: Caller, right: Right) -> dict[str, Any]:
    """Who asks, as a job keeps it: without a secret."""
    found: dict[str, Any] = written_value(caller)
    return {"who": found, "right": list(right)}
