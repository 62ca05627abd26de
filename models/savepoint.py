"""A transaction within a transaction, on both databases: it fails alone, and the outer one goes on."""

from __future__ import annotations

from types import TracebackType

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext

from models.interruption import completed


class Savepoint(TransactionContext):
    """`async with`: SAVEPOINT, the work, RELEASE or ROLLBACK TO."""

    def __init__(self, client: TransactionalDBClient) -> None:
        self.client = client

    async def __aenter__(self) -> TransactionalDBClient:
        await completed(self.client.savepoint())
        return self.client

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            await completed(self.client.release_savepoint())
        else:
            await completed(self.client.savepoint_rollback())
