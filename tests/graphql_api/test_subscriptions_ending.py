"""How long a subscription lasts: whoever does not hold any more is told that instead of the change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from graphql_api import subscriptions
from models import ApiToken, Clearance, RoleAssignment, Session, User
from models import database as db
from models.rules.actor import SYSTEM
from models.rules.journal import event, record_edit
from models.rules.tokens import create_token
from policies import store
from policies.rules import PolicyTable, checked, read_csv
from tests import api as people
from tests import factories as make
from tests.graphql_api.sockets import connected
from tests.graphql_api.subscribing import (
    CHANGED,
    CLEARED,
    CURSORS,
    GROUPS,
    World,
    act,
    bus_of,
    told,
)

# --- until when

End = Callable[[World], Awaitable[object]]


async def sign_out(world: World) -> None:
    await Session.all().update(ended_at=make.datetime.now(make.UTC))


async def disable(world: World) -> None:
    await User.filter(username="library").update(active=False)


async def take_the_role(world: World) -> None:
    await RoleAssignment.filter(role="operator").delete()


async def choose_another_role(world: World) -> None:
    await RoleAssignment.create(user=await User.get(username="library"), role="office")
    await Session.all().update(role="office")


UNAUTHENTICATED, ROLE_ENDED = ("UNAUTHENTICATED", "SESSION"), ("FORBIDDEN", "ROLE_ENDED")
ENDS: Sequence[tuple[End, tuple[str, str]]] = [
    (sign_out, UNAUTHENTICATED),
    (disable, UNAUTHENTICATED),
    (take_the_role, ROLE_ENDED),
    (choose_another_role, ROLE_ENDED),
]


@pytest.mark.parametrize(("end", "code"), ENDS)
async def test_who_does_not_hold_any_more_is_told_that_instead_of_the_change(
    world: World, end: End, code: tuple[str, str]
):
    desk, office = await world.library(), await world.office()
    async with connected(desk) as socket:
        await socket.subscribe(CHANGED)
        await act(office, "BOOKS", "CLEARED", "20220000")
        assert (await told(socket))[0] == "20220000"
        await end(world)
        await clear_by_hand(world, 1)
        error = socket.refused(await socket.next())
        assert (error["code"], error["params"]["problem"]) == code
        if code is UNAUTHENTICATED:
            assert await socket.closed() == 4401
        else:
            assert await socket.until_here() == []


async def clear_by_hand(world: World, place: int) -> None:
    """A change by nobody who is signed in."""
    clearance = await make.clearance(world.sheets[place], "BOOKS")
    async with db.transaction():
        await Clearance.filter(id=clearance.id).update(status=CLEARED)
        changed = event(
            "Clearance",
            clearance.id,
            "status",
            before="PENDING",
            after="CLEARED",
            sheet_id=world.sheets[place].id,
            item_id=world.season["BOOKS"].id,
        )
        await record_edit(world.uni.actor, [changed], make.datetime.now(make.UTC))


@pytest.mark.parametrize(("end", "code"), ENDS)
async def test_it_ends_without_a_change_too(
    world: World, end: End, code: tuple[str, str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(subscriptions, "RECHECK_SECONDS", 0.01)
    async with connected(await world.library()) as socket:
        await socket.subscribe(CHANGED)
        await end(world)
        error = socket.refused(await socket.next())
        assert (error["code"], error["params"]["problem"]) == code


async def test_a_revoked_token_ends_every_subscription_of_its_connection(world: World):
    await people.member("program", "operator", world.uni.library)
    made = await create_token(SYSTEM, "program", role="operator")
    async with connected(await world.open(token=made.secret)) as socket:
        await socket.subscribe(CURSORS, "a")
        await socket.subscribe(GROUPS, "b")
        await ApiToken.all().update(revoked_at=make.datetime.now(make.UTC))
        await clear_by_hand(world, 0)
        codes = {
            message["id"]: message["payload"][0]["extensions"]["code"]
            for message in [await socket.next() for _ in "ab"]
        }
        assert codes == {"a": "UNAUTHENTICATED", "b": "UNAUTHENTICATED"}
        assert await socket.closed() == 4401


SHIPPED = read_csv()


async def test_a_published_policy_is_obeyed(world: World, monkeypatch: pytest.MonkeyPatch):
    """At first the column is taken away, of which the selection is made; what is asked for anew is refused too."""
    monkeypatch.setattr(store, "READ_DELAY", 0.0)
    desk = await world.library()
    async with connected(desk) as socket:
        await socket.subscribe(CHANGED)
        await clear_by_hand(world, 0)
        assert (await told(socket))[0] == "20220000"
        rules = [rule for rule in SHIPPED.rules if (rule.role, rule.object) != ("operator", "Clearance")]
        await store.put_in_force(without(rules), expected=1, comment="x")
        await clear_by_hand(world, 1)
        assert socket.refused(await socket.next())["code"] == "FORBIDDEN"
        assert (await socket.error(CHANGED))["code"] == "FORBIDDEN"


def without(rules: Sequence[Any]) -> PolicyTable:
    return checked([*rules], SHIPPED.parents)


async def test_rows_that_are_his_no_longer_are_not_told(world: World):
    desk = await world.someone("counsellor", "counsellor", world.uni.college, world.uni.other_college)
    async with connected(desk) as socket:
        await socket.subscribe(CHANGED)
        await clear_by_hand(world, 2)
        assert (await told(socket))[0] == "20220002"
        await RoleAssignment.filter(college=world.uni.other_college).delete()
        async with bus_of(desk)._reading:
            await act(await world.office(), "BOOKS", "PENDING", "20220002")
            await clear_by_hand(world, 0)
        assert (await told(socket))[0] == "20220000"


async def test_complete_ends_one_and_no_other(world: World):
    desk = await world.library()
    async with connected(desk) as socket:
        await socket.subscribe(CURSORS, "a")
        await socket.subscribe(CURSORS, "b")
        socket.send("complete", id="a")
        assert await socket.until_here() == []
        await act(desk, "BOOKS", "CLEARED", "20220000")
        await socket.told("b")
        assert await socket.until_here() == []
        assert len(bus_of(desk)._following) == 1
    assert len(bus_of(desk)._following) == 0
