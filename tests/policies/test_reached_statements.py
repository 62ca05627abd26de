"""How many statements it takes to tell how far a grant reaches: the same for one holder and for many."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models import College, RoleAssignment, User
from policies.engine import Grant
from policies.reached import Reached, reached

NOW = datetime(2026, 6, 20, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("allow", "deny", "number"),
    [
        ("all", "", 2),
        ("own_self", "", 2),
        ("all", "all_but_cancelled", 2),
        ("own_college", "", 3),
        ("own_token_items", "", 3),
        ("own_college|own_token_items", "", 4),
        ("all", "own_college", 3),
        ("own_token_items", "own_self", 4),
    ],
)
@pytest.mark.parametrize("more", [0, 40])
async def test_the_number_of_statements_is_the_same_for_any_number_of_holders(
    database, allow: str, deny: str, number: int, more: int
):
    for each in range(1 + more):
        college = await College.create(code=f"C{each}", name="学院")
        user = await User.create(username=f"u{each}", name="某人")
        await RoleAssignment.create(user=user, role="counsellor", college=college)
    grant = Grant(frozenset(allow.split("|")), frozenset(deny.split("|")) if deny else frozenset())
    with database.statements() as sent:
        assert await reached("counsellor", "Sheet", grant, NOW) == Reached(1 + more, 0)
    assert len(sent) == number
