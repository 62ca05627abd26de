"""Who asks, as the policies know it: one person or program in exactly one role, with that role's units."""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.rules.actor import Actor
from models.rules.sessions import TokenLimits, Unit

__all__ = ["Caller", "TokenLimits", "Unit"]


@dataclass(frozen=True, slots=True)
class Caller:
    """One request's caller (R12). The units are those that the person holds for `role`, never for another role; they
    carry their codes, by which a policy names a unit. `role` is "" when the person has not, or no longer, any: then
    nothing is permitted. `token` cuts the role down further (B13)."""

    user_id: int
    username: str
    name: str
    role: str
    units: frozenset[Unit] = frozenset()
    token: TokenLimits | None = None
    locale: str = "zh_CN"
    default_batch_id: int | None = None

    @property
    def actor(self) -> Actor:
        """The caller as operations and events record it."""
        return Actor(self.user_id, self.name, self.role)

    @property
    def colleges(self) -> frozenset[int]:
        return self._ids("college")

    @property
    def departments(self) -> frozenset[int]:
        return self._ids("department")

    @property
    def buildings(self) -> frozenset[int]:
        return self._ids("building")

    def _ids(self, kind: str) -> frozenset[int]:
        return frozenset(unit.id for unit in self.units if unit.kind == kind)

    def codes(self, kind: str) -> frozenset[str]:
        """The codes of the units of one kind."""
        return frozenset(unit.code for unit in self.units if unit.kind == kind)

    @property
    def rights(self) -> Caller:
        """The same caller with that alone on which rights depend: who, in which role, with which units and token."""
        return replace(self, username="", name="", locale="", default_batch_id=None)

    def cut_to(self, kind: str, code: str) -> Caller:
        """The same caller holding, of the units of this kind, that one alone; none of them if he does not hold it."""
        kept = frozenset(unit for unit in self.units if unit.kind != kind or unit.code == code)
        return replace(self, units=kept)
