"""Migrating: what the models say is what the migrations make; and a later migration loses nothing, whatever happens."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import sys
from contextlib import asynccontextmanager, closing
from importlib import invalidate_caches
from pathlib import Path

import pytest
from tortoise.exceptions import IntegrityError

from models import ALL, Event, Operation, Sheet, database, lost_indexes, migrate
from models.database_url import Dialect, parse
from models.enums import OperationKind
from tests import factories

LATER = "0999_later"

WIDEN = """
ops.AlterField(model_name="Sheet", name="major", field=fields.CharField(max_length=99, default="")),
ops.AlterField(model_name="College", name="name", field=fields.CharField(max_length=99)),
ops.AlterField(model_name="Event", name="changed", field=fields.CharField(max_length=199, default="status")),
"""


@pytest.fixture
def later(tmp_path, monkeypatch):
    """Gives a function that adds one more migration, with these operations, to a copy of the project's."""

    def add(operations: str) -> None:
        name = f"later_migrations_{tmp_path.name}"
        package = tmp_path / name
        shutil.copytree(migrate._folder(), package, ignore=shutil.ignore_patterns("__pycache__"))
        (package / f"{LATER}.py").write_text(
            "from tortoise import fields, migrations\n"
            "from tortoise.migrations import operations as ops\n\n"
            "class Migration(migrations.Migration):\n"
            f"    dependencies = [('models', '{migrate.known()[-1]}')]\n"
            f"    operations = [{operations}]\n",
            encoding="utf-8",
        )
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setattr(database, "MIGRATIONS", name)
        invalidate_caches()

    yield add
    for module in [module for module in sys.modules if module.startswith("later_migrations_")]:
        del sys.modules[module]


@asynccontextmanager
async def connected(url: str):
    await database.connect(url)
    try:
        yield
    finally:
        await database.disconnect()


@pytest.fixture
async def season_url(own_database_url) -> str:
    """A database of this version, which only this test changes: three sheets with clearances, and one event."""
    async with connected(own_database_url):
        made = await factories.season(await factories.university())
        sheets = await factories.crowd(made.batch, 3)
        operation = await Operation.create(kind=OperationKind.SET_CLEARANCES)
        await Event.create(operation=operation, object="Sheet", object_id=1, sheet=sheets[0], at=operation.created_at)
    return own_database_url


async def row_counts(url: str) -> dict[str, int]:
    async with connected(url):
        return await migrate._row_counts()


async def keys_and_indexes() -> set[tuple[str, tuple[str, ...]]]:
    """Table and columns of every key and index that the database has."""
    if database.dialect() is Dialect.SQLITE:
        tables = [name for (name,) in await database.fetch("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        present = [(table, await lost_indexes._present(table)) for table in tables]
        return {(table, columns) for table, (keys, indexes) in present for columns in keys | indexes}
    rows = await database.fetch(
        "SELECT t.relname, string_agg(a.attname, ',' ORDER BY array_position(i.indkey::int2[], a.attnum))"
        " FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid"
        " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY(i.indkey) GROUP BY i.indexrelid, t.relname"
    )
    return {(table, tuple(columns.split(","))) for table, columns in rows}


def declared_keys_and_indexes() -> set[tuple[str, tuple[str, ...]]]:
    """The same, as the models declare them."""
    return {
        (model._meta.db_table, columns)
        for model in ALL
        for columns in [*lost_indexes._declared_keys(model), *lost_indexes._declared_indexes(model)]
    }


# --- the models and the migrations


async def test_the_models_and_the_migrations_agree():
    assert await migrate.changes() == {}, "run `make migration NAME=what_changed`, read what it wrote, commit it"


async def test_a_changed_model_calls_for_a_migration(monkeypatch):
    monkeypatch.setattr(Sheet._meta.fields_map["major"], "max_length", 99)
    [(file, text)] = (await migrate.changes("widen major")).items()
    assert file.name == f"{int(migrate.known()[-1][:4]) + 1:04}_widen_major.py"
    assert "model_name='Sheet'" in text
    assert "max_length=99" in text


async def test_a_change_of_wording_calls_for_none(monkeypatch):
    monkeypatch.setattr(Sheet._meta, "table_description", "other words")
    assert await migrate.changes() == {}


# --- an empty database


async def test_a_new_database_is_made_once(empty_database_url):
    first = await migrate.migrate(empty_database_url)
    assert first == migrate.MigrationReport(applied=tuple(migrate.known()))
    assert first.lines() == [f"Applied {name}." for name in migrate.known()]
    second = await migrate.migrate(empty_database_url)
    assert second == migrate.MigrationReport(applied=())
    assert second.lines() == ["The database is up to date."]
    assert not list(Path(empty_database_url).parent.glob("*.backup"))


async def test_two_at_once_apply_everything_once(empty_database_url):
    reports = await asyncio.gather(migrate.migrate(empty_database_url), migrate.migrate(empty_database_url))
    assert sorted(len(report.applied) for report in reports) == [0, len(migrate.known())]


async def test_every_declared_key_and_index_is_there(database):
    """On SQLite an index over a relation's name is made without a word, and never used."""
    assert declared_keys_and_indexes() - await keys_and_indexes() == set()


# --- a later version


async def test_widening_columns_loses_nothing(season_url, later):
    """Tortoise's own upgrade on SQLite once deleted all child rows; it loses the keys, the indexes and the triggers."""
    before = await row_counts(season_url)
    assert (before["sheet"], before["clearance"], before["event"]) == (3, 24, 1)
    later(WIDEN)
    report = await migrate.migrate(season_url)
    assert report.applied == (LATER,)
    assert await row_counts(season_url) == before
    async with connected(season_url):
        await database.require_migrated()
        assert await database.execute("UPDATE sheet SET major = ?1", ["x" * 99]) == 3
        with pytest.raises(IntegrityError):  # the key over several columns
            await database.execute("UPDATE sheet SET student_id = (SELECT min(id) FROM student)")
        with pytest.raises(IntegrityError, match="event refuses DELETE"):
            await database.execute("DELETE FROM event")
        with pytest.raises(IntegrityError):
            await database.execute("DELETE FROM college")
        assert declared_keys_and_indexes() - await keys_and_indexes() == set()


async def test_sqlite_is_backed_up_first(season_url, later):
    later(WIDEN)
    report = await migrate.migrate(season_url)
    if parse(season_url).dialect is Dialect.POSTGRESQL:  # there the operator's pg_dump is the backup
        assert report == migrate.MigrationReport((LATER,), None, ())
        return
    assert report.backup is not None
    assert report.backup.parent == parse(season_url).path.parent
    assert report.lines() == [f"Applied {LATER}.", f"The database as it was before: {report.backup}"]
    assert "sheet(batch_id, student_id)" in report.restored
    with closing(sqlite3.connect(report.backup)) as copy:
        assert copy.execute("SELECT count(*) FROM sheet").fetchone() == (3,)
        assert copy.execute("SELECT count(*) FROM tortoise_migrations").fetchone() == (len(migrate.known()) - 1,)
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize(
    ("operations", "reason"),
    [
        ('ops.RunSQL("DELETE FROM clearance WHERE sheet_id = 1")', "table clearance had 24 rows and would have 16"),
        ('ops.RunSQL("DELETE FROM clearance"), ops.RunSQL("DROP TABLE clearance")', "table clearance had 24 rows and"),
        ('ops.RunSQL("UPDATE sheet SET college_id = 999")', "foreign key"),
        ('ops.RunSQL("CREATE TABLE leftover (id int)"), ops.RunSQL("UPDATE nonsense SET x = 1")', "nonsense"),
    ],
    ids=["rows", "table", "foreign keys", "error"],
)
async def test_a_migration_that_would_do_harm_changes_nothing(season_url, later, operations, reason):
    before = await row_counts(season_url)
    later(operations)
    with pytest.raises(migrate.MigrationFailed) as failed:
        await migrate.migrate(season_url)
    assert str(failed.value).startswith("nothing was changed: ")
    assert reason in str(failed.value)
    assert "\n" not in str(failed.value)
    assert await row_counts(season_url) == before
    async with connected(season_url):
        assert await migrate.pending() == [LATER]
        with pytest.raises(IntegrityError, match="event refuses UPDATE"):
            await database.execute("UPDATE event SET role = 'x'")


async def test_a_newer_database_is_left_alone(season_url):
    async with connected(season_url):
        await database.execute(
            "UPDATE tortoise_migrations SET name = '9999_later' WHERE name = ?1", [migrate.known()[-1]]
        )
    with pytest.raises(database.NotMigrated, match="9999_later"):
        await migrate.migrate(season_url)


async def test_lost_extra_objects_are_made_anew(season_url):
    async with connected(season_url):
        table = "" if database.dialect() is Dialect.SQLITE else " ON event"
        await database.execute(f"DROP TRIGGER event_refuses_update{table}")
        await database.execute("DROP INDEX certificate_not_void")
    assert (await migrate.migrate(season_url)).applied == ()
    async with connected(season_url):
        with pytest.raises(IntegrityError, match="event refuses UPDATE"):
            await database.execute("UPDATE event SET role = 'x'")
        await database.execute("DROP INDEX certificate_not_void")
