"""The questions about policies: the table, an object's matrix, who can, what somebody may, what a draft changes."""

from __future__ import annotations

import asyncio
from itertools import groupby
from typing import Annotated, Any

import strawberry

from graphql_api.context import Info
from graphql_api.policy_change_types import PolicyDiff, PolicyDraftShown
from graphql_api.policy_differences import difference_between
from graphql_api.policy_names import action_called, action_label, field_called, field_label, object_called, role_label
from graphql_api.policy_rights import rights_of
from graphql_api.policy_shown import cell_shown, changes_shown, matrix_shown, table_shown
from graphql_api.policy_tables import TUNE, asked_for, read_draft, table_of
from graphql_api.policy_types import PolicyAbleRole, PolicyMatrix, PolicyTable, WhoCan, both
from graphql_api.rights import require
from graphql_api.words import label_of
from policies import explaining
from policies.catalogue import ObjectOf
from policies.drafts import Draft
from policies.editing import rule_changes, to_csv
from policies.engine import Snapshot
from policies.rules import PolicyTable as Table


async def policy_matrix(
    info: Info,
    object: str,  # noqa: A002  # the contract's argument
    version: int | None = None,
    draft: bool = False,
) -> PolicyMatrix:
    """Cell by cell, inherited rights included."""
    asked = await asked_for(info.context, version, draft=draft)
    target = object_called(object, "object")
    return await asyncio.to_thread(_matrix, asked.snapshot, target, draft=draft)


def _matrix(snapshot: Snapshot, target: ObjectOf, *, draft: bool) -> PolicyMatrix:
    """In a thread: a draft is decided for it, and some thousand cells are worded."""
    return matrix_shown(target, snapshot.version, explaining.matrix(snapshot, target.name), draft=draft)


async def policy_table(info: Info, version: int | None = None, draft: bool = False) -> PolicyTable:
    """All its rows, those whose last day has passed too."""
    asked = await asked_for(info.context, version, draft=draft)
    return await asyncio.to_thread(_table, asked.snapshot, draft=draft)


def _table(snapshot: Snapshot, *, draft: bool) -> PolicyTable:
    rules = snapshot.table.rules
    return PolicyTable(version=snapshot.version, draft=draft, csv=to_csv(snapshot.table), rules=table_shown(rules))


async def who_can(
    info: Info,
    object: str,  # noqa: A002
    action: str,
    field: str | None = None,
    version: int | None = None,
    draft: bool = False,
) -> WhoCan:
    """In the roles' order on screen."""
    asked = await asked_for(info.context, version, draft=draft)
    target = object_called(object, "object")
    wanted = action_called(target, action, "action")
    name = None if field is None else field_called(target, wanted, field, "field")
    cells = explaining.who_can(asked.snapshot, target.name, wanted, name)
    return WhoCan(
        version=asked.snapshot.version,
        object=target.name,
        object_label=label_of(target.label),
        action=wanted,
        action_label=action_label(wanted),
        field=name,
        field_label=field_label(target.name, wanted, name) if name else None,
        roles=[
            PolicyAbleRole(role=role, role_label=role_label(role), cells=[cell_shown(each) for each in of_role])
            for role, of_role in groupby(cells, key=lambda cell: cell.role)
        ],
    )


async def policy_diff(
    info: Info,
    from_: Annotated[int | None, strawberry.argument(name="from")] = None,
    to: int | None = None,
    draft: bool = False,
) -> PolicyDiff:
    """See `policy_differences`."""
    return await difference_between(info.context, from_, to, draft=draft)


async def policy_draft(info: Info) -> PolicyDraftShown | None:
    """Null when there is none."""
    await require(info.context, *TUNE)
    found = await read_draft(info.context)
    return None if found is None else await draft_shown(found)


async def draft_shown(draft: Draft) -> PolicyDraftShown:
    """With what it changes of its base."""
    return await asyncio.to_thread(_draft, draft, await table_of(draft.base, "base"))


def _draft(draft: Draft, base: Table) -> PolicyDraftShown:
    return PolicyDraftShown(
        version=draft.version,
        base=draft.base,
        stale=draft.stale,
        comment=draft.comment,
        csv=to_csv(draft.table),
        rules=table_shown(draft.table.rules),
        changes=changes_shown(rule_changes(base, draft.table)),
    )


FIELDS: dict[str, tuple[Any, str]] = {
    "policy_matrix": (
        policy_matrix,
        both("一个对象的权限矩阵:身份 × 操作 × 字段", "Who may do what to one object: roles, actions, fields"),
    ),
    "policy_table": (
        policy_table,
        both("权限表:现行版本、某版本或本人草稿", "The table in force, of a version, or of one's own draft"),
    ),
    "who_can": (
        who_can,
        both("谁有此权限,依据哪一行;field 为空时为任一字段", "Who can, and by which rows; on any field"),
    ),
    "rights_of": (
        rights_of,
        both("某账号的权限,逐身份逐字段,含依据", "What an account may do, with the rows that say so"),
    ),
    "policy_diff": (
        policy_diff,
        both(
            "差异:默认为上一版本到现行版本;draft 为现行版本到本人草稿",
            "What differs: from the version before to the one in force, or with `draft` from it to one's own draft",
        ),
    ),
    "policy_draft": (policy_draft, both("本人的权限草稿", "One's own draft; null when there is none")),
}


def policy_fields() -> dict[str, Any]:
    """The fields of Query by their Python names."""
    return {name: strawberry.field(resolver=resolve, description=text) for name, (resolve, text) in FIELDS.items()}
