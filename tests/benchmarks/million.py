"""P9: what a request costs when there are a million students instead of 15,500.

A copy of the season gets more students of the same colleges in the same batch, with fewer clearances each. Then the
same requests about the same students are sent to two servers in turn, one over each database: their answers are equal,
and what one costs more than the other is the size of the tables.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from models.database_url import Dialect, parse
from tests.benchmarks.beside import Bench, Figure, measured
from tests.benchmarks.contenders import Desk
from tests.benchmarks.databases import backends_of
from tests.benchmarks.servers import lixiao
from tests.benchmarks.workloads import (
    BATCH,
    COLLEGES,
    ITEMS,
    W1,
    W1_LIBRARY,
    W1_STUDENT,
    W2,
    Numbers,
    Variables,
    Workload,
)

MILLION = 1_000_000
SMALL, LARGE = "one season", "a million students"
#: The items that the further students have: some of those that the workloads ask about.
SOME_ITEMS = ("LIB_BOOKS", "DORM_OUT", "CARD", "HUKOU")
CHOSEN = f"sheet.batch_id = (SELECT id FROM batch WHERE code = '{BATCH}') AND sheet.state = 'ACTIVE'"

PAGE_AFTER = (
    W2.document.replace("query (", "query ($after: String, ", 1)
    .replace("first: 50,", "first: 50, after: $after,", 1)
    .replace("nodes {", "pageInfo { endCursor } nodes {", 1)
)


def compared(url: str, seconds: float, rounds: int) -> list[Figure]:
    """The figures of both; the ratio of the larger one to the smaller: 1 is as cheap."""
    with contextlib.ExitStack() as stack:
        large_url = stack.enter_context(enlarged(url))
        desks = []
        for name, each in ((LARGE, large_url), (SMALL, url)):
            backends = stack.enter_context(backends_of(each))
            desks.append(Desk(replace(stack.enter_context(lixiao(each, backends)), name=name)))
        large, small = desks
        bench = Bench(large, [small], seconds)
        large.use_numbers(small)
        workloads = (W1, W1_LIBRARY, W1_STUDENT, W2, _second_pages(small))
        return measured(bench, workloads, rounds)


def _second_pages(desk: Desk) -> Workload:
    """W2, each request the page after the first one of its college and item, by its cursor."""
    given: list[Variables] = []
    for college in COLLEGES:
        for item in ITEMS:
            asked = {"college": college, "item": item, "after": None}
            cursor = desk.ask(PAGE_AFTER, asked, W2.who)["sheets"]["pageInfo"]["endCursor"]
            given.append({**asked, "after": cursor})

    def nth(n: int, _numbers: Numbers) -> Variables:
        return given[n * 7 % len(given)]

    return replace(W2, name="W2 after", what="the page after it, by its cursor", document=PAGE_AFTER, given=nth)


# --- the larger database


@contextmanager
def enlarged(url: str) -> Iterator[str]:
    """A copy of it with a million students, thrown away at the end."""
    address = parse(url)
    if address.dialect is Dialect.SQLITE:
        with tempfile.TemporaryDirectory(dir=address.path.resolve().parent) as folder:
            large = Path(folder, "million.db")
            _fill_sqlite(address.path, large)
            yield f"sqlite://{large}"
        return
    name = f"{address.credentials['database']}_million"
    server = urlunsplit(urlsplit(url)._replace(path="/postgres"))
    large_url = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    asyncio.run(_execute(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    asyncio.run(_execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{address.credentials["database"]}"'))
    try:
        asyncio.run(_fill_postgresql(large_url))
        yield large_url
    finally:
        asyncio.run(_execute(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


def _fill_sqlite(source: Path, target: Path) -> None:
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)
        new.execute("PRAGMA cache_size = -400000")
        new.execute("PRAGMA synchronous = OFF")
        new.execute("PRAGMA journal_mode = OFF")
        [there] = new.execute(f"SELECT count(*) FROM sheet WHERE {CHOSEN}").fetchone()
        copies = f"(WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < {_copies(there)})"
        copies += " SELECT n FROM copy)"
        for table in ("student", "sheet", "clearance"):
            columns = [row[1] for row in new.execute(f"PRAGMA table_info({table})")]
            new.execute(_more_of(table, columns, copies))
        new.commit()
        new.execute("ANALYZE")
        new.commit()
        new.execute("PRAGMA journal_mode = WAL")


async def _fill_postgresql(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
    there = await connection.fetchval(f"SELECT count(*) FROM sheet WHERE {CHOSEN}")
    for table in ("student", "sheet", "clearance"):
        rows = await connection.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_name = $1 AND table_schema = 'public'"
            " ORDER BY ordinal_position",
            table,
        )
        copies = f"(SELECT n FROM generate_series(1, {_copies(there)}) AS n)"
        await connection.execute(_more_of(table, [name for (name,) in rows], copies), timeout=3600)
    await connection.execute("VACUUM ANALYZE", timeout=3600)
    await connection.close()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


def _copies(there: int) -> int:
    return round(MILLION / there) - 1


#: What is not simply copied, by table and column; the ids of a copy are those of the first, so and so far away.
CHANGED: Mapping[str, Mapping[str, str]] = {
    "student": {
        "id": "student.id + copy.n * 1000000",
        "student_no": "student.student_no || '-' || copy.n",
        "id_no": "NULL",
        "person_id": "NULL",
        "user_id": "NULL",
    },
    "sheet": {
        "id": "sheet.id + copy.n * 1000000",
        "student_id": "sheet.student_id + copy.n * 1000000",
        "holder": "sheet.holder + copy.n * 1000000",
        "verify_token": "substr(sheet.verify_token, 1, 26) || '-' || copy.n",
        "moved_to_id": "NULL",
    },
    "clearance": {
        "id": "clearance.id + copy.n * 10000000",
        "sheet_id": "clearance.sheet_id + copy.n * 1000000",
    },
}
FROM: Mapping[str, str] = {
    "student": f"student WHERE student.id IN (SELECT student_id FROM sheet WHERE {CHOSEN} AND sheet.id < 1000000)",
    "sheet": f"sheet WHERE {CHOSEN} AND sheet.id < 1000000",
    "clearance": f"clearance WHERE clearance.sheet_id IN (SELECT id FROM sheet WHERE {CHOSEN} AND id < 1000000)"
    f" AND clearance.item_id IN (SELECT id FROM item WHERE code IN {SOME_ITEMS})",
}


def _more_of(table: str, columns: list[str], copies: str) -> str:
    values = ", ".join(CHANGED[table].get(each, f"{table}.{each}") for each in columns)
    source, _, condition = FROM[table].partition(" WHERE ")
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {copies} AS copy CROSS JOIN {source}"
        f" WHERE {condition} ORDER BY copy.n, {table}.id"
    )
