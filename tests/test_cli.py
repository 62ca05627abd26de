"""The `lixiao` command as an operator uses it: exit codes 0, 1 and 2, and one clear line instead of a trace."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest

from cli_running import WithoutQuery, log_config
from models import database as models_database
from models.database_url import Dialect, parse
from models.rules.passwords import verify_password
from models.rules.tokens import resolve_token
from tests.served import PATIENCE, reserved_port

COMMAND = Path(sys.executable).with_name("lixiao")
PASSWORD = "correct horse battery"


def lixiao(folder: Path, *arguments: str, url: str | None = None, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Runs the command in a folder of its own, with no other settings than the database."""
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=folder,
        env=environment(url),
        input=typed,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def environment(url: str | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIXIAO_")}
    return {**kept, "PYTHONWARNINGS": "default", **({"LIXIAO_DATABASE_URL": url} if url else {})}


def refused(done: subprocess.CompletedProcess[str], code: int = 1) -> str:
    """The one line of an expected problem."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


async def asked(url: str, sql: str) -> list[tuple]:
    await models_database.connect(url)
    try:
        return [tuple(row) for row in await models_database.fetch(sql)]
    finally:
        await models_database.disconnect()


# --- help and usage

COMMANDS = [
    [],
    ["demo"],
    ["serve"],
    ["migrate"],
    ["seed"],
    ["check"],
    ["export-schema"],
    ["user"],
    ["user", "create"],
    ["user", "role"],
    ["user", "password"],
    ["user", "disable"],
    ["user", "enable"],
    ["token"],
    ["token", "create"],
    ["token", "revoke"],
    ["token", "list"],
    ["policy"],
    ["policy", "check"],
    ["policy", "diff"],
    ["policy", "publish"],
    ["policy", "rollback"],
    ["policy", "export"],
    ["policy", "who-can"],
    ["policy", "versions"],
    ["policy", "grant-admin"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_everywhere(tmp_path, command):
    done = lixiao(tmp_path, *command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: lixiao")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["demo", "--students", "none"],
        ["serve", "--port", "0"],
        ["seed", "--batch", "next summer"],
        ["seed", "--batch", "2027-13"],
        ["user", "create"],
        ["token"],
    ],
)
def test_wrong_usage_is_2(tmp_path, arguments):
    assert "Usage: lixiao" in lixiao(tmp_path, *arguments).stderr
    assert lixiao(tmp_path, *arguments).returncode == 2


# --- a database that is not there, or not ready

NEED_A_DATABASE = [["serve"], ["seed"], ["check"], ["user", "disable", "x"], ["token", "list"]]


@pytest.mark.parametrize("command", NEED_A_DATABASE, ids=" ".join)
def test_a_server_that_does_not_answer(tmp_path, command):
    done = lixiao(tmp_path, *command, url="postgres://nobody@127.0.0.1:1/nothing")
    assert refused(done).startswith("lixiao: PostgreSQL nobody@127.0.0.1:1/nothing does not answer")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", NEED_A_DATABASE, ids=" ".join)
def test_a_database_without_tables(tmp_path, empty_database_url, command):
    done = lixiao(tmp_path, *command, url=empty_database_url)
    assert refused(done).endswith("run `lixiao migrate`")
    assert len(done.stderr.splitlines()) == 1


def test_a_bad_url(tmp_path):
    assert "unknown kind of database 'mysql'" in refused(lixiao(tmp_path, "check", url="mysql://x"))


# --- the database


def test_migrate_seed_check(tmp_path, empty_database_url):
    assert lixiao(tmp_path, "migrate", url=empty_database_url).returncode == 0
    seeded = lixiao(tmp_path, "seed", "--batch", "2027-06", url=empty_database_url)
    assert seeded.stdout == "静湖大学: 68 units added; policy version 1 in force\nBatch 2027-06 made with 23 items.\n"
    again = lixiao(tmp_path, "seed", url=empty_database_url)
    assert again.stdout == "静湖大学: 0 units added; policy version 1 in force\n"
    twice = lixiao(tmp_path, "seed", "--batch", "2027-06", url=empty_database_url)
    assert refused(twice) == "lixiao: batch 2027-06 is there already"
    checked = lixiao(tmp_path, "check", url=empty_database_url)
    assert (checked.returncode, checked.stdout) == (0, "Every rule holds.\n")


def test_seed_with_a_university_of_ones_own(tmp_path, database_url):
    data = json.loads(files("seeds").joinpath("jinghu.json").read_text(encoding="utf-8"))
    data["university"]["zh"] = "云山大学"
    data["colleges"] = data["colleges"][:2]
    (tmp_path / "mine.json").write_text(json.dumps(data), encoding="utf-8")
    done = lixiao(tmp_path, "seed", "--university", "mine.json", url=database_url)
    assert done.stdout == "云山大学: 45 units added; policy version 1 in force\n"
    (tmp_path / "bad.json").write_text("[]", encoding="utf-8")
    assert refused(lixiao(tmp_path, "seed", "--university", "bad.json", url=database_url)).startswith(
        "lixiao: bad.json: "
    )


async def test_check_names_the_offenders(tmp_path, empty_database_url):
    built = lixiao(tmp_path, *DEMO, "--database", empty_database_url)
    assert built.returncode == 0, built.stderr
    await models_database.connect(empty_database_url)
    await models_database.execute("UPDATE student SET student_no = '221599101.0' WHERE student_no = '221599101'")
    await models_database.disconnect()
    done = lixiao(tmp_path, "check", url=empty_database_url)
    assert refused(done) == "lixiao: 1 rules do not hold"
    assert done.stdout.startswith("invariant 19: ")


# --- the demonstration

DEMO = ["demo", "--students", "45", "--password", PASSWORD, "--no-serve"]


async def test_demo_builds_prints_and_keeps(tmp_path, empty_database_url):
    done = lixiao(tmp_path, *DEMO, "--database", empty_database_url)
    assert done.returncode == 0, done.stderr
    for word in ("http://127.0.0.1:8000/admin/", PASSWORD, "counsellor", "auditor", "campus-library"):
        assert word in done.stdout
    [token] = re.findall(r"lx_[\w-]+", done.stdout)
    await models_database.connect(empty_database_url)
    identity = await resolve_token(token)
    [(stored,)] = await models_database.fetch("SELECT password_hash FROM account WHERE username = 'student'")
    await models_database.disconnect()
    assert identity is not None
    assert identity.username == "campus-library"
    assert await verify_password(stored, PASSWORD)
    kept = lixiao(tmp_path, "demo", "--keep", "--no-serve", "--database", empty_database_url)
    assert kept.returncode == 0
    assert "as it was" in kept.stdout
    assert "lx_" not in kept.stdout
    assert await asked(empty_database_url, "SELECT count(*) FROM sheet WHERE state <> 'ACTIVE'") == [(2,)]


def test_demo_never_takes_the_place_of_real_data(tmp_path, empty_database_url):
    lixiao(tmp_path, "migrate", url=empty_database_url)
    lixiao(tmp_path, "seed", "--batch", "2027-06", url=empty_database_url)
    done = lixiao(tmp_path, *DEMO, "--database", empty_database_url)
    kind = parse(empty_database_url).dialect
    expected = "is no demonstration and is left alone" if kind is Dialect.SQLITE else "the database is not empty"
    assert expected in refused(done)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--students", "10"], "lixiao: the demonstration needs at least 45 students, for its hard cases"),
        (["--database", "sqlite://"], "lixiao: SQLite needs a file"),
        (["--password", "short"], "password"),
    ],
)
def test_demo_that_cannot_be_built(tmp_path, arguments, line):
    assert line in refused(lixiao(tmp_path, "demo", "--no-serve", *arguments))


def test_demo_interrupted_leaves_nothing(tmp_path):
    started = subprocess.Popen(
        [COMMAND, "demo", "--students", "15500", "--no-serve"],
        cwd=tmp_path,
        env=environment(None),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts what runs in the background with SIGINT ignored, and whatever that starts inherits it.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    until(lambda: list(tmp_path.glob("var/demo.db.*.building")))
    started.send_signal(signal.SIGINT)
    _, errors = started.communicate(timeout=PATIENCE)
    assert started.returncode == 1
    assert "Traceback" not in errors
    assert list(tmp_path.glob("var/demo.db*")) == []


def until(condition) -> None:
    """Waits for a condition, and fails when it does not come true."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)


def test_demo_serves(tmp_path):
    log = tmp_path / "server.log"
    with reserved_port() as port, log.open("wb") as out:
        server = subprocess.Popen(
            [COMMAND, "demo", "--students", "45", "--port", str(port)],
            cwd=tmp_path,
            env=environment(None),
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            until(lambda: server.poll() is not None or b"running on" in log.read_bytes())
            assert server.poll() is None, log.read_text()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=PATIENCE) as answer:
                assert json.load(answer) == {"database": True, "migrations": True, "policy": True}
        finally:
            server.terminate()
            server.wait(PATIENCE)
    assert "静湖大学" in log.read_text()


@pytest.mark.parametrize("command", [["serve"], ["demo", "--students", "45"]], ids=" ".join)
def test_a_port_in_use_is_one_line(tmp_path, database_url, command):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = lixiao(tmp_path, *command, "--port", port, url=database_url)
    assert (
        refused(done)
        == f"lixiao: cannot serve on 127.0.0.1 port {port}: Address already in use; choose another by --port"
    )
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "var" / "demo.db").exists()


# --- accounts and tokens


@pytest.fixture
def seeded(tmp_path, database_url) -> str:
    assert lixiao(tmp_path, "seed", url=database_url).returncode == 0
    return database_url


async def test_an_account_with_a_role(tmp_path, seeded):
    made = lixiao(
        tmp_path,
        *("user", "create", "op-lib", "--name", "李敏", "--role", "operator", "--unit", "TSG", "--password-stdin"),
        url=seeded,
        typed=PASSWORD + "\n",
    )
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "Account op-lib made.\n")
    found = await asked(
        seeded,
        "SELECT account.name, role, department.code FROM account JOIN role_assignment ON user_id = account.id"
        " JOIN department ON department.id = department_id",
    )
    assert found == [("李敏", "operator", "TSG")]
    [(stored,)] = await asked(seeded, "SELECT password_hash FROM account")
    assert await verify_password(stored, PASSWORD)


async def test_a_generated_password_stands_alone_on_standard_output(tmp_path, seeded):
    made = lixiao(
        tmp_path, "user", "create", "office", "--name", "刘建平", "--role", "office", "--generate", url=seeded
    )
    [(stored,)] = await asked(seeded, "SELECT password_hash FROM account")
    assert await verify_password(stored, made.stdout.rstrip("\n"))
    again = lixiao(tmp_path, "user", "create", "office", "--name", "刘建平", "--generate", url=seeded)
    assert (again.returncode, again.stdout) == (1, "")  # no password of an account that was not made


def test_a_new_database_is_its_owners_alone(tmp_path):
    assert lixiao(tmp_path, "migrate", url=f"sqlite://{tmp_path}/var/desk.db").returncode == 0
    folder = tmp_path / "var"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_the_log_keeps_nothing_of_what_was_searched_for():
    record = logging.LogRecord(
        "uvicorn.access", logging.INFO, "", 0, '%s - "%s %s HTTP/%s" %d',
        ("127.0.0.1:5", "GET", "/admin/sheets/?search=%E6%9D%8E%E5%A8%9C", "1.1", 200), None,
    )  # fmt: skip
    config = log_config()
    assert {name: each["filters"] for name, each in config["handlers"].items()} == {
        "default": ["without_query"],
        "access": ["without_query"],
        "line": ["without_query"],
    }
    assert config["filters"]["without_query"] == {"()": "cli_running.WithoutQuery"}
    assert WithoutQuery().filter(record)
    assert record.getMessage() == '127.0.0.1:5 - "GET /admin/sheets/ HTTP/1.1" 200'


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["--role", "operater"], 2, "There is no role operater. Perhaps you meant: operator"),
        (["--role", "desk"], 2, "There is no role desk. Perhaps you meant: "),
        (["--role", "operator"], 2, 'The role "Department operator" is held for a department; give its code.'),
        (["--role", "leader", "--unit", "15"], 2, 'The role "Leader" is held for no unit; leave the unit empty.'),
        (["--role", "operator", "--unit", "TGS"], 2, "Unit TGS was not found; the role"),
        (["--role", "office", "--student-no", "1"], 1, "studentNo"),
    ],
)
async def test_an_account_that_cannot_be_made_is_not_made(tmp_path, seeded, arguments, code, line):
    create = ["user", "create", "x", "--name", "X", "--no-password"]
    assert line in refused(lixiao(tmp_path, *create, *arguments, url=seeded), code)
    assert await asked(seeded, "SELECT username FROM account") == []
    assert await asked(seeded, "SELECT id FROM event") == []


async def test_a_role_until_a_day_and_a_disabled_account(tmp_path, seeded):
    lixiao(tmp_path, "user", "create", "co", "--name", "赵文静", "--no-password", url=seeded)
    given = lixiao(tmp_path, "user", "role", "co", "counsellor", "--unit", "15", "--until", "2099-06-30", url=seeded)
    assert given.stderr == "co holds counsellor for 15.\n"
    [(until_when,)] = await asked(seeded, "SELECT valid_until FROM role_assignment")
    assert str(until_when).startswith("2099-06-30 15:59")
    assert lixiao(tmp_path, "user", "disable", "co", url=seeded).stderr == "co is disabled.\n"
    assert lixiao(tmp_path, "user", "disable", "co", url=seeded).stderr == "co was disabled already.\n"
    assert lixiao(tmp_path, "user", "enable", "co", url=seeded).stderr == "co is active.\n"
    assert lixiao(tmp_path, "user", "enable", "co", url=seeded).stderr == "co was active already.\n"
    assert "nobody" in refused(lixiao(tmp_path, "user", "disable", "nobody", url=seeded))


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--items", "LIB_BOKS"], "There are no such items: LIB_BOKS. Perhaps you meant: LIB_BOOKS"),
        (["--fields", "Student.phon"], "There are no such fields: Student.phon. Perhaps you meant: Student.phone"),
        (["--expires", "2020-06-30"], "2020-06-30 23:59 has passed; give a time that is still to come."),
    ],
)
async def test_a_token_that_would_be_of_no_use_is_not_made(tmp_path, seeded, arguments, line):
    lixiao(tmp_path, "seed", "--batch", "2027-06", url=seeded)
    lixiao(tmp_path, "user", "create", "app", "--name", "图书系统", "--role", "campus_app", "--no-password", url=seeded)
    made = lixiao(tmp_path, "token", "create", "--user", "app", *arguments, url=seeded)
    assert line in refused(made)
    assert await asked(seeded, "SELECT id FROM api_token") == []


def test_a_role_until_a_day_that_has_passed_is_not_given(tmp_path, seeded):
    lixiao(tmp_path, "user", "create", "co", "--name", "赵文静", "--no-password", url=seeded)
    given = lixiao(tmp_path, "user", "role", "co", "counsellor", "--unit", "15", "--until", "2020-06-30", url=seeded)
    assert "2020-06-30 23:59 has passed; give a time that is still to come. (--until" in refused(given)


async def test_a_token_is_printed_once_listed_and_revoked(tmp_path, seeded):
    lixiao(tmp_path, "seed", "--batch", "2027-06", url=seeded)
    lixiao(tmp_path, "user", "create", "app", "--name", "图书系统", "--role", "campus_app", "--no-password", url=seeded)
    made = lixiao(
        tmp_path,
        "token",
        "create",
        "--user",
        "app",
        "--items",
        "LIB_BOOKS, LIB_THESIS",
        "--source",
        "library",
        url=seeded,
    )
    assert re.fullmatch(r"lx_[\w-]{43}\n", made.stdout)
    secret = made.stdout.strip()
    listed = lixiao(tmp_path, "token", "list", url=seeded).stdout
    assert secret not in listed
    assert listed.startswith(f"1\tapp\tcampus_app\t{secret[:9]}…\tLIB_BOOKS,LIB_THESIS\tvalid\tlast used never")
    assert lixiao(tmp_path, "token", "revoke", "1", url=seeded).stderr == "Token 1 is revoked.\n"
    assert "\trevoked\t" in lixiao(tmp_path, "token", "list", url=seeded).stdout
    assert "The record was not found." in refused(lixiao(tmp_path, "token", "revoke", "99", url=seeded))
    other = lixiao(tmp_path, "token", "create", "--user", "app", "--role", "office", url=seeded)
    assert (other.returncode, other.stdout) == (1, "")


# --- the schema


def test_export_schema_prints_what_stands_in_the_repository(tmp_path):
    done = lixiao(tmp_path, "export-schema")
    assert done.returncode == 0, done.stderr
    assert done.stdout == files("graphql_api").joinpath("schema.graphql").read_text(encoding="utf-8")
