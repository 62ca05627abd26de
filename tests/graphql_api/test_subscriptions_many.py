"""Many changes and slow takers: bulk acts, going on after a pause, who does not keep up; and `groupsChanged`."""

from __future__ import annotations

import asyncio

import pytest

from graphql_api import live, subscriptions, websocket
from graphql_api.registry import ToOne, registry
from models import change_bus
from models import database as db
from models.rules.journal import event, record_edit
from policies import store
from policies.roles import ROLES
from tests import factories as make
from tests.graphql_api.sockets import connect, connected
from tests.graphql_api.subscribing import (
    CHANGED,
    CURSORS,
    GROUPS,
    World,
    act,
    bus_of,
    code_of,
    shown,
    told,
)

# --- many at once


#: What the bus and the policy look at by themselves.
LOOKS = ("event_horizon", "SELECT id, object, object_id FROM event", "policy_head")


async def test_a_bulk_act_is_read_at_once(world: World, monkeypatch: pytest.MonkeyPatch):
    """200 changes take as many statements as one: one for each relation, and one for who asks."""
    monkeypatch.setattr(store, "READ_DELAY", 3600.0)
    monkeypatch.setattr(change_bus, "POLL", 3600.0)
    desk = await world.office()
    counted = []
    for number, size in enumerate((1, 50, 200)):
        sheets = await make.crowd(world.season.batch, size, prefix=f"30{number}")
        async with connected(desk) as socket:
            await socket.subscribe(CHANGED)
            bus = bus_of(desk)
            async with bus._reading:
                select = {"studentNos": [f"30{number}{n:04}" for n in range(1, size + 1)]}
                assert (await act(desk, "BOOKS", "CLEARED", select=select))["applied"] == size
            with db.statements() as sent:
                found = [await told(socket) for _ in range(size)]
                assert await socket.until_here() == []
            assert sorted(each[0] for each in found) == select["studentNos"]
            assert len(sheets) == size
        counted.append([each for each in sent if not any(look in each for look in LOOKS)])
    assert [len(each) for each in counted] == [len(counted[0])] * 3
    assert len(counted[0]) <= 6


async def test_costly_answers_are_read_in_smaller_parts(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "MOST_AT_ONCE", 2)
    desk = await world.office()
    await make.crowd(world.season.batch, 5, prefix="300")
    async with connected(desk) as socket:
        await socket.subscribe(CHANGED)
        await act(desk, "BOOKS", "CLEARED", *(f"300000{n}" for n in range(1, 6)))
        assert sorted([(await told(socket))[0] for _ in range(5)]) == [f"300000{n}" for n in range(1, 6)]


# --- going on after a pause


async def test_it_goes_on_after_a_cursor(world: World):
    desk = await world.library()
    async with connected(desk) as socket:
        await socket.subscribe(CHANGED)
        await act(desk, "BOOKS", "CLEARED", "20220000")
        first = await socket.told()
    await act(desk, "BOOKS", "CLEARED", "20220001")
    async with connected(desk) as socket:
        await socket.subscribe(CURSORS, "other")  # somebody follows already
        after = first["clearanceChanged"]["cursor"]
        socket.send("subscribe", id="1", payload={"query": CHANGED, "variables": {"after": after}})
        assert (await told(socket))[0] == "20220001"
        assert await socket.until_here() == []
        await act(desk, "BOOKS", "CLEARED", "20220002")
        found = [await socket.next(), await socket.next()]
        [mine] = [each["payload"]["data"] for each in found if each["id"] == "1"]
        assert shown(mine)[0] == "20220002"
        assert await socket.until_here() == []


async def test_a_cursor_of_the_feed_is_one_of_ours(world: World):
    desk = await world.library()
    await act(desk, "BOOKS", "CLEARED", "20220000")
    feed = await desk.query("{ events { pageInfo { endCursor } } }")
    after = feed["events"]["pageInfo"]["endCursor"]
    await act(desk, "BOOKS", "CLEARED", "20220001")
    async with connected(desk) as socket:
        socket.send("subscribe", id="1", payload={"query": CURSORS, "variables": {"after": after}})
        cursor = (await socket.told())["clearanceChanged"]["cursor"]
        page = await desk.query(
            "query ($after: String) { events(after: $after) { pageInfo { endCursor } } }", after=after
        )
        assert cursor == page["events"]["pageInfo"]["endCursor"]


async def test_what_lies_too_far_back_is_not_caught_up(world: World, monkeypatch: pytest.MonkeyPatch):
    desk = await world.library()
    await act(desk, "BOOKS", "CLEARED", *world.numbers())
    start = subscriptions.cursor_of(0)
    monkeypatch.setattr(change_bus, "MOST_PENDING", 2)
    async with connected(desk) as socket:
        error = await socket.error(CURSORS, after=start)
        assert (error["code"], error["params"]["argument"]) == ("BAD_CURSOR", "after")
    monkeypatch.setattr(change_bus, "MOST_PENDING", 3)
    monkeypatch.setattr(change_bus, "PAGE", 2)
    async with connected(desk) as socket:
        socket.send("subscribe", id="1", payload={"query": CURSORS, "variables": {"after": start}})
        assert len({(await socket.told())["clearanceChanged"]["cursor"] for _ in range(3)}) == 3


# --- who does not keep up


async def test_who_takes_nothing_is_shown_out(world: World, monkeypatch: pytest.MonkeyPatch):
    """More changes wait than are kept: the connection is closed, and nothing is kept for it."""
    monkeypatch.setattr(change_bus, "MOST_PENDING", 5)
    monkeypatch.setattr(live, "MOST_AT_ONCE", 1)
    desk = await world.office()
    await make.crowd(world.season.batch, 9, prefix="300")
    async with connected(desk) as slow, connected(desk) as quick:
        await slow.subscribe(CURSORS)
        slow.taking.clear()
        await act(desk, "BOOKS", "CLEARED", *(f"300000{n}" for n in range(1, 4)))
        await quick.subscribe(CURSORS)
        await act(desk, "BOOKS", "CLEARED", *(f"300000{n}" for n in range(4, 8)))
        assert [len(await quick.told()) for _ in range(4)] == [1] * 4
        assert len(bus_of(desk)._following) == 1
        slow.taking.set()
        assert await slow.closed() == 1013
        assert slow.reason.startswith("Too slow: ")


async def test_a_message_that_is_not_taken_in_time_ends_the_connection(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(websocket, "SEND_SECONDS", 0.01)
    monkeypatch.setattr(websocket, "CLOSE_SECONDS", 0.01)
    desk = await world.library()
    async with connected(desk) as socket:
        await socket.subscribe(CURSORS)
        socket.taking.clear()
        await act(desk, "BOOKS", "CLEARED", "20220000")
        assert await socket.closed() is None  # he did not even take that
        assert len(bus_of(desk)._following) == 0


async def test_nothing_is_left_of_cancelled_connections(world: World):
    """More of them than the pool has connections, cut off at any point of their work."""
    desk = await world.office()
    for turn in range(15):
        socket = connect(desk)
        socket.send("connection_init")
        socket.send("subscribe", id="1", payload={"query": CHANGED})
        if turn % 3:
            await socket.next()
        if turn % 3 == 2:
            await socket.until_here()
            await act(desk, "BOOKS", "CLEARED" if turn % 2 else "PENDING", "20220000")
        socket.served.cancel()
        await asyncio.gather(socket.served, return_exceptions=True)
    assert len(bus_of(desk)._following) == 0
    answers = await asyncio.gather(*(desk.query("{ clearances { totalCount } }") for _ in range(12)))
    assert len(answers) == 12


async def test_what_is_completed_in_the_same_breath_leaves_nothing(world: World):
    desk = await world.library()
    async with connected(desk) as socket:
        for number in range(30):
            socket.send("subscribe", id=str(number), payload={"query": CURSORS})
            socket.send("complete", id=str(number))
        socket.send("ping")
        assert (await socket.next())["type"] == "pong"
        for _ in range(3):  # a task that is cancelled ends in the next rounds of the loop
            await asyncio.sleep(0)
        assert bus_of(desk).followers == 0


# --- counts


async def test_the_items_whose_counts_changed(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(subscriptions, "GATHERED_SECONDS", 0.0)
    office = await world.office()
    desk = await world.someone("counsellor", "counsellor", world.uni.college)
    async with connected(desk) as socket:
        await socket.subscribe(GROUPS)
        await act(office, "BOOKS", "CLEARED", "20220002")  # not his college's
        await act(office, "DORM", "CLEARED", "20220000")
        assert await socket.told() == {"groupsChanged": {"items": [{"code": "DORM"}]}}


async def test_counts_that_change_together_are_told_together(world: World):
    office = await world.office()
    async with connected(office) as socket:
        await socket.subscribe(GROUPS, where={"code": {"in": ["DORM", "BOOKS"]}})
        async with bus_of(office)._reading:
            for item in ("FEES", "BOOKS", "DORM"):
                await act(office, item, "NOT_REQUIRED", "20220000", reason="SPECIAL_APPROVAL")
            await act(office, "BOOKS", "CLEARED", "20220001")
        assert await socket.told() == {"groupsChanged": {"items": [{"code": "BOOKS"}, {"code": "DORM"}]}}
        assert await socket.until_here() == []


async def test_a_new_sheet_changes_all_counts_of_its_batch(world: World):
    """Also for who may count only."""
    desk = await world.someone("analyst", "analyst")
    async with connected(desk) as socket:
        await socket.subscribe(GROUPS)
        made = event("Sheet", world.sheets[0].id, "state", after="ACTIVE", sheet_id=world.sheets[0].id)
        await record_edit(world.uni.actor, [made], make.datetime.now(make.UTC))
        items = (await socket.told())["groupsChanged"]["items"]
        assert sorted(each["code"] for each in items) == sorted(world.season.items)


@pytest.mark.parametrize("role", ["account_admin", "policy_admin"])
async def test_who_may_not_count_is_told_of_no_counts(world: World, role: str):
    desk = await world.someone("someone", role)
    async with connected(desk) as socket:
        error = await socket.error(GROUPS)
        assert error["code"] == "FORBIDDEN"


@pytest.mark.parametrize("role", [role.name for role in ROLES.values() if role.assignable])
async def test_every_role_may_be_told_what_it_may_ask(world: World, role: str):
    """Field by field of a clearance and of an event."""
    desk = await world.someone("someone", role, world.uni.library if role in OF_DEPARTMENTS else world.uni.college)
    asked = {"Clearance": "clearances", "Event": "events"}
    async with connected(desk) as socket:
        for name, plural in asked.items():
            for each in registry()[name].own():
                field = f"{each.graphql} {{ id }}" if isinstance(each, ToOne) else each.graphql
                there = f"clearance {{ {field} }}" if name == "Clearance" else f"event {{ {field} }}"
                by_http = code_of(await desk.answer(f"{{ {plural}(first: 1) {{ nodes {{ {field} }} }} }}"))
                if name == "Event":  # rows of clearances are asked for in any case
                    by_http = by_http or code_of(await desk.answer("{ clearances(first: 1) { nodes { id } } }"))
                query = f"subscription {{ clearanceChanged {{ {there} }} }}"
                socket.send("subscribe", id="1", payload={"query": query})
                found = await socket.until_here()
                assert [socket.refused(message)["code"] for message in found] == ([by_http] if by_http else []), there
                socket.send("complete", id="1")


OF_DEPARTMENTS = ("operator", "dorm_centre", "campus_app")
