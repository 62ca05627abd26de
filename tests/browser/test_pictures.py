"""Pictures of statistics under the panel's content policy and stylesheet: both themes, narrow and wide, on paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from admin_panel.picture import as_file
from tests.pictures import ADDRESS, PICTURES, pictures

pytestmark = pytest.mark.browser

#: What of the texts that are shown reaches beyond its picture.
BEYOND = """() => [...document.querySelectorAll("svg[role=img] text")].filter((one) => one.checkVisibility())
  .filter((one) => {
    const text = one.getBoundingClientRect(), room = one.closest("svg[role=img]").getBoundingClientRect();
    return text.left < room.left - 1 || text.right > room.right + 1 || text.bottom > room.bottom + 1; })
  .map((one) => one.textContent)"""
#: Which of the texts that are shown lie on each other, within one picture.
OVERLAPPING = """() => [...document.querySelectorAll("svg[role=img]")].flatMap((svg) => {
  const texts = [...svg.querySelectorAll("text")].filter((one) => one.checkVisibility());
  const boxes = texts.map((one) => one.getBoundingClientRect());
  return texts.flatMap((one, i) => boxes.slice(i + 1).flatMap((other, j) =>
    Math.min(boxes[i].right, other.right) - Math.max(boxes[i].left, other.left) > 1 &&
    Math.min(boxes[i].bottom, other.bottom) - Math.max(boxes[i].top, other.top) > 4
      ? [`${one.textContent} | ${texts[i + 1 + j].textContent}`] : [])); })"""
#: What the parts of the first bar, their patterns, and the texts are drawn in.
PAINTED = """() => Object.fromEntries([...document.querySelectorAll("#status pattern rect, #status tspan, #status svg")]
  .map((one) => [one.textContent.slice(0, 1).trim() || one.parentElement.id || "page", getComputedStyle(one).fill]))"""
SIDEWAYS = "document.documentElement.scrollWidth - innerWidth"
CUT = """() => [...document.querySelectorAll("#most text.narrow, #most text.wide")]
  .filter((one) => one.checkVisibility()).map((one) => one.lastChild.textContent)"""


async def opened(page: Page) -> list[str]:
    """What the browser complains of from now on: a breach of the content policy is an error of its console."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text))
    await page.goto(ADDRESS)
    return complaints


async def test_pictures_keep_the_content_policy_and_their_page(chromium: Browser) -> None:
    async with pictures(chromium) as page:
        complaints = await opened(page)
        for width in (320, 390, 768, 1280):
            await page.set_viewport_size({"width": width, "height": 800})
            assert (width, await page.evaluate(SIDEWAYS)) == (width, 0)
            assert (width, await page.evaluate(BEYOND)) == (width, [])
            assert (width, await page.evaluate(OVERLAPPING)) == (width, [])
    assert complaints == []


async def test_pictures_follow_the_theme_and_paper_is_black_and_white(chromium: Browser) -> None:
    red, grey, green, ink = "rgb(176, 36, 24)", "rgb(84, 95, 98)", "rgb(23, 105, 58)", "rgb(28, 36, 38)"
    light = {"status-red": red, "status-grey": grey, "✕": red, "○": grey, "✓": green}
    red, grey, green = "rgb(255, 157, 146)", "rgb(181, 192, 193)", "rgb(132, 214, 163)"
    dark = {"status-red": red, "status-grey": grey, "✕": red, "○": grey, "✓": green}
    black = dict.fromkeys(light, "rgb(0, 0, 0)")
    async with pictures(chromium) as page:
        await opened(page)
        for scheme, expected in (("light", light), ("dark", dark)):
            await page.emulate_media(color_scheme=scheme)
            painted = await page.evaluate(PAINTED)
            assert {name: painted[name] for name in light} == expected
        await page.emulate_media(media="print", color_scheme="dark")
        painted = await page.evaluate(PAINTED)
        assert {name: painted[name] for name in light} == black
        await page.emulate_media(media="screen", color_scheme="light")
        assert await page.evaluate("getComputedStyle(document.querySelector('#status svg')).fill") == ink


async def test_a_long_name_is_cut_only_where_the_page_is_narrow(chromium: Browser) -> None:
    async with pictures(chromium) as page:
        await opened(page)
        await page.set_viewport_size({"width": 1280, "height": 800})
        assert await page.evaluate(CUT) == [
            "计算机与信息科学学院·软件学院·人工智能学院",
            'Education & <b>"Psychology"</b>',
            "计算机与信息科学学院·软件学院·人工智能学院",
        ]
        await page.set_viewport_size({"width": 320, "height": 800})
        assert await page.evaluate(CUT) == [
            "计算机与信息科学学院·软…",
            'Education & <b>"Psyc…',
            "计算机与信息科学学院·软…",
        ]


@pytest.mark.parametrize("name", PICTURES)
async def test_a_file_shows_by_itself(chromium: Browser, tmp_path: Path, name: str) -> None:
    file = tmp_path / "picture.svg"
    file.write_bytes(as_file(*PICTURES[name]))
    async with await chromium.new_context(viewport={"width": 1000, "height": 800}) as context:
        page = await context.new_page()
        await page.goto(file.as_uri())
        assert await page.locator("parsererror").count() == 0
        assert await page.evaluate(BEYOND) == []
        assert await page.evaluate(OVERLAPPING) == []
        assert await page.evaluate("document.documentElement.getBoundingClientRect().width") == 800
