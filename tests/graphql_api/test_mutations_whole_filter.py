"""Bulk over a whole filter through the door: its own right, its count, its frozen set; acts nobody waits for (B1)."""

from __future__ import annotations

from typing import Any

import pytest

from graphql_api import going_on, ids
from models import Batch, Event, Operation
from models.enums import OperationState, Reason
from models.rules.under_way import carrying_out, reached
from tests import factories as make
from tests.api import Desk, OpenDesk, member

SUMS = "operation { id state progress } dryRun applied unchanged refused cascaded message"
CHECK = f"""mutation ($input: SetClearancesInput!) {{ setClearances(input: $input) {{ {SUMS}
  rows(first: 2, outcome: APPLIED) {{ studentNo outcome }} }} }}"""
APPLY = f"""mutation ($id: ID!, $count: Int, $wait: Float) {{
  applyOperation(id: $id, confirmedCount: $count, waitSeconds: $wait) {{ {SUMS} }} }}"""
UNDO = f"mutation ($id: ID!, $wait: Float) {{ undoOperation(id: $id, waitSeconds: $wait) {{ {SUMS} }} }}"
PROGRESS = "query ($id: ID!) { operation(id: $id) { state progress } }"
EVERYBODY = {"where": {"batch": {"code": {"eq": "2026-06"}}}}


@pytest.fixture
async def office(api: OpenDesk) -> Desk:
    """Four students in a batch whose limit is three."""
    where = await make.university()
    season = await make.season(where, range_limit=3)
    await make.crowd(season.batch, 4)
    await member("boss", "office")
    await member("limin", "operator", where.library)
    return await api(as_="boss")


async def check(desk: Desk, **asked: Any) -> dict[str, Any]:
    given = {"batch": "2026-06", "item": "BOOKS", "status": "CLEARED", "select": EVERYBODY, "dryRun": True, **asked}
    return dict((await desk.query(CHECK, input=given))["setClearances"])


async def apply(desk: Desk, operation: str, **asked: Any) -> dict[str, Any]:
    return dict((await desk.query(APPLY, id=operation, **asked))["applyOperation"])


async def test_the_count_of_what_changes_is_typed_in(office: Desk) -> None:
    shown = await check(office)
    assert (shown["applied"], shown["dryRun"], len(shown["rows"])) == (4, True, 2)
    operation = shown["operation"]["id"]
    for wrong in (None, 3):
        error = await office.error(APPLY, id=operation, count=wrong)
        assert (error["code"], error["violations"][0]["path"]) == ("COUNT_CONFIRMATION", ["input", "confirmedCount"])
        assert error["message"] == "本次将办理 4 行。请输入准确的行数确认后提交。"
    assert await Event.all().count() == 0
    done = await apply(office, operation, count=4)
    assert (done["applied"], done["operation"]["state"], done["operation"]["progress"]) == (4, "APPLIED", 100)
    again = await apply(office, operation)
    assert (again["applied"], again["message"]) == (4, done["message"])
    assert await Event.all().count() == 4


async def test_only_who_holds_the_right_acts_on_a_whole_filter(office: Desk, api: OpenDesk) -> None:
    library = await api(as_="limin")
    for select in (EVERYBODY, {"allExcept": ["20230001"]}):
        error = await library.error(CHECK, input={"batch": "2026-06", "item": "BOOKS", "status": "CLEARED"} | {
            "select": select, "dryRun": True
        })  # fmt: skip
        assert error["code"] == "FORBIDDEN"
    assert await Operation.all().count() == 0


async def test_somebody_elses_check_is_not_there(office: Desk, api: OpenDesk) -> None:
    shown = await check(office)
    await member("deputy", "office")
    other = await api(as_="deputy")
    assert (await other.error(APPLY, id=shown["operation"]["id"], count=4))["code"] == "NOT_FOUND"
    assert await Event.all().count() == 0


async def test_everybody_but_a_list(office: Desk) -> None:
    shown = await check(office, select={"allExcept": ["20230002", "20230003"]})
    assert (shown["applied"], [row["studentNo"] for row in shown["rows"]]) == (2, ["20230001", "20230004"])
    misspelt = await check(office, select={"allExcept": ["20230002", "2023000X"]})
    assert (misspelt["applied"], misspelt["refused"]) == (3, 1)


async def test_who_comes_later_is_not_touched_and_who_changed_is_decided_anew(office: Desk, api: OpenDesk) -> None:
    shown = await check(office)
    await make.sheet(await Batch.get(), await make.student("20239999"))
    library = await api(as_="limin")
    await check(
        library, select={"studentNos": ["20230002"]}, status="NOT_REQUIRED", reason=Reason.OTHER.name, dryRun=False
    )
    done = await apply(office, shown["operation"]["id"], count=4)
    assert (done["applied"], done["unchanged"], done["refused"]) == (3, 0, 1)
    asked = "query ($id: ID!) { operation(id: $id) { rows { studentNo outcome code by } } }"
    rows = (await office.query(asked, id=shown["operation"]["id"]))["operation"]["rows"]
    assert [(row["studentNo"], row["code"], row["by"]) for row in rows if row["outcome"] == "REFUSED"] == [
        ("20230002", "STALE_ROW", "李敏")
    ]
    assert len(rows) == 4


# --- acts that nobody waits for


async def test_it_goes_on_to_its_end_whoever_stops_waiting(office: Desk) -> None:
    operation = (await check(office))["operation"]["id"]
    told = await apply(office, operation, count=4, wait=0)
    assert (told["dryRun"], told["applied"], told["message"][:4]) == (False, 0, "正在办理")
    await going_on.ended()
    assert (await office.query(PROGRESS, id=operation))["operation"] == {"state": "APPLIED", "progress": 100}
    told = dict((await office.query(UNDO, id=operation, wait=0))["undoOperation"])
    assert told["applied"] == 0
    await going_on.ended()
    assert (await office.query(PROGRESS, id=operation))["operation"]["state"] == "UNDONE"
    assert await Event.all().count() == 8


@pytest.mark.parametrize("seconds", [-1, 61, 1e300])
async def test_what_is_no_time_to_wait(office: Desk, seconds: float) -> None:
    operation = (await check(office))["operation"]["id"]
    error = await office.error(APPLY, id=operation, count=4, wait=seconds)
    assert (error["code"], error["violations"][0]["path"]) == ("BAD_INPUT", ["waitSeconds"])
    assert (await Operation.get()).state is OperationState.PREVIEWED


async def test_how_far_it_is(office: Desk) -> None:
    operation = (await check(office))["operation"]["id"]
    number = ids.split(operation)[1]
    assert (await office.query(PROGRESS, id=operation))["operation"] == {"state": "PREVIEWED", "progress": 0}
    with carrying_out(number, 4):
        await reached(45)
        assert (await office.query(PROGRESS, id=operation))["operation"]["progress"] == 45
    assert (await office.query(PROGRESS, id=operation))["operation"]["progress"] == 0
