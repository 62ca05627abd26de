"""Every page of the panel, in both languages: WCAG 2.2 AA, light and dark, desktop and phone, from here, and light."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

import admin_panel
from admin_panel.app import Installation, make_panel
from admin_panel.client import HttpClient
from admin_panel.language import LANGUAGE_COOKIE, Text
from tests.accessibility.audit import Watched, audit, readable
from tests.accessibility.pages import ALIKE, KINDS, NO_PAGE, OFF, READER, READERS, Kind, follow, opened
from tests.browser.conftest import PATIENCE
from tests.served import PASSWORD, Served

pytestmark = pytest.mark.browser
TEMPLATES = Path(admin_panel.__file__).parent / "templates" / "panel"


@pytest.fixture(scope="module")
def endpoints(served: Served) -> set[str]:
    """Every address of the panel, by the name of its view."""
    client = HttpClient(f"{served.base}/graphql", served.command("token", "create", "--user", "library"))
    panel = make_panel(client, Installation("for tests only", Text("镜湖大学", "Jinghu University")))
    client.close()
    return {rule.endpoint for rule in panel.url_map.iter_rules()}


def generated(endpoints: set[str]) -> Iterator[Kind]:
    """The list of every object, and the details of its first row, which the table of kinds need not name."""
    for endpoint in sorted(endpoints):
        name, _, view = endpoint.partition(".")
        if view == "index_view" and endpoint not in {kind.at for kind in KINDS if kind.template != "list.html"}:
            who = READERS.get(name, READER)
            yield Kind(endpoint, "list.html", who, f"/admin/{name}/")
            yield Kind(f"{name}.details_view", "details.html", who, opened(f"/admin/{name}/"))


def named(endpoint: str) -> str:
    """How the table of what shows no page names it."""
    every = f"*.{endpoint.partition('.')[2]}"
    return every if every in NO_PAGE else endpoint


def test_every_address_of_the_panel_is_visited_or_shows_no_page(endpoints: set[str]) -> None:
    visited = {kind.at for kind in (*KINDS, *generated(endpoints))}
    alike = {view for _, _, view in (each.partition(".") for each in visited) if view in ALIKE}
    rest = {named(each) for each in endpoints - visited if each.partition(".")[2] not in OFF | alike}
    assert sorted(rest - NO_PAGE.keys()) == [], "a new page needs its row in tests/accessibility/pages.py"
    assert sorted(NO_PAGE.keys() - rest) == []


def test_every_template_of_a_page_is_visited(endpoints: set[str]) -> None:
    extending = {
        file.name: found[1]
        for file in TEMPLATES.glob("*.html")
        if (found := re.search(r"{% extends '([\w/.]+)'", file.read_text(encoding="utf-8")))
    }
    bases = {base.removeprefix("panel/") for base in extending.values()}
    shown = {kind.template for kind in (*KINDS, *generated(endpoints))}
    assert sorted(extending.keys() - bases - shown) == [], "a new page needs its row in tests/accessibility/pages.py"


async def enter(page: Page, who: str) -> None:
    username, _, role = who.partition(":")
    await page.goto("/admin/login")
    await page.fill("#username", username)
    await page.fill("#password", PASSWORD)
    await follow(page, "main button[type=submit].main")
    if "/role" in page.url:
        if role:
            await page.check(f"input[name=role][value={role}]", force=True)
        await page.select_option("#batch", "2026-06")
        await follow(page, "main button.main")


WHO = sorted({kind.who for kind in KINDS} | {READER, *READERS.values()})


@pytest.mark.parametrize("who", WHO, ids=[each.partition(":")[0] or "nobody" for each in WHO])
async def test_every_page_keeps_the_rules(
    who: str, endpoints: set[str], chromium: Browser, served: Served, axe: str
) -> None:
    found: dict[str, list[str]] = defaultdict(list)
    kinds = [kind for kind in (*KINDS, *generated(endpoints)) if kind.who == who]
    async with await chromium.new_context(base_url=served.base, reduced_motion="reduce") as context:
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        watched = Watched(page, served.base)
        if who:
            await enter(page, who)
        for language in ("zh_CN", "en"):
            await context.add_cookies([{"name": LANGUAGE_COOKIE, "value": language, "url": served.base}])
            for kind in kinds:
                if not await reached(page, kind):
                    continue
                complaints = await audit(page, axe) + watched.complaints
                watched.complaints.clear()
                if complaints:
                    found[f"{kind.at} ({language})"] += complaints
    assert found == {}, readable(found)


async def reached(page: Page, kind: Kind) -> bool:
    """Goes the way. False where a list has no row to open."""
    if isinstance(kind.way, str):
        await page.goto(kind.way)
    elif kind.template == "details.html":
        await page.goto(f"/admin/{kind.at.partition('.')[0]}/")
        link = page.locator("td.main-cell a[href*='details']").first
        if not await link.count():
            return False
        await follow(page, link)
    else:
        await kind.way(page)
    return True
