"""Which version is in force, and that of two publishers the second is told and nothing of his is kept."""

from __future__ import annotations

from datetime import UTC
from types import ModuleType

import pytest

from models import Event, Operation, PolicyHead, PolicyVersion
from models.enums import OperationKind, OperationState
from models.rules.policy_publishing import NONE, InForce, in_force, publish, require, stored
from models.rules.refusals import Code, Refused
from tests.factories import acting, user


async def test_nothing_is_in_force_at_first(database: ModuleType):
    assert await in_force() == NONE == InForce(0, "")
    assert await stored(0) is None


async def test_versions_follow_each_other(database: ModuleType):
    author = await user()
    assert await publish(None, "one", "a", expected=0, comment="first") == 1
    assert await publish(acting(author, "policy_admin"), "two", "b", expected=1, comment="second", back_to=1) == 2
    assert await in_force() == InForce(2, "b")
    assert [await stored(number) for number in (1, 2, 3)] == [("one", "a"), ("two", "b"), None]
    assert await PolicyVersion.all().order_by("number").values_list("number", "parent", "author_id", "comment") == [
        (1, None, None, "first"),
        (2, 1, author.id, "second"),
    ]


async def test_publishing_is_an_operation_with_one_event(database: ModuleType):
    author = await user()
    await publish(None, "one", "a", expected=0, comment="first")
    assert await Operation.all().count() == 0
    await publish(acting(author, "policy_admin"), "two", "b", expected=1, comment="second", back_to=1)
    [operation] = await Operation.all()
    assert (operation.kind, operation.state, operation.applied) == (
        OperationKind.PUBLISH_POLICY,
        OperationState.APPLIED,
        1,
    )
    assert (operation.actor_id, operation.role) == (author.id, "policy_admin")
    assert operation.parameters == {"version": 2, "comment": "second", "back_to": 1, "cascaded": 0}
    version = await PolicyVersion.get(number=2)
    assert await Event.all().values_list("object", "object_id", "changed", "before", "after", "role") == [
        ("PolicyVersion", version.id, "number", "1", "2", "policy_admin")
    ]


@pytest.mark.parametrize("expected", [0, 2])
async def test_publishing_over_another_version_than_expected_is_a_conflict(database: ModuleType, expected: int):
    author = await user(name="曹正阳")
    await publish(acting(author), "one", "a", expected=0, comment="first")
    version = await PolicyVersion.get(number=1)
    with pytest.raises(Refused) as refused:
        await publish(None, "mine", "c", expected=expected, comment="")
    assert refused.value.refusal.code is Code.CONFLICT
    assert refused.value.argument == "expectedVersion"
    assert refused.value.refusal.facts == {
        "expected": expected,
        "number": 1,
        "by": "曹正阳",
        "at": version.created_at.astimezone(UTC).isoformat(timespec="seconds"),
    }
    assert await in_force() == InForce(1, "a")
    assert [head.number for head in await PolicyHead.all()] == [1]
    assert await PolicyVersion.all().count() == 1
    assert await Operation.all().count() == 1
    assert await Event.all().count() == 1


async def test_the_conflict_with_a_version_that_is_nobodys(database: ModuleType):
    await publish(None, "one", "a", expected=0, comment="")
    with pytest.raises(Refused) as refused:
        await require(0)
    assert refused.value.refusal.facts["by"] == "system"
    await require(1)


async def test_the_conflict_with_no_version_at_all(database: ModuleType):
    with pytest.raises(Refused) as refused:
        await require(1)
    assert refused.value.refusal.facts == {"expected": 1, "number": 0}
    await require(0)
