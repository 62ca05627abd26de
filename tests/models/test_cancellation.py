"""Transactions under cancellation: nothing is held, and nothing is half done, wherever a task is cancelled."""

from __future__ import annotations

import asyncio
import random

import pytest
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from models import College, database
from models.connection_asyncpg import PostgresqlConnection
from models.connection_sqlite import SqliteConnection
from models.database_url import Dialect
from tests.models.colleges import INSERT, NOW, codes, insert

CANCELS = 400


async def require_nothing_held() -> None:
    """No lock, no open transaction and no connection is left with anybody; and the database answers at once."""
    client = database.current_client()
    if isinstance(client, SqliteConnection):
        assert not client._lock.locked()
        assert client._connection is not None
        assert not client._connection.in_transaction
    else:
        assert isinstance(client, PostgresqlConnection)
        pool = await client.pool()
        assert pool.get_size() == pool.get_idle_size()
    async with asyncio.timeout(60):
        async with database.transaction():
            await database.execute("UPDATE college SET name = 'x'")
        await database.fetch("SELECT 1 FROM college")


AT_ONCE = 0.0


class Steps:
    """Awaits `work` and counts how often it has to wait; at the steps named it has its task cancelled, at once or so
    many seconds later, when the driver's thread or the server may or may not have done its part."""

    def __init__(self, work, cancel_at: dict[int, float]) -> None:
        self._work = work
        self._cancel_at = cancel_at
        self.taken = 0

    def __await__(self):
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None
        waiting, thrown = self._work.__await__(), None
        while True:
            try:
                future = waiting.throw(thrown) if thrown else waiting.send(None)
            except StopIteration as end:
                return end.value
            self.taken += 1
            delay = self._cancel_at.get(self.taken)
            if delay == AT_ONCE:
                loop.call_soon(task.cancel)  # before anything that this step waits for can wake the task
            elif delay is not None:
                loop.call_later(delay, task.cancel)
            try:
                thrown = None
                yield future
            except BaseException as error:
                thrown = error


async def was_cancelled(work, cancel_at: dict[int, float]) -> bool:
    async def steps() -> None:
        await Steps(work, cancel_at)

    try:
        await asyncio.create_task(steps())
    except asyncio.CancelledError:
        return True
    return False


@pytest.mark.parametrize("kind", ["sql", "tortoise", "many", "savepoint"])
async def test_cancellation_leaks_nothing(database, kind):
    """Each transaction inserts two rows: there is never an odd number of them, and afterwards nothing is held."""
    numbers = iter(range(1_000_000))

    async def work() -> None:
        first, second = str(next(numbers)), str(next(numbers))
        if kind == "many":
            await database.execute_many(INSERT, [[first, NOW, True], [second, NOW, True]])
        elif kind == "tortoise":
            async with in_transaction():
                await College.create(code=first, name="")
                await College.create(code=second, name="")
        else:
            async with database.transaction():
                await insert(first)
                if kind == "savepoint":
                    async with database.transaction():
                        await insert(second)
                else:
                    await insert(second)

    await work()  # opens the connections, which takes steps of its own
    undisturbed = Steps(work(), {})
    await undisturbed
    dice = random.Random(kind)
    async with asyncio.timeout(300):
        for _ in range(CANCELS):
            first = dice.randrange(1, undisturbed.taken + 1)
            delay = dice.choice([AT_ONCE, 0.001])
            cancel_at = {first: delay}
            if dice.random() < 0.5:  # and once more, perhaps while the first is being cleared up
                cancel_at[dice.randrange(first + 1, first + 6)] = AT_ONCE
            cancelled = await was_cancelled(work(), cancel_at)
            assert cancelled or delay != AT_ONCE
    assert len(await codes()) % 2 == 0
    await require_nothing_held()


async def test_many_cancelled_at_once_leak_nothing(database):
    """Waiting for the lock or for a connection of the pool is a place to be cancelled in, too."""

    async def work(code: str) -> None:
        async with database.transaction():
            await insert(code)
            await asyncio.sleep(0)

    async with asyncio.timeout(300):
        for attempt in range(20):
            tasks = [asyncio.create_task(work(f"{attempt}-{n}")) for n in range(20)]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert {type(outcome) for outcome in outcomes} <= {type(None), asyncio.CancelledError}
    await require_nothing_held()


async def test_a_begun_commit_is_finished(database):
    """Who is cancelled during COMMIT is told so, but what was committed is whole."""
    client = database.current_client()
    reached = asyncio.Event()

    async def work() -> None:
        async with database.transaction():
            await insert("A")
            transaction = database.current_client()
            commit = transaction.commit

            async def slow_commit() -> None:
                reached.set()
                await asyncio.sleep(0.01)
                await commit()

            transaction.commit = slow_commit

    task = asyncio.create_task(work())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert client is database.current_client()
    assert await codes() == ["A"]
    await require_nothing_held()


async def test_a_begin_that_fails_gives_everything_back(database, monkeypatch):
    failing = OperationalError("no")

    async def begin(self) -> None:
        raise failing

    kind = "Sqlite" if database.dialect() is Dialect.SQLITE else "Postgresql"
    module = f"models.connection_{'sqlite' if kind == 'Sqlite' else 'asyncpg'}"
    with monkeypatch.context() as patch:
        patch.setattr(f"{module}.{kind}Transaction.begin", begin)
        for _ in range(12):
            with pytest.raises(OperationalError) as error:
                async with database.transaction():
                    raise AssertionError("not reached")
            assert error.value is failing
    await require_nothing_held()
