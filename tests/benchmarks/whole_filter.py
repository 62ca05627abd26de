"""W8: one act on a whole filter, from the check to the undo, over HTTP; and how others fare meanwhile.

    python -m tests.benchmarks.whole_filter                  a season on SQLite, built for it and thrown away
    python -m tests.benchmarks.whole_filter --postgres       and on PostgreSQL, beside LIXIAO_TEST_POSTGRES
    python -m tests.benchmarks.whole_filter --database URL   the demonstration there, which is kept

Everybody in progress is set to "not required", and put back. Beside it stands W5's SQL by hand for the same students,
rows for undo, events and counters included, which asks nobody's right and decides nothing: what applying is compared
with. Of the seconds some are told as processor time, which other work on the machine hardly moves. Then a reader asks
for one sheet after another, and somebody passes one student after another, meanwhile. It fails for no figure.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.benchmarks.contenders import ByHand, Desk
from tests.benchmarks.databases import Source, backends_of, fresh_postgresql, fresh_sqlite, kept
from tests.benchmarks.sending import Line, post
from tests.benchmarks.servers import BY_HAND, beside, lixiao
from tests.benchmarks.workloads import BATCH, MARK, W1, W5_IN_FULL, mark

ITEM, OTHER_ITEM = "STU_CARD", "LIB_BOOKS"
SHOWN = "dryRun applied unchanged refused operation { id state } rows(first: 100) { studentNo outcome message }"
CHECK = f"mutation ($input: SetClearancesInput!) {{ setClearances(input: $input) {{ {SHOWN} }} }}"
SUMS = "applied unchanged refused message operation { id state }"
APPLY = f"mutation ($id: ID!, $count: Int) {{ applyOperation(id: $id, confirmedCount: $count) {{ {SUMS} }} }}"
UNDO = f"mutation ($id: ID!, $dryRun: Boolean!) {{ undoOperation(id: $id, dryRun: $dryRun) {{ {SUMS} }} }}"
ALONE = 5.0  # seconds
GOALS = {"check": 2.0, "apply": 4.0, "check of the undo": 2.0, "undo": 4.0}


@dataclass(slots=True)
class Beside:
    """What others waited for, in ms."""

    reads: list[float] = field(default_factory=list)
    acts: list[float] = field(default_factory=list)


def main() -> None:
    options = arguments()
    for source in sources(options):
        print(f"{source.name}, a season of {options.students}, load {os.getloadavg()[0]:.1f}")
        with source.opened as url, backends_of(url) as backends, lixiao(url, backends) as server:
            desk = Desk(server)
            measure(desk, options.rounds)
            with beside(BY_HAND, "tests.benchmarks.by_hand", url, backends) as by_hand:
                compare(desk, ByHand(by_hand))


def measure(desk: Desk, rounds: int) -> None:
    alone = Beside()
    with others(desk, alone):
        time.sleep(ALONE)
    told("alone", alone)
    for accompanied in (False, True):
        for _ in range(rounds):
            one_round(desk, accompanied)


def one_round(desk: Desk, accompanied: bool) -> None:
    """From the check to the undo; by itself, or while others read and act."""
    operation, count = "", 0
    for step in GOALS:
        meanwhile, before = Beside(), desk.server.processor.read()
        with others(desk, meanwhile) if accompanied else nullcontext():
            seconds, answer = timed(partial(DO[step], desk, operation, count))
        used = desk.server.processor.since(before)
        if step == "check":
            operation, count = answer["operation"]["id"], answer["applied"]
        rows = f"{answer['applied']} changed, {answer['unchanged']} unchanged, {answer['refused']} refused"
        busy = "" if accompanied or used is None else f", {used:.2f} s of processor time"
        told(f"{step}: {seconds:.2f} s{busy} (goal < {GOALS[step]:.0f} s); {rows}", meanwhile if accompanied else None)


def compare(desk: Desk, by_hand: ByHand) -> None:
    """Applying beside the same by hand, both from not cleared to cleared and back."""
    numbers = all_numbers(desk)
    took = {}
    for status in ("PENDING", "CLEARED"):
        request = by_hand.request(W5_IN_FULL, {"input": mark(numbers, status) | {"idempotencyKey": f"whole {status}"}})
        with Line(by_hand.server.base) as line:
            took[status], _ = timed(partial(line.ask, request))
    print(f"  by hand: {took['PENDING']:.2f} s and {took['CLEARED']:.2f} s for {len(numbers)} students")


def all_numbers(desk: Desk) -> list[str]:
    document = """query ($after: String) { sheets(first: 1000, after: $after,
      where: { batch: { code: { eq: "2026-06" } }, state: { eq: ACTIVE } }) {
      nodes { student { studentNo } } pageInfo { hasNextPage endCursor } } }"""
    found: list[str] = []
    after = None
    while True:
        page = desk.ask(document, {"after": after}, "office")["sheets"]
        found += [each["student"]["studentNo"] for each in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def check(desk: Desk, operation: str, count: int) -> Any:
    asked = {"batch": BATCH, "item": ITEM, "status": "NOT_REQUIRED", "reason": "OTHER", "dryRun": True}
    asked |= {"select": {"where": {"batch": {"code": {"eq": BATCH}}}}, "errorPolicy": "APPLY_VALID"}
    return desk.ask(CHECK, {"input": asked}, "office")["setClearances"]


def apply(desk: Desk, operation: str, count: int) -> Any:
    return desk.ask(APPLY, {"id": operation, "count": count}, "office")["applyOperation"]


def check_undo(desk: Desk, operation: str, count: int) -> Any:
    return desk.ask(UNDO, {"id": operation, "dryRun": True}, "office")["undoOperation"]


def undo(desk: Desk, operation: str, count: int) -> Any:
    return desk.ask(UNDO, {"id": operation, "dryRun": False}, "office")["undoOperation"]


DO: dict[str, Callable[[Desk, str, int], Any]] = {
    "check": check,
    "apply": apply,
    "check of the undo": check_undo,
    "undo": undo,
}


@contextmanager
def others(desk: Desk, waited: Beside) -> Iterator[None]:
    """Somebody reads, and somebody else acts, without pause."""
    over = threading.Event()
    reads = itertools.cycle([desk.request(W1, {"no": number}) for number in desk.numbers(W1.who)[:100]])
    numbers = desk.numbers("library")[:20]
    acts = itertools.cycle([single(desk, number, status) for number in numbers for status in ("PENDING", "CLEARED")])

    def ask(requests: Iterator[bytes], into: list[float]) -> None:
        with Line(desk.server.base) as line:
            while not over.is_set():
                begin = time.perf_counter()
                line.ask(next(requests))
                into.append((time.perf_counter() - begin) * 1000)
                time.sleep(0.005)

    threads = [
        threading.Thread(target=ask, args=(reads, waited.reads)),
        threading.Thread(target=ask, args=(acts, waited.acts)),
    ]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        over.set()
        for each in threads:
            each.join()


def single(desk: Desk, number: str, status: str) -> bytes:
    """One student's library item, which the act on everybody leaves alone."""
    asked = {"batch": BATCH, "item": OTHER_ITEM, "status": status, "select": {"studentNos": [number]}}
    return post("/graphql", {"query": MARK, "variables": {"input": asked}}, desk.headers("library"))


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.perf_counter()
    found = work()
    return time.perf_counter() - begin, found


def told(what: str, waited: Beside | None) -> None:
    print(f"  {what}", flush=True)
    if waited is None:
        return
    print(f"    reading one sheet {spread(waited.reads)} · passing one student {spread(waited.acts)}")


def spread(took: Sequence[float]) -> str:
    if not took:
        return "nothing"
    ordered = sorted(took)
    slowest = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    return f"p50 {statistics.median(took):.1f}, p99 {slowest:.1f}, at most {ordered[-1]:.0f} ms ({len(took)})"


def sources(options: argparse.Namespace) -> list[Source]:
    if options.database:
        return [kept(options.database, options.students)]
    found = [fresh_sqlite(options.students)]
    server = os.environ.get("LIXIAO_TEST_POSTGRES", "")
    if options.postgres and server:
        found.append(fresh_postgresql(server, options.students))
    return found


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.whole_filter",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--database", metavar="URL", help="see above")
    parser.add_argument("--postgres", action="store_true", help="also on PostgreSQL")
    parser.add_argument("--students", type=int, default=15500)
    parser.add_argument("--rounds", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
