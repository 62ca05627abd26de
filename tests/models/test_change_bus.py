"""Events are told once, in the order of the feed, whoever wrote them and whatever is heard of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import ModuleType

import pytest

from models import Event, Operation, change_bus, listening
from models import database as db
from models.change_bus import Bus, Change, Following, TooLongAgo, TooSlow, running
from models.database_url import Dialect
from models.enums import OperationKind
from tests.served import PATIENCE


@pytest.fixture
async def bus(database: ModuleType, database_url: str) -> AsyncIterator[Bus]:
    await Operation.create(kind=OperationKind.EDIT)
    async with running(database_url) as made:
        yield made


async def record(*numbers: int, about: str = "Clearance") -> None:
    """One event about each of these rows, in one transaction."""
    async with db.transaction():
        for number in numbers:
            await insert(number, about)


async def insert(number: int, about: str = "Clearance") -> None:
    await Event.create(operation_id=1, object=about, object_id=number, at=datetime.now(UTC))


async def told(following: Following, count: int) -> list[int]:
    """The rows of the next changes."""
    found: list[Change] = []
    async with asyncio.timeout(PATIENCE):
        while len(found) < count:
            found += await following.take()
    assert [each.event_id for each in found] == sorted({each.event_id for each in found})
    return [each.object_id for each in found]


async def test_everybody_is_told_once_of_what_he_follows(bus: Bus):
    await record(1)
    clearances = await bus.follow("Clearance")
    both = await bus.follow("Clearance", "Sheet")
    await record(2, 3)
    await record(4, about="Sheet")
    await record(5, about="Student")
    await record(6)
    assert await told(clearances, 3) == [2, 3, 6]
    assert await told(both, 4) == [2, 3, 4, 6]


async def test_he_takes_as_many_as_he_likes(bus: Bus):
    following = await bus.follow("Clearance")
    await record(*range(5))
    assert [each.object_id for each in await following.take(2)] == [0, 1]
    assert [each.object_id for each in await following.take(2)] == [2, 3]
    assert [each.object_id for each in await following.take(2)] == [4]


async def test_nothing_is_told_of_what_was_taken_back(bus: Bus):
    following = await bus.follow("Clearance")
    with pytest.raises(ZeroDivisionError):
        await failing()
    await record(2)
    assert await told(following, 1) == [2]


async def failing() -> None:
    async with db.transaction():
        await insert(1)
        raise ZeroDivisionError


async def test_what_was_written_before_and_committed_after_comes_in_its_place(bus: Bus):
    """PostgreSQL: a later transaction waits for the events of an earlier one that is still open. SQLite has one."""
    if db.dialect() is Dialect.SQLITE:
        return
    following = await bus.follow("Clearance")
    written, go = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with db.transaction():
            await insert(1)
            written.set()
            await go.wait()

    first = asyncio.create_task(slow())
    await written.wait()
    await record(2)
    assert await bus._look() is True
    assert not following._pending
    go.set()
    await first
    assert await told(following, 2) == [1, 2]


async def test_an_open_transaction_that_fails_holds_nobody_up(bus: Bus, monkeypatch: pytest.MonkeyPatch):
    """Nobody tells of its end: who knows of events held back looks again by himself."""
    monkeypatch.setattr(change_bus, "POLL", 3600.0)
    monkeypatch.setattr(change_bus, "HELD_BACK", 0.01)
    following = await bus.follow("Clearance")
    if db.dialect() is Dialect.SQLITE:
        return
    written, go = asyncio.Event(), asyncio.Event()

    async def failing() -> None:
        async with db.transaction():
            await insert(1)
            written.set()
            await go.wait()
            raise ZeroDivisionError

    first = asyncio.create_task(failing())
    await written.wait()
    await record(2)
    go.set()
    await asyncio.gather(first, return_exceptions=True)
    assert await told(following, 1) == [2]


async def test_many_are_read_in_pages(bus: Bus, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(change_bus, "PAGE", 3)
    following = await bus.follow("Clearance")
    await record(*range(10))
    assert await told(following, 10) == list(range(10))


async def test_it_goes_on_after_an_event(bus: Bus):
    await record(1, 2)
    await record(3, about="Sheet")
    await record(4)
    first = await Event.all().order_by("id").first()
    assert first is not None
    alone = await bus.follow("Clearance", after=first.id)
    second = await bus.follow("Clearance", after=first.id + 1)
    await record(5)
    assert await told(alone, 3) == [2, 4, 5]
    assert await told(second, 2) == [4, 5]
    later = await bus.follow("Clearance", after=first.id + 1000)
    await record(6)
    assert await told(alone, 1) == [6]
    assert not later._pending


async def test_too_many_are_not_made_up_for(bus: Bus, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(change_bus, "MOST_PENDING", 2)
    await record(1, 2, 3)
    with pytest.raises(TooLongAgo):
        await bus.follow("Clearance", after=0)
    assert bus._following == set()


async def test_who_does_not_keep_up_is_let_go(bus: Bus, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(change_bus, "MOST_PENDING", 2)
    slow, other = await bus.follow("Clearance"), await bus.follow("Sheet")
    called = asyncio.Event()
    slow.overflowed = called.set
    await record(1, 2, 3)
    await asyncio.wait_for(called.wait(), PATIENCE)
    with pytest.raises(TooSlow):
        await slow.take()
    assert (list(slow._pending), bus._following) == ([], {other})


async def test_what_is_not_heard_is_seen(bus: Bus, monkeypatch: pytest.MonkeyPatch):
    """As behind a proxy that passes no notifications on, or while the connection is down."""
    monkeypatch.setattr(bus, "tell", lambda payload=None: None)
    monkeypatch.setattr(change_bus, "POLL", 0.01)
    bus._news.set()  # once, so that the shorter pause counts
    following = await bus.follow("Clearance")
    await record(1)
    assert await told(following, 1) == [1]


async def test_it_goes_on_after_the_database_was_away(
    bus: Bus, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(change_bus, "POLL", 0.01)
    real, failed = change_bus._after, asyncio.Event()

    async def away(*_: int) -> list[Change]:
        failed.set()
        raise OSError("on purpose")

    following = await bus.follow("Clearance")
    with caplog.at_level(logging.WARNING, change_bus.__name__):
        monkeypatch.setattr(change_bus, "_after", away)
        await record(1)
        await asyncio.wait_for(failed.wait(), PATIENCE)
        monkeypatch.setattr(change_bus, "_after", real)
        assert await told(following, 1) == [1]
    assert "the new events could not be read: on purpose" in caplog.text


async def test_it_hears_again_after_the_connection_was_lost(
    bus: Bus, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """And nothing of what happened meanwhile is missed. Without a look now and then: what is heard is enough."""
    monkeypatch.setattr(listening, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(change_bus, "POLL", 3600.0)
    following = await bus.follow("Clearance")
    if db.dialect() is Dialect.SQLITE:
        return
    listeners = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND query = 'LISTEN \"lixiao_events\"'"
    )
    with caplog.at_level(logging.WARNING, listening.__name__):
        assert len(await db.fetch(listeners)) == 1
        await record(1)
        assert await told(following, 1) == [1]
    assert "was lost" in caplog.text
    await record(2)
    assert await told(following, 1) == [2]


async def test_nothing_is_left_behind(database: ModuleType, database_url: str):
    before = len(asyncio.all_tasks())
    async with running(database_url) as bus:
        following = await bus.follow("Clearance")
        following.close()
        following.close()
        assert bus._following == set()
    assert len(asyncio.all_tasks()) <= before
