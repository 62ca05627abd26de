"""Steps that the days of several people share."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import follow


async def menu(page: Page, words: str) -> None:
    """Through the menu at the side."""
    await follow(page, page.locator("#rail").get_by_role("link", name=words, exact=True))
    await expect(page.locator("#rail [aria-current=page]")).to_have_text(words)


async def at_the_desk(page: Page, text: str) -> None:
    """What a hand or a scanner types, wherever it was before: the box takes it, and Enter opens."""
    await expect(page.locator("#box")).to_be_focused()
    await page.keyboard.type(text)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


def state(page: Page, item: str) -> Locator:
    """The badge of an item on a sheet."""
    return page.locator(f"#item-{item} .state").last


async def sign_out(page: Page, button: str = "退出", said: str = "您已安全退出。") -> None:
    await follow(page, page.locator(".bar").get_by_role("button", name=button))
    await expect(page.locator("[role=status] .note")).to_have_text(said)
