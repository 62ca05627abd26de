"""What a job does: takes a list over piece by piece, applies the frozen rows of a dry run, undoes an operation.

A list of up to MOST_AT_ONCE lines is one piece and one transaction: all or nothing. A longer one is parted, the lines
of one student together; each piece is one transaction that writes its rows and the job's position. Before clearances
are applied piece by piece, all of them are checked: a file of which a part was sorted changes nothing (R15). A minute
under one lock would stop the desks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from models import database
from models.enums import JobTask, OperationKind, OperationState
from models.rules import jobs
from models.rules.actor import Actor, Permit
from models.rules.clearing import MISMATCHES_ALLOWED, ErrorPolicy
from models.rules.entitled import CertificateLine
from models.rules.entitlements import import_certificates
from models.rules.frozen import FrozenRows, apply_clearances
from models.rules.idempotency import Idempotency
from models.rules.identity import normalise_number
from models.rules.importing import ClearanceLine, import_clearances
from models.rules.job_lines import read, read_one, together, written
from models.rules.jobs import Begun, Taken
from models.rules.listed import ListFile
from models.rules.loading import WAY, batch_id_of
from models.rules.people_import import PersonRow, import_people
from models.rules.pieces import Piece, carrying
from models.rules.recording import Head, claim_state
from models.rules.refusals import Code, Refused
from models.rules.results import ActResult
from models.rules.roster import RosterRow, load_roster
from models.rules.under_way import carrying_out
from models.rules.undoing import Undoable, head_of, undo_sheets, undoable

LONG = 5_000
"""Rows; what has more of them is a job."""
MOST_AT_ONCE = 20_000
"""Rows of one transaction."""
PIECE = 1_000
"""Rows of one transaction of a longer list."""
MOST_LINES = 200_000
CHECKED = 40
"""How far a list is, in percent, when it was checked and is to be applied in the same job."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a verb of a list is told besides its lines."""

    batch: str
    dry_run: bool
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID
    checks_first: bool = False
    college: str | None = None
    file: ListFile | None = None


@dataclass(frozen=True, slots=True)
class ListKind:
    """A list that may be long: what a line is, whom it is about, and the verb that takes lines over."""

    kind: OperationKind
    line: type[Any]
    number: Callable[[Any], str]
    verb: Callable[[Actor, Sequence[Any], Permit, Told, bool], Awaitable[ActResult]]


def _asked(permit: Permit, told: Told, dry_run: bool) -> dict[str, Any]:
    """What every such verb is told alike."""
    return {
        "batch": told.batch,
        "permit": permit,
        "dry_run": dry_run,
        "error_policy": told.error_policy,
        "file": told.file,
    }


async def _clearances(actor: Actor, lines: Sequence[Any], permit: Permit, told: Told, dry_run: bool) -> ActResult:
    return await import_clearances(actor, lines=lines, **_asked(permit, told, dry_run))


async def _certificates(actor: Actor, lines: Sequence[Any], permit: Permit, told: Told, dry_run: bool) -> ActResult:
    return await import_certificates(actor, lines=lines, **_asked(permit, told, dry_run))


async def _people(actor: Actor, lines: Sequence[Any], permit: Permit, told: Told, dry_run: bool) -> ActResult:
    return await import_people(actor, college=told.college or "", rows=lines, **_asked(permit, told, dry_run))


async def _roster(actor: Actor, lines: Sequence[Any], permit: Permit, told: Told, dry_run: bool) -> ActResult:
    return await load_roster(actor, rows=lines, **_asked(permit, told, dry_run))


def _of_person(row: PersonRow) -> str:
    return str(row.cells.get("student_no", ""))


def _of_line(line: Any) -> str:
    return str(line.student_no)


LISTS: Mapping[OperationKind, ListKind] = {
    each.kind: each
    for each in (
        ListKind(OperationKind.SET_CLEARANCES, ClearanceLine, _of_line, _clearances),
        ListKind(OperationKind.IMPORT_CERTIFICATES, CertificateLine, _of_line, _certificates),
        ListKind(OperationKind.IMPORT_PEOPLE, PersonRow, _of_person, _people),
        ListKind(OperationKind.LOAD_ROSTER, RosterRow, _of_line, _roster),
    )
}


# --- beginning


async def begin_list(
    actor: Actor,
    kind: OperationKind,
    lines: Sequence[Any],
    *,
    told: Told,
    caller: Mapping[str, Any],
    idempotency: Idempotency | None = None,
) -> Begun:
    """A job that takes these lines over, or with `told.dry_run` checks them. Refuses with NOT_FOUND (batch), BAD_INPUT
    (too many lines; REJECT_ALL for more than one transaction holds), IDEMPOTENCY_MISMATCH."""
    if len(lines) > MOST_LINES:
        raise Refused(Code.BAD_INPUT, argument="file", problem="TOO_MANY_ROWS", count=len(lines), limit=MOST_LINES)
    parted = len(lines) > MOST_AT_ONCE
    if parted and told.error_policy is ErrorPolicy.REJECT_ALL:
        raise Refused(
            Code.BAD_INPUT, argument="errorPolicy", problem="REJECT_ALL_TOO_LONG", count=len(lines), limit=MOST_AT_ONCE
        )
    batch_id, listed = await batch_id_of(told.batch), LISTS[kind]
    whose = lambda line: normalise_number(listed.number(line))  # noqa: E731  # a key, as of a sort
    pieces = await asyncio.to_thread(_parted, lines, whose, PIECE if parted else MOST_LINES)
    asked = {
        "batch": told.batch,
        "dry_run": told.dry_run,
        "error_policy": told.error_policy.name,
        "checks_first": parted and not told.dry_run and kind is OperationKind.SET_CLEARANCES,
        **({"college": told.college} if told.college else {}),
        **({"file": told.file} if told.file else {}),
    }
    head = Head(kind, actor, batch_id, selector={"lines": len(lines)})
    key = None if told.dry_run else idempotency
    return await jobs.begin(head, JobTask.LIST, caller, _as_json(asked), pieces, key)


def _parted(lines: Sequence[Any], whose: Callable[[Any], str], most: int) -> list[str]:
    return [written(each) for each in (together(lines, whose, most) if len(lines) > most else [lines])]


async def begin_apply(operation_id: int, caller: Mapping[str, Any]) -> bool:
    """A job that applies a dry run of clearances; False when it is none any more."""

    async def work() -> bool:
        if not await claim_state(operation_id, OperationState.PREVIEWED, OperationState.RUNNING):
            return False
        await jobs.add(operation_id, JobTask.APPLY, caller, {})
        return True

    return await database.atomically(work)


async def begin_undo(actor: Actor, operation_id: int, caller: Mapping[str, Any], *, others: bool) -> Begun:
    """A job that undoes an operation, which is UNDONE meanwhile. Refuses as `undo_operation`."""

    async def work() -> Begun:
        undone = await undoable(actor, operation_id, others=others)
        if not await claim_state(operation_id, OperationState.APPLIED, OperationState.UNDONE):
            raise Refused(Code.CONFLICT, argument="id")
        return await jobs.begin(head_of(actor, undone), JobTask.UNDO, caller, {"others": others}, ())

    return await database.atomically(work)


def _as_json(asked: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON holds it."""
    found: dict[str, Any] = orjson.loads(written(asked))
    return found


async def changes_of(operation_id: int) -> int:
    """How many rows an undo of it would look at."""
    [(count,)] = await database.fetch(
        "SELECT count(*) FROM operation_row WHERE operation_id = ?1 AND outcome = 'APPLIED'", [operation_id]
    )
    return int(count)


# --- carrying out


class Stopping(Protocol):
    """Asked between two pieces whether to go on."""

    def __call__(self) -> bool: ...


async def carry_on(job: Taken, actor: Actor, permit: Permit, stopping: Stopping) -> None:
    """From where it is to its end, or to the end of a piece when `stopping` says so.

    Raises Lost (somebody else has it), Refused (it cannot go on: the caller ends it), and whatever else happens.
    """
    if job.task is JobTask.LIST:
        if not await _list(job, actor, permit, stopping):
            return
        if not job.asked.get("checks_first"):
            return
    if job.task is JobTask.UNDO:
        await _undo(job, actor, permit, stopping)
        return
    await _apply(job, actor, permit, stopping)


async def _list(job: Taken, actor: Actor, permit: Permit, stopping: Stopping) -> bool:
    """Whether the list was taken over to its end."""
    told = read_one(Told, job.asked)
    listed, checks = LISTS[job.kind], told.dry_run or told.checks_first
    whole, share = job.pieces == 1, CHECKED if told.checks_first else 100
    for number in range(job.position, job.pieces):
        if stopping():
            return False
        lines = read(listed.line, await jobs.lines_of(job.id, number))
        begin, end = share * number // job.pieces, share * (number + 1) // job.pieces

        async def done(number: int = number) -> None:
            await job.step(number, number + 1, last=whole)

        with (
            carrying(Piece(job.operation_id, job.kind, last=whole, progress=0 if whole and checks else end, done=done)),
            carrying_out(job.operation_id, len(lines), begin=begin, end=end),
        ):
            await listed.verb(actor, lines, permit, told, checks)
    if not whole:
        await _listed(job, told, checks)
    return True


async def _listed(job: Taken, told: Told, checks: bool) -> None:
    """All pieces are done. Refuses with ROW_MISMATCH a file of which too many rows do not agree with themselves."""
    [(mismatches,)] = await database.fetch(MISMATCHES, [job.operation_id, Code.ROW_MISMATCH.value])
    if checks and job.kind is OperationKind.SET_CLEARANCES and mismatches > MISMATCHES_ALLOWED:
        raise Refused(Code.ROW_MISMATCH, argument="rows", count=mismatches)
    if told.checks_first:
        await database.atomically(lambda: jobs.turn_to(job, JobTask.APPLY, job.pieces))
        return
    await jobs.finished(job, job.pieces, OperationState.PREVIEWED if checks else OperationState.APPLIED)


MISMATCHES = "SELECT count(*) FROM operation_row WHERE operation_id = ?1 AND refusal = ?2"


async def _apply(job: Taken, actor: Actor, permit: Permit, stopping: Stopping) -> None:
    [(batch_id, way)] = await database.fetch(
        "SELECT batch_id, parameters ->> 'way' FROM operation WHERE id = ?1", [job.operation_id]
    )
    position = job.position if job.task is JobTask.APPLY else 0
    sheets = await _sheets(FROZEN_SHEETS, job.operation_id, position)
    whole = position == 0 and sum(sheets.values()) <= MOST_AT_ONCE
    first = CHECKED if job.asked.get("checks_first") else 0

    async def some(chosen: Sequence[int]) -> None:
        only = None if whole else chosen
        await apply_clearances(actor, FrozenRows(job.operation_id, job.kind, batch_id, WAY[way], only), permit)

    await _by_sheets(job, sheets, position, whole, first, stopping, some)


async def _undo(job: Taken, actor: Actor, permit: Permit, stopping: Stopping) -> None:
    [(undo_of, batch_id, item_id)] = await database.fetch(
        "SELECT undo_of_id, batch_id, item_id FROM operation WHERE id = ?1", [job.operation_id]
    )
    sheets = await _sheets(DONE_SHEETS, undo_of, job.position)
    whole = job.position == 0 and sum(sheets.values()) <= MOST_AT_ONCE

    async def some(chosen: Sequence[int]) -> None:
        await undo_sheets(actor, Undoable(undo_of, batch_id, item_id), permit, chosen)

    await _by_sheets(job, sheets, job.position, whole, 0, stopping, some)


async def _by_sheets(
    job: Taken,
    sheets: Mapping[int, int],
    position: int,
    whole: bool,
    first: int,
    stopping: Stopping,
    work: Callable[[Sequence[int]], Awaitable[None]],
) -> None:
    """`sheets`: those that are still to be done, in order, with the number of their rows. `first`: how far the
    operation was before, in percent."""
    left, done = sum(sheets.values()), 0
    for chosen in [list(sheets)] if whole else _parts(sheets):
        if stopping():
            return
        rows = sum(sheets[each] for each in chosen)
        begin, end = (first + (100 - first) * each // max(left, 1) for each in (done, done + rows))
        last_sheet = chosen[-1] if chosen else position

        async def step(before: int = position, after: int = last_sheet) -> None:
            await job.step(before, after, last=False)

        async def piece(chosen: Sequence[int] = chosen) -> None:
            await work(chosen)

        with (
            carrying(Piece(job.operation_id, job.kind, last=False, progress=end, done=step)),
            carrying_out(job.operation_id, rows, begin=begin, end=end),
        ):
            if chosen:
                await database.atomically(piece)
        position, done = last_sheet, done + rows
    await jobs.finished(job, position, OperationState.APPLIED)


def _parts(sheets: Mapping[int, int]) -> list[list[int]]:
    parts: list[list[int]] = [[]]
    rows = 0
    for sheet_id, count in sheets.items():
        if parts[-1] and rows + count > PIECE:
            parts.append([])
            rows = 0
        parts[-1].append(sheet_id)
        rows += count
    return parts


async def _sheets(sql: str, operation_id: int, after: int) -> dict[int, int]:
    return {int(sheet_id): int(count) for sheet_id, count in await database.fetch(sql, [operation_id, after])}


FROZEN_SHEETS = """
SELECT sheet_id, count(*) FROM operation_row
WHERE operation_id = ?1 AND outcome = 'APPLIED' AND NOT cascaded AND sheet_id > ?2 GROUP BY sheet_id ORDER BY sheet_id
"""
DONE_SHEETS = """
SELECT sheet_id, count(*) FROM operation_row
WHERE operation_id = ?1 AND outcome = 'APPLIED' AND sheet_id > ?2 GROUP BY sheet_id ORDER BY sheet_id
"""
