"""Counts that stay current on an open page: the parts of pages that `live.js` fetches anew when it is told of a change.

The panel draws them both times, so the page and its part cannot differ. Whatever the load, recounting takes at most
a fifth of this process's time: who comes too early is told to come again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from flask import abort, make_response, request, url_for

from admin_panel.client import Json
from admin_panel.visit import Viewer, signed_in

SHARE = 0.2
COME_AGAIN_SECONDS = 2


class Pace:
    """Whether a recount may begin: when no other one is running, and the last has been paid for with a pause."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._running, self._free_at = clock, Lock(), 0.0

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """True while it is this one's turn, which must not wait for another."""
        if self._clock() < self._free_at or not self._running.acquire(blocking=False):
            yield False
            return
        began = self._clock()
        try:
            yield True
        finally:
            ended = self._clock()
            self._free_at = ended + (ended - began) * (1 / SHARE - 1)
            self._running.release()


PACE = Pace()


def live_part(endpoint: str, viewer: Viewer, **asked: Any) -> str:
    """The address of a part of a page. It names the role and batch of the page, which it never mixes with others."""
    role, batch = viewer.role.name if viewer.role else "", viewer.batch.code if viewer.batch else ""
    return url_for(endpoint, role=role, batch=batch, **asked)


def watched(viewer: Viewer, codes: list[str] | None = None) -> Json:
    """Of which items a page is told that their counts may have changed, as the API's `ItemFilter`."""
    where: Json = {"batch": {"code": {"eq": viewer.batch.code if viewer.batch else ""}}}
    return where if codes is None else {**where, "code": {"in": codes}}


def drawn(draw: Callable[[Viewer], str]) -> Any:
    """The part that `draw` makes; 409 when role or batch have changed since the page was opened, 204 when too many ask
    at once."""
    viewer = signed_in()
    if {"role", "batch"} - request.args.keys():
        abort(400)
    now = (viewer.role.name if viewer.role else "", viewer.batch.code if viewer.batch else "")
    if (request.args["role"], request.args["batch"]) != now:
        return make_response("", 409)
    with PACE.turn() as mine:
        if not mine:
            return make_response("", 204, {"Retry-After": str(COME_AGAIN_SECONDS)})
        return draw(viewer)
