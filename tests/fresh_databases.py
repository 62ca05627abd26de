"""Databases for tests: migrated once a run, then a copy (SQLite) or emptied (PostgreSQL) for each test."""

from __future__ import annotations

import os
import secrets
import shutil
from abc import ABC, abstractmethod
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from models import migrate


class FreshDatabases(ABC):
    """Makes databases for tests."""

    @abstractmethod
    async def start(self) -> None: ...

    @abstractmethod
    async def stop(self) -> None: ...

    @abstractmethod
    async def make_empty(self) -> str:
        """The URL of a database without tables."""

    @abstractmethod
    async def drop(self, url: str) -> None:
        """Removes a database that `make_empty` or `make_own` made."""

    @abstractmethod
    async def make_own(self) -> str:
        """The URL of a database with tables and without rows, whose tables the test may change; to be dropped, too."""

    @abstractmethod
    async def make_migrated(self, folder: Path) -> str:
        """The URL of a database with tables and without rows; the tables are to be left as they are."""


class FreshSqlite(FreshDatabases):
    """One file, migrated; each test gets a copy."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        self._numbers = count(1)

    async def start(self) -> None:
        await migrate.migrate(f"sqlite://{self._template}")

    async def stop(self) -> None:
        """pytest removes its folders itself."""

    async def make_empty(self) -> str:
        file = self._folder / f"empty{next(self._numbers)}.db"
        file.touch()
        return f"sqlite://{file}"

    async def drop(self, url: str) -> None:
        """pytest removes its folders itself."""

    async def make_own(self) -> str:
        url = await self.make_empty()
        shutil.copyfile(self._template, url.removeprefix("sqlite://"))
        return url

    async def make_migrated(self, folder: Path) -> str:
        file = folder / "lixiao.db"
        shutil.copyfile(self._template, file)
        return f"sqlite://{file}"


class FreshPostgresql(FreshDatabases):
    """One database of this process beside the one of `url`, migrated; emptied before each test."""

    def __init__(self, url: str) -> None:
        self._server = url
        self._name = (
            f"lixiao_test_{os.getpid()}_{secrets.token_hex(4)}"  # another machine may count its processes alike
        )
        self._numbers = count(1)
        self._url = self._beside(self._name)

    def _beside(self, name: str) -> str:
        return urlunsplit(urlsplit(self._server)._replace(path=f"/{name}"))

    async def start(self) -> None:
        await self._on_server(
            f'CREATE DATABASE "{self._name}"',
            f'ALTER DATABASE "{self._name}" SET synchronous_commit = off',
        )
        await migrate.migrate(self._url)

    async def stop(self) -> None:
        await self.drop(self._url)

    async def make_empty(self) -> str:
        name = f"{self._name}_{next(self._numbers)}"
        await self._on_server(f'CREATE DATABASE "{name}"')
        return self._beside(name)

    async def make_own(self) -> str:
        name = f"{self._name}_{next(self._numbers)}"
        await self._empty()
        await self._on_server(f'CREATE DATABASE "{name}" TEMPLATE "{self._name}"')
        return self._beside(name)

    async def drop(self, url: str) -> None:
        await self._on_server(f'DROP DATABASE "{urlsplit(url).path.lstrip("/")}" WITH (FORCE)')

    async def make_migrated(self, folder: Path) -> str:
        await self._empty()
        return self._url

    async def _empty(self) -> None:
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute(EMPTY)
        finally:
            await connection.close()

    async def _on_server(self, *statements: str) -> None:
        connection = await asyncpg.connect(self._server)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


#: Ends what an earlier test left running, waits until it has, empties the tables that hold rows, and starts every
#: number at 1 again. As "replica" foreign keys and triggers stand aside: that needs a superuser, and is many times
#: faster than TRUNCATE, which makes new files for each table and index.
EMPTY = """
DO $$
DECLARE
    place text;
    holds_rows boolean;
BEGIN
    PERFORM set_config('session_replication_role', 'replica', true);
    LOOP
        PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid();
        EXIT WHEN NOT found;
        PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
    END LOOP;
    FOR place IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations' LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', place) INTO holds_rows;
        IF holds_rows THEN EXECUTE format('DELETE FROM %I', place); END IF;
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences
        WHERE schemaname = 'public' AND last_value IS NOT NULL AND sequencename <> 'tortoise_migrations_id_seq';
END $$
"""
