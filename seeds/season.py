"""A season while it is being drawn: its batch, the people at its desk, its sheets with their clearances as born.

What happens to the sheets stands in `seeds.course`, `seeds.desk` and `seeds.certificates`.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.enums import CertificateKind, Level, OperationKind
from models.rules.sheets import born
from seeds.accounts import Account, Staff
from seeds.drafts import Clearance, Item, Sheet, change_sheet
from seeds.ledger import Act, Ledger
from seeds.people import Person
from seeds.timetable import SeasonDates


@dataclass(slots=True)
class Ids:
    """The next free id of each table, counted over all seasons."""

    sheet: int = 0
    clearance: int = 0
    certificate: int = 0


@dataclass(slots=True)
class Numbers:
    """Certificate numbers as a registrar's printing office gives them out: school, year, level, running number."""

    school: str
    year: str
    running: dict[tuple[CertificateKind, Level], int] = field(default_factory=dict)

    LEVELS = {Level.UG: ("05", "4"), Level.M: ("02", "3"), Level.D: ("01", "2")}

    def next(self, kind: CertificateKind, level: Level) -> str:
        """Eighteen digits for a graduation certificate, sixteen for a degree; the series of the others begin with 9."""
        number = self.running[kind, level] = self.running.get((kind, level), 0) + 1
        diploma, degree = self.LEVELS[level]
        if kind is CertificateKind.DEGREE:
            return f"{self.school}{degree}{self.year}{number:06d}"
        series = number + (0 if kind is CertificateKind.GRADUATION else 900_000)
        return f"{self.school}1{self.year}{diploma}{series:06d}"


@dataclass(slots=True)
class Season:
    """A batch while it is being drawn."""

    dates: SeasonDates
    batch_id: int
    items: Mapping[str, Item]
    college_ids: Mapping[str, int]
    staff: Staff
    supervisors: Mapping[str, Sequence[Account]]
    ledger: Ledger
    numbers: Numbers
    ids: Ids
    rng: random.Random
    sheets: list[Sheet] = field(default_factory=list)

    def act(self, key: tuple[object, ...], kind: OperationKind, slot: int, minute: int, **columns: object) -> Act:
        """The act of this key in this batch, begun at a random second of the minute when there is none yet. What the
        demonstration's own accounts did can be looked at and undone, the registrars' long lists aside."""
        at = self.dates.at(slot, minute, self.rng.randrange(60))
        act = self.ledger.act((self.batch_id, *key), kind, at, batch=self.batch_id, **columns)
        act.keeps_rows = act.actor is not None and act.actor.demo and kind is not OperationKind.IMPORT_CERTIFICATES
        return act


# --- how an act says whom it chose


def by_class(season: Season, person: Person) -> dict[str, object]:
    """The selector of an act on a person's class."""
    return {"college": season.college_ids[person.college], "class_name": person.class_name}


def by_number(person: Person) -> dict[str, object]:
    """The selector of an act on one person."""
    return {"student_nos": [person.student_no]}


# --- sheets


def roster_act(season: Season, person: Person) -> Act:
    """The loading of the roster of a person's college."""
    return season.ledger.act(
        (season.batch_id, "roster", person.college),
        OperationKind.LOAD_ROSTER,
        season.dates.roster,
        actor=season.staff.by_username["office"],
        role="office",
        batch=season.batch_id,
        parameters={"college": person.college},
    )


def make_sheet(season: Season, person: Person, student_id: int, holder: int | None, act: Act) -> Sheet:
    """One sheet with its clearances, as part of `act`: red where an item applies, grey by rule where not."""
    season.ids.sheet += 1
    sheet = Sheet(
        season.ids.sheet, person, student_id, season.batch_id, act.at, holder, verify_token=secrets.token_hex(16)
    )
    facts = person.facts()
    for item in season.items.values():
        if item.template.kind.has_state:
            season.ids.clearance += 1
            status = born(item.facts, facts)
            sheet.clearances[item.code] = Clearance(
                season.ids.clearance, item, status, decided_at=act.at, updated_at=act.at
            )
    change_sheet(sheet, act, None)
    season.sheets.append(sheet)
    return sheet
