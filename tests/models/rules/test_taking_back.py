"""Certificates taken back and voided (B14)."""

# Tortoise makes the ids of relations itself, and types flat value lists as lists of tuples.
# mypy: disable-error-code="attr-defined, comparison-overlap"

from __future__ import annotations

import pytest
from tortoise.expressions import Q

from models import Certificate, Event, Operation
from models.enums import BatchStatus, CertificateKind, CertificateStatus, Collection, OperationKind, Outcome
from models.rules.actor import Reach
from models.rules.certificates import Handover, issue
from models.rules.clearances import Change, Idempotency, set_clearances
from models.rules.refusals import Code, Refused
from models.rules.selection import by_numbers
from models.rules.taking_back import undo_issue, void
from tests import factories

APPLIED, UNCHANGED, REFUSED, NOT_APPLIED = Outcome
GRADUATION, DEGREE = CertificateKind.GRADUATION, CertificateKind.DEGREE
EXPECTED, PRINTED, ISSUED, VOID = CertificateStatus
pytestmark = pytest.mark.usefixtures("sound_database")
EVERYTHING = ("certificate", "event", "certificate_counter")


@pytest.fixture
async def desk(sound_database):
    """Both certificates of one student, handed to a proxy."""
    uni = await factories.university()
    season = await factories.season(uni)
    sheet = await factories.sheet(season.batch, await factories.student("1"), settled=True)
    made = [await factories.certificate(sheet), await factories.certificate(sheet, DEGREE)]
    proxy = Handover(Collection.PROXY, "张伟", "011X", "同学", letter_checked=True)
    await issue(uni.actor, batch="2026-06", selection=by_numbers("1"), handover=proxy)
    return uni, season, [each.id for each in made]


def take_back(uni, *certificates, recovered=True, reason="发错", **options):
    return undo_issue(uni.actor, certificates=certificates, reason=reason, recovered=recovered, **options)


def codes(result):
    return [row.refusal.code if row.refusal else row.outcome for row in result.rows]


async def test_a_recovered_certificate_is_printed_again_and_the_sheet_may_change(desk):
    uni, _, [graduation, degree] = desk
    result = await take_back(uni, graduation, degree)
    assert codes(result) == [APPLIED, APPLIED]
    certificate = await Certificate.get(id=graduation)
    assert (certificate.status, certificate.version, certificate.wrong_recipient) == (PRINTED, 3, False)
    assert (certificate.issued_at, certificate.issued_user_id, certificate.collection) == (None, None, None)
    assert (certificate.collector_name, certificate.collector_id_last4, certificate.letter_checked) == ("", "", False)
    recorded = Event.filter(operation_id=result.operation_id).order_by("id")
    events = await recorded.values_list("object_id", "changed", "before", "after")
    assert events == [(each, "status", "ISSUED", "PRINTED") for each in (graduation, degree)]
    operation = await Operation.get(id=result.operation_id)
    assert operation.kind is OperationKind.UNDO_ISSUE
    assert operation.parameters == {"reason": "发错", "recovered": True, "cascaded": 0}
    changed = await set_clearances(
        uni.actor, batch="2026-06", item="BOOKS", selection=by_numbers("1"), change=Change(note="可改")
    )
    assert codes(changed) == [APPLIED]


async def test_one_of_two_taken_back_leaves_the_sheet_frozen(desk):
    uni, _, [graduation, _] = desk
    await take_back(uni, graduation)
    changed = await set_clearances(
        uni.actor, batch="2026-06", item="BOOKS", selection=by_numbers("1"), change=Change(note="可改")
    )
    assert codes(changed) == [Code.ALREADY_ISSUED]


async def test_one_that_is_still_out_is_marked_and_not_issued_again_until_it_is_back(desk):
    uni, _, [graduation, _] = desk
    result = await take_back(uni, graduation, recovered=False)
    certificate = await Certificate.get(id=graduation)
    assert (certificate.status, certificate.wrong_recipient) == (PRINTED, True)
    [event] = await Event.filter(operation_id=result.operation_id)
    assert event.changed == "status,wrong_recipient"
    again = await issue(uni.actor, batch="2026-06", selection=by_numbers("1"))
    assert codes(again) == [Code.CONFLICT]
    assert codes(await take_back(uni, graduation, recovered=False)) == [UNCHANGED]
    back = await take_back(uni, graduation, recovered=True)
    assert codes(back) == [APPLIED]
    assert await Event.filter(operation_id=back.operation_id).values_list("changed", flat=True) == ["wrong_recipient"]
    assert codes(await issue(uni.actor, batch="2026-06", selection=by_numbers("1"))) == [APPLIED]


async def test_what_is_not_out_is_not_taken_back(desk):
    uni, _, [graduation, _] = desk
    await take_back(uni, graduation)
    before = await factories.contents(*EVERYTHING)
    assert codes(await take_back(uni, graduation, 999)) == [Code.CONFLICT, Code.NOT_FOUND]
    assert await factories.contents(*EVERYTHING) == before


@pytest.mark.parametrize(("reason", "code"), [(" ", Code.REASON_REQUIRED), ("长" * 256, Code.BAD_INPUT)])
async def test_a_reason_is_needed(desk, reason, code):
    uni, _, [graduation, _] = desk
    deeds = (
        take_back(uni, graduation, reason=reason),
        void(uni.actor, certificates=[graduation], reason=reason),
    )
    for deed in deeds:
        with pytest.raises(Refused) as refused:
            await deed
        assert (refused.value.refusal.code, refused.value.argument) == (code, "reason")


async def test_a_mistake_is_put_right_after_the_batch_has_closed_but_not_once_archived(desk):
    uni, season, [graduation, degree] = desk
    season.batch.status = BatchStatus.CLOSED
    await season.batch.save(update_fields=["status"])
    assert codes(await take_back(uni, graduation)) == [APPLIED]
    season.batch.status = BatchStatus.ARCHIVED
    await season.batch.save(update_fields=["status"])
    assert codes(await take_back(uni, degree)) == [Code.BATCH_NOT_OPEN]
    assert codes(await void(uni.actor, certificates=[graduation], reason="印错")) == [Code.BATCH_NOT_OPEN]
    season.batch.status = BatchStatus.CLOSED
    await season.batch.save(update_fields=["status"])


async def test_the_reach_of_the_officer(desk):
    uni, season, [graduation, degree] = desk
    other = await factories.sheet(season.batch, await factories.student("2", college=uni.other_college), settled=True)
    hidden = await factories.certificate(other)

    async def own_graduations() -> Reach:
        return Reach(visible=Q(college_id=uni.college.id), permitted=Q(kind="GRADUATION"))

    result = await take_back(uni, degree, hidden.id, graduation, permit=own_graduations)
    assert codes(result) == [Code.FORBIDDEN, Code.NOT_FOUND, APPLIED]


async def test_a_spoilt_print_is_voided_and_its_number_never_used_again(desk):
    uni, season, [graduation, degree] = desk
    await take_back(uni, graduation)
    result = await void(uni.actor, certificates=[graduation, degree, graduation], reason="印错")
    assert codes(result) == [APPLIED, Code.ALREADY_ISSUED]
    certificate = await Certificate.get(id=graduation)
    assert (certificate.status, certificate.void_reason, certificate.version) == (VOID, "印错", 4)
    assert codes(await void(uni.actor, certificates=[graduation], reason="印错")) == [Code.NOT_FOUND]
    second = await factories.certificate(await certificate.sheet)
    assert codes(await issue(uni.actor, batch="2026-06", selection=by_numbers("1"))) == [APPLIED]
    assert (await Certificate.get(id=second.id)).status is ISSUED
    assert season.batch.code == "2026-06"


async def test_a_key_takes_back_once(desk):
    uni, _, [graduation, _] = desk
    key = Idempotency("user:1", "k", "x")
    first = await take_back(uni, graduation, idempotency=key)
    assert await take_back(uni, graduation, idempotency=key) == first
