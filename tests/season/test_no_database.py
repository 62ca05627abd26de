"""`lixiao serve` before a database that is not there, is none, or is not ready: one clear line, exit 1, no trace."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from models import database
from policies import store
from tests.served import PATIENCE
from tests.test_app import started

SERVER = os.environ.get("LIXIAO_TEST_DATABASE", "postgres://postgres@127.0.0.1:1/postgres")


def serve(folder: Path, url: str, *arguments: str) -> tuple[int, list[str]]:
    """The exit code and the lines that an operator sees."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIXIAO_")}
    done = subprocess.run(
        [Path(sys.executable).with_name("lixiao"), "serve", *arguments],
        cwd=folder,
        env={**kept, "LIXIAO_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).splitlines()


def no_file(folder: Path) -> str:
    return f"sqlite://{folder / 'nothing.db'}"


def no_folder(folder: Path) -> str:
    return f"sqlite://{folder / 'no' / 'such' / 'folder' / 'lixiao.db'}"


def a_folder(folder: Path) -> str:
    (folder / "lixiao.db").mkdir()
    return f"sqlite://{folder / 'lixiao.db'}"


def another_kind_of_file(folder: Path) -> str:
    (folder / "lixiao.db").write_bytes(b"PK\x03\x04 this is a spreadsheet, and no database at all" * 100)
    return f"sqlite://{folder / 'lixiao.db'}"


def an_empty_file(folder: Path) -> str:
    (folder / "lixiao.db").touch()
    return f"sqlite://{folder / 'lixiao.db'}"


def somebody_elses_tables(folder: Path) -> str:
    with sqlite3.connect(folder / "lixiao.db") as other:
        other.execute("CREATE TABLE batch (id integer)")
    other.close()
    return f"sqlite://{folder / 'lixiao.db'}"


def no_such_database(folder: Path) -> str:
    return urlunsplit(urlsplit(SERVER)._replace(path="/lixiao_nobody_made_this"))


CASES = (no_file, no_folder, a_folder, another_kind_of_file, an_empty_file, somebody_elses_tables, no_such_database)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_one_line_and_exit_1(tmp_path: Path, case: Callable[[Path], str]) -> None:
    code, lines = serve(tmp_path, case(tmp_path))
    assert (code, len(lines)) == (1, 1), lines
    assert lines[0].startswith("lixiao: ")
    assert "Traceback" not in lines[0]


async def test_a_database_that_fails_while_serving_is_told_on_a_page(
    own_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(own_database_url, monkeypatch, with_panel=True) as client:
        await store.publish_default()
        await store.STORE.refresh()
        client.cookies.set("lixiao_session", "somebody's")
        await database.execute("DROP TABLE role_assignment")  # as after a wrong backup: no session can be looked up
        for address in ("/admin/", "/admin/login", "/admin/sheet/"):
            page = await client.get(address)
            assert page.status_code == 500
            assert "页面出了点问题" in page.text, address
            assert "Traceback" not in page.text
        [error] = (await client.post("/graphql", json={"query": "{ viewer { username } }"})).json()["errors"]
        assert error["extensions"]["code"] == "INTERNAL"
        assert "role_assignment" not in error["message"]
