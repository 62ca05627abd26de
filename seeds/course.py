"""The course of a season: when each sheet's items are cleared, signed off and its certificates issued, hour by hour.

Who has got how far is drawn in `seeds.drawing`; here it gets plausible hours, in an order that keeps every rule.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping

from models.enums import ClearanceStatus, Reason
from seeds.certificates import issue
from seeds.desk import desk_act, exempt, put_on_hold, settle
from seeds.drafts import Sheet
from seeds.drawing import FINAL, Course
from seeds.manners import HOLDS, MANNERS, OTHERWISE, Together
from seeds.people import Person
from seeds.season import Season

#: Which part of a season belongs to what, as shares of its working hours.
CLASS_ACTS = (0.25, 0.55)
FINAL_ACTS = (0.58, 1.0)
ISSUED_FROM = 0.70
LINGERING_FROM = 0.5
BEFORE_INCIDENTS = 0.78  # what a hard case has cleared in the usual way, it had cleared by then
HOURS_FOR_EACH = 3
SHARE_HOLD = 0.02
SHARE_DEFERRED = 0.015


def play(season: Season, courses: Iterable[Course]) -> None:
    """Everything that was cleared and issued, act by act."""
    rhythm = Rhythm(season)
    for course in courses:
        _play_course(season, course, rhythm)


class Rhythm:
    """When a class's items are handled together, when its sheets are signed off, when a supervisor sits down to sign: a
    few hours for each."""

    def __init__(self, season: Season) -> None:
        self._season = season
        self._hours: dict[tuple[str, ...], list[int]] = {}

    def of_class(self, person: Person, code: str) -> int:
        """An hour in which clearances of this item are handled for this class."""
        return self._hour((person.college, person.class_name, code), FINAL_ACTS if code == FINAL else CLASS_ACTS)

    def of_supervisor(self, person: Person) -> int:
        """An hour in which this student's supervisor signs."""
        return self._hour((self._season.supervisors[person.student_no][0].username,), CLASS_ACTS)

    def _hour(self, key: tuple[str, ...], within: tuple[float, float]) -> int:
        rng, dates = self._season.rng, self._season.dates
        if key not in self._hours:
            self._hours[key] = [dates.slot_of(rng.uniform(*within)) for _ in range(HOURS_FOR_EACH)]
        return rng.choice(self._hours[key])


def _play_course(season: Season, course: Course, rhythm: Rhythm) -> None:
    sheet, dates = course.sheet, season.dates
    final = rhythm.of_class(sheet.person, FINAL) if course.finished else None
    limit = final if final is not None else len(dates.slots)
    if course.wish.finished is not None:
        limit = min(limit, dates.slot_of(BEFORE_INCIDENTS))
        final = None if final is None else limit
    when: dict[str, int] = {}
    for code in sheet.clearances:
        if code in course.cleared and code != FINAL:
            when[code] = _slot(course, code, rhythm, when, limit, season.rng)
            settle(season, sheet, code, when[code])
    if final is None:
        _linger(season, course)
        return
    settle(season, sheet, FINAL, final)
    if course.issued:
        issue(season, sheet, max(final, dates.slot_of(ISSUED_FROM)))


def _slot(course: Course, code: str, rhythm: Rhythm, when: Mapping[str, int], limit: int, rng: random.Random) -> int:
    """An hour before `limit`, not before that of what comes first. The items stand in the catalogue's order, in which
    what comes first comes first."""
    together = MANNERS.get(code, OTHERWISE).together
    if together is Together.CLASS:
        return min(rhythm.of_class(course.sheet.person, code), limit - 1)
    if together is Together.SUPERVISOR:
        return min(rhythm.of_supervisor(course.sheet.person), limit - 1)
    earliest = max((when.get(first, 0) for first in course.sheet.clearances[code].item.template.after), default=0)
    return rng.randrange(earliest, max(limit, earliest + 1))


def _linger(season: Season, course: Course) -> None:
    """Some of the unfinished have a word said about them: on hold at the library, payment deferred."""
    sheet, rng = course.sheet, season.rng
    if course.wish.cleared is not None:
        return
    if _still_red(sheet, "LIB_BOOKS") and rng.random() < SHARE_HOLD:
        slot = rng.randrange(season.dates.slot_of(LINGERING_FROM), len(season.dates.slots))
        put_on_hold(sheet, "LIB_BOOKS", desk_act(season, sheet, "LIB_BOOKS", slot, "hold"), rng.choice(HOLDS))
    if _still_red(sheet, "FIN_FEES") and rng.random() < SHARE_DEFERRED:
        slot = rng.randrange(season.dates.slot_of(LINGERING_FROM), len(season.dates.slots))
        exempt(season, sheet, "FIN_FEES", Reason.DEFERRED, slot)


def _still_red(sheet: Sheet, code: str) -> bool:
    return code in sheet.clearances and sheet.clearances[code].status is ClearanceStatus.PENDING
