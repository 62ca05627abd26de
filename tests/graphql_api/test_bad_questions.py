"""Wrong arguments of reading: each is refused where it stands, with a code and facts, and asks the database nothing.

Variables and literals are tried alike. What is no GraphQL at all is tried in `tests/season` and `test_http`, the input
of acts in `tests/season/test_bad_values`.
"""

from __future__ import annotations

from typing import Any

import pytest

from graphql_api import cursors, ids
from models import database as db
from tests import factories as make
from tests.api import Desk, OpenDesk, member

PAGE = """query ($first: Int, $after: String, $last: Int, $before: String, $offset: Int, $search: String,
                 $where: StudentFilter, $order: [StudentOrder!]) {
  students(first: $first, after: $after, last: $last, before: $before, offset: $offset, search: $search,
           where: $where, orderBy: $order) { totalCount nodes { id } } }"""
OTHERS = cursors.encode("deadbeef", ["20230001", 1])

#: The variables, then the code and where it is said to be wrong; `problem` in the facts where there is one.
WRONG: list[tuple[dict[str, Any], str, list[str], str]] = [
    ({"first": -1}, "BAD_INPUT", ["first"], "OUT_OF_RANGE"),
    ({"first": 1_001}, "BAD_INPUT", ["first"], "OUT_OF_RANGE"),
    ({"first": 2**31 - 1}, "QUERY_TOO_COMPLEX", [], ""),
    ({"last": -1}, "BAD_INPUT", ["last"], "OUT_OF_RANGE"),
    ({"last": 1_001}, "BAD_INPUT", ["last"], "OUT_OF_RANGE"),
    ({"first": 1, "last": 1}, "BAD_INPUT", ["last"], "CONTRADICTS"),
    ({"offset": -1}, "BAD_INPUT", ["offset"], "OUT_OF_RANGE"),
    ({"offset": 10_000_001}, "BAD_INPUT", ["offset"], "OUT_OF_RANGE"),
    ({"offset": 1, "after": "x"}, "BAD_INPUT", ["offset"], "CONTRADICTS"),
    ({"offset": 1, "last": 1}, "BAD_INPUT", ["offset"], "CONTRADICTS"),
    ({"first": 2**31}, "QUERY_TOO_COMPLEX", [], ""),
    ({"first": 1.5}, "BAD_INPUT", ["first"], ""),
    ({"first": "10"}, "BAD_INPUT", ["first"], ""),
    ({"first": True}, "BAD_INPUT", ["first"], ""),
    ({"first": [1, 2]}, "BAD_INPUT", ["first"], ""),
    ({"after": 7}, "BAD_INPUT", ["after"], ""),
    ({"after": ""}, "BAD_CURSOR", [], ""),
    ({"after": "nonsense"}, "BAD_CURSOR", [], ""),
    ({"after": OTHERS}, "BAD_CURSOR", [], ""),
    ({"before": OTHERS}, "BAD_CURSOR", [], ""),
    ({"before": "x" * 5_000}, "BAD_CURSOR", [], ""),
    ({"after": "密"}, "BAD_CURSOR", [], ""),
    ({"search": "x" * 513}, "BAD_INPUT", ["search"], "TOO_LONG"),
    ({"search": "a b c d e f g h i"}, "BAD_INPUT", ["search"], "TOO_MANY"),
    ({"search": ["a", "b"]}, "BAD_INPUT", ["search"], ""),
    ({"order": [{"name": "ASC"}] * 9}, "BAD_INPUT", ["orderBy"], "TOO_MANY"),
    ({"order": [{"name": "UP"}]}, "BAD_INPUT", ["order", "0", "name"], ""),
    ({"order": [{"name": "ASC", "id": "ASC"}]}, "BAD_INPUT", [], ""),
    ({"order": [{}]}, "BAD_INPUT", [], ""),
    ({"order": [None]}, "BAD_INPUT", ["order", "0"], ""),
    ({"order": "ASC"}, "BAD_INPUT", ["order"], ""),
    ({"where": {"level": {"eq": "X"}}}, "BAD_INPUT", ["where", "level", "eq"], ""),
    ({"where": {"level": {"eq": 1}}}, "BAD_INPUT", ["where", "level", "eq"], ""),
    ({"where": {"nonsense": {"eq": 1}}}, "BAD_INPUT", ["where"], ""),
    ({"where": {"name": {"like": "x"}}}, "BAD_INPUT", ["where", "name"], ""),
    ({"where": {"name": "x"}}, "BAD_INPUT", ["where", "name"], ""),
    ({"where": {"name": {"eq": ["x", "y"]}}}, "BAD_INPUT", ["where", "name", "eq"], ""),
    ({"where": {"version": {"eq": 2**31}}}, "BAD_INPUT", ["where", "version", "eq"], ""),
    ({"where": {"version": {"eq": 1e300}}}, "BAD_INPUT", ["where", "version", "eq"], ""),
    ({"where": {"isResident": {"eq": "true"}}}, "BAD_INPUT", ["where", "isResident", "eq"], ""),
    ({"where": {"createdAt": {"lt": "gestern"}}}, "BAD_INPUT", ["where", "createdAt", "lt"], ""),
    ({"where": {"createdAt": {"lt": "2026-02-30T00:00:00Z"}}}, "BAD_INPUT", ["where", "createdAt", "lt"], ""),
    ({"where": {"id": {"in": [None]}}}, "BAD_INPUT", ["where", "id", "in", "0"], ""),
    ({"where": {"studentNo": {"in": ["x"] * 1_001}}}, "BAD_INPUT", ["where", "studentNo", "in"], "TOO_MANY"),
    ({"where": {"id": {"in": [ids.encode("Student", 1)] * 4_000}}}, "BAD_INPUT", ["where", "id", "in"], "TOO_MANY"),
    ({"where": {"and": [None]}}, "BAD_INPUT", ["where", "and", "0"], ""),
    ({"where": [{}, {}]}, "BAD_INPUT", ["where"], ""),
]


@pytest.fixture
async def office(api: OpenDesk) -> Desk:
    """The office, with a few students."""
    place = await make.university()
    for number in range(3):
        await make.student(f"2023000{number}", college=place.college)
    await member("boss", "office")
    return await api(as_="boss")


async def test_a_wrong_argument_is_refused_where_it_stands(office: Desk) -> None:
    found = []
    for variables, *_ in WRONG:
        with db.statements() as sent:
            error = await office.error(PAGE, **variables)
        places = [each["path"] for each in error["violations"]]
        found.append((variables, error["code"], places[0] if places else [], error["params"].get("problem", "")))
        assert error["message"]
        assert [each for each in sent if 'FROM "student"' in each] == [], variables
    assert [each for each, meant in zip(found, WRONG, strict=True) if each != meant] == []


#: In the document itself: graphql-core finds it before anything is asked.
WRITTEN = [
    "{ students(first: null, last: -1) { totalCount } }",
    "{ students(first: 99999999999) { totalCount } }",
    '{ students(first: "1") { totalCount } }',
    "{ students(where: { level: { eq: X } }) { totalCount } }",
    '{ students(where: { level: { eq: "UG" } }) { totalCount } }',
    "{ students(where: { name: { eq: NaN } }) { totalCount } }",
    "{ students(orderBy: [{ name: ASC, id: ASC }]) { totalCount } }",
    "{ students(orderBy: [{ name: null }]) { totalCount } }",
    "{ students(limit: 5) { totalCount } }",
    "{ student { id } }",
    '{ student(id: "nonsense") { id } }',
    "{ student(id: null, studentNo: null) { id } }",
    '{ student(studentNo: "1", id: "1") { id } }',
    "{ sheet(batch: 7) { id } }",
    '{ sheet(batch: "2026-06") { id } }',
    "query ($n: Int!) { students(first: $n) { totalCount } }",
    "query ($n: String) { students(first: $n) { totalCount } }",
    "query ($n: Nonsense) { students { totalCount } }",
    "{ students(first: $n) { totalCount } }",
    '{ viewer { can(object: null, action: "read") } }',
    "{ viewer { can } }",
]


async def test_a_wrong_document_is_refused(office: Desk) -> None:
    for document in WRITTEN:
        error = await office.error(document)
        assert error["code"] == "BAD_INPUT", document
        assert error["message"], document


async def test_a_cursor_is_of_its_own_order(office: Desk) -> None:
    """Of the same rows in another order, of another object, cut off, or with another row's values of a wrong kind."""
    walk = """query ($order: [StudentOrder!], $after: String) {
      students(orderBy: $order, after: $after) { pageInfo { endCursor } } }"""
    by_name: dict[str, Any] = {"order": [{"name": "ASC"}]}
    cursor = (await office.query(walk, **by_name))["students"]["pageInfo"]["endCursor"]
    for order, after in (
        ([{"name": "DESC"}], cursor),
        ([], cursor),
        ([{"name": "ASC"}], cursor[:-2]),
        ([{"name": "ASC"}], cursor.swapcase()),
    ):
        assert (await office.error(walk, order=order, after=after))["code"] == "BAD_CURSOR"
    other = "query ($after: String) { colleges(orderBy: [{ name: ASC }], after: $after) { totalCount } }"
    assert (await office.error(other, after=cursor))["code"] == "BAD_CURSOR"
    assert (await office.query(walk, order=[{"name": "ASC"}], after=cursor))["students"]["pageInfo"][
        "endCursor"
    ] is None


async def test_a_million_ids_are_no_request(office: Desk) -> None:
    ticked = [ids.encode("Student", number) for number in range(1_000_000)]
    response = await office.post(PAGE, {"where": {"id": {"in": ticked}}})
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_INPUT"
