"""Who holds a role, by name, as far as the caller sees accounts and what they hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import strawberry

from graphql_api.context import Info
from graphql_api.naming import described
from graphql_api.rights import require_fields
from graphql_api.values import bad
from graphql_api.words import Label, label_of
from models.declare import Words
from models.rules import role_holders
from models.rules.role_holders import Holding

MOST_USERS = 200
TOLD_OF_ACCOUNTS = ("username", "name", "active")
TOLD_OF_ASSIGNMENTS = ("user", "role", "college", "department", "building", "valid_from", "valid_until")


@strawberry.type(description=described(Words("身份持有人", "Somebody who holds a role, for one unit or none")))
class PolicyHolder:
    username: str
    name: str
    unit: str | None = strawberry.field(description=described(Words("单位代码", "The unit's code")))
    unit_label: Label | None
    valid_until: datetime | None


async def users_of(
    root: strawberry.Parent[Any],
    info: Info,
    first: int = 50,
) -> list[PolicyHolder]:
    """In the order of their usernames; accounts that the caller does not see are left out."""
    if not 0 <= first <= MOST_USERS:
        raise bad(("first",), "OUT_OF_RANGE", minimum=0, maximum=MOST_USERS)
    await require_fields(info.context, "User", {"read": TOLD_OF_ACCOUNTS})
    await require_fields(info.context, "RoleAssignment", {"read": TOLD_OF_ASSIGNMENTS})
    access = info.context.access
    accounts = access.rows("User", "read", TOLD_OF_ACCOUNTS)
    assignments = access.rows("RoleAssignment", "read", TOLD_OF_ASSIGNMENTS)
    if assignments is None or accounts is None:
        return []
    found = await role_holders.holders(
        root.role, datetime.now(UTC), assignments=assignments, accounts=accounts, limit=first
    )
    return [_holder(each) for each in found]


def _holder(held: Holding) -> PolicyHolder:
    return PolicyHolder(
        username=held.username,
        name=held.name,
        unit=held.unit.code if held.unit else None,
        unit_label=label_of(held.unit.name) if held.unit else None,
        valid_until=held.valid_until,
    )
