"""An account, a role that is held and a token as a door shows them after an act on them; never a password or secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.accounts import ApiToken, RoleAssignment, User
from models.declare import Words
from models.rules.identity import normalise
from models.rules.role_assignments import UNITS, UnitKind


@dataclass(frozen=True, slots=True)
class UnitFacts:
    kind: UnitKind
    code: str
    name: Words


@dataclass(frozen=True, slots=True)
class AssignmentFacts:
    id: int
    username: str
    role: str
    unit: UnitFacts | None
    valid_from: datetime | None
    valid_until: datetime | None


async def account(username: str) -> User:
    """By the name as it was typed."""
    return await User.get(username=normalise(username))


async def account_of(user_id: int) -> User:
    return await User.get(id=user_id)


async def assignment(assignment_id: int) -> AssignmentFacts:
    found = await RoleAssignment.get(id=assignment_id).prefetch_related("user", "college", "department", "building")
    units = [(kind, getattr(found, kind.value)) for kind in UNITS]
    named = [UnitFacts(kind, unit.code, Words(unit.name, unit.name_en or unit.name)) for kind, unit in units if unit]
    return AssignmentFacts(
        found.id, found.user.username, found.role, named[0] if named else None, found.valid_from, found.valid_until
    )


async def assignments_of(user_id: int) -> list[AssignmentFacts]:
    """All that the account was ever granted, in that order."""
    ids = await RoleAssignment.filter(user_id=user_id).order_by("id").values_list("id", flat=True)
    return [await assignment(int(str(each))) for each in ids]


async def token(token_id: int) -> ApiToken:
    """With its account."""
    return await ApiToken.get(id=token_id).prefetch_related("user")
