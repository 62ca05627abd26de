"""Bulk in a real browser: how many a range holds, and all results of a list from the check to the undo."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Browse, follow

pytestmark = pytest.mark.browser


async def test_a_range_tells_how_many_it_holds_as_soon_as_both_ends_are_there(browse: Browse) -> None:
    page = await browse("office")
    await page.goto("/admin/bulk/")
    told, over = page.locator("[data-range]"), page.locator("[data-range-over]")
    await page.fill("#from", "221599101")
    await expect(told).to_be_hidden()
    await page.fill("#to", "221599300")
    await expect(told).to_have_text("范围内共 200 个学号。")
    await page.fill("#to", "221599301")
    await expect(over).to_contain_text("范围内共 201 个学号,超过上限 200。")
    await over.get_by_role("button", name="粘贴名单").click()
    await expect(page.locator("#numbers")).to_be_focused()
    await expect(page.locator("#from")).to_be_hidden()


async def test_all_results_are_checked_submitted_and_taken_back(browse: Browse) -> None:
    page = await browse("office")
    await page.goto("/admin/sheet/?flt_className_contains=软件工程卓越硕2301班")
    await follow(page, page.get_by_role("button", name="对全部查询结果办理 · 4 人"))
    await expect(page.locator("input[name=way][value=where]")).to_be_checked()
    await page.locator("#item").select_option(label="学生证注销")
    await page.check("input[name=status][value=NOT_REQUIRED]", force=True)
    await page.locator("#reason").select_option("OTHER")
    await follow(page, page.get_by_role("button", name="预检"))
    await expect(page.locator(".about").first).to_contain_text("全部查询结果,共 4 人")
    changing = await page.locator(".tally.tone-green b").inner_text()
    await page.get_by_role("button", name=f"确认提交 · {changing}").dblclick(no_wait_after=True)
    await expect(page.locator(".note.good")).to_contain_text(f"已办理 {changing} 人")
    await follow(page, page.get_by_role("button", name="撤回本次操作"))
    await follow(page, page.get_by_role("button", name=f"确认撤回 · {changing}"))
    await expect(page.locator(".note.good")).to_contain_text(f"已撤回 {changing} 人")
