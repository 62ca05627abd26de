"""`lixiao migrate`: Tortoise's migrations between guards, in one transaction; and what is still to be applied.

On SQLite a changed column is a rebuilt table. With foreign keys on, that once deleted every row that referred to it,
so: foreign keys off → backup beside the database → upgrade → no table has lost a row → what the rebuild lost is made
anew → foreign keys hold → commit. On PostgreSQL the same inside an advisory lock, without the backup. Whatever fails,
nothing is changed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pkgutil
import sqlite3
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import asyncpg
from tortoise.context import TortoiseContext, require_context
from tortoise.exceptions import BaseORMException
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.schema_editor import SqliteSchemaEditor
from tortoise.migrations.writer import format_migration_name
from tortoise.models import Model

from models import database, extra_objects, lost_indexes
from models.database_url import DatabaseUrl, Dialect, parse

RECORD = "tortoise_migrations"
ADVISORY_LOCK = 0x6C697869616F  # "lixiao"
BUSY_TIMEOUT = 60_000  # ms: another process may be migrating


class MigrationFailed(Exception):
    """A guard or a statement refused; the database is as it was. The message is one line."""


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """What was applied; where the backup lies, if there was anything to lose; the indexes made anew after a rebuild."""

    applied: tuple[str, ...]
    backup: Path | None = None
    restored: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """For the operator."""
        if not self.applied:
            return ["The database is up to date."]
        lines = [f"Applied {name}." for name in self.applied]
        if self.backup is not None:
            lines.append(f"The database as it was before: {self.backup}")
        return lines


# --- what is still to be applied


async def pending() -> list[str]:
    """The migrations of this version that the connected database lacks, in order.

    Raises NotMigrated when the database knows migrations that this version does not: it belongs to a newer one.
    """
    applied = await _applied()
    newer = sorted(applied - set(known()))
    if newer:
        raise database.NotMigrated(f"the database is of a newer version of Lixiao (it has {newer[-1]}): update Lixiao")
    return [name for name in known() if name not in applied]


def known() -> list[str]:
    """The names of this version's migrations, in order."""
    return sorted(module.name for module in pkgutil.iter_modules([str(_folder())]) if module.name[0].isdigit())


def _folder() -> Path:
    return Path(next(iter(import_module(database.MIGRATIONS).__path__)))


async def _applied() -> set[str]:
    if RECORD not in await _tables():
        return set()
    rows = await database.fetch(f"SELECT name FROM {RECORD} WHERE app = ?1", [database.APP])
    return {name for (name,) in rows}


async def _tables() -> set[str]:
    if database.dialect() is Dialect.SQLITE:
        rows = await database.fetch("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    else:
        rows = await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    return {name for (name,) in rows}


# --- applying


async def migrate(url: str) -> MigrationReport:
    """Brings the database at `url` to this version's schema, over a connection of its own.

    Raises DatabaseUnavailable, NotMigrated (the database is newer) or MigrationFailed.
    """
    address = parse(url)
    async with _connected(address):
        try:
            async with database.transaction():
                return await _migrate(address)
        except (BaseORMException, sqlite3.Error, asyncpg.PostgresError, ValueError) as problem:
            raise MigrationFailed(f"nothing was changed: {' '.join(str(problem).split())}") from problem


@contextlib.asynccontextmanager
async def _connected(address: DatabaseUrl) -> AsyncIterator[None]:
    """A connection of our own, without foreign keys on SQLite: inside a transaction they cannot be switched off."""
    await asyncio.to_thread(database.make_folder, address)
    config = database.tortoise_config(address, foreign_keys="OFF", busy_timeout=BUSY_TIMEOUT)
    async with TortoiseContext() as context:
        await context.init(config=config, use_tz=True, timezone="UTC")
        await database.ping(address)
        yield


async def _migrate(address: DatabaseUrl) -> MigrationReport:
    if address.dialect is Dialect.POSTGRESQL:
        await database.execute("SELECT pg_advisory_xact_lock(?1)", [ADVISORY_LOCK])
    names = await pending()
    backup: Path | None = None
    restored: list[str] = []
    if names:
        before = await _row_counts()
        if address.dialect is Dialect.SQLITE and any(before.values()):
            backup = await asyncio.to_thread(back_up, address.path)
        await _upgrade(address.dialect)
        _require_no_loss(before, await _row_counts())
        if address.dialect is Dialect.SQLITE:
            restored = await lost_indexes.restore(_models(), SqliteSchemaEditor(database.current_client()))
            await _require_foreign_keys()
    await _recreate_extra_objects(address.dialect)
    return MigrationReport(tuple(names), backup, tuple(restored))


async def _upgrade(dialect: Dialect) -> None:
    """Runs the migrations in the present transaction: each, and its record, becomes a savepoint of it."""
    if await _applied():
        await _run(extra_objects.drop(dialect))
    executor = MigrationExecutor(database.current_client(), _apps())
    await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))
    await executor.migrate(direction="forward")


async def _recreate_extra_objects(dialect: Dialect) -> None:
    await _run(extra_objects.drop(dialect))
    await _run(extra_objects.create(dialect))


async def _run(statements: list[str]) -> None:
    for statement in statements:
        await database.execute(statement)


# --- guards


def back_up(file: Path) -> Path:
    """A consistent copy of the database beside it, made while others read and the caller holds the write lock; its
    owner's alone, whoever may read the database."""
    target = file.with_name(f"{file.name}.{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.backup")
    with contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as source:
        target.touch(mode=0o600, exist_ok=False)
        with contextlib.closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
    return target


async def _row_counts() -> dict[str, int]:
    counts = {}
    for table in sorted(await _tables() - {RECORD}):
        [(counts[table],)] = await database.fetch(f'SELECT count(*) FROM "{table}"')
    return counts


def _require_no_loss(before: dict[str, int], after: dict[str, int]) -> None:
    """A migration that means to drop a table empties it first, in a migration of its own."""
    for table, rows in before.items():
        if after.get(table, 0) != rows:
            raise MigrationFailed(
                f"nothing was changed: table {table} had {rows} rows and would have {after.get(table, 0)}"
            )


async def _require_foreign_keys() -> None:
    broken = await database.fetch('SELECT "table", count(*) FROM pragma_foreign_key_check() GROUP BY 1 ORDER BY 1')
    if broken:
        tables = ", ".join(f"{table} ({rows} rows)" for table, rows in broken)
        raise MigrationFailed(f"nothing was changed: foreign keys would point nowhere in {tables}")


# --- writing a migration (developers)


async def changes(name: str | None = None) -> dict[Path, str]:
    """The migrations that would bring the newest schema to what the models say: file and text. Empty when they agree.

    Needs no database. A renamed field comes out as removed and added, which loses its data: write RenameField instead.
    """
    address = parse("sqlite://nowhere.db")
    async with TortoiseContext() as context:
        await context.init(config=database.tortoise_config(address), init_connections=False)
        if context.apps is None:
            raise AssertionError("init fills apps")
        _declare_plainly(_models())
        writers = await MigrationAutodetector(context.apps, _apps()).changes()
    if name:
        for writer in writers:
            writer.name = format_migration_name(int(writer.name[:4]), name)
    return {_folder() / f"{writer.name}.py": writer.as_string() for writer in writers}


def _declare_plainly(models: list[type[Model]]) -> None:
    """Two things of a model that Tortoise's migrations mishandle.

    A class's docstring becomes the table's comment: a change of wording would be a change of schema, and a semicolon in
    it cuts the statement in two on SQLite. And an index over a relation is made over the relation's name, which is no
    column: PostgreSQL refuses it, and SQLite takes it for a text and makes an index that nothing ever uses.
    """
    for model in models:
        model._meta.table_description = ""
        model._meta.indexes = tuple(lost_indexes.columns_of(model, index) for index in model._meta.indexes)


def _models() -> list[type[Model]]:
    apps = require_context().apps
    return list(apps[database.APP].values()) if apps else []


def _apps() -> dict[str, dict[str, object]]:
    apps: dict[str, dict[str, object]] = database.tortoise_config(parse("sqlite://nowhere.db"))["apps"]
    return apps


def main() -> None:
    """`python -m models.migrate NAME` writes the migration that the models call for."""
    written = asyncio.run(changes(sys.argv[1] if len(sys.argv) > 1 else None))
    for file, text in written.items():
        file.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{os.path.relpath(file)}\n")
    if not written:
        sys.stdout.write("The models and the migrations agree.\n")


if __name__ == "__main__":
    main()
