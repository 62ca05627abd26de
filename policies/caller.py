"""Who asks, as the policies know it: one person or program in exactly one role, with that role's units."""

from __future__ import annotations

from dataclasses import dataclass

from models.rules.actor import Actor
from models.rules.sessions import TokenLimits

__all__ = ["Caller", "TokenLimits"]


@dataclass(frozen=True, slots=True)
class Caller:
    """One request's caller (R12). The units are the ids of those that the person holds for `role`, never for another
    role. `role` is "" when the person has not, or no longer, any: then nothing is permitted. `token` cuts the role down
    further (B13)."""

    user_id: int
    username: str
    name: str
    role: str
    colleges: frozenset[int] = frozenset()
    departments: frozenset[int] = frozenset()
    buildings: frozenset[int] = frozenset()
    token: TokenLimits | None = None
    locale: str = "zh_CN"
    default_batch_id: int | None = None

    @property
    def actor(self) -> Actor:
        """The caller as operations and events record it."""
        return Actor(self.user_id, self.name, self.role)
