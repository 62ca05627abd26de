"""`python -m tests.benchmarks.policies DATABASE_URL PASSWORD`: what the policies cost, as JSON; a process per database.

The application runs in this process and is asked through its HTTP layer without a socket. "Without" is the same request
with an `Access` that permits everything and asks nothing: what is left of the difference are the decisions, the filters
as SQL, and what the database makes of them. Both are sent in turn, so that a busy machine slows both, and the time is
the processor's in this process (with SQLite the database's too, with PostgreSQL without it). The time spent inside
`Access` is measured besides, at its outermost calls.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Coroutine, Iterable
from functools import lru_cache, partial
from typing import Any

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send
from tortoise.expressions import Q

from app import create_app
from policies import store
from policies.access import Access, Plan
from policies.caller import Caller
from policies.engine import Snapshot
from policies.roles import ROLES
from policies.rules import PolicyTable, read_csv
from policies.scopes import EVERYTHING
from settings import settings
from tests.benchmarks.servers import settings_for
from tests.benchmarks.workloads import NUMBERS, ONE_SHEET

ROUNDS = 300
PAGES = 15
FIELDS = ("student_no", "name", "gender", "level", "college", "major", "class_name", "grade", "id_no_masked", "phone")
PAGE = """{ students(first: 1000) { nodes {
  studentNo name nameLatin gender level major className grade enrolmentStatus idNoMasked } } }"""
SIGN_IN = "mutation ($u: String!, $p: String!) { signIn(input: { username: $u, password: $p }) { csrfToken } }"


class Everything(Access):
    """Permits everything and asks nothing."""

    def can(self, object_name: str, action: str, field_name: str | None = None) -> bool:
        return True

    def rows(self, object_name: str, action: str, fields: Iterable[str] | None = None) -> Q | None:
        return EVERYTHING

    def searchable(self, object_name: str, field_name: str, *, exact: bool) -> Q | None:
        return EVERYTHING

    def plan(self, object_name: str, action: str, fields: Iterable[str]) -> Plan | None:
        return Plan(EVERYTHING, dict.fromkeys(fields))


class Timed(Access):
    """The real one, with a clock at its outermost calls."""

    spent = 0.0
    depth = 0


def _timed(name: str) -> Callable[..., Any]:
    real = getattr(Access, name)

    def call(self: Timed, *given: Any, **more: Any) -> Any:
        Timed.depth += 1
        begin = time.perf_counter()
        try:
            return real(self, *given, **more)
        finally:
            Timed.depth -= 1
            if not Timed.depth:
                Timed.spent += time.perf_counter() - begin

    return call


for _name in ("__init__", "can", "fields", "counts_only", "rows", "searchable", "plan"):
    setattr(Timed, _name, _timed(_name))


# --- decisions


def decided() -> dict[str, float]:
    table = read_csv()
    objects = sorted({rule.object for rule in table.rules})
    asked = [(role, name, "read") for role in ROLES for name in objects]
    snapshot = Snapshot(1, table)
    granted = [each for each in asked if snapshot.decision(*each).grants]
    first = [_microseconds(partial(Snapshot(1, table).decision, *each)) for each in granted]
    again = [_microseconds(partial(snapshot.decision, *each)) for each in granted]
    return {
        "first": statistics.median(first),
        "again": statistics.median(again),
        "plan": _plan(snapshot),
        "plan_more": _plan(Snapshot(1, _longer(table))),
    }


def _longer(table: PolicyTable) -> PolicyTable:
    """With rows of other roles, on the same object and action."""
    model = next(rule for rule in table.rules if (rule.object, rule.action) == ("Student", "read"))
    others = [role for role in ROLES if role not in ("counsellor", "desk", "staff")]
    more = [dataclasses.replace(model, role=others[n % len(others)], row=n) for n in range(1000)]
    return PolicyTable((*table.rules, *more), table.parents)


def _plan(snapshot: Snapshot) -> float:
    """A new caller each time: an Access of his own over a snapshot that has decided before."""
    caller = Caller(1, "x", "x", "counsellor")
    Access(snapshot, caller).plan("Student", "read", FIELDS)
    return statistics.median(
        _microseconds(lambda: Access(snapshot, caller).plan("Student", "read", FIELDS)) for _ in range(ROUNDS)
    )


def _microseconds(ask: Callable[[], object]) -> float:
    begin = time.perf_counter()
    ask()
    return (time.perf_counter() - begin) * 1e6


# --- requests


class Clock:
    """The application; `took` is the time of the last request inside it, the client's own not counted."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.took = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begin = time.process_time()
        await self.app(scope, receive, send)
        self.took = time.process_time() - begin


class Desk:
    """Somebody who asks the application in this process."""

    def __init__(self, app: ASGIApp) -> None:
        self.clock = Clock(app)
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(self.clock), base_url=settings().base_url)

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        answer = (await self._http.post("/graphql", json={"query": document, "variables": variables})).json()
        if "errors" in answer:
            raise SystemExit(f"refused: {answer['errors'][0]['message']}")
        data: dict[str, Any] = answer["data"]
        return data

    async def sign_in(self, username: str, password: str) -> Desk:
        await self.ask(SIGN_IN, u=username, p=password)
        return self


async def requested(password: str) -> dict[str, float]:
    app = create_app(with_panel=False)
    async with app.router.lifespan_context(app):
        office, library = [await Desk(app).sign_in(each, password) for each in ("office", "library")]
        found = (await office.ask(NUMBERS))["sheets"]["nodes"]
        numbers = [each["student"]["studentNo"] for each in found]
        students = [{"no": numbers[n * 7 % len(numbers)]} for n in range(ROUNDS)]
        return {
            **decided(),
            **await _compared("page", office, PAGE, [{}] * PAGES),
            **await _compared("w1", office, ONE_SHEET, students),
            **await _compared("own", library, ONE_SHEET, students),
        }


def _rights(access: type[Access]) -> Callable[[Caller], Coroutine[Any, Any, Access]]:
    """Gives a request its rights as the store does, of that kind: kept for the next request of the same caller."""
    kept = lru_cache(access)

    async def of(caller: Caller) -> Access:
        return kept(await store.for_read(), caller.rights)

    return of


async def _compared(name: str, desk: Desk, document: str, asked: Iterable[dict[str, Any]]) -> dict[str, float]:
    """Medians in ms, the first of each kind not counted; the share is of the differences within each turn."""
    took: dict[type[Access], list[float]] = {Access: [], Everything: [], Timed: []}
    rights = {access: _rights(access) for access in took}
    for variables in asked:
        for access, times in took.items():
            store.access_for_read = rights[access]  # type: ignore[assignment]  # every request asks there
            Timed.spent = 0.0
            await desk.ask(document, **variables)
            times.append((Timed.spent if access is Timed else desk.clock.took) * 1000)
    whole, without, inside = (statistics.median(times[1:]) for times in took.values())
    more = statistics.median(a - b for a, b in zip(took[Access][1:], took[Everything][1:], strict=True))
    return {name: whole, f"{name}_without": without, f"{name}_inside": inside, f"{name}_share": 100 * more / whole}


def main(url: str, password: str) -> None:
    os.environ |= {**settings_for(url), "LIXIAO_LOG_LEVEL": "warning"}
    settings.cache_clear()
    json.dump(asyncio.run(requested(password)), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
