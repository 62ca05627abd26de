"""导出查询结果 in a real browser: a choice, the file at once; or its page, which says when it is there."""

from __future__ import annotations

import io
import json
from pathlib import Path

import openpyxl
import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Browse

pytestmark = pytest.mark.browser

LIST = "/admin/sheet/?flt_className_contains=软件工程卓越2201"
#: A file for which nobody waits, asked by the page's own session.
ASK = """async () => {
  const ask = async (query, token) => (await (await fetch("/graphql", { method: "POST", body: JSON.stringify({ query }),
    headers: { "Content-Type": "application/json", "X-CSRF-Token": token } })).json()).data;
  const { viewer } = await ask("{ viewer { csrfToken } }", "");
  const asked = 'mutation { exportRows(input: { object: "Sheet", waitSeconds: 0 }) { id } }';
  return (await ask(asked, viewer.csrfToken)).exportRows.id;
}"""


async def downloaded(page: Page, button: Locator) -> tuple[str, bytes]:
    """What the browser saves, and under which name."""
    async with page.expect_download() as saving:
        await button.click()
    saved = await saving.value
    return saved.suggested_filename, Path(await saved.path()).read_bytes()


async def test_a_list_is_saved_in_each_form_and_the_page_stays(browse: Browse) -> None:
    page = await browse("office")
    await page.goto(LIST)
    await page.locator("summary", has_text="导出查询结果").click()
    name, content = await downloaded(page, page.get_by_role("button", name="Excel 工作簿"))
    assert name.startswith("离校单-")
    assert openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].max_row == 25
    await expect(page.locator("form.choices:not([data-sent])")).to_be_visible()
    _, content = await downloaded(page, page.get_by_role("button", name="CSV"))
    assert content.decode("utf-8-sig").count("\r\n") == 25
    await expect(page.locator("form.choices:not([data-sent])")).to_be_visible()
    _, content = await downloaded(page, page.get_by_role("button", name="JSON"))
    assert len(json.loads(content)["data"]["sheets"]["nodes"]) == 24


async def test_the_page_of_a_file_says_when_it_is_there(browse: Browse) -> None:
    page = await browse("office")
    await page.goto(LIST)
    file = await page.evaluate(ASK)
    await page.goto(f"/admin/exports/?file={file}&next=/admin/sheet/")
    link = page.get_by_role("link", name="下载文件")
    await expect(link).to_be_visible()
    _, content = await downloaded(page, link)
    assert content.startswith(b"PK")
    await page.get_by_role("link", name="返回列表").click()
    await page.wait_for_url("**/admin/sheet/")
