"""A real browser before the served demonstration. A page that logs an error, or breaks the content policy, fails."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from tests.served import PASSWORD, Served, nobody, served, someone

__all__ = ["nobody", "served", "someone"]

Browse = Callable[..., Awaitable[Page]]
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}

#: In milliseconds; only what never comes takes so long, whatever else the machine has to do.
PATIENCE = 120_000
expect.set_options(timeout=PATIENCE)


async def follow(page: Page, button: Locator | str) -> None:
    """Presses what leads to another page, and waits until that one is there."""
    async with page.expect_navigation():
        await (page.locator(button) if isinstance(button, str) else button).click()


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]  # a container's /dev/shm may be too small for it
        browser = await playwright.chromium.launch(executable_path=path, args=arguments, timeout=PATIENCE)
        yield browser
        await browser.close()


@pytest.fixture
async def browse(chromium: Browser, served: Served) -> AsyncIterator[Browse]:
    """`await browse("library")` is a page behind the entry; `role=` of several, `phone=True`, `language="en"`."""
    complaints: list[str] = []
    async with AsyncExitStack() as contexts:

        async def opened(username: str, *, role: str = "", phone: bool = False, language: str = "zh") -> Page:
            options: dict[str, Any] = PHONE if phone else DESKTOP
            context = await chromium.new_context(base_url=served.base, **options)
            contexts.push_async_callback(context.close)
            page = await context.new_page()
            page.set_default_timeout(PATIENCE)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
            await page.goto("/admin/login")
            if language == "en":
                await follow(page, "button[name=language]")
            await page.fill("#username", username)
            await page.fill("#password", PASSWORD)
            await follow(page, "main button[type=submit].main")
            if "/role" in page.url:
                if role:
                    await page.check(f"input[name=role][value={role}]", force=True)
                await page.select_option("#batch", "2026-06")
                await follow(page, "main button.main")
            return page

        yield opened
    assert complaints == []
