"""Only so many files are given at once: whoever exports leaves threads for everybody else's pages."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from admin_panel.app import Installation, make_panel
from admin_panel.client import ApiFailure, HttpClient
from admin_panel.giving import AT_ONCE, Room
from admin_panel.language import Text
from tests.admin_panel.test_lying_panel import SITE, signed_in
from tests.served import Served

EXPORT = 'mutation { exportRows(input: { object: "College" }) { id state } }'
FIRST = "query { operations(first: 1) { nodes { id } } }"


@pytest.fixture
def panel(served: Served) -> Iterator[Flask]:
    """The panel in this process, before the API of the served demonstration."""
    client = HttpClient(f"{served.api}/graphql", served.command("token", "create", "--user", "analyst"))
    yield make_panel(client, Installation(secrets.token_hex(32), Text("静湖大学", "Jinghu University")))
    client.close()


def exported(served: Served) -> str:
    """The id of a file that the graduation office has."""
    bearer = f"Bearer {served.command('token', 'create', '--user', 'office')}"
    answer = httpx.post(f"{served.api}/graphql", json={"query": EXPORT}, headers={"Authorization": bearer})
    file = answer.json()["data"]["exportRows"]
    assert file["state"] == "READY"
    return str(file["id"])


def taken(browser: FlaskClient, address: str) -> TestResponse:
    """A file of which nobody has read the end; to be closed."""
    return browser.get(address, base_url=SITE, buffered=False)


def test_a_place_is_free_again_when_its_answer_is_closed_or_never_came() -> None:
    room = Room(1)

    def broken() -> Response:
        raise KeyError

    with pytest.raises(KeyError):
        room.give(broken)
    first = room.give(lambda: Response("a"))
    with pytest.raises(ApiFailure) as refused:
        room.give(lambda: Response("b"))
    assert (refused.value.code, refused.value.params) == ("RATE_LIMITED", {"seconds": 10})
    first.close()
    room.give(lambda: Response("c")).close()


def test_one_file_too_many_is_refused_and_pages_open(panel: Flask, served: Served) -> None:
    browser, asker = signed_in(panel, served, "office")
    operation = asker.ask(FIRST)["operations"]["nodes"][0]["id"]
    files = (f"/exports/fetch?file={exported(served)}", f"/operation/rows.csv?id={operation}")
    with ExitStack() as places:
        for each in range(AT_ONCE):
            places.callback(taken(browser, files[each % len(files)]).close)
        for file in files:
            refused = browser.get(file, base_url=SITE)
            assert (refused.status_code, "请稍后再试" in refused.text) == (429, True)
        assert browser.get("/college/", base_url=SITE).status_code == 200
    for file in files * AT_ONCE:
        with taken(browser, file) as answer:
            assert answer.status_code == 200
