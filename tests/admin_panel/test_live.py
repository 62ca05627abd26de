"""实时统计: the parts of pages that are fetched anew are what the page shows, for nobody else, and not too often."""

from __future__ import annotations

import asyncio
import html
import json
import re
from datetime import date

import httpx
import pytest

from admin_panel import live
from admin_panel.app import Installation, make_panel
from admin_panel.client import SESSION_COOKIE, InProcessClient
from admin_panel.language import Text
from admin_panel.live import Pace
from graphql_api import remembered
from graphql_api.execute import Api
from models import database
from models.rules.sessions import sign_in
from seeds import demo
from tests.admin_panel.test_desk import counts_of
from tests.api import built_schema, counted
from tests.served import PASSWORD, Person, Someone

ADDRESS = re.compile(r'data-live="([^"]+)"')


def address_of(person: Person) -> str:
    found = ADDRESS.search(person.text)
    assert found is not None
    return html.unescape(found[1])


def fetched(person: Person, address: str) -> httpx.Response:
    """As the script does: who comes too early comes again."""
    answer = person.http.get(address, follow_redirects=False)
    while answer.status_code == 204:
        assert answer.headers["retry-after"] == "2"
        answer = person.http.get(address, follow_redirects=False)
    return answer


@pytest.mark.parametrize(
    ("username", "page", "items"),
    [
        ("library", "/admin/desk/", ["LIB_BOOKS", "LIB_THESIS"]),
        ("library", "/admin/", ["LIB_BOOKS", "LIB_THESIS"]),
        ("partyoffice", "/admin/desk/", ["PARTY"]),
    ],
)
def test_what_is_fetched_is_what_the_page_shows(someone: Someone, username: str, page: str, items: list[str]) -> None:
    person = someone(username)
    person.get(page)
    shown, part = counts_of(person.text), fetched(person, address_of(person))
    assert part.status_code == 200
    assert part.headers["cache-control"] == "no-store"
    assert "<html" not in part.text
    assert list(shown) == items
    assert counts_of(part.text) == shown
    assert part.text.strip() in person.text


@pytest.mark.parametrize("username", ["office", "leader", "counsellor"])
def test_the_home_page_counts_every_item_that_one_sees(someone: Someone, username: str) -> None:
    person = someone(username)
    person.get("/admin/")
    assert counts_of(person.text) == counts_of(fetched(person, address_of(person)).text)


def test_a_page_is_told_of_its_own_items(someone: Someone) -> None:
    person = someone("library")
    watched = []
    for page in ("/admin/desk/", "/admin/"):
        person.get(page)
        [found] = re.findall(r'data-live-watched="([^"]+)"', person.text)
        watched.append(json.loads(html.unescape(found)))
    batch = {"batch": {"code": {"eq": "2026-06"}}}
    assert watched == [{**batch, "code": {"in": ["LIB_BOOKS", "LIB_THESIS"]}}, batch]


def test_the_page_of_another_role_or_batch_is_not_counted(someone: Someone) -> None:
    person = someone("counsellor", role="counsellor")
    person.get("/admin/desk/")
    address = address_of(person)
    person.post("/admin/role", role="counsellor", batch="2026-12", next="/admin/")
    assert fetched(person, address).status_code == 409
    person.post("/admin/role", role="counsellor", batch="2026-06", next="/admin/")
    assert fetched(person, address).status_code == 200
    person.post("/admin/role", role="cert_officer", batch="2026-06", next="/admin/")
    assert fetched(person, address).status_code == 403
    assert fetched(person, address.replace("/desk/counts", "/standing")).status_code == 409


def test_who_has_signed_out_is_led_to_the_entry(someone: Someone) -> None:
    person = someone("library")
    person.get("/admin/desk/")
    address = address_of(person)
    person.post("/admin/sign-out")
    answer = fetched(person, address)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (302, "/admin/login")


def test_without_its_page_a_part_is_not_told(someone: Someone) -> None:
    person = someone("library")
    assert person.http.get("/admin/desk/counts").status_code == 400
    assert person.http.get("/admin/standing", params={"role": "operator"}).status_code == 400


# --- how often


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_recount_is_paid_for_with_four_times_its_duration() -> None:
    clock = Clock()
    pace = Pace(clock)
    with pace.turn() as mine:
        assert mine
        clock.now = 0.25
    for now, expected in ((0.25, False), (1.2, False), (1.25, True)):
        clock.now = now
        with pace.turn() as mine:
            assert mine is expected


def test_nobody_waits_for_a_recount_that_is_running() -> None:
    pace = Pace(Clock())
    with pace.turn() as first:
        with pace.turn() as second:
            assert (first, second) == (True, False)
    with pace.turn() as third:
        assert third


def test_a_recount_that_fails_lets_the_next_one_begin() -> None:
    pace = Pace(Clock())
    with pytest.raises(ValueError, match="broken"), pace.turn():
        raise ValueError("broken")
    with pace.turn() as mine:
        assert mine


# --- what it costs


@pytest.mark.parametrize("path", ["/desk/counts", "/standing"])
async def test_the_statements_of_a_part_do_not_grow_with_its_items(
    database_url: str, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Who asks, for each of two questions when nobody is remembered; the roles, the batch; the items; the counts."""
    monkeypatch.setattr(remembered, "SECONDS", 0.0)
    await database.connect(database_url)
    try:
        await demo.build(students=45, password=PASSWORD, today=date(2026, 6, 20))
        session = await sign_in("library", PASSWORD)
        client = InProcessClient(Api(built_schema()), asyncio.get_running_loop())
        panel = await asyncio.to_thread(make_panel, client, Installation("for tests", Text("镜湖大学", "Jinghu")))
        browser = panel.test_client()
        browser.set_cookie(SESSION_COOKIE, session.token)
        asked = {"role": "operator", "batch": "2026-06", "item": ["LIB_BOOKS", "LIB_THESIS"]}
        for _ in range(2):  # the first time plans are made
            monkeypatch.setattr(live, "PACE", Pace())
            with database.statements() as sent:
                answer = await asyncio.to_thread(browser.get, path, query_string=asked)
            assert answer.status_code == 200
        assert list(counts_of(answer.text)) == ["LIB_BOOKS", "LIB_THESIS"]
        assert counted(sent) == 6, sent
    finally:
        await database.disconnect()
