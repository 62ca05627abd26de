"""Who holds which role, for which unit and until when, as a door shows it; within the rows that its caller may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from models.accounts import RoleAssignment, User
from models.declare import Words
from models.organisation import Building, College, Department
from models.rules import holders as holding

KINDS: Mapping[str, type[College] | type[Department] | type[Building]] = {
    "college": College,
    "department": Department,
    "building": Building,
}
MOST_HELD = 1_000


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it is named on screen."""

    id: int
    username: str
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class NamedUnit:
    """One college, department or building; `kind` is the column of an assignment that names it."""

    kind: str
    id: int
    code: str
    name: Words


@dataclass(frozen=True, slots=True)
class Holding:
    """One role held by one account, for one unit or none."""

    username: str
    name: str
    role: str
    unit: NamedUnit | None
    valid_from: datetime | None
    valid_until: datetime | None

    def holds(self, now: datetime) -> bool:
        begun = self.valid_from is None or self.valid_from <= now
        return begun and (self.valid_until is None or self.valid_until > now)


async def holders(role: str, now: datetime, *, assignments: Q, accounts: Q, limit: int) -> list[Holding]:
    """The first active holders of a role by username, of the rows that both filters let through."""
    seen = Q(user_id__in=Subquery(User.filter(accounts).values("id")))
    wanted = holding.assignments(role, now).filter(assignments, seen)
    return await _holdings(wanted, ("user__username", "id"), limit) if limit else []


async def held_by(user_id: int, *, assignments: Q) -> list[Holding]:
    """What an account holds, held, or will hold, of the rows that the filter lets through, in the order of granting."""
    return await _holdings(RoleAssignment.filter(assignments, user_id=user_id), ("id",), MOST_HELD)


COLUMNS = (
    "user__username",
    "user__name",
    "role",
    "valid_from",
    "valid_until",
    *(f"{kind}__{column}" for kind in KINDS for column in ("id", "code", "name", "name_en")),
)


async def _holdings(which: QuerySet[RoleAssignment], order: Iterable[str], limit: int) -> list[Holding]:
    rows = await which.order_by(*order).limit(limit).values(*COLUMNS)
    return [_holding(row) for row in rows]


def _holding(row: Mapping[str, Any]) -> Holding:
    unit = next((_unit(kind, row) for kind in KINDS if row[f"{kind}__id"] is not None), None)
    return Holding(row["user__username"], row["user__name"], row["role"], unit, row["valid_from"], row["valid_until"])


def _unit(kind: str, row: Mapping[str, Any]) -> NamedUnit:
    code, name, name_en = (row[f"{kind}__{column}"] for column in ("code", "name", "name_en"))
    return NamedUnit(kind, row[f"{kind}__id"], code, Words(name, name_en or name))


async def account_among(rows: Q, username: str) -> Account | None:
    """The account of this username, if it is one of `rows`."""
    found = await User.filter(rows, username=username).values_list("id", "username", "name", "active")
    return Account(*found[0]) if found else None


async def units_called(kind: str, codes: Collection[str]) -> list[NamedUnit]:
    """The units of one kind with these codes, as far as there are any."""
    rows = await KINDS[kind].filter(code__in=list(codes)).order_by("code").values("id", "code", "name", "name_en")
    return [NamedUnit(kind, row["id"], row["code"], Words(row["name"], row["name_en"] or row["name"])) for row in rows]
