"""What a draft becomes when it is saved: cells set, a role reset, a whole table in its place, or the same changes made
to the version in force."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date

from graphql_api.context import Context
from graphql_api.errors import ApiError, ErrorCode, Violation
from graphql_api.policy_inputs import PolicyCellInput, PolicyDraftInput, PolicyScopeInput
from graphql_api.policy_names import action_called, field_called, object_called, role_called
from graphql_api.policy_problems import with_every_problem
from graphql_api.policy_tables import own_draft, read_draft, table_in, table_of
from graphql_api.values import bad
from policies import drafts
from policies.drafts import Draft
from policies.editing import reset_role, rule_changes, set_cell
from policies.rules import PolicyTable, checked, read_csv

MOST_CELLS = 200  # the whole table is checked again after each
MOST_SCOPES = 50
INSTEAD = ("set", "csv", "resetRole", "fromVersion", "rebase")


async def saved(context: Context, asked: PolicyDraftInput) -> Draft:
    """The caller's draft as it is kept now. Raises BAD_INPUT that tells every problem, NOT_FOUND for a version there
    never was, CONFLICT when the draft is another one than `expectedVersion`."""
    _at_most_one(asked)
    present = await _present(context, asked)
    base, table = await _made(context, asked, present)
    comment = asked.comment if asked.comment is not None else present.comment if present else ""
    return await drafts.save(
        context.caller.user_id, table, base=base, comment=comment, expected_version=asked.expected_version
    )


def _at_most_one(asked: PolicyDraftInput) -> None:
    values = (asked.set, asked.csv, asked.reset_role, asked.from_version, asked.rebase or None)
    given = [name for name, value in zip(INSTEAD, values, strict=True) if value is not None]
    if len(given) > 1:
        violations = [Violation(("input", name), "ONE_OF") for name in given]
        raise ApiError(ErrorCode.BAD_INPUT, "", violations, problem="ONE_OF", choices=", ".join(given))


async def _present(context: Context, asked: PolicyDraftInput) -> Draft | None:
    """The draft so far. One that is not understood any more is replaced by a whole table, whatever it said."""
    try:
        return await read_draft(context)
    except ApiError:
        if asked.csv is None and asked.from_version is None:
            raise
        return None


async def _made(context: Context, asked: PolicyDraftInput, present: Draft | None) -> tuple[int, PolicyTable]:
    """The version that the draft is based on, and its table."""
    in_force = context.access.snapshot
    if asked.csv is not None:
        return in_force.version, await table_in(context, asked.csv, "input", "csv")
    if asked.from_version is not None:
        return in_force.version, await table_of(asked.from_version, "input", "fromVersion")
    if asked.rebase:
        return in_force.version, await _rebased(context, in_force.table)
    base, table = (present.base, present.table) if present else (in_force.version, in_force.table)
    if asked.reset_role is not None:
        role = role_called(asked.reset_role, "input", "resetRole")
        with with_every_problem("input", "resetRole"):
            return base, await asyncio.to_thread(lambda: reset_role(table, role.name, read_csv()))
    return base, await asyncio.to_thread(_with_cells, table, asked.set or [])


async def _rebased(context: Context, in_force: PolicyTable) -> PolicyTable:
    """The version in force with what the draft took away and added."""
    draft = await own_draft(context, "input", "rebase")
    base = await table_of(draft.base, "base")
    with with_every_problem("input", "rebase"):
        return await asyncio.to_thread(_on, in_force, draft.table, base)


def _on(in_force: PolicyTable, draft: PolicyTable, base: PolicyTable) -> PolicyTable:
    changes, inherits_otherwise = rule_changes(base, draft), set(draft.parents) != set(base.parents)
    gone = {rule.texts for rule in changes.removed}
    added = set(changes.added)
    kept = [rule for rule in in_force.rules if rule.texts not in gone and rule not in added]
    return checked([*kept, *changes.added], (draft if inherits_otherwise else in_force).parents)


def _with_cells(table: PolicyTable, cells: Sequence[PolicyCellInput]) -> PolicyTable:
    if len(cells) > MOST_CELLS:
        raise bad(("input", "set"), "TOO_MANY", count=len(cells), limit=MOST_CELLS)
    for place, cell in enumerate(cells):
        table = _with_cell(table, cell, ("input", "set", str(place)))
    return table


def _with_cell(table: PolicyTable, cell: PolicyCellInput, path: tuple[str, ...]) -> PolicyTable:
    """The role may be one of those that others have in common."""
    role = role_called(cell.role, *path, "role")
    target = object_called(cell.object, *path, "object")
    action = action_called(target, cell.action, *path, "action")
    field = field_called(target, action, cell.field, *path, "field")
    allow, deny = _scopes(cell.allow, *path, "allow"), _scopes(cell.deny, *path, "deny")
    with with_every_problem(*path):
        return set_cell(
            table,
            role=role.name,
            object=target.name,
            action=action,
            field=field,
            allow=allow,
            deny=deny,
            note=cell.note,
        )


def _scopes(given: Sequence[PolicyScopeInput], *path: str) -> Mapping[str, date | None]:
    """By name, the last day. One that is given twice is refused: two days would contradict each other."""
    if len(given) > MOST_SCOPES:
        raise bad(path, "TOO_MANY", count=len(given), limit=MOST_SCOPES)
    found: dict[str, date | None] = {}
    for place, each in enumerate(given):
        if each.scope in found:
            raise bad((*path, str(place)), "POLICY_SAME_ROW")
        found[each.scope] = each.until
    return found
