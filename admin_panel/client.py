"""How the panel reaches the API: `execute(document, variables, visitor)`, and files up and down, over two transports.

The panel cannot tell the transports apart. It forwards the visitor's own session and nothing else: who that is, and
what that person may do, is decided on the other side.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import IO, Any, Protocol, TypeVar
from urllib.parse import quote

import httpx
from werkzeug.http import parse_options_header

from graphql_api import file_transfer, ids
from graphql_api.context import Credentials
from graphql_api.execute import Api
from graphql_api.file_transfer import TurnedAway

Json = dict[str, Any]
T = TypeVar("T")

#: Else the session that one visitor opens would go along with the questions of the next who has none.
KEEPS_NONE = DefaultCookiePolicy(allowed_domains=())

PIECE = 512 * 1024  # bytes of a file on their way at a time

SESSION_COOKIE = "lixiao_session"


@dataclass(frozen=True, slots=True)
class Visitor:
    """What a browser brings: its session cookie (empty: nobody signed in), its language, its address for throttling,
    the API's own token against forged writes (over HTTP only). `inside`: the panel itself, reading the metadata."""

    session: str
    locale: str
    address: str = ""
    csrf: str = ""
    inside: bool = False


class ApiFailure(Exception):
    """The first error of a GraphQL answer. `message` is a sentence in the visitor's language, `violations` name the
    input fields that were refused."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        extensions: Mapping[str, Any] = error.get("extensions") or {}
        self.message = str(error.get("message") or "")
        self.code = str(extensions.get("code") or "INTERNAL")
        self.params: Json = dict(extensions.get("params") or {})
        self.violations: list[Json] = list(extensions.get("violations") or [])
        super().__init__(f"{self.code}: {self.message}")


class ApiUnreachable(Exception):
    """No answer came in time; whether a write happened is unknown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the data, and the session that signIn opened (its token) or signOut ended ("")."""

    data: Json
    session: str | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """A file of the visitor's; `pieces` come as they are taken, and are to be taken or closed."""

    name: str
    media_type: str
    size: int
    pieces: Iterator[bytes]


class Client(Protocol):
    """The one door to data."""

    def execute(self, document: str, variables: Json | None, visitor: Visitor) -> Answer:
        """Raises ApiFailure for the errors of an answer, and ApiUnreachable when there is no answer."""
        ...

    def upload(self, name: str, content: bytes | IO[bytes], visitor: Visitor) -> str:
        """Gives the file's id. An open file is read bit by bit. Raises as `execute`."""
        ...

    def download(self, file_id: str, visitor: Visitor) -> Download:
        """Raises as `execute`: ApiFailure for another's file, and for one that is not there yet. Taking a piece raises
        ApiUnreachable when the rest does not come."""
        ...


class InProcessClient:
    """One hop from Flask's thread to the event loop and back. No transaction and no context variable crosses it."""

    def __init__(self, api: Api, loop: asyncio.AbstractEventLoop, timeout: float = 60) -> None:
        self._api, self._loop, self._timeout = api, loop, timeout
        self._loop_thread = threading.get_ident()

    def execute(self, document: str, variables: Json | None, visitor: Visitor) -> Answer:
        answer = self._wait(self._api.execute(document, variables, credentials=_credentials(visitor)))
        ended_or_opened = None if answer.cookie is None else answer.cookie.token or ""
        return Answer(_data(answer.body()), ended_or_opened)

    def upload(self, name: str, content: bytes | IO[bytes], visitor: Visitor) -> str:
        sending = file_transfer.upload(self._api, _credentials(visitor), name, _read(content), _length(content))
        return ids.encode("File", self._transferred(sending).id)

    def download(self, file_id: str, visitor: Visitor) -> Download:
        file = self._transferred(file_transfer.opened(self._api, _credentials(visitor), file_id))
        return Download(file.name, file.media_type, file.size, self._pieces(file_transfer.pieces(file)))

    def _pieces(self, pieces: AsyncIterator[bytes]) -> Iterator[bytes]:
        async def following() -> bytes:
            return await anext(pieces, b"")

        try:
            while piece := self._wait(following()):
                yield piece
        except LookupError:
            raise ApiUnreachable from None

    def _transferred(self, asking: Coroutine[Any, Any, T]) -> T:
        try:
            return self._wait(asking)
        except TurnedAway as turned:
            raise ApiFailure(turned.answer.errors[0]) from None

    def _wait(self, asking: Coroutine[Any, Any, T]) -> T:
        if threading.get_ident() == self._loop_thread:
            asking.close()
            raise RuntimeError("the panel asked from the event loop's own thread and would wait for itself")
        future = asyncio.run_coroutine_threadsafe(asking, self._loop)
        try:
            return future.result(self._timeout)
        except TimeoutError:
            future.cancel()
            raise ApiUnreachable from None


async def _read(content: bytes | IO[bytes]) -> AsyncIterator[bytes]:
    """Bit by bit; an open file in a thread, for it may lie on a disk."""
    if isinstance(content, bytes):
        for start in range(0, len(content), PIECE):
            yield content[start : start + PIECE]
        return
    while part := await asyncio.to_thread(content.read, PIECE):
        yield part


def _length(content: bytes | IO[bytes]) -> int:
    """0 when it is not known before it is read."""
    return len(content) if isinstance(content, bytes) else 0


def _credentials(visitor: Visitor) -> Credentials:
    """What the visitor brought, as the API reads it. The panel has checked its own forms already."""
    return Credentials(
        session=visitor.session or None,
        locale=visitor.locale,
        address=visitor.address,
        panel=True,
        inside=visitor.inside,
    )


class HttpClient:
    """The same against a remote `/graphql`, when the panel is a process of its own.

    `token`: a bearer token that may explore the API, for reading the metadata at start-up; no page uses it.
    """

    def __init__(self, url: str, token: str, timeout: float = 60) -> None:
        self._url, self._token = url, token
        self._http = httpx.Client(timeout=timeout, cookies=CookieJar(KEEPS_NONE))
        self._files = f"{url.removesuffix('/graphql')}/files"

    def execute(self, document: str, variables: Json | None, visitor: Visitor) -> Answer:
        try:
            reply = self._http.post(
                self._url, json={"query": document, "variables": variables}, headers=self._headers(visitor)
            )
            return Answer(_data(reply.json()), _session_of(reply))
        except (httpx.HTTPError, ValueError):
            raise ApiUnreachable from None

    def upload(self, name: str, content: bytes | IO[bytes], visitor: Visitor) -> str:
        try:
            reply = self._http.post(self._files, params={"name": name}, content=content, headers=self._headers(visitor))
            return str(_accepted(reply)["id"])
        except (httpx.HTTPError, ValueError):
            raise ApiUnreachable from None

    def download(self, file_id: str, visitor: Visitor) -> Download:
        asked = self._http.build_request(
            "GET", f"{self._files}/{quote(file_id, safe='')}", headers=self._headers(visitor)
        )
        try:
            reply = self._http.send(asked, stream=True)
            if reply.status_code != httpx.codes.OK:
                with closing(reply):
                    reply.read()
                    _accepted(reply)
        except (httpx.HTTPError, ValueError):
            raise ApiUnreachable from None
        size = int(reply.headers["content-length"])
        media_type = str(reply.headers["content-type"])
        return Download(_name_of(reply), media_type, size, _pieces_of(reply))

    def close(self) -> None:
        """Give up the connections that are kept."""
        self._http.close()

    def _headers(self, visitor: Visitor) -> dict[str, str]:
        headers = {"Accept-Language": visitor.locale}
        if visitor.address:
            headers["X-Forwarded-For"] = visitor.address  # guesses of passwords are counted by place
        if visitor.inside:
            headers["Authorization"] = f"Bearer {self._token}"
        elif visitor.session:
            headers["Cookie"] = f"{SESSION_COOKIE}={visitor.session}"
            headers["X-CSRF-Token"] = visitor.csrf
        return headers


def _accepted(reply: httpx.Response) -> Json:
    """Raises ApiFailure for a refusal, ValueError for what is no answer of the API."""
    said = reply.json()
    if reply.is_success:
        return dict(said)
    if not isinstance(said, dict) or not said.get("errors"):
        raise ValueError("not an answer of the API")
    raise ApiFailure(said["errors"][0])


def _name_of(reply: httpx.Response) -> str:
    """The one in UTF-8, of the two that the API gives (RFC 6266)."""
    return str(parse_options_header(reply.headers["content-disposition"])[1]["filename"])


def _pieces_of(reply: httpx.Response) -> Iterator[bytes]:
    try:
        with closing(reply):
            yield from reply.iter_bytes(PIECE)
    except httpx.HTTPError:
        raise ApiUnreachable from None


def _session_of(reply: httpx.Response) -> str | None:
    """The session that this answer sets, "" when it ends one, None when it says nothing of it."""
    named = [value for value in reply.headers.get_list("set-cookie") if value.startswith(f"{SESSION_COOKIE}=")]
    return reply.cookies.get(SESSION_COOKIE, "") if named else None


def _data(answer: Mapping[str, Any]) -> Json:
    if answer.get("errors"):
        raise ApiFailure(answer["errors"][0])
    return dict(answer["data"] or {})
