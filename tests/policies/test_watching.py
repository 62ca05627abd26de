"""A server takes a new version up before it is asked, decides it ahead, and stops cleanly."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest

from models import listening
from models.database_url import Dialect
from models.rules.policy_publishing import CHANNEL
from policies import engine, store
from policies.catalogue import OBJECTS
from policies.engine import Decision, Snapshot
from policies.roles import ROLES
from policies.rules import PolicyTable, parse_csv, read_csv
from policies.store import PolicyStore
from policies.watching import Ahead, watching

ZONE = ZoneInfo("Asia/Shanghai")
LISTENERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN \"policy_head\"'"
)
NAME, LEVEL = "office,Student,name,read,all,allow,", "office,Student,level,read,all,allow,"


def table(*lines: str) -> PolicyTable:
    return parse_csv(lines)


class Seen:
    """What a store has swapped to, as events to wait for."""

    def __init__(self, watched: PolicyStore) -> None:
        self.versions: asyncio.Queue[int] = asyncio.Queue()
        told = watched.swapped
        assert told is not None

        def swapped(snapshot: Snapshot) -> None:
            told(snapshot)
            self.versions.put_nowait(snapshot.version)

        watched.swapped = swapped

    async def next(self) -> int:
        return await asyncio.wait_for(self.versions.get(), 60)


async def test_a_version_is_taken_up_when_it_is_told_of(database: ModuleType, database_url: str):
    """On SQLite nobody tells: there the next request looks (test_store)."""
    await store.put_in_force(table(NAME), expected=0, comment="x")
    mine = PolicyStore()
    async with watching(mine, database_url, ZONE):
        assert (mine.number, mine.zone) == (1, ZONE)
        seen = Seen(mine)
        await store.put_in_force(table(LEVEL), expected=1, comment="x")
        if database.dialect() is Dialect.POSTGRESQL:
            assert await seen.next() == 2
            assert mine.snapshot.version == 2
    assert mine.swapped is None


async def test_it_hears_again_after_the_connection_was_lost(
    database: ModuleType, database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """And takes up what was published in between."""
    monkeypatch.setattr(listening, "FIRST_PAUSE", 0.01)
    await store.put_in_force(table(NAME), expected=0, comment="x")
    mine = PolicyStore()
    async with watching(mine, database_url, ZONE):
        if database.dialect() is Dialect.SQLITE:
            return
        seen = Seen(mine)

        def lost() -> list[str]:
            return [each.getMessage() for each in caplog.records if each.name == listening.__name__]

        with caplog.at_level(logging.WARNING, listening.__name__):
            for number in (1, 2):
                while not await database.fetch(LISTENERS.replace("count(*)", "pg_terminate_backend(pid)")):
                    pass
                while len(lost()) < number:  # else it might still hear of what comes now
                    await database.fetch("SELECT 1")
                await store.put_in_force(table(LEVEL), expected=number, comment="x")
                assert await seen.next() == number + 1
        assert lost() == [f"the connection that listens for {CHANNEL} was lost; it is made again"] * 2


async def test_nobody_listens_where_nobody_can(
    database: ModuleType, database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """The server starts and serves: its reads look at the head by themselves."""

    async def refuses(*args: object, **options: object) -> None:
        raise ConnectionRefusedError("no")

    monkeypatch.setattr(listening.asyncpg, "connect", refuses)
    await store.put_in_force(table(NAME), expected=0, comment="x")
    mine = PolicyStore()
    async with watching(mine, database_url, ZONE):
        assert mine.number == 1
        assert mine.degraded is None
    if database.dialect() is Dialect.POSTGRESQL:
        [told] = [each.getMessage() for each in caplog.records if each.name == listening.__name__]
        assert told == f"nobody listens for {CHANNEL}: no; the next try is in 0.5 s"


async def test_nothing_is_left_behind(database: ModuleType, database_url: str):
    await store.put_in_force(table(NAME), expected=0, comment="x")
    async with watching(PolicyStore(), database_url, ZONE):
        tasks = len(asyncio.all_tasks())
    assert len(asyncio.all_tasks()) <= tasks - 1
    for each in threading.enumerate():
        if each.name == "policy decisions":
            await asyncio.to_thread(each.join, 60)
            assert not each.is_alive()
    if database.dialect() is Dialect.POSTGRESQL:
        async with asyncio.timeout(60):
            while (await database.fetch(LISTENERS))[0][0]:
                pass


# --- deciding ahead


def parts_asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Grows by object and action with each decision that Casbin is asked for."""
    asked: list[tuple[str, str]] = []
    real = engine._asked

    def listed(question: engine._Question) -> Decision:
        asked.append((question.target.name, question.action))
        return real(question)

    monkeypatch.setattr(engine, "_asked", listed)
    return asked


def decide_all(snapshot: Snapshot) -> None:
    for target in OBJECTS.values():
        for action in target.actions:
            for role in ROLES.values():
                if role.assignable:
                    snapshot.decision(role.name, target.name, action)


def test_what_was_decided_ahead_is_not_asked_again(monkeypatch: pytest.MonkeyPatch):
    asked = parts_asked(monkeypatch)
    snapshot, ahead = Snapshot(1, table(NAME, "staff,Item,code,read,all,allow,")), Ahead()
    ahead.decide(snapshot)
    assert ahead._thread is not None
    ahead._thread.join(60)
    assert sorted(set(asked)) == [("Item", "read"), ("Student", "read")]
    before = len(asked)
    decide_all(snapshot)
    assert len(asked) == before


def test_several_threads_may_ask_casbin_at_once():
    """Were the matcher parsed at each question, most of these would end with a SystemError."""
    parts = [("Student", "read"), ("Clearance", "read"), ("Sheet", "read")]
    shipped = read_csv()

    def decided() -> list[Decision]:
        snapshot = Snapshot(1, shipped)
        return [snapshot.decision(role, *part) for role in ROLES for part in parts]

    expected = decided()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as threads:
            found = [each.result(120) for each in [threads.submit(decided) for _ in range(8)]]
    finally:
        sys.setswitchinterval(interval)
    assert found == [expected] * 8


def test_a_newer_version_ends_the_deciding_of_the_older(monkeypatch: pytest.MonkeyPatch):
    begun, go = threading.Event(), threading.Event()
    real = Snapshot.decision

    def slow(snapshot: Snapshot, role: str, object_name: str, action: str) -> Decision:
        begun.set()
        go.wait(60)
        return real(snapshot, role, object_name, action)

    monkeypatch.setattr(Snapshot, "decision", slow)
    ahead, older = Ahead(), Snapshot(1, table(NAME))
    ahead.decide(older)
    first = ahead._thread
    assert first is not None
    assert begun.wait(60)
    ahead.decide(Snapshot(2, table(NAME)))
    go.set()
    first.join(60)
    assert not first.is_alive()
    assert len(older._decisions) == 1
    ahead.stop()
    assert ahead._thread is not None
    ahead._thread.join(60)
    assert not ahead._thread.is_alive()


def test_unchanged_parts_of_the_table_are_not_decided_again(monkeypatch: pytest.MonkeyPatch):
    rows = [NAME, "office,Sheet,state,read,all,allow,", "staff,Item,code,read,all,allow,"]
    older = Snapshot(1, table(*rows))
    decide_all(older)
    asked = parts_asked(monkeypatch)
    newer = Snapshot(2, table(LEVEL, *rows[1:]))
    newer.take_over(older)
    decide_all(newer)
    assert asked == [("Student", "read")]
    assert newer.decision("office", "Student", "read").grants.keys() == {"level"}
    assert newer.decision("office", "Item", "read") == older.decision("office", "Item", "read")


def test_another_inheritance_decides_everything_anew(monkeypatch: pytest.MonkeyPatch):
    same = table(NAME, "staff,Item,code,read,all,allow,")
    older = Snapshot(1, same)
    decide_all(older)
    newer = Snapshot(2, PolicyTable(same.rules, (("office", "desk"),)))
    newer.take_over(older)
    assert newer.decision("office", "Item", "read").grants == {}
    assert newer.decision("office", "Student", "read").grants.keys() == {"name"}
