"""Who asks: sessions and tokens, the one acting role, and what nobody is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from models import ApiToken, RoleAssignment, Session, User
from models.rules import guesses, tokens
from models.rules.actor import SYSTEM
from tests import factories as make
from tests.api import PASSWORD, SIGN_IN, OpenDesk, member

WHO = "{ viewer { username activeRole csrfToken } }"
CHOOSE = "mutation ($input: ChooseRoleInput!) { chooseRole(input: $input) { role csrfToken } }"


async def test_nobody_reads_nothing(api: OpenDesk) -> None:
    desk = await api()
    response = await desk.post("{ students { totalCount } }")
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    [error] = response.json()["errors"]
    assert (error["extensions"]["code"], error["message"]) == (
        "UNAUTHENTICATED",
        "请先登录;程序请在请求头附上 Authorization: Bearer lx_…。",
    )
    assert "data" not in response.json()


@pytest.mark.parametrize(
    "query", ["{ objects { name } }", "{ __schema { queryType { name } } }", "mutation { signOut }"]
)
async def test_nobody_learns_nothing_of_the_schema_either(api: OpenDesk, query: str) -> None:
    answer = await (await api()).answer(query)
    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["code"] in ("UNAUTHENTICATED", "BAD_INPUT")


async def test_a_password_opens_a_session_in_the_first_role(api: OpenDesk) -> None:
    where = await make.university()
    await member("limin", "operator", where.library)
    await member("limin", "leader")
    desk = await api(as_="limin")
    assert (await desk.query(WHO))["viewer"] == {
        "username": "limin",
        "activeRole": "operator",
        "csrfToken": desk.csrf,
    }


@pytest.mark.parametrize(("username", "password"), [("limin", "wrong, and long"), ("nobody", PASSWORD), ("", "")])
async def test_a_wrong_password_says_neither_what_was_wrong(api: OpenDesk, username: str, password: str) -> None:
    await member("limin", "office")
    error = await (await api()).error(SIGN_IN, input={"username": username, "password": password})
    assert error["code"] == "UNAUTHENTICATED"
    assert error["message"] == "用户名或密码不正确,请核对后重试;忘记密码请联系账号管理员。"
    assert await Session.all().count() == 0


async def test_guessing_is_slowed_down(api: OpenDesk) -> None:
    await member("limin", "office")
    desk = await api()
    for _ in range(guesses.GUESSES):
        await desk.error(SIGN_IN, input={"username": "limin", "password": "wrong, and long"})
    error = await desk.error(SIGN_IN, input={"username": "limin", "password": PASSWORD})
    assert error["code"] == "RATE_LIMITED"
    assert 0 < error["params"]["seconds"] <= 15 * 60
    assert f"{error['params']['seconds']} 秒后再试" in error["message"]


async def test_an_old_cookie_is_401_and_does_not_keep_anybody_from_signing_in(api: OpenDesk) -> None:
    await member("limin", "office")
    desk = await api(as_="limin")
    await Session.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    response = await desk.post(WHO)
    assert response.status_code == 401
    assert response.json()["errors"][0]["message"] == "登录已过期,请重新登录。"
    await desk.sign_in("limin")
    assert (await desk.query(WHO))["viewer"]["username"] == "limin"


async def test_a_disabled_account_is_out_at_once(api: OpenDesk) -> None:
    await member("limin", "office")
    desk = await api(as_="limin")
    await User.filter(username="limin").update(active=False)
    assert (await desk.post(WHO)).status_code == 401


async def test_choosing_a_role_changes_the_next_request(api: OpenDesk) -> None:
    where = await make.university()
    await member("limin", "operator", where.library)
    await member("limin", "leader")
    desk = await api(as_="limin")
    chosen = await desk.query(CHOOSE, input={"role": "leader"})
    assert chosen["chooseRole"] == {"role": "leader", "csrfToken": desk.csrf}
    assert (await desk.query(WHO))["viewer"]["activeRole"] == "leader"


async def test_a_role_that_is_not_held_cannot_be_chosen(api: OpenDesk) -> None:
    await member("limin", "leader")
    desk = await api(as_="limin")
    error = await desk.error(CHOOSE, input={"role": "office"})
    assert (error["code"], error["violations"][0]["path"]) == ("FORBIDDEN", ["input", "role"])
    assert error["message"] == '您没有"学生离校工作主管部门"身份,不能切换。请选择可用身份,或联系账号管理员授予。'
    assert (await desk.query(WHO))["viewer"]["activeRole"] == "leader"


async def test_a_role_that_was_taken_away_permits_nothing(api: OpenDesk) -> None:
    user = await member("limin", "office")
    desk = await api(as_="limin")
    await RoleAssignment.filter(user=user).delete()
    assert (await desk.error("{ students { totalCount } }"))["code"] == "FORBIDDEN"


async def test_an_unknown_batch_is_named(api: OpenDesk) -> None:
    await member("limin", "office")
    desk = await api(as_="limin")
    error = await desk.error(CHOOSE, input={"batch": "1999-01"})
    assert (error["code"], error["message"]) == ("NOT_FOUND", "未找到批次 1999-01,请核对批次代码。")


# --- tokens


async def test_what_only_the_token_lacks_is_said_of_the_token(api: OpenDesk) -> None:
    """The role that is needed is the caller's own: another one would not help (B4, B13)."""
    where = await make.university()
    season = await make.season(where)
    await make.sheet(season.batch, await make.student("20230001"))
    await member("limin", "operator", where.library)
    fields = (await tokens.create_token(SYSTEM, "limin", fields=["Student.studentNo", "Sheet.student"])).secret
    narrow = await api(token=fields)
    error = await narrow.error("{ students { nodes { name } } }")
    assert error["message"] == '您使用的接口令牌范围不含此项:查看"学生"的"姓名"。请向账号管理员申请范围更大的令牌。'
    [sheet] = (await narrow.query("{ sheets { nodes { contacts { itemCode } progress { settled } } } }"))["sheets"][
        "nodes"
    ]
    assert sheet == {"contacts": None, "progress": None}
    items = (await tokens.create_token(SYSTEM, "limin", items=["DORM"])).secret
    document = "mutation ($input: SetClearancesInput!) { setClearances(input: $input) { rows { code message } } }"
    asked = {"batch": "2026-06", "item": "BOOKS", "status": "CLEARED", "select": {"studentNos": ["20230001"]}}
    [row] = (await (await api(token=items)).query(document, input=asked))["setClearances"]["rows"]
    assert row == {
        "code": "FORBIDDEN",
        "message": '您使用的接口令牌范围不含此项:办理通过"图书清还"。请向账号管理员申请范围更大的令牌。',
    }


async def test_a_token_is_one_role_and_needs_no_csrf(api: OpenDesk) -> None:
    where = await make.university()
    await member("campus-library", "campus_app", where.library)
    secret = (await tokens.create_token(SYSTEM, "campus-library")).secret
    desk = await api(token=secret)
    assert (await desk.query("{ viewer { username activeRole } }"))["viewer"] == {
        "username": "campus-library",
        "activeRole": "campus_app",
    }


async def test_a_broken_revoked_or_expired_token_is_401(api: OpenDesk) -> None:
    await member("campus-library", "campus_app")
    revoked, expired = [await tokens.create_token(SYSTEM, "campus-library") for _ in range(2)]
    await tokens.revoke_token(SYSTEM, revoked.token_id)
    await ApiToken.filter(id=expired.token_id).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    for secret in (revoked.secret, expired.secret, "lx_nonsense", "nonsense", ""):
        response = await (await api(token=secret)).post(WHO)
        assert response.status_code == 401
        [error] = response.json()["errors"]
        assert error["extensions"]["code"] == "UNAUTHENTICATED"
        assert error["message"] == "接口令牌无效、已过期或已吊销,请向账号管理员申请新令牌。"


async def test_a_token_does_not_sign_out_or_choose_roles(api: OpenDesk) -> None:
    await member("campus-library", "campus_app")
    desk = await api(token=(await tokens.create_token(SYSTEM, "campus-library")).secret)
    assert (await desk.error("mutation { signOut }"))["code"] == "BAD_INPUT"
    assert (await desk.error(CHOOSE, input={"role": "campus_app"}))["code"] == "BAD_INPUT"


async def test_english_is_spoken_to_those_who_ask_for_it(api: OpenDesk) -> None:
    error = (await (await api(locale="en")).post(WHO)).json()["errors"][0]
    assert (
        error["message"]
        == "Please sign in first; a program sends its token in the header (Authorization: Bearer lx_...)."
    )


async def test_who_guesses_from_another_desk_locks_nobody_out(api: OpenDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    await member("limin", "office")
    there, here = await api(), await api()
    there.http._transport = httpx.ASGITransport(there.http._transport.app, client=("10.1.2.3", 1))  # type: ignore[attr-defined]  # another address
    for _ in range(guesses.GUESSES):
        await there.error(SIGN_IN, input={"username": "limin", "password": "wrong, and long"})
    refused = await there.post(SIGN_IN, {"input": {"username": "limin", "password": PASSWORD}})
    assert refused.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert 0 < int(refused.headers["retry-after"]) <= 15 * 60
    await here.sign_in("limin")
    [place] = await Session.all().values_list("place", flat=True)
    assert len(str(place)) == 64
