"""GraphQL over HTTP: what is malformed is a 4xx with a code, never a 500; who may write; what the headers say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from graphql_api import http as door
from tests.api import PASSWORD, SIGN_IN, OpenDesk, member

WHO = "{ viewer { username } }"
JSON = "application/json"
GRAPHQL = "application/graphql-response+json"


async def desk_http(api: OpenDesk) -> httpx.AsyncClient:
    return (await api()).http


def code(response: httpx.Response) -> Any:
    return response.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe{}",
        b"null",
        b"17",
        b'"query"',
        b"[]",
        b"{",
        b"[" * 100_000,
        b'{"query": ' + b"9" * 5_000 + b"}",
        b'{"query": 1}',
        b'{"query": ""}',
        b'{"variables": {}}',
        b'{"query": "{ __typename }", "variables": []}',
        b'{"query": "{ __typename }", "variables": "x"}',
        b'{"query": "{ __typename }", "operationName": 7}',
        b'{"query": "{ __typename }", "extensions": 7}',
        b'{"query": "{ __typename }", "variables": {"a": "\\u0000"}}',
        b'{"query": "\\ud800"}',
    ],
)
async def test_a_malformed_body_is_400(api: OpenDesk, body: bytes) -> None:
    response = await (await desk_http(api)).post("/graphql", content=body, headers={"content-type": JSON})
    assert response.status_code == 400
    assert code(response) == "BAD_INPUT"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        f"{JSON}; charset=latin1",
    ],
)
async def test_only_json_is_read(api: OpenDesk, content_type: str) -> None:
    headers = {"content-type": content_type} if content_type else {}
    http = await desk_http(api)
    response = await http.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)
    assert response.status_code == 415
    assert code(response) == "BAD_INPUT"


async def test_other_methods_are_405(api: OpenDesk) -> None:
    http = await desk_http(api)
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        response = await http.request(method, "/graphql")
        assert response.status_code == 405
        assert response.headers["allow"] == "GET, POST"


async def test_an_answer_that_nobody_wants_is_406(api: OpenDesk) -> None:
    http = await desk_http(api)
    response = await http.post("/graphql", json={"query": WHO}, headers={"accept": "application/xml"})
    assert response.status_code == 406


async def test_a_body_too_large_is_413_announced_or_not(api: OpenDesk) -> None:
    http = await desk_http(api)
    large = json.dumps({"query": "{ __typename }", "variables": {"a": "x" * door.MOST_BYTES}}).encode()

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 50_000):
            yield large[start : start + 50_000]

    for content in (large, pieces()):
        response = await http.post("/graphql", content=content, headers={"content-type": JSON})
        assert response.status_code == 413


async def test_a_body_that_does_not_come_is_408(api: OpenDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "BODY_SECONDS", 0.05)

    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    http = await desk_http(api)
    response = await http.post("/graphql", content=slow(), headers={"content-type": JSON})
    assert response.status_code == 408


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (GRAPHQL, GRAPHQL),
        (f"{JSON};q=0.5, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL};q=0.5, {JSON}", JSON),
        (f"{GRAPHQL}; charset=utf-8", GRAPHQL),
        (f"{GRAPHQL}; charset=latin1", None),
        ("text/html", None),
        (f"{JSON};q=0", None),
    ],
)
def test_the_media_type_that_is_chosen(accept: str | None, media: str | None) -> None:
    assert door.accepted(accept) == media


async def test_a_wrong_document_is_200_in_json_and_400_in_the_new_type(api: OpenDesk) -> None:
    await member("somebody", "office")
    desk = await api(as_="somebody")
    for query in ("{", "{ nonsense }"):
        old = await desk.post(query)
        new = await desk.post(query, None, accept=GRAPHQL)
        assert (old.status_code, new.status_code) == (200, 400)
        assert code(old) == code(new) == "BAD_INPUT"
        assert "data" not in old.json()
        assert new.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"


async def test_get_asks_but_never_changes(api: OpenDesk) -> None:
    await member("somebody", "office")
    desk = await api(as_="somebody")
    asked = await desk.http.get("/graphql", params={"query": WHO})
    assert asked.json() == {"data": {"viewer": {"username": "somebody"}}}
    written = await desk.http.get("/graphql", params={"query": "mutation { signOut }"})
    assert code(written) == "BAD_INPUT"
    assert (await desk.query(WHO))["viewer"]["username"] == "somebody"
    for parameters in ({"query": WHO, "variables": "{"}, {"variables": "{}"}, {"query": WHO, "extensions": "[]"}):
        assert (await desk.http.get("/graphql", params=parameters)).status_code == 400


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ('{ students(where: { idNo: { eq: "110101200001010011" } }) { totalCount } }', {}),
        ("query ($no: ExactOperators) { students(where: { idNo: $no }) { totalCount } }", {"no": {"eq": "1"}}),
        ("query ($w: StudentFilter) { students(where: $w) { totalCount } }", {"w": {"or": [{"idNo": {"eq": "1"}}]}}),
    ],
)
async def test_no_document_number_stands_in_an_address(api: OpenDesk, query: str, variables: dict[str, Any]) -> None:
    """Addresses are written to logs (invariant 20); by POST the same question is answered."""
    await member("limin", "office")
    desk = await api(as_="limin")
    response = await desk.http.get("/graphql", params={"query": query, "variables": json.dumps(variables)})
    error = response.json()["errors"][0]
    assert (error["extensions"]["code"], error["extensions"]["params"]["problem"]) == ("BAD_INPUT", "IN_ADDRESS")
    assert "110101" not in response.text
    assert await desk.query(query, **variables) == {"students": {"totalCount": 0}}
    alias = await desk.http.get("/graphql", params={"query": "{ students { nodes { phone: studentNo } } }"})
    assert "errors" not in alias.json()


async def test_answers_carry_security_headers_and_are_not_stored(api: OpenDesk) -> None:
    response = await (await api()).post(WHO)
    for name, value in door.HEADERS.items():
        assert response.headers[name] == value


# --- the session's cookie


async def test_signing_in_sets_a_cookie_that_scripts_cannot_read(api: OpenDesk) -> None:
    await member("somebody", "office")
    response = await (await api()).post(SIGN_IN, {"input": {"username": "somebody", "password": PASSWORD}})
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("lixiao_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie  # the desk is reached by plain HTTP here


async def test_signing_out_takes_the_cookie_away(api: OpenDesk) -> None:
    await member("somebody", "office")
    desk = await api(as_="somebody")
    response = await desk.post("mutation { signOut }")
    assert response.json() == {"data": {"signOut": True}}
    assert 'lixiao_session=""' in response.headers["set-cookie"]
    assert (await desk.post(WHO)).status_code == 401


async def test_a_write_with_the_cookie_alone_is_refused_and_changes_nothing(api: OpenDesk) -> None:
    await member("somebody", "office")
    desk = await api(as_="somebody")
    right = desk.csrf
    for wrong in ("", "nonsense", "密", right[:-1]):
        desk.csrf = wrong
        headers = {"X-CSRF-Token": wrong.encode()} if wrong else {}
        response = await desk.http.post(
            "/graphql",
            json={"query": "mutation { signOut }"},
            headers=headers,  # type: ignore[arg-type]  # raw bytes
        )
        assert response.status_code == 403
        assert code(response) == "FORBIDDEN"
        assert response.json()["errors"][0]["extensions"]["params"] == {"problem": "CSRF"}
    assert (await desk.query(WHO))["viewer"]["username"] == "somebody"


async def test_reading_needs_no_csrf_token(api: OpenDesk) -> None:
    await member("somebody", "office")
    desk = await api(as_="somebody")
    desk.csrf = ""
    assert (await desk.query(WHO))["viewer"]["username"] == "somebody"


# --- the other addresses


async def test_the_process_is_alive_and_ready(api: OpenDesk) -> None:
    http = await desk_http(api)
    assert (await http.get("/healthz")).text == "ok"
    ready = await http.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"database": True, "migrations": True, "policy": True})


async def test_the_front_door_is_the_panel(api: OpenDesk) -> None:
    response = await (await desk_http(api)).get("/")
    assert (response.status_code, response.headers["location"]) == (307, "/admin/")


async def test_the_schema_is_refused_with_the_role_that_lacks_it(api: OpenDesk) -> None:
    await member("xiaoyu", "student")
    response = await (await api(as_="xiaoyu")).http.get("/schema.graphql", headers={"Accept-Language": "en"})
    assert response.status_code == 403
    assert response.text.startswith('You are acting as "Student" and may not read the schema. One of these roles may: ')


async def test_the_schema_is_shown_to_those_who_may_explore(api: OpenDesk) -> None:
    await member("somebody", "office")
    await member("student", "student")
    anonymous = await (await desk_http(api)).get("/schema.graphql")
    assert (anonymous.status_code, anonymous.text) == (401, "请先登录;程序请在请求头附上 Authorization: Bearer lx_…。")
    assert (await (await api(as_="student")).http.get("/schema.graphql")).status_code == 403
    shown = await (await api(as_="somebody")).http.get("/schema.graphql")
    assert shown.status_code == 200
    assert "type Mutation" in shown.text


# --- in whose words

BODY = b'{"query": "{ __typename }"}'
DIGITS = "0" * 64
MALFORMED: dict[str, tuple[str, dict[str, Any], int, str, str]] = {
    "no JSON": (
        "POST",
        {"content": b'{"query":\n}'},
        400,
        "请求正文不是 UTF-8 编码的 JSON(第 2 行第 1 列起)。",
        "The body is not JSON in UTF-8 (from line 2, column 1).",
    ),
    "not a number": (
        "POST",
        {"content": b'{"a": NaN}'},
        400,
        "请求正文不是 UTF-8 编码的 JSON(第 1 行第 7 列起)。",
        "The body is not JSON in UTF-8 (from line 1, column 7).",
    ),
    "a NUL": (
        "POST",
        {"content": b'{"a": "\\u0000"}'},
        400,
        "请求正文含有空字符(NUL)",
        "The body holds a NUL character",
    ),
    "a list": ("POST", {"content": b"[1]"}, 400, "请求正文须为一个 JSON 对象。", "The body must be one JSON object."),
    "no query": ("POST", {"content": b"{}"}, 400, "缺少 query:", "`query` must be the text of a GraphQL document"),
    "wrong variables": (
        "POST",
        {"content": b'{"query": "{ a }", "variables": 1}'},
        400,
        "variables 须为 JSON 对象。",
        "`variables` must be an object.",
    ),
    "a wrong name": (
        "POST",
        {"content": b'{"query": "{ a }", "operationName": 1}'},
        400,
        "operationName 须为文本。",
        "`operationName` must be a text.",
    ),
    "wrong extensions": (
        "POST",
        {"content": b'{"query": "{ a }", "extensions": 1}'},
        400,
        "extensions 须为 JSON 对象。",
        "`extensions` must be an object.",
    ),
    "a wrong hash": ("POST", {"content": b'{"documentId": "x"}'}, 400, "documentId 或", "`documentId` or"),
    "another hash": (
        "POST",
        {"content": f'{{"query": "{{ a }}", "documentId": "{DIGITS}"}}'.encode()},
        400,
        "query 的 SHA-256 与所给的不符。",
        "The SHA-256 of `query` is not the one given.",
    ),
    "too large": (
        "POST",
        {"content": b" " * (256 * 1024 + 1)},
        413,
        "请求正文超过 262144 字节,未执行。",
        "The body is larger than 262144 bytes; nothing was done.",
    ),
    "another type": (
        "POST",
        {"content": BODY, "headers": {"content-type": "text/plain"}},
        415,
        "请求正文须为 UTF-8 编码的 application/json。",
        "The body must be application/json in UTF-8.",
    ),
    "variables in the address": (
        "GET",
        {"params": {"query": "{ a }", "variables": "{"}},
        400,
        "网址中的 variables 不是 UTF-8 编码的 JSON(第 1 行第 2 列起)。",
        "`variables` in the address is not JSON in UTF-8 (from line 1, column 2).",
    ),
    "another method": ("PUT", {"content": BODY}, 405, "请用 POST", "Ask this address by POST"),
    "another answer": (
        "POST",
        {"content": BODY, "headers": {"accept": "text/csv"}},
        406,
        "本接口只返回",
        "Answers are application/graphql-response+json or application/json",
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_a_malformed_request_is_told_so_in_the_callers_language(api: OpenDesk, name: str) -> None:
    method, sent, status, chinese, english = MALFORMED[name]
    http = await desk_http(api)
    for language, words in (("zh-CN", chinese), ("en", english)):
        headers = {"content-type": JSON, "accept-language": language, **sent.get("headers", {})}
        response = await http.request(method, "/graphql", **{**sent, "headers": headers})
        assert response.status_code == status
        assert response.json()["errors"][0]["message"].startswith(words)
        assert code(response) == "BAD_INPUT"
        assert response.headers.get("connection") == ("close" if status == 413 else None)


async def test_of_a_name_that_stands_twice_the_last_counts(api: OpenDesk) -> None:
    """As JSON parsers do; the document that is checked is the one that runs."""
    body = b'{"query": "{ nothing }", "query": "{ __typename }"}'
    response = await (await desk_http(api)).post("/graphql", content=body, headers={"content-type": JSON})
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_a_head_request_has_no_body(api: OpenDesk) -> None:
    response = await (await desk_http(api)).head("/graphql", params={"query": "{ __typename }"})
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")
