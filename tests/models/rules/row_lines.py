"""What the tests of lists of rows share: lines as a file gives them, how far somebody reaches, what was answered."""

from __future__ import annotations

from typing import Any

from tortoise.models import Model

from models.rules.results import ActResult
from models.rules.row_cells import columns_read
from models.rules.row_lists import RowLine
from models.rules.row_reach import Reaching, RowReach, everywhere


def lines(*rows: dict[str, Any]) -> list[RowLine]:
    """Rows below a heading in row 1."""
    return [RowLine(cells, row=place) for place, cells in enumerate(rows, 2)]


def whole(model: type[Model]) -> Reaching:
    return everywhere(columns_read(model))


def reaching(reach: RowReach) -> Reaching:
    async def resolve() -> RowReach:
        return reach

    return resolve


def told(result: ActResult) -> list[tuple[int | None, str, str | None, object]]:
    """Row, outcome, code, and which problem or which field."""
    found: list[tuple[int | None, str, str | None, object]] = []
    for row in result.rows:
        facts = row.refusal.facts if row.refusal else {}
        code = row.refusal.code.name if row.refusal else None
        found.append((row.row, row.outcome.name, code, facts.get("problem")))
    return found
