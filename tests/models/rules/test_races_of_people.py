"""A change of a person's data meets an act on his sheet at the same moment: nobody decides by what he read before he
had to wait. On SQLite the second one begins when the first has ended; on PostgreSQL it waits in the midst of its work.
"""

from __future__ import annotations

import asyncio

import pytest

from models import Sheet, Student
from models import database as db
from models.enums import ClearanceStatus, SheetState
from models.rules.actor import Reach
from models.rules.moving import move_sheets
from models.rules.people import update_student
from models.rules.roster import RosterRow, load_roster
from models.rules.selection import by_numbers
from models.rules.sheet_changes import Options, cancel_sheets
from tests import factories
from tests.models.rules.waiting import waits_or_ends

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus
pytestmark = pytest.mark.usefixtures("sound_database")


class Held:
    """An act that stops when it has its locks, until `go`."""

    def __init__(self) -> None:
        self.locked, self.go = asyncio.Event(), asyncio.Event()

    async def permit(self) -> Reach:
        self.locked.set()
        await self.go.wait()
        return Reach()


async def meanwhile(held: Held, first, second):
    """`second` begins when `first` has its locks; `first` goes on when `second` waits for them."""
    one = asyncio.create_task(first)
    await held.locked.wait()
    other = asyncio.create_task(second)
    await waits_or_ends(other)
    held.go.set()
    return await asyncio.gather(one, other)


async def test_a_cancelled_sheet_is_not_judged_anew():
    uni = await factories.university()
    season = await factories.season(uni)
    sheet = await factories.sheet(season.batch, await factories.student("20220001"))
    held = Held()
    cancelling = cancel_sheets(
        uni.actor, batch="2026-06", selection=by_numbers(["20220001"]), reason="误建", options=Options(held.permit)
    )
    joining = update_student(uni.other_actor, student_no="20220001", values={"political_status": "中共党员"})
    _, judged = await meanwhile(held, cancelling, joining)
    assert (await Sheet.get(id=sheet.id)).state is SheetState.CANCELLED
    assert judged.rows == []
    assert await factories.status(sheet, "PARTY") is NOT_REQUIRED


async def test_a_cancelled_sheet_keeps_its_copies():
    uni = await factories.university()
    season = await factories.season(uni)
    sheet = await factories.sheet(season.batch, await factories.student("20220001", college=uni.college))
    held = Held()
    cancelling = cancel_sheets(
        uni.actor, batch="2026-06", selection=by_numbers(["20220001"]), reason="误建", options=Options(held.permit)
    )
    transferring = update_student(uni.other_actor, student_no="20220001", values={}, college="02")
    await meanwhile(held, cancelling, transferring)
    kept = await Sheet.get(id=sheet.id).values("state", "college_id", "version")
    assert kept == {"state": SheetState.CANCELLED, "college_id": uni.college.id, "version": 2}
    assert (await Student.get(student_no="20220001").values("college_id"))["college_id"] == uni.other_college.id


async def test_a_roster_sees_the_facts_that_it_waited_for():
    """He joins the party while the roster is loaded: his sheet asks him for his party card, whoever comes first."""
    uni = await factories.university()
    season = await factories.season(uni)
    who = await factories.student("20220001")
    changed, go = asyncio.Event(), asyncio.Event()

    async def joining() -> None:
        async with db.transaction():
            await update_student(uni.other_actor, student_no="20220001", values={"political_status": "中共党员"})
            changed.set()
            await go.wait()

    held = Held()
    held.locked, held.go = changed, go
    roster = load_roster(uni.actor, batch="2026-06", rows=[RosterRow("20220001")])
    await meanwhile(held, joining(), roster)
    sheet = await Sheet.get(batch=season.batch, student=who)
    assert await factories.status(sheet, "PARTY") is PENDING


async def test_moving_against_a_change_of_facts():
    """One locks the sheet and then the person, the other the person and then the sheet: both come to an end."""
    uni = await factories.university()
    season = await factories.season(uni)
    later = await factories.season(uni, "2026-12")
    who = await factories.student("20220001")
    await factories.sheet(season.batch, who)
    held = Held()
    moving = move_sheets(
        uni.actor,
        batch="2026-06",
        to="2026-12",
        selection=by_numbers(["20220001"]),
        reason="延期",
        options=Options(held.permit),
    )
    joining = update_student(uni.other_actor, student_no="20220001", values={"political_status": "中共党员"})
    await meanwhile(held, moving, joining)
    made = await Sheet.get(batch=later.batch, student=who)
    assert await factories.status(made, "PARTY") is PENDING
