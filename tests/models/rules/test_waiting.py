"""Every act waits for a sheet, and for a batch, that another one holds. On SQLite it waits before it begins, because
there is one writer; on PostgreSQL it waits for the row, and in the order of the ids."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.expressions import Q

from models import Sheet
from models import database as db
from models.database_url import Dialect
from models.enums import CertificateKind, ClearanceStatus, LeaveType
from models.rules.actor import Reach
from models.rules.applications import apply_to_leave
from models.rules.batches import close_batch
from models.rules.certificates import CertificateLine, import_certificates, issue, undo_issue, void
from models.rules.clearances import Change, set_clearances
from models.rules.importing import ClearanceLine, import_clearances
from models.rules.items import update_item
from models.rules.locks import lock_batch, lock_sheets
from models.rules.moving import move_sheets
from models.rules.observations import Observed
from models.rules.operations import apply_operation, undo_operation
from models.rules.people import update_student
from models.rules.refusals import Code, Refused
from models.rules.roster import RosterRow, load_roster
from models.rules.selection import by_class, by_filter, by_numbers
from models.rules.sheet_changes import cancel_sheets, set_late_until
from models.rules.syncing import sync_clearances
from tests import factories
from tests.models.rules.waiting import held, waits_or_ends

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus
pytestmark = pytest.mark.usefixtures("sound_database")
NUMBER = "20220001"
ONE = by_numbers([NUMBER])


class Desk:
    """One student's sheet with a book taken back, which can be undone, and a printed certificate; a dry run waits."""

    def __init__(self, uni, season, later, sheet, certificate, done, preview, newcomer) -> None:
        self.actor, self.sheet, self.certificate = uni.other_actor, sheet, certificate
        self.batch, self.later = season.batch, later.batch
        self.done, self.preview, self.newcomer = done.operation_id, preview.operation_id, newcomer


async def a_desk() -> Desk:
    uni = await factories.university()
    season = await factories.season(uni, accepts_applications=True)
    later = await factories.season(uni, "2026-12")
    sheet = await factories.sheet(season.batch, await factories.student(NUMBER), settled=True)
    certificate = await factories.certificate(sheet)

    def setting(item: str, *, dry_run: bool = False):
        change = Change(PENDING)
        return set_clearances(
            uni.other_actor, batch="2026-06", item=item, selection=ONE, change=change, dry_run=dry_run
        )

    done, preview = await setting("BOOKS"), await setting("DORM", dry_run=True)
    return Desk(uni, season, later, sheet, certificate, done, preview, await factories.student("20220002"))


Act = Callable[[Desk], Awaitable[object]]
NOW = datetime.now(UTC)
ON_SHEETS: dict[str, Act] = {
    "pass": lambda d: set_clearances(d.actor, batch="2026-06", item="BOOKS", selection=ONE, change=Change(CLEARED)),
    "import": lambda d: import_clearances(
        d.actor, batch="2026-06", lines=[ClearanceLine(NUMBER, "BOOKS", Change(CLEARED))]
    ),
    "sync": lambda d: sync_clearances(
        d.actor, source="CWC", batch="2026-06", item="FEES", rows=[Observed(NUMBER, True, NOW)]
    ),
    "apply": lambda d: apply_operation(d.actor, d.preview),
    "undo": lambda d: undo_operation(d.actor, d.done),
    "issue": lambda d: issue(d.actor, batch="2026-06", selection=ONE),
    "take back": lambda d: undo_issue(d.actor, certificates=[d.certificate.id], reason="发错", recovered=True),
    "void": lambda d: void(d.actor, certificates=[d.certificate.id], reason="作废"),
    "entitle": lambda d: import_certificates(
        d.actor, batch="2026-06", lines=[CertificateLine(NUMBER, CertificateKind.DEGREE)]
    ),
    "cancel": lambda d: cancel_sheets(d.actor, batch="2026-06", selection=ONE, reason="误建"),
    "give time": lambda d: set_late_until(
        d.actor, batch="2026-06", selection=ONE, until=NOW + timedelta(days=1), reason="延期"
    ),
    "move": lambda d: move_sheets(d.actor, batch="2026-06", to="2026-12", selection=ONE, reason="延期"),
    "facts": lambda d: update_student(d.actor, student_no=NUMBER, values={"political_status": "中共党员"}),
    "copies": lambda d: update_student(d.actor, student_no=NUMBER, values={}, college="02"),
}
ON_BATCHES: dict[str, Act] = ON_SHEETS | {
    "roster": lambda d: load_roster(d.actor, batch="2026-06", rows=[RosterRow("20220002")]),
    "apply to leave": lambda d: apply_to_leave(
        d.actor, student_id=d.newcomer.id, batch="2026-06", leave_type=LeaveType.GRADUATION
    ),
    "item": lambda d: update_item(d.actor, batch="2026-06", item="BOOKS", values={"place": "二层"}),
    "close": lambda d: close_batch(d.actor, batch="2026-06"),
}


async def waits_for(lock: Callable[[], Awaitable[None]], act: Awaitable[object]) -> None:
    """`act` does not end while somebody holds this lock; and it ends afterwards."""
    async with held(lock):
        acting = asyncio.ensure_future(act)
        await waits_or_ends(acting)
        assert not acting.done(), "it went on beside the lock"
    await acting


@pytest.mark.parametrize("act", ON_SHEETS.values(), ids=ON_SHEETS)
async def test_for_a_sheet(act):
    desk = await a_desk()
    await waits_for(lambda: lock_sheets([desk.sheet.id]), act(desk))


@pytest.mark.parametrize("act", ON_BATCHES.values(), ids=ON_BATCHES)
async def test_for_a_batch_that_is_changed(act):
    desk = await a_desk()
    await waits_for(lambda: lock_batch(desk.batch.id, exclusive=True), act(desk))


async def test_moving_for_the_batch_it_moves_to():
    desk = await a_desk()
    await waits_for(lambda: lock_batch(desk.later.id, exclusive=True), ON_SHEETS["move"](desk))


@pytest.mark.parametrize(
    "act",
    [
        lambda d: close_batch(d.actor, batch="2026-06"),
        lambda d: update_item(d.actor, batch="2026-06", item="BOOKS", values={"place": "二层"}),
    ],
    ids=["close", "item"],
)
async def test_a_change_of_the_batch_for_whoever_works_in_it(act):
    desk = await a_desk()
    await waits_for(lambda: lock_batch(desk.batch.id, exclusive=False), act(desk))


@pytest.mark.parametrize("act", ["roster", "apply to leave", "pass"])
async def test_nobody_slips_into_a_batch_that_is_closing(act):
    """The status is read after the batch's lock: an insert alone would wait as well, but too late to see it."""
    desk = await a_desk()
    locked, go = asyncio.Event(), asyncio.Event()

    async def permit() -> Reach:
        locked.set()
        await go.wait()
        return Reach()

    closing = asyncio.create_task(close_batch(desk.actor, batch="2026-06", permit=permit))
    await locked.wait()
    acting = asyncio.ensure_future(ON_BATCHES[act](desk))
    await waits_or_ends(acting)
    go.set()
    _, answer = await asyncio.gather(closing, acting, return_exceptions=True)
    refusals = [answer.refusal] if isinstance(answer, Refused) else [row.refusal for row in answer.rows]
    assert [each.code for each in refusals] == [Code.BATCH_NOT_OPEN]
    assert await Sheet.all().count() == 1


@pytest.mark.parametrize("chosen", ["class", "filter"])
async def test_whoever_left_the_class_meanwhile_is_not_meant(chosen):
    """What a class or a filter means is read again once its sheets are locked."""
    desk = await a_desk()
    await Sheet.filter(id=desk.sheet.id).update(class_name="一班")
    [college_id] = await Sheet.filter(id=desk.sheet.id).values_list("college_id", flat=True)
    selection = {"class": by_class(college_id, "一班"), "filter": by_filter(Q(class_name="一班"))}[chosen]

    async def moves_away() -> None:
        await lock_sheets([desk.sheet.id])
        await Sheet.filter(id=desk.sheet.id).update(class_name="二班")

    async with held(moves_away):
        acting = asyncio.ensure_future(
            set_clearances(desk.actor, batch="2026-06", item="BOOKS", selection=selection, change=Change(CLEARED))
        )
        await waits_or_ends(acting)
        assert not acting.done()
    assert list((await acting).rows) == []
    assert await factories.status(desk.sheet, "BOOKS") is PENDING


async def test_sheets_are_locked_in_the_order_of_their_ids():
    """Whoever waits for the first holds none of the later ones, wherever their rows lie in the table."""
    season = await factories.season(await factories.university())
    first, second = await factories.crowd(season.batch, 2)
    await Sheet.filter(id=first.id).update(late_until=NOW)  # PostgreSQL writes its row anew, behind the second one's

    async def lock_both() -> None:
        async with db.transaction():
            await lock_sheets([second.id, first.id])

    async with held(lambda: lock_sheets([first.id])):
        both = asyncio.create_task(lock_both())
        await waits_or_ends(both)
        if db.dialect() is Dialect.POSTGRESQL:
            free = await db.fetch("SELECT id FROM sheet WHERE id = ?1 FOR UPDATE SKIP LOCKED", [second.id])
            assert [tuple(row) for row in free] == [(second.id,)]
    await both
