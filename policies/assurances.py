"""What no published table may permit, whoever tunes it: the shipped tests of the policy, as data."""

from __future__ import annotations

from dataclasses import dataclass

from models.declare import Words
from policies.engine import Snapshot


@dataclass(frozen=True, slots=True)
class Assurance:
    """One promise. `words` say it on screen."""

    name: str
    words: Words


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a table breaks a promise: this role would have this right."""

    assurance: Assurance
    role: str
    object: str
    action: str
    field: str


ASSURANCES: tuple[Assurance, ...] = ()


def broken(snapshot: Snapshot) -> tuple[Broken, ...]:
    """Every right of an assignable role that breaks a promise; none for a table that may be published."""
    return ()
