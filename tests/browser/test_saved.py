"""Saved lists and files in a real browser: kept beside the list, opened, shared, taken away; and downloaded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Browse, follow

pytestmark = pytest.mark.browser


async def test_a_list_is_kept_opened_changed_and_taken_away(browse: Browse) -> None:
    page = await browse("counsellor", role="counsellor")
    await page.goto("/admin/sheet/?flt_leaveType_eq=COMPLETION&columns=student.studentNo,leaveType")
    await page.click("a[data-opens=saved]")
    piece = page.locator("[data-piece=saved]")
    await expect(piece).to_contain_text("离校类别: 结业")
    await piece.locator("#called").fill("结业学生")
    await follow(page, piece.locator("form.save button[type=submit]"))
    await expect(page.locator(".kept .name")).to_have_text("结业学生")
    await follow(page, ".kept .name")
    await expect(page.locator(".tokens")).to_contain_text("离校类别: 结业")
    await expect(page.locator("table.list th[scope=col]:not(.tickcell)")).to_have_count(2)
    await page.locator("a[data-opens=saved]").focus()
    await page.keyboard.press("Enter")
    await piece.locator("summary", has_text="改名或共享").click()
    await piece.locator("input[name=called] >> nth=0").fill("结业的学生")
    await piece.locator("select[name=share] >> nth=0").select_option("ROLE")
    await follow(page, piece.locator("form[action$='/rename'] button"))
    await expect(page.locator(".kept")).to_contain_text("同一身份")
    await page.locator(".kept summary", has_text="删除").click()
    await follow(page, page.locator(".kept form[action$='/delete'] button"))
    await expect(page.locator(".kept")).to_contain_text("还没有已存查询")


async def test_the_rows_of_a_list_are_downloaded_on_a_phone_too(browse: Browse, tmp_path: Path) -> None:
    page = await browse("counsellor", role="counsellor", phone=True)
    await page.goto("/admin/sheet/?flt_className_contains=软件工程卓越2201")
    told = re.search(r"共 (\d+) 条", await page.locator("main").inner_text())
    assert told is not None
    async with page.expect_download() as begun:
        await page.locator("summary", has_text="导出查询结果").click()
        await page.get_by_role("button", name="CSV").click()
    file = await begun.value
    assert file.suggested_filename.startswith("离校单-")
    await file.save_as(tmp_path / "list.csv")
    text = (tmp_path / "list.csv").read_bytes().decode("utf-8-sig")
    assert len(text.splitlines()) == 1 + int(told[1]) > 20
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
