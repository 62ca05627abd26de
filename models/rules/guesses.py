"""Guesses of passwords, slowed down: by name and place together, and each by itself far more patiently.

Ten tries of a name from one place and it is not heard from there: that alone stops a person who guesses, and nobody can
shut out a colleague from another desk. A hundred tries of one name from everywhere stop many who guess together, a
thousand from one place those who try one password on everybody; from a place where the account has signed in before,
neither counts. The counts are in the database: they hold over processes and restarts.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from models import database
from models.accounts import Session, SignInAttempt
from models.rules.identity import normalise
from models.rules.locks import lock_name

GUESSES = 10
GUESSES_OF_A_NAME = 100
GUESSES_FROM_A_PLACE = 1_000
WINDOW = timedelta(minutes=15)
KNOWN_FOR = timedelta(days=90)


class TooManyAttempts(Exception):
    """Too much was tried; `retry_at` says when the next try will be heard."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(f"too many attempts; again after {retry_at:%H:%M:%S} UTC")
        self.retry_at = retry_at


async def count_guess(username: str, place: str, now: datetime) -> None:
    """Written before a password is looked at, so that parallel guesses count too. `place`: from where, as a session
    knows it; "" is a place like any other, but nobody is known there.

    Raises TooManyAttempts.
    """
    name, who = normalise(username), _hashed(username)

    async def count() -> None:
        await lock_name(f"guesses from {place}")  # else parallel guesses count each other before any is committed
        await lock_name(who)
        await SignInAttempt.filter(at__lte=now - WINDOW).delete()
        retry_at = await _full(GUESSES, who=who, place=place)
        if retry_at is None:
            retry_at = await _full(GUESSES_OF_A_NAME, who=who) or await _full(GUESSES_FROM_A_PLACE, place=place)
            if retry_at is not None and await _known(name, place, now):
                retry_at = None
        if retry_at is not None:
            raise TooManyAttempts(retry_at)
        await SignInAttempt.create(who=who, place=place, at=now)

    await database.atomically(count)


async def _full(limit: int, **of: str) -> datetime | None:
    """When fewer than `limit` will be left, if so many there are."""
    latest = SignInAttempt.filter(**of).order_by("-at").offset(limit - 1).limit(1)
    found = await latest.values_list("at", flat=True)
    return found[0] + WINDOW if found else None  # type: ignore[operator]  # a moment


async def _known(name: str, place: str, now: datetime) -> bool:
    """Whether this account has lately signed in from there."""
    since = now - KNOWN_FOR
    return bool(place) and await Session.exists(user__username=name, place=place, created_at__gte=since)


def _hashed(username: str) -> str:
    """Whoever mistakes a password for a username leaves no trace."""
    return hashlib.sha256(normalise(username).encode("utf-8", "surrogatepass")).hexdigest()


async def forget_guesses(username: str, place: str | None = None) -> None:
    """After the right password: what was tried elsewhere stays counted. Without a place, after somebody who may has set
    another password, of which no guess was one."""
    tried = SignInAttempt.filter(who=_hashed(username))
    await (tried if place is None else tried.filter(place=place)).delete()
