"""The bar: another role or batch in one step, back to the page one was on where the new role has it."""

from __future__ import annotations

import re

import pytest

from tests.served import Person, Someone

PAGE = "/admin/clearance/?flt_item.code_eq=STU_CARD"


def offered(text: str, name: str) -> list[tuple[str, bool]]:
    """The buttons of the bar's menu: what each sends, and whether that is so now."""
    [menu] = re.findall(r'<details class="drop switch">.*?</details>', text, re.DOTALL) or [text]
    found = re.findall(rf'<button type="submit" name="{name}" value="([\w-]+)"( aria-current="true")?', menu)
    return [(value, bool(now)) for value, now in found]


@pytest.fixture
def counsellor(someone: Someone) -> Person:
    return someone("counsellor", role="counsellor")


def test_the_roles_are_in_the_bar_and_one_press_away(counsellor: Person) -> None:
    counsellor.get(PAGE)
    assert offered(counsellor.text, "role") == [("counsellor", True), ("cert_officer", False)]
    fields = counsellor.fields_of("/admin/role", 'name="role"')
    assert fields["next"] == PAGE
    assert fields["batch"] == "2026-06"
    counsellor.post("/admin/role", **(fields | {"role": "cert_officer"}))
    assert str(counsellor.page.url).endswith(PAGE)
    assert offered(counsellor.text, "role") == [("counsellor", False), ("cert_officer", True)]
    assert "2026年6月离校" in counsellor.text


def test_a_page_that_the_new_role_has_not_leads_home(counsellor: Person) -> None:
    counsellor.get("/admin/desk/")
    fields = counsellor.fields_of("/admin/role", 'name="role"')
    counsellor.post("/admin/role", **(fields | {"role": "cert_officer"}))
    assert (counsellor.page.url.path, counsellor.page.status_code) == ("/admin/", 200)


def test_the_batches_are_fetched_when_the_menu_opens(counsellor: Person) -> None:
    counsellor.get(PAGE)
    [address] = re.findall(r'data-fetched="([^"]+)"', counsellor.text)
    assert address == "/admin/role/batches?next=/admin/clearance/?flt_item.code_eq%3DSTU_CARD"
    counsellor.page = counsellor.http.get(address)
    assert "<html" not in counsellor.text
    assert offered(counsellor.text, "batch") == [("2026-12", False), ("2026-06", True), ("2025-12", False)]
    fields = counsellor.fields_of("/admin/role", 'name="batch"')
    assert (fields["role"], fields["next"]) == ("counsellor", PAGE)
    counsellor.post("/admin/role", **(fields | {"batch": "2026-12"}))
    assert str(counsellor.page.url).endswith(PAGE)
    assert "<strong>2026年12月离校</strong>" in counsellor.text


def test_without_script_the_page_of_all_roles_and_batches_is_linked(counsellor: Person) -> None:
    counsellor.get("/admin/desk/")
    assert 'href="/admin/role?change=1&amp;next=/admin/desk/"' in counsellor.text


def test_who_has_one_role_is_offered_batches_alone(someone: Someone) -> None:
    library = someone("library")
    assert offered(library.text, "role") == []
    assert 'data-fetched="/admin/role/batches' in library.text


def test_a_student_is_never_asked_for_a_batch(someone: Someone) -> None:
    student = someone("student")
    assert "drop switch" not in student.text
    assert offered(student.http.get("/admin/role/batches").text, "batch") == []


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example"])
def test_the_menu_leads_nowhere_else(counsellor: Person, target: str) -> None:
    counsellor.post("/admin/role", role="counsellor", batch="2026-06", next=target)
    assert counsellor.page.url.path == "/admin/"
    assert counsellor.page.url.host == "127.0.0.1"
    assert "elsewhere" not in counsellor.http.get("/admin/role/batches", params={"next": target}).text


def test_the_batches_are_for_who_is_signed_in(nobody: Person) -> None:
    assert nobody.get("/admin/role/batches").url.path == "/admin/login"
