"""Before the panel's threads: a request comes to the panel whole, in time, and not too large, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from admin_panel import arriving
from admin_panel.arriving import PIECE, SMALL, Arrived
from graphql_api import bodies

MOST = 4 * SMALL


class Panel:
    """Says how many bytes it was sent, once it is called and `free` to answer."""

    def __init__(self) -> None:
        self.called, self.free = 0, asyncio.Event()
        self.free.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.called += 1
        sizes = [len(part) async for part in Request(scope, receive).stream()]
        assert max(sizes) <= PIECE
        await self.free.wait()
        await PlainTextResponse(str(sum(sizes)))(scope, receive, send)


@pytest.fixture
def panel() -> Panel:
    return Panel()


@pytest.fixture
async def http(panel: Panel) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Arrived(panel, MOST))
    async with httpx.AsyncClient(transport=transport, base_url="http://panel.test") as client:
        yield client


async def stalled(before: int) -> AsyncIterator[bytes]:
    yield bytes(before)
    await asyncio.Event().wait()


@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, SMALL + 1, MOST])
async def test_a_body_comes_as_it_was_sent(http: httpx.AsyncClient, size: int) -> None:
    assert (await http.post("/", content=bytes(size))).text == str(size)


async def test_a_page_that_is_only_asked_for_comes_at_once(http: httpx.AsyncClient) -> None:
    assert (await http.get("/")).text == "0"


async def test_what_does_not_come_is_408_and_no_thread_waits_for_it(
    http: httpx.AsyncClient, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "PAUSE_SECONDS", 0.01)
    for before in (1, SMALL + 1):
        response = await http.post("/", content=stalled(before))
        assert (response.status_code, response.text) == (408, arriving.TOO_SLOW)
    assert panel.called == 0


async def too_much() -> AsyncIterator[bytes]:
    yield bytes(MOST)
    yield b"x"


async def test_what_is_too_large_is_413(http: httpx.AsyncClient, panel: Panel) -> None:
    response = await http.post("/", content=too_much())
    assert (response.status_code, response.text, panel.called) == (413, arriving.TOO_LARGE, 0)


async def test_what_is_announced_to_be_too_large_the_panel_refuses_itself(http: httpx.AsyncClient) -> None:
    assert (await http.post("/", content=bytes(MOST + 1))).text == "0"


async def test_so_many_large_bodies_come_at_once_and_small_ones_all_the_same(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving, "LARGE_AT_ONCE", 1)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(Arrived(panel, MOST)), base_url="http://a.test") as http:
        panel.free.clear()
        large = asyncio.create_task(http.post("/", content=bytes(SMALL + 1)))
        while not panel.called:  # noqa: ASYNC110  # until the first is in the panel's hands
            await asyncio.sleep(0)
        refused = await http.post("/", content=bytes(SMALL + 1))
        assert (refused.status_code, refused.text) == (503, arriving.BUSY)
        panel.free.set()
        assert (await http.post("/", content=bytes(SMALL))).text == str(SMALL)
        assert (await large).text == str(SMALL + 1)
        assert (await http.post("/", content=bytes(SMALL + 1))).text == str(SMALL + 1)


async def test_a_refused_body_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "LARGE_AT_ONCE", 1)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Arrived(Panel(), MOST)), base_url="http://a.test"
    ) as http:
        for _ in range(2):
            assert (await http.post("/", content=too_much())).status_code == 413
        assert (await http.post("/", content=bytes(MOST))).text == str(MOST)


async def test_who_hangs_up_is_forgotten(panel: Panel) -> None:
    gone = Arrived(panel, MOST)

    async def hung_up() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def nothing(message: object) -> None:
        raise AssertionError(message)

    await gone({"type": "http", "method": "POST", "headers": [], "path": "/"}, hung_up, nothing)
    assert panel.called == 0
