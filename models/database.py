"""The one database of this process: connecting, transactions, and set-based SQL where Tortoise's queries would be slow.

Everything a caller needs is a function here; how SQL is written for both databases stands in `models.portable_sql`.
On SQLite there is one connection for writing, whose lock is the process's write lock, and read-only ones beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext, get_current_context
from tortoise.exceptions import BaseORMException, IntegrityError, OperationalError
from tortoise.log import db_client_logger

from models.connection_asyncpg import PostgresqlTransaction
from models.connection_sqlite import SqliteConnection, SqliteTransaction
from models.database_url import DatabaseUrl, Dialect, parse
from models.portable_sql import adapt, translate

T = TypeVar("T")
Row = Sequence[Any]  # sqlite3.Row or asyncpg.Record: by position, by name, and unpacked like a tuple

ALIAS = "default"
APP = "models"
MIGRATIONS = "models.migrations"
ATTEMPTS = 6
POOL_MAXSIZE = 10
ROWS_AT_ONCE = 500  # made ready for the driver before others get their turn

#: WAL: readers and the writer do not wait for each other. foreign_keys: SQLite checks none without it. busy_timeout:
#: how long BEGIN IMMEDIATE waits for another process, in ms. synchronous NORMAL: in WAL it survives a crash of the
#: process and never corrupts; a power cut may lose the last commits, for one fsync less at each. mmap, cache: 64 MiB.
SQLITE_PRAGMAS: dict[str, str | int] = {
    "journal_mode": "WAL",
    "foreign_keys": "ON",
    "busy_timeout": 5000,
    "synchronous": "NORMAL",
    "cache_size": -65536,
    "mmap_size": 67108864,
    "temp_store": "MEMORY",
}


class DatabaseUnavailable(Exception):
    """The database cannot be reached or opened; the message is one line without a password."""


class NotMigrated(Exception):
    """The database's schema is not this version's; the message says what to do."""


# --- connecting


async def connect(url: str) -> None:
    """Opens the database and makes it the one that models, `fetch` and `transaction` use, in every task of the process.

    One at a time: `disconnect` first to open another. The event loop it is called in is the one that may use it.
    Raises BadDatabaseUrl for a URL that says nothing, DatabaseUnavailable when nobody answers or when there is no such
    file: only migrating makes one, else a mistyped name would be an empty database.
    """
    address = parse(url)
    if address.dialect is Dialect.SQLITE and not address.path.exists():
        raise DatabaseUnavailable(f"{address}: there is no such database; `lixiao migrate` makes one")
    context = TortoiseContext()
    with context:  # for this call only: what stays is the global one, for a context variable is this task's alone
        await context.init(config=tortoise_config(address), use_tz=True, timezone="UTC", _enable_global_fallback=True)
    try:
        await ping(address)
    except DatabaseUnavailable:
        await disconnect()
        raise


async def disconnect() -> None:
    """Closes every connection. Harmless when there is none."""
    context = get_current_context()
    if context is not None:
        await context.close_connections()


async def ping(address: DatabaseUrl | None = None) -> None:
    """Asks the database for an answer. Raises DatabaseUnavailable, which names `address`."""
    try:
        await fetch("SELECT count(*) FROM sqlite_schema" if dialect() is Dialect.SQLITE else "SELECT 1")
    except UNAVAILABLE as problem:
        reason = " ".join(str(problem).split()) or type(problem).__name__
        raise DatabaseUnavailable(f"{address or 'the database'} does not answer: {reason}") from None


#: No answer at all: the network, the server's refusal to let us in, a file that is none of ours.
UNAVAILABLE = (
    OSError,
    TimeoutError,
    sqlite3.DatabaseError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    BaseORMException,
)


async def require_migrated() -> None:
    """Raises NotMigrated unless every migration of this version has been applied."""
    from models import migrate  # migrate stands above this module

    missing = await migrate.pending()
    if missing:
        raise NotMigrated(f"the database lacks {len(missing)} migration(s), from {missing[0]}: run `lixiao migrate`")


def tortoise_config(address: DatabaseUrl, **pragmas: str | int) -> dict[str, Any]:
    """Tortoise's configuration for `address`; `pragmas` replace SQLITE_PRAGMAS of the same name."""
    if address.dialect is Dialect.SQLITE:
        engine, credentials = "models.connection_sqlite", {"file_path": str(address.path), **SQLITE_PRAGMAS, **pragmas}
    else:
        engine, credentials = "models.connection_asyncpg", {"maxsize": POOL_MAXSIZE, **address.credentials}
    return {
        "connections": {ALIAS: {"engine": engine, "credentials": credentials}},
        "apps": {APP: {"models": ["models"], "migrations": MIGRATIONS, "default_connection": ALIAS}},
    }


def make_folder(address: DatabaseUrl) -> None:
    """The folder of a SQLite file. Raises DatabaseUnavailable."""
    if address.dialect is not Dialect.SQLITE:
        return
    try:
        address.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise DatabaseUnavailable(f"{address}: {problem.strerror}") from None


def dialect() -> Dialect:
    """Which database this process is connected to."""
    return _dialect_of(current_client())


def _dialect_of(client: BaseDBAsyncClient) -> Dialect:
    return Dialect.SQLITE if isinstance(client, SqliteConnection | SqliteTransaction) else Dialect.POSTGRESQL


def connections() -> dict[str, int]:
    """How many connections the pool has open, and how many of them are idle; nothing on SQLite, which has no pool."""
    pool = getattr(get_connection(ALIAS), "_pool", None)
    return {} if pool is None else {"open": pool.get_size(), "idle": pool.get_idle_size()}


def current_client() -> BaseDBAsyncClient:
    """The transaction this task is in, else the process's connection."""
    if get_current_context() is None:
        raise DatabaseUnavailable("not connected: call models.database.connect first")
    return get_connection(ALIAS)


# --- transactions


def in_transaction() -> bool:
    """Whether this task is inside `transaction()`."""
    return isinstance(current_client(), SqliteTransaction | PostgresqlTransaction)


@contextlib.asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """All or nothing: commits at the end, rolls back on any exception, cancellation included.

    On SQLite it takes the write lock at once (BEGIN IMMEDIATE). Used inside itself it is a savepoint: to go on after an
    IntegrityError, catch it outside of an inner `transaction()`. Tasks started inside belong to the transaction: await
    them before it ends.
    """
    async with current_client()._in_transaction():
        yield


async def atomically(work: Callable[[], Awaitable[T]]) -> T:
    """Runs `work` in a transaction and gives its result; again from the start, at most ATTEMPTS times, when the
    database says that somebody else was in the way (serialization failure, deadlock, a key just taken, SQLite busy).

    `work` must therefore have no effect beside the database. Inside a transaction it runs once, as a savepoint: only
    the outermost transaction can be repeated.
    """
    last = 1 if in_transaction() else ATTEMPTS
    for attempt in range(1, last + 1):
        try:
            async with transaction():
                return await work()
        except Exception as error:
            if attempt == last or not was_in_the_way(error):
                raise
            await asyncio.sleep(random.uniform(0.5, 1) * 0.01 * 2**attempt)  # noqa: S311  # jitter, not a secret
    raise AssertionError("the last attempt returns or raises")


#: PostgreSQL's serialization failure and deadlock; and its unique violation: an act looks before it inserts, so what is
#: taken was taken by another transaction meanwhile, and the act that runs again sees it and can say so.
IN_THE_WAY = frozenset({"40001", "40P01", "23505"})


def was_in_the_way(error: BaseException) -> bool:
    """Whether the same transaction may well succeed when it is run again.

    The driver's own error may be wrapped by Tortoise (as argument and context) or arrive bare (asyncpg's deadlock).
    """
    seen: set[int] = set()
    pending: list[object] = [error]
    while pending:
        found = pending.pop()
        if not isinstance(found, BaseException) or id(found) in seen:
            continue
        seen.add(id(found))
        if getattr(found, "sqlstate", None) in IN_THE_WAY:
            return True
        if (getattr(found, "sqlite_errorcode", None) or 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return True
        pending += [found.__cause__, found.__context__, *found.args]
    return False


# --- SQL (see models.portable_sql for how it is written)

#: What SQLite's read-only connection may answer.
READS = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)


async def fetch(sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """The rows of a SELECT, or of any statement with RETURNING.

    Outside a transaction SQLite answers SELECT and WITH from its read-only connection. SQLite gives moments and JSON as
    text and booleans as 0 and 1. Raises Tortoise's IntegrityError and OperationalError, as the models do.
    """
    return await _fetched(*_prepared(sql, parameters), plain=False)


async def fetch_plain(sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """The rows of a SELECT that is written for this database's driver already, with its own `?` or `$1`, and whose rows
    are read by position alone: SQLite gives tuples outside a transaction, which are made faster. Raises as above."""
    client = current_client()
    values = adapt(parameters, _dialect_of(client))
    if client.log.isEnabledFor(logging.DEBUG):
        client.log.debug("%s: %s", sql, values)
    return await _fetched(client, sql, values, plain=True)


async def _fetched(client: BaseDBAsyncClient, text: str, values: list[Any], *, plain: bool) -> list[Row]:
    with _tortoise_errors():
        if isinstance(client, SqliteConnection) and (plain or READS.match(text)):
            return await client.read(text, values, plain=plain)
        async with client.acquire_connection() as connection:
            if isinstance(client, SqliteConnection | SqliteTransaction):
                return list(await connection.execute_fetchall(text, values))
            rows: list[Row] = await connection.fetch(text, *values)
            return rows


async def execute(sql: str, parameters: Sequence[Any] = ()) -> int:
    """Runs one statement and gives the number of rows it changed itself, those of triggers not counted.

    Raises as `fetch` does.
    """
    client, text, values = _prepared(sql, parameters)
    with _tortoise_errors():
        async with client.acquire_connection() as connection:
            if _dialect_of(client) is Dialect.POSTGRESQL:
                return _rows_changed(await connection.execute(text, *values))
            cursor = await connection.execute(text, values)
            if cursor.rowcount >= 0:
                return int(cursor.rowcount)
            [(changed,)] = await connection.execute_fetchall("SELECT changes()")  # the cursor says -1 after WITH …
            return int(changed)


def _prepared(sql: str, parameters: Sequence[Any]) -> tuple[BaseDBAsyncClient, str, list[Any]]:
    client = current_client()
    kind = _dialect_of(client)
    statement = translate(sql, kind)
    values = statement.arranged(adapt(parameters, kind))
    client.log.debug("%s: %s", statement.text, values)
    return client, statement.text, values


@contextlib.contextmanager
def _tortoise_errors() -> Iterator[None]:
    """Tortoise's names for the drivers' errors, so that callers know one of each."""
    try:
        yield
    except (sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError) as error:
        raise IntegrityError(error) from error
    except (sqlite3.OperationalError, asyncpg.SyntaxOrAccessError, asyncpg.DataError) as error:
        raise OperationalError(error) from error


def _rows_changed(tag: str) -> int:
    """asyncpg answers `UPDATE 3`, `INSERT 0 3` or, for others, a word."""
    last = tag.rpartition(" ")[2]
    return int(last) if last.isdigit() else 0


async def execute_many(sql: str, rows: Iterable[Sequence[Any]]) -> None:
    """Runs one statement once for each row, all or none. Raises as `fetch` does."""
    kind = dialect()
    statement = translate(sql, kind)
    values = [statement.arranged(each) for each in await _adapted(rows, kind)]
    if values:
        await current_client().execute_many(statement.text, values)


async def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Inserts many rows at the database's full speed: COPY on PostgreSQL, one prepared INSERT on SQLite.

    Columns that are not named get the database's default, not the model's.
    """
    if dialect() is Dialect.SQLITE:
        places = ", ".join(f"?{n}" for n in range(1, len(columns) + 1))
        names = ", ".join(f'"{column}"' for column in columns)
        await execute_many(f'INSERT INTO "{table}" ({names}) VALUES ({places})', rows)
        return
    client = current_client()
    client.log.debug("%s: %s", f"COPY {table}", columns)
    records = [tuple(each) for each in await _adapted(rows, Dialect.POSTGRESQL)]
    with _tortoise_errors():
        async with client.acquire_connection() as connection:
            await connection.copy_records_to_table(table, records=records, columns=list(columns))


async def _adapted(rows: Iterable[Sequence[Any]], kind: Dialect) -> list[list[Any]]:
    """The rows as the driver takes them; of many the event loop is given back now and then."""
    found: list[list[Any]] = []
    for row in rows:
        found.append(adapt(row, kind))
        if len(found) % ROWS_AT_ONCE == 0:
            await asyncio.sleep(0)
    return found


# --- looking on


@contextlib.contextmanager
def statements() -> Iterator[list[str]]:
    """Collects the SQL that the whole process sends meanwhile, Tortoise's and ours; not BEGIN, COMMIT, savepoints.

    It listens to Tortoise's own log, to which `fetch` and its like write too.
    """
    listener = _Listener()
    level = db_client_logger.level
    db_client_logger.addHandler(listener)
    db_client_logger.setLevel(logging.DEBUG)
    try:
        yield listener.sent
    finally:
        db_client_logger.setLevel(level)
        db_client_logger.removeHandler(listener)


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.sent: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == "%s: %s" and isinstance(record.args, tuple):
            self.sent.append(str(record.args[0]))
        elif not record.args:  # a script
            self.sent.append(str(record.msg))
