"""A WebSocket's end, as `lixiao serve` has it: who takes nothing is cut off, and who is there when it stops is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

import cli_sockets
from tests.served import PATIENCE, reserved_port


class Talking:
    """An application that says more than anybody could keep for somebody who does not listen."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.silent = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        try:
            while not self.silent:
                await send({"type": "websocket.send", "text": "x" * 100_000})
            while (await receive())["type"] != "websocket.disconnect":
                pass
        finally:
            self.ended.set()


@asynccontextmanager
async def serving(app: Talking) -> AsyncIterator[tuple[uvicorn.Server, ClientConnection]]:
    """The server with one client."""
    with reserved_port() as port:
        config = uvicorn.Config(
            app, port=port, lifespan="off", log_config=None, ws=cli_sockets.Socket, ws_per_message_deflate=False
        )
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110  # uvicorn tells nobody that it has started
            await asyncio.sleep(0.01)
        async with connect(f"ws://127.0.0.1:{port}", max_queue=1, ping_interval=None, close_timeout=1) as socket:
            yield server, socket
        server.should_exit = True
        await asyncio.wait_for(running, PATIENCE)


async def test_who_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cli_sockets, "STALLED_SECONDS", 0.05)
    app = Talking()
    async with serving(app) as (_, socket):
        socket.transport.pause_reading()
        await asyncio.wait_for(app.ended.wait(), PATIENCE)


async def test_who_takes_slowly_is_not(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cli_sockets, "STALLED_SECONDS", 3600.0)
    app = Talking()
    async with serving(app) as (_, socket):
        for _ in range(100):
            assert len(await socket.recv()) == 100_000
        assert not app.ended.is_set()


async def test_who_is_there_is_told_that_it_stops():
    app = Talking()
    app.silent = True
    async with serving(app) as (server, socket):
        server.should_exit = True
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(socket.recv(), PATIENCE)
        assert (socket.close_code, socket.close_reason) == (1001, "The server stops")
        await asyncio.wait_for(app.ended.wait(), PATIENCE)
