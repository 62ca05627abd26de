"""importClearances and syncClearances through the door (R8, R10, R15, B2, B6)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from graphql_api import ids
from models import ApiToken, SyncObservation
from models.rules import tokens
from models.rules.actor import SYSTEM
from tests import factories as make
from tests.api import Desk, OpenDesk, member

RESULT = "applied unchanged refused message rows { studentNo itemCode outcome code message row cell by }"
IMPORT = f"mutation ($input: ImportClearancesInput!) {{ importClearances(input: $input) {{ {RESULT} }} }}"
SYNC = f"mutation ($input: SyncClearancesInput!) {{ syncClearances(input: $input) {{ {RESULT} }} }}"
NOW = datetime.now(UTC).isoformat()


@pytest.fixture
async def season(api: OpenDesk) -> make.SeasonOf:
    return await make.season(await make.university())


@pytest.fixture
async def desk(season: make.SeasonOf, api: OpenDesk) -> Desk:
    await member("limin", "operator", await make.Department.get(code="TSG"))
    return await api(as_="limin")


async def load(desk: Desk, rows: list[dict[str, Any]], **asked: Any) -> dict[str, Any]:
    given = {"batch": "2026-06", "rows": rows, **asked}
    return dict((await desk.query(IMPORT, input=given))["importClearances"])


async def test_a_file_passes_and_revokes(season: make.SeasonOf, desk: Desk) -> None:
    first, second, third = await make.sheets(
        season.batch, [await make.student(f"2023000{n}") for n in (1, 2, 3)], statuses={"BOOKS": make.PENDING}
    )
    rows = [
        {"studentNo": "20230001", "status": "3", "row": 2},
        {"studentNo": "20230002", "status": "已通过", "row": 3},
        {"studentNo": "20230003", "status": "完成", "row": 4, "cell": "G4"},
    ]
    result = await load(desk, rows, item="BOOKS")
    assert (result["applied"], result["refused"]) == (2, 1)
    assert result["rows"][2] == {
        "studentNo": "20230003",
        "itemCode": "BOOKS",
        "outcome": "REFUSED",
        "code": "BAD_INPUT",
        "message": '单元格 G4:"完成" 填写有误,应为 1 / 2 / 3。请改正后重试。',
        "row": 4,
        "cell": "G4",
        "by": None,
    }
    back = await load(desk, [{"studentNo": "20230001", "item": "BOOKS", "status": "PENDING"}])
    assert back["applied"] == 1
    assert await make.statuses([first, second, third], "BOOKS") == [make.PENDING, make.CLEARED, make.PENDING]


async def test_a_bare_list_takes_its_status_from_the_screen(season: make.SeasonOf, desk: Desk) -> None:
    sheets = await make.crowd(season.batch, 2)
    rows = [{"studentNo": "20230001"}, {"studentNo": "20230002", "name": "李四"}]
    result = await load(desk, rows, item="BOOKS", status="CLEARED")
    assert [row["code"] for row in result["rows"]] == [None, "ROW_MISMATCH"]
    assert await make.statuses(sheets, "BOOKS") == [make.CLEARED, make.PENDING]


async def test_keys_and_versions_protect_against_stale_files(season: make.SeasonOf, desk: Desk) -> None:
    [sheet] = await make.crowd(season.batch, 1)
    clearance = await make.clearance(sheet, "BOOKS")
    row = {"studentNo": "20230001", "key": ids.encode("Clearance", clearance.id), "version": str(clearance.version)}
    await load(desk, [{"studentNo": "20230001", "note": "尚欠一本"}], item="BOOKS", status="PENDING")
    stale = await load(desk, [row], item="BOOKS", status="CLEARED")
    assert [(each["code"], each["by"]) for each in stale["rows"]] == [("STALE_ROW", "李敏")]
    wrong = await load(desk, [{**row, "key": "nonsense"}], item="BOOKS", status="CLEARED")
    assert [each["code"] for each in wrong["rows"]] == ["ROW_MISMATCH"]
    assert await make.status(sheet, "BOOKS") is make.PENDING


async def test_an_empty_file_is_refused(season: make.SeasonOf, desk: Desk) -> None:
    error = await desk.error(IMPORT, input={"batch": "2026-06", "item": "BOOKS", "rows": []})
    assert (error["code"], error["violations"][0]["path"]) == ("BAD_INPUT", ["input", "rows"])


# --- other systems


@pytest.fixture
async def finance(season: make.SeasonOf, api: OpenDesk) -> Desk:
    await member("campus-finance", "campus_app", await make.Department.get(code="CWC"))
    made = await tokens.create_token(SYSTEM, "campus-finance", items=["FEES"], source="finance")
    return await api(token=made.secret)


async def sync(desk: Desk, **asked: Any) -> dict[str, Any]:
    given = {"batch": "2026-06", "item": "FEES", **asked}
    given.setdefault("rows", [{"studentNo": "20230001", "settled": True, "observedAt": NOW}])
    return dict((await desk.query(SYNC, input=given))["syncClearances"])


async def test_another_system_settles_its_item(season: make.SeasonOf, finance: Desk) -> None:
    [sheet] = await make.crowd(season.batch, 1)
    before = (await make.recorded())[1]
    assert (await sync(finance))["applied"] == 1
    assert await make.status(sheet, "FEES") is make.CLEARED
    assert (await SyncObservation.get()).source == "finance"
    assert (await sync(finance))["applied"] == 0
    assert (await make.recorded())[1] == before + 1


async def test_a_token_speaks_for_its_own_system_and_items_only(season: make.SeasonOf, finance: Desk) -> None:
    [sheet] = await make.crowd(season.batch, 1)
    row = {"studentNo": "20230001", "settled": True, "observedAt": NOW}
    error = await finance.error(SYNC, input={"batch": "2026-06", "item": "FEES", "source": "library", "rows": [row]})
    assert (error["code"], error["violations"][0]["path"]) == ("BAD_INPUT", ["input", "source"])
    refused = await sync(finance, item="CARD")
    assert [each["code"] for each in refused["rows"]] == ["FORBIDDEN"]
    assert await make.status(sheet, "FEES") is make.PENDING
    await ApiToken.all().update(source="")
    error = await finance.error(SYNC, input={"batch": "2026-06", "item": "FEES", "rows": [row]})
    assert (error["code"], error["violations"][0]["path"]) == ("BAD_INPUT", ["input", "source"])


async def test_what_became_of_a_report_is_read_later(season: make.SeasonOf, finance: Desk, api: OpenDesk) -> None:
    """By the token that sent it, not by another one."""
    await make.crowd(season.batch, 1)
    document = SYNC.replace(RESULT, "operation { id }")
    rows = [{"studentNo": number, "settled": True, "observedAt": NOW} for number in ("20230001", "77")]
    done = await finance.query(document, input={"batch": "2026-06", "item": "FEES", "rows": rows})
    later = """query ($id: ID!) { operation(id: $id) { kind state progress applied refused
      rows { studentNo name itemCode outcome code } } }"""
    asked = {"id": done["syncClearances"]["operation"]["id"]}
    shared = {"name": None, "itemCode": "FEES"}
    assert (await finance.query(later, **asked))["operation"] == {
        "kind": "SYNC",
        "state": "APPLIED",
        "progress": 100,
        "applied": 1,
        "refused": 1,
        "rows": [
            {"studentNo": "20230001", "outcome": "APPLIED", "code": None, **shared},
            {"studentNo": "77", "outcome": "REFUSED", "code": "NOT_FOUND", **shared},
        ],
    }
    await member("campus-dorms", "campus_app", await make.Department.get(code="GYZX"))
    made = await tokens.create_token(SYSTEM, "campus-dorms", items=["DORM"], source="dorms")
    assert (await (await api(token=made.secret)).query(later, **asked))["operation"] is None


async def test_a_row_that_cannot_be_is_refused_in_words_and_the_others_are_taken(
    season: make.SeasonOf, finance: Desk
) -> None:
    sheets = await make.crowd(season.batch, 4)
    rows: list[dict[str, Any]] = [
        {"studentNo": "20230001", "settled": True, "observedAt": "2026-06-20T08:00:00"},
        {"studentNo": "20230002", "settled": True, "observedAt": "2999-01-01T00:00:00+08:00"},
        {"studentNo": "20230003", "settled": True, "observedAt": NOW, "note": "长" * 256},
        {"studentNo": "20230004", "settled": True, "observedAt": "2024-06-20T08:00:00+08:00"},
        {"studentNo": "20230004", "settled": True, "observedAt": "2024-06-20T00:00:00Z"},
    ]
    answer = await sync(finance, rows=rows)
    assert [(each["outcome"], each["code"]) for each in answer["rows"]] == [
        ("REFUSED", "BAD_INPUT"),
        ("REFUSED", "BAD_INPUT"),
        ("REFUSED", "BAD_INPUT"),
        ("APPLIED", None),
        ("UNCHANGED", None),
    ]
    zone, future, long = (each["message"] for each in answer["rows"][:3])
    assert zone == "observedAt 没有时区。请写成带时区的时间,例如 2026-07-01T08:00:00+08:00。"
    assert future.startswith("observedAt 在将来(本系统时间 ")
    assert long == "文字太长或含有不能保存的字符,上限 255 个字。请改正后重试。"
    assert await make.statuses(sheets, "FEES") == [make.PENDING, make.PENDING, make.PENDING, make.CLEARED]


async def test_another_source_that_finds_something_open_is_named(season: make.SeasonOf, finance: Desk) -> None:
    [sheet] = await make.crowd(season.batch, 1)
    bank = {"source": "bank", "item_id": season["FEES"].id, "student_id": (await sheet.student).id}
    await SyncObservation.create(**bank, settled=False, observed_at=datetime(2024, 6, 20, 8, tzinfo=UTC))
    [row] = (await sync(finance))["rows"]
    assert (row["code"], row["by"]) == ("CONFLICT", "bank")
    assert row["message"].startswith("bank(2024-06-20 16:00)核对仍有未办结事项,本环节仍为未办理。")
    assert await make.status(sheet, "FEES") is make.PENDING


async def test_the_same_request_has_the_same_answer_and_another_none(season: make.SeasonOf, finance: Desk) -> None:
    await make.crowd(season.batch, 2)
    rows = [{"studentNo": number, "settled": True, "observedAt": NOW} for number in ("20230001", "77")]
    first = await sync(finance, rows=rows, idempotencyKey="night 1")
    assert (first["applied"], first["refused"]) == (1, 1)
    before = await make.recorded()
    assert await sync(finance, rows=rows, idempotencyKey="night 1") == first
    other = {"batch": "2026-06", "item": "FEES", "rows": rows[:1], "idempotencyKey": "night 1"}
    error = await finance.error(SYNC, input=other)
    assert (error["code"], error["violations"][0]["path"]) == ("IDEMPOTENCY_MISMATCH", ["input", "idempotencyKey"])
    assert await make.recorded() == before
