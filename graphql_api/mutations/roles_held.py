"""Who holds which role (R25): granting one, for a unit and a time, and ending it."""

from __future__ import annotations

from datetime import datetime

import strawberry

from graphql_api.context import Info
from graphql_api.mutations.account_answers import RoleResult, role_result
from graphql_api.mutations.asked import column, optional, required
from graphql_api.mutations.granting import UNIT, duties_of, grant_of, rights_to_grant
from graphql_api.mutations.options import row_id
from graphql_api.rights import require_fields
from models.accounts import RoleAssignment, User
from models.rules import account_facts, role_assignments


@strawberry.input(description="授予身份 · A role for an account, with its unit and dates")
class GrantRoleInput:
    username: str = column(User, "username")
    role: str = required("身份", "Role")
    unit: str | None = optional("单位", "Unit", UNIT)
    valid_from: datetime | None = column(RoleAssignment, "valid_from", default=None)
    valid_until: datetime | None = column(RoleAssignment, "valid_until", default=None)


async def grant_role(info: Info, input: GrantRoleInput) -> RoleResult:  # noqa: A002  # the contract's argument
    """授予身份 · Grant a role

    不能授予自己 · Nobody grants one to himself. Held already, it gets these dates; granted again after its end, it is a
    new one.
    """
    grant = grant_of(input.role, input.unit, input.valid_from, input.valid_until)
    rights = await rights_to_grant(info.context, grant)
    granted = await role_assignments.grant_role(info.context.caller.actor, input.username, grant, rights=rights)
    held = await account_facts.assignment(granted.assignment_id)
    return role_result(info, held, "ROLE_GRANTED", changed=granted.changed)


async def end_role(info: Info, id: strawberry.ID) -> RoleResult:  # noqa: A002  # the contract's argument
    """结束身份 · End a role

    即刻生效,记录保留 · From this moment on; it stays on record. Nobody ends his own.
    """
    permit = await require_fields(info.context, "RoleAssignment", {"delete": ()})
    number = row_id("RoleAssignment", id, "id")
    changed = await role_assignments.end_role(info.context.caller.actor, number, permit=permit, duties=duties_of())
    return role_result(info, await account_facts.assignment(number), "ROLE_ENDED", changed=changed)


FIELDS = {"grant_role": grant_role, "end_role": end_role}
