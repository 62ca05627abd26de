"""Passwords: an administrator gives somebody another one, and everybody changes his own."""

from __future__ import annotations

import strawberry

from graphql_api.context import Info
from graphql_api.errors import ApiError, ErrorCode, bad_input
from graphql_api.mutations.account_answers import AccountResult, account_result
from graphql_api.mutations.asked import column, optional, required
from graphql_api.rights import require_fields
from graphql_api.throttling import place_of, throttled
from models.accounts import User
from models.declare import Words
from models.rules import account_facts, accounts
from models.rules.passwords import generated_password

LENGTH = Words("至少 10 位", "at least 10 characters")


@strawberry.input(description="重置密码 · A password, or `generate`")
class ResetPasswordInput:
    username: str = column(User, "username")
    password: str | None = optional("新密码", "New password", LENGTH)
    generate: bool = optional("自动生成密码", "Generate a password", default=False)


@strawberry.input(description="修改密码 · One's own password")
class ChangePasswordInput:
    current: str = required("当前密码", "Present password")
    new: str = required("新密码", "New password", LENGTH)


async def reset_password(info: Info, input: ResetPasswordInput) -> AccountResult:  # noqa: A002  # contract's argument
    """重置密码 · Reset a password

    该账号的会话随即结束 · The account's sessions end; a generated password is answered once.
    """
    permit = await require_fields(info.context, "User", {"set_password": ()})
    password = chosen_password(input.password, generate=input.generate, needed=True)
    await accounts.set_password(info.context.caller.actor, input.username, password or "", permit=permit)
    user = await account_facts.account(input.username)
    return account_result(info, user, "PASSWORD_RESET", password=password if input.generate else None)


def chosen_password(given: str | None, *, generate: bool, needed: bool) -> str | None:
    """Raises BAD_INPUT for both at once, and for neither where one is `needed`."""
    if (given and generate) or (needed and not given and not generate):
        raise bad_input("password", problem="PASSWORD_OR_GENERATE")
    return generated_password() if generate else given or None


async def change_password(info: Info, input: ChangePasswordInput) -> AccountResult:  # noqa: A002
    """修改密码 · Change your password

    其他设备上的登录随即退出 · One's own: other sessions end, this one goes on.
    """
    caller, identity = info.context.caller, info.context.identity
    if identity is None or identity.session_id is None:
        raise ApiError(ErrorCode.BAD_INPUT, problem="NO_SESSION")
    with throttled():
        await accounts.change_password(
            caller.actor, input.current, input.new, keep_session=identity.session_id, place=place_of(info.context)
        )
    user = await account_facts.account_of(caller.user_id)
    return account_result(info, user, "PASSWORD_CHANGED")


FIELDS = {"reset_password": reset_password, "change_password": change_password}
