"""Builds the demonstration: draws the university's four seasons and writes them in one transaction, all or nothing.

`build` needs a connected, migrated database without students. The same seed, size and day give the same demonstration,
except for what must be unguessable (the tokens of the verify page, the password's hash).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from models import database
from models.enums import BatchStatus, Level, OperationKind, SheetOrigin
from models.rules import counters
from models.rules.loading import load_season
from models.rules.passwords import hash_password
from policies import store
from seeds import batches, observations, requests, tables
from seeds.accounts import Account, Staff, make_staff, supervisors_of
from seeds.certificates import entitle, print_certificates
from seeds.course import play
from seeds.desk import clean_up
from seeds.drafts import Item, Sheet
from seeds.drawing import Shares, draw_courses
from seeds.hard_cases import HardCase, hard_cases
from seeds.incidents import Story, befall
from seeds.ledger import Act, Ledger
from seeds.people import Cohort, Numbering, Person, assign_rooms, cohort_people
from seeds.problems import NotEmpty, TooSmall
from seeds.season import Ids, Numbers, Season, by_number, make_sheet, roster_act
from seeds.tables import StudentRow, Units
from seeds.timetable import SeasonDates, Timetable, timetable
from seeds.university import University, ids_by_code, load, write_items, write_units

#: How many leave in the smaller seasons, as shares of the main one, and under which numbers each season's people go.
SMALLER = {"2025-06": 0.05, "2025-12": 0.04, "2026-12": 0.03}
PREFIXES: Mapping[str, Mapping[Level, str]] = {
    "2025-06": {Level.UG: "21", Level.M: "S22", Level.D: "B20"},
    "2025-12": {Level.M: "S22", Level.D: "B20"},
    "2026-06": {Level.UG: "22", Level.M: "S23", Level.D: "B21"},
    "2026-12": {Level.M: "S24", Level.D: "B22"},
}
SMALLEST = 45

#: The open season in the middle: shares cleared of those an item applies to, of all sheets for the last two.
MIDDLE = Shares(
    items={
        "LIB_BOOKS": 0.965, "LIB_THESIS": 0.86, "FIN_FEES": 0.953, "FIN_ADVANCE": 0.82, "AID_LOAN": 0.99,
        "DORM_OUT": 0.60, "ASSET_LAB": 0.78, "TEXTBOOK": 0.98, "GOWN": 0.72, "SUPERVISOR": 0.80, "PARTY": 0.70,
        "LEAGUE": 0.76, "HUKOU": 0.66, "ARCHIVE": 0.83, "REG_FORM": 0.88, "CARD": 0.56, "MEDICAL": 0.85,
        "VISA": 0.70, "STU_CARD": 0.67,
    },
    optional={"CAREER": 0.84, "ALUMNI": 0.38},
    final=0.45,
    issued=0.30,
)  # fmt: skip
#: A season that is over: nearly everybody has left with everything.
OVER = Shares(
    items={**dict.fromkeys(MIDDLE.items, 0.99), "CARD": 0.975},
    optional={"CAREER": 0.95, "ALUMNI": 0.45},
    final=0.97,
    issued=0.93,
)

SHARES = {BatchStatus.ARCHIVED: OVER, BatchStatus.CLOSED: OVER, BatchStatus.OPEN: MIDDLE}

Progress = Callable[[str], None]
"""Told the name of each stage as it begins."""

STAGES = (
    *("people", "accounts", "items", "courses", "sheets", "clearances", "certificates", "operations", "events"),
    *("operation rows", "observations", "counters", "policy"),
)


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What was built, for whoever prints it."""

    university: University
    staff: Staff
    students: int
    sheets: int
    clearances: int
    events: int


async def build(
    *,
    students: int = 15_500,
    seed: int = 1,
    password: str,
    today: date,
    university: University | None = None,
    progress: Progress = lambda stage: None,
) -> Demonstration:
    """Fills an empty, migrated database. `today` is the day from which what is yet to come is counted.

    Raises NotEmpty, or TooSmall for fewer than SMALLEST students.
    """
    if students < SMALLEST:
        raise TooSmall(f"the demonstration needs at least {SMALLEST} students, for its hard cases")
    password_hash = await hash_password(password)
    async with database.transaction():
        await _require_empty()
        draft = Draft(university or load(), students, seed, timetable(today), progress)
        await draft.write(password_hash)
        return Demonstration(
            draft.university,
            draft.staff,
            students=len(draft.students),
            sheets=draft.ids.sheet,
            clearances=draft.ids.clearance,
            events=sum(len(act.changes) for act in draft.acts),
        )


async def _require_empty() -> None:
    [(there,)] = await database.fetch("SELECT (SELECT count(*) FROM student) + (SELECT count(*) FROM batch)")
    if there:
        raise NotEmpty("the database is not empty: a demonstration is built into a database of its own (--database)")


@dataclass(slots=True)
class Draft:
    """The whole demonstration in memory, and the order in which it comes about."""

    university: University
    size: int
    seed: int
    calendar: Timetable
    progress: Progress
    ledger: Ledger = field(default_factory=Ledger)
    ids: Ids = field(default_factory=Ids)
    staff: Staff = field(default_factory=Staff)
    cases: list[HardCase] = field(default_factory=list)
    cohorts: dict[str, list[Person]] = field(default_factory=dict)
    students: dict[str, StudentRow] = field(default_factory=dict)
    supervisors: dict[str, list[Account]] = field(default_factory=dict)
    seasons: dict[str, Season] = field(default_factory=dict)
    numbers: dict[str, Numbers] = field(default_factory=dict)
    sheets: dict[str, Sheet] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)

    def rng(self, subject: str) -> random.Random:
        """A stream of chance of its own for each subject, so that a change of one leaves the others alone."""
        return random.Random(f"{self.seed}:{subject}")  # noqa: S311  # a demonstration, not a secret

    async def write(self, password_hash: str) -> None:
        self.progress("people")
        self._draw_people()
        self.progress("accounts")
        at = self.calendar.archived.roster - timedelta(days=60)
        await write_units(self.university, at)
        units = Units(await ids_by_code("college"), await ids_by_code("department"), await ids_by_code("building"))
        await self._write_people(units, password_hash, at)
        self.progress("items")
        batch_ids = await batches.write_batches(self.calendar)
        for dates in self.calendar.seasons:
            self.seasons[dates.code] = await self._season(dates, batch_ids[dates.code], units)
        self.progress("courses")
        for code in self.seasons:
            self._play(code)
        self._befall()
        batches.record_lives(self.calendar, batch_ids, self.ledger, self.staff)
        self.acts = self.ledger.numbered()
        await self._write_seasons(units)
        self.progress("policy")
        await tables.advance_sequences()
        await store.publish_default()

    # --- people

    def _draw_people(self) -> None:
        numbering = Numbering(self.rng("numbers"))
        self.cases = hard_cases(numbering)
        for code, prefixes in PREFIXES.items():
            here = [case.person for case in self.cases if case.season == code]
            wanted = self.size - len(here) if code not in SMALLER else max(4, round(SMALLER[code] * self.size))
            drawn = cohort_people(self.university, Cohort(prefixes, wanted), numbering, self.rng(f"people {code}"))
            self.cohorts[code] = here + drawn
            assign_rooms(self.cohorts[code], self.university.buildings)
        everybody = [person for people in self.cohorts.values() for person in people]
        self.staff = make_staff(self.university, everybody, self.rng("staff"))
        everybody += [case.person for case in self.cases if case.season is None]
        accounts = {case.person.student_no: case.account for case in self.cases}
        first: dict[str, int] = {}
        for number, person in enumerate(everybody, start=1):
            account = accounts.get(person.student_no)
            user = self.staff.by_username[account].id if account else None
            known = first.setdefault(person.id_no, number)
            self.students[person.student_no] = StudentRow(number, person, known if known != number else None, user)

    async def _write_people(self, units: Units, password_hash: str, at: datetime) -> None:
        await tables.write_accounts(self.staff.accounts, units, password_hash, at)
        await tables.write_students(self.students.values(), units, at)
        rng = self.rng("supervisors")
        named = {case.person.student_no: case.supervisors for case in self.cases if case.supervisors}
        for number, row in self.students.items():
            found = [self.staff.by_username[username] for username in named.get(number, ())]
            self.supervisors[number] = found or supervisors_of(self.staff, row.person, rng)
        pairs = ((self.students[number].id, each.id) for number, found in self.supervisors.items() for each in found)
        await tables.write_supervisions(pairs, at)

    # --- seasons

    async def _season(self, dates: SeasonDates, batch_id: int, units: Units) -> Season:
        ids = await write_items(self.university, batch_id, dates.roster - timedelta(days=20))
        facts = (await load_season(batch_id)).items
        return Season(
            dates=dates,
            batch_id=batch_id,
            items={each.code: Item(each, facts[ids[each.code]]) for each in self.university.items},
            college_ids=units.colleges,
            staff=self.staff,
            supervisors=self.supervisors,
            ledger=self.ledger,
            numbers=self.numbers.setdefault(dates.code[:4], Numbers(self.university.code, dates.code[:4])),
            ids=self.ids,
            rng=self.rng(f"season {dates.code}"),
        )

    def _play(self, code: str) -> None:
        season = self.seasons[code]
        cases = {case.person.student_no: case for case in self.cases if case.season == code}
        for person in self.cohorts[code]:
            case = cases.get(person.student_no)
            self._make_sheet(season, person, case)
        if season.dates.status is BatchStatus.PREPARING:
            clean_up(season)
            return
        wishes = {number: case.wish for number, case in cases.items()}
        courses = draw_courses(season.sheets, SHARES[season.dates.status], wishes, season.rng)
        by_hand = {number for number, case in cases.items() if case.by_hand}
        for course in courses:
            if course.sheet.person.student_no not in by_hand:
                print_certificates(season, course)
        play(season, courses)

    def _make_sheet(self, season: Season, person: Person, case: HardCase | None) -> None:
        row = self.students[person.student_no]
        origin = case.origin if case else SheetOrigin.ROSTER
        act = self._origin_act(season, person, origin, case)
        holder = None if season.dates.status is BatchStatus.ARCHIVED else row.holder
        sheet = make_sheet(season, person, row.id, holder, act)
        sheet.origin = origin
        if season.dates.status is not BatchStatus.PREPARING:
            entitle(season, sheet, case.kinds if case else None)
        if case:
            self.sheets[case.key] = sheet

    def _origin_act(self, season: Season, person: Person, origin: SheetOrigin, case: HardCase | None) -> Act:
        if origin is SheetOrigin.SELF and case and case.account:
            applicant = self.staff.by_username[case.account]
            kind, role, key = OperationKind.APPLY_TO_LEAVE, "student", person.student_no
        elif origin is SheetOrigin.COLLEGE_IMPORT:
            applicant = self.staff.of_college("data_keeper", person.college)
            kind, role, key = OperationKind.IMPORT_PEOPLE, "data_keeper", person.college
        else:
            return roster_act(season, person)
        return season.act((origin, key), kind, 0, 1, actor=applicant, role=role, selector=by_number(person))

    def _befall(self) -> None:
        codes = {case.key: case.season for case in self.cases if case.season}
        coming = self.seasons[self.calendar.preparing.code]
        befall({key: Story(sheet, self.seasons[codes[key]], coming) for key, sheet in self.sheets.items()})

    # --- writing

    async def _write_seasons(self, units: Units) -> None:
        seasons = list(self.seasons.values())
        sheets = [sheet for season in seasons for sheet in season.sheets]
        self.progress("sheets")
        await tables.write_sheets(seasons, units)
        self.progress("clearances")
        await tables.write_clearances(sheets)
        self.progress("certificates")
        await tables.write_certificates(sheets)
        self.progress("operations")
        await tables.write_operations(self.acts)
        self.progress("events")
        await tables.write_events(self.acts)
        self.progress("operation rows")
        await tables.write_operation_rows(self.acts)
        self.progress("observations")
        await self._write_observations()
        await self._write_requests(units)
        self.progress("counters")
        await counters.rebuild()

    async def _write_observations(self) -> None:
        disagreeing = frozenset({self.sheets[observations.DISAGREEMENT].id})
        season = self.seasons[self.calendar.open.code]
        rows = observations.observations(season, disagreeing, self.rng("observations"))
        await tables.copy("sync_observation", observations.COLUMNS, rows)

    async def _write_requests(self, units: Units) -> None:
        season = self.seasons[self.calendar.preparing.code]
        items = {code: item.id for code, item in season.items.items()}
        at = season.dates.roster - timedelta(days=10)
        rows = requests.request_rows(season.batch_id, items, units.departments, self.staff, at)
        await tables.copy("item_request", requests.COLUMNS, rows)
