"""The account commands of the shell, `lixiao user …` and `lixiao token …`: each reads its options, calls one verb."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from cli_running import OPERATOR, in_words, with_database
from settings import settings

if TYPE_CHECKING:
    from models.rules.role_assignments import Grant

#: The role of programs, which acts on the items of its token and on no others.
CAMPUS_APP = "campus_app"


@click.group("user")
def user_group() -> None:
    """Accounts and their roles."""


def password_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Three ways to say a password: typed (the usual), generated, or a line on standard input."""
    generate = click.option("--generate", is_flag=True, help="generate a password and print it once it is set")
    stdin = click.option("--password-stdin", is_flag=True, help="read the password from standard input")
    return generate(stdin(command))


def _password(generate: bool, password_stdin: bool) -> str:
    if generate and password_stdin:
        raise click.UsageError("--generate and --password-stdin exclude each other")
    if generate:
        from models.rules.passwords import generated_password

        return generated_password()
    if password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


@user_group.command("create")
@click.argument("username")
@click.option("--name", required=True, help="the person's name")
@click.option("--role", help="a first role")
@click.option("--unit", help="code of the college, department or building the role is held for")
@click.option("--student-no", help="the student whose account it is")
@click.option("--email", default="", show_default=False)
@click.option("--phone", default="", show_default=False)
@click.option("--no-password", is_flag=True, help="for a campus app, which holds tokens only")
@password_options
def user_create(username: str, generate: bool, password_stdin: bool, no_password: bool, **options: Any) -> None:
    """Make an account."""
    password = None if no_password else _password(generate, password_stdin)
    _create_user(username, password, **options)
    if generate and password is not None:
        click.echo(password)


@with_database
async def _create_user(
    username: str, password: str | None, name: str, role: str | None, unit: str | None, **columns: Any
) -> None:
    from models.rules import accounts

    with _said_of_usage():
        first = _grant(role, unit, None) if role else None
        await accounts.create_user(OPERATOR, username=username, name=name, password=password, first=first, **columns)
    click.echo(f"Account {username} made.", err=True)


@user_group.command("role")
@click.argument("username")
@click.argument("role")
@click.option("--unit", help="code of the college, department or building the role is held for")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="last day")
@with_database
async def user_role(username: str, role: str, unit: str | None, until: datetime | None) -> None:
    """Give an account a role, for a unit if the role has one."""
    from models.rules import role_assignments

    with _said_of_usage():
        await role_assignments.grant_role(OPERATOR, username, _grant(role, unit, until))
    click.echo(f"{username} holds {role}{f' for {unit}' if unit else ''}.", err=True)


def _grant(role: str, unit: str | None, until: datetime | None) -> Grant:
    from models.rules.role_assignments import Grant
    from policies.held_roles import units_taken

    return Grant(role, units_taken(role), unit, valid_until=_end_of(until), until="--until")


@contextlib.contextmanager
def _said_of_usage() -> Iterator[None]:
    """A role that is none, or is held for another unit, is a mistake in the command itself: exit code 2."""
    from models.rules.refusals import Refused

    try:
        yield
    except Refused as refused:
        if refused.argument not in ("role", "unit"):
            raise
        raise click.UsageError(in_words(refused)) from None


def _end_of(day: datetime | None) -> datetime | None:
    """The last minute of a day by the university's clock."""
    return day.replace(hour=23, minute=59, tzinfo=settings().timezone) if day else None


@user_group.command("password")
@click.argument("username")
@password_options
def user_password(username: str, generate: bool, password_stdin: bool) -> None:
    """Give an account another password, and end its sessions."""
    password = _password(generate, password_stdin)
    _set_password(username, password)
    if generate:
        click.echo(password)


@with_database
async def _set_password(username: str, password: str) -> None:
    from models.rules import accounts

    await accounts.set_password(OPERATOR, username, password)
    click.echo(f"{username} has a new password.", err=True)


@user_group.command("disable")
@click.argument("username")
@with_database
async def user_disable(username: str) -> None:
    """Disable an account; its sessions and tokens end at once."""
    from models.rules import accounts

    changed = await accounts.disable_user(OPERATOR, username)
    click.echo(f"{username} is disabled." if changed else f"{username} was disabled already.", err=True)


@user_group.command("enable")
@click.argument("username")
@with_database
async def user_enable(username: str) -> None:
    """Enable a disabled account; its old sessions and tokens stay ended."""
    from models.rules import accounts

    changed = await accounts.enable_user(OPERATOR, username)
    click.echo(f"{username} is active." if changed else f"{username} was active already.", err=True)


# --- tokens


@click.group("token")
def token_group() -> None:
    """Tokens of campus apps and scripts."""


@token_group.command("create")
@click.option("--user", "username", required=True, help="the account")
@click.option("--role", help="one of its roles; its only or first one unless given")
@click.option("--items", default="", metavar="CODES", help="only these items, separated by commas", show_default=False)
@click.option(
    "--fields", default="", metavar="NAMES", help="only these fields, separated by commas", show_default=False
)
@click.option("--source", default="", help="which system it reports for", show_default=False)
@click.option("--name", default="", help="what it is for", show_default=False)
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="last day")
@with_database
async def token_create(
    username: str, role: str | None, items: str, fields: str, source: str, name: str, expires: datetime | None
) -> None:
    """Make a token. It is printed once, alone on standard output."""
    from models.rules import tokens
    from policies.held_roles import check_fields

    check_fields(_listed(fields))
    made = await tokens.create_token(
        OPERATOR,
        username,
        role=role,
        name=name,
        items=_listed(items),
        fields=_listed(fields),
        source=source,
        expires_at=_end_of(expires),
    )
    click.echo(f"Token {made.token_id} of {username} as {made.role}; it is not shown again.", err=True)
    if made.role == CAMPUS_APP and not _listed(items):
        click.echo(
            "It reaches no clearance: a campus app acts on the items of its token. Name them by --items.", err=True
        )
    if made.role == CAMPUS_APP and not source:
        click.echo("It cannot report by syncClearances without --source.", err=True)
    click.echo(made.secret)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


@token_group.command("revoke")
@click.argument("token_id", type=int)
@with_database
async def token_revoke(token_id: int) -> None:
    """End a token at once, by its number in the list."""
    from models.rules import tokens

    changed = await tokens.revoke_token(OPERATOR, token_id)
    click.echo(f"Token {token_id} is revoked." if changed else f"Token {token_id} was revoked already.", err=True)


@token_group.command("list")
@with_database
async def token_list() -> None:
    """List tokens: number, account, role, items, expiry, last use, fields, source, name."""
    from models.accounts import ApiToken

    for token in await ApiToken.all().prefetch_related("user").order_by("id"):
        state = (
            "revoked" if token.revoked_at else f"expires {token.expires_at:%Y-%m-%d}" if token.expires_at else "valid"
        )
        used = f"{token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never"
        items = ",".join(token.items) or ("no items" if token.role == CAMPUS_APP else "all items")
        facts = [token.id, token.user.username, token.role, f"{token.prefix}…", items, state, f"last used {used}"]
        facts += [",".join(token.field_names) or "all fields", token.source or "no source", token.name]
        click.echo("\t".join(map(str, facts)))
