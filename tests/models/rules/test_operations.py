"""Dry runs applied and given up."""

# Tortoise makes the ids of relations itself, and types flat value lists as lists of tuples.
# mypy: disable-error-code="attr-defined, comparison-overlap"

from __future__ import annotations

import pytest
from tortoise.expressions import Q

from models import Certificate, Event, Operation, OperationRow
from models.enums import (
    BatchStatus,
    CertificateKind,
    CertificateStatus,
    ClearanceStatus,
    Collection,
    OperationState,
    Outcome,
    Reason,
)
from models.rules.actor import Reach
from models.rules.certificates import CertificateLine, Handover, import_certificates, issue
from models.rules.clearances import Change, set_clearances
from models.rules.operations import apply_operation, cancel_operation, undo_operation
from models.rules.refusals import Code, Refused
from models.rules.selection import by_class, by_numbers
from tests import factories

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus
APPLIED, UNCHANGED, REFUSED, NOT_APPLIED = Outcome
pytestmark = pytest.mark.usefixtures("sound_database")
EVERYTHING = ("clearance", "certificate", "event", "item_college_counter", "certificate_counter")


@pytest.fixture
async def desk(sound_database):
    """Three students of one class, of whom the third has passed BOOKS; and a dry run over the class and one unknown."""
    uni = await factories.university()
    season = await factories.season(uni)
    sheets = await factories.crowd(season.batch, 3, class_name="软件2201", college=uni.college)
    await act(uni, "20230003")
    return uni, season, sheets


def applied(uni, shown, **options):
    """The dry run, applied."""
    return apply_operation(uni.actor, shown.operation_id, **options)


def act(uni, *numbers, item="BOOKS", to=CLEARED, **options):
    return set_clearances(
        options.pop("actor", uni.actor),
        batch="2026-06",
        item=item,
        selection=options.pop("chosen", by_numbers(numbers)),
        change=Change(to, note=options.pop("note", None), reason=options.pop("reason", None)),
        **options,
    )


async def refused(work):
    with pytest.raises(Refused) as found:
        await work
    return found.value.refusal.code


def outcomes(result):
    return [row.outcome for row in result.rows]


async def test_applying_does_what_was_shown_and_keeps_the_rest_of_the_answer(desk):
    uni, _, sheets = desk
    shown = await act(uni, "20230001", "20230002", "20230003", "77", dry_run=True)
    assert outcomes(shown) == [APPLIED, APPLIED, UNCHANGED, REFUSED]
    done = await applied(uni, shown)
    assert (done.operation_id, done.dry_run) == (shown.operation_id, False)
    assert outcomes(done) == [APPLIED, APPLIED, UNCHANGED, REFUSED]
    assert await factories.statuses(sheets, "BOOKS") == [CLEARED] * 3
    operation = await Operation.get(id=shown.operation_id)
    assert (operation.state, operation.applied, operation.unchanged, operation.refused) == (
        OperationState.APPLIED,
        2,
        1,
        1,
    )
    assert operation.finished_at is not None
    assert await Event.filter(operation_id=shown.operation_id).count() == 2
    rows = await OperationRow.filter(operation_id=shown.operation_id, outcome=APPLIED)
    assert [(row.facts or {}).get("previewed") for row in rows] == ["APPLIED"] * 2, "what `check` reads (invariant 21)"


async def test_everything_that_was_asked_for_is_applied(desk):
    uni, _, sheets = desk
    shown = await act(uni, "20230001", dry_run=True, to=NOT_REQUIRED, reason=Reason.DEFERRED, note="缓缴至九月")
    await applied(uni, shown)
    clearance = await factories.clearance(sheets[0], "BOOKS")
    assert (clearance.status, clearance.reason, clearance.note) == (NOT_REQUIRED, Reason.DEFERRED, "缓缴至九月")


async def test_only_the_frozen_set_is_applied(desk):
    uni, season, _ = desk
    shown = await act(uni, chosen=by_class(uni.college.id, "软件2201"), dry_run=True)
    newcomer = await factories.sheet(
        season.batch, await factories.student("20239999", class_name="软件2201", college=uni.college)
    )
    assert outcomes(await applied(uni, shown)) == [APPLIED, APPLIED, UNCHANGED]
    assert await factories.status(newcomer, "BOOKS") is PENDING


async def test_what_changed_since_is_refused_and_the_others_are_applied(desk):
    uni, _, sheets = desk
    shown = await act(uni, "20230001", "20230002", dry_run=True)
    await act(uni, "20230001", to=NOT_REQUIRED, reason=Reason.OTHER, actor=uni.other_actor)
    done = await applied(uni, shown)
    assert outcomes(done) == [REFUSED, APPLIED]
    refusal = done.rows[0].refusal
    assert refusal is not None
    assert (refusal.code, refusal.by) == (Code.STALE_ROW, "王芳")
    assert await factories.status(sheets[0], "BOOKS") is NOT_REQUIRED


async def test_the_version_that_the_caller_had_seen_is_asked_again(desk):
    """A note alone leaves the status as it was shown; whoever named versions is still told."""
    uni, _, sheets = desk
    seen = {(await factories.clearance(each, "BOOKS")).id: 1 for each in sheets[:2]}
    shown = await act(uni, "20230001", "20230002", expected_versions=seen, dry_run=True)
    await act(uni, "20230001", to=None, note="欠一本", actor=uni.other_actor)
    done = await applied(uni, shown)
    assert [row.refusal and row.refusal.code for row in done.rows] == [Code.STALE_ROW, None]


async def test_what_somebody_else_did_meanwhile_is_unchanged(desk):
    uni, _, _ = desk
    shown = await act(uni, "20230001", "20230002", dry_run=True)
    await act(uni, "20230001", actor=uni.other_actor)
    done = await applied(uni, shown)
    assert [(row.outcome, row.by) for row in done.rows] == [(UNCHANGED, "王芳"), (APPLIED, None)]
    operation = await Operation.get(id=shown.operation_id)
    assert (operation.applied, operation.unchanged) == (1, 1)


async def test_the_rules_are_asked_again(desk):
    uni, season, sheets = desk
    await act(uni, "20230001", item="DORM")
    await act(uni, "20230001")
    shown = await act(uni, "20230001", item="CARD", dry_run=True)
    assert outcomes(shown) == [APPLIED]
    await act(uni, "20230001", item="DORM", to=PENDING)
    done = await applied(uni, shown)
    assert [row.refusal and row.refusal.code for row in done.rows] == [Code.PREREQUISITE]
    shown = await act(uni, "20230002", dry_run=True)
    season.batch.status = BatchStatus.CLOSED
    await season.batch.save(update_fields=["status"])
    done = await applied(uni, shown)
    assert [row.refusal and row.refusal.code for row in done.rows] == [Code.BATCH_NOT_OPEN]
    assert await factories.status(sheets[1], "BOOKS") is PENDING


async def test_the_right_is_asked_again(desk):
    uni, _, sheets = desk
    shown = await act(uni, "20230001", "20230002", dry_run=True)

    async def narrower() -> Reach:
        return Reach(visible=~Q(id=sheets[0].id), permitted=~Q(sheet_id=sheets[1].id))

    done = await applied(uni, shown, permit=narrower)
    assert [row.refusal and row.refusal.code for row in done.rows] == [Code.NOT_FOUND, Code.FORBIDDEN]
    assert await Event.filter(operation_id=shown.operation_id).count() == 0


async def test_applied_once_and_answered_again(desk):
    uni, _, _ = desk
    shown = await act(uni, "20230001", dry_run=True)
    done = await applied(uni, shown)
    before = await factories.contents(*EVERYTHING, "operation", "operation_row")
    assert await applied(uni, shown) == done
    assert await factories.contents(*EVERYTHING, "operation", "operation_row") == before


async def test_a_dry_run_is_its_makers_own(desk):
    uni, _, _ = desk
    shown = await act(uni, "20230001", dry_run=True)
    assert await refused(apply_operation(uni.other_actor, shown.operation_id)) is Code.NOT_FOUND
    assert await refused(cancel_operation(uni.other_actor, shown.operation_id)) is Code.NOT_FOUND
    assert await refused(apply_operation(uni.actor, 999)) is Code.NOT_FOUND
    assert (await Operation.get(id=shown.operation_id)).state is OperationState.PREVIEWED


async def test_a_cancelled_dry_run_is_not_applied(desk):
    uni, _, _ = desk
    shown = await act(uni, "20230001", dry_run=True)
    await cancel_operation(uni.actor, shown.operation_id)
    assert (await Operation.get(id=shown.operation_id)).state is OperationState.CANCELLED
    assert await refused(applied(uni, shown)) is Code.CONFLICT
    assert await refused(cancel_operation(uni.actor, shown.operation_id)) is Code.CONFLICT


async def test_an_undos_dry_run_is_not_applied_but_the_undo_itself(desk):
    uni, _, _ = desk
    done = await act(uni, "20230001")
    shown = await undo_operation(uni.actor, done.operation_id, dry_run=True)
    assert await refused(applied(uni, shown)) is Code.CONFLICT


async def test_cascades_of_an_applied_dry_run_are_its_rows(desk):
    uni, season, _ = desk
    settled = await factories.sheet(season.batch, await factories.student("9"), settled=True)
    shown = await act(uni, "9", to=PENDING, dry_run=True)
    assert shown.cascaded == 1
    done = await applied(uni, shown)
    assert done.cascaded == 1
    assert await OperationRow.filter(operation_id=shown.operation_id, cascaded=True).count() == 2
    undone = await undo_operation(uni.actor, shown.operation_id)
    assert (outcomes(undone), undone.cascaded) == ([APPLIED], 1)
    assert await factories.statuses([settled], "FINAL") == [CLEARED]


async def test_issuing_is_shown_and_applied(desk):
    uni, season, sheets = desk
    ready = await factories.sheet(season.batch, await factories.student("9"), settled=True)
    await factories.certificate(ready)
    await factories.certificate(sheets[0])
    before = await factories.contents(*EVERYTHING)
    shown = await issue(
        uni.actor,
        batch="2026-06",
        selection=by_numbers(["9", "20230001"]),
        handover=Handover(Collection.VIA_CLASS),
        dry_run=True,
    )
    assert outcomes(shown) == [APPLIED, REFUSED]
    assert await factories.contents(*EVERYTHING) == before
    await factories.certificate(ready, CertificateKind.DEGREE)
    done = await applied(uni, shown)
    assert outcomes(done) == [APPLIED, REFUSED]
    assert await Certificate.filter(status=CertificateStatus.ISSUED).values_list("kind", "collection") == [
        (CertificateKind.GRADUATION, Collection.VIA_CLASS)
    ], "the degree came after the dry run"


async def test_what_a_dry_run_refused_to_issue_stays_refused(desk):
    """Printed after the dry run: it was not shown as ready, so it is not handed out by it (invariant 21)."""
    uni, season, _ = desk
    ready = await factories.sheet(season.batch, await factories.student("9"), settled=True)
    await factories.certificate(ready)
    waiting = await factories.certificate(ready, CertificateKind.DEGREE, status=CertificateStatus.EXPECTED)
    shown = await issue(uni.actor, batch="2026-06", selection=by_numbers(["9"]), dry_run=True)
    assert [row.refusal and row.refusal.code for row in shown.rows] == [None, Code.NOT_PRINTED]
    await import_certificates(
        uni.actor, batch="2026-06", lines=[CertificateLine("9", CertificateKind.DEGREE, printed=True)]
    )
    assert outcomes(await applied(uni, shown)) == [APPLIED, REFUSED]
    assert (await Certificate.get(id=waiting.id)).status is CertificateStatus.PRINTED


async def test_the_right_to_issue_is_asked_again(desk):
    uni, season, _ = desk
    people = [await factories.student(number) for number in ("7", "8", "9")]
    ready = await factories.sheets(season.batch, people, settled=True)
    for each in ready:
        await factories.certificate(each)
    shown = await issue(uni.actor, batch="2026-06", selection=by_numbers(["7", "8", "9"]), dry_run=True)

    async def narrower() -> Reach:
        return Reach(visible=~Q(id=ready[0].id), permitted=~Q(sheet_id=ready[1].id))

    done = await applied(uni, shown, permit=narrower)
    assert [row.refusal and row.refusal.code for row in done.rows] == [Code.NOT_FOUND, Code.FORBIDDEN, None]
    assert await Certificate.filter(status=CertificateStatus.ISSUED).values_list("sheet_id", flat=True) == [ready[2].id]


async def test_issuing_to_a_proxy_is_not_applied_later_for_nobody_remembers_his_name(desk):
    uni, season, _ = desk
    ready = await factories.sheet(season.batch, await factories.student("9"), settled=True)
    await factories.certificate(ready)
    proxy = Handover(Collection.PROXY, "张伟", "011X", "同学", letter_checked=True)
    shown = await issue(uni.actor, batch="2026-06", selection=by_numbers(["9"]), handover=proxy, dry_run=True)
    assert await refused(applied(uni, shown)) is Code.BAD_INPUT
    operation = await Operation.get(id=shown.operation_id)
    assert operation.state is OperationState.PREVIEWED
    assert "张伟" not in str(operation.parameters)


async def test_entitlements_are_shown_and_applied(desk):
    uni, _, sheets = desk
    lines = [
        CertificateLine("20230001", CertificateKind.GRADUATION, number="g1", printed=True),
        CertificateLine("20230002", CertificateKind.GRADUATION),
        CertificateLine("77", CertificateKind.GRADUATION),
    ]
    shown = await import_certificates(uni.actor, batch="2026-06", lines=lines, dry_run=True)
    assert outcomes(shown) == [APPLIED, APPLIED, REFUSED]
    assert await Certificate.all().count() == 0
    await factories.certificate(sheets[1])
    done = await applied(uni, shown)
    assert outcomes(done) == [APPLIED, UNCHANGED, REFUSED]
    assert done.rows[0].object_id is not None
    assert await Certificate.filter(number="g1").values_list("status", flat=True) == [CertificateStatus.PRINTED]
