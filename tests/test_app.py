"""The composed application: what it needs to start, when it says it is ready, and the panel in front of the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from app import create_app
from models import database
from policies import store
from settings import settings
from tests.api import BASE


@asynccontextmanager
async def started(url: str, monkeypatch: pytest.MonkeyPatch, *, with_panel: bool) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application, running on the database at `url`."""
    monkeypatch.setenv("LIXIAO_DATABASE_URL", url)
    monkeypatch.setenv("LIXIAO_SECRET_KEY", "for tests only, and long enough for them")
    settings.cache_clear()
    app = create_app(with_panel=with_panel)
    try:
        async with app.router.lifespan_context(app):
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
                yield client
    finally:
        settings.cache_clear()


async def test_it_does_not_start_on_a_database_without_tables(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(database.NotMigrated, match="lixiao migrate"):
        async with started(empty_database_url, monkeypatch, with_panel=False):
            raise AssertionError("it must not start")


async def test_it_is_not_ready_without_a_policy_and_permits_nothing(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "STORE", store.PolicyStore())
    async with started(database_url, monkeypatch, with_panel=False) as client:
        response = await client.get("/readyz")
        assert response.status_code == 503
        assert response.json() == {"database": True, "migrations": True, "policy": False}
        await store.publish_default()
        await store.STORE.refresh()
        assert (await client.get("/readyz")).status_code == 200


async def test_it_is_not_ready_when_the_schema_is_another_one(
    own_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(own_database_url, monkeypatch, with_panel=False) as client:
        await database.execute("DELETE FROM tortoise_migrations")
        response = await client.get("/readyz")
        assert (response.status_code, response.json()["migrations"]) == (503, False)


async def test_a_policy_that_was_tampered_with_shows_before_anybody_asks(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "STORE", store.PolicyStore())
    monkeypatch.setattr(store, "READ_DELAY", 0.0)
    async with started(database_url, monkeypatch, with_panel=False) as client:
        await store.publish_default()
        assert (await client.get("/readyz")).status_code == 200
        await database.execute("UPDATE policy_version SET body = ?1", ["{}"])
        assert (await client.get("/readyz")).status_code == 200  # what this process has read is good
        await database.execute("UPDATE policy_version SET sha256 = ?1", ["0" * 64])
        response = await client.get("/readyz")
        assert (response.status_code, response.json()["policy"]) == (503, False)
        assert store.STORE.snapshot.version == 1


async def test_the_panel_stands_behind_the_same_door(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with started(database_url, monkeypatch, with_panel=True) as client:
        await store.publish_default()
        await store.STORE.refresh()
        front = await client.get("/", follow_redirects=True)
        assert (front.status_code, front.url.path) == (200, "/admin/login")
        assert "离校系统" in front.text
