"""Bodies of requests as they come: in so much time and no more, and what is done with the rest of one that is refused.

Closed on somebody who is still sending, a connection is reset and the answer is lost with it; so what is still coming
is taken in for a while and thrown away.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

PAUSE_SECONDS = 10.0  # in which something of a large body must come
BODY_SECONDS = 300.0  # in which all of it must

REST_SECONDS = 10.0
REST_BYTES = 64 * 1024 * 1024
TOO_SLOW = 408  # nothing is coming that could reset the connection


async def parts(request: Request) -> AsyncIterator[bytes]:
    """A large body, part by part. Raises TimeoutError for one that does not come, and ClientDisconnect."""
    coming, end = aiter(request.stream()), time.monotonic() + BODY_SECONDS
    while True:
        async with asyncio.timeout(min(PAUSE_SECONDS, max(0.0, end - time.monotonic()))):
            part = await anext(coming, None)
        if part is None:
            return
        yield part


class Incoming:
    """A request's messages as they come; `ended` once there are no more."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self.ended = receive, False

    async def __call__(self) -> Message:
        message = await self._receive()
        self.ended = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def thrown_away(self) -> None:
        """What is still to come, up to a measure."""
        taken = 0
        try:
            async with asyncio.timeout(REST_SECONDS):
                while not self.ended and taken < REST_BYTES:
                    taken += len((await self()).get("body", b""))
        except TimeoutError:
            return


async def answer(response: Response, scope: Scope, incoming: Incoming, send: Send) -> None:
    """Sends it. When the connection is to end with it, it does when the sender has ended, too."""
    if response.status_code != TOO_SLOW and response.headers.get("connection") == "close":
        send = lingering(incoming, send)
    await response(scope, incoming, send)


def lingering(incoming: Incoming, send: Send) -> Send:
    """Sends as `send` does, but an answer ends only when the sender has ended, too, or had his time."""

    async def sent(message: Message) -> None:
        if message["type"] != "http.response.body" or message.get("more_body") or incoming.ended:
            await send(message)
            return
        await send({**message, "more_body": True})
        await incoming.thrown_away()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return sent
