"""The way in: both languages, one role at a time, and a session that scripts and other sites cannot use."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.served import PASSWORD, PATIENCE, Person, Served, Someone, sheet_of, statuses


def cookie_line(response: httpx.Response, name: str) -> str:
    [line] = [each for each in response.headers.get_list("set-cookie") if each.startswith(f"{name}=")]
    return line


def test_the_login_page_has_both_languages_and_the_help_desk(nobody: Person) -> None:
    page = nobody.page
    assert page.status_code == 200
    assert "离校系统" in page.text
    assert "Leaving School" in page.text
    assert "静湖大学" in page.text
    assert "Jinghu University" in page.text
    assert 'href="tel:8100"' in page.text
    assert 'href="mailto:lixiao@jinghu.example"' in page.text
    assert '<html lang="zh-CN">' in page.text


@pytest.mark.parametrize("path", ["/admin/", "/admin/sheet/", "/admin/desk/", "/admin/bulk/", "/admin/mine/"])
def test_every_page_asks_nobody_to_sign_in_first(nobody: Person, path: str) -> None:
    answer = nobody.http.get(path, follow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/admin/login")


def test_after_signing_in_the_wished_page_opens(nobody: Person) -> None:
    nobody.get("/admin/sheet/", search="221599103")
    assert str(nobody.page.url).endswith("/admin/login?next=/admin/sheet/?search%3D221599103")
    target = re.search(r'name="next" value="([^"]*)">\s*<div class="field">', nobody.text)
    assert target is not None
    nobody.post("/admin/login", username="library", password=PASSWORD, next=target[1])
    nobody.post("/admin/role", role="operator", batch="2026-06", next=target[1])
    assert nobody.page.url.path == "/admin/sheet/"
    assert nobody.page.url.params["search"] == "221599103"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/\\evil.example/"])
def test_no_wish_leads_to_another_site(nobody: Person, target: str) -> None:
    nobody.post("/admin/login", username="student", password=PASSWORD, next=target)
    assert nobody.page.url.host == "127.0.0.1"
    assert nobody.page.url.path == "/admin/mine/"


def test_a_wrong_password_is_told_and_opens_nothing(nobody: Person) -> None:
    answer = nobody.post("/admin/login", username="library", password="guess")
    assert answer.status_code == 401
    assert "用户名或密码不正确" in answer.text
    assert "lixiao_session" not in nobody.http.cookies


def test_the_session_cookie_is_kept_from_scripts(nobody: Person) -> None:
    given = {"csrf_token": nobody.token, "username": "student", "password": PASSWORD}
    answer = nobody.http.post("/admin/login", data=given, follow_redirects=False)
    line = cookie_line(answer, "lixiao_session")
    assert "HttpOnly" in line
    assert "SameSite=Lax" in line
    assert "Path=/;" in line + ";"


def test_several_roles_are_chosen_from_and_shown(nobody: Person) -> None:
    nobody.post("/admin/login", username="counsellor", password=PASSWORD)
    assert nobody.page.url.path == "/admin/role"
    assert re.findall(r'name="role" value="(\w+)"', nobody.text) == ["counsellor", "cert_officer"]
    nobody.post("/admin/role", role="cert_officer", batch="2026-06")
    assert "学院发证人员" in nobody.text
    assert 'href="/admin/issue/"' in nobody.text
    assert 'href="/admin/bulk/"' not in nobody.text


def test_a_role_that_one_does_not_hold_is_refused(nobody: Person) -> None:
    nobody.sign_in("counsellor", "counsellor")
    nobody.get("/admin/role", change="1")
    answer = nobody.post("/admin/role", role="office", batch="2026-06")
    assert answer.status_code in (400, 403, 404)
    nobody.get("/admin/")
    assert "辅导员" in nobody.text


def test_a_student_is_never_asked_for_a_batch(nobody: Person) -> None:
    nobody.post("/admin/login", username="student", password=PASSWORD)
    assert nobody.page.url.path == "/admin/mine/"
    nobody.get("/admin/role", change="1")
    assert 'name="batch"' not in nobody.text


def test_signing_out_ends_the_session_itself(nobody: Person, served: Served) -> None:
    nobody.sign_in("library")
    session = nobody.http.cookies["lixiao_session"]
    nobody.get("/admin/")
    nobody.post("/admin/sign-out")
    assert nobody.page.url.path == "/admin/login"
    assert "您已安全退出" in nobody.text
    thief = httpx.get(
        f"{served.base}/admin/desk/",
        cookies={"lixiao_session": session},
        follow_redirects=False,
        timeout=PATIENCE,
    )
    assert thief.status_code == 302
    assert thief.headers["location"].startswith("/admin/login")


def test_the_language_is_switched_at_any_time(nobody: Person) -> None:
    nobody.sign_in("library")
    nobody.get("/admin/sheet/")
    assert "当前身份" in nobody.text
    nobody.post("/admin/language", language="en", next="/admin/sheet/?search=22")
    assert nobody.page.url.path == "/admin/sheet/"
    assert '<html lang="en">' in nobody.text
    assert "Acting as" in nobody.text
    assert "Clearance sheets" in nobody.words
    nobody.post("/admin/language", language="zh_CN", next="/admin/sheet/")
    assert "离校单" in nobody.words


@pytest.mark.parametrize(
    "path", ["/admin/login", "/admin/language", "/admin/sign-out", "/admin/acts/status", "/admin/bulk/", "/admin/desk/"]
)
@pytest.mark.parametrize("token", ["", "forged"])
def test_a_form_without_its_token_is_refused(nobody: Person, path: str, token: str) -> None:
    nobody.sign_in("library")
    answer = nobody.http.post(path, data={"csrf_token": token, "language": "en"})
    assert answer.status_code == 400
    assert "页面已过期" in answer.text


def test_an_act_that_a_lost_session_swallowed_is_told_and_leads_back(nobody: Person) -> None:
    nobody.sign_in("library")
    nobody.get("/admin/desk/", sheet=sheet_of(nobody, "221599103"))
    origin = str(nobody.page.url)
    del nobody.http.cookies["lixiao_session"]
    nobody.http.headers["referer"] = origin
    nobody.post("/admin/acts/status", status="CLEARED")
    del nobody.http.headers["referer"]
    assert nobody.page.url.path == "/admin/login"
    assert "登录已过期,刚才的操作没有提交。请登录后重试。" in nobody.words
    nobody.post("/admin/login", username="library", password=PASSWORD, next=nobody.page.url.params["next"])
    nobody.post("/admin/role", role="operator", batch="2026-06", next=nobody.page.url.params["next"])
    assert str(nobody.page.url) == origin


@pytest.mark.parametrize(
    ("referer", "target"),
    [
        ("/admin/sheet/?search=22", "/admin/sheet/?search=22"),
        ("/admin/operation/undo", None),  # no GET opens it again
        ("/admin/acts/status", None),
        ("/admin/login?next=/admin/desk/", None),
        ("/elsewhere", None),
        ("//evil.example/", None),
    ],
)
def test_only_a_page_of_the_panel_is_gone_back_to(nobody: Person, referer: str, target: str | None) -> None:
    given = {"csrf_token": nobody.token, "status": "CLEARED"}
    headers = {"referer": str(nobody.http.base_url).rstrip("/") + referer}
    answer = nobody.http.post("/admin/acts/status", data=given, headers=headers, follow_redirects=False)
    assert answer.status_code == 303
    location = httpx.URL(answer.headers["location"])
    assert location.path == "/admin/login"
    assert location.params.get("next") == target


def test_a_form_without_any_session_offers_to_sign_in(nobody: Person) -> None:
    headers = {"referer": str(nobody.page.url.join("/admin/desk/"))}
    nobody.http.cookies.clear()
    answer = nobody.http.post("/admin/acts/status", data={"csrf_token": "gone"}, headers=headers)
    assert answer.status_code == 400
    assert "页面已过期" in answer.text
    assert 'href="/admin/login?next=/admin/desk/"' in answer.text


def test_a_form_opened_in_another_role_is_refused(someone: Someone) -> None:
    """Two tabs of one browser: what was checked as a counsellor is not submitted as a certificate officer."""
    person = someone("counsellor", role="counsellor")
    person.post(
        "/admin/bulk/", step="check", item="STU_CARD", status="CLEARED", way="studentNos", studentNos="J2515001"
    )
    token = person.token
    operation = re.search(r'name="operation" value="([^"]+)"', person.text)
    assert operation is not None
    submitted = {"csrf_token": token, "step": "submit", "operation": operation[1]}
    person.get("/admin/role", change="1")
    person.post("/admin/role", role="cert_officer", batch="2026-06")
    person.page = person.http.post("/admin/bulk/", data=submitted)
    assert person.page.status_code == 409
    assert "身份已切换,没有提交任何内容" in person.words
    assert "以“辅导员(计算机与信息科学学院)”身份打开" in person.words
    assert person.http.post("/admin/language", data={"csrf_token": token, "language": "zh_CN"}).status_code == 200
    person.get("/admin/role", change="1")
    person.post("/admin/role", role="counsellor", batch="2026-06")
    person.get("/admin/sheet/details/", id=sheet_of(person, "J2515001"))
    assert statuses(person)["STU_CARD"] == "未办理"
