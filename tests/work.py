"""How much work something is, counted in calls of functions: the same on every machine, however busy it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class TooMuchWork(AssertionError):
    """More calls than were allowed; raised on the spot, so that what would never end does."""


class Work:
    """`calls` so far."""

    def __init__(self, most: int) -> None:
        self.calls = 0
        self._most = most

    def count(self, frame: FrameType, event: str, argument: Any) -> None:
        """What Python tells its profiler, for this thread and whatever its event loop runs meanwhile."""
        self.calls += event in ("call", "c_call")
        if self.calls > self._most:
            sys.setprofile(None)
            raise TooMuchWork(f"more than {self._most} calls")


@contextmanager
def at_most(calls: int) -> Iterator[Work]:
    """What is done inside takes no more calls than these."""
    work, before = Work(calls), sys.getprofile()
    sys.setprofile(work.count)
    try:
        yield work
    finally:
        sys.setprofile(before)
