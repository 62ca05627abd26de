"""Which version is in force, and that of two publishers the second is told and nothing of his is kept."""

from __future__ import annotations

from types import ModuleType

import pytest

from models import PolicyHead, PolicyVersion
from models.rules.policy_publishing import NONE, InForce, body_of, in_force, publish
from models.rules.refusals import Code, Refused
from tests.factories import user


async def test_nothing_is_in_force_at_first(database: ModuleType):
    assert await in_force() == NONE == InForce(0, "")
    assert await body_of(0) is None


async def test_versions_follow_each_other(database: ModuleType):
    author = await user()
    assert await publish("one", "a", expected=0, author_id=None, comment="first") == 1
    assert await publish("two", "b", expected=1, author_id=author.id, comment="second") == 2
    assert await in_force() == InForce(2, "b")
    assert [await body_of(number) for number in (1, 2, 3)] == ["one", "two", None]
    assert await PolicyVersion.all().order_by("number").values_list("number", "parent", "author_id", "comment") == [
        (1, None, None, "first"),
        (2, 1, author.id, "second"),
    ]


@pytest.mark.parametrize("expected", [0, 2])
async def test_publishing_over_another_version_than_expected_is_a_conflict(database: ModuleType, expected: int):
    await publish("one", "a", expected=0, author_id=None, comment="")
    with pytest.raises(Refused) as refused:
        await publish("mine", "c", expected=expected, author_id=None, comment="")
    assert refused.value.refusal.code is Code.CONFLICT
    assert refused.value.argument == "expectedVersion"
    assert refused.value.refusal.facts == {"expected": expected}
    assert await in_force() == InForce(1, "a")
    assert [head.number for head in await PolicyHead.all()] == [1]
    assert await PolicyVersion.all().count() == 1
