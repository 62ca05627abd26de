"""Which language a page speaks, and texts that know both; the texts themselves are in `words`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, g, has_request_context, request
from flask_babel import LazyString

LANGUAGE_COOKIE = "lixiao_language"
CHINESE, ENGLISH = "zh_CN", "en"
#: Flask-Admin's own catalogue for Chinese has this name.
BABEL_LOCALES = {CHINESE: "zh_Hans_CN", ENGLISH: "en"}


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages; `str()` gives the one of this request."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.en if english() else self.zh

    def __html__(self) -> str:
        from markupsafe import escape

        return str(escape(str(self)))


def text_of(label: Mapping[str, str] | None) -> Text:
    """A label of the API, `{zh en}`; a missing English text falls back to Chinese."""
    label = label or {}
    return Text(label.get("zh") or "", label.get("en") or label.get("zh") or "")


def lazy(text: Text) -> Any:
    """The same as Flask-Admin and WTForms want lazy texts."""
    return LazyString(lambda: str(text))


def locale() -> str:
    """`zh_CN` or `en`: what the person chose, else the installation's default. Outside a request: Chinese."""
    if not has_request_context():
        return CHINESE
    if "locale" not in g:
        chosen = request.cookies.get(LANGUAGE_COOKIE)
        g.locale = chosen if chosen in BABEL_LOCALES else current_app.config["LIXIAO_LOCALE"]
    return str(g.locale)


def english() -> bool:
    return locale() == ENGLISH


def babel_locale() -> str:
    return BABEL_LOCALES[locale()]
