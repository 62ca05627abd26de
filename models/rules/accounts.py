"""What an account administrator does: accounts, their passwords and roles; signing in stands in `sessions`, tokens in
`tokens`. Which roles exist and what they may do is the business of `policies`."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from typing import Any

from tortoise.expressions import F

from models import database
from models.accounts import ApiToken, RoleAssignment, Session, User
from models.organisation import Building, College, Department
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.identity import normalise, normalise_number
from models.rules.journal import event, record_edit
from models.rules.passwords import check_password, hash_password
from models.rules.recording import EventEntry
from models.rules.refusals import Code, Refused

USERNAME_LENGTH = 64


class UnitKind(Enum):
    """What a role is held for; the value is the column of RoleAssignment."""

    NONE = ""
    COLLEGE = "college"
    DEPARTMENT = "department"
    BUILDING = "building"


async def create_user(
    actor: Actor,
    *,
    username: str,
    name: str,
    password: str | None = None,
    email: str = "",
    phone: str = "",
    student_no: str | None = None,
    permit: Permit = unrestricted,
    now: datetime | None = None,
) -> int:
    """Makes an account and gives its id; without a password it can only hold tokens. With `student_no` it is the
    account of that student, under all numbers of the person.

    Refuses BAD_INPUT (username or password), DUPLICATE (the username is taken, or the student has an account),
    NOT_FOUND (no such student).
    """
    clean = _clean_username(username)
    if password is not None:
        check_password(password, username=clean)
    stored = await hash_password(password) if password is not None else None

    async def work() -> int:
        await permit()
        if await User.exists(username=clean):
            raise Refused(Code.DUPLICATE, argument="username", username=clean)
        user = await User.create(username=clean, name=normalise(name), email=email, phone=phone, password_hash=stored)
        events = [event("User", user.id, "username", "name", after="ACTIVE")]
        if student_no is not None:
            events += await _link_student(user.id, student_no)
        await record_edit(actor, events, _at(now))
        return user.id

    return await database.atomically(work)


def _clean_username(username: str) -> str:
    clean = normalise(username)
    if not clean or len(clean) > USERNAME_LENGTH or " " in clean:
        raise Refused(Code.BAD_INPUT, argument="username", value=clean, maximum=USERNAME_LENGTH)
    return clean


async def _link_student(user_id: int, student_no: str) -> list[EventEntry]:
    number = normalise_number(student_no)
    found = await database.fetch(NUMBERS_OF_PERSON, [number])
    if not found:
        raise Refused(Code.NOT_FOUND, argument="studentNo", student_no=number)
    if any(account is not None for _, account in found):
        raise Refused(Code.DUPLICATE, argument="studentNo", student_no=number)
    ids = [student_id for student_id, _ in found]
    await database.execute(LINK_ACCOUNT, [user_id, number])
    return [event("Student", student_id, "user", after="LINKED") for student_id in ids]


PERSON = "(SELECT coalesce(given.person_id, given.id) FROM student given WHERE given.student_no = {})"
NUMBERS_OF_PERSON = f"SELECT id, user_id FROM student WHERE coalesce(person_id, id) = {PERSON.format('?1')} ORDER BY id"
LINK_ACCOUNT = f"""
UPDATE student SET user_id = ?1, version = version + 1 WHERE coalesce(person_id, id) = {PERSON.format("?2")}
"""


async def set_password(
    actor: Actor,
    username: str,
    password: str,
    *,
    keep_session: int | None = None,
    permit: Permit = unrestricted,
    now: datetime | None = None,
) -> None:
    """Gives an account another password and ends its sessions, except `keep_session` (somebody changing their own).

    Refuses NOT_FOUND, BAD_INPUT (shorter than ten characters, or the username).
    """
    user = await _user(username)
    check_password(password, username=user.username)
    stored = await hash_password(password)

    async def work() -> None:
        await permit()
        await User.filter(id=user.id).update(password_hash=stored, version=user.version + 1)
        await Session.filter(user_id=user.id, ended_at=None).exclude(id=keep_session or 0).update(ended_at=_at(now))
        await record_edit(actor, [event("User", user.id, "password")], _at(now))

    await database.atomically(work)


async def disable_user(
    actor: Actor, username: str, *, permit: Permit = unrestricted, now: datetime | None = None
) -> bool:
    """Closes an account: its sessions and tokens end with it. False when it was closed before. Refuses NOT_FOUND."""

    async def work() -> bool:
        await permit()
        user = await _user(username)
        if not await User.filter(id=user.id, active=True).update(active=False, version=user.version + 1):
            return False
        await Session.filter(user_id=user.id, ended_at=None).update(ended_at=_at(now))
        tokens = [row["id"] for row in await ApiToken.filter(user_id=user.id, revoked_at=None).values("id")]
        await ApiToken.filter(id__in=tokens).update(revoked_at=_at(now), version=F("version") + 1)
        events = [event("User", user.id, "active", before="ACTIVE", after="DISABLED")]
        events += [event("ApiToken", token_id, "revoked_at", after="REVOKED") for token_id in tokens]
        await record_edit(actor, events, _at(now))
        return True

    return await database.atomically(work)


async def enable_user(
    actor: Actor, username: str, *, permit: Permit = unrestricted, now: datetime | None = None
) -> bool:
    """Opens a closed account again, without its old sessions and tokens. False when it was open. Refuses NOT_FOUND."""

    async def work() -> bool:
        await permit()
        user = await _user(username)
        if not await User.filter(id=user.id, active=False).update(active=True, version=user.version + 1):
            return False
        change = event("User", user.id, "active", before="DISABLED", after="ACTIVE")
        await record_edit(actor, [change], _at(now))
        return True

    return await database.atomically(work)


# --- roles


async def grant_role(
    actor: Actor,
    *,
    username: str,
    role: str,
    takes: UnitKind,
    unit: str | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    permit: Permit = unrestricted,
    now: datetime | None = None,
) -> int:
    """Lets an account act in a role, for the unit of that code, and gives the assignment's id. `takes` is what kind of
    unit the role is held for. The same role for the same unit, granted again, only changes its dates.

    Refuses FORBIDDEN (nobody grants a role to himself, R25), NOT_FOUND (account or unit), BAD_INPUT (a unit is missing
    or out of place, or the dates are the wrong way round).
    """
    if (unit is None) is not (takes is UnitKind.NONE):
        raise Refused(Code.BAD_INPUT, argument="unit", role=role, takes=takes.name)
    if valid_from and valid_until and valid_from >= valid_until:
        raise Refused(Code.BAD_INPUT, argument="validUntil", role=role)

    async def work() -> int:
        await permit()
        user = await _user(username)
        if user.id == actor.user_id:
            raise Refused(Code.FORBIDDEN, argument="user", role=actor.role, user=username)
        held: dict[str, Any] = {f"{takes.value}_id": await _unit_id(takes, unit)} if unit is not None else {}
        same = await RoleAssignment.filter(user_id=user.id, role=role, **held).first()
        if same is None:
            dates: dict[str, Any] = {"valid_from": valid_from, "valid_until": valid_until}
            made = await RoleAssignment.create(user_id=user.id, role=role, **held, **dates)
            change = event("RoleAssignment", made.id, "role", after=role)
            await record_edit(actor, [change], _at(now))
            return made.id
        if (same.valid_from, same.valid_until) != (valid_from, valid_until):
            await _change_dates(actor, same, valid_from, valid_until, _at(now))
        return same.id

    return await database.atomically(work)


async def end_role(
    actor: Actor, assignment_id: int, *, permit: Permit = unrestricted, now: datetime | None = None
) -> bool:
    """Takes a role away from this moment on. False when it had ended. Refuses NOT_FOUND, and FORBIDDEN one's own."""

    async def work() -> bool:
        await permit()
        held = await RoleAssignment.get_or_none(id=assignment_id)
        if held is None:
            raise Refused(Code.NOT_FOUND, argument="assignment")
        if (await held.user).id == actor.user_id:
            raise Refused(Code.FORBIDDEN, argument="assignment", role=actor.role)
        if held.valid_until is not None and held.valid_until <= _at(now):
            return False
        await _change_dates(actor, held, held.valid_from, _at(now), _at(now))
        return True

    return await database.atomically(work)


async def _change_dates(
    actor: Actor, held: RoleAssignment, valid_from: datetime | None, valid_until: datetime | None, now: datetime
) -> None:
    same = RoleAssignment.filter(id=held.id, version=held.version)
    if not await same.update(valid_from=valid_from, valid_until=valid_until, version=held.version + 1):
        raise Refused(Code.CONFLICT, argument="assignment")
    change = event("RoleAssignment", held.id, "valid_from", "valid_until", before=held.role, after=held.role)
    await record_edit(actor, [change], now)


UNITS: dict[UnitKind, type[College] | type[Department] | type[Building]] = {
    UnitKind.COLLEGE: College,
    UnitKind.DEPARTMENT: Department,
    UnitKind.BUILDING: Building,
}


async def _unit_id(kind: UnitKind, code: str) -> int:
    found = await UNITS[kind].filter(code=code).values("id")
    if not found:
        raise Refused(Code.NOT_FOUND, argument="unit", unit=code)
    return int(found[0]["id"])


async def _user(username: str) -> User:
    user = await User.get_or_none(username=normalise(username))
    if user is None:
        raise Refused(Code.NOT_FOUND, argument="user", user=username)
    return user


def _at(now: datetime | None) -> datetime:
    return now or datetime.now(UTC)
