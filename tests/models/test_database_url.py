"""What a database URL says."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.database_url import BadDatabaseUrl, Dialect, parse


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite://var/lixiao.db", "var/lixiao.db"),
        ("sqlite:///srv/lixiao.db", "/srv/lixiao.db"),
        ("sqlite:////srv/lixiao.db", "/srv/lixiao.db"),
        ("sqlite:///srv/离校 系统/lixiao.db", "/srv/离校 系统/lixiao.db"),
        ("sqlite:///srv/%E7%A6%BB%E6%A0%A1%20x.db", "/srv/离校 x.db"),
        (" sqlite://lixiao.db\n", "lixiao.db"),
    ],
)
def test_sqlite_is_a_path(url, path):
    address = parse(url)
    assert (address.dialect, address.path) == (Dialect.SQLITE, Path(path))
    assert str(address) == f"SQLite {path}"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "asyncpg"])
def test_postgresql_says_how_to_reach_it(scheme):
    address = parse(f"{scheme}://li%40xiao:p%2Fw@db.example:6432/lixiao?maxsize=3&statement_cache_size=0")
    assert address.dialect is Dialect.POSTGRESQL
    assert address.credentials == {
        "host": "db.example",
        "port": 6432,
        "user": "li@xiao",
        "password": "p/w",
        "database": "lixiao",
        "application_name": "lixiao",
        "maxsize": 3,
        "statement_cache_size": 0,
    }
    assert str(address) == "PostgreSQL li@xiao@db.example:6432/lixiao"


def test_postgresql_has_defaults():
    credentials = parse("postgres:///lixiao").credentials
    assert (credentials["host"], credentials["port"], credentials["user"]) == ("127.0.0.1", 5432, "postgres")
    assert credentials["password"] is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("var/lixiao.db", "a database URL looks like"),
        ("mysql://root@127.0.0.1/lixiao", "unknown kind of database 'mysql'"),
        ("sqlite://", "needs a file"),
        ("sqlite://:memory:", "needs a file"),
        ("sqlite://lixiao.db?mode=ro", "takes no options"),
        ("postgres://geheim@127.0.0.1", "names one database"),
        ("postgres://u:geheim@127.0.0.1/a/b", "names one database"),
        ("postgres://u:geheim@127.0.0.1:port/a", "not a database URL"),
        ("postgres://u:geheim@127.0.0.1/a?pool=3", "unknown option 'pool'"),
        ("postgres://u:geheim@127.0.0.1/a?maxsize=many", "'maxsize' in the database URL is not a number: 'many'"),
    ],
)
def test_a_wrong_url_is_one_clear_line_without_the_password(url, reason):
    with pytest.raises(BadDatabaseUrl) as bad:
        parse(url)
    assert reason in str(bad.value)
    assert "\n" not in str(bad.value)
    assert "geheim" not in str(bad.value)
