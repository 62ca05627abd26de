"""Measures the desk and what stands beside it in turn, on the same data: whatever else the machine does slows all."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from tests.benchmarks.contenders import Contender, Desk
from tests.benchmarks.panel_beside import PAGES, Panels, one_round
from tests.benchmarks.panel_beside import prepare as prepare_panels
from tests.benchmarks.sending import Line, one_after_the_other, side_by_side
from tests.benchmarks.workloads import W5, Workload

COMPARED = 2  # requests of each workload (a mark and its undoing, for one) whose answers must be the same


@dataclass(frozen=True, slots=True)
class Cost:
    """What requests took: answers in a second or ms of one, as the workload tells; `cpu`: ms of processor for one."""

    speed: float
    cpu: float | None


@dataclass(frozen=True, slots=True)
class Ratio:
    """The desk against another: above 1 it is faster (`wall`), or takes less processor time (`cpu`)."""

    wall: float
    cpu: float | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: medians over the rounds, by the server's name; a server that cannot answer is absent."""

    name: str
    what: str
    unit: str
    costs: dict[str, Cost]
    ratios: dict[str, Ratio]
    goal: float | None = None


@dataclass
class Bench:
    """The desk, the others, and how long each should be asked one workload in a round, in seconds."""

    desk: Desk
    others: Sequence[Contender]
    seconds: float
    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def askable(self, workload: Workload) -> list[Contender]:
        return [each for each in (self.desk, *self.others) if each.asks(workload)]

    def requests(self, contender: Contender, workload: Workload, count: int) -> list[bytes]:
        """The first requests of the workload, the same for everybody."""
        numbers = self.desk.numbers(workload.who)
        return [contender.request(workload, workload.given(n, numbers)) for n in range(count)]

    def prepare(self, workload: Workload) -> None:
        """Finds how often each is to be asked. Raises SystemExit when two answer differently."""
        if workload.document == W5.document:
            self.desk.pass_library()
        answers = {}
        for contender in self.askable(workload):
            answers[contender.name] = self._answers(contender, workload)
        [(name, first), *rest] = answers.items()
        for other, answer in rest:
            if answer != first:
                raise SystemExit(f"{workload.name}: {name} and {other} answer differently: {_apart(first, answer)}")

    def _answers(self, contender: Contender, workload: Workload) -> list[object]:
        with Line(contender.server.base) as line:
            found = [line.ask(each) for each in self.requests(contender, workload, COMPARED)]
        times = one_after_the_other(contender.server.base, self.requests(contender, workload, COMPARED + 2))
        least, most = workload.times
        wanted = self.seconds * 1000 / statistics.median(times)
        self.counts[contender.name, workload.name] = 2 * round(min(max(wanted, least), most) / 2) or 1
        return [contender.content(workload, each) for each in found]


def _apart(one: object, other: object) -> str:
    """Where two answers begin to differ."""
    texts = [orjson.dumps(each).decode() for each in (one, other)]
    place = next((n for n, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), min(map(len, texts)))
    return " and ".join(f"… {each[max(place - 60, 0) : place + 60]} …" for each in texts)


# --- the rounds


def measured(bench: Bench, workloads: Sequence[Workload], rounds: int, panels: Panels | None = None) -> list[Figure]:
    """Every workload, and a list of the panel, unless told to leave that out."""
    for workload in workloads:
        bench.prepare(workload)
        _one_round(bench, workload, 0)  # warms up: what is compiled at run time, pools, pages of the database
    pages = PAGES if panels else ()
    if panels:
        prepare_panels(panels)
    found: dict[str, list[dict[str, Cost]]] = {each.name: [] for each in (*workloads, *pages)}
    for turn in range(rounds):
        for workload in workloads:
            found[workload.name].append(_one_round(bench, workload, turn))
        for page in pages:
            costs = one_round(panels, page, turn) if panels else {}
            found[page.name].append({name: Cost(*cost) for name, cost in costs.items()})
    return [_figure(each, found[each.name], bench.desk.name) for each in (*workloads, *pages)]


def _one_round(bench: Bench, workload: Workload, turn: int) -> dict[str, Cost]:
    """Each in turn; who begins changes from round to round."""
    contenders = bench.askable(workload)
    begins = turn % len(contenders)
    turns = [*contenders[begins:], *contenders[:begins]]
    return {each.name: _measure(bench, each, workload) for each in turns}


def _measure(bench: Bench, contender: Contender, workload: Workload) -> Cost:
    requests = bench.requests(contender, workload, bench.counts[contender.name, workload.name])
    server = contender.server
    before = server.processor.read()
    if workload.rate:
        speed = side_by_side(server.base, requests)
    else:
        speed = statistics.median(one_after_the_other(server.base, requests, warm=True))
    return Cost(speed, _each(server.processor.since(before), len(requests)))


def _each(seconds: float | None, requests: int) -> float | None:
    return None if seconds is None else seconds * 1000 / requests


# --- medians


def _figure(workload: Workload, rounds: Sequence[dict[str, Cost]], desk: str) -> Figure:
    costs = {name: _median_cost([each[name] for each in rounds]) for name in rounds[0]}
    ratios = {
        name: _median_ratio([_ratio(each[desk], each[name], workload) for each in rounds])
        for name in costs
        if desk in costs and name != desk
    }
    return Figure(workload.name, workload.what, workload.unit, costs, ratios, workload.goal)


def _ratio(desk: Cost, other: Cost, workload: Workload) -> Ratio:
    wall = desk.speed / other.speed if workload.rate else other.speed / desk.speed
    return Ratio(wall, None if desk.cpu is None or other.cpu is None else other.cpu / desk.cpu)


def _median_cost(costs: Sequence[Cost]) -> Cost:
    return Cost(statistics.median(each.speed for each in costs), _median([each.cpu for each in costs]))


def _median_ratio(ratios: Sequence[Ratio]) -> Ratio:
    """Of the rounds' ratios, which is not the quotient of the two medians: what the machine did changes from round to
    round, hardly within one."""
    return Ratio(statistics.median(each.wall for each in ratios), _median([each.cpu for each in ratios]))


def _median(values: Sequence[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    return statistics.median(known) if known else None
