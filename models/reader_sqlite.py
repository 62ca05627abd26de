"""SQLite's read-only side: short reads at once in the event loop, long ones in a thread.

A hop to a thread and back costs about 45 µs, a look-up by key 8 µs. So every statement first runs where it
is asked for, with a limit on its steps; one that reaches the limit, a millisecond or two, is begun anew in the thread,
and from then on goes there directly.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

from models.percentiles import know_percentiles

STRIDE = 5_000  # instructions of SQLite's machine between two looks at the limit
STRIDES_AT_ONCE = 10  # about 1 ms
REMEMBERED = 500  # statements; more are forgotten all at once
PATIENCE = 5.0  # seconds to wait for a lock, in the thread
MMAP = 268_435_456  # bytes of the file read without copying


class SqliteReader:
    """Two connections to one file that cannot write. In WAL mode a read neither waits for a writer nor hinders one."""

    def __init__(self, at_once: sqlite3.Connection, in_thread: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._at_once = at_once
        self._in_thread = in_thread
        self._thread = thread
        self._strides = 0
        self._long: set[str] = set()
        at_once.set_progress_handler(self._has_taken_long, STRIDE)

    @classmethod
    async def open(cls, file: str) -> SqliteReader:
        """Opens `file`, which must be there."""
        uri = f"file:{quote(file)}?mode=ro"
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite-reader")
        in_thread = await asyncio.get_running_loop().run_in_executor(thread, _connected, uri, PATIENCE)
        return cls(_connected(uri, 0), in_thread, thread)

    async def close(self) -> None:
        self._at_once.close()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._in_thread.close)
        self._thread.shutdown(wait=False)

    async def read(self, query: str, values: Sequence[Any], *, plain: bool = False) -> list[Any]:
        """The rows of one SELECT, each the state of one moment; `plain`: as tuples."""
        if query not in self._long:
            self._strides = 0
            try:
                return _fetched(self._at_once, query, values, plain)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY):
                    raise
            self._remember(query)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, _fetched, self._in_thread, query, values, plain)

    def _has_taken_long(self) -> bool:
        """Called by SQLite after every stride; True interrupts. A stride may have begun in an earlier execution of the
        same statement, whose instructions SQLite goes on counting: hence more than one."""
        self._strides += 1
        return self._strides > STRIDES_AT_ONCE

    def _remember(self, query: str) -> None:
        if len(self._long) >= REMEMBERED:
            self._long.clear()
        self._long.add(query)


def _connected(uri: str, patience: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri,
        uri=True,
        isolation_level=None,
        timeout=patience,
        cached_statements=REMEMBERED,
        check_same_thread=False,  # closed in another one than it was made in, when its thread is at its end
    )
    connection.row_factory = sqlite3.Row
    connection.execute(f"PRAGMA mmap_size = {MMAP}")
    know_percentiles(connection)
    return connection


def _fetched(connection: sqlite3.Connection, query: str, values: Sequence[Any], plain: bool) -> list[Any]:
    cursor = connection.cursor()
    if plain:
        cursor.row_factory = None
    return cursor.execute(query, values).fetchall()
