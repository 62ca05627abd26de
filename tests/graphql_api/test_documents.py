"""Stored documents: run by their hash, and the only ones that some roles may run; a policy right tells which roles."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from admin_panel.client import Visitor, _credentials
from graphql_api import documents as door
from graphql_api.asked import Malformed, from_object
from graphql_api.documents import Documents, named_in
from graphql_api.execute import Api
from models.rules import documents
from models.rules.actor import SYSTEM
from models.rules.documents import hash_of
from models.rules.tokens import create_token
from policies import store
from policies.rules import PolicyTable, read_csv
from tests.api import PASSWORD, SIGN_IN, Desk, OpenDesk, built_schema, member

WHO = "{ viewer { username } }"
NAMED = "query Who($is: Boolean = true) { viewer { username @include(if: $is) activeRole } }"
HASH = hash_of(NAMED)
JSON = {"content-type": "application/json"}


async def sent(desk: Desk, **body: Any) -> httpx.Response:
    return await desk.http.post("/graphql", json=body, headers=desk.headers)


async def only_stored(*roles: str) -> None:
    """From now on these roles may run stored documents alone."""
    shipped = read_csv()
    kept = tuple(each for each in shipped.rules if not (each.action == "ask_freely" and each.role in roles))
    assert len(kept) == len(shipped.rules) - len(roles)
    await store.put_in_force(PolicyTable(kept, shipped.parents), expected=1, comment="stored documents only")
    await store.STORE.refresh()


async def app_token(api: OpenDesk) -> Desk:
    await member("campus-library", "campus_app")
    made = await create_token(SYSTEM, "campus-library")
    return await api(token=made.secret)


@pytest.mark.parametrize(
    "naming",
    [
        {"documentId": f"sha256:{HASH}"},
        {"documentId": HASH},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}},
        {"documentId": HASH, "query": NAMED},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}, "query": NAMED},
    ],
)
async def test_a_stored_document_runs_by_its_hash(api: OpenDesk, naming: dict[str, Any]) -> None:
    await documents.add([("who.graphql", NAMED)])
    desk = await app_token(api)
    expected = {"data": {"viewer": {"username": "campus-library", "activeRole": "campus_app"}}}
    assert (await sent(desk, **naming)).json() == expected
    answer = await sent(desk, **naming, variables={"is": False}, operationName="Who")
    assert answer.json() == {"data": {"viewer": {"activeRole": "campus_app"}}}


async def test_by_get_too(api: OpenDesk) -> None:
    await documents.add([("who.graphql", NAMED)])
    desk = await app_token(api)
    for parameters in (
        {"documentId": f"sha256:{HASH}"},
        {"extensions": f'{{"persistedQuery":{{"version":1,"sha256Hash":"{HASH}"}}}}'},
    ):
        answer = await desk.http.get("/graphql", params=parameters, headers=desk.headers)
        assert (answer.status_code, answer.json()["data"]["viewer"]["username"]) == (200, "campus-library")


async def test_an_unknown_hash_is_told_so_and_nothing_is_stored_by_asking(api: OpenDesk) -> None:
    desk = await app_token(api)
    answer = await sent(desk, documentId=HASH)
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "PERSISTED_QUERY_NOT_FOUND", "params": {"sha256": HASH}, "violations": []}
    assert HASH in error["message"]
    assert (await sent(desk, documentId=HASH, query=NAMED)).status_code == 200
    assert (await sent(desk, documentId=HASH)).json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
    assert await documents.stored() == []


async def test_a_mutation_in_a_stored_document_is_no_get(api: OpenDesk) -> None:
    await documents.add([("leave.graphql", "mutation { signOut }")])
    desk = await app_token(api)
    answer = await desk.http.get(
        "/graphql", params={"documentId": hash_of("mutation { signOut }")}, headers=desk.headers
    )
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_INPUT"


async def test_a_role_without_the_right_runs_stored_documents_alone(api: OpenDesk) -> None:
    await documents.add([("who.graphql", NAMED)])
    await only_stored("campus_app")
    desk = await app_token(api)
    refused = await sent(desk, query=WHO)
    assert refused.status_code == 403
    assert refused.json() == {
        "errors": [
            {
                "message": "您当前身份只能执行已登记的查询:请以 documentId 指明其哈希,"
                "或请系统管理员登记(lixiao documents add)。",
                "extensions": {"code": "FORBIDDEN", "params": {"problem": "STORED_ONLY"}, "violations": []},
            }
        ]
    }
    assert (await sent(desk, documentId=HASH)).status_code == 200
    assert (await sent(desk, query=NAMED)).status_code == 200  # the whole text of a stored document is that document


async def test_others_go_on_asking_freely(api: OpenDesk) -> None:
    await only_stored("campus_app", "student")
    await member("library", "operator")
    desk = await api(as_="library")
    assert await desk.query(WHO) == {"viewer": {"username": "library"}}


async def test_everybody_may_sign_in_choose_a_role_and_go(api: OpenDesk) -> None:
    await member("20210001", "student")
    await only_stored("student")
    desk = await api(as_="20210001")
    assert (await desk.error(WHO))["code"] == "FORBIDDEN"
    await desk.query('mutation { chooseRole(input: { role: "student" }) { role } }')
    await desk.query(SIGN_IN, input={"username": "20210001", "password": PASSWORD})


async def test_the_pages_of_the_panel_ask_what_they_need(api: OpenDesk) -> None:
    await member("20210001", "student")
    await only_stored("student")
    desk = await api(as_="20210001")
    visitor = Visitor(desk.http.cookies["lixiao_session"], "en")
    answer = await Api(built_schema()).execute(WHO, credentials=_credentials(visitor))
    assert answer.body() == {"data": {"viewer": {"username": "20210001"}}}


async def test_a_removed_document_is_forgotten_after_half_a_second(api: OpenDesk) -> None:
    await api()
    now = [0.0]
    known = Documents(lambda: now[0])
    assert await known.text_of(HASH) is None
    await documents.add([("who", NAMED)])
    assert await known.text_of(HASH) == NAMED  # what is not there is not remembered
    assert await documents.remove([HASH]) == []
    assert await known.text_of(HASH) == NAMED
    now[0] += door.SECONDS
    assert await known.text_of(HASH) is None


async def test_the_memory_of_documents_is_bounded(api: OpenDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    await api()
    monkeypatch.setattr(door, "MOST", 1)
    known = Documents(lambda: 0.0)
    for [sha256, _] in await documents.add([("a", NAMED), ("b", WHO)]):
        await known.text_of(sha256)
    assert list(known._known) == [hash_of(WHO)]


async def test_adding_twice_stores_once_and_keeps_the_first_name(api: OpenDesk) -> None:
    await api()
    assert await documents.add([("first", NAMED)]) == [(HASH, True)]
    assert await documents.add([("second", NAMED), ("other", WHO)]) == [(HASH, False), (hash_of(WHO), True)]
    assert [(each.name, each.text) for each in await documents.stored()] == [("first", NAMED), ("other", WHO)]
    assert await documents.remove([HASH, "0" * 64]) == ["0" * 64]


def test_what_names_a_document() -> None:
    assert named_in(None, None) == ""
    assert named_in(None, {"persistedQuery": None}) == ""
    assert named_in(f"sha256:{HASH}", {}) == HASH
    for wrong in (7, "", "md5:1", HASH.upper(), HASH + "\n", [HASH]):
        assert named_in(wrong, None) is None
    for other in ({}, 7, {"sha256Hash": 7}, {"sha256Hash": HASH[1:]}):
        assert named_in(None, {"persistedQuery": other}) is None


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": "nothing like it"},
        {"documentId": HASH, "query": WHO},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}, "query": WHO},
        {"extensions": {"persistedQuery": "x"}, "query": WHO},
    ],
)
def test_a_hash_that_is_none_or_of_another_text_is_malformed(body: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as caught:
        from_object(body)
    assert caught.value.status == 400
