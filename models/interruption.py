"""What must run to its end although its task is cancelled: commits, rollbacks, giving a connection back."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def completed(work: Coroutine[Any, Any, T]) -> T:
    """Awaits `work` to its end. A cancellation that arrives meanwhile is raised afterwards, never lost.

    `work` runs in a task of its own: it must set no context variables that the caller needs.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as cancellation:
            cancelled = cancellation
        except Exception:  # noqa: S110  # the work's own failure: raised by task.result() below
            pass
    if cancelled is not None:
        if not task.cancelled():
            task.exception()  # looked at, so that asyncio does not report it as never retrieved
        raise cancelled
    return task.result()
