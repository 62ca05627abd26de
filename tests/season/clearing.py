"""办理: everybody at his desk, one by one and in bulk, until the college's last word (R2, R4–R10, R13, R16, R17)."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.season.cast import (
    CHEN_JING,
    COMPUTING,
    EVERYBODY,
    FANG_WU,
    LI_NA,
    LIU_YANG,
    MASTERS,
    NETWORK,
    NOBODY,
    OF_COMPUTING,
    SOFT,
    SU_QING,
    SUN_YUE,
    WANG_WEI,
    WU_LEI,
    ZHANG_SHAN,
    ZHAO_QIANG,
    ZHENG_SHUANG,
    ZHOU_MIN,
)
from tests.season.story import BATCH, EVERYTHING_OF_A_STUDENT, Answer, Story, blockers, outcomes, sums

FIRST, LAST = "20221501001", "20221501200"  # a range of 200 numbers, of which the college's ten students have some
APPLIED, UNCHANGED = "APPLIED", "UNCHANGED"


# --- applying to leave


async def somebody_who_is_in_no_roster_applies(story: Story) -> None:
    student = await story.desk("suqing")
    async with story.exactly(1):
        made = await student.act("applyToLeave", leaveType="GRADUATION")
        assert made["message"] == "您的离校单已生成,无需审批,请按红色环节的办理说明办理。"
    async with story.exactly(0):
        again = await student.act("applyToLeave", leaveType="GRADUATION")
        assert sums(again) == (0, 1, 0)
        assert again["message"] == "您已有离校单(2026-06 离校批次),无需重复申请。"
        assert again["rows"][0]["sheetId"] == made["rows"][0]["sheetId"]
    sheet = await student.sheet(SU_QING, EVERYTHING_OF_A_STUDENT)
    assert sheet is not None
    assert sheet["progress"] == {"settled": 0, "required": 8}
    assert sheet["certificateState"]["code"] == "NOT_ENTITLED"


async def somebody_without_student_status_is_sent_to_the_college(story: Story) -> None:
    async with story.exactly(0):
        error = await (await story.desk("fangwu")).refused("applyToLeave", leaveType="GRADUATION")
    assert error["code"] == "NO_STUDENT_STATUS"
    assert error["message"] == "您没有学籍信息,不能自助申请。请联系 计算机与信息科学学院 学生工作办公室(8215)。"
    english = await (await story.desk("fangwu", "en")).refused("applyToLeave", leaveType="GRADUATION")
    assert english["message"].startswith("You have no student status on record and cannot apply yourself.")
    assert await (await story.desk("office")).sheet(FANG_WU) is None


# --- the library: one by one, a range, ticked rows, a list, a class


async def the_library_clears_one_by_number(story: Story) -> None:
    library, colleague = await story.desk("limin"), await story.desk("wangli", "en")
    async with story.exactly(1):
        done = await library.handle("LIB_BOOKS", numbers=[f" {LI_NA}\r"], note="图书已还清")
        assert outcomes(done) == {LI_NA: APPLIED}
        assert done["message"] == "已办理 1 人。可在 操作记录 中撤回本次操作。"
    async with story.exactly(0):
        late = await colleague.handle("LIB_BOOKS", numbers=[LI_NA])
        assert outcomes(late) == {LI_NA: UNCHANGED}
        assert late["rows"][0]["by"] == "李敏"
        assert late["rows"][0]["message"].startswith("Already cleared by 李敏 at ")
        missing = await library.handle("LIB_BOOKS", numbers=[NOBODY])
        assert missing["rows"][0]["message"] == f"未找到学号 {NOBODY},请核对;若学生不在本批次,请联系学院数据维护员。"
    [seen] = [each for each in (await (await story.desk("lina")).clearances(LI_NA)).values() if each["note"]]
    assert (seen["item"]["code"], seen["status"], seen["note"]) == ("LIB_BOOKS", "CLEARED", "图书已还清")


async def the_college_cannot_sign_off_yet(story: Story) -> None:
    counsellor = await story.desk("counsellor")
    async with story.exactly(0):
        refused = await counsellor.handle("COLLEGE_FINAL", numbers=[LI_NA])
        [row] = refused["rows"]
        assert row["code"] == "BLOCKED"
        assert row["message"] == (
            '还不能确认"院系离校":还有 8 个环节未办理——存包柜清退(图书馆 图书馆一层服务台 8105)、'
            "学费住宿费结清(财务处 综合服务大厅5号窗口 8106)、公寓退宿(学生公寓管理中心 公寓中心101 8108)、"
            "教材费结算(教务处 行政楼A108 8103)、组织关系转移(计算机与信息科学学院学生工作办公室 8215)、"
            "另 3 个环节。"
        )
        assert blockers(row)[5:] == ["REG_FORM", "CARD", "STU_CARD"]
        assert row["blockers"][1] == {
            "itemCode": "FIN_FEES",
            "itemName": "学费住宿费结清",
            "department": "财务处",
            "contact": "综合服务大厅5号窗口 8106",
        }
        never = await counsellor.handle("COLLEGE_FINAL", "NOT_REQUIRED", numbers=[LI_NA], reason="OTHER")
        assert outcomes(never) == {LI_NA: "FINAL_MUST_BE_CLEARED"}
        foreign = await counsellor.handle("COLLEGE_FINAL", numbers=[SUN_YUE])
        assert outcomes(foreign) == {SUN_YUE: "NOT_FOUND"}
        english = await (await story.desk("counsellor", "en")).handle("COLLEGE_FINAL", numbers=[LI_NA])
        assert english["rows"][0]["message"].startswith("Cannot sign off yet: 8 items still needed – Locker handed ")


async def the_library_clears_a_range_and_takes_it_back(story: Story) -> None:
    library = await story.desk("limin")
    async with story.exactly(0):
        error = await library.refused(
            "setClearances",
            batch=BATCH,
            item="LIB_BOOKS",
            status="CLEARED",
            select={"range": {"from": FIRST, "to": "20221501201"}},
        )
        assert (error["code"], error["params"]) == ("RANGE_TOO_LARGE", {"count": 201, "limit": 200})
        assert error["message"] == "学号范围共 201 个,超过上限 200。请缩小范围,或按班级、粘贴名单办理。"
        uneven = await library.refused(
            "setClearances",
            batch=BATCH,
            item="LIB_BOOKS",
            status="CLEARED",
            select={"range": {"from": FIRST, "to": "2022150120"}},
        )
        assert (uneven["code"], uneven["message"]) == ("BAD_INPUT", "起止学号长度或前缀不同,不能组成范围。")
    async with story.exactly(9):
        done = await library.handle("LIB_BOOKS", range_=(FIRST, LAST))
        assert outcomes(done) == {**dict.fromkeys(OF_COMPUTING, APPLIED), LI_NA: UNCHANGED}
    async with story.exactly(9):
        back = await library.by_id("undoOperation", done["operation"]["id"])
        assert (sums(back), back["message"]) == ((9, 0, 0), "已撤回 9 人。")
    assert await library.statuses(WANG_WEI, "LIB_BOOKS") == ["PENDING"]
    async with story.exactly(0):
        error = await library.refused_by_id("undoOperation", done["operation"]["id"])
        assert (error["code"], error["message"]) == ("CONFLICT", "该操作已撤回,不能再次撤回。请在 操作记录 中查看。")


async def a_range_is_checked_first_and_then_submitted(story: Story) -> None:
    library, colleague = await story.desk("limin"), await story.desk("wangli")
    async with story.exactly(0):
        shown = await library.handle("LIB_BOOKS", range_=(FIRST, LAST), dryRun=True)
        assert (shown["dryRun"], sums(shown)) == (True, (9, 1, 0))
        assert shown["message"] == "预检完成:可办理 9,无变化 1,不能办理 0。确认提交?"
        assert await library.statuses(WANG_WEI, "LIB_BOOKS") == ["PENDING"]
    async with story.exactly(1):  # a colleague is faster with one of them
        await colleague.handle("LIB_BOOKS", numbers=[ZHOU_MIN])
    async with story.exactly(8):
        applied = await library.by_id("applyOperation", shown["operation"]["id"])
        assert (sums(applied), outcomes(applied)[ZHOU_MIN]) == ((8, 2, 0), UNCHANGED)
        assert {r["studentNo"]: r["by"] for r in applied["rows"] if r["outcome"] == UNCHANGED} == {
            LI_NA: "李敏",
            ZHOU_MIN: "王丽",
        }
    async with story.exactly(0):
        again = await library.by_id(
            "applyOperation", shown["operation"]["id"]
        )  # the answer was lost: the same once more
        assert (sums(again), outcomes(again)) == (sums(applied), outcomes(applied))
    async with story.exactly(1):
        assert outcomes(await library.handle("LIB_BOOKS", numbers=[SUN_YUE])) == {SUN_YUE: APPLIED}


async def the_library_ticks_pastes_and_takes_a_class(story: Story) -> None:
    library = await story.desk("limin")
    ticked = [await library.sheet_id(LI_NA), await library.sheet_id(WANG_WEI)]
    async with story.exactly(2):
        assert sums(await library.handle("LIB_LOCKER", sheets=ticked, note="柜已清空")) == (2, 0, 0)
    pasted = [ZHANG_SHAN, LIU_YANG, NOBODY]
    async with story.exactly(0):  # one unknown number, and nothing is written at all
        stopped = await library.handle("LIB_LOCKER", numbers=pasted)
        assert sums(stopped) == (0, 0, 1)
        assert outcomes(stopped) == {ZHANG_SHAN: "NOT_APPLIED", LIU_YANG: "NOT_APPLIED", NOBODY: "NOT_FOUND"}
        assert stopped["message"] == "未提交:有 1 行不能办理(见清单)。请处理后重试,或只提交可办理的行。"
        assert await library.statuses(ZHANG_SHAN, "LIB_LOCKER") == ["PENDING"]
    async with story.exactly(2):
        assert sums(await library.handle("LIB_LOCKER", numbers=pasted, errorPolicy="APPLY_VALID")) == (2, 0, 1)
    async with story.exactly(1):
        class_ = await library.handle("LIB_LOCKER", class_=(COMPUTING, SOFT))
        assert outcomes(class_) == {
            **dict.fromkeys((LI_NA, WANG_WEI, ZHANG_SHAN, LIU_YANG), UNCHANGED),
            SU_QING: APPLIED,
        }
    async with story.exactly(3):
        await library.handle("LIB_LOCKER", numbers=[CHEN_JING, ZHAO_QIANG, SUN_YUE])
    async with story.exactly(0):
        error = await library.refused(
            "setClearances", batch=BATCH, item="LIB_LOCKER", status="CLEARED", select={"allExcept": [LI_NA]}
        )
        assert (error["code"], error["params"]["action"]) == ("FORBIDDEN", "bulk_filter")
        assert error["message"].startswith('您当前身份为"学校离校办理人员(图书馆)",不能一次办理全部查询结果。')
        foreign = await library.handle("FIN_FEES", numbers=[LI_NA])
        assert outcomes(foreign) == {LI_NA: "FORBIDDEN"}
    async with story.exactly(3):
        theses = [{"studentNo": number, "status": "已通过"} for number in (ZHOU_MIN, WU_LEI, ZHENG_SHUANG)]
        assert (await library.act("importClearances", batch=BATCH, item="LIB_THESIS", rows=theses))["applied"] == 3


# --- finance and the card: by synchronisation; the others: by list


async def finance_is_synchronised(story: Story) -> None:
    finance, system = await story.desk("finance"), await story.desk("campus-finance")
    async with story.exactly(0):
        bulk = await finance.handle("FIN_FEES", numbers=[LI_NA, WANG_WEI])
        assert outcomes(bulk) == {LI_NA: "WAY_NOT_ALLOWED", WANG_WEI: "WAY_NOT_ALLOWED"}
        assert bulk["rows"][0]["message"] == "本环节不能批量办理。请改为逐个办理并填写原因。"
        foreign = await system.act("syncClearances", batch=BATCH, item="CARD", rows=[_seen(LI_NA)])
        assert outcomes(foreign) == {LI_NA: "FORBIDDEN"}
    async with story.exactly(10):
        rows = [_seen(number, settled=number != WANG_WEI) for number in EVERYBODY]
        assert sums(await system.act("syncClearances", batch=BATCH, item="FIN_FEES", rows=rows)) == (10, 1, 0)
    async with story.exactly(1):
        by_hand = await finance.handle("FIN_FEES", numbers=[WANG_WEI], note="现金缴清")
        assert outcomes(by_hand) == {WANG_WEI: APPLIED}
    async with story.exactly(0):  # a decision by hand stands, whatever the system says
        again = await system.act("syncClearances", batch=BATCH, item="FIN_FEES", rows=[_seen(WANG_WEI, settled=False)])
        assert outcomes(again) == {WANG_WEI: "MANUAL_DECISION"}


def _seen(number: str, *, settled: bool = True) -> Answer:
    return {"studentNo": number, "settled": settled, "observedAt": datetime.now(UTC).isoformat()}


async def the_card_waits_for_books_and_dormitory(story: Story) -> None:
    card, dorm, system = await story.desk("card"), await story.desk("dorm"), await story.desk("campus-card")
    async with story.exactly(0):
        early = await card.handle("CARD", numbers=[LI_NA])
        assert outcomes(early) == {LI_NA: "PREREQUISITE"}
        assert early["rows"][0]["message"] == (
            "还不能办理:须先办理 1 个前置环节——公寓退宿(学生公寓管理中心 公寓中心101 8108)。"
        )
    async with story.exactly(5):
        residents = [LI_NA, LIU_YANG, CHEN_JING, WU_LEI, SUN_YUE]
        assert sums(await dorm.handle("DORM_OUT", numbers=residents)) == (5, 0, 0)
    async with story.exactly(11):
        rows = [_seen(number) for number in EVERYBODY]
        assert sums(await system.act("syncClearances", batch=BATCH, item="CARD", rows=rows)) == (11, 0, 0)


async def the_other_desks_clear_their_lists(story: Story) -> None:
    academic, aid, archives = await story.desk("academic"), await story.desk("aid"), await story.desk("archives")
    paid = [LI_NA, WANG_WEI, ZHANG_SHAN, LIU_YANG, SUN_YUE, SU_QING]
    async with story.exactly(6):
        rows = [{"studentNo": number, "item": "TEXTBOOK", "status": "3"} for number in paid]
        assert sums(await academic.act("importClearances", batch=BATCH, rows=rows)) == (6, 0, 0)
    async with story.exactly(0):  # the same list once more
        assert sums(await academic.act("importClearances", batch=BATCH, rows=rows)) == (0, 6, 0)
    async with story.exactly(1):
        await aid.handle("AID_LOAN", numbers=[ZHAO_QIANG])
    async with story.exactly(1):
        await archives.handle("ARCHIVE", numbers=[WANG_WEI])


# --- supervisors, party office, college


async def supervisors_sign_and_the_secretary_signs_on_behalf(story: Story) -> None:
    chen, lin, secretary = await story.desk("chen"), await story.desk("lin"), await story.desk("secretary")
    async with story.exactly(0):
        assert outcomes(await chen.sign(numbers=[ZHENG_SHUANG])) == {ZHENG_SHUANG: "NOT_FOUND"}
    async with story.exactly(1):
        assert outcomes(await chen.sign(numbers=[ZHOU_MIN])) == {ZHOU_MIN: APPLIED}
    async with story.exactly(1):  # 选择所有学生, then 导师批量签字
        assert outcomes(await chen.sign(where={})) == {ZHOU_MIN: UNCHANGED, WU_LEI: APPLIED}
    async with story.exactly(0):  # either of two supervisors may sign, and the second learns of it
        late = await lin.sign(numbers=[WU_LEI])
        assert (outcomes(late), late["rows"][0]["by"]) == ({WU_LEI: UNCHANGED}, "陈志远")
    people = await secretary.ask('{ users(where: { username: { eq: "lin" } }) { nodes { id } } }')
    on_behalf = people["users"]["nodes"][0]["id"]
    async with story.exactly(0):
        unreasoned = await secretary.sign(numbers=[ZHENG_SHUANG], onBehalfOf=on_behalf)
        assert outcomes(unreasoned) == {ZHENG_SHUANG: "REASON_REQUIRED"}
        wrong = await secretary.sign(numbers=[ZHOU_MIN], onBehalfOf=on_behalf, reason="ON_BEHALF")
        assert outcomes(wrong) == {ZHOU_MIN: UNCHANGED}
    async with story.exactly(1):
        signed = await secretary.sign(numbers=[ZHENG_SHUANG], onBehalfOf=on_behalf, reason="ON_BEHALF")
        assert outcomes(signed) == {ZHENG_SHUANG: APPLIED}


async def the_party_office_goes_class_by_class_and_never_signs_off(story: Story) -> None:
    party = await story.desk("party")
    async with story.exactly(0):
        final = await party.handle("COLLEGE_FINAL", numbers=[LI_NA])
        assert [row["code"] for row in final["rows"]] == ["FORBIDDEN"]
        shown = await party.handle("PARTY", class_=(COMPUTING, SOFT), dryRun=True)
        assert sums(shown) == (2, 3, 0)
    async with story.exactly(2):  # the members of the class; whom the rule spares stay grey
        passed = await party.handle("PARTY", class_=(COMPUTING, SOFT))
        applied = {number: outcome for number, outcome in outcomes(passed).items() if outcome == APPLIED}
        assert applied == {LI_NA: APPLIED, LIU_YANG: APPLIED}
        assert sums(passed) == (2, 3, 0)
    async with story.exactly(1):
        assert outcomes(await party.handle("PARTY", numbers=[WU_LEI])) == {WU_LEI: APPLIED}


async def the_college_signs_off(story: Story) -> None:
    counsellor = await story.desk("counsellor")
    async with story.exactly(20):
        for class_, size in ((SOFT, 5), (NETWORK, 2), (MASTERS, 3)):
            for item in ("REG_FORM", "STU_CARD"):
                assert sums(await counsellor.handle(item, class_=(COMPUTING, class_))) == (size, 0, 0)
    async with story.exactly(0):
        refused = await counsellor.handle("COLLEGE_FINAL", numbers=[ZHANG_SHAN])
        assert blockers(refused["rows"][0]) == ["LEAGUE"]
        moves = await counsellor.sheet(ZHANG_SHAN, "clearances { item { code } moves { status refusal { code } } }")
        assert moves is not None
        [final] = [each for each in moves["clearances"] if each["item"]["code"] == "COLLEGE_FINAL"]
        assert {each["status"]: each["refusal"] and each["refusal"]["code"] for each in final["moves"]} == {
            "CLEARED": "BLOCKED",
            "NOT_REQUIRED": "FINAL_MUST_BE_CLEARED",
        }
    async with story.exactly(1):
        await counsellor.handle("LEAGUE", numbers=[ZHANG_SHAN])
    async with story.exactly(1):
        assert outcomes(await counsellor.handle("COLLEGE_FINAL", numbers=[LI_NA])) == {LI_NA: APPLIED}
    async with story.exactly(9):
        signed = await counsellor.handle("COLLEGE_FINAL", range_=(FIRST, LAST))
        assert outcomes(signed) == {**dict.fromkeys(OF_COMPUTING, APPLIED), LI_NA: UNCHANGED}
    sheet = await (await story.desk("lina")).sheet(LI_NA, EVERYTHING_OF_A_STUDENT)
    assert sheet is not None
    assert sheet["progress"] == {"settled": 10, "required": 10}


async def revoking_an_item_reopens_the_sign_off(story: Story) -> None:
    library, counsellor = await story.desk("limin"), await story.desk("counsellor")
    three = ("LIB_BOOKS", "CARD", "COLLEGE_FINAL")
    async with story.exactly(3):  # the book, the card's flag, and the sign-off
        revoked = await library.handle("LIB_BOOKS", "PENDING", numbers=[WANG_WEI])
        assert (sums(revoked), outcomes(revoked)) == ((1, 0, 0), {WANG_WEI: APPLIED})
    assert await counsellor.statuses(WANG_WEI, *three) == ["PENDING", "CLEARED", "PENDING"]
    seen = await counsellor.clearances(WANG_WEI)
    assert (seen["CARD"]["prerequisiteReopened"], seen["COLLEGE_FINAL"]["decidedBy"]) == (True, "CASCADE")
    async with story.exactly(3):  # the operation is taken back whole
        assert (await library.by_id("undoOperation", revoked["operation"]["id"]))["applied"] == 1
    assert await counsellor.statuses(WANG_WEI, *three) == ["CLEARED", "CLEARED", "CLEARED"]
    async with story.exactly(3):
        await library.handle("LIB_BOOKS", "PENDING", numbers=[ZHANG_SHAN])
    async with story.exactly(2):  # the book, and the flag falls; the sign-off is the college's to give again
        await library.handle("LIB_BOOKS", numbers=[ZHANG_SHAN])
    assert await counsellor.statuses(ZHANG_SHAN, *three) == ["CLEARED", "CLEARED", "PENDING"]
    async with story.exactly(1):
        await counsellor.handle("COLLEGE_FINAL", numbers=[ZHANG_SHAN])


async def a_stale_page_changes_nothing(story: Story) -> None:
    library = await story.desk("limin")
    seen = (await library.clearances(SU_QING))["LIB_BOOKS"]
    async with story.exactly(3):  # his sign-off goes again, and stays open for the rest of the season
        await library.handle("LIB_BOOKS", "PENDING", numbers=[SU_QING], hold="还欠两本书")
    async with story.exactly(0):
        stale = await library.handle(
            "LIB_BOOKS", numbers=[SU_QING], expectedVersions=[{"id": seen["id"], "version": seen["version"]}]
        )
        assert (outcomes(stale), stale["rows"][0]["by"]) == ({SU_QING: "STALE_ROW"}, "李敏")


async def an_idempotency_key_acts_once(story: Story) -> None:
    library = await story.desk("limin")
    again = {"numbers": [SU_QING], "status": None, "note": "请尽快归还", "idempotencyKey": "once"}
    async with story.exactly(1):
        first = await library.handle("LIB_BOOKS", **again)
        second = await library.handle("LIB_BOOKS", **again)
        assert second["operation"]["id"] == first["operation"]["id"]
    async with story.exactly(0):
        error = await library.refused(
            "setClearances",
            batch=BATCH,
            item="LIB_BOOKS",
            note="另一句",
            select={"studentNos": [SU_QING]},
            idempotencyKey="once",
        )
        assert error["code"] == "IDEMPOTENCY_MISMATCH"
