"""Everybody who holds a role at a moment, as a set: how many, for which units, by which tokens. An account that is not
active holds nothing. What a role may do is not known here."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models import database
from models.accounts import RoleAssignment
from models.portable_sql import many
from models.rules.sessions import UNIT_KINDS, VALID, Unit

COUNT = f"""
SELECT held.role, count(DISTINCT held.user_id)
FROM role_assignment held JOIN account ON account.id = held.user_id AND account.active
WHERE held.role IN LIST(?1) AND {VALID} GROUP BY held.role
"""

#: Three left joins: an assignment names at most one unit.
UNIT = "held.college_id, held.department_id, held.building_id, COALESCE(college.code, department.code, building.code)"
NAMED = "\n".join(f"LEFT JOIN {kind} ON {kind}.id = held.{kind}_id" for kind in UNIT_KINDS)
UNITS = f"""
FROM role_assignment held JOIN account ON account.id = held.user_id AND account.active
{NAMED} WHERE held.role = ?1 AND {VALID}
"""
ALL_UNITS = f"SELECT DISTINCT {UNIT} AS code {UNITS}"
UNITS_OF_EACH = f"SELECT held.user_id, {UNIT} AS code {UNITS} ORDER BY held.user_id"

TOKENS = f"""
SELECT token.user_id, token.items FROM api_token token JOIN account ON account.id = token.user_id AND account.active
WHERE token.role = ?1 AND token.revoked_at IS NULL AND (token.expires_at IS NULL OR token.expires_at > ?2)
AND EXISTS (SELECT 1 FROM role_assignment held WHERE held.user_id = token.user_id AND held.role = ?1 AND {VALID})
"""


async def count(roles: Collection[str], now: datetime) -> dict[str, int]:
    """How many accounts hold each of the roles; one that holds it for several units is one, and a role that nobody
    holds is left out."""
    return {str(role): int(found) for role, found in await database.fetch(COUNT, [many(roles), now])}


def assignments(role: str, now: datetime) -> QuerySet[RoleAssignment]:
    """What makes them holders, one for each unit; also for a subquery on its `user_id`."""
    begun = Q(valid_from__isnull=True) | Q(valid_from__lte=now)
    lasting = Q(valid_until__isnull=True) | Q(valid_until__gt=now)
    return RoleAssignment.filter(begun, lasting, role=role, user__active=True)


async def units(role: str, now: datetime) -> frozenset[Unit]:
    """The units for which at least one of them holds the role."""
    return frozenset(_units(await database.fetch(ALL_UNITS, [role, now])))


async def units_of_each(role: str, now: datetime) -> dict[int, frozenset[Unit]]:
    """By account, the units for which it holds the role; none where it names none."""
    rows: dict[int, list[database.Row]] = {}
    for user_id, *unit in await database.fetch(UNITS_OF_EACH, [role, now]):
        rows.setdefault(user_id, []).append(unit)
    return {user_id: frozenset(_units(found)) for user_id, found in rows.items()}


def _units(rows: Iterable[database.Row]) -> Iterator[Unit]:
    for *ids, code in rows:
        yield from (Unit(kind, number, code) for kind, number in zip(UNIT_KINDS, ids, strict=True) if number)


async def items_of_tokens(role: str, now: datetime) -> dict[int, frozenset[str]]:
    """By account, the codes of the items that its valid tokens in this role are limited to."""
    found: dict[int, frozenset[str]] = {}
    for user_id, items in await database.fetch(TOKENS, [role, now]):
        found[user_id] = found.get(user_id, frozenset()) | frozenset(json.loads(items))
    return found


async def count_rows(model: type[Model], rows: Q) -> int:
    """How many rows of `model` fulfil a condition, in one statement; on SQLite beside the writer, as `fetch` reads."""
    query = model.filter(rows).count()
    query._choose_db_if_not_chosen()
    query._make_query()
    sql, values = query.query.get_parameterized_sql()
    [(found,)] = await database.fetch(sql, [many(value) if isinstance(value, list) else value for value in values])
    return int(found)
