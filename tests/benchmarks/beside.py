"""Measures the desk and the server by hand in turn, on the same data: whatever else the machine does slows both."""

from __future__ import annotations

import itertools
import statistics
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from tests.benchmarks.sending import Line, get, one_after_the_other, post, side_by_side
from tests.benchmarks.workloads import ALL, MARK, NUMBERS, PANEL_LISTS, W1, W5, Workload, mark, variables

SIGN_IN = "mutation ($u: String!, $p: String!) { signIn(input: { username: $u, password: $p }) { csrfToken } }"
COMPARED = 2  # requests of each workload (a mark and its undoing, for one) whose answers must be the same
DURING_MARKS = 300  # requests of W1


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: medians over the rounds. `lixiao` is None for what the API cannot answer yet, `by_hand`
    for what nothing stands beside. `ratio`: the desk's speed as a part of that by hand, 1 being as fast."""

    name: str
    what: str
    unit: str
    lixiao: float | None
    by_hand: float | None = None
    ratio: float | None = None
    goal: float | None = None


@dataclass
class Servers:
    """Both, with who is signed in at the desk."""

    lixiao: str
    by_hand: str
    password: str
    numbers: list[str] = field(default_factory=list)
    headers: dict[str, Mapping[str, str]] = field(default_factory=dict)
    schema: str = ""

    def prepare(self) -> None:
        """Signs in, chooses students whose library item can be passed and revoked, and passes it. Raises SystemExit
        when the two answer differently."""
        self.headers = {who: self._signed_in(who) for who in {each.who for each in ALL}}
        self.schema = httpx.get(f"{self.lixiao}/schema.graphql", headers=dict(self.headers[W1.who])).text
        found = self.ask(NUMBERS, {}, W1.who)["sheets"]["nodes"]
        self.numbers = [each["student"]["studentNo"] for each in found]
        for workload in filter(self.asks, ALL):
            if workload is W5:
                self.ask(MARK, {"input": mark(self.numbers, "CLEARED")}, W5.who)
            self._compare(workload)

    def _signed_in(self, who: str) -> Mapping[str, str]:
        variables = {"u": who, "p": self.password}
        response = httpx.post(f"{self.lixiao}/graphql", json={"query": SIGN_IN, "variables": variables}, timeout=60)
        cookies = "; ".join(f"{name}={value}" for name, value in response.cookies.items())
        return {"cookie": cookies, "x-csrf-token": response.json()["data"]["signIn"]["csrfToken"]}

    def ask(self, document: str, given: Mapping[str, Any], who: str) -> dict[str, Any]:
        with Line(self.lixiao) as line:
            content = {"query": document, "variables": given}
            data: dict[str, Any] = orjson.loads(line.ask(post("/graphql", content, self.headers[who])))["data"]
            return data

    def asks(self, workload: Workload) -> bool:
        """Whether the API can answer it."""
        return f" {workload.needs}(" in self.schema

    def requests(self, workload: Workload) -> tuple[list[bytes], list[bytes]]:
        """One round's, to the desk and to the server by hand."""
        given = list(variables(workload, self.numbers))
        headers = self.headers[workload.who]
        desk = [post("/graphql", {"query": workload.document, "variables": each}, headers) for each in given]
        return desk, [post(f"/{workload.name}", {"variables": each}, {}) for each in given]

    def _compare(self, workload: Workload) -> None:
        answers = []
        for base, requests in zip((self.lixiao, self.by_hand), self.requests(workload), strict=True):
            with Line(base) as line:
                answers.append([orjson.loads(line.ask(request)) for request in requests[:COMPARED]])
        if answers[0] != answers[1]:
            raise SystemExit(f"{workload.name}: the two servers answer differently")


# --- the rounds


def measured(servers: Servers, rounds: int) -> list[Figure]:
    """Every workload, and a list of the panel."""
    desk: dict[str, list[float]] = {each.name: [] for each in ALL}
    hand: dict[str, list[float]] = {each.name: [] for each in ALL}
    panel: list[float] = []
    for turn in range(rounds):
        for workload in ALL:
            _one_round(servers, workload, desk[workload.name], hand[workload.name], desk_first=turn % 2 == 0)
        lists = [get(path, servers.headers[W1.who]) for path in PANEL_LISTS]
        panel.append(statistics.median(one_after_the_other(servers.lixiao, lists)))
    figures = [_figure(each, desk[each.name], hand[each.name]) for each in ALL]
    page = Figure(
        "W7", "a list page of the panel: 20 sheets, filtered, sorted, as HTML", "ms", statistics.median(panel)
    )
    return [*figures, page]


def _one_round(servers: Servers, workload: Workload, desk: list[float], hand: list[float], *, desk_first: bool) -> None:
    to_desk, to_hand = servers.requests(workload)
    turns = [(hand, servers.by_hand, to_hand)]
    if servers.asks(workload):
        turns.insert(0 if desk_first else 1, (desk, servers.lixiao, to_desk))
    for found, base, requests in turns:
        found.append(_measure(workload, base, requests))


def _measure(workload: Workload, base: str, requests: Sequence[bytes]) -> float:
    if not workload.rate:
        return statistics.median(one_after_the_other(base, requests))
    one_after_the_other(base, requests[:1])
    return side_by_side(base, requests[1:])


def _figure(workload: Workload, desk: Sequence[float], hand: Sequence[float]) -> Figure:
    about = (workload.name, workload.what, workload.unit)
    if not desk:
        return Figure(*about, None, statistics.median(hand), None, workload.goal)
    ratios = [one / other if workload.rate else other / one for one, other in zip(desk, hand, strict=True)]
    lixiao, by_hand, ratio = (statistics.median(each) for each in (desk, hand, ratios))
    return Figure(*about, lixiao, by_hand, ratio, workload.goal)


# --- reading while others write


def during_marks(servers: Servers) -> dict[str, float]:
    """W1 in ms, half of them and the slowest of a hundred: alone, and while bulk marks run without pause."""
    requests = [servers.requests(W1)[0][n % W1.times] for n in range(DURING_MARKS)]
    alone = one_after_the_other(servers.lixiao, requests)
    over = threading.Event()
    marks: list[int] = []
    writer = threading.Thread(target=_mark_until, args=(servers, over, marks))
    writer.start()
    try:
        meanwhile = one_after_the_other(servers.lixiao, requests)
    finally:
        over.set()
        writer.join()
    return {
        "alone_p50": statistics.median(alone),
        "alone_p99": _slowest_of_a_hundred(alone),
        "during_p50": statistics.median(meanwhile),
        "during_p99": _slowest_of_a_hundred(meanwhile),
        "marks": len(marks),
    }


def _mark_until(servers: Servers, over: threading.Event, marks: list[int]) -> None:
    """Whole pairs, so that every row is at last as it was."""
    requests = servers.requests(W5)[0]
    with Line(servers.lixiao) as line:
        for pair in itertools.cycle(zip(requests[::2], requests[1::2], strict=True)):
            for request in pair:
                line.ask(request)
                marks.append(1)
            if over.is_set():
                return


def _slowest_of_a_hundred(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=100)[98]
