"""Whose rows the shipped table lets a role read, and who only counts: an edit that widens a right fails here."""

from __future__ import annotations

import pytest

from policies.catalogue import OBJECTS
from tests.policies.shipped import (
    COLLEGE_DESKS,
    HOLDERS,
    PERSONAL,
    SHIPPED,
    STAFF,
    fields,
    group,
    holders,
    scopes,
)

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
    assert [action for action in OBJECTS["Api"].actions if scopes("student", "Api", action)] == ["ask_freely"]
    for name in ("User", "Operation", "Event", "RoleAssignment", "ApiToken", "ItemRequest", "Supervision"):
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


def test_everybody_may_ask_by_documents_of_his_own():
    assert holders("Api", "ask_freely") == STAFF | {"campus_app", "student"}
