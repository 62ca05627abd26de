"""The items of a batch under plain editing: adding, changing, withdrawing, copying.

Everything may be edited while the batch is being prepared; once it is open only names, owners, instructions and places
may (invariant 16), and the rest goes through a request (`item_requests`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from models import database
from models.enums import BatchStatus, OperationKind, Outcome, RequestKind
from models.portable_sql import many
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.facts import Season
from models.rules.item_changes import ItemChange, ItemResult, change_items
from models.rules.item_drafts import FROZEN, ItemDraft, read_draft
from models.rules.journal import PRESENT, event, record
from models.rules.loading import BATCH_STATUS, batch_id_of, load_season
from models.rules.locks import lock_batch
from models.rules.recording import Head
from models.rules.refusals import Code, Refused
from models.rules.results import ActResult, RowOutcome


async def create_item(
    actor: Actor,
    *,
    batch: str,
    values: Mapping[str, object],
    dry_run: bool = False,
    permit: Permit = unrestricted,
) -> ItemResult:
    """Adds an item to a batch that is being prepared; `values` as for `read_draft`. Refuses as `change_items`."""
    draft = read_draft(values, adding=True)
    code = str(draft.columns["code"])
    return await _edit(actor, batch, ItemChange(RequestKind.ADD, code, draft), permit, dry_run)


async def update_item(
    actor: Actor,
    *,
    batch: str,
    item: str,
    values: Mapping[str, object],
    expected_version: int | None = None,
    dry_run: bool = False,
    permit: Permit = unrestricted,
) -> ItemResult:
    """Changes what `values` mention. In an open batch only what no rule reads. Refuses as `change_items`."""
    change = ItemChange(RequestKind.CHANGE, item, read_draft(values, adding=False), expected_version)
    return await _edit(actor, batch, change, permit, dry_run)


async def withdraw_item(
    actor: Actor,
    *,
    batch: str,
    item: str,
    expected_version: int | None = None,
    dry_run: bool = False,
    permit: Permit = unrestricted,
) -> ItemResult:
    """Takes an item out of a batch that is being prepared. It is kept, and what was red becomes grey by rule."""
    change = ItemChange(RequestKind.REMOVE, item, ItemDraft({}), expected_version)
    return await _edit(actor, batch, change, permit, dry_run)


async def _edit(actor: Actor, batch: str, change: ItemChange, permit: Permit, dry_run: bool) -> ItemResult:
    async def work() -> ItemResult:
        batch_id = await batch_id_of(batch)
        if not dry_run:
            await lock_batch(batch_id, exclusive=True)
        await permit()
        season = await load_season(batch_id)
        _refuse_frozen(season, change)
        return await change_items(actor, season, change, dry_run=dry_run)

    return await (work() if dry_run else database.atomically(work))


def _refuse_frozen(season: Season, change: ItemChange) -> None:
    """After the opening, what the rules read is frozen (invariant 16); after the archive, everything."""
    status = season.batch.status
    facts = {"batch": season.batch.code, "status": status.value}
    if status is BatchStatus.ARCHIVED:
        raise Refused(Code.BATCH_NOT_OPEN, argument="batch", **facts)
    if status is BatchStatus.PREPARING:
        return
    frozen = sorted(change.draft.mentioned & FROZEN) if change.kind is RequestKind.CHANGE else ["item"]
    if frozen:
        raise Refused(Code.BAD_INPUT, argument=f"proposal.{frozen[0]}", problem="FROZEN", **facts)


# --- from one season to the next


async def copy_items(
    actor: Actor, *, from_batch: str, to_batch: str, dry_run: bool = False, permit: Permit = unrestricted
) -> ActResult:
    """Copies the items of an earlier season, withdrawn ones left out, each with what comes before it. One row an item,
    UNCHANGED when its code is there already: that one keeps what comes before it as it is. A dry run writes nothing.

    Refuses with NOT_FOUND (a batch), BAD_INPUT (both are the same), BATCH_NOT_OPEN (`to_batch` is not being prepared,
    or has sheets already: its items are then added one by one, with their effect).
    """
    if from_batch == to_batch:
        raise Refused(Code.BAD_INPUT, argument="to", batch=to_batch)

    async def work() -> ActResult:
        source, target = await batch_id_of(from_batch, argument="from"), await batch_id_of(to_batch, argument="to")
        if not dry_run:
            await lock_batch(target, exclusive=True)
        await permit()
        await _require_empty(target, to_batch)
        before = {code for (code,) in await database.fetch(CODES, [target])}
        if dry_run:
            return ActResult(None, True, [_copied(row, before) for row in await database.fetch(TO_COPY, [source])])
        await database.execute(COPY_ITEMS, [source, target, datetime.now(UTC)])
        await database.execute(COPY_EDGES, [source, target, datetime.now(UTC), many(before)])
        rows = [_copied(row, before) for row in await database.fetch(COPIED, [source, target])]
        made = [row for row in rows if row.outcome is Outcome.APPLIED]
        events = [event("Item", row.object_id or 0, "code", after=PRESENT, item_id=row.object_id) for row in made]
        head = Head(OperationKind.CHANGE_ITEMS, actor, target, parameters={"from": from_batch})
        return ActResult(await record(head, rows, events, datetime.now(UTC), about="Item"), False, rows)

    return await (work() if dry_run else database.atomically(work))


def _copied(row: database.Row, before: set[str]) -> RowOutcome:
    item_id, code = row
    there = code in before
    outcome = Outcome.UNCHANGED if there else Outcome.APPLIED
    stood = PRESENT if there else None
    return RowOutcome(outcome, "", item_code=code, object_id=item_id, before=stood, after=PRESENT)


async def _require_empty(batch_id: int, code: str) -> None:
    [(status, sheets)] = await database.fetch(STATUS_AND_SHEETS, [batch_id])
    if BATCH_STATUS[status] is not BatchStatus.PREPARING or sheets:
        raise Refused(Code.BATCH_NOT_OPEN, argument="to", batch=code, status=status)


STATUS_AND_SHEETS = """
SELECT status, EXISTS (SELECT 1 FROM sheet WHERE sheet.batch_id = batch.id) FROM batch WHERE id = ?1
"""
CODES = "SELECT code FROM item WHERE batch_id = ?1"
COPIED_COLUMNS = """code, name, name_en, kind, department_id, handled_by, ways, applies_to, instruction, instruction_en,
    place, "order\""""
COPY_ITEMS = f"""
INSERT INTO item (batch_id, created_at, updated_at, {COPIED_COLUMNS}) SELECT ?2, ?3, ?3, {COPIED_COLUMNS} FROM item
WHERE batch_id = ?1 AND withdrawn_at IS NULL AND code NOT IN (SELECT code FROM item WHERE batch_id = ?2)
ORDER BY "order", id
"""
COPY_EDGES = """
INSERT INTO prerequisite (item_id, requires_id, reopen, created_at, updated_at)
SELECT item.id, required.id, edge.reopen, ?3, ?3
FROM prerequisite AS edge JOIN item AS old ON old.id = edge.item_id JOIN item AS first ON first.id = edge.requires_id
JOIN item ON item.batch_id = ?2 AND item.code = old.code
JOIN item AS required ON required.batch_id = ?2 AND required.code = first.code
WHERE old.batch_id = ?1 AND old.withdrawn_at IS NULL AND first.withdrawn_at IS NULL AND old.code NOT IN LIST(?4)
ORDER BY edge.id
"""
COPIED = """
SELECT item.id, item.code FROM item JOIN item AS old ON old.code = item.code AND old.batch_id = ?1
WHERE item.batch_id = ?2 AND old.withdrawn_at IS NULL ORDER BY item."order", item.id
"""
TO_COPY = """SELECT id, code FROM item WHERE batch_id = ?1 AND withdrawn_at IS NULL ORDER BY "order", id"""
