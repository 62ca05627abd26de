"""What the API says of policies: the table's rows and cells, who can, what somebody may.

What is said of changing them is in `policy_change_types`. Names are the table's own (`id_no`), each beside its words.
How the policies' answers become these, `policy_shown` says.
"""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from graphql_api.naming import described
from graphql_api.policy_counts import holders_of
from graphql_api.policy_holders import PolicyHolder, users_of
from graphql_api.words import Label
from models.declare import Words


def both(zh: str, en: str) -> str:
    return described(Words(zh, en))


@strawberry.type(description=both("名称与文字", "A name of the policy table, with its words"))
class PolicyName:
    name: str
    label: Label


# --- rows and cells


@strawberry.type(description=both("权限表的一行", "A row of the policy table"))
class PolicyRule:
    role: str
    role_label: Label
    object: str
    object_label: Label
    field: str = strawberry.field(
        description=both("字段;* 为全部非敏感字段", "A field; * is all that are not sensitive")
    )
    field_label: Label
    action: str
    action_label: Label
    scope: str = strawberry.field(
        description=both("范围;@ 后为限定的单位代码", "Which rows; after @ the code of the one unit")
    )
    scope_label: Label
    effect: str = strawberry.field(description=both("allow 允许,deny 禁止", "allow or deny"))
    until: date | None = strawberry.field(description=both("最后有效日(含当日)", "The last day on which it holds"))
    note: str
    row: int = strawberry.field(description=both("行号", "Its line in what was read"))


@strawberry.type(description=both("决定:可办理的范围", "What was decided: on which rows"))
class PolicyGrant:
    allow: list[str] = strawberry.field(description=both("允许的范围", "The scopes it is permitted in"))
    deny: list[str] = strawberry.field(description=both("禁止的范围", "The scopes taken away from these"))
    in_words: Label


@strawberry.type(
    description=both("一个身份对一个字段的一项操作", "What one role may do to one field by one action; null: nothing")
)
class PolicyCell:
    role: str
    role_label: Label
    action: str
    action_label: Label
    field: str
    field_label: Label
    grant: PolicyGrant | None
    in_words: Label
    own: list[PolicyRule] = strawberry.field(description=both("本身份自己的行", "The role's own rows"))
    inherited: list[PolicyRule] = strawberry.field(
        description=both("继承自公共权限的行", "Rows of the roles whose rights it has besides")
    )


# --- the matrix of an object


@strawberry.type(description=both("身份", "A role, as the matrix heads its rows"))
class PolicyRole:
    name: str
    label: Label
    parent: str | None = strawberry.field(description=both("继承自", "Whose rights it has besides"))
    assignable: bool = strawberry.field(
        description=both("可授予;公共权限不可", "Whether somebody can hold it; common rights cannot be held")
    )
    units: list[str] = strawberry.field(
        description=both("授予时的单位类别", "What an assignment may name: college, department, building or none")
    )


@strawberry.type(description=both("操作", "An action of the object"))
class PolicyAction:
    name: str
    label: Label
    per_field: bool = strawberry.field(
        description=both("按字段授予;否则字段为 *", "Granted field by field; if not, its field is *")
    )
    changes: bool
    fields: list[str] = strawberry.field(description=both("可授予的字段", "The fields it may be granted on"))


@strawberry.type(description=both("字段", "A field of the object"))
class PolicyField:
    name: str
    label: Label
    sensitive: bool = strawberry.field(description=both("敏感:* 不包含", "Not reached by *"))


@strawberry.type(description=both("范围", "A scope that the object has"))
class PolicyScope:
    name: str
    label: Label
    unit: str | None = strawberry.field(
        description=both("可用 @代码 限定的单位类别", "The kind of unit that @code may narrow it to")
    )
    inside: list[str] = strawberry.field(description=both("包含于", "The wider scopes that hold all its rows"))


@strawberry.type(description=both("一个对象的权限矩阵", "Who may do what to one object, cell by cell"))
class PolicyMatrix:
    version: int = strawberry.field(description=both("版本号;草稿为其基础版本", "The version; of a draft, its base"))
    draft: bool
    object: str
    object_label: Label
    roles: list[PolicyRole]
    actions: list[PolicyAction]
    fields: list[PolicyField]
    scopes: list[PolicyScope]
    cells: list[PolicyCell] = strawberry.field(
        description=both("有规则的单元格;其余为不可", "The cells about which there is a row; the others permit nothing")
    )


@strawberry.type(description=both("权限表", "A policy table: a version, or the draft"))
class PolicyTable:
    version: int = strawberry.field(description=both("版本号;草稿为其基础版本", "The version; of a draft, its base"))
    draft: bool
    csv: str = strawberry.field(
        description=both("每行一条,已排序,可重新导入", "One row a line, sorted; what it says can be imported again")
    )
    rules: list[PolicyRule]


# --- who can


@strawberry.type(description=both("有此权限的身份", "A role that may do it"))
class PolicyAbleRole:
    role: str
    role_label: Label
    cells: list[PolicyCell] = strawberry.field(description=both("字段与依据", "On which fields, and by which rows"))
    holders: int = strawberry.field(
        resolver=holders_of, description=both("当前在岗人数", "How many active accounts hold the role now")
    )
    users: list[PolicyHolder] = strawberry.field(
        resolver=users_of, description=both("持有人,仅限可见账号", "Who they are, as far as the caller sees accounts")
    )


@strawberry.type(description=both("谁有此权限", "Who can do something"))
class WhoCan:
    version: int
    object: str
    object_label: Label
    action: str
    action_label: Label
    field: str | None
    field_label: Label | None
    roles: list[PolicyAbleRole]


# --- what somebody may


@strawberry.type(description=both("对一个字段的权限与依据", "What a right reaches, and the rows that say so"))
class RightsField:
    field: str
    label: Label
    in_words: Label
    because: list[PolicyRule]


@strawberry.type(description=both("对象的一项操作", "An action of an object, and on which fields"))
class RightsAction:
    action: str
    label: Label
    fields: list[RightsField]


@strawberry.type(description=both("一个对象", "An object, and what may be done to it"))
class RightsObject:
    object: str
    label: Label
    actions: list[RightsAction]


@strawberry.type(description=both("身份授予的单位与期限", "A unit and the period for which a role is held"))
class RightsPeriod:
    unit: str | None = strawberry.field(description=both("单位代码", "The unit's code"))
    unit_label: Label | None
    valid_from: datetime | None
    valid_until: datetime | None
    current: bool = strawberry.field(description=both("现在有效", "Whether it holds now"))


@strawberry.type(description=both("以一个身份的权限", "What an account may do acting in one role"))
class RightsInRole:
    role: str
    label: Label
    periods: list[RightsPeriod]
    objects: list[RightsObject] = strawberry.field(
        description=both("仅现在有效的授予", "By what is held now; empty when nothing is")
    )


@strawberry.type(description=both("一个账号的权限", "What an account may do, role by role"))
class UserRights:
    username: str
    name: str
    active: bool
    version: int
    roles: list[RightsInRole]
