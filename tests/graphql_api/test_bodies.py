"""An answer before the end of the body: it is sent at once, and what is still coming is taken in for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.responses import Response
from starlette.types import Message

from graphql_api import bodies
from graphql_api.bodies import Incoming

CLOSING = {"connection": "close"}


class Connection:
    """What a server hands an application: the parts of a body one after the other, and what was sent, with how many of
    them had come by then. After the last one nothing comes, unless somebody `hangs_up`."""

    def __init__(self, *parts: bytes, ends: bool = True, hangs_up: bool = False) -> None:
        self.messages: Iterator[Message] = iter(
            [
                *({"type": "http.request", "body": each, "more_body": True} for each in parts),
                *([{"type": "http.request", "body": b"", "more_body": False}] if ends else []),
                *([{"type": "http.disconnect"}] if hangs_up else []),
            ]
        )
        self.came = 0
        self.sent: list[tuple[str, bool, int]] = []

    async def receive(self) -> Message:
        for message in self.messages:
            self.came += 1
            return message
        return await asyncio.get_running_loop().create_future()

    async def send(self, message: Message) -> None:
        self.sent.append((message["type"].rpartition(".")[2], message.get("more_body", False), self.came))


async def answered(connection: Connection, *, read: int = 0, status: int = 413, headers: Any = CLOSING) -> None:
    incoming = Incoming(connection.receive)
    for _ in range(read):
        await incoming()
    response = Response(b"too large", status, headers)
    await bodies.answer(response, {"type": "http"}, incoming, connection.send)


async def test_the_answer_is_sent_before_the_rest_is_taken_in_and_ends_after_it() -> None:
    connection = Connection(b"a", b"b", b"c")
    await answered(connection, read=1)
    assert connection.sent == [("start", False, 1), ("body", True, 1), ("body", False, 4)]


@pytest.mark.parametrize(("status", "headers"), [(200, {}), (408, CLOSING)])
async def test_an_answer_that_keeps_the_connection_or_one_to_who_is_too_slow_waits_for_nothing(
    status: int, headers: dict[str, str]
) -> None:
    connection = Connection(b"a", b"b")
    await answered(connection, read=1, status=status, headers=headers)
    assert connection.sent == [("start", False, 1), ("body", False, 1)]


async def test_a_body_that_has_ended_is_not_waited_for() -> None:
    connection = Connection(b"a")
    await answered(connection, read=2)
    assert connection.sent == [("start", False, 2), ("body", False, 2)]


async def test_who_hangs_up_is_not_waited_for() -> None:
    connection = Connection(b"a", ends=False, hangs_up=True)
    await answered(connection)
    assert connection.sent[-1] == ("body", False, 2)


async def test_so_much_is_taken_in_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "REST_BYTES", 2)
    connection = Connection(*[b"a"] * 5)
    await answered(connection)
    assert connection.sent[-1] == ("body", False, 2)


async def test_so_long_is_waited_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "REST_SECONDS", 0.01)
    connection = Connection(b"a", ends=False)
    await answered(connection)
    assert connection.sent == [("start", False, 0), ("body", True, 0), ("body", False, 1)]
