"""The feed of events by cursor: each one once, whatever the order of the commits (B15)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from models import Clearance, Event, Operation
from models import database as db
from models.database_url import Dialect
from models.enums import OperationKind
from models.rules import tokens
from models.rules.actor import SYSTEM
from models.rules.event_feed import horizon
from tests import factories as make
from tests.api import OpenDesk, member
from tests.graphql_api.asking import Asker, in_role
from tests.models.rules.waiting import held

FEED = """query ($after: String, $first: Int, $last: Int, $where: EventFilter) {
  events(after: $after, first: $first, last: $last, where: $where) {
    nodes { objectId } pageInfo { hasNextPage endCursor } } }"""
NOW = datetime(2026, 6, 20, 8, tzinfo=UTC)


@pytest.fixture
async def operation(database) -> Operation:
    return await Operation.create(kind=OperationKind.EDIT)


async def happens(operation: Operation, number: int) -> None:
    """One event about the object of this number."""
    await Event.create(operation=operation, object="Building", object_id=number, at=NOW)


async def commits(operation: Operation, number: int) -> None:
    async with db.transaction():
        await happens(operation, number)


async def page(asker: Asker, after: str | None = None, **asked: Any) -> tuple[list[int], str | None, bool]:
    """What it tells of, where it ends, and whether more follow; an empty page ends where it began."""
    found = (await asker.ask(FEED, after=after, **asked))["events"]
    info = found["pageInfo"]
    return [each["objectId"] for each in found["nodes"]], info["endCursor"] or after, info["hasNextPage"]


async def rest(asker: Asker, after: str | None = None, **asked: Any) -> tuple[list[int], str | None]:
    """All that is there after a cursor, page by page, and where it ends."""
    told: list[int] = []
    more = True
    while more:
        found, after, more = await page(asker, after, first=2, **asked)
        told += found
    return told, after


async def test_whoever_comes_back_is_told_the_rest_and_nothing_twice(operation):
    office = in_role("office")
    assert await page(office) == ([], None, False)
    for number in range(1, 6):
        await happens(operation, number)
    told, cursor = await rest(office)
    assert told == [1, 2, 3, 4, 5]
    assert await rest(office, cursor) == ([], cursor)
    await happens(operation, 6)
    told, cursor = await rest(office, cursor)
    assert told == [6]
    assert await rest(office, cursor, where={"objectId": {"gt": 100}}) == ([], cursor)


async def test_one_may_begin_at_the_end(operation):
    for number in (1, 2):
        await happens(operation, number)
    told, cursor, _ = await page(in_role("office"), last=1)
    assert told == [2]
    await happens(operation, 3)
    assert (await rest(in_role("office"), cursor))[0] == [3]


async def test_with_an_order_or_page_numbers_it_is_a_list(operation):
    for number in (1, 2, 3):
        await happens(operation, number)
    office = in_role("office")
    for arguments, expected in (
        ("offset: 0", [3, 2, 1]),
        ("orderBy: [{id: DESC}], first: 2", [3, 2]),
        ("orderBy: [{objectId: ASC}]", [1, 2, 3]),
        ("orderBy: []", [1, 2, 3]),
    ):
        found = await office.ask(f"{{ events({arguments}) {{ nodes {{ objectId }} }} }}")
        assert [each["objectId"] for each in found["events"]["nodes"]] == expected


async def test_a_cursor_of_the_feed_is_that_of_the_ascending_list(operation):
    for number in (1, 2, 3):
        await happens(operation, number)
    _, cursor, _ = await page(in_role("office"), first=1)
    listed = "query ($after: String) { events(orderBy: [{id: ASC}], after: $after) { nodes { objectId } } }"
    found = await in_role("office").ask(listed, after=cursor)
    assert found == {"events": {"nodes": [{"objectId": 2}, {"objectId": 3}]}}
    error = await in_role("office").refused(listed.replace("ASC", "DESC"), after=cursor)
    assert error["code"] == "BAD_CURSOR"


async def test_what_commits_late_is_told_in_its_place(operation):
    """Two transactions that began before others ended; on SQLite the second waits for the first."""
    office = in_role("office")
    await commits(operation, 1)
    async with held(lambda: happens(operation, 2)):
        faster = asyncio.create_task(commits(operation, 3))
        if db.dialect() is Dialect.POSTGRESQL:
            await faster
            assert await Event.all().order_by("id").values_list("object_id", flat=True) == [1, 3]
        first, cursor = await rest(office)
        assert (first, await rest(office, cursor)) == ([1], ([], cursor))
    await faster
    second, cursor = await rest(office, cursor)
    assert second == [2, 3]
    assert await rest(office, cursor) == ([], cursor)


async def test_the_oldest_of_several_open_transactions_counts(operation):
    office = in_role("office")
    if db.dialect() is Dialect.SQLITE:
        assert await horizon() is None, "one writer"
        return
    async with held(lambda: happens(operation, 1)):
        async with held(lambda: happens(operation, 2)):
            await commits(operation, 3)
            assert (await rest(office))[0] == []
        assert (await rest(office))[0] == []
    assert (await rest(office))[0] == [1, 2, 3]


async def fails(operation: Operation, number: int) -> None:
    async with db.transaction():
        await happens(operation, number)
        raise ZeroDivisionError


async def test_a_transaction_that_is_taken_back_stops_nobody(operation):
    with pytest.raises(ZeroDivisionError):
        await fails(operation, 1)
    async with db.transaction():
        with pytest.raises(ZeroDivisionError):
            await fails(operation, 2)
        await happens(operation, 3)
    assert (await rest(in_role("office")))[0] == [3]


async def test_the_statements_do_not_grow_with_the_events(operation):
    counts = set()
    for number in range(1, 40):
        await happens(operation, number)
        if number in (1, 39):
            office = in_role("office")
            await page(office)
            counts.add(len(office.sent))
    assert counts == {1 if db.dialect() is Dialect.SQLITE else 2}


async def test_a_campus_app_follows_its_own_items(api: OpenDesk):
    season = await make.season(await make.university())
    await make.crowd(season.batch, 1)
    await member("campus-finance", "campus_app", await make.Department.get(code="CWC"))
    made = await tokens.create_token(SYSTEM, "campus-finance", items=["FEES"], source="finance")
    finance = await api(token=made.secret)
    feed = """query ($after: String) { events(after: $after) {
      nodes { object item { code } sheet { student { studentNo } } before after cause } pageInfo { endCursor } } }"""
    cursor = (await finance.query(feed))["events"]["pageInfo"]["endCursor"]
    await member("office", "office")
    office = await api(as_="office")
    for item in ("FEES", "BOOKS"):
        await office.query(
            "mutation ($input: SetClearancesInput!) { setClearances(input: $input) { applied } }",
            input={
                "batch": "2026-06",
                "item": item,
                "select": {"studentNos": ["20230001"]},
                "status": "NOT_REQUIRED",
                "reason": "OTHER",
            },
        )
    assert await Clearance.filter(status=make.NOT_REQUIRED, item__code__in=["FEES", "BOOKS"]).count() == 2
    assert (await finance.query(feed, after=cursor))["events"]["nodes"] == [
        {
            "object": "Clearance",
            "item": {"code": "FEES"},
            "sheet": {"student": {"studentNo": "20230001"}},
            "before": "PENDING",
            "after": "NOT_REQUIRED",
            "cause": "ACT",
        }
    ]
