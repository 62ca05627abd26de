"""The students of one season, drawn deterministically: numbers, classes, documents, rooms and the facts of the rules.

A student number reads `22` `15` `03` `1` `07`: year of entry, college, major, class, seat; so a class is a contiguous
range. Masters begin with S, doctors with B, exchange students with J. What the students have cleared is not drawn here.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from models.enums import EnrolmentStatus, Gender, IdType, LeaveType, Level, PoliticalStatus
from seeds.names import chinese_name, foreign_name
from seeds.university import Building, College, University

#: The largest class of each level; more students make more classes.
CLASS_SIZE = {Level.UG: 34, Level.M: 26, Level.D: 20}
CLASS_WORD = {Level.UG: "", Level.M: "硕", Level.D: "博"}
AGE_AT_ENTRY = {Level.UG: 18, Level.M: 22, Level.D: 25}
FEMALE_SHARE = 0.54
#: The colleges whose students use laboratories.
LABORATORIES = frozenset({"09", "11", "12", "13", "15", "16", "17", "18", "20", "21"})
INTERNATIONAL_COLLEGE = "25"

#: Shares over a whole season; each is reached exactly, to the nearest person.
SHARE_INTERNATIONAL = 0.01
SHARE_PARTY = {Level.UG: 0.12, Level.M: 0.45, Level.D: 0.45}  # probationary members included
SHARE_PROBATIONARY = 0.25  # of the party members
SHARE_LEAGUE = 0.85  # of the others
SHARE_RESIDENT = 0.92
SHARE_LOAN = 0.20
SHARE_HUKOU = 0.25
SHARE_ADVANCE = 0.03
SHARE_MEDICAL_DEBT = 0.015
SHARE_GOWN = 0.88
SHARE_LAB = 0.60  # within the colleges with laboratories
SHARE_ARCHIVE = 0.97
SHARE_NOT_GRADUATING = 0.016  # completion, withdrawal, transfer and others


@dataclass(slots=True)
class Person:
    """A student to be. The names are those of the columns of Student; `college` and `building` are codes, and
    `leave_type` belongs to the sheet."""

    student_no: str
    name: str
    gender: Gender
    level: Level
    college: str
    major: str
    class_name: str
    grade: str
    name_latin: str = ""
    id_type: IdType = IdType.RESIDENT_ID
    id_no: str = ""
    phone: str = ""
    building: str | None = None
    room: str = ""
    political_status: PoliticalStatus = PoliticalStatus.MASSES
    nationality: str = "中国"
    enrolment_status: EnrolmentStatus = EnrolmentStatus.REGISTERED
    is_resident: bool = False
    has_loan: bool = False
    has_advance: bool = False
    has_medical_debt: bool = False
    has_gown: bool = False
    uses_lab: bool = False
    hukou_at_school: bool = False
    archive_at_school: bool = True
    is_international: bool = False
    leave_type: LeaveType = LeaveType.GRADUATION

    def facts(self) -> dict[str, object]:
        """What the items' conditions ask for, by name."""
        return {name: getattr(self, name) for name in FACTS}


FACTS = (
    *("gender", "id_type", "level", "political_status", "nationality", "enrolment_status", "is_resident", "has_loan"),
    *("has_advance", "has_medical_debt", "has_gown", "uses_lab", "hukou_at_school", "archive_at_school"),
    *("is_international", "leave_type"),
)


@dataclass(frozen=True, slots=True)
class Cohort:
    """Who leaves in one season: how many, of which levels, under which prefixes (ending in the year of entry)."""

    prefixes: Mapping[Level, str]
    size: int

    def entered(self, level: Level) -> int:
        return 2000 + int(self.prefixes[level][-2:])


# --- shares


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """`total` split in proportion to `weights`, by the largest remainders; the sum is exact."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [int(value) for value in exact]
    by_remainder = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in by_remainder[: total - sum(parts)]:
        parts[n] += 1
    return parts


def exactly(rng: random.Random, people: Sequence[Person], share: float) -> list[Person]:
    """A random part of `people`, as large as `share` says to the nearest person."""
    return rng.sample(people, round(share * len(people)))


# --- numbers and documents


class Numbering:
    """Gives student numbers and documents out once each, over all seasons of one university."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._classes: Counter[str] = Counter()
        self._documents: set[str] = set()

    def next_class(self, prefix: str, width: int) -> str:
        """The next free class below `prefix` (year, college, major), as its digits."""
        self._classes[prefix] += 1
        return str(self._classes[prefix]).zfill(width)

    def resident_id(self, born: int, gender: Gender) -> str:
        """Eighteen characters in the shape of a resident identity number that can belong to nobody: there is no region
        9901, and the check character is wrong on purpose."""
        while True:
            day = f"{born}{self._rng.randint(1, 12):02d}{self._rng.randint(1, 28):02d}"
            sequence = self._rng.randint(0, 498) * 2 + (1 if gender is Gender.M else 2)
            body = f"9901{self._rng.randint(1, 60):02d}{day}{sequence:03d}"
            if body not in self._documents:
                self._documents.add(body)
                return body + wrong_check(body)

    def passport(self) -> str:
        """A passport number of an invented series."""
        while True:
            number = f"ZZ{self._rng.randint(0, 9_999_999):07d}"
            if number not in self._documents:
                self._documents.add(number)
                return number


def wrong_check(body: str) -> str:
    """The character after the right check character of 17 digits (ISO 7064, mod 11-2): a sure sign of invention."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    right = (12 - sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11) % 11
    return "0123456789X"[(right + 1) % 11]


# --- the cohort


def cohort_people(university: University, cohort: Cohort, numbering: Numbering, rng: random.Random) -> list[Person]:
    """The students of one season, class by class, in the order of their numbers within each level; not yet housed."""
    groups = [(college, level) for level in cohort.prefixes for college in university.colleges]
    sizes = apportion(cohort.size, [college.sizes[level] for college, level in groups])
    people = [
        person
        for (college, level), size in zip(groups, sizes, strict=True)
        for person in _college_people(college, level, size, cohort, numbering, rng)
    ]
    _draw_facts(people, numbering, rng)
    return people


def _college_people(
    college: College, level: Level, size: int, cohort: Cohort, numbering: Numbering, rng: random.Random
) -> Iterator[Person]:
    majors = college.majors if level is Level.UG else college.graduate_majors
    used = max(1, min(len(majors), round(size / 12)))
    for number, part in enumerate(apportion(size, [1] * used), start=1):
        if part:
            yield from _major_people(college, level, (number, majors[number - 1], part), cohort, numbering, rng)


def _major_people(
    college: College,
    level: Level,
    major: tuple[int, str, int],
    cohort: Cohort,
    numbering: Numbering,
    rng: random.Random,
) -> Iterator[Person]:
    number, name, size = major
    classes = -(-size // CLASS_SIZE[level])
    below = f"{cohort.prefixes[level]}{college.code}{number:02d}"
    for seats in apportion(size, [1] * classes):
        digits = numbering.next_class(below, len(str(classes)))
        class_name = f"{name}{CLASS_WORD[level]}{cohort.entered(level) % 100:02d}{int(digits):02d}班"
        for seat in range(1, seats + 1):
            gender = Gender.F if rng.random() < FEMALE_SHARE else Gender.M
            yield Person(
                student_no=f"{below}{digits}{seat:02d}",
                name=chinese_name(rng, gender),
                gender=gender,
                level=level,
                college=college.code,
                major=name,
                class_name=class_name,
                grade=str(cohort.entered(level)),
            )


def _draw_facts(people: list[Person], numbering: Numbering, rng: random.Random) -> None:
    _make_international(people, numbering, rng)
    at_home = [person for person in people if not person.is_international]
    for person in people:
        person.phone = f"100{rng.randint(0, 99_999_999):08d}"  # no telephone network uses 100
        if not person.is_international:
            born = int(person.grade) - AGE_AT_ENTRY[person.level] - rng.randint(0, 1)
            person.id_no = numbering.resident_id(born, person.gender)
    _draw_politics(at_home, rng)
    for fact, share, among in _facts(people, at_home):
        for person in exactly(rng, among, share):
            setattr(person, fact, True)
    for person in exactly(rng, at_home, 1 - SHARE_ARCHIVE):
        person.archive_at_school = False
    for person in exactly(rng, at_home, SHARE_NOT_GRADUATING):
        person.leave_type = rng.choices(*NOT_GRADUATING)[0]


NOT_GRADUATING = (
    (LeaveType.COMPLETION, LeaveType.INCOMPLETE, LeaveType.WITHDRAWAL, LeaveType.TRANSFER, LeaveType.OTHER),
    (70, 8, 14, 5, 3),
)


def _facts(people: list[Person], at_home: list[Person]) -> list[tuple[str, float, list[Person]]]:
    return [
        ("is_resident", SHARE_RESIDENT, people),
        ("has_loan", SHARE_LOAN, at_home),
        ("hukou_at_school", SHARE_HUKOU, at_home),
        ("has_advance", SHARE_ADVANCE, people),
        ("has_medical_debt", SHARE_MEDICAL_DEBT, people),
        ("has_gown", SHARE_GOWN, people),
        ("uses_lab", SHARE_LAB, [person for person in people if person.college in LABORATORIES]),
    ]


def _make_international(people: list[Person], numbering: Numbering, rng: random.Random) -> None:
    wanted = max(1, round(SHARE_INTERNATIONAL * len(people)))
    here = [person for person in people if person.college == INTERNATIONAL_COLLEGE]
    elsewhere = [person for person in people if person.college != INTERNATIONAL_COLLEGE]
    rng.shuffle(elsewhere)
    for person in (here + elsewhere)[:wanted]:
        _internationalise(person, numbering, rng)


def _internationalise(person: Person, numbering: Numbering, rng: random.Random) -> None:
    found = foreign_name(rng)
    person.name = person.name_latin = found.latin
    person.gender = found.gender
    person.nationality = found.nationality
    person.id_type = IdType.PASSPORT
    person.id_no = numbering.passport()
    person.is_international = True
    person.political_status = PoliticalStatus.OTHER
    person.archive_at_school = False


def _draw_politics(people: list[Person], rng: random.Random) -> None:
    for level in Level:
        here = [person for person in people if person.level is level]
        party = exactly(rng, here, SHARE_PARTY[level])
        for person in party:
            person.political_status = PoliticalStatus.PARTY_MEMBER
        for person in exactly(rng, party, SHARE_PROBATIONARY):
            person.political_status = PoliticalStatus.PROBATIONARY_MEMBER
        others = [person for person in here if person.political_status is PoliticalStatus.MASSES]
        for person in exactly(rng, others, SHARE_LEAGUE):
            person.political_status = PoliticalStatus.LEAGUE_MEMBER


# --- rooms

BEDS_IN_ROOM = 4
ROOMS_ON_FLOOR = 40
FLOORS = 6


def assign_rooms(people: Iterable[Person], buildings: Sequence[Building]) -> None:
    """Puts residents into the buildings of their gender, class by class, so that a class lives together."""
    for gender in Gender:
        houses = [building for building in buildings if building.houses is gender]
        residents = [person for person in people if person.is_resident and person.gender is gender]
        for index, person in enumerate(residents):
            house = index * len(houses) // len(residents)
            first_of_house = -(-house * len(residents) // len(houses))
            person.building = houses[house].code
            person.room = _room(index - first_of_house)


def _room(bed: int) -> str:
    room = bed // BEDS_IN_ROOM
    return f"{1 + room // ROOMS_ON_FLOOR % FLOORS}{1 + room % ROOMS_ON_FLOOR:02d}"
