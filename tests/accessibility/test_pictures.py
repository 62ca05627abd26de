"""Pictures of statistics before axe-core: every kind on one page, both themes, on a desk, on a phone and at 400 %."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from tests.accessibility.audit import Watched, audit
from tests.pictures import ADDRESS, PICTURES, pictures

pytestmark = pytest.mark.browser
#: What a screen reader is told of each.
SPOKEN = """() => [...document.querySelectorAll(".picture svg[role=img]")].map((one) =>
  ["labelledby", "describedby"].map((how) => document.getElementById(one.getAttribute(`aria-${how}`)).textContent))"""


async def test_pictures_keep_the_rules(chromium: Browser, axe: str) -> None:
    async with pictures(chromium) as page:
        watched = Watched(page, ADDRESS)
        await page.goto(ADDRESS)
        assert await audit(page, axe) + watched.complaints == []
        spoken = await page.evaluate(SPOKEN)
    assert [title for title, _ in spoken] == [figures.title for _, figures in PICTURES.values()]
    assert spoken[0][1] == "共 2 项,合计:未办理 15(2.3%)、无需办理 1(0.2%)、已办理 635(97.5%)。"
