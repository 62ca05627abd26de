"""A season with somebody at the desk, for the tests of what is done to clearances."""

from __future__ import annotations

from typing import Any

import pytest

from models.enums import ClearanceStatus
from tests import factories as make
from tests.api import Desk, OpenDesk, member

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus

SET = """
mutation ($input: SetClearancesInput!) {
  setClearances(input: $input) {
    operation { id kind state applied } dryRun applied unchanged refused cascaded message
    rows { sheetId studentNo name itemCode before after outcome code message by at
           blockers { itemCode itemName department contact } }
  }
}
"""
SIGN = """
mutation ($input: SignStudentsInput!) {
  signStudents(input: $input) { applied refused rows { studentNo outcome code message } }
}
"""


class Scene:
    """A season with one student, and 李敏 of the library at the desk."""

    def __init__(self, where: make.University, season: make.SeasonOf, desk: Desk) -> None:
        self.where, self.season, self.desk = where, season, desk

    async def set(self, **asked: Any) -> dict[str, Any]:
        return dict((await self.desk.query(SET, input=self._input(asked)))["setClearances"])

    async def refused(self, **asked: Any) -> dict[str, Any]:
        """The error of an act that is refused as a whole."""
        before = await make.contents("clearance", "event", "operation")
        error = await self.desk.error(SET, input=self._input(asked))
        assert await make.contents("clearance", "event", "operation") == before
        return error

    @staticmethod
    def _input(asked: dict[str, Any]) -> dict[str, Any]:
        return {"batch": "2026-06", "item": "BOOKS", "status": "CLEARED", **asked}


@pytest.fixture
async def scene(api: OpenDesk) -> Scene:
    where = await make.university()
    season = await make.season(where)
    await member("limin", "operator", where.library)
    return Scene(where, season, await api(as_="limin"))
