"""A dry run that is being applied: RUNNING for everybody, stopped safely, never half done, done after a crash; and
others have their turn meanwhile."""

# Tortoise makes the ids of relations itself, and types flat value lists as lists of tuples.
# mypy: disable-error-code="attr-defined, comparison-overlap"

from __future__ import annotations

import asyncio

import pytest
from tortoise.expressions import Q

from models import Event, Operation, database
from models.database_url import Dialect
from models.enums import ClearanceStatus, Level, OperationState, Outcome
from models.rules import under_way
from models.rules.actor import Reach
from models.rules.clearances import Change, set_clearances
from models.rules.operations import apply_operation, cancel_operation
from models.rules.recording import claim_state
from models.rules.refusals import Code, Refused
from models.rules.selection import all_except, by_class, by_filter, by_numbers
from models.rules.under_way import carrying_out, in_turns, percents, reached
from tests import factories

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus
APPLIED, UNCHANGED, REFUSED, NOT_APPLIED = Outcome
pytestmark = pytest.mark.usefixtures("sound_database")
NUMBERS = ("20230001", "20230002", "20230003", "20230004")


class Gate:
    """A permit that waits: whoever asks it stands in the middle of the act's transaction, after the locks."""

    def __init__(self) -> None:
        self.reached, self.open = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> Reach:
        self.reached.set()
        await self.open.wait()
        return Reach()


@pytest.fixture
async def desk(sound_database):
    """Four students, a batch whose limit is three, and a dry run over all four."""
    uni = await factories.university()
    season = await factories.season(uni, range_limit=3)
    sheets = await factories.crowd(season.batch, 4, class_name="软件2201", college=uni.college)
    return uni, season, sheets


async def checked(uni, chosen=None) -> int:
    """The operation of a dry run."""
    shown = await set_clearances(
        uni.actor,
        batch="2026-06",
        item="BOOKS",
        selection=chosen or by_numbers(NUMBERS),
        change=Change(CLEARED),
        dry_run=True,
    )
    assert shown.operation_id is not None
    return shown.operation_id


async def state(operation: int) -> tuple[OperationState, int]:
    found = await Operation.get(id=operation)
    return found.state, found.applied


async def refusal(work):
    with pytest.raises(Refused) as found:
        await work
    return found.value.refusal


async def test_it_runs_for_everybody_and_a_second_call_has_the_answer_of_the_first(desk):
    uni, _, sheets = desk
    operation, gate = await checked(uni), Gate()
    acting = asyncio.create_task(apply_operation(uni.actor, operation, permit=gate))
    await gate.reached.wait()
    assert await state(operation) == (OperationState.RUNNING, 4)
    assert await factories.statuses(sheets, "BOOKS") == [PENDING] * 4
    assert percents() == {operation: 0}
    again = asyncio.create_task(apply_operation(uni.actor, operation))
    gate.open.set()
    assert await acting == await again
    assert await state(operation) == (OperationState.APPLIED, 4)
    assert await Event.all().count() == 4
    assert percents() == {}


async def test_it_is_stopped_and_everything_taken_back(desk):
    uni, _, sheets = desk
    operation, gate = await checked(uni), Gate()
    acting = asyncio.create_task(apply_operation(uni.actor, operation, permit=gate))
    await gate.reached.wait()
    before = await factories.contents("clearance", "event", "item_college_counter")
    stopping = asyncio.create_task(cancel_operation(uni.actor, operation))
    while not under_way._RUNNING[operation].given_up:  # noqa: ASYNC110  # it asks the database first
        await asyncio.sleep(0)
    gate.open.set()
    found = await refusal(acting)
    assert (found.code, found.facts) == (Code.CONFLICT, {"state": "CANCELLED"})
    await stopping
    assert (await state(operation))[0] is OperationState.CANCELLED
    assert await factories.contents("clearance", "event", "item_college_counter") == before
    assert (await refusal(apply_operation(uni.actor, operation))).code is Code.CONFLICT
    assert await factories.statuses(sheets, "BOOKS") == [PENDING] * 4


async def test_another_process_stops_it_too(desk):
    if database.dialect() is Dialect.SQLITE:
        return  # which gets one process
    uni, _, sheets = desk
    operation, gate = await checked(uni), Gate()
    acting = asyncio.create_task(apply_operation(uni.actor, operation, permit=gate))
    await gate.reached.wait()
    assert await claim_state(operation, OperationState.RUNNING, OperationState.CANCELLED)
    gate.open.set()
    assert (await refusal(acting)).facts == {"state": "CANCELLED"}
    assert (await state(operation))[0] is OperationState.CANCELLED
    assert await factories.statuses(sheets, "BOOKS") == [PENDING] * 4
    assert await Event.all().count() == 0


async def test_what_has_ended_is_not_stopped(desk):
    uni, _, sheets = desk
    operation = await checked(uni)
    await apply_operation(uni.actor, operation)
    assert (await refusal(cancel_operation(uni.actor, operation))).code is Code.CONFLICT
    assert await factories.statuses(sheets, "BOOKS") == [CLEARED] * 4


async def test_only_its_maker_stops_it(desk):
    uni, _, _ = desk
    operation, gate = await checked(uni), Gate()
    acting = asyncio.create_task(apply_operation(uni.actor, operation, permit=gate))
    await gate.reached.wait()
    assert (await refusal(cancel_operation(uni.other_actor, operation))).code is Code.NOT_FOUND
    gate.open.set()
    assert (await acting).count(APPLIED) == 4


async def test_after_a_failure_it_is_a_dry_run_again(desk):
    uni, _, sheets = desk
    operation = await checked(uni)

    async def taken_away() -> Reach:
        raise Refused(Code.FORBIDDEN, argument="id")

    assert (await refusal(apply_operation(uni.actor, operation, permit=taken_away))).code is Code.FORBIDDEN
    assert await state(operation) == (OperationState.PREVIEWED, 4)
    assert await factories.statuses(sheets, "BOOKS") == [PENDING] * 4
    assert (await apply_operation(uni.actor, operation)).count(APPLIED) == 4


async def test_a_task_that_is_cancelled_does_nothing_by_halves(desk):
    uni, _, sheets = desk
    operation, gate = await checked(uni), Gate()
    acting = asyncio.create_task(apply_operation(uni.actor, operation, permit=gate))
    await gate.reached.wait()
    acting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await acting
    assert await state(operation) == (OperationState.PREVIEWED, 4)
    assert await factories.statuses(sheets, "BOOKS") == [PENDING] * 4


async def test_after_a_crash_it_is_done_by_the_next_call(desk):
    uni, _, sheets = desk
    operation = await checked(uni)
    await claim_state(operation, OperationState.PREVIEWED, OperationState.RUNNING)  # and then the process died
    assert (await apply_operation(uni.actor, operation)).count(APPLIED) == 4
    assert await state(operation) == (OperationState.APPLIED, 4)
    assert await factories.statuses(sheets, "BOOKS") == [CLEARED] * 4
    assert await Event.all().count() == 4


async def test_a_crash_is_cleared_away_by_giving_it_up(desk):
    uni, _, sheets = desk
    operation = await checked(uni)
    await claim_state(operation, OperationState.PREVIEWED, OperationState.RUNNING)
    await cancel_operation(uni.actor, operation)
    assert (await state(operation))[0] is OperationState.CANCELLED
    assert await factories.statuses(sheets, "BOOKS") == [PENDING] * 4


async def test_who_does_not_ask_for_rows_has_the_sums(desk):
    uni, _, _ = desk
    operation = await checked(uni, by_numbers([*NUMBERS, "77"]))
    done = await apply_operation(uni.actor, operation, with_rows=False)
    assert (done.rows, done.operation_id, done.dry_run) == ([], operation, False)
    assert [done.count(each) for each in Outcome] == [4, 0, 1, 0]


# --- the count that is typed in (B1)


@pytest.mark.parametrize("chosen", [by_filter(Q(level=Level.UG)), all_except(["20239999"])], ids=["filter", "except"])
async def test_a_whole_filter_is_applied_with_its_count_alone(desk, chosen):
    uni, season, sheets = desk
    await factories.sheet(season.batch, await factories.student("20239999"))
    chosen = by_filter(Q(id__in=[each.id for each in sheets])) if not chosen.excluding else chosen
    operation = await checked(uni, chosen)
    before = await factories.contents("clearance", "event", "operation", "operation_row")
    for wrong in (None, 3, 5):
        found = await refusal(apply_operation(uni.actor, operation, confirmed_count=wrong))
        assert (found.code, found.facts) == (Code.COUNT_CONFIRMATION, {"count": 4})
    assert await factories.contents("clearance", "event", "operation", "operation_row") == before
    assert (await apply_operation(uni.actor, operation, confirmed_count=4)).count(APPLIED) == 4
    assert (await apply_operation(uni.actor, operation)).count(APPLIED) == 4, "applied before: nothing is asked again"


async def test_a_class_needs_no_count_nor_does_a_filter_that_changes_few(desk):
    uni, _, sheets = desk
    operation = await checked(uni, by_class(uni.college.id, "软件2201"))
    assert (await apply_operation(uni.actor, operation)).count(APPLIED) == 4
    change = Change(PENDING)
    await set_clearances(uni.actor, batch="2026-06", item="BOOKS", selection=by_numbers(NUMBERS[:3]), change=change)
    operation = await checked(uni, by_filter(Q()))
    done = await apply_operation(uni.actor, operation)
    assert (done.count(APPLIED), done.count(UNCHANGED)) == (3, 1)
    assert await factories.statuses(sheets, "BOOKS") == [CLEARED] * 4


async def test_the_frozen_set_of_a_filter_is_frozen(desk):
    """Who meets the conditions only later is not touched; who does not any more is: he was shown."""
    uni, season, sheets = desk
    operation = await checked(uni, by_filter(Q(class_name="软件2201")))
    late = await factories.sheet(
        season.batch, await factories.student("20239999", class_name="软件2201", college=uni.college)
    )
    await sheets[0].filter(id=sheets[0].id).update(class_name="软件2202")
    done = await apply_operation(uni.actor, operation, confirmed_count=4)
    assert [row.student_no for row in done.rows] == list(NUMBERS)
    assert await factories.statuses([*sheets, late], "BOOKS") == [CLEARED] * 4 + [PENDING]


# --- turns and progress


async def test_others_have_their_turn_between_the_rows():
    ticks = 0

    async def ticking() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(ticking())
    assert await in_turns(range(10 * under_way.AT_ONCE), str) == [str(n) for n in range(10 * under_way.AT_ONCE)]
    other.cancel()
    assert ticks == 10


async def test_how_far_it_is_grows_and_ends_with_the_act():
    with carrying_out(7, 4):
        await reached(20)
        await reached(45)
        assert percents() == {7: 45}
    await reached(65)  # nothing is carried out: nobody is told
    assert percents() == {}


async def test_other_processes_are_told_of_many_rows(desk, monkeypatch):
    """On PostgreSQL, on a connection beside the act's; SQLite has no other process."""
    monkeypatch.setattr(under_way, "WORTH_TELLING", 3)
    uni, _, _ = desk
    operation = await checked(uni)
    with database.statements() as sent:
        await apply_operation(uni.actor, operation)
    told = [each for each in sent if each.startswith("UPDATE operation SET progress")]
    assert len(told) == (5 if database.dialect() is Dialect.POSTGRESQL else 0)
    assert (await Operation.get(id=operation)).progress == 100
