"""Who has got how far in a season: drawn so that the shares come out exactly and every rule of the desk is kept.

Everybody gets a rank, half of it the class's, half the person's own. The first of them have finished everything; of the
others each item's share is filled up at random, the earlier ranks more likely. So 45 % can have finished although one
item alone stands at 60 %, as it is when the diligent do everything.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.enums import ClearanceStatus, SheetState
from seeds.drafts import Sheet

#: How much of a rank comes from the class; the rest is the person's own.
CLASS_WEIGHT = 0.35
#: How far chance outweighs the rank among those who have not finished.
NOISE = 1.2
FINAL = "COLLEGE_FINAL"


@dataclass(frozen=True, slots=True)
class Shares:
    """How far a season is. `items`: share cleared of those an item applies to; `final` and `issued`: of all sheets."""

    items: Mapping[str, float]
    optional: Mapping[str, float]
    final: float
    issued: float


@dataclass(frozen=True, slots=True)
class Wish:
    """What a hard case asks for instead of chance: to have finished, the items cleared, the certificates issued.

    `finished` None leaves the person to chance; False keeps from finishing, and `cleared` None leaves the items to it.
    """

    finished: bool | None = None
    cleared: frozenset[str] | None = None
    issued: bool = False


@dataclass(slots=True)
class Course:
    """How far one sheet has got: which items are cleared, whether everything is, whether the certificates are out."""

    sheet: Sheet
    rank: float
    wish: Wish
    cleared: set[str] = field(default_factory=set)
    finished: bool = False
    issued: bool = False

    @property
    def red(self) -> list[str]:
        """What was required of the sheet when it was made, the final item aside."""
        return [code for code, each in self.sheet.clearances.items() if each.status is PENDING and code != FINAL]


PENDING = ClearanceStatus.PENDING


def draw_courses(
    sheets: Sequence[Sheet], shares: Shares, wishes: Mapping[str, Wish], rng: random.Random
) -> list[Course]:
    """The course of every sheet, in the order given; `wishes` go by student number."""
    courses = _ranked(sheets, wishes, rng)
    free = [course for course in courses if course.sheet.state is SheetState.ACTIVE]
    _finish(free, shares)
    for code, share in _in_order(free, shares):
        _fill(free, code, share, rng)
    for code, share in shares.optional.items():
        for course in rng.sample(free, round(share * len(free))):
            if course.sheet.clearances[code].item.facts.applies_to.matches(course.sheet.person.facts()):
                course.cleared.add(code)
    _issue(free, shares)
    return courses


def _ranked(sheets: Sequence[Sheet], wishes: Mapping[str, Wish], rng: random.Random) -> list[Course]:
    by_class: dict[tuple[str, str], float] = {}
    courses = []
    for sheet in sheets:
        of_class = by_class.setdefault((sheet.person.college, sheet.person.class_name), rng.random())
        rank = CLASS_WEIGHT * of_class + (1 - CLASS_WEIGHT) * rng.random()
        courses.append(Course(sheet, rank, wishes.get(sheet.person.student_no, Wish())))
    return courses


def _finish(courses: Sequence[Course], shares: Shares) -> None:
    """The first of the ranks have everything; who wishes to has it whatever the rank."""
    wanted = round(shares.final * len(courses))
    for course in courses:
        course.finished = course.wish.finished is True
    wanted -= sum(course.finished for course in courses)
    undecided = sorted((course for course in courses if course.wish.finished is None), key=lambda course: course.rank)
    for course in undecided[: max(0, wanted)]:
        course.finished = True
    for course in courses:
        if course.finished:
            course.cleared.update([*course.red, FINAL])
        elif course.wish.cleared is not None:
            course.cleared.update(course.wish.cleared.intersection(course.red))


def _in_order(courses: Sequence[Course], shares: Shares) -> list[tuple[str, float]]:
    """The items with their shares, what comes first before what needs it."""
    if not courses:
        return []
    after = {code: each.item.template.after for code, each in courses[0].sheet.clearances.items()}
    return sorted(shares.items.items(), key=lambda pair: _depth(pair[0], after))


def _depth(code: str, after: Mapping[str, Sequence[str]]) -> int:
    return 1 + max((_depth(first, after) for first in after[code]), default=0)


def _fill(courses: Sequence[Course], code: str, share: float, rng: random.Random) -> None:
    """Clears an item for so many of the unfinished that its share comes out."""
    concerned = [course for course in courses if course.sheet.clearances[code].status is PENDING]
    wanted = round(share * len(concerned)) - sum(code in course.cleared for course in concerned)
    open_to = [course for course in concerned if _may_be_filled(course, code)]
    open_to.sort(key=lambda course: course.rank + NOISE * rng.random())
    for course in open_to[: max(0, wanted)]:
        course.cleared.add(code)


def _may_be_filled(course: Course, code: str) -> bool:
    if course.finished or course.wish.cleared is not None or code in course.cleared:
        return False
    red = course.red
    return all(
        first in course.cleared or first not in red for first in course.sheet.clearances[code].item.template.after
    )


def _issue(courses: Sequence[Course], shares: Shares) -> None:
    """Certificates are out for the first of those who have finished and are entitled to any."""
    wanted = round(shares.issued * len(courses))
    for course in courses:
        course.issued = course.wish.issued
    wanted -= sum(course.issued for course in courses)
    able = [each for each in courses if each.finished and each.wish.finished is None and each.sheet.certificates]
    for course in sorted(able, key=lambda course: course.rank)[: max(0, wanted)]:
        course.issued = True
