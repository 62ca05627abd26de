"""Tokens of campus apps and scripts: issuing one, shown once, and revoking it."""

from __future__ import annotations

from datetime import datetime

import strawberry

from graphql_api.context import Info
from graphql_api.mutations.account_answers import TokenResult, token_result
from graphql_api.mutations.asked import column, optional
from graphql_api.mutations.options import row_id
from graphql_api.rights import require_fields
from graphql_api.values import moment
from models.accounts import ApiToken, User
from models.declare import Words
from models.rules import account_facts, tokens
from policies.held_roles import check_fields

ITEMS = Words("环节代码,不填为不限", "codes of items; none means all")
FIELD_NAMES = Words("如 Student.studentNo,不填为不限", "such as Student.studentNo; none means all")
SOURCE = Words("数据同步以此署名", "what its synchronisations are signed with")


@strawberry.input(description="签发接口令牌 · One role of the account, cut down to some items and fields")
class CreateTokenInput:
    username: str = column(User, "username")
    role: str | None = optional("身份", "Role", Words("不填为账号的首个身份", "the account's first one unless given"))
    name: str | None = column(ApiToken, "name", default=None)
    items: list[str] | None = column(ApiToken, "items", ITEMS, default=None)
    fields: list[str] | None = column(ApiToken, "field_names", FIELD_NAMES, default=None)
    source: str | None = column(ApiToken, "source", SOURCE, default=None)
    expires_at: datetime | None = column(ApiToken, "expires_at", default=None)


async def create_token(info: Info, input: CreateTokenInput) -> TokenResult:  # noqa: A002  # the contract's argument
    """签发接口令牌 · Issue an API token

    令牌只显示这一次 · The token itself is answered once.
    """
    permit = await require_fields(info.context, "ApiToken", {"create": _filled(input)})
    account = await require_fields(info.context, "User", {"read": ()})
    fields = [name.strip() for name in input.fields or () if name.strip()]
    check_fields(fields)
    made = await tokens.create_token(
        info.context.caller.actor,
        input.username,
        role=input.role or None,
        name=input.name or "",
        items=input.items or (),
        fields=fields,
        source=input.source or "",
        expires_at=moment(input.expires_at, ("input", "expiresAt")) if input.expires_at else None,
        permit=permit,
        account=account,
    )
    return token_result(info, await account_facts.token(made.token_id), "TOKEN_CREATED", secret=made.secret)


#: Where the columns of ApiToken are called otherwise in the input.
COLUMNS = {"fields": "field_names"}


def _filled(asked: CreateTokenInput) -> set[str]:
    given = {COLUMNS.get(name, name) for name, value in vars(asked).items() if value and name != "username"}
    return {"user", "role", *given}


async def revoke_token(info: Info, id: strawberry.ID) -> TokenResult:  # noqa: A002  # the contract's argument
    """吊销接口令牌 · Revoke an API token

    即刻失效 · It ends at once.
    """
    permit = await require_fields(info.context, "ApiToken", {"revoke": ()})
    number = row_id("ApiToken", id, "id")
    changed = await tokens.revoke_token(info.context.caller.actor, number, permit=permit)
    return token_result(info, await account_facts.token(number), "TOKEN_REVOKED", changed=changed)


FIELDS = {"create_token": create_token, "revoke_token": revoke_token}
