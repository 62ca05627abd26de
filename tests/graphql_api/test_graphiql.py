"""GraphiQL in HTTP: who gets the page, what it may load, and that all of it comes from here."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import httpx
import pytest

from graphql_api import graphiql
from graphql_api.authentication import csrf_token
from models import RoleAssignment
from models.rules.actor import SYSTEM
from models.rules.tokens import create_token
from tests.api import Desk, OpenDesk, member

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
VENDOR = graphiql.FOLDER / "vendor"


async def opened(desk: Desk, **cookies: str) -> httpx.Response:
    """The page as a browser asks for it."""
    for name, value in cookies.items():
        desk.http.cookies.set(name, value)
    return await desk.http.get("/graphql", headers={**desk.headers, **BROWSER})


def settings_of(page: httpx.Response) -> dict[str, Any]:
    [settings] = re.findall(r'<script type="application/json" id="settings">(.*?)</script>', page.text)
    return dict(json.loads(settings))


def policy_of(page: httpx.Response) -> dict[str, str]:
    parts = page.headers["content-security-policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)  # type: ignore[misc]  # two of each


# --- who gets it


async def test_nobody_is_led_to_the_login_page_and_back(api: OpenDesk) -> None:
    for cookies in ({}, {"lixiao_session": "over"}):
        page = await opened(await api(), **cookies)
        assert (page.status_code, page.headers["location"]) == (303, "/admin/login?next=/graphql")
        assert page.headers["cache-control"] == "no-store"


async def test_who_may_explore_gets_it_with_the_token_for_writes(api: OpenDesk) -> None:
    await member("limin", "office", name="李敏")
    desk = await api(as_="limin")
    page = await opened(desk)
    assert page.status_code == 200
    assert "李敏 · 学生离校工作主管部门" in page.text
    settings = settings_of(page)
    assert settings["csrf"] == csrf_token(desk.http.cookies["lixiao_session"]) == desk.csrf
    assert (settings["address"], settings["person"], settings["language"]) == ("/graphql", "limin", "zh-CN")


async def test_it_speaks_the_language_of_the_panel(api: OpenDesk) -> None:
    await member("limin", "office")
    desk = await api(as_="limin", locale="fr")
    assert '<html lang="zh-CN">' in (await opened(desk)).text
    page = await opened(desk, lixiao_language="en")
    assert '<html lang="en">' in page.text
    assert settings_of(page)["words"]["examples"] == "Examples"
    assert '<html lang="zh-CN">' in (await opened(desk, lixiao_language="xx")).text


async def test_a_role_that_may_not_explore_is_told_so_and_where_to_go(api: OpenDesk) -> None:
    await member("xiaoyu", "student", name="林晓雨")
    page = await opened(await api(as_="xiaoyu"), lixiao_language="en")
    assert page.status_code == 403
    assert "You are acting as &quot;Student&quot; and may not read the schema." in page.text
    assert 'href="/admin/role?change=1&amp;next=/graphql"' in page.text
    assert "<script" not in page.text
    assert policy_of(page)["style-src"] == "'self'"


async def test_whose_role_ended_chooses_another_first(api: OpenDesk) -> None:
    await member("limin", "office")
    desk = await api(as_="limin")
    await RoleAssignment.filter(user__username="limin").delete()
    page = await opened(desk)
    assert (page.status_code, page.headers["location"]) == (303, "/admin/role?change=1&next=/graphql")


async def test_a_token_opens_it_too_and_no_session_means_no_csrf_token(api: OpenDesk) -> None:
    await member("campus-library", "campus_app")
    made = await create_token(SYSTEM, "campus-library", source="library")
    page = await opened(await api(token=made.secret))
    assert page.status_code == 200
    assert settings_of(page)["csrf"] == ""


async def test_a_program_is_not_shown_a_page(api: OpenDesk) -> None:
    await member("limin", "office")
    desk = await api(as_="limin")
    for accept in ("application/json", "*/*", "application/graphql-response+json"):
        assert (await desk.http.get("/graphql", headers={"accept": accept})).status_code == 400
    asked = await desk.http.get("/graphql", params={"query": "{ __typename }"}, headers=BROWSER)
    assert asked.json() == {"data": {"__typename": "Query"}}


# --- what it shows


@pytest.mark.parametrize(
    ("role", "first"), [("office", "教职工"), ("campus_app", "业务系统"), ("leader", "数据分析员")]
)
async def test_the_examples_of_ones_own_kind_come_first(api: OpenDesk, role: str, first: str) -> None:
    await member("somebody", role)
    shown = settings_of(await opened(await api(as_="somebody")))["examples"]
    assert [each["kind"] for each in shown] == ["教职工", "业务系统", "数据分析员", "学生"]
    assert [each["kind"] for each in shown if each["first"]] == [first]


async def test_a_name_is_text_and_never_markup(api: OpenDesk) -> None:
    await member("</script><b>", "office", name="<i>$name</i>")
    page = await opened(await api(as_="</script><b>"))
    assert "&lt;i&gt;$name&lt;/i&gt;" in page.text
    assert settings_of(page)["person"] == "</script><b>"
    assert page.text.count("</script>") == 1 + len(graphiql.SCRIPTS)


# --- what it loads


async def test_the_content_policy_lets_in_nothing_from_elsewhere(api: OpenDesk) -> None:
    await member("limin", "office")
    desk = await api(as_="limin")
    page = await opened(desk)
    nonce = settings_of(page)["nonce"]
    assert policy_of(page) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": f"'self' 'nonce-{nonce}'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert settings_of(await opened(desk))["nonce"] != nonce
    for name, value in graphiql.HEADERS.items():
        assert page.headers[name] == value


async def test_every_file_comes_from_here_and_may_be_kept_for_good(api: OpenDesk) -> None:
    await member("limin", "office")
    desk = await api(as_="limin")
    page = await opened(desk)
    named = re.findall(r'<(?:script|link)[^>]* (?:src|href)="([^"]+)"', page.text)
    files = [name for name in named if name != "data:,"]
    assert len(files) == len(graphiql.STYLES) + len(graphiql.SCRIPTS)
    for address in files:
        file = await desk.http.get(address)
        assert file.status_code == 200
        assert address.endswith(f"?v={hashlib.sha256(file.content).hexdigest()[:10]}")
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert file.headers["x-content-type-options"] == "nosniff"
        kind = file.headers["content-type"].split(";")[0].partition("/")[2]
        assert kind == ("css" if ".css" in address else "javascript")
    licences = await desk.http.get("/graphql/static/vendor/licences.txt")
    assert "Copyright (c) 2021 GraphQL Contributors" in licences.text


@pytest.mark.parametrize(
    "path",
    ["", "graphiql.html", "examples/staff.graphql", "vendor", "vendor/", "vendor/README.md", "%2e%2e/http.py", "%00"],
)
async def test_no_other_file_is_handed_out(api: OpenDesk, path: str) -> None:
    assert (await (await api()).http.get(f"/graphql/static/{path}")).status_code == 404


def test_what_others_wrote_is_what_the_table_says_and_no_more_than_needed() -> None:
    text = (VENDOR / "README.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([\w.-]+)` \|.*\| `([0-9a-f]{64})` \|$", text, re.MULTILINE))
    used = {name.removeprefix("vendor/") for name in (*graphiql.STYLES, *graphiql.SCRIPTS) if name.startswith("vendor")}
    there = {file.name: file for file in VENDOR.iterdir() if file.suffix in (".js", ".css")}
    assert told.keys() == used == there.keys()
    assert {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in there.items()} == told
    assert sum(file.stat().st_size for file in there.values()) < 1_400_000


def test_no_style_asks_for_a_font_or_another_host() -> None:
    for name in graphiql.STYLES:
        text = (graphiql.FOLDER / name).read_text(encoding="utf-8")
        assert re.findall(r"@import|@font-face|url\((?!\"?data:image/)", text) == []
