"""requestItemChange and decideItemRequest through the door (R11, B5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import Batch, Item, ItemRequest
from models.enums import BatchStatus, RequestState
from tests import factories as make
from tests.api import Desk, OpenDesk, member

REQUEST = """mutation ($input: RequestItemChangeInput!) {
  requestItemChange(input: $input) { message itemRequest { id state kind } rows { itemCode outcome } } }"""
DECIDE = """mutation ($id: ID!, $decision: Decision!, $reason: String!, $dryRun: Boolean = false) {
  decideItemRequest(id: $id, decision: $decision, reason: $reason, dryRun: $dryRun) {
    message dryRun effect { red grey final issued } itemRequest { state } } }"""
WITHDRAW = "mutation ($id: ID!) { withdrawItemRequest(id: $id) }"
NEW = {
    "code": "KEYS",
    "name": "钥匙归还",
    "kind": "NORMAL",
    "handledBy": "DEPARTMENT",
    "ways": ["SINGLE", "BULK"],
    "appliesTo": "all",
    "prerequisites": [{"code": "BOOKS"}],
}


@pytest.fixture
async def season(api: OpenDesk) -> make.SeasonOf:
    where = await make.university()
    await member("limin", "operator", where.library)
    await member("boss", "office")
    return await make.season(where, status=BatchStatus.PREPARING)


@pytest.fixture
async def desk(season: make.SeasonOf, api: OpenDesk) -> Desk:
    return await api(as_="limin")


@pytest.fixture
async def office(season: make.SeasonOf, api: OpenDesk) -> Desk:
    return await api(as_="boss")


async def ask(desk: Desk, **asked: Any) -> dict[str, Any]:
    given = {"batch": "2026-06", "kind": "ADD", "reason": "新设", "proposal": NEW, **asked}
    return dict((await desk.query(REQUEST, input=given))["requestItemChange"])


async def test_a_department_asks_and_the_office_decides(season: make.SeasonOf, desk: Desk, office: Desk) -> None:
    await make.crowd(season.batch, 2)
    filed = await ask(desk)
    assert filed["message"] == "流程项申请已提交,请等待学生离校工作主管部门审批。"
    assert (filed["itemRequest"]["state"], filed["itemRequest"]["kind"]) == ("SUBMITTED", "ADD")
    named = {"id": filed["itemRequest"]["id"], "decision": "APPROVED", "reason": "同意"}
    shown = (await office.query(DECIDE, **named, dryRun=True))["decideItemRequest"]
    assert shown["effect"] == {"red": 2, "grey": 0, "final": 0, "issued": 0}
    assert shown["message"] == (
        '流程项:新增环节将使 2 人重新出现"未办理",其中 0 人的院系离校将被撤销;已发证 0 人不受影响。'
    )
    assert not await Item.exists(code="KEYS")
    done = (await office.query(DECIDE, **named))["decideItemRequest"]
    assert done["itemRequest"]["state"] == "APPROVED"
    assert await Item.exists(code="KEYS")
    error = await office.error(DECIDE, **named)
    assert (error["code"], error["params"]["state"]) == ("CONFLICT", "APPROVED")


async def test_a_rejected_request_changes_nothing(desk: Desk, office: Desk) -> None:
    filed = (await ask(desk))["itemRequest"]["id"]
    done = await office.query(DECIDE, id=filed, decision="REJECTED", reason="已有同类环节")
    assert done["decideItemRequest"]["message"] == "已不同意该申请。申请部门可在 流程项申请 中查看意见。"
    assert (await ItemRequest.get()).state is RequestState.REJECTED
    assert not await Item.exists(code="KEYS")


async def test_a_department_takes_its_request_back_and_does_not_decide(desk: Desk) -> None:
    filed = (await ask(desk))["itemRequest"]["id"]
    error = await desk.error(DECIDE, id=filed, decision="APPROVED", reason="x")
    assert (error["code"], error["params"]["action"]) == ("FORBIDDEN", "decide")
    assert await desk.query(WITHDRAW, id=filed) == {"withdrawItemRequest": True}
    assert (await ItemRequest.get()).state is RequestState.WITHDRAWN


async def test_another_departments_request_is_not_there(desk: Desk, api: OpenDesk) -> None:
    filed = (await ask(desk))["itemRequest"]["id"]
    await member("money", "operator", await make.Department.get(code="CWC"))
    error = await (await api(as_="money")).error(WITHDRAW, id=filed)
    assert error["code"] == "NOT_FOUND"
    assert (await ItemRequest.get()).state is RequestState.SUBMITTED


@pytest.mark.parametrize(
    ("asked", "code", "path"),
    [
        ({"reason": " "}, "REASON_REQUIRED", ["input", "reason"]),
        ({"batch": "1999"}, "NOT_FOUND", ["input", "batch"]),
        ({"proposal": {**NEW, "appliesTo": "level == X"}}, "BAD_INPUT", ["input", "proposal", "appliesTo"]),
        ({"proposal": {**NEW, "ways": []}}, "BAD_INPUT", ["input", "proposal", "ways"]),
        ({"kind": "CHANGE", "item": "NOPE", "proposal": {"name": "x"}}, "NOT_FOUND", ["input", "item"]),
        ({"kind": "CHANGE", "item": "DORM", "proposal": {"name": "x"}}, "FORBIDDEN", ["input", "item"]),
    ],
)
async def test_what_cannot_be_asked(desk: Desk, asked: dict[str, Any], code: str, path: list[str]) -> None:
    given = {"batch": "2026-06", "kind": "ADD", "reason": "新设", "proposal": NEW, **asked}
    error = await desk.error(REQUEST, input=given)
    assert (error["code"], error["violations"][0]["path"]) == (code, path)
    assert await ItemRequest.all().count() == 0


async def test_after_the_deadline_only_the_office_asks(desk: Desk, office: Desk) -> None:
    deadline = datetime(2026, 5, 15, 10, 0, tzinfo=UTC)
    await Batch.all().update(request_deadline=deadline)
    if deadline > datetime.now(UTC):
        await Batch.all().update(request_deadline=datetime.now(UTC) - timedelta(days=1))
    error = await desk.error(REQUEST, input={"batch": "2026-06", "kind": "ADD", "reason": "x", "proposal": NEW})
    assert error["code"] == "DEADLINE_PASSED"
    assert error["message"].startswith("已过流程项申请截止时间(20")
    assert "T" not in error["message"]
    assert (await ask(office, department="TSG"))["itemRequest"]["state"] == "SUBMITTED"


async def test_a_department_does_not_ask_in_anothers_name(desk: Desk) -> None:
    given = {"batch": "2026-06", "kind": "ADD", "reason": "x", "proposal": NEW, "department": "CWC"}
    assert (await desk.error(REQUEST, input=given))["code"] == "FORBIDDEN"
    assert await ItemRequest.all().count() == 0
