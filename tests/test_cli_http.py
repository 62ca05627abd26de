"""How the server reads HTTP: a head that never ends is cut off, a body too large is not read, and the next one comes.

A real server of this process on a port of its own, and bytes over a socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.server import ServerState

import cli_http
from cli_http import Http
from graphql_api.asked import MOST_BYTES
from graphql_api.bodies import REST_BYTES
from graphql_api.http import Endpoint

HOST = b"host: desk\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST
POST = b"POST / HTTP/1.1\r\n" + HOST + b"content-type: application/json\r\n"


class Listening:
    """Where the server listens; `heads`: of each request that came through, how many headers it had."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.heads: list[int] = []

    async def opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def answer(self, *parts: bytes) -> bytes:
        """What comes back until the server closes."""
        reader, writer = await self.opened()
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
            return await reader.read()
        except ConnectionError:  # closed with some of it unread
            return b""
        finally:
            writer.close()


@pytest.fixture
async def listening() -> AsyncIterator[Listening]:
    """The GraphQL endpoint alone, behind the server's protocol."""
    found = Listening(0)
    endpoint = Endpoint()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.heads.append(len(scope["headers"]))
        await endpoint(scope, receive, send)

    config = Config(app, lifespan="off", ws="none", log_config=None)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Http(config, state, {}), "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()
    for connection in list(state.connections):
        connection.transport.abort()  # type: ignore[union-attr]  # connected, or it would not be there
    await asyncio.gather(*state.tasks)


async def test_a_head_that_does_not_come_is_cut_off(listening: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_http, "HEAD_SECONDS", 0.05)
    assert await listening.answer(b"") == b""
    slow = await listening.answer(b"GET / HTTP/1.1\r\nhost: desk\r\nx-slow: ")
    assert slow.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert slow.endswith(b"\r\n\r\nThe headers did not arrive in time.")
    assert listening.heads == []


async def test_the_head_of_the_next_request_is_waited_for_anew(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = await listening.opened()
    writer.write(GET + b"\r\n")
    await reader.readuntil(b"}]}")
    monkeypatch.setattr(cli_http, "HEAD_SECONDS", 0.05)
    writer.write(GET)
    assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
    writer.close()


async def test_a_head_without_an_end_is_431(listening: Listening) -> None:
    reader, writer = await listening.opened()
    writer.write(GET + b"x: " + b"y" * (cli_http.MOST_HEAD_BYTES - 100))
    await writer.drain()
    writer.write(b"y" * 101)
    assert (await reader.read()).startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    writer.close()
    assert listening.heads == []


async def test_what_comes_after_a_body_is_thrown_away(listening: Listening) -> None:
    chunked = POST + b"connection: close\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    trailers = b"".join(b"x-%d: y\r\n" % n for n in range(500))
    answer = await listening.answer(chunked + trailers + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert listening.heads == [4]


@pytest.mark.parametrize("announced", [True, False])
async def test_of_a_body_too_large_the_rest_is_taken_in_up_to_a_measure(listening: Listening, announced: bool) -> None:
    """So that the answer is not lost to whoever still sends; beyond it, what fits into the buffers on the way."""
    whole = 3 * REST_BYTES
    reader, writer = await listening.opened()
    length = b"content-length: %d\r\n\r\n" % whole if announced else b"transfer-encoding: chunked\r\n\r\n"
    writer.write(POST + length)
    piece = b"x" * 65_536
    sent = 0
    try:
        while sent < whole and not reader.at_eof():
            writer.write(piece if announced else b"10000\r\n" + piece + b"\r\n")
            await writer.drain()
            sent += len(piece)
    except ConnectionError:
        pass
    writer.close()
    assert sent < REST_BYTES + whole / 6, f"the server took {sent} bytes"


async def test_the_answer_to_a_body_too_large_comes_before_the_body(listening: Listening) -> None:
    reader, writer = await listening.opened()
    writer.write(POST + b"content-length: 62914560\r\n\r\n")
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"\r\nconnection: close\r\n" in answer
    assert f"超过 {MOST_BYTES} 字节" in answer.decode()
