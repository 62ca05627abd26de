"""撤回 of an imported list: every row gets back what it held, and the rows that it made go again, as long as each is
still as the operation left it and, for a new one, nothing refers to it and rows of its kind may be deleted."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tortoise.models import Model

from models import database
from models.declare import entity_of
from models.enums import Cause, OperationKind, OperationState, Outcome
from models.in_list import in_list
from models.rules.actor import Actor
from models.rules.bulk_editing import written
from models.rules.bulk_undoing import require_undoable
from models.rules.bulk_writing import last_changes, lock_rows
from models.rules.editing import DELETED
from models.rules.editing_checks import CHECKS, Edit
from models.rules.editing_rows import FOLLOWERS
from models.rules.journal import PRESENT, event
from models.rules.loading import records
from models.rules.operation_rows import among
from models.rules.recording import Entry, Head, claim_state, put_down, store_preview, write_events
from models.rules.refusals import Code, Refusal, Refused
from models.rules.results import ActResult
from models.rules.row_deciding import RowWork, Verdict
from models.rules.row_imports import entry_of
from models.rules.row_lists import Asked
from models.rules.row_reach import Reaching, RowReach


async def undo_import(
    actor: Actor,
    model: type[Model],
    operation_id: int,
    *,
    reach: Reaching,
    dry_run: bool = False,
    others: bool = False,
    now: datetime | None = None,
) -> ActResult:
    """Puts back what the rows held, and takes away the rows that it made. Own operations; with `others` anybody's.

    A row is refused with STALE_ROW (changed since, with who and when; invariant 12), BAD_INPUT (nothing of what it held
    was kept), CONFLICT (a new row that others refer to, or of a kind that is never deleted), FORBIDDEN (not the
    caller's to delete), and as in `import_rows`. The operation becomes UNDONE when at least one row was put back.
    Refuses the whole act with NOT_FOUND, FORBIDDEN (another's), CONFLICT (no import of rows, or not APPLIED).
    """
    at = now or datetime.now(UTC)

    async def work() -> ActResult:
        await require_undoable(actor, operation_id, OperationKind.IMPORT_ROWS, others=others)
        if not dry_run and not await claim_state(operation_id, OperationState.APPLIED, OperationState.UNDONE):
            raise Refused(Code.CONFLICT, argument="id")
        done = [_Done(row) for row in await records(ROWS, [operation_id])]
        if not dry_run:
            await lock_rows(model, [each.row_id for each in done])
        limits = await reach()
        task = RowWork(model, [each.back for each in done if not each.made], limits, at, dry_run)
        verdicts = iter(await task.decide())
        gone = await _going(model, [each for each in done if each.made], limits)
        settled = [gone[each.row_id] if each.made else _kept(each, next(verdicts)) for each in done]
        task.verdicts = [each for each, was in zip(settled, done, strict=True) if not was.made]
        head = Head(
            OperationKind.UNDO,
            actor,
            selector={"operation": operation_id},
            parameters={"object": model.__name__},
            undo_of=operation_id,
        )
        rows = [_entry(model, each, was) for each, was in zip(settled, done, strict=True)]
        outcomes = [row.outcome for row in rows]
        if dry_run:
            return ActResult(await store_preview(head, rows, rows, at), True, outcomes)
        undoing = await put_down(head, rows, OperationState.APPLIED, at)
        if all(each.outcome is not Outcome.APPLIED for each in outcomes):  # the operation stands as it stood
            await claim_state(operation_id, OperationState.UNDONE, OperationState.APPLIED)
        leaving = [each.row_id for each in done if each.made and gone[each.row_id].outcome is Outcome.APPLIED]
        await _delete(actor, model, leaving, undoing, at)
        return ActResult(undoing, False, outcomes, await written(actor, task.changing(), undoing, Cause.UNDO))

    return await (work() if dry_run else database.atomically(work))


ROWS = """
SELECT object_id, before, version_after, facts FROM operation_row
WHERE operation_id = ?1 AND outcome = 'APPLIED' ORDER BY id
"""


class _Done:
    """A row that the import changed or made, as its operation keeps it."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        facts = json.loads(row["facts"])
        self.row_id, self.made = int(row["object_id"]), bool(facts.get("made"))
        self.version = int(row["version_after"])
        self.fields = facts.get("fields", [])
        before = json.loads(row["before"]) if row["before"] else {}
        self.back = Asked(facts.get("named", ""), facts.get("row"), self.row_id, before, self.version)


def _kept(was: _Done, verdict: Verdict) -> Verdict:
    """Nothing is kept of what is sensitive: a row of which nothing else changed stays as it is."""
    if verdict.outcome is not Outcome.REFUSED and was.fields and not was.back.columns:
        return verdict.refused(Code.BAD_INPUT, field=was.fields[0], problem="NOT_KEPT")
    return verdict


# --- rows that go again


async def _going(model: type[Model], made: Sequence[_Done], reach: RowReach) -> dict[int, Verdict]:
    """By id, what becomes of each row that the import made."""
    if not made:
        return {}
    ids = [each.row_id for each in made]
    rows = {row.pk: row for row in await model.filter(id__in=in_list(ids))}
    visible = await among(model, reach.visible, rows)
    open_ = set() if reach.deleting is None else await among(model, reach.deleting, visible)
    used = await _in_use(model, ids)
    stale = {each.row_id for each in made if each.row_id in rows and _version(rows[each.row_id]) != each.version}
    changes = await last_changes(model, stale)
    found: dict[int, Verdict] = {}
    for each in made:
        row, verdict = rows.get(each.row_id), Verdict(each.back, Outcome.APPLIED, row_id=each.row_id)
        if row is None or each.row_id not in visible:
            verdict = verdict.refused(Code.NOT_FOUND, value=each.back.named, problem="ROW_GONE")
        elif each.row_id in stale:
            last = changes.get(each.row_id)
            refusal = Refusal(Code.STALE_ROW, by=last.by if last else None, at=last.at if last else None)
            verdict = replace(verdict, outcome=Outcome.REFUSED, refusal=refusal)
        elif "delete" not in entity_of(model).plain_editing:
            verdict = verdict.refused(Code.CONFLICT, problem="NEVER_DELETED")
        elif each.row_id not in open_:
            verdict = verdict.refused(Code.FORBIDDEN, problem="NOT_YOURS_TO_DELETE")
        elif each.row_id in used:
            verdict = verdict.refused(Code.CONFLICT, problem="USED_SINCE")
        else:
            verdict = await _checked(model, row, verdict)
        held = {"version": each.version} if row is not None and each.row_id in visible else None
        found[each.row_id] = replace(verdict, row=held)
    return found


def _version(row: Model) -> int:
    return int(row.version)  # type: ignore[attr-defined]  # every Row has one


async def _checked(model: type[Model], row: Model, verdict: Verdict) -> Verdict:
    check = CHECKS.get(model)
    if check is None:
        return verdict
    try:
        await check(Edit(row, None))
    except Refused as refused:
        return verdict.refused(refused.refusal.code, **refused.refusal.facts)
    return verdict


async def _in_use(model: type[Model], ids: Collection[int]) -> set[int]:
    """Those that other rows refer to; one statement for each kind that may."""
    used: set[int] = set()
    for name in sorted(model._meta.backward_fk_fields):
        relation: Any = model._meta.fields_map[name]
        other: type[Model] = relation.related_model
        if other.__name__ not in FOLLOWERS:
            rows: Any = other.filter(**{f"{relation.relation_field}__in": in_list(ids)})
            used |= set(await rows.distinct().values_list(relation.relation_field, flat=True))
    return used


async def _delete(actor: Actor, model: type[Model], ids: Collection[int], operation_id: int, now: datetime) -> None:
    if not ids:
        return
    facts = await model.filter(id__in=in_list(ids)).values("id", *({"item_id"} & set(model._meta.db_fields)))
    entries = [
        event(model.__name__, row["id"], before=PRESENT, after=DELETED, item_id=row.get("item_id"), cause=Cause.UNDO)
        for row in facts
    ]
    await write_events(operation_id, actor, entries, now)
    await model.filter(id__in=in_list(ids)).delete()


def _entry(model: type[Model], each: Verdict, was: _Done) -> Entry:
    """A row of the undoing; one that goes keeps its number."""
    entry = entry_of(model, each)
    if not was.made or each.outcome is not Outcome.APPLIED:
        return entry
    outcome = replace(entry.outcome, object_id=was.row_id, edited=None)
    return replace(entry, outcome=outcome, extra={"named": was.back.named, "row": was.back.row})
