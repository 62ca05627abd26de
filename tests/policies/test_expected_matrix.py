"""Every field, mutation and page × every role and nobody: what is so is what is committed, and what must hold holds."""

from __future__ import annotations

import pytest

from models import database
from settings import settings
from tests.fresh_databases import FreshDatabases
from tests.policies.expected_matrix.asked import FILES, matrices
from tests.policies.expected_matrix.table import (
    ASKERS,
    NOBODY,
    REFUSED,
    SIGNED_IN,
    Matrix,
    complaint,
    differences,
    read,
    write,
)
from tests.policies.expected_matrix.world import opened


@pytest.fixture(scope="module")
async def found(fresh_databases: FreshDatabases, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Matrix]:
    """What is so, asked once for all tests here."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LIXIAO_SECRET_KEY", "for tests only, and long enough for them")
        settings.cache_clear()
        await database.connect(await fresh_databases.make_migrated(tmp_path_factory.mktemp("matrix")))
        try:
            async with opened() as world:
                return await matrices(world)
        finally:
            await database.disconnect()
            settings.cache_clear()


@pytest.mark.parametrize("subject", FILES)
async def test_everybody_gets_what_is_committed(found, subject):
    told = differences(read(FILES[subject].read_text(encoding="utf-8")), found[subject])
    assert not told, complaint(FILES[subject], told)


# --- what must hold, whatever is committed


def test_nobody_gets_nothing_but_the_way_in(found):
    for subject in ("fields", "mutations"):
        assert {what for what in found[subject].rows if NOBODY in found[subject].holders(what)} == set()
    pages = found["pages"]
    assert {what for what in pages.rows if pages[what][NOBODY] not in (REFUSED, "off")} == {
        "GET /login",
        "GET /static/admin/panel.css",
        "GET /static/panel.css",
        "POST /language",
        "POST /login",
        "POST /look",
    }


def test_the_full_document_number_is_read_by_nobody(found):
    assert found["fields"].holders("Student.idNo") == set()


@pytest.mark.parametrize("role", ["leader", "analyst", "account_admin", "policy_admin"])
@pytest.mark.parametrize("objects", ["students", "sheets", "clearances", "certificates", "supervisions"])
def test_whoever_has_no_business_with_a_person_reads_no_personal_row(found, role, objects):
    assert found["fields"][f"Query.{objects}"][role] == REFUSED


def test_only_certificate_officers_issue(found):
    acts = [what for what in found["mutations"].rows if what.startswith("issueCertificates")]
    assert {what: found["mutations"].holders(what) for what in acts} == {what: {"cert_officer"} for what in acts}
    assert len(acts) == 4


def test_only_policy_admins_tune(found):
    for what in ("policyDraft", "discardPolicyDraft", "publishPolicy", "rollbackPolicy", "simulatePolicy"):
        assert found["mutations"].holders(what) == {"policy_admin"}


def test_only_account_admins_make_accounts_and_give_roles(found):
    for what in ("createUser", "disableUser", "resetPassword", "grantRole", "endRole", "createToken"):
        assert found["mutations"].holders(what) == {"account_admin"}


def test_only_the_own_college_signs_off_last_and_never_the_party_office(found):
    acts = [what for what in found["mutations"].rows if what.startswith("setClearances FINAL")]
    may = {who for what in acts for who, told in found["mutations"][what].items() if _not_refused(told)}
    assert may == {"counsellor"}


def test_the_document_number_is_written_by_the_data_keeper_alone(found):
    assert found["mutations"].holders("updateStudent(idNo)") == {"data_keeper"}


def test_only_the_dormitory_centre_and_the_student_read_a_building(found):
    for what in ("Student.building", "Sheet.building", "Student.room"):
        assert found["fields"].holders(what) == {"student", "dorm_centre"}


def test_a_whole_filter_is_for_the_office_and_supervisors_alone(found):
    assert found["mutations"].holders("setClearances BOOKS a whole filter") <= {"office", "supervisor"}


def test_a_student_acts_on_nothing_but_his_application(found):
    session = {"signIn", "signOut", "chooseRole", "changePassword"}
    before_the_right = {"applyOperation", "cancelOperation", "cancelFile", "refusedRows"}  # whose it is
    acts = {what for what in found["mutations"].rows if "." not in what}
    his = {what for what in acts if "student" in found["mutations"].holders(what)}
    assert his == {"applyToLeave", *session, *before_the_right}


def test_nothing_breaks(found):
    outcomes = {told for each in found.values() for cells in each.rows.values() for told in cells.values()}
    assert outcomes & {"INTERNAL", "500", "QUERY_TOO_COMPLEX", "RATE_LIMITED", "UNAUTHENTICATED", "429"} <= {
        "UNAUTHENTICATED"
    }


def _not_refused(told: str) -> bool:
    return told not in (REFUSED, "row FORBIDDEN", "row NOT_FOUND")


# --- the file itself


def test_a_written_table_is_read_as_it_was():
    matrix = Matrix()
    for who in ASKERS:
        matrix.put("a", who, "value")
        matrix.put("b", who, "value" if who in SIGNED_IN else REFUSED)
        matrix.put("c", who, "3 rows" if who in ("office", "auditor") else REFUSED)
        matrix.put("d", who, "some" if who == "student" else "value" if who in SIGNED_IN else REFUSED)
        matrix.put("e", who, REFUSED)
    assert read(write(matrix, "head")).rows == matrix.rows


def test_a_new_row_and_a_new_role_and_a_changed_cell_are_told():
    committed, now = read("# askers: student nobody\n\na | value: student\ngone | value: student\n"), Matrix()
    now.put("a", "student", REFUSED)
    now.put("a", "office", "value")
    now.put("new", "office", "value")
    told = differences(committed, now)
    assert told[:2] == ["new: has no row", "gone: is not there any more"]
    assert "a × student: expected value, found refused" in told
    assert "a × office: expected no cell, found value" in told
