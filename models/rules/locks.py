"""The locks of a write, always in this order: the batch, then its sheets by id; a sheet is the mutex of all on it.

On PostgreSQL rows are locked by SELECT … ORDER BY id FOR NO KEY UPDATE: an UPDATE with a list of ids locks in the order
it scans, and deadlocks. FOR UPDATE would also stop everybody who merely stores a reference to the sheet, as a dry run
does for each of its rows, in the order of its list: those two deadlocked. On SQLite BEGIN IMMEDIATE already holds the
only lock there is, so there is nothing to do. What was read before the lock must be read again after it.
"""

from __future__ import annotations

from collections.abc import Iterable

from models import database
from models.database_url import Dialect
from models.portable_sql import many


async def lock_batch(batch_id: int, *, exclusive: bool) -> None:
    """Shared for work on sheets and clearances; exclusive for a change of the batch or of its items."""
    if _nothing_to_do():
        return
    mode = "UPDATE" if exclusive else "SHARE"
    await database.fetch(f"SELECT id FROM batch WHERE id = ?1 FOR {mode}", [batch_id])


async def lock_sheets(ids: Iterable[int]) -> None:
    """Locks these sheets, in the order of their ids whatever the order given."""
    if _nothing_to_do():
        return
    await database.fetch("SELECT id FROM sheet WHERE id IN LIST(?1) ORDER BY id FOR NO KEY UPDATE", [many(ids)])


async def lock_name(name: str) -> None:
    """Locks what has no row of its own, until the transaction ends; two names may, harmlessly, share a lock."""
    if _nothing_to_do():
        return
    await database.fetch("SELECT pg_advisory_xact_lock(hashtextextended(?1, 0))", [name])


def _nothing_to_do() -> bool:
    if not database.in_transaction():
        raise AssertionError("a lock outside a transaction holds nothing: open `transaction()` first")
    return database.dialect() is Dialect.SQLITE
