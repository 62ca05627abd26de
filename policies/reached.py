"""How far a grant reaches today: how many hold the role, and how many rows at least one of them reaches by it.

The scopes mean here what they mean for one caller: they are asked by the same filters of a crowd of holders. That finds
what scopes add up to. Where a grant also denies something that depends on who asks, a row may be denied to one and not
to another; then the holders are taken apart into groups to whom the same is denied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from models.accounts import RoleAssignment
from models.declare import Words
from models.in_list import in_list
from models.rules import holders
from models.rules.sessions import TokenLimits, Unit
from policies.access import TOKEN_SCOPE, rows_granted
from policies.catalogue import OBJECTS
from policies.crowd import Crowd
from policies.engine import Grant
from policies.scopes import EVERYTHING, NOTHING, scope_named

#: The most groups of holders that one statement asks about: at one college or department each, a whole university's.
MOST_GROUPS = 64

NO_ROWS = Words("该对象没有数据行", "This object has no rows")
TOKEN_DENIED = Words("禁止范围取决于令牌,无法统计", "What is denied depends on the token; it cannot be counted")
TOO_VARIED = Words(
    "禁止范围因人而异,持有人过多,无法统计",
    "What is denied differs from holder to holder, and they are too many to be counted",
)


@dataclass(frozen=True, slots=True)
class Reached:
    """`holders`: active accounts that hold the role. `rows`: what at least one of them reaches; None where it cannot be
    told, for `reason`."""

    holders: int
    rows: int | None
    reason: Words | None = None


async def reached(role: str, object_name: str, grant: Grant | None, now: datetime) -> Reached:
    """In at most four statements, however many holders and rows; `grant` None reaches nothing.

    A token that is limited to items takes away from what its role reaches; that is not counted here.
    """
    number, model = (await holders.count([role], now)).get(role, 0), OBJECTS[object_name].model
    if model is None:
        return Reached(number, None, NO_ROWS)
    if grant is None or not number:
        return Reached(number, 0)
    crowds = await _crowds(role, grant, now)
    if isinstance(crowds, Words):
        return Reached(number, None, crowds)
    return Reached(
        number, await holders.count_rows(model, _any_of(rows_granted(object_name, grant, each) for each in crowds))
    )


def _any_of(rows: Iterable[Q]) -> Q:
    found = list(rows)
    if any(each is EVERYTHING for each in found):
        return EVERYTHING
    return reduce(or_, found) if found else NOTHING  # the last holder may have gone since they were counted


async def _crowds(role: str, grant: Grant, now: datetime) -> Sequence[Crowd] | Words:
    """The holders in groups to whom the same is denied: one group where that depends on nobody; or why not."""
    if TOKEN_SCOPE in grant.deny:
        return TOKEN_DENIED
    if all(_same_for_all(scope) for scope in grant.deny):
        return [await _everybody(role, grant, now)]
    each = await holders.units_of_each(role, now)
    groups: dict[object, list[int]] = {}
    for user_id, units in each.items():
        groups.setdefault(_denied_by(grant, user_id, units), []).append(user_id)
    if len(groups) > MOST_GROUPS:
        return TOO_VARIED
    items = await holders.items_of_tokens(role, now) if TOKEN_SCOPE in grant.allow else {}
    everybody = holders.assignments(role, now)
    if len(groups) == 1:
        return [_crowd(role, each, items, everybody)]
    return [
        _crowd(
            role, {member: each[member] for member in members}, items, everybody.filter(user_id__in=in_list(members))
        )
        for members in groups.values()
    ]


async def _everybody(role: str, grant: Grant, now: datetime) -> Crowd:
    scopes = [scope_named(name) for name in grant.allow]
    units = await holders.units(role, now) if any(scope and scope.unit for scope in scopes) else frozenset()
    items = await holders.items_of_tokens(role, now) if TOKEN_SCOPE in grant.allow else {}
    return Crowd(0, "", "", role, units, _limited(items.values()), accounts=holders.assignments(role, now))


def _crowd(
    role: str,
    units: Mapping[int, frozenset[Unit]],
    items: Mapping[int, frozenset[str]],
    accounts: QuerySet[RoleAssignment],
) -> Crowd:
    """Of the holders whose `units` these are."""
    held = frozenset().union(*units.values())
    limits = _limited(items.get(each, frozenset()) for each in units)
    return Crowd(0, "", "", role, held, limits, accounts=accounts)


def _limited(items: Iterable[frozenset[str]]) -> TokenLimits:
    """One token for what several are limited to."""
    return TokenLimits(0, frozenset().union(*items))


def _same_for_all(scope: str) -> bool:
    """Whether a scope means the same rows whoever asks: only those that say `all` do."""
    return scope.startswith("all")


def _denied_by(grant: Grant, user_id: int, units: Iterable[Unit]) -> object:
    """Equal for two holders to whom `grant` denies the same: the units that the denied scopes look at and, where one
    looks at the person, the account."""
    denied = [scope for name in grant.deny if not _same_for_all(name) and (scope := scope_named(name))]
    seen = {(scope.unit, scope.code) for scope in denied}
    looked_at = frozenset(unit for unit in units if seen & {(unit.kind, None), (unit.kind, unit.code)})
    return looked_at, user_id if any(scope.unit is None for scope in denied) else None
