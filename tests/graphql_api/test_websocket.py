"""The protocol at `/graphql`: who is let in, which messages end the connection and how, and what it carries at all."""

from __future__ import annotations

import json
from types import ModuleType

import pytest

from graphql_api import websocket
from graphql_api.asked import MOST_BYTES
from models.rules.actor import SYSTEM
from models.rules.tokens import create_token
from settings import settings
from tests import api as people
from tests import factories as make
from tests.api import BASE, Desk, OpenDesk
from tests.graphql_api.sockets import HOST, PROTOCOL, connect, connected

TOLD = "subscription { clearanceChanged { cursor } }"
ACT = """mutation { setClearances(input: {
  batch: "2026-06", item: "BOOKS", status: CLEARED, select: {studentNos: ["1"]}
}) { applied } }"""
BY_PHONE = {"w": {"sheet": {"student": {"phone": {"eq": "1"}}}}}
DEEP = "subscription { clearanceChanged { clearance { " + "sheet { " * 12 + "id" + " }" * 15
WIDE = "subscription { clearanceChanged { clearance { " + "sheet { clearances { " * 4 + "id" + " }" * 11


@pytest.fixture
async def desk(api: OpenDesk) -> Desk:
    """李敏 of the library, signed in."""
    uni = await make.university()
    await make.season(uni)
    await people.member("library", "operator", uni.library)
    return await api(as_="library")


# --- who is let in


@pytest.mark.parametrize("protocols", [("graphql-ws",), ("",), ("mqtt", "graphql-ws")])
async def test_another_subprotocol_is_refused(desk: Desk, protocols: tuple[str, ...]):
    async with connect(desk, *protocols) as socket:
        assert await socket.closed() == 4406
        assert socket.accepted is None
        assert socket.reason == "Subprotocol not acceptable; speak graphql-transport-ws"


async def test_ours_is_chosen_among_others(desk: Desk):
    async with connect(desk, "graphql-ws", PROTOCOL) as socket:
        socket.send("connection_init")
        assert await socket.next() == {"type": "connection_ack"}
        assert socket.accepted == PROTOCOL


async def test_nobody_is_let_in(api: OpenDesk):
    async with connect(await api()) as socket:
        socket.send("connection_init")
        assert await socket.closed() == 4403
        assert socket.reason == 'Forbidden: sign in on the same site, or send {"authorization": "Bearer …"} along'


async def test_a_token_that_is_none_is_told_so(api: OpenDesk):
    async with connect(await api()) as socket:
        socket.send("connection_init", payload={"authorization": "Bearer lx_none"})
        assert await socket.closed() == 4403
        assert socket.reason == "Forbidden: the API token is not valid, expired or revoked"


@pytest.mark.parametrize(
    ("origin", "let_in"),
    [
        (BASE, True),
        (BASE.upper(), True),
        ("http://127.0.0.1:8000", True),  # LIXIAO_BASE_URL as it is unless told otherwise
        ("https://evil.example", False),
        (f"http://{HOST}.evil.example", False),
        (f"http://evil.example/{HOST}", False),
        (f"ftp://{HOST}", False),
        ("null", False),
        ("", False),
    ],
)
async def test_the_cookie_counts_from_our_own_pages_only(desk: Desk, origin: str, let_in: bool):
    async with connect(desk, origin=origin) as socket:
        socket.send("connection_init")
        if let_in:
            assert await socket.next() == {"type": "connection_ack"}
        else:
            assert await socket.closed() == 4403


async def test_behind_https_a_page_without_it_is_not_ours(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIXIAO_BASE_URL", "https://lixiao.jinghu.example")
    settings.cache_clear()
    for origin, let_in in ((BASE, False), (f"https://{HOST}", True), ("https://lixiao.jinghu.example", True)):
        async with connect(desk, origin=origin) as socket:
            socket.send("connection_init")
            assert (await socket.closed() if not let_in else (await socket.next())["type"]) in (4403, "connection_ack")
            assert (socket.code is None) is let_in


async def test_a_token_is_taken_from_the_payload_or_the_handshake(desk: Desk, api: OpenDesk):
    made = await create_token(SYSTEM, "library", role="operator")
    nobody = await api()
    elsewhere = {"origin": "https://app.example"}
    for payload, headers in (
        ({"authorization": f"Bearer {made.secret}"}, elsewhere),
        ({"Authorization": f"bearer {made.secret}"}, elsewhere),
        (None, {"authorization": f"Bearer {made.secret}"}),
    ):
        async with connect(nobody, **headers) as socket:
            socket.send("connection_init", **({} if payload is None else {"payload": payload}))
            assert await socket.next() == {"type": "connection_ack"}
    for wrong in (f"Bearer {made.secret}x", f"Basic {made.secret}", made.secret, 7, None, "", {}):
        async with connect(nobody) as socket:
            socket.send("connection_init", payload={"authorization": wrong})
            assert await socket.closed() == 4403


async def test_a_wrong_token_is_not_mended_by_a_cookie(desk: Desk):
    async with connect(desk) as socket:
        socket.send("connection_init", payload={"authorization": "Bearer lx_wrong"})
        assert await socket.closed() == 4403


async def test_who_says_nothing_is_shown_out(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(websocket, "INIT_SECONDS", 0.01)
    async with connect(desk) as socket:
        assert await socket.closed() == 4408
        assert socket.reason == "Connection initialisation timeout"


async def test_an_account_has_so_many_connections(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(websocket, "MOST_OF_ONE_ACCOUNT", 1)
    async with connected(desk):
        async with connect(desk) as second:
            second.send("connection_init")
            assert await second.closed() == 1013
            assert second.reason == "This account has 1 connections already; try again later"
    async with connected(desk):
        pass


async def test_a_process_has_so_many_connections(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(websocket, "MOST_CONNECTIONS", 1)
    async with connected(desk):
        async with connect(desk) as second:
            assert await second.closed() == 1013
    async with connected(desk):
        pass


# --- messages


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "The message is not JSON in UTF-8 (from line 1, column 1)."),
        ("{", "The message is not JSON in UTF-8 (from line 1, column 2)."),
        ("[" * 100_000, "The message is not JSON in UTF-8 (from line 1, column "),
        ('{"type": "pi\\u0000ng"}', "The message holds a NUL character"),
        ("null", "it must be an object with a `type`"),
        ("[]", "it must be an object with a `type`"),
        ("{}", "it must be an object with a `type`"),
        ('{"type": 7}', "it must be an object with a `type`"),
        ('{"type": "start"}', "its `type` is unknown"),
        ('{"type": "next", "id": "1"}', "its `type` is unknown"),
        ('{"type": "ping", "payload": 7}', "`payload` must be an object"),
        ('{"type": "complete"}', "`id` must be a text of 1 to 128 characters"),
        ('{"type": "complete", "id": 1}', "`id` must be a text of 1 to 128 characters"),
        ('{"type": "subscribe", "id": "", "payload": {"query": "{a}"}}', "`id` must be a text of 1 to 128 characters"),
        (
            json.dumps({"type": "subscribe", "id": "x" * 129, "payload": {"query": TOLD}}),
            "`id` must be a text of 1 to 128 characters",
        ),
    ],
)
async def test_what_is_no_message_ends_the_connection(desk: Desk, text: str, reason: str):
    async with connected(desk) as socket:
        socket.text(text)
        assert await socket.closed() == 4400
        assert socket.reason.startswith(f"Invalid message: {reason}")


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {},
        {"query": ""},
        {"query": 7},
        {"query": TOLD, "variables": []},
        {"query": TOLD, "operationName": 7},
        {"query": TOLD, "extensions": []},
    ],
)
async def test_a_subscription_without_a_document_is_no_message(desk: Desk, payload: object):
    async with connected(desk) as socket:
        socket.send("subscribe", id="1", payload=payload)
        assert await socket.closed() == 4400


async def test_bytes_are_no_message(desk: Desk):
    async with connected(desk) as socket:
        socket.data(b'{"type": "ping"}')
        assert await socket.closed() == 4400


@pytest.mark.parametrize("letter", ["x", "学"])
async def test_a_message_may_hold_so_many_bytes(desk: Desk, letter: str):
    async with connected(desk) as socket:
        room = (MOST_BYTES - len(json.dumps({"type": "ping", "payload": {"x": ""}}))) // len(letter.encode())
        for more, length in (("", room), (letter, room + 1)):
            payload = {"x": letter * room + more}
            assert len(payload["x"]) == length
            socket.text(json.dumps({"type": "ping", "payload": payload}, ensure_ascii=False))
            if not more:
                assert await socket.next() == {"type": "pong", "payload": payload}
        assert await socket.closed() == 1009


async def test_ping_and_pong(desk: Desk):
    async with connect(desk) as socket:
        socket.send("ping")
        assert await socket.next() == {"type": "pong"}
        socket.send("connection_init")
        assert await socket.next() == {"type": "connection_ack"}
        socket.send("pong")
        socket.send("ping", payload={"at": 7})
        assert await socket.next() == {"type": "pong", "payload": {"at": 7}}


async def test_it_begins_with_connection_init_and_once(desk: Desk):
    async with connect(desk) as socket:
        socket.send("subscribe", id="1", payload={"query": TOLD})
        assert await socket.closed() == 4401
    async with connected(desk) as socket:
        socket.send("connection_init")
        assert await socket.closed() == 4429
        assert socket.reason == "Too many initialisation requests"


async def test_an_id_stands_for_one_subscription_at_a_time(desk: Desk):
    async with connected(desk) as socket:
        await socket.subscribe(TOLD, "a")
        socket.send("complete", id="a")
        socket.send("complete", id="unknown")
        await socket.subscribe(TOLD, "a")
        socket.send("subscribe", id="a", payload={"query": TOLD})
        assert await socket.closed() == 4409
        assert socket.reason == "Subscriber for a already exists"


async def test_a_refused_one_leaves_its_id_free(desk: Desk):
    async with connected(desk) as socket:
        assert (await socket.error("subscription { nothing }"))["code"] == "BAD_INPUT"
        await socket.subscribe(TOLD)


async def test_so_many_subscriptions_on_one_connection(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(websocket, "MOST_SUBSCRIPTIONS", 2)
    async with connected(desk) as socket:
        await socket.subscribe(TOLD, "1")
        await socket.subscribe(TOLD, "2")
        error = await socket.error(TOLD, "3")
        assert (error["code"], error["params"]) == (
            "QUERY_TOO_COMPLEX",
            {"measure": "subscriptions", "value": 3, "limit": 2},
        )
        socket.send("complete", id="1")
        await socket.subscribe(TOLD, "3")


# --- documents: the same limits and checks as over HTTP


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{ viewer { username } }", {}, "BAD_INPUT"),
        (ACT, {}, "BAD_INPUT"),
        ("subscription {", {}, "BAD_INPUT"),
        ("subscription { clearanceChanged { cursor } groupsChanged { items { id } } }", {}, "BAD_INPUT"),
        ("subscription { __schema { types { name } } }", {}, "BAD_INPUT"),
        ("subscription { clearanceChanged { nothing } }", {}, "BAD_INPUT"),
        ("subscription ($x: Int!) { clearanceChanged { cursor @skip(if: $x) } }", {}, "BAD_INPUT"),
        (
            "subscription ($w: ClearanceFilter) { clearanceChanged(where: $w) { cursor } }",
            {"w": {"nothing": {}}},
            "BAD_INPUT",
        ),
        (
            "subscription A { clearanceChanged { cursor } } subscription B { clearanceChanged { cursor } }",
            {},
            "BAD_INPUT",
        ),
        ("subscription { clearanceChanged(where: {status: null}) { cursor } }", {}, "BAD_INPUT"),
        ('subscription { clearanceChanged(after: "x") { cursor } }', {}, "BAD_CURSOR"),
        (DEEP, {}, "QUERY_TOO_COMPLEX"),
        (WIDE, {}, "QUERY_TOO_COMPLEX"),
        ("subscription { clearanceChanged { clearance { sheet { student { idNo } } } } }", {}, "FORBIDDEN"),
        (
            'subscription { clearanceChanged(where: {sheet: {student: {phone: {eq: "1"}}}}) { cursor } }',
            {},
            "FORBIDDEN",
        ),
    ],
)
async def test_a_document_is_refused_as_over_http(
    desk: Desk, database_of_desk: ModuleType, query: str, variables: dict[str, object], code: str
):
    before = await make.recorded()
    async with connected(desk) as socket:
        assert (await socket.error(query, **variables))["code"] == code
        assert await socket.until_here() == []
    assert await make.recorded() == before


@pytest.fixture
def database_of_desk(desk: Desk) -> ModuleType:
    """The database behind the desk."""
    from models import database

    return database


async def test_the_socket_says_where_questions_go(desk: Desk):
    way = (
        "This operation cannot be asked for in this way; send a query or a mutation by POST, a subscription over a"
        " WebSocket (graphql-transport-ws)."
    )
    async with connected(desk) as socket:
        assert (await socket.error(ACT))["message"] == way
    error = await desk.error(TOLD)
    assert (error["code"], error["message"]) == ("BAD_INPUT", way)


@pytest.mark.parametrize(("payload", "begins"), [({}, "参数"), ({"locale": "en"}, "Argument"), ({"locale": 7}, "参数")])
async def test_it_speaks_the_language_asked_for(desk: Desk, payload: dict[str, object], begins: str):
    async with connected(desk, **payload) as socket:
        error = await socket.error('subscription { clearanceChanged(where: {id: {eq: "x"}}) { cursor } }')
        assert error["message"].startswith(begins)


async def test_an_operation_is_chosen_by_its_name(desk: Desk):
    query = "subscription A { clearanceChanged { cursor } } query B { viewer { username } }"
    async with connected(desk) as socket:
        socket.send("subscribe", id="1", payload={"query": query, "operationName": "A"})
        socket.send("subscribe", id="2", payload={"query": query, "operationName": "B"})
        [message] = await socket.until_here()
        assert socket.refused(message, "2")["code"] == "BAD_INPUT"
