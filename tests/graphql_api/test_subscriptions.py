"""What `clearanceChanged` tells, and whom."""

from __future__ import annotations

from typing import Any

import pytest

from graphql_api import subscriptions
from graphql_api.completing import NotPlanned
from graphql_api.planner import Planner
from graphql_api.registry import ToOne, registry
from models import Clearance, Event, User
from models import database as db
from models.rules.actor import SYSTEM
from models.rules.journal import event, record_edit
from models.rules.tokens import create_token
from tests import api as people
from tests import factories as make
from tests.graphql_api.sockets import connect, connected
from tests.graphql_api.subscribing import (
    CHANGED,
    CURSORS,
    PENDING,
    TO_CLEARED,
    TO_PENDING,
    World,
    act,
    bus_of,
    nothing_more,
    told,
)

# --- what is told


async def test_each_change_is_told_once_and_in_order(world: World):
    desk = await world.library()
    async with connected(desk) as socket:
        await socket.subscribe(CHANGED)
        await act(desk, "BOOKS", "CLEARED", "20220001", "20220000")
        await act(desk, "BOOKS", "PENDING", "20220001")
        await act(desk, "BOOKS", "PENDING", "20220001")  # as it is: no event
        await act(desk, "BOOKS", "CLEARED", "20220001")
        found = [await told(socket) for _ in range(4)]
        events = await Event.filter(object="Clearance").order_by("id").values_list("object_id", "after")
        of = {each.id: each for each in await Clearance.all().prefetch_related("sheet__student")}
        assert [(number, event_["after"]) for number, _, _, event_ in found if event_] == [
            (of[clearance].sheet.student.student_no, after) for clearance, after in events
        ]
        assert {each[0] for each in found} == {"20220000", "20220001"}
        await nothing_more(socket, desk)


async def test_it_is_told_as_it_is_now(world: World, monkeypatch: pytest.MonkeyPatch):
    """Two changes that are read together: both events, and the clearance as it became."""
    desk = await world.library()
    async with connected(desk) as socket:
        await socket.subscribe(CHANGED)
        async with bus_of(desk)._reading:
            await act(desk, "BOOKS", "CLEARED", "20220000")
            await act(desk, "BOOKS", "PENDING", "20220000")
        assert [await told(socket), await told(socket)] == [
            ("20220000", "BOOKS", "PENDING", TO_CLEARED),
            ("20220000", "BOOKS", "PENDING", TO_PENDING),
        ]


async def test_only_what_fulfils_the_conditions_now(world: World):
    desk = await world.library()
    async with connected(desk) as socket:
        await socket.subscribe(CHANGED, where={"status": {"eq": "PENDING"}, "item": {"code": {"eq": "BOOKS"}}})
        await act(desk, "BOOKS", "CLEARED", "20220000")
        await act(desk, "BOOKS", "PENDING", "20220001", note="还有一本")
        assert (await told(socket))[:3] == ("20220001", "BOOKS", "PENDING")


async def test_what_an_act_brings_about_is_told_too(world: World):
    """Revoking an item re-opens the college sign-off."""
    desk = await world.office()
    sheet = await make.sheet(world.season.batch, await make.student("20229999"), settled=True)
    async with connected(desk) as socket:
        await socket.subscribe(CHANGED)
        await act(desk, "BOOKS", "PENDING", "20229999")
        found = [await told(socket), await told(socket)]
    assert sorted(each[1] for each in found) == ["BOOKS", "FINAL"]
    assert {each[3]["after"] for each in found if each[3]} == {"PENDING"}
    assert await make.status(sheet, "FINAL") is PENDING


async def test_a_note_is_a_change_and_an_undo_is_one(world: World):
    desk = await world.library()
    query = "subscription { clearanceChanged { clearance { note status } event { changed cause } } }"
    async with connected(desk) as socket:
        await socket.subscribe(query)
        await act(desk, "BOOKS", "PENDING", "20220000", note="还有一本")
        found = [(await socket.told())["clearanceChanged"]]  # before the next act, or it is told as that left it
        made = await act(desk, "BOOKS", "CLEARED", "20220000")
        undo = "mutation ($id: ID!) { undoOperation(id: $id) { applied } }"
        assert await desk.query(undo, id=made["operation"]["id"]) == {"undoOperation": {"applied": 1}}
        found += [(await socket.told())["clearanceChanged"] for _ in range(2)]
    assert found[0] == {
        "clearance": {"note": "还有一本", "status": "PENDING"},
        "event": {"changed": "note", "cause": "ACT"},
    }
    assert [each["event"]["cause"] for each in found] == ["ACT", "ACT", "UNDO"]
    assert found[2]["clearance"]["status"] == "PENDING"


async def test_nothing_is_told_of_what_did_not_happen(world: World):
    """A dry run, an act that is refused as a whole, and a transaction that fails after it wrote its events."""
    desk = await world.library()
    async with connected(desk) as socket:
        await socket.subscribe(CHANGED)
        await act(desk, "BOOKS", "CLEARED", "20220000", dryRun=True)
        refused = await act(desk, "BOOKS", "CLEARED", "20220000", "29999999")
        assert (refused["applied"], refused["refused"]) == (0, 1)
        clearance = await make.clearance(world.sheets[0], "BOOKS")
        with pytest.raises(RuntimeError, match="on purpose"):
            await failing(world, clearance)
        await nothing_more(socket, desk)


async def failing(world: World, clearance: Clearance) -> None:
    async with db.transaction():
        changed = event("Clearance", clearance.id, "note", item_id=world.season["BOOKS"].id)
        await record_edit(world.uni.actor, [changed], clearance.updated_at)
        raise RuntimeError("on purpose")


async def test_responses_are_named_as_the_document_says(world: World):
    desk = await world.library()
    query = """subscription { one: clearanceChanged { __typename kind: clearance { __typename word: status
      of: item { code } } who: clearance { sheet { student { studentNo } } } at: cursor } }"""
    async with connected(desk) as socket:
        await socket.subscribe(query)
        await act(desk, "BOOKS", "CLEARED", "20220000")
        data = await socket.told()
    assert list(data) == ["one"]
    assert {name: value for name, value in data["one"].items() if name != "at"} == {
        "__typename": "ClearanceChange",
        "kind": {"__typename": "Clearance", "word": "CLEARED", "of": {"code": "BOOKS"}},
        "who": {"sheet": {"student": {"studentNo": "20220000"}}},
    }


async def test_values_worked_out_by_rules_are_those_of_the_moment(world: World):
    desk = await world.library()
    query = "subscription { clearanceChanged { clearance { sheet { progress { settled } } moves { status } } } }"
    found = []
    async with connected(desk) as socket:
        await socket.subscribe(query)
        for status in ("CLEARED", "PENDING", "CLEARED"):
            await act(desk, "BOOKS", status, "20220000")
            clearance = (await socket.told())["clearanceChanged"]["clearance"]
            found.append((clearance["sheet"]["progress"]["settled"], [each["status"] for each in clearance["moves"]]))
    [(settled, moves), (fewer, others), again] = found
    assert (settled - fewer, again) == (1, (settled, moves))
    assert (moves, others) == (["PENDING", "NOT_REQUIRED"], ["NOT_REQUIRED", "CLEARED"])


async def test_what_is_finished_is_what_graphql_core_would_complete(world: World, monkeypatch: pytest.MonkeyPatch):
    """Every field of a clearance and its event, labels, enums, moments, JSON and what rules work out."""
    desk = await world.office()
    query = f"""subscription {{ clearanceChanged {{
      __typename cursor clearance {{ {fields_of("Clearance")} displayLabel moves {{ status refusal {{ code message }} }}
        sheet {{ progress {{ settled required }} clearances {{ status }} }} }}
      event {{ {fields_of("Event")} displayLabel operation {{ parameters }} }}
    }} }}"""
    async with connected(desk) as finished, connected(desk) as completed:
        await finished.subscribe(query)
        monkeypatch.setattr(subscriptions, "Planner", Unplanned)
        await completed.subscribe(query)
        monkeypatch.undo()
        await act(desk, "BOOKS", "CLEARED", "20220000", note="全部归还")
        found = await finished.told()
        assert found == await completed.told()
    assert found["clearanceChanged"]["clearance"]["note"] == "全部归还"


class Unplanned(Planner):
    """As if something of every document could not be finished."""

    def __init__(self, *given: Any, finished: bool) -> None:
        if finished:
            raise NotPlanned("on purpose")
        super().__init__(*given)


def fields_of(name: str) -> str:
    members = registry()[name].own()
    return " ".join(f"{each.graphql} {{ id }}" if isinstance(each, ToOne) else each.graphql for each in members)


# --- whom


async def test_everybody_is_told_of_his_own_rows(world: World):
    """Role by row: BOOKS and PARTY are the library's in this season, FEES are the finance department's; the third
    student is of the other college."""
    uni, sheets = world.uni, world.sheets
    student = await User.create(username="20220001", name="张三")
    await (await sheets[1].student).update_from_dict({"user_id": student.id}).save()
    tutor = await people.member("tutor", "supervisor")
    await make.supervise(await sheets[0].student, tutor)
    looking = {
        "office": await world.office(),
        "library": await world.library(),
        "finance": await world.someone("finance", "operator", uni.finance),
        "counsellor": await world.someone("counsellor", "counsellor", uni.college),
        "other": await world.someone("other", "counsellor", uni.other_college),
        "party": await world.someone("party", "party_office", uni.college),
        "auditor": await world.someone("auditor", "auditor"),
        "tutor": await world.open(as_="tutor"),
    }
    acts = ["1 DORM", "0 BOOKS", "1 BOOKS", "2 BOOKS", "0 FEES", "0 PARTY"]
    expected = {
        "office": acts,
        "library": ["0 BOOKS", "1 BOOKS", "2 BOOKS", "0 PARTY"],
        "finance": ["0 FEES"],
        "counsellor": ["1 DORM", "0 BOOKS", "1 BOOKS", "0 FEES", "0 PARTY"],
        "other": ["2 BOOKS"],
        "party": ["0 PARTY"],
        "auditor": acts,
        "tutor": ["0 BOOKS", "0 FEES", "0 PARTY"],
    }
    sockets = {name: connect(desk) for name, desk in looking.items()}
    for socket in sockets.values():
        socket.send("connection_init")
        assert (await socket.next())["type"] == "connection_ack"
        await socket.subscribe(CHANGED.replace("event { before after }", ""))
    for each in acts:  # the last one that somebody is told of comes after all that he is not
        number, item = each.split()
        done = await act(
            looking["office"], item, "NOT_REQUIRED", f"2022000{number}", reason="SPECIAL_APPROVAL", note="x"
        )
        assert done["applied"] == 1, done
    for name, socket in sockets.items():
        found = [await told(socket) for _ in expected[name]]
        assert [f"{number[-1]} {item}" for number, item, *_ in found] == expected[name], name
        assert await socket.until_here() == []
        socket.leave()
        await socket.closed()


@pytest.mark.parametrize("role", ["leader", "analyst", "account_admin", "policy_admin"])
async def test_who_reads_no_clearances_is_told_of_none(world: World, role: str):
    desk = await world.someone("someone", role)
    async with connected(desk) as socket:
        error = await socket.error(CURSORS)
        assert (error["code"], error["params"]["object"]) == ("FORBIDDEN", "Clearance")


async def test_a_column_that_may_not_be_read_is_refused_at_once(world: World):
    desk = await world.someone("officer", "cert_officer", world.uni.college)
    async with connected(desk) as socket:
        error = await socket.error("subscription { clearanceChanged { clearance { internalNote } } }")
        assert (error["code"], error["params"]["field"]) == ("FORBIDDEN", "internalNote")


async def test_an_event_out_of_sight_is_null(world: World):
    """A supervisor reads his students' clearances, and no events but his own."""
    await people.member("tutor", "supervisor")
    await make.supervise(await world.sheets[0].student, await User.get(username="tutor"))
    async with connected(await world.open(as_="tutor")) as socket:
        await socket.subscribe(CHANGED)
        await act(await world.library(), "BOOKS", "CLEARED", "20220000")
        assert await told(socket) == ("20220000", "BOOKS", "CLEARED", None)


async def test_a_token_is_told_of_its_items(world: World):
    await people.member("program", "campus_app", world.uni.library)
    made = await create_token(SYSTEM, "program", role="campus_app", items=["BOOKS"], source="library")
    desk = await world.open(token=made.secret)
    async with connected(desk) as socket:
        await socket.subscribe("subscription { clearanceChanged { clearance { item { code } } event { after } } }")
        office = await world.office()
        await act(office, "DORM", "CLEARED", "20220000")
        await act(office, "BOOKS", "CLEARED", "20220000")
        change = (await socket.told())["clearanceChanged"]
        assert change == {"clearance": {"item": {"code": "BOOKS"}}, "event": {"after": "CLEARED"}}
