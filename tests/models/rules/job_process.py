"""A server's taker of jobs in a process of its own, for tests that kill it: `python -m tests.models.rules.job_process
URL LAST LONGEST PIECE`.

It stops where it has written the events of so many transactions (`LAST`; 0: nowhere) without having committed the last
of them, says `here`, and waits to be killed. Without that it carries out whatever it can take, says `done` and ends.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from typing import Any

from graphql_api.jobs import Taker
from models import database
from models.rules import clearing, job_work, jobs

url, last, longest, piece = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
job_work.MOST_AT_ONCE, job_work.PIECE = longest, piece
jobs.LEASE = timedelta(seconds=2)
write = clearing.write_events
written = 0


async def stopping(*given: Any) -> None:
    global written  # how far this process is
    await write(*given)
    written += 1
    if written == last:
        sys.stdout.write("here\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


async def main() -> None:
    await database.connect(url)
    await Taker().work_off()
    sys.stdout.write("done\n")
    sys.stdout.flush()
    await database.disconnect()


clearing.write_events = stopping  # type: ignore[assignment]  # stands in its place
asyncio.run(main())
