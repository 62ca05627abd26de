"""Whatever is sent is answered or refused, never with an error of ours, and after little work.

Valid documents with any values come from `hypothesis-graphql`, which knows nothing of this project; hostile ones from
the generators below.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from graphql import get_introspection_query
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import mutations, nodes, queries

from graphql_api.http import MOST_BYTES
from graphql_api.schema import FILE
from tests import factories as make
from tests.api import Desk, OpenDesk, member
from tests.work import at_most

SDL = FILE.read_text(encoding="utf-8")
MOST_CALLS = 3_000_000  # of functions, which take half a second

TEXTS = st.text(max_size=20).map(nodes.String)
SCALARS = {
    "DateTime": st.datetimes().map(lambda each: nodes.String(each.isoformat())) | TEXTS,
    "Date": st.dates().map(lambda each: nodes.String(each.isoformat())) | TEXTS,
    "Cell": TEXTS | st.integers().map(nodes.Int) | st.booleans().map(nodes.Boolean),
    "JSON": TEXTS,
}

looking_on = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
async def desk(api: OpenDesk) -> Desk:
    """The office, at a small open season."""
    place = await make.university()
    season = await make.season(place)
    await make.crowd(season.batch, 3, college=place.college)
    await member("boss", "office")
    return await api(as_="boss")


async def harmless(desk: Desk, document: str, variables: dict[str, Any] | None = None) -> str:
    """Asks; what came of it in a word. Raises AssertionError for an error of ours."""
    response = await desk.post(document, variables)
    assert response.status_code < 500, (response.status_code, document[:1_000])
    errors = response.json().get("errors", [])
    codes = [each["extensions"]["code"] for each in errors]
    assert "INTERNAL" not in codes, document[:1_000]
    assert len(errors) <= 3
    return str(codes[0]) if codes else "answered"


@settings(looking_on, max_examples=400)
@given(document=queries(SDL, custom_scalars=SCALARS))
async def test_a_valid_query_is_answered_or_refused(desk: Desk, document: str) -> None:
    await harmless(desk, document)


@settings(looking_on, max_examples=100)
@given(document=mutations(SDL, custom_scalars=SCALARS))
async def test_a_valid_mutation_is_answered_or_refused(desk: Desk, document: str) -> None:
    await harmless(desk, document)


# --- hostile ones

Bomb = Callable[[int], tuple[str, dict[str, Any]]]
TYPE = "{ kind name ofType { kind name ofType { kind name ofType { name } } } }"


def document(make_text: Callable[[int], str]) -> Bomb:
    return lambda size: (make_text(size), {})


def filtered(make_where: Callable[[int], Any]) -> Bomb:
    text = "query ($where: StudentFilter) { students(where: $where) { totalCount nodes { id } } }"
    return lambda size: (text, {"where": make_where(size)})


def nested(size: int, inner: Any, *around: str) -> Any:
    """`{"not": {"not": … inner}}`, `size` deep."""
    for number in range(size):
        word = around[number % len(around)]
        inner = {word: inner if word == "not" else [inner]}
    return inner


#: What grows with a number: the text of a document, and its variables.
BOMBS: dict[str, Bomb] = {
    "aliases": document(lambda n: "{ " + " ".join(f"a{i}: __typename" for i in range(n)) + " }"),
    "aliased pages": document(lambda n: "{ " + " ".join(f"a{i}: students {{ totalCount }}" for i in range(n)) + " }"),
    "aliased lists": document(
        lambda n: "{ students(first: 1000) { nodes { " + " ".join(f"a{i}: sheets {{ id }}" for i in range(n)) + " } } }"
    ),
    "spreads": document(
        lambda n: (
            "{ viewer { ...F0 } } "
            + " ".join(f"fragment F{i} on Viewer {{ ...F{i + 1} ...F{i + 1} }}" for i in range(n))
            + f" fragment F{n} on Viewer {{ name }}"
        )
    ),
    "spreads of one": document(lambda n: "fragment F on Viewer { name } { viewer { " + "...F " * n + "} }"),
    "inline fragments": document(lambda n: "{ viewer { " + "... { " * n + "name" + " }" * n + " } }"),
    "equal fields": document(lambda n: "{ students { nodes { " + "college { name } " * n + "} } }"),
    "fields": document(lambda n: "{ students { nodes { " + "studentNo name " * n + "} } }"),
    "levels": document(lambda n: "{ sheets { nodes { " + "student { sheets { " * n + "id" + " } }" * n + " } } }"),
    "directives": document(lambda n: "{ __typename " + "@skip(if: false) " * n + "}"),
    "unknown directives": document(lambda n: "{ __typename " + " ".join(f"@d{i}" for i in range(n)) + "}"),
    "operations": document(lambda n: " ".join(f"query Q{i} {{ __typename }}" for i in range(n))),
    "unused fragments": document(
        lambda n: "{ __typename } " + " ".join(f"fragment F{i} on Viewer {{ name }}" for i in range(n))
    ),
    "variables": document(
        lambda n: "query (" + " ".join(f"$v{i}: Int" for i in range(n)) + ") { __typename }" if n else "{ __typename }"
    ),
    "introspection": document(
        lambda n: "{ " + " ".join(f"a{i}: __schema {{ types {{ fields {{ type {TYPE} }} }} }}" for i in range(n)) + " }"
    ),
    "the whole schema": document(lambda n: get_introspection_query(descriptions=n % 2 == 0)),
    "a long text": document(lambda n: '{ students(search: "' + "长" * n + '") { totalCount } }'),
    "a long whole number": document(lambda n: "{ students(first: " + "9" * (n + 1) + ") { totalCount } }"),
    "a long fraction": document(lambda n: "{ students(first: 1." + "1" * (n + 1) + ") { totalCount } }"),
    "a long name": document(lambda n: "{ " + "x" * (n + 1) + " }"),
    "comments": document(lambda n: "{ __typename } " + "#\n" * n),
    "a long list": document(
        lambda n: "{ students(where: { studentNo: { in: [" + '"1" ' * n + "] } }) { totalCount } }"
    ),
    "brackets": document(lambda n: "{ students(where: " + "[" * n + "]" * n + ") { totalCount } }"),
    "open braces": document(lambda n: "{" * (n + 1)),
    "names in variables": filtered(lambda n: {"studentNo": {"in": ["x" * (i % 40) for i in range(n)]}}),
    "one long name": filtered(lambda n: {"name": {"contains": "长" * n}}),
    "ids": filtered(lambda n: {"id": {"in": ["U3R1ZGVudDox"] * n}}),
    "conditions": filtered(lambda n: {"or": [{"name": {"eq": str(i)}} for i in range(n)]}),
    "empty conditions": filtered(lambda n: {"and": [{}] * n}),
    "negations": filtered(lambda n: nested(min(n, 200), {}, "not")),
    "brackets in conditions": filtered(lambda n: nested(min(n, 200), {}, "and", "or", "not")),
    "relations": filtered(
        lambda n: json.loads('{"sheets": {"some": {"student": ' * (n % 300) + "{}" + "}}}" * (n % 300))
    ),
    "unknown members": filtered(lambda n: {f"x{i}": {} for i in range(n)}),
    "a huge whole number": filtered(lambda n: {"version": {"eq": 10**18 + n}}),
    "half a character": filtered(lambda n: {"name": {"eq": "\ud7ff\u202e\ufeff" * (n + 1)}}),
    "orders": lambda n: (
        "query ($order: [StudentOrder!]) { students(orderBy: $order) { totalCount } }",
        {"order": [{"name": "ASC"}] * n},
    ),
    "unknown variables": lambda n: ("{ __typename }", {f"v{i}": [{}] for i in range(n)}),
}


@settings(looking_on, max_examples=4 * len(BOMBS))
@given(name=st.sampled_from([*BOMBS]), size=st.integers(0, 60) | st.integers(0, 12_000) | st.integers(0, 80_000))
async def test_a_hostile_request_is_little_work(desk: Desk, name: str, size: int) -> None:
    text, variables = BOMBS[name](size)
    if len(json.dumps({"query": text, "variables": variables})) > MOST_BYTES:
        return
    with at_most(MOST_CALLS):
        await harmless(desk, text, variables)


@pytest.mark.parametrize("name", BOMBS)
async def test_each_of_them_at_its_largest(desk: Desk, name: str) -> None:
    """The largest that a body holds, and the largest of a round number below."""
    for size in (1, 15, 60, 200, 1_000, 4_000, 20_000, 80_000):
        text, variables = BOMBS[name](size)
        if len(json.dumps({"query": text, "variables": variables})) <= MOST_BYTES:
            with at_most(MOST_CALLS):
                await harmless(desk, text, variables)
