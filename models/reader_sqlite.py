"""SQLite's read-only side: short reads at once in the event loop, long ones in a thread.

A hop to the driver's thread and back costs about 45 µs, a look-up by key 8 µs. So every statement first runs where it
is asked for, with a limit on its steps; one that reaches the limit, a millisecond or two, is begun anew in the thread,
and from then on goes there directly.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import aiosqlite

STRIDE = 5_000  # instructions of SQLite's machine between two looks at the limit
STRIDES_AT_ONCE = 10  # about 1 ms
REMEMBERED = 500  # statements; more are forgotten all at once
MMAP = 268_435_456  # bytes of the file read without copying


class SqliteReader:
    """Two connections to one file that cannot write. In WAL mode a read neither waits for a writer nor hinders one."""

    def __init__(self, at_once: sqlite3.Connection, in_thread: aiosqlite.Connection) -> None:
        self._at_once = at_once
        self._in_thread = in_thread
        self._strides = 0
        self._long: set[str] = set()
        at_once.set_progress_handler(self._has_taken_long, STRIDE)

    @classmethod
    async def open(cls, file: str) -> SqliteReader:
        """Opens `file`, which must be there."""
        uri = f"file:{quote(file)}?mode=ro"
        in_thread = await aiosqlite.connect(uri, uri=True, isolation_level=None)
        in_thread.row_factory = sqlite3.Row
        await in_thread.execute_fetchall(f"PRAGMA mmap_size = {MMAP}")
        at_once = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=0, cached_statements=REMEMBERED)
        at_once.row_factory = sqlite3.Row
        at_once.execute(f"PRAGMA mmap_size = {MMAP}")
        return cls(at_once, in_thread)

    async def close(self) -> None:
        self._at_once.close()
        await self._in_thread.close()

    async def read(self, query: str, values: Sequence[Any]) -> list[Any]:
        """The rows of one SELECT, each the state of one moment."""
        if query not in self._long:
            self._strides = 0
            try:
                return self._at_once.execute(query, values).fetchall()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY):
                    raise
            self._remember(query)
        return list(await self._in_thread.execute_fetchall(query, values))

    def _has_taken_long(self) -> bool:
        """Called by SQLite after every stride; True interrupts. A stride may have begun in an earlier execution of the
        same statement, whose instructions SQLite goes on counting: hence more than one."""
        self._strides += 1
        return self._strides > STRIDES_AT_ONCE

    def _remember(self, query: str) -> None:
        if len(self._long) >= REMEMBERED:
            self._long.clear()
        self._long.add(query)
