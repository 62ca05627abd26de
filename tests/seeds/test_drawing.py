"""Who has got how far: shares to the sheet, wishes granted, nothing finished before what it needs."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from models.declare import Words
from models.enums import CertificateKind, ClearanceStatus, ItemKind, Level
from models.rules.applicability import Condition
from models.rules.facts import ItemFacts
from models.rules.sheets import born
from seeds.drafts import Certificate, Clearance, Item, Sheet
from seeds.drawing import FINAL, Shares, Wish, draw_courses
from seeds.people import Cohort, Numbering, cohort_people
from seeds.university import load

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SHARES = Shares(
    items={"LIB_BOOKS": 0.9, "DORM_OUT": 0.6, "CARD": 0.5, "STU_CARD": 0.7, "LEAGUE": 0.8},
    optional={"ALUMNI": 0.4},
    final=0.45,
    issued=0.3,
)
CODES = (*SHARES.items, "ALUMNI", FINAL)


def items() -> dict[str, Item]:
    made = {}
    for number, template in enumerate((each for each in load().items if each.code in CODES), start=1):
        facts = ItemFacts(
            number, template.code, Words("", ""), template.kind, applies_to=Condition.parse(template.applies_to)
        )
        made[template.code] = Item(template, facts)
    return made


def sheets(size: int) -> list[Sheet]:
    rng = random.Random(1)
    people = cohort_people(load(), Cohort({Level.UG: "22"}, size), Numbering(rng), rng)
    catalogue = items()
    made = []
    for number, person in enumerate(people, start=1):
        sheet = Sheet(number, person, number, 1, NOW, number)
        for code, item in catalogue.items():
            sheet.clearances[code] = Clearance(number * 100 + item.id, item, born(item.facts, person.facts()))
        sheet.certificates.append(Certificate(number, CertificateKind.GRADUATION, NOW))
        made.append(sheet)
    return made


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_share_comes_out_to_the_sheet(seed):
    courses = draw_courses(sheets(1_000), SHARES, {}, random.Random(seed))
    for code, share in SHARES.items.items():
        red = [course for course in courses if code in course.red]
        assert sum(code in course.cleared for course in red) == round(share * len(red)), code
    assert sum(course.finished for course in courses) == 450
    assert sum(course.issued for course in courses) == 300
    assert sum("ALUMNI" in course.cleared for course in courses) == 400


def test_nothing_is_ahead_of_what_it_needs():
    for course in draw_courses(sheets(1_000), SHARES, {}, random.Random(4)):
        assert course.finished == (FINAL in course.cleared)
        assert not course.finished or set(course.red) <= course.cleared
        assert not course.issued or course.finished
        if "CARD" in course.cleared:
            assert {"LIB_BOOKS", "DORM_OUT"} & set(course.red) <= course.cleared


def test_wishes_are_granted_and_the_shares_kept():
    drawn = sheets(200)
    numbers = [sheet.person.student_no for sheet in drawn[:4]]
    wishes = dict(
        zip(
            numbers,
            (
                Wish(finished=True, issued=True),
                Wish(finished=True),
                Wish(finished=False, cleared=frozenset()),
                Wish(finished=False, cleared=frozenset({"LIB_BOOKS"})),
            ),
            strict=True,
        )
    )
    courses = draw_courses(drawn, SHARES, wishes, random.Random(5))
    first, second, third, fourth = courses[:4]
    assert (first.finished, first.issued, second.finished, second.issued) == (True, True, True, False)
    assert third.cleared - {"ALUMNI"} == set()
    assert fourth.cleared - {"ALUMNI"} == {"LIB_BOOKS"}
    assert sum(course.finished for course in courses) == 90
    assert sum(course.issued for course in courses) == 60


def test_only_what_a_sheet_asks_for_is_cleared():
    for course in draw_courses(sheets(300), SHARES, {}, random.Random(6)):
        for code in course.cleared:
            clearance = course.sheet.clearances[code]
            optional = clearance.item.template.kind is ItemKind.OPTIONAL
            assert optional or clearance.status is ClearanceStatus.PENDING
