"""转批次 (B19): a student leaves in another season than planned. The old sheet is MOVED and linked, a new one is made
by the rules of the other batch, and the entitlements go along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from models import database
from models.enums import CertificateStatus, OperationKind, Outcome, SheetState
from models.portable_sql import many, table
from models.rules import counters
from models.rules.actor import Actor
from models.rules.facts import Season, SheetFacts
from models.rules.journal import event
from models.rules.recording import EventEntry
from models.rules.refusals import Code, Refusal, Refused
from models.rules.roster import (
    LEAVE_TYPE,
    ORIGIN,
    RosterResult,
    batch_that_takes_sheets,
    counted,
    items_to_keep,
    kept_items,
)
from models.rules.selection import Selection
from models.rules.sheet_changes import END, Deed, Options, carry_out, require_reason
from models.rules.sheets import NewSheet, Plan, plan_sheets, write_sheets


async def move_sheets(
    actor: Actor, *, batch: str, to: str, selection: Selection, reason: str, options: Options | None = None
) -> RosterResult:
    """Moves sheets from `batch` to the batch `to`. What was cleared stays on the old sheet; on the new one every item
    begins as its rule says, which the answer counts item by item. Certificates that are not void go to the new sheet:
    who is entitled stays entitled.

    A row is refused with SHEET_NOT_ACTIVE, ALREADY_ISSUED, NOT_FOUND, FORBIDDEN, or DUPLICATE (the student has a sheet
    in `to` already). Refuses the whole act with REASON_REQUIRED, NOT_FOUND (a batch), BAD_INPUT (both are the same),
    BATCH_NOT_OPEN (`batch` is archived, or `to` takes no sheets any more).
    """
    require_reason(reason)
    if batch == to:
        raise Refused(Code.BAD_INPUT, argument="to", batch=to)
    chosen = options or Options()
    plan: Plan | None = None

    async def decide(season: Season, sheets: Sequence[SheetFacts]) -> Mapping[int, Refusal | None]:
        nonlocal plan
        lock = not chosen.dry_run
        target = await batch_that_takes_sheets(to, lock=lock, argument="to")
        plan = await _planned(target, sheets, lock=lock)
        taken = Refusal(Code.DUPLICATE, facts={"batch": to})
        made = [row.outcome is Outcome.APPLIED for row in plan.rows]
        return {sheet.id: taken for sheet, is_made in zip(sheets, made, strict=True) if not is_made}

    async def write(operation_id: int, sheets: Sequence[SheetFacts], now: datetime) -> list[EventEntry]:
        if plan is None:
            raise AssertionError("sheets are decided before they are written")
        return await _write(actor, operation_id, sheets, plan, now)

    parameters = {"reason": reason.strip(), "to": to}
    deed = Deed(
        OperationKind.MOVE_SHEETS,
        decide,
        write,
        SheetState.MOVED.value,
        parameters,
        lambda: items_to_keep(counted(plan) if plan is not None else ()),
    )
    done = await carry_out(actor, batch, selection, deed, chosen)
    if plan is None and chosen.idempotency is not None:  # asked again with the same key: the answer of then
        items = await kept_items(chosen.idempotency)
    else:
        items = counted(plan) if plan is not None else ()
    return RosterResult(done.operation_id, done.dry_run, done.rows, items=items)


async def _planned(batch_id: int, sheets: Sequence[SheetFacts], *, lock: bool) -> Plan:
    """The new sheets: for the same reason, and from the same origin, as the old ones."""
    ids = [sheet.id for sheet in sheets]
    origins = await database.fetch("SELECT id, origin FROM sheet WHERE id IN LIST(?1)", [many(ids)])
    origin = {sheet_id: ORIGIN[stored] for sheet_id, stored in origins}
    entries = [
        NewSheet(sheet.person["student_id"], LEAVE_TYPE[sheet.person["leave_type"]], origin[sheet.id])
        for sheet in sheets
    ]
    return await plan_sheets(batch_id, entries, lock=lock, leaving=set(ids))


async def _write(
    actor: Actor, operation_id: int, sheets: Sequence[SheetFacts], plan: Plan, now: datetime
) -> list[EventEntry]:
    old = [sheet.id for sheet in sheets]
    await counters.count_sheets(old, sign=-1)
    await database.execute(END, [many(old), SheetState.MOVED, now])
    made = await write_sheets(actor, plan, operation_id=operation_id, now=now, count=False)
    new = [row.sheet_id for row in made if row.outcome is Outcome.APPLIED and row.sheet_id is not None]
    pairs = list(zip(old, new, strict=True))
    await database.execute(LINK, [table(pairs)])
    events = [
        event("Sheet", each, "state", before=SheetState.ACTIVE.value, after=SheetState.MOVED.value, sheet_id=each)
        for each in old
    ]
    events += await _carry_certificates(dict(pairs), now)
    await counters.count_sheets(new, sign=1)
    return events


LINK = """
UPDATE sheet SET moved_to_id = pair.target FROM ROWS(?1: source int, target int) AS pair WHERE sheet.id = pair.source
"""


async def _carry_certificates(pairs: Mapping[int, int], now: datetime) -> list[EventEntry]:
    found = await database.fetch(ENTITLEMENTS, [many(pairs), CertificateStatus.VOID])
    await database.execute(CARRY, [table((certificate_id, pairs[sheet_id]) for certificate_id, sheet_id in found), now])
    return [event("Certificate", each, "sheet", sheet_id=pairs[sheet_id]) for each, sheet_id in found]


ENTITLEMENTS = "SELECT id, sheet_id FROM certificate WHERE sheet_id IN LIST(?1) AND status <> ?2 ORDER BY id"
CARRY = """
UPDATE certificate SET sheet_id = pair.sheet_id, version = version + 1, updated_at = ?2
FROM ROWS(?1: id int, sheet_id int) AS pair WHERE certificate.id = pair.id
"""
