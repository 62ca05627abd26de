"""What befalls batches, items, departments and sheets (B19, R27), each checked first through the door."""

from __future__ import annotations

from typing import Any

import pytest

from graphql_api import ids
from models import Batch, Department, Event, Item, Prerequisite, Sheet
from models.enums import BatchStatus, CertificateStatus, SheetState
from tests import factories as make
from tests.api import Desk, OpenDesk, member

RESULT = "dryRun applied unchanged refused message operation { id } rows { studentNo itemCode outcome code }"


def asking(mutation: str, more: str = "") -> str:
    kind = mutation[0].upper() + mutation[1:]
    return f"mutation ($input: {kind}Input!) {{ {mutation}(input: $input) {{ {RESULT} {more} }} }}"


APPLY = f"mutation ($id: ID!) {{ applyOperation(id: $id) {{ {RESULT} }} }}"


@pytest.fixture
async def season(api: OpenDesk) -> make.SeasonOf:
    return await make.season(await make.university(), status=BatchStatus.OPEN)


@pytest.fixture
async def office(season: make.SeasonOf, api: OpenDesk) -> Desk:
    await member("boss", "office")
    return await api(as_="boss")


async def do(desk: Desk, mutation: str, more: str = "", **asked: Any) -> dict[str, Any]:
    return dict((await desk.query(asking(mutation, more), input=asked))[mutation])


async def written() -> dict[str, Any]:
    return await make.contents("sheet", "event", "item", "department", "batch")


async def test_closing_is_checked_first_and_says_whom_it_concerns(season: make.SeasonOf, office: Desk) -> None:
    await make.crowd(season.batch, 3)
    before = await written()
    shown = await do(office, "closeBatch", batch="2026-06", dryRun=True)
    assert (shown["dryRun"], shown["operation"]) == (True, None)
    assert shown["message"] == "截止后,3 名未办结的学生须逐人开通补办才能继续办理(共 3 人,已发证 0 人)。"
    assert await written() == before
    await do(office, "closeBatch", batch="2026-06")
    shown = await do(office, "reopenBatch", batch="2026-06", reason="补办", dryRun=True)
    assert shown["message"] == "重新开放后,3 名未办结的学生可以继续办理;已发证 0 人不受影响。"
    shown = await do(office, "archiveBatch", batch="2026-06", dryRun=True)
    assert shown["message"].endswith("3 名学生尚未办结,之后须在其他批次建立离校单才能继续办理。")
    assert (await Batch.get(code="2026-06")).status is BatchStatus.CLOSED


async def test_a_moving_is_shown_item_by_item_and_applied_as_it_was_shown(season: make.SeasonOf, office: Desk) -> None:
    sheets = await make.crowd(season.batch, 3)
    await make.certificate(sheets[2], status=CertificateStatus.ISSUED)
    next_one = await Batch.create(code="2027-01", name="2027年1月", status=BatchStatus.PREPARING)
    await Item.create(batch=next_one, code="BOOKS", name="图书清还", department=await Department.get(code="TSG"))
    select = {"sheetIds": [ids.encode("Sheet", each.id) for each in sheets]}
    asked = {"batch": "2026-06", "to": "2027-01", "select": select, "reason": "延期"}
    before = await Event.all().count()
    shown = await do(office, "moveSheets", "items { itemCode red grey }", **asked, dryRun=True)
    assert (shown["applied"], shown["refused"], shown["items"]) == (
        2,
        1,
        [{"itemCode": "BOOKS", "red": 2, "grey": 0}],
    )
    assert await Event.all().count() == before
    done = (await office.query(APPLY, id=shown["operation"]["id"]))["applyOperation"]
    assert (done["applied"], done["operation"]) == (2, shown["operation"])
    assert [each.state for each in await Sheet.filter(batch=season.batch).order_by("id")] == [
        SheetState.MOVED,
        SheetState.MOVED,
        SheetState.ACTIVE,
    ]
    error = await office.error(asking("moveSheets"), input={**asked, "to": "1999"})
    assert (error["code"], error["violations"][0]["path"]) == ("NOT_FOUND", ["input", "to"])


async def test_a_change_of_college_is_the_offices_alone(season: make.SeasonOf, office: Desk, api: OpenDesk) -> None:
    [sheet] = await make.crowd(season.batch, 1)
    asked = {"batch": "2026-06", "college": "02", "reason": "转专业", "select": {"studentNos": ["20230001"]}}
    keeper = await _keeper(api)
    error = await keeper.error(asking("transferSheets"), input=asked)
    assert (error["code"], error["params"]["action"]) == ("FORBIDDEN", "transfer")
    shown = await do(office, "transferSheets", **asked, dryRun=True)
    assert shown["message"] == "预检完成:可办理 1,无变化 0,不能办理 0。确认提交?"
    error = await keeper.error(APPLY, id=shown["operation"]["id"])
    assert error["code"] == "NOT_FOUND"
    assert (await Sheet.get(id=sheet.id).prefetch_related("college")).college.code == "15"
    await office.query(APPLY, id=shown["operation"]["id"])
    assert (await Sheet.get(id=sheet.id).prefetch_related("college")).college.code == "02"
    again = await do(office, "transferSheets", **asked)
    assert (again["applied"], again["unchanged"], again["message"]) == (0, 1, "没有变化。")


async def _keeper(api: OpenDesk) -> Desk:
    await member("keeper", "data_keeper", await make.College.get(code="15"))
    return await api(as_="keeper")


async def test_items_are_copied_with_what_comes_first(season: make.SeasonOf, office: Desk) -> None:
    await Batch.create(code="2027-06", name="2027年6月", status=BatchStatus.PREPARING)
    before = await written()
    shown = await do(office, "copyItems", **{"from": "2026-06", "to": "2027-06", "dryRun": True})
    count = await Item.filter(batch=season.batch, withdrawn_at=None).count()
    assert (shown["applied"], shown["unchanged"]) == (count, 0)
    assert shown["message"] == f"将复制 {count} 个环节及其前置环节;0 个环节代码已存在,保持不变。确认提交?"
    assert await written() == before
    done = await do(office, "copyItems", **{"from": "2026-06", "to": "2027-06"})
    assert done["message"] == f"已复制 {count} 个环节。"
    assert await Item.filter(batch__code="2027-06").count() == count
    old, new = [await Prerequisite.filter(item__batch__code=code).count() for code in ("2026-06", "2027-06")]
    assert old == new
    again = await do(office, "copyItems", **{"from": "2026-06", "to": "2027-06"})
    assert (again["applied"], again["unchanged"], again["message"]) == (0, count, "没有变化。")
    error = await office.error(asking("copyItems"), input={"from": "1999", "to": "2027-06"})
    assert (error["code"], error["violations"][0]["path"]) == ("NOT_FOUND", ["input", "from"])


async def test_an_item_is_withdrawn_only_while_its_batch_is_prepared(season: make.SeasonOf, office: Desk) -> None:
    await make.crowd(season.batch, 2)
    error = await office.error(asking("withdrawItem"), input={"batch": "2026-06", "item": "BOOKS", "dryRun": True})
    assert (error["code"], error["params"]["problem"]) == ("BAD_INPUT", "FROZEN")
    await Batch.all().update(status=BatchStatus.PREPARING)
    shown = await do(office, "withdrawItem", batch="2026-06", item="BOOKS", dryRun=True)
    assert shown["message"].startswith("停用后,2 人的该环节由“未办理”变为“无需办理”;已发证 0 人不受影响。")
    assert (await Item.get(batch=season.batch, code="BOOKS")).withdrawn_at is None
    done = await do(office, "withdrawItem", batch="2026-06", item="BOOKS")
    assert done["message"] == "环节已停用,2 人的该环节变为“无需办理”。"
    assert (await Item.get(batch=season.batch, code="BOOKS")).withdrawn_at is not None


async def test_a_department_hands_its_items_on(season: make.SeasonOf, office: Desk, api: OpenDesk) -> None:
    await member("limin", "operator", await Department.get(code="TSG"))
    before = await written()
    asked = {"department": "TSG", "successor": "CWC", "reason": "合并"}
    shown = await do(office, "closeDepartment", **asked, dryRun=True)
    count = await Item.filter(department__code="TSG").count()
    assert shown["message"].startswith(f"撤销后,{count} 个环节改由“财务处”主管,0 件待审批的流程项申请一并转交;1 名办理")
    assert await written() == before
    error = await (await api(as_="limin")).error(asking("closeDepartment"), input=asked)
    assert (error["code"], error["params"]["action"]) == ("FORBIDDEN", "close_unit")
    done = await do(office, "closeDepartment", **asked)
    assert (done["applied"], await Item.filter(department__code="TSG").count()) == (count, 0)
    error = await office.error(asking("closeDepartment"), input=asked)
    assert error["code"] == "CONFLICT"
