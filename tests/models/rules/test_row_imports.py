"""Lists of rows of any object: found by their key, changed, made, unchanged or refused, each with its reason; checked
first, applied on the frozen set, taken back."""

from __future__ import annotations

from typing import Any

import pytest
from tortoise.expressions import Q

from models import Batch, Building, Event, Operation, OperationRow, Student
from models.enums import BatchStatus, Gender, OperationKind, OperationState
from models.rules.clearing import ErrorPolicy
from models.rules.editing import update_row
from models.rules.row_cells import columns_read
from models.rules.row_import_undoing import undo_import
from models.rules.row_imports import apply_import, import_rows
from models.rules.row_lists import RowLine
from models.rules.row_reach import RowReach, everywhere
from tests import factories as make
from tests.models.rules.editing_acts import NOW, events

pytestmark = pytest.mark.usefixtures("sound_database")


def whole(model) -> Any:
    return everywhere(columns_read(model))


def lines(*rows: dict[str, Any]) -> list[RowLine]:
    return [RowLine(cells, row=place) for place, cells in enumerate(rows, 2)]


def told(result) -> list[tuple[int | None, str, str | None, object]]:
    return [
        (
            row.row,
            row.outcome.name,
            row.refusal.code.name if row.refusal else None,
            (row.refusal.facts.get("problem") or row.refusal.facts.get("field")) if row.refusal else None,
        )
        for row in result.rows
    ]


async def test_rows_are_changed_made_and_left_as_they_are(database):
    uni = await make.university()
    listed = lines(
        {"code": "BAMBOO3", "name": "竹园3舍", "duty_phone": "8333"},
        {"code": "PINE1", "name": "松园1舍"},
        {"code": "OAK1", "name": "橡园1舍", "houses": "女", "beds": "120"},
    )
    done = await import_rows(uni.actor, Building, listed, reach=whole(Building), now=NOW)
    assert told(done) == [(2, "APPLIED", None, None), (3, "UNCHANGED", None, None), (4, "APPLIED", None, None)]
    made = await Building.get(code="OAK1")
    assert (made.name, made.houses, made.beds, made.version) == ("橡园1舍", Gender.F, 120, 1)
    changed = await Building.get(code="BAMBOO3")
    assert (changed.duty_phone, changed.version, changed.beds) == ("8333", 2, 0)
    operation = await Operation.get(id=done.operation_id)
    assert (operation.kind, operation.state) == (OperationKind.IMPORT_ROWS, OperationState.APPLIED)
    assert (operation.applied, operation.unchanged, operation.refused) == (2, 1, 0)
    assert operation.parameters == {
        "object": "Building",
        "fields": ["beds", "code", "duty_phone", "houses", "name"],
        "cascaded": 0,
    }
    assert sorted(await events()) == [
        ("Building", changed.id, "duty_phone", "PRESENT", "PRESENT"),
        ("Building", made.id, "beds,code,houses,name", None, "PRESENT"),
    ]
    again = await import_rows(uni.actor, Building, listed, reach=whole(Building))
    assert [row.outcome.name for row in again.rows] == ["UNCHANGED"] * 3
    assert await Event.all().count() == 2
