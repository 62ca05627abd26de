"""Who acts, as the rules need to know it: for the operation and its events, never for deciding what is permitted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tortoise.expressions import Q


@dataclass(frozen=True, slots=True)
class Actor:
    """The user and the one role of this request (R12). `user_id` is null for the system itself."""

    user_id: int | None
    name: str
    role: str


SYSTEM = Actor(None, "system", "system")

#: Nobody of the university, but whoever may use the server's shell.
COMMAND_LINE = Actor(None, "lixiao", "command_line")


@dataclass(frozen=True, slots=True)
class Reach:
    """How far an act of this caller reaches, as filters of the act's own object (clearances, certificates, sheets).

    `visible` filters Sheet: outside it a row does not exist for the caller (NOT_FOUND). `permitted` filters the object
    acted on: a visible row outside it is refused with FORBIDDEN.
    """

    visible: Q = field(default_factory=Q)
    permitted: Q = field(default_factory=Q)


Permit = Callable[[], Awaitable[Reach]]
"""Asked *inside* the act's transaction, after the locks: the door resolves the caller's rights against the policy
version that holds at that moment, so a right revoked a moment ago is not used (B8)."""


async def unrestricted() -> Reach:
    """The reach of the system itself: seeds, the command line, cascades."""
    return Reach()
