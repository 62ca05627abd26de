"""What people do at the desk on the busiest day, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Browse, follow

pytestmark = pytest.mark.browser


async def expect_state(page: Page, code: str, word: str) -> None:
    """The word on an item's badge."""
    await expect(page.locator(f"#item-{code} .state").last).to_have_text(word)


async def search_box(page: Page, text: str) -> None:
    await expect(page.locator("#box")).to_be_focused()
    await page.keyboard.type(text)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def test_an_operator_clears_a_student_at_the_desk_and_revokes(browse: Browse) -> None:
    page = await browse("library")
    await page.goto("/admin/desk/")
    await search_box(page, "S231599104")
    await expect(page.locator("h1", has_text="汪洋")).to_be_visible()
    await expect_state(page, "LIB_THESIS", "未办理")
    card = page.locator("#item-LIB_THESIS")
    await card.locator("input[name=note]").first.fill("电子版已审核")
    await follow(page, card.get_by_role("button", name="办理通过").first)
    await expect(page.locator(".note.good")).to_contain_text("已办理:S231599104 汪洋 · 学位论文提交")
    await expect_state(page, "LIB_THESIS", "已办理")
    await expect(page.locator("#box")).to_be_focused()
    recent = page.locator("aside .recent li").first
    await expect(recent).to_contain_text("汪洋")
    await follow(page, recent.get_by_role("button", name="撤销"))
    await expect(page.locator(".note.good")).to_contain_text("已撤销")
    await expect_state(page, "LIB_THESIS", "未办理")


async def test_the_box_catches_whatever_is_typed_and_enter_never_acts(browse: Browse) -> None:
    page = await browse("library")
    await page.goto("/admin/desk/")
    await search_box(page, "王伟")
    await expect(page.locator(".note.warn")).to_contain_text("找到 2 名“王伟”,请按学号办理。")
    await page.locator("h1").click()
    await search_box(page, "S231599104")
    await expect_state(page, "LIB_THESIS", "未办理")
    await page.keyboard.press("Enter")
    await expect(page.locator("#box")).to_be_focused()
    await expect(page.locator(".note.good")).to_have_count(0)


async def test_a_scanner_that_sends_tab_opens_the_student(browse: Browse) -> None:
    page = await browse("library")
    await page.goto("/admin/desk/")
    await expect(page.locator("#box")).to_be_focused()
    async with page.expect_navigation():
        await page.evaluate(
            """() => { const box = document.getElementById("box");
              let now = 1000;  // ten milliseconds from key to key, however slow this browser is today
              const press = (key) => {
                const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
                Object.defineProperty(event, "timeStamp", { value: now += 10 });
                box.dispatchEvent(event);
              };
              for (const key of "221599103") { box.value += key; press(key); }
              press("Tab"); }"""
        )
    await expect(page.locator("h1", has_text="221599103")).to_be_visible()


async def test_ticked_rows_show_every_refusal_and_the_rest_is_done(browse: Browse) -> None:
    page = await browse("counsellor", role="counsellor")
    await page.goto("/admin/sheet/?search=22159912")
    bar = page.locator("[data-ticked-bar]")
    await expect(bar).to_be_hidden()
    await page.locator("[data-tick-all]").check()
    await expect(bar).to_contain_text("已勾选")
    for number in await page.locator("td.main-cell").all_inner_texts():
        if number not in ("221599120", "221599121"):
            row = page.locator("tr", has_text=number)
            await row.locator("input.tick").uncheck()
    await expect(bar).to_contain_text("已勾选 2 条")
    await follow(page, bar.get_by_role("button"))
    await page.select_option("#item", "COLLEGE_FINAL")
    await follow(page, page.get_by_role("button", name="预检"))
    for number in ("221599120", "221599121"):
        row = page.locator(f"tr[data-student='{number}']")
        await expect(row).to_contain_text("还不能确认")
        await expect(row.locator(".blockers li").first).to_be_attached()
    await expect(page.get_by_role("button", name="确认提交")).to_have_count(0)
    await page.select_option("#item", "STU_CARD")
    await follow(page, page.get_by_role("button", name="预检"))
    await follow(page, page.get_by_role("button", name="确认提交"))
    await expect(page.locator("[role=status] .note.good")).to_contain_text("已办理")
    await follow(page, page.get_by_role("link", name="查看操作记录"))
    await follow(page, page.get_by_role("button", name="撤回本次操作"))
    await follow(page, page.get_by_role("button", name="确认撤回"))
    await expect(page.locator("[role=status] .note.good")).to_contain_text("已撤回")


async def test_a_counsellors_final_is_refused_with_blockers_and_then_granted(browse: Browse) -> None:
    page = await browse("counsellor", role="counsellor")
    await page.goto("/admin/desk/")
    await search_box(page, "221599104")
    final = page.locator("#item-COLLEGE_FINAL")
    button = final.get_by_role("button", name="办理通过")
    await expect(button).to_be_disabled()
    await expect(button).to_have_attribute("title", re.compile("还不能确认"))
    await expect(final.locator(".blockers li").nth(3)).to_be_attached()
    await page.goto("/admin/desk/")
    await search_box(page, "221599119")
    await expect(page.locator(".progress-x")).to_contain_text("还需办理 1 个环节")
    await follow(page, page.locator("#item-COLLEGE_FINAL").get_by_role("button", name="办理通过"))
    await expect(page.locator(".note.good").first).to_contain_text("已办理:221599119 唐果 · 院系离校")
    await expect(page.locator(".progress-x")).to_contain_text("必办环节全部办结")


async def test_a_certificate_officer_issues_where_nothing_stands_against_it(browse: Browse) -> None:
    page = await browse("certofficer")
    await page.goto("/admin/issue/?search=221599103")
    await follow(page, page.locator("td.main-cell a"))
    await expect(page.get_by_role("button", name="确认发证")).to_be_disabled()
    await page.goto("/admin/issue/?search=22&page_size=100")
    ready = page.locator("tr", has_text="可领取").locator("td.main-cell a").last
    await follow(page, ready)
    number = (await page.locator("#issue .choice small.num").first.inner_text()).strip()
    desk = page.url
    await follow(page, ".person a.btn")
    masked = await page.locator("dd", has_text=re.compile(r"\*{4,}")).first.inner_text()
    await page.goto(desk)
    await page.fill("#number", number)
    await page.fill("#last4", masked.strip()[-4:])
    await expect(page.locator("#collector")).to_be_hidden()
    await page.check("input[name=collection][value=PROXY]", force=True)
    await page.fill("#collector", "王建国")
    await page.fill("#collector_last4", "1234")
    await page.fill("#relation", "父亲")
    await page.check("input[name=letter]", force=True)
    await follow(page, page.locator("#issue").get_by_role("button", name="确认发证"))
    await expect(page.locator(".note.good")).to_contain_text("已发证")
    await expect(page.locator(".certline")).to_contain_text("已发放")


async def test_a_student_on_a_phone_reads_the_sheet(browse: Browse) -> None:
    page = await browse("student", phone=True)
    assert "/admin/mine" in page.url
    await expect(page.locator(".progress-x")).to_contain_text("已完成 6 / 13")
    card = page.locator(".item.red").first
    await expect(card).to_contain_text("未办理")
    await expect(card.locator("a[href^='tel:']")).to_be_visible()
    wide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide


async def test_a_student_on_a_phone_applies_and_reads_the_sheet(browse: Browse) -> None:
    page = await browse("student-new", phone=True)
    assert "/admin/apply" in page.url
    await follow(page, page.get_by_role("button", name="提交申请"))
    await expect(page.locator(".note.good")).to_contain_text("您的离校单已生成,无需审批")
    await expect(page.locator("h1")).to_contain_text("苏晴")
    await expect(page.locator("#item-LIB_BOOKS")).to_contain_text("图书馆")
    await expect_state(page, "COLLEGE_FINAL", "未办理")


async def test_a_student_without_student_status_is_refused_in_english(browse: Browse) -> None:
    page = await browse("student-none", phone=True, language="en")
    assert "/admin/apply" in page.url
    await follow(page, page.get_by_role("button", name="Apply", exact=True))
    await expect(page.locator(".note.bad")).to_contain_text("8215")


async def test_the_language_is_switched_in_place(browse: Browse) -> None:
    page = await browse("library")
    await page.goto("/admin/desk/")
    await expect(page.locator("h1")).to_have_text("现场办理")
    await follow(page, "button[name=language]")
    await expect(page.locator("h1")).to_have_text("Desk")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await follow(page, "button[name=language]")
    await expect(page.locator("h1")).to_have_text("现场办理")


async def test_the_menu_opens_on_a_phone_and_targets_are_large(browse: Browse) -> None:
    page = await browse("library", phone=True)
    await expect(page.locator("#rail")).to_be_hidden()
    await page.get_by_role("button", name="菜单").click()
    await expect(page.locator("#rail")).to_be_visible()
    await follow(page, page.locator("#rail").get_by_role("link", name="离校单"))
    small = await page.evaluate(
        """() => [...document.querySelectorAll("main a.btn, main button, main input:not([type=hidden]), .bar button")]
          .filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect())
          .filter((box) => box.height < 24 || box.width < 24).length"""
    )
    assert small == 0


async def test_the_keyboard_reaches_the_content_first(browse: Browse) -> None:
    page = await browse("leader")
    await page.goto("/admin/batch/")
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#content")).to_be_focused()


@pytest.mark.parametrize(("phone", "in_view"), [(False, 600), (True, 680)])
async def test_the_button_of_my_item_is_in_view_without_scrolling(browse: Browse, phone: bool, in_view: int) -> None:
    page = await browse("library", phone=phone)
    await page.goto("/admin/desk/")
    await search_box(page, "221599104")
    box = await page.locator("#item-LIB_BOOKS .acts button").first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= in_view
