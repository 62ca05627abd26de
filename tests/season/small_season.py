"""A small open season with a desk for each role, to try bad input on; and the proof that nothing was written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from models import Operation
from models.rules import tokens
from models.rules.actor import SYSTEM
from tests import factories as make
from tests.api import OpenDesk, member
from tests.season.story import Acting
from tests.work import at_most

HERE, THERE, NOBODY = "20230001", "20240001", "29999999"
MOST_CALLS = 500_000  # of functions; the largest of these requests takes a third
DATA = ("batch", "item", "item_request", "student", "sheet", "clearance", "certificate", "event", "sync_observation")


@dataclass
class World:
    """A small season, and a desk for each role, signed in when first asked for."""

    api: OpenDesk
    university: make.University
    season: make.SeasonOf
    token: str
    desks: dict[str, Acting]

    async def __call__(self, who: str) -> Acting:
        if who not in self.desks:
            opened = self.api(token=self.token) if who == "app" else self.api(as_=who)
            self.desks[who] = Acting(await opened, sees_operations=False)
        return self.desks[who]


@pytest.fixture
async def world(api: OpenDesk) -> World:
    """College 15 has three students, the other college one; nobody has finished."""
    university = await make.university()
    season = await make.season(university, accepts_applications=True)
    await make.crowd(season.batch, 3, college=university.college, class_name="软件2201")
    await make.crowd(season.batch, 1, prefix="2024", college=university.other_college)
    for who, role, *units in (
        ("office", "office"),
        ("registrar", "registrar"),
        ("library", "operator", university.library),
        ("finance", "operator", university.finance),
        ("counsellor", "counsellor", university.college),
        ("officer", "cert_officer", university.college),
        ("supervisor", "supervisor"),
        ("app", "campus_app", university.library),
    ):
        await member(who, role, *units)
    user = await member("student", "student")
    await make.student("20259999", user=user)
    made = await tokens.create_token(SYSTEM, "app", items=["BOOKS"], source="library")
    return World(api, university, season, made.secret, {})


@asynccontextmanager
async def nothing_written(*, operations: bool = True) -> AsyncIterator[None]:
    """Every row of what is known, and every event, as before; answered without much ado. An act whose rows were refused
    is remembered as an operation, one that was refused as a whole is not."""
    before, made = await make.contents(*DATA), await Operation.all().count()
    with at_most(MOST_CALLS):
        yield
    assert await make.contents(*DATA) == before
    assert not operations or await Operation.all().count() == made


def setting(**more: Any) -> dict[str, Any]:
    """A change of BOOKS for one student, with something else in it."""
    return {"batch": "2026-06", "item": "BOOKS", "status": "CLEARED", "select": {"studentNos": [HERE]}, **more}


def seen(**more: Any) -> dict[str, Any]:
    return {"studentNo": HERE, "settled": True, "observedAt": "2026-06-01T00:00:00Z", **more}


ONE = {"select": {"studentNos": [HERE]}}
