"""Counts that change while somebody looks, scan mode as fast as a scanner, and both of them without a network."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Browse, follow

pytestmark = pytest.mark.browser

FREE, OTHER, DONE = "221599104", "S231599104", "221599103"


async def pending(page: Page) -> int:
    return int(await page.locator("tr[data-item=LIB_BOOKS] [data-count=PENDING]").inner_text())


async def expect_pending(page: Page, count: int) -> None:
    await expect(page.locator("tr[data-item=LIB_BOOKS] [data-count=PENDING]")).to_have_text(str(count))


async def switch_on(page: Page) -> None:
    await page.goto("/admin/scan/")
    await page.select_option("#item", "LIB_BOOKS")
    await follow(page, page.get_by_role("button", name="开启连续办理"))
    await expect(page.locator("[data-scan-banner]")).to_contain_text("每次扫描即办理通过:图书清还")


async def scan(page: Page, number: str) -> None:
    await page.keyboard.type(number)
    await page.keyboard.press("Enter")


async def undo(page: Page, name: str) -> None:
    line = page.locator(".scans li", has_text=name).filter(has=page.locator("[data-scan-undo]"))
    await line.get_by_role("button").click()
    await expect(page.locator(".scans li", has_text=name).filter(has_text="已撤回")).to_have_count(1)


async def test_ten_scans_wait_in_line_repeats_are_ignored_and_others_see_the_counts(browse: Browse) -> None:
    desk, office = await browse("library"), await browse("office")
    await desk.goto("/admin/desk/")
    await office.goto("/admin/")
    for page in (desk, office):
        await expect(page.locator("[data-live-state]")).to_have_text("实时")
    before = await pending(desk)
    assert await pending(office) == before

    page = await browse("library")
    await switch_on(page)
    await expect(page.locator("#box")).to_be_focused()
    for number in (FREE, FREE, "999", DONE, OTHER, FREE, "王伟", DONE, OTHER, "99999999"):
        await scan(page, number)
    lines = page.locator(".scans > li")
    await expect(lines).to_have_count(10)
    await expect(page.locator(".scans > li.amber")).to_have_count(0)
    words = [
        *("不能办理", "重复扫描,已忽略", "重复扫描,已忽略", "不能办理", "重复扫描,已忽略"),
        *("已办理", "无变化", "不能办理", "重复扫描,已忽略", "已办理"),
    ]
    await expect(page.locator(".scans > li .state")).to_have_text(words)
    await expect(lines.last).to_contain_text(f"王伟 {FREE}")
    await expect_pending(desk, before - 2)
    await expect_pending(office, before - 2)

    await undo(page, f"王伟 {FREE}")
    await undo(page, f"汪洋 {OTHER}")
    await expect(page.locator("#box")).to_be_focused()
    await expect_pending(desk, before)
    await expect_pending(office, before)
    assert page.url.partition("?")[0].endswith("/admin/scan/")

    await page.reload()
    await expect(page.locator("[data-scan-banner]")).to_have_count(0)
    await expect(page.locator("main")).to_contain_text("连续办理已关闭。需要继续时,请重新开启。")


#: The first try reaches the server and its answer is lost; the second does not reach it.
LOSES = """() => {
  const real = window.fetch;
  window.sent = [];
  window.fetch = async (address, options) => {
    const tries = window.sent.push(String(options.body));
    if (tries === 1) await real(address, options);
    if (tries <= 2) throw new TypeError("no network");
    return real(address, options);
  };
}"""


async def test_a_scan_whose_answer_is_lost_is_told_as_unknown_and_acts_once(browse: Browse) -> None:
    page = await browse("library")
    await switch_on(page)
    await page.evaluate(LOSES)
    await scan(page, FREE)
    await expect(page.locator(".scans > li").first).to_contain_text("网络中断:本次提交结果未知,正在核对……")
    await scan(page, DONE)
    await expect(page.locator(".scans > li .state")).to_have_text(["等待", "网络中断"])
    await expect(page.locator(".scans > li .state")).to_have_text(["无变化", "已办理"])
    sent = await page.evaluate("window.sent")
    assert sent[0] == sent[1] == sent[2] != sent[3]
    assert len(sent) == 4
    await undo(page, f"王伟 {FREE}")


async def test_without_a_socket_the_counts_are_fetched_and_after_signing_out_no_more(browse: Browse) -> None:
    desk = await browse("library")
    await desk.add_init_script("window.WebSocket = class { constructor() { throw new Error('none here'); } };")
    await desk.clock.install()
    await desk.goto("/admin/desk/")
    await expect(desk.locator("[data-live-state]")).to_have_text("已断开,每 30 秒刷新")
    before = await pending(desk)
    other = await browse("library")
    await switch_on(other)
    await scan(other, FREE)
    await expect(other.locator(".scans > li .state")).to_have_text(["已办理"])
    await desk.clock.run_for(40_000)
    await expect_pending(desk, before - 1)
    await undo(other, f"王伟 {FREE}")
    await desk.clock.run_for(40_000)
    await expect_pending(desk, before)
    await desk.request.post(
        "/admin/sign-out", form={"csrf_token": await desk.locator("[name=csrf_token]").first.input_value()}
    )
    await desk.clock.run_for(40_000)
    await expect(desk.locator("[data-live-state]")).to_have_text("登录已过期,请重新登录。")


async def test_tab_and_enter_act_on_the_student_and_the_next_is_typed_at_once(browse: Browse) -> None:
    page = await browse("library")
    await page.goto("/admin/desk/")
    for number, status in ((FREE, "已办理"), (FREE, "未办理")):
        await expect(page.locator("#box")).to_be_focused()
        await page.keyboard.type(number)
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        await expect(page.locator("#box")).to_be_focused()
        await page.keyboard.press("Tab")
        await expect(page.locator("#item-LIB_BOOKS button[name=status]").first).to_be_focused()
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        await expect(page.locator("#item-LIB_BOOKS .state").last).to_have_text(status)
