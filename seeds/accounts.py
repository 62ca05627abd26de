"""Who works at the desk: the demonstration accounts, operators, colleges' staff, supervisors and campus apps.

Only the demonstration accounts can sign in, all with one password; everybody else is there to have done things.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from models.enums import Gender, Level
from seeds.names import chinese_name
from seeds.people import FEMALE_SHARE, Person
from seeds.university import University

#: A supervisor has this many leavers on average; about 2,000 supervisors in the main season.
LEAVERS_PER_SUPERVISOR = 2.55
SHARE_TWO_SUPERVISORS = 0.06
DEMO_COLLEGE = "15"
NEIGHBOUR_COLLEGE = "16"
LIBRARY, DORMITORIES = "TSG", "GYZX"


@dataclass(frozen=True, slots=True)
class Assignment:
    """A role, with the code of its unit if it has one: a college's or a department's."""

    role: str
    college: str | None = None
    department: str | None = None


@dataclass(slots=True)
class Account:
    """`demo`: signs in with the demonstration's password. `student_no`: the student whose account it is."""

    id: int
    username: str
    name: str
    assignments: tuple[Assignment, ...]
    demo: bool = False
    active: bool = True
    student_no: str | None = None


#: The demonstration accounts: what contract and README promise, in the order in which they are printed.
DEMO: tuple[tuple[str, str, tuple[Assignment, ...]], ...] = (
    ("student", "林晓雨", (Assignment("student"),)),
    ("supervisor", "陈志远", (Assignment("supervisor"),)),
    (
        "counsellor",
        "赵文静",
        (Assignment("counsellor", college=DEMO_COLLEGE), Assignment("cert_officer", college=NEIGHBOUR_COLLEGE)),
    ),
    ("library", "李敏", (Assignment("operator", department=LIBRARY),)),
    ("dorm", "孙桂兰", (Assignment("dorm_centre", department=DORMITORIES),)),
    ("datakeeper", "周凯", (Assignment("data_keeper", college=DEMO_COLLEGE),)),
    ("certofficer", "吴静怡", (Assignment("cert_officer", college=DEMO_COLLEGE),)),
    ("registrar", "郑国栋", (Assignment("registrar"),)),
    ("partyoffice", "何红梅", (Assignment("party_office", college=DEMO_COLLEGE),)),
    ("secretary", "钱玉洁", (Assignment("secretary", college=DEMO_COLLEGE),)),
    ("office", "刘建平", (Assignment("office"),)),
    ("leader", "许明德", (Assignment("leader"),)),
    ("analyst", "马超", (Assignment("analyst"),)),
    ("accountadmin", "冯亚楠", (Assignment("account_admin"),)),
    ("policyadmin", "曹正阳", (Assignment("policy_admin"),)),
    ("auditor", "沈慧", (Assignment("auditor"),)),
)
#: Besides: students to see 自助离校申请 possible, refused, and done.
APPLICANTS = (("student-new", "苏晴"), ("student-none", "方无"), ("student-self", "叶知秋"))
#: A supervisor who no longer works here, in the demonstration's college.
LEFT = ("t-15-left", "潘安民")
#: The campus apps: the source of their observations and the account's name. They have tokens, no passwords.
APPS: Mapping[str, tuple[str, str]] = {
    "library": ("图书管理系统", LIBRARY),
    "finance": ("财务系统", "CWC"),
    "aid": ("资助管理系统", "ZZZX"),
    "academic": ("教务系统", "JWC"),
    "career": ("就业系统", "JYZX"),
    "card": ("一卡通系统", "YKT"),
}
FIXED_NAMES = {"op-cwc": "王芳"}
COLLEGE_STAFF = (
    ("co", "counsellor"),
    ("ce", "cert_officer"),
    ("dk", "data_keeper"),
    ("pa", "party_office"),
    ("se", "secretary"),
)


@dataclass(slots=True)
class Staff:
    """Every account, and who does what where."""

    accounts: list[Account] = field(default_factory=list)
    by_username: dict[str, Account] = field(default_factory=dict)
    holders: dict[Assignment, list[Account]] = field(default_factory=dict)
    supervisors: dict[str, list[Account]] = field(default_factory=dict)
    apps: dict[str, Account] = field(default_factory=dict)

    def add(self, username: str, name: str, *assignments: Assignment, demo: bool = False) -> Account:
        account = Account(len(self.accounts) + 1, username, name, assignments, demo)
        self.accounts.append(account)
        self.by_username[username] = account
        for assignment in assignments:
            self.holders.setdefault(assignment, []).append(account)
        return account

    def of_college(self, role: str, college: str) -> Account:
        return self.holders[Assignment(role, college=college)][0]

    def operators(self, department: str) -> list[Account]:
        return self.holders[Assignment("operator", department=department)]


def make_staff(university: University, people: Iterable[Person], rng: random.Random) -> Staff:
    """The accounts of a university with these leavers."""
    staff = Staff()
    for username, name, assignments in DEMO:
        staff.add(username, name, *assignments, demo=True)
    for username, name in APPLICANTS:
        staff.add(username, name, Assignment("student"), demo=True)
    for source, (name, department) in APPS.items():
        staff.apps[source] = staff.add(f"campus-{source}", name, Assignment("campus_app", department=department))
    _add_operators(staff, university, rng)
    for college in university.colleges:
        for short, role in COLLEGE_STAFF:
            assignment = Assignment(role, college=college.code)
            if assignment not in staff.holders or assignment.college == NEIGHBOUR_COLLEGE:
                staff.add(f"{short}-{college.code}", _name(rng), assignment)
    staff.add("registrar-yjsy", _name(rng), Assignment("registrar"))
    _add_supervisors(staff, people, rng)
    staff.add(*LEFT, Assignment("supervisor")).active = False
    return staff


def _add_operators(staff: Staff, university: University, rng: random.Random) -> None:
    for department in university.departments:
        username = f"op-{department.code.lower()}"
        assignment = Assignment("operator", department=department.code)
        staff.add(username, FIXED_NAMES.get(username, _name(rng)), assignment)
    for building in university.buildings:
        staff.add(f"warden-{building.code.lower()}", _name(rng), Assignment("operator", department=DORMITORIES))


def _add_supervisors(staff: Staff, people: Iterable[Person], rng: random.Random) -> None:
    leavers: dict[str, int] = {DEMO_COLLEGE: 1}
    for person in people:
        if person.level is not Level.UG:
            leavers[person.college] = leavers.get(person.college, 0) + 1
    role = Assignment("supervisor")
    for college in sorted(leavers):
        here = staff.supervisors[college] = []
        if college == DEMO_COLLEGE:
            here.append(staff.by_username["supervisor"])
        wanted = max(2, round(leavers[college] / LEAVERS_PER_SUPERVISOR))
        numbers = range(len(here) + 1, wanted + 1)
        here.extend(staff.add(f"t-{college}-{number:03d}", _name(rng), role) for number in numbers)


def supervisors_of(staff: Staff, person: Person, rng: random.Random) -> list[Account]:
    """One supervisor of the own college, now and then two."""
    if person.level is Level.UG:
        return []
    here = staff.supervisors[person.college]
    return rng.sample(here, 2 if rng.random() < SHARE_TWO_SUPERVISORS else 1)


def _name(rng: random.Random) -> str:
    return chinese_name(rng, Gender.F if rng.random() < FEMALE_SHARE else Gender.M)
