"""Pages: the same walk forwards, backwards and by number, also over columns that are empty."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest

from models import Clearance
from tests import factories as make
from tests.graphql_api.asking import in_role

PAGE = """query ($first: Int, $after: String, $last: Int, $before: String, $offset: Int, $order: [ClearanceOrder!]) {
  clearances(first: $first, after: $after, last: $last, before: $before, offset: $offset, orderBy: $order) {
    edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""

ORDERS = [
    [],
    [{"id": "DESC"}],
    [{"decidedAt": "ASC"}],
    [{"decidedAt": "DESC"}],
    [{"reason": "DESC"}, {"decidedAt": "ASC"}],
    [{"decidedUser": {"name": "ASC"}}],
    [{"decidedUser": {"name": "DESC"}}, {"status": "DESC"}, {"note": "ASC"}],
    [{"item": {"department": {"code": "DESC"}}}, {"prerequisiteReopened": "ASC"}],
]


@pytest.fixture
async def rows(database):
    """24 clearances; many columns are empty in some, and alike in several."""
    where = await make.university()
    season = await make.season(where)
    await make.crowd(season.batch, 3)
    reasons = [None, "DEFERRED", None, "OTHER"]
    people = [None, where.clerk.id, where.colleague.id, None, where.clerk.id]
    for number, each in enumerate(await Clearance.all().order_by("id")):
        await Clearance.filter(id=each.id).update(
            decided_at=None if number % 3 == 0 else datetime(2026, 6, 1 + number % 4, 8, tzinfo=UTC),
            reason=reasons[number % 4],
            decided_user_id=people[number % 5],
            note="x" * (number % 2),
            prerequisite_reopened=number % 7 == 0,
        )


async def page(order, **paging):
    answer = (await in_role("office").ask(PAGE, order=order, **paging))["clearances"]
    return [each["node"]["id"] for each in answer["edges"]], answer["pageInfo"]


@pytest.mark.parametrize("order", ORDERS, ids=str)
async def test_the_walk_is_the_same_forwards_backwards_and_by_number(rows, order):
    whole, info = await page(order, first=100)
    assert len(set(whole)) == 24
    assert (info["hasNextPage"], info["hasPreviousPage"]) == (False, False)

    forwards, cursor = [], None
    while True:
        found, info = await page(order, first=5, after=cursor)
        forwards += found
        assert info["hasPreviousPage"] is (cursor is not None)
        if not info["hasNextPage"]:
            break
        cursor = info["endCursor"]
    assert forwards == whole

    backwards, cursor = [], None
    while True:
        found, info = await page(order, last=7, before=cursor)
        backwards = found + backwards
        assert info["hasNextPage"] is (cursor is not None)
        if not info["hasPreviousPage"]:
            break
        cursor = info["startCursor"]
    assert backwards == whole

    by_number = [found for start in range(0, 24, 5) for found in (await page(order, first=5, offset=start))[0]]
    assert by_number == whole


async def test_rows_without_a_value_come_last_both_ways(rows):
    for direction in ("ASC", "DESC"):
        answer = await in_role("office").ask(
            "query ($order: [ClearanceOrder!]) { clearances(orderBy: $order) { nodes { decidedAt } } }",
            order=[{"decidedAt": direction}],
        )
        moments = [each["decidedAt"] for each in answer["clearances"]["nodes"]]
        present = [each for each in moments if each is not None]
        assert len(present) == 16
        assert moments == sorted(present, reverse=direction == "DESC") + [None] * 8


async def test_a_page_between_two_cursors(rows):
    whole, _ = await page([], first=10)
    _, info = await page([], first=3)
    _, end = await page([], first=8)
    found, between = await page([], first=10, after=info["endCursor"], before=end["endCursor"])
    assert found == whole[3:7]
    assert between["hasPreviousPage"] is True


async def test_a_page_of_no_rows_asks_for_one_and_shows_none(rows):
    found, info = await page([], first=0)
    assert found == []
    assert info == {"hasNextPage": True, "hasPreviousPage": False, "startCursor": None, "endCursor": None}


async def test_fifty_rows_unless_told_otherwise(database):
    season = await make.season(await make.university())
    await make.crowd(season.batch, 52)
    answer = await in_role("office").ask("{ sheets { nodes { id } pageInfo { hasNextPage } } }")
    assert len(answer["sheets"]["nodes"]) == 50
    assert answer["sheets"]["pageInfo"]["hasNextPage"] is True


@pytest.mark.parametrize(
    ("paging", "path", "code"),
    [
        ({"first": 1001}, ["first"], "OUT_OF_RANGE"),
        ({"first": -1}, ["first"], "OUT_OF_RANGE"),
        ({"last": 1001}, ["last"], "OUT_OF_RANGE"),
        ({"last": -1}, ["last"], "OUT_OF_RANGE"),
        ({"offset": -1}, ["offset"], "OUT_OF_RANGE"),
        ({"offset": 2147483647}, ["offset"], "OUT_OF_RANGE"),
        ({"first": 1, "last": 1}, ["last"], "CONTRADICTS"),
        ({"offset": 1, "last": 1}, ["offset"], "CONTRADICTS"),
        ({"offset": 1, "after": "x"}, ["offset"], "CONTRADICTS"),
    ],
)
async def test_a_page_that_cannot_be_is_an_error_and_never_a_silent_cut(database, paging, path, code):
    error = await in_role("office").refused(PAGE, **paging)
    assert error["code"] == "BAD_INPUT"
    assert [(each["path"], each["code"]) for each in error["violations"]] == [(path, code)]


def forged(*values) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


async def test_a_cursor_of_another_order_is_refused(rows):
    _, info = await page([{"decidedAt": "ASC"}], first=2)
    cursor = info["endCursor"]
    mark = json.loads(base64.urlsafe_b64decode(cursor + "=="))[0]
    for order in ([], [{"decidedAt": "DESC"}], [{"decidedAt": "ASC"}, {"note": "ASC"}]):
        error = await in_role("office").refused(PAGE, order=order, after=cursor)
        assert (error["code"], error["params"]) == ("BAD_CURSOR", {"argument": "after"})
    for wrong in (
        "",
        "学",
        "!!!!",
        "a" * 5000,
        forged(),
        forged(mark),
        forged(mark, "2026-06-01T08:00:00+00:00", None),
        forged(mark, "2026-06-01T08:00:00", 3),
        forged(mark, "0001-01-01T00:00:00+14:00", 3),
        forged(mark, 5, 3),
        forged(mark, None, 99999999999),
        forged(mark, None, [1]),
        forged(mark, None, True, 3),
        forged({"a": 1}),
    ):
        error = await in_role("office").refused(PAGE, order=[{"decidedAt": "ASC"}], before=wrong)
        assert (error["code"], error["params"]) == ("BAD_CURSOR", {"argument": "before"}), wrong


async def test_a_default_order_is_used_where_none_is_asked_for(database):
    for code in ("2025-06", "2026-06", "2024-06"):
        await make.batch(code)
    answer = await in_role("office").ask("{ batches { nodes { code } } }")
    assert [each["code"] for each in answer["batches"]["nodes"]] == ["2026-06", "2025-06", "2024-06"]


async def test_an_order_by_what_may_not_be_read_is_refused(database):
    error = await in_role("student").refused("{ clearances(orderBy: [{internalNote: ASC}]) { totalCount } }")
    assert (error["code"], error["params"]["action"], error["params"]["field"]) == ("FORBIDDEN", "read", "internalNote")
    error = await in_role("student").refused("{ clearances(orderBy: [{decidedUser: {name: ASC}}]) { totalCount } }")
    assert (error["code"], error["params"]["object"]) == ("FORBIDDEN", "Clearance")


async def test_an_order_of_too_many_or_too_distant_columns_is_refused(database):
    error = await in_role("office").refused(PAGE, order=[{"note": "ASC"}] * 9)
    assert error["violations"] == [{"path": ["orderBy"], "code": "TOO_MANY", "params": {"count": 9, "limit": 8}}]
    far = {"sheet": {"movedTo": {"movedTo": {"movedTo": {"movedTo": {"id": "ASC"}}}}}}
    error = await in_role("office").refused(PAGE, order=[far])
    assert error["violations"][0]["code"] == "TOO_DEEP"


async def test_the_default_order_enters_an_index_where_the_page_begins(database):
    """P9: a late page by cursor costs what the first one does."""
    season = await make.season(await make.university())
    await make.crowd(season.batch, 5)
    first = await in_role("office").ask("{ students(first: 2) { pageInfo { endCursor } } }")
    desk = in_role("office")
    await desk.ask(
        "query ($after: String) { students(first: 2, after: $after) { nodes { studentNo } } }",
        after=first["students"]["pageInfo"]["endCursor"],
    )
    [sent] = desk.sent
    assert '"student_no">=' in sent
    assert "OFFSET" not in sent
