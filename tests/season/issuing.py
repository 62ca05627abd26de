"""发证与截止: entitlements and numbers, 发放两证, taking back, the stragglers after closing (R19, R20, R28, B19)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.season.cast import (
    CHEN_JING,
    COMPUTING,
    LI_NA,
    LIU_YANG,
    NETWORK,
    NOBODY,
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
from tests.season.story import (
    BATCH,
    CERTIFICATES,
    EVERYTHING_OF_A_STUDENT,
    STATE,
    Acting,
    Answer,
    Story,
    outcomes,
    sums,
)

GRADUATION, DEGREE = "GRADUATION", "DEGREE"


def line(number: str, kind: str, certificate: str | None = None, *, printed: bool = True) -> Answer:
    """A line of the registrar's list."""
    return {"studentNo": number, "kind": kind, "number": certificate, "printed": printed and certificate is not None}


LIST = [
    line(LI_NA, GRADUATION, "106351202605000001"),
    line(LI_NA, DEGREE, "1063542026000001"),
    line(WANG_WEI, GRADUATION, "106351202605000002"),
    line(WANG_WEI, DEGREE),  # entitled; neither a number nor printed yet
    line(ZHANG_SHAN, GRADUATION, "106351202605000003", printed=False),
    line(CHEN_JING, GRADUATION, "106351202605000005"),
    line(ZHAO_QIANG, GRADUATION, "106351202605000006"),
    line(ZHOU_MIN, GRADUATION, "106351202605000007"),
    line(ZHOU_MIN, DEGREE, "1063542026000007"),
    line(SU_QING, GRADUATION, "106351202605000011"),
    line(SUN_YUE, GRADUATION, "106351202605000010"),
]


async def state(of: Acting, number: str) -> Answer:
    """The certificate line of a sheet."""
    sheet = await of.sheet(number, STATE)
    assert sheet is not None
    return dict(sheet["certificateState"])


async def certificate_ids(of: Acting, number: str) -> list[str]:
    sheet = await of.sheet(number, CERTIFICATES)
    assert sheet is not None
    return [each["id"] for each in sheet["certificates"]]


async def the_registrar_imports_who_is_entitled(story: Story) -> None:
    registrar, officer = await story.desk("registrar"), await story.desk("certofficer")
    async with story.exactly(0):
        error = await officer.refused("importCertificates", batch=BATCH, rows=LIST)
        assert (error["code"], error["params"]["action"]) == ("FORBIDDEN", "import")
    async with story.exactly(11):
        wrong = [
            {"row": 13, **line(NOBODY, GRADUATION, "1063512026050099")},
            {"row": 14, "name": "刘阳", **line(LIU_YANG, GRADUATION, "106351202605000004")},
        ]
        listed = await registrar.act("importCertificates", batch=BATCH, rows=[*LIST, *wrong])
        assert sums(listed) == (11, 0, 2)
        assert [row["code"] for row in listed["rows"][11:]] == ["NOT_FOUND", "ROW_MISMATCH"]
    async with story.exactly(0):
        assert sums(await registrar.act("importCertificates", batch=BATCH, rows=LIST)) == (0, 11, 0)
        taken = [line(ZHENG_SHUANG, GRADUATION, "106351202605000001")]
        twice = await registrar.act("importCertificates", batch=BATCH, rows=taken)
        assert outcomes(twice) == {ZHENG_SHUANG: "DUPLICATE"}
    assert (await state(officer, LI_NA))["message"] == "可领取"
    student = await (await story.desk("lina")).sheet(LI_NA, EVERYTHING_OF_A_STUDENT)
    assert student is not None
    assert student["certificateState"] == {
        "code": "READY",
        "message": "可领取",
        "place": "计算机楼201",
        "phone": "8415",
        "refusal": None,
    }


async def the_officer_is_refused_what_may_not_be_issued(story: Story) -> None:
    officer, english = await story.desk("certofficer"), await story.desk("certofficer", "en")
    async with story.exactly(0):
        blocked = await officer.issue(numbers=[SU_QING])
        assert outcomes(blocked) == {SU_QING: "BLOCKED"}
        assert blocked["rows"][0]["message"] == (
            "还不能发证:还有 2 个环节未办理,两证均不能发放——图书清还(图书馆 图书馆一层服务台 8105)、"
            "院系离校(计算机与信息科学学院学生工作办公室 8215)。"
        )
        shown = await english.issue(numbers=[SU_QING])
        assert shown["rows"][0]["message"].startswith(
            "Cannot issue: 2 items still needed; neither certificate may be issued – Library books and fines ("
        )
        assert outcomes(await officer.issue(numbers=[LIU_YANG])) == {LIU_YANG: "NOT_ENTITLED"}
        assert outcomes(await officer.issue(numbers=[WANG_WEI], kinds=[DEGREE])) == {WANG_WEI: "NO_NUMBER"}
        assert outcomes(await officer.issue(numbers=[ZHANG_SHAN])) == {ZHANG_SHAN: "NOT_PRINTED"}
        assert outcomes(await officer.issue(numbers=[SUN_YUE])) == {SUN_YUE: "NOT_FOUND"}
        other = [{"studentNo": LI_NA, "number": "106351202605000002"}]
        assert outcomes(await officer.issue(numbers=[LI_NA], confirm=other)) == {LI_NA: "ROW_MISMATCH"}
        last4 = [{"studentNo": LI_NA, "idLast4": "9999"}]
        assert outcomes(await officer.issue(numbers=[LI_NA], confirm=last4)) == {LI_NA: "ROW_MISMATCH"}
        error = await officer.refused(
            "issueCertificates", batch=BATCH, select={"range": {"from": LI_NA, "to": "20221501201"}}
        )
        assert (error["code"], error["params"]) == ("RANGE_TOO_LARGE", {"count": 201, "limit": 200})
        library = await (await story.desk("limin")).refused(
            "issueCertificates", batch=BATCH, select={"studentNos": [LI_NA]}
        )
        assert library["message"] == '您当前身份为"学校离校办理人员(图书馆)",不能发放证书。需要"学院发证人员"身份。'
    assert await officer.count("certificates", {"status": {"eq": "ISSUED"}}) == 0


async def both_certificates_are_issued_and_nothing_changes_any_more(story: Story) -> None:
    officer, library = await story.desk("certofficer"), await story.desk("limin")
    confirmed = [{"studentNo": LI_NA, "number": "106351202605000001", "idLast4": "1001"}]
    async with story.exactly(2):
        done = await officer.issue(numbers=[LI_NA], confirm=confirmed)
        assert (sums(done), [row["itemCode"] for row in done["rows"]]) == ((2, 0, 0), [GRADUATION, DEGREE])
    assert (await state(officer, LI_NA))["message"] == "已发放两证"
    assert (await state(await story.desk("lina", "en"), LI_NA))["message"] == "Both certificates issued"
    async with story.exactly(0):
        second = await officer.issue(numbers=[LI_NA])
        assert [(row["code"], row["by"]) for row in second["rows"]] == [("ALREADY_ISSUED", "吴静怡")] * 2
        revoked = await library.handle("LIB_BOOKS", "PENDING", numbers=[LI_NA])
        assert outcomes(revoked) == {LI_NA: "ALREADY_ISSUED"}
        noted = await library.handle("LIB_BOOKS", None, numbers=[LI_NA], note="补记")
        assert outcomes(noted) == {LI_NA: "ALREADY_ISSUED"}
        office = await story.desk("office")
        cancelled = await office.act("cancelSheet", batch=BATCH, select={"studentNos": [LI_NA]}, reason="误列")
        assert outcomes(cancelled) == {LI_NA: "ALREADY_ISSUED"}


async def an_issue_is_taken_back_and_given_again(story: Story) -> None:
    officer = await story.desk("certofficer")
    both = await certificate_ids(officer, LI_NA)
    async with story.exactly(0):
        error = await officer.refused("undoIssue", certificates=both, reason=" ", recovered=True)
        assert error["code"] == "REASON_REQUIRED"
    async with story.exactly(2):
        back = await officer.act("undoIssue", certificates=both, reason="误发,证书已收回", recovered=True)
        assert sums(back) == (2, 0, 0)
    assert (await state(officer, LI_NA))["code"] == "READY"
    async with story.exactly(1):
        assert sums(await officer.issue(numbers=[LI_NA], kinds=[GRADUATION])) == (1, 0, 0)
    assert (await state(officer, LI_NA))["message"] == "已发放毕业证书,学位证书待发"
    async with story.exactly(1):
        proxy = {
            "collection": "PROXY",
            "name": "李建国",
            "idLast4": "123X",
            "relation": "父亲",
            "letterChecked": True,
        }
        assert sums(await officer.issue(numbers=[LI_NA], kinds=[DEGREE], collectedBy=proxy)) == (1, 0, 0)
    assert (await state(officer, LI_NA))["message"] == "已发放两证"


async def certificates_are_issued_class_by_class(story: Story) -> None:
    officer = await story.desk("certofficer")
    async with story.exactly(0):
        shown = await officer.issue(class_=(COMPUTING, SOFT), dryRun=True)
        assert (shown["applied"], shown["refused"]) == (1, 6)
    async with story.exactly(2):
        class_ = await officer.issue(class_=(COMPUTING, NETWORK), collectedBy={"collection": "VIA_CLASS"})
        assert outcomes(class_) == {CHEN_JING: "APPLIED", ZHAO_QIANG: "APPLIED"}
    assert (await state(officer, CHEN_JING))["message"] == "已发放毕业证书(无学位证书)"
    async with story.exactly(3):  # the gate is asked for everybody; the others are listed with what they lack
        rest = await officer.issue(range_=("20221501001", "20221501200"))
        by_student = {(row["studentNo"], row["itemCode"]): row["code"] or row["outcome"] for row in rest["rows"]}
        assert by_student == {
            (LI_NA, GRADUATION): "ALREADY_ISSUED",
            (LI_NA, DEGREE): "ALREADY_ISSUED",
            (WANG_WEI, GRADUATION): "APPLIED",
            (WANG_WEI, DEGREE): "NO_NUMBER",
            (ZHANG_SHAN, GRADUATION): "NOT_PRINTED",
            (LIU_YANG, None): "NOT_ENTITLED",
            (CHEN_JING, GRADUATION): "ALREADY_ISSUED",
            (ZHAO_QIANG, GRADUATION): "ALREADY_ISSUED",
            (ZHOU_MIN, GRADUATION): "APPLIED",
            (ZHOU_MIN, DEGREE): "APPLIED",
            (WU_LEI, None): "NOT_ENTITLED",
            (ZHENG_SHUANG, None): "NOT_ENTITLED",
            (SU_QING, None): "BLOCKED",
        }


async def an_undo_leaves_issued_sheets_alone(story: Story) -> None:
    library = await story.desk("limin")
    document = """{ operations(where: { kind: { eq: SET_CLEARANCES }, state: { eq: APPLIED }, applied: { eq: 8 } })
      { nodes { id } } }"""
    [range_] = (await library.ask(document))["operations"]["nodes"]
    async with story.exactly(0):
        shown = await library.by_id("undoOperation", range_["id"], dryRun=True)
        assert outcomes(shown) == {
            **dict.fromkeys((WANG_WEI, CHEN_JING, ZHAO_QIANG), "ALREADY_ISSUED"),
            **dict.fromkeys((ZHANG_SHAN, SU_QING), "STALE_ROW"),
            **dict.fromkeys((LIU_YANG, WU_LEI, ZHENG_SHUANG), "CONFLICT"),
        }


# --- closing


async def the_batch_closes_and_a_straggler_goes_on(story: Story) -> None:
    office, library, counsellor = await story.desk("office"), await story.desk("limin"), await story.desk("counsellor")
    async with story.exactly(1):
        assert sums(await office.act("closeBatch", batch=BATCH)) == (1, 0, 0)
    async with story.exactly(0):
        late = await library.handle("LIB_BOOKS", numbers=[SU_QING])
        assert outcomes(late) == {SU_QING: "BATCH_NOT_OPEN"}
        assert late["rows"][0]["message"] == "本批次已截止。个别补办请联系学生离校工作主管部门开通。"
        error = await (await story.desk("fangwu")).refused("applyToLeave", leaveType="GRADUATION")
        assert error["code"] == "BATCH_NOT_OPEN"
        past = await office.refused(
            "setLateUntil", batch=BATCH, select={"studentNos": [SU_QING]}, until="2020-01-01T00:00:00Z", reason="补办"
        )
        assert past["code"] == "BAD_INPUT"
    async with story.exactly(1):
        until = (datetime.now(UTC) + timedelta(days=3)).isoformat()
        await office.act("setLateUntil", batch=BATCH, select={"studentNos": [SU_QING]}, until=until, reason="补办")
    async with story.exactly(0):  # single acts only
        bulk = await library.handle("LIB_BOOKS", numbers=[SU_QING, LIU_YANG], status="PENDING")
        assert outcomes(bulk)[LIU_YANG] == "BATCH_NOT_OPEN"
        range_ = await library.handle("LIB_BOOKS", range_=(SU_QING, SU_QING))
        assert outcomes(range_) == {SU_QING: "BATCH_NOT_OPEN"}
    async with story.exactly(2):  # the book, and the card's flag falls
        assert outcomes(await library.handle("LIB_BOOKS", numbers=[SU_QING])) == {SU_QING: "APPLIED"}
    async with story.exactly(1):
        assert outcomes(await counsellor.handle("COLLEGE_FINAL", numbers=[SU_QING])) == {SU_QING: "APPLIED"}
    async with story.exactly(1):
        assert sums(await (await story.desk("certofficer")).issue(numbers=[SU_QING])) == (1, 0, 0)
    sheet = await (await story.desk("suqing")).sheet(SU_QING, EVERYTHING_OF_A_STUDENT)
    assert sheet is not None
    assert (sheet["progress"], sheet["certificateState"]["code"]) == ({"settled": 8, "required": 8}, "ISSUED")


#: The totals at the end, counted by hand: item → (未办理, 无需办理, 已办理) over the eleven sheets.
TOTALS = {
    "LIB_BOOKS": (0, 0, 11),
    "LIB_THESIS": (0, 8, 3),
    "LIB_LOCKER": (0, 3, 8),
    "FIN_FEES": (0, 0, 11),
    "AID_LOAN": (0, 10, 1),
    "DORM_OUT": (0, 6, 5),
    "TEXTBOOK": (0, 5, 6),
    "SUPERVISOR": (0, 8, 3),
    "PARTY": (0, 8, 3),
    "LEAGUE": (0, 10, 1),
    "ARCHIVE": (0, 10, 1),
    "CAREER": (0, 11, 0),
    "REG_FORM": (1, 0, 10),
    "CARD": (0, 0, 11),
    "STU_CARD": (1, 0, 10),
    "COLLEGE_FINAL": (1, 0, 10),
}
CERTIFICATE_TOTALS = {
    (GRADUATION, "EXPECTED"): 1,
    (GRADUATION, "PRINTED"): 1,
    (GRADUATION, "ISSUED"): 6,
    (DEGREE, "EXPECTED"): 1,
    (DEGREE, "PRINTED"): 0,
    (DEGREE, "ISSUED"): 2,
}


async def the_totals_are_those_counted_by_hand(story: Story) -> None:
    office = await story.desk("office")
    for item, wanted in TOTALS.items():
        found = [
            await office.count("clearances", {"item": {"code": {"eq": item}}, "status": {"eq": status}})
            for status in ("PENDING", "NOT_REQUIRED", "CLEARED")
        ]
        assert tuple(found) == wanted, item
    for (kind, status), number in CERTIFICATE_TOTALS.items():
        found_here = await office.count("certificates", {"kind": {"eq": kind}, "status": {"eq": status}})
        assert found_here == number, (kind, status)
    library = await story.desk("limin")
    assert await library.count("clearances") == 33  # three items of eleven sheets, and nobody else's
    assert await (await story.desk("certofficer02")).count("certificates") == 1


async def an_archived_batch_is_past_changing(story: Story) -> None:
    office = await story.desk("office")
    async with story.exactly(1):
        await office.act("reopenBatch", batch=BATCH, reason="文学院补办一人")
    async with story.exactly(1):
        await (await story.desk("counsellor02")).handle("REG_FORM", numbers=[SUN_YUE])
    async with story.exactly(2):
        await office.act("closeBatch", batch=BATCH)
        await office.act("archiveBatch", batch=BATCH)
    async with story.exactly(0):
        done = await (await story.desk("counsellor02")).handle("STU_CARD", numbers=[SUN_YUE])
        assert outcomes(done) == {SUN_YUE: "BATCH_NOT_OPEN"}
        [back] = await certificate_ids(await story.desk("certofficer"), SU_QING)
        undone = await (await story.desk("certofficer")).act(
            "undoIssue", certificates=[back], reason="误发", recovered=True
        )
        assert [row["code"] for row in undone["rows"]] == ["BATCH_NOT_OPEN"]
        error = await office.refused("reopenBatch", batch=BATCH, reason="再补办")
        assert error["code"] == "BATCH_NOT_OPEN"
