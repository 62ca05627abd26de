"""`lixiao documents`: what is stored, listed, shown, verified and taken away; what is wrong stores nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import lixiao
from cli_running import Failed
from models import migrate
from models.rules.documents import hash_of
from settings import settings

WHO = "query Who { viewer { username } }\n"
NOT_UTF8 = b'query { a(b: "\xff") }'


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """The commands, on a database of their own."""
    url = f"sqlite://{tmp_path / 'shell.db'}"
    monkeypatch.setenv("LIXIAO_DATABASE_URL", url)
    monkeypatch.setenv("LIXIAO_SECRET_KEY", "for tests only, and long enough for them")
    settings.cache_clear()
    asyncio.run(migrate.migrate(url))
    yield CliRunner()
    settings.cache_clear()


def run(shell: CliRunner, *arguments: object) -> Result:
    return shell.invoke(lixiao, ["documents", *map(str, arguments)])


def listed(shell: CliRunner) -> list[str]:
    return [line.split()[2] for line in run(shell, "list").stdout.splitlines()]


def test_documents_come_and_go(shell: CliRunner, tmp_path: Path) -> None:
    folder = tmp_path / "app" / "queries"
    folder.mkdir(parents=True)
    (folder / "who.graphql").write_text(WHO)
    (folder / "name.gql").write_text("{ viewer { name } }")
    (folder / "notes.txt").write_text("no document")
    added = run(shell, "add", tmp_path / "app")
    assert added.exit_code == 0
    assert added.stdout.splitlines() == [
        f"{hash_of('{ viewer { name } }')}  name.gql",
        f"{hash_of(WHO)}  who.graphql",
    ]
    assert listed(shell) == ["name.gql", "who.graphql"]
    assert run(shell, "show", hash_of(WHO)).stdout == WHO
    again = run(shell, "add", folder / "who.graphql")
    assert (again.exit_code, again.stderr) == (0, "who.graphql: stored before\n")
    verified = run(shell, "verify")
    assert (verified.exit_code, verified.stderr) == (0, "2 document(s) are valid.\n")
    assert run(shell, "remove", hash_of(WHO)).stderr == "1 document(s) removed.\n"
    assert listed(shell) == ["name.gql"]


def test_one_wrong_document_stores_none(shell: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "good.graphql").write_text(WHO)
    (tmp_path / "wrong.graphql").write_text("{ nothing }")
    (tmp_path / "large.graphql").write_text("{ " + "viewer { name } " * 21 + "}")
    refused = run(shell, "add", tmp_path / "good.graphql", tmp_path / "wrong.graphql", tmp_path / "large.graphql")
    assert isinstance(refused.exception, Failed)
    assert str(refused.exception) == "2 of 3 document(s) are not valid"
    assert refused.stderr.splitlines() == [
        "wrong.graphql: Cannot query field 'nothing' on type 'Query'.",
        "large.graphql: The query is too large (fields of the root 21, limit 20). Ask for fewer fields or rows.",
    ]
    assert listed(shell) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no file that ends in .graphql or .gql"),
        (NOT_UTF8, "not UTF-8; a GraphQL document is text in UTF-8"),
    ],
)
def test_a_file_that_holds_none_is_said(shell: CliRunner, tmp_path: Path, content: bytes | None, message: str) -> None:
    folder = tmp_path / "queries"
    folder.mkdir()
    if content is not None:
        (folder / "a.graphql").write_bytes(content)
    refused = run(shell, "add", folder)
    assert isinstance(refused.exception, Failed)
    assert str(refused.exception).endswith(message)


def test_what_is_not_stored_is_said(shell: CliRunner) -> None:
    unknown = "0" * 64
    for command, message in (
        ("show", f"no document is stored under {unknown}; `lixiao documents list` names them"),
        ("remove", f"not stored: {unknown}"),
    ):
        refused = run(shell, command, unknown)
        assert str(refused.exception) == message
    assert run(shell, "add").exit_code == 2
    assert run(shell, "add", "/no/such/file").exit_code == 2
