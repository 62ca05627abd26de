"""Stored documents in the shell, `lixiao documents …`: what a program may ask by hash, and some roles nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from cli_running import Failed, with_database

SUFFIXES = (".graphql", ".gql")


@click.group("documents")
def documents_group() -> None:
    """Stored GraphQL documents, which a request names by their hash."""


@documents_group.command("add")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def documents_add(paths: tuple[Path, ...]) -> None:
    """Store the documents of these files, or of every .graphql file in these folders; all of them, or none.

    Prints the hash of each: that of the file as it is, which is how a request names it.
    """
    texts = [(file.name, _text(file)) for file in _files(paths)]
    _require_valid(texts)
    _add(texts)


@with_database
async def _add(texts: Sequence[tuple[str, str]]) -> None:
    from models.rules import documents

    for (name, _), (sha256, new) in zip(texts, await documents.add(texts), strict=True):
        click.echo(f"{sha256}  {name}")
        if not new:
            click.echo(f"{name}: stored before", err=True)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_file():
            yield path
            continue
        found = sorted(each for each in path.rglob("*") if each.suffix in SUFFIXES and each.is_file())
        if not found:
            raise Failed(f"{path}: there is no file that ends in {' or '.join(SUFFIXES)}")
        yield from found


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise Failed(f"{file}: not UTF-8; a GraphQL document is text in UTF-8") from None
    except OSError as problem:
        raise Failed(f"{file}: {problem.strerror}") from None


@documents_group.command("list")
@with_database
async def documents_list() -> None:
    """Every stored document: hash, day, name."""
    from models.rules import documents

    for each in await documents.stored():
        click.echo(f"{each.sha256}  {each.stored_at:%Y-%m-%d}  {each.name}")


@documents_group.command("show")
@click.argument("sha256")
@with_database
async def documents_show(sha256: str) -> None:
    """The text of one document, as it was stored."""
    from models.rules import documents

    text = await documents.text_of(sha256)
    if text is None:
        raise Failed(f"no document is stored under {sha256}; `lixiao documents list` names them")
    click.echo(text, nl=False)


@documents_group.command("remove")
@click.argument("hashes", nargs=-1, required=True)
@with_database
async def documents_remove(hashes: tuple[str, ...]) -> None:
    """Take documents away; servers refuse them half a second later."""
    from models.rules import documents

    missing = await documents.remove(hashes)
    click.echo(f"{len(hashes) - len(missing)} document(s) removed.", err=True)
    if missing:
        raise Failed(f"not stored: {', '.join(missing)}")


@documents_group.command("verify")
def documents_verify() -> None:
    """Check every stored document against this version's schema and limits: run it before and after an upgrade."""
    texts = _stored()
    _require_valid(texts)
    click.echo(f"{len(texts)} document(s) are valid.", err=True)


@with_database
async def _stored() -> list[tuple[str, str]]:
    from models.rules import documents

    return [(f"{each.sha256[:12]} {each.name}", each.text) for each in await documents.stored()]


def _require_valid(texts: Sequence[tuple[str, str]]) -> None:
    """Raises Failed after naming each document that this schema does not take."""
    from graphql_api.execute import Api
    from graphql_api.schema import build_schema

    api = Api(build_schema())
    faults = [(name, fault) for name, text in texts if (fault := api.fault_of(text))]
    for name, fault in faults:
        click.echo(f"{name}: {fault}", err=True)
    if faults:
        raise Failed(f"{len(faults)} of {len(texts)} document(s) are not valid")
