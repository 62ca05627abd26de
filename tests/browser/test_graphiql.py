"""GraphiQL in a real browser, under its strict content policy: whatever it complains of fails the test."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Browse
from tests.served import Served

pytestmark = pytest.mark.browser


def answer(page: Page) -> Locator:
    return page.locator(".result-window .CodeMirror-code")


async def run(page: Page, example: str, operation: str) -> None:
    """Opens an example in a tab of its own and runs it, once its operation stands in the editor."""
    await page.get_by_role("button", name=example, exact=True).click()
    await expect(page.locator(".graphiql-query-editor .CodeMirror-code")).to_contain_text(operation)
    await page.locator(".graphiql-execute-button").click()


async def test_examples_run_one_click_away_a_mutation_too(browse: Browse, served: Served) -> None:
    page = await browse("library")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto("/graphql")
    await expect(page.locator(".person")).to_have_text("李敏 · 学校离校办理人员")
    await expect(page.locator(".graphiql-tab")).to_have_count(4)
    await run(page, "本人、身份与权限", "WhoAmI")
    await expect(page.locator(".graphiql-tab")).to_have_count(5)
    await expect(answer(page)).to_contain_text('"username": "library"')
    await run(page, "批量办理:只预检,不写入", "CheckABulk")
    await expect(answer(page)).to_contain_text("预检完成:可办理 2,无变化 3,不能办理 0。确认提交?")
    assert {urlsplit(address).netloc for address in asked if not address.startswith("data:")} == {
        urlsplit(served.base).netloc
    }
    assert await page.evaluate("localStorage.length") == 0


async def test_the_explorer_knows_the_schema_and_menus_open_under_the_content_policy(browse: Browse) -> None:
    page = await browse("library", language="en")
    await page.goto("/graphql")
    await page.get_by_label("Show GraphiQL Explorer").click()
    tree = page.locator(".graphiql-explorer-root")
    await expect(tree.get_by_text("itemRequests", exact=True).first).to_be_visible()
    await page.get_by_label("Show Documentation Explorer").click()
    await expect(page.get_by_text("A GraphQL schema provides a root type")).to_be_visible()
    await page.get_by_label("Open settings dialog").click()
    await expect(page.get_by_role("button", name="Dark")).to_be_visible()


async def test_the_next_person_in_this_tab_finds_nothing_of_the_last(browse: Browse) -> None:
    page = await browse("library")
    await page.goto("/graphql")
    await run(page, "查某个学生的离校单", "OneSheet")
    await expect(answer(page)).to_contain_text("221599104")
    await page.evaluate("sessionStorage.setItem('person', 'somebody else')")
    await page.reload()
    await expect(page.locator(".graphiql-tab")).to_have_count(4)
    await expect(page.locator(".graphiql-query-editor")).not_to_contain_text("221599104")
