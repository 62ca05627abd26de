"""Whether a page is light or dark: as the device has it, until the person chooses."""

from __future__ import annotations

from flask import request

THEME_COOKIE = "lixiao_theme"
AUTO, LIGHT, DARK = THEMES = ("auto", "light", "dark")
#: What the browser draws by itself (scroll bars, boxes of dates) follows the page.
SCHEMES = {AUTO: "light dark", LIGHT: "light", DARK: "dark"}


def theme() -> str:
    """`auto`, `light` or `dark`: what the person chose, else as the device has it."""
    chosen = request.cookies.get(THEME_COOKIE, AUTO)
    return chosen if chosen in THEMES else AUTO
