"""`python -m tests.benchmarks.profiled_server PORT FILE`: the server of `lixiao serve`, watching itself.

On SIGUSR1 it begins to look what it is doing, two thousand times in a second; on the next one it
writes what it saw to the file: {"seconds": …, "stacks": [[samples, [[file, function, line], … innermost first]], …]}.
A look costs a few µs, where a profiler of every call would make everything that is written in small functions look
dear.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType

from tests.benchmarks.servers import serve

INTERVAL = 0.0005  # seconds by the clock: timers of processor time are as coarse as the kernel's tick
DEEPEST = 60

Stack = tuple[tuple[str, str, int], ...]


class Watch:
    """Samples the main thread's stack."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.seen: Counter[Stack] | None = None
        self.begun = 0.0

    def toggle(self, _signal: int, _frame: FrameType | None) -> None:
        if self.seen is None:
            self.seen, self.begun = Counter(), time.process_time()
            signal.setitimer(signal.ITIMER_REAL, INTERVAL, INTERVAL)
            return
        signal.setitimer(signal.ITIMER_REAL, 0)
        told = {"seconds": time.process_time() - self.begun, "stacks": [[n, stack] for stack, n in self.seen.items()]}
        self.seen = None
        whole = self.file.with_suffix(".whole")
        whole.write_text(json.dumps(told), encoding="utf-8")
        whole.rename(self.file)

    def look(self, _signal: int, frame: FrameType | None) -> None:
        if self.seen is not None:
            self.seen[_stack(frame)] += 1


def _stack(frame: FrameType | None) -> Stack:
    found = []
    while frame is not None and len(found) < DEEPEST:
        found.append((frame.f_code.co_filename, frame.f_code.co_qualname, frame.f_lineno))
        frame = frame.f_back
    return tuple(found)


def main(port: str, file: str) -> None:
    watch = Watch(Path(file))
    signal.signal(signal.SIGALRM, watch.look)
    signal.signal(signal.SIGUSR1, watch.toggle)
    serve("app:create_app", port)


if __name__ == "__main__":
    main(*sys.argv[1:])
