"""Who holds which role, for which unit, from when to when. What a role may do is the business of `policies`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from tortoise.expressions import Q

from models import database
from models.accounts import RoleAssignment
from models.declare import Words
from models.organisation import Building, College, Department
from models.rules.account_cells import check_future
from models.rules.account_rows import locked_account, require_reached
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.identity import normalise_number
from models.rules.journal import event, record_edit
from models.rules.lockout import Duties, lock_holders, no_duties, require_left
from models.rules.nearest import listed, nearest
from models.rules.refusals import Code, Refused

LONGEST_SHOWN = 32


class UnitKind(Enum):
    """What a role is held for; the value is the column of RoleAssignment."""

    NONE = ""
    COLLEGE = "college"
    DEPARTMENT = "department"
    BUILDING = "building"

    @property
    def words(self) -> Words:
        return KIND_WORDS[self]


KIND_WORDS = {
    UnitKind.NONE: Words("不限单位", "no unit"),
    UnitKind.COLLEGE: Words("学院", "a college"),
    UnitKind.DEPARTMENT: Words("职能部门", "a department"),
    UnitKind.BUILDING: Words("公寓楼", "a building"),
}
UNITS: Mapping[UnitKind, type[College] | type[Department] | type[Building]] = {
    UnitKind.COLLEGE: College,
    UnitKind.DEPARTMENT: Department,
    UnitKind.BUILDING: Building,
}


@dataclass(frozen=True, slots=True)
class Grant:
    """A role to be held. `takes`: the kinds of unit that the role is held for, NONE among them when it needs none.
    `unit` is a unit's code. `until`: the argument by which the door asked for `valid_until`."""

    role: str
    takes: frozenset[UnitKind]
    unit: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    until: str = "validUntil"


@dataclass(frozen=True, slots=True)
class Granted:
    """`changed` is False when the role was held just so already."""

    assignment_id: int
    changed: bool


@dataclass(frozen=True, slots=True)
class GrantRights:
    """What an actor may: to make an assignment, and to change the dates of one; whom he may see; what must be left."""

    create: Permit = unrestricted
    update: Permit = unrestricted
    account: Permit = unrestricted
    duties: Duties = no_duties


EVERY_RIGHT = GrantRights()


async def grant_role(
    actor: Actor, username: str, grant: Grant, *, rights: GrantRights = EVERY_RIGHT, now: datetime | None = None
) -> Granted:
    """Lets an account act in a role. The same role for the same unit, granted again, changes its dates; one that has
    ended is granted anew and the ended one stays on record.

    Refuses FORBIDDEN (nobody grants a role to himself, R25; LOCKOUT), NOT_FOUND (account or unit), BAD_INPUT (a unit is
    missing or out of place, the dates are the wrong way round or past).
    """
    moment = now or datetime.now(UTC)
    check_grant(grant, moment)

    async def work() -> Granted:
        await lock_holders()
        user, _ = await locked_account(username, rights.account)
        if user.id == actor.user_id:
            raise Refused(Code.FORBIDDEN, argument="username", problem="OWN_ROLE")
        return await put_down(actor, user.id, grant, rights, moment)

    return await database.atomically(work)


def check_grant(grant: Grant, now: datetime) -> None:
    """Refuses with BAD_INPUT what is wrong with a grant whoever gets it."""
    if grant.unit is None and UnitKind.NONE not in grant.takes:
        raise Refused(Code.BAD_INPUT, argument="unit", problem="UNIT_NEEDED", **_facts(grant))
    if grant.unit is not None and grant.takes <= {UnitKind.NONE}:
        raise Refused(Code.BAD_INPUT, argument="unit", problem="NO_UNIT_TAKEN", **_facts(grant))
    check_future(grant.valid_until, grant.until, now)
    if grant.valid_from and grant.valid_until and grant.valid_from >= grant.valid_until:
        raise Refused(Code.BAD_INPUT, argument=grant.until, problem="DATES_ORDER")


def _facts(grant: Grant) -> dict[str, str | int]:
    kinds = [kind.value for kind in UnitKind if kind in grant.takes and kind is not UnitKind.NONE]
    return {"role": grant.role, "takes": ",".join(kinds)}


async def put_down(actor: Actor, user_id: int, grant: Grant, rights: GrantRights, now: datetime) -> Granted:
    """A checked grant for an account that the transaction has locked, or has just made."""
    columns: dict[str, Any] = {"user_id": user_id, "role": grant.role, **await _unit_columns(grant)}
    dates: dict[str, Any] = {"valid_from": grant.valid_from, "valid_until": grant.valid_until}
    lasting = Q(valid_until=None) | Q(valid_until__gt=now)
    same = await RoleAssignment.filter(lasting, **columns).order_by("id").first()
    if same is not None:
        if (same.valid_from, same.valid_until) != (grant.valid_from, grant.valid_until):
            await _change_dates(actor, same, dates, rights, now)
            return Granted(same.id, changed=True)
        await require_reached(RoleAssignment, same.id, (await rights.create()).permitted, "unit")
        return Granted(same.id, changed=False)
    within = (await rights.create()).permitted
    made = await RoleAssignment.create(**columns, **dates)
    await require_reached(RoleAssignment, made.id, within, "unit")
    await record_edit(actor, [event("RoleAssignment", made.id, "role", after=grant.role)], now)
    return Granted(made.id, changed=True)


async def _change_dates(
    actor: Actor, held: RoleAssignment, dates: dict[str, Any], rights: GrantRights, now: datetime
) -> None:
    within = (await rights.update()).permitted
    await require_reached(RoleAssignment, held.id, within, "unit")
    await _redate(actor, held, dates, now)
    await require_reached(RoleAssignment, held.id, within, "unit")
    await require_left(await rights.duties(), [held.role], argument="validFrom", now=now)


async def _redate(actor: Actor, held: RoleAssignment, dates: dict[str, Any], now: datetime) -> None:
    """Nobody else changes it meanwhile, see `lock_holders`."""
    await RoleAssignment.filter(id=held.id).update(**dates, version=held.version + 1)
    change = event("RoleAssignment", held.id, *dates, before=held.role, after=held.role)
    await record_edit(actor, [change], now)


async def end_role(
    actor: Actor,
    assignment_id: int,
    *,
    permit: Permit = unrestricted,
    duties: Duties = no_duties,
    now: datetime | None = None,
) -> bool:
    """Takes a role away from this moment on. False when it had ended. Refuses NOT_FOUND, FORBIDDEN one's own (R25), and
    with LOCKOUT the last one that can do what somebody must be able to."""
    moment = now or datetime.now(UTC)

    async def work() -> bool:
        await lock_holders()
        await require_reached(RoleAssignment, assignment_id, (await permit()).permitted, "id")
        held = await RoleAssignment.get(id=assignment_id)
        if (await held.user).id == actor.user_id:
            raise Refused(Code.FORBIDDEN, argument="id", problem="OWN_ROLE")
        if held.valid_until is not None and held.valid_until <= moment:
            return False
        await _redate(actor, held, {"valid_until": moment}, moment)
        await require_left(await duties(), [held.role], argument="id", now=moment)
        return True

    return await database.atomically(work)


async def _unit_columns(grant: Grant) -> dict[str, int | None]:
    """All three: a role held for no unit is another than the same role held for one."""
    columns: dict[str, int | None] = {f"{kind.value}_id": None for kind in UNITS}
    if grant.unit is not None:
        kind, unit_id = await _unit(grant, normalise_number(grant.unit))
        columns[f"{kind.value}_id"] = unit_id
    return columns


async def _unit(grant: Grant, code: str) -> tuple[UnitKind, int]:
    known: dict[str, str] = {}
    for kind in UnitKind:
        if kind not in grant.takes or kind is UnitKind.NONE:
            continue
        for unit in await UNITS[kind].all().only("id", "code", "name", "name_en"):
            if unit.code == code:
                return kind, unit.id
            known[unit.code] = f"{unit.name} {unit.name_en}"
    near = {"nearest": listed(nearest(code, known))}
    raise Refused(Code.NOT_FOUND, argument="unit", unit=code[:LONGEST_SHOWN], **_facts(grant), **near)
