"""`python -m tests.benchmarks.by_hand DATABASE_URL PORT`: the limit to compare with. A bare server on the same data,
with SQL written by hand (see by_hand_sql and by_hand_marks), no authentication, no policies, no GraphQL, no log; the
HTTP server is Lixiao's own, with the same settings.

`POST /<workload>` takes what the API takes and gives what the API gives.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from models.database_url import DatabaseUrl, Dialect, parse
from tests.benchmarks.by_hand_marks import EMPTY_FOUND, FOUND_TABLE, mark_on_postgresql, mark_on_sqlite
from tests.benchmarks.by_hand_sql import read_statements
from tests.benchmarks.servers import BY_HAND, serve

STATUSES = {"PENDING": 1, "NOT_REQUIRED": 2, "CLEARED": 3}
ACTOR = 1
SHORT, IN_FULL = "W5", "W5 in full"


class Database(ABC):
    """Opens itself, reads one JSON text, marks in one transaction."""

    @abstractmethod
    async def open(self) -> None: ...

    @abstractmethod
    async def read(self, workload: str, values: list[Any]) -> str | None: ...

    @abstractmethod
    async def mark(self, workload: str, values: dict[str, Any]) -> int: ...


class Sqlite(Database):
    """Reads where it is asked, in the event loop: a thread would cost 45 µs. Reading and writing have a connection
    each."""

    def __init__(self, address: DatabaseUrl) -> None:
        self._file = str(address.path)
        self._reads = read_statements(Dialect.SQLITE)
        self._marks = {SHORT: mark_on_sqlite(in_full=False), IN_FULL: mark_on_sqlite(in_full=True)}

    async def open(self) -> None:
        self._reader, self._writer = (self._connected() for _ in range(2))
        self._reader.execute("PRAGMA query_only = 1")
        self._writer.execute(FOUND_TABLE)

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, isolation_level=None, timeout=5)
        for pragma in ("synchronous = NORMAL", "mmap_size = 268435456", "cache_size = -65536", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    async def read(self, workload: str, values: list[Any]) -> str | None:
        found: str | None = self._reader.execute(self._reads[workload].text, values).fetchone()[0]
        return found

    async def mark(self, workload: str, values: dict[str, Any]) -> int:
        given = _given(values, datetime.now(UTC).isoformat(" "), orjson.dumps(values["select"]["studentNos"]).decode())
        operation, *others = self._marks[workload]
        self._writer.execute("BEGIN IMMEDIATE")
        with self._writer:
            [(made,)] = self._writer.execute(operation.text, operation.arranged(given)).fetchall()
            for statement in others:
                done = self._writer.execute(statement.text, statement.arranged([*given, made]))
            self._writer.execute(EMPTY_FOUND)
        return done.rowcount


class Postgresql(Database):
    """A pool as large as the program's own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._reads = read_statements(Dialect.POSTGRESQL)
        self._marks = {SHORT: mark_on_postgresql(in_full=False), IN_FULL: mark_on_postgresql(in_full=True)}

    async def open(self) -> None:
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=10,
            reset=_nothing,
            server_settings={"timezone": "UTC", "application_name": BY_HAND},
        )

    async def read(self, workload: str, values: list[Any]) -> str | None:
        found: str | None = await self._pool.fetchval(self._reads[workload].text, *values)
        return found

    async def mark(self, workload: str, values: dict[str, Any]) -> int:
        given = _given(values, datetime.now(UTC), values["select"]["studentNos"])
        return int(await self._pool.fetchval(self._marks[workload].text, *given[: 8 if workload == IN_FULL else 7]))


def _given(values: dict[str, Any], now: Any, numbers: Any) -> list[Any]:
    """The parameters of by_hand_marks."""
    word = values["status"]
    key = values.get("idempotencyKey")
    return [values["batch"], values["item"], numbers, STATUSES[word], word, now, ACTOR, key]


async def _nothing(_connection: asyncpg.Connection) -> None:
    """Sessions hold no state, so there is nothing to reset when one returns to the pool."""


# --- answers: the parameters taken from the variables, and what stands around the JSON

Shape = tuple[Callable[[dict[str, Any]], list[Any]], str]
ROWS = '{"data":{"sheets":{"nodes":%s}}}'
GROUPS = '{"data":{"clearanceGroups":%s}}'
SHAPES: dict[str, Shape] = {
    "W1": (lambda given: [given["no"]], '{"data":{"sheet":%s}}'),
    "W1 library": (lambda given: [given["no"]], '{"data":{"sheet":%s}}'),
    "W2": (lambda given: [given["college"], given["item"]], ROWS),
    "W3": (lambda given: [given["offset"]], ROWS),
    "W4": (lambda given: [given["batch"]], '{"data":{"items":{"nodes":%s}}}'),
    "W4 by college": (lambda given: [given["batch"]], GROUPS),
    "W6 by level": (lambda given: [given["batch"]], GROUPS),
    "W6": (lambda given: [given["batch"], given["college"]], GROUPS),
}
MARKED = '{"data":{"setClearances":{"applied":%d,"unchanged":0,"refused":0}}}'


def application(database: Database) -> Starlette:
    async def answer(request: Request) -> Response:
        given = orjson.loads(await request.body())["variables"]
        workload = request.path_params["workload"]
        if workload in (SHORT, IN_FULL):
            return Response(MARKED % await database.mark(workload, given["input"]), media_type="application/json")
        parameters, around = SHAPES[workload]
        found = await database.read(workload, parameters(given))
        return Response(around % (found or "[]"), media_type="application/json")

    @contextlib.asynccontextmanager
    async def opened(_app: Starlette) -> AsyncIterator[None]:
        await database.open()
        yield

    routes = [Route("/readyz", lambda _request: Response()), Route("/{workload}", answer, methods=["POST"])]
    return Starlette(routes=routes, lifespan=opened)


def main(url: str, port: str) -> None:
    address = parse(url)
    database = Sqlite(address) if address.dialect is Dialect.SQLITE else Postgresql(url)
    serve(application(database), port)


if __name__ == "__main__":
    main(*sys.argv[1:])
