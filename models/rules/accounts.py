"""What an account administrator does with accounts and their passwords, and everybody with his own password.

Roles stand in `role_assignments`, signing in in `sessions`, tokens in `tokens`. What a role may do is the business of
`policies`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tortoise.expressions import F

from models import database
from models.accounts import ApiToken, Session, User
from models.ledger import Event
from models.rules.account_cells import email_of, name_of, phone_of, username_of
from models.rules.account_rows import locked_account, require_reached
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.guesses import count_guess, forget_guesses
from models.rules.identity import normalise, normalise_number
from models.rules.journal import event, record_edit
from models.rules.lockout import Duties, lock_holders, no_duties, require_left
from models.rules.passwords import check_password, hash_password, verify_password
from models.rules.recording import EventEntry
from models.rules.refusals import Code, Refused
from models.rules.role_assignments import EVERY_RIGHT, Grant, GrantRights, check_grant, put_down
from models.rules.sessions import held_roles


async def create_user(
    actor: Actor,
    *,
    username: str,
    name: str,
    password: str | None = None,
    email: str = "",
    phone: str = "",
    student_no: str | None = None,
    first: Grant | None = None,
    permit: Permit = unrestricted,
    rights: GrantRights = EVERY_RIGHT,
    now: datetime | None = None,
) -> int:
    """Makes an account, with its `first` role if one is given, and gives its id; without a password it can only hold
    tokens. With `student_no` it is the account of that student, under all numbers of the person.

    Refuses BAD_INPUT (a text, the password, the role's unit or dates), DUPLICATE (the username is taken, or the student
    has an account), NOT_FOUND (no such student or unit).
    """
    moment = _at(now)
    columns: dict[str, Any] = {
        "username": username_of(username),
        "name": name_of(name),
        "email": email_of(email),
        "phone": phone_of(phone),
    }
    if first is not None:
        check_grant(first, moment)
    stored = await _hashed(password, columns["username"]) if password is not None else None

    async def work() -> int:
        within = (await permit()).permitted
        if await User.exists(username=columns["username"]):
            raise Refused(Code.DUPLICATE, argument="username", username=columns["username"])
        user = await User.create(**columns, password_hash=stored)
        await require_reached(User, user.id, within, "username")
        events = [event("User", user.id, "username", "name", after="ACTIVE")]
        if student_no is not None:
            events += await _link_student(user.id, student_no)
        await record_edit(actor, events, moment)
        if first is not None:
            await put_down(actor, user.id, first, rights, moment)
        return user.id

    return await database.atomically(work)


async def _hashed(password: str, username: str, argument: str = "password") -> str:
    check_password(password, username=username, argument=argument)
    return await hash_password(password)


async def _link_student(user_id: int, student_no: str) -> list[EventEntry]:
    number = normalise_number(student_no)
    found = await database.fetch(NUMBERS_OF_PERSON, [number])
    if not found:
        raise Refused(Code.NOT_FOUND, argument="studentNo", student_no=number)
    if any(account is not None for _, account in found):
        raise Refused(Code.DUPLICATE, argument="studentNo", problem="HAS_ACCOUNT", student_no=number)
    ids = [student_id for student_id, _ in found]
    await database.execute(LINK_ACCOUNT, [user_id, number])
    return [event("Student", student_id, "user", after="LINKED") for student_id in ids]


PERSON = "(SELECT coalesce(given.person_id, given.id) FROM student given WHERE given.student_no = {})"
NUMBERS_OF_PERSON = f"SELECT id, user_id FROM student WHERE coalesce(person_id, id) = {PERSON.format('?1')} ORDER BY id"
LINK_ACCOUNT = f"""
UPDATE student SET user_id = ?1, version = version + 1 WHERE coalesce(person_id, id) = {PERSON.format("?2")}
"""


async def update_user(
    actor: Actor,
    username: str,
    *,
    name: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    expected_version: int | None = None,
    permit: Permit = unrestricted,
    now: datetime | None = None,
) -> bool:
    """Changes what is given; None stays. False when everything was so already.

    Refuses NOT_FOUND, BAD_INPUT, and CONFLICT (who changed it, and when) unless the account still has the version that
    the actor saw.
    """
    given = {
        "name": name_of(name) if name is not None else None,
        "email": email_of(email) if email is not None else None,
        "phone": phone_of(phone) if phone is not None else None,
    }

    async def work() -> bool:
        user, within = await locked_account(username, permit)
        if expected_version not in (None, user.version):
            raise await _changed_meanwhile(user)
        changed = {column: new for column, new in given.items() if new is not None and new != getattr(user, column)}
        if not changed:
            return False
        await _change(user, **changed)
        await require_reached(User, user.id, within, "username")
        await record_edit(actor, [event("User", user.id, *changed)], _at(now))
        return True

    return await database.atomically(work)


async def _changed_meanwhile(user: User) -> Refused:
    last = await Event.filter(object="User", object_id=user.id).order_by("-id").first().prefetch_related("actor")
    facts: dict[str, str | int] = {"version": user.version}
    if last is not None and last.actor is not None:
        facts |= {"by": last.actor.name, "at": last.at.isoformat()}
    return Refused(Code.CONFLICT, argument="expectedVersion", **facts)


async def _change(user: User, **columns: Any) -> None:
    await User.filter(id=user.id).update(**columns, version=F("version") + 1)


# --- passwords


async def set_password(
    actor: Actor, username: str, password: str, *, permit: Permit = unrestricted, now: datetime | None = None
) -> None:
    """Gives somebody else's account another password and ends its sessions.

    Refuses NOT_FOUND, BAD_INPUT (too short, or the username), FORBIDDEN one's own: for that one types the present one.
    """
    stored = await _hashed(password, normalise(username))

    async def work() -> None:
        user, within = await locked_account(username, permit)
        if user.id == actor.user_id:
            raise Refused(Code.FORBIDDEN, argument="username", problem="OWN_PASSWORD")
        await _change(user, password_hash=stored)
        await require_reached(User, user.id, within, "username")
        await _end_sessions(user, _at(now))
        await forget_guesses(user.username)
        await record_edit(actor, [event("User", user.id, "password")], _at(now))

    await database.atomically(work)


async def change_password(
    actor: Actor, current: str, new: str, *, keep_session: int, place: str = "", now: datetime | None = None
) -> None:
    """Gives the actor's own account another password and ends its other sessions.

    Refuses BAD_INPUT when `current` is not the present password, or `new` is too short, the username or the present
    one; CONFLICT when somebody else has just reset it. Raises TooManyAttempts as `sign_in` does, with which it shares
    the count: an open session is no way to guess the password.
    """
    user = await User.get(id=actor.user_id)
    check_password(new, username=user.username, argument="new")
    await count_guess(user.username, place, _at(now))
    if not await verify_password(user.password_hash, current):
        raise Refused(Code.BAD_INPUT, argument="current", problem="WRONG_PASSWORD")
    if new == current:
        raise Refused(Code.BAD_INPUT, argument="new", problem="SAME_PASSWORD")
    fresh = await hash_password(new)

    async def work() -> None:
        same = User.filter(id=user.id, active=True, password_hash=user.password_hash)
        if not await same.update(password_hash=fresh, version=F("version") + 1):
            raise Refused(Code.CONFLICT, argument="current")
        await forget_guesses(user.username, place)
        await _end_sessions(user, _at(now), keep=keep_session)
        await record_edit(actor, [event("User", user.id, "password")], _at(now))

    await database.atomically(work)


async def _end_sessions(user: User, now: datetime, keep: int = 0) -> None:
    await Session.filter(user_id=user.id, ended_at=None).exclude(id=keep).update(ended_at=now)


# --- closing and opening


async def disable_user(
    actor: Actor,
    username: str,
    *,
    permit: Permit = unrestricted,
    duties: Duties = no_duties,
    now: datetime | None = None,
) -> bool:
    """Closes an account: its sessions and tokens end with it. False when it was closed before.

    Refuses NOT_FOUND, FORBIDDEN one's own, and with LOCKOUT the last that can do what somebody must be able to.
    """
    moment = _at(now)

    async def work() -> bool:
        await lock_holders()
        user, within = await locked_account(username, permit)
        if user.id == actor.user_id:
            raise Refused(Code.FORBIDDEN, argument="username", problem="OWN_ACCOUNT")
        if not user.active:
            return False
        await _change(user, active=False)
        await require_reached(User, user.id, within, "username")
        await _end_sessions(user, moment)
        events = [event("User", user.id, "active", before="ACTIVE", after="DISABLED")]
        await record_edit(actor, events + await _revoke_tokens(user, moment), moment)
        lost = [held.role for held in await held_roles(user.id, moment)]
        await require_left(await duties(), lost, argument="username", now=moment)
        return True

    return await database.atomically(work)


async def _revoke_tokens(user: User, now: datetime) -> list[EventEntry]:
    tokens = [row["id"] for row in await ApiToken.filter(user_id=user.id, revoked_at=None).values("id")]
    await ApiToken.filter(id__in=tokens).update(revoked_at=now, version=F("version") + 1)
    return [event("ApiToken", token_id, "revoked_at", after="REVOKED") for token_id in tokens]


async def enable_user(
    actor: Actor, username: str, *, permit: Permit = unrestricted, now: datetime | None = None
) -> bool:
    """Opens a closed account again, without its old sessions and tokens. False when it was open. Refuses NOT_FOUND."""

    async def work() -> bool:
        user, within = await locked_account(username, permit)
        if user.active:
            return False
        await _change(user, active=True)
        await require_reached(User, user.id, within, "username")
        change = event("User", user.id, "active", before="DISABLED", after="ACTIVE")
        await record_edit(actor, [change], _at(now))
        return True

    return await database.atomically(work)


def _at(now: datetime | None) -> datetime:
    return now or datetime.now(UTC)
