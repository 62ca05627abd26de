"""The life of a batch, its roster and its single sheets through the door (R27, B19)."""

from __future__ import annotations

from typing import Any

import pytest

from graphql_api import ids
from models import Batch, Item, Sheet
from models.enums import BatchStatus, CertificateStatus, SheetState
from tests import factories as make
from tests.api import Desk, OpenDesk, member

RESULT = "dryRun applied unchanged refused message rows { studentNo outcome code message }"
ROSTER = f"""mutation ($input: LoadRosterInput!) {{
  loadRoster(input: $input) {{ {RESULT} items {{ itemCode itemName red grey }} }} }}"""
OPEN = f"mutation ($input: OpenBatchInput!) {{ openBatch(input: $input) {{ {RESULT} }} }}"
CLOSE = f"mutation ($input: CloseBatchInput!) {{ closeBatch(input: $input) {{ {RESULT} }} }}"
REOPEN = f"mutation ($input: ReopenBatchInput!) {{ reopenBatch(input: $input) {{ {RESULT} }} }}"
ARCHIVE = f"mutation ($input: ArchiveBatchInput!) {{ archiveBatch(input: $input) {{ {RESULT} }} }}"
MOVE = f"mutation ($input: MoveSheetsInput!) {{ moveSheets(input: $input) {{ {RESULT} }} }}"
CANCEL = f"mutation ($input: CancelSheetInput!) {{ cancelSheet(input: $input) {{ {RESULT} }} }}"
LATE = f"mutation ($input: SetLateUntilInput!) {{ setLateUntil(input: $input) {{ {RESULT} }} }}"


@pytest.fixture
async def season(api: OpenDesk) -> make.SeasonOf:
    return await make.season(await make.university(), status=BatchStatus.PREPARING)


@pytest.fixture
async def office(season: make.SeasonOf, api: OpenDesk) -> Desk:
    await member("boss", "office")
    return await api(as_="boss")


async def status() -> BatchStatus:
    return (await Batch.get(code="2026-06")).status


# --- the roster


async def test_a_roster_is_previewed_item_by_item_and_then_loaded(season: make.SeasonOf, office: Desk) -> None:
    await make.student("20230001", is_resident=True)
    await make.student("20230002", is_resident=False, name="李四")
    rows: list[dict[str, Any]] = [
        {"studentNo": "20230001"},
        {"studentNo": "20230002", "name": "张三", "row": 3, "cell": "A3"},
        {"studentNo": "9", "row": 4},
    ]
    shown = (await office.query(ROSTER, input={"batch": "2026-06", "rows": rows, "dryRun": True}))["loadRoster"]
    assert (shown["dryRun"], shown["applied"], shown["refused"]) == (True, 1, 2)
    assert [row["code"] for row in shown["rows"]] == [None, "ROW_MISMATCH", "NOT_FOUND"]
    assert shown["rows"][1]["message"] == '第 3 行(单元格 A3):学号与姓名不符(表中"张三",系统"李四"),本行未导入。'
    counted = {each["itemCode"]: (each["red"], each["grey"]) for each in shown["items"]}
    assert (counted["BOOKS"], counted["PARTY"]) == ((1, 0), (0, 1))
    assert await Sheet.all().count() == 0
    done = (await office.query(ROSTER, input={"batch": "2026-06", "rows": rows[:1]}))["loadRoster"]
    assert (done["applied"], await Sheet.all().count()) == (1, 1)


async def test_a_previewed_roster_is_applied(season: make.SeasonOf, office: Desk) -> None:
    await make.student("20230001")
    document = ROSTER.replace(RESULT, "operation { id } applied")
    asked = {"batch": "2026-06", "rows": [{"studentNo": "20230001"}], "dryRun": True}
    shown = (await office.query(document, input=asked))["loadRoster"]["operation"]["id"]
    applied = await office.query("mutation ($id: ID!) { applyOperation(id: $id) { applied } }", id=shown)
    assert (applied["applyOperation"]["applied"], await Sheet.all().count()) == (1, 1)


async def test_a_colleagues_roster_is_not_applied(season: make.SeasonOf, office: Desk, api: OpenDesk) -> None:
    """Everybody of the office reads the operation, and it is still one's own dry run that one applies."""
    await make.student("20230001")
    asked = {"batch": "2026-06", "rows": [{"studentNo": "20230001"}], "dryRun": True}
    shown = (await office.query(ROSTER.replace(RESULT, "operation { id }"), input=asked))["loadRoster"]["operation"][
        "id"
    ]
    await member("colleague", "office")
    other = await api(as_="colleague")
    assert (await other.error("mutation ($id: ID!) { applyOperation(id: $id) { applied } }", id=shown))[
        "code"
    ] == "NOT_FOUND"
    assert await Sheet.all().count() == 0


async def test_only_the_office_loads_rosters(season: make.SeasonOf, api: OpenDesk) -> None:
    await member("reader", "leader")
    error = await (await api(as_="reader")).error(ROSTER, input={"batch": "2026-06", "rows": []})
    assert (error["code"], error["params"]["roles"]) == ("FORBIDDEN", "office")


# --- the batch


async def test_a_batch_opens_only_when_everything_is_ready(season: make.SeasonOf, office: Desk) -> None:
    error = await office.error(OPEN, input={"batch": "2026-06"})
    assert error["code"] == "BAD_INPUT"
    assert error["message"].startswith("批次 2026-06 还不能开放:还有 ")
    codes = {each["code"] for each in error["violations"]}
    assert codes == {"NO_INSTRUCTION", "NO_OPERATOR", "NO_CONTACT"}
    [lack] = [
        each
        for each in error["violations"]
        if each["code"] == "NO_INSTRUCTION" and each["params"]["itemCode"] == "BOOKS"
    ]
    assert lack["path"] == ["input", "batch"]
    assert lack["params"]["problem"] == {"zh": "没有办理说明", "en": "No instruction"}
    assert await status() is BatchStatus.PREPARING


async def test_a_batch_goes_through_its_life(season: make.SeasonOf, office: Desk, api: OpenDesk) -> None:
    await Item.all().update(instruction="请到服务台办理", place="服务台")
    where = {"TSG": "a", "CWC": "b", "GYZX": "c"}
    for code, name in where.items():
        await member(name, "operator", await make.Department.get(code=code))
    for college in await make.College.all():
        await make.College.filter(id=college.id).update(office_place="x", office_phone="1", secretary_phone="2")
        for role in ("secretary", "party_office", "cert_officer", "counsellor"):
            await member(f"{role}{college.code}", role, college)
    findings = await office.answer(OPEN, input={"batch": "2026-06"})
    assert not findings.get("errors"), findings
    assert await status() is BatchStatus.OPEN
    again = (await office.query(OPEN, input={"batch": "2026-06"}))["openBatch"]
    assert (again["applied"], again["unchanged"], again["message"]) == (0, 1, "没有变化。")
    await office.query(CLOSE, input={"batch": "2026-06"})
    assert await status() is BatchStatus.CLOSED
    error = await office.error(REOPEN, input={"batch": "2026-06", "reason": ""})
    assert (error["code"], error["violations"][0]["path"]) == ("REASON_REQUIRED", ["input", "reason"])
    await office.query(REOPEN, input={"batch": "2026-06", "reason": "补办"})
    assert await status() is BatchStatus.OPEN
    error = await office.error(ARCHIVE, input={"batch": "2026-06"})
    assert error["code"] == "BATCH_NOT_OPEN"
    await office.query(CLOSE, input={"batch": "2026-06"})
    await office.query(ARCHIVE, input={"batch": "2026-06"})
    assert await status() is BatchStatus.ARCHIVED


async def test_a_stale_or_unknown_batch(season: make.SeasonOf, office: Desk) -> None:
    error = await office.error(CLOSE, input={"batch": "2026-06", "expectedVersion": 7})
    assert (error["code"], error["violations"][0]["path"]) == ("CONFLICT", ["input", "expectedVersion"])
    error = await office.error(CLOSE, input={"batch": "1999"})
    assert (error["code"], error["message"]) == ("NOT_FOUND", "未找到批次 1999,请核对批次代码。")
    assert await status() is BatchStatus.PREPARING


# --- single sheets


async def test_sheets_are_moved_cancelled_and_given_time(season: make.SeasonOf, office: Desk) -> None:
    await make.season(await _where(), "2027-06")
    first, second, issued = await make.crowd(season.batch, 3)
    await make.certificate(issued, status=CertificateStatus.ISSUED)
    asked = {"batch": "2026-06", "reason": "延期毕业"}
    moved = await office.query(MOVE, input={**asked, "to": "2027-06", "select": {"studentNos": ["20230001"]}})
    assert moved["moveSheets"]["applied"] == 1
    assert (await Sheet.get(id=first.id)).state is SheetState.MOVED
    selected = {"sheetIds": [ids.encode("Sheet", second.id), ids.encode("Sheet", issued.id)]}
    stopped = (await office.query(CANCEL, input={**asked, "select": selected}))["cancelSheet"]
    assert {row["outcome"]: row["code"] for row in stopped["rows"]} == {
        "NOT_APPLIED": None,
        "REFUSED": "ALREADY_ISSUED",
    }
    done = await office.query(CANCEL, input={**asked, "select": selected, "errorPolicy": "APPLY_VALID"})
    assert done["cancelSheet"]["applied"] == 1
    assert (await Sheet.get(id=second.id)).state is SheetState.CANCELLED
    late = {**asked, "select": {"sheetIds": [ids.encode("Sheet", issued.id)]}}
    error = await office.error(LATE, input={**late, "until": "2020-01-01T00:00:00Z"})
    assert (error["code"], error["violations"][0]["path"]) == ("BAD_INPUT", ["input", "until"])


@pytest.mark.parametrize(
    ("document", "more"),
    [(CANCEL, {}), (MOVE, {"to": "2027-06"}), (LATE, {"until": "2099-01-01T00:00:00Z"})],
    ids=["cancel", "move", "late"],
)
async def test_a_whole_filter_of_sheets_needs_its_count_typed_in(
    season: make.SeasonOf, office: Desk, document: str, more: dict[str, str]
) -> None:
    """What cannot be undone is not done to a whole season by an empty filter (B1)."""
    await make.season(await _where(), "2027-06")
    await Batch.filter(code="2026-06").update(range_limit=2)
    await make.crowd(season.batch, 3)
    asked = {"batch": "2026-06", "reason": "延期", "select": {"where": {}}, **more}
    before = await make.contents("sheet", "event", "operation")
    for wrong in ({}, {"confirmedCount": 2}, {"select": {"allExcept": ["20230001"]}, "confirmedCount": 3}):
        if "allExcept" in str(wrong):
            await Batch.filter(code="2026-06").update(range_limit=1)
        error = await office.error(document, input=asked | wrong)
        assert (error["code"], error["violations"][0]["path"]) == ("COUNT_CONFIRMATION", ["input", "confirmedCount"])
    assert await make.contents("sheet", "event", "operation") == before
    [done] = (await office.query(document, input={**asked, "confirmedCount": 3})).values()
    assert done["applied"] == 3


async def test_nobody_else_moves_or_cancels_sheets(season: make.SeasonOf, api: OpenDesk) -> None:
    await make.crowd(season.batch, 1)
    await member("limin", "operator", await make.Department.get(code="TSG"))
    desk = await api(as_="limin")
    asked = {"batch": "2026-06", "reason": "x", "select": {"studentNos": ["20230001"]}}
    for document, action, more in ((MOVE, "move", {"to": "2027-06"}), (CANCEL, "cancel", {}), (LATE, "set_late", {})):
        error = await desk.error(document, input={**asked, **more})
        assert (error["code"], error["params"]["action"]) == ("FORBIDDEN", action)
    assert (await Sheet.get()).state is SheetState.ACTIVE


async def _where() -> make.University:
    department = make.Department
    return make.University(
        *[await make.College.get(code=code) for code in ("15", "02")],
        *[await department.get(code=code) for code in ("TSG", "CWC", "GYZX")],
        *[await make.Building.get(code=code) for code in ("BAMBOO3", "PINE1")],
        *[await make.User.get(username=name) for name in ("limin", "wangfang")],
    )
