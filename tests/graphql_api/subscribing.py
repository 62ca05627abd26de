"""Somebody who subscribes: a small season, those who look at it, and what they are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from models import Sheet, change_bus
from models.enums import ClearanceStatus
from tests import api as people
from tests import factories as make
from tests.api import Desk, OpenDesk
from tests.graphql_api.sockets import Socket

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus

CHANGED = """subscription ($where: ClearanceFilter, $after: String) { clearanceChanged(where: $where, after: $after) {
  clearance { status item { code } sheet { student { studentNo } } } event { before after } cursor
} }"""
CURSORS = "subscription ($after: String) { clearanceChanged(after: $after) { cursor } }"
GROUPS = "subscription ($where: ItemFilter) { groupsChanged(where: $where) { items { code } } }"
SET = """mutation ($input: SetClearancesInput!) { setClearances(input: $input) {
  applied refused operation { id } rows { code }
} }"""


@dataclass
class World:
    """A small season, and those who look at it."""

    uni: make.University
    season: make.SeasonOf
    sheets: list[Sheet]
    open: OpenDesk

    async def someone(self, username: str, role: str, *units: people.Unit) -> Desk:
        await people.member(username, role, *units)
        return await self.open(as_=username)

    async def library(self) -> Desk:
        return await self.someone("library", "operator", self.uni.library)

    async def office(self) -> Desk:
        return await self.someone("office", "office")

    def numbers(self) -> list[str]:
        return [f"2022000{n}" for n in range(len(self.sheets))]


@pytest.fixture
async def world(api: OpenDesk) -> World:
    uni = await make.university()
    season = await make.season(uni)
    students = [await make.student(f"2022000{n}", building=uni.building) for n in range(3)]
    students[2].college = uni.other_college
    await students[2].save()
    return World(uni, season, await make.sheets(season.batch, students), api)


async def act(desk: Desk, item: str, status: str, *numbers: str, **more: Any) -> dict[str, Any]:
    asked = {"batch": "2026-06", "item": item, "status": status, "select": {"studentNos": list(numbers)}}
    return dict((await desk.query(SET, input={**asked, **more}))["setClearances"])


def shown(data: dict[str, Any]) -> tuple[str, str, str, dict[str, str] | None]:
    """Student, item, status and event of one answer."""
    change = data["clearanceChanged"]
    clearance = change["clearance"]
    who = clearance["sheet"]["student"]["studentNo"]
    return who, clearance["item"]["code"], clearance["status"], change.get("event")


async def told(socket: Socket, name: str = "1") -> tuple[str, str, str, dict[str, str] | None]:
    return shown(await socket.told(name))


TO_CLEARED = {"before": "PENDING", "after": "CLEARED"}
TO_PENDING = {"before": "CLEARED", "after": "PENDING"}


async def nothing_more(socket: Socket, desk: Desk) -> None:
    """The next thing that is told is this change, of nobody else."""
    await act(desk, "BOOKS", "CLEARED", "20220002")
    assert (await told(socket))[:3] == ("20220002", "BOOKS", "CLEARED")


def bus_of(desk: Desk) -> change_bus.Bus:
    transport: Any = desk.http._transport
    bus = transport.app.state.api.bus
    assert isinstance(bus, change_bus.Bus)
    return bus


def code_of(answer: dict[str, Any]) -> str | None:
    errors = answer.get("errors") or []
    return str(errors[0]["extensions"]["code"]) if errors else None
