"""Tokens of campus apps and scripts (B13): one role, cut down to some items and fields, shown once, revoked at once."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.expressions import F

from models import database
from models.accounts import ApiToken, User
from models.rules.account_cells import check_future, purpose_of, source_of
from models.rules.account_rows import locked_account, no_account, require_reached
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.identity import normalise
from models.rules.journal import event, record_edit
from models.rules.nearest import listed, nearest
from models.rules.refusals import Code, Refused
from models.rules.sessions import HELD_UNIT, HOLDINGS, Identity, TokenLimits, hashed, held_roles, identified
from models.season import Item

LONGEST_SHOWN = 32
MOST_NAMED = 10
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
    account: Permit = unrestricted,
    now: datetime | None = None,
) -> NewToken:
    """Makes a token for an account, in a role it holds; without `role` in its only or first one. Whether there are such
    `fields` is what `policies` knows and the doors ask. `account`: whom the actor may see.

    Refuses with NOT_FOUND an unknown or disabled account, with FORBIDDEN a role that it does not hold, with BAD_INPUT
    items of no batch, a name or source that is none, and an expiry that has passed.
    """
    moment = now or datetime.now(UTC)
    check_future(expires_at, "expiresAt", moment)
    columns: dict[str, Any] = {"name": purpose_of(name), "source": source_of(source), "expires_at": expires_at}
    codes, names = _cleaned(items), _cleaned(fields)
    secret = PREFIX + secrets.token_urlsafe(32)

    async def work() -> NewToken:
        user, _ = await locked_account(username, account)
        within = (await permit()).permitted
        if not user.active:
            raise no_account(user.username)
        chosen = await _role_of(user, role, moment)
        await _require_items(codes)
        row = await ApiToken.create(
            user_id=user.id,
            role=chosen,
            prefix=secret[:SHOWN],
            token_hash=hashed(secret),
            items=codes,
            field_names=names,
            **columns,
        )
        await require_reached(ApiToken, row.id, within, "username")
        await record_edit(actor, [event("ApiToken", row.id, "role", after=chosen)], moment)
        return NewToken(row.id, secret, chosen, expires_at)

    return await database.atomically(work)


def _cleaned(names: Collection[str]) -> list[str]:
    return sorted({normalise(name) for name in names} - {""})


async def _role_of(user: User, role: str | None, now: datetime) -> str:
    """The role asked for, else the only or first one."""
    held = list(dict.fromkeys(each.role for each in await held_roles(user.id, now)))
    chosen = role or (held[0] if held else "")
    if chosen not in held:
        problem = "ROLE_NOT_HELD" if chosen else "NO_ROLE"
        raise Refused(
            Code.FORBIDDEN,
            argument="role",
            problem=problem,
            username=user.username,
            role=chosen[:LONGEST_SHOWN],
            nearest=listed(tuple(held)),
        )
    return chosen


async def _require_items(codes: Collection[str]) -> None:
    """Of whichever batch: a token lasts longer than a season."""
    if not codes:
        return
    known = {str(code): str(name) for code, name in await Item.all().distinct().values_list("code", "name")}
    unknown = [code[:LONGEST_SHOWN] for code in codes if code not in known][:MOST_NAMED]
    if unknown:
        near = tuple(dict.fromkeys(each for code in unknown for each in nearest(code, known)))
        names = ", ".join(unknown)
        raise Refused(Code.BAD_INPUT, argument="items", problem="UNKNOWN_ITEMS", names=names, nearest=listed(near))


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
        await require_reached(ApiToken, token_id, (await permit()).permitted, "id")
        if not await ApiToken.filter(id=token_id, revoked_at=None).update(revoked_at=moment, version=F("version") + 1):
            return False
        await record_edit(actor, [event("ApiToken", token_id, "revoked_at", after="REVOKED")], moment)
        return True

    return await database.atomically(work)
