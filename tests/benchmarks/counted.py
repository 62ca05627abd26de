"""`python -m tests.benchmarks.counted DATABASE_URL PASSWORD`: how many SQL statements each request sends, as JSON.

The application runs in this process, which knows one kind of database. Looking up the session, and the head of the
policies, each due every half second, is not counted.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import httpx
from starlette.types import ASGIApp

from app import create_app
from models import database
from settings import settings
from tests.api import counted
from tests.benchmarks.contenders import SIGN_IN
from tests.benchmarks.servers import settings_for
from tests.benchmarks.workloads import ITEMS, MARK, NUMBERS, ONE_SHEET, PAGE, STANDING, THOUSAND, mark

#: Rows of each request whose statements are counted.
SIZES = {"W2": (1, 10, 50), "W3": (1, 50, 1000), "W5": (1, 50, 200)}


REPEATED = 5


async def counts(password: str) -> dict[str, dict[str, int]]:
    """Workload → number of rows → statements."""
    app = create_app(with_panel=False)
    async with app.router.lifespan_context(app):
        office, library = [await Desk(app).sign_in(each, password) for each in ("office", "library")]
        numbers = [each["student"]["studentNo"] for each in (await office.ask(NUMBERS))["sheets"]["nodes"]]
        place = {"college": "15", "item": ITEMS[0]}
        return {
            "W1": {"1": await office.statements(ONE_SHEET, no=numbers[0])},
            "W2": {str(n): await office.statements(PAGE.replace("50", str(n)), **place) for n in SIZES["W2"]},
            "W3": {str(n): await office.statements(THOUSAND.replace("1000", str(n)), offset=0) for n in SIZES["W3"]},
            "W4": {"all": await office.statements(STANDING, batch="2026-06")},
            "W5": {str(n): await _marked(library, numbers[:n]) for n in SIZES["W5"]},
        }


class Desk:
    """Somebody who asks the application in this process."""

    def __init__(self, app: ASGIApp) -> None:
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=settings().base_url)

    async def sign_in(self, username: str, password: str) -> Desk:
        token = (await self.ask(SIGN_IN, u=username, p=password))["signIn"]["csrfToken"]
        self._http.headers["X-CSRF-Token"] = token
        return self

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        answer = (await self._http.post("/graphql", json={"query": document, "variables": variables})).json()
        if "errors" in answer:
            raise SystemExit(f"refused: {answer['errors'][0]['message']}")
        data: dict[str, Any] = answer["data"]
        return data

    async def statements(self, document: str, **variables: Any) -> int:
        """Once planned, and while it is remembered who asks, which is for half a second."""
        found = []
        for _ in range(REPEATED):
            with database.statements() as sent:
                await self.ask(document, **variables)
            found.append(counted(sent))
        return min(found)


async def _marked(library: Desk, numbers: list[str]) -> int:
    """Of passing these students, who are passed before and after."""
    await library.ask(MARK, input=mark(numbers, "PENDING"))
    with database.statements() as sent:
        await library.ask(MARK, input=mark(numbers, "CLEARED"))
    return counted(sent)


def main(url: str, password: str) -> None:
    os.environ |= {**settings_for(url), "LIXIAO_LOG_LEVEL": "warning"}
    settings.cache_clear()
    json.dump(asyncio.run(counts(password)), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
