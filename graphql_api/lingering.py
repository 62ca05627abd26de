"""An answer that does not wait for the rest of a body. Closed on somebody who is still sending, a connection is reset
and the answer is lost with it; so what is still coming is taken in for a while and thrown away.
"""

from __future__ import annotations

import asyncio

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

SECONDS = 10.0
MOST_BYTES = 64 * 1024 * 1024
TOO_SLOW = 408  # nothing is coming that could reset the connection


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
            async with asyncio.timeout(SECONDS):
                while not self.ended and taken < MOST_BYTES:
                    taken += len((await self()).get("body", b""))
        except TimeoutError:
            return


async def answer(response: Response, scope: Scope, incoming: Incoming, send: Send) -> None:
    """Sends it. When the connection is to end with it, it does when the sender has ended, too."""
    if incoming.ended or response.status_code == TOO_SLOW or response.headers.get("connection") != "close":
        await response(scope, incoming, send)
        return

    async def held(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            return
        await send({**message, "more_body": True})
        await incoming.thrown_away()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    await response(scope, incoming, held)
