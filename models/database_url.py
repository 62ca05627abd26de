"""What a database URL says: SQLite and where its file is, or PostgreSQL and how to reach it. Opens nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


class Dialect(Enum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class BadDatabaseUrl(ValueError):
    """The text is no database URL that Lixiao knows; the message is one line and shows no password."""


POSTGRESQL_SCHEMES = ("postgres", "postgresql", "asyncpg")
FORMS = "sqlite://var/lixiao.db, sqlite:////srv/lixiao.db or postgres://user:password@host:5432/name"

#: What may stand after `?` in a PostgreSQL URL, and what it is read as. `statement_cache_size=0` is for PgBouncer
#: before 1.21 in transaction mode; `minsize` and `maxsize` bound the pool; times are seconds.
OPTIONS: dict[str, type[int] | type[float] | type[str]] = {
    "minsize": int,
    "maxsize": int,
    "statement_cache_size": int,
    "max_inactive_connection_lifetime": float,
    "timeout": float,
    "command_timeout": float,
    "ssl": str,
    "application_name": str,
    "schema": str,
}


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """`path` is set for SQLite; for PostgreSQL `credentials` is what Tortoise's client takes."""

    dialect: Dialect
    path: Path
    credentials: dict[str, Any]

    def __str__(self) -> str:
        """Where the database is, for messages: never the password."""
        if self.dialect is Dialect.SQLITE:
            return f"SQLite {self.path}"
        return "PostgreSQL {user}@{host}:{port}/{database}".format(**self.credentials)


def parse(url: str) -> DatabaseUrl:
    """Reads a URL. `sqlite://` is followed by a path, relative to the working directory unless it begins with `/`.

    Raises BadDatabaseUrl.
    """
    scheme, separator, rest = url.strip().partition("://")
    if not separator:
        raise BadDatabaseUrl(f"a database URL looks like {FORMS}")
    if scheme == "sqlite":
        return _sqlite(rest)
    if scheme in POSTGRESQL_SCHEMES:
        return _postgresql(url.strip())
    raise BadDatabaseUrl(f"unknown kind of database {scheme!r}; a database URL looks like {FORMS}")


def _sqlite(rest: str) -> DatabaseUrl:
    if rest in ("", "/", ":memory:", "/:memory:"):
        raise BadDatabaseUrl("SQLite needs a file: sqlite://var/lixiao.db (a database in memory would vanish)")
    if "?" in rest:
        raise BadDatabaseUrl("a SQLite URL takes no options after '?'")
    path = "/" + rest.lstrip("/") if rest.startswith("/") else rest
    return DatabaseUrl(Dialect.SQLITE, Path(unquote(path)), {})


def _postgresql(url: str) -> DatabaseUrl:
    try:
        parts = urlsplit(url)
        port = parts.port or 5432
    except ValueError:
        raise BadDatabaseUrl(f"not a database URL; one looks like {FORMS}") from None
    name = unquote(parts.path.lstrip("/"))
    if not name or "/" in name:
        raise BadDatabaseUrl("a PostgreSQL URL names one database: postgres://user:password@host:5432/name")
    credentials: dict[str, Any] = {
        "host": parts.hostname or "127.0.0.1",
        "port": port,
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password) if parts.password is not None else None,
        "database": name,
        "application_name": "lixiao",
    }
    return DatabaseUrl(Dialect.POSTGRESQL, Path(), credentials | _options(parts.query))


def _options(query: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key not in OPTIONS:
            raise BadDatabaseUrl(f"unknown option {key!r} in the database URL; known are {', '.join(OPTIONS)}")
        try:
            options[key] = OPTIONS[key](value)
        except ValueError:
            raise BadDatabaseUrl(f"option {key!r} in the database URL is not a number: {value!r}") from None
    return options
