"""Tells this process of new events, whichever process recorded them, to as many as follow: each event once, in the
order of the feed, none of a transaction that failed.

Events are read from the ledger by id. What is heard, PostgreSQL's NOTIFY or on SQLite the end of a transaction, says
only when to look; who hears nothing looks every POLL seconds, so nothing is missed while a connection is down.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from dataclasses import dataclass

from models import database
from models.connection_sqlite import SqliteConnection
from models.database import UNAVAILABLE
from models.extra_objects import NEWS
from models.listening import listen
from models.rules import event_feed

log = logging.getLogger(__name__)

POLL = 5.0  # seconds between two looks when nothing is heard
HELD_BACK = 0.2  # the same while a transaction that is still open holds newer events back
PAUSE = 0.1  # seconds after a look, in which changes gather
PAGE = 5_000  # events read at once
MOST_PENDING = 50_000  # that wait for one who follows: an import of a whole season re-opens 15,500 sign-offs besides


class TooSlow(Exception):
    """Whoever follows did not keep up: more than MOST_PENDING events wait for him, and are dropped."""


class TooLongAgo(Exception):
    """More than MOST_PENDING events since then."""


@dataclass(frozen=True, slots=True)
class Change:
    """One event: its id, and which row of which object it is about."""

    event_id: int
    object: str
    object_id: int


class Following:
    """One who follows the events about some objects, those after `since`; end it with `close`. `overflowed` is called
    when he is too slow."""

    def __init__(self, bus: Bus, objects: Collection[str], since: int) -> None:
        self._bus, self._objects, self._since = bus, objects, since
        self._pending: deque[Change] = deque()
        self._some = asyncio.Event()
        self._too_slow = False
        self.overflowed: Callable[[], None] | None = None

    def put(self, changes: Iterable[Change]) -> None:
        """Never waits; whom this makes too slow is told by `take`."""
        self._pending += (each for each in changes if each.object in self._objects and each.event_id > self._since)
        if len(self._pending) > MOST_PENDING:
            self._too_slow = True
            self.close()
            if self.overflowed is not None:
                self.overflowed()
        if self._pending or self._too_slow:
            self._some.set()

    async def take(self, most: int = MOST_PENDING) -> list[Change]:
        """The oldest changes that wait, at least one; waits for it. Raises TooSlow."""
        await self._some.wait()
        if self._too_slow:
            raise TooSlow
        taken = [self._pending.popleft() for _ in range(min(most, len(self._pending)))]
        if not self._pending:
            self._some.clear()
        return taken

    def close(self) -> None:
        """Nothing is kept for him any more; harmless to repeat."""
        self._bus.leave(self)
        self._pending.clear()


class Bus:
    """Reads the ledger as long as somebody follows; `running` gives one that does."""

    def __init__(self) -> None:
        self._following: set[Following] = set()
        self._seen = 0  # the newest event that all have been given
        self._reading = asyncio.Lock()
        self._news = asyncio.Event()

    async def follow(self, *objects: str, after: int | None = None) -> Following:
        """From now on, every event about these objects that is not committed yet; with `after`, also those since that
        event. An event committed a moment before may come too.

        Raises TooLongAgo.
        """
        async with self._reading:
            if self._following:
                await self._look()
            else:  # what happened while nobody followed is nobody's news
                self._seen = await _newest()
            made = Following(self, objects, after or 0)
            if after is not None:
                made.put(await self._between(after, self._seen))
            self._following.add(made)
        self.tell()  # whoever reads on waits without end while nobody follows
        return made

    def leave(self, following: Following) -> None:
        """See Following.close."""
        self._following.discard(following)

    @property
    def followers(self) -> int:
        """How many follow at this moment."""
        return len(self._following)

    def tell(self, _payload: str | None = None) -> None:
        """There may be something new."""
        self._news.set()

    async def read_on(self) -> None:
        """Looks when something is heard, and now and then; until it is cancelled."""
        pause = POLL
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), pause if self._following else None)
            self._news.clear()
            try:
                async with self._reading:
                    pause = HELD_BACK if self._following and await self._look() else POLL
            except UNAVAILABLE as problem:
                log.warning("the new events could not be read: %s", problem)
                pause = POLL
            except Exception:  # or nobody would ever hear of anything again
                log.exception("the new events could not be read")
                pause = POLL
            await asyncio.sleep(PAUSE)

    async def _look(self) -> bool:
        """Hands on what is new; gives whether there is more that an open transaction holds back."""
        while True:
            horizon = await event_feed.horizon()
            found = await _after(self._seen)
            ready = found if horizon is None else [each for each in found if each.event_id <= horizon]
            if ready:
                self._seen = ready[-1].event_id
                for each in list(self._following):
                    each.put(ready)
            if len(ready) < PAGE:
                return len(ready) < len(found)

    async def _between(self, after: int, newest: int) -> list[Change]:
        found: list[Change] = []
        while after < newest:
            page = await _after(after, newest)
            found += page
            if len(found) > MOST_PENDING:
                raise TooLongAgo
            if len(page) < PAGE:
                break
            after = page[-1].event_id
        return found


@contextlib.asynccontextmanager
async def running(url: str) -> AsyncIterator[Bus]:
    """A bus that hears of the connected database at `url` while the body runs."""
    bus, tried = Bus(), asyncio.Event()
    client = database.current_client()
    if isinstance(client, SqliteConnection):
        client.committed.append(bus.tell)
    tasks = [asyncio.create_task(listen(url, NEWS, bus.tell, tried=tried)), asyncio.create_task(bus.read_on())]
    try:
        await tried.wait()
        yield bus
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if isinstance(client, SqliteConnection):
            client.committed.remove(bus.tell)


# --- the ledger


async def _newest() -> int:
    """The event up to which all are there that will ever be."""
    horizon = await event_feed.horizon()
    if horizon is not None:
        return horizon
    [(found,)] = await database.fetch("SELECT COALESCE(MAX(id), 0) FROM event")
    return int(found)


async def _after(event_id: int, until: int = 2**62) -> list[Change]:
    rows = await database.fetch(
        "SELECT id, object, object_id FROM event WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3",
        [event_id, until, PAGE],
    )
    return [Change(*row) for row in rows]
