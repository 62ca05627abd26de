"""What the tests of plain editing share: a reach, what a refusal says and leaves alone, the events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from models import Event, Operation
from models.enums import Gender
from models.rules.editing_rows import Bounds
from models.rules.editing_values import Invalid
from models.rules.refusals import Code, Refused

NOW = datetime(2026, 5, 4, 8, tzinfo=UTC)
BUILDING = {"code": "OAK1", "name": "松园1舍", "houses": Gender.M}


def bounded(**reach: Any):
    async def resolve() -> Bounds:
        return Bounds(**reach)

    return resolve


async def refused(act) -> tuple[Code, str | None, dict[str, Any]]:
    """Why, at which argument, with which facts; and that nothing was written."""
    before = await Operation.all().count(), await Event.all().count()
    with pytest.raises(Refused) as caught:
        await act
    assert (await Operation.all().count(), await Event.all().count()) == before
    return caught.value.refusal.code, caught.value.argument, dict(caught.value.refusal.facts)


async def faults(act) -> list[tuple[str, str, object]]:
    with pytest.raises(Invalid) as caught:
        await act
    return [(each.argument, each.code.value, each.facts.get("problem")) for each in caught.value.faults]


async def events() -> list[tuple[Any, ...]]:
    return await Event.all().order_by("id").values_list("object", "object_id", "changed", "before", "after")
