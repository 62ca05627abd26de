"""What the API says of changing the policy table: what differs, what speaks against it, a draft, a simulation."""

from __future__ import annotations

import strawberry

from graphql_api.policy_counts import holders_of, rows_after, rows_before, uncounted
from graphql_api.policy_types import PolicyGrant, PolicyName, PolicyRule, both
from graphql_api.scalars import enum_of
from graphql_api.words import Label
from models.declare import Words
from policies.difference import ChangeKind, RoleChange

enum_of(ChangeKind, Words("权限变化", "How a decision differs"), name="PolicyChangeKind")

# --- what differs


@strawberry.type(description=both("一个身份的变化", "What changes for one role"))
class PolicyRoleChange:
    object: strawberry.Private[str]
    change: strawberry.Private[RoleChange]
    role: str
    role_label: Label
    before: PolicyGrant | None
    after: PolicyGrant | None
    holders: int = strawberry.field(
        resolver=holders_of, description=both("当前在岗人数", "How many active accounts hold the role now")
    )
    rows_before: int | None = strawberry.field(
        resolver=rows_before, description=both("原可及行数", "How many rows at least one of them reaches now")
    )
    rows_after: int | None = strawberry.field(
        resolver=rows_after, description=both("将可及行数", "How many rows at least one of them would reach")
    )
    uncounted: Label | None = strawberry.field(
        resolver=uncounted, description=both("行数无法统计的原因", "Why the rows could not be counted")
    )


@strawberry.type(description=both("权限变化", "A decision that changes, for one or several roles alike"))
class PolicyChange:
    object: str
    object_label: Label
    action: str
    action_label: Label
    field: str
    field_label: Label
    kind: ChangeKind
    in_words: Label
    roles: list[PolicyRoleChange]


@strawberry.type(description=both("增减的行", "The rows that come and go"))
class PolicyRuleChanges:
    added: list[PolicyRule]
    removed: list[PolicyRule]


@strawberry.type(description=both("不符合的底线要求", "What the desk promises, and this table would not keep"))
class PolicyBroken:
    name: str
    in_words: Label
    role: str
    object: str
    action: str
    field: str


@strawberry.type(description=both("不存在的单位", "A unit that a row names and that is not there"))
class PolicyProblem:
    row: int
    column: str
    value: str
    nearest: list[str]
    in_words: Label


@strawberry.type(description=both("能否发布", "Whether the table may be published, and if not, why"))
class PolicyVerdict:
    publishable: bool
    broken: list[PolicyBroken]
    lockout: str | None = strawberry.field(
        description=both(
            "NOBODY 将无人可调整权限,PUBLISHER 本人将不可",
            "NOBODY could tune policies afterwards, or not the PUBLISHER",
        )
    )
    unknown_units: list[PolicyProblem]
    reasons: list[Label] = strawberry.field(description=both("原因与下一步", "Each reason, with the next step"))


@strawberry.type(description=both("两张权限表的差异", "What differs between two tables, in decisions and in rows"))
class PolicyDiff:
    from_version: int
    to_version: int | None = strawberry.field(description=both("草稿为空", "Null for the draft"))
    changes: list[PolicyChange]
    rules: PolicyRuleChanges
    verdict: PolicyVerdict = strawberry.field(
        description=both("后一张表现在能否发布", "Whether the later table could be published now")
    )


# --- drafting, simulating, publishing


@strawberry.type(name="PolicyDraft", description=both("本人的权限草稿", "One's own draft of the policy table"))
class PolicyDraftShown:
    version: int = strawberry.field(
        description=both("草稿自身的版本,保存时带上", "Of the draft itself; goes along when it is saved again")
    )
    base: int = strawberry.field(description=both("基础版本号", "The policy version it was begun on"))
    stale: bool = strawberry.field(description=both("已有更新的版本发布", "Whether another version is in force since"))
    comment: str
    csv: str
    rules: list[PolicyRule]
    changes: PolicyRuleChanges = strawberry.field(description=both("相对基础版本", "Against its base"))


@strawberry.type(description=both("模拟的一列", "A column of what would be shown"))
class SimulatedColumn:
    field: str
    label: Label
    on_all_rows: bool = strawberry.field(description=both("所有行可见", "Whether it is shown on every row"))
    in_words: Label


@strawberry.type(description=both("模拟结果;不含任何行", "What somebody would see or act on; no row of it"))
class PolicySimulation:
    version: int = strawberry.field(description=both("版本号;草稿为其基础版本", "The version; of a draft, its base"))
    draft: bool
    role: str
    role_label: Label
    permitted: bool
    rows: Label = strawberry.field(description=both("可及的行", "Which rows, in words"))
    count: int | None = strawberry.field(
        description=both(
            "行数;模拟身份而行数因人而异时为空", "How many; null for a role whose rows depend on the person"
        )
    )
    columns: list[SimulatedColumn]
    denied: list[PolicyName] = strawberry.field(description=both("不可见的字段", "Fields permitted on no row"))
    message: str


@strawberry.type(description=both("已发布的权限版本", "A policy version that is now in force"))
class PublishedPolicy:
    number: int
    comment: str
    message: str
