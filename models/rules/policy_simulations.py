"""Keeps on record that somebody simulated another's rights: who asked, about whom and what; never what came out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from models import database
from models.enums import OperationKind, Outcome
from models.rules.actor import Actor, Permit
from models.rules.journal import record
from models.rules.recording import Head
from models.rules.results import RowOutcome


async def record_simulation(actor: Actor, *, user_id: int | None, parameters: Mapping[str, Any], permit: Permit) -> int:
    """Writes the operation and gives its id. `user_id` is the account that is simulated, None for a role in general.
    Nothing changed, so there is no event. Refuses with FORBIDDEN when the right is gone meanwhile."""
    about = [RowOutcome(Outcome.UNCHANGED, "", object_id=user_id)] if user_id is not None else []

    async def work() -> int:
        await permit()
        head = Head(OperationKind.SIMULATE_POLICY, actor, parameters=parameters)
        return await record(head, about, [], datetime.now(UTC), about="User")

    return await database.atomically(work)
