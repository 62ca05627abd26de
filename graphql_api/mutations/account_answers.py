"""What the mutations on accounts, roles and tokens answer: the row as it is now, and a sentence in both cases."""

from __future__ import annotations

from datetime import datetime

import strawberry

from graphql_api import ids, messages
from graphql_api.context import Info
from graphql_api.naming import described
from graphql_api.words import Label, label_of
from models.accounts import ApiToken, User
from models.declare import Words
from models.rules.account_facts import AssignmentFacts, UnitFacts
from policies.roles import ROLES


def said(zh: str, en: str) -> str:
    """A description in both languages."""
    return described(Words(zh, en))


@strawberry.type(description=said("学院、部门或公寓楼", "A college, department or building"))
class UnitInfo:
    kind: str = strawberry.field(description=said("college、department 或 building", "college, department, building"))
    code: str
    label: Label


@strawberry.type(description=said("授予的身份", "A role that an account holds"))
class AssignmentInfo:
    id: strawberry.ID = strawberry.field(description=said("供 endRole 使用", "For endRole"))
    role: str
    label: Label
    unit: UnitInfo | None
    valid_from: datetime | None
    valid_until: datetime | None


@strawberry.type(description=said("对账号的办理结果", "What became of an account"))
class AccountResult:
    """`password` is there once, when it was generated just now; nobody can read it again."""

    id: strawberry.ID
    username: str
    name: str
    active: bool
    version: int
    changed: bool = strawberry.field(description=said("是否有变化", "Whether anything changed"))
    message: str = strawberry.field(description=said("结果说明", "What was done, in the caller's language"))
    password: str | None = strawberry.field(
        description=said("自动生成的密码,只显示这一次", "The generated password, shown this once")
    )
    roles: list[AssignmentInfo] = strawberry.field(
        description=said("随账号授予的身份(createUser)", "The roles granted along with it (createUser)")
    )


@strawberry.type(description=said("对身份的办理结果", "What became of a role"))
class RoleResult:
    username: str
    assignment: AssignmentInfo
    changed: bool = strawberry.field(description=said("是否有变化", "Whether anything changed"))
    message: str = strawberry.field(description=said("结果说明", "What was done, in the caller's language"))


@strawberry.type(description=said("对接口令牌的办理结果", "What became of an API token"))
class TokenResult:
    id: strawberry.ID
    username: str
    role: str
    label: Label = strawberry.field(description=said("身份名称", "What the role is called"))
    name: str
    prefix: str
    items: list[str]
    fields: list[str]
    source: str
    expires_at: datetime | None
    revoked_at: datetime | None
    changed: bool = strawberry.field(description=said("是否有变化", "Whether anything changed"))
    message: str = strawberry.field(description=said("结果说明", "What was done, in the caller's language"))
    secret: str | None = strawberry.field(
        description=said("令牌,只显示这一次(createToken)", "The token itself, shown this once (createToken)")
    )


def account_result(
    info: Info,
    user: User,
    done: str,
    *,
    changed: bool = True,
    password: str | None = None,
    roles: list[AssignmentFacts] | None = None,
) -> AccountResult:
    """`done`: which sentence, see `account_wording.DONE`."""
    return AccountResult(
        id=_id("User", user.id),
        username=user.username,
        name=user.name,
        active=user.active,
        version=user.version,
        changed=changed,
        message=_message(info, done if changed else "UNCHANGED", username=user.username),
        password=password,
        roles=[assignment_info(each) for each in roles or ()],
    )


def role_result(info: Info, held: AssignmentFacts, done: str, *, changed: bool) -> RoleResult:
    unit = held.unit.name if held.unit else None
    message = _message(info, done if changed else "UNCHANGED", username=held.username, role=held.role, unit=unit)
    return RoleResult(username=held.username, assignment=assignment_info(held), changed=changed, message=message)


def token_result(
    info: Info, row: ApiToken, done: str, *, changed: bool = True, secret: str | None = None
) -> TokenResult:
    return TokenResult(
        id=_id("ApiToken", row.id),
        username=row.user.username,
        role=row.role,
        label=_role_label(row.role),
        name=row.name,
        prefix=row.prefix,
        items=list(row.items),
        fields=list(row.field_names),
        source=row.source,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        changed=changed,
        message=_message(info, done if changed else "UNCHANGED", prefix=row.prefix),
        secret=secret,
    )


def assignment_info(held: AssignmentFacts) -> AssignmentInfo:
    return AssignmentInfo(
        id=_id("RoleAssignment", held.id),
        role=held.role,
        label=_role_label(held.role),
        unit=_unit(held.unit) if held.unit else None,
        valid_from=held.valid_from,
        valid_until=held.valid_until,
    )


def _unit(unit: UnitFacts) -> UnitInfo:
    return UnitInfo(kind=unit.kind.value, code=unit.code, label=label_of(unit.name))


def _role_label(role: str) -> Label:
    return label_of(ROLES[role].label if role in ROLES else Words(role, role))


def _message(info: Info, done: str, **facts: object) -> str:
    return messages.of_act(done, facts, info.context.locale)


def _id(object_name: str, number: int) -> strawberry.ID:
    return strawberry.ID(ids.encode(object_name, number))
