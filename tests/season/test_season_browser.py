"""One student's way through the panel in a real Chromium: from seven red items to both certificates, desk by desk.

The pages' own behaviour is tested in `tests/browser`; here everybody acts on the same student, one after another.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Browse, follow

pytestmark = pytest.mark.browser

NUMBER, NAME = "221599101", "林晓雨"  # the demonstration's student
ELSEWHERE = (
    "GOWN",
    "HUKOU",
    "ARCHIVE",
    "CARD",
)  # red items of departments whose operators have no demonstration account

#: A folder for pictures of every step; none are taken unless it is named.
PICTURES = os.environ.get("LIXIAO_TEST_PICTURES", "")


async def picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


async def at_the_desk(page: Page, text: str) -> None:
    """Types into the box, which has the focus, and opens."""
    await page.goto("/admin/desk/")
    await expect(page.locator("#box")).to_be_focused()
    await page.keyboard.type(text)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


def item(page: Page, code: str) -> Locator:
    return page.locator(f"#item-{code}").first


async def passes(page: Page, code: str, *, reason: str = "") -> None:
    """办理通过, with the reason where the item wants one."""
    card = item(page, code)
    if reason:
        await card.locator("summary").click()
        await card.locator("form", has=page.locator("button[value=CLEARED]")).locator("select").select_option(reason)
    await follow(page, card.locator("button[value=CLEARED]"))
    await expect(page.locator(".note.good").first).to_contain_text(f"已办理:{NUMBER} {NAME}")
    await expect(item(page, code).locator(".state")).to_have_text("已办理")


async def test_one_student_from_red_to_both_certificates(browse: Browse) -> None:
    phone = await browse("student", phone=True)
    await expect(phone.locator(".progress-x")).to_contain_text("已完成 6 / 13")
    await expect(phone.locator(".certline")).to_contain_text("未满足领证条件")
    await picture(phone, "1-student-before")

    await the_library_is_refused_and_clears(browse)
    counsellor = await browse("counsellor", role="counsellor")
    await the_counsellor_cannot_sign_off_yet(counsellor)
    await the_other_desks_clear_what_is_red(browse)
    await the_counsellor_signs_off(counsellor)
    await the_certificate_officer_issues(browse)
    await nothing_can_be_revoked_any_more(browse)

    await phone.reload()
    await expect(phone.locator(".progress-x")).to_contain_text("已完成 13 / 13")
    await expect(phone.locator(".certline strong")).to_have_text("已发放两证")
    await expect(phone.locator(".note.good")).to_have_count(0)  # nobody is sent to collect what he has
    assert not await phone.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    await picture(phone, "9-student-after")


async def the_library_is_refused_and_clears(browse: Browse) -> None:
    library = await browse("library")
    await at_the_desk(library, "22159999999")
    await expect(library.locator(".note.warn")).to_contain_text("未找到学号 22159999999,请核对")
    await picture(library, "2-library-unknown-number")
    await at_the_desk(library, NUMBER)
    await follow(library, item(library, "LIB_BOOKS").locator("button[value=PENDING]"))
    await expect(item(library, "LIB_BOOKS").locator(".state")).to_have_text("未办理")
    await picture(library, "3-library-revoked")
    await passes(library, "LIB_BOOKS")


async def the_counsellor_cannot_sign_off_yet(page: Page) -> None:
    """The button is disabled with the reason; whoever presses it all the same is refused by the API."""
    await at_the_desk(page, NUMBER)
    final = item(page, "COLLEGE_FINAL")
    button = final.locator("button[value=CLEARED]")
    await expect(button).to_be_disabled()
    await expect(final.locator(".blockers li")).to_have_count(6)
    await picture(page, "4-counsellor-blocked")
    await button.evaluate("button => { button.disabled = false }")
    await follow(page, button)
    refused = page.locator(".note.bad").first
    await expect(refused).to_contain_text('还不能确认"院系离校":还有 6 个环节未办理')
    await picture(page, "5-counsellor-refused")
    await expect(item(page, "COLLEGE_FINAL").locator(".state")).to_have_text("未办理")


async def the_other_desks_clear_what_is_red(browse: Browse) -> None:
    dorm = await browse("dorm")
    await at_the_desk(dorm, NUMBER)
    await passes(dorm, "DORM_OUT")
    office = await browse("office")
    await at_the_desk(office, NUMBER)
    for code in ELSEWHERE:
        await passes(office, code)
    await picture(office, "6-office")


async def the_counsellor_signs_off(page: Page) -> None:
    await at_the_desk(page, NUMBER)
    await passes(page, "STU_CARD")
    await passes(page, "COLLEGE_FINAL")
    await expect(page.locator(".progress-x")).to_contain_text("必办环节全部办结")


async def the_certificate_officer_issues(browse: Browse) -> None:
    officer = await browse("certofficer")
    await officer.goto(f"/admin/issue/?search={NUMBER}")
    await expect(officer.locator("tbody tr")).to_contain_text("可领取")
    await follow(officer, officer.locator("td.main-cell a"))
    numbers = await officer.locator("#issue .choice small.num").all_inner_texts()
    assert len(numbers) == 2
    desk = officer.url
    await follow(officer, ".person a.btn")
    masked = await officer.locator("dd", has_text="****").first.inner_text()
    await officer.goto(desk)
    form = officer.locator("#issue")
    await form.locator("#number").fill("999991202699999999")
    await form.locator("#last4").fill(masked.strip()[-4:])
    await follow(officer, form.get_by_role("button", name="确认发证"))
    await expect(officer.locator(".note.bad")).to_have_count(1)  # two certificates, one reason
    await expect(officer.locator(".note.bad")).to_contain_text("请勿发放")
    await picture(officer, "7-issue-wrong-paper")
    await officer.locator("#number").fill(numbers[0].strip())
    await officer.locator("#last4").fill(masked.strip()[-4:])
    await follow(officer, officer.locator("#issue").get_by_role("button", name="确认发证"))
    await expect(officer.locator(".certline strong")).to_have_text("已发放两证")
    await picture(officer, "8-issued")


async def nothing_can_be_revoked_any_more(browse: Browse) -> None:
    library = await browse("library")
    await at_the_desk(library, NUMBER)
    await expect(item(library, "LIB_BOOKS").locator("button[name=status]")).to_have_count(0)
    await expect(library.locator(".note.warn")).to_contain_text("该生两证已发放,环节状态不能再修改")
