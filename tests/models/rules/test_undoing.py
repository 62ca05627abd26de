"""One-click undo (B1, invariant 12): the operation's own rows, under the rules, and no others."""

# Tortoise makes the ids of relations itself, and types flat value lists as lists of tuples.
# mypy: disable-error-code="attr-defined, comparison-overlap"

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tortoise.expressions import Q

from models import Certificate, Clearance, Event, Operation, OperationRow
from models.enums import (
    BatchStatus,
    Cause,
    ClearanceStatus,
    DecidedBy,
    OperationKind,
    OperationState,
    Outcome,
    Reason,
)
from models.rules.actor import Reach
from models.rules.certificates import issue
from models.rules.clearances import Change, Idempotency, set_clearances
from models.rules.importing import ClearanceLine, import_clearances
from models.rules.operations import undo_operation
from models.rules.refusals import Code, Refused
from models.rules.selection import by_numbers
from tests import factories

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus
APPLIED, UNCHANGED, REFUSED, NOT_APPLIED = Outcome
pytestmark = pytest.mark.usefixtures("sound_database")
ALL = ("clearance", "event", "item_college_counter", "operation", "operation_row")
DECISION = ("status", "note", "internal_note", "reason", "hold", "decided_by", "decided_at", "decided_user_id")


@pytest.fixture
async def desk(sound_database):
    """Sheets 1 and 2 with open items, sheet 3 with everything settled."""
    uni = await factories.university()
    season = await factories.season(uni)
    open_ones = await factories.sheets(season.batch, [await factories.student(n) for n in "12"])
    settled = await factories.sheet(season.batch, await factories.student("3"), settled=True)
    return uni, season, [*open_ones, settled]


async def act(uni, numbers, item="BOOKS", to=CLEARED, **options):
    change = options.pop("change", None) or Change(to, reason=options.pop("reason", None))
    result = await set_clearances(
        options.pop("actor", uni.actor),
        batch="2026-06",
        item=item,
        selection=by_numbers(numbers),
        change=change,
        **options,
    )
    assert all(row.outcome is APPLIED for row in result.rows)
    return result.operation_id


async def decisions():
    return await Clearance.all().order_by("id").values_list(*DECISION, "on_behalf_of_id", "prerequisite_reopened")


def codes(result):
    return [row.refusal.code if row.refusal else None for row in result.rows]


async def refused(work):
    with pytest.raises(Refused) as found:
        await work
    return found.value.refusal.code


async def test_everything_stands_again_as_it_stood_in_a_new_version(desk):
    uni, _, sheets = desk
    await act(uni, "1", change=Change(hold="丢失一册", internal_note="见借阅单"), actor=uni.other_actor)
    before = await decisions()
    done = await act(uni, "12", change=Change(CLEARED, note="已还清"))
    result = await undo_operation(uni.actor, done)
    assert [(row.outcome, row.before, row.after) for row in result.rows] == [(APPLIED, "CLEARED", "PENDING")] * 2
    assert await decisions() == before
    clearance = await factories.clearance(sheets[0], "BOOKS")
    assert (clearance.version, clearance.hold, clearance.decided_user_id) == (4, "丢失一册", uni.colleague.id)
    events = await Event.filter(operation_id=result.operation_id).values_list("cause", "before", "after", "actor_id")
    assert events == [(Cause.UNDO, "CLEARED", "PENDING", uni.clerk.id)] * 2
    undo = await Operation.get(id=result.operation_id)
    assert (undo.kind, undo.state, undo.applied, undo.undo_of_id) == (
        OperationKind.UNDO,
        OperationState.APPLIED,
        2,
        done,
    )
    assert (await Operation.get(id=done)).state is OperationState.UNDONE


async def test_what_a_cascade_opened_is_restored_with_its_cause(desk):
    uni, _, sheets = desk
    before = await decisions()
    done = await act(uni, "3", to=PENDING)
    result = await undo_operation(uni.actor, done)
    assert (len(result.rows), result.cascaded) == (1, 1)
    assert await decisions() == before
    assert await Event.filter(operation_id=result.operation_id).count() == 3
    rows = await OperationRow.filter(operation_id=result.operation_id).order_by("id").values_list("cascaded", flat=True)
    assert rows == [False, True, True]
    assert await factories.status(sheets[2], "FINAL") is CLEARED


async def test_a_row_changed_since_stays_and_says_who_and_when(desk):
    uni, _, sheets = desk
    done = await act(uni, "12")
    await act(uni, "1", change=Change(note="王芳改的"), actor=uni.other_actor)
    result = await undo_operation(uni.actor, done)
    assert codes(result) == [Code.STALE_ROW, None]
    refusal = result.rows[0].refusal
    assert refusal is not None
    assert refusal.by == "王芳"
    assert refusal.at is not None
    assert await factories.statuses(sheets[:2], "BOOKS") == [CLEARED, PENDING]
    assert (await Operation.get(id=done)).state is OperationState.UNDONE


async def test_an_issued_sheet_is_never_touched(desk):
    uni, _, sheets = desk
    done = await act(uni, "3", "CAREER", NOT_REQUIRED)
    await factories.certificate(sheets[2])
    await issue(uni.actor, batch="2026-06", selection=by_numbers("3"))
    before = await factories.contents("clearance", "event", "item_college_counter")
    result = await undo_operation(uni.actor, done)
    assert codes(result) == [Code.ALREADY_ISSUED]
    assert await factories.contents("clearance", "event", "item_college_counter") == before
    assert await Certificate.filter(status="ISSUED").count() == 1


async def test_nothing_undone_leaves_the_operation_as_it_was(desk):
    uni, _, _ = desk
    done = await act(uni, "1")
    await act(uni, "1", change=Change(note="x"))
    result = await undo_operation(uni.actor, done)
    assert codes(result) == [Code.STALE_ROW]
    assert (await Operation.get(id=done)).state is OperationState.APPLIED


async def test_an_undo_never_opens_what_others_signed_since(desk):
    """FINAL was signed on top of the books: taking the books back would open it, so the books stay."""
    uni, _, _ = desk
    await act(uni, "3", to=PENDING)
    done = await act(uni, "3")
    await act(uni, "3", "FINAL", actor=uni.other_actor)
    before = await factories.contents("clearance", "event", "item_college_counter")
    result = await undo_operation(uni.actor, done)
    assert codes(result) == [Code.CONFLICT]
    refusal = result.rows[0].refusal
    assert refusal is not None
    assert [each.item_code for each in refusal.blockers] == ["FINAL"]
    assert await factories.contents("clearance", "event", "item_college_counter") == before


async def test_an_undo_never_flags_a_card_closed_since(desk):
    uni, _, sheets = desk
    await act(uni, "1", "DORM")
    done = await act(uni, "1")
    await act(uni, "1", "CARD")
    result = await undo_operation(uni.actor, done)
    assert codes(result) == [Code.CONFLICT]
    refusal = result.rows[0].refusal
    assert refusal is not None
    assert [each.item_code for each in refusal.blockers] == ["CARD"]
    assert (await factories.clearance(sheets[0], "CARD")).prerequisite_reopened is False


async def test_the_flag_that_fell_stands_again(desk):
    uni, _, sheets = desk
    await act(uni, "3", to=PENDING)
    before = await decisions()
    done = await act(uni, "3")
    assert (await factories.clearance(sheets[2], "CARD")).prerequisite_reopened is False
    result = await undo_operation(uni.actor, done)
    assert codes(result) == [None]
    assert await decisions() == before
    assert (await factories.clearance(sheets[2], "CARD")).prerequisite_reopened is True


async def test_what_cannot_stand_any_more_is_refused_and_named(desk):
    """FINAL had been signed, was revoked, and a book was revoked since: it cannot be signed again by an undo."""
    uni, _, sheets = desk
    done = await act(uni, "3", "FINAL", PENDING)
    await act(uni, "3", "DORM", PENDING)
    result = await undo_operation(uni.actor, done)
    assert codes(result) == [Code.BLOCKED]
    refusal = result.rows[0].refusal
    assert refusal is not None
    assert [each.item_code for each in refusal.blockers] == ["DORM"]
    assert await factories.status(sheets[2], "FINAL") is PENDING


async def test_rows_are_restored_in_the_order_in_which_items_follow(desk):
    uni, _, sheets = desk
    lines = [ClearanceLine("1", each, Change(CLEARED)) for each in ("CARD", "DORM", "BOOKS")]
    done = await import_clearances(uni.actor, batch="2026-06", lines=lines)
    assert done.operation_id is not None
    result = await undo_operation(uni.actor, done.operation_id)
    assert codes(result) == [None] * 3
    lines = [ClearanceLine("3", each, Change(PENDING)) for each in ("BOOKS", "CARD", "FINAL")]
    opened = await import_clearances(uni.actor, batch="2026-06", lines=lines)
    assert opened.operation_id is not None
    result = await undo_operation(uni.actor, opened.operation_id)
    assert codes(result) == [None] * 3
    assert await factories.status(sheets[2], "FINAL") is CLEARED


async def test_a_dry_run_shows_it_and_changes_nothing(desk):
    uni, _, _ = desk
    done = await act(uni, "12")
    before = await factories.contents("clearance", "event", "item_college_counter")
    shown = await undo_operation(uni.actor, done, dry_run=True)
    assert (codes(shown), shown.dry_run) == ([None, None], True)
    assert await factories.contents("clearance", "event", "item_college_counter") == before
    assert (await Operation.get(id=done)).state is OperationState.APPLIED
    assert codes(await undo_operation(uni.actor, done)) == [None, None]


async def test_anothers_operation_needs_the_right_to_undo_others(desk):
    uni, _, sheets = desk
    done = await act(uni, "1")
    before = await factories.contents(*ALL)
    assert await refused(undo_operation(uni.other_actor, done)) is Code.FORBIDDEN
    assert await factories.contents(*ALL) == before
    assert codes(await undo_operation(uni.other_actor, done, others=True)) == [None]
    assert await factories.status(sheets[0], "BOOKS") is PENDING


async def test_outside_the_reach_nothing_is_undone(desk):
    uni, season, sheets = desk
    done = await act(uni, "12")

    async def narrower() -> Reach:
        return Reach(visible=~Q(id=sheets[0].id), permitted=~Q(item_id=season["BOOKS"].id))

    result = await undo_operation(uni.actor, done, permit=narrower)
    assert codes(result) == [Code.NOT_FOUND, Code.FORBIDDEN]
    assert result.rows[0].name is None
    assert await factories.statuses(sheets[:2], "BOOKS") == [CLEARED, CLEARED]


async def test_what_was_cascaded_needs_no_right(desk):
    uni, season, sheets = desk
    done = await act(uni, "3", to=PENDING)

    async def books_only() -> Reach:
        return Reach(permitted=Q(item_id=season["BOOKS"].id))

    assert codes(await undo_operation(uni.actor, done, permit=books_only)) == [None]
    assert await factories.status(sheets[2], "FINAL") is CLEARED


async def test_undone_is_undone_and_undos_and_issues_are_not_undone(desk):
    uni, _, sheets = desk
    done = await act(uni, "1")
    undo = await undo_operation(uni.actor, done)
    assert undo.operation_id is not None
    assert await refused(undo_operation(uni.actor, done)) is Code.CONFLICT
    assert await refused(undo_operation(uni.actor, undo.operation_id)) is Code.CONFLICT
    await factories.certificate(sheets[2])
    issued = await issue(uni.actor, batch="2026-06", selection=by_numbers("3"))
    assert issued.operation_id is not None
    assert await refused(undo_operation(uni.actor, issued.operation_id)) is Code.CONFLICT
    assert await refused(undo_operation(uni.actor, 999)) is Code.NOT_FOUND


async def test_a_closed_batch_is_closed_for_undoing_too(desk):
    uni, season, sheets = desk
    done, single = await act(uni, "12"), await act(uni, "1", "DORM")
    season.batch.status = BatchStatus.CLOSED
    await season.batch.save(update_fields=["status"])
    assert codes(await undo_operation(uni.actor, done)) == [Code.BATCH_NOT_OPEN] * 2
    sheets[0].late_until = datetime(2099, 1, 1, tzinfo=UTC)
    await sheets[0].save(update_fields=["late_until"])
    assert codes(await undo_operation(uni.actor, done)) == [Code.BATCH_NOT_OPEN] * 2, "not singly"
    assert codes(await undo_operation(uni.actor, single)) == [None]


async def test_a_manual_decision_that_was_revoked_stands_again_as_one(desk):
    uni, _, sheets = desk
    await act(uni, "1", "DORM", NOT_REQUIRED, reason=Reason.SPECIAL_APPROVAL, actor=uni.other_actor)
    done = await act(uni, "1", "DORM", PENDING)
    await undo_operation(uni.actor, done)
    clearance = await factories.clearance(sheets[0], "DORM")
    assert (clearance.status, clearance.reason) == (NOT_REQUIRED, Reason.SPECIAL_APPROVAL)
    assert (clearance.decided_by, clearance.decided_user_id) == (DecidedBy.MANUAL, uni.colleague.id)


async def test_a_key_undoes_once(desk):
    uni, _, _ = desk
    done = await act(uni, "1")
    key = Idempotency("user:1", "undo", "undo 1")
    first = await undo_operation(uni.actor, done, idempotency=key)
    assert await undo_operation(uni.actor, done, idempotency=key) == first
