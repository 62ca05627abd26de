"""From `/graphql` through the login page and the choice of a role, and back to GraphiQL."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.served import PASSWORD, Person, Served


@pytest.fixture
def nobody(served_together: Served) -> Iterator[Person]:
    """A browser that finds panel and API at one address, as behind a proxy."""
    person = Person(served_together.base)
    yield person
    person.http.close()


def where(person: Person) -> str:
    return urlsplit(str(person.page.url)).path


def test_whoever_opens_the_explorer_signs_in_and_comes_back_to_it(nobody: Person) -> None:
    nobody.http.headers["Accept"] = "text/html"
    nobody.get("/graphql")
    assert where(nobody) == "/admin/login"
    nobody.post("/admin/login", username="library", password=PASSWORD, next="/graphql")
    assert where(nobody) == "/admin/role"
    nobody.post("/admin/role", role="operator", batch="2026-06", next="/graphql")
    assert where(nobody) == "/graphql"
    assert "李敏 · 学校离校办理人员" in nobody.text


def test_a_student_is_told_where_the_panel_is(nobody: Person) -> None:
    nobody.http.headers["Accept"] = "text/html"
    nobody.get("/graphql")
    nobody.post("/admin/login", username="student", password=PASSWORD, next="/graphql")
    assert (where(nobody), nobody.page.status_code) == ("/graphql", 403)
    assert "当前身份不能使用此页面" in nobody.words
    assert "管理平台" in nobody.words
