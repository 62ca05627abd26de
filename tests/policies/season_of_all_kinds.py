"""A small university in which every scope finds some rows and misses others: all states of batches and sheets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from models import (
    ALL,
    ApiToken,
    Event,
    ItemRequest,
    Operation,
    RoleAssignment,
    SavedFilter,
    Student,
    SyncObservation,
)
from models.enums import BatchStatus, HandledBy, ItemKind, OperationKind, RequestKind, Share, SheetState
from policies.caller import Caller, TokenLimits, Unit
from tests.factories import (
    SeasonOf,
    University,
    batch,
    certificate,
    department,
    item,
    season,
    sheet,
    student,
    supervise,
    university,
    user,
)

NOW = datetime(2026, 6, 20, 8, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """The rows of every table by model name, and who is who."""

    rows: dict[str, list[dict[str, Any]]]
    ids: dict[str, int]
    MODELS: ClassVar = {
        "college": "College",
        "other_college": "College",
        "library": "Department",
        "finance": "Department",
        "it": "Department",
        "building": "Building",
        "other_building": "Building",
    }

    def found(self, model: str, **columns: Any) -> list[dict[str, Any]]:
        return [row for row in self.rows[model] if all(row[name] == value for name, value in columns.items())]

    def one(self, model: str, row_id: int | None) -> dict[str, Any]:
        [row] = self.found(model, id=row_id)
        return row

    def caller(self, role: str = "operator", who: str = "clerk", **more: Any) -> Caller:
        """Somebody of college 15, the library and BAMBOO3, with a token for BOOKS and CARD."""
        given: dict[str, Any] = {
            "units": frozenset(map(self.unit, ("college", "library", "building"))),
            "token": TokenLimits(1, frozenset({"BOOKS", "CARD"})),
        }
        return Caller(self.ids[who], who, who, role, **{**given, **more})

    def holder_of_two(self, role: str = "operator", who: str = "clerk", **more: Any) -> Caller:
        """The same of two units of each kind."""
        return self.caller(role, who, units=frozenset(map(self.unit, self.MODELS)) - {self.unit("it")}, **more)

    def unit(self, which: str) -> Unit:
        """A college, department or building by its name in `ids`, as a caller holds it."""
        model = self.MODELS[which]
        return Unit(model.lower(), self.ids[which], self.one(model, self.ids[which])["code"])


async def make_world() -> World:
    """Fills an empty, migrated database."""
    place = await university()
    it_office = await department("XXB", "信息办")  # owns nothing but a hint
    supervisor, other = await user("supervisor", "陈导师"), await user("other", "周导师")
    leaver = await user("leaver", "李娜")
    seasons = [
        await season(place, "2026-06"),
        await season(place, "2026-11", status=BatchStatus.PREPARING),
        await season(place, "2025-06", status=BatchStatus.CLOSED),
        await season(place, "2024-06", status=BatchStatus.ARCHIVED),
    ]
    await item(seasons[0].batch, "VPN", it_office, kind=ItemKind.INFO)
    await item(seasons[0].batch, "THESIS", place.library, after=["BOOKS"])
    odd = await _party_last(place)
    people = await _people(place, leaver.id)
    await supervise(people[0], supervisor, other)
    await supervise(people[1], supervisor)
    await supervise(people[2], other)
    await supervise(people[5], supervisor)
    sheets = await _sheets(place, seasons, odd, people)
    for one in sheets:
        await certificate(one)
    await _assignments(place, supervisor.id, leaver.id)
    await _acts(place, seasons[0], sheets)
    await _saved_filters(place.clerk.id, place.colleague.id, supervisor.id, leaver.id)
    for owner, by in ((place.library, place.clerk), (place.finance, place.colleague)):
        asked: dict[str, Any] = {"batch": seasons[1].batch, "department": owner, "requested_by": by}
        await ItemRequest.create(**asked, kind=RequestKind.ADD, reason="x")
    rows = {model.__name__: await model.all().values() for model in ALL}
    ids = {"college": place.college.id, "library": place.library.id, "building": place.building.id, "it": it_office.id}
    ids |= {"other_college": place.other_college.id, "finance": place.finance.id}
    ids |= {"other_building": place.other_building.id}
    ids |= {"clerk": place.clerk.id, "colleague": place.colleague.id, "supervisor": supervisor.id, "leaver": leaver.id}
    return World(rows, ids)


async def _party_last(place: University) -> SeasonOf:
    """A batch whose FINAL item is called PARTY: it decides last all the same."""
    made = await batch("2026-01")
    last = await item(made, "PARTY", place.library, kind=ItemKind.FINAL, handled_by=HandledBy.COLLEGE)
    return SeasonOf(made, {"PARTY": last})


async def _people(place: University, leaver: int) -> list[Student]:
    """Two numbers of the one who signs in, then of both colleges and buildings, one without; the last has no sheet."""
    here, there = place.college, place.other_college
    first = await student("20220001", college=here, building=place.building, user_id=leaver)
    return [
        first,
        await student("20220002", college=here, building=place.other_building),
        await student("20220003", college=there, building=place.building, user_id=leaver, person=first),
        await student("20220004", college=there),
        await student("20220005", college=here, building=place.building),
        await student("20220006", college=here, building=place.building),
        await student("20220007", college=there, building=place.other_building),
        await student("20220008", college=here, building=place.building),
    ]


async def _sheets(place: University, seasons: list[SeasonOf], odd: SeasonOf, people: list[Student]) -> list[Any]:
    opened, preparing, closed, archived = (each.batch for each in seasons)
    moved = await sheet(opened, people[4], state=SheetState.MOVED, holder=None)
    return [
        moved,
        await sheet(opened, people[0]),
        await sheet(opened, people[1], state=SheetState.CANCELLED, holder=None),
        await sheet(opened, people[2], holder=None),
        await sheet(opened, people[3], college=place.college, building=place.building),  # changed college since
        await sheet(opened, people[5]),
        await sheet(preparing, people[0], holder=None),
        await sheet(preparing, people[1]),
        await sheet(closed, people[0], holder=None, late_until=NOW),
        await sheet(closed, people[1], holder=None),
        await sheet(archived, people[0], holder=None),
        await sheet(archived, people[6]),
        await sheet(odd.batch, people[4], holder=None),
    ]


async def _assignments(place: University, supervisor: int, leaver: int) -> None:
    held: list[dict[str, Any]] = [
        {"user": place.clerk, "role": "operator", "department": place.library},
        {"user": place.clerk, "role": "counsellor", "college": place.college},
        {"user": place.colleague, "role": "operator", "department": place.finance},
        {"user": place.colleague, "role": "dorm_centre", "building": place.building},
        {"user_id": supervisor, "role": "supervisor"},
        {"user_id": leaver, "role": "student"},
    ]
    for number, each in enumerate(held):
        await RoleAssignment.create(**each)
        who = {"user": each["user"]} if "user" in each else {"user_id": each["user_id"]}
        await ApiToken.create(**who, role=each["role"], prefix=f"lx_{number}", token_hash=str(number))


async def _acts(place: University, current: SeasonOf, sheets: list[Any]) -> None:
    """Operations and events of two people in two roles, with and without item and sheet; what others observed."""
    acts = [
        (place.clerk, "operator", "BOOKS"),
        (place.clerk, "counsellor", "PARTY"),
        (place.colleague, "operator", "CARD"),
        (place.colleague, "operator", "FEES"),
        (None, "system", None),
    ]
    for number, (who, role, code) in enumerate(acts):
        on = current[code] if code else None
        operation = await Operation.create(kind=OperationKind.SET_CLEARANCES, actor=who, role=role, item=on)
        for of in (sheets[number], sheets[number + 5], None):
            await Event.create(
                operation=operation, object="Clearance", object_id=1, sheet=of, item=on, actor=who, role=role, at=NOW
            )
    for number, code in enumerate(["BOOKS", "FEES", "CARD", "BOOKS", "SIGN"]):
        who_id = sheets[number].student_id
        await SyncObservation.create(source="s", item=current[code], student_id=who_id, settled=True, observed_at=NOW)


async def _saved_filters(clerk: int, colleague: int, supervisor: int, leaver: int) -> None:
    """Of each kind of sharing some of one's own and some of others'."""
    kept = [
        (clerk, Share.PRIVATE, ""),
        (clerk, Share.ROLE, "operator"),
        (clerk, Share.ROLE, "counsellor"),
        (clerk, Share.EVERYONE, ""),
        (colleague, Share.PRIVATE, ""),
        (colleague, Share.ROLE, "operator"),
        (colleague, Share.ROLE, "office"),
        (colleague, Share.EVERYONE, ""),
        (supervisor, Share.PRIVATE, ""),
        (supervisor, Share.ROLE, "supervisor"),
        (leaver, Share.PRIVATE, ""),
    ]
    for number, (owner, share, role) in enumerate(kept):
        await SavedFilter.create(owner_id=owner, object="Sheet", name=str(number), share=share, role=role)
