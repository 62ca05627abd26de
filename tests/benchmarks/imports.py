"""W8: a workbook of 15,500 clearances imported over HTTP: checked, applied, undone; and the lists of people.

    python -m tests.benchmarks.imports                  a season on SQLite, built for it and thrown away
    python -m tests.benchmarks.imports --postgres       and on PostgreSQL, beside LIXIAO_TEST_POSTGRES
    python -m tests.benchmarks.imports --database URL   the demonstration there, which is kept; imported people stay

Every student's card is set to what it is not, as an operator sets it in the exported file, and put back by the undo.
A file of so many rows is a job: its time ends when its operation says so. Applying is compared with W5's SQL by hand
for the same students. Some seconds are told as processor time, which other work on the machine hardly moves. It fails
for no figure.
"""

from __future__ import annotations

import argparse
import io
import os
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpx
import openpyxl

from tests.benchmarks.contenders import ByHand, Desk
from tests.benchmarks.databases import backends_of
from tests.benchmarks.servers import BY_HAND, beside, lixiao
from tests.benchmarks.whole_filter import APPLY, ITEM, UNDO, compare, sources
from tests.benchmarks.workloads import BATCH

GOALS = {"check": 3.0, "apply": 4.0, "undo": 4.0}
PEOPLE = 5_000
LOOKS = 0.05  # seconds between two looks at whether a job has ended
HEADING = ("学号", "姓名", "环节", "办理状态", "行标识", "行版本")
STANDS = "query ($id: ID!) { operation(id: $id) { id state applied unchanged refused problem } }"
IMPORT = "mutation ($input: {0}!) {{ {1}(input: $input) {{ operation {{ id }} }} }}"
STANDING = """query ($item: String!, $after: String) { clearances(first: 1000, after: $after, where: {
    item: { code: { eq: $item }, batch: { code: { eq: "2026-06" } } }, sheet: { state: { eq: ACTIVE } } }) {
  nodes { id version status sheet { student { studentNo name } } } pageInfo { hasNextPage endCursor } } }"""
OTHER = {"CLEARED": "1", "PENDING": "3", "NOT_REQUIRED": "3"}


def main() -> None:
    options = arguments()
    for source in sources(options):
        print(f"{source.name}, a season of {options.students}, load {os.getloadavg()[0]:.1f}")
        with source.opened as url, backends_of(url) as backends, lixiao(url, backends) as server:
            desk = Desk(server)
            for _ in range(options.rounds):
                one_round(desk)
            people(desk)
            with beside(BY_HAND, "tests.benchmarks.by_hand", url, backends) as by_hand:
                compare(desk, ByHand(by_hand))


def one_round(desk: Desk) -> None:
    content = workbook(HEADING, lines(desk))
    told = {"batch": BATCH, "dryRun": True}
    checked = timed(desk, "check", lambda: begun(desk, "importClearances", content, told))
    timed(desk, "apply", lambda: str(desk.ask(APPLY, {"id": checked}, "office")["applyOperation"]["operation"]["id"]))
    asked = {"id": checked, "dryRun": False}
    timed(desk, "undo", lambda: str(desk.ask(UNDO, asked, "office")["undoOperation"]["operation"]["id"]))


def people(desk: Desk) -> None:
    """A college's list of leavers without a record."""
    rows = [(f"79{n:08}", "王伟", "男", "本科生") for n in range(PEOPLE)]
    content = workbook(("学号", "姓名", "性别", "培养层次"), rows)
    for dry_run in (True, False):
        told = {"batch": BATCH, "college": "15", "dryRun": dry_run}
        what = f"{PEOPLE} people, {'check' if dry_run else 'import'}"
        timed(desk, what, lambda told=told: begun(desk, "importPeople", content, told))  # type: ignore[misc]  # a default


def lines(desk: Desk) -> Iterable[tuple[str, ...]]:
    """Every clearance of the item, with what it is not."""
    after, more = None, True
    while more:
        page = desk.ask(STANDING, {"item": ITEM, "after": after}, "office")["clearances"]
        for each in page["nodes"]:
            student = each["sheet"]["student"]
            status, version = OTHER[each["status"]], str(each["version"])
            yield student["studentNo"], student["name"], ITEM, status, each["id"], version
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]


def workbook(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (heading, *rows):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def begun(desk: Desk, mutation: str, content: bytes, told: dict[str, Any]) -> str:
    """The operation of an import: uploaded, and begun."""
    headers = dict(desk.headers("office"))
    answer = httpx.post(f"{desk.server.base}/files?name=lixiao.xlsx", content=content, headers=headers, timeout=60)
    document = IMPORT.format(f"{mutation[0].upper()}{mutation[1:]}Input", mutation)
    asked = {"input": {**told, "file": answer.json()["id"]}}
    return str(desk.ask(document, asked, "office")[mutation]["operation"]["id"])


def timed(desk: Desk, what: str, begin: Callable[[], str]) -> str:
    """From the upload to the end of the operation, which it tells and gives."""
    start, before = time.perf_counter(), desk.server.processor.read()
    operation = begin()
    while (found := desk.ask(STANDS, {"id": operation}, "office")["operation"])["state"] == "RUNNING":
        time.sleep(LOOKS)
    seconds, used = time.perf_counter() - start, desk.server.processor.since(before)
    goal = f" (goal < {GOALS[what]:.0f} s)" if what in GOALS else ""
    busy = "" if used is None else f", {used:.2f} s of processor time"
    sums = ", ".join(f"{found[name]} {name}" for name in ("applied", "unchanged", "refused"))
    print(f"  {what}: {seconds:.2f} s{busy}{goal}; {found['state']}, {sums} {found['problem'] or ''}", flush=True)
    return operation


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.imports",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--database", metavar="URL", help="see above")
    parser.add_argument("--postgres", action="store_true", help="also on PostgreSQL")
    parser.add_argument("--students", type=int, default=15500, help="how many, where a season is built")
    parser.add_argument("--rounds", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
