"""Hearing what other processes tell: PostgreSQL's NOTIFY, on a connection of its own beside the pool.

On SQLite nobody tells anything. Nothing may depend on hearing alone: a connection can be down for a while, and
PgBouncer in transaction mode passes no notifications on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncGenerator, Callable
from typing import Any

import asyncpg

from models.database_url import DatabaseUrl, Dialect, parse

log = logging.getLogger(__name__)

CONNECT_SECONDS = 10
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds until the next try to connect; each is twice the last

#: What of a database URL concerns one connection; the rest is the pool's.
CONNECTION = ("host", "port", "user", "password", "database", "ssl")


async def listen(url: str, channel: str, heard: Callable[[str | None], None], *, tried: asyncio.Event) -> None:
    """Calls `heard` with whatever is told on the channel, until it is cancelled; with None after each time that the
    connection was made (anew): something may have been missed. `tried` is set when it was tried for the first time.

    Returns at once on SQLite. Never raises because the database cannot be reached: it tries again, ever more slowly.
    """
    address = parse(url)
    if address.dialect is Dialect.SQLITE:
        tried.set()
        return
    pause = FIRST_PAUSE
    while True:
        try:
            async with contextlib.aclosing(_notices(address, channel)) as notices:
                async for notice in notices:
                    pause = FIRST_PAUSE
                    heard(notice)
                    tried.set()
            log.warning("the connection that listens for %s was lost; it is made again", channel)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
            log.warning("nobody listens for %s: %s; the next try is in %.1f s", channel, problem, pause)
        tried.set()
        await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311  # jitter, not a secret
        pause = min(pause * 2, LONGEST_PAUSE)


async def _notices(address: DatabaseUrl, channel: str) -> AsyncGenerator[str | None, None]:
    """None once it listens, then what is told, until the connection ends."""
    told: asyncio.Queue[str | None] = asyncio.Queue()
    chosen: dict[str, Any] = {name: address.credentials[name] for name in CONNECTION if name in address.credentials}
    settings = {"application_name": str(address.credentials["application_name"])}
    connection = await asyncpg.connect(**chosen, timeout=CONNECT_SECONDS, server_settings=settings)
    try:
        connection.add_termination_listener(lambda ended: told.put_nowait(None))
        await connection.add_listener(channel, lambda ended, process, where, payload: told.put_nowait(str(payload)))
        yield None
        while (notice := await told.get()) is not None:
            yield notice
    finally:
        connection.terminate()  # nothing is under way on it that would be lost, and a farewell may wait for ever
