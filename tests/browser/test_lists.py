"""Lists in a browser: conditions put together in the list's own page, columns, and the whole of it by keyboard."""

from __future__ import annotations

import json
import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Browse, follow

pytestmark = pytest.mark.browser


async def focused(page: Page) -> str:
    """The name of what has the keyboard."""
    return str(await page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()"))


async def add(page: Page, place: str, field: str, made: str) -> None:
    """Choose a field in the box of a group; the server draws the form again, with the new part in it."""
    await page.select_option(f"select[name='a:{place}']", field)
    await expect(page.locator(f"[data-part-at='{made}']")).to_be_visible()


async def test_conditions_are_put_together_in_the_list_and_taken_away_again(browse: Browse) -> None:
    page = await browse("office")
    await page.goto("/admin/sheet/")
    everybody = await page.locator(".page-head p").inner_text()
    await page.click("a[data-opens=combine]")
    await expect(page.locator("[data-piece=combine]")).to_be_visible()
    assert await focused(page) == "g:0"
    await add(page, "0", "student.name", "0.0")
    assert await focused(page) == "o:0.0"
    await page.fill("[name='v:0.0']", "王")
    await add(page, "0", "clearances", "0.1")
    await add(page, "0.1", "item", "0.1.0")
    await page.check("input[name='v:0.1.0'][value='LIB_BOOKS']")
    await page.select_option("select[name='o:0.0']", "startsWith")
    await expect(page.locator("select[name='o:0.0']")).to_have_value("startsWith")
    await expect(page.locator("[name='v:0.0']")).to_have_value("王")
    await page.click("button[value='group:0']")
    await expect(page.locator("[data-part-at='0.2']")).to_be_visible()
    await page.click("button[value='remove:0.2']")
    await expect(page.locator("[data-part-at='0.2']")).to_have_count(0)
    await page.focus("[name='v:0.0']")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    expression = await page.evaluate("new URL(location).searchParams.get('q')")
    rows = ["clearances", "some", ["all", ["item", "in", "LIB_BOOKS"]]]
    assert json.loads(expression) == ["all", ["student.name", "startsWith", "王"], rows]
    names = await page.locator("td[data-label='姓名']").all_inner_texts()
    assert names
    assert all(name.startswith("王") for name in names)
    for token in ("学生 › 姓名", "环节办理状态"):
        await follow(page, page.locator(".token", has_text=token).locator("a"))
    await expect(page.locator(".page-head p")).to_have_text(everybody)


async def test_a_list_is_worked_by_keyboard_and_enter_only_opens(browse: Browse) -> None:
    page = await browse("office")
    await page.goto("/admin/sheet/?columns=student.name,student.studentNo")
    await page.keyboard.press("/")
    assert await focused(page) == "search"
    await page.keyboard.type("99011520040412402X")
    await page.keyboard.press("Enter")
    await expect(page.locator(".tools [role=alert]")).to_contain_text("身份证件号不能写入网址")
    assert "99011520040412402" not in page.url
    await page.keyboard.type("22159910")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    rows = page.locator("table.list tbody tr")
    await expect(rows).to_have_count(8)
    await page.locator("body").press("ArrowDown")
    first = await focused(page)
    await page.keyboard.press("ArrowDown")
    second = await focused(page)
    names = await page.locator("td.main-cell").all_inner_texts()
    assert [first, second] == names[:2]
    tick = rows.nth(1).locator("input.tick")
    await tick.focus()
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await expect(tick).to_be_checked()
    assert re.search(r"/admin/sheet/\?", page.url)
    await page.keyboard.press("ArrowUp")
    assert await focused(page) == first
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("/admin/sheet/details/"))


async def test_columns_are_chosen_on_a_phone(browse: Browse) -> None:
    page = await browse("office", phone=True)
    await page.goto("/admin/sheet/")
    await page.click("a[data-opens=columns]")
    await page.select_option("#more", "student.grade")
    await expect(page.locator("[data-part-at='student.grade']")).to_be_visible()
    await page.click("button[value='remove:college']")
    await expect(page.locator("[data-part-at='college']")).to_have_count(0)
    await follow(page, "[data-piece=columns] .btn.main")
    labels = (
        await page.locator("tbody tr")
        .first.locator("td[data-label]")
        .evaluate_all("cells => cells.map((cell) => cell.dataset.label)")
    )
    assert labels == ["学号", "姓名", "进度", "班级", "离校类别", "年级"]
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
