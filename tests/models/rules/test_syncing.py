"""What other systems say (R10, B6, invariant 17)."""

# Tortoise makes the ids of relations itself, and types flat value lists as lists of tuples.
# mypy: disable-error-code="attr-defined, comparison-overlap"

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from tortoise.expressions import Q

from models import Event, Operation, SyncObservation
from models import database as models_database
from models.enums import BatchStatus, Cause, ClearanceStatus, DecidedBy, OperationKind, Outcome, Reason
from models.rules.actor import Reach
from models.rules.clearances import Change, Idempotency, set_clearances
from models.rules.observations import Observed
from models.rules.recorded import load_result
from models.rules.refusals import Code, Refused
from models.rules.selection import by_numbers
from models.rules.syncing import sync_clearances
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
    assert code(await says(uni, True, NOON)) is UNCHANGED
    assert code(await says(uni, False, NOON - ONE)) is UNCHANGED
    assert code(await says(uni, False, NOON)) is Code.DUPLICATE, "of one moment there is one word"
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
        assert code(await says(uni, True)) is Code.BATCH_NOT_OPEN
    assert code(await says(uni, True, NOON + ONE)) is Code.BATCH_NOT_OPEN


async def test_the_same_word_again_settles_once_it_can(desk):
    """A delivery before the batch opens is not lost: it comes again with the same moment, and counts then."""
    uni, season, sheet = desk
    season.batch.status = BatchStatus.PREPARING
    await season.batch.save(update_fields=["status"])
    assert code(await says(uni, True)) is Code.BATCH_NOT_OPEN
    season.batch.status = BatchStatus.OPEN
    await season.batch.save(update_fields=["status"])
    assert code(await says(uni, True)) is APPLIED
    assert code(await says(uni, True)) is UNCHANGED
    assert (await factories.status(sheet, "FEES"), await Event.all().count()) == (CLEARED, 1)
    assert (await SyncObservation.get()).version == 1


async def test_what_one_source_finds_open_another_does_not_settle(desk):
    """An item of two systems is settled when both say so, whichever speaks last."""
    uni, _, sheet = desk
    assert code(await says(uni, True, source="LIBRARY", item="BOOKS")) is APPLIED
    assert code(await says(uni, False, NOON + ONE, source="INSTITUTE", item="BOOKS")) is APPLIED
    result = await says(uni, True, NOON + 2 * ONE, source="LIBRARY", item="BOOKS")
    refusal = result.rows[0].refusal
    assert refusal is not None
    assert (refusal.code, refusal.by, refusal.at) == (Code.CONFLICT, "INSTITUTE", NOON + ONE)
    assert (await load_result(result.operation_id)).rows == result.rows
    assert await factories.status(sheet, "BOOKS") is PENDING
    assert code(await says(uni, True, NOON + 3 * ONE, source="INSTITUTE", item="BOOKS")) is APPLIED
    assert code(await says(uni, True, NOON + 3 * ONE, source="LIBRARY", item="BOOKS")) is UNCHANGED
    assert await SyncObservation.all().order_by("source").values_list("source", "settled") == [
        ("INSTITUTE", True),
        ("LIBRARY", True),
    ]


async def test_what_another_source_finds_open_does_not_matter_to_what_is_settled(desk):
    uni, _, _ = desk
    await by_hand(uni)
    assert code(await says(uni, False, source="BANK")) is Code.MANUAL_DECISION
    assert code(await says(uni, True)) is UNCHANGED


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


@pytest.mark.parametrize("source", [" ", "S" * 33, "a\0b"])
async def test_a_report_needs_a_source(desk, source):
    uni, _, _ = desk
    with pytest.raises(Refused) as refused:
        await says(uni, True, source=source)
    assert (refused.value.refusal.code, refused.value.argument) == (Code.BAD_INPUT, "source")


async def test_a_report_of_nobody_is_bad_input(desk):
    uni, _, _ = desk
    with pytest.raises(Refused) as refused:
        await sync_clearances(uni.actor, source="F", batch="2026-06", item="FEES", rows=[])
    assert refused.value.argument == "rows"


async def deliver(uni, *rows: Observed, **options):
    return await sync_clearances(uni.other_actor, source="FINANCE", batch="2026-06", item="FEES", rows=rows, **options)


@pytest.mark.parametrize(
    ("row", "facts"),
    [
        (
            Observed("20230001", True, datetime(2024, 6, 20, 12)),  # noqa: DTZ001  # without a zone: that is the point
            {"argument": "observedAt", "problem": "NO_ZONE"},
        ),
        (Observed("20230001", True, NOON, "长" * 256), {"argument": "note", "limit": 255}),
        (Observed("20230001", True, NOON, "a\0b"), {"argument": "note", "limit": 255}),
    ],
)
async def test_a_row_that_no_system_can_mean_is_refused_alone(desk, row, facts):
    uni, season, sheet = desk
    other = await factories.sheet(season.batch, await factories.student("20230002"))
    result = await deliver(uni, row, Observed("20230002", True, NOON))
    refusal = result.rows[0].refusal
    assert refusal is not None
    assert (refusal.code, refusal.facts) == (Code.BAD_INPUT, facts)
    assert [each.outcome for each in result.rows] == [REFUSED, APPLIED]
    assert await factories.statuses([sheet, other], "FEES") == [PENDING, CLEARED]
    assert await SyncObservation.all().values_list("student__student_no", flat=True) == ["20230002"]


async def test_clocks_may_differ_by_five_minutes(desk):
    """A word from further ahead would outlive all that the source says until then."""
    uni, _, _ = desk
    now = datetime.now(UTC)
    refusal = (await deliver(uni, Observed("20230001", True, now + timedelta(minutes=10)))).rows[0].refusal
    assert refusal is not None
    assert (refusal.code, refusal.facts["argument"], refusal.facts["problem"]) == (
        Code.BAD_INPUT,
        "observedAt",
        "FUTURE",
    )
    assert await SyncObservation.all().count() == 0
    assert code(await deliver(uni, Observed("20230001", True, now + timedelta(minutes=2)))) is APPLIED


async def test_a_moment_is_the_same_in_every_time_zone(desk):
    uni, _, _ = desk
    await says(uni, True, NOON)
    there = NOON.astimezone(timezone(timedelta(hours=8)))
    assert code(await says(uni, True, there)) is UNCHANGED
    assert [each.newer for each in (await says(uni, False, there - ONE)).rows] == [True]
    assert (await SyncObservation.get()).observed_at == NOON


async def test_of_several_rows_about_one_student_the_newest_counts(desk):
    uni, _, sheet = desk
    early, late = Observed("20230001", True, NOON - ONE), Observed(" 20230001 ", False, NOON)
    await says(uni, True, NOON - 2 * ONE)
    result = await deliver(uni, late, early, late)
    assert [(each.outcome, each.newer) for each in result.rows] == [
        (APPLIED, False),
        (UNCHANGED, True),
        (UNCHANGED, False),
    ]
    assert result.rows[1].at == NOON
    assert (await factories.status(sheet, "FEES"), await Event.all().count()) == (PENDING, 2)
    assert (await SyncObservation.get()).observed_at == NOON


async def test_two_words_of_one_moment_that_contradict_are_both_refused(desk):
    uni, _, sheet = desk
    rows = [Observed("20230001", True, NOON), Observed("20230001", False, NOON), Observed("20230001", True, NOON - ONE)]
    result = await deliver(uni, *rows)
    assert [each.refusal and each.refusal.code for each in result.rows] == [Code.DUPLICATE, Code.DUPLICATE, None]
    assert (await factories.status(sheet, "FEES"), await SyncObservation.all().count()) == (PENDING, 0)


async def test_a_delivery_is_taken_over_in_parts(desk):
    """Known and unknown, decided and undecided, at once; each row for itself."""
    uni, season, sheet = desk
    await factories.crowd(season.batch, 2, prefix="2024")
    await by_hand(uni)
    rows = [Observed(number, True, NOON) for number in ("20240001", "77", "20240002")]
    result = await deliver(uni, rows[0], Observed("20230001", False, NOON), *rows[1:])
    assert [each.refusal.code if each.refusal else each.outcome for each in result.rows] == [
        APPLIED,
        Code.MANUAL_DECISION,
        Code.NOT_FOUND,
        APPLIED,
    ]
    assert await factories.status(sheet, "FEES") is CLEARED


async def test_the_statements_do_not_grow_with_the_delivery(desk):
    uni, season, _ = desk
    await factories.crowd(season.batch, 30, prefix="2024")
    sent = []
    for count in (1, 30):
        rows = [Observed(f"2024{n:04}", count == 1, NOON + count * ONE) for n in range(1, count + 1)]
        with models_database.statements() as statements:
            await deliver(uni, *rows)
        sent.append(len(statements))
    assert sent[0] == sent[1]


async def test_two_deliveries_at_once_about_one_student(desk):
    """Whichever comes first: the newest word is kept, and the clearance follows it."""
    uni, _, sheet = desk
    words = [Observed("20230001", n % 2 == 0, NOON + n * ONE) for n in range(6)]
    await asyncio.gather(*(deliver(uni, word) for word in words))
    observation = await SyncObservation.get()
    assert (observation.observed_at, observation.settled) == (NOON + 5 * ONE, False)
    assert await factories.status(sheet, "FEES") is PENDING


async def test_one_delivery_with_one_key_at_once(desk):
    uni, _, _ = desk
    key = Idempotency("token:1", "k", "x")
    results = await asyncio.gather(*(says(uni, True, idempotency=key) for _ in range(5)))
    assert {each.operation_id for each in results} == {results[0].operation_id}
    assert all(each.rows == results[0].rows for each in results)
    assert (await Event.all().count(), await Operation.all().count()) == (1, 1)


async def test_one_key_with_two_deliveries_at_once_applies_one(desk):
    uni, _, _ = desk
    keys = [Idempotency("token:1", "k", fingerprint) for fingerprint in "xy"]
    results = await asyncio.gather(*(says(uni, True, idempotency=key) for key in keys), return_exceptions=True)
    [refused] = [each for each in results if isinstance(each, Refused)]
    assert (refused.refusal.code, refused.argument) == (Code.IDEMPOTENCY_MISMATCH, "idempotencyKey")
    assert (await Event.all().count(), await Operation.all().count()) == (1, 1)
