"""Signing in with a password, and the opaque sessions that follow: who is calling, in which role, with which units."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from models import database
from models.accounts import Session, User
from models.enums import BatchStatus
from models.rules.guesses import count_guess, forget_guesses
from models.rules.identity import normalise
from models.rules.passwords import hash_password, needs_rehash, verify_password
from models.rules.refusals import Code, Refused
from models.season import Batch

LONGEST_USERNAME: int = User._meta.fields_map["username"].max_length  # type: ignore[attr-defined]  # a CharField
LONGEST_CODE: int = Batch._meta.fields_map["code"].max_length  # type: ignore[attr-defined]  # a CharField
SESSION_HOURS = 12


class WrongCredentials(Exception):
    """Unknown username, wrong password or disabled account: which one, nobody is told."""


@dataclass(frozen=True, slots=True)
class Held:
    """A role that somebody holds now, with at most one unit."""

    role: str
    college_id: int | None = None
    department_id: int | None = None
    building_id: int | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A college, department or building (`kind`) that somebody holds a role for."""

    kind: str
    id: int
    code: str


UNIT_KINDS = ("college", "department", "building")


@dataclass(frozen=True, slots=True)
class TokenLimits:
    """What a token cuts its role down to (B13): item codes and field names, all of them when empty. `source` is what
    its synchronisations are signed with."""

    token_id: int
    items: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls. `role` is "" when the session's role is not held any more: then nothing is permitted until another is
    chosen. The units are those of `role` alone (R12). `session_id` or `token` says by which credential."""

    user_id: int
    username: str
    name: str
    role: str
    roles: tuple[Held, ...]
    units: frozenset[Unit] = frozenset()
    session_id: int | None = None
    batch_id: int | None = None
    token: TokenLimits | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. `token` is shown once and stored nowhere."""

    token: str = field(repr=False)
    session_id: int
    user_id: int
    role: str
    batch_id: int | None
    expires_at: datetime


def hashed(token: str) -> str:
    """What is stored of a session or API token; they are random enough to need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


# --- signing in


async def sign_in(
    username: str, password: str, *, place: str = "", now: datetime | None = None, hours: int = SESSION_HOURS
) -> SignedIn:
    """Opens a session in the account's only or first role and in the present batch (R3, R25). `place`: from where, as
    a keyed hash of the address.

    Raises TooManyAttempts, without looking at the password, when too much was tried (see `guesses`), and
    WrongCredentials.
    """
    moment = now or datetime.now(UTC)
    await count_guess(username, place, moment)
    name = normalise(username)
    user = await User.get_or_none(username=name) if len(name) <= LONGEST_USERNAME else None
    stored = user.password_hash if user else None
    right = await verify_password(stored, password)
    if user is None or stored is None or not right or not user.active:
        raise WrongCredentials
    fresh = await hash_password(password) if needs_rehash(stored) else stored
    return await database.atomically(lambda: _open_session(user, stored, fresh, place, moment, hours))


async def _open_session(user: User, stored: str, fresh: str, place: str, now: datetime, hours: int) -> SignedIn:
    """Again under the transaction: whoever was disabled, or got another password, meanwhile, stays outside."""
    same = User.filter(id=user.id, active=True, password_hash=stored)
    if not await same.update(password_hash=fresh, last_sign_in_at=now):
        raise WrongCredentials
    await forget_guesses(user.username, place)
    roles = await held_roles(user.id, now)
    token = secrets.token_urlsafe(32)
    role, batch_id, expires_at = roles[0].role if roles else "", await present_batch(now), now + timedelta(hours=hours)
    session = await Session.create(
        token_hash=hashed(token), user_id=user.id, role=role, batch_id=batch_id, expires_at=expires_at, place=place
    )
    return SignedIn(token, session.id, user.id, role, batch_id, expires_at)


VALID = "(valid_from IS NULL OR valid_from <= ?2) AND (valid_until IS NULL OR valid_until > ?2)"
HELD_ROLES = f"""
SELECT role, college_id, department_id, building_id FROM role_assignment WHERE user_id = ?1 AND {VALID} ORDER BY id
"""


async def held_roles(user_id: int, now: datetime) -> tuple[Held, ...]:
    """The roles this account holds at this moment, in the order they were granted."""
    return tuple(Held(*row) for row in await database.fetch(HELD_ROLES, [user_id, now]))


async def present_batch(now: datetime) -> int | None:
    """The batch people most likely mean: the newest open one that has begun, else the newest open, else the newest
    prepared, else the newest closed."""
    found = Batch.exclude(status=BatchStatus.ARCHIVED).order_by("-code")
    batches = await found.values_list("id", "status", "opens_at")
    begun = [
        batch_id for batch_id, has, opens_at in batches if has is BatchStatus.OPEN and (not opens_at or opens_at <= now)
    ]
    for status in (BatchStatus.OPEN, BatchStatus.PREPARING, BatchStatus.CLOSED):
        begun += [batch_id for batch_id, has, _opens_at in batches if has is status]
    return int(begun[0]) if begun else None


# --- being signed in

#: What a role is held for. Policies name units by their codes, so these come along with the ids.
HELD_UNIT = """held.college_id, held.department_id, held.building_id,
       COALESCE(college.code, department.code, building.code) AS unit_code"""
HOLDINGS = f"""
LEFT JOIN role_assignment held ON held.user_id = account.id AND {VALID}
LEFT JOIN college ON college.id = held.college_id
LEFT JOIN department ON department.id = held.department_id
LEFT JOIN building ON building.id = held.building_id
"""

RESOLVE_SESSION = f"""
SELECT account.id, account.username, account.name, session.role, held.role AS held, {HELD_UNIT},
       session.id AS session_id, session.batch_id
FROM session JOIN account ON account.id = session.user_id
{HOLDINGS}
WHERE session.token_hash = ?1 AND session.ended_at IS NULL AND session.expires_at > ?2 AND account.active
ORDER BY held.id
"""


async def resolve_session(token: str, *, now: datetime | None = None) -> Identity | None:
    """Who holds this session, in one statement; None when it is unknown, ended or expired, or the account disabled."""
    rows = await database.fetch(RESOLVE_SESSION, [hashed(token), now or datetime.now(UTC)])
    if not rows:
        return None
    session_id, batch_id = rows[0][9:11]
    return identified(rows, session_id=session_id, batch_id=batch_id)


def identified(rows: Sequence[database.Row], **credential: Any) -> Identity:
    """One caller from one row per role held; all rows agree on id, username, name and role."""
    user_id, username, name, role = rows[0][:4]
    roles = tuple(Held(*row[4:8]) for row in rows if row[4] is not None)
    acting = [row for row in rows if row[4] is not None and row[4] == role]
    units = frozenset(unit for row in acting for unit in _units(*row[5:9]))
    return Identity(user_id, username, name, role if acting else "", roles, units, **credential)


def _units(college: int | None, department: int | None, building: int | None, code: str) -> Iterable[Unit]:
    """The unit of an assignment, if it names one."""
    named = zip(UNIT_KINDS, (college, department, building), strict=True)
    return [Unit(kind, unit_id, code) for kind, unit_id in named if unit_id is not None]


async def choose_role(
    session_id: int, *, role: str | None = None, batch: str | None = None, now: datetime | None = None
) -> None:
    """Changes the session's acting role or its default batch (R3, R12); what is None stays.

    Refuses with FORBIDDEN a role that the account does not hold now, with NOT_FOUND an unknown batch or session.
    """
    owner = await Session.filter(id=session_id, ended_at=None).values_list("user_id", flat=True)
    if not owner:
        raise Refused(Code.NOT_FOUND, argument="session")
    if role is not None and role not in {held.role for held in await held_roles(int(str(owner[0])), _at(now))}:
        raise Refused(Code.FORBIDDEN, argument="role", role=role)
    found = await Batch.get_or_none(code=batch) if batch is not None and len(batch) <= LONGEST_CODE else None
    if batch is not None and found is None:
        raise Refused(Code.NOT_FOUND, argument="batch", batch=batch[:LONGEST_CODE])
    chosen: dict[str, Any] = {"role": role} if role is not None else {}
    chosen |= {"batch_id": found.id} if found else {}
    if chosen:
        await Session.filter(id=session_id).update(**chosen)


async def sign_out(token: str, *, now: datetime | None = None) -> None:
    """Ends the session; harmless when there is none."""
    await Session.filter(token_hash=hashed(token), ended_at=None).update(ended_at=_at(now))


def _at(now: datetime | None) -> datetime:
    return now or datetime.now(UTC)
