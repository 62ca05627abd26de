"""Each promise is broken by a row that goes against it, where the row says; the shipped table keeps them all."""

from __future__ import annotations

from datetime import date

import pytest

from policies.assurances import ASSURANCES, Broken, broken
from policies.engine import Snapshot
from policies.rules import PolicyTable, checked, parse_csv, read_csv

BY_NAME = {each.name: each for each in ASSURANCES}
SHIPPED = read_csv()


def with_rows(*lines: str) -> PolicyTable:
    """The shipped table and these rows besides; the shipped row that says the same gives way."""
    rules = dict.fromkeys([*parse_csv(lines).rules, *SHIPPED.rules])
    return checked(rules, SHIPPED.parents)


def found(*lines: str) -> set[tuple[str, str, str, str, str]]:
    return {
        (each.assurance.name, each.role, each.object, each.action, each.field)
        for each in broken(Snapshot(1, with_rows(*lines)))
    }


def test_names_are_unique_and_words_in_both_languages():
    assert len(BY_NAME) == len(ASSURANCES)
    assert all(each.words.zh and each.words.en for each in ASSURANCES)


BREACHES: list[tuple[str, list[str]]] = [
    ("student,Sheet,leave_type,read,own_token_items,allow,", ["students_see_themselves student Sheet read leave_type"]),
    ("student,User,name,match,all,allow,", ["students_see_themselves student User match name"]),
    (
        "student,Student,id_no,match,own_self,allow,",
        ["students_read_no_id_no student Student match id_no", "desks_match_id_no student Student match id_no"],
    ),
    (
        "student,Certificate,collector_id_last4,read,own_self,allow,",
        ["students_read_no_id_no student Certificate read collector_id_last4"],
    ),
    ("office,Student,id_no,read,all,allow,", ["nobody_reads_id_no office Student read id_no"]),
    ("data_keeper,Student,id_no,read,own_college,allow,", ["nobody_reads_id_no data_keeper Student read id_no"]),
    ("registrar,Student,id_no,export,all,allow,", ["nobody_reads_id_no registrar Student export id_no"]),
    ("secretary,Student,id_no,match,own_college,allow,", ["desks_match_id_no secretary Student match id_no"]),
    ("office,Student,id_no,update,all,allow,", ["data_keepers_write_id_no office Student update id_no"]),
    ("data_keeper,Student,id_no,create,all,allow,", ["data_keepers_write_id_no data_keeper Student create id_no"]),
    ("office,Certificate,*,issue,all,allow,", ["officers_issue office Certificate issue *"]),
    ("cert_officer,Certificate,*,bulk_issue,all,allow,", ["officers_issue cert_officer Certificate bulk_issue *"]),
    ("leader,Sheet,state,read,all,allow,", ["counters_read_nobody leader Sheet read state"]),
    ("analyst,Student,gender,export,all,allow,", ["counters_read_nobody analyst Student export gender"]),
    ("analyst,Event,at,read,all,allow,", ["counters_read_nobody analyst Event read at"]),
    ("account_admin,PolicyVersion,*,tune,all,allow,", ["policy_admins_tune account_admin PolicyVersion tune *"]),
    ("policy_admin,User,*,set_password,all,allow,", ["account_admins_keep_accounts policy_admin User set_password *"]),
    (
        "office,RoleAssignment,role,create,all,allow,",
        ["account_admins_keep_accounts office RoleAssignment create role"],
    ),
    ("leader,ApiToken,*,revoke,own_self,allow,", ["account_admins_keep_accounts leader ApiToken revoke *"]),
    ("policy_admin,Student,name,read,all,allow,", ["administrators_see_no_students policy_admin Student read name"]),
    (
        "account_admin,Clearance,status,aggregate,all,allow,",
        ["administrators_see_no_students account_admin Clearance aggregate status"],
    ),
    ("office,Clearance,*,clear,all,allow,", ["final_in_own_college office Clearance clear *"]),
    ("student,Clearance,*,clear,own_self,allow,", ["final_in_own_college student Clearance clear *"]),
    ("campus_app,Clearance,*,clear,own_token_items,allow,", ["final_in_own_college campus_app Clearance clear *"]),
    (
        "party_office,Clearance,*,clear,own_college_items,allow,",
        ["final_without_party_office party_office Clearance clear *"],
    ),
    (
        "party_office,Clearance,*,revoke,all_but_final,allow,",
        ["final_without_party_office party_office Clearance revoke *"],
    ),
    (
        "office,Sheet,building,aggregate,all,allow,",
        ["buildings_for_dormitory_centre office Sheet aggregate building"],
    ),
    (
        "counsellor,Student,building,read,own_college,allow,",
        ["buildings_for_dormitory_centre counsellor Student read building"],
    ),
    ("leader,Building,code,aggregate,all,allow,", ["buildings_for_dormitory_centre leader Building aggregate code"]),
    (
        "operator,Clearance,*,bulk_filter,own_department_items,allow,",
        [
            "operators_select_no_whole_filter operator Clearance bulk_filter *",
            "operators_select_no_whole_filter dorm_centre Clearance bulk_filter *",
        ],
    ),
    ("campus_app,Department,*,read,all,allow,", ["apps_name_every_field campus_app Department read *"]),
]


@pytest.mark.parametrize(("line", "promises"), BREACHES)
def test_a_row_against_a_promise_is_found_where_it_is(line: str, promises: list[str]):
    assert found(line) == {tuple(each.split()) for each in promises}


def test_every_promise_of_the_table_is_measured():
    measured = {each.split()[0] for _, promises in BREACHES for each in promises}
    assert measured == {each.name for each in ASSURANCES if not each.by_code}


@pytest.mark.parametrize(
    "line",
    [
        "student,Student,room,export,own_self,allow,",
        "counsellor,Student,id_no,match,all,allow,",
        "data_keeper,Student,id_no,create,own_college@15,allow,",
        "cert_officer,Certificate,*,issue,own_college@15,allow,",
        "counsellor,Clearance,*,clear,own_college,allow,",
        "operator,Clearance,*,clear,own_department_items@TSG,allow,",
        "party_office,Clearance,*,clear,own_college_party_items@15,allow,",
        "counsellor,Clearance,*,bulk_filter,own_college_items,allow,",
        "operator,Student,phone,read,own_department_students@TSG,allow,",
        "campus_app,Department,code,read,all,allow,",
        "campus_app,Department,*,read,all,deny,",
    ],
)
def test_what_may_be_tuned(line: str):
    assert found(line) == set()


def test_what_is_inherited_counts_for_the_heir():
    """`staff` is nobody's role: whoever has its rights would break the promise."""
    assert {each[1] for each in found("staff,Student,building,read,all,allow,")} >= {"office", "leader", "auditor"}
    assert "staff" not in {each[1] for each in found("staff,Student,building,read,all,allow,")}


def test_a_denied_right_breaks_nothing():
    assert found("office,Student,id_no,read,all,allow,", "office,Student,id_no,read,all,deny,") == set()


def test_a_right_that_has_ended_breaks_nothing():
    table = with_rows("office,Student,id_no,read,all,allow,,2026-06-30")
    assert broken(Snapshot(1, table, date(2026, 7, 1))) == ()
    assert broken(Snapshot(1, table, date(2026, 6, 30))) == (
        Broken(BY_NAME["nobody_reads_id_no"], "office", "Student", "read", "id_no"),
    )
