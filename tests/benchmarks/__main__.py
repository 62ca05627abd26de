"""`python -m tests.benchmarks [--students N] [--rounds N] [--json FILE]`: the workloads on a full season, in medians.

It builds the season on each database, serves it, and sends the workloads in turn. PostgreSQL when LIXIAO_TEST_POSTGRES
holds the URL of a database in which it may make a schema of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.benchmarks.policies import FIGURES
from tests.benchmarks.workloads import BULK, MARK, NUMBERS, W1, W2, W5, Workload, variables
from tests.fresh_databases import FreshPostgresql

PASSWORD = "only for measuring"
SIGN_IN = "mutation ($u: String!, $p: String!) { signIn(input: { username: $u, password: $p }) { csrfToken } }"
WHO = {W1: "office", W2: "office", W5: "library"}


def main() -> None:
    options = arguments()
    results: dict[str, dict[str, float]] = {}
    costs: dict[str, dict[str, float]] = {}
    for name, made in databases().items():
        with made as url:
            print(f"{name}: building a season of {options.students} …", file=sys.stderr, flush=True)
            lixiao("demo", "--no-serve", "--students", str(options.students), "--password", PASSWORD, database=url)
            with served(url) as base:
                results[name] = measured(base, options.rounds)
            costs[name] = cost_of_policies(url)
    print(table(results, options.students))
    print(policy_table(costs))
    if options.json:
        machine = {"machine": platform.platform(), "cores": os.cpu_count(), "students": options.students}
        Path(options.json).write_text(
            json.dumps({**machine, "median_ms": results, "policies": costs}, indent=2) + "\n", encoding="utf-8"
        )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--students", type=int, default=15500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", help="write the figures to this file, too")
    return parser.parse_args()


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


def lixiao(*words: str, database: str) -> None:
    command = [str(Path(sys.executable).parent / "lixiao"), *words, "--database", database]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


@contextmanager
def served(url: str) -> Iterator[str]:
    """The program's own server on a free port, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).parent / "lixiao"), "serve", "--port", str(port)]
    environment = {**os.environ, "LIXIAO_DATABASE_URL": url, "LIXIAO_LOG_LEVEL": "warning"}
    with subprocess.Popen(command, env=environment) as server:
        try:
            base = f"http://127.0.0.1:{port}"
            wait_until_ready(base)
            yield base
        finally:
            server.terminate()


def wait_until_ready(base: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if httpx.get(f"{base}/readyz").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise SystemExit("the server did not become ready")


class Desk:
    """Somebody signed in."""

    def __init__(self, base: str, username: str) -> None:
        self.http = httpx.Client(base_url=base, timeout=60)
        token = self.ask(SIGN_IN, {"u": username, "p": PASSWORD})["signIn"]["csrfToken"]
        self.http.headers["X-CSRF-Token"] = token

    def ask(self, document: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self.http.post("/graphql", json={"query": document, "variables": variables or {}}).json()
        if "errors" in answer:
            raise SystemExit(f"refused: {answer['errors'][0]['message']}")
        data: dict[str, Any] = answer["data"]
        return data


def measured(base: str, rounds: int) -> dict[str, float]:
    """The median of each workload in ms, over all rounds; the first of each kind is not counted."""
    desks = {workload: Desk(base, who) for workload, who in WHO.items()}
    numbers = [each["student"]["studentNo"] for each in desks[W1].ask(NUMBERS)["sheets"]["nodes"]]
    everybody = {"batch": "2026-06", "item": "LIB_BOOKS", "status": "CLEARED", "errorPolicy": "APPLY_VALID"}
    desks[W5].ask(MARK, {"input": {**everybody, "select": {"studentNos": numbers}}})
    times: dict[str, list[float]] = {workload.name: [] for workload in WHO}
    for _ in range(rounds):
        for workload, desk in desks.items():
            times[workload.name] += one_round(workload, desk, numbers)
    return {name: round(statistics.median(each), 2) for name, each in times.items()}


def one_round(workload: Workload, desk: Desk, numbers: list[str]) -> list[float]:
    taken = []
    for values in variables(workload, numbers):
        begin = time.perf_counter()
        data = desk.ask(workload.document, values)
        taken.append((time.perf_counter() - begin) * 1000)
        if workload is W5 and data["setClearances"]["applied"] != BULK:
            raise SystemExit(f"{workload.name}: {data['setClearances']}")
    return taken[1:]


def cost_of_policies(url: str) -> dict[str, float]:
    """See tests.benchmarks.policies; a process of its own, because one process knows one kind of database."""
    command = [sys.executable, "-m", "tests.benchmarks.policies", url, PASSWORD]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def policy_table(costs: dict[str, dict[str, float]]) -> str:
    lines = ["", "What the policies cost; medians in the application's own process", ""]
    lines += ["| policies | " + " | ".join(costs) + " |", "|---" * (len(costs) + 1) + "|"]
    for figure, what in FIGURES.items():
        lines.append(f"| {what} | " + " | ".join(f"{each[figure]:.2f}" for each in costs.values()) + " |")
    return "\n".join(lines)


def table(results: dict[str, dict[str, float]], students: int) -> str:
    names = list(results)
    lines = [f"{students} students; medians over HTTP, in ms; {platform.machine()}, {os.cpu_count()} cores", ""]
    lines.append("| workload | " + " | ".join(names) + " |")
    lines.append("|---" * (len(names) + 1) + "|")
    for workload in WHO:
        figures = " | ".join(f"{results[name][workload.name]:.1f}" for name in names)
        lines.append(f"| {workload.name} {workload.what} | {figures} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
