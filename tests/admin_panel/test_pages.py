"""Every page that the menu offers, as every demonstration account: it opens, is light, and runs no foreign code."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from tests.served import PATIENCE, Person, Served, Someone

STAFF = (
    "supervisor", "counsellor", "library", "dorm", "datakeeper", "certofficer", "registrar", "partyoffice",
    "secretary", "office", "leader", "analyst", "accountadmin", "policyadmin", "auditor",
)  # fmt: skip
STUDENTS = ("student", "student-new", "student-none", "student-self")
LIGHT = 100_000

INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)|\son\w+\s*=|javascript:", re.IGNORECASE)
INLINE_STYLE = re.compile(r"\sstyle\s*=|<style", re.IGNORECASE)
ELSEWHERE = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//(?!127\.0\.0\.1)""", re.IGNORECASE)


def menu_of(person: Person) -> list[str]:
    rail = re.search(r'<nav class="rail".*?</nav>', person.text, re.DOTALL)
    return re.findall(r'<a href="([^"]+)"', rail[0]) if rail else []


def check(page: httpx.Response) -> None:
    assert page.status_code == 200, (str(page.url), page.text[:2_000])
    assert len(page.content) < LIGHT
    assert not INLINE_SCRIPT.search(page.text), page.url
    assert not INLINE_STYLE.search(page.text), page.url
    assert not ELSEWHERE.search(page.text), page.url
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("username", STAFF)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_page_of_the_menu_opens(someone: Someone, username: str, language: str) -> None:
    person = someone(username, language=language)
    check(person.page)
    offered = menu_of(person)
    assert ("/admin/mystudents/" if username == "supervisor" else "/admin/") in offered
    for path in offered:
        check(person.get(html.unescape(path)))
        details = re.search(r'class="main-cell"><a href="([^"]+)"', person.text)
        if details:
            check(person.get(html.unescape(details[1])))


@pytest.mark.parametrize("username", STUDENTS)
def test_every_page_of_a_student_opens(someone: Someone, username: str) -> None:
    person = someone(username)
    check(person.page)
    assert menu_of(person) == []
    check(person.get("/admin/mine/"))


def test_the_login_page_obeys_the_same_rules(nobody: Person) -> None:
    check(nobody.page)


def test_static_files_come_from_here_and_may_be_kept(nobody: Person, served: Served) -> None:
    files = re.findall(r'(?:href|src)="(/admin/static/[^"]+)"', nobody.text)
    assert len(files) >= 4
    for file in files:
        answer = httpx.get(served.base + html.unescape(file), timeout=PATIENCE)
        assert answer.status_code == 200
        assert "max-age=2592000" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/admin/sheet/", "/admin/student/", "/admin/desk/", "/admin/bulk/", "/admin/issue/"])
def test_a_student_opens_no_page_of_the_staff(someone: Someone, path: str) -> None:
    answer = someone("student").get(path)
    assert answer.status_code == 403
    assert "您当前身份为“学生”" in answer.text


def test_a_page_of_another_role_is_refused_with_the_acting_role(someone: Someone) -> None:
    answer = someone("library").get("/admin/issue/")
    assert answer.status_code == 403
    assert "当前身份不能进行此操作" in answer.text
    assert "学校离校办理人员(图书馆)" in answer.text


@pytest.mark.parametrize(
    "path",
    ["/admin/nothing/", "/admin/sheet/details/?id=nonsense", "/admin/item/details/?id=", "/admin/item/details/"],
)
def test_what_is_not_there_is_not_found(someone: Someone, path: str) -> None:
    answer = someone("library").get(path)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text
    assert "<main" in answer.text
