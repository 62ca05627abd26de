"""The databases that are measured: a season built for this run and thrown away after it, or one that is kept."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from models.database_url import Dialect, parse
from tests.benchmarks.processor import Backends
from tests.fresh_databases import FreshPostgresql

PASSWORD = "only for measuring"
KEPT = Path("var/benchmark.db")
NAMES = {Dialect.SQLITE: "SQLite", Dialect.POSTGRESQL: "PostgreSQL"}


@dataclass(frozen=True, slots=True)
class Source:
    """One database to measure; opening it builds the season where there is none, and closing it leaves what is kept."""

    name: str
    opened: AbstractContextManager[str]


def kept(url: str, students: int) -> Source:
    """The demonstration at this URL, which stays; migrated when it is older than the code, built when there is none."""
    return Source(NAMES[parse(url).dialect], _kept(url, students))


@contextmanager
def _kept(url: str, students: int) -> Iterator[str]:
    address = parse(url)
    if address.dialect is Dialect.SQLITE:
        address.path.parent.mkdir(parents=True, exist_ok=True)
    else:
        asyncio.run(_create_unless_there(url))
    if address.dialect is Dialect.POSTGRESQL or address.path.exists():
        environment = {**os.environ, "LIXIAO_DATABASE_URL": url}
        command = [sys.executable, "-m", "cli", "migrate"]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    build(url, students, "--keep")
    yield url


async def _create_unless_there(url: str) -> None:
    try:
        connection = await asyncpg.connect(url)
    except asyncpg.InvalidCatalogNameError:
        connection = await asyncpg.connect(urlunsplit(urlsplit(url)._replace(path="/postgres")))
        await connection.execute(f'CREATE DATABASE "{parse(url).credentials["database"]}"')
    await connection.close()


def fresh_sqlite(students: int) -> Source:
    return Source(NAMES[Dialect.SQLITE], _fresh_sqlite(students))


@contextmanager
def _fresh_sqlite(students: int) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite://{folder}/season.db"
        build(url, students)
        yield url


def fresh_postgresql(server: str, students: int) -> Source:
    return Source(NAMES[Dialect.POSTGRESQL], _fresh_postgresql(server, students))


@contextmanager
def _fresh_postgresql(server: str, students: int) -> Iterator[str]:
    fresh = FreshPostgresql(server)
    url = asyncio.run(fresh.make_empty())
    try:
        build(url, students)
        yield url
    finally:
        asyncio.run(fresh.drop(url))


def build(url: str, students: int, *words: str) -> None:
    command = ["demo", "--no-serve", f"--students={students}", f"--password={PASSWORD}", f"--database={url}", *words]
    subprocess.run([sys.executable, "-m", "cli", *command], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def backends_of(url: str) -> Iterator[Backends | None]:
    """None on SQLite. On PostgreSQL a statement is kept in one process, whose time can be told: parallel workers end
    before anybody can ask them. That holds for every server alike, and only for this database."""
    if parse(url).dialect is Dialect.SQLITE:
        yield None
        return
    with contextlib.closing(Backends(url)) as backends:
        name = parse(url).credentials["database"]
        backends.execute(f'ALTER DATABASE "{name}" SET max_parallel_workers_per_gather = 0')
        backends.execute("VACUUM ANALYZE")
        yield backends


def sources(urls: list[str], students: int) -> list[Source]:
    """Those named; else a fresh SQLite file, and a fresh PostgreSQL database when LIXIAO_TEST_POSTGRES holds a URL
    beside whose database another can be made."""
    if urls:
        return [kept(url, students) for url in urls]
    server = os.environ.get("LIXIAO_TEST_POSTGRES")
    return [fresh_sqlite(students), *([fresh_postgresql(server, students)] if server else [])]
