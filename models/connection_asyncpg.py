"""Tortoise's PostgreSQL client, mended: a task cancelled while it enters a transaction gives its connection back.

With Tortoise's own, a pool of five was exhausted within 141 random cancellations.
The name of this module must contain "asyncpg": Tortoise's migrations choose their SQL by it.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionContext
from tortoise.connection import ConnectionHandler, ConnectionToken, get_connections

from models.interruption import completed
from models.savepoint import Savepoint


class PostgresqlConnection(AsyncpgDBClient):
    """The process's pool."""

    async def create_pool(self, **options: Any) -> asyncpg.Pool:
        """Without the four statements by which asyncpg resets a connection at every return to the pool: sessions hold
        no state here (advisory locks are those of transactions), and they would double the round trips of a read."""
        return await asyncpg.create_pool(None, reset=_nothing_to_reset, **options)

    async def pool(self) -> asyncpg.Pool:
        """The pool, made when first needed."""
        async with self._pool_init_lock:
            if self._pool is None:
                await self.create_connection(with_db=True)
        return self._pool

    async def execute_many(self, query: str, values: list[Any]) -> None:
        """All rows or none. Tortoise's own leaves its transaction open when the task is cancelled."""
        async with self._in_transaction() as transaction:
            await transaction.execute_many(query, values)

    def _in_transaction(self) -> TransactionContext:
        return PooledTransaction(self)


async def _nothing_to_reset(connection: asyncpg.Connection) -> None:
    """asyncpg itself has already rolled back what a broken caller left open."""


class PostgresqlTransaction(TransactionWrapper):
    """One transaction on one connection of the pool."""

    def _in_transaction(self) -> TransactionContext:
        return Savepoint(PostgresqlTransaction(self))


class PooledTransaction(TransactionContext):
    """`async with`: a connection, BEGIN, the work, COMMIT or ROLLBACK, the connection given back, cancelled or not."""

    def __init__(self, parent: PostgresqlConnection) -> None:
        self._parent = parent

    async def __aenter__(self) -> PostgresqlTransaction:
        self._pool = await self._parent.pool()
        connection = await self._pool.acquire()
        try:
            self.client = PostgresqlTransaction(self._parent)
            self.client._connection = connection
            await self.client.begin()
            self._handler: ConnectionHandler = get_connections()
            self._token: ConnectionToken = self._handler.set(self._parent.connection_name, self.client)
        except BaseException:
            connection.terminate()  # nobody knows whether BEGIN arrived; the pool opens another one
            await completed(self._pool.release(connection))
            raise
        return self.client

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if not self.client._finalized:
                await completed(self.client.commit() if kind is None else self.client.rollback())
        finally:
            self._handler.reset(self._token)
            await completed(self._pool.release(self.client._connection))


client_class = PostgresqlConnection
