"""The application over HTTP and the served demonstration, for the tests of this folder."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(
    "tests.season.preparing", "tests.season.clearing", "tests.season.issuing", "tests.season.small_season"
)

from tests.api import api  # noqa: E402  # the chapters' assertions must be registered before anything imports them
from tests.browser.conftest import browse, chromium, served, someone  # noqa: E402  # the same
from tests.season.small_season import world  # noqa: E402  # the same

__all__ = ["api", "browse", "chromium", "served", "someone", "world"]
