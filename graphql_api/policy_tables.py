"""Which policy table a question is about: the one in force, a version, or the caller's own draft; and reading a CSV.

The right is asked first: versions need `read`, a draft needs `tune`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from graphql_api.context import Context
from graphql_api.errors import ApiError, ErrorCode, Violation
from graphql_api.policy_names import no_such
from graphql_api.policy_problems import unusable, with_every_problem
from graphql_api.rights import require
from graphql_api.values import bad
from models.rules.refusals import Refused
from policies import drafts, store
from policies.drafts import Draft
from policies.engine import Snapshot
from policies.rules import InvalidPolicy, PolicyTable, parse_csv

MOST_CSV = 512 * 1024  # characters; the shipped table, one row a line, has a fifth of it
READ = ("PolicyVersion", "read")
TUNE = ("PolicyVersion", "tune")


@dataclass(frozen=True, slots=True)
class Asked:
    """A table to answer about; of a draft, `snapshot.version` is its base."""

    snapshot: Snapshot
    draft: Draft | None = None


async def asked_for(
    context: Context, version: int | None, *, draft: bool, path: tuple[str, ...] = (), version_at: str = "version"
) -> Asked:
    """The table of a version (without: in force), or the caller's draft; `path` leads to the arguments, of which
    `version_at` is the version's.

    Raises FORBIDDEN, NOT_FOUND (no such version, no draft), BAD_INPUT (both asked for, or not usable).
    """
    await require(context, *(TUNE if draft else READ))
    if not draft:
        return Asked(await snapshot_of(context, version, *path, version_at))
    if version is not None:
        raise bad((*path, "draft"), "CONTRADICTS", other=version_at)
    found = await own_draft(context, *path, "draft")
    return Asked(_decided(context, found.base, found.table), found)


async def snapshot_of(context: Context, version: int | None, *path: str) -> Snapshot:
    """As it decides today; the one in force is what the caller's own rights are decided by. Version 0 permits nothing:
    it is what there was before the first."""
    in_force = context.access.snapshot
    if version is None or version == in_force.version:
        return in_force
    return store.DENY_ALL if version == 0 else _decided(context, version, await table_of(version, *path))


def _decided(context: Context, version: int, table: PolicyTable) -> Snapshot:
    """What is the same in the version in force need not be decided again."""
    made = Snapshot(version, table, store.today())
    made.take_over(context.access.snapshot)
    return made


async def table_of(version: int, *path: str) -> PolicyTable:
    """Raises NOT_FOUND for a version there never was, BAD_INPUT for one that cannot be used."""
    if not 0 < version < 2**31:
        raise no_such(path, str(version), code=ErrorCode.NOT_FOUND, version=version)
    try:
        return await store.read_table(version)
    except Refused:
        raise no_such(path, str(version), code=ErrorCode.NOT_FOUND, version=version) from None
    except InvalidPolicy as problem:
        raise unusable(problem, *path, version=version) from problem


async def own_draft(context: Context, *path: str) -> Draft:
    """Raises NOT_FOUND when there is none."""
    found = await read_draft(context)
    if found is None:
        raise ApiError(ErrorCode.NOT_FOUND, "", [Violation(path, "NO_DRAFT")], problem="NO_DRAFT")
    return found


async def read_draft(context: Context) -> Draft | None:
    """Raises BAD_INPUT for a draft that this version of the program does not understand."""
    try:
        return await drafts.read(context.caller.user_id)
    except InvalidPolicy as problem:
        raise unusable(problem, "draft", code="UNUSABLE_DRAFT") from problem


async def table_in(context: Context, text: str, *path: str) -> PolicyTable:
    """The table that a CSV text says, with the inheritance in force; read beside the event loop. Raises BAD_INPUT that
    tells every problem."""
    if len(text) > MOST_CSV:
        raise bad(path, "TOO_LONG", length=len(text), limit=MOST_CSV)
    with with_every_problem(*path):
        return await asyncio.to_thread(parse_csv, text, context.access.snapshot.table.parents)
