"""W8: rows as a file, over HTTP, from the question to the last byte; and what it takes of memory.

    python -m tests.benchmarks.exports                  a season on SQLite, built for it and thrown away
    python -m tests.benchmarks.exports --postgres       and on PostgreSQL, beside LIXIAO_TEST_POSTGRES
    python -m tests.benchmarks.exports --database URL   the demonstration there, which is kept

Every clearance of one item, as lixiao.xlsx and in other forms; every sheet with its progress; and every clearance there
is. Memory is told as the most that the server held while it made the file, and above what it held before; and the most
of the process that writes it. It fails for no figure.
"""

from __future__ import annotations

import argparse
import os
import statistics
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.benchmarks.contenders import Desk
from tests.benchmarks.databases import backends_of
from tests.benchmarks.servers import lixiao
from tests.benchmarks.whole_filter import sources

EXPORT = "mutation ($input: ExportRowsInput!) { exportRows(input: $input) { id state rows size url } }"
ITEM = {"item": {"code": {"eq": "LIB_BOOKS"}}}
COLUMNS = ["sheet.student.studentNo", "sheet.student.name", "item", "status", "note", "decidedAt"]
SHEETS = ["student.studentNo", "student.name", "progress", "college", "className", "leaveType", "state"]
LONGEST = 600.0  # seconds
GOAL = 3.0  # seconds for 15,500 rows

#: What is asked for, by what the report calls it.
QUESTIONS: Mapping[str, Mapping[str, Any]] = {
    "one item, lixiao.xlsx": {"object": "Clearance", "layout": "STATUSES", "where": ITEM},
    "one item, XLSX": {"object": "Clearance", "columns": COLUMNS, "where": ITEM},
    "one item, CSV": {"object": "Clearance", "columns": COLUMNS, "where": ITEM, "format": "CSV"},
    "one item, JSON": {"object": "Clearance", "columns": COLUMNS, "where": ITEM, "format": "JSON"},
    "sheets with progress, XLSX": {"object": "Sheet", "columns": SHEETS},
}
EVERYTHING: Mapping[str, Any] = {"object": "Clearance", "layout": "STATUSES"}


@dataclass(slots=True)
class Memory:
    """The most that was held, in MB: of the server, of it before, and of the process that writes."""

    server: int = 0
    before: int = 0
    writer: int = 0


def main() -> None:
    options = arguments()
    for source in sources(options):
        print(f"{source.name}, a season of {options.students}, load {os.getloadavg()[0]:.1f}")
        with source.opened as url, backends_of(url) as backends, lixiao(url, backends) as server:
            desk = Desk(server)
            pid = server.processor.processes()[0]
            for name, question in QUESTIONS.items():
                told(name, [one(desk, question, pid) for _ in range(options.rounds)])
            told("every clearance, lixiao.xlsx", [one(desk, EVERYTHING, pid)])


@dataclass(frozen=True, slots=True)
class Done:
    seconds: float
    used: float | None
    rows: int
    size: int
    memory: Memory


def one(desk: Desk, question: Mapping[str, Any], pid: int) -> Done:
    """From the question to the last byte of the file."""
    before = desk.server.processor.read()
    with watched(pid) as memory:
        begin = time.perf_counter()
        file = desk.ask(EXPORT, {"input": {**question, "waitSeconds": LONGEST}}, "office")["exportRows"]
        content = httpx.get(f"{desk.server.base}{file['url']}", headers=dict(desk.headers("office")), timeout=LONGEST)
        seconds = time.perf_counter() - begin
    if file["state"] != "READY" or len(content.content) != file["size"]:
        raise SystemExit(f"no file: {file}")
    return Done(seconds, desk.server.processor.since(before), file["rows"], file["size"], memory)


def told(what: str, done: list[Done]) -> None:
    seconds = statistics.median(each.seconds for each in done)
    used = [each.used for each in done if each.used is not None]
    busy = f", {statistics.median(used):.2f} s of the server's processor time" if used else ""
    held = max((each.memory for each in done), key=lambda memory: memory.server - memory.before)
    print(
        f"  {what}: {done[0].rows} rows, {done[0].size / 1e6:.1f} MB: {seconds:.2f} s{busy} (goal < {GOAL:.0f} s for"
        f" 15,500); server {held.server} MB (+{held.server - held.before}), writer {held.writer} MB",
        flush=True,
    )


@contextmanager
def watched(pid: int) -> Iterator[Memory]:
    """Looks at the server and the process that it begins, until this ends."""
    memory, over = Memory(before=held_by(pid)), threading.Event()

    def look() -> None:
        while not over.wait(0.01):
            memory.server = max(memory.server, held_by(pid))
            for child in begun_by(pid):
                memory.writer = max(memory.writer, held_by(child))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield memory
    finally:
        over.set()
        looking.join()


def held_by(pid: int) -> int:
    """The memory that a process holds now, in MB; 0 of one that has ended."""
    with suppress(OSError):
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") // 1024 // 1024
    return 0


def begun_by(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.exports",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--database", metavar="URL", help="see above")
    parser.add_argument("--postgres", action="store_true", help="also on PostgreSQL")
    parser.add_argument("--students", type=int, default=15500)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
