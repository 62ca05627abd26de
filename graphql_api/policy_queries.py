"""The questions about policies: the table, an object's matrix, who can, what somebody may, what a draft changes."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from graphql_api.context import Info
from graphql_api.policy_types import PolicyDiff, PolicyDraftShown, PolicyMatrix, PolicyTable, UserRights, WhoCan, both


async def policy_matrix(
    info: Info,
    object: str,  # noqa: A002  # the contract's argument
    version: int | None = None,
    draft: bool = False,
) -> PolicyMatrix:
    raise NotImplementedError


async def policy_table(info: Info, version: int | None = None, draft: bool = False) -> PolicyTable:
    raise NotImplementedError


async def who_can(
    info: Info,
    object: str,  # noqa: A002
    action: str,
    field: str | None = None,
    version: int | None = None,
    draft: bool = False,
) -> WhoCan:
    raise NotImplementedError


async def rights_of(info: Info, user: str, role: str | None = None) -> UserRights:
    raise NotImplementedError


async def policy_diff(
    info: Info,
    from_: Annotated[int | None, strawberry.argument(name="from")] = None,
    to: int | None = None,
    draft: bool = False,
) -> PolicyDiff:
    raise NotImplementedError


async def policy_draft(info: Info) -> PolicyDraftShown | None:
    raise NotImplementedError


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
        both("两个版本之间,或现行版本与草稿之间的差异", "From one version to another, or to one's own draft"),
    ),
    "policy_draft": (policy_draft, both("本人的权限草稿", "One's own draft; null when there is none")),
}


def policy_fields() -> dict[str, Any]:
    """The fields of Query by their Python names."""
    return {name: strawberry.field(resolver=resolve, description=text) for name, (resolve, text) in FIELDS.items()}
