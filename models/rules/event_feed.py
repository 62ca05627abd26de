"""How far a reader may follow the events by cursor and be sure that none appears behind him later (B15)."""

from __future__ import annotations

from models import database
from models.database_url import Dialect


async def horizon() -> int | None:
    """The id up to which every event is there that will ever be; None: all that are visible.

    On PostgreSQL ids are taken before the commit, and an open transaction may hold smaller ones than those one sees,
    see `models.extra_objects`; read the events after this, in a statement of its own. On SQLite there is one writer.
    """
    if database.dialect() is Dialect.SQLITE:
        return None
    [(found,)] = await database.fetch("SELECT lixiao_event_horizon()")
    return int(found)
