"""The predicates, row by row of the transition table, without a database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.declare import Words
from models.enums import (
    BatchStatus,
    CertificateKind,
    CertificateStatus,
    DecidedBy,
    ItemKind,
    Reason,
    SheetState,
    Way,
)
from models.rules.facts import CollegeFacts
from models.rules.refusals import Blocker, Code, Refusal
from models.rules.why_not import college_office, why_not, why_not_issue, why_not_issue_any, why_not_restore
from tests.models.rules import facts_of as f

PENDING, NOT_REQUIRED, CLEARED = f.PENDING, f.NOT_REQUIRED, f.CLEARED
LIBRARY = (Words("图书馆", "Library"), Words("一层服务台 8105", "一层服务台 8105"))


def code(of, item_id, to, **asked):
    """The code of the refusal, or None."""
    refusal = why_not(of, of.clearances[item_id], to, now=f.NOW, **asked)
    return refusal.code if refusal is not None else None


# --- what is always possible


def test_an_open_item_may_be_passed_spared_and_opened_again():
    assert code(f.sheet(), f.BOOKS, CLEARED) is None
    assert code(f.sheet(), f.BOOKS, NOT_REQUIRED, reason=Reason.SPECIAL_APPROVAL) is None
    assert code(f.sheet(default=CLEARED), f.BOOKS, PENDING) is None


def test_the_same_status_again_is_a_change_of_note():
    assert code(f.sheet(default=CLEARED), f.CARD, CLEARED) is None
    assert code(f.sheet(), f.CARD, PENDING) is None


# --- frozen sheets (invariant 5)


@pytest.mark.parametrize("state", [SheetState.MOVED, SheetState.CANCELLED])
@pytest.mark.parametrize("to", [PENDING, NOT_REQUIRED, CLEARED])
def test_a_moved_or_cancelled_sheet_does_not_change(state, to):
    of = f.sheet(state=state)
    refusal = why_not(of, of.clearances[f.BOOKS], to, reason=Reason.OTHER, now=f.NOW)
    assert refusal == Refusal(Code.SHEET_NOT_ACTIVE, facts={"state": state.value})


@pytest.mark.parametrize("to", [PENDING, NOT_REQUIRED, CLEARED])
def test_an_issued_sheet_does_not_change_and_says_who_issued_it(to):
    issued = f.certificate(CertificateStatus.ISSUED, issued_name="赵强", issued_at=f.EARLIER)
    of = f.sheet(default=CLEARED, certificates=(issued,))
    refusal = why_not(of, of.clearances[f.BOOKS], to, reason=Reason.OTHER, now=f.NOW)
    assert refusal == Refusal(Code.ALREADY_ISSUED, facts={"kind": "GRADUATION"}, by="赵强", at=f.EARLIER)


def test_a_printed_certificate_freezes_nothing():
    assert code(f.sheet(default=CLEARED, certificates=(f.certificate(),)), f.BOOKS, PENDING) is None


# --- the batch (invariant 13)


def test_while_preparing_only_pending_and_not_required():
    preparing = f.season(BatchStatus.PREPARING)
    reason = Reason.SPECIAL_APPROVAL
    assert code(f.sheet(preparing), f.BOOKS, NOT_REQUIRED, reason=reason) is None
    assert code(f.sheet(preparing, default=NOT_REQUIRED), f.BOOKS, PENDING) is None
    assert code(f.sheet(preparing), f.BOOKS, CLEARED) is Code.BATCH_NOT_OPEN
    assert code(f.sheet(preparing, default=CLEARED), f.BOOKS, PENDING) is Code.BATCH_NOT_OPEN
    assert code(f.sheet(preparing), f.BOOKS, PENDING) is Code.BATCH_NOT_OPEN, "a note is no clean-up"


def test_while_preparing_lists_may_be_imported_but_systems_stay_out():
    preparing = f.season(BatchStatus.PREPARING)
    asked = {"reason": Reason.NOT_APPLICABLE}
    assert code(f.sheet(preparing), f.BOOKS, NOT_REQUIRED, way=Way.IMPORT, **asked) is None
    assert code(f.sheet(preparing), f.BOOKS, NOT_REQUIRED, way=Way.SYNC, **asked) is Code.BATCH_NOT_OPEN


def test_closed_means_closed_but_for_a_straggler_singly():
    closed = f.season(BatchStatus.CLOSED)
    assert code(f.sheet(closed), f.BOOKS, CLEARED) is Code.BATCH_NOT_OPEN
    assert code(f.sheet(closed, late_until=f.EARLIER), f.BOOKS, CLEARED) is Code.BATCH_NOT_OPEN
    assert code(f.sheet(closed, late_until=f.LATER), f.BOOKS, CLEARED) is None
    for way in (Way.BULK, Way.IMPORT, Way.SYNC):
        assert code(f.sheet(closed, late_until=f.LATER), f.BOOKS, CLEARED, way=way) is Code.BATCH_NOT_OPEN


def test_an_archived_batch_is_closed_to_everybody():
    of = f.sheet(f.season(BatchStatus.ARCHIVED), late_until=f.LATER)
    refusal = why_not(of, of.clearances[f.BOOKS], CLEARED, now=f.NOW)
    assert refusal == Refusal(Code.BATCH_NOT_OPEN, facts={"batch": "2026-06", "status": "ARCHIVED"})


# --- kinds


def test_final_is_never_not_required():
    assert code(f.sheet(), f.FINAL, NOT_REQUIRED, reason=Reason.SPECIAL_APPROVAL) is Code.FINAL_MUST_BE_CLEARED


def test_an_optional_item_is_never_pending_and_needs_no_reason():
    of = f.sheet(default=CLEARED, statuses={f.CAREER: CLEARED})
    assert code(of, f.CAREER, PENDING) is Code.NEVER_PENDING
    assert code(of, f.CAREER, NOT_REQUIRED) is None


def test_a_withdrawn_item_does_not_change():
    of = f.sheet(f.season(books=replace(f.ITEMS[f.BOOKS], withdrawn=True)))
    assert code(of, f.BOOKS, CLEARED) is Code.NOT_FOUND


# --- FINAL last (R5, invariant 3)


def test_final_names_everything_that_is_still_needed_and_whom_to_ask():
    of = f.sheet(default=CLEARED, statuses=dict.fromkeys((f.BOOKS, f.SIGN, f.PARTY, f.FINAL), PENDING))
    refusal = why_not(of, of.clearances[f.FINAL], CLEARED, now=f.NOW)
    office = Words("计算机学院学生工作办公室", "School of Computing, student office")
    assert refusal == Refusal(
        Code.BLOCKED,
        blockers=(
            Blocker("BOOKS", Words("Books", "Books"), *LIBRARY),
            Blocker(
                "SIGN",
                Words("Sign", "Sign"),
                Words("陈静、周涛", "陈静、周涛"),
                Words("研究生秘书 8315", "graduate secretary 8315"),
            ),
            Blocker("PARTY", Words("Party", "Party"), office, Words("计算机楼102 8215", "计算机楼102 8215")),
        ),
    )


@pytest.mark.parametrize("left", [f.BOOKS, f.DORM, f.CARD, f.SIGN, f.PARTY])
def test_one_item_is_enough_to_stop_final(left):
    of = f.sheet(default=CLEARED, statuses={left: PENDING, f.FINAL: PENDING})
    assert code(of, f.FINAL, CLEARED) is Code.BLOCKED


def test_what_is_spared_and_what_is_optional_does_not_stop_final():
    of = f.sheet(default=NOT_REQUIRED, statuses={f.FINAL: PENDING})
    assert code(of, f.FINAL, CLEARED) is None


def test_a_student_without_supervisor_is_told_so():
    of = f.sheet(default=CLEARED, statuses={f.SIGN: PENDING, f.FINAL: PENDING}, supervisors=())
    refusal = why_not(of, of.clearances[f.FINAL], CLEARED, now=f.NOW)
    assert refusal is not None
    assert refusal.blockers[0].whom == Words("导师(未登记)", "supervisor (none recorded)")


# --- prerequisites (B5, invariant 6)


def test_a_college_office_is_named_once():
    name = Words("文学院", "School of Letters")
    office = Words("文学院学生工作办公室", "School of Letters, student office")
    assert college_office(CollegeFacts(1, name, "文学院 学生工作办公室")) == (office, "")
    assert college_office(CollegeFacts(1, name, "文学楼101")) == (office, "文学楼101")


def test_what_comes_first_must_be_settled_at_the_moment_of_passing():
    of = f.sheet(statuses={f.DORM: NOT_REQUIRED})
    refusal = why_not(of, of.clearances[f.CARD], CLEARED, now=f.NOW)
    assert refusal == Refusal(Code.PREREQUISITE, blockers=(Blocker("BOOKS", Words("Books", "Books"), *LIBRARY),))
    f.put(of, f.BOOKS, status=CLEARED)
    assert code(of, f.CARD, CLEARED) is None


def test_sparing_asks_for_no_prerequisite():
    assert code(f.sheet(), f.CARD, NOT_REQUIRED, reason=Reason.SPECIAL_APPROVAL) is None


# --- reasons and ways


def test_sparing_somebody_to_whom_the_item_applies_needs_a_reason():
    assert code(f.sheet(), f.DORM, NOT_REQUIRED) is Code.REASON_REQUIRED
    assert code(f.sheet(), f.DORM, NOT_REQUIRED, reason=Reason.DEFERRED) is None
    assert code(f.sheet(person={"is_resident": False}), f.DORM, NOT_REQUIRED) is None
    assert code(f.sheet(), f.DORM, NOT_REQUIRED, way=Way.IMPORT) is Code.REASON_REQUIRED


def test_the_ways_restrict_passing_only():
    synced = f.season(books=f.item(f.BOOKS, "BOOKS", ways=frozenset({Way.SYNC})))
    for way in (Way.SINGLE, Way.BULK, Way.IMPORT):
        assert code(f.sheet(synced), f.BOOKS, CLEARED, way=way) is Code.WAY_NOT_ALLOWED
        assert code(f.sheet(synced, default=CLEARED), f.BOOKS, PENDING, way=way) is None
    assert code(f.sheet(synced), f.BOOKS, CLEARED, way=Way.SYNC) is None


def test_singly_and_with_a_reason_the_owner_may_pass_beside_the_ways():
    synced = f.season(books=f.item(f.BOOKS, "BOOKS", ways=frozenset({Way.SYNC})))
    reason = Reason.SYSTEM_DOWN
    assert code(f.sheet(synced), f.BOOKS, CLEARED, way=Way.SINGLE, reason=reason) is None
    assert code(f.sheet(synced), f.BOOKS, CLEARED, way=Way.BULK, reason=reason) is Code.WAY_NOT_ALLOWED
    of = f.sheet(synced)
    refusal = why_not(of, of.clearances[f.BOOKS], CLEARED, way=Way.BULK, now=f.NOW)
    assert refusal == Refusal(Code.WAY_NOT_ALLOWED, facts={"item": "BOOKS", "way": "BULK", "ways": "SYNC"})


# --- sync (B6, invariant 17)


@pytest.mark.parametrize("decided_by", [DecidedBy.MANUAL, DecidedBy.IMPORT])
@pytest.mark.parametrize(("status", "to"), [(CLEARED, PENDING), (NOT_REQUIRED, PENDING), (PENDING, CLEARED)])
def test_sync_never_overrides_a_decision_by_hand(decided_by, status, to):
    of = f.sheet()
    f.put(of, f.BOOKS, status=status, decided_by=decided_by, decided_name="李敏", decided_at=f.EARLIER)
    refusal = why_not(of, of.clearances[f.BOOKS], to, way=Way.SYNC, now=f.NOW)
    assert refusal is not None
    assert (refusal.code, refusal.by, refusal.at) == (Code.MANUAL_DECISION, "李敏", f.EARLIER)


def test_sync_never_passes_what_is_on_hold():
    of = f.sheet()
    f.put(of, f.BOOKS, hold="丢失一册")
    assert code(of, f.BOOKS, CLEARED, way=Way.SYNC) is Code.MANUAL_DECISION
    assert code(of, f.BOOKS, CLEARED) is None, "the owner may"


def test_sync_opens_again_only_what_sync_settled():
    of = f.sheet(default=CLEARED)
    assert code(of, f.BOOKS, PENDING, way=Way.SYNC) is Code.MANUAL_DECISION, "settled by rule"
    f.put(of, f.BOOKS, decided_by=DecidedBy.SYNC)
    assert code(of, f.BOOKS, PENDING, way=Way.SYNC) is None


def test_sync_settles_what_nobody_decided_and_what_a_cascade_opened():
    of = f.sheet()
    assert code(of, f.BOOKS, CLEARED, way=Way.SYNC) is None
    f.put(of, f.BOOKS, decided_by=DecidedBy.CASCADE)
    assert code(of, f.BOOKS, CLEARED, way=Way.SYNC) is None


# --- putting back


def test_putting_back_asks_for_no_reason_and_no_way_but_obeys_the_order():
    synced = f.season(books=f.item(f.BOOKS, "BOOKS", ways=frozenset({Way.SYNC})))
    of = f.sheet(synced)

    def restore(item_id, to):
        refusal = why_not_restore(of, of.clearances[item_id], to, way=Way.BULK, now=f.NOW)
        return refusal.code if refusal else None

    assert restore(f.BOOKS, CLEARED) is None
    assert restore(f.DORM, NOT_REQUIRED) is None
    assert restore(f.CARD, CLEARED) is Code.PREREQUISITE
    assert restore(f.FINAL, CLEARED) is Code.BLOCKED


# --- certificates (R19, invariant 4)


def test_a_printed_certificate_is_handed_out_when_everything_is_settled():
    of = f.sheet(default=CLEARED)
    assert why_not_issue(of, f.certificate(), now=f.NOW) is None


@pytest.mark.parametrize("left", [f.BOOKS, f.SIGN, f.FINAL])
def test_one_pending_item_stops_every_certificate(left):
    of = f.sheet(default=CLEARED, statuses={left: PENDING})
    for kind in (CertificateKind.GRADUATION, CertificateKind.DEGREE):
        refusal = why_not_issue(of, f.certificate(kind=kind), now=f.NOW)
        assert refusal is not None
        assert (refusal.code, [each.item_code for each in refusal.blockers]) == (Code.BLOCKED, [f.ITEMS[left].code])


def test_a_batch_without_a_final_item_gates_at_issuing_alone():
    items = {item_id: item for item_id, item in f.ITEMS.items() if item.kind is not ItemKind.FINAL}
    of = f.sheet(replace(f.season(), items=items), default=CLEARED)
    assert why_not_issue(of, f.certificate(), now=f.NOW) is None
    f.put(of, f.BOOKS, status=PENDING)
    refusal = why_not_issue(of, f.certificate(), now=f.NOW)
    assert refusal is not None
    assert refusal.code is Code.BLOCKED


@pytest.mark.parametrize(
    ("certificate", "expected"),
    [
        (None, Code.NOT_ENTITLED),
        (f.certificate(CertificateStatus.VOID), Code.NOT_ENTITLED),
        (f.certificate(number=None), Code.NO_NUMBER),
        (f.certificate(CertificateStatus.EXPECTED, number=None), Code.NO_NUMBER),
        (f.certificate(CertificateStatus.EXPECTED), Code.NOT_PRINTED),
        (f.certificate(wrong_recipient=True), Code.CONFLICT),
        (f.certificate(CertificateStatus.ISSUED), Code.ALREADY_ISSUED),
    ],
)
def test_what_is_not_ready_is_not_handed_out(certificate, expected):
    refusal = why_not_issue(f.sheet(default=CLEARED), certificate, now=f.NOW)
    assert refusal is not None
    assert refusal.code is expected


def test_a_second_issue_says_who_was_faster():
    issued = f.certificate(CertificateStatus.ISSUED, issued_name="赵强", issued_at=f.EARLIER)
    refusal = why_not_issue(f.sheet(default=CLEARED, certificates=(issued,)), issued, now=f.NOW)
    facts = {"kind": "GRADUATION", "number": "999990000000123"}
    assert refusal == Refusal(Code.ALREADY_ISSUED, facts=facts, by="赵强", at=f.EARLIER)


def test_certificates_obey_the_batch_and_the_state_of_the_sheet():
    def issue(**facts):
        refusal = why_not_issue_any(f.sheet(facts.pop("of", None), default=CLEARED, **facts), now=f.NOW)
        return refusal.code if refusal else None

    assert issue() is None
    assert issue(state=SheetState.MOVED) is Code.SHEET_NOT_ACTIVE
    assert issue(of=f.season(BatchStatus.PREPARING)) is Code.BATCH_NOT_OPEN
    assert issue(of=f.season(BatchStatus.ARCHIVED), late_until=f.LATER) is Code.BATCH_NOT_OPEN
    assert issue(of=f.season(BatchStatus.CLOSED)) is Code.BATCH_NOT_OPEN
    assert issue(of=f.season(BatchStatus.CLOSED), late_until=f.LATER) is None
