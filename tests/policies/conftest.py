"""One filled database for all tests that only look at it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from models import database
from tests.fresh_databases import FreshDatabases
from tests.policies.season_of_all_kinds import World, make_world


@pytest.fixture(scope="module")
async def world(fresh_databases: FreshDatabases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A season of all kinds. Tests of one module share it: look, do not touch, and ask for no other database."""
    await database.connect(await fresh_databases.make_migrated(tmp_path_factory.mktemp("world")))
    yield await make_world()
    await database.disconnect()
