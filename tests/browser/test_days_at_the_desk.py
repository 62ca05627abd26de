"""The days of those who see the students themselves: at the library's desk, in the dormitory centre, on a phone."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Browse, follow
from tests.browser.steps import at_the_desk, menu, sign_out, state

pytestmark = pytest.mark.browser


async def test_the_day_of_an_operator_at_the_desk(browse: Browse) -> None:
    page = await browse("library")
    await expect(page.locator("h1")).to_have_text("李敏,您好")
    await expect(page.locator(".bar")).to_contain_text("学校离校办理人员(图书馆)")
    await expect(page.locator(".bar")).to_contain_text("2026年6月离校")

    # one student after the other, without a mouse
    await menu(page, "现场办理")
    await at_the_desk(page, "S231599103")
    await expect(page.locator("h1", has_text="谭笑")).to_be_visible()
    thesis = page.locator("#item-LIB_THESIS")
    await expect(state(page, "LIB_THESIS")).to_have_text("未办理")
    await thesis.get_by_placeholder("办理备注(学生可见)").first.fill("纸本已收")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(page.locator(".note.good")).to_have_text("已办理:S231599103 谭笑 · 学位论文提交")
    await expect(state(page, "LIB_THESIS")).to_have_text("已办理")
    await expect(thesis).to_contain_text("纸本已收")
    await at_the_desk(page, "221599122")
    await expect(page.locator("h1", has_text="段誉之")).to_be_visible()
    await page.keyboard.press("Tab")  # the search button
    await press_until_focused(page, "办理通过")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(page.locator(".note.good")).to_have_text("已办理:221599122 段誉之 · 图书清还")

    # somebody else's items are none of this desk's business
    await expect(page.locator("#item-DORM_OUT")).to_have_count(0)
    await expect(page.locator(".progress-x")).to_contain_text("已完成 3 / 10")

    # both were a mistake
    for name, said in (("段誉之", "221599122 段誉之 · 图书清还"), ("谭笑", "S231599103 谭笑 · 学位论文提交")):
        mistake = page.locator(".recent li", has_text=name).first
        await follow(page, mistake.get_by_role("button", name="撤销"))
        await expect(page.locator(".note.good")).to_have_text(f"已撤销:{said} 回到未办理")

    # what was done today stands on record, with the role
    await menu(page, "操作记录")
    await expect(page.locator("tbody tr").first).to_contain_text("李敏")
    await expect(page.locator("tbody tr").first).to_contain_text("学校离校办理人员")
    await sign_out(page)


async def press_until_focused(page: Page, words: str, most: int = 12) -> None:
    """Tab after Tab to the button of these words."""
    for _ in range(most):
        if words in await page.evaluate("document.activeElement.innerText || ''"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {words}")


async def test_the_day_of_the_dormitory_centre(browse: Browse) -> None:
    page = await browse("dorm")
    await expect(page.locator(".bar")).to_contain_text("学生公寓管理中心操作员(学生公寓管理中心)")
    rows = page.locator("main tbody tr", has_text="公寓退宿")
    await expect(rows).to_have_count(1)
    await menu(page, "公寓楼")
    await expect(page.locator("main tbody tr").first).to_be_visible()

    # whoever still lives in, from the number to the names behind it
    await menu(page, "首页")
    await follow(page, page.locator("main tbody tr", has_text="公寓退宿").get_by_role("link").first)
    await expect(page.locator(".tokens")).to_contain_text("公寓退宿")
    await expect(page.locator(".tokens")).to_contain_text("未办理")

    await menu(page, "现场办理")
    await at_the_desk(page, "J2515001")
    await expect(page.locator("h1", has_text="SATO HARUKA")).to_be_visible()
    await follow(page, page.locator("#item-DORM_OUT").get_by_role("button", name="办理通过"))
    await expect(page.locator(".note.good")).to_have_text("已办理:J2515001 SATO HARUKA · 公寓退宿")
    await follow(page, page.locator("#item-DORM_OUT").get_by_role("button", name="撤销"))
    await expect(page.locator(".note.good")).to_have_text("已撤销:J2515001 SATO HARUKA · 公寓退宿 回到未办理")
    await sign_out(page)


async def test_the_day_of_a_student_on_a_phone(browse: Browse) -> None:
    page = await browse("student", phone=True)
    await expect(page.locator("h1")).to_contain_text("林晓雨")
    await expect(page.locator(".progress-x")).to_contain_text("已完成 6 / 13")
    await expect(page.locator(".certline")).to_contain_text("未满足领证条件")
    gown = page.locator("#item-GOWN")
    await expect(gown).to_contain_text("学生活动中心一层学位服发放处")
    await expect(gown.get_by_role("link", name="8103")).to_have_attribute("href", "tel:8103")
    await expect(page.get_by_role("button", name="办理通过")).to_have_count(0)

    # by lamplight, and for a friend who reads English
    await follow(page, page.get_by_role("button", name="深色"))
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await expect(page.get_by_role("button", name="深色")).to_have_attribute("aria-pressed", "true")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert await page.evaluate(ground) == "rgb(17, 24, 26)"
    await page.emulate_media(media="print")
    assert await page.evaluate(ground) == "rgb(255, 255, 255)"
    await page.emulate_media(media="screen")
    await follow(page, "button[name=language]")
    await expect(page.locator(".progress-x")).to_contain_text("6 of 13 items settled")
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await follow(page, page.get_by_role("button", name="Sign out"))
    await expect(page.locator("[role=status] .note")).to_have_text("You have signed out.")
    await page.goto("/admin/mine/")
    await expect(page.locator("h2")).to_have_text("Sign in")
