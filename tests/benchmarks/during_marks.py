"""P5: how long W1 takes while bulk marks run without pause, half of them and the slowest of a hundred.

Three times: alone, meanwhile, and meanwhile with the server kept to one core and whoever asks to the other, for on two
cores a generator of load takes turns with the server it measures.
"""

from __future__ import annotations

import itertools
import os
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.benchmarks.beside import Bench
from tests.benchmarks.sending import Line
from tests.benchmarks.servers import pinned
from tests.benchmarks.workloads import W1, W5

SECONDS = 8.0  # each time
STUDENTS = 200  # asked about, round and round


def during_marks(bench: Bench) -> dict[str, float]:
    """In ms, by the names that the report knows; without the pinned ones where nothing can be pinned."""
    found = _meanwhile(bench, "")
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) > 1:
        with pinned(bench.desk.server, to=cores[0], oneself_to=cores[1]):
            found |= _meanwhile(bench, "pinned_")
    return found


def _meanwhile(bench: Bench, prefix: str) -> dict[str, float]:
    alone = _asked(bench)
    marks: list[int] = []
    with _marking(bench, marks):
        meanwhile = _asked(bench)
    return {
        f"{prefix}alone_p50": statistics.median(alone),
        f"{prefix}alone_p99": _slowest_of_a_hundred(alone),
        f"{prefix}during_p50": statistics.median(meanwhile),
        f"{prefix}during_p99": _slowest_of_a_hundred(meanwhile),
        f"{prefix}marks": len(marks),
    }


def _asked(bench: Bench) -> list[float]:
    """How long each request of W1 took, one after another for some seconds."""
    requests = itertools.cycle(bench.requests(bench.desk, W1, STUDENTS))
    took = []
    with Line(bench.desk.server.base) as line:
        end = time.perf_counter() + SECONDS
        while (begin := time.perf_counter()) < end:
            line.ask(next(requests))
            took.append((time.perf_counter() - begin) * 1000)
    return took


@contextmanager
def _marking(bench: Bench, marks: list[int]) -> Iterator[None]:
    """Until the block ends, and then as far as every row is as it was; it has begun when the block begins."""
    bench.desk.pass_library()
    over, begun = threading.Event(), threading.Event()
    writer = threading.Thread(target=_mark_until, args=(bench, over, begun, marks))
    writer.start()
    begun.wait()
    try:
        yield
    finally:
        over.set()
        writer.join()


def _mark_until(bench: Bench, over: threading.Event, begun: threading.Event, marks: list[int]) -> None:
    requests = bench.requests(bench.desk, W5, 4)
    with Line(bench.desk.server.base) as line:
        for pair in itertools.cycle(zip(requests[::2], requests[1::2], strict=True)):
            for request in pair:
                begun.set()
                line.ask(request)
                marks.append(1)
            if over.is_set():
                return


def _slowest_of_a_hundred(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=100)[98]
