"""Acts that go on to their end whoever stops waiting: hanging up in the middle of a bulk act stops nothing of it.

What became of it, the operation shows. `ended` is for the end of the server: an act under way is not cut off.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Hashable
from typing import Any

from models.rules.refusals import Refused
from models.rules.results import ActResult

logger = logging.getLogger("lixiao.graphql_api")

_TASKS: dict[Hashable, asyncio.Task[ActResult]] = {}


async def to_its_end(
    key: Hashable, act: Coroutine[Any, Any, ActResult], seconds: float | None = None
) -> ActResult | None:
    """What the act answered; None when it has not ended after so many seconds. Two calls of one key are one act."""
    task = _TASKS.get(key)
    if task is None:
        task = _TASKS[key] = asyncio.ensure_future(act)
        task.add_done_callback(lambda ended: _forget(key, ended))
    else:
        act.close()
    done, _ = await asyncio.wait({task}, timeout=seconds)
    return task.result() if done else None


async def ended() -> None:
    """When every act that is under way has ended."""
    while _TASKS:
        await asyncio.wait(set(_TASKS.values()))


def _forget(key: Hashable, task: asyncio.Task[ActResult]) -> None:
    _TASKS.pop(key, None)
    problem = None if task.cancelled() else task.exception()
    if problem is not None and not isinstance(problem, Refused):  # perhaps nobody waits for it any more
        logger.error("an act ended with an error", exc_info=problem)
