"""The sheet and the sign-for list in a real browser: history in its place, and what comes out of the printer."""

from __future__ import annotations

import re
import zlib

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Browse, follow

pytestmark = pytest.mark.browser


async def pages_printed(page: Page) -> int:
    """How many sheets of paper the page takes."""
    pdf = await page.pdf(prefer_css_page_size=True)
    parts = [pdf, *(_unpacked(each) for each in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL))]
    return sum(len(re.findall(rb"/Type\s*/Page\b", part)) for part in parts)


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


async def test_the_history_of_an_item_opens_where_it_is_asked_for(browse: Browse) -> None:
    page = await browse("office")
    await page.goto("/admin/sheet/?search=221599101")
    await follow(page, page.get_by_role("link", name="221599101", exact=True))
    item = page.locator("#item-LIB_BOOKS")
    link = item.get_by_role("link", name="变更记录")
    await link.click()
    await expect(link).to_have_attribute("aria-expanded", "true")
    await expect(item.locator(".told li")).to_have_count(1)
    await expect(item.locator(".told li")).to_contain_text("起因: 同步")
    await link.press("Enter")
    await expect(item.locator(".told")).to_be_hidden()
    assert page.url.endswith(page.url.rpartition("/")[2])
    await link.focus()
    address = await link.get_attribute("href")
    await page.goto(str(address))
    await expect(page.locator("h1")).to_contain_text("变更记录 · 图书清还")


async def test_a_sheet_prints_on_one_page_without_what_only_a_screen_needs(browse: Browse) -> None:
    for language, title in (("zh", "离校通知单"), ("en", "Clearance sheet")):
        page = await browse("student", phone=True, language=language)
        await expect(page.locator(".paper")).to_be_hidden()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.emulate_media(media="print")
        await expect(page.locator(".paper h2")).to_have_text(title)
        await expect(page.locator(".paper .lines tbody tr")).to_have_count(22)
        for seen in (".bar", ".items >> nth=0", ".foot", "[data-print]"):
            await expect(page.locator(seen)).to_be_hidden()
        colours = await page.evaluate(
            "[...new Set([...document.querySelectorAll('.paper *')].map((each) => getComputedStyle(each).color))]"
        )
        assert colours == ["rgb(0, 0, 0)"]
        assert await pages_printed(page) == 1


async def test_a_sign_for_list_prints_a_class_a_page(browse: Browse) -> None:
    page = await browse("certofficer")
    await page.goto("/admin/issue/sign-for/?show=all&who=all")
    classes = await page.locator(".sign-for").count()
    assert classes > 1
    await page.emulate_media(media="print")
    await expect(page.locator(".page-head")).to_be_hidden()
    assert await pages_printed(page) == classes + 1  # one of them has more students than fit on a page
    await page.goto("/admin/issue/sign-for/?show=all&who=all&class_name=软件工程卓越2201班")
    display = await page.locator(".sign-for thead").evaluate("(head) => getComputedStyle(head).display")
    assert display == "table-header-group"
    assert await pages_printed(page) == 2
