"""The processor time that a server uses, its database's included: a measure that holds on a machine with other work,
where the clock on the wall mostly tells how long everybody waited for a core.

Linux keeps a clock for every process, to the nanosecond, of user and system time and of ended threads too. PostgreSQL
works in a process for each connection, found by the name that a server's connections bear; these count only when they
run on this machine. Elsewhere there is no processor time, and the tables say so.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg

CPU_CLOCK = 2  # CPUCLOCK_SCHED of the kernel: a process's clock is its inverted number, shifted by three bits, and this
PROCESSES = Path("/proc")


def used_by(pid: int) -> float:
    """Seconds of user and system time since it started; 0 when it is gone."""
    try:
        return time.clock_gettime((~pid << 3) | CPU_CLOCK)
    except OSError:
        return 0.0


def with_children(pid: int) -> Iterator[int]:
    """A process and everything that it started and that still runs."""
    yield pid
    for listed in PROCESSES.glob(f"{pid}/task/*/children"):
        for child in listed.read_text(encoding="ascii").split():
            yield from with_children(int(child))


class Backends:
    """PostgreSQL's processes for one database, of which each server has those with its name."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.Runner()
        self._connection: asyncpg.Connection = self._loop.run(
            asyncpg.connect(url, server_settings={"application_name": "benchmark"})
        )

    def of(self, application: str) -> list[int]:
        found = self._loop.run(self._connection.fetch(FIND, application))
        return [pid for (pid,) in found if _is_postgres(pid)]

    def execute(self, statement: str) -> None:
        self._loop.run(self._connection.execute(statement))

    def close(self) -> None:
        self._loop.run(self._connection.close())
        self._loop.close()


FIND = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1"


def _is_postgres(pid: int) -> bool:
    """Not so when the database server is on another machine or in a container: its numbers are not ours then."""
    try:
        return PROCESSES.joinpath(str(pid), "comm").read_text(encoding="utf-8").startswith("postgres")
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class Processor:
    """Tells what one server has used. `application`: the name of its connections to PostgreSQL."""

    pid: int
    application: str = ""
    backends: Backends | None = None

    def processes(self) -> list[int]:
        """The server's own and, on PostgreSQL, its backends."""
        return [*with_children(self.pid), *(self.backends.of(self.application) if self.backends else ())]

    def read(self) -> Mapping[int, float]:
        return {pid: used_by(pid) for pid in self.processes()}

    def since(self, before: Mapping[int, float]) -> float | None:
        """Seconds since `before` was read; None where that cannot be known."""
        if sys.platform != "linux" or (self.backends and not self.backends.of(self.application)):
            return None
        return sum(used - before.get(pid, 0.0) for pid, used in self.read().items())
