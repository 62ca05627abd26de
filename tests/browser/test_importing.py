"""数据导入 in a real browser, with real files: an operator's whole round, a data keeper's, and what goes wrong."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.async_api import Locator, Page, expect

from graphql_api.files import XLSX
from tests.browser.conftest import Browse, follow
from tests.graphql_api.odd_files import workbook

pytestmark = pytest.mark.browser


async def downloaded(page: Page, button: Locator) -> bytes:
    """What the browser saves."""
    async with page.expect_download() as saving:
        await button.click()
    path = await (await saving.value).path()
    return Path(path).read_bytes()


def opened(content: bytes) -> tuple[openpyxl.Workbook, Any, dict[str, int]]:
    """The workbook, its first sheet, and the columns by their headings."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    return book, sheet, {str(cell.value).removesuffix(" *"): cell.column for cell in sheet[1] if cell.value}


def saved(book: openpyxl.Workbook) -> bytes:
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


async def send(page: Page, content: bytes, name: str = "lixiao.xlsx") -> None:
    await page.set_input_files("#file", {"name": name, "mimeType": XLSX, "buffer": content})
    await follow(page, page.get_by_role("button", name="上传并继续"))


def tile(page: Page, words: str) -> Locator:
    return page.locator("a.tally", has_text=words).locator("b")


async def test_an_operator_exports_edits_imports_and_takes_it_back(browse: Browse) -> None:
    page = await browse("library")
    await page.goto("/admin/clearance/?flt_item.code_eq=LIB_BOOKS&flt_status_eq=PENDING&page_size=20")
    await page.locator("summary", has_text="导出查询结果").click()
    content = await downloaded(page, page.get_by_role("button", name="lixiao.xlsx"))
    book, sheet, columns = opened(content)
    count = sheet.max_row - 1
    assert count > 3
    for row in (2, 3):
        sheet.cell(row, columns["办理状态"]).value = "3"
    sheet.cell(4, columns["姓名"]).value = "另有其人"
    sheet.cell(4, columns["办理状态"]).value = "3"
    await follow(page, page.get_by_role("link", name="导入", exact=True))
    await send(page, saved(book))
    await expect(page.locator("p.about")).to_contain_text(f"{count} 行")
    await expect(page.locator("#item")).to_have_count(0)
    await follow(page, page.get_by_role("button", name="预检"))
    await expect(tile(page, "将导入")).to_have_text("2")
    await expect(tile(page, "无变化")).to_have_text(str(count - 3))
    await expect(tile(page, "不能导入")).to_have_text("1")
    await expect(page.locator("tr[data-row='4']")).to_contain_text("姓名不符")
    refused = await downloaded(page, page.get_by_role("button", name="下载有问题的行"))
    _, told, _ = opened(refused)
    assert any("姓名不符" in str(cell.value) for row in told.iter_rows() for cell in row)
    await page.get_by_role("button", name="确认导入 · 2").dblclick(no_wait_after=True)
    await expect(page.locator("[role=status] .note.good")).to_contain_text("已办理 2 人")
    await follow(page, page.get_by_role("button", name="撤回本次操作"))
    await follow(page, page.get_by_role("button", name="确认撤回 · 2"))
    await expect(page.locator(".note.good")).to_contain_text("已撤回 2 人")


async def test_a_data_keeper_fills_in_the_template_and_imports_a_leaver(browse: Browse) -> None:
    page = await browse("datakeeper")
    await page.goto("/admin/import/")
    leavers = page.locator("section", has=page.get_by_role("heading", name="离校人员"))
    book, sheet, columns = opened(await downloaded(page, leavers.get_by_role("button", name="下载模板")))
    place = sheet.max_row + 1
    person = {
        "学号": "J26159901",
        "姓名": "林知夏",
        "性别": "女",
        "培养层次": "本科生",
        "专业": "软件工程",
        "班级": "交流班",
    }
    for heading, value in person.items():
        sheet.cell(place, columns[heading]).value = value
    await follow(page, leavers.get_by_role("link", name="导入文件"))
    await send(page, saved(book), "离校人员.xlsx")
    await page.select_option("#batch", "2026-06")
    await follow(page, page.get_by_role("button", name="预检"))
    await expect(tile(page, "将导入")).to_have_text("1")
    await page.get_by_role("button", name="确认导入 · 1").dblclick(no_wait_after=True)
    await expect(tile(page, "已导入")).to_have_text("1")
    await page.goto("/admin/sheet/?search=J26159901")
    await expect(page.locator("td.main-cell")).to_have_text("J26159901")


async def test_a_dropped_file_that_is_too_large_is_told_before_it_is_sent(browse: Browse) -> None:
    page = await browse("library")
    await page.goto("/admin/import/file?kind=CLEARANCES")
    dropped = """(form, size) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(size)], "大文件.xlsx"));
        form.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }"""
    form = page.locator("form[data-drops]")
    await form.evaluate(dropped, 20 * 1024 * 1024 + 1)
    await expect(page.locator("[data-too-large]")).to_contain_text("超过 20 MB")
    await page.get_by_role("button", name="上传并继续").click()
    await expect(page.locator("[data-too-large]")).to_be_visible()
    await form.evaluate(dropped, 10)
    await expect(page.locator("[data-too-large]")).to_be_hidden()
    await follow(page, page.get_by_role("button", name="上传并继续"))
    await expect(page.locator(".note.bad").first).to_contain_text("文件")


async def test_a_bare_list_on_a_phone_asks_for_item_and_status(browse: Browse) -> None:
    page = await browse("library", phone=True)
    await page.goto("/admin/import/file?kind=CLEARANCES")
    await send(page, workbook(("221599105", ""), ("221599106", "")), "名单.xlsx")
    await page.locator("#item").select_option(label="图书清还")
    await page.check("input[name=status][value=CLEARED]", force=True)
    await follow(page, page.get_by_role("button", name="预检"))
    await expect(page.locator("a.tally")).to_have_count(3)
