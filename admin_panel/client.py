"""How the panel reaches the API: one function, `execute(document, variables, visitor)`, over two transports.

The panel cannot tell the transports apart. It forwards the visitor's own session and nothing else: who that is, and
what that person may do, is decided on the other side.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from graphql_api.context import Credentials
from graphql_api.execute import Api

Json = dict[str, Any]

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


class Client(Protocol):
    """The one door to data."""

    def execute(self, document: str, variables: Json | None, visitor: Visitor) -> Answer:
        """Raises ApiFailure for the errors of an answer, and ApiUnreachable when there is no answer."""
        ...


class InProcessClient:
    """One hop from Flask's thread to the event loop and back. No transaction and no context variable crosses it."""

    def __init__(self, api: Api, loop: asyncio.AbstractEventLoop, timeout: float = 60) -> None:
        self._api, self._loop, self._timeout = api, loop, timeout
        self._loop_thread = threading.get_ident()

    def execute(self, document: str, variables: Json | None, visitor: Visitor) -> Answer:
        if threading.get_ident() == self._loop_thread:
            raise RuntimeError("the panel asked from the event loop's own thread and would wait for itself")
        asking = self._api.execute(document, variables, credentials=_credentials(visitor))
        future = asyncio.run_coroutine_threadsafe(asking, self._loop)
        try:
            answer = future.result(self._timeout)
        except TimeoutError:
            future.cancel()
            raise ApiUnreachable from None
        ended_or_opened = None if answer.cookie is None else answer.cookie.token or ""
        return Answer(_data(answer.body()), ended_or_opened)


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
        self._url, self._token, self._http = url, token, httpx.Client(timeout=timeout)

    def execute(self, document: str, variables: Json | None, visitor: Visitor) -> Answer:
        try:
            reply = self._http.post(
                self._url, json={"query": document, "variables": variables}, headers=self._headers(visitor)
            )
            return Answer(_data(reply.json()), _session_of(reply))
        except (httpx.HTTPError, ValueError):
            raise ApiUnreachable from None

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


def _session_of(reply: httpx.Response) -> str | None:
    """The session that this answer sets, "" when it ends one, None when it says nothing of it."""
    named = [value for value in reply.headers.get_list("set-cookie") if value.startswith(f"{SESSION_COOKIE}=")]
    return reply.cookies.get(SESSION_COOKIE, "") if named else None


def _data(answer: Mapping[str, Any]) -> Json:
    if answer.get("errors"):
        raise ApiFailure(answer["errors"][0])
    return dict(answer["data"] or {})
