"""Who holds a role at this moment, asked inside the transaction of a write; what a role may do is not known here."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from models import database
from models.database_url import Dialect
from models.portable_sql import many
from models.rules.sessions import UNIT_KINDS, VALID

STILL_HELD = f"""
SELECT held.college_id, held.department_id, held.building_id FROM role_assignment held
JOIN account ON account.id = held.user_id
WHERE held.user_id = ?1 AND held.role = ?3 AND account.active AND {VALID}
"""
STILL_VALID = """AND EXISTS (SELECT 1 FROM api_token token WHERE token.id = ?4 AND token.revoked_at IS NULL
    AND (token.expires_at IS NULL OR token.expires_at > ?2))"""


async def still_held(
    user_id: int, role: str, now: datetime, *, token_id: int | None = None
) -> set[tuple[str, int]] | None:
    """The units, as kind and id, for which an active account holds the role now: none of them where it names no unit,
    None when it does not hold the role, or when the token by which it asks no longer holds.

    Inside a transaction what was found holds until its end: on PostgreSQL whoever ends the role waits, on SQLite
    the transaction's own lock sees to that.
    """
    sql, values = STILL_HELD, [user_id, now, role]
    if token_id is not None:
        sql, values = f"{sql} {STILL_VALID}", [*values, token_id]
    if database.in_transaction() and database.dialect() is Dialect.POSTGRESQL:
        sql = f"{sql} FOR SHARE OF held"
    rows = await database.fetch(sql, values)
    if not rows:
        return None
    return {(kind, number) for row in rows for kind, number in zip(UNIT_KINDS, row, strict=True) if number is not None}


ANY_HOLDER = f"""
SELECT 1 FROM role_assignment held JOIN account ON account.id = held.user_id
WHERE held.role IN LIST(?1) AND account.active AND account.password_hash IS NOT NULL AND {VALID} LIMIT 1
"""


async def anybody_holds(roles: Collection[str], now: datetime) -> bool:
    """Whether an active account that can sign in holds one of these roles now."""
    return bool(roles) and bool(await database.fetch(ANY_HOLDER, [many(roles), now]))
