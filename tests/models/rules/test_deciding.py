"""Rows decided one after another in memory: what follows from each (B5), and what counts as a change."""

from __future__ import annotations

from dataclasses import replace

from models.enums import BatchStatus, DecidedBy, Outcome, Reason, Way
from models.rules.actor import Actor
from models.rules.deciding import Change, Deciding, LastChange, Target
from models.rules.facts import Dependant
from models.rules.refusals import Code
from tests.models.rules import facts_of as f

PENDING, NOT_REQUIRED, CLEARED = f.PENDING, f.NOT_REQUIRED, f.CLEARED
ACTOR = Actor(3, "李敏", "operator")


def deciding(of, way=Way.SINGLE, **options):
    return Deciding(of.season, {of.id: of}, actor=ACTOR, way=way, now=f.NOW, **options)


def target(item_id, change, **options):
    return Target("20221503107", 1, item_id, change, **options)


def decide(of, *asked, way=Way.SINGLE, **options):
    """The deciding, after it has decided these (item, change)."""
    found = deciding(of, way, **options)
    decisions = found.decide(target(item_id, change) for item_id, change in asked)
    return found, decisions


def test_passing_records_who_and_when_and_by_which_way():
    for way, by in ((Way.SINGLE, DecidedBy.MANUAL), (Way.BULK, DecidedBy.MANUAL), (Way.IMPORT, DecidedBy.IMPORT)):
        of = f.sheet()
        decided, [decision] = decide(of, (f.BOOKS, Change(CLEARED, note="已还清")), way=way)
        after = decided.touched[101].after
        assert decision.outcome is Outcome.APPLIED
        assert (after.status, after.note, after.version) == (CLEARED, "已还清", 2)
        assert (after.decided_by, after.decided_user_id, after.decided_at) == (by, 3, f.NOW)


def test_a_class_that_is_passed_leaves_who_is_spared_and_somebody_chosen_in_person_is_passed():
    spared = Change(CLEARED)
    for blanket, by, outcome in (
        (True, DecidedBy.RULE, Outcome.UNCHANGED),
        (True, DecidedBy.MANUAL, Outcome.UNCHANGED),
        (False, DecidedBy.RULE, Outcome.APPLIED),
    ):
        of = f.sheet(default=CLEARED)
        grey = replace(of.clearances[f.PARTY], status=NOT_REQUIRED, decided_by=by)
        of.clearances[f.PARTY] = grey
        found = deciding(of, Way.BULK)
        [decision] = found.decide([target(f.PARTY, spared, blanket=blanket)])
        assert decision.outcome is outcome
        assert (grey.id in found.touched) is (outcome is Outcome.APPLIED)


def test_reopening_an_item_opens_final_and_flags_what_follows():
    of = f.sheet(default=CLEARED)
    decided, _ = decide(of, (f.BOOKS, Change(PENDING)))
    assert {each: (touched.after.status, touched.cascaded) for each, touched in decided.touched.items()} == {
        101: (PENDING, False),
        108: (PENDING, True),
        103: (CLEARED, True),
    }
    card, final = decided.touched[103].after, decided.touched[108].after
    assert (card.prerequisite_reopened, final.prerequisite_reopened) == (True, False)
    assert (final.decided_by, final.decided_user_id) == (DecidedBy.CASCADE, 3)


def test_an_edge_may_say_that_the_dependant_is_opened_too_and_on_from_there():
    items = {
        f.BOOKS: replace(f.ITEMS[f.BOOKS], dependants=(Dependant(f.CARD, reopen=True),)),
        f.CARD: replace(f.ITEMS[f.CARD], dependants=(Dependant(f.PARTY, reopen=True),)),
        f.PARTY: replace(f.ITEMS[f.PARTY], requires=(f.CARD,)),
    }
    season = f.season(books=items[f.BOOKS], card=items[f.CARD], party=items[f.PARTY])
    decided, _ = decide(f.sheet(season, default=CLEARED), (f.BOOKS, Change(PENDING)))
    assert {each: touched.after.status for each, touched in decided.touched.items()} == {
        101: PENDING,
        103: PENDING,
        105: PENDING,
        108: PENDING,
    }


def test_an_optional_dependant_is_flagged_where_another_would_be_opened():
    """An optional item is never pending, whatever the edge says."""
    season = f.season(
        books=replace(f.ITEMS[f.BOOKS], dependants=(Dependant(f.CAREER, reopen=True),)),
        career=replace(f.ITEMS[f.CAREER], requires=(f.BOOKS,)),
    )
    of = f.sheet(season, default=CLEARED, statuses={f.CAREER: CLEARED})
    decided, _ = decide(of, (f.BOOKS, Change(PENDING)))
    career = decided.touched[100 + f.CAREER].after
    assert (career.status, career.prerequisite_reopened) == (CLEARED, True)


def test_what_was_spared_is_neither_opened_nor_flagged():
    season = f.season(books=replace(f.ITEMS[f.BOOKS], dependants=(Dependant(f.CARD, reopen=True),)))
    of = f.sheet(season, default=CLEARED, statuses={f.CARD: NOT_REQUIRED, f.FINAL: PENDING})
    decided, _ = decide(of, (f.BOOKS, Change(PENDING)))
    assert set(decided.touched) == {101}


def test_the_flag_falls_when_everything_that_comes_first_is_settled_again():
    of = f.sheet(default=CLEARED)
    decided, _ = decide(of, (f.BOOKS, Change(PENDING)), (f.DORM, Change(PENDING)))
    assert decided.touched[103].after.prerequisite_reopened
    again = deciding(of)
    again.decide([target(f.BOOKS, Change(CLEARED))])
    assert set(again.touched) == {101}, "DORM is still open"
    last = deciding(of)
    last.decide([target(f.DORM, Change(NOT_REQUIRED, reason=Reason.SPECIAL_APPROVAL))])
    assert not last.touched[103].after.prerequisite_reopened


def test_an_optional_item_opens_nothing():
    of = f.sheet(default=CLEARED, statuses={f.CAREER: CLEARED})
    decided, _ = decide(of, (f.CAREER, Change(NOT_REQUIRED)))
    assert set(decided.touched) == {106}


def test_settled_to_settled_opens_nothing():
    of = f.sheet(default=CLEARED)
    decided, _ = decide(of, (f.BOOKS, Change(NOT_REQUIRED, reason=Reason.SPECIAL_APPROVAL)))
    assert set(decided.touched) == {101}


def test_rows_are_taken_in_the_order_in_which_items_follow():
    of = f.sheet(statuses={f.SIGN: CLEARED, f.PARTY: CLEARED})
    asked = [(each, Change(CLEARED)) for each in (f.FINAL, f.CARD, f.DORM, f.BOOKS)]
    _, decisions = decide(of, *asked)
    assert [each.outcome for each in decisions] == [Outcome.APPLIED] * 4
    assert [each.target.item_id for each in decisions] == [f.FINAL, f.CARD, f.DORM, f.BOOKS], "answered as asked"


def test_what_is_opened_is_opened_first():
    of = f.sheet(default=CLEARED, statuses={f.CARD: PENDING, f.FINAL: PENDING})
    _, decisions = decide(of, (f.CARD, Change(CLEARED)), (f.BOOKS, Change(PENDING)))
    assert [each.refusal.code if each.refusal else None for each in decisions] == [Code.PREREQUISITE, None]


def test_one_change_a_row_however_often_the_act_passes_by():
    of = f.sheet(default=CLEARED)
    decided, decisions = decide(of, (f.BOOKS, Change(PENDING)), (f.FINAL, Change(PENDING)))
    final = decided.touched[108]
    assert (final.after.version, final.cascaded, final.after.decided_by) == (2, False, DecidedBy.MANUAL)
    assert [each.outcome for each in decisions] == [Outcome.APPLIED] * 2


def test_the_same_status_again_changes_nothing_and_names_who_did_it():
    of = f.sheet()
    f.put(of, f.BOOKS, status=CLEARED, decided_name="王芳", decided_at=f.EARLIER)
    decided, [decision] = decide(of, (f.BOOKS, Change(CLEARED)))
    assert decision.outcome is Outcome.UNCHANGED
    assert decided.touched == {}


def test_the_same_status_again_is_unchanged_even_when_nothing_may_change():
    of = f.sheet(f.season(BatchStatus.ARCHIVED), default=CLEARED)
    _, [decision] = decide(of, (f.BOOKS, Change(CLEARED)))
    assert decision.outcome is Outcome.UNCHANGED


def test_a_note_alone_is_a_change_that_leaves_the_decision_alone():
    of = f.sheet()
    f.put(of, f.BOOKS, status=CLEARED, decided_by=DecidedBy.SYNC, decided_user_id=9)
    decided, _ = decide(of, (f.BOOKS, Change(note="请携带学生证")))
    after = decided.touched[101].after
    assert (after.note, after.version, after.decided_by, after.decided_user_id) == (
        "请携带学生证",
        2,
        DecidedBy.SYNC,
        9,
    )


def test_a_hold_is_a_decision_passing_ends_it_and_lifting_gives_the_row_back():
    of = f.sheet()
    held, _ = decide(of, (f.BOOKS, Change(hold="丢失一册")))
    assert (held.touched[101].after.hold, held.touched[101].after.decided_by) == ("丢失一册", DecidedBy.MANUAL)
    lifted, _ = decide(of, (f.BOOKS, Change(hold="")))
    assert (lifted.touched[101].after.hold, lifted.touched[101].after.decided_by) == ("", DecidedBy.RULE)
    decide(of, (f.BOOKS, Change(hold="丢失一册")))
    passed, _ = decide(of, (f.BOOKS, Change(CLEARED)))
    assert (passed.touched[101].after.hold, passed.touched[101].after.status) == ("", CLEARED)


def test_a_stale_row_says_who_changed_it():
    of = f.sheet()
    f.put(of, f.BOOKS, version=4, decided_name="somebody else")
    decided = deciding(of, last_changes={101: LastChange("王芳", f.EARLIER)})
    [decision] = decided.decide([target(f.BOOKS, Change(CLEARED), expected_version=3)])
    assert decision.refusal is not None
    assert (decision.refusal.code, decision.refusal.by, decision.refusal.at) == (Code.STALE_ROW, "王芳", f.EARLIER)
    assert decided.touched == {}
    [same] = deciding(of).decide([target(f.BOOKS, Change(CLEARED), expected_version=4)])
    assert same.outcome is Outcome.APPLIED


def test_a_row_that_is_as_wanted_already_is_not_stale():
    of = f.sheet(default=CLEARED)
    f.put(of, f.BOOKS, version=4)
    [decision] = deciding(of).decide([target(f.BOOKS, Change(CLEARED), expected_version=3)])
    assert decision.outcome is Outcome.UNCHANGED


def test_what_the_act_itself_did_to_a_row_does_not_make_it_stale():
    of = f.sheet(default=CLEARED)
    decisions = deciding(of).decide(
        [target(f.BOOKS, Change(PENDING), expected_version=1), target(f.CARD, Change(PENDING), expected_version=1)]
    )
    assert [each.outcome for each in decisions] == [Outcome.APPLIED] * 2


def test_a_dry_runs_row_must_be_as_it_was_shown():
    of = f.sheet(default=NOT_REQUIRED)
    [decision] = deciding(of).decide([target(f.BOOKS, Change(CLEARED), expected_status=PENDING)])
    assert decision.refusal is not None
    assert decision.refusal.code is Code.STALE_ROW


def test_outside_the_reach_is_forbidden_and_twice_is_once():
    of = f.sheet()
    _, [forbidden] = decide(of, (f.BOOKS, Change(CLEARED)), permitted={999})
    assert forbidden.refusal is not None
    assert forbidden.refusal.code is Code.FORBIDDEN
    _, [first, second] = decide(of, (f.BOOKS, Change(CLEARED)), (f.BOOKS, Change(PENDING)))
    assert (first.outcome, second.outcome) == (Outcome.REFUSED, Outcome.UNCHANGED)
    assert first.refusal is not None
    assert first.refusal.code is Code.DUPLICATE


def test_signing_on_behalf_needs_a_reason_and_a_supervisor_of_the_student():
    def code(**change):
        _, [decision] = decide(f.sheet(), (f.SIGN, Change(CLEARED, **change)))
        return decision.refusal.code if decision.refusal else None

    assert code() is None
    assert code(on_behalf_of=7) is Code.REASON_REQUIRED
    assert code(on_behalf_of=99, reason=Reason.ON_BEHALF) is Code.BAD_INPUT
    assert code(on_behalf_of=7, reason=Reason.ON_BEHALF) is None


def test_sync_only_moves_and_finds_the_spared_settled():
    of = f.sheet(statuses={f.BOOKS: NOT_REQUIRED, f.DORM: CLEARED})
    f.put(of, f.DORM, decided_by=DecidedBy.SYNC)
    asked = [(each, Change(CLEARED, note="系统核对")) for each in (f.BOOKS, f.DORM, f.CAREER)]
    _, decisions = decide(of, *asked, way=Way.SYNC)
    assert [each.outcome for each in decisions] == [Outcome.UNCHANGED, Outcome.UNCHANGED, Outcome.APPLIED]
