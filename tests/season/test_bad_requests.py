"""Requests that are no requests, sent byte by byte to the served demonstration: a 4xx or an error with a code, never a
500, and the server goes on. How little work a hostile document makes is counted in `tests/graphql_api`.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest

from tests.served import PASSWORD, PATIENCE, Served, Someone

SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { csrfToken } }"


@pytest.fixture
def desk(served: Served) -> Iterator[httpx.Client]:
    """The office, signed in at the API."""
    with httpx.Client(base_url=served.base, timeout=PATIENCE) as http:
        asked = {"query": SIGN_IN, "variables": {"input": {"username": "office", "password": PASSWORD}}}
        answer = http.post("/graphql", json=asked).json()
        assert "errors" not in answer, answer
        http.headers["X-CSRF-Token"] = answer["data"]["signIn"]["csrfToken"]
        yield http


# --- bodies

BODIES = {
    "nothing": b"",
    "not UTF-8": b'\xff\xfe{"query": "\xe9"}',
    "half a character": '{"query": "密'.encode()[:-1] + b'"}',
    "null": b"null",
    "a number": b"1e999",
    "a list": b'[{"query": "{ __typename }"}]',
    "cut off": b'{"query": "{ viewer ',
    "deep lists": b"[" * 200_000,
    "deep objects": b'{"a":' * 40_000,
    "deep variables": b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 100_000 + b"}",
    "a huge number": b'{"query": "{ __typename }", "variables": {"a": ' + b"9" * 100_000 + b"}}",
    "half a pair": b'{"query": "{ __typename }", "variables": {"a": "\\ud800"}}',
    "a zero byte": b'{"query": "{ __typename }", "variables": {"a": "\\u0000"}}',
    "a query that is a list": b'{"query": []}',
    "variables that are a text": b'{"query": "{ __typename }", "variables": "{}"}',
    "no query": b'{"variables": {}}',
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_none_is_400(desk: httpx.Client, name: str) -> None:
    response = desk.post("/graphql", content=BODIES[name], headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_INPUT"


# --- documents


def bomb(levels: int) -> str:
    """Each fragment spreads the next one twice: 2 ** levels fields."""
    spread = [f"fragment F{n} on Sheet {{ ...F{n + 1} batch {{ id }} ...F{n + 1} }}" for n in range(levels)]
    return "{ sheets { nodes { ...F0 } } } " + " ".join(spread) + f" fragment F{levels} on Sheet {{ id }}"


DOCUMENTS = {
    "a fragment bomb": (bomb(40), "QUERY_TOO_COMPLEX"),
    "a circle of fragments": (
        "{ sheets { nodes { ...A } } } fragment A on Sheet { ...B } fragment B on Sheet { ...A }",
        "BAD_INPUT",
    ),
    "10,000 aliases": ("{ " + " ".join(f"a{n}: __typename" for n in range(10_000)) + " }", "QUERY_TOO_COMPLEX"),
    "1,000 aliases": ("{ " + " ".join(f"a{n}: __typename" for n in range(1_000)) + " }", "QUERY_TOO_COMPLEX"),
    "10,000 directives": ("{ __typename " + "@skip(if: false) " * 10_000 + "}", "QUERY_TOO_COMPLEX"),
    "400 levels": (
        "{ sheets { nodes { " + "batch { items { " * 200 + "id" + " } }" * 200 + " } } }",
        "QUERY_TOO_COMPLEX",
    ),
    "1,000 lists in a value": ("{ sheets(where: " + "[" * 1_000 + "]" * 1_000 + ") { totalCount } }", None),
    "1,000 negations": (
        "{ sheets(where: " + "{ not: " * 900 + "{}" + " }" * 900 + ") { totalCount } }",
        None,
    ),
    "two writes": ('mutation { cancelOperation(id: "a") b: cancelOperation(id: "b") }', "BAD_INPUT"),
    "too many rows": (
        "{ sheets(first: 1000) { nodes { batch { items { prerequisites { item { batch { items { id } } } } } } } } }",
        "QUERY_TOO_COMPLEX",
    ),
    "a huge whole number": (f"{{ sheets(first: {'9' * 5_000}) {{ totalCount }} }}", None),
    "a subscription": ("subscription { clearanceChanged { id } }", "BAD_INPUT"),
    "no document": ("#", "BAD_INPUT"),
    "an unknown field": ("{ passwords }", "BAD_INPUT"),
    "a wrong type": ("{ sheets(first: true) { totalCount } }", "BAD_INPUT"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_hostile_document_is_refused(desk: httpx.Client, name: str) -> None:
    document, code = DOCUMENTS[name]
    response = desk.post("/graphql", json={"query": document})
    assert response.status_code in (200, 400)
    errors = response.json()["errors"]
    assert {each["extensions"]["code"] for each in errors} <= (
        {code} if code else {"BAD_INPUT", "QUERY_TOO_COMPLEX"}
    ), errors
    assert 1 <= len(errors) <= 3
    assert len(response.content) < 4_000


# --- no HTTP at all


def sent(base: str, request: bytes) -> bytes:
    """What the server answers to these bytes, up to its closing the connection."""
    place = urlsplit(base)
    with socket.create_connection((place.hostname, place.port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        found = b""
        with suppress(ConnectionResetError):  # it closed with some of the bytes unread
            while part := connection.recv(65_536):
                found += part
        return found


HOST = b"host: desk\r\nconnection: close\r\n"
RAW = {
    "no request line": b"\x00\x01\x02\r\n\r\n",
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a method of bytes": b"P\xffST /graphql HTTP/1.1\r\n" + HOST + b"\r\n",
    "a path of bytes": b"GET /\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n",
    "a length that is none": b"POST /graphql HTTP/1.1\r\n" + HOST + b"content-length: viele\r\n\r\n",
    "two lengths": b"POST /graphql HTTP/1.1\r\n" + HOST + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "a cookie of bytes": b"GET /admin/ HTTP/1.1\r\n" + HOST + b"cookie: lixiao_session=\xff\xfe\x80\r\n\r\n",
    "a token of bytes": b"GET /graphql?query=%7Bviewer%7Busername%7D%7D HTTP/1.1\r\n"
    + HOST
    + b"authorization: Bearer \xff\xfe\r\n\r\n",
    "an encoding that is none": b"GET /admin/%zz%ff?search=%00%ff HTTP/1.1\r\n" + HOST + b"\r\n",
    "a language of bytes": b"GET /admin/login HTTP/1.1\r\n" + HOST + b"accept-language: \xff;q=\xfe,zh;q=x\r\n\r\n",
}


@pytest.mark.parametrize("name", RAW)
def test_bytes_that_are_no_request_do_no_harm(served: Served, name: str) -> None:
    answer = sent(served.base, RAW[name])
    assert not answer.startswith(b"HTTP/1.1 5"), answer[:200]
    assert httpx.get(f"{served.base}/healthz", timeout=PATIENCE).text == "ok"


# --- the panel's addresses

ADDRESSES = (
    "/admin/sheet/?search=%00",
    "/admin/sheet/?search=%ff%fe",
    "/admin/sheet/?page=99999999999999999999999",
    "/admin/sheet/?page=-1&page_size=abc",
    "/admin/sheet/?page_size=100000",
    "/admin/sheet/?sort=999&desc=x",
    "/admin/sheet/?flt0_0=%00&flt1_99=x&flt9999_zz=1",
    "/admin/sheet/details/",
    "/admin/sheet/details/?id=",
    "/admin/sheet/details/?id=nonsense",
    "/admin/sheet/details/?id=" + "9" * 4_000,
    "/admin/clearance/?search=" + "%F0%9F%98%80" * 500,
    "/admin/desk/?sheet=nonsense",
    "/admin/desk/?sheet=%00",
    "/admin/bulk/?sheetIds=nonsense",
    "/admin/operation/details/?id=U2hlZXQ6MQ",
    "/admin/nowhere/",
    "/admin/../../etc/passwd",
    "/admin/static/..%2f..%2fsettings.py",
)


def test_a_panel_address_that_leads_nowhere_is_a_page_and_no_500(someone: Someone) -> None:
    office = someone("office")
    for address in ADDRESSES:
        response = office.get(address)
        assert response.status_code < 500, address
        assert "Traceback" not in response.text, address


def test_a_form_without_its_token_or_of_rubbish_changes_nothing(someone: Someone) -> None:
    office = someone("office")
    office.get("/admin/desk/")
    refused = office.http.post("/admin/set-status", data={"status": "CLEARED"})
    assert refused.status_code in (400, 403, 404, 405)
    rubbish = {"box": "\x00", "way": "x", "step": "check", "language": "xx", "role": "\ud7ff", "batch": "1"}
    for address in ("/admin/desk/open", "/admin/bulk/", "/admin/language", "/admin/role"):
        for fields in ({}, rubbish):
            office.get("/admin/desk/")
            response = office.post(address, **fields)
            assert response.status_code < 500, (address, fields)


def test_many_rows_of_rubbish_are_answered_row_by_row(desk: httpx.Client) -> None:
    rows = [{"studentNo": f"X{n}", "item": "NOPE", "status": "?"} for n in range(1_000)]
    document = """mutation ($input: ImportClearancesInput!) {
      importClearances(input: $input) { applied refused rows(first: 3) { code } } }"""
    variables = {"input": {"batch": "2026-06", "rows": rows, "dryRun": True}}
    response = desk.post("/graphql", json={"query": document, "variables": variables})
    found = response.json()["data"]["importClearances"]
    assert (found["applied"], found["refused"]) == (0, 1_000)
