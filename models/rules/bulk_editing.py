"""Plain editing of many rows at once (B1): one operation with what each row held and holds, one event a row; checked
first, applied on the frozen set, and undone by `bulk_undoing`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from tortoise.models import Model

from models import database
from models.enums import Cause, OperationKind, OperationState, Outcome
from models.in_list import in_list
from models.people import Student
from models.rules.actor import Actor
from models.rules.applicability import student_facts
from models.rules.bulk_values import column_of, field_of, refuse_others, stored
from models.rules.bulk_writing import Judged, Wish, Work, lock_rows
from models.rules.clearing import ErrorPolicy
from models.rules.editing_rows import Bounded, unbounded
from models.rules.editing_values import found_rows, key_of, read_values
from models.rules.idempotency import Idempotency, claim, settle
from models.rules.identity import link_people, normalise_number
from models.rules.journal import PRESENT, event, short
from models.rules.loading import records
from models.rules.recorded import load_result
from models.rules.recording import (
    Entry,
    EventEntry,
    Head,
    Previewed,
    claim_state,
    put_down,
    store_preview,
    write_events,
)
from models.rules.reevaluation import re_evaluate
from models.rules.refusals import Code, Refused
from models.rules.results import ActResult, Edited, RowOutcome
from models.rules.season_copies import COPIES, refresh_copies

#: More rows than this are no list that anybody has looked at.
MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Chosen:
    """Ticked rows, or rows named by their key (a pasted list); each once."""

    ids: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()


async def update_rows(
    actor: Actor,
    model: type[Model],
    chosen: Chosen,
    values: Mapping[str, object],
    *,
    bounds: Bounded = unbounded,
    dry_run: bool = False,
    expected: Mapping[int, int] | None = None,
    error_policy: ErrorPolicy = ErrorPolicy.REJECT_ALL,
    idempotency: Idempotency | None = None,
    now: datetime | None = None,
) -> ActResult:
    """Gives every chosen row these values, by field name; None empties. What is not mentioned stays as it is.

    A row is refused with NOT_FOUND, FORBIDDEN (it is not, or would not be, the caller's to change), STALE_ROW (changed
    since `expected`, with who and when), BATCH_NOT_OPEN (archived). Students' sheets and what rules decide about them
    follow, as after a single edit. Refuses the whole act with BAD_INPUT (every field at fault), NOT_FOUND (a row named
    by a field), RANGE_TOO_LARGE.
    """
    refuse_others(model, values)
    filled = read_values(model, values, adding=False)
    if len(chosen.ids) + len(chosen.keys) > MOST_ROWS:
        count = len(chosen.ids) + len(chosen.keys)
        raise Refused(Code.RANGE_TOO_LARGE, argument="select", count=count, limit=MOST_ROWS)
    at = now or datetime.now(UTC)

    async def work() -> ActResult:
        earlier = await claim(idempotency) if idempotency is not None and not dry_run else None
        if earlier is not None:
            return await load_result(earlier)
        ids, named = await _found(model, chosen)
        if not dry_run:
            await lock_rows(model, ids)
        reach = await bounds()
        targets = await found_rows(model, filled.named, reach.named)
        wanted = stored({**filled.columns, **{column_of(model, name): each for name, each in targets.items()}})
        seen = expected or {}
        wishes = [Wish(each, wanted, named.get(each, ""), seen.get(each)) for each in ids]
        wishes += [Wish(0, wanted, key) for key in chosen.keys if key not in set(named.values())]
        task = Work(model, wishes, reach, at, dry_run)
        rows = [entry_of(model, each) for each in await task.decide()]
        head = _head(actor, model, filled.names, len(wishes))
        if dry_run:
            return ActResult(await store_preview(head, rows, rows, at), True, [row.outcome for row in rows])
        stopped = error_policy is ErrorPolicy.REJECT_ALL and any(row.outcome.refusal for row in rows)
        if stopped:
            rows = [_not_applied(row) for row in rows]
        operation_id = await put_down(head, rows, OperationState.FAILED if stopped else OperationState.APPLIED, at)
        cascaded = 0 if stopped else await written(actor, task, operation_id)
        if idempotency is not None:
            await settle(idempotency, operation_id)
        return ActResult(operation_id, False, [row.outcome for row in rows], cascaded)

    return await (work() if dry_run else database.atomically(work))


async def apply_edit(
    actor: Actor, model: type[Model], operation_id: int, *, bounds: Bounded = unbounded, now: datetime | None = None
) -> ActResult:
    """Applies exactly the rows that one's own dry run showed as changing, once; each is decided again, and refused with
    STALE_ROW when it is not as it was shown. Refuses with NOT_FOUND (no such dry run of one's own), CONFLICT (it was
    given up)."""
    at = now or datetime.now(UTC)

    async def work() -> None:
        await require_own_preview(actor, operation_id, OperationKind.BULK_EDIT)
        if not await claim_state(operation_id, OperationState.PREVIEWED, OperationState.RUNNING):
            await refuse_cancelled(operation_id)
            return
        frozen = await records(FROZEN, [operation_id])
        wishes = [_frozen(row) for row in frozen]
        await lock_rows(model, [wish.row_id for wish in wishes])
        task = Work(model, wishes, await bounds(), at)
        rows = [entry_of(model, each) for each in await task.decide()]
        previewed = Previewed(operation_id, [row["id"] for row in frozen])
        head = Head(OperationKind.BULK_EDIT, actor)
        await put_down(head, rows, OperationState.APPLIED, at, previewed=previewed)
        await written(actor, task, operation_id)

    await database.atomically(work)
    return await load_result(operation_id)


FROZEN = """
SELECT id, object_id, student_no, after, facts FROM operation_row
WHERE operation_id = ?1 AND outcome = 'APPLIED' ORDER BY id
"""


async def require_own_preview(actor: Actor, operation_id: int, kind: OperationKind) -> None:
    """Refuses with NOT_FOUND what is no operation of one's own of this kind."""
    found = await database.fetch("SELECT kind, actor_id FROM operation WHERE id = ?1", [operation_id])
    if [tuple(row) for row in found] != [(kind.value, actor.user_id)]:
        raise Refused(Code.NOT_FOUND, argument="id")


async def refuse_cancelled(operation_id: int) -> None:
    """Refuses with CONFLICT a dry run that was given up."""
    [(state,)] = await database.fetch("SELECT state FROM operation WHERE id = ?1", [operation_id])
    if state == OperationState.CANCELLED.value:
        raise Refused(Code.CONFLICT, argument="id", state=state)


def _frozen(row: Mapping[str, Any]) -> Wish:
    return Wish(row["object_id"], json.loads(row["after"]), row["student_no"], json.loads(row["facts"])["seen"])


# --- which rows


async def _found(model: type[Model], chosen: Chosen) -> tuple[list[int], dict[int, str]]:
    """The ids in the order asked for, and by id the key by which a row was named. Nothing is said of rows here: the
    caller's right is asked after the locks."""
    key = key_of(model)
    if not chosen.keys or key is None:
        return list(dict.fromkeys(chosen.ids)), {}
    rows = model.filter(**{f"{key}__in": in_list(chosen.keys, texts=True)}).values_list(key, "id")
    by_key = {str(text): int(row_id) for text, row_id in await rows}
    named = {by_key[text]: text for text in chosen.keys if text in by_key}
    return list(dict.fromkeys([*chosen.ids, *named])), named


def keys_of(texts: Sequence[str]) -> tuple[str, ...]:
    """A pasted list, cleaned; each once."""
    return tuple(dict.fromkeys(filter(None, map(normalise_number, texts))))


# --- writing, also for undo


def _head(actor: Actor, model: type[Model], names: Sequence[str], count: int) -> Head:
    """What the operation remembers of what was asked: which fields, never their values, which not everybody who reads
    operations may read."""
    asked = {"object": model.__name__, "fields": list(names)}
    return Head(OperationKind.BULK_EDIT, actor, selector={"object": model.__name__, "rows": count}, parameters=asked)


async def written(actor: Actor, task: Work, operation_id: int, cause: Cause = Cause.ACT) -> int:
    """Writes what was decided, with its events and all that follows from changed students; gives how many items those
    re-opened."""
    changing = task.changing
    if not changing:
        return 0
    await task.write()
    events = [_event(task.model, each, cause) for each in changing]
    ids = [each.wish.row_id for each in changing]
    changed = {name for each in changing for name in each.before} if task.model is Student else set()
    if not changed.isdisjoint(("id_no", "id_type")):
        await link_people(ids)
    if not changed.isdisjoint(COPIES):
        events += await refresh_copies(ids, now=task.now)
    await write_events(operation_id, actor, events, task.now)
    if changed.isdisjoint(student_facts()):  # no rule reads what is different now
        return 0
    return (await re_evaluate(actor, ids, now=task.now)).cascaded


def _event(model: type[Model], each: Judged, cause: Cause) -> EventEntry:
    names = short(field_of(model, name) for name in sorted(each.before))
    item_id = each.wish.row_id if model.__name__ == "Item" else None
    return event(model.__name__, each.wish.row_id, *names, before=PRESENT, after=PRESENT, item_id=item_id, cause=cause)


def entry_of(model: type[Model], each: Judged) -> Entry:
    """A row of the operation: what it held and is to hold in every column asked for, and the version in which it was
    left."""
    row, about = each.row, model.__name__
    applied = each.outcome is Outcome.APPLIED
    edited = Edited(about, each.before, each.after) if applied else Edited(about)
    outcome = RowOutcome(
        each.outcome,
        str(row.get("student_no", "")) if row is not None else each.wish.named if model is Student else "",
        name=str(row["name"]) if row is not None and model is Student else None,
        object_id=each.wish.row_id if row is not None else None,
        refusal=each.refusal,
        edited=edited if row is not None else None,
    )
    if row is None:
        return Entry(outcome, about)
    if not applied:
        return Entry(outcome, about, extra={"edit": True})
    seen = int(row["version"])
    extra = {"edit": True, "fields": sorted(each.before), "seen": seen}
    before = {name: row[name] for name in each.wish.wanted}
    return Entry(outcome, about, before, each.wish.wanted, seen + 1, extra=extra)


def _not_applied(entry: Entry) -> Entry:
    if entry.outcome.outcome is not Outcome.APPLIED:
        return entry
    return replace(entry, outcome=replace(entry.outcome, outcome=Outcome.NOT_APPLIED))
