"""One season as the two manuals tell it, from the empty batch to the archived one, asked of the application over HTTP.

Every step says how many events it makes; at the end every rule of the desk is recounted.
"""

from __future__ import annotations

from models.rules.check import check
from tests.api import OpenDesk
from tests.season import clearing, issuing, preparing
from tests.season.cast import assemble

CHAPTERS = (
    preparing.a_batch_is_prepared_with_the_catalogues_items,
    preparing.departments_ask_for_changes_and_the_office_decides,
    preparing.after_the_deadline_no_department_may_ask,
    preparing.the_office_loads_the_roster,
    preparing.owners_mark_who_need_not_come,
    preparing.students_do_not_see_their_sheets_yet,
    preparing.the_opening_check_refuses_and_then_opens,
    clearing.somebody_who_is_in_no_roster_applies,
    clearing.somebody_without_student_status_is_sent_to_the_college,
    clearing.the_library_clears_one_by_number,
    clearing.the_college_cannot_sign_off_yet,
    clearing.the_library_clears_a_range_and_takes_it_back,
    clearing.a_range_is_checked_first_and_then_submitted,
    clearing.the_library_ticks_pastes_and_takes_a_class,
    clearing.finance_is_synchronised,
    clearing.the_card_waits_for_books_and_dormitory,
    clearing.the_other_desks_clear_their_lists,
    clearing.supervisors_sign_and_the_secretary_signs_on_behalf,
    clearing.the_party_office_goes_class_by_class_and_never_signs_off,
    clearing.the_college_signs_off,
    clearing.revoking_an_item_reopens_the_sign_off,
    clearing.a_stale_page_changes_nothing,
    clearing.an_idempotency_key_acts_once,
    issuing.the_registrar_imports_who_is_entitled,
    issuing.the_officer_is_refused_what_may_not_be_issued,
    issuing.both_certificates_are_issued_and_nothing_changes_any_more,
    issuing.an_issue_is_taken_back_and_given_again,
    issuing.certificates_are_issued_class_by_class,
    issuing.an_undo_leaves_issued_sheets_alone,
    issuing.the_batch_closes_and_a_straggler_goes_on,
    issuing.the_totals_are_those_counted_by_hand,
    issuing.an_archived_batch_is_past_changing,
)


async def test_one_season_from_start_to_end(api: OpenDesk) -> None:
    story = await assemble(api)
    before = await story.events()
    for step in CHAPTERS:
        await step(story)
    assert await story.events() == before + story.told
    assert await check() == []
