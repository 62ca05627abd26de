"""What other systems say (R10, B6, invariant 17)."""

# Tortoise makes the ids of relations itself, and types flat value lists as lists of tuples.
# mypy: disable-error-code="attr-defined, comparison-overlap"

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tortoise.expressions import Q

from models import Event, Operation, SyncObservation
from models.enums import BatchStatus, Cause, ClearanceStatus, DecidedBy, OperationKind, Outcome, Reason
from models.rules.actor import Reach
from models.rules.clearances import Change, Idempotency, set_clearances
from models.rules.recording import load_result
from models.rules.refusals import Code, Refused
from models.rules.selection import by_numbers
from models.rules.syncing import Observed, sync_clearances
from tests import factories

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus
APPLIED, UNCHANGED, REFUSED, NOT_APPLIED = Outcome
pytestmark = pytest.mark.usefixtures("sound_database")
NOON = datetime(2024, 6, 20, 12, tzinfo=UTC)  # past, whatever the day
ONE = timedelta(hours=1)


@pytest.fixture
async def desk(sound_database):
    uni = await factories.university()
    season = await factories.season(uni)
    [sheet] = await factories.crowd(season.batch, 1)
    return uni, season, sheet


def says(uni, settled, at=NOON, item="FEES", number="20230001", note="", **options):
    rows = [Observed(number, settled, at, note)]
    return sync_clearances(
        uni.other_actor, source=options.pop("source", "FINANCE"), batch="2026-06", item=item, rows=rows, **options
    )


def by_hand(uni, item="FEES", to=CLEARED, **change):
    reason = change.pop("reason", Reason.OTHER)
    return set_clearances(
        uni.actor,
        batch="2026-06",
        item=item,
        selection=by_numbers(["20230001"]),
        change=Change(to, reason=reason, **change),
    )


def code(result):
    return result.rows[0].refusal.code if result.rows[0].refusal else result.rows[0].outcome


async def test_settled_there_is_cleared_here_and_open_there_opens_it_again(desk):
    uni, season, sheet = desk
    result = await says(uni, True, note="账户结清")
    clearance = await factories.clearance(sheet, "FEES")
    assert (clearance.status, clearance.decided_by, clearance.note) == (CLEARED, DecidedBy.SYNC, "账户结清")
    operation = await Operation.get(id=result.operation_id)
    assert (operation.kind, operation.item_id) == (OperationKind.SYNC, season["FEES"].id)
    assert operation.parameters == {"source": "FINANCE", "way": "SYNC", "cascaded": 0}
    assert code(await says(uni, False, NOON + ONE)) is APPLIED
    assert await factories.status(sheet, "FEES") is PENDING
    assert set(await Event.all().values_list("cause", flat=True)) == {Cause.SYNC}


async def test_a_system_leaves_no_word_on_what_it_may_not_change(desk):
    """The library's system speaks of fees: refused, and nothing of it is kept (invariant 14)."""
    uni, season, sheet = desk

    async def permit() -> Reach:
        return Reach(permitted=Q(item_id=season["BOOKS"].id))

    assert code(await says(uni, True, permit=permit)) is Code.FORBIDDEN
    assert await SyncObservation.all().count() == 0
    assert code(await says(uni, True, item="BOOKS", permit=permit)) is APPLIED
    assert await SyncObservation.all().values_list("item_id", flat=True) == [season["BOOKS"].id]
    assert await factories.status(sheet, "FEES") is PENDING


async def test_the_newest_word_is_kept_even_when_nothing_changes(desk):
    uni, season, _ = desk
    await says(uni, False, note="欠 300 元")
    await says(uni, False, NOON + ONE, note="欠 200 元")
    [observation] = await SyncObservation.all()
    assert (observation.source, observation.item_id, observation.settled) == ("FINANCE", season["FEES"].id, False)
    assert (observation.observed_at, observation.value, observation.version) == (NOON + ONE, "欠 200 元", 2)
    assert await Event.all().count() == 0


async def test_late_and_repeated_deliveries_are_harmless(desk):
    uni, _, sheet = desk
    await says(uni, True, NOON)
    for at in (NOON, NOON - ONE):
        assert code(await says(uni, False, at)) is UNCHANGED
    assert await factories.status(sheet, "FEES") is CLEARED
    assert (await SyncObservation.get()).settled is True
    assert code(await says(uni, False, NOON - ONE, source="BANK")) is APPLIED, "another source has its own clock"


@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_late_report_is_told_of_the_newer_one(desk, dry_run: bool):
    uni, _, sheet = desk
    await says(uni, False, NOON)
    result = await says(uni, True, NOON - ONE, dry_run=dry_run)
    [row] = result.rows
    assert (row.outcome, row.newer, row.by, row.at) == (UNCHANGED, True, "FINANCE", NOON)
    assert (await load_result(result.operation_id)).rows[0] == row
    assert [each.newer for each in (await says(uni, True, NOON)).rows] == [False], "the same moment again"
    assert await factories.status(sheet, "FEES") is PENDING
    assert await Event.all().count() == 0


async def test_a_decision_by_hand_and_a_hold_stand(desk):
    uni, _, sheet = desk
    await by_hand(uni)
    result = await says(uni, False)
    assert code(result) is Code.MANUAL_DECISION
    refusal = result.rows[0].refusal
    assert refusal is not None
    assert refusal.by == "李敏"
    assert (await SyncObservation.get()).settled is False, "the disagreement is kept for the desk"
    await by_hand(uni, to=PENDING)
    assert code(await says(uni, True, NOON + ONE)) is Code.MANUAL_DECISION
    await by_hand(uni, "BOOKS", None, hold="丢失一册", reason=None)
    assert code(await says(uni, True, item="BOOKS")) is Code.MANUAL_DECISION
    assert await factories.status(sheet, "BOOKS") is PENDING
    await by_hand(uni, "BOOKS", None, hold="", reason=None)
    assert code(await says(uni, True, NOON + ONE, item="BOOKS")) is APPLIED


async def test_only_what_sync_settled_is_opened_by_it(desk):
    uni, season, _ = desk
    who = await factories.student("20230002", is_resident=False)
    spared = await factories.sheet(season.batch, who, settled=True, statuses={"DORM": NOT_REQUIRED})
    assert code(await says(uni, False, item="DORM", number="20230002")) is Code.MANUAL_DECISION
    assert code(await says(uni, True, NOON + ONE, item="DORM", number="20230002")) is UNCHANGED
    assert await factories.status(spared, "DORM") is NOT_REQUIRED


async def test_an_optional_item_goes_between_cleared_and_not_required(desk):
    uni, _, sheet = desk
    assert code(await says(uni, True, item="CAREER")) is APPLIED
    assert await factories.status(sheet, "CAREER") is CLEARED
    assert code(await says(uni, False, NOON + ONE, item="CAREER")) is APPLIED
    assert await factories.status(sheet, "CAREER") is NOT_REQUIRED
    await by_hand(uni, "CAREER")
    assert code(await says(uni, False, NOON + 2 * ONE, item="CAREER")) is Code.MANUAL_DECISION


async def test_opening_by_sync_cascades_as_ever(desk):
    uni, season, _ = desk
    open_ones = {"FEES": PENDING, "FINAL": PENDING}
    settled = await factories.sheet(season.batch, await factories.student("20230002"), settled=True, statuses=open_ones)
    await says(uni, True, number="20230002")
    await set_clearances(
        uni.actor, batch="2026-06", item="FINAL", selection=by_numbers(["20230002"]), change=Change(CLEARED)
    )
    result = await says(uni, False, NOON + ONE, number="20230002")
    assert result.cascaded == 1
    assert await factories.status(settled, "FINAL") is PENDING


async def test_the_rules_of_the_batch_bind_systems_too(desk):
    uni, season, _ = desk
    for status in (BatchStatus.PREPARING, BatchStatus.CLOSED):
        season.batch.status = status
        await season.batch.save(update_fields=["status"])
        assert code(await says(uni, True)) is (Code.BATCH_NOT_OPEN if status is BatchStatus.PREPARING else UNCHANGED)
    assert code(await says(uni, True, NOON + ONE)) is Code.BATCH_NOT_OPEN


async def test_a_dry_run_keeps_nothing(desk):
    uni, _, _ = desk
    assert code(await says(uni, True, dry_run=True)) is APPLIED
    assert await SyncObservation.all().count() == 0
    assert await Event.all().count() == 0


async def test_unknown_numbers_are_named(desk):
    uni, _, _ = desk
    assert code(await says(uni, True, number="77")) is Code.NOT_FOUND
    assert await SyncObservation.all().count() == 0


async def test_a_key_applies_once(desk):
    uni, _, _ = desk
    key = Idempotency("token:1", "k", "x")
    first = await says(uni, True, idempotency=key)
    assert await says(uni, True, idempotency=key) == first
    assert await Event.all().count() == 1


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"source": " "}, "source"),
        ({"source": "S" * 33}, "source"),
        ({"at": datetime(2026, 6, 20, 12)}, "observedAt"),  # noqa: DTZ001  # without a time zone: that is the point
        ({"at": datetime(2099, 1, 1, tzinfo=UTC)}, "observedAt"),
        ({"note": "长" * 256}, "note"),
    ],
)
async def test_what_no_system_can_mean_is_bad_input(desk, options, argument):
    uni, _, _ = desk
    with pytest.raises(Refused) as refused:
        await says(uni, True, **options)
    assert (refused.value.refusal.code, refused.value.argument) == (Code.BAD_INPUT, argument)


async def test_a_student_twice_is_bad_input(desk):
    uni, _, _ = desk
    rows = [Observed("1", True, NOON), Observed("1 ", False, NOON)]
    with pytest.raises(Refused) as refused:
        await sync_clearances(uni.actor, source="F", batch="2026-06", item="FEES", rows=rows)
    assert refused.value.argument == "rows"
