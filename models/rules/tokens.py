"""Tokens of campus apps and scripts (B13): one role, cut down to some items and fields, shown once, revoked at once."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tortoise.expressions import F

from models import database
from models.accounts import ApiToken, User
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.journal import event, record_edit
from models.rules.refusals import Code, Refused
from models.rules.sessions import HELD_UNIT, HOLDINGS, Identity, TokenLimits, hashed, held_roles, identified

PREFIX = "lx_"
SHOWN = len(PREFIX) + 6  # what of a token may be shown afterwards, to tell one from another
USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewToken:
    """`secret` is shown once; only its hash is kept."""

    token_id: int
    secret: str = field(repr=False)
    role: str
    expires_at: datetime | None


async def create_token(
    actor: Actor,
    username: str,
    *,
    role: str | None = None,
    name: str = "",
    items: Collection[str] = (),
    fields: Collection[str] = (),
    source: str = "",
    expires_at: datetime | None = None,
    permit: Permit = unrestricted,
    now: datetime | None = None,
) -> NewToken:
    """Makes a token for an account, in a role it holds; without `role` in its only or first one.

    Refuses with NOT_FOUND an unknown or disabled account, with FORBIDDEN a role that it does not hold.
    """
    moment = now or datetime.now(UTC)
    secret = PREFIX + secrets.token_urlsafe(32)

    async def work() -> NewToken:
        await permit()
        user = await User.get_or_none(username=username, active=True)
        if user is None:
            raise Refused(Code.NOT_FOUND, argument="user", user=username)
        roles = [held.role for held in await held_roles(user.id, moment)]
        chosen = role or (roles[0] if roles else "")
        if chosen not in roles:
            raise Refused(Code.FORBIDDEN, argument="role", role=chosen)
        row = await ApiToken.create(
            user_id=user.id,
            role=chosen,
            name=name,
            prefix=secret[:SHOWN],
            token_hash=hashed(secret),
            items=sorted(set(items)),
            field_names=sorted(set(fields)),
            source=source,
            expires_at=expires_at,
        )
        await record_edit(actor, [event("ApiToken", row.id, "role", after=chosen)], moment)
        return NewToken(row.id, secret, chosen, expires_at)

    return await database.atomically(work)


RESOLVE = f"""
SELECT account.id, account.username, account.name, token.role, held.role AS held, {HELD_UNIT},
       token.id AS token_id, token.items, token.field_names, token.source,
       token.last_used_at IS NULL OR token.last_used_at <= ?3 AS unused
FROM api_token token JOIN account ON account.id = token.user_id
{HOLDINGS}
WHERE token.token_hash = ?1 AND token.revoked_at IS NULL AND (token.expires_at IS NULL OR token.expires_at > ?2)
      AND account.active
ORDER BY held.id
"""

USED = "UPDATE api_token SET last_used_at = ?2 WHERE id = ?1"


async def resolve_token(secret: str, *, now: datetime | None = None) -> Identity | None:
    """Who holds this token, in one statement (and at most once a minute another that notes its use); None when it is
    unknown, revoked or expired, or the account disabled. Its role is "" when the account has lost it."""
    if not secret.startswith(PREFIX):
        return None
    moment = now or datetime.now(UTC)
    rows = await database.fetch(RESOLVE, [hashed(secret), moment, moment - USED_EVERY])
    if not rows:
        return None
    token_id, items, names, source, unused = rows[0][9:14]
    if unused:
        await database.execute(USED, [token_id, moment])
    limits = TokenLimits(token_id, frozenset(json.loads(items)), frozenset(json.loads(names)), source)
    return identified(rows, token=limits)


async def revoke_token(
    actor: Actor, token_id: int, *, permit: Permit = unrestricted, now: datetime | None = None
) -> bool:
    """Ends a token at once; False when it was revoked before. Refuses with NOT_FOUND an unknown one."""
    moment = now or datetime.now(UTC)

    async def work() -> bool:
        await permit()
        if await ApiToken.filter(id=token_id, revoked_at=None).update(revoked_at=moment, version=F("version") + 1):
            change = event("ApiToken", token_id, "revoked_at", after="REVOKED")
            await record_edit(actor, [change], moment)
            return True
        if not await ApiToken.exists(id=token_id):
            raise Refused(Code.NOT_FOUND, argument="token")
        return False

    return await database.atomically(work)
