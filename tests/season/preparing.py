"""筹备: the departments' requests, the roster, the clean-up, and the check that opens the batch (R11, R27)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from models import Batch, Department
from tests.api import member
from tests.season.cast import (
    CHEN_JING,
    FANG_WU,
    LI_NA,
    LIU_YANG,
    NOBODY,
    ROSTER,
    SU_QING,
    WANG_WEI,
    ZHAO_QIANG,
)
from tests.season.story import BATCH, EVERYTHING_OF_A_STUDENT, Story, outcomes, sums

LOCKERS = {
    "code": "LIB_LOCKER",
    "name": "存包柜清退",
    "nameEn": "Locker handed back",
    "kind": "NORMAL",
    "handledBy": "DEPARTMENT",
    "ways": ["SINGLE", "BULK"],
    "appliesTo": "level == UG",
    "instruction": "请将存包柜腾空,到图书馆一层服务台登记。",
    "place": "图书馆一层服务台",
    "order": 12,
}
REQUEST = "itemRequest { id state }"

#: How the roster's ten sheets are born: item → (red, grey), counted by hand from `cast.REGISTER`.
BORN = {
    "LIB_BOOKS": (10, 0),
    "LIB_THESIS": (3, 7),
    "LIB_LOCKER": (7, 3),
    "FIN_FEES": (10, 0),
    "FIN_ADVANCE": (0, 10),
    "AID_LOAN": (1, 9),
    "DORM_OUT": (6, 4),
    "ASSET_LAB": (0, 10),
    "TEXTBOOK": (7, 3),
    "GOWN": (0, 10),
    "SUPERVISOR": (3, 7),
    "PARTY": (3, 7),
    "LEAGUE": (1, 9),
    "HUKOU": (0, 10),
    "ARCHIVE": (1, 9),
    "CAREER": (0, 10),
    "REG_FORM": (10, 0),
    "CARD": (10, 0),
    "MEDICAL": (0, 10),
    "VISA": (0, 10),
    "STU_CARD": (10, 0),
    "COLLEGE_FINAL": (10, 0),
}


async def a_batch_is_prepared_with_the_catalogues_items(story: Story) -> None:
    office = await story.desk("office")
    found = await office.ask('{ batch(code: "2026-06") { status items { code } } }')
    assert found["batch"]["status"] == "PREPARING"
    assert len(found["batch"]["items"]) == 23
    assert await office.count("sheets") == 0


async def departments_ask_for_changes_and_the_office_decides(story: Story) -> None:
    library, finance, office = await story.desk("limin"), await story.desk("finance"), await story.desk("office")
    asked = {"batch": BATCH, "reason": "新增自助存包柜"}
    async with story.exactly(0):
        foreign = await finance.refused(
            "requestItemChange", **asked, kind="CHANGE", item="LIB_BOOKS", proposal={"place": "行政楼"}
        )
        assert foreign["code"] == "FORBIDDEN"
        error = await finance.refused("requestItemChange", **{**asked, "reason": " "}, kind="REMOVE", item="FIN_FEES")
        assert (error["code"], error["violations"][0]["path"]) == ("REASON_REQUIRED", ["input", "reason"])
    async with story.exactly(1):
        added = await library.act("requestItemChange", **asked, kind="ADD", proposal=LOCKERS, more=REQUEST)
        assert added["itemRequest"]["state"] == "SUBMITTED"
        assert added["message"] == "流程项申请已提交,请等待学生离校工作主管部门审批。"
    async with story.exactly(1):
        removed = await finance.act("requestItemChange", **asked, kind="REMOVE", item="FIN_ADVANCE", more=REQUEST)
    async with story.exactly(1):
        alumni = await (await story.desk("op-xyh")).act(
            "requestItemChange", **asked, kind="REMOVE", item="ALUMNI", more=REQUEST
        )
    async with story.exactly(0):
        mine = await library.desk.error(
            'mutation ($id: ID!) { decideItemRequest(id: $id, decision: APPROVED, reason: "x") { applied } }',
            id=added["itemRequest"]["id"],
        )
        assert (mine["code"], mine["params"]["action"]) == ("FORBIDDEN", "decide")
        preview = await office.by_id(
            "decideItemRequest", added["itemRequest"]["id"], decision="APPROVED", reason="同意", dryRun=True
        )
        assert preview["effect"] == {"red": 0, "grey": 0, "final": 0, "issued": 0}
    async with story.exactly(2):  # the request, and the item that it makes
        done = await office.by_id("decideItemRequest", added["itemRequest"]["id"], decision="APPROVED", reason="同意")
        assert done["itemRequest"]["state"] == "APPROVED"
    async with story.exactly(2):
        await office.by_id("decideItemRequest", alumni["itemRequest"]["id"], decision="APPROVED", reason="改为自愿")
    async with story.exactly(1):
        no = await office.by_id(
            "decideItemRequest", removed["itemRequest"]["id"], decision="REJECTED", reason="借款仍须核对"
        )
        assert no["itemRequest"]["state"] == "REJECTED"
    async with story.exactly(0):
        late = await office.desk.error(
            'mutation ($id: ID!) { decideItemRequest(id: $id, decision: APPROVED, reason: "x") { applied } }',
            id=removed["itemRequest"]["id"],
        )
        assert (late["code"], late["message"]) == (
            "CONFLICT",
            "该申请未获同意,不能再审批或撤回。请在 流程项申请 中查看。",
        )


async def after_the_deadline_no_department_may_ask(story: Story) -> None:
    await Batch.all().update(request_deadline=datetime(2026, 5, 15, 10, tzinfo=UTC))
    async with story.exactly(0):
        error = await (await story.desk("limin")).refused(
            "requestItemChange", batch=BATCH, kind="REMOVE", item="LIB_LOCKER", reason="不再需要"
        )
    assert (error["code"], error["message"]) == ("DEADLINE_PASSED", "已过流程项申请截止时间(2026-05-15 18:00)。")
    await Batch.all().update(request_deadline=datetime.now(UTC) + timedelta(days=1))


async def the_office_loads_the_roster(story: Story) -> None:
    office = await story.desk("office")
    rows = [{"studentNo": number, "row": place} for place, number in enumerate(ROSTER, start=2)]
    rows[0]["name"] = "李娜"
    wrong = [
        {"studentNo": NOBODY, "row": 12, "cell": "A12"},
        {"studentNo": SU_QING, "name": "苏情", "row": 13, "cell": "A13"},
        {"studentNo": LI_NA, "row": 14, "cell": "A14"},
    ]
    async with story.exactly(0):
        shown = await office.act(
            "loadRoster", batch=BATCH, rows=[*rows, *wrong], dryRun=True, more="items { itemCode itemName red grey }"
        )
        assert sums(shown) == (10, 0, 3)
        assert [row["code"] for row in shown["rows"][10:]] == ["NOT_FOUND", "ROW_MISMATCH", "DUPLICATE"]
        assert shown["rows"][11]["message"] == '第 13 行(单元格 A13):学号与姓名不符(表中"苏情",系统"苏晴"),本行未导入。'
        assert {each["itemCode"]: (each["red"], each["grey"]) for each in shown["items"]} == BORN
        assert [each["itemCode"] for each in shown["items"]] == list(BORN)
        assert await office.count("sheets") == 0
    async with story.exactly(10):  # making a sheet is one event
        made = await office.by_id("applyOperation", shown["operation"]["id"])
        assert sums(made) == (10, 0, 0)
    assert (await office.count("sheets"), await office.count("clearances")) == (10, 220)
    async with story.exactly(0):
        assert sums(await office.act("loadRoster", batch=BATCH, rows=rows)) == (0, 10, 0)
        assert (await office.refused_by_id("applyOperation", shown["operation"]["id"]))["code"] == "NOT_FOUND"


async def owners_mark_who_need_not_come(story: Story) -> None:
    dorm, academic = await story.desk("dorm"), await story.desk("academic")
    async with story.exactly(0):
        unreasoned = await dorm.handle("DORM_OUT", "NOT_REQUIRED", numbers=[WANG_WEI])
        assert outcomes(unreasoned) == {WANG_WEI: "REASON_REQUIRED"}
        assert unreasoned["rows"][0]["message"] == '设为"无需办理"须填写原因。'
        early = await dorm.handle("DORM_OUT", numbers=[WANG_WEI])
        assert outcomes(early) == {WANG_WEI: "BATCH_NOT_OPEN"}
    async with story.exactly(1):
        spared = await dorm.handle("DORM_OUT", "NOT_REQUIRED", numbers=[WANG_WEI], reason="SPECIAL_APPROVAL")
        assert outcomes(spared) == {WANG_WEI: "APPLIED"}
    listed = [
        {"studentNo": CHEN_JING, "name": "陈静", "status": "2", "note": "教材费已免"},
        {"studentNo": ZHAO_QIANG, "name": "赵强", "status": "无须办理"},
        {"studentNo": LIU_YANG, "name": "刘洋", "status": "1"},
        {"studentNo": LI_NA, "name": "李丽", "status": "2"},
    ]
    async with story.exactly(2):
        imported = await academic.act(
            "importClearances", batch=BATCH, item="TEXTBOOK", rows=listed, reason="NOT_APPLICABLE"
        )
        assert outcomes(imported) == {
            CHEN_JING: "APPLIED",
            ZHAO_QIANG: "APPLIED",
            LIU_YANG: "UNCHANGED",
            LI_NA: "ROW_MISMATCH",
        }


async def students_do_not_see_their_sheets_yet(story: Story) -> None:
    student = await story.desk("lina")
    assert await student.sheet(LI_NA) is None
    assert (await student.count("sheets"), await student.count("clearances")) == (0, 0)
    async with story.exactly(0):
        error = await (await story.desk("suqing")).refused("applyToLeave", batch=BATCH, leaveType="GRADUATION")
        assert error["code"] == "BATCH_NOT_OPEN"


async def the_opening_check_refuses_and_then_opens(story: Story) -> None:
    office = await story.desk("office", "en")
    async with story.exactly(0):
        error = await office.refused("openBatch", batch=BATCH)
        assert error["code"] == "BAD_INPUT"
        assert error["message"] == (
            "Batch 2026-06 cannot open yet: 1 things are not ready (see the list). Complete them and try again."
        )
        [lack] = error["violations"]
        assert (lack["code"], lack["params"]["itemCode"]) == ("NO_OPERATOR", "ARCHIVE")
        assert lack["params"]["problem"]["zh"] == "没有在用的办理人员"
    await member("archives", "operator", await Department.get(code="DAG"), name="秦朗")
    async with story.exactly(1):
        opened = await office.act("openBatch", batch=BATCH)
        assert sums(opened) == (1, 0, 0)
    async with story.exactly(0):
        assert sums(await office.act("openBatch", batch=BATCH)) == (0, 1, 0)
    student = await story.desk("lina")
    sheet = await student.sheet(LI_NA, EVERYTHING_OF_A_STUDENT)
    assert sheet is not None
    assert sheet["progress"] == {"settled": 0, "required": 10}
    assert sheet["certificateState"]["message"] == "无应发证书"
    assert await (await story.desk("fangwu")).count("sheets") == 0
    assert FANG_WU not in ROSTER
