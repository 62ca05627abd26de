"""What granting a role needs, wherever it is granted: its kind of unit, the caller's rights, who must be left."""

from __future__ import annotations

from datetime import datetime

from graphql_api.context import Context
from graphql_api.rights import permit_fields, require_fields
from graphql_api.values import moment
from models.declare import Words
from models.rules.lockout import Duties, Duty
from models.rules.role_assignments import EVERY_RIGHT, Grant, GrantRights
from policies import store
from policies.held_roles import units_taken

UNIT = Words("学院、部门或公寓楼的代码,视身份而定", "code of the college, department or building, as the role needs")


def grant_of(
    role: str | None,
    unit: str | None,
    valid_from: datetime | None,
    valid_until: datetime | None,
    *,
    until: str = "validUntil",
) -> Grant:
    """As the rules read it; `until` is what the input calls the end. Refuses with BAD_INPUT what is no role."""
    name = (role or "").strip()
    return Grant(
        name,
        units_taken(name),
        (unit or "").strip() or None,
        moment(valid_from, ("input", "validFrom")) if valid_from else None,
        moment(valid_until, ("input", until)) if valid_until else None,
        until,
    )


async def rights_to_grant(context: Context, grant: Grant | None) -> GrantRights:
    """Raises FORBIDDEN unless the caller may grant this at all. Changing the dates of what is held is a right of its
    own, asked when it comes to that."""
    if grant is None:
        return EVERY_RIGHT
    return GrantRights(
        create=await require_fields(context, "RoleAssignment", {"create": _filled(grant)}),
        update=permit_fields(context.caller, "RoleAssignment", {"update": {"valid_from", "valid_until"}}),
        account=await require_fields(context, "User", {"read": ()}),
        duties=duties_of(),
    )


def _filled(grant: Grant) -> set[str]:
    """The fields of RoleAssignment that the grant writes; the unit's is one of those that the role takes."""
    units = {kind.value for kind in grant.takes} - {""} if grant.unit else set()
    dates = {"valid_from": grant.valid_from, "valid_until": grant.valid_until}
    return {"user", "role", *units, *(name for name, value in dates.items() if value)}


def duties_of() -> Duties:
    """What somebody must always be left to do, under the policy version that holds at that moment."""

    async def resolve() -> tuple[Duty, ...]:
        snapshot = await store.for_write()
        return (
            Duty("grant", frozenset(snapshot.roles_with("RoleAssignment", "create"))),
            Duty("tune", frozenset(snapshot.roles_with("PolicyVersion", "tune"))),
        )

    return resolve
