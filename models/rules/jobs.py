"""Jobs: long acts that survive the process. Begun, taken up under a lease, put down step by step, ended or given up.

What a job does is known in `job_work`, who may do it only at the door. The operation is RUNNING from the beginning; a
job belongs to whoever holds its lease, and each of its steps is written in one transaction with its position, by who
holds it alone: whatever happens between two steps loses nothing and repeats nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from models import database
from models.database_url import Dialect
from models.enums import JobTask, OperationKind, OperationState, Outcome
from models.jobs import Job, JobPiece
from models.portable_sql import many
from models.rules.idempotency import Idempotency, claim, settle
from models.rules.loading import by_value
from models.rules.recording import Head, claim_state, start
from models.rules.refusals import Refused

LEASE = timedelta(seconds=15)
MOST_ATTEMPTS = 5
TASK = by_value(JobTask)
OPERATION_KIND = by_value(OperationKind)
STATE = by_value(OperationState)
CANCELLED = "CANCELLED"
GIVEN_UP = "GIVEN_UP"


class Lost(Exception):
    """Another process carries the job out, or it has ended: whoever finds out puts it down."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A job that this process holds. `kind`: its operation's."""

    id: int
    operation_id: int
    kind: OperationKind
    batch_id: int | None
    task: JobTask
    asked: Mapping[str, Any]
    caller: Mapping[str, Any]
    pieces: int
    position: int
    worker: str

    async def step(self, before: int, after: int, *, last: bool) -> None:
        """In the transaction that writes a piece: it is done. Raises Lost."""
        moved = await database.execute(STEP, [self.id, self.worker, before, after, datetime.now(UTC) if last else None])
        if not moved:
            raise Lost


STEP = """
UPDATE job SET position = ?4, ended_at = ?5 WHERE id = ?1 AND worker = ?2 AND position = ?3 AND ended_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Begun:
    """A job's operation; `before`: the key stood for it already."""

    operation_id: int
    before: bool = False


# --- beginning


async def begin(
    head: Head,
    task: JobTask,
    caller: Mapping[str, Any],
    asked: Mapping[str, Any],
    pieces: Sequence[str],
    idempotency: Idempotency | None = None,
) -> Begun:
    """Makes the operation and its job; whoever is free takes it up. The same key gives the same operation."""

    async def work() -> Begun:
        earlier = await claim(idempotency) if idempotency is not None else None
        if earlier is not None:
            return Begun(earlier, before=True)
        operation_id = await start(head, (), OperationState.RUNNING, datetime.now(UTC))
        await add(operation_id, task, caller, asked, pieces)
        if idempotency is not None:
            await settle(idempotency, operation_id)
        return Begun(operation_id)

    return await database.atomically(work)


async def add(
    operation_id: int,
    task: JobTask,
    caller: Mapping[str, Any],
    asked: Mapping[str, Any],
    pieces: Sequence[str] = (),
) -> None:
    """A job for an operation that is RUNNING, in the caller's transaction."""
    job = await Job.create(
        operation_id=operation_id, task=task, caller=dict(caller), asked=dict(asked), pieces=len(pieces)
    )
    await JobPiece.bulk_create([JobPiece(job_id=job.id, number=n, lines=each) for n, each in enumerate(pieces)])


async def lines_of(job_id: int, number: int) -> str:
    """A piece's lines, as they were written down."""
    [(text,)] = await database.fetch("SELECT lines FROM job_piece WHERE job_id = ?1 AND number = ?2", [job_id, number])
    return str(text)


# --- holding


async def take(worker: str, *, anew: bool = False) -> Taken | None:
    """The oldest job that nobody holds, or whose holder is gone; None when there is none. `anew`: nobody else can hold
    any, because there is one process, and it has just begun."""
    now = datetime.now(UTC)
    if not await database.fetch(f"SELECT id FROM job WHERE {FREE} LIMIT 1", [now, anew]):
        return None

    async def work() -> Taken | None:
        skipping = "FOR UPDATE SKIP LOCKED" if database.dialect() is Dialect.POSTGRESQL else ""
        found = await database.fetch(f"SELECT id FROM job WHERE {FREE} ORDER BY id LIMIT 1 {skipping}", [now, anew])
        if not found:
            return None
        [(job_id,)] = found
        await database.execute(
            "UPDATE job SET worker = ?2, leased_until = ?3, attempts = attempts + 1 WHERE id = ?1",
            [job_id, worker, now + LEASE],
        )
        return await _held(job_id)

    return await database.atomically(work)


async def any_left() -> bool:
    """Whether a job has not ended, whoever holds it."""
    return bool(await database.fetch("SELECT id FROM job WHERE ended_at IS NULL LIMIT 1"))


FREE = "ended_at IS NULL AND (worker = '' OR leased_until < ?1 OR ?2)"


async def _held(job_id: int) -> Taken | None:
    """The job; None for one that was tried too often: what stops a process time and again must stop itself."""
    [row] = await database.fetch(HELD, [job_id])
    _, operation_id, kind, batch_id, task, asked, caller, pieces, position, worker, attempts = row
    if attempts > MOST_ATTEMPTS:
        await ended(operation_id, OperationState.FAILED, GIVEN_UP, {"count": MOST_ATTEMPTS})
        return None
    told = (orjson.loads(asked), orjson.loads(caller))
    return Taken(job_id, operation_id, OPERATION_KIND[kind], batch_id, TASK[task], *told, pieces, position, worker)


HELD = """
SELECT job.id, operation_id, operation.kind, operation.batch_id, task, asked, caller, pieces, position, worker, attempts
FROM job JOIN operation ON operation.id = job.operation_id WHERE job.id = ?1
"""


async def keep(job: Taken) -> bool:
    """Holds the lease for longer; False when it is not ours any more."""
    until = datetime.now(UTC) + LEASE
    held = "UPDATE job SET leased_until = ?3 WHERE id = ?1 AND worker = ?2 AND ended_at IS NULL"
    return bool(await database.execute(held, [job.id, job.worker, until]))


async def put_back(job: Taken) -> None:
    """Whoever is free may take it up at once; an end of the server is no failed attempt."""
    await database.execute(
        "UPDATE job SET worker = '', attempts = attempts - 1 WHERE id = ?1 AND worker = ?2 AND ended_at IS NULL",
        [job.id, job.worker],
    )


async def turn_to(job: Taken, task: JobTask, position: int) -> None:
    """The next part of the same job, in the transaction that ends the one before. Raises Lost."""
    turned = "UPDATE job SET task = ?4, position = 0 WHERE id = ?1 AND worker = ?2 AND position = ?3"
    if not await database.execute(turned, [job.id, job.worker, position, task.value]):
        raise Lost


# --- ending


async def finished(job: Taken, position: int, state: OperationState) -> None:
    """All of it is done, where it stands. Raises Lost."""

    async def work() -> None:
        await job.step(position, position, last=True)
        await _close(job.operation_id, job.task, job.kind, state)

    await database.atomically(work)


async def failed(job: Taken, refused: Refused) -> None:
    """It cannot go on, as somebody's rights have ended: what was done stays, and the rest will not be."""

    async def work() -> None:
        await ended(job.operation_id, OperationState.FAILED, refused.refusal.code.value, refused.refusal.facts)

    await database.atomically(work)


async def cancelled(operation_id: int) -> None:
    """In the transaction that takes a RUNNING operation to CANCELLED: its job goes on no further."""
    await ended(operation_id, OperationState.CANCELLED, CANCELLED, {})


async def ended(operation_id: int, state: OperationState, problem: str, facts: Mapping[str, Any]) -> None:
    """Ends the operation's job, if there is one, before all is done, in the caller's transaction. Where something was
    applied already the operation is APPLIED, and can be undone; its other rows were not."""
    found = await database.fetch(
        "SELECT job.id, task, kind, asked FROM job JOIN operation ON operation.id = job.operation_id"
        " WHERE operation_id = ?1 AND ended_at IS NULL",
        [operation_id],
    )
    for job_id, task, kind, asked in found:
        done = await _applied(operation_id, TASK[task], orjson.loads(asked))
        told = {**facts, "applied": done} if done else dict(facts)
        await database.execute(END, [job_id, datetime.now(UTC), problem, told])
        await _close(operation_id, TASK[task], OPERATION_KIND[kind], OperationState.APPLIED if done else state)


END = "UPDATE job SET ended_at = ?2, problem = ?3, facts = ?4 WHERE id = ?1"


async def _applied(operation_id: int, task: JobTask, asked: Mapping[str, Any]) -> int:
    """How many rows were really changed: a check changes none, and of a dry run those that were decided again did."""
    if task is JobTask.LIST and (asked.get("dry_run") or asked.get("checks_first")):
        return 0
    only = "AND facts ->> 'previewed' IS NOT NULL" if task is JobTask.APPLY else ""
    [(count,)] = await database.fetch(
        f"SELECT count(*) FROM operation_row WHERE operation_id = ?1 AND outcome = 'APPLIED' AND NOT cascaded {only}",
        [operation_id],
    )
    return int(count)


async def _close(operation_id: int, task: JobTask, kind: OperationKind, state: OperationState) -> None:
    """The operation's last state. Rows that a dry run foresaw and nobody applied are NOT_APPLIED; an undo that ended
    early, or had nothing to restore, leaves the operation to be undone as it was."""
    now = datetime.now(UTC)
    if task is JobTask.APPLY and state is OperationState.APPLIED:
        await database.execute(NOT_REACHED, [operation_id, Outcome.NOT_APPLIED.value])
        await database.execute(COUNT_APPLIED, [operation_id])
    await database.execute(CLOSE, [operation_id, state.value, now, 100 if state is OperationState.APPLIED else 0])
    if kind is OperationKind.UNDO:
        await _undone(operation_id)
    await database.execute(
        "DELETE FROM job_piece WHERE job_id IN (SELECT id FROM job WHERE operation_id = ?1)", [operation_id]
    )


NOT_REACHED = """
UPDATE operation_row SET outcome = ?2
WHERE operation_id = ?1 AND outcome = 'APPLIED' AND NOT cascaded AND facts ->> 'previewed' IS NULL
"""
COUNT_APPLIED = """
UPDATE operation SET applied = (SELECT count(*) FROM operation_row
    WHERE operation_id = ?1 AND outcome = 'APPLIED' AND NOT cascaded) WHERE id = ?1
"""
CLOSE = """
UPDATE operation SET state = ?2, finished_at = ?3, updated_at = ?3, progress = ?4, version = version + 1 WHERE id = ?1
"""


async def _undone(operation_id: int) -> None:
    """The undone operation is UNDONE only when all of it was looked at and something was restored."""
    [(original, applied)] = await database.fetch(
        "SELECT undo_of_id, applied FROM operation WHERE id = ?1", [operation_id]
    )
    [(early,)] = await database.fetch(
        "SELECT count(*) FROM job WHERE operation_id = ?1 AND problem <> ''", [operation_id]
    )
    if early or not applied:
        await claim_state(original, OperationState.UNDONE, OperationState.APPLIED)


# --- looking on


async def state_of(operation_id: int) -> OperationState:
    """Where an operation stands."""
    [(state,)] = await database.fetch("SELECT state FROM operation WHERE id = ?1", [operation_id])
    return STATE[state]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a job ended early."""

    code: str
    facts: Mapping[str, Any]


async def problems_of(operation_ids: Sequence[int]) -> dict[int, Problem]:
    """Why the jobs of these operations ended before all was done, where one did."""
    rows = await database.fetch(
        "SELECT operation_id, problem, facts FROM job WHERE operation_id IN LIST(?1) AND problem <> '' ORDER BY id",
        [many(operation_ids)],
    )
    return {int(operation_id): Problem(code, orjson.loads(facts)) for operation_id, code, facts in rows}
