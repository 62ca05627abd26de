"""The demonstration's file: replaced only when it is a demonstration, left as it was when building is interrupted."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from models.rules.refusals import Refused
from seeds import demo_database
from seeds.demo import STAGES
from seeds.problems import NotADemonstration


def order(file: Path, **options) -> demo_database.Order:
    usual = {"students": 45, "seed": 1, "password": "correct horse battery", "keep": False, "today": date(2026, 11, 21)}
    return demo_database.Order(f"sqlite://{file}", **{**usual, **options})


def silent(stage: str) -> None:
    pass


def names(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM student ORDER BY id")]


def test_a_demonstration_is_built_and_marked(tmp_path):
    file = tmp_path / "var" / "demo.db"
    ready = demo_database.prepare(order(file), silent)
    assert ready.built is not None
    assert ready.built.students == len(names(file))
    assert ready.token is not None
    assert ready.token.startswith("lx_")
    assert ready.password == "correct horse battery"
    assert demo_database.is_demonstration(file)
    assert [path.name for path in file.parent.iterdir()] == ["demo.db"]


def test_a_former_demonstration_is_replaced_or_kept(tmp_path):
    file = tmp_path / "demo.db"
    demo_database.prepare(order(file), silent)
    first = names(file)
    kept = demo_database.prepare(order(file, keep=True, seed=2, password=None), silent)
    assert (kept, names(file)) == (demo_database.Ready(None, None, None), first)
    demo_database.prepare(order(file, seed=2), silent)
    assert names(file) != first


def test_a_kept_demonstration_takes_another_password(tmp_path):
    file = tmp_path / "demo.db"
    demo_database.prepare(order(file), silent)
    stored = "SELECT password_hash FROM account WHERE username = 'student'"
    with closing(sqlite3.connect(file)) as connection:
        before = connection.execute(stored).fetchone()
    demo_database.prepare(order(file, keep=True, password="another password"), silent)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute(stored).fetchone() != before


def test_another_file_is_left_alone(tmp_path):
    file = tmp_path / "lixiao.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE precious (id)")
    before = file.read_bytes()
    for keep in (False, True):
        with pytest.raises(NotADemonstration, match="is no demonstration and is left alone"):
            demo_database.prepare(order(file, keep=keep), silent)
    assert file.read_bytes() == before


def test_an_interrupted_build_leaves_the_former_one(tmp_path):
    file = tmp_path / "demo.db"
    demo_database.prepare(order(file), silent)
    before = names(file)

    def interrupt(stage: str) -> None:
        if stage == STAGES[-1]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo_database.prepare(order(file, seed=2), interrupt)
    assert names(file) == before
    assert [path.name for path in tmp_path.iterdir()] == ["demo.db"]


def test_a_weak_password_is_refused_before_anything_is_built(tmp_path):
    with pytest.raises(Refused) as refused:
        demo_database.prepare(order(tmp_path / "demo.db", password="short"), silent)
    assert refused.value.argument == "password"
    assert list(tmp_path.iterdir()) == []


def test_without_a_password_one_is_generated(tmp_path):
    ready = demo_database.prepare(order(tmp_path / "demo.db", password=None), silent)
    assert ready.password is not None
    assert len(ready.password) == 12
