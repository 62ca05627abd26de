"""Files between the panel and the API, by both ways: within the process, and over HTTP to a server elsewhere."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from typing import Any

import pytest

from admin_panel.client import PIECE, ApiFailure, ApiUnreachable, Client, HttpClient, InProcessClient, Visitor
from graphql_api.execute import Api
from models import File, FilePiece
from tests.api import SIGN_IN, OpenDesk, api, built_schema, member
from tests.served import PASSWORD, Served

__all__ = ["api"]

#: More than one piece, and no piece is like another.
CONTENT = bytes(range(256)) * (PIECE * 5 // 2 // 256) + b"the end"
NAME = "名单 2026.csv"
NOBODY = Visitor("", "en")


class Elsewhere:
    """A client called as the panel calls it, from a thread of its own; `visitor` may import."""

    def __init__(self, client: Client, visitor: Visitor) -> None:
        self.client, self.visitor = client, visitor

    async def upload(self, content: Any, name: str = NAME, visitor: Visitor | None = None) -> str:
        return await asyncio.to_thread(self.client.upload, name, content, visitor or self.visitor)

    async def fetch(self, number: str, visitor: Visitor | None = None) -> tuple[str, str, int, list[bytes]]:
        def taken() -> tuple[str, str, int, list[bytes]]:
            file = self.client.download(number, visitor or self.visitor)
            return file.name, file.media_type, file.size, list(file.pieces)

        return await asyncio.to_thread(taken)


@pytest.fixture
async def inside(api: OpenDesk) -> Elsewhere:
    await member("limin", "office")
    desk = await api(as_="limin")
    client = InProcessClient(Api(built_schema()), asyncio.get_running_loop())
    return Elsewhere(client, Visitor(desk.http.cookies["lixiao_session"], "en"))


@pytest.fixture
def over_http(served: Served) -> Iterator[Elsewhere]:
    client = HttpClient(f"{served.api}/graphql", served.command("token", "create", "--user", "library"))
    answer = client.execute(SIGN_IN, {"input": {"username": "office", "password": PASSWORD}}, NOBODY)
    yield Elsewhere(client, Visitor(answer.session or "", "en", csrf=answer.data["signIn"]["csrfToken"]))
    client.close()


@pytest.fixture(params=["inside", "over_http"])
def way(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("content", [CONTENT, io.BytesIO(CONTENT)], ids=["bytes", "open file"])
async def test_a_file_comes_back_as_it_was_sent(way: Elsewhere, content: Any) -> None:
    if not isinstance(content, bytes):
        content.seek(0)
    name, media_type, size, pieces = await way.fetch(await way.upload(content))
    assert (name, media_type, size) == (NAME, "text/csv", len(CONTENT))
    assert b"".join(pieces) == CONTENT
    assert max(map(len, pieces)) <= PIECE


async def test_a_refusal_comes_with_its_words(way: Elsewhere) -> None:
    for content, name, problem in ((b"", NAME, "FILE_EMPTY"), (b"a", "a/b", "FILE_NAME"), (b"a", "", "FILE_UNNAMED")):
        with pytest.raises(ApiFailure) as told:
            await way.upload(content, name)
        assert (told.value.code, told.value.params["problem"]) == ("BAD_INPUT", problem)
    assert told.value.message == "The file needs a name in the address, such as /files?name=lixiao.xlsx."
    with pytest.raises(ApiFailure) as told:
        await way.fetch("nothing/../of ours?")
    assert (told.value.code, told.value.params["problem"]) == ("NOT_FOUND", "NO_FILE")


async def test_nobody_sends_and_nobody_fetches(way: Elsewhere) -> None:
    number = await way.upload(b"abc")
    for asking in (way.upload(b"abc", visitor=NOBODY), way.fetch(number, NOBODY)):
        with pytest.raises(ApiFailure) as told:
            await asking
        assert told.value.code == "UNAUTHENTICATED"


async def test_a_file_too_large_is_refused(way: Elsewhere) -> None:
    with pytest.raises(ApiFailure) as told:
        await way.upload(io.BytesIO(bytes(20 * 1024 * 1024 + 1)))
    assert (told.value.code, told.value.params) == ("BAD_INPUT", {"problem": "FILE_TOO_LARGE", "limit": 20})


async def test_a_file_that_goes_meanwhile_ends_without_the_rest(inside: Elsewhere) -> None:
    file = await asyncio.to_thread(inside.client.download, await inside.upload(CONTENT), inside.visitor)
    assert await asyncio.to_thread(next, file.pieces) == CONTENT[:PIECE]
    await FilePiece.all().delete()
    await File.all().delete()
    with pytest.raises(ApiUnreachable):
        await asyncio.to_thread(list, file.pieces)


async def test_a_server_that_is_not_there_is_unreachable() -> None:
    client = HttpClient("http://127.0.0.1:9/graphql", "lx_none", timeout=1)
    with pytest.raises(ApiUnreachable):
        client.upload("a.csv", b"abc", NOBODY)
    with pytest.raises(ApiUnreachable):
        client.download("x", NOBODY)
    client.close()


def test_a_session_that_one_visitor_opened_is_not_the_next_ones(over_http: Elsewhere) -> None:
    with pytest.raises(ApiFailure) as told:
        over_http.client.execute("{ viewer { username } }", None, NOBODY)
    assert told.value.code == "UNAUTHENTICATED"
