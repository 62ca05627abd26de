"""A client of `/graphql` over WebSocket, in this process: it speaks ASGI to the application, message by message."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any

from graphql_api.authentication import SESSION_COOKIE
from tests.api import BASE, Desk
from tests.served import PATIENCE

PROTOCOL = "graphql-transport-ws"
HOST = BASE.partition("://")[2]


class Socket:
    """One connection; `code` and `reason` say how the server closed it. One who takes nothing clears `taking`."""

    def __init__(self, app: Any, headers: dict[str, str], *protocols: str) -> None:
        self.code: int | None = None
        self.reason = ""
        self.accepted: str | None = None
        self.taking = asyncio.Event()
        self.taking.set()
        self._in: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._out: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        scope = {
            "type": "websocket",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "root_path": "",
            "scheme": "ws",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 40000),
            "server": ("127.0.0.1", 8000),
            "subprotocols": list(protocols),
            "state": {},
        }
        self._in.put_nowait({"type": "websocket.connect"})
        self.served = asyncio.create_task(app(scope, self._in.get, self._sent))

    async def _sent(self, message: dict[str, Any]) -> None:
        await self.taking.wait()
        if message["type"] == "websocket.close":
            self.code, self.reason = message["code"], message.get("reason") or ""
            self._in.put_nowait({"type": "websocket.disconnect", "code": self.code})
        elif message["type"] == "websocket.accept":
            self.accepted = message.get("subprotocol")
        else:
            self._out.put_nowait(json.loads(message["text"]))

    def send(self, type_: str, **rest: Any) -> None:
        self.text(json.dumps({"type": type_, **rest}))

    def text(self, text: str) -> None:
        self._in.put_nowait({"type": "websocket.receive", "text": text})

    def data(self, data: bytes) -> None:
        self._in.put_nowait({"type": "websocket.receive", "bytes": data})

    def leave(self, code: int = 1001) -> None:
        """The client closes, or the network does."""
        self._in.put_nowait({"type": "websocket.disconnect", "code": code})

    async def next(self) -> dict[str, Any]:
        """The next message. Fails when the server closes instead."""
        taking = asyncio.ensure_future(self._out.get())
        await asyncio.wait({taking, self.served}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if taking.done():
            return taking.result()
        taking.cancel()
        raise AssertionError(f"no message; closed with {self.code} {self.reason!r}")

    async def told(self, name: str = "1") -> Any:
        """The data of the next message, which must be one of this subscription."""
        message = await self.next()
        assert (message["type"], message["id"]) == ("next", name), message
        assert set(message["payload"]) == {"data"}, message
        return message["payload"]["data"]

    async def until_here(self) -> list[dict[str, Any]]:
        """Whatever the server says until everything sent so far has been looked at."""
        self.send("ping")
        found = []
        while (message := await self.next())["type"] != "pong":
            found.append(message)
        return found

    async def subscribe(self, query: str, name: str = "1", **variables: Any) -> None:
        """Begun, when this returns."""
        self.send("subscribe", id=name, payload={"query": query, "variables": variables})
        found = await self.until_here()
        assert found == [], found

    async def error(self, query: str, name: str = "1", **variables: Any) -> dict[str, Any]:
        """The one error of a subscription that is refused."""
        self.send("subscribe", id=name, payload={"query": query, "variables": variables})
        return self.refused(await self.next(), name)

    def refused(self, message: dict[str, Any], name: str = "1") -> dict[str, Any]:
        assert (message["type"], message["id"]) == ("error", name), message
        [error] = message["payload"]
        return {"message": error["message"], **error["extensions"]}

    async def closed(self) -> int | None:
        """The code with which the server closed."""
        await asyncio.wait_for(asyncio.shield(self.served), PATIENCE)
        return self.code

    async def __aenter__(self) -> Socket:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.taking.set()
        self.leave()
        await asyncio.wait_for(self.served, PATIENCE)


def connect(desk: Desk, *protocols: str, **headers: str) -> Socket:
    """A connection of this browser or program: with its cookie and language, and from its own page."""
    session = desk.http.cookies.get(SESSION_COOKIE)
    own = {"host": HOST, "origin": BASE, **{name.lower(): value for name, value in desk.headers.items()}}
    if session:
        own["cookie"] = f"{SESSION_COOKIE}={session}"
    transport: Any = desk.http._transport
    return Socket(transport.app, own | headers, *(protocols or (PROTOCOL,)))


@asynccontextmanager
async def connected(desk: Desk, **payload: Any) -> AsyncIterator[Socket]:
    """The same, acknowledged."""
    async with connect(desk) as socket:
        socket.send("connection_init", payload=payload)
        assert await socket.next() == {"type": "connection_ack"}
        yield socket
