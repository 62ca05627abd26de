"""The demonstration's own database: built aside and moved into place, marked, and never put in the place of real data.

An interrupted build leaves the former demonstration as it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from models import database, migrate
from models.database_url import Dialect, parse
from models.rules.accounts import set_password
from models.rules.actor import SYSTEM
from models.rules.passwords import check_password
from models.rules.tokens import create_token
from seeds import demo
from seeds.accounts import APPLICANTS, DEMO
from seeds.problems import NotADemonstration

#: "LXDM" in the header of a SQLite file says that `lixiao demo` made it, and may replace it.
MARK = 0x4C58444D
MARK_AT = 68
SIDE_FILES = ("-wal", "-shm")
#: What the library's app may do: report on its own two items.
TOKEN_ITEMS = ("LIB_BOOKS", "LIB_THESIS")
PASSWORD_OWNERS = (*(username for username, _, _ in DEMO), *(username for username, _ in APPLICANTS))


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted. `password` None: one is generated, or what is kept keeps its own."""

    url: str
    students: int
    seed: int
    password: str | None
    keep: bool
    today: date


@dataclass(frozen=True, slots=True)
class Ready:
    """The database may be served. `built` is None when a former one was kept: its token is shown no more, and its
    password only if it was set anew."""

    built: demo.Demonstration | None
    token: str | None
    password: str | None


def prepare(order: Order, progress: demo.Progress) -> Ready:
    """Builds the demonstration, or keeps the one that is there; in an event loop of its own.

    Raises NotADemonstration, NotEmpty, TooSmall, Refused for a bad password, and what connecting and migrating raise.
    """
    if order.password is not None:
        for username in PASSWORD_OWNERS:
            check_password(order.password, username=username)
    address = parse(order.url)
    if address.dialect is Dialect.POSTGRESQL:
        return asyncio.run(_in_place(order, progress))
    there = address.path.exists() and address.path.stat().st_size > 0
    if there and not is_demonstration(address.path):
        raise NotADemonstration(
            f"{address.path} is no demonstration and is left alone: choose another file with --database"
        )
    if order.keep and there:
        return asyncio.run(_kept(order))
    with _aside(address.path) as building:
        ready = asyncio.run(_in_file(order, building, progress))
        _move_into_place(building, address.path)
    return ready


async def _in_place(order: Order, progress: demo.Progress) -> Ready:
    async with _connected(order.url):
        kept = order.keep and await _has_students()
        return await _keep(order) if kept else await _build(order, progress)


async def _kept(order: Order) -> Ready:
    async with _connected(order.url):
        return await _keep(order)


async def _in_file(order: Order, file: Path, progress: demo.Progress) -> Ready:
    async with _connected(f"sqlite://{file}"):
        ready = await _build(order, progress)
        await database.execute(f"PRAGMA application_id = {MARK}")
        return ready


def is_demonstration(file: Path) -> bool:
    """Whether `lixiao demo` made this SQLite file."""
    with file.open("rb") as opened:
        opened.seek(MARK_AT)
        return opened.read(4) == MARK.to_bytes(4, "big")


@contextlib.contextmanager
def _aside(file: Path) -> Iterator[Path]:
    """A file beside `file` to build in; whatever is left of it goes away."""
    building = file.with_name(f"{file.name}.{os.getpid()}.building")
    try:
        yield building
    finally:
        _remove(building)


def _remove(file: Path) -> None:
    for suffix in ("", *SIDE_FILES):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _move_into_place(building: Path, file: Path) -> None:
    """The write-ahead log of the file that goes must not be taken for that of the one that comes."""
    _remove(file)
    building.replace(file)


@contextlib.asynccontextmanager
async def _connected(url: str) -> AsyncIterator[None]:
    await migrate.migrate(url)
    await database.connect(url)
    try:
        yield
    finally:
        await database.disconnect()


async def _build(order: Order, progress: demo.Progress) -> Ready:
    password = order.password or secrets.token_urlsafe(9)
    async with database.transaction():
        built = await demo.build(
            students=order.students,
            seed=order.seed,
            password=password,
            today=order.today,
            progress=progress,
        )
        token = await create_token(
            SYSTEM, "campus-library", name="演示 · demonstration", items=TOKEN_ITEMS, source="library"
        )
    await database.execute("ANALYZE")
    return Ready(built, token.secret, password)


async def _keep(order: Order) -> Ready:
    if order.password is not None:
        for username in PASSWORD_OWNERS:
            await set_password(SYSTEM, username, order.password)
    return Ready(None, None, order.password)


async def _has_students() -> bool:
    return bool(await database.fetch("SELECT 1 FROM student LIMIT 1"))
