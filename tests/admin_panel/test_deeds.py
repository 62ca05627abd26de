"""Forms that are read from the schema, as an account administrator fills them in: accounts, roles, tokens."""

from __future__ import annotations

import html
import re

import httpx

from tests.admin_panel.forms import buttons, details, version
from tests.served import PASSWORD, PATIENCE, Served, Someone


def secret(person) -> str:
    found = re.search(r'id="secret" value="([^"]+)"', person.text)
    assert found is not None, person.words
    return html.unescape(found[1])


def test_an_account_with_its_first_role_is_made_and_can_sign_in(someone: Someone) -> None:
    admin = someone("accountadmin")
    admin.get("/admin/user/do/createUser")
    assert "自动生成密码" in admin.words
    admin.post("/admin/user/do/createUser", username="t-made", name="新同事", generate="1", role="operator", unit="TSG")
    assert admin.page.headers["cache-control"] == "no-store"
    password = secret(admin)
    newcomer = someone()
    newcomer.post("/admin/login", username="t-made", password=password)
    assert newcomer.page.url.path == "/admin/role"
    assert "图书馆" in newcomer.words


def test_what_is_wrong_stands_above_the_form_and_at_its_field_and_nothing_is_lost(someone: Someone) -> None:
    admin = someone("accountadmin")
    admin.get("/admin/user/do/createUser")
    admin.post("/admin/user/do/createUser", username="library", name="某某", generate="1")
    assert admin.page.status_code == 400
    assert "library" in admin.words
    assert re.search(r'id="username"[^>]*value="library"[^>]*aria-invalid="true"', admin.text)
    assert re.search(r'id="name"[^>]*value="某某"', admin.text)
    admin.get("/admin/user/do/grantRole", id=details(admin, "user", "library"))
    admin.post(str(admin.page.url.raw_path, "ascii"), role="operator", unit="TSG", validUntil="30.6.2027")
    assert admin.page.status_code == 400
    assert "“30.6.2027”不是有效的值。" in admin.words


def test_a_role_is_granted_until_a_day_and_ended(someone: Someone) -> None:
    admin = someone("accountadmin")
    admin.get("/admin/user/do/createUser")
    admin.post("/admin/user/do/createUser", username="t-roles", name="两重身份", generate="1")
    row = details(admin, "user", "t-roles")
    admin.get("/admin/user/do/grantRole", id=row)
    admin.post(f"/admin/user/do/grantRole?id={row}", role="counsellor", unit="15", validUntil="2099-07-31")
    assert admin.page.url.path == "/admin/user/details/"
    admin.get("/admin/roleassignment/", **{"flt_user.username_contains": "t-roles"})
    assert "辅导员" in admin.words
    assert "2099-07-31 23:59" in admin.words
    held = re.search(r'href="/admin/roleassignment/details/\?id=([\w-]+)"', admin.text)
    assert held is not None
    admin.get("/admin/roleassignment/do/endRole", id=held[1])
    admin.post(f"/admin/roleassignment/do/endRole?id={held[1]}")
    assert admin.page.url.path == "/admin/roleassignment/details/"
    assert "2099" not in admin.words


def test_an_account_is_disabled_and_enabled_by_the_button_that_fits(someone: Someone) -> None:
    admin = someone("accountadmin")
    admin.get("/admin/user/do/createUser")
    admin.post("/admin/user/do/createUser", username="t-off", name="离职", password=PASSWORD)
    row = details(admin, "user", "t-off")
    assert "disableUser" in buttons(admin)
    assert "enableUser" not in buttons(admin)
    admin.get("/admin/user/do/disableUser", id=row)
    assert "确定要对“离职”执行“停用账号”吗?" in admin.words
    admin.post(f"/admin/user/do/disableUser?id={row}")
    assert "enableUser" in buttons(admin)
    assert "disableUser" not in buttons(admin)
    refused = someone()
    refused.post("/admin/login", username="t-off", password=PASSWORD)
    assert refused.page.status_code == 401
    admin.get("/admin/user/do/disableUser", id=row)
    assert "“停用账号”已无需进行,请看当前状态。" in admin.words
    admin.get("/admin/user/do/enableUser", id=row)
    admin.post(f"/admin/user/do/enableUser?id={row}")
    assert "disableUser" in buttons(admin)


def test_a_stale_form_is_refused_and_shows_what_was_typed(someone: Someone) -> None:
    admin = someone("accountadmin")
    admin.get("/admin/user/do/createUser")
    admin.post("/admin/user/do/createUser", username="t-stale", name="旧名", generate="1")
    row = details(admin, "user", "t-stale")
    address = f"/admin/user/do/updateUser?id={row}"
    admin.get(address)
    seen = version(admin)
    other = someone("accountadmin")
    other.get(address)
    other.post(address, **version(other), name="新名", email="", phone="")
    assert "新名" in other.words
    admin.post(address, **seen, name="另一个名", email="", phone="")
    assert admin.page.status_code == 409
    assert '<input type="hidden" name="name" value="另一个名">' in admin.text
    assert "新名" in admin.words


def test_a_token_is_shown_once_and_revoked(someone: Someone, served: Served) -> None:
    admin = someone("accountadmin")
    row = details(admin, "user", "campus-library")
    admin.get(f"/admin/user/do/createToken?id={row}")
    admin.post(f"/admin/user/do/createToken?id={row}", name="试验", expiresAt="2099-01-01")
    token = secret(admin)
    question, bearer = {"query": "{ viewer { activeRole } }"}, {"Authorization": f"Bearer {token}"}
    asked = httpx.post(f"{served.api}/graphql", json=question, headers=bearer, timeout=PATIENCE)
    assert asked.json() == {"data": {"viewer": {"activeRole": "campus_app"}}}
    held = details(admin, "apitoken", "试验")
    assert token not in admin.text
    admin.get("/admin/apitoken/do/revokeToken", id=held)
    admin.post(f"/admin/apitoken/do/revokeToken?id={held}")
    assert "revokeToken" not in buttons(admin)
    gone = httpx.post(f"{served.api}/graphql", json=question, headers=bearer, timeout=PATIENCE)
    assert gone.status_code == 401


def test_words_that_were_typed_with_commas_come_back_as_they_were_typed(someone: Someone) -> None:
    admin = someone("accountadmin")
    address = f"/admin/user/do/createToken?id={details(admin, 'user', 'campus-library')}"
    admin.get(address)
    admin.post(address, fields="Student.name, Student.phon")
    assert admin.page.status_code == 400
    assert re.search(r'name="fields" value="Student.name, Student.phon"', admin.text)


def test_everybody_changes_the_own_password(someone: Someone) -> None:
    student = someone("student-self")
    student.get("/admin/password/")
    student.post("/admin/password/", current="wrong guess", new="another ten letters")
    assert student.page.status_code == 400
    student.get("/admin/password/")
    student.post("/admin/password/", current=PASSWORD, new="another ten letters")
    assert student.page.status_code == 200
    back = someone()
    back.post("/admin/login", username="student-self", password="another ten letters")
    assert back.page.url.path == "/admin/mine/"
    back.get("/admin/password/")
    back.post("/admin/password/", current="another ten letters", new=PASSWORD)


def test_who_lacks_the_right_finds_no_button_and_no_form(someone: Someone) -> None:
    library = someone("library")
    assert library.get("/admin/user/do/createUser").status_code == 403
    assert library.get("/admin/sheet/do/createUser").status_code == 404
    auditor = someone("auditor")
    details(auditor, "user", "library")
    assert buttons(auditor) == []
    policies = someone("policyadmin")
    details(policies, "user", "library")
    assert buttons(policies) == []
