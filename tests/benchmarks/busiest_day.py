"""W9: the busiest day. Virtual users ask one server for a set time, each at his own pace: at rate 1 what requirements
expect of a peak (each second 10 single acts, 50 sheets looked at, 10 statistics; besides marks of 200 and imports),
at rate 2, the default, twice that.

A request is due at its time whether or not the one before has come back, and its duration counts from then: a server
that falls behind cannot hide it. Errors must be none, and afterwards `lixiao check` must find nothing.
"""

from __future__ import annotations

import itertools
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import orjson
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.benchmarks.contenders import Desk
from tests.benchmarks.sending import Line, post
from tests.benchmarks.workloads import (
    BATCH,
    BULK,
    BY_COLLEGE,
    COLLEGES,
    ITEMS,
    MARK,
    ONE_SHEET,
    PAGE,
    STANDING,
    Numbers,
    Variables,
    mark,
)

IMPORTED = 1_000  # rows of one list
LISTENERS = 5
KEPT_OPEN = 3.0  # seconds; the server closes a connection that says nothing for five

PAGE_OF_LIST = PAGE.replace("first: 50", "first: 20")
IMPORT = "mutation ($input: ImportClearancesInput!) { importClearances(input: $input) { applied unchanged refused } }"
NEWS = "subscription { clearanceChanged { clearance { status item { code } } } }"


@dataclass(frozen=True, slots=True)
class Kind:
    """What some of the users do: how many they are, and how often all of them together do it in a second, at rate 1.
    `given`: the variables of the n-th request of one of them, whose own students are in `numbers`."""

    name: str
    document: str
    who: str
    users: int
    rate: float
    given: Callable[[int, Numbers], Variables]


def _one_act(n: int, numbers: Numbers) -> Variables:
    """Passes what the act before revoked, and the other way round."""
    return {"input": mark([numbers[n // 2 % len(numbers)]], "CLEARED" if n % 2 else "PENDING")}


def _bulk(n: int, numbers: Numbers) -> Variables:
    return {"input": mark(numbers[:BULK], "CLEARED" if n % 2 else "PENDING")}


def _list(n: int, numbers: Numbers) -> Variables:
    rows = [{"studentNo": each} for each in numbers[:IMPORTED]]
    status = "CLEARED" if n % 2 else "PENDING"
    return {"input": {"batch": BATCH, "item": "LIB_BOOKS", "status": status, "rows": rows}}


def _sheet(n: int, numbers: Numbers) -> Variables:
    return {"no": numbers[n * 7 % len(numbers)]}


def _page(n: int, _numbers: Numbers) -> Variables:
    return {"college": COLLEGES[n % len(COLLEGES)], "item": ITEMS[n % len(ITEMS)]}


def _batch(_n: int, _numbers: Numbers) -> Variables:
    return {"batch": BATCH}


KINDS = (
    Kind("a student looks at his sheet", ONE_SHEET, "student", 10, 25, _sheet),
    Kind("an operator scans a card: the sheet", ONE_SHEET, "library", 5, 10, _sheet),
    Kind("and acts on it", MARK, "library", 5, 10, _one_act),
    Kind("a page of a list, 20 sheets, filtered", PAGE_OF_LIST, "office", 5, 10, _page),
    Kind("a sheet for the office", ONE_SHEET, "office", 5, 5, _sheet),
    Kind("statistics: item × status", STANDING, "office", 4, 5, _batch),
    Kind("statistics: college × item × status", BY_COLLEGE, "office", 4, 5, _batch),
    Kind(f"{BULK} students marked", MARK, "library", 1, 0.1, _bulk),
    Kind(f"a list of {IMPORTED:,} imported", IMPORT, "library", 1, 0.03, _list),
)


@dataclass(frozen=True, slots=True)
class Timed:
    """What came of one kind, in ms."""

    name: str
    answers: int
    rate: float
    p50: float
    p95: float
    p99: float
    slowest: float


@dataclass
class Day:
    """`busy`: the part of one core that the server took, `database` that of PostgreSQL's processes besides. `news`:
    changes that listeners were told of. `problems`: what `lixiao check` found, "" for nothing."""

    seconds: float
    users: int
    rate: float
    lines: list[Timed] = field(default_factory=list)
    errors: int = 0
    first_error: str = ""
    busy: float = 0.0
    listeners: int = 0
    news: int = 0
    problems: str = ""


def busiest_day(desk: Desk, seconds: float, rate: float) -> Day:
    day = Day(seconds, sum(each.users for each in KINDS), rate)
    desk.pass_library()
    users = list(_users(desk, seconds, rate))
    before = desk.server.processor.read()
    with _listening(desk, day):
        begin = time.perf_counter() + 0.5
        for each in users:
            each.begin = begin
            each.start()
        for each in users:
            each.join()
        taken = time.perf_counter() - begin
    used = desk.server.processor.since(before)
    day.busy = (used or 0.0) / taken
    failed = [each.error for each in users if each.error]
    day.errors, day.first_error = len(failed), failed[0] if failed else ""
    for kind in KINDS:
        times = [taken for user in users if user.kind is kind for taken in user.times]
        if len(times) > 1:
            hundredths = statistics.quantiles(times, n=100, method="inclusive")
            found = (hundredths[49], hundredths[94], hundredths[98], max(times))
            day.lines.append(Timed(kind.name, len(times), len(times) / taken, *found))
    return day


# --- users


class User(threading.Thread):
    """One virtual user; `times` in ms. The first error ends him."""

    def __init__(self, kind: Kind, base: str, requests: Sequence[bytes], pace: float, first: float) -> None:
        super().__init__(daemon=True)
        self.kind, self.begin = kind, 0.0
        self.times: list[float] = []
        self.error = ""
        self._base, self._requests, self._pace, self._first = base, requests, pace, first

    def run(self) -> None:
        line = Line(self._base)
        for n, request in enumerate(self._requests):
            due = self.begin + self._first + n * self._pace
            time.sleep(max(0.0, due - time.perf_counter()))
            try:
                if self._pace > KEPT_OPEN:
                    line.close()
                    line = Line(self._base)
                line.ask(request)
            except (SystemExit, OSError) as refused:
                self.error = f"{self.kind.name}: {refused}"
                break
            self.times.append((time.perf_counter() - due) * 1000)
        line.close()


def _users(desk: Desk, seconds: float, rate: float) -> Iterator[User]:
    """Whoever acts has students of his own, and ends with every row as it was. All begin at different moments."""
    acting = itertools.count()
    for kind in KINDS:
        pace = kind.users / (kind.rate * rate)
        numbers = desk.numbers(kind.who)
        writes = kind.document.lstrip().startswith("mutation")
        for n in range(kind.users):
            own = numbers
            if writes:
                share = len(numbers) // sum(each.users for each in KINDS if each.document in (MARK, IMPORT))
                own = numbers[share * next(acting) :][:share]
            count = max(2, int(seconds / pace)) // 2 * 2
            requests = [_request(desk, kind, kind.given(each, own)) for each in range(count)]
            yield User(kind, desk.server.base, requests, min(pace, seconds / count), pace * n / kind.users)


def _request(desk: Desk, kind: Kind, given: Variables) -> bytes:
    return post("/graphql", {"query": kind.document, "variables": given}, desk.headers(kind.who))


# --- listeners


@contextmanager
def _listening(desk: Desk, day: Day) -> Iterator[None]:
    """Some who are told of every change meanwhile, where there are subscriptions."""
    if "type Subscription" not in desk.schema:
        yield
        return
    with ExitStack() as stack:
        told: list[list[int]] = []
        threads = []
        for _ in range(LISTENERS):
            socket = stack.enter_context(_subscribed(desk))
            told.append([0])
            threads.append(threading.Thread(target=_count, args=(socket, told[-1]), daemon=True))
            threads[-1].start()
        yield
        time.sleep(2)
        day.listeners, day.news = LISTENERS, sum(each[0] for each in told)


def _subscribed(desk: Desk) -> ClientConnection:
    address = desk.server.base.replace("http", "ws", 1) + "/graphql"
    headers = {"cookie": desk.headers("office")["cookie"], "origin": desk.server.base}
    socket = connect(address, subprotocols=["graphql-transport-ws"], additional_headers=headers)  # type: ignore[list-item]  # a NewType of str
    socket.send('{"type":"connection_init"}')
    socket.recv(timeout=30)
    socket.send(_subscribe())
    return socket


def _subscribe() -> str:
    return orjson.dumps({"id": "1", "type": "subscribe", "payload": {"query": NEWS}}).decode()


def _count(socket: ClientConnection, told: list[int]) -> None:
    try:
        for message in socket:
            told[0] += '"next"' in str(message)[:60]
    except ConnectionClosed:
        return
