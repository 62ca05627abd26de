"""Short forms of `recording` for the verbs on batches, people, items and accounts, which change rows of one kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from models.enums import Cause, OperationKind, OperationState, Outcome
from models.rules.actor import Actor
from models.rules.recording import Entry, EventEntry, Head, only_status, start, write_events, write_rows
from models.rules.results import RowOutcome

#: What an event says, before and after, of a row that has no status: that it is there.
PRESENT = "PRESENT"


def event(
    about: str,
    object_id: int,
    *changed: str,
    before: str | None = None,
    after: str | None = None,
    sheet_id: int | None = None,
    item_id: int | None = None,
    cause: Cause = Cause.ACT,
) -> EventEntry:
    """One effective change of one row of the object `about`. `before` and `after` are statuses, never personal data."""
    return EventEntry(about, object_id, sheet_id, item_id, changed, before, after, cause)


#: How long the list of changed columns may be in an event.
LONGEST_LIST = 128


def short(names: Iterable[str]) -> list[str]:
    """As many names as the column of the event holds."""
    chosen: list[str] = []
    for name in names:
        if len(",".join([*chosen, name])) <= LONGEST_LIST:
            chosen.append(name)
    return chosen


def entries(rows: Iterable[RowOutcome], about: str) -> list[Entry]:
    """The rows of an operation on objects of one kind, whose status is all that changed."""
    return [Entry(row, about, only_status(row.before), only_status(row.after)) for row in rows]


async def record(
    head: Head,
    rows: Sequence[RowOutcome],
    events: Sequence[EventEntry],
    now: datetime,
    *,
    about: str,
    state: OperationState = OperationState.APPLIED,
) -> int:
    """Writes an operation with its rows and events, and gives its id: three statements."""
    written = entries(rows, about)
    operation_id = await start(head, written, state, now)
    await write_rows(operation_id, written)
    await write_events(operation_id, head.actor, events, now)
    return operation_id


async def record_edit(
    actor: Actor,
    events: Sequence[EventEntry],
    now: datetime,
    *,
    batch_id: int | None = None,
    item_id: int | None = None,
) -> int:
    """Writes an act on accounts or settings: one row for each of its events."""
    written = [Entry(_edited(each), each.object, only_status(each.before), only_status(each.after)) for each in events]
    head = Head(OperationKind.EDIT, actor, batch_id, item_id)
    operation_id = await start(head, written, OperationState.APPLIED, now)
    await write_rows(operation_id, written)
    await write_events(operation_id, actor, events, now)
    return operation_id


def _edited(each: EventEntry) -> RowOutcome:
    return RowOutcome(
        Outcome.APPLIED, "", each.sheet_id, object_id=each.object_id, before=each.before, after=each.after
    )
