"""The fixtures that open the API, for the tests of this folder."""

from __future__ import annotations

from tests.api import api, api_on_own_tables

__all__ = ["api", "api_on_own_tables"]
