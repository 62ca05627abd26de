"""What every page must satisfy, asked of the page as a browser shows it: WCAG 2.2 AA, its width, its weight."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Page, Request

#: WCAG 2.2 A and AA, and what else axe-core holds to be good practice (order of headings, landmarks, empty headers).
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: The narrowest is a desktop of 1280 pixels at 400 %.
DESKTOP, PHONE, NARROWEST = (1280, 800), (390, 844), (320, 640)
HEAVY = 100_000  # bytes, before gzip
SMALL = 24  # pixels

RUN = """async (rules) => {
  const found = await axe.run(document, {runOnly: rules, resultTypes: ["violations"], preload: false});
  const why = (node) => (node.any[0] || node.all[0] || node.none[0] || {}).message;
  return found.violations.map((each) => `${each.id}: ` + each.nodes.slice(0, 3).map((node) =>
    `${node.target} ${node.html.slice(0, 120)} ${why(node)}`).join("; "));
}"""
#: Buttons, boxes and links that are none of a sentence; what is read out only is not pressed with a finger, and a box
#: is as large as the label around it.
PRESSED = "a[href], button, input:not([type=hidden]), select, summary"
SMALL_TARGETS = """([pressed, smallest]) => [...document.querySelectorAll(pressed)]
  .filter((one) => one.checkVisibility({visibilityProperty: true}) && getComputedStyle(one).display !== "inline"
    && getComputedStyle(one).clipPath === "none" && !one.matches(".skip"))
  .map((one) => [one.outerHTML.slice(0, 120), (one.closest("label") || one).getBoundingClientRect()])
  .filter(([, box]) => box.width && box.height && (box.width < smallest || box.height < smallest))
  .map(([text, box]) => `${Math.round(box.width)} by ${Math.round(box.height)}: ${text}`)"""
SIDEWAYS = """() => document.documentElement.scrollWidth <= innerWidth ? "" :
  [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 4).map((one) => one.outerHTML.slice(0, 100)).join("; ") || "something"
"""
WEIGHT = "() => performance.getEntriesByType('navigation')[0].decodedBodySize"
#: A table says what it is of where a page holds several; each of its headers says of what.
HEADERS = """() => [...document.querySelectorAll("main th:not([scope])")].map((one) => one.outerHTML.slice(0, 100))"""


class Watched:
    """What a browser complains of by itself, and whom it asks, from page to page."""

    def __init__(self, page: Page, base: str) -> None:
        self.complaints: list[str] = []
        self._home = urlsplit(base).netloc
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("console", lambda said: self._hear(said.type, said.text))
        page.on("request", self._asked)

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" and "the server responded with a status of" not in text:  # pages of errors are such answers
            self.complaints.append(f"browser: {text}")

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != self._home:
            self.complaints.append(f"asks {request.url}")


async def audit(page: Page, axe: str) -> list[str]:
    """Every complaint about the page as it is shown now: light and dark, on a desktop, a phone, and at 400 %."""
    found: list[str] = []
    weight = await page.evaluate(WEIGHT)
    if weight >= HEAVY:
        found.append(f"weighs {weight:,} bytes")
    found += [f"header without scope: {each}" for each in await page.evaluate(HEADERS)]
    await page.evaluate(axe)
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width, height in (DESKTOP, PHONE):
            await page.set_viewport_size({"width": width, "height": height})
            # the theme changes nothing but colours
            rules: Any = {"type": "tag", "values": TAGS} if scheme == "light" else ["color-contrast"]
            found += [f"{scheme}, {width} wide: {each}" for each in await page.evaluate(RUN, rules)]
    found += [f"target of {each}" for each in await page.evaluate(SMALL_TARGETS, [PRESSED, SMALL])]
    await page.set_viewport_size({"width": NARROWEST[0], "height": NARROWEST[1]})
    if beyond := await page.evaluate(SIDEWAYS):
        found.append(f"scrolls sideways: {beyond}")
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    return found


def readable(complaints: dict[str, list[str]]) -> str:
    return json.dumps(complaints, ensure_ascii=False, indent=1)
