"""How a command of the shell runs: on a connected, migrated database, its expected problems told in one line.

The commands themselves stand in `cli` and `cli_accounts`.
"""

from __future__ import annotations

import asyncio
import copy
import logging
import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, NoReturn, ParamSpec, TypeVar

import click

from models import database, migrate
from models.database_url import BadDatabaseUrl
from models.rules.actor import COMMAND_LINE
from models.rules.refusals import Refused
from seeds.problems import SeedProblem
from settings import BadSetting, settings

P = ParamSpec("P")
T = TypeVar("T")

OPERATOR = COMMAND_LINE


#: The first names of our own loggers.
OUR_LOGGERS = ("lixiao", "policies", "models")


class Failed(Exception):
    """A command did its work and the answer is no; the message is the last line shown."""


#: What an operator can mend: shown as one line, without a trace. `Refused` is put into words, see `told_in_one_line`.
EXPECTED = (
    BadSetting,
    BadDatabaseUrl,
    Failed,
    SeedProblem,
    database.DatabaseUnavailable,
    database.NotMigrated,
    migrate.MigrationFailed,
)


class WithoutQuery(logging.Filter):
    """Cuts addresses in the server's log lines before the `?`: what was searched for is a name or a student number,
    and a log is read by more people than the list."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_without_query(each) for each in record.args)
        return True


def _without_query(argument: object) -> object:
    return argument.partition("?")[0] if isinstance(argument, str) and argument.startswith("/") else argument


def log_config() -> dict[str, Any]:
    """Uvicorn's own way of logging, with WithoutQuery on every handler, and the same for our own lines. Of other
    libraries warnings alone are told: what they have to say besides holds values of the database."""
    from uvicorn.config import LOGGING_CONFIG

    config = copy.deepcopy(LOGGING_CONFIG)
    config["formatters"]["default"]["fmt"] = "%(asctime)s %(levelprefix)s %(message)s"
    ours = {"handlers": ["default"], "level": settings().log_level.upper(), "propagate": False}
    config["loggers"] |= dict.fromkeys(OUR_LOGGERS, ours)
    config["root"] = {"handlers": ["default"], "level": "WARNING"}
    _tell_lines(config, ours)
    config["filters"] = {"without_query": {"()": f"{__name__}.{WithoutQuery.__name__}"}}
    for handler in config["handlers"].values():
        handler["filters"] = ["without_query"]
    return config


def _tell_lines(config: dict[str, Any], ours: dict[str, Any]) -> None:
    """The line of each answer is whole and needs no colours: uvicorn's formatter would cost as much again."""
    config["formatters"]["line"] = {"format": "%(asctime)s INFO:     %(message)s"}
    config["handlers"]["line"] = {
        "class": "logging.StreamHandler",
        "formatter": "line",
        "stream": "ext://sys.stderr",
    }
    config["loggers"]["lixiao.access"] = {**ours, "handlers": ["line"]}


def with_database(work: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Runs a coroutine command on a connected, migrated database, in an event loop of its own."""

    @wraps(work)
    def command(*args: P.args, **kwargs: P.kwargs) -> T:
        async def connected() -> T:
            await database.connect(settings().database_url)
            try:
                await database.require_migrated()
                return await work(*args, **kwargs)
            finally:
                await database.disconnect()

        return asyncio.run(connected())

    return command


def told_in_one_line(command: Callable[[], Any]) -> None:
    """Runs the console script; what an operator can mend is one line on the error stream, and exit code 1."""
    try:
        command()
    except EXPECTED as problem:
        _fail(str(problem))
    except Refused as refused:
        _fail(in_words(refused))


def in_words(refused: Refused) -> str:
    """English: this is the operator's terminal."""
    from graphql_api import messages

    words = messages.of_refusal(refused.refusal, "en")
    facts = ", ".join(f"{name}: {value}" for name, value in refused.refusal.facts.items() if value != "")
    return f"{words} ({refused.argument or refused.refusal.code.value}{f'; {facts}' if facts else ''})"


def _fail(line: str) -> NoReturn:
    click.echo(f"lixiao: {line}", err=True)
    sys.exit(1)
