"""A caller's key applies once (invariant 11): claimed at the start of the act's transaction, settled at its end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from models import database
from models.rules.refusals import Code, Refused


@dataclass(frozen=True, slots=True)
class Idempotency:
    """`caller` is who must not reuse the key: a user, or an API token. `fingerprint`: of the mutation and its input."""

    caller: str
    key: str
    fingerprint: str


async def claim(idempotency: Idempotency) -> int | None:
    """The operation that this key stands for, when it was applied before; else the key is this transaction's.

    A second transaction with the same key waits here until the first has ended. Refuses with IDEMPOTENCY_MISMATCH a
    key that stood for something else.
    """
    taken = await database.execute(
        "INSERT INTO idempotency_key (caller, key, fingerprint, created_at) VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (caller, key) DO NOTHING",
        [idempotency.caller, idempotency.key, idempotency.fingerprint, datetime.now(UTC)],
    )
    if taken:
        return None
    [(fingerprint, operation_id)] = await database.fetch(
        "SELECT fingerprint, operation_id FROM idempotency_key WHERE caller = ?1 AND key = ?2",
        [idempotency.caller, idempotency.key],
    )
    if fingerprint != idempotency.fingerprint:
        raise Refused(Code.IDEMPOTENCY_MISMATCH, argument="idempotencyKey")
    return int(operation_id)


async def settle(idempotency: Idempotency, operation_id: int, answered: Mapping[str, Any] | None = None) -> None:
    """Writes down what the key stands for, in the same transaction; `answered`: what the operation itself does not
    keep of the answer."""
    await database.execute(
        "UPDATE idempotency_key SET operation_id = ?3, result = ?4 WHERE caller = ?1 AND key = ?2",
        [idempotency.caller, idempotency.key, operation_id, None if answered is None else dict(answered)],
    )


async def answered_to(idempotency: Idempotency) -> dict[str, Any]:
    """What `settle` was given for the key."""
    [(stored,)] = await database.fetch(
        "SELECT result FROM idempotency_key WHERE caller = ?1 AND key = ?2", [idempotency.caller, idempotency.key]
    )
    return json.loads(stored) if stored else {}
