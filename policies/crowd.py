"""Everybody who holds a role at a moment, asked as one: the filters of the scopes then find what at least one reaches.

That is right for any scopes added up, and for what nobody's units or person narrow; where something is denied that
depends on who asks, ask for each kind of holder (see `policies.reached`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tortoise.queryset import QuerySet

from policies.caller import Caller


@dataclass(frozen=True, slots=True)
class Crowd(Caller):
    """`units` and `token` are those of all of them; `accounts` finds their assignments, whose `user_id` they are. The
    crowd is nobody itself: its own `user_id` is 0."""

    accounts: QuerySet[Any] | None = None
