"""A department is closed and its successor takes over."""

from __future__ import annotations

import pytest

from models import Department, Event, Item, ItemRequest, Operation, RoleAssignment, User
from models.enums import BatchStatus, RequestKind, RequestState
from models.rules.departments import close_department
from models.rules.refusals import Code, Refused
from tests.models.rules.small_season import a_batch, a_department, an_actor, an_item


@pytest.fixture
async def library(database):
    """The library with an item in an open batch, one in an archived one, a request, and two operators."""
    library = await a_department()
    await a_department("DAG", name="档案馆", name_en="Archives")
    old = await an_item(await a_batch("2025-06", status=BatchStatus.ARCHIVED), "LIB")
    now = await an_item(await a_batch(status=BatchStatus.OPEN), "LIB")
    asker = await User.create(username="clerk", name="李敏")
    for state in (RequestState.SUBMITTED, RequestState.REJECTED):
        asked = {"kind": RequestKind.REMOVE, "item": now, "reason": "x", "requested_by": asker}
        await ItemRequest.create(batch_id=now.batch_id, department=library, state=state, **asked)
    await RoleAssignment.create(user=asker, role="operator", department=library)
    both = await User.create(username="both", name="王芳")
    for code in ("TSG", "DAG"):
        await RoleAssignment.create(user=both, role="operator", department=await Department.get(code=code))
    return old, now


async def close(**more):
    asked = {"department": "TSG", "successor": "DAG", "reason": "机构合并"} | more
    return await close_department(await an_actor(), **asked)


async def owners() -> list[str]:
    return [each.department.code for each in await Item.all().order_by("id").prefetch_related("department")]


async def test_its_items_and_open_requests_go_to_the_successor(library):
    shown = await close(dry_run=True)
    assert (shown.operation_id, [row.item_code for row in shown.rows], shown.requests, shown.people) == (
        None,
        ["LIB"],
        1,
        1,
    )
    assert (await owners(), await Event.all().count(), await Operation.all().count()) == (["TSG", "TSG"], 0, 0)
    done = await close(expected_version=1)
    assert (len(done.rows), done.requests, done.people) == (1, 1, 1)
    assert await owners() == ["TSG", "DAG"]
    closed = await Department.get(code="TSG").prefetch_related("successor")
    assert (closed.active, closed.successor.code, closed.version) == (False, "DAG", 2)
    requests = await ItemRequest.all().order_by("id").prefetch_related("department")
    assert [each.department.code for each in requests] == ["DAG", "TSG"]
    assert await Event.all().order_by("id").values_list("object", "changed") == [
        ("Department", "active,successor_id"),
        ("Item", "department_id"),
        ("ItemRequest", "department_id"),
    ]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"reason": ""}, Code.REASON_REQUIRED),
        ({"department": "NOPE"}, Code.NOT_FOUND),
        ({"successor": "NOPE"}, Code.NOT_FOUND),
        ({"successor": "TSG"}, Code.BAD_INPUT),
        ({"expected_version": 7}, Code.CONFLICT),
    ],
)
async def test_what_is_refused_changes_nothing(library, asked, code):
    with pytest.raises(Refused) as caught:
        await close(**asked)
    assert caught.value.refusal.code is code
    assert (await owners(), await Event.all().count()) == (["TSG", "TSG"], 0)


async def test_a_closed_one_is_not_closed_again(library):
    await close()
    with pytest.raises(Refused) as caught:
        await close()
    assert caught.value.refusal.code is Code.CONFLICT
    assert await Event.all().count() == 3
