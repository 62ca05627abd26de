"""What `execute` does for HTTP and the panel alike: limits, masking, caches; and what is no operation at all."""

from __future__ import annotations

import json
import logging

import pytest

from graphql_api.context import Credentials
from graphql_api.errors import MOST_ERRORS
from graphql_api.execute import Api
from models import database as db
from tests import factories as make
from tests.api import Desk, OpenDesk, built_schema, member
from tests.work import at_most


@pytest.fixture
async def desk(api: OpenDesk) -> Desk:
    await make.university()
    await member("boss", "office")
    return await api(as_="boss")


HOSTILE = {
    "nested spreads": "{ viewer { ...F0 } } "
    + " ".join(f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40))
    + " fragment F40 on Viewer { name }",
    "a circle": "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }",
    "a long chain": "{ viewer { ...F0 } } "
    + " ".join(f"fragment F{n} on Viewer {{ ...F{n + 1} }}" for n in range(600))
    + " fragment F600 on Viewer { name }",
    "deep nesting": "{ sheets { nodes { " + "student { college { id } sheets { " * 30 + "id" + " } }" * 30 + " } } }",
    "very deep": "{" * 5_000,
    "many tokens": "{ viewer { " + "name " * 10_000 + "} }",
    "many fields": "{ viewer { " + "name " * 1_500 + "} }",
    "many aliases": "{ " + " ".join(f"a{n}: viewer {{ name }}" for n in range(500)) + " }",
    "many directives": "{ viewer { name " + "@skip(if: false) " * 500 + "} }",
    "large pages": "{ sheets(first: 1000) { nodes { student { sheets { clearances { "
    "sheet { clearances { id } } } } } } } }",
    "a long text": "{ viewer { name } } #" + "x" * 250_000,
    "a large argument": '{ students(where: { name: { in: ["'
    + '", "'.join("x" * 3 for _ in range(5_000))
    + '"] } }) { totalCount } }',
    "two mutations": "mutation { signOut again: signOut }",
    "many equal fields": "{ students { nodes { " + "college { name } " * 450 + "} } }",
    "many equal fields in fragments": "{ students { nodes { "
    + " ".join(f"...F{n}" for n in range(300))
    + " } } } "
    + " ".join(f"fragment F{n} on Student {{ college {{ name }} }}" for n in range(300)),
    "lists in a value": "{ sheets(where: " + "[" * 1_000 + "]" * 1_000 + ") { totalCount } }",
    "negations": "{ sheets(where: " + "{ not: " * 900 + "{}" + " }" * 900 + ") { totalCount } }",
    "a huge whole number": f"{{ sheets(first: {'9' * 5_000}) {{ totalCount }} }}",
    "deep lists": "{ students(where: " + "{ and: [" * 400 + "{}" + "] }" * 400 + ") { totalCount } }",
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_document_is_refused_at_once(desk: Desk, name: str) -> None:
    api = Api(built_schema())
    credentials = Credentials(session=desk.http.cookies["lixiao_session"])
    with at_most(500_000):
        answer = await api.execute(HOSTILE[name], credentials=credentials)
    assert not answer.ran
    assert answer.code in ("QUERY_TOO_COMPLEX", "BAD_INPUT")
    assert len(answer.errors) <= MOST_ERRORS
    assert "data" not in answer.body()


async def test_nobodys_document_is_not_even_validated(api: OpenDesk) -> None:
    """Validation may take long, and says what the schema has."""
    nobody = await api()
    for document in ("{ viewer { noSuchField } }", "{ __schema { types { name } } }", "mutation { noSuchField }"):
        response = await nobody.post(document)
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    "where",
    [
        {"and": [{}] * 3_000},
        {"or": [{"studentNo": {}}] * 2_000},
        {"and": [{"and": []}] * 2_000},
        {"not": {"or": [{}] * 3_000}},
    ],
    ids=["empty filters", "columns without an operator", "empty lists", "within not"],
)
async def test_empty_conditions_count_as_well(desk: Desk, where: dict[str, object]) -> None:
    error = await desk.error("query ($where: StudentFilter) { students(where: $where) { totalCount } }", where=where)
    assert (error["code"], error["params"]["measure"]) == ("QUERY_TOO_COMPLEX", "conditions")


async def test_variables_of_a_query_are_bounded_before_they_are_read(desk: Desk) -> None:
    document = "query ($where: StudentFilter) { students(where: $where) { totalCount } }"
    error = await desk.error(document, where={"and": [{}] * 60_000})
    assert (error["code"], error["params"]["measure"]) == ("QUERY_TOO_COMPLEX", "containers")


async def test_too_complex_says_what_and_how_much(desk: Desk) -> None:
    error = await desk.error("{ " + " ".join(f"a{n}: viewer {{ name }}" for n in range(61)) + " }")
    assert error["code"] == "QUERY_TOO_COMPLEX"
    assert error["params"] == {"measure": "aliases", "value": 61, "limit": 60}
    assert error["message"] == "查询过大(别名数 61,上限 60)。请减少字段或行数,分几次查询。"


async def test_what_fails_unexpectedly_is_masked_and_logged(
    api_on_own_tables: OpenDesk, caplog: pytest.LogCaptureFixture
) -> None:
    await member("boss", "office")
    desk = await api_on_own_tables(as_="boss")
    await db.execute("ALTER TABLE prerequisite RENAME TO prerequisite_gone")
    caplog.set_level(logging.ERROR, "lixiao.graphql_api")
    answer = await desk.answer("{ viewer { name } prerequisites { totalCount } }")
    [error] = answer["errors"]
    correlation = error["extensions"]["params"]["correlation"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["message"] == (f"这次请求没有完成,已记录(编号 {correlation})。请稍后重试;仍不成功请把编号告诉服务台。")
    assert error["path"] == ["prerequisites"]
    assert "no such table" not in json.dumps(answer)
    assert "does not exist" not in json.dumps(answer)
    [record] = [each for each in caplog.records if each.name == "lixiao.graphql_api"]
    assert correlation in record.getMessage()
    assert record.exc_info is not None


async def test_at_most_three_errors(desk: Desk) -> None:
    answer = await desk.answer("{ " + " ".join(f"nonsense{n}" for n in range(10)) + " }")
    assert len(answer["errors"]) <= MOST_ERRORS
    variables = {"input": {"batch": 1, "item": 2, "status": "X", "select": 3, "note": 4, "dryRun": 5}}
    answer = await desk.answer(
        "mutation ($input: SetClearancesInput!) { setClearances(input: $input) { applied } }", **variables
    )
    assert 1 <= len(answer["errors"]) <= MOST_ERRORS
    assert {each["extensions"]["code"] for each in answer["errors"]} == {"BAD_INPUT"}


@pytest.mark.parametrize(
    "document", ["{ viewer { nmae } }", '{ students(where: { naem: { eq: "x" } }) { totalCount } }']
)
async def test_suggestions_are_for_explorers_only(desk: Desk, api: OpenDesk, document: str) -> None:
    assert "Did you mean" in (await desk.error(document))["message"]
    await member("student", "student")
    assert "Did you mean" not in (await (await api(as_="student")).error(document))["message"]


async def test_introspection_is_for_explorers_only(desk: Desk, api: OpenDesk) -> None:
    document = "{ __schema { queryType { name } } }"
    assert (await desk.query(document))["__schema"]["queryType"]["name"] == "Query"
    await member("student", "student")
    assert (await (await api(as_="student")).error(document))["code"] == "BAD_INPUT"


async def test_the_operation_must_be_named_when_there_are_several(desk: Desk) -> None:
    two = "query A { viewer { name } } query B { viewer { username } }"
    response = await desk.http.post("/graphql", json={"query": two, "operationName": "B"})
    assert response.json() == {"data": {"viewer": {"username": "boss"}}}
    for name in (None, "C", ""):
        response = await desk.http.post("/graphql", json={"query": two, "operationName": name})
        assert response.json()["errors"][0]["extensions"]["code"] == "BAD_INPUT"


async def test_the_panel_may_read_the_metadata_before_anybody_signs_in(desk: Desk) -> None:
    api = Api(built_schema())
    inside = Credentials(inside=True)
    assert (await api.execute("{ objects { name } __schema { queryType { name } } }", credentials=inside)).errors == []
    for document in ("{ students { totalCount } }", "{ viewer { name } }", "mutation { signOut }"):
        answer = await api.execute(document, credentials=inside)
        assert answer.code == "UNAUTHENTICATED"


async def test_a_document_is_parsed_and_validated_once(desk: Desk) -> None:
    api = Api(built_schema())
    who = Credentials(session=desk.http.cookies["lixiao_session"])
    for _ in range(3):
        assert (await api.execute("{ viewer { name } }", credentials=who)).errors == []
    assert api._kept.cache_info().misses == 1
    assert api._kept.cache_info().hits == 2
