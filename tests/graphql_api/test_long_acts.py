"""A long list over HTTP: begun as a job, followed by its operation, applied, undone; refused and stopped with words."""

from __future__ import annotations

from typing import Any

import pytest

from graphql_api import ids, jobs
from models import Operation, User
from models.enums import OperationState
from models.rules import job_work
from models.rules import jobs as rules
from models.rules.check import check
from tests import factories as make
from tests.api import Desk, OpenDesk, member
from tests.graphql_api.listing import failed, sent
from tests.graphql_api.odd_files import workbook

HEAD = ("学号", "姓名", "环节", "办理状态")
PEOPLE = 8
STANDS = "query ($id: ID!) { operation(id: $id) { state progress applied refused problem rows { outcome code } } }"
APPLY = """mutation ($id: ID!, $wait: Float) { applyOperation(id: $id, waitSeconds: $wait) {
  applied refused message operation { state } } }"""
UNDO = "mutation ($id: ID!) { undoOperation(id: $id) { applied refused message operation { state progress } } }"


@pytest.fixture
async def desk(api: OpenDesk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The library; lists of more than 3 rows are jobs, and of more than 5 are parted into pieces of 3."""
    monkeypatch.setattr(job_work, "LONG", 3)
    monkeypatch.setattr(job_work, "MOST_AT_ONCE", 5)
    monkeypatch.setattr(job_work, "PIECE", 3)
    monkeypatch.setattr("graphql_api.mutations.long_acts.PATIENCE", 0.01)
    uni = await make.university()
    season = await make.season(uni)
    await make.crowd(season.batch, PEOPLE)
    await member("library", "operator", uni.library)
    return await api(as_="library")


def rows(count: int = PEOPLE) -> list[tuple[str, ...]]:
    return [HEAD, *((f"2023{n:04}", "张三", "图书清还", "3") for n in range(1, count + 1))]


async def ended(desk: Desk, operation: str) -> dict[str, Any]:
    """The operation once its job has ended; asked before, the API would be asked too often."""
    while True:
        if await rules.state_of(ids.split(operation)[1]) is not OperationState.RUNNING:
            return dict((await desk.query(STANDS, id=operation))["operation"])
        await jobs.TAKER.something_ended(0.1)


async def test_it_is_checked_applied_and_undone(desk: Desk) -> None:
    begun = await sent(desk, "importClearances", rows(), dryRun=True)
    assert (begun["applied"], begun["rows"], begun["dryRun"]) == (0, [], False)
    checked = await ended(desk, begun["operation"]["id"])
    assert (checked["state"], checked["applied"], checked["problem"]) == ("PREVIEWED", PEOPLE, None)
    done = (await desk.query(APPLY, id=begun["operation"]["id"]))["applyOperation"]
    assert (done["applied"], done["refused"], done["operation"]) == (PEOPLE, 0, {"state": "APPLIED"})
    assert (await desk.query(APPLY, id=begun["operation"]["id"]))["applyOperation"] == done
    undone = (await desk.query(UNDO, id=begun["operation"]["id"]))["undoOperation"]
    assert (undone["applied"], undone["operation"]) == (PEOPLE, {"state": "APPLIED", "progress": 100})
    assert await check() == []


async def test_a_key_stands_for_one_job(desk: Desk) -> None:
    content = workbook(*rows(4))  # the same bytes: the key stands for them
    first = await sent(desk, "importClearances", content, idempotencyKey="once")
    assert (await ended(desk, first["operation"]["id"]))["state"] == "APPLIED"
    again = await sent(desk, "importClearances", content, idempotencyKey="once")
    assert (again["operation"], again["applied"]) == (first["operation"], 4)
    assert await Operation.all().count() == 1


async def test_all_or_nothing_is_refused_where_the_list_is_parted(desk: Desk) -> None:
    error = await failed(desk, "importClearances", rows(), errorPolicy="REJECT_ALL")
    assert error["message"] == (
        "名单共 8 行,超过 5 行时分段办理,不能要求全部成功才办理。请改为只办理有效的行(APPLY_VALID)。"
    )
    assert await Operation.all().count() == 0


async def test_whose_account_is_disabled_meanwhile_his_job_failed(
    desk: Desk, api: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = job_work.begin_list

    async def disabled(*given: Any, **named: Any) -> Any:
        begun = await begin(*given, **named)
        await User.filter(username="library").update(active=False)
        return begun

    monkeypatch.setattr(job_work, "begin_list", disabled)
    begun = await sent_once(desk, rows())
    await member("office", "office")
    found = await ended(await api(as_="office"), begun)
    assert (found["state"], found["applied"]) == ("FAILED", 0)
    assert found["problem"] == "您当前的身份或接口令牌已到期或被收回,未执行。请重新选择身份,或联系账号管理员。"


async def sent_once(desk: Desk, content: list[tuple[str, ...]]) -> str:
    return str((await sent(desk, "importClearances", content))["operation"]["id"])


async def test_stopped_it_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.TAKER, "wake", lambda: None)
    begun = await sent_once(desk, rows())
    assert (await desk.query("mutation ($id: ID!) { cancelOperation(id: $id) }", id=begun))["cancelOperation"]
    found = await ended(desk, begun)
    assert (found["state"], found["problem"]) == ("CANCELLED", "已停止,没有办理任何一行。")
