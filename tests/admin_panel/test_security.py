"""Redirects that stay here, headers on every answer, and forms that nobody else can send."""

from __future__ import annotations

import pytest

from admin_panel.security import local_target


@pytest.mark.parametrize("target", ["/admin/", "/admin/sheet/details/?id=abc", "/admin/sheet/?search=%2F%2Fevil"])
def test_a_path_of_this_site_is_kept(target: str) -> None:
    assert local_target(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/\r\n/evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "admin/",
    ],
)
def test_every_other_target_is_refused(target: str | None) -> None:
    assert local_target(target) is None
