"""The database: connecting, transactions, retries, set-based SQL, counting statements."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from datetime import timedelta, timezone
from pathlib import Path

import asyncpg
import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from models import College, database, migrate
from models.portable_sql import many, table
from tests.models.colleges import INSERT, NOW, codes, insert

ROOT = Path(__file__).parents[2]


# --- connecting


async def test_a_database_that_is_not_there_is_one_clear_line(tmp_path):
    with pytest.raises(database.DatabaseUnavailable) as nowhere:
        await database.connect(f"sqlite://{tmp_path}/typed/wrong.db")
    assert str(nowhere.value) == (
        f"SQLite {tmp_path}/typed/wrong.db: there is no such database; `lixiao migrate` makes one"
    )
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "garbage.db").write_bytes(b"garbage" * 1000)
    with pytest.raises(database.DatabaseUnavailable) as garbage:
        await database.connect(f"sqlite://{tmp_path}/garbage.db")
    assert str(garbage.value) == f"SQLite {tmp_path}/garbage.db does not answer: file is not a database"
    with pytest.raises(database.DatabaseUnavailable) as closed:
        await database.connect("postgres://lixiao:geheim@127.0.0.1:1/lixiao")
    assert str(closed.value).startswith("PostgreSQL lixiao@127.0.0.1:1/lixiao does not answer: ")
    assert "geheim" not in str(closed.value)
    with pytest.raises(database.DatabaseUnavailable, match="not connected"):
        await database.fetch("SELECT 1")


async def test_an_empty_database_is_not_migrated(empty_database_url):
    await database.connect(empty_database_url)
    try:
        with pytest.raises(database.NotMigrated) as error:
            await database.require_migrated()
        assert str(error.value) == (
            f"the database lacks {len(migrate.known())} migration(s), from 0001_initial: run `lixiao migrate`"
        )
    finally:
        await database.disconnect()


async def test_a_database_of_a_newer_version_is_refused(database):
    await database.require_migrated()
    await database.execute(
        "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('models', '9999_later', ?1)", [NOW]
    )
    with pytest.raises(database.NotMigrated, match="newer version of Lixiao \\(it has 9999_later\\)"):
        await database.require_migrated()
    await database.execute("DELETE FROM tortoise_migrations WHERE name = '9999_later'")


# --- transactions


async def test_a_transaction_is_all_or_nothing(database):
    async def fails() -> None:
        async with database.transaction():
            await insert("A")
            raise LookupError

    with pytest.raises(LookupError):
        await fails()
    assert await codes() == []
    async with database.transaction():
        assert database.in_transaction()
        await insert("A")
        await College.create(code="B", name="二")
    assert not database.in_transaction()
    assert await codes() == ["A", "B"]


async def test_a_savepoint_fails_alone(database):
    async def fails() -> None:
        async with database.transaction():
            await insert("B")
            await insert("A")

    async with database.transaction():
        await insert("A")
        with pytest.raises(IntegrityError):
            await fails()
        async with database.transaction():
            await insert("C")
    assert await codes() == ["A", "C"]


async def test_tortoise_sees_the_transaction(database):
    async with database.transaction():
        await College.create(code="A", name="一")
        assert await College.all().count() == 1
    assert await College.all().count() == 1


async def test_readers_do_not_wait_for_a_writer(database):
    """On one SQLite connection a read would wait until the transaction ends, which here it never would."""
    ready, done = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with database.transaction():
            await insert("A")
            ready.set()
            await done.wait()

    writer = asyncio.create_task(write())
    async with asyncio.timeout(60):
        await ready.wait()
        assert await codes() == []
        assert await College.all().count() == 0
        done.set()
        await writer
    assert await codes() == ["A"]


async def test_three_processes_read_then_write_and_none_is_locked_out(database, database_url):
    await insert("A")
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.models.read_then_write", database_url, "60"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    outputs = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [errors.decode() for _, errors in outputs] == ["", "", ""]
    assert (await College.get(code="A")).version == 181


# --- trying again


def busy() -> Exception:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY_SNAPSHOT
    return OperationalError(error)


@pytest.mark.parametrize(
    "in_the_way",
    [busy(), asyncpg.SerializationError("x"), asyncpg.DeadlockDetectedError("x"), asyncpg.UniqueViolationError("x")],
)
async def test_who_was_in_the_way_is_tried_again(database, in_the_way):
    tries = 0

    async def work() -> str:
        nonlocal tries
        tries += 1
        await insert(str(tries))
        if tries < 3:
            raise in_the_way
        return "done"

    assert await database.atomically(work) == "done"
    assert await codes() == ["3"]


async def test_trying_again_ends(database):
    tries = 0

    async def work() -> None:
        nonlocal tries
        tries += 1
        raise asyncpg.DeadlockDetectedError("x")

    with pytest.raises(asyncpg.DeadlockDetectedError):
        await database.atomically(work)
    assert tries == database.ATTEMPTS


async def test_other_failures_and_inner_ones_are_not_tried_again(database):
    tries = 0

    async def wrong() -> None:
        nonlocal tries
        tries += 1
        raise LookupError

    async def in_the_way() -> None:
        nonlocal tries
        tries += 1
        raise asyncpg.DeadlockDetectedError("x")

    with pytest.raises(LookupError):
        await database.atomically(wrong)
    assert tries == 1
    with pytest.raises(asyncpg.DeadlockDetectedError):
        async with database.transaction():
            await database.atomically(in_the_way)
    assert tries == 2


# --- SQL


async def test_lists_and_tables_travel_as_one_parameter(database):
    await database.copy_rows(
        "college",
        ["version", "created_at", "updated_at", "code", "name", "name_en", "office_place", "office_phone",
         "secretary_phone", "certificate_place", "certificate_phone", "active"],
        ([1, NOW, NOW, f"{n:05}", "学院", "", "", "", "", "", "", n % 2 == 0] for n in range(5000)),
    )  # fmt: skip
    ids = [row["id"] for row in await database.fetch("SELECT id FROM college ORDER BY code")]
    assert len(ids) == 5000
    found = await database.fetch("SELECT code FROM college WHERE id IN LIST(?1) ORDER BY id", [many(ids[100:4900])])
    assert [found[0][0], found[-1]["code"], len(found)] == ["00100", "04899", 4800]
    assert await database.execute("DELETE FROM college WHERE code NOT IN LIST(?1)", [many(["00007", "00008"])]) == 4998
    changed = await database.execute(
        "UPDATE college SET name = new.name, updated_at = new.at FROM ROWS(?1: id bigint, name text, at timestamptz)"
        " AS new WHERE college.id = new.id",
        [table([(ids[7], "七", NOW), (ids[8], "八", NOW + timedelta(hours=1)), (ids[9], "九", NOW)])],
    )
    assert changed == 2
    rows = await College.all().order_by("code").values_list("name", "updated_at", "active")
    assert rows == [("七", NOW, False), ("八", NOW + timedelta(hours=1), True)]


async def test_execute_counts_its_own_rows(database):
    await insert("A")
    await insert("B")
    assert await database.execute("UPDATE college SET name = ?1", ["x"]) == 2
    assert await database.execute("UPDATE college SET name = ?1 WHERE code = 'C'", ["x"]) == 0
    assert (
        await database.execute("WITH a AS (SELECT 'A' AS c) DELETE FROM college WHERE code IN (SELECT c FROM a)") == 1
    )
    async with database.transaction():
        rows = await database.fetch("UPDATE college SET name = ?1 RETURNING code, name", ["y"])
        assert [tuple(row) for row in rows] == [("B", "y")]
    rows = await database.fetch("DELETE FROM college RETURNING code")
    assert [tuple(row) for row in rows] == [("B",)]


async def test_moments_are_stored_as_tortoise_stores_them(database):
    """On SQLite moments are text: another zone's spelling would sort and compare wrongly."""
    shanghai = NOW.astimezone(timezone(timedelta(hours=8)))
    await database.execute(INSERT, ["A", shanghai, True])
    college = await College.create(code="B", name="")
    await College.filter(id=college.id).update(created_at=shanghai)
    assert await College.filter(created_at=NOW).count() == 2
    [(first,), (second,)] = await database.fetch("SELECT created_at FROM college")
    assert first == second


async def test_a_bare_list_is_refused(database):
    with pytest.raises(TypeError, match="many"):
        await database.fetch("SELECT 1 FROM college WHERE id IN LIST(?1)", [[1, 2]])


async def test_rows_are_all_inserted_or_none(database):
    with pytest.raises(IntegrityError):
        await database.execute_many(INSERT, [["A", NOW, True], ["B", NOW, True], ["A", NOW, True]])
    assert await codes() == []


# --- looking on


async def test_statements_of_both_kinds_are_counted(database):
    with database.statements() as sent:
        async with database.transaction():
            await insert("A")
            await College.filter(code="A").update(name="x")
        await codes()
        await College.get(code="A")
        await database.execute_many(INSERT, [["B", NOW, True], ["C", NOW, True]])
    assert [statement.split(" ", 1)[0] for statement in sent] == ["INSERT", "UPDATE", "SELECT", "SELECT", "INSERT"]
    await codes()
    assert len(sent) == 5
