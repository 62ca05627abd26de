"""The registrar's list (R28, invariant 8)."""

from __future__ import annotations

import pytest
from tortoise.expressions import Q

from models import Certificate, Event, Operation, OperationRow
from models.enums import BatchStatus, Cause, CertificateKind, CertificateStatus, OperationKind, Outcome
from models.rules import counters
from models.rules.actor import Reach
from models.rules.certificates import CertificateLine, import_certificates, issue
from models.rules.clearances import ErrorPolicy, Idempotency
from models.rules.recorded import load_result
from models.rules.refusals import Code
from models.rules.selection import by_numbers
from models.rules.taking_back import void
from tests import factories

APPLIED, UNCHANGED, REFUSED, NOT_APPLIED = Outcome
GRADUATION, DEGREE = CertificateKind.GRADUATION, CertificateKind.DEGREE
EXPECTED, PRINTED, ISSUED, VOID = CertificateStatus
pytestmark = pytest.mark.usefixtures("sound_database")
EVERYTHING = ("certificate", "event", "certificate_counter")


@pytest.fixture
async def desk(sound_database):
    uni = await factories.university()
    season = await factories.season(uni)
    return (
        uni,
        season,
        await factories.sheets(season.batch, [await factories.student(n, name="李娜") for n in "12"], settled=True),
    )


def load(uni, *lines, **options):
    return import_certificates(uni.actor, batch="2026-06", lines=lines, **options)


def line(student_no="1", kind=GRADUATION, **options):
    return CertificateLine(student_no, kind, **options)


def codes(result):
    return [row.refusal.code if row.refusal else row.outcome for row in result.rows]


async def test_entitled_numbered_printed(desk):
    uni, _, _ = desk
    first = await load(uni, line(name="李娜", row=2, cell="A2"))
    assert [(row.outcome, row.item_code, row.before, row.after, row.row, row.cell) for row in first.rows] == [
        (APPLIED, "GRADUATION", None, "EXPECTED", 2, "A2")
    ]
    assert codes(await load(uni, line(number="\uff4799 001"))) == [APPLIED]
    assert codes(await load(uni, line(number="g99001", printed=True))) == [APPLIED]
    certificate = await Certificate.get()
    assert (certificate.number, certificate.status, certificate.version) == ("g99001", PRINTED, 3)
    assert certificate.printed_at is not None
    told = await Event.all().order_by("id").values_list("changed", "before", "after", "cause", "object_id")
    assert told == [
        ("status", None, "EXPECTED", Cause.IMPORT, certificate.id),
        ("number", "EXPECTED", "EXPECTED", Cause.IMPORT, certificate.id),
        ("status", "EXPECTED", "PRINTED", Cause.IMPORT, certificate.id),
    ]
    assert await load_result(first.operation_id) == first
    assert (await Operation.get(id=first.operation_id)).kind is OperationKind.IMPORT_CERTIFICATES


async def test_the_same_list_again_changes_nothing(desk):
    uni, _, _ = desk
    lines = [line("1", number="g1", printed=True), line("1", DEGREE), line("2", number="g2")]
    await load(uni, *lines)
    before = await factories.contents(*EVERYTHING)
    assert codes(await load(uni, *lines)) == [UNCHANGED] * 3
    assert codes(await load(uni, line("1"), line("2"))) == [UNCHANGED] * 2, "a list without numbers takes none away"
    assert await factories.contents(*EVERYTHING) == before


async def test_a_number_belongs_to_one_certificate_of_a_kind(desk):
    uni, _, _ = desk
    await load(uni, line("1", number="g1"))
    assert codes(await load(uni, line("2", number="g1"))) == [Code.DUPLICATE]
    assert codes(await load(uni, line("2", DEGREE, number="g1"))) == [APPLIED], "another kind has its own numbers"
    [first] = await Certificate.filter(kind=GRADUATION)
    await void(uni.actor, certificates=[first.id], reason="印错")
    assert codes(await load(uni, line("2", number="g1"))) == [Code.DUPLICATE], "void ones keep theirs"
    assert codes(await load(uni, line("1", number="g2"))) == [APPLIED], "a second print after the void one"


async def test_lines_that_contradict_each_other_are_refused(desk):
    uni, _, _ = desk
    result = await load(uni, line("1"), line("1 "), line("1", DEGREE, number="x"), line("2", DEGREE, number="x"))
    assert codes(result) == [Code.DUPLICATE] * 4
    assert await Certificate.all().count() == 0


async def test_an_issued_certificate_keeps_its_number(desk):
    uni, _, _ = desk
    await load(uni, line(number="g1", printed=True))
    await issue(uni.other_actor, batch="2026-06", selection=by_numbers("1"))
    result = await load(uni, line(number="g2"), line("2"))
    assert codes(result) == [Code.ALREADY_ISSUED, APPLIED]
    refusal = result.rows[0].refusal
    assert refusal is not None
    assert refusal.by == "王芳"
    assert codes(await load(uni, line(number="g1", printed=True))) == [UNCHANGED]


async def test_what_cannot_be_taken_over_is_refused_line_by_line(desk):
    uni, season, sheets = desk
    sheets[1].state, sheets[1].holder = "CANCELLED", None
    await counters.count_sheets([sheets[1].id], sign=-1)
    await sheets[1].save(update_fields=["state", "holder"])
    result = await load(
        uni,
        line("77"),
        line("1", name="李四"),
        line("2"),
        line("1", DEGREE, printed=True),
        line("1", CertificateKind.PROOF, number="9" * 33),
    )
    assert codes(result) == [
        Code.NOT_FOUND,
        Code.ROW_MISMATCH,
        Code.SHEET_NOT_ACTIVE,
        Code.NO_NUMBER,
        Code.BAD_INPUT,
    ]
    assert await Certificate.all().count() == 0
    season.batch.status = BatchStatus.ARCHIVED
    await season.batch.save(update_fields=["status"])
    assert codes(await load(uni, line("1"))) == [Code.BATCH_NOT_OPEN]
    season.batch.status = BatchStatus.OPEN
    await season.batch.save(update_fields=["status"])


async def test_entitlements_come_before_the_batch_opens(desk):
    uni, season, _ = desk
    for status in (BatchStatus.PREPARING, BatchStatus.CLOSED):
        season.batch.status = status
        await season.batch.save(update_fields=["status"])
        kind = GRADUATION if status is BatchStatus.PREPARING else DEGREE
        assert codes(await load(uni, line("1", kind))) == [APPLIED]


async def test_the_reach_of_the_registrar(desk):
    """What he may not change he does not number; whom he does not see is not there."""
    uni, _, sheets = desk
    await load(uni, line("1"), line("1", DEGREE))

    async def permit() -> Reach:
        return Reach(visible=~Q(id=sheets[1].id), permitted=Q(kind=GRADUATION))

    asked = [line("1", number="g1"), line("1", DEGREE, number="d1"), line("2")]
    assert codes(await load(uni, *asked, permit=permit)) == [APPLIED, Code.FORBIDDEN, Code.NOT_FOUND]
    assert await Certificate.all().order_by("id").values_list("kind", "number") == [(GRADUATION, "g1"), (DEGREE, None)]
    await Certificate.filter(kind=DEGREE).update(status=ISSUED)
    hidden = await load(uni, line("1", DEGREE, number="d1"), permit=permit)
    assert codes(hidden) == [Code.FORBIDDEN]  # not: issued, when and by whom
    assert [(row.before, row.after) for row in await OperationRow.filter(operation_id=hidden.operation_id)] == [
        (None, None)
    ]
    await Certificate.filter(kind=DEGREE).update(status=EXPECTED)


async def test_all_or_nothing_when_asked_for(desk):
    uni, _, _ = desk
    result = await load(uni, line("1"), line("77"), error_policy=ErrorPolicy.REJECT_ALL)
    assert codes(result) == [NOT_APPLIED, Code.NOT_FOUND]
    assert await Certificate.all().count() == 0


async def test_a_dry_run_and_a_key(desk):
    uni, _, _ = desk
    assert codes(await load(uni, line("1"), dry_run=True)) == [APPLIED]
    assert await Certificate.all().count() == 0
    key = Idempotency("user:1", "k", "x")
    first = await load(uni, line("1"), idempotency=key)
    assert await load(uni, line("1"), idempotency=key) == first
    assert await Event.all().count() == 1
