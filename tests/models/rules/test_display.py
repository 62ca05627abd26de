"""What the doors show: the same predicates that decide the writes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models import Clearance
from models.declare import Words
from models.enums import BatchStatus, CertificateKind, CertificateStatus, ClearanceStatus, Level, Outcome, Reason
from models.rules import display
from models.rules.clearances import Change, set_clearances
from models.rules.display import CertificateState, Progress, Stage
from models.rules.refusals import Code
from models.rules.selection import by_sheets
from models.rules.why_not import whom_to_ask
from tests import factories

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus
GRADUATION, DEGREE = CertificateKind.GRADUATION, CertificateKind.DEGREE
EXPECTED, PRINTED, ISSUED, VOID = CertificateStatus
pytestmark = pytest.mark.usefixtures("sound_database")


async def a_sheet(**columns):
    uni = await factories.university()
    season = await factories.season(uni)
    who = await factories.student("1", college=uni.college)
    return uni, season, await factories.sheet(season.batch, who, **columns)


async def moves_on(*sheets):
    """What `possible_moves` answers now."""
    found = await display.load([each.id for each in sheets])
    return display.possible_moves(found.values(), datetime.now(UTC))


async def line_of(sheet):
    """The certificate line now."""
    found = await display.load([sheet.id])
    return display.certificate_state(found[sheet.id], datetime.now(UTC))


# --- moves


async def test_every_clearance_shows_the_statuses_that_it_does_not_have():
    _, _, sheet = await a_sheet()
    moves = await moves_on(sheet)
    assert len(moves) == 8
    books = await factories.clearance(sheet, "BOOKS")
    shown = {move.status: move.refusal.code if move.refusal else None for move in moves[books.id]}
    assert shown == {NOT_REQUIRED: Code.REASON_REQUIRED, CLEARED: None}
    final = await factories.clearance(sheet, "FINAL")
    [spare, final_pass] = moves[final.id]
    assert spare.refusal is not None
    assert spare.refusal.code is Code.FINAL_MUST_BE_CLEARED
    assert final_pass.refusal is not None
    assert [each.item_code for each in final_pass.refusal.blockers] == ["BOOKS", "DORM", "FEES", "CARD"]


async def test_sheets_of_several_batches():
    uni, _, sheet = await a_sheet()
    closed = await factories.season(uni, "2025-06", status=BatchStatus.CLOSED)
    other = await factories.sheet(closed.batch, await factories.student("2"))
    asked = [(await factories.clearance(each, "BOOKS")).id for each in (sheet, other)]
    moves = await moves_on(sheet, other)
    codes = [[move.refusal.code if move.refusal else None for move in moves[each]] for each in asked]
    assert codes == [[Code.REASON_REQUIRED, None], [Code.BATCH_NOT_OPEN, Code.BATCH_NOT_OPEN]]


@pytest.mark.parametrize("settled", [False, True])
async def test_what_is_shown_is_what_happens(settled):
    """Every move of every item, shown and then tried: the display promises what the write does."""
    uni, season, sheet = await a_sheet(settled=settled)
    shown = await moves_on(sheet)
    codes = {item.id: code for code, item in season.items.items()}
    for clearance in await Clearance.filter(sheet=sheet):
        for move in shown[clearance.id]:
            result = await set_clearances(
                uni.actor,
                batch="2026-06",
                item=codes[clearance.item_id],  # type: ignore[attr-defined]  # Tortoise makes it beside the relation
                selection=by_sheets([sheet.id]),
                change=Change(move.status),
                dry_run=True,
            )
            assert result.rows[0].refusal == move.refusal
            assert result.rows[0].outcome is (Outcome.REFUSED if move.refusal else Outcome.APPLIED)


async def test_with_a_reason_the_reasons_moves_are_possible():
    uni, _, sheet = await a_sheet()
    change = Change(NOT_REQUIRED, reason=Reason.SPECIAL_APPROVAL)
    result = await set_clearances(
        uni.actor, batch="2026-06", item="BOOKS", selection=by_sheets([sheet.id]), change=change
    )
    assert result.rows[0].outcome is Outcome.APPLIED


async def test_no_sheets_no_answers():
    assert await display.load([]) == {}
    assert await display.progress([]) == {}


# --- how far, and whom to ask: R1


async def test_progress_counts_the_required_items_that_the_student_has_to_clear():
    uni, season, sheet = await a_sheet(statuses={"BOOKS": CLEARED, "CAREER": CLEARED})
    assert await display.progress([sheet.id, 999]) == {sheet.id: Progress(1, 5), 999: Progress(0, 0)}
    done = await factories.sheet(season.batch, await factories.student("2"), settled=True)
    assert await display.progress([done.id]) == {done.id: Progress(7, 7)}
    season["DORM"].withdrawn_at = datetime.now(UTC)
    await season["DORM"].save(update_fields=["withdrawn_at"])
    assert (await display.progress([sheet.id]))[sheet.id] == Progress(1, 4)
    assert uni.college.code == "15"


async def test_whom_to_ask_about_every_item():
    uni = await factories.university()
    season = await factories.season(uni)
    who = await factories.student("1", level=Level.M, college=uni.college)
    await factories.supervise(who, uni.clerk)
    sheet = await factories.sheet(season.batch, who)
    found = (await display.load([sheet.id]))[sheet.id]
    asked = {item.code: whom_to_ask(found, item) for item in found.season.items.values()}
    told = {code: (whom.zh, contact.zh) for code, (whom, contact) in asked.items()}
    assert list(told) == list(season.items)
    assert told["BOOKS"] == ("图书馆", "一层服务台 8105")
    assert told["DORM"] == ("学生公寓管理中心", "竹园3舍值班室 8107")
    assert told["PARTY"] == ("计算机与信息科学学院学生工作办公室", "计算机楼102 8215")
    assert told["SIGN"] == ("李敏", "研究生秘书 8315")


# --- the certificate line: R1, R19


@pytest.mark.parametrize(
    ("certificates", "stage", "words"),
    [
        ({}, Stage.NOT_ENTITLED, Words("无应发证书", "No certificate expected")),
        ({GRADUATION: VOID}, Stage.NOT_ENTITLED, Words("无应发证书", "No certificate expected")),
        ({GRADUATION: EXPECTED}, Stage.BEING_PRINTED, Words("已满足条件,证书制作中", "All settled, being printed")),
        ({GRADUATION: PRINTED, DEGREE: EXPECTED}, Stage.READY, Words("可领取", "Ready to collect")),
        ({GRADUATION: ISSUED, DEGREE: ISSUED}, Stage.ISSUED, Words("已发放两证", "Both certificates issued")),
        (
            {GRADUATION: ISSUED},
            Stage.ISSUED,
            Words("已发放毕业证书(无学位证书)", "Graduation certificate issued (no degree certificate)"),
        ),
        (
            {DEGREE: PRINTED, GRADUATION: ISSUED},
            Stage.PARTLY_ISSUED,
            Words("已发放毕业证书,学位证书待发", "Graduation certificate issued, degree certificate to follow"),
        ),
        (
            {CertificateKind.COMPLETION: ISSUED},
            Stage.ISSUED,
            Words("已发放结业证书", "Completion certificate issued"),
        ),
        (
            {DEGREE: ISSUED, GRADUATION: ISSUED, CertificateKind.PROOF: ISSUED},
            Stage.ISSUED,
            Words(
                "已发放毕业证书、学位证书、证明书",
                "Graduation certificate and degree certificate and certificate of proof issued",
            ),
        ),
    ],
)
async def test_the_certificate_line(certificates, stage, words):
    _, _, sheet = await a_sheet(settled=True)
    for kind, status in certificates.items():
        await factories.certificate(sheet, kind, status=status, issued_at=datetime.now(UTC))
    assert await line_of(sheet) == CertificateState(stage, words)


async def test_while_something_is_pending_the_line_says_what():
    _, _, sheet = await a_sheet()
    await factories.certificate(sheet)
    state = await line_of(sheet)
    assert state.stage is Stage.NOT_MET
    assert state.refusal is not None
    assert [each.item_code for each in state.refusal.blockers] == ["BOOKS", "DORM", "FEES", "CARD", "FINAL"]
