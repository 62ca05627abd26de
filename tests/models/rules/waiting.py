"""Tasks that meet at a lock: one holds it, another is watched until it waits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from models import database
from models.database_url import Dialect

WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    " AND state = 'active'"
)


async def waits_or_ends(task: asyncio.Future[Any]) -> None:
    """On PostgreSQL: until somebody waits for a lock, or the task is over. On SQLite it waits before it begins, which
    needs no looking."""
    await asyncio.sleep(0)
    while database.dialect() is Dialect.POSTGRESQL and not task.done():
        [(waiting,)] = await database.fetch(WAITING)
        if waiting:
            return


@contextlib.asynccontextmanager
async def held(lock: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Inside, another task's transaction holds what `lock` locks."""
    locked, go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with database.transaction():
            await lock()
            locked.set()
            await go.wait()

    holding = asyncio.create_task(hold())
    await locked.wait()
    try:
        yield
    finally:
        go.set()
        await holding
