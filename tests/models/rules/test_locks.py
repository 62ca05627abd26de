"""The locks of a write: in one order, so that nobody waits for somebody who waits for him."""

from __future__ import annotations

import asyncio
import random

import pytest

from models.database_url import Dialect
from models.rules.locks import lock_batch, lock_sheets
from tests import factories
from tests.models.rules.waiting import held, waits_or_ends


async def test_a_lock_needs_a_transaction(database):
    with pytest.raises(AssertionError, match="outside a transaction"):
        await lock_sheets([1])
    with pytest.raises(AssertionError, match="outside a transaction"):
        await lock_batch(1, exclusive=False)


async def test_overlapping_sets_in_any_order_never_deadlock(database):
    """An UPDATE with a list of ids locks in the order it scans: nine deadlocks in 639 such writes."""
    made = await factories.season(await factories.university())
    ids = [sheet.id for sheet in await factories.crowd(made.batch, 12)]
    dice = random.Random(1)
    under_way: set[int] = set()

    async def write() -> None:
        wanted = dice.sample(ids, 6)
        async with database.transaction():
            await lock_batch(made.batch.id, exclusive=False)
            await lock_sheets(wanted)
            assert not under_way & set(wanted)
            under_way.update(wanted)
            await asyncio.sleep(0)
            under_way.difference_update(wanted)

    async with asyncio.timeout(60):
        for _ in range(10):
            await asyncio.gather(*(write() for _ in range(8)))


async def test_a_change_of_the_batch_waits_for_the_work_in_it(database):
    made = await factories.season(await factories.university())
    order: list[str] = []

    async def change() -> None:
        async with database.transaction():
            await lock_batch(made.batch.id, exclusive=True)
            order.append("change")

    async with asyncio.timeout(60):
        async with held(lambda: lock_batch(made.batch.id, exclusive=False)):
            changing = asyncio.create_task(change())
            await waits_or_ends(changing)
            order.append("work")
        await changing
    assert order == ["work", "change"]


async def test_two_may_work_in_a_batch_at_once(database):
    if database.dialect() is Dialect.SQLITE:
        return  # there is one writer
    made = await factories.season(await factories.university())
    together = asyncio.Barrier(2)

    async def work() -> None:
        async with database.transaction():
            await lock_batch(made.batch.id, exclusive=False)
            await together.wait()

    async with asyncio.timeout(60):
        await asyncio.gather(work(), work())
