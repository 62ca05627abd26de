"""The simplest rows there are, written and read by SQL: for the tests of the database itself."""

from __future__ import annotations

from datetime import UTC, datetime

from models import database

NOW = datetime(2026, 6, 1, 8, 30, tzinfo=UTC)
INSERT = (
    "INSERT INTO college (version, created_at, updated_at, code, name, name_en, office_place, office_phone,"
    " secretary_phone, certificate_place, certificate_phone, active)"
    " VALUES (1, ?2, ?2, ?1, '', '', '', '', '', '', '', ?3)"
)


async def insert(code: str) -> None:
    await database.execute(INSERT, [code, NOW, True])


async def codes() -> list[str]:
    return [code for (code,) in await database.fetch("SELECT code FROM college ORDER BY code")]
