"""What changes who may do what, from the shell: publishing a table, going back to one, and break-glass.

The commands that only look on stand in `cli_policies`.
"""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli_policies import FILE, VERSION, number_in_force, on_policies, policy_group
from cli_policy_lines import against, count, table_in
from cli_running import OPERATOR, Failed

if TYPE_CHECKING:
    from models.accounts import User
    from policies.rules import PolicyTable

__all__ = ["policy_group"]

ADMIN = "policy_admin"

comment_option = click.option("--comment", required=True, help="why; kept with the version for everybody to read")


@policy_group.command("publish")
@click.argument("file", type=FILE)
@comment_option
@click.option(
    "--expected", type=VERSION, metavar="N", help="refuse unless this version is in force", show_default=False
)
@on_policies
async def policy_publish(file: Path, comment: str, expected: int | None) -> None:
    """Put the table of a CSV file in force as a new version, and print its number.

    It is checked as `lixiao policy check` does, and refused when another version was published meanwhile. Nothing is
    asked: look at `lixiao policy diff FILE` first. Running servers go by it within 0.5 s, every write at once.

    \b
    lixiao policy publish policy.csv --comment "图书馆可看电话,到七月"
    lixiao policy publish policy.csv --comment "…" --expected 3
    """
    from policies import publishing

    seen = expected or await number_in_force()
    table = await table_in(file)
    _published(await _put(table, publishing.publish(table, expected=seen, caller=None, comment=comment)), seen)


@policy_group.command("rollback")
@click.argument("number", metavar="N", type=VERSION)
@comment_option
@on_policies
async def policy_rollback(number: int, comment: str) -> None:
    """Put the table of version N in force again, as a new version, and print its number.

    This is also the way out when the version in force cannot be used.

    \b
    lixiao policy rollback 3 --comment "回到三版"
    """
    from policies import publishing, store

    seen, table = await number_in_force(), await store.read_table(number)
    _published(await _put(table, publishing.rollback(number, expected=seen, caller=None, comment=comment)), seen)


async def _put(table: PolicyTable, act: Coroutine[Any, Any, int]) -> int:
    """Carries a publication out. Prints everything that speaks against the table, and fails."""
    from policies.publishing import NotPublishable

    try:
        return await act
    except NotPublishable as refused:
        found = against(refused.verdict, table, numbered=True)
    for line in found:
        click.echo(line, err=True)
    raise Failed(f"nothing was published: {count(len(found), 'reason')}")


def _published(number: int, before: int) -> None:
    """The number alone on standard output."""
    if number == before:
        click.echo(f"Version {before} in force says the same; nothing was published.", err=True)
    else:
        click.echo(
            f"Version {number} is in force. Running servers go by it within 0.5 s, every write at once."
            f" To go back: lixiao policy rollback {before} --comment …",
            err=True,
        )
    click.echo(number)


@policy_group.command("grant-admin")
@click.argument("username", metavar="USER")
@click.option("--end", is_flag=True, help="take the role away again")
@on_policies
async def policy_grant_admin(username: str, end: bool) -> None:
    """Break-glass: give an account the role that tunes policies, when nobody who has it can be reached.

    It is recorded as an act of the command line.

    \b
    lixiao policy grant-admin 20110042
    lixiao policy grant-admin 20110042 --end
    """
    user = await _account(username, active=not end)
    await (_end_admin(user) if end else _make_admin(user))


async def _make_admin(user: User) -> None:
    from models.rules.role_assignments import Grant, grant_role
    from policies.held_roles import units_taken

    if await _assignments(user):
        click.echo(f"{user.username} ({user.name}) is a policy administrator already.", err=True)
    else:
        await grant_role(OPERATOR, user.username, Grant(ADMIN, units_taken(ADMIN)))
        click.echo(f"{user.username} ({user.name}) is a policy administrator now; this was recorded.", err=True)
    if user.password_hash is None:
        click.echo(f"It cannot sign in yet: lixiao user password {user.username}", err=True)
    click.echo(f"To end it again: lixiao policy grant-admin {user.username} --end", err=True)


async def _end_admin(user: User) -> None:
    from models.rules.role_assignments import end_role

    held = await _assignments(user)
    for assignment in held:
        await end_role(OPERATOR, assignment)
    said = "is no policy administrator any more; this was recorded" if held else "was no policy administrator"
    click.echo(f"{user.username} ({user.name}) {said}.", err=True)


async def _assignments(user: User) -> list[int]:
    """By which the account holds the role now."""
    from datetime import UTC, datetime

    from models.accounts import RoleAssignment

    now = datetime.now(UTC)
    held = await RoleAssignment.filter(user_id=user.id, role=ADMIN).order_by("id")
    return [
        each.id
        for each in held
        if (each.valid_from is None or each.valid_from <= now) and (each.valid_until is None or each.valid_until > now)
    ]


async def _account(username: str, *, active: bool) -> User:
    """The account of this name; fails with the nearest names for one that is not there, or is disabled."""
    from models.accounts import User
    from models.rules.identity import normalise
    from models.rules.nearest import nearest

    name = normalise(username)
    user = await User.filter(username=name).first()
    if user is not None and (user.active or not active):
        return user
    if user is not None:
        raise Failed(f"account {name} is disabled; lixiao user enable {name} opens it again")
    known = {str(each): str(called) for each, called in await User.filter(active=True).values_list("username", "name")}
    near = nearest(name[:64], known)
    raise Failed(f"there is no account {name[:64]}" + (f"; nearest: {', '.join(near)}" if near else ""))
