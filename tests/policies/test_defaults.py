"""What the shipped table lets a role change, and its sensitive fields: an edit that widens a right fails here."""

from __future__ import annotations

import pytest

from policies.actions import ACTIONS
from policies.assurances import ASSURANCES, Assurance, broken
from policies.catalogue import OBJECTS
from policies.roles import ROLES
from policies.rules import DEFAULT_FILE
from tests.policies.shipped import (
    COLLEGE_DESKS,
    HOLDERS,
    OPERATORS,
    SHIPPED,
    STAFF,
    actions_of,
    fields,
    holders,
    scopes,
)

# --- the file


def test_the_file_lists_the_roles_in_their_order_on_screen():
    lines = DEFAULT_FILE.read_text(encoding="utf-8").splitlines()
    named = [line.split(",")[0] for line in lines if line and not line.startswith("#")]
    assert list(dict.fromkeys(named)) == list(ROLES)
    assert named == sorted(named, key=list(ROLES).index)


def test_nothing_is_denied_by_default():
    assert {rule.effect for rule in SHIPPED.table.rules} == {"allow"}


@pytest.mark.parametrize("name", list(OBJECTS))
def test_every_object_is_granted_to_somebody(name: str):
    """A new object without a line in the table would be invisible without anybody having decided so."""
    assert [action for action in OBJECTS[name].actions if holders(name, action)]


@pytest.mark.parametrize("role", HOLDERS)
def test_every_role_may_something(role: str):
    assert [name for name in OBJECTS for action in OBJECTS[name].actions if scopes(role, name, action)]


@pytest.mark.parametrize("assurance", ASSURANCES, ids=lambda each: each.name)
def test_what_is_promised_of_every_table_holds_for_the_shipped_one(assurance: Assurance):
    assert [each for each in broken(SHIPPED) if each.assurance is assurance] == []


# --- who may change what


VERBS: dict[tuple[str, str], set[str]] = {
    ("Clearance", "clear"): {"supervisor", "counsellor", "party_office", "office"} | OPERATORS,
    ("Clearance", "revoke"): {"supervisor", "counsellor", "party_office", "office"} | OPERATORS,
    ("Clearance", "waive"): {"counsellor", "party_office", "office"} | OPERATORS,
    ("Clearance", "note"): {"supervisor", "counsellor", "party_office", "office"} | OPERATORS,
    ("Clearance", "bulk"): {"supervisor", "counsellor", "party_office", "secretary", "office"} | OPERATORS,
    ("Clearance", "bulk_filter"): {"supervisor", "office"},
    ("Clearance", "import"): {"counsellor", "party_office", "office"} | OPERATORS,
    ("Clearance", "sync"): {"campus_app"} | OPERATORS,
    ("Clearance", "sign_on_behalf"): {"secretary"},
    ("Certificate", "issue"): {"cert_officer"},
    ("Certificate", "bulk_issue"): {"cert_officer"},
    ("Certificate", "undo_issue"): {"cert_officer", "office"},
    ("Certificate", "import"): {"registrar"},
    ("Certificate", "void"): {"registrar"},
    ("Sheet", "apply"): {"student"},
    ("Sheet", "move"): {"office"},
    ("Sheet", "cancel"): {"office"},
    ("Sheet", "set_late"): {"office"},
    ("Student", "create"): {"data_keeper", "office"},
    ("Student", "update"): {"data_keeper", "office"},
    ("Student", "import"): {"data_keeper", "office"},
    ("Supervision", "create"): {"secretary", "data_keeper", "office"},
    ("Supervision", "delete"): {"secretary", "data_keeper", "office"},
    ("Batch", "create"): {"office"},
    ("Batch", "update"): {"office"},
    ("Batch", "delete"): set(),
    ("Batch", "load_roster"): {"office"},
    ("Batch", "open"): {"office"},
    ("Batch", "close"): {"office"},
    ("Batch", "reopen"): {"office"},
    ("Batch", "archive"): {"office"},
    ("Item", "create"): {"office"},
    ("Item", "update"): {"office"} | OPERATORS,
    ("Item", "withdraw"): {"office"},
    ("Prerequisite", "create"): {"office"},
    ("Prerequisite", "update"): {"office"},
    ("Prerequisite", "delete"): {"office"},
    ("ItemRequest", "create"): OPERATORS,
    ("ItemRequest", "withdraw"): OPERATORS,
    ("ItemRequest", "decide"): {"office"},
    ("College", "create"): {"office"},
    ("College", "update"): {"data_keeper", "office"},
    ("College", "delete"): set(),
    ("Department", "create"): {"office"},
    ("Department", "update"): {"office"} | OPERATORS,
    ("Department", "delete"): set(),
    ("Department", "close_unit"): {"office"},
    ("Sheet", "transfer"): {"office"},
    ("Building", "create"): {"office"},
    ("Building", "update"): {"dorm_centre", "office"},
    ("Building", "delete"): set(),
    ("Operation", "undo"): {"supervisor", "registrar", "office"} | COLLEGE_DESKS | OPERATORS,
    ("User", "create"): {"account_admin"},
    ("User", "update"): {"account_admin"},
    ("User", "set_password"): {"account_admin"},
    ("RoleAssignment", "create"): {"account_admin"},
    ("RoleAssignment", "update"): {"account_admin"},
    ("RoleAssignment", "delete"): {"account_admin"},
    ("ApiToken", "create"): {"account_admin"},
    ("ApiToken", "revoke"): {"account_admin"},
    ("PolicyVersion", "tune"): {"policy_admin"},
    ("PolicyVersion", "simulate"): {"policy_admin"},
    **{("SavedFilter", action): set(STAFF) for action in ("create", "update", "delete")},
}

#: What everybody of staff keeps for himself, which changes nothing of anybody else's.
OF_ONESELF = {("SavedFilter", "create"), ("SavedFilter", "update"), ("SavedFilter", "delete")}


def test_every_changing_action_is_measured():
    changing = {(each.name, action) for each in OBJECTS.values() for action in each.actions if ACTIONS[action].changes}
    assert changing == set(VERBS)


@pytest.mark.parametrize(("name", "action"), list(VERBS))
def test_who_may_change(name: str, action: str):
    assert holders(name, action) == VERBS[name, action]


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        ("supervisor", "own_student_items"),
        ("counsellor", "own_college_items"),
        ("party_office", "own_college_party_items"),
        ("operator", "own_department_items"),
        ("dorm_centre", "own_department_items"),
        ("office", "all_but_final"),
    ],
)
def test_each_desk_clears_its_own_items_alone(role: str, scope: str):
    """And whatever else it does to clearances it does there: the party office never reaches the FINAL item."""
    done = [
        action
        for action in OBJECTS["Clearance"].actions
        if ACTIONS[action].changes and scopes(role, "Clearance", action)
    ]
    assert {"clear", "revoke", "bulk"} <= set(done)
    assert {each for action in done for each in scopes(role, "Clearance", action)} == {scope}


def test_the_whole_filter_at_once_is_for_the_office_and_for_supervisors_with_their_own_students():
    assert scopes("supervisor", "Clearance", "bulk_filter") == {"own_student_items"}
    assert scopes("office", "Clearance", "bulk_filter") == {"all_but_final"}


def test_others_operations_are_undone_by_the_office_alone():
    assert {role: scopes(role, "Operation", "undo") for role in holders("Operation", "undo")} == {
        role: {"all" if role == "office" else "own_self"} for role in VERBS["Operation", "undo"]
    }


@pytest.mark.parametrize(
    ("role", "changes"),
    [
        ("student", {("Sheet", "apply")}),
        ("leader", set()),
        ("analyst", set()),
        ("auditor", set()),
        ("campus_app", {("Clearance", "sync")}),
        ("policy_admin", {("PolicyVersion", "tune"), ("PolicyVersion", "simulate")}),
        ("registrar", {("Certificate", "import"), ("Certificate", "void"), ("Operation", "undo")}),
    ],
)
def test_roles_that_change_little(role: str, changes: set[tuple[str, str]]):
    assert actions_of(role) - OF_ONESELF == changes
    assert actions_of(role) >= OF_ONESELF or role in ("student", "campus_app")


def test_operators_edit_only_what_stays_open_once_the_batch_is():
    assert fields("operator", "Item", "update") == {"instruction", "instruction_en", "place"}
    assert fields("operator", "Department", "update") == {"place", "phone", "hours"}
    assert scopes("operator", "Item", "update") == scopes("operator", "Department", "update") == {"own_department"}


def test_filters_are_shared_with_the_own_role_and_by_the_office_with_everybody():
    for role in STAFF - {"office"}:
        assert scopes(role, "SavedFilter", "read") == {"own_or_shared"}
        assert scopes(role, "SavedFilter", "create") == scopes(role, "SavedFilter", "update") == {"own_within_role"}
        assert scopes(role, "SavedFilter", "delete") == {"own_self"}
    assert scopes("office", "SavedFilter", "create") == scopes("office", "SavedFilter", "update")
    assert scopes("office", "SavedFilter", "update") == {"own_self"}
    assert scopes("office", "SavedFilter", "delete") == {"all_shared|own_self"}


# --- sensitive fields


def test_nobody_reads_the_document_number_and_desks_match_it():
    assert holders("Student", "read", "id_no") == holders("Student", "export", "id_no") == set()
    assert holders("Student", "aggregate", "id_no") == set()
    matching = {"counsellor", "party_office", "cert_officer", "registrar", "office"} | OPERATORS
    assert holders("Student", "match", "id_no") == matching
    assert {each for role in HOLDERS for each in fields(role, "Student", "match")} == {"id_no"}


def test_the_data_keeper_alone_writes_the_document_number():
    assert holders("Student", "create", "id_no") == holders("Student", "update", "id_no") == {"data_keeper"}
    assert scopes("data_keeper", "Student", "update") == {"own_college"}


def test_who_reads_other_sensitive_fields():
    assert holders("Student", "read", "phone") == {"student", "counsellor", "data_keeper", "office"}
    assert holders("Student", "export", "phone") == set()
    assert holders("Certificate", "read", "collector_name") == {"cert_officer", "office"}
    assert holders("Certificate", "read", "collector_id_last4") == {"cert_officer"}
    assert holders("User", "read", "email") == holders("User", "read", "phone") == {"account_admin"}


# --- buildings


def test_buildings_are_read_and_counted_by_the_dormitory_centre_alone():
    """Besides, a student reads the own one. Whoever may read it may filter by it, and so count (R24)."""
    for name in ("Student", "Sheet"):
        assert holders(name, "read", "building") == {"student", "dorm_centre"}
        assert scopes("student", name, "read") == {"own_self"}
        for action in ("match", "export", "aggregate"):
            assert holders(name, action, "building") <= {"dorm_centre"}
    assert holders("Student", "read", "room") == {"student", "dorm_centre"}
    assert holders("Building", "aggregate") == {"dorm_centre"}
    assert holders("Building", "read", "beds") == {"dorm_centre"}


# --- programs and administrators


def test_a_campus_app_is_granted_every_field_by_name():
    """A new column must not flow to other systems by itself."""
    wild = [rule for rule in SHIPPED.table.rules if rule.role == "campus_app" and rule.field == "*"]
    expected = {("Clearance", "sync"), ("Api", "explore"), ("Api", "ask_freely")}
    assert {(rule.object, rule.action) for rule in wild} == expected
    assert fields("campus_app", "Student", "read") == {"student_no"}
    assert "order" in fields("campus_app", "Item", "read")


def test_the_policy_administrator_sees_staff_and_no_student():
    assert scopes("policy_admin", "User", "read") == scopes("policy_admin", "RoleAssignment", "read") == {"all_staff"}
    assert fields("policy_admin", "User", "read") == {"username", "name", "active"}


def test_only_those_who_keep_accounts_see_students_accounts():
    assert {role for role in HOLDERS if "all" in scopes(role, "User", "read")} == {"account_admin", "auditor"}


def test_who_reads_the_log():
    assert {role: scopes(role, "Event", "read") for role in HOLDERS if "all" in scopes(role, "Event", "read")} == {
        "office": {"all"},
        "auditor": {"all"},
    }
    assert {role for role in HOLDERS if scopes(role, "Operation", "read") == {"all"}} == {"office", "auditor"}


def test_who_may_explore_the_api():
    assert holders("Api", "explore") == STAFF | {"campus_app"}
