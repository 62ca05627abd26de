"""The policy administrator's task in the middle of the season: try something out, and take it back."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Browse, follow

pytestmark = pytest.mark.browser

LAST_DAY = "2099-07-31"


async def expect_phone(library: Page, shown: bool) -> None:
    """What the library's operator sees of a student, opened anew."""
    await library.goto("/admin/student/?search=221599101")
    await follow(library, library.locator("td.main-cell a").first)
    await expect(library.locator("h1")).to_contain_text("221599101")
    label = library.locator("dl.facts dt", has_text="手机号")
    await expect(label).to_have_count(1 if shown else 0)
    if shown:
        await expect(label.locator("xpath=following-sibling::dd")).to_have_text(re.compile(r"^1\d{10}$"))


async def test_the_library_sees_phone_numbers_until_july_and_not_any_more(browse: Browse) -> None:
    library = await browse("library")
    await expect_phone(library, False)
    admin = await browse("policyadmin")

    # the cell, found in the matrix
    await follow(admin, admin.get_by_role("link", name="权限矩阵"))
    phone = admin.locator(".matrix tr", has=admin.get_by_role("rowheader", name="手机号"))
    await follow(admin, phone.locator("a[href*='role=operator&']"))
    await expect(admin.locator("h1")).to_have_text("学校离校办理人员 · 查看 · 手机号")
    first = admin.locator("fieldset.grant").first
    unit = first.get_by_label("仅限一个单位")
    await expect(unit).to_be_hidden()
    await first.get_by_label("范围").select_option(label="本部门环节涉及的学生")
    await expect(unit).to_be_visible()
    await unit.select_option(label="图书馆 (TSG)")
    await first.get_by_label("最后一天").fill(LAST_DAY)
    await admin.get_by_label("备注").fill("催还图书")
    await follow(admin, admin.get_by_role("button", name="存入草稿"))
    await expect(phone.locator("td.changed")).to_contain_text("本部门环节涉及的学生")
    await expect_phone(library, False)

    # what it changes
    await follow(admin, admin.get_by_role("link", name="预览变更"))
    await expect(admin.locator(".note.good")).to_contain_text("可以发布")
    change = admin.locator(".changes li")
    await expect(change).to_have_count(1)
    await expect(change).to_contain_text('新增 查看"学生"的"手机号"')
    await expect(change).to_contain_text(LAST_DAY)
    await expect(change.locator("tr", has_text="学校离校办理人员")).to_contain_text(re.compile(r"0 → [1-9]\d*"))

    # published: the library sees it
    await admin.get_by_label("说明").fill("图书馆催还期间可见手机号")
    await follow(admin, admin.get_by_role("button", name="发布"))
    await expect(admin.locator(".note.good")).to_contain_text("立即生效")
    await expect_phone(library, True)

    # regretted: rolled back, and the library sees it no more
    await follow(admin, admin.get_by_role("link", name="历史版本"))
    row = admin.locator("tbody tr").nth(1)
    await follow(admin, row.locator("td.main-cell a"))
    await follow(admin, admin.get_by_role("link", name="恢复此版本"))
    await expect(admin.locator(".changes li")).to_contain_text('不能再查看"学生"的"手机号"')
    await follow(admin, admin.get_by_role("button", name="恢复此版本"))
    await expect(admin.locator(".note.good")).to_contain_text("立即生效")
    await expect_phone(library, False)


async def test_on_a_phone_one_role_is_chosen_and_read_as_a_list(browse: Browse) -> None:
    admin = await browse("policyadmin", phone=True)
    await admin.goto("/admin/policy/")
    await expect(admin.locator(".matrix")).to_be_hidden()
    await follow(admin, admin.locator(".phone-roles").get_by_role("link", name="辅导员"))
    phone = admin.locator(".matrix tr", has_text="手机号")
    await expect(phone.get_by_role("link")).to_have_text("本学院")
    wide = await admin.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide
