"""Tokens through the door: shown once, checked before they are made, ended at once (B13)."""

from __future__ import annotations

from typing import Any

import pytest

from graphql_api import ids
from models import ApiToken, Event
from models.rules.sessions import hashed
from tests import factories as make
from tests.api import Desk, OpenDesk, member

ANSWER = "id username role label { zh } name prefix items fields source expiresAt revokedAt changed message secret"
CREATE = f"mutation ($input: CreateTokenInput!) {{ done: createToken(input: $input) {{ {ANSWER} }} }}"
REVOKE = f"mutation ($id: ID!) {{ done: revokeToken(id: $id) {{ {ANSWER} }} }}"
WHO = "{ viewer { username activeRole } }"


@pytest.fixture
async def admin(api: OpenDesk) -> Desk:
    await member("boss", "account_admin", name="刘主任")
    where = await make.university()
    await make.season(where)
    await member("campus-library", "campus_app", where.library)
    return await api(as_="boss")


async def test_a_token_is_shown_once_used_and_revoked(api: OpenDesk, admin: Desk) -> None:
    given = {
        "username": "campus-library",
        "role": "campus_app",
        "name": "每小时核对",
        "items": ["BOOKS"],
        "fields": ["Clearance.status", "Clearance.item", "studentNo", "student_no", "Sheet.*"],
        "source": "library",
        "expiresAt": "2099-06-30T23:59:00+08:00",
    }
    made = (await admin.query(CREATE, input=given))["done"]
    secret = made.pop("secret")
    row = await ApiToken.get()
    assert made == {
        "id": ids.encode("ApiToken", row.id),
        "username": "campus-library",
        "role": "campus_app",
        "label": {"zh": "业务系统"},
        "name": "每小时核对",
        "prefix": secret[:9],
        "items": ["BOOKS"],
        "fields": sorted(given["fields"]),
        "source": "library",
        "expiresAt": "2099-06-30T15:59:00+00:00",
        "revokedAt": None,
        "changed": True,
        "message": f"已签发令牌 {secret[:9]}。令牌只显示这一次,请立即妥善保存。",
    }
    assert row.token_hash == hashed(secret)
    program = await api(token=secret)
    assert (await program.query(WHO))["viewer"] == {"username": "campus-library", "activeRole": "campus_app"}
    ended = (await admin.query(REVOKE, id=made["id"]))["done"]
    assert (ended["changed"], ended["secret"], ended["message"]) == (True, None, f"已吊销令牌 {secret[:9]}。")
    assert (await program.post(WHO)).status_code == 401
    assert (await admin.query(REVOKE, id=made["id"]))["done"]["changed"] is False
    assert await Event.filter(object="ApiToken").order_by("id").values_list("changed", "after", "role") == [
        ("role", "campus_app", "account_admin"),
        ("revoked_at", "REVOKED", "account_admin"),
    ]


@pytest.mark.parametrize(
    ("given", "code", "argument", "message"),
    [
        ({"username": "nobody"}, "NOT_FOUND", "username", "未找到可用的账号 nobody,请核对用户名。"),
        ({"username": "gone"}, "NOT_FOUND", "username", "未找到可用的账号 gone,请核对用户名。"),
        (
            {"role": "leader"},
            "FORBIDDEN",
            "role",
            '账号 campus-library 现在没有"校领导"身份(现有:campus_app),不能签发。请先授予该身份,或另选身份。',
        ),
        (
            {"username": "limin"},
            "FORBIDDEN",
            "role",
            "账号 limin 现在没有任何身份,不能签发令牌。请先授予身份。",
        ),
        (
            {"items": ["BOOKS", "BOKS"]},
            "BAD_INPUT",
            "items",
            "没有这些环节:BOKS。您要找的可能是:BOOKS。",
        ),
        (
            {"fields": ["Studnet.name", "Student.nmae"]},
            "BAD_INPUT",
            "fields",
            None,
        ),
        ({"source": "the library"}, "BAD_INPUT", "source", '数据来源"the library"不能含空格。请改正后重试。'),
        (
            {"expiresAt": "2020-06-30T23:59:00+08:00"},
            "BAD_INPUT",
            "expiresAt",
            "时间 2020-06-30 23:59 已过,请填写以后的时间。",
        ),
    ],
)
async def test_not_issued(admin: Desk, given: dict[str, Any], code: str, argument: str, message: str | None) -> None:
    await make.user("gone", active=False)
    error = await admin.error(CREATE, input={"username": "campus-library"} | given)
    assert (error["code"], error["violations"][0]["path"]) == (code, ["input", argument])
    assert error["message"] == message or (message is None and "Student.name" in error["message"])
    assert (await ApiToken.all().count(), await Event.all().count()) == (0, 0)


async def test_only_the_account_administrator_issues_and_revokes(api: OpenDesk, admin: Desk) -> None:
    await member("tuner", "policy_admin")
    made = (await admin.query(CREATE, input={"username": "campus-library"}))["done"]
    desk = await api(as_="tuner")
    error = await desk.error(CREATE, input={"username": "campus-library"})
    assert (error["code"], error["message"]) == (
        "FORBIDDEN",
        '您当前身份为"权限管理员",不能新增"接口令牌"的"身份"。需要"账号管理员"身份。',
    )
    error = await desk.error(REVOKE, id=made["id"])
    assert (error["code"], error["message"]) == (
        "FORBIDDEN",
        '您当前身份为"权限管理员",不能吊销接口令牌。需要"账号管理员"身份。',
    )
    assert await ApiToken.filter(revoked_at=None).count() == 1
    for unknown in (ids.encode("ApiToken", 999), "nonsense"):
        assert (await admin.error(REVOKE, id=unknown))["code"] == "NOT_FOUND"
