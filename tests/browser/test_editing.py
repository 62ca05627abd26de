"""Editing with a script: a cell where it stands, many rows at once, a row that is found by typing."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import Browse, follow


async def test_a_cell_is_edited_where_it_stands(browse: Browse) -> None:
    page = await browse("office", language="en")
    await page.goto("/admin/building/?search=PINE2")
    cell = page.locator("td[data-label='Duty room']").first
    before = (await cell.inner_text()).strip()
    await cell.dblclick()
    box = cell.locator("input[name=dutyPlace]")
    await expect(box).to_be_focused()
    await box.press("Escape")
    await expect(cell).to_have_text(before)
    await follow(page, "th a[data-edit-column=dutyPlace]")
    pencil = cell.locator("a.edit-cell")
    await pencil.focus()
    await page.keyboard.press("Enter")
    await box.fill("Gate 9")
    await box.press("Enter")
    await expect(cell).to_contain_text("Gate 9")
    await expect(pencil).to_be_focused()
    await pencil.click()
    await box.fill(before)
    await cell.locator("button[type=submit]").click()
    await expect(cell).to_contain_text(before)
    assert await page.evaluate("document.querySelectorAll('form[id^=cell-form]').length") == 0


async def test_many_rows_and_the_way_back_on_a_phone(browse: Browse) -> None:
    page = await browse("office", phone=True)
    await page.goto("/admin/building/?search=PINE")
    for box in (await page.locator("tbody input.tick").all())[:2]:
        await box.check()
    await follow(page, "[data-ticked-bar] button")
    value = page.locator("input[name=dutyPhone]")
    await value.fill("8999")
    await expect(page.locator("input[name='mode.dutyPhone'][value=set]")).to_be_checked()
    await follow(page, "button[value=check]")
    await expect(page.locator(".changes ins")).to_have_text(["8999", "8999"])
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await follow(page, page.locator("button[value=submit]").first)
    await expect(page.get_by_role("status").first).to_contain_text("已修改 2 条")
    await follow(page, page.get_by_role("link", name="查看并撤回本次操作"))
    await follow(page, "button[value=check]")
    await follow(page, "button[value=submit]")
    await expect(page.get_by_role("status").first).to_contain_text("已恢复 2 条")


async def test_a_row_is_found_by_typing_and_a_role_is_offered_its_own_units(browse: Browse) -> None:
    admin = await browse("accountadmin")
    await admin.goto("/admin/roleassignment/do/grantRole")
    await admin.locator("[name=username]").press_sequentially("datakeep")
    await expect(admin.locator("datalist option")).to_have_count(1)
    assert await admin.locator("datalist option").get_attribute("value") == "datakeeper"
    await admin.select_option("[name=role]", "operator")
    await expect(admin.locator("optgroup[data-unit=college]")).to_have_js_property("disabled", True)
    await expect(admin.locator("optgroup[data-unit=department]")).to_have_js_property("disabled", False)
