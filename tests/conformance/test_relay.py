"""Relay's own compiler takes the schema, and what it compiles runs: pages forwards and backwards, an act."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from graphql_api.schema import FILE
from tests.conformance.conftest import Node
from tests.served import PASSWORD, PATIENCE, Served

SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { csrfToken } }"
Asked = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def sent(node: Node) -> dict[str, str]:
    """What a Relay application would send, by the names of its operations."""
    compiled: dict[str, str] = json.loads(node("compile.mjs", SCHEMA=str(FILE)))
    return compiled


@pytest.fixture
def ask(served: Served) -> Any:
    """`ask(document, name=value)` as the library's desk: the data."""
    with httpx.Client(base_url=served.base, timeout=PATIENCE) as http:

        def asked(document: str, **variables: Any) -> dict[str, Any]:
            answer = http.post("/graphql", json={"query": document, "variables": variables}).json()
            assert "errors" not in answer, answer
            return dict(answer["data"])

        signed_in = asked(SIGN_IN, input={"username": "library", "password": PASSWORD})
        http.headers["X-CSRF-Token"] = signed_in["signIn"]["csrfToken"]
        yield asked


def test_relay_compiles_pages_fragments_and_acts(sent: dict[str, str]) -> None:
    assert sorted(sent) == [
        "StudentsPageBackwardsQuery",
        "StudentsPageClearMutation",
        "StudentsPageLatestQuery",
        "StudentsPagePaginationQuery",
        "StudentsPageQuery",
    ]


def test_pages_follow_each_other(sent: dict[str, str], ask: Asked) -> None:
    where = {"sheets": {"some": {}}}
    first = ask(sent["StudentsPageQuery"], count=3, where=where)
    numbers = _numbers(first)
    while _info(first)["hasNextPage"]:
        first = ask(sent["StudentsPagePaginationQuery"], count=3, where=where, cursor=_info(first)["endCursor"])
        numbers += _numbers(first)
    assert len(numbers) == first["students"]["totalCount"] == len(set(numbers))
    assert numbers == sorted(numbers)


def _numbers(answer: dict[str, Any]) -> list[str]:
    return [edge["node"]["studentNo"] for edge in answer["students"]["edges"]]


def _info(answer: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = answer["students"]["pageInfo"]
    return found


def test_pages_go_backwards(sent: dict[str, str], ask: Asked) -> None:
    last = ask(sent["StudentsPageLatestQuery"])["sheets"]
    before = ask(sent["StudentsPageBackwardsQuery"], count=2, cursor=last["pageInfo"]["startCursor"])["sheets"]
    assert [len(each["edges"]) for each in (last, before)] == [2, 2]
    assert last["pageInfo"]["hasPreviousPage"] is True
    assert {edge["node"]["id"] for edge in last["edges"]}.isdisjoint(edge["node"]["id"] for edge in before["edges"])


def test_an_act_is_sent_with_its_input(sent: dict[str, str], ask: Asked) -> None:
    of_nobody = {"batch": "2026-06", "item": "LIB_BOOKS", "status": "CLEARED", "select": {"studentNos": ["29999999"]}}
    acted = ask(sent["StudentsPageClearMutation"], input=of_nobody)["setClearances"]
    assert (acted["applied"], acted["refused"]) == (0, 1)
    assert [row["code"] for row in acted["rows"]] == ["NOT_FOUND"]


def test_an_object_is_known_by_its_id_alone(sent: dict[str, str]) -> None:
    """Relay keeps one record for each id: it asks for it wherever an object has one."""
    for name in ("StudentsPageQuery", "StudentsPageBackwardsQuery"):
        assert "college {\n    name\n    id\n  }" in sent[name]
