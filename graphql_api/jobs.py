"""Long acts are jobs: taken up by whichever server is free, and carried out by the rights of the moment.

Each server has one taker, which carries out one job at a time; another server takes a job over when its lease has
lapsed. Who asked is looked up anew in each transaction: whose role, account or token has ended, his job FAILED. How a
mutation begins one stands in `mutations.long_acts`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator

from graphql_api.undo_reach import restoring
from models import database
from models.database_url import Dialect
from models.enums import JobTask
from models.rules import job_work, jobs
from models.rules.actor import Permit
from models.rules.job_lines import read_one
from models.rules.jobs import Lost, Taken
from models.rules.refusals import Refused
from policies import store
from policies.caller import Caller

logger = logging.getLogger("lixiao.graphql_api")

LOOKS = 5.0
"""Seconds between two looks for jobs that others began or left; on SQLite there are no others."""
BEATS = 4.0
"""Seconds between two renewals of the lease."""


class Taker:
    """Takes up jobs in this process, one after another."""

    def __init__(self) -> None:
        self.running = False
        self._worker = f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(6)}"
        self._stopping = False
        self._woken = asyncio.Event()
        self._ended = asyncio.Event()

    def wake(self) -> None:
        """There is a job."""
        self._woken.set()

    async def something_ended(self, seconds: float) -> None:
        """Until this process has ended a job, or for so long."""
        self._ended.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), seconds)

    @contextlib.asynccontextmanager
    async def taking(self) -> AsyncIterator[None]:
        """Jobs are carried out meanwhile. At its end the piece that is under way is finished, and the job left to
        whoever is free."""
        self._stopping, self.running = False, True
        self._woken, self._ended = asyncio.Event(), asyncio.Event()  # of this event loop
        task = asyncio.create_task(self._take())
        try:
            yield
        finally:
            self._stopping = True
            self._woken.set()
            await task
            self.running = False

    async def work_off(self) -> None:
        """Carries out whatever nobody holds; for a process without a taker."""
        while (job := await jobs.take(self._worker)) is not None:
            await self._carry_out(job)

    async def _take(self) -> None:
        alone = database.dialect() is Dialect.SQLITE  # one process, which has just begun
        anew, left = alone, False
        while not self._stopping:
            self._woken.clear()
            try:
                job = await jobs.take(self._worker, anew=anew)
                anew = False
                if job is not None:
                    left = not await self._carry_out(job) or left
                    continue
                left = left and await jobs.any_left()
            except Exception:
                logger.exception("looking for jobs failed; it is tried again")
                left = True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), None if alone and not left else LOOKS)

    async def _carry_out(self, job: Taken) -> bool:
        """False when it stopped on the way."""
        beating = asyncio.create_task(_beat(job))
        try:
            return await self._carried_out(job)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            self._ended.set()

    async def _carried_out(self, job: Taken) -> bool:
        caller = read_one(Caller, job.caller["who"])
        permit = _permit(job, caller)
        try:
            await job_work.carry_on(job, caller.actor, permit, lambda: self._stopping)
        except Lost:
            return True
        except Refused as refused:
            await jobs.failed(job, refused)
        except Exception:
            logger.exception("job %d stopped; it is tried again when its lease has lapsed", job.id)
            return False
        if self._stopping:
            await jobs.put_back(job)
        return True


async def _beat(job: Taken) -> None:
    while True:
        await asyncio.sleep(BEATS)
        if not await jobs.keep(job):
            return


def _permit(job: Taken, caller: Caller) -> Permit:
    if job.task is JobTask.UNDO:
        return restoring(caller, everything=bool(job.asked.get("others")))
    object_name, *actions = job.caller["right"]
    return store.permit(caller, object_name, *actions)


TAKER = Taker()
