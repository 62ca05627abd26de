"""What callers send to draft, simulate and publish a policy table."""

from __future__ import annotations

from datetime import date

import strawberry

from graphql_api.policy_types import both


@strawberry.input(
    description=both("范围与最后有效日", "A scope, perhaps `scope@unitcode`, and the last day it holds on")
)
class PolicyScopeInput:
    scope: str
    until: date | None = None


@strawberry.input(
    description=both(
        "一个单元格:替换该身份自己的行", "A cell: takes the place of the role's own rows; none: removes them"
    )
)
class PolicyCellInput:
    role: str
    object: str
    action: str
    field: str = "*"
    allow: list[PolicyScopeInput] = strawberry.field(default_factory=list)
    deny: list[PolicyScopeInput] = strawberry.field(default_factory=list)
    note: str = ""


@strawberry.input(
    description=both(
        "set、csv、resetRole、fromVersion、rebase 至多一项;均无时只保存说明",
        "At most one of set, csv, resetRole, fromVersion and rebase; with none, the comment alone is saved",
    )
)
class PolicyDraftInput:
    set: list[PolicyCellInput] | None = strawberry.field(
        default=None, description=both("修改单元格", "Cells, set in the draft, or in the version in force")
    )
    csv: str | None = strawberry.field(default=None, description=both("整张权限表", "A whole table in its place"))
    reset_role: str | None = strawberry.field(
        default=None, description=both("恢复该身份的出厂权限", "The role gets the rows that were shipped")
    )
    from_version: int | None = strawberry.field(
        default=None, description=both("取某版本的权限表", "The table of that version in its place")
    )
    rebase: bool = strawberry.field(
        default=False,
        description=both("把草稿的增减移到现行版本上", "What the draft adds and removes, done to the version in force"),
    )
    comment: str | None = strawberry.field(default=None, description=both("说明;空则不变", "Null: stays as it is"))
    expected_version: int | None = strawberry.field(
        default=None,
        description=both("草稿自身的版本;尚无草稿时为空", "The draft's own version; null while there is none"),
    )


@strawberry.input(
    description=both(
        "user 或 role:某账号以其身份,或任一身份与单位",
        "Either `user` (in `role`, if they hold several), or any `role` with the codes of its `units`",
    )
)
class SimulatePolicyInput:
    object: str
    action: str
    user: str | None = None
    role: str | None = None
    units: list[str] = strawberry.field(default_factory=list)
    fields: list[str] | None = strawberry.field(
        default=None, description=both("空为全部可授予的字段", "Null: every field that can be granted")
    )
    version: int | None = strawberry.field(default=None, description=both("空为现行版本", "Null: the one in force"))
    draft: bool = strawberry.field(default=False, description=both("按本人草稿", "By one's own draft"))


@strawberry.input(description=both("csv 与 draft 二选一", "Either `csv` or `draft`"))
class PublishPolicyInput:
    expected_version: int = strawberry.field(description=both("现行版本号", "The version that the caller saw in force"))
    comment: str | None = strawberry.field(
        default=None, description=both("说明;空则取草稿的说明", "Null: the draft's comment")
    )
    csv: str | None = None
    draft: bool = False


@strawberry.input(description=both("恢复到先前的版本", "Going back to the table of an earlier version"))
class RollbackPolicyInput:
    expected_version: int = strawberry.field(description=both("现行版本号", "The version that the caller saw in force"))
    to: int = strawberry.field(description=both("恢复到的版本号", "The version whose table is published again"))
    comment: str
