"""`rightsOf`: what one account may do, role by role, each right with the rows of the table that say so.

For those who read the policy table and for those who manage roles; of accounts and assignments, the ones they see.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby

from graphql_api.context import Context, Info
from graphql_api.errors import ErrorCode
from graphql_api.policy_holders import TOLD_OF_ACCOUNTS, TOLD_OF_ASSIGNMENTS
from graphql_api.policy_names import action_label, field_label, no_such, object_label, role_called, role_label
from graphql_api.policy_shown import rules_shown
from graphql_api.policy_tables import READ
from graphql_api.policy_types import (
    RightsAction,
    RightsField,
    RightsInRole,
    RightsObject,
    RightsPeriod,
    UserRights,
)
from graphql_api.rights import require, require_fields
from graphql_api.values import clean_text
from graphql_api.words import label_of
from models.rules import role_holders
from models.rules.role_holders import Account, Holding
from policies.access import Access
from policies.caller import Caller, Unit
from policies.explaining import Cell, in_words, what_can

LONGEST_USERNAME = 512  # of what is looked for


async def rights_of(info: Info, user: str, role: str | None = None) -> UserRights:
    """By the policy in force, with the roles held at this moment; NOT_FOUND for an account that the caller does not
    see, or a role that it was never given."""
    context = info.context
    await require_insight(context)
    wanted = None if role is None else role_called(role, "role", assignable=True).name
    account = await account_called(context, user, "user")
    held = [each for each in await assignments_of(context, account) if wanted in (None, each.role)]
    if wanted is not None and not held:
        raise no_such(("role",), wanted, code=ErrorCode.NOT_FOUND.value)
    roles = list(dict.fromkeys(each.role for each in held))
    now = datetime.now(UTC)
    return UserRights(
        username=account.username,
        name=account.name,
        active=account.active,
        version=context.access.snapshot.version,
        roles=await asyncio.to_thread(
            lambda: [_in_role(context, account, [each for each in held if each.role == name], now) for name in roles]
        ),
    )


async def require_insight(context: Context) -> None:
    """Who may change what others hold may also ask what that gives them; everybody else must read the table itself."""
    if not context.access.can("RoleAssignment", "update"):
        await require(context, *READ)
    await require_accounts(context)


async def require_accounts(context: Context) -> None:
    """Whoever is told of an account and what it holds may read every field of it that is told."""
    await require_fields(context, "User", {"read": TOLD_OF_ACCOUNTS})
    await require_fields(context, "RoleAssignment", {"read": TOLD_OF_ASSIGNMENTS})


async def account_called(context: Context, username: str, *path: str) -> Account:
    """The account of this username; raises NOT_FOUND for one that the caller does not see, BAD_INPUT for what no
    database takes."""
    clean_text(username, LONGEST_USERNAME, path)
    rows = context.access.rows("User", "read", TOLD_OF_ACCOUNTS)
    found = None if rows is None else await role_holders.account_among(rows, username)
    if found is None:
        raise no_such(path, username, code=ErrorCode.NOT_FOUND.value)
    return found


async def assignments_of(context: Context, account: Account) -> list[Holding]:
    """What the account holds, held or will hold, as far as the caller sees it."""
    rows = context.access.rows("RoleAssignment", "read", TOLD_OF_ASSIGNMENTS)
    return [] if rows is None else await role_holders.held_by(account.id, assignments=rows)


def acting(account: Account, role: str, held: Iterable[Holding]) -> Caller:
    """What the account would be as a caller in this role, with the units of these assignments."""
    units = frozenset(Unit(each.unit.kind, each.unit.id, each.unit.code) for each in held if each.unit)
    return Caller(account.id, account.username, account.name, role, units)


def _in_role(context: Context, account: Account, held: list[Holding], now: datetime) -> RightsInRole:
    role, current = held[0].role, [each for each in held if each.holds(now)]
    effective = account.active and bool(current)
    cells = _effective(context, acting(account, role, current)) if effective else ()
    return RightsInRole(
        role=role,
        label=role_label(role),
        periods=[_period(each, now) for each in held],
        objects=list(_objects(cells)),
    )


def _effective(context: Context, caller: Caller) -> Iterator[Cell]:
    """Without what is narrowed to units that the account does not hold."""
    access = Access(context.access.snapshot, caller)
    return (each for each in what_can(access.snapshot, caller.role) if access.can(each.object, each.action, each.field))


def _period(held: Holding, now: datetime) -> RightsPeriod:
    return RightsPeriod(
        unit=held.unit.code if held.unit else None,
        unit_label=label_of(held.unit.name) if held.unit else None,
        valid_from=held.valid_from,
        valid_until=held.valid_until,
        current=held.holds(now),
    )


def _objects(cells: Iterable[Cell]) -> Iterator[RightsObject]:
    for name, of_object in groupby(cells, key=lambda cell: cell.object):
        actions = [
            RightsAction(action=action, label=action_label(action), fields=[_field(each) for each in of_action])
            for action, of_action in groupby(of_object, key=lambda cell: cell.action)
        ]
        yield RightsObject(object=name, label=object_label(name), actions=actions)


def _field(cell: Cell) -> RightsField:
    return RightsField(
        field=cell.field,
        label=field_label(cell.object, cell.action, cell.field),
        in_words=label_of(in_words(cell.grant)),
        because=rules_shown((*cell.own, *cell.inherited)),
    )
