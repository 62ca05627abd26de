"""The people at the desk: every unit has somebody, demonstration accounts stand where they should."""

from __future__ import annotations

import random

import pytest

from models.enums import Level
from policies.roles import ROLES
from seeds.accounts import APPS, DEMO, Assignment, make_staff, supervisors_of
from seeds.people import Cohort, Numbering, cohort_people
from seeds.university import load


@pytest.fixture(scope="module")
def people():
    rng = random.Random(1)
    return cohort_people(load(), Cohort({Level.UG: "22", Level.M: "S23", Level.D: "B21"}, 15_500), Numbering(rng), rng)


@pytest.fixture(scope="module")
def staff(people):
    return make_staff(load(), people, random.Random(1))


def test_the_demonstration_accounts_are_those_promised():
    assert [username for username, _, _ in DEMO] == [
        *("student", "supervisor", "counsellor", "library", "dorm", "datakeeper", "certofficer", "registrar"),
        *("partyoffice", "secretary", "office", "leader", "analyst", "accountadmin", "policyadmin", "auditor"),
    ]


def test_every_role_is_held_for_a_unit_that_it_takes(staff):
    for account in staff.accounts:
        for held in account.assignments:
            kind = "college" if held.college else "department" if held.department else "none"
            assert kind in ROLES[held.role].units, (account.username, held)
    assert {held.role for account in staff.accounts for held in account.assignments} == {
        name for name, role in ROLES.items() if role.assignable
    }


def test_every_department_and_college_has_its_staff(staff):
    university = load()
    assert all(staff.operators(department.code) for department in university.departments)
    for role in ("counsellor", "cert_officer", "data_keeper", "party_office", "secretary"):
        assert all(staff.of_college(role, college.code) for college in university.colleges)


def test_the_counsellor_is_also_certificate_officer_next_door(staff):
    held = staff.by_username["counsellor"].assignments
    assert held == (Assignment("counsellor", college="15"), Assignment("cert_officer", college="16"))


def test_only_the_demonstrations_people_can_sign_in(staff):
    demo = {account.username for account in staff.accounts if account.demo}
    assert demo == {username for username, _, _ in DEMO} | {"student-new", "student-none", "student-self"}
    assert {f"campus-{source}" for source in APPS} & demo == set()


def test_usernames_and_ids_are_unique(staff):
    assert len(staff.by_username) == len(staff.accounts)
    assert [account.id for account in staff.accounts] == list(range(1, len(staff.accounts) + 1))


def test_about_two_thousand_supervisors_each_of_the_own_college(people, staff):
    assert 1_950 <= sum(len(here) for here in staff.supervisors.values()) <= 2_050
    rng = random.Random(1)
    graduates = [person for person in people if person.level is not Level.UG]
    chosen = [(person, supervisors_of(staff, person, rng)) for person in graduates]
    assert {len(found) for _, found in chosen} == {1, 2}
    assert all(each in staff.supervisors[person.college] for person, found in chosen for each in found)
    assert [supervisors_of(staff, person, rng) for person in people if person.level is Level.UG][:3] == [[], [], []]
