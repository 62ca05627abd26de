"""How many files the panel gives at once: each takes one of its few threads until the last row has been taken, so that
some must be left for everybody else's pages."""

from __future__ import annotations

from collections.abc import Callable
from threading import BoundedSemaphore

from flask import Response

from admin_panel.client import ApiFailure
from admin_panel.words import say

AT_ONCE = 3  # of the panel's threads
COME_AGAIN_SECONDS = 10


class Room:
    """The places in which files are given."""

    def __init__(self, places: int = AT_ONCE) -> None:
        self._free = BoundedSemaphore(places)

    def give(self, made: Callable[[], Response]) -> Response:
        """The answer, which keeps its place until it is closed: given to the end, or its reader gone. Raises ApiFailure
        (RATE_LIMITED) when every place is taken: to wait for one would take a thread, too."""
        if not self._free.acquire(blocking=False):
            told = {"code": "RATE_LIMITED", "params": {"seconds": COME_AGAIN_SECONDS}}
            raise ApiFailure({"message": say("files_busy"), "extensions": told})
        try:
            answer = made()
        except BaseException:
            self._free.release()
            raise
        answer.call_on_close(self._free.release)
        return answer


ROOM = Room()
