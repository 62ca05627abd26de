"""A panel that believes everybody may do everything: it shows no row and no field that the API withholds, and whatever
it sends changes nothing. Who may what stands behind the API; the panel's own knowledge of it is for show.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin_panel import visit
from admin_panel.app import Installation, make_panel
from admin_panel.checked_deeds import CHECKED
from admin_panel.client import HttpClient, Json
from admin_panel.deeds import DEEDS
from admin_panel.language import Text
from admin_panel.visit import Rights, Viewer
from tests.served import PASSWORD, PATIENCE, Served

SITE = "http://localhost/admin"
STUDENTS = "{ students(first: 1000) { nodes { id studentNo name } } }"
SHEETS = "{ sheets(first: 1000) { nodes { id student { studentNo } } } }"
#: Everybody may keep filters of one's own.
ALL_EVENTS = '{ events(where: { object: { ne: "SavedFilter" } }) { totalCount } }'
#: Those who may change nothing of what the forms below ask, and what of a person they are shown nowhere.
LOOKERS_ON = ("leader", "analyst", "auditor", "student", "supervisor")
DOCUMENT_NUMBER = re.compile(r"(?<!\d)[1-8]\d{16}[\dX](?!\d)")  # those of certificates begin with 9


class Everything(frozenset[str]):
    """Whatever is asked for is in it, but for what makes somebody a student on screen."""

    def __contains__(self, each: object) -> bool:
        return each != "apply"

    def __or__(self, other: object) -> Everything:  # type: ignore[override]  # nothing can be added
        return self


class AllRights(dict[str, Rights]):
    def get(self, _object: str, _default: object = None) -> Rights:  # type: ignore[override]  # of every object
        return Rights(True, True, True, True, True, Everything(), Everything(), Everything())

    def __getitem__(self, name: str) -> Rights:
        return self.get(name)


@pytest.fixture
def lying(served: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The panel in this process, before the API of the served demonstration, with rights that it made up."""
    honest = visit._viewer

    def believing(answer: Json) -> Viewer:
        return replace(honest(answer), rights=AllRights(), matches_id_no=True)

    client = HttpClient(f"{served.api}/graphql", served.command("token", "create", "--user", "analyst"))
    panel = make_panel(client, Installation(secrets.token_hex(32), Text("静湖大学", "Jinghu University")))
    monkeypatch.setattr(visit, "_viewer", believing)
    yield panel
    client.close()


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asks the API itself."""

    api: str
    cookies: Mapping[str, str]

    def ask(self, document: str) -> Json:
        answer = httpx.post(
            f"{self.api}/graphql", json={"query": document}, cookies=dict(self.cookies), timeout=PATIENCE
        )
        return dict(answer.json()["data"] or {})


def signed_in(panel: Flask, served: Served, username: str) -> tuple[FlaskClient, Asker]:
    """The same session before the lying panel and before the API."""
    browser = panel.test_client()
    page = browser.get("/login", base_url=SITE).text
    browser.post("/login", base_url=SITE, data={**token(page), "username": username, "password": PASSWORD})
    page = browser.get("/role", base_url=SITE).text
    if roles := re.findall(r'name="role" value="(\w+)"', page):
        browser.post("/role", base_url=SITE, data={**token(page), "role": roles[0], "batch": "2026-06"})
    cookie = browser.get_cookie("lixiao_session", path="/")
    assert cookie is not None
    return browser, Asker(served.api, {"lixiao_session": cookie.value})


def token(page: str) -> dict[str, str]:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    return {"csrf_token": found[1]} if found else {}


def addresses(panel: Flask, ids: Mapping[str, str]) -> list[str]:
    """Every page of the panel, those of a row with the id of one that the visitor does not see."""
    found = []
    for rule in panel.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.rule.startswith(("/static", "/admin/static")):
            continue
        endpoint = rule.endpoint.partition(".")[0]
        mutations = [""]
        if "mutation" in rule.arguments:
            mutations = _mutations(panel, rule.endpoint)
        elif rule.arguments:
            continue
        found += [f"{rule.rule.replace('<mutation>', each)}?id={ids.get(endpoint, ids['sheet'])}" for each in mutations]
    return sorted(set(found))


def _object(panel: Flask, endpoint: str) -> str:
    return next((name for name in panel.extensions["lixiao_objects"] if name.lower() == endpoint), "")


@pytest.fixture
def everybody(lying: Flask, served: Served) -> Json:
    """What the graduation office sees: all of them."""
    _browser, office = signed_in(lying, served, "office")
    sheets = {each["student"]["studentNo"]: each["id"] for each in office.ask(SHEETS)["sheets"]["nodes"]}
    return {"students": office.ask(STUDENTS)["students"]["nodes"], "sheets": sheets}


@pytest.mark.parametrize("username", ["student", "supervisor", "partyoffice", "certofficer", "policyadmin", "analyst"])
def test_no_page_shows_a_student_or_a_number_that_the_api_withholds(
    lying: Flask, served: Served, everybody: Json, username: str
) -> None:
    browser, asker = signed_in(lying, served, username)
    seen = {each["studentNo"] for each in (asker.ask(STUDENTS).get("students") or {"nodes": []})["nodes"]}
    seen |= {each["student"]["studentNo"] for each in (asker.ask(SHEETS).get("sheets") or {"nodes": []})["nodes"]}
    unseen = [each for each in everybody["students"] if each["studentNo"] not in seen]
    assert unseen, "somebody must be out of sight"
    other = next(each for each in unseen if each["studentNo"] in everybody["sheets"])
    sheet = everybody["sheets"][other["studentNo"]]
    pages = addresses(lying, {"sheet": sheet, "issue": sheet, "student": other["id"]})
    assert len(pages) > 60
    for address in pages:
        answer = browser.get(address, base_url=SITE)
        assert answer.status_code in (200, 302, 303, 400, 403, 404, 409), (address, answer.status_code)
        shown = [each["studentNo"] for each in unseen if each["studentNo"] in answer.text]
        assert shown == [], address
        assert DOCUMENT_NUMBER.findall(answer.text) == [], address


@pytest.mark.parametrize("username", LOOKERS_ON)
def test_whatever_it_sends_changes_nothing(lying: Flask, served: Served, everybody: Json, username: str) -> None:
    browser, _asker = signed_in(lying, served, username)
    number, sheet = max(everybody["sheets"].items())  # neither the student's own nor the supervisor's
    student = next(each["id"] for each in everybody["students"] if each["studentNo"] == number)
    _auditing, auditor = signed_in(lying, served, "auditor")
    before = auditor.ask(ALL_EVENTS)["events"]["totalCount"]
    if username not in ("student", "supervisor"):  # whose menus hold their own work alone
        assert {"/bulk/", "/issue/", "/policy/"} <= set(
            re.findall(r'href="/admin(/\w+/)"', browser.get("/", base_url=SITE).text)
        )
    forged = _forged(browser, sheet, number)
    posted = 0
    for rule in lying.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.rule in ("/login", "/role", "/sign-out", "/language"):
            continue
        endpoint = rule.endpoint.partition(".")[0]
        for mutation in _mutations(lying, rule.endpoint) or [""]:
            row = student if endpoint == "student" else sheet
            path = f"{rule.rule.replace('<mutation>', mutation)}?id={row}"
            for step in ("check", "submit"):
                answer = browser.post(path, base_url=SITE, data=forged | {"step": step, "id": row})
                assert answer.status_code < 500, path
                posted += 1
    assert posted > 80
    assert auditor.ask(ALL_EVENTS)["events"]["totalCount"] == before


def _mutations(panel: Flask, endpoint: str) -> list[str]:
    if not endpoint.endswith(".do"):
        return []
    name = _object(panel, endpoint.partition(".")[0])
    deeds = (*panel.extensions["lixiao_deeds"].get(name, ()), *DEEDS.get(name, ()), *CHECKED.get(name, ()))
    return [each.mutation for each in deeds]


def _forged(browser: FlaskClient, sheet: str, number: str) -> dict[str, str]:
    """The fields of all forms together, filled as somebody would who wants to get through."""
    page = browser.get("/password/", base_url=SITE).text
    fields = (
        f"batch=2026-06&item=LIB_BOOKS&sheet={sheet}&clearance={sheet}&version=1&status=CLEARED&note=x&reason=SPECIAL"
        f"&way=sheetIds&sheetIds={sheet}&kinds=GRADUATION&student={number}&number=1&last4=0000&certificates={sheet}"
        f"&expectedVersion=1&code=X9&nameEn=X&name=x&role=office&username=student&studentNo=900&college=15&level=UG"
        f"&operation={sheet}&comment=x&decision=AGREE&object=Student&action=read&field=phone&scope=all&csv=p,q"
    )
    return token(page) | dict(parse_qsl(fields))
