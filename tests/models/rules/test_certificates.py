"""Handing out certificates (R19, R20, B14; invariants 4 and 8)."""

# Tortoise makes the ids of relations itself, and types flat value lists as lists of tuples.
# mypy: disable-error-code="attr-defined, comparison-overlap"

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tortoise.expressions import Q

from models import Certificate, CertificateCounter, Event, Operation, OperationRow
from models.enums import (
    BatchStatus,
    Cause,
    CertificateKind,
    CertificateStatus,
    ClearanceStatus,
    Collection,
    OperationKind,
    OperationState,
    Outcome,
)
from models.rules.actor import Reach
from models.rules.certificates import Confirmation, Handover, issue
from models.rules.clearances import ErrorPolicy, Idempotency
from models.rules.recorded import load_result
from models.rules.refusals import Code, Refused
from models.rules.selection import all_except, by_class, by_filter, by_numbers, by_range
from tests import factories

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus
APPLIED, UNCHANGED, REFUSED, NOT_APPLIED = Outcome
GRADUATION, DEGREE = CertificateKind.GRADUATION, CertificateKind.DEGREE
EXPECTED, PRINTED, ISSUED, VOID = CertificateStatus
pytestmark = pytest.mark.usefixtures("sound_database")
EVERYTHING = ("certificate", "event", "certificate_counter")


@pytest.fixture
async def desk(sound_database):
    """李娜 with everything settled and both certificates printed."""
    uni = await factories.university()
    season = await factories.season(uni)
    who = await factories.student("1", name="李娜", id_no="11010120000101011X", college=uni.college)
    sheet = await factories.sheet(season.batch, who, settled=True)
    await factories.certificate(sheet, number="g1")
    await factories.certificate(sheet, DEGREE, number="d1")
    return uni, season, sheet


def give(uni, *numbers, **options):
    chosen = options.pop("chosen", None) or by_numbers(numbers or ["1"])
    return issue(options.pop("actor", uni.actor), batch="2026-06", selection=chosen, **options)


def codes(result):
    return [row.refusal.code if row.refusal else None for row in result.rows]


async def refused(work):
    with pytest.raises(Refused) as found:
        await work
    return found.value.refusal.code, found.value.argument


async def test_both_are_handed_out_with_one_event_each(desk):
    uni, season, sheet = desk
    result = await give(uni)
    assert [(row.outcome, row.item_code, row.before, row.after) for row in result.rows] == [
        (APPLIED, "GRADUATION", "PRINTED", "ISSUED"),
        (APPLIED, "DEGREE", "PRINTED", "ISSUED"),
    ]
    for certificate in await Certificate.all():
        assert (certificate.status, certificate.version, certificate.issued_user_id) == (ISSUED, 2, uni.clerk.id)
        assert (certificate.collection, certificate.collector_name) == (Collection.IN_PERSON, "")
        assert certificate.issued_at is not None
    events = await Event.all().values_list("object", "sheet_id", "changed", "before", "after", "cause", "actor_id")
    assert events == [("Certificate", sheet.id, "status", "PRINTED", "ISSUED", Cause.ACT, uni.clerk.id)] * 2
    [operation] = await Operation.all()
    assert (operation.kind, operation.state, operation.applied) == (OperationKind.ISSUE, OperationState.APPLIED, 2)
    assert operation.parameters == {"kinds": None, "collection": "IN_PERSON", "cascaded": 0}
    counted = await CertificateCounter.filter(status=ISSUED).values_list("batch_id", "college_id", "n")
    assert counted == [(season.batch.id, uni.college.id, 1)] * 2
    assert await load_result(result.operation_id) == result


async def test_a_second_issue_says_who_was_faster(desk):
    uni, _, _ = desk
    await give(uni, actor=uni.other_actor)
    before = await factories.contents(*EVERYTHING)
    result = await give(uni)
    assert codes(result) == [Code.ALREADY_ISSUED] * 2
    assert [row.refusal.by for row in result.rows if row.refusal] == ["王芳"] * 2
    assert await factories.contents(*EVERYTHING) == before


@pytest.mark.parametrize("left", ["BOOKS", "FINAL"])
async def test_one_pending_item_and_neither_is_handed_out(desk, left):
    uni, season, _ = desk
    sheet = await factories.sheet(
        season.batch,
        await factories.student("2"),
        settled=True,
        statuses={left: PENDING, "CARD": NOT_REQUIRED, "FINAL": PENDING},
    )
    await factories.certificate(sheet)
    await factories.certificate(sheet, DEGREE)
    before = await factories.contents(*EVERYTHING)
    result = await give(uni, "2")
    assert codes(result) == [Code.BLOCKED], "one row for the student"
    refusal = result.rows[0].refusal
    assert refusal is not None
    assert [each.item_code for each in refusal.blockers] == list(dict.fromkeys([left, "FINAL"]))
    assert await factories.contents(*EVERYTHING) == before


async def test_in_bulk_each_student_is_judged_alone(desk):
    uni, season, _ = desk
    await factories.sheet(season.batch, await factories.student("2"), settled=True)
    await factories.sheet(season.batch, await factories.student("3"))
    result = await give(uni, "1", "2", "3", "77")
    assert [(row.student_no, row.refusal and row.refusal.code) for row in result.rows] == [
        ("1", None),
        ("1", None),
        ("2", Code.NOT_ENTITLED),
        ("3", Code.BLOCKED),
        ("77", Code.NOT_FOUND),
    ]
    result = await give(uni, "2", "3", error_policy=ErrorPolicy.REJECT_ALL)
    assert (await Operation.get(id=result.operation_id)).state is OperationState.FAILED


async def test_all_or_nothing_when_asked_for(desk):
    uni, _, _ = desk
    before = await factories.contents(*EVERYTHING)
    result = await give(uni, "1", "77", error_policy=ErrorPolicy.REJECT_ALL)
    assert [row.outcome for row in result.rows] == [NOT_APPLIED, NOT_APPLIED, REFUSED]
    assert await factories.contents(*EVERYTHING) == before


async def test_only_the_kinds_asked_for(desk):
    uni, _, _ = desk
    result = await give(uni, kinds=(DEGREE, CertificateKind.PROOF))
    assert [(row.item_code, row.refusal and row.refusal.code) for row in result.rows] == [
        ("DEGREE", None),
        ("PROOF", Code.NOT_ENTITLED),
    ]
    assert await Certificate.filter(status=ISSUED).values_list("kind", flat=True) == [DEGREE]
    result = await give(uni)
    assert [row.item_code for row in result.rows] == ["GRADUATION"], "what is left"


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"status": EXPECTED}, Code.NOT_PRINTED),
        ({"status": EXPECTED, "number": None}, Code.NO_NUMBER),
        ({"number": None}, Code.NO_NUMBER),
        ({"wrong_recipient": True}, Code.CONFLICT),
        ({"status": VOID}, Code.NOT_ENTITLED),
    ],
)
async def test_what_is_not_ready_is_not_handed_out(desk, columns, code):
    uni, season, _ = desk
    sheet = await factories.sheet(season.batch, await factories.student("2"), settled=True)
    await factories.certificate(sheet, **columns)
    before = await factories.contents(*EVERYTHING)
    assert codes(await give(uni, "2")) == [code]
    assert await factories.contents(*EVERYTHING) == before


async def test_the_batch_must_be_open_or_the_straggler_have_grace(desk):
    uni, season, sheet = desk
    season.batch.status = BatchStatus.CLOSED
    await season.batch.save(update_fields=["status"])
    assert codes(await give(uni)) == [Code.BATCH_NOT_OPEN]
    sheet.late_until = datetime(2099, 1, 1, tzinfo=UTC)
    await sheet.save(update_fields=["late_until"])
    assert codes(await give(uni)) == [None, None]


# --- to whom it is handed


async def test_a_proxy_is_recorded_in_full(desk):
    uni, _, _ = desk
    handover = Handover(Collection.PROXY, " 张伟 ", "\uff10\uff11\uff11x", "同学", letter_checked=True)
    await give(uni, kinds=(GRADUATION,), handover=handover)
    certificate = await Certificate.get(kind=GRADUATION)
    assert (certificate.collection, certificate.collector_name) == (Collection.PROXY, "张伟")
    assert (certificate.collector_id_last4, certificate.collector_relation) == ("011X", "同学")
    assert certificate.letter_checked is True
    assert "张伟" not in str(await Operation.all().values())


@pytest.mark.parametrize(
    ("columns", "argument"),
    [
        ({"name": " "}, "collectorName"),
        ({"id_last4": "11X"}, "collectorIdLast4"),
        ({"id_last4": "1011X"}, "collectorIdLast4"),
        ({"relation": ""}, "collectorRelation"),
        ({"letter_checked": False}, "letterChecked"),
    ],
)
async def test_a_proxy_without_name_document_relation_and_letter_gets_nothing(desk, columns, argument):
    uni, _, _ = desk
    full = {"name": "张伟", "id_last4": "011X", "relation": "同学", "letter_checked": True}
    handover = Handover(Collection.PROXY, **{**full, **columns})
    assert await refused(give(uni, handover=handover)) == (Code.BAD_INPUT, argument)
    assert await factories.recorded() == (0, 0)


@pytest.mark.parametrize(
    ("confirmation", "argument"),
    [
        (Confirmation(number="g2"), "number"),
        (Confirmation(id_last4="0110"), "idLast4"),
        (Confirmation(number="g1", id_last4="11X"), "idLast4"),
    ],
)
async def test_what_the_officer_confirms_must_be_the_students(desk, confirmation, argument):
    uni, _, _ = desk
    before = await factories.contents(*EVERYTHING)
    result = await give(uni, handover=Handover(confirm={"1": confirmation}))
    assert codes(result) == [Code.ROW_MISMATCH] * 2
    assert {row.refusal.facts["argument"] for row in result.rows if row.refusal} == {argument}
    assert await factories.contents(*EVERYTHING) == before
    assert "0101011" not in str(await Operation.all().values()), "no document number is remembered"


async def test_a_right_confirmation_passes_as_it_was_scanned(desk):
    uni, _, _ = desk
    handover = Handover(confirm={"\uff11\r": Confirmation("\uff471", "011x")})
    assert codes(await give(uni, handover=handover)) == [None, None]


async def test_somebody_confirmed_who_was_not_selected_stops_everything(desk):
    uni, _, _ = desk
    handover = Handover(confirm={"2": Confirmation("g1")})
    assert await refused(give(uni, handover=handover)) == (Code.BAD_INPUT, "confirm")
    assert await factories.recorded() == (0, 0)


# --- how many at once (R20)


async def test_never_a_whole_filter_and_never_more_than_the_limit(desk):
    uni, season, _ = desk
    for chosen in (by_filter(Q(id=1)), all_except(["1"])):
        assert await refused(give(uni, chosen=chosen)) == (Code.BAD_INPUT, "select")
    assert await refused(give(uni, chosen=by_range("20230001", "20230201"))) == (Code.RANGE_TOO_LARGE, "range")
    season.batch.range_limit = 2
    await season.batch.save(update_fields=["range_limit"])
    await factories.crowd(season.batch, 3, class_name="软件2201", college=uni.college)
    by_name = by_class(uni.college.id, "软件2201")
    assert await refused(give(uni, chosen=by_name)) == (Code.RANGE_TOO_LARGE, "range")
    assert (await give(uni, chosen=by_range("20230001", "20230002"))).count(REFUSED) == 2


async def test_the_reach_of_the_officer(desk):
    uni, season, _ = desk
    sheet = await factories.sheet(season.batch, await factories.student("2", college=uni.other_college), settled=True)
    await factories.certificate(sheet)

    async def own_college() -> Reach:
        return Reach(visible=Q(college_id=uni.college.id), permitted=Q(kind="GRADUATION"))

    result = await give(uni, "1", "2", permit=own_college)
    assert [(row.item_code, row.refusal and row.refusal.code) for row in result.rows] == [
        ("GRADUATION", None),
        ("DEGREE", Code.FORBIDDEN),
        (None, Code.NOT_FOUND),
    ]


async def test_a_certificate_that_one_may_not_issue_tells_nothing_of_itself(desk):
    uni, season, _ = desk
    blocked = await factories.sheet(season.batch, await factories.student("3", college=uni.college))
    await factories.certificate(blocked)

    async def nothing() -> Reach:
        return Reach(visible=Q(college_id=uni.college.id), permitted=Q(kind="PROOF"))

    for dry_run in (True, False):
        result = await give(uni, "1", "3", permit=nothing, dry_run=dry_run)
        assert codes(result) == [Code.FORBIDDEN] * 3
        assert {(row.before, row.after, row.by, row.at) for row in result.rows} == {(None,) * 4}
        assert [row.refusal and row.refusal.blockers for row in result.rows] == [()] * 3
        kept = await OperationRow.filter(operation_id=result.operation_id)
        assert [(row.before, row.after) for row in kept] == [(None, None)] * 3
    assert await Event.all().count() == 0


async def test_a_key_issues_once(desk):
    uni, _, _ = desk
    key = Idempotency("user:1", "k", "issue 1")
    first = await give(uni, idempotency=key)
    assert await give(uni, idempotency=key) == first
    assert await Event.all().count() == 2


async def test_a_dry_run_changes_nothing(desk):
    uni, _, _ = desk
    before = await factories.contents(*EVERYTHING)
    result = await give(uni, dry_run=True)
    assert (result.dry_run, codes(result)) == (True, [None, None])
    assert await factories.contents(*EVERYTHING) == before
