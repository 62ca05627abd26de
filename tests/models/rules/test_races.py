"""What happens at the same moment: real concurrent tasks, on SQLite one process's, on PostgreSQL a pool's.

Whoever comes first, the invariants hold afterwards, and exactly one of two contradicting acts has happened.
"""

from __future__ import annotations

import asyncio

import pytest

from models import Certificate, Event, Operation
from models.enums import CertificateKind, CertificateStatus, ClearanceStatus, OperationState, Outcome
from models.rules.actor import Reach
from models.rules.certificates import issue
from models.rules.clearances import Change, ErrorPolicy, Idempotency, set_clearances
from models.rules.entitled import CertificateLine
from models.rules.entitlements import import_certificates
from models.rules.operations import apply_operation, undo_operation
from models.rules.refusals import Code, Refused
from models.rules.selection import by_numbers, by_sheets
from tests import factories

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus
APPLIED, UNCHANGED, REFUSED, NOT_APPLIED = Outcome
pytestmark = pytest.mark.usefixtures("sound_database")
ROUNDS = 12


async def ready(count, **statuses):
    """A season with sheets on which everything is settled, but for `statuses`."""
    uni = await factories.university()
    season = await factories.season(uni)
    people = [await factories.student(f"2022{n:04}") for n in range(count)]
    return uni, season, await factories.sheets(season.batch, people, settled=True, statuses=statuses)


def act(actor, item, to, sheets, **options):
    return set_clearances(
        actor,
        batch="2026-06",
        item=item,
        selection=by_sheets([each.id for each in sheets]),
        change=Change(to),
        **options,
    )


async def test_final_against_revoking_an_item():
    """The final sign-off and the revoking of a book at the same moment: never a FINAL over an open book."""
    uni, _, sheets = await ready(ROUNDS, FINAL=PENDING)
    racing = []
    for sheet in sheets:
        racing += [act(uni.actor, "FINAL", CLEARED, [sheet]), act(uni.other_actor, "BOOKS", PENDING, [sheet])]
    results = await asyncio.gather(*racing)
    for sheet, final, revoked in zip(sheets, results[::2], results[1::2], strict=True):
        assert revoked.rows[0].outcome is APPLIED
        assert await factories.status(sheet, "BOOKS") is PENDING
        assert await factories.status(sheet, "FINAL") is PENDING, "refused, or re-opened with the book"
        assert final.rows[0].outcome is (APPLIED if revoked.cascaded else REFUSED)


async def test_revoking_against_issuing():
    """Either the certificate is out and the book stays, or the book is open and nothing is out."""
    uni, _, sheets = await ready(ROUNDS)
    for sheet in sheets:
        await factories.certificate(sheet)
    racing = []
    for sheet in sheets:
        racing += [
            issue(uni.actor, batch="2026-06", selection=by_sheets([sheet.id])),
            act(uni.other_actor, "BOOKS", PENDING, [sheet]),
        ]
    results = await asyncio.gather(*racing)
    for sheet, issued, revoked in zip(sheets, results[::2], results[1::2], strict=True):
        codes = {row.refusal.code for row in (*issued.rows, *revoked.rows) if row.refusal}
        certificate = await Certificate.get(sheet=sheet)
        is_out = certificate.status is CertificateStatus.ISSUED
        assert await factories.status(sheet, "BOOKS") is (CLEARED if is_out else PENDING)
        assert codes == {Code.ALREADY_ISSUED if is_out else Code.BLOCKED}


async def test_two_officers_issue_the_same_certificates():
    uni, _, sheets = await ready(ROUNDS)
    for sheet in sheets:
        await factories.certificate(sheet)
        await factories.certificate(sheet, CertificateKind.DEGREE)
    chosen = by_sheets([each.id for each in sheets])
    first, second = await asyncio.gather(
        issue(uni.actor, batch="2026-06", selection=chosen),
        issue(uni.other_actor, batch="2026-06", selection=chosen),
    )
    winner, loser = (first, second) if first.count(APPLIED) else (second, first)
    assert (winner.count(APPLIED), loser.count(APPLIED)) == (2 * ROUNDS, 0)
    assert {row.refusal.code for row in loser.rows if row.refusal} == {Code.ALREADY_ISSUED}
    faster = "李敏" if winner is first else "王芳"
    assert {row.refusal.by for row in loser.rows if row.refusal} == {faster}
    assert await Event.filter(object="Certificate", after="ISSUED").count() == 2 * ROUNDS


async def test_one_certificate_number_on_several_lists():
    """Numbers are unique over all batches; whoever comes later is told, and nothing breaks."""
    uni, _, sheets = await ready(6)
    numbers = [(await each.student).student_no for each in sheets]
    lists = [[CertificateLine(number, CertificateKind.PROOF, number="Z-1", printed=True)] for number in numbers]
    results = await asyncio.gather(*(import_certificates(uni.actor, batch="2026-06", lines=lines) for lines in lists))
    outcomes = sorted(
        (row.outcome.value, row.refusal.code if row.refusal else None) for result in results for row in result.rows
    )
    assert outcomes == [("APPLIED", None), *[("REFUSED", Code.DUPLICATE)] * 5]
    assert await Certificate.filter(number="Z-1").count() == 1


async def test_two_editors_with_the_version_that_both_saw():
    uni, _, sheets = await ready(ROUNDS)
    racing = []
    for sheet in sheets:
        seen = {(await factories.clearance(sheet, "DORM")).id: 1}
        for actor, note in ((uni.actor, "甲"), (uni.other_actor, "乙")):
            racing.append(
                set_clearances(
                    actor,
                    batch="2026-06",
                    item="DORM",
                    selection=by_sheets([sheet.id]),
                    change=Change(note=note),
                    expected_versions=seen,
                )
            )
    results = await asyncio.gather(*racing)
    for sheet, first, second in zip(sheets, results[::2], results[1::2], strict=True):
        clearance = await factories.clearance(sheet, "DORM")
        assert clearance.version == 2
        outcomes = {first.rows[0].outcome: "甲", second.rows[0].outcome: "乙"}
        assert set(outcomes) == {APPLIED, REFUSED}
        assert clearance.note == outcomes[APPLIED]
        stale = next(result.rows[0].refusal for result in (first, second) if result.rows[0].refusal)
        assert (stale.code, stale.by) == (Code.STALE_ROW, "李敏" if outcomes[APPLIED] == "甲" else "王芳")


async def test_two_desks_pass_the_same_people_in_opposite_order():
    """Locks are taken in the order of the ids, whatever the order asked for: nobody deadlocks, one event each."""
    uni, _, sheets = await ready(40, BOOKS=PENDING, DORM=PENDING, FINAL=PENDING, CARD=PENDING)
    results = await asyncio.gather(
        act(uni.actor, "BOOKS", CLEARED, sheets),
        act(uni.other_actor, "BOOKS", CLEARED, sheets[::-1]),
        act(uni.actor, "DORM", CLEARED, sheets[::-1]),
        act(uni.other_actor, "DORM", CLEARED, sheets),
    )
    assert sorted(result.count(APPLIED) for result in results) == [0, 0, 40, 40]
    assert sorted(result.count(UNCHANGED) for result in results) == [0, 0, 40, 40]
    assert await Event.all().count() == 80


async def test_two_requests_with_one_key_at_the_same_moment():
    uni, _, sheets = await ready(3, BOOKS=PENDING, FINAL=PENDING, CARD=PENDING)
    key = Idempotency("user:1", "k", "pass")
    results = await asyncio.gather(*(act(uni.actor, "BOOKS", CLEARED, sheets, idempotency=key) for _ in range(6)))
    assert all(result == results[0] for result in results)
    assert results[0].count(APPLIED) == 3
    assert (await Operation.all().count(), await Event.all().count()) == (1, 3)


async def test_a_dry_run_applied_twice_at_the_same_moment():
    uni, _, sheets = await ready(3, BOOKS=PENDING, FINAL=PENDING, CARD=PENDING)
    preview = await act(uni.actor, "BOOKS", CLEARED, sheets, dry_run=True)
    assert preview.operation_id is not None
    results = await asyncio.gather(*(apply_operation(uni.actor, preview.operation_id) for _ in range(4)))
    assert all(result == results[0] for result in results)
    assert await Event.all().count() == 3


async def test_an_operation_undone_twice_at_the_same_moment():
    uni, _, sheets = await ready(3, BOOKS=PENDING, FINAL=PENDING, CARD=PENDING)
    done = await act(uni.actor, "BOOKS", CLEARED, sheets)
    assert done.operation_id is not None
    results = await asyncio.gather(
        *(undo_operation(uni.actor, done.operation_id) for _ in range(3)), return_exceptions=True
    )
    undone = [result for result in results if not isinstance(result, BaseException)]
    refused = [result for result in results if isinstance(result, Refused)]
    assert [result.count(APPLIED) for result in undone] == [3]
    assert [each.refusal.code for each in refused] == [Code.CONFLICT] * 2
    assert (await Operation.get(id=done.operation_id)).state is OperationState.UNDONE


async def test_undoing_against_issuing():
    """A sheet issued while an operation is undone: either undone first and blocked, or issued and untouched."""
    uni, _, sheets = await ready(ROUNDS, BOOKS=PENDING, CARD=PENDING, FINAL=PENDING)
    done = []
    for sheet in sheets:
        await factories.certificate(sheet)
        await act(uni.actor, "BOOKS", CLEARED, [sheet])
        await act(uni.actor, "CARD", CLEARED, [sheet])
        done.append(await act(uni.actor, "FINAL", CLEARED, [sheet]))
    racing = []
    for sheet, operation in zip(sheets, done, strict=True):
        assert operation.operation_id is not None
        racing += [
            undo_operation(uni.actor, operation.operation_id),
            issue(uni.other_actor, batch="2026-06", selection=by_sheets([sheet.id])),
        ]
    results = await asyncio.gather(*racing)
    for sheet, undone, issued in zip(sheets, results[::2], results[1::2], strict=True):
        assert {undone.count(APPLIED), issued.count(APPLIED)} == {0, 1}
        is_out = (await Certificate.get(sheet=sheet)).status is CertificateStatus.ISSUED
        assert await factories.status(sheet, "FINAL") is (CLEARED if is_out else PENDING)


async def test_the_right_is_asked_for_after_the_lock():
    """Somebody whose right is taken away while he waits for the sheet does not use it any more."""
    uni, _, [sheet] = await ready(1, FINAL=PENDING)
    taken_away = asyncio.Event()

    async def takes_away() -> Reach:
        taken_away.set()
        return Reach()

    async def still_there() -> Reach:
        if taken_away.is_set():
            raise Refused(Code.FORBIDDEN)
        return Reach()

    async def later():
        await taken_away.wait()
        return await act(uni.other_actor, "DORM", PENDING, [sheet], permit=still_there)

    waiting = asyncio.create_task(later())
    await act(uni.actor, "BOOKS", PENDING, [sheet], permit=takes_away)
    with pytest.raises(Refused):
        await waiting
    assert await factories.status(sheet, "DORM") is CLEARED


async def test_refused_rows_of_one_desk_do_not_disturb_another():
    uni, _, sheets = await ready(20, BOOKS=PENDING, CARD=PENDING, FINAL=PENDING)
    numbers = by_numbers([f"2022{n:04}" for n in range(20)] + ["77"])
    results = await asyncio.gather(
        set_clearances(uni.actor, batch="2026-06", item="BOOKS", selection=numbers, change=Change(CLEARED)),
        act(uni.other_actor, "BOOKS", CLEARED, sheets, error_policy=ErrorPolicy.APPLY_VALID),
    )
    assert results[0].count(APPLIED) == 0
    assert results[1].count(APPLIED) == 20


async def test_dry_runs_in_any_order_beside_the_acts_themselves():
    """A dry run locks no sheet, but PostgreSQL does, for the reference of each row that is stored, in the order of the
    rows, which is the caller's. With FOR UPDATE on the other side the two deadlocked."""
    uni, _, sheets = await ready(60, BOOKS=PENDING, CARD=PENDING, FINAL=PENDING)
    numbers = [f"2022{n:04}" for n in range(60)]
    racing = []
    for n in range(8):
        mine = numbers[n:] + numbers[:n]
        racing.append(
            set_clearances(
                uni.other_actor,
                batch="2026-06",
                item="BOOKS",
                selection=by_numbers(mine[::-1]),
                change=Change(CLEARED),
                dry_run=True,
            )
        )
        racing.append(act(uni.actor, "DORM", PENDING if n % 2 else CLEARED, sheets))
    results = await asyncio.gather(*racing)
    assert all(result.count(APPLIED) == 60 for result in results[::2])
    assert await Operation.filter(state=OperationState.PREVIEWED).count() == 8
