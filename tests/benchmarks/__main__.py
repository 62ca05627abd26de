"""`python -m tests.benchmarks [--students N] [--rounds N] [--json FILE]`: the workloads on a full season, in medians.

For each database it builds the season, serves it, starts the server by hand on the same data, and sends the workloads
to both in turn. PostgreSQL when LIXIAO_TEST_POSTGRES holds a URL beside whose database another can be made.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.benchmarks.beside import Servers, during_marks, measured
from tests.benchmarks.report import Results, as_json, as_text, machine
from tests.fresh_databases import FreshPostgresql
from tests.served import reserved_port

PASSWORD = "only for measuring"


def main() -> None:
    options = arguments()
    results: dict[str, Results] = {}
    for name, made in databases().items():
        with made as url:
            say(f"{name}: building a season of {options.students} …")
            program("cli", "demo", "--no-serve", f"--students={options.students}", f"--password={PASSWORD}", url=url)
            results[name] = of_database(name, url, options.rounds)
    about = {**machine(), "students": options.students, "rounds": options.rounds}
    print(as_text(results, about))
    if options.json:
        text = json.dumps(as_json(results, about), indent=2, ensure_ascii=False)
        Path(options.json).write_text(text + "\n", encoding="utf-8")


def of_database(name: str, url: str, rounds: int) -> Results:
    """Everything that is measured on one database, whose season is there already."""
    found = Results()
    with served(url) as lixiao, by_hand(url) as hand:
        servers = Servers(lixiao, hand, PASSWORD)
        say(f"{name}: comparing answers …")
        servers.prepare()
        say(f"{name}: {rounds} rounds …")
        found.figures = measured(servers, rounds)
        found.during = during_marks(servers)
    say(f"{name}: counting statements, weighing policies …")
    found.statements = json.loads(program("tests.benchmarks.counted", url, PASSWORD))
    found.policies = json.loads(program("tests.benchmarks.policies", url, PASSWORD))
    return found


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--students", type=int, default=15500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", help="write the figures to this file, too")
    return parser.parse_args()


# --- databases


def databases() -> dict[str, AbstractContextManager[str]]:
    found: dict[str, AbstractContextManager[str]] = {"SQLite": on_sqlite()}
    if server := os.environ.get("LIXIAO_TEST_POSTGRES"):
        found["PostgreSQL"] = on_postgresql(server)
    return found


@contextmanager
def on_sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite://{folder}/season.db"


@contextmanager
def on_postgresql(server: str) -> Iterator[str]:
    fresh = FreshPostgresql(server)
    url = asyncio.run(fresh.make_empty())
    try:
        yield url
    finally:
        asyncio.run(fresh.drop(url))


# --- programs


def program(module: str, *words: str, url: str = "") -> str:
    """Runs one of ours to its end, in a process of its own, and gives what it prints."""
    given = [f"--database={url}"] if url else []
    command = [sys.executable, "-m", module, *words, *given]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def served(url: str) -> Iterator[str]:
    """The program's own server as it runs in production, log included, until the block ends."""
    environment = {**os.environ, "LIXIAO_DATABASE_URL": url}
    with reserved_port() as port, running("cli", "serve", "--port", str(port), environment=environment):
        yield ready(f"http://127.0.0.1:{port}")


@contextmanager
def by_hand(url: str) -> Iterator[str]:
    with reserved_port() as port, running("tests.benchmarks.by_hand", url, str(port), environment=os.environ):
        yield ready(f"http://127.0.0.1:{port}")


@contextmanager
def running(module: str, *words: str, environment: Any) -> Iterator[None]:
    command = [sys.executable, "-m", module, *words]
    with tempfile.TemporaryFile() as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as server:
        try:
            yield
        finally:
            server.terminate()


def ready(base: str, seconds: float = 120) -> str:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if httpx.get(f"{base}/readyz").status_code == httpx.codes.OK:
                return base
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise SystemExit("a server did not become ready")


if __name__ == "__main__":
    main()
