"""What tests of the rules may ask for besides a database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import ModuleType

import pytest

from models.rules.check import check


@pytest.fixture
async def sound_database(database: ModuleType) -> AsyncIterator[ModuleType]:
    """A database on which every invariant must hold when the test is over."""
    yield database
    assert [str(offence) for offence in await check()] == []
