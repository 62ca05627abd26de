"""SQLite's read-only side: what is short is read at once, what is long in the thread, and nothing is written."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import pytest

from models.reader_sqlite import REMEMBERED, SqliteReader

LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT count(*) FROM n"
SHORT = "SELECT name FROM t WHERE id = ?"


@pytest.fixture
async def reader(tmp_path):
    file = tmp_path / "a file?.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(
            "PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, name); INSERT INTO t VALUES (1, '一')"
        )
    made = await SqliteReader.open(str(file))
    yield made
    await made.close()


async def test_a_short_read_stays_short_however_often_it_runs(reader):
    """SQLite counts a prepared statement's instructions over all its executions."""
    for _ in range(20_000):
        assert [tuple(row) for row in await reader.read(SHORT, [1])] == [("一",)]
    assert reader._long == set()


async def test_a_long_read_leaves_the_loop_free(reader):
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    other = asyncio.create_task(others())
    rows = await reader.read(LONG, [])
    other.cancel()
    assert [tuple(row) for row in rows] == [(100_000,)]
    assert turns > 0
    assert reader._long == {LONG}
    assert [tuple(row) for row in await reader.read(LONG, [])] == [(100_000,)]


async def test_only_so_many_long_ones_are_remembered(reader):
    for number in range(REMEMBERED):
        reader._remember(str(number))
    assert len(reader._long) == REMEMBERED
    reader._remember("one more")
    assert reader._long == {"one more"}


async def test_nothing_can_be_written(reader):
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await reader.read("DELETE FROM t RETURNING id", [])
    assert len(await reader.read(SHORT, [1])) == 1


async def test_a_mistake_is_an_error_of_its_own(reader):
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await reader.read("SELECT 1 FROM nowhere", [])
