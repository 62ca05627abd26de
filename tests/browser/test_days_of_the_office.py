"""The day of the graduation office, and the beginning of everybody's day in English."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Browse, follow
from tests.browser.steps import at_the_desk, menu, sign_out, state

pytestmark = pytest.mark.browser


async def test_the_day_of_the_graduation_office(browse: Browse) -> None:
    page = await browse("office")
    await expect(page.locator("h1")).to_have_text("刘建平,您好")
    await expect(page.locator(".bar")).to_contain_text("学生离校工作主管部门")

    # what a department asked for, and what it would do to the sheets there are; not decided yet
    await menu(page, "流程项申请")
    asked = page.locator("main tbody tr", has_text="改由校友系统自行登记")
    await expect(asked).to_contain_text("已提交")
    await follow(page, asked.get_by_role("link").first)
    await expect(page.locator("h1")).to_have_text(re.compile("^删除环节.校友信息登记$"))
    await expect(page.locator("main")).to_contain_text("同意后环节停用")
    for decision in ("同意", "不同意"):
        await expect(page.get_by_role("button", name=decision, exact=True)).to_be_visible()

    # a student who stays longer is moved to the next batch: looked at, and left where he is
    await menu(page, "离校单")
    await page.get_by_role("searchbox").first.fill("221599112")
    await page.keyboard.press("Enter")
    await expect(page.locator("main tbody tr")).to_have_count(1)
    await follow(page, page.locator("td.main-cell a").first)
    await expect(page.locator("h1").first).to_contain_text("白露")
    await follow(page, page.get_by_role("link", name="转批次"))
    await page.locator("#to").select_option(label="2026年12月离校 (2026-12)")
    await page.locator("#reason").fill("延期毕业")
    await follow(page, page.get_by_role("button", name="预检"))
    await expect(page.locator("main")).to_contain_text("221599112")
    await menu(page, "离校单")
    await page.get_by_role("searchbox").first.fill("221599112")
    await page.keyboard.press("Enter")
    await expect(page.locator("main tbody tr")).to_have_count(1)

    # every number at home leads to the names behind it
    await menu(page, "首页")
    books = page.locator("main tbody tr", has_text="图书清还")
    number = await books.get_by_role("link").first.inner_text()
    await follow(page, books.get_by_role("link").first)
    await expect(page.locator(".page-head p").first).to_contain_text(number)
    await sign_out(page)


#: In English: the account, its role, who it is, the heading of its first page, one of its menu's entries and its page.
IN_ENGLISH = (
    ("library", "", "Department operator (University Library)", "Welcome, 李敏", "Desk"),
    ("counsellor", "counsellor", "Counsellor (School of Computer and Information Science)", "Welcome, 赵文静", "Bulk"),
    ("certofficer", "", "Certificate officer (School of Computer and Information Science)", "Welcome, 吴静怡",
     "Issue certificates"),
    ("datakeeper", "", "College data keeper (School of Computer and Information Science)", "Welcome, 周凯", "Students"),
    ("office", "", "Graduation office", "Welcome, 刘建平", "Item requests"),
    ("dorm", "", "Dormitory centre operator (Student Apartment Management Centre)", "Welcome, 孙桂兰", "Buildings"),
)  # fmt: skip


@pytest.mark.parametrize(("username", "role", "acting", "heading", "entry"), IN_ENGLISH, ids=[e[0] for e in IN_ENGLISH])
async def test_a_day_begins_and_ends_in_english(
    browse: Browse, username: str, role: str, acting: str, heading: str, entry: str
) -> None:
    page = await browse(username, role=role, language="en")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.locator("h1")).to_have_text(heading)
    await expect(page.locator(".bar")).to_contain_text(acting)
    await expect(page.locator(".bar")).to_contain_text("Leaving June 2026")
    await menu(page, entry)
    await expect(page.locator("h1").first).to_contain_text(entry)
    chinese = await page.evaluate(
        "[...document.querySelectorAll('#rail, .page-head h1, main label, main button, main th')]"
        ".map((one) => one.innerText).filter((text) => /\\p{Script=Han}/u.test(text))"
    )
    assert chinese == []
    await sign_out(page, "Sign out", "You have signed out.")


async def test_a_supervisor_signs_in_english_with_the_keyboard_alone(browse: Browse) -> None:
    page = await browse("supervisor", language="en")
    await expect(page.locator("h1")).to_have_text("My students")
    row = page.locator("tr", has_text="崔巍")
    await row.get_by_role("button", name="Sign").focus()
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(row).to_contain_text("Signed by 陈志远")
    await follow(page, row.get_by_role("link", name="崔巍"))
    await expect(state(page, "SUPERVISOR")).to_have_text("Cleared")
    await follow(page, page.locator("#item-SUPERVISOR").get_by_role("button", name="Revoke"))
    await expect(state(page, "SUPERVISOR")).to_have_text("Not cleared")
    await sign_out(page, "Sign out", "You have signed out.")


async def test_from_the_entry_to_the_next_student_with_the_keyboard_alone(browse: Browse) -> None:
    """Whatever has the focus is seen to have it, and nothing holds it."""
    page = await browse("library")
    await follow(page, page.locator(".bar").get_by_role("button", name="退出"))
    await expect(page.locator("#username")).to_be_focused()
    await page.keyboard.type("library")
    await page.keyboard.press("Tab")
    await page.keyboard.type("green cards only")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await reach(page, "进入")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("李敏,您好")
    await reach(page, "现场办理")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    for number, item in (("S231599102", "LIB_THESIS"), ("221599123", "LIB_BOOKS")):
        await at_the_desk(page, number)
        await expect(state(page, item)).to_have_text("未办理")
        await reach(page, "办理通过")
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        await expect(state(page, item)).to_have_text("已办理")
    for name in ("邱实", "姚远"):
        await follow(page, page.locator(".recent li", has_text=name).first.get_by_role("button"))
        await expect(page.locator(".note.good")).to_contain_text("回到未办理")
    # Tab goes round the whole page and comes back to its beginning
    await page.goto("/admin/sheet/")
    await page.locator("body").press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    for _ in range(300):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.matches('.themes button:last-child')"):
            return
    raise AssertionError("the keyboard does not come to the end of the page")


async def reach(page: Page, words: str) -> None:
    """Tab after Tab until what has the focus says these words; each is seen to have it."""
    for _ in range(60):
        now = await page.evaluate(
            """() => { const at = document.activeElement, look = getComputedStyle(at), box = at.closest("form.deskbox");
              const ring = (one) => one && getComputedStyle(one).outlineStyle !== "none";
              const next = at.nextElementSibling;
              const nothing = at === document.body;
              const ringed = ring(at) || ring(box) || ring(next) || look.boxShadow !== "none";
              return [nothing ? "" : at.innerText, nothing || ringed]; }"""
        )
        assert now[1], f"nobody sees that {now[0]!r} has the focus"
        if words in now[0]:
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {words}")
