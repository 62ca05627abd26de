"""A process of its own that looks at the policy: `python -m tests.policies.looking_on URL`, for test_three_processes.

It says `ready N`; then `read N at T` when its reads come by another version; then, for a line on its input, `write N`.
"""

from __future__ import annotations

import asyncio
import sys
import time

from models import database
from policies import store


async def look_on(url: str) -> None:
    """Says what a server of its own would go by."""
    await database.connect(url)
    first = (await store.for_read()).version
    say(f"ready {first}")
    version = first
    while version == first:
        version = (await store.for_read()).version
        await asyncio.sleep(0.01)
    say(f"read {version} at {time.time()}")
    await asyncio.to_thread(sys.stdin.readline)
    async with database.transaction():
        say(f"write {(await store.for_write()).version}")
    await database.disconnect()


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(look_on(sys.argv[1]))
