"""The world that is asked: a season of all kinds in which every role has somebody with rows, and no column is empty."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from flask import Flask

from admin_panel.app import make_panel
from admin_panel.client import InProcessClient
from app import installation
from graphql_api import ids, presenting, remembered
from graphql_api.answer import Answer
from graphql_api.context import Credentials
from graphql_api.execute import Api
from graphql_api.registry import Column, Exposed, Kind, ToOne, registry
from graphql_api.schema import build_schema
from models import Batch, Building, College, Department, Event, Operation, PolicyVersion, RoleAssignment, Session, User
from models.enums import OperationKind
from models.rules import tokens
from models.rules.actor import SYSTEM
from models.rules.sessions import hashed
from policies import store
from policies.editing import set_cell
from policies.roles import ROLES
from policies.rules import read_csv
from settings import settings
from tests.policies.expected_matrix.table import NOBODY, SIGNED_IN
from tests.policies.season_of_all_kinds import make_world

LONG_AGO, FAR_OFF = datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
#: What would end a row's use: only the last row of its kind has it.
ENDINGS = frozenset({"withdrawn_at", "revoked_at"})
#: What nobody may alter once it is written.
WRITTEN_ONCE = (Event, PolicyVersion)
#: Who is somebody of the season already.
SEASONED = {"student": "leaver", "supervisor": "supervisor"}
PROGRAM = "campus_app"
#: The first of all accounts, for those who try out what can be done to one.
BYSTANDER = "a-bystander"


@dataclass
class Asked:
    """The application with everybody's way in. `truth`: object → id → what the database holds."""

    api: Api
    panel: Flask
    credentials: Mapping[str, Credentials]
    truth: Mapping[str, Mapping[int, Mapping[str, Any]]]

    async def ask(self, who: str, document: str, **variables: Any) -> Answer:
        """One question, through the one door there is."""
        return await self.api.execute(document, variables, credentials=self.credentials[who])

    def id_of(self, object_name: str, number: int | None = None) -> str:
        """The global id of a row; of the first there is."""
        return ids.encode(object_name, number or min(self.truth.get(object_name) or {1: {}}))


@asynccontextmanager
async def opened() -> AsyncIterator[Asked]:
    """On a connected, migrated and empty database. An answer names every field that failed, not only three."""
    place = await make_world()
    await User.create(username=BYSTANDER, name=BYSTANDER)
    people = {role: await _holder(role, place.ids) for role in SIGNED_IN}
    await _acts_of(people)
    await _publish()
    for each in registry():
        await _fill(each)
    credentials = {role: await _way_in(role, who) for role, who in people.items()}
    truth = {each.name: {row["id"]: row for row in await each.model.all().values()} for each in registry()}
    api = Api(await asyncio.to_thread(build_schema))
    client = InProcessClient(api, asyncio.get_running_loop())
    panel = await asyncio.to_thread(make_panel, client, installation())
    with mock.patch.object(presenting, "MOST_ERRORS", 1_000), mock.patch.object(remembered, "SECONDS", 0):
        yield Asked(api, panel, {**credentials, NOBODY: Credentials()}, truth)
    settings.cache_clear()


async def _holder(role: str, known: Mapping[str, int]) -> User:
    """Somebody who holds the role and nothing else, for the unit that it takes."""
    if role in SEASONED:
        return await User.get(id=known[SEASONED[role]])
    who = await User.create(username=f"the-{role}", name=role)
    units: dict[str, dict[str, Any]] = {
        "college": {"college": await College.get(id=known["college"])},
        "department": {"department": await Department.get(code="GYZX" if role == "dorm_centre" else "TSG")},
        "building": {"building": await Building.get(id=known["building"])},
    }
    named = {} if "none" in ROLES[role].units else units[min(ROLES[role].units)]
    await RoleAssignment.create(user=who, role=role, **named)
    return who


async def _acts_of(people: Mapping[str, User]) -> None:
    """Everybody has done something once."""
    for role, who in people.items():
        act = await Operation.create(kind=OperationKind.SET_CLEARANCES, actor=who, role=role)
        told = {"object": "Clearance", "object_id": 1, "changed": "status", "before": "PENDING", "after": "CLEARED"}
        await Event.create(operation=act, actor=who, role=role, at=LONG_AGO, **told)


async def _publish() -> None:
    """The shipped table is the second version: before it, one right was missing and another was given for a time."""
    shipped = read_csv()
    before = set_cell(shipped, role="dorm_centre", object="Building", action="update", field="beds", allow={})
    before = set_cell(
        before, role="leader", object="Building", action="read", field="beds", allow={"all": FAR_OFF.date()}
    )
    first = await store.put_in_force(before, expected=0, comment="1")
    await store.put_in_force(shipped, expected=first, comment="2")
    await store.STORE.refresh()


async def _way_in(role: str, who: User) -> Credentials:
    """A session in the role; a program has a token for two items."""
    if role == PROGRAM:
        made = await tokens.create_token(SYSTEM, who.username, items=["BOOKS", "CARD"], source="s")
        return Credentials(bearer=made.secret)
    batch = None if role == "student" else await Batch.get(code="2026-06")
    until = datetime.now(UTC) + timedelta(hours=1)
    for token in (role, browser(role)):
        await Session.create(token_hash=hashed(token), user=who, role=role, batch=batch, expires_at=until)
    return Credentials(session=role)


def browser(role: str) -> str:
    """The session of the role's browser: it signs out there, and is asked on elsewhere."""
    return f"{role}'s browser"


# --- no column without a value: an empty one and a hidden one would look alike


async def _fill(exposed: Exposed) -> None:
    rows = await exposed.model.all().order_by("id").values()
    if not rows or exposed.model in WRITTEN_ONCE:
        return
    for name in [*exposed.columns, *exposed.ones]:
        member = exposed[name]
        if member.nullable and all(row[member.column] is None for row in rows):
            chosen = rows[-1:] if name in ENDINGS else rows
            for row in chosen:
                await exposed.model.filter(id=row["id"]).update(**{member.column: await _some(member, row["id"])})


async def _some(member: Column | ToOne, row_id: int) -> Any:
    if isinstance(member, ToOne):
        first = await registry()[member.target].model.all().order_by("id").first()
        return first.id if first else None
    if member.kind is Kind.TEXT:
        return f"x{row_id}"[: member.max_length]
    if member.kind is Kind.MOMENT:
        return FAR_OFF if member.name.endswith(("until", "_deadline", "closes_at", "expires_at")) else LONG_AGO
    others: dict[Kind, Any] = {Kind.NUMBER: 1, Kind.YES_NO: True, Kind.JSON: {"x": 1}, Kind.TEXTS: ["x"]}
    return others[member.kind] if member.kind in others else next(iter(member.choices))  # type: ignore[call-overload]  # an enum's class
