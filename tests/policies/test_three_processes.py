"""Three processes go by a published change: their reads soon, their writes at once.

On PostgreSQL three servers, asked over HTTP; on SQLite, where one process serves a file, three that look at the policy.
The delays are printed (`pytest -s`); how long they are on this machine is not asserted.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from types import ModuleType
from typing import Any

import httpx

from models import Clearance, RoleAssignment
from models.database_url import Dialect
from models.enums import ClearanceStatus
from models.rules.actor import SYSTEM
from models.rules.tokens import create_token
from policies import store
from policies.rules import PolicyTable, checked, parse_csv, read_csv
from tests import factories
from tests.served import PATIENCE, reserved_port

SHIPPED = read_csv()
PHONE = "operator,Student,phone,read,own_department_students,allow,"
CLEAR = "operator,Clearance,*,clear,own_department_items,allow,"


def table(*lines: str, without: str = "") -> PolicyTable:
    gone = set(parse_csv([without]).rules) if without else set()
    own = [rule for line in lines for rule in parse_csv([line]).rules]
    return checked([*own, *(rule for rule in SHIPPED.rules if rule not in gone)], SHIPPED.parents)


async def test_all_go_by_a_published_change(database: ModuleType, database_url: str):
    await store.publish_default()
    if database.dialect() is Dialect.POSTGRESQL:
        await three_servers(database_url)
    else:
        await three_who_look_on(database_url)


# --- three servers


async def three_servers(url: str) -> None:
    clearance, bearer = await a_desk()
    async with AsyncExitStack() as stack:
        starting = [stack.enter_async_context(server(url, bearer)) for _ in range(3)]
        servers = [await each for each in starting]
        assert [await phone_code(each) for each in servers] == ["FORBIDDEN"] * 3

        await store.put_in_force(table(PHONE), expected=1, comment="x")
        published = time.perf_counter()
        delays = await asyncio.gather(*(until_seen(each, published) for each in servers))
        tell(delays)

        await store.put_in_force(table(without=CLEAR), expected=2, comment="x")
        answers = await asyncio.gather(*(clear(each) for each in servers))
        assert answers == ["FORBIDDEN"] * 3
        assert (await Clearance.get(id=clearance)).status is ClearanceStatus.PENDING
        for each in servers:
            assert (await each.get("/readyz")).json() == {"database": True, "migrations": True, "policy": True}


async def a_desk() -> tuple[int, str]:
    """An open item of one student, and the token of the operator who clears it."""
    uni = await factories.university()
    season = await factories.season(uni)
    sheet = await factories.sheet(season.batch, await factories.student("20220001"))
    await RoleAssignment.create(user=uni.clerk, role="operator", department=uni.library)
    token = await create_token(SYSTEM, uni.clerk.username, role="operator")
    return (await Clearance.get(sheet=sheet, item=season["BOOKS"])).id, token.secret


@asynccontextmanager
async def server(url: str, bearer: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server in a process of its own."""
    with reserved_port() as port:
        settings = {"LIXIAO_DATABASE_URL": url, "LIXIAO_SECRET_KEY": secrets.token_urlsafe(48)}
        command = ["-m", "cli", "serve", "--port", str(port)]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, env=os.environ | settings, stdout=DEVNULL, stderr=PIPE
        )
        headers = {"Authorization": f"Bearer {bearer}"}
        try:
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=PATIENCE
            ) as client:
                await answers(client, process)
                yield client
        finally:
            process.terminate()
            _, log = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode in (0, -signal.SIGTERM), log.decode()[-2000:]


async def answers(client: httpx.AsyncClient, process: Process) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.returncode is None:
        try:
            if (await client.get("/readyz")).status_code == 200:
                return
        except httpx.TransportError:
            await asyncio.sleep(0.1)
    raise AssertionError("the server did not start")


async def code(client: httpx.AsyncClient, query: str) -> str | None:
    answer: dict[str, Any] = (await client.post("/graphql", json={"query": query})).json()
    errors = answer.get("errors")
    return str(errors[0]["extensions"]["code"]) if errors else None


async def phone_code(client: httpx.AsyncClient) -> str | None:
    return await code(client, "{ students(first: 1) { nodes { phone } } }")


async def clear(client: httpx.AsyncClient) -> str | None:
    act = 'setClearances(input: {batch: "2026-06", item: "BOOKS", status: CLEARED, select: {studentNos: ["20220001"]}})'
    return await code(client, f"mutation {{ {act} {{ applied }} }}")


async def until_seen(client: httpx.AsyncClient, published: float) -> float:
    while await phone_code(client) is not None:
        assert time.perf_counter() - published < PATIENCE, "it never saw the change"
    return time.perf_counter() - published


def tell(delays: list[float]) -> None:
    sys.stdout.write(f"\nseen after {', '.join(f'{each * 1000:.0f} ms' for each in delays)}\n")


# --- three who look on


async def three_who_look_on(url: str) -> None:
    command = [sys.executable, "-m", "tests.policies.looking_on", url]
    processes = [await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE) for _ in range(3)]
    said = [saying(each) for each in processes]
    try:
        assert [await each() for each in said] == ["ready 1"] * 3
        await store.put_in_force(table(PHONE), expected=1, comment="x")
        published = time.time()
        heard = [await each() for each in said]
        assert [each.split(" at ")[0] for each in heard] == ["read 2"] * 3
        tell([float(each.split(" at ")[1]) - published for each in heard])

        await store.put_in_force(table(without=CLEAR), expected=2, comment="x")
        for each in processes:
            assert each.stdin is not None
            each.stdin.write(b"write\n")
        assert [await each() for each in said] == ["write 3"] * 3
    finally:
        for each in processes:
            await asyncio.wait_for(each.communicate(), PATIENCE)
    assert [each.returncode for each in processes] == [0, 0, 0]


def saying(process: Process) -> Callable[[], Awaitable[str]]:
    async def line() -> str:
        assert process.stdout is not None
        return (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode().strip()

    return line
