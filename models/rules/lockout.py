"""Nobody locks the desk: some things somebody must always be left to do, as granting roles and tuning the policies.

Which roles can do them is what the caller of a verb says; the shell, which can always help, says none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from models.rules.holdings import anybody_holds
from models.rules.locks import lock_name
from models.rules.refusals import Code, Refused


@dataclass(frozen=True, slots=True)
class Duty:
    """What must always be somebody's to do (`name`, for the words), and the roles that can do it."""

    name: str
    roles: frozenset[str]


Duties = Callable[[], Awaitable[Sequence[Duty]]]
"""Asked inside the act's transaction, as a Permit is."""


async def no_duties() -> Sequence[Duty]:
    """Of the system itself and the shell."""
    return ()


async def lock_holders() -> None:
    """Acts on who holds which role come one after another: of two who each close the other's account at the same
    moment, the second sees what the first did. Taken before any row is locked."""
    await lock_name("holders of roles")


async def require_left(duties: Sequence[Duty], lost: Collection[str], *, argument: str, now: datetime) -> None:
    """After a change by which somebody lost the roles `lost`: refuses with FORBIDDEN when for one of the duties nobody
    is left, that is no active account with a password that holds one of its roles at this moment."""
    for duty in duties:
        if not duty.roles.isdisjoint(lost) and not await anybody_holds(duty.roles, now):
            raise Refused(Code.FORBIDDEN, argument=argument, problem="LOCKOUT", duty=duty.name)
