"""Asks the schema directly, as a caller in a role under the shipped policy: no session, no HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from inspect import isawaitable
from typing import Any

from graphql import DocumentNode, GraphQLSchema, execute, parse, validate

from graphql_api.context import Context, Credentials
from graphql_api.errors import revealed
from models import database
from policies.access import Access
from policies.caller import Caller, Unit
from policies.engine import Snapshot
from policies.rules import PolicyTable, parse_csv, read_csv
from tests.api import built_schema


@cache
def core() -> GraphQLSchema:
    return built_schema()._schema


@cache
def valid(document: str) -> DocumentNode:
    """The parsed document; it must be valid."""
    parsed = parse(document)
    assert validate(core(), parsed) == []
    return parsed


@cache
def shipped() -> Snapshot:
    return Snapshot(1, read_csv())


def extended(*rows: str) -> Snapshot:
    """The shipped table with more rows, as they would stand in the CSV: `leader,Student,phone,read,all,allow,`."""
    more = parse_csv(rows)
    return Snapshot(2, PolicyTable((*shipped().table.rules, *more.rules), shipped().table.parents))


@dataclass
class Asker:
    """Somebody who asks; `sent` are the statements of the last question."""

    caller: Caller
    snapshot: Snapshot = field(default_factory=shipped)
    locale: str = "zh_CN"
    sent: list[str] = field(default_factory=list)

    async def answer(self, document: str, **variables: Any) -> tuple[Any, list[dict[str, Any]]]:
        """`data` and the errors' extensions with their path."""
        parsed = valid(document)
        context = Context(Credentials(), self.locale)
        context.signed_in, context.rights = self.caller, Access(self.snapshot, self.caller)
        with database.statements() as sent:
            result = execute(core(), parsed, context_value=context, variable_values=variables)
            done = await result if isawaitable(result) else result
        self.sent = list(sent)
        shown = [revealed(error) for error in done.errors or ()]
        return done.data, [{**(each.extensions or {}), "path": each.path, "message": each.message} for each in shown]

    async def ask(self, document: str, **variables: Any) -> Any:
        """The data of a question that must succeed."""
        data, errors = await self.answer(document, **variables)
        assert errors == []
        return data

    async def refused(self, document: str, **variables: Any) -> dict[str, Any]:
        """The one error of a question that must fail."""
        _, errors = await self.answer(document, **variables)
        [error] = errors
        return error


def in_role(
    role: str, *, user_id: int = 1, username: str = "somebody", snapshot: Snapshot | None = None, **units: Any
) -> Asker:
    """`in_role("counsellor", colleges=[college])`: the units as models, of which id and code are taken."""
    held = frozenset(
        Unit(name.removesuffix("s"), each.id, getattr(each, "code", str(each.id)))
        for name, members in units.items()
        for each in members
    )
    return Asker(Caller(user_id, username, username, role, held), snapshot or shipped())
