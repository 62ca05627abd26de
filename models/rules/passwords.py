"""Passwords: hashed and compared in a thread, outside of any transaction; what a good one is."""

from __future__ import annotations

import asyncio
import secrets
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from models.rules.refusals import Code, Refused

MIN_LENGTH = 10
MAX_LENGTH = 1024  # a longer one only costs time

#: argon2id with 19 MiB, two passes, one lane: OWASP's profile for a server that does other work too; about 35 ms.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


#: Without letters and digits that are taken for one another when they are read out or copied by hand.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS = 4


def check_password(password: str, *, username: str, argument: str = "password") -> None:
    """Refuses with BAD_INPUT a password that is too short, too long or the username."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Refused(Code.BAD_INPUT, argument=argument, minimum=MIN_LENGTH, maximum=MAX_LENGTH)
    if password.casefold() == username.casefold():
        raise Refused(Code.BAD_INPUT, argument=argument, problem="USERNAME")


def generated_password() -> str:
    """Four groups of four letters, as hard to guess as 79 random bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(GROUPS))


async def hash_password(password: str) -> str:
    """The text to store."""
    return await asyncio.to_thread(HASHER.hash, password)


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether `password` is the one that `stored` was made from. Without a stored one it takes as long and is False, so
    that the time does not tell which accounts exist."""
    return await asyncio.to_thread(_verify, stored, password[:MAX_LENGTH])


def needs_rehash(stored: str) -> bool:
    """Whether `stored` was made with another profile than today's."""
    return HASHER.check_needs_rehash(stored)


def _verify(stored: str | None, password: str) -> bool:
    try:
        return HASHER.verify(stored or _nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """A hash that no password fits."""
    return HASHER.hash(secrets.token_urlsafe(32))
