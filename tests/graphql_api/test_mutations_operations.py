"""Dry run, apply, undo and cancel through the door (B1)."""

from __future__ import annotations

from typing import Any

import pytest

from graphql_api import ids
from models import Batch, Operation, Student
from models.enums import OperationState
from policies import store
from policies.rules import PolicyTable, read_csv
from tests import factories as make
from tests.api import Desk, OpenDesk, member

ROWS = "operation { id state } dryRun applied refused message rows { studentNo outcome code message by }"
SET = f"mutation ($input: SetClearancesInput!) {{ setClearances(input: $input) {{ {ROWS} }} }}"
APPLY = f"mutation ($id: ID!) {{ applyOperation(id: $id) {{ {ROWS} }} }}"
UNDO = f"mutation ($id: ID!, $dryRun: Boolean = false) {{ undoOperation(id: $id, dryRun: $dryRun) {{ {ROWS} }} }}"
IMPORT = "mutation ($input: ImportClearancesInput!) { importClearances(input: $input) { operation { id } } }"
CANCEL = "mutation ($id: ID!) { cancelOperation(id: $id) }"


@pytest.fixture
async def desk(api: OpenDesk) -> Desk:
    where = await make.university()
    season = await make.season(where)
    await make.crowd(season.batch, 3)
    await member("limin", "operator", where.library)
    await member("wangfang", "operator", where.library)
    return await api(as_="limin")


async def act(desk: Desk, **asked: Any) -> dict[str, Any]:
    given = {"batch": "2026-06", "item": "BOOKS", "status": "CLEARED", **asked}
    given.setdefault("select", {"studentNos": ["20230001", "20230002", "20230003"]})
    return dict((await desk.query(SET, input=given))["setClearances"])


async def cleared() -> list[str]:
    return sorted(
        await Student.filter(
            sheets__clearances__status=make.CLEARED, sheets__clearances__item__code="BOOKS"
        ).values_list("student_no", flat=True)
    )


async def test_what_was_shown_is_applied_and_nothing_else(desk: Desk) -> None:
    shown = await act(desk, dryRun=True)
    late = await make.student("20230004")
    await make.sheet(await Batch.get(), late)
    done = (await desk.query(APPLY, id=shown["operation"]["id"]))["applyOperation"]
    assert (done["applied"], done["operation"]["state"]) == (3, "APPLIED")
    assert done["operation"]["id"] == shown["operation"]["id"]
    assert await cleared() == ["20230001", "20230002", "20230003"]
    again = (await desk.query(APPLY, id=shown["operation"]["id"]))["applyOperation"]
    assert again["applied"] == 3
    assert (await make.recorded())[1] == 3


async def test_somebody_elses_dry_run_is_not_there(desk: Desk, api: OpenDesk) -> None:
    shown = await act(desk, dryRun=True)
    other = await api(as_="wangfang")
    for document in (APPLY, CANCEL, UNDO):
        error = await other.error(document, id=shown["operation"]["id"])
        assert error["code"] == "NOT_FOUND"
    assert await cleared() == []


@pytest.mark.parametrize("text", ["nonsense", ids.encode("Operation", 10_000), ids.encode("Sheet", 1)])
async def test_an_id_of_nothing(desk: Desk, text: str) -> None:
    for document in (APPLY, UNDO, CANCEL):
        assert (await desk.error(document, id=text))["code"] == "NOT_FOUND"


async def test_a_dry_run_is_given_up(desk: Desk) -> None:
    shown = (await act(desk, dryRun=True))["operation"]["id"]
    assert await desk.query(CANCEL, id=shown) == {"cancelOperation": True}
    error = await desk.error(APPLY, id=shown)
    assert (error["code"], error["message"]) == ("CONFLICT", "该操作已取消,请重新预检。")
    assert await cleared() == []


async def test_undo_restores_what_is_still_so_and_names_who_changed_the_rest(desk: Desk, api: OpenDesk) -> None:
    done = (await act(desk))["operation"]["id"]
    other = await api(as_="wangfang")
    await act(other, status="PENDING", select={"studentNos": ["20230002"]})
    checked = (await desk.query(UNDO, id=done, dryRun=True))["undoOperation"]
    assert (checked["dryRun"], checked["applied"], checked["refused"]) == (True, 2, 1)
    assert await cleared() == ["20230001", "20230003"]
    undone = (await desk.query(UNDO, id=done))["undoOperation"]
    assert undone["message"] == "已撤回 2 人;1 人之后又有变更,未撤回(见清单)。"
    assert [(row["code"], row["by"]) for row in undone["rows"] if row["outcome"] == "REFUSED"] == [
        ("STALE_ROW", "王芳")
    ]
    assert await cleared() == []
    error = await desk.error(UNDO, id=done)
    assert (error["code"], error["message"]) == (
        "CONFLICT",
        "该操作已撤回,不能再次撤回。请在 操作记录 中查看。",
    )


async def test_the_office_undoes_what_others_did(desk: Desk, api: OpenDesk) -> None:
    done = (await act(desk))["operation"]["id"]
    await member("boss", "office")
    undone = (await (await api(as_="boss")).query(UNDO, id=done))["undoOperation"]
    assert undone["applied"] == 3
    assert await cleared() == []


async def test_applying_needs_the_right_of_this_moment(desk: Desk) -> None:
    shown = (await act(desk, dryRun=True))["operation"]["id"]
    await member("limin", "leader")
    await desk.query('mutation { chooseRole(input: { role: "leader" }) { role } }')
    assert (await desk.error(APPLY, id=shown))["code"] == "NOT_FOUND"
    assert (await Operation.get()).state is OperationState.PREVIEWED
    assert await cleared() == []


async def test_applying_a_list_needs_the_right_to_import(desk: Desk) -> None:
    """Who lost it since the dry run does not apply his list by the right to write notes."""
    listed = {"batch": "2026-06", "item": "BOOKS", "status": "CLEARED", "rows": [{"studentNo": "20230001"}]}
    shown = (await desk.query(IMPORT, input={**listed, "dryRun": True}))["importClearances"]["operation"]["id"]
    table = read_csv()
    kept = [each for each in table.rules if (each.object, each.action) != ("Clearance", "import")]
    await store.put_in_force(PolicyTable(tuple(kept), table.parents), expected=1, comment="no lists")
    error = await desk.error(APPLY, id=shown)
    assert (error["code"], error["params"]["action"]) == ("FORBIDDEN", "import")
    assert await cleared() == []


async def test_which_operations_can_be_undone(desk: Desk, api: OpenDesk) -> None:
    await act(desk)
    await act(desk, status="PENDING", dryRun=True)
    asked = "{ operations { nodes { state undoable } } }"
    assert (await desk.query(asked))["operations"]["nodes"] == [
        {"state": "PREVIEWED", "undoable": False},
        {"state": "APPLIED", "undoable": True},
    ]
    await member("auditor", "auditor")
    seen = (await (await api(as_="auditor")).query(asked))["operations"]["nodes"]
    assert [each["undoable"] for each in seen] == [False, False]
