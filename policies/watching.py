"""What a server does for its policy beside answering: it hears of new versions, and decides ahead of the first request.

Nothing depends on it: a process that hears nothing looks at the head by itself (`policies.store`), and what was not
decided ahead is decided when it is asked.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from zoneinfo import ZoneInfo

from models.database import UNAVAILABLE
from models.listening import listen
from models.rules.policy_publishing import CHANNEL
from policies.catalogue import OBJECTS
from policies.engine import Snapshot
from policies.roles import ROLES
from policies.store import PolicyStore

log = logging.getLogger(__name__)

BREATH = 0.002  # seconds between two parts of the table, in which requests are answered
LAST_DECISION = 1.0  # seconds to wait for at the end; one decision takes a few ms


@asynccontextmanager
async def watching(store: PolicyStore, url: str, zone: ZoneInfo) -> AsyncIterator[None]:
    """Keeps `store` at the version in force, in the days of `zone`, while the body runs; the database is connected."""
    store.zone = zone
    ahead = Ahead()
    store.swapped = ahead.decide
    news, tried = asyncio.Event(), asyncio.Event()

    def heard(payload: str | None) -> None:
        if payload != str(store.number):  # else this process published it, or has taken it up already
            news.set()

    tasks = [asyncio.create_task(listen(url, CHANNEL, heard, tried=tried)), asyncio.create_task(_follow(store, news))]
    try:
        await tried.wait()
        await store.refresh()
        news.clear()
        yield
    finally:
        store.swapped = None
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        await asyncio.to_thread(ahead.stop)


async def _follow(store: PolicyStore, news: asyncio.Event) -> None:
    """Takes a version up as soon as it is told of, so that no request has to."""
    while True:
        await news.wait()
        news.clear()
        try:
            await store.refresh()
        except UNAVAILABLE as problem:
            log.warning("the policy in force could not be read: %s", problem)


class Ahead:
    """Decides a snapshot as a whole, in a thread that lets requests through and ends with the server."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def decide(self, snapshot: Snapshot) -> None:
        """Begins with this snapshot and gives up the one before."""
        self._ended.set()
        self._ended = threading.Event()
        self._thread = threading.Thread(
            target=_decide_all, args=(snapshot, self._ended), name="policy decisions", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Waits for the decision that is under way; call it in a thread."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(LAST_DECISION)


def _decide_all(snapshot: Snapshot, ended: threading.Event) -> None:
    held = [role.name for role in ROLES.values() if role.assignable]
    for target in OBJECTS.values():
        for action in target.actions:
            for role in held:
                if ended.is_set():
                    return
                snapshot.decision(role, target.name, action)
            ended.wait(BREATH)
