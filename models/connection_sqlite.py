"""Tortoise's SQLite client, mended: transactions that begin IMMEDIATE and never leak, and a connection for reading.

Tortoise opens SQLite transactions DEFERRED, so that two workers which read and then write fail at once with "database
is locked", whatever the busy timeout; and a task cancelled while it enters a transaction keeps the process-wide lock
for ever.
The name of this module must contain "sqlite": Tortoise's migrations choose their SQL by it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from tortoise.backends.base.client import TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper, translate_exceptions
from tortoise.connection import ConnectionHandler, ConnectionToken, get_connections
from tortoise.exceptions import OperationalError

from models.interruption import completed
from models.reader_sqlite import SqliteReader
from models.savepoint import Savepoint

Rows = Sequence[Any]

#: SQLite has no type for moments: they are text, and compare rightly only when all are in UTC.
sqlite3.register_adapter(datetime, lambda moment: moment.astimezone(UTC).isoformat(" "))
sqlite3.register_adapter(dict, lambda value: json.dumps(value, ensure_ascii=False))


class SqliteConnection(SqliteClient):
    """The process's connection for writing, and its lock. SELECTs outside a transaction go to a connection of their
    own, so that they neither wait for a long transaction nor see its unfinished work (WAL)."""

    def __init__(self, file_path: str, **pragmas: Any) -> None:
        super().__init__(file_path, **pragmas)
        self._reader: SqliteReader | None = None
        self._reader_lock = asyncio.Lock()
        self.committed: list[Callable[[], None]] = []  # called when a transaction has ended

    async def create_connection(self, with_db: bool) -> None:
        """What cannot be opened is refused before the driver starts its thread: left behind by a failure, the thread
        would outlive the event loop and end in a trace. A new file is its owner's alone; SQLite gives the files beside
        it the same mode."""
        if not self._connection:
            with contextlib.suppress(OSError):  # SQLite says better what is wrong
                os.close(os.open(self.filename, os.O_CREAT | os.O_RDWR, 0o600))
            await asyncio.to_thread(_write_ahead, self.filename, int(self.pragmas["busy_timeout"]) / 1000)
        await super().create_connection(with_db)

    async def read(self, query: str, values: Sequence[Any] | None, *, plain: bool = False) -> list[Any]:
        """The rows of a SELECT, from the read-only side; `plain`: as tuples, which know no names."""
        if self._reader is None:
            await self._open_reader()
        assert self._reader is not None  # noqa: S101  # for the types: just opened
        return await self._reader.read(query, values or (), plain=plain)

    async def _open_reader(self) -> None:
        """When first needed; the writing connection comes first, for it makes the file."""
        async with self._reader_lock:
            if self._connection is None:
                async with self.acquire_connection():
                    pass
            if self._reader is None:
                self._reader = await SqliteReader.open(self.filename)

    async def close(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            await reader.close()
        await super().close()

    @translate_exceptions
    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Rows]:
        if not query.startswith("SELECT"):
            result: tuple[int, Rows] = await super().execute_query(query, values)
            return result
        rows = await self._read(query, values)
        return len(rows), rows

    @translate_exceptions
    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        if not query.startswith("SELECT"):
            result: list[dict[str, Any]] = await super().execute_query_dict(query, values)
            return result
        return [dict(row) for row in await self._read(query, values)]

    async def _read(self, query: str, values: list[Any] | None) -> list[sqlite3.Row]:
        self.log.debug("%s: %s", query, values)
        return await self.read(query.replace("\x00", "'||CHAR(0)||'"), values)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """All rows or none. Tortoise's own leaves its transaction open when the task is cancelled."""
        async with self._in_transaction() as transaction:
            await transaction.execute_many(query, values)

    def _in_transaction(self) -> TransactionContext:
        return ImmediateTransaction(self)


def _write_ahead(file: str, patience: float) -> None:
    """Puts a file into WAL mode. Of two who open a new one at once SQLite refuses one on the spot, whatever the busy
    timeout: he asks again, for `patience` seconds."""
    end = time.monotonic() + patience
    with contextlib.closing(sqlite3.connect(file)) as connection:
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                    raise
                time.sleep(0.01)


class SqliteTransaction(SqliteTransactionWrapper):
    """One transaction on the process's connection; the lock is held by its ImmediateTransaction."""

    async def begin(self) -> None:
        """Takes the write lock at once, so that what is read in the transaction stays true until it ends."""
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error

    async def commit(self) -> None:
        self._finalized = True
        try:
            await self._connection.commit()
        except sqlite3.Error as error:
            await self._connection.rollback()  # SQLite leaves the transaction open when COMMIT is refused
            raise OperationalError(error) from error

    async def rollback(self) -> None:
        self._finalized = True
        await self._connection.rollback()

    async def execute_script(self, query: str) -> None:
        """One statement after the other: the driver's own executescript would first commit the transaction."""
        statement = ""
        for part in query.split(";"):
            statement += part + ";"
            if sqlite3.complete_statement(statement):  # knows that the semicolons of a trigger's body end nothing
                await self.execute_query(statement)
                statement = ""

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Rows]:
        """Rows of a PRAGMA are dictionaries, which Tortoise's migrations take them for."""
        count, rows = await super().execute_query(query, values)
        return (count, [dict(row) for row in rows]) if query.startswith("PRAGMA") else (count, rows)

    async def savepoint_rollback(self) -> None:
        """Back to the savepoint, and away with it: ROLLBACK TO alone leaves it on SQLite's stack."""
        name = self._savepoint
        await self._connection.execute(f"ROLLBACK TO {name}")
        await self._connection.execute(f"RELEASE {name}")

    def _in_transaction(self) -> TransactionContext:
        return Savepoint(SqliteTransaction(self))


class ImmediateTransaction(TransactionContext):
    """`async with`: the lock, BEGIN IMMEDIATE, the work, COMMIT or ROLLBACK, the lock given back, cancelled or not."""

    def __init__(self, parent: SqliteConnection) -> None:
        self._parent = parent

    async def __aenter__(self) -> SqliteTransaction:
        await self._parent._lock.acquire()
        try:
            if self._parent._connection is None:
                await self._parent.create_connection(with_db=True)
            self.client = SqliteTransaction(self._parent)
            await self.client.begin()
            self._handler: ConnectionHandler = get_connections()
            self._token: ConnectionToken = self._handler.set(self._parent.connection_name, self.client)
        except BaseException:
            # A cancelled BEGIN still runs in the driver's thread. The rollback queues behind it, and is waited for.
            try:
                if self._parent._connection is not None:
                    await completed(self._parent._connection.rollback())
            finally:
                self._parent._lock.release()
            raise
        return self.client

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if not self.client._finalized:
                await completed(self.client.commit() if kind is None else self.client.rollback())
        finally:
            self._parent._lock.release()
            self._handler.reset(self._token)
            for told in self._parent.committed:
                told()


client_class = SqliteConnection
