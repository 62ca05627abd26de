"""What a page of each list costs: two questions to the API, whatever it shows, and a few SQL statements.

The application runs in this process, where the statements that it sends are seen.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest

from admin_panel.registry import ENTRIES
from app import create_app
from models import database
from settings import settings
from tests.admin_panel.lists import q
from tests.api import BASE, counted
from tests.served import PASSWORD, _database

#: Who asks is looked up again when half a second has passed, which is no matter of the list's.
REPEATED = 4
#: Who reads the list, and the statements of a page: on SQLite one for each relation that a column shows, besides those
#: for the current batch, the rows and their count; on PostgreSQL, one for each of these three whatever is shown. The
#: progress of sheets is one more; 发放两证 works out for each row why it may not be issued.
LISTS = {
    "sheet": ("office", 6, 4),
    "student": ("office", 4, 3),
    "clearance": ("office", 7, 3),
    "certificate": ("office", 6, 4),
    "item": ("office", 6, 3),
    "batch": ("office", 3, 3),
    "operation": ("office", 5, 3),
    "event": ("office", 10, 3),
    "college": ("office", 3, 3),
    "department": ("office", 3, 3),
    "syncobservation": ("office", 5, 3),
    "itemrequest": ("office", 6, 3),
    "user": ("accountadmin", 3, 3),
    "roleassignment": ("accountadmin", 6, 3),
    "building": ("dorm", 4, 4),
    "apitoken": ("auditor", 4, 3),
    "policyversion": ("policyadmin", 3, 3),
    "issue": ("certofficer", 13, 12),
}
#: The certificates' list has their sums beside it.
QUESTIONS = {"certificate": 3}
ON_POSTGRES = bool(os.environ.get("LIXIAO_TEST_DATABASE"))


@pytest.fixture(scope="module")
def copied(demonstration: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url, drop = _database(tmp_path_factory.mktemp("own"), like=demonstration)
    yield url
    drop()


@pytest.fixture(scope="module")
async def application(copied: str) -> AsyncIterator[httpx.ASGITransport]:
    """The whole application with its panel, on a copy of the demonstration."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIXIAO_DATABASE_URL", copied)
        patch.setenv("LIXIAO_SECRET_KEY", "for tests only, and long enough for them")
        settings.cache_clear()
        app = create_app()
        async with app.router.lifespan_context(app):
            yield httpx.ASGITransport(app)
    settings.cache_clear()


@asynccontextmanager
async def signed_in(application: httpx.ASGITransport, username: str) -> AsyncIterator[httpx.AsyncClient]:
    http = httpx.AsyncClient(transport=application, base_url=BASE, follow_redirects=True)
    page = await http.get("/admin/login")
    given = {"csrf_token": token(page.text), "username": username, "password": PASSWORD}
    page = await http.post("/admin/login", data=given)
    if page.url.path == "/admin/role":
        role = re.findall(r'name="role" value="(\w+)"', page.text)[0]
        page = await http.post("/admin/role", data={"csrf_token": token(page.text), "role": role, "batch": "2026-06"})
    assert page.status_code == 200, page.text
    yield http


def token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


async def cost(http: httpx.AsyncClient, path: str, caplog: pytest.LogCaptureFixture, **asked: str) -> tuple[int, int]:
    """Questions to the API and SQL statements of one page, the least of a few."""
    found = []
    for _ in range(REPEATED):
        caplog.clear()
        with database.statements() as sent, caplog.at_level(logging.INFO):
            page = await http.get(path, params=asked)
        assert page.status_code == 200, path
        [line] = [each for each in caplog.messages if each.startswith(f"GET {path} 200")]
        questions = re.search(r"questions=(\d+)", line)
        found.append((int(questions[1]) if questions else 1, counted(sent)))
    return min(found)


@pytest.mark.parametrize("name", LISTS)
async def test_a_page_of_a_list_costs_two_questions_and_few_statements(
    application: httpx.ASGITransport, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    username, on_sqlite, on_postgres = LISTS[name]
    async with signed_in(application, username) as http:
        asked = await cost(http, f"/admin/{name}/", caplog)
    assert asked == (QUESTIONS.get(name, 2), on_postgres if ON_POSTGRES else on_sqlite)


def test_every_list_is_among_them() -> None:
    hidden = {name for name, entry in ENTRIES.items() if entry.hidden}
    assert {name.lower() for name in ENTRIES.keys() - hidden} - LISTS.keys() == set()


async def test_conditions_columns_and_rows_cost_no_more(
    application: httpx.ASGITransport, caplog: pytest.LogCaptureFixture
) -> None:
    """A nested condition costs the names of the items and colleges in it."""
    some = ["all", ["item", "in", "LIB_BOOKS"], ["status", "in", "PENDING"]]
    asked = q(["clearances", "some", some], ["college", "in", "15"])
    async with signed_in(application, "office") as http:
        questions, statements = await cost(http, "/admin/sheet/", caplog)
        assert await cost(http, "/admin/sheet/", caplog, page_size="200") == (questions, statements)
        chosen = {
            "columns": "student.studentNo,student.name,className,progress",
            "sort": "student.grade",
            "search": "王",
        }
        fewer = 0 if ON_POSTGRES else 1  # the college
        assert await cost(http, "/admin/sheet/", caplog, **chosen) == (questions, statements - fewer)
        assert await cost(http, "/admin/sheet/", caplog, **chosen, q=asked) == (questions, statements - fewer + 2)
