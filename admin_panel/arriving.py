"""Before the panel's threads: a request gets one only when all of its body is here.

A browser on a slow line, or somebody who sends nothing more, would else keep one of the few for as long as he likes,
and soon everybody would wait.
"""

from __future__ import annotations

import asyncio
from tempfile import SpooledTemporaryFile

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graphql_api import bodies
from graphql_api.bodies import Incoming
from graphql_api.http import announced

SMALL = 256 * 1024  # bytes that are kept in memory; what is larger goes to a file without a name
LARGE_AT_ONCE = 16  # such files, of whoever sends them
PIECE = 256 * 1024

TOO_SLOW = "页面内容未在规定时间内送达,没有提交。请检查网络后重试。\nThe page did not arrive in time; nothing was sent."
TOO_LARGE = "提交的内容过大,没有提交。\nThis is too large; nothing was sent."
BUSY = "正在上传的文件过多,请稍后重试。\nToo many files are being sent. Try again in a moment."


class Refused(Exception):
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.response: Response = PlainTextResponse(words, status, {"connection": "close", "cache-control": "no-store"})


class Arrived:
    """The application `app`, called with whole requests whose bodies have at most so many bytes.

    What is announced to be larger comes to it without a body: it refuses that by what is announced, in its own words.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        incoming = Incoming(receive)
        if announced(Request(scope)) > self._most:
            await self._app(scope, _nothing, bodies.lingering(incoming, send))
            return
        with SpooledTemporaryFile(max_size=SMALL) as body:
            try:
                large = await self._received(Request(scope, incoming), body)
            except Refused as refused:
                await bodies.answer(refused.response, scope, incoming, send)
                return
            except ClientDisconnect:
                return
            try:
                body.seek(0)
                await self._app(scope, _again(body, receive), send)
            finally:
                if large:
                    self._large.release()

    async def _received(self, request: Request, body: SpooledTemporaryFile[bytes]) -> bool:
        """Whether it is large, and has one of the places for such. Raises Refused and ClientDisconnect."""
        size, large = 0, False
        try:
            async for part in bodies.parts(request):
                size += len(part)
                if size > self._most:
                    raise Refused(413, TOO_LARGE)
                if size > SMALL and not large:
                    await self._take_place()
                    large = True
                body.write(part)
        except BaseException as problem:
            if large:
                self._large.release()
            if isinstance(problem, TimeoutError):
                raise Refused(408, TOO_SLOW) from None
            raise
        return large

    async def _take_place(self) -> None:
        if self._large.locked():
            raise Refused(503, BUSY)
        await self._large.acquire()


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def _again(body: SpooledTemporaryFile[bytes], receive: Receive) -> Receive:
    """The body as if it came now; then whatever comes after it."""
    ended = False

    async def following() -> Message:
        nonlocal ended
        if ended:
            return await receive()
        part = body.read(PIECE)
        ended = len(part) < PIECE
        return {"type": "http.request", "body": part, "more_body": not ended}

    return following
