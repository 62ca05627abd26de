"""A browser's GET of `/graphql`: GraphiQL, all of it from this machine, for those who may explore; words for others."""

from __future__ import annotations

import hashlib
import os
import secrets
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from graphql_api.authentication import authenticate, csrf_token
from graphql_api.context import Context, Credentials
from graphql_api.graphiql_examples import KINDS, examples, first_kind
from graphql_api.rights import forbidden
from models.declare import Words
from policies.roles import ROLES
from settings import settings

HERE = "/graphql"
FILES = "/graphql/static"
FOLDER = Path(__file__).parent / "static"
SIGN_IN = f"/admin/login?next={HERE}"
CHOOSE_ROLE = f"/admin/role?change=1&next={HERE}"

#: What the panel keeps a person's choice of language in.
LANGUAGE_COOKIE = "lixiao_language"
LANGUAGES = ("zh_CN", "en")

#: In the order in which the page loads them.
STYLES = ("vendor/graphiql-4.1.2.min.css", "vendor/explorer-4.0.6.min.css", "graphiql.css")
SCRIPTS = (
    "vendor/react-18.3.1.min.js",
    "vendor/react-dom-18.3.1.min.js",
    "vendor/graphiql-4.1.2.min.js",
    "vendor/explorer-4.0.6.min.js",
    "graphiql.js",
)
ALLOWED_FILES = frozenset({*STYLES, *SCRIPTS, "vendor/licences.txt"})

HEADERS = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "same-origin",
    "vary": "Accept, Accept-Language, Authorization, Cookie",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
A_YEAR = 365 * 86400

WORDS = {
    "title": Words("GraphQL 接口调试", "GraphQL explorer"),
    "panel": Words("管理平台", "Admin panel"),
    "schema": Words("接口定义", "Schema"),
    "role": Words("选择身份", "Choose a role"),
    "examples": Words("示例", "Examples"),
    "examples_lead": Words("点击示例,在新标签页中打开。", "Press an example to open it in a new tab."),
    "no_script": Words("此页面需要启用 JavaScript。", "This page needs JavaScript."),
    "refused": Words("当前身份不能使用此页面", "This page is not for the role you act in"),
    "what_next": Words(
        "可在管理平台换一个身份,或退出登录后换用其他账号。程序以 POST 访问本地址。",
        "You may choose another role in the admin panel, or sign out there and sign in with another account. "
        "Programs ask here by POST.",
    ),
}


async def page(request: Request, credentials: Credentials) -> Response:
    """GraphiQL; nobody signed in is led to the login page, and no role chosen to the choice of one, and back."""
    locale = _locale(request)
    context = Context(credentials, locale)
    await authenticate(context)
    if context.signed_in is None:
        return RedirectResponse(SIGN_IN, 303, HEADERS)
    if not context.signed_in.role:
        return RedirectResponse(CHOOSE_ROLE, 303, HEADERS)
    if not context.may_explore:
        problem = await forbidden(context, "Api", "explore")
        return _html("refused.html", 403, locale, message=problem.message, name=context.signed_in.name)
    return _graphiql(context)


def _graphiql(context: Context) -> Response:
    nonce = secrets.token_urlsafe(16)
    return _html(
        "graphiql.html",
        200,
        context.locale,
        nonce,
        name=context.caller.name,
        role=ROLES[context.caller.role].label[context.locale],
        styles=_Markup("\n".join(f'<link rel="stylesheet" href="{_address(name)}">' for name in STYLES)),
        scripts=_Markup("\n".join(f'<script src="{_address(name)}" defer></script>' for name in SCRIPTS)),
        settings=_Markup(orjson.dumps(_settings(context, nonce)).decode().replace("<", "\\u003c")),
    )


def _settings(context: Context, nonce: str) -> dict[str, Any]:
    """What the page's script must know. The token goes along with the session's mutations, see `authentication`."""
    session, first = context.credentials.session, first_kind(context.caller.role)
    shown = [
        {
            "kind": words[context.locale],
            "first": kind == first,
            "examples": [{"title": each.title[context.locale], "document": each.document} for each in examples()[kind]],
        }
        for kind, words in KINDS.items()
    ]
    return {
        "address": HERE,
        "csrf": csrf_token(session) if session else "",
        "examples": shown,
        "language": context.locale.replace("_", "-"),
        "nonce": nonce,
        "person": context.caller.username,
        "words": {name: WORDS[name][context.locale] for name in ("examples", "examples_lead")},
    }


def _locale(request: Request) -> str:
    """The panel's language: what the person chose there, else the installation's."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else settings().locale


# --- writing HTML


class _Markup(str):
    """Text that is HTML already."""


def _html(template: str, status: int, locale: str, nonce: str = "", **facts: str) -> Response:
    words = {f"say_{name}": text[locale] for name, text in WORDS.items()}
    filled = {"language": "en" if locale == "en" else "zh-CN", "style": _address("graphiql.css"), **words, **facts}
    shown = {name: text if isinstance(text, _Markup) else escape(text) for name, text in filled.items()}
    policy = {"content-security-policy": content_security_policy(nonce)}
    return HTMLResponse(_template(template).substitute(shown), status, {**HEADERS, **policy})


def content_security_policy(nonce: str) -> str:
    """Scripts and styles from this machine only; GraphiQL's menus add one style element, which bears the nonce."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' 'nonce-{nonce}'" if nonce else "style-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


@cache
def _template(name: str) -> Template:
    return Template((FOLDER / name).read_text(encoding="utf-8"))


# --- the files of the page


@cache
def _address(name: str) -> str:
    """With a fingerprint, so that a browser may keep the file for good."""
    return f"{FILES}/{name}?v={hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:10]}"


class Files(StaticFiles):
    """The scripts and styles of the page, and the licences of those that others wrote. Anybody may read them."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        return super().lookup_path(path) if Path(path).as_posix() in ALLOWED_FILES else ("", None)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["cache-control"] = f"public, max-age={A_YEAR}, immutable"
        response.headers["x-content-type-options"] = "nosniff"
        return response
