"""What bad input gets: the code, the argument or row at fault in words, and nothing written; never a 500 or a wait.

Since nothing is written, many cases share one season.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from graphql_api import ids
from models import ApiToken, Batch
from models.enums import BatchStatus, CertificateStatus
from tests import factories as make
from tests.season.small_season import HERE, NOBODY, ONE, THERE, World, nothing_written, seen, setting
from tests.season.story import outcomes

ACTS: list[tuple[str, str, dict[str, Any]]] = [
    ("library", "setClearances", {"item": "BOOKS", "status": "CLEARED", **ONE}),
    ("supervisor", "signStudents", ONE),
    ("officer", "issueCertificates", ONE),
    ("office", "loadRoster", {"rows": [{"studentNo": HERE}]}),
    ("office", "openBatch", {}),
    ("office", "closeBatch", {}),
    ("office", "archiveBatch", {}),
    ("office", "reopenBatch", {"reason": "补办"}),
    ("library", "importClearances", {"item": "BOOKS", "status": "CLEARED", "rows": [{"studentNo": HERE}]}),
    ("registrar", "importCertificates", {"rows": [{"studentNo": HERE, "kind": "DEGREE"}]}),
    ("app", "syncClearances", {"item": "BOOKS", "rows": [seen()]}),
    ("library", "requestItemChange", {"kind": "REMOVE", "item": "BOOKS", "reason": "不再需要"}),
    ("student", "applyToLeave", {"leaveType": "GRADUATION"}),
    ("office", "setLateUntil", {**ONE, "until": "2099-01-01T00:00:00Z", "reason": "补办"}),
    ("office", "cancelSheet", {**ONE, "reason": "误列"}),
    ("office", "moveSheets", {**ONE, "to": "2026-06", "reason": "延期"}),
]


# --- what is not there


async def test_an_unknown_batch_is_named(world: World) -> None:
    for who, mutation, asked in ACTS:
        desk = await world(who)
        async with nothing_written():
            error = await desk.refused(mutation, batch="1999-01", **asked)
        assert (error["code"], error["message"]) == ("NOT_FOUND", "未找到批次 1999-01,请核对批次代码。"), mutation
        assert error["violations"][0]["path"] == ["input", "batch"], mutation


async def test_an_unknown_item_is_named(world: World) -> None:
    words = "未找到环节 NOPE,请核对环节代码。"
    for who, mutation, asked in (
        ACTS[0],
        ACTS[10],
        ("office", "requestItemChange", {**ACTS[11][2], "department": "TSG"}),
    ):
        desk = await world(who)
        async with nothing_written():
            error = await desk.refused(mutation, batch="2026-06", **{**asked, "item": "NOPE"})
        assert (error["code"], error["message"]) == ("NOT_FOUND", words)
        assert error["violations"][0]["path"] == ["input", "item"]
    async with nothing_written(operations=False):  # in a list each row answers for itself
        rows = [{"studentNo": HERE, "item": "NOPE", "status": "3"}]
        listed = await (await world("library")).act("importClearances", batch="2026-06", rows=rows)
        assert [(row["code"], row["message"], row["itemCode"]) for row in listed["rows"]] == [
            ("NOT_FOUND", words, "NOPE")
        ]


async def test_an_unknown_student_is_named(world: World) -> None:
    words = f"未找到学号 {NOBODY},请核对;若学生不在本批次,请联系学院数据维护员。"
    for who, mutation, asked in (ACTS[0], ACTS[1], ACTS[2], ACTS[3], ACTS[8], ACTS[9], ACTS[10]):
        text = json.dumps(asked).replace(HERE, NOBODY)
        desk = await world(who)
        async with nothing_written(operations=False):
            answer = await desk.act(mutation, batch="2026-06", **json.loads(text))
        assert [(row["code"], row["message"]) for row in answer["rows"]] == [("NOT_FOUND", words)], mutation


async def test_an_unknown_status_is_named(world: World) -> None:
    desk = await world("library")
    async with nothing_written():
        error = await desk.refused("setClearances", **setting(status="GREEN"))
        assert (error["code"], error["violations"][0]["path"]) == ("BAD_INPUT", ["input", "status"])
        assert "GREEN" in error["message"]
    async with nothing_written(operations=False):
        rows = [{"studentNo": HERE, "status": "4"}]
        listed = await desk.act("importClearances", batch="2026-06", item="BOOKS", rows=rows)
        assert [(row["code"], row["message"]) for row in listed["rows"]] == [
            ("BAD_INPUT", '"4" 填写有误,应为 1 / 2 / 3。请改正后重试。')
        ]


async def test_a_row_outside_scope_is_as_if_it_did_not_exist(world: World) -> None:
    counsellor, officer = await world("counsellor"), await world("officer")
    there = await (await world("office")).sheet_id(THERE)
    async with nothing_written(operations=False):
        for desk, act in ((counsellor, "FINAL"), (officer, None)):
            answers = []
            for select in ({"studentNos": [THERE]}, {"studentNos": [NOBODY]}):
                asked = {"batch": "2026-06", "select": select}
                more = {"item": act, "status": "CLEARED"} if act else {}
                answer = await desk.act("setClearances" if act else "issueCertificates", **asked, **more)
                answers.append(json.dumps(answer, ensure_ascii=False).replace(THERE, "#").replace(NOBODY, "#"))
            assert answers[0] == answers[1]
            assert await desk.sheet(THERE, "") is None
            assert await desk.sheet(NOBODY, "") is None
        for sheet_id in (there, ids.encode("Sheet", 999_999), ids.encode("Item", 1), "nonsense"):
            ticked = await counsellor.act(
                "setClearances", batch="2026-06", item="FINAL", status="CLEARED", select={"sheetIds": [sheet_id]}
            )
            assert [(row["code"], row["studentNo"]) for row in ticked["rows"]] == [("NOT_FOUND", "")]
        found = await counsellor.ask("query ($id: ID) { sheet(id: $id) { id } }", id=there)
        assert found == {"sheet": None}


# --- what may not be done now


async def test_a_batch_that_is_not_open(world: World) -> None:
    for status in (BatchStatus.PREPARING, BatchStatus.CLOSED, BatchStatus.ARCHIVED):
        await Batch.all().update(status=status)
        async with nothing_written(operations=False):
            done = await (await world("library")).act("setClearances", **setting())
            assert outcomes(done) == {HERE: "BATCH_NOT_OPEN"}
            issued = await (await world("officer")).act("issueCertificates", batch="2026-06", **ONE)
            assert outcomes(issued) == {HERE: "BATCH_NOT_OPEN"}
            error = await (await world("student")).refused("applyToLeave", batch="2026-06", leaveType="GRADUATION")
            assert error["code"] == "BATCH_NOT_OPEN"
        before = await make.contents("clearance", "event")
        rows = [seen(observedAt=datetime.now(UTC).isoformat())]
        synced = await (await world("app")).act("syncClearances", batch="2026-06", item="BOOKS", rows=rows)
        assert outcomes(synced) == {HERE: "BATCH_NOT_OPEN"}  # what was observed is kept all the same
        assert await make.contents("clearance", "event") == before


async def test_too_early_too_late_and_not_in_this_way(world: World) -> None:
    sheet = await make.sheet(world.season.batch, await make.student("20238888"), settled=True)
    await make.certificate(sheet, status=CertificateStatus.ISSUED)
    async with nothing_written(operations=False):
        finance, counsellor, officer = await world("finance"), await world("counsellor"), await world("officer")
        by_hand = await finance.act("setClearances", **setting(item="FEES"))
        assert outcomes(by_hand) == {HERE: "WAY_NOT_ALLOWED"}
        assert by_hand["rows"][0]["message"] == "本环节由数据同步办理;确需人工办理请填写原因。"
        card = await finance.act("setClearances", **setting(item="CARD"))
        assert [each["itemCode"] for each in card["rows"][0]["blockers"]] == ["BOOKS", "DORM"]
        final = await counsellor.act("setClearances", **setting(item="FINAL"))
        assert [each["itemCode"] for each in final["rows"][0]["blockers"]] == ["BOOKS", "DORM", "FEES", "CARD"]
        early = await officer.act("issueCertificates", batch="2026-06", **ONE)
        assert outcomes(early) == {HERE: "BLOCKED"}
        second = await officer.act("issueCertificates", batch="2026-06", select={"studentNos": ["20238888"]})
        assert outcomes(second) == {"20238888": "ALREADY_ISSUED"}


# --- credentials that do not hold


async def test_a_broken_token_is_401_with_a_code(world: World) -> None:
    nobody = (await world.api()).http
    for token in (b"lx_nonsense", b"x", b"lx_" + b"9" * 10_000, b"Bearer", b"lx_ x", "密".encode()):
        for document in ("{ viewer { username } }", "mutation { signOut }"):
            headers: Any = {"Authorization": b"Bearer " + token}
            response = await nobody.post("/graphql", json={"query": document}, headers=headers)
            [error] = response.json()["errors"]
            assert (response.status_code, error["extensions"]["code"]) == (401, "UNAUTHENTICATED"), token[:20]
            assert error["message"] == "接口令牌无效、已过期或已吊销,请向账号管理员申请新令牌。"


async def test_an_expired_or_revoked_token_and_an_old_session_are_401(world: World) -> None:
    app = await world("app")
    assert await app.count("sheets") == 4
    past = datetime.now(UTC) - timedelta(minutes=1)
    for changed in ({"expires_at": past}, {"expires_at": None, "revoked_at": past}):
        await ApiToken.all().update(**changed)
        response = await app.desk.post("{ sheets { totalCount } }")
        assert (response.status_code, _code(response)) == (401, "UNAUTHENTICATED")
    nobody = await world.api()
    nobody.http.cookies.set("lixiao_session", "nonsense")
    response = await nobody.post("{ sheets { totalCount } }")
    assert (response.status_code, response.json()["errors"][0]["message"]) == (401, "登录已过期,请重新登录。")


def _code(response: Any) -> str:
    return str(response.json()["errors"][0]["extensions"]["code"])
