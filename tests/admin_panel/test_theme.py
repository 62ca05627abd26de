"""Light or dark: as the device has it until a person chooses, without any script."""

from __future__ import annotations

import re

import pytest

from tests.served import Person, Served, Someone


def theme_of(person: Person) -> tuple[str, str, list[str]]:
    """What the page says of itself, what the browser's own parts are drawn in, and the pressed button."""
    [named] = re.findall(r'<html lang="[\w-]+"(?: data-theme="(\w+)")?>', person.text)
    [scheme] = re.findall(r'<meta name="color-scheme" content="([\w ]+)"', person.text)
    return named or "auto", scheme, re.findall(r'name="theme" value="(\w+)" aria-pressed="true"', person.text)


def test_a_page_is_as_the_device_has_it_until_somebody_chooses(nobody: Person) -> None:
    assert theme_of(nobody) == ("auto", "light dark", ["auto"])
    nobody.post("/admin/look", theme="dark", next="/admin/login")
    assert theme_of(nobody) == ("dark", "dark", ["dark"])
    nobody.post("/admin/look", theme="light", next="/admin/login")
    assert theme_of(nobody) == ("light", "light", ["light"])
    nobody.post("/admin/look", theme="auto", next="/admin/login")
    assert theme_of(nobody) == ("auto", "light dark", ["auto"])


def test_the_choice_stays_through_signing_in_and_leads_back_to_the_page(someone: Someone) -> None:
    person = someone("library")
    person.post("/admin/look", theme="dark", next="/admin/sheet/?page_size=50")
    assert str(person.page.url).endswith("/admin/sheet/?page_size=50")
    assert theme_of(person)[0] == "dark"
    person.post("/admin/sign-out")
    assert theme_of(person)[0] == "dark"


@pytest.mark.parametrize("theme", ["", "DARK", "blue", '"><script>'])
def test_what_is_no_look_changes_nothing(nobody: Person, theme: str) -> None:
    nobody.post("/admin/look", theme=theme, next="/admin/login")
    assert theme_of(nobody)[0] == "auto"
    nobody.http.cookies.set("lixiao_theme", "blue")
    nobody.get("/admin/login")
    assert theme_of(nobody)[0] == "auto"


def test_the_choice_leads_nowhere_else_and_needs_the_forms_token(nobody: Person, served: Served) -> None:
    nobody.post("/admin/look", theme="dark", next="//elsewhere.example/")
    assert str(nobody.page.url).startswith(served.base)
    assert nobody.http.post("/admin/look", data={"theme": "light"}).status_code == 400
    assert nobody.http.get("/admin/look").status_code == 405
