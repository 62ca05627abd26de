"""Where the processor time of one request goes, by layer and by function, measured in the server as it runs.

    python -m tests.benchmarks.profile W1 --role office --sqlite
    python -m tests.benchmarks.profile W2 --database postgres://postgres@127.0.0.1:5432/lixiao_benchmark

The server is sampled: each look tells which function it was in, C code counting for the Python function that called it
(`orjson.dumps` for its caller, SQLite for the reader). A function's part of the samples, without those in which the
event loop had nothing to do, times the processor time of a request gives µs. The processes of PostgreSQL are told
beside.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import replace as replaced
from pathlib import Path
from typing import Any

from tests.benchmarks.contenders import Desk
from tests.benchmarks.databases import KEPT, backends_of, kept
from tests.benchmarks.processor import Backends, used_by
from tests.benchmarks.sending import one_after_the_other, side_by_side
from tests.benchmarks.servers import LIXIAO, Server, settings_for, started
from tests.benchmarks.workloads import ALL, Workload
from tests.served import reserved_port

PATIENCE = 60.0  # seconds
WAITING = "event loop, waiting"
EVERYTHING = 0.95  # of the samples: what a function that calls everything is in
#: The layers, each with what the path of a file must match. A stack belongs to the first of its files, from within,
#: that is in a layer: what a library does, it does for its caller.
LAYERS = (
    ("log, metrics, rates", r"/logging/|/cli_running\.py|/graphql_api/(observing|trace|metrics|rates)\.py"),
    ("HTTP server", r"/uvicorn/|/h11/|/uvloop/|/cli_http\.py"),
    ("HTTP of the application", r"/starlette/|/graphql_api/(http|asked|bodies)\.py|/app\.py"),
    ("who asks", r"/graphql_api/(authentication|remembered|context|rights)\.py|/rules/(sessions|tokens)\.py"),
    ("policies", r"/policies/"),
    (
        "parsing, validation, cost",
        r"/graphql/(language|validation|utilities|type)/|/graphql_api/(limits|documents)\.py",
    ),
    ("graphql-core, Strawberry", r"/graphql/|/strawberry/"),
    (
        "database and driver",
        r"/asyncpg/|/aiosqlite/|/tortoise/|/models/(database|reader_|connection_|portable_)\w*\.py",
    ),
    ("rows into answers", r"<emission>|/graphql_api/(emitter|loader\w*|cursors|completing|whole|scalars)\.py"),
    ("JSON", r"/graphql_api/answer\.py"),
    ("rules", r"/models/"),
    ("plan and its SQL", r"/graphql_api/"),
    (WAITING, r"/asyncio/|/selectors\.py|/threading\.py|/profiled_server\.py"),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """`requests`: how many were sent; `seconds`: of processor time, the server's own and its database's."""

    requests: int
    seconds: float
    database: float
    stacks: Sequence[tuple[int, Sequence[tuple[str, str, int]]]]

    @property
    def samples(self) -> int:
        return sum(n for n, _ in self.stacks)

    def microseconds(self, samples: int) -> float:
        return samples / max(self.samples, 1) * self.seconds / self.requests * 1e6


def main() -> None:
    options = arguments()
    url = options.database or f"sqlite://{KEPT}"
    with kept(url, options.students).opened as there, backends_of(there) as backends:
        seen = profiled(there, backends, options.workload, options.requests)
    print(told(seen, options.workload, options.functions))


def profiled(url: str, backends: Backends | None, workload: Workload, count: int) -> Seen:
    with tempfile.TemporaryDirectory() as folder, serving(url, backends, Path(folder, "seen.json")) as server:
        desk = Desk(server)
        requests = [desk.request(workload, workload.given(n, desk.numbers(workload.who))) for n in range(count)]
        one_after_the_other(server.base, requests[: max(10, count // 5)])
        workers = backends.of(LIXIAO) if backends else []
        before = sum(map(used_by, workers))
        os.kill(server.processor.pid, signal.SIGUSR1)
        side_by_side(server.base, requests)
        os.kill(server.processor.pid, signal.SIGUSR1)
        found = _written(Path(folder, "seen.json"))
        stacks = [(n, stack) for n, stack in found["stacks"] if _layer(stack) != WAITING]
        return Seen(count, found["seconds"], sum(map(used_by, workers)) - before, stacks)


@contextmanager
def serving(url: str, backends: Backends | None, file: Path) -> Iterator[Server]:
    environment = {**os.environ, **settings_for(url)}
    with reserved_port() as port:
        command = [sys.executable, "-m", "tests.benchmarks.profiled_server", str(port), str(file)]
        with started(LIXIAO, command, port, environment, backends) as server:
            yield server


def _written(file: Path) -> dict[str, Any]:
    """Raises SystemExit when the server writes nothing."""
    until = time.monotonic() + PATIENCE
    while not file.exists():
        if time.monotonic() > until:
            raise SystemExit("the server did not tell what it saw")
        time.sleep(0.05)
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


# --- in words


def told(seen: Seen, workload: Workload, functions: int) -> str:
    each = seen.seconds / seen.requests * 1e6
    database = f", and {seen.database / seen.requests * 1e6:,.0f} µs in PostgreSQL" if seen.database else ""
    counted = f"{seen.requests} requests, {seen.samples} samples"
    lines = [
        f"{workload.name} of {workload.who}: {each:,.0f} µs of processor time for a request{database} ({counted})",
        "",
        "| layer | µs | % |",
        "|---|---|---|",
        *_table(seen, _by_layer(seen), len(LAYERS) + 1),
        "",
        "| function, itself | µs | % |",
        "|---|---|---|",
        *_table(seen, _innermost(seen), functions),
        "",
        "| function, with what it calls | µs | % |",
        "|---|---|---|",
        *_table(seen, _within(seen), functions),
    ]
    return "\n".join(lines)


def _table(seen: Seen, counts: Counter[str], most: int) -> list[str]:
    rows = counts.most_common(most)
    return [f"| {name} | {seen.microseconds(n):,.0f} | {100 * n / max(seen.samples, 1):.1f} |" for name, n in rows]


def _by_layer(seen: Seen) -> Counter[str]:
    found: Counter[str] = Counter()
    for n, stack in seen.stacks:
        found[_layer(stack)] += n
    return found


def _layer(stack: Sequence[tuple[str, str, int]]) -> str:
    for file, _, _ in stack:
        for name, pattern in LAYERS:
            if re.search(pattern, file):
                return name
    return "other"


def _innermost(seen: Seen) -> Counter[str]:
    found: Counter[str] = Counter()
    for n, stack in seen.stacks:
        found[_named(*stack[0])] += n
    return found


def _within(seen: Seen) -> Counter[str]:
    found: Counter[str] = Counter()
    for n, stack in seen.stacks:
        for name in {f"{_short(file)} {function}" for file, function, _ in stack}:
            found[name] += n
    return Counter({name: n for name, n in found.items() if n < EVERYTHING * seen.samples})


def _named(file: str, function: str, line: int) -> str:
    return f"{_short(file)}:{line} {function}"


def _short(file: str) -> str:
    return re.sub(r"^.*/(site-packages|python3\.\d+)/|^.*/(?=(graphql_api|models|policies|tests)/)", "", file)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.profile",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [each.name for each in ALL]
    parser.add_argument("workload", choices=sorted({each.split()[0] for each in names}))
    parser.add_argument("--role", help="who asks: office, library, student …; the workload's own unless told")
    parser.add_argument("--database", metavar="URL", help=f"kept; sqlite://{KEPT} unless told")
    parser.add_argument("--sqlite", action="store_true", help="what is done without --database")
    parser.add_argument("--students", type=int, default=15500, help="how many, where the season is not there yet")
    parser.add_argument("--requests", type=int, help="how many are watched; as many as take a few seconds unless told")
    parser.add_argument("--functions", type=int, default=25, help="how many functions are told")
    options = parser.parse_args()
    workload = next(each for each in ALL if each.name == options.workload)
    options.workload = replaced(workload, who=options.role or workload.who)
    options.requests = options.requests or 2 * workload.times[1]
    return options


if __name__ == "__main__":
    main()
