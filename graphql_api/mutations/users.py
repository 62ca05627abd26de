"""Accounts (R25): making, changing, closing and opening them."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import UNSET

from graphql_api.context import Info
from graphql_api.errors import bad_input
from graphql_api.mutations.account_answers import AccountResult, account_result
from graphql_api.mutations.asked import column, optional
from graphql_api.mutations.granting import UNIT, duties_of, grant_of, rights_to_grant
from graphql_api.mutations.passwords import chosen_password
from graphql_api.rights import require_fields
from models.accounts import User
from models.declare import Words
from models.rules import account_facts, accounts


@strawberry.input(
    description="新建账号 · A new account\n不设密码的账号只能使用令牌 · Without a password it only holds tokens"
)
class CreateUserInput:
    username: str = column(User, "username")
    name: str = column(User, "name")
    password: str | None = optional("密码", "Password", Words("至少 10 位", "at least 10 characters"))
    generate: bool = optional("自动生成密码", "Generate a password", default=False)
    email: str | None = column(User, "email", default=None)
    phone: str | None = column(User, "phone", default=None)
    student_no: str | None = optional("学号", "Student no.", Words("学生账号才填", "for the account of a student"))
    role: str | None = optional("身份", "Role", Words("首个身份", "the first one"))
    unit: str | None = optional("单位", "Unit", UNIT)
    until: datetime | None = optional("身份失效时间", "Role valid until")


@strawberry.input(description="修改账号 · Changes of an account")
class UpdateUserInput:
    username: str = column(User, "username")
    name: str | None = column(User, "name", default=UNSET)
    email: str | None = column(User, "email", default=UNSET)
    phone: str | None = column(User, "phone", default=UNSET)
    expected_version: int | None = optional(
        "所见版本", "Version seen", Words("已被他人修改时不覆盖", "refused if changed")
    )


@strawberry.input(description="停用账号 · The account to be disabled")
class DisableUserInput:
    username: str = column(User, "username")


@strawberry.input(description="启用账号 · The account to be enabled")
class EnableUserInput:
    username: str = column(User, "username")


async def create_user(info: Info, input: CreateUserInput) -> AccountResult:  # noqa: A002  # the contract's argument
    """新建账号 · Make an account

    可同时授予首个身份;自动生成的密码只显示这一次 · With its first role, all or nothing; a generated password is
    answered once.
    """
    permit = await require_fields(info.context, "User", _needed(input))
    password = chosen_password(input.password, generate=input.generate, needed=False)
    first = grant_of(input.role, input.unit, None, input.until, until="until") if _names_a_role(input) else None
    made = await accounts.create_user(
        info.context.caller.actor,
        username=input.username,
        name=input.name,
        password=password,
        email=input.email or "",
        phone=input.phone or "",
        student_no=input.student_no or None,
        first=first,
        permit=permit,
        rights=await rights_to_grant(info.context, first),
    )
    user, held = await account_facts.account_of(made), await account_facts.assignments_of(made)
    generated = password if input.generate else None
    return account_result(info, user, "USER_CREATED", password=generated, roles=held)


def _needed(asked: CreateUserInput) -> dict[str, set[str]]:
    filled = {name for name in ("name", "email", "phone") if getattr(asked, name)}
    needed = {"create": {"username", *filled}}
    return {**needed, "set_password": set()} if asked.password or asked.generate else needed


def _names_a_role(asked: CreateUserInput) -> bool:
    if asked.role:
        return True
    if asked.unit or asked.until:
        raise bad_input("role", problem="WHICH_ROLE")
    return False


async def update_user(info: Info, input: UpdateUserInput) -> AccountResult:  # noqa: A002
    """修改账号 · Change an account

    姓名、邮箱、电话 · Name, e-mail, phone; what is left out stays as it is.
    """
    given = {name: getattr(input, name) for name in ("name", "email", "phone")}
    given = {name: value or "" for name, value in given.items() if value is not UNSET}
    permit = await require_fields(info.context, "User", {"update": given.keys()})
    if not given:
        raise bad_input("name", problem="NOTHING_GIVEN")
    changed = await accounts.update_user(
        info.context.caller.actor,
        input.username,
        **given,
        expected_version=input.expected_version,
        permit=permit,
    )
    user = await account_facts.account(input.username)
    return account_result(info, user, "USER_UPDATED", changed=changed)


async def disable_user(info: Info, input: DisableUserInput) -> AccountResult:  # noqa: A002
    """停用账号 · Disable an account

    会话和令牌随即失效 · Its sessions and tokens end at once. Refused for one's own, and where nobody would be left to
    grant roles or tune the policies.
    """
    changed = await accounts.disable_user(
        info.context.caller.actor,
        input.username,
        permit=await require_fields(info.context, "User", {"update": {"active"}}),
        duties=duties_of(),
    )
    user = await account_facts.account(input.username)
    return account_result(info, user, "USER_DISABLED", changed=changed)


async def enable_user(info: Info, input: EnableUserInput) -> AccountResult:  # noqa: A002
    """启用账号 · Enable an account

    原有会话和令牌不恢复 · Its old sessions and tokens stay ended.
    """
    changed = await accounts.enable_user(
        info.context.caller.actor,
        input.username,
        permit=await require_fields(info.context, "User", {"update": {"active"}}),
    )
    user = await account_facts.account(input.username)
    return account_result(info, user, "USER_ENABLED", changed=changed)


FIELDS = {
    "create_user": create_user,
    "update_user": update_user,
    "disable_user": disable_user,
    "enable_user": enable_user,
}
