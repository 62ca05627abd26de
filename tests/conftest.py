"""What every test may ask for: a database of its own, fresh and migrated; and what a run must not leave out.

One process tests one kind of database, because Tortoise keeps compiled statements by the connection's name. Which one:
LIXIAO_TEST_DATABASE is unset for SQLite, or a PostgreSQL URL beside whose database another is made and dropped.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType

import hypothesis
import pytest
from argon2 import PasswordHasher, Type

import settings
from models import database as models_database
from models.rules import passwords
from tests.fresh_databases import FreshDatabases, FreshPostgresql, FreshSqlite
from tests.served import demonstration

__all__ = ["demonstration"]

# What a developer set for his own installation is none of the tests' business.
settings.ENV_FILE = Path(os.devnull)
for _variable in settings.VARIABLES:
    os.environ.pop(_variable.name, None)

# Passwords are slow to hash by design. Tests that are about that ask for `production_passwords`.
HASHER = passwords.HASHER
passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=Type.ID)

# Property tests try the same examples everywhere, however slow the machine, and leave no folder behind.
hypothesis.settings.register_profile(
    "everywhere",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("everywhere")


@pytest.fixture(scope="session")
async def fresh_databases(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FreshDatabases]:
    """The maker of databases of this run."""
    url = os.environ.get("LIXIAO_TEST_DATABASE", "")
    maker: FreshDatabases = FreshPostgresql(url) if url else FreshSqlite(tmp_path_factory.mktemp("databases"))
    await maker.start()
    yield maker
    await maker.stop()


@pytest.fixture
async def empty_database_url(fresh_databases: FreshDatabases) -> AsyncIterator[str]:
    """The URL of a database with nothing in it, not even tables."""
    url = await fresh_databases.make_empty()
    yield url
    await fresh_databases.drop(url)


@pytest.fixture
async def own_database_url(fresh_databases: FreshDatabases) -> AsyncIterator[str]:
    """The URL of a migrated database without rows, whose very tables the test may change."""
    url = await fresh_databases.make_own()
    yield url
    await fresh_databases.drop(url)


@pytest.fixture
async def database_url(fresh_databases: FreshDatabases, tmp_path: Path) -> str:
    """The URL of a migrated database without rows, this test's alone; its tables are to be left as they are."""
    return await fresh_databases.make_migrated(tmp_path)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[ModuleType]:
    """`models.database`, connected to a migrated database without rows."""
    await models_database.connect(database_url)
    yield models_database
    await models_database.disconnect()


@pytest.fixture
def production_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed as they are in production."""
    monkeypatch.setattr(passwords, "HASHER", HASHER)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With LIXIAO_TEST_COMPLETE set, a test left out is a failure of the run."""
    if not os.environ.get("LIXIAO_TEST_COMPLETE"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
