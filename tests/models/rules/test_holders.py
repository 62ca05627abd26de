"""Who holds a role at a moment: active accounts, from the first moment of an assignment until before its last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tortoise.expressions import Q

from models import ApiToken, RoleAssignment, User
from models.rules import holders
from models.rules.sessions import Unit
from tests import factories

NOW = datetime(2026, 6, 20, 8, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)

pytestmark = pytest.mark.usefixtures("database")


async def hold(user: User, **columns: Any) -> None:
    await RoleAssignment.create(user=user, **{"role": "operator", **columns})


async def token(user: User, *items: str, **columns: Any) -> None:
    unique = str(await ApiToken.all().count())
    made: dict[str, Any] = {"role": "operator", "items": list(items), "prefix": "lx_", "token_hash": unique}
    await ApiToken.create(user=user, **{**made, **columns})


async def usernames(role: str) -> list[str]:
    """By the subquery and by the units of each alike; their number is the count."""
    ids = await holders.assignments(role, NOW).values_list("user_id", flat=True)
    assert set(ids) == set(await holders.units_of_each(role, NOW))
    assert await holders.count([role], NOW) == ({role: len(set(ids))} if ids else {})
    return sorted(await User.filter(id__in=ids).values_list("username", flat=True))


async def test_nobody():
    assert await usernames("operator") == []
    assert await holders.units("operator", NOW) == frozenset()
    assert await holders.items_of_tokens("operator", NOW) == {}


async def test_who_holds_it_now():
    uni = await factories.university()
    people = {name: await factories.user(name) for name in ("began", "begins", "ended", "ends", "always", "other")}
    await hold(people["began"], valid_from=NOW)
    await hold(people["begins"], valid_from=NOW + MOMENT)
    await hold(people["ended"], valid_until=NOW)
    await hold(people["ends"], valid_until=NOW + MOMENT)
    await hold(people["always"])
    await hold(people["other"], role="leader")
    await hold(await factories.user("left", active=False), department=uni.library)
    assert await usernames("operator") == ["always", "began", "ends"]
    assert await usernames("leader") == ["other"]


async def test_one_account_with_several_units_is_one_holder():
    uni = await factories.university()
    await hold(uni.clerk, department=uni.library)
    await hold(uni.clerk, department=uni.finance)
    await hold(uni.clerk, college=uni.college, role="counsellor")
    await hold(uni.colleague, department=uni.library)
    await hold(uni.colleague, building=uni.building)
    third = await factories.user()
    await hold(third)
    library, finance = (Unit("department", each.id, each.code) for each in (uni.library, uni.finance))
    bamboo = Unit("building", uni.building.id, "BAMBOO3")
    assert await holders.count(["operator", "counsellor", "leader"], NOW) == {"operator": 3, "counsellor": 1}
    assert await holders.units("operator", NOW) == {library, finance, bamboo}
    assert await holders.units_of_each("operator", NOW) == {
        uni.clerk.id: {library, finance},
        uni.colleague.id: {library, bamboo},
        third.id: frozenset(),
    }
    assert await holders.units("counsellor", NOW) == {Unit("college", uni.college.id, "15")}


async def test_the_items_of_their_valid_tokens():
    first, second, left, lost = [
        await factories.user(name, active=name != "left") for name in ("first", "second", "left", "lost")
    ]
    for each in (first, second, left):
        await hold(each)
    await token(first, "BOOKS", "CARD")
    await token(first, "FEES", expires_at=NOW + MOMENT)
    await token(first, "LATE", expires_at=NOW)
    await token(first, "TAKEN", revoked_at=NOW)
    await token(first, "ELSE", role="leader")
    await token(second)
    await token(left, "LEFT")
    await token(lost, "LOST")
    assert await holders.items_of_tokens("operator", NOW) == {
        first.id: {"BOOKS", "CARD", "FEES"},
        second.id: frozenset(),
    }


async def test_counting_rows_in_one_statement(database):
    uni = await factories.university()
    await hold(uni.clerk, valid_until=NOW + MOMENT)
    with database.statements() as sent:
        assert await holders.count_rows(User, Q()) == 2
        assert await holders.count_rows(User, Q(username="limin")) == 1
        assert await holders.count_rows(User, Q(id__in=[])) == 0
        assert await holders.count_rows(RoleAssignment, Q(valid_until__gt=NOW)) == 1
        assert await holders.count_rows(RoleAssignment, Q(valid_until__gt=NOW + MOMENT)) == 0
    assert len(sent) == 5
