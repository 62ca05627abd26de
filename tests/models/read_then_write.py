"""A worker process of test_database: reads a row's version and writes the next; arguments: URL, number of rounds."""

from __future__ import annotations

import asyncio
import sys

from models import College, database
from models.database_url import Dialect


async def once() -> None:
    lock = "" if database.dialect() is Dialect.SQLITE else " FOR UPDATE"
    [(version,)] = await database.fetch(f"SELECT version FROM college WHERE code = 'A'{lock}")
    await asyncio.sleep(0.001)  # thinks, while the others come in between
    await College.filter(code="A").update(version=version + 1)


async def main(url: str, rounds: int) -> None:
    database.SQLITE_PRAGMAS["busy_timeout"] = 60_000  # what is locked out for good fails at once; a busy machine waits
    await database.connect(url)
    print("ready", flush=True)  # noqa: T201  # the test starts all workers at once
    sys.stdin.readline()
    try:
        for _ in range(rounds):
            async with database.transaction():
                await once()
    finally:
        await database.disconnect()  # else the driver's thread keeps a failed process alive


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
