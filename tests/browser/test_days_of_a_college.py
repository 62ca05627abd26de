"""The days of a college's people: a counsellor, a supervisor, the certificate officer, the data keeper."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Browse, follow
from tests.browser.steps import at_the_desk, menu, sign_out, state

pytestmark = pytest.mark.browser


async def test_the_day_of_a_counsellor(browse: Browse) -> None:
    page = await browse("counsellor", role="counsellor")
    await expect(page.locator("h1")).to_have_text("赵文静,您好")
    await expect(page.locator(".bar")).to_contain_text("辅导员(计算机与信息科学学院)")

    # one student: a college's own item passes, the last one waits for the others and says for which
    await menu(page, "现场办理")
    await at_the_desk(page, "221599105")
    await expect(page.locator("h1", has_text="覃雪梅")).to_be_visible()
    await follow(page, page.locator("#item-STU_CARD").get_by_role("button", name="办理通过"))
    await expect(page.locator(".note.good")).to_have_text("已办理:221599105 覃雪梅 · 学生证注销")
    final = page.locator("#item-COLLEGE_FINAL")
    await expect(final.get_by_role("button", name="办理通过")).to_be_disabled()
    await expect(final.locator(".blockers li")).to_have_count(3)
    await expect(final.locator(".blockers")).to_contain_text("公寓退宿")
    await follow(page, page.locator("#item-STU_CARD").get_by_role("button", name="撤销"))
    await expect(state(page, "STU_CARD")).to_have_text("未办理")

    # a class at once is checked first; nothing is written before it is confirmed
    await menu(page, "批量办理")
    await page.check("input[name=way][value=className]", force=True)
    await page.locator("#class").fill("软件工程卓越硕2301班")
    await page.locator("#item").select_option(label="学生证注销")
    await follow(page, page.get_by_role("button", name="预检"))
    await expect(page.locator(".tally.tone-green")).to_contain_text("4")
    await expect(page.locator(".tally.tone-red")).to_contain_text("0")
    await expect(page.get_by_role("button", name="确认提交")).to_be_visible()

    # in the other role the same person hands out certificates of another college
    await page.locator(".bar .switch summary").click()
    await follow(page, page.locator(".bar .switch").get_by_role("button", name=re.compile("学院发证人员")))
    await expect(page.locator(".bar .switch summary")).to_contain_text("学院发证人员(电子信息工程学院)")
    await expect(page.locator("#rail").get_by_role("link", name="发放两证")).to_be_visible()
    await expect(page.locator("#rail").get_by_role("link", name="现场办理")).to_have_count(0)
    await sign_out(page)


async def test_the_day_of_a_supervisor(browse: Browse) -> None:
    page = await browse("supervisor")
    await expect(page.locator("h1")).to_have_text("我的学生")
    await expect(page.locator("main tbody tr")).to_have_count(4)
    await expect(page.locator(".page-head p")).to_have_text("全部办理中批次 · 4 名学生 · 3 名待签字")
    await expect(page.locator("tr", has_text="姚远")).to_contain_text("已由 王雅洁 签字")

    # everybody at once is looked at first; the supervisor thinks better of it
    await follow(page, page.get_by_role("button", name="选择所有学生并签字"))
    await expect(page.locator("h1")).to_have_text("签字预检")
    await expect(page.locator(".tally.tone-green b")).to_have_text("3")
    await expect(page.get_by_role("button", name="确认签字")).to_be_visible()
    await follow(page, page.get_by_role("link", name="返回我的学生"))

    # one is signed, and the signature taken back on the student's own sheet
    await follow(page, page.locator("tr", has_text="黎明").get_by_role("button", name="签字"))
    await expect(page.locator("tr", has_text="黎明")).to_contain_text("已由 陈志远 签字")
    await follow(page, page.locator("tr", has_text="黎明").get_by_role("link", name="黎明"))
    await expect(state(page, "SUPERVISOR")).to_have_text("已办理")
    await follow(page, page.locator("#item-SUPERVISOR").get_by_role("button", name="撤销"))
    await expect(state(page, "SUPERVISOR")).to_have_text("未办理")
    await sign_out(page)


async def test_the_day_of_a_certificate_officer(browse: Browse) -> None:
    page = await browse("certofficer")
    await expect(page.locator(".bar")).to_contain_text("学院发证人员(计算机与信息科学学院)")
    await menu(page, "发放两证")

    # who still lacks something gets neither certificate, and hears what
    await page.get_by_role("searchbox").fill("221599106")
    await page.keyboard.press("Enter")
    await expect(page.locator("main tbody tr")).to_have_count(1)
    await follow(page, page.locator("td.main-cell a"))
    await expect(page.locator("h1")).to_contain_text("丁一鸣")
    await expect(page.get_by_role("button", name="确认发证")).to_be_disabled()
    await expect(page.locator(".note.warn").first).to_contain_text("还有 5 个环节未办理,两证均不能发放")

    # who has settled everything: number and last four confirmed, handed out, and taken back
    await menu(page, "发放两证")
    await page.get_by_role("searchbox").fill("221599111")
    await page.keyboard.press("Enter")
    await follow(page, page.locator("td.main-cell a"))
    await expect(page.locator("h1")).to_contain_text("石磊")
    number = (await page.locator("#issue .choice small.num").first.inner_text()).strip()
    desk = page.url
    await follow(page, ".person a.btn")  # the document itself is not at hand here: its end stands on the whole sheet
    masked = await page.locator("dd", has_text=re.compile(r"\*{4,}")).first.inner_text()
    await page.goto(desk)
    await page.get_by_label("证书编号(扫描任一证书)").fill(number)
    await page.get_by_label("身份证件号后四位").fill(masked.strip()[-4:])
    await follow(page, page.locator("#issue").get_by_role("button", name="确认发证"))
    await expect(page.locator(".note.good")).to_contain_text("已发证:221599111 石磊")
    await expect(page.locator(".certline")).to_contain_text("已发放")

    # to the wrong window: it is back, and undone with a reason
    await page.get_by_text("撤回发证 …").click()
    undoing = page.locator("form[action$='/issue/take-back']")
    await undoing.get_by_label("撤回原因").fill("走错窗口")
    await undoing.get_by_label("证书已收回").check(force=True)
    await follow(page, undoing.get_by_role("button", name="撤回发证"))
    await expect(page.locator(".note.good")).to_contain_text("已撤回发证:221599111 石磊")
    await expect(page.get_by_role("button", name="确认发证")).to_be_enabled()
    await sign_out(page)


async def test_the_day_of_a_data_keeper(browse: Browse) -> None:
    page = await browse("datakeeper")
    await expect(page.locator("h1")).to_have_text("周凯,您好")
    for hidden in ("现场办理", "批量办理", "发放两证", "账号"):
        await expect(page.locator("#rail").get_by_role("link", name=hidden, exact=True)).to_have_count(0)
    await menu(page, "学生")
    await page.get_by_role("searchbox").fill("林晓雨")
    await page.keyboard.press("Enter")
    await expect(page.locator("main tbody tr")).to_have_count(1)
    await follow(page, page.locator("td.main-cell a"))
    await expect(page.locator("h1")).to_contain_text("221599101")
    await sign_out(page)
