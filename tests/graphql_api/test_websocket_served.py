"""Subscriptions of running servers: what one process changes another tells, and a server that stops says so.

On PostgreSQL there are two servers, on SQLite the one that may serve a file.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from types import ModuleType
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from graphql_api.asked import MOST_BYTES
from models.database_url import Dialect
from policies import store
from tests.policies.test_three_processes import a_desk, clear, server
from tests.served import PATIENCE

TOLD = "subscription { clearanceChanged { clearance { status item { code } } event { after } } }"
GROUPS = "subscription { groupsChanged { items { code } } }"


async def subscribed(server: httpx.AsyncClient) -> ClientConnection:
    """A client that hears of clearances as `c` and of counts as `g`, both begun."""
    address = f"{server.base_url.join('/graphql')}".replace("http://", "ws://")
    socket = await connect(
        address,
        subprotocols=[Subprotocol("graphql-transport-ws")],
        additional_headers={"Authorization": server.headers["Authorization"]},
    )
    await socket.send(json.dumps({"type": "connection_init"}))
    assert await message(socket) == {"type": "connection_ack"}
    for name, query in (("c", TOLD), ("g", GROUPS)):
        await socket.send(json.dumps({"type": "subscribe", "id": name, "payload": {"query": query}}))
    await socket.send(json.dumps({"type": "ping"}))
    assert await message(socket) == {"type": "pong"}
    return socket


async def message(socket: ClientConnection) -> dict[str, Any]:
    return dict(json.loads(await asyncio.wait_for(socket.recv(), PATIENCE)))


async def test_one_process_tells_what_another_changed(database: ModuleType, database_url: str):
    await store.publish_default()
    _, bearer = await a_desk()
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(server(database_url, bearer))
        many = database.dialect() is Dialect.POSTGRESQL
        other = await stack.enter_async_context(server(database_url, bearer)) if many else one
        socket = await subscribed(one)
        assert await clear(other) is None
        found = {each["id"]: each["payload"]["data"] for each in [await message(socket) for _ in "cg"]}
        clearance = {"status": "CLEARED", "item": {"code": "BOOKS"}}
        assert found == {
            "c": {"clearanceChanged": {"clearance": clearance, "event": {"after": "CLEARED"}}},
            "g": {"groupsChanged": {"items": [{"code": "BOOKS"}]}},
        }
    with pytest.raises(ConnectionClosed):  # the servers have stopped, with the connection open
        await message(socket)
    assert (socket.close_code, socket.close_reason) == (1001, "The server stops")


async def test_the_server_itself_takes_no_larger_message(database: ModuleType, database_url: str):
    await store.publish_default()
    _, bearer = await a_desk()
    async with server(database_url, bearer) as client:
        socket = await subscribed(client)
        await socket.send("x" * (MOST_BYTES + 1))
        with pytest.raises(ConnectionClosed):
            await message(socket)
        assert socket.close_code == 1009
