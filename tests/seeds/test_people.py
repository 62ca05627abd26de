"""The students: shares to the person, numbers in contiguous classes, documents that can belong to nobody."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict

import pytest

from models.enums import Gender, IdType, Level, PoliticalStatus
from seeds.people import Cohort, Numbering, apportion, assign_rooms, cohort_people, wrong_check
from seeds.university import load

PREFIXES = {Level.UG: "22", Level.M: "S23", Level.D: "B21"}


def drawn(size: int = 15_500, seed: int = 1):
    rng = random.Random(seed)
    return cohort_people(load(), Cohort(PREFIXES, size), Numbering(rng), rng)


@pytest.fixture(scope="module")
def people():
    return drawn()


@pytest.mark.parametrize("size", [1, 7, 60, 1_000])
def test_any_size_is_reached_exactly(size):
    assert len(drawn(size)) == size


def test_the_same_seed_draws_the_same_people():
    assert drawn(400, 3) == drawn(400, 3)
    assert drawn(400, 3) != drawn(400, 4)


def test_apportion_gives_the_largest_remainders_first():
    assert apportion(10, [1, 1, 1]) == [4, 3, 3]
    assert apportion(5, [60, 30, 10]) == [3, 2, 0]
    assert sum(apportion(99, [3, 14, 15, 92])) == 99


def test_the_levels_are_those_of_the_university(people):
    assert Counter(person.level for person in people) == {Level.UG: 10_400, Level.M: 4_500, Level.D: 600}


def test_the_shares_are_exact(people):
    at_home = [person for person in people if not person.is_international]
    assert len(people) - len(at_home) == 155
    assert sum(person.is_resident for person in people) == 14_260
    assert sum(person.has_loan for person in people) == 3_069
    assert sum(person.hukou_at_school for person in people) == 3_836
    party = (PoliticalStatus.PARTY_MEMBER, PoliticalStatus.PROBATIONARY_MEMBER)
    for level, share in ((Level.UG, 0.12), (Level.M, 0.45), (Level.D, 0.45)):
        here = [person for person in at_home if person.level is level]
        assert sum(person.political_status in party for person in here) == round(share * len(here))


def test_student_numbers_are_unique_and_classes_contiguous(people):
    assert len({person.student_no for person in people}) == len(people)
    classes = defaultdict(list)
    for person in people:
        classes[person.college, person.class_name].append(person.student_no)
    for numbers in classes.values():
        assert len({number[:-2] for number in numbers}) == 1
        assert [int(number[-2:]) for number in numbers] == list(range(1, len(numbers) + 1))


def test_a_number_reads_year_college_major_class_seat(people):
    first = next(person for person in people if person.college == "15" and person.level is Level.UG)
    assert first.student_no == "221501101"
    assert first.class_name == "软件工程2201班"
    assert {person.student_no[0] for person in people if person.level is Level.M} == {"S"}
    assert {person.student_no[0] for person in people if person.level is Level.D} == {"B"}


def test_identity_numbers_have_the_shape_but_never_the_check_character(people):
    residents = [person for person in people if person.id_type is IdType.RESIDENT_ID]
    assert all(re.fullmatch(r"9901\d{13}[\dX]", person.id_no) for person in residents)
    assert len({person.id_no for person in people}) == len(people)
    assert all(person.id_no[-1] == wrong_check(person.id_no[:17]) for person in residents)
    assert all(int(person.id_no[16]) % 2 == (person.gender is Gender.M) for person in residents)


def test_the_check_character_is_not_the_right_one():
    assert wrong_check("11010519491231002") == "0"  # the right one is X


def test_residents_live_in_a_building_of_their_gender(people):
    university = load()
    assign_rooms(people, university.buildings)
    houses = {building.code: building.houses for building in university.buildings}
    assert all(houses[person.building] is person.gender for person in people if person.is_resident)
    assert all(person.building is None and person.room == "" for person in people if not person.is_resident)
    beds = Counter((person.building, person.room) for person in people if person.building)
    assert max(beds.values()) == 4


def test_classes_of_the_same_major_follow_each_other_over_the_seasons():
    rng = random.Random(1)
    numbering = Numbering(rng)
    prefixes = {Level.M: "S22"}
    first = cohort_people(load(), Cohort(prefixes, 300), numbering, rng)
    second = cohort_people(load(), Cohort(prefixes, 300), numbering, rng)
    assert not {person.student_no for person in first} & {person.student_no for person in second}
