"""The policy commands of the shell that look on, `lixiao policy …`: each reads its options and asks `policies`.

What they read from files and names, and the lines that they print, stand in `cli_policy_lines`; the commands that
change something in `cli_policy_changes`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import click

from cli_policy_lines import (
    able_lines,
    actions_on,
    against,
    called,
    change_lines,
    count,
    failed,
    fields_for,
    objects,
    reaches,
    rule_lines,
    table_in,
    words_of_change,
    write,
)
from cli_running import Failed, with_database
from settings import settings

if TYPE_CHECKING:
    from policies.engine import Snapshot

P = ParamSpec("P")

FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
VERSION = click.IntRange(1, 2**31 - 1)


@click.group("policy")
def policy_group() -> None:
    """The policy table: who may do what to which fields of which rows."""


def on_policies(work: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """A command on a connected database that tells everything it is refused for in its own words."""

    @wraps(work)
    async def told(*args: P.args, **kwargs: P.kwargs) -> None:
        from models.rules.refusals import Refused
        from policies import store
        from policies.rules import InvalidPolicy

        store.STORE.zone = settings().timezone
        try:
            await work(*args, **kwargs)
        except Refused as refused:
            raise failed(refused) from None
        except InvalidPolicy as problem:
            raise Failed(f"that version cannot be used: {problem}"[:300]) from None

    return with_database(told)


# --- which table


async def _in_force() -> Snapshot:
    """The version in force; a version that cannot be used is no answer to any question."""
    from policies import store

    found = await store.for_read()
    if store.STORE.degraded:
        raise Failed(store.STORE.degraded)
    return found


async def number_in_force() -> int:
    """Of the version in force, whether or not it can be used: what is published takes its place."""
    from models.rules import policy_publishing

    return (await policy_publishing.in_force()).number


async def _snapshot(number: int | None) -> Snapshot:
    """Of a version as it decides today; 0 is what there was before the first."""
    from policies import store
    from policies.engine import Snapshot

    if number is None:
        return await _in_force()
    return Snapshot(number, await store.read_table(number), store.today()) if number else store.DENY_ALL


# --- looking


@policy_group.command("check")
@click.argument("file", type=FILE, required=False)
@on_policies
async def policy_check(file: Path | None) -> None:
    """Tell everything that is wrong with a CSV file, or with the version in force; fail if anything is.

    Told are unknown names with their row and the nearest names, broken promises with the rows that break them, units
    that do not exist, and whether nobody could tune policies any more. Nothing is changed.

    \b
    lixiao policy check
    lixiao policy check policy.csv
    """
    from policies import publishing

    table = await table_in(file) if file else (await _in_force()).table
    found = against(await publishing.verdict(table, publisher=None), table, numbered=file is not None)
    for line in found:
        click.echo(line)
    name = str(file) if file else f"version {await number_in_force()}"
    if found:
        raise Failed(f"{name}: {count(len(found), 'problem')}")
    click.echo(f"{name}: {len(table.rules):,} rows; nothing speaks against it.")


@policy_group.command("diff")
@click.argument("file", type=FILE, required=False)
@click.option("--from", "before", type=VERSION, help="from this version", metavar="N")
@click.option("--to", "after", type=VERSION, help="to this version", metavar="N")
@click.option("--rules", is_flag=True, help="also the rows added (+) and removed (-)")
@on_policies
async def policy_diff(file: Path | None, before: int | None, after: int | None, rules: bool) -> None:
    """Tell what differs in what may be done: in words, with who holds the roles and how many rows they reach.

    With FILE, from the version in force to the file; else from the version before to the one in force.

    \b
    lixiao policy diff policy.csv --rules
    lixiao policy diff --from 3 --to 5
    """
    from policies import store
    from policies.engine import Snapshot

    if file and after:
        raise click.UsageError("FILE and --to exclude each other")
    if file:
        later = Snapshot(0, await table_in(file), store.today())
    else:
        later = await _snapshot(after)
    if before is None and not file:
        before = max(0, later.version - 1)
    earlier = await _snapshot(before)
    await _tell_changes(earlier, later, str(file) if file else f"version {later.version}")
    for line in rule_lines(earlier.table, later.table) if rules else ():
        click.echo(line)


async def _tell_changes(earlier: Snapshot, later: Snapshot, name: str) -> None:
    from policies.difference import difference

    changes = difference(earlier, later)
    click.echo(f"Version {earlier.version} to {name}: {count(len(changes), 'change')} in what may be done.")
    reached = await reaches(changes)
    for change in changes:
        click.echo(f"\n{words_of_change(change)}")
        for line in change_lines(change, reached):
            click.echo(line)


@policy_group.command("who-can")
@click.argument("object_name", metavar="OBJECT")
@click.argument("action", metavar="ACTION")
@click.argument("field", required=False)
@on_policies
async def policy_who_can(object_name: str, action: str, field: str | None) -> None:
    """Tell which roles may do something, on which rows, how many hold them, and the lines of the table that say so.

    Names are those of the table (`id_no`) or of the API (`idNo`). Without FIELD, of every field.

    \b
    lixiao policy who-can Student read phone
    lixiao policy who-can Clearance clear
    """
    from policies.explaining import who_can

    name = called("object", object_name, objects())
    act = called("action", action, actions_on(name))
    wanted = called("field", field, fields_for(name, act)) if field is not None else None
    cells = who_can(await _in_force(), name, act, wanted)
    for line in await able_lines(cells):
        click.echo(line)
    if not cells:
        click.echo("Nobody.")


@policy_group.command("versions")
@on_policies
async def policy_versions() -> None:
    """List the versions: number, when, by whom, comment; the one in force is marked."""
    from models.policy_versions import PolicyVersion

    in_force = await number_in_force()
    for each in await PolicyVersion.all().only("number", "created_at", "comment", "author_id").order_by("-number"):
        author = await each.author.only("username") if each.author_id else None  # type: ignore[attr-defined,union-attr]  # Tortoise's key
        when = each.created_at.astimezone(settings().timezone)
        mark = "*" if each.number == in_force else " "
        who = author.username if author else "command line"
        click.echo(f"{mark}{each.number}\t{when:%Y-%m-%d %H:%M}\t{who}\t{each.comment}")


@policy_group.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option("--version", "number", type=VERSION, help="this version; the one in force unless given", metavar="N")
@on_policies
async def policy_export(file: Path | None, number: int | None) -> None:
    """Write a version as CSV, one row a line and sorted, to FILE or to standard output.

    The same table is always the same text: keep it in git, and a change is what differs.

    \b
    lixiao policy export policy.csv
    lixiao policy export --version 3 | diff - policy.csv
    """
    from policies.editing import to_csv

    found = await _snapshot(number)
    text = to_csv(found.table)
    if file is None:
        click.echo(text, nl=False)
        return
    write(file, text)
    click.echo(f"Version {found.version} written to {file}: {len(found.table.rules):,} rows.", err=True)
