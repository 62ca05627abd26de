"""Writes down what was done: the operation, one row for each thing it was about, one event for each effective change.
Decides nothing; what was written is read back in `recorded`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from models import database
from models.enums import Cause, OperationKind, OperationState, Outcome
from models.portable_sql import as_json, table
from models.rules.actor import Actor
from models.rules.pieces import Piece, piece_of, piece_on
from models.rules.refusals import Blocker, Code, Refused
from models.rules.results import RowOutcome
from models.rules.under_way import in_turns

DONE = 100  # percent
LONGEST_NUMBER = 32  # of a number that is kept although nobody has it


@dataclass(frozen=True, slots=True)
class Head:
    """What an operation is: who did what, in which role, to what."""

    kind: OperationKind
    actor: Actor
    batch_id: int | None = None
    item_id: int | None = None
    selector: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    undo_of: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of an operation. `before` and `after` hold what undo needs, by column, `status` among it. `cascaded`:
    nobody asked for it by name. `extra`: what only this kind of act must remember."""

    outcome: RowOutcome
    object: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    version_after: int | None = None
    cascaded: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


def only_status(status: str | None) -> Mapping[str, Any] | None:
    """What is remembered of a row that did not change, or has nothing else to undo."""
    return {"status": status} if status is not None else None


@dataclass(frozen=True, slots=True)
class EventEntry:
    """One effective change (B10). `changed` names the columns; `before` and `after` are statuses."""

    object: str
    object_id: int
    sheet_id: int | None
    item_id: int | None
    changed: Sequence[str]
    before: str | None
    after: str | None
    cause: Cause


@dataclass(frozen=True, slots=True)
class Previewed:
    """A dry run that is being applied: the operation, and the id of its row for each thing that is decided again."""

    operation_id: int
    row_ids: Sequence[int]


async def put_down(
    head: Head,
    entries: Sequence[Entry],
    state: OperationState,
    now: datetime,
    *,
    previewed: Previewed | None = None,
    followers: Sequence[Entry] = (),
) -> int:
    """The operation and its rows, anew or in the place of its dry run; `followers` are what was re-opened besides."""
    if previewed is None:
        operation_id = await start(head, [*entries, *followers], state, now)
        await write_rows(operation_id, [*entries, *followers])
        return operation_id
    await rewrite_rows(dict(zip(previewed.row_ids, entries, strict=True)))
    await write_rows(previewed.operation_id, followers)
    await finish(previewed.operation_id, entries, state, now)
    return previewed.operation_id


async def start(head: Head, entries: Sequence[Entry], state: OperationState, now: datetime) -> int:
    """Inserts the operation with its sums and gives its id; its rows and events follow. A piece of a longer act adds
    its sums to the operation that there is."""
    piece = piece_of(head.kind)
    if piece is not None:
        return await _continue(piece, head, entries, state, now)
    sums = _sums(entries)
    [(operation_id,)] = await database.fetch(
        INSERT_OPERATION,
        [
            now,
            head.kind.value,
            state.value,
            head.actor.user_id,
            head.actor.role,
            head.batch_id,
            head.item_id,
            dict(head.selector),
            {**head.parameters, "cascaded": _cascaded(entries)},
            sums[Outcome.APPLIED],
            sums[Outcome.UNCHANGED],
            sums[Outcome.REFUSED],
            head.undo_of,
            None if state in (OperationState.PREVIEWED, OperationState.RUNNING) else now,
            DONE if state is OperationState.APPLIED else 0,
        ],
    )
    return int(operation_id)


INSERT_OPERATION = """
INSERT INTO operation (created_at, updated_at, kind, state, actor_id, role, batch_id, item_id, selector, parameters,
    applied, unchanged, refused, progress, undo_of_id, finished_at)
VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?15, ?13, ?14) RETURNING id
"""


async def _continue(piece: Piece, head: Head, entries: Sequence[Entry], state: OperationState, now: datetime) -> int:
    """What the verb knows of the operation besides is kept with its first piece; one item stays only if all agree."""
    [(parameters, item_id, told)] = await database.fetch(
        "SELECT parameters, item_id, applied + unchanged + refused FROM operation WHERE id = ?1", [piece.operation_id]
    )
    before = orjson.loads(parameters)
    known = {**before, **head.parameters, "cascaded": before.get("cascaded", 0) + _cascaded(entries)}
    await database.execute(
        "UPDATE operation SET batch_id = ?2, item_id = ?3, parameters = ?4 WHERE id = ?1",
        [piece.operation_id, head.batch_id, head.item_id if not told or head.item_id == item_id else None, known],
    )
    await _add(piece, _sums(entries), 0, state, now)
    return piece.operation_id


async def _add(piece: Piece, sums: Counter[Outcome], foreseen: int, state: OperationState, now: datetime) -> None:
    """The sums of a piece, and the state of the whole with the last one; `foreseen`: how many rows were counted as
    applied before they were. Refuses with CONFLICT when the operation is not RUNNING any more."""
    added = await database.execute(
        "UPDATE operation SET applied = applied + ?2, unchanged = unchanged + ?3, refused = refused + ?4, state = ?5,"
        " progress = ?6, finished_at = ?7, updated_at = ?8, version = version + 1 WHERE id = ?1 AND state = 'RUNNING'",
        [
            piece.operation_id,
            sums[Outcome.APPLIED] - foreseen,
            sums[Outcome.UNCHANGED],
            sums[Outcome.REFUSED],
            state.value if piece.last else OperationState.RUNNING.value,
            piece.progress,
            now if piece.last and state is not OperationState.PREVIEWED else None,
            now,
        ],
    )
    if not added:
        raise Refused(Code.CONFLICT, argument="id", state=OperationState.CANCELLED.value)
    await piece.done()


async def store_preview(head: Head, foreseen: Sequence[Entry], entries: Sequence[Entry], now: datetime) -> int:
    """A dry run in a short transaction of its own: `foreseen` makes its sums, `entries` are its frozen rows."""

    async def work() -> int:
        operation_id = await start(head, foreseen, OperationState.PREVIEWED, now)
        await write_rows(operation_id, entries)
        return operation_id

    return await database.atomically(work)


async def finish(operation_id: int, entries: Sequence[Entry], state: OperationState, now: datetime) -> None:
    """Ends the applying of a dry run: `entries` are the rows that it foresaw to change; the others stay counted.
    Refuses with CONFLICT one that is not RUNNING any more."""
    sums, piece = _sums(entries), piece_on(operation_id)
    if piece is not None:
        await _add(piece, sums, len(entries), state, now)
        return
    ended = await database.execute(
        "UPDATE operation SET state = ?2, applied = ?3, unchanged = unchanged + ?4, refused = refused + ?5,"
        " finished_at = ?6, updated_at = ?6, progress = ?7, version = version + 1 WHERE id = ?1 AND state = 'RUNNING'",
        [
            operation_id,
            state.value,
            sums[Outcome.APPLIED],
            sums[Outcome.UNCHANGED],
            sums[Outcome.REFUSED],
            now,
            DONE if state is OperationState.APPLIED else 0,
        ],
    )
    if not ended:  # given up meanwhile, by another process
        raise Refused(Code.CONFLICT, argument="id", state=OperationState.CANCELLED.value)


async def claim_state(operation_id: int, before: OperationState, after: OperationState) -> bool:
    """Takes an operation from one state to another, once: a second transaction waits here and then gets False."""
    changed = await database.execute(
        "UPDATE operation SET state = ?3, version = version + 1, updated_at = ?4 WHERE id = ?1 AND state = ?2",
        [operation_id, before.value, after.value, datetime.now(UTC)],
    )
    return changed == 1


def _sums(entries: Sequence[Entry]) -> Counter[Outcome]:
    return Counter(entry.outcome.outcome for entry in entries if not entry.cascaded)


def _cascaded(entries: Sequence[Entry]) -> int:
    """How many rows were re-opened besides; a mere flag is no re-opening."""
    return sum(entry.cascaded and entry.outcome.before != entry.outcome.after for entry in entries)


# --- rows

ROW_COLUMNS = (
    "operation_id",
    "sheet_id",
    "object",
    "object_id",
    "student_no",
    "before",
    "after",
    "version_after",
    "cascaded",
    "outcome",
    "refusal",
    "facts",
)


async def write_rows(operation_id: int, entries: Sequence[Entry]) -> None:
    """One statement for any number of rows."""
    if entries:
        rows = await in_turns(entries, lambda entry: (operation_id, *_row(entry)))
        await database.copy_rows("operation_row", ROW_COLUMNS, rows)


def _row(entry: Entry) -> tuple[Any, ...]:
    outcome = entry.outcome
    return (
        outcome.sheet_id,
        entry.object,
        outcome.object_id,
        outcome.student_no[:LONGEST_NUMBER],
        None if entry.before is None else dict(entry.before),
        None if entry.after is None else dict(entry.after),
        entry.version_after,
        entry.cascaded,
        outcome.outcome.value,
        outcome.refusal.code.value if outcome.refusal else "",
        _facts(entry) or None,
    )


async def rewrite_rows(rows: Mapping[int, Entry]) -> None:
    """Replaces what a dry run foresaw for each row (by its id) by what became of it. Rows are never deleted."""
    await database.execute(UPDATE_ROWS, [table(await in_turns(rows.items(), _rewritten))])


def _rewritten(row: tuple[int, Entry]) -> tuple[Any, ...]:
    row_id, entry = row
    outcome = entry.outcome
    return (
        row_id,
        outcome.object_id,
        _json(entry.before),
        _json(entry.after),
        entry.version_after,
        outcome.outcome.value,
        outcome.refusal.code.value if outcome.refusal else "",
        _json(_facts(entry)),
    )


def _json(value: Mapping[str, Any] | None) -> str | None:
    return as_json(dict(value)) if value else None


UPDATE_ROWS = """
UPDATE operation_row SET object_id = new.object_id, before = new.before, after = new.after,
    version_after = new.version_after, outcome = new.outcome, refusal = new.refusal, facts = new.facts
FROM ROWS(?1: id int, object_id int, before jsonb, after jsonb, version_after int, outcome text, refusal text,
    facts jsonb) AS new
WHERE operation_row.id = new.id
"""


def _facts(entry: Entry) -> dict[str, Any]:
    """What the answer needs beyond the columns; empty values are left out, but a refusal's facts never."""
    outcome, refusal = entry.outcome, entry.outcome.refusal
    at = outcome.at or (refusal.at if refusal else None)
    found = {
        "item": outcome.item_code,
        "row": outcome.row,
        "cell": outcome.cell,
        "ignored": list(outcome.ignored),
        "by": outcome.by or (refusal.by if refusal else None),
        "at": at.astimezone(UTC).isoformat() if at else None,
        "blockers": [_blocker(each) for each in refusal.blockers] if refusal else None,
        **entry.extra,
    }
    kept = {name: value for name, value in found.items() if value not in (None, [], {}, "")}
    return {**kept, "facts": dict(refusal.facts)} if refusal else kept


def _blocker(blocker: Blocker) -> list[str]:
    words = (blocker.item_name, blocker.whom, blocker.contact)
    return [blocker.item_code, *(text for each in words for text in (each.zh, each.en))]


# --- events

EVENT_COLUMNS = (
    "operation_id",
    "object",
    "object_id",
    "sheet_id",
    "item_id",
    "changed",
    "before",
    "after",
    "cause",
    "actor_id",
    "role",
    "at",
)


async def write_events(operation_id: int, actor: Actor, events: Sequence[EventEntry], now: datetime) -> None:
    """One statement for any number of events."""
    if not events:
        return

    def row(event: EventEntry) -> tuple[Any, ...]:
        return (
            operation_id,
            event.object,
            event.object_id,
            event.sheet_id,
            event.item_id,
            ",".join(event.changed),
            event.before,
            event.after,
            event.cause.value,
            actor.user_id,
            actor.role,
            now,
        )

    rows = await in_turns(events, row)
    await database.copy_rows("event", EVENT_COLUMNS, rows)
