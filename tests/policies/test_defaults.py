"""What the shipped table permits and what it does not, role by role: an edit that widens a right fails here."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from policies.actions import ACTIONS
from policies.assurances import ASSURANCES, Assurance, broken
from policies.catalogue import OBJECTS
from policies.engine import Snapshot
from policies.groups import GROUPS
from policies.roles import ROLES
from policies.rules import DEFAULT_FILE, read_csv

SHIPPED = Snapshot(1, read_csv())
HOLDERS = [role.name for role in ROLES.values() if role.assignable]
PERSONAL = ("Student", "Supervision", "Sheet", "Clearance", "Certificate", "SyncObservation")
STAFF = frozenset(HOLDERS) - {"student", "campus_app"}
OPERATORS = {"operator", "dorm_centre"}
COLLEGE_DESKS = {"counsellor", "party_office", "secretary", "data_keeper", "cert_officer"}


def holders(object_name: str, action: str, field: str | None = None) -> set[str]:
    """The roles that may, somewhere."""
    return set(SHIPPED.roles_with(object_name, action, field))


def scopes(role: str, object_name: str, action: str) -> set[str]:
    """Every scope in which the role may, on whatever field."""
    return {grant.name for grant in SHIPPED.decision(role, object_name, action).grants.values()}


def fields(role: str, object_name: str, action: str) -> set[str]:
    return set(SHIPPED.decision(role, object_name, action).grants)


def group(object_name: str, *names: str) -> set[str]:
    return {field for name in names for field in GROUPS[object_name][name]}


def actions_of(role: str, objects: Iterable[str] = OBJECTS) -> set[tuple[str, str]]:
    """(object, action) pairs that the role has and that change something."""
    return {
        (name, action)
        for name in objects
        for action in OBJECTS[name].actions
        if ACTIONS[action].changes and SHIPPED.decision(role, name, action).grants
    }


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
}


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
    assert actions_of(role) == changes


def test_operators_edit_only_what_stays_open_once_the_batch_is():
    assert fields("operator", "Item", "update") == {"instruction", "instruction_en", "place"}
    assert fields("operator", "Department", "update") == {"place", "phone", "hours"}
    assert scopes("operator", "Item", "update") == scopes("operator", "Department", "update") == {"own_department"}


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


# --- who reads whom


READS: dict[str, dict[str, set[str]]] = {
    "student": {name: {"own_self"} for name in ("Student", "Sheet", "Clearance", "Certificate", "SyncObservation")},
    "supervisor": {
        "Student": {"own_students"},
        "Supervision": {"own_students"},
        "Sheet": {"own_students"},
        "Clearance": {"own_students", "own_student_items"},
    },
    "counsellor": {
        "Student": {"own_college", "own_college|own_college_leavers"},
        "Supervision": {"own_college"},
        "Sheet": {"own_college"},
        "Clearance": {"own_college", "own_college_items"},
        "Certificate": {"own_college"},
        "SyncObservation": {"own_college"},
    },
    "party_office": {
        "Student": {"own_college|own_college_leavers"},
        "Sheet": {"own_college"},
        "Clearance": {"own_college_party_items"},
    },
    "secretary": {
        "Student": {"own_college|own_college_leavers"},
        "Supervision": {"own_college"},
        "Sheet": {"own_college"},
        "Clearance": {"own_college", "own_college_supervisor_items"},
    },
    "data_keeper": {
        "Student": {"own_college", "own_college|own_college_leavers"},
        "Supervision": {"own_college"},
        "Sheet": {"own_college"},
    },
    "cert_officer": {
        "Student": {"own_college|own_college_leavers"},
        "Sheet": {"own_college"},
        "Clearance": {"own_college"},
        "Certificate": {"own_college"},
    },
    "operator": {
        "Student": {"own_department_students"},
        "Sheet": {"own_department_students"},
        "Clearance": {"own_department"},
        "SyncObservation": {"own_department"},
    },
    "dorm_centre": {
        "Student": {"own_department_students"},
        "Sheet": {"own_department_students"},
        "Clearance": {"own_department"},
        "SyncObservation": {"own_department"},
    },
    "registrar": {"Student": {"all"}, "Sheet": {"all_but_cancelled"}, "Certificate": {"all_but_cancelled"}},
    "office": {name: {"all"} for name in PERSONAL},
    "leader": {},
    "analyst": {},
    "campus_app": {name: {"own_token_items"} for name in ("Student", "Sheet", "Clearance", "SyncObservation")},
    "account_admin": {},
    "policy_admin": {},
    "auditor": {name: {"all"} for name in ("Student", "Sheet", "Clearance", "Certificate", "SyncObservation")},
}


@pytest.mark.parametrize("role", HOLDERS)
def test_whose_rows_a_role_reads(role: str):
    found = {name: scopes(role, name, "read") for name in PERSONAL if scopes(role, name, "read")}
    assert found == READS[role]


@pytest.mark.parametrize("role", HOLDERS)
def test_nobody_exports_or_matches_rows_that_he_does_not_read(role: str):
    for name in PERSONAL:
        read = SHIPPED.decision(role, name, "read").grants
        for field, grant in SHIPPED.decision(role, name, "export").grants.items():
            assert read[field].covers(grant), (name, field)
        for grant in SHIPPED.decision(role, name, "match").grants.values():
            assert any(each.covers(grant) for each in read.values()), name


@pytest.mark.parametrize("role", sorted(COLLEGE_DESKS))
def test_a_college_finds_and_exports_whoever_is_on_its_sheets(role: str):
    """Also a student of another college by now: the rows of a query are exported with their numbers and names (R14)."""
    where = {"own_college|own_college_leavers"}
    exported = SHIPPED.decision(role, "Student", "export").grants
    assert {exported[field].name for field in group("Student", "@basic")} == where
    assert scopes(role, "Student", "match") in (where, set())


def test_a_counsellor_counts_the_students_that_he_reads():
    assert scopes("counsellor", "Student", "aggregate") == {"own_college|own_college_leavers"}


def test_cancelled_sheets_are_on_the_lists_of_the_office_and_the_auditor_alone():
    shown = {
        role
        for role in HOLDERS
        for name in ("Sheet", "Clearance", "Certificate")
        if "all" in scopes(role, name, "read")
    }
    assert shown == {"office", "auditor"}


def test_a_student_reads_the_own_form_whom_to_ask_and_nothing_internal():
    assert fields("student", "Clearance", "read") == group("Clearance", "@status", "@note")
    assert fields("student", "Certificate", "read") == {"sheet", "kind", "status", "printed_at", "issued_at"}
    assert fields("student", "Student", "read") == set(OBJECTS["Student"].fields) - {
        "id_no",
        "user",
        "created_at",
        "updated_at",
    }
    assert {"name", "place", "phone", "hours"} <= fields("student", "Department", "read")
    assert {"office_place", "office_phone", "secretary_phone"} <= fields("student", "College", "read")
    assert {"instruction", "instruction_en", "place"} <= fields("student", "Item", "read")
    for name in ("User", "Operation", "Event", "RoleAssignment", "ApiToken", "ItemRequest", "Api", "Supervision"):
        assert [action for action in OBJECTS[name].actions if scopes("student", name, action)] == []
    for action in ("match", "export", "aggregate"):
        assert [name for name in OBJECTS if scopes("student", name, action)] == []


def test_internal_notes_stay_with_the_desk_that_wrote_them():
    def where(role: str) -> str | None:
        grant = SHIPPED.decision(role, "Clearance", "read").grants.get("internal_note")
        return grant.name if grant else None

    assert {role: where(role) for role in HOLDERS if where(role)} == {
        "supervisor": "own_student_items",
        "counsellor": "own_college_items",
        "party_office": "own_college_party_items",
        "secretary": "own_college_supervisor_items",
        "operator": "own_department",
        "dorm_centre": "own_department",
        "office": "all",
        "auditor": "all",
    }


# --- who only counts


def test_leaders_and_analysts_count_and_read_nobody():
    both = {"Sheet", "Clearance", "Certificate"}
    assert {name for name in PERSONAL if scopes("leader", name, "aggregate")} == both
    assert {name for name in PERSONAL if scopes("analyst", name, "aggregate")} == both | {"Student"}
    for role in ("leader", "analyst"):
        assert {name for name in (*PERSONAL, "User", "Event", "Operation") if scopes(role, name, "read")} == set()
        assert fields(role, "Clearance", "aggregate") == group("Clearance", "@count")
        assert "building" not in fields(role, "Sheet", "aggregate") | fields(role, "Student", "aggregate")
    assert fields("analyst", "Student", "aggregate") == {
        "gender",
        "level",
        "college",
        "major",
        "grade",
        "enrolment_status",
        "is_international",
    }


def test_who_counts_certificates():
    assert holders("Certificate", "aggregate") == {"cert_officer", "registrar", "office", "leader", "analyst"}
    assert scopes("cert_officer", "Certificate", "aggregate") == {"own_college"}


def test_departments_count_their_own_items():
    assert scopes("operator", "Clearance", "aggregate") == {"own_department"}


# --- programs and administrators


def test_a_campus_app_is_granted_every_field_by_name():
    """A new column must not flow to other systems by itself."""
    wild = [rule for rule in SHIPPED.table.rules if rule.role == "campus_app" and rule.field == "*"]
    assert {(rule.object, rule.action) for rule in wild} == {("Clearance", "sync"), ("Api", "explore")}
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
