"""The API as a client meets it: the real application over HTTP, people who sign in, questions and their answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import httpx
import pytest
import strawberry

import app
from graphql_api import jobs, remembered
from graphql_api.schema import build_schema
from models import Building, College, Department, RoleAssignment, User
from models.rules import passwords
from policies import store
from settings import settings

PASSWORD = "green cards only"
BASE = "http://desk.test"

SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { csrfToken role } }"


@cache
def stored_password() -> str:
    """PASSWORD as it is stored; hashed once a run."""
    return passwords.HASHER.hash(PASSWORD)


@cache
def built_schema() -> strawberry.Schema:
    """The schema, which nothing changes; built and printed once a run."""
    schema = build_schema()
    printed = schema.as_str()
    schema.as_str = lambda: printed  # type: ignore[method-assign]  # every Api asks for the text
    return schema


shipped = cache(store.read_csv)  # the same table each time, checked once a run
understood = lru_cache(maxsize=8)(store.load)

Unit = College | Department | Building


async def member(username: str, role: str, *units: Unit, name: str = "", **columns: Any) -> User:
    """Somebody with an account who holds `role`, for each of `units`; called again, the same person gets another."""
    user = await User.get_or_none(username=username)
    if user is None:
        user = await User.create(username=username, name=name or username, **columns)
    await User.filter(id=user.id).update(password_hash=stored_password())
    for unit in units or (None,):
        named = {} if unit is None else {type(unit).__name__.lower(): unit}
        await RoleAssignment.create(user=user, role=role, **named)
    return user


def counted(statements: Sequence[str]) -> int:
    """How many of these belong to the request itself: not the look at the policy's head, due every half second."""
    return sum("policy_head" not in each for each in statements)


class Failed(AssertionError):
    """A query that was expected to succeed had errors."""


@dataclass
class Desk:
    """One client: nobody, until somebody signs in; then with the session's cookie and its CSRF token."""

    http: httpx.AsyncClient
    csrf: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    async def post(self, document: str, variables: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        """The bare response."""
        sent = {"X-CSRF-Token": self.csrf} if self.csrf else {}
        return await self.http.post(
            "/graphql", json={"query": document, "variables": variables}, headers={**sent, **self.headers, **headers}
        )

    async def answer(self, document: str, **variables: Any) -> dict[str, Any]:
        """`data` and `errors` as they came."""
        return dict((await self.post(document, variables)).json())

    async def query(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of a question that must succeed."""
        answer = await self.answer(document, **variables)
        if answer.get("errors"):
            raise Failed(answer["errors"])
        return dict(answer["data"])

    async def error(self, document: str, **variables: Any) -> dict[str, Any]:
        """The one error of a question that must fail: message, code, params, violations and path."""
        answer = await self.answer(document, **variables)
        [error] = answer.get("errors", [])
        return {"message": error["message"], "path": error.get("path"), **error["extensions"]}

    async def sign_in(self, username: str, password: str = PASSWORD) -> Desk:
        self.csrf = (await self.query(SIGN_IN, input={"username": username, "password": password}))["signIn"][
            "csrfToken"
        ]
        return self


OpenDesk = Callable[..., Awaitable[Desk]]


@pytest.fixture
async def api(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OpenDesk]:
    """`await api()` is nobody, `await api(as_="library")` somebody signed in; `token=…` a program, `locale="en"` a
    language. The application runs on a fresh database with the shipped policy; make what you need with factories."""
    async with opened(database_url, monkeypatch) as desk:
        yield desk


@pytest.fixture
async def api_on_own_tables(own_database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OpenDesk]:
    """The same on a database whose very tables the test may change."""
    async with opened(own_database_url, monkeypatch) as desk:
        yield desk


@asynccontextmanager
async def opened(url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OpenDesk]:
    """The application on the database at `url`, with the shipped policy, without the panel. Nobody is remembered, and
    nobody looks for others' jobs: the statements that are counted do not depend on the clock, and the tests write to
    the tables beside the application."""
    monkeypatch.setattr(remembered, "SECONDS", 0.0)
    monkeypatch.setattr(jobs, "LOOKS", 3600.0)
    monkeypatch.setenv("LIXIAO_DATABASE_URL", url)
    monkeypatch.setenv("LIXIAO_SECRET_KEY", "for tests only, and long enough for them")
    monkeypatch.setattr(app, "build_schema", built_schema)
    monkeypatch.setattr(store, "read_csv", shipped)
    monkeypatch.setattr(store, "load", understood)
    settings.cache_clear()
    served = app.create_app(with_panel=False)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(served.router.lifespan_context(served))
        await store.publish_default()
        await store.STORE.refresh()

        async def desk(as_: str | None = None, *, token: str | None = None, locale: str = "zh-CN") -> Desk:
            http = httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url=BASE)
            made = Desk(await stack.enter_async_context(http), headers={"Accept-Language": locale})
            if token is not None:
                made.headers["Authorization"] = f"Bearer {token}"
            return await made.sign_in(as_) if as_ else made

        yield desk
    settings.cache_clear()
