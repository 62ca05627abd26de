"""The fixtures that open the API, for the tests of this folder; a module of its own people has its own `where`."""

from __future__ import annotations

from tests.api import api, api_on_own_tables
from tests.graphql_api.clearing import scene
from tests.graphql_api.drafting import admin, where
from tests.graphql_api.subscribing import world

__all__ = ["admin", "api", "api_on_own_tables", "scene", "where", "world"]
