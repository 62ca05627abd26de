"""Passing, opening, sparing and signing, one or many, against a real database."""

# Tortoise makes the ids of relations itself, and types flat value lists as lists of tuples.
# mypy: disable-error-code="attr-defined, comparison-overlap"

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tortoise.expressions import Q

from models import Event, IdempotencyKey, ItemBuildingCounter, ItemCollegeCounter, Operation, OperationRow
from models.enums import BatchStatus, Cause, DecidedBy, Level, OperationKind, OperationState, Reason, Way
from models.rules.actor import Reach
from models.rules.clearances import Change, ErrorPolicy, Idempotency, sign_students
from models.rules.recorded import load_result
from models.rules.refusals import Code, Refused
from models.rules.selection import all_except, by_class, by_filter, by_numbers, by_range, by_sheets
from tests import factories
from tests.models.rules.one_sheet import (
    APPLIED,
    CLEARED,
    EVERYTHING,
    NOT_APPLIED,
    NOT_REQUIRED,
    NUMBER,
    PENDING,
    REFUSED,
    UNCHANGED,
    act,
    codes,
    one_sheet,
    outcomes,
)

pytestmark = pytest.mark.usefixtures("sound_database")

# --- one


async def test_passing_one_writes_the_row_its_event_its_operation_and_the_counters():
    uni, season, sheet = await one_sheet()
    result = await act(uni, change=Change(CLEARED, note="已还清", internal_note="抽查"))
    [row] = result.rows
    assert (row.outcome, row.student_no, row.name, row.item_code) == (APPLIED, NUMBER, "李娜", "BOOKS")
    assert (row.before, row.after, row.sheet_id) == ("PENDING", "CLEARED", sheet.id)
    clearance = await factories.clearance(sheet, "BOOKS")
    assert (clearance.status, clearance.version, clearance.note) == (CLEARED, 2, "已还清")
    assert (clearance.decided_by, clearance.decided_user_id) == (DecidedBy.MANUAL, uni.clerk.id)
    [event] = await Event.all()
    assert (event.object, event.object_id, event.sheet_id, event.item_id) == (
        "Clearance",
        clearance.id,
        sheet.id,
        season["BOOKS"].id,
    )
    assert (event.changed, event.before, event.after) == ("status,note,internal_note", "PENDING", "CLEARED")
    assert (event.cause, event.actor_id, event.role) == (Cause.ACT, uni.clerk.id, "operator")
    [operation] = await Operation.all()
    assert (operation.kind, operation.state) == (OperationKind.SET_CLEARANCES, OperationState.APPLIED)
    assert (operation.applied, operation.unchanged, operation.refused) == (1, 0, 0)
    assert (operation.actor_id, operation.role, operation.item_id) == (uni.clerk.id, "operator", season["BOOKS"].id)
    assert operation.selector == {"student_nos": [NUMBER]}
    assert operation.parameters == {
        "status": "CLEARED",
        "note": "已还清",
        "internal_note": "抽查",
        "way": "SINGLE",
        "cascaded": 0,
    }
    counted = await ItemCollegeCounter.filter(item=season["BOOKS"]).order_by("status").values_list("status", "n")
    assert counted == [(PENDING, 0), (CLEARED, 1)]
    counted = await ItemBuildingCounter.filter(item=season["BOOKS"]).order_by("status").values_list("status", "n")
    assert counted == [(PENDING, 0), (CLEARED, 1)]


async def test_the_operation_tells_later_what_it_answered():
    uni, _, _ = await one_sheet()
    for options in ({}, {"item": "FINAL"}, {}, {"dry_run": True, "to": PENDING}):
        result = await act(uni, **options)
        assert await load_result(result.operation_id) == result


async def test_passing_again_is_unchanged_and_says_who_was_faster():
    uni, _, _ = await one_sheet()
    began = datetime.now(UTC)
    await act(uni, actor=uni.other_actor)
    ended = datetime.now(UTC)
    before = await factories.contents(*EVERYTHING)
    [row] = (await act(uni)).rows
    assert (row.outcome, row.by, row.before, row.after) == (UNCHANGED, "王芳", "CLEARED", "CLEARED")
    assert row.at is not None
    assert began <= row.at <= ended
    assert await factories.contents(*EVERYTHING) == before


async def test_a_note_alone_is_one_change_with_one_event():
    uni, _, sheet = await one_sheet()
    await act(uni)
    await act(uni, change=Change(note="请补交"), actor=uni.other_actor)
    clearance = await factories.clearance(sheet, "BOOKS")
    assert (clearance.note, clearance.version, clearance.decided_user_id) == ("请补交", 3, uni.clerk.id)
    event = await Event.all().order_by("-id").first()
    assert event is not None
    assert (event.changed, event.before, event.after, event.actor_id) == (
        "note",
        "CLEARED",
        "CLEARED",
        uni.colleague.id,
    )


@pytest.mark.parametrize(
    ("item", "to", "code"),
    [
        ("FINAL", CLEARED, Code.BLOCKED),
        ("FINAL", NOT_REQUIRED, Code.FINAL_MUST_BE_CLEARED),
        ("CARD", CLEARED, Code.PREREQUISITE),
        ("CAREER", PENDING, Code.NEVER_PENDING),
        ("FEES", CLEARED, Code.WAY_NOT_ALLOWED),
        ("DORM", NOT_REQUIRED, Code.REASON_REQUIRED),
    ],
)
async def test_a_refusal_changes_nothing_and_leaves_no_event(item, to, code):
    uni, _, _ = await one_sheet()
    before = await factories.contents(*EVERYTHING)
    result = await act(uni, item, to)
    assert codes(result) == [code]
    assert await factories.contents(*EVERYTHING) == before
    [operation] = await Operation.all()
    assert (operation.state, operation.applied, operation.refused) == (OperationState.FAILED, 0, 1)


async def test_final_passes_when_everything_else_is_settled():
    uni, _, sheet = await one_sheet(settled=True, statuses={"FINAL": PENDING})
    assert outcomes(await act(uni, "FINAL")) == [APPLIED]
    assert await factories.status(sheet, "FINAL") is CLEARED


async def test_opening_an_item_opens_final_and_flags_the_card_in_the_same_operation():
    uni, _, sheet = await one_sheet(settled=True)
    result = await act(uni, to=PENDING)
    assert (outcomes(result), result.cascaded) == ([APPLIED], 1)
    assert await factories.status(sheet, "FINAL") is PENDING
    card = await factories.clearance(sheet, "CARD")
    assert (card.status, card.prerequisite_reopened, card.version) == (CLEARED, True, 2)
    causes = await Event.all().order_by("id").values_list("item__code", "cause", "changed")
    assert sorted(causes) == [
        ("BOOKS", Cause.ACT, "status"),
        ("CARD", Cause.CASCADE, "prerequisite_reopened"),
        ("FINAL", Cause.CASCADE, "status"),
    ]
    rows = await OperationRow.filter(cascaded=True).order_by("object_id").values_list("version_after", flat=True)
    assert rows == [2, 2]
    operation = await Operation.get(id=result.operation_id)
    assert (operation.applied, operation.parameters["cascaded"]) == (1, 1)


async def test_the_caller_needs_no_right_on_what_a_cascade_opens():
    uni, season, sheet = await one_sheet(settled=True)

    async def books_only() -> Reach:
        return Reach(permitted=Q(item_id=season["BOOKS"].id))

    assert outcomes(await act(uni, to=PENDING, permit=books_only)) == [APPLIED]
    assert await factories.status(sheet, "FINAL") is PENDING


async def test_nothing_changes_on_an_issued_sheet():
    uni, _, sheet = await one_sheet(settled=True)
    await factories.certificate(sheet, status="ISSUED", issued_at=datetime.now(UTC), issued_user=uni.colleague)
    before = await factories.contents(*EVERYTHING)
    for item, to in (("BOOKS", PENDING), ("FINAL", PENDING), ("CAREER", NOT_REQUIRED)):
        result = await act(uni, item, to)
        assert codes(result) == [Code.ALREADY_ISSUED]
        refusal = result.rows[0].refusal
        assert refusal is not None
        assert refusal.by == "王芳"
    assert codes(await act(uni, change=Change(note="x"))) == [Code.ALREADY_ISSUED]
    assert await factories.contents(*EVERYTHING) == before


# --- many


async def test_one_refused_row_stops_all_and_the_valid_ones_say_so():
    uni, season, sheet = await one_sheet(statuses={"FINAL": CLEARED})
    other = await factories.sheet(season.batch, await factories.student("2"), settled=True, statuses={"CARD": PENDING})
    before = await factories.contents(*EVERYTHING)
    result = await act(uni, "CARD", chosen=by_numbers([NUMBER, "2"]))
    assert [(row.outcome, row.after) for row in result.rows] == [(REFUSED, None), (NOT_APPLIED, "CLEARED")]
    assert await factories.contents(*EVERYTHING) == before
    result = await act(uni, "CARD", chosen=by_numbers([NUMBER, "2"]), error_policy=ErrorPolicy.APPLY_VALID)
    assert outcomes(result) == [REFUSED, APPLIED]
    assert (await factories.status(sheet, "CARD"), await factories.status(other, "CARD")) == (PENDING, CLEARED)
    await act(uni, "FINAL", PENDING)


async def test_a_class_is_its_active_sheets():
    uni, season, sheet = await one_sheet()
    mates = await factories.crowd(season.batch, 3, class_name="软件2201", college=uni.college)
    await factories.sheet(season.batch, await factories.student("5", class_name="软件2201", college=uni.other_college))
    result = await act(uni, chosen=by_class(uni.college.id, "软件2201"))
    assert [row.sheet_id for row in result.rows] == [each.id for each in mates]
    assert await factories.statuses(mates, "BOOKS") == [CLEARED] * 3
    assert await factories.status(sheet, "BOOKS") is PENDING


async def test_a_range_is_bounded_by_the_batch():
    uni, season, _ = await one_sheet()
    await factories.crowd(season.batch, 3, prefix="2023")
    result = await act(uni, chosen=by_range("20230002", "20230201"))
    assert [row.student_no for row in result.rows] == ["20230002", "20230003"]
    with pytest.raises(Refused) as refused:
        await act(uni, chosen=by_range("20230001", "20230201"))
    assert refused.value.refusal.code is Code.RANGE_TOO_LARGE
    assert refused.value.refusal.facts == {"count": 201, "limit": 200}


async def test_everybody_except_a_list_and_a_misspelt_exception_stops_it():
    uni, season, sheet = await one_sheet()
    others = await factories.crowd(season.batch, 3)
    result = await act(uni, chosen=all_except([NUMBER]), confirmed_count=3)
    assert [row.sheet_id for row in result.rows] == [each.id for each in others]
    assert await factories.status(sheet, "BOOKS") is PENDING
    result = await act(uni, "DORM", chosen=all_except([NUMBER, "2022150310X"]))
    assert outcomes(result) == [NOT_APPLIED] * 3 + [REFUSED]
    assert result.rows[3].student_no == "2022150310X"


async def test_an_exception_outside_scope_does_not_exist():
    uni, season, _ = await one_sheet()
    await factories.crowd(season.batch, 2, college=uni.other_college)

    async def other_college() -> Reach:
        return Reach(visible=Q(college_id=uni.other_college.id))

    result = await act(uni, chosen=all_except([NUMBER]), permit=other_college)
    assert [row.refusal and row.refusal.code for row in result.rows] == [None, None, Code.NOT_FOUND]


async def test_a_whole_filter_above_the_limit_needs_its_count():
    uni = await factories.university()
    season = await factories.season(uni, range_limit=3)
    crowd = await factories.crowd(season.batch, 4)
    chosen = by_filter(Q(level=Level.UG))
    for confirmed in (None, 3):
        with pytest.raises(Refused) as refused:
            await act(uni, chosen=chosen, confirmed_count=confirmed)
        assert refused.value.refusal.code is Code.COUNT_CONFIRMATION
        assert refused.value.refusal.facts == {"count": 4}
    assert (await act(uni, chosen=chosen, dry_run=True)).count(APPLIED) == 4
    assert (await act(uni, chosen=chosen, confirmed_count=4)).count(APPLIED) == 4
    assert await factories.statuses(crowd, "BOOKS") == [CLEARED] * 4


async def test_the_ways_of_the_item_bind_a_list_and_not_a_single_act_with_a_reason():
    uni, season, sheet = await one_sheet()
    await factories.crowd(season.batch, 2)
    many = by_numbers([NUMBER, "20230001"])
    reason = Reason.SYSTEM_DOWN
    assert codes(await act(uni, "FEES", chosen=many, reason=reason)) == [Code.WAY_NOT_ALLOWED] * 2
    assert outcomes(await act(uni, "FEES", reason=reason)) == [APPLIED]
    assert (await factories.clearance(sheet, "FEES")).reason is reason
    single_as_import = await act(uni, "FEES", PENDING, way=Way.IMPORT)
    assert outcomes(single_as_import) == [APPLIED]
    assert (await factories.clearance(sheet, "FEES")).decided_by is DecidedBy.IMPORT


async def test_while_preparing_the_owner_spares_people_in_bulk():
    uni = await factories.university()
    season = await factories.season(uni, status=BatchStatus.PREPARING)
    crowd = await factories.crowd(season.batch, 3)
    chosen = by_sheets([each.id for each in crowd])
    assert outcomes(await act(uni, "BOOKS", NOT_REQUIRED, chosen, reason=Reason.NOT_APPLICABLE)) == [APPLIED] * 3
    assert outcomes(await act(uni, "BOOKS", PENDING, chosen)) == [APPLIED] * 3
    assert codes(await act(uni, "BOOKS", CLEARED, chosen)) == [Code.BATCH_NOT_OPEN] * 3


# --- two who edit


async def test_a_version_that_has_passed_is_a_stale_row_with_who_and_when():
    uni, _, sheet = await one_sheet()
    seen = {(await factories.clearance(sheet, "BOOKS")).id: 1}
    await act(uni, change=Change(note="王芳写的"), actor=uni.other_actor)
    before = await factories.contents(*EVERYTHING)
    result = await act(uni, expected_versions=seen)
    refusal = result.rows[0].refusal
    assert refusal is not None
    assert (refusal.code, refusal.by, refusal.facts) == (Code.STALE_ROW, "王芳", {"version": 2})
    assert refusal.at is not None
    assert await factories.contents(*EVERYTHING) == before
    fresh = dict.fromkeys(seen, 2)
    assert outcomes(await act(uni, expected_versions=fresh)) == [APPLIED]


# --- keys


async def test_a_key_applies_once_and_gives_the_same_answer_again():
    uni, _, sheet = await one_sheet()
    key = Idempotency("user:1", "k-1", "pass BOOKS")
    first = await act(uni, idempotency=key)
    before = await factories.contents(*EVERYTHING, "operation", "operation_row")
    assert await act(uni, idempotency=key) == first
    assert await factories.contents(*EVERYTHING, "operation", "operation_row") == before
    assert (await factories.clearance(sheet, "BOOKS")).version == 2


async def test_a_key_that_stands_for_something_else_is_refused():
    uni, _, _ = await one_sheet()
    await act(uni, idempotency=Idempotency("user:1", "k-1", "pass BOOKS"))
    with pytest.raises(Refused) as refused:
        await act(uni, "DORM", idempotency=Idempotency("user:1", "k-1", "pass DORM"))
    assert refused.value.refusal.code is Code.IDEMPOTENCY_MISMATCH
    key = Idempotency("user:2", "k-1", "pass DORM")
    other = await act(uni, "DORM", idempotency=key)
    assert outcomes(other) == [APPLIED], "another caller's key is another key"
    assert await act(uni, "DORM", idempotency=key) == other, "and answers with its own act"


async def test_an_act_that_was_refused_as_a_whole_uses_up_no_key():
    uni, _, _ = await one_sheet()
    key = Idempotency("user:1", "k-1", "x")
    with pytest.raises(Refused):
        await act(uni, "NOTHING", idempotency=key)
    assert await IdempotencyKey.all().count() == 0
    assert outcomes(await act(uni, idempotency=key, dry_run=True)) == [APPLIED]
    assert await IdempotencyKey.all().count() == 0, "a dry run uses none"


# --- dry runs


async def test_a_dry_run_shows_what_would_be_and_changes_nothing():
    uni, season, _ = await one_sheet(settled=True)
    await factories.sheet(season.batch, await factories.student("2"))
    before = await factories.contents(*EVERYTHING)
    result = await act(uni, to=PENDING, chosen=by_numbers([NUMBER, "2", "3"]), dry_run=True)
    assert (outcomes(result), result.dry_run, result.cascaded) == ([APPLIED, UNCHANGED, REFUSED], True, 1)
    assert await factories.contents(*EVERYTHING) == before
    operation = await Operation.get(id=result.operation_id)
    assert (operation.state, operation.applied, operation.unchanged, operation.refused) == (
        OperationState.PREVIEWED,
        1,
        1,
        1,
    )
    assert operation.finished_at is None


# --- supervisors


async def test_supervisors_sign_and_a_secretary_signs_on_behalf_with_a_reason():
    uni = await factories.university()
    season = await factories.season(uni)
    who = await factories.student("1", level=Level.M)
    supervisor = await factories.user("chenjing", "陈静")
    await factories.supervise(who, supervisor)
    sheet = await factories.sheet(season.batch, who)
    one = by_numbers(["1"])
    change = Change(on_behalf_of=supervisor.id)
    result = await sign_students(uni.actor, batch="2026-06", selection=one, change=change)
    assert codes(result) == [Code.REASON_REQUIRED]
    change = Change(on_behalf_of=supervisor.id, reason=Reason.ON_BEHALF, note="导师出国")
    result = await sign_students(uni.actor, batch="2026-06", selection=one, change=change)
    assert outcomes(result) == [APPLIED]
    signed = await factories.clearance(sheet, "SIGN")
    assert (signed.status, signed.on_behalf_of_id, signed.decided_user_id) == (CLEARED, supervisor.id, uni.clerk.id)
    operation = await Operation.get(id=result.operation_id)
    assert (operation.kind, operation.item_id) == (OperationKind.SIGN, season["SIGN"].id)


async def test_signing_in_bulk_passes_over_who_cannot_be_signed():
    uni = await factories.university()
    season = await factories.season(uni)
    await factories.sheet(season.batch, await factories.student("1", level=Level.M))
    result = await sign_students(uni.actor, batch="2026-06", selection=by_numbers(["1", "2"]))
    assert outcomes(result) == [APPLIED, REFUSED]


async def test_a_batch_without_a_supervisors_item_cannot_be_signed():
    uni = await factories.university()
    await factories.batch("2027-06")
    with pytest.raises(Refused) as refused:
        await sign_students(uni.actor, batch="2027-06", selection=by_numbers(["1"]))
    assert (refused.value.refusal.code, refused.value.argument) == (Code.NOT_FOUND, "item")
