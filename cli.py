"""The `lixiao` command: each command reads its options, calls one verb and prints; exit codes 0 ok, 1 failed, 2 usage.

How a command is run stands in `cli_running`, the commands on accounts in `cli_accounts`, on policies in `cli_policies`,
on stored documents in `cli_documents`.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli_accounts import token_group, user_group
from cli_documents import documents_group
from cli_policy_changes import policy_group
from cli_running import Failed, log_config, told_in_one_line, with_database
from models import database, migrate
from settings import settings

if TYPE_CHECKING:
    from seeds.demo_database import Ready

DEMO_DATABASE = "sqlite://var/demo.db"


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(version("lixiao"), prog_name="lixiao")
def lixiao() -> None:
    """离校系统 · the leaving-school desk of a university.

    The database is the one of LIXIAO_DATABASE_URL (sqlite://var/lixiao.db unless set); .env is read.
    """


# --- the demonstration and the server


@lixiao.command("demo")
@click.option("--students", default=15_500, type=click.IntRange(min=1), help="how many leave in the open season")
@click.option("--seed", default=1, help="the same seed gives the same university")
@click.option("--database", "url", default=DEMO_DATABASE, metavar="URL", help="where to build it")
@click.option("--password", help="of all demonstration accounts; one is generated unless given")
@click.option("--host", default="127.0.0.1", help="address to serve on")
@click.option("--port", default=8000, type=click.IntRange(1, 65_535), help="port to serve on")
@click.option("--no-serve", is_flag=True, help="only build it")
@click.option("--keep", is_flag=True, help="serve the demonstration that is there; build one only when there is none")
def demo_command(
    students: int, seed: int, url: str, password: str | None, host: str, port: int, no_serve: bool, keep: bool
) -> None:
    """Build a season in the middle at a fictional university, and serve it."""
    from seeds import demo_database

    if not no_serve:
        _require_free(host, port)
    today = datetime.now(settings().timezone).date()
    with _stages() as progress:
        ready = demo_database.prepare(demo_database.Order(url, students, seed, password, keep, today), progress)
    _print_demo(ready, f"http://{host}:{port}")
    if not no_serve:
        _use_demo(url)
        _run_server("app:create_app", host, port, 1)


@contextmanager
def _stages() -> Iterator[Callable[[str], None]]:
    """A progress bar on the terminal's error stream, one step for each stage of building."""
    from tqdm import tqdm

    from seeds.demo import STAGES

    with tqdm(
        total=len(STAGES), unit="stage", leave=False, disable=None, bar_format="{desc:<16}{bar} {n}/{total} {elapsed}"
    ) as bar:

        def step(stage: str) -> None:
            bar.n = STAGES.index(stage)
            bar.set_description_str(stage)

        yield step


def _print_demo(ready: Ready, url: str) -> None:
    from policies.roles import ROLES
    from seeds.accounts import APPLICANTS, DEMO

    built = ready.built
    if built:
        click.echo(
            f"{built.university.zh} · {built.university.en}: {built.students:,} students, {built.sheets:,} sheets,"
            f" {built.clearances:,} clearances, {built.events:,} events"
        )
    click.echo(f"\n  panel    {url}/admin/\n  GraphQL  {url}/graphql\n")
    click.echo(f"  password of every account: {ready.password or 'as it was'}\n")
    for username, name, assignments in DEMO:
        roles = ", ".join(f"{ROLES[each.role].label.zh} {ROLES[each.role].label.en}" for each in assignments)
        click.echo(f"  {username:<13} {name}  {roles}")
    click.echo(f"  {', '.join(username for username, _ in APPLICANTS)}: who may apply to leave, may not, and did")
    if ready.token:
        click.echo(f"\n  campus-library (token only): {ready.token}")
    click.echo("")


def _use_demo(url: str) -> None:
    """The server, and its worker processes, read their settings from the environment."""
    from seeds.university import load

    university = load()
    os.environ["LIXIAO_DATABASE_URL"] = url
    os.environ.setdefault("LIXIAO_UNIVERSITY_ZH", university.zh)
    os.environ.setdefault("LIXIAO_UNIVERSITY_EN", university.en)
    os.environ.setdefault("LIXIAO_HELP_PHONE", university.help_phone)
    os.environ.setdefault("LIXIAO_HELP_EMAIL", university.help_email)
    settings.cache_clear()


@lixiao.command("serve")
@click.option("--host", default="127.0.0.1", help="address to serve on")
@click.option("--port", default=8000, type=click.IntRange(1, 65_535), help="port to serve on")
@click.option("--workers", default=1, type=click.IntRange(1, 64), help="processes; on SQLite one is right")
def serve_command(host: str, port: int, workers: int) -> None:
    """Serve the panel and the API."""
    _nothing_missing()
    _require_free(host, port)
    _run_server("app:create_app", host, port, workers)


@lixiao.command("panel")
@click.option("--host", default="127.0.0.1", help="address to serve on")
@click.option("--port", default=8001, type=click.IntRange(1, 65_535), help="port to serve on")
def panel_command(host: str, port: int) -> None:
    """Serve the panel alone, before an API elsewhere (LIXIAO_API_URL)."""
    _api_answers()
    _require_free(host, port)
    _run_server("panel_app:create_panel_app", host, port, 1)


def _api_answers() -> None:
    """Says in one line what the panel would say in a trace."""
    from admin_panel.client import ApiFailure, ApiUnreachable, HttpClient, Visitor

    api, token = settings().api_url, settings().api_token
    if not api or not token:
        raise Failed(
            "the panel alone needs LIXIAO_API_URL and LIXIAO_API_TOKEN: a token whose role may explore the API"
        )
    client = HttpClient(f"{api}/graphql", token, timeout=10)
    try:
        client.execute("{ objects { name } __schema { queryType { name } } }", None, Visitor("", "en", inside=True))
    except ApiUnreachable:
        raise Failed(f"no API answers at {api}/graphql; see LIXIAO_API_URL") from None
    except ApiFailure as refused:
        raise Failed(f"{api}/graphql refuses LIXIAO_API_TOKEN: {refused.message} ({refused.code})") from None
    finally:
        client.close()


@with_database
async def _nothing_missing() -> None:
    """Says in one line what the server would say in a trace."""


def _require_free(host: str, port: int) -> None:
    """Fails in one line when the server could not listen there; it would say so only after it has started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as problem:
            raise Failed(f"cannot serve on {host} port {port}: {problem.strerror}; choose another by --port") from None


def _run_server(application: str, host: str, port: int, workers: int) -> None:
    import uvicorn

    from graphql_api.asked import MOST_BYTES

    uvicorn.run(
        application,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level=settings().log_level,
        log_config=log_config(),
        access_log=False,  # `graphql_api.observing` writes a line for each answer
        timeout_graceful_shutdown=30,
        http="cli_http:Http",
        ws="cli_sockets:Socket",
        ws_max_size=MOST_BYTES,
        ws_per_message_deflate=False,  # messages are small, and each would cost more than it saves
    )


# --- the database


@lixiao.command("migrate")
def migrate_command() -> None:
    """Bring the database to this version's schema, with a backup and guards."""
    report = asyncio.run(migrate.migrate(settings().database_url))
    for line in report.lines():
        click.echo(line)


def batch_code(text: str | None) -> str | None:
    """The year and month of a season; what is none is a mistake in the command itself."""
    if text is not None and not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", text):
        raise click.BadParameter(f"{text[:32]!r} is no batch; write its year and month like 2027-06")
    return text


@lixiao.command("seed")
@click.option(
    "--university", type=click.Path(dir_okay=False, path_type=Path), help="JSON file; the fictional one unless given"
)
@click.option(
    "--batch",
    metavar="YYYY-MM",
    callback=lambda context, option, code: batch_code(code),
    help="also make this batch, in preparation, with the catalogue's items",
)
@with_database
async def seed_command(university: Path | None, batch: str | None) -> None:
    """Add a university's units and the default policy, where they are missing.

    What is there is never changed. So an edited default_policy.csv is not put in force on a database that has a policy:
    that is what `lixiao policy publish FILE` does.

    \b
    lixiao seed --university university.json --batch 2027-06
    """
    from policies import store
    from seeds import university as units

    found = units.load(university)
    async with database.transaction():
        added = await units.write_units(found, datetime.now(UTC))
        items = await units.write_batch(found, batch, datetime.now(UTC)) if batch else 0
    number = await store.publish_default()
    click.echo(f"{found.zh}: {added} units added; policy version {number} in force")
    if batch:
        click.echo(f"Batch {batch} made with {items} items.")


@lixiao.command("check")
@with_database
async def check_command() -> None:
    """Recount every rule of the desk; print what offends against one, and fail."""
    from tqdm import tqdm

    from models.rules.check import check

    with tqdm(
        total=0, unit="recount", leave=False, disable=None, bar_format="{desc:<16}{bar} {n}/{total} {elapsed}"
    ) as bar:

        def progress(n: int, total: int, invariant: int) -> None:
            bar.total, bar.n = total, n
            bar.set_description_str(f"invariant {invariant}")

        offences = await check(progress)
    for offence in offences:
        click.echo(str(offence))
    if offences:
        raise Failed(f"{len(offences)} rules do not hold")
    click.echo("Every rule holds.")


@lixiao.command("export-schema")
def export_schema_command() -> None:
    """Print the GraphQL schema."""
    from graphql_api.schema import sdl

    click.echo(sdl(), nl=False)


# --- the console script

lixiao.add_command(user_group)
lixiao.add_command(token_group)
lixiao.add_command(policy_group)
lixiao.add_command(documents_group)


def main() -> None:
    """The console script."""
    told_in_one_line(lixiao)


if __name__ == "__main__":
    main()
