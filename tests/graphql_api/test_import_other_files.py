"""People, certificates and the roster as files (R18, R27, R28), what is recognised in one, templates, refused rows."""

from __future__ import annotations

from typing import Any

import pytest

from models import Student
from models.certificates import Certificate
from models.enums import CertificateStatus, LeaveType, Level
from models.season import Sheet
from tests import factories as make
from tests.api import Desk, OpenDesk, member
from tests.graphql_api.listing import download, refused, sent, sheet_of, upload
from tests.graphql_api.odd_files import workbook

COLUMNS = """query ($file: ID!, $kind: ImportKind!) { importColumns(file: $file, kind: $kind) {
  sheet otherSheets headingRow rows missing { field label }
  columns { cell heading field label recognised taken problem } } }"""
TEMPLATE = """mutation ($kind: ImportKind!, $object: String, $batch: String) {
  importTemplate(kind: $kind, object: $object, batch: $batch) { id name rows state } }"""
REFUSED_ROWS = "mutation ($operation: ID!) { refusedRows(operation: $operation) { id name rows } }"


@pytest.fixture
async def season(api: OpenDesk) -> make.SeasonOf:
    return await make.season(await make.university())


async def keeper(api: OpenDesk) -> Desk:
    await member("keeper", "data_keeper", await make.College.get(code="15"))
    return await api(as_="keeper")


async def test_people_come_by_file(season: make.SeasonOf, api: OpenDesk) -> None:
    desk = await keeper(api)
    head = ("学工号*", "姓名*", "性别", "培养层次", "学院", "身份证号", "住校", "离校类别", "手机")
    rows = [
        ("2022001", "王伟", "男", "硕士生", "计算机与信息科学学院", "11010119900307123X", "是", "转学", "13800000000"),
        ("2022002", "李娜", "女", "本科生", "15", 110101199003071234, "否", "", ""),
        ("2022003", "李四", "女", "本科生", "文学院", "", "否", "", ""),
        ("2022004", "赵六", "?", "本科生", "", "", "否", "", ""),
        ("2022005", "钱七", "男", "", "", "", "", "", ""),
        ("2022001", "王伟", "男", "硕士生", "", "", "", "", ""),
        ("2022006", "孙八", "男", "本科生", "", "", "也许", "", 13800000000),
    ]
    result = await sent(desk, "importPeople", [head, *rows])
    assert refused(result) == [
        ("F3", "BAD_INPUT", "单元格 F3:身份证件号是数字格式,可能已丢失前导 0 或末几位。请设为文本后重新填写。"),
        (
            "E4",
            "BAD_INPUT",
            '单元格 E4:学院"文学院"不是本次所选的,本行属于另一份名单,未导入。请改选后导入该行,或改正。',
        ),
        ("C5", "BAD_INPUT", '单元格 C5:性别"?"无法识别,应为 男 / 女。请改正后重新导入。'),
        ("D6", "BAD_INPUT", "单元格 D6:培养层次未填写。请补全后重新导入。"),
        ("A7", "DUPLICATE", "单元格 A7:学号 2022001 与第 2 行重复,请只保留一行。"),
        ("I8", "BAD_INPUT", "单元格 I8:手机号是数字格式,可能已丢失前导 0 或末几位。请设为文本后重新填写。"),
    ]
    made = await Student.get(student_no="2022001")
    assert (made.level, made.id_no, made.is_resident) == (Level.M, "11010119900307123X", True)
    assert (await Sheet.get(student=made)).leave_type is LeaveType.TRANSFER
    assert (result["applied"], await Student.all().count()) == (1, 1)
    again = await sent(desk, "importPeople", [head, *rows])
    assert (again["applied"], again["unchanged"]) == (0, 1)


async def test_certificates_come_by_file(season: make.SeasonOf, api: OpenDesk) -> None:
    await member("registrar", "registrar")
    desk = await api(as_="registrar")
    await make.crowd(season.batch, 5)
    rows = [
        ("学号", "姓名", "证书类型", "证书编号", "已制证"),
        ("20230001", "张三", "毕业证书", "100", "是"),
        ("20230002", "张三", "毕业证书", "100", "是"),
        ("20230003", "张三", "毕业证书", 20260001, ""),
        ("20230004", "", "毕业证", "", ""),
        ("20230005", "", "学位证书", "", "是"),
        ("20230005", "李四", "毕业证书", "", ""),
    ]
    result = await sent(desk, "importCertificates", rows)
    assert refused(result) == [
        ("D2", "DUPLICATE", "单元格 D2:证书编号 100 与第 3 行重复。请核对,只保留一行。"),
        ("D3", "DUPLICATE", "单元格 D3:证书编号 100 与第 2 行重复。请核对,只保留一行。"),
        ("D4", "BAD_INPUT", "单元格 D4:证书编号是数字格式,可能已丢失前导 0 或末几位。请设为文本后重新填写。"),
        (
            "C5",
            "BAD_INPUT",
            (
                '单元格 C5:证书种类"毕业证"无法识别,应为 毕业证书 / 学位证书 / 结业证书 / 肄业证书 / 证明书。'
                "请改正后重新导入。"
            ),
        ),
        ("D6", "NO_NUMBER", '单元格 D6:已制证的证书须有编号。请填写证书编号,或在"已制证"列填 否。'),
        ("B7", "ROW_MISMATCH", '第 7 行(单元格 B7):学号与姓名不符(表中"李四",系统"张三"),本行未导入。'),
    ]
    assert await Certificate.all().count() == 0
    mended = [rows[0], rows[1], ("20230005", "", "学位证书", "", "否")]
    assert (await sent(desk, "importCertificates", mended))["applied"] == 2
    kept = await Certificate.all().order_by("id").values_list("number", "status")
    assert kept == [("100", CertificateStatus.PRINTED), (None, CertificateStatus.EXPECTED)]


async def test_a_roster_comes_by_file(season: make.SeasonOf, api: OpenDesk) -> None:
    await member("office", "office")
    desk = await api(as_="office")
    for n in range(1, 5):
        await make.student(f"002023000{n}")
    rows = [
        ("2026届拟毕业生名单",),
        ("学号", "姓名", "离校类型"),
        ("0020230001", "张三", ""),
        ("0020230002", "", "结业"),
        ("0020230001", "", ""),
        ("0020230003", "李四", ""),
        ("0020230004", "", "毕了"),
        (20230004, "", ""),
        ("77", "", ""),
    ]
    result = await sent(desk, "loadRoster", rows)
    assert refused(result) == [
        ("A5", "DUPLICATE", "单元格 A5:学号 0020230001 与第 3 行重复,请只保留一行。"),
        ("B6", "ROW_MISMATCH", '第 6 行(单元格 B6):学号与姓名不符(表中"李四",系统"张三"),本行未导入。'),
        (
            "C7",
            "BAD_INPUT",
            (
                '单元格 C7:离校类别"毕了"无法识别,应为 毕业 / 结业 / 肄业 / 退学 / 转学 / 交流期满 / 其他。'
                "请改正后重新导入。"
            ),
        ),
        ("A8", "BAD_INPUT", "单元格 A8:学号是数字格式,可能已丢失前导 0 或末几位。请设为文本后重新填写。"),
        ("A9", "NOT_FOUND", "单元格 A9:未找到学号 77,请核对;若学生不在本批次,请联系学院数据维护员。"),
    ]
    assert await Sheet.all().order_by("id").values_list("leave_type", flat=True) == [
        LeaveType.GRADUATION,
        LeaveType.COMPLETION,
    ]
    bare = await sent(desk, "loadRoster", [("0020230003",), ("0020230004", "张三")])
    assert (bare["applied"], [row["row"] for row in bare["rows"]]) == (2, [1, 2])


# --- what is recognised


async def test_what_is_recognised_is_asked_before(season: make.SeasonOf, api: OpenDesk) -> None:
    desk = await keeper(api)
    head = ("学号", "姓名", "性别", "姓 名", "爱好", "身份证件号(掩码)")
    file = await upload(
        desk, workbook(("离校人员",), head, ("2022001",), change=lambda book, _: book.create_sheet("说明"))
    )
    told = (await desk.query(COLUMNS, file=file, kind="PEOPLE"))["importColumns"]
    columns = told.pop("columns")
    assert told == {
        "sheet": "名单",
        "otherSheets": ["说明"],
        "headingRow": 2,
        "rows": 1,
        "missing": [{"field": "level", "label": "培养层次"}],
    }
    assert [(each["cell"], each["field"], each["taken"], each["problem"]) for each in columns] == [
        ("A2", "studentNo", True, None),
        ("B2", "name", True, None),
        ("C2", "gender", True, None),
        ("D2", "name", False, "与 B2 是同一列,请只留一列。"),
        ("E2", None, False, "不认识这一列,不会导入。"),
        ("F2", "idNoMasked", False, None),
    ]


# --- templates, and rows to be mended


@pytest.mark.parametrize("kind", ["CLEARANCES", "PEOPLE", "CERTIFICATES", "ROSTER", "ROWS"])
async def test_a_template_is_understood_when_it_comes_back(season: make.SeasonOf, api: OpenDesk, kind: str) -> None:
    await member("office", "office")
    desk = await api(as_="office")
    asked = {"kind": kind, "batch": "2026-06", **({"object": "Building"} if kind == "ROWS" else {})}
    made = (await desk.query(TEMPLATE, **asked))["importTemplate"]
    assert (made["rows"], made["state"], made["name"].startswith("导入模板-")) == (0, "READY", True)
    content = await download(desk, made["id"])
    about = COLUMNS.replace("$kind: ImportKind!)", "$kind: ImportKind!, $object: String)").replace(
        "kind: $kind)", "kind: $kind, object: $object)"
    )
    given = {"file": await upload(desk, content), "kind": kind, "object": asked.get("object")}
    told = (await desk.query(about, **given))["importColumns"]
    assert (told["missing"], told["rows"], told["otherSheets"]) == ([], 0, ["说明"])
    assert [each for each in told["columns"] if not each["taken"] or each["problem"]] == []
    assert sheet_of(content)[1][0].startswith("示例:")


async def test_a_template_of_statuses_offers_the_items_of_the_batch(season: make.SeasonOf, api: OpenDesk) -> None:
    await member("limin", "operator", await make.Department.get(code="TSG"))
    desk = await api(as_="limin")
    made = (await desk.query(TEMPLATE, kind="CLEARANCES", batch="2026-06"))["importTemplate"]
    head, example = sheet_of(await download(desk, made["id"]))
    assert head == ["离校批次", "学号 *", "姓名", "环节", "办理状态", "办理备注(学生可见)"]
    assert example == ["示例:2026-06", "0020230001", "张三", "图书清还", "3 已办理", None]
    about = {row[0]: row[4] for row in sheet_of(await download(desk, made["id"]), 1)}
    items = "图书清还 / 公寓退宿 / 学费结清 / 校园卡注销 / 导师签字 / 组织关系转移 / 毕业去向登记 / 院系离校"
    assert (about["环节"], about["办理状态"]) == (items, "1 未办理 / 2 无需办理 / 3 已办理")
    error = await desk.error(TEMPLATE, kind="ROWS", object="Nonsense")
    assert (error["code"], error["params"]["problem"]) == ("BAD_INPUT", "NO_LIST_OF")
    assert "Building" in error["message"]
    error = await desk.error(COLUMNS, file=await upload(desk, workbook(("学号",), ("1",))), kind="ROWS")
    assert (error["code"], error["params"]["problem"]) == ("BAD_INPUT", "NO_LIST_OF")


async def test_a_filled_template_is_imported_without_its_example(season: make.SeasonOf, api: OpenDesk) -> None:
    desk = await keeper(api)
    made = (await desk.query(TEMPLATE, kind="PEOPLE"))["importTemplate"]
    head, example = sheet_of(await download(desk, made["id"]))
    filled = {"学号 *": "2022001", "姓名 *": "王伟", "性别 *": "男", "培养层次 *": "本科生"}
    rows = [head, example, [filled.get(each) for each in head]]
    assert [(row["row"], row["outcome"]) for row in (await sent(desk, "importPeople", rows))["rows"]] == [
        (3, "APPLIED")
    ]


async def test_refused_rows_come_back_to_be_mended(season: make.SeasonOf, api: OpenDesk) -> None:
    await member("limin", "operator", await make.Department.get(code="TSG"), name="李敏")
    desk = await api(as_="limin")
    sheets = await make.crowd(season.batch, 4)
    rows: list[tuple[Any, ...]] = [
        ("题目",),
        ("学号", "姓名", "流程项", "办理状态", "备注", "爱好"),
        ("20230001", "张三", "BOOKS", "3", "", ""),
        (20230002, "张三", "BOOKS", 3, "", 7),
        ("20230003", "李四", "BOOKS", "3", "已还", ""),
        ("20230004", "张三", "BOOKS", "=1+2", "", ""),
    ]
    result = await sent(desk, "importClearances", rows)
    assert (result["applied"], result["refused"]) == (1, 3)
    made = (await desk.query(REFUSED_ROWS, operation=result["operation"]["id"]))["refusedRows"]
    assert (made["name"], made["rows"]) == ("未导入-lixiao.xlsx", 3)
    back = sheet_of(await download(desk, made["id"]))
    assert back == [
        ["学号", "姓名", "流程项", "办理状态", "备注", "爱好", "未导入原因", "原单元格"],
        [
            "〔数字格式 20230002〕",
            "张三",
            "BOOKS",
            "3",
            None,
            "7",
            "单元格 A4:学号是数字格式,可能已丢失前导 0 或末几位。请设为文本后重新填写。",
            "A4",
        ],
        [
            "20230003",
            "李四",
            "BOOKS",
            "3",
            "已还",
            None,
            '第 5 行(单元格 B5):学号与姓名不符(表中"李四",系统"张三"),本行未导入。',
            "B5",
        ],
        [
            "20230004",
            "张三",
            "BOOKS",
            "〔公式〕",
            None,
            None,
            '单元格 D6:办理状态是公式,结果会随表格变动。请复制后"选择性粘贴→数值",再重新导入。',
            "D6",
        ],
    ]
    unmended = await sent(desk, "importClearances", back)
    assert [(cell, message) for cell, _, message in refused(unmended)] == [
        ("A2", "单元格 A2:学号还是退回时的标记 〔数字格式 20230002〕。请改填正确的内容后重新导入。"),
        ("B3", '第 3 行(单元格 B3):学号与姓名不符(表中"李四",系统"张三"),本行未导入。'),
        ("D4", "单元格 D4:办理状态还是退回时的标记 〔公式〕。请改填正确的内容后重新导入。"),
    ]
    back[1][0], back[2][1], back[3][3] = "20230002", "张三", "3"
    assert (await sent(desk, "importClearances", back))["applied"] == 3
    assert await make.statuses(sheets, "BOOKS") == [make.CLEARED] * 4


async def test_what_refused_nothing_or_came_without_a_file_has_no_refused_rows(
    season: make.SeasonOf, api: OpenDesk
) -> None:
    await member("limin", "operator", await make.Department.get(code="TSG"))
    desk = await api(as_="limin")
    await make.crowd(season.batch, 1)
    result = await sent(desk, "importClearances", [("学号",), ("20230001",)], item="BOOKS", status="CLEARED")
    error = await desk.error(REFUSED_ROWS, operation=result["operation"]["id"])
    assert (error["code"], error["message"]) == ("BAD_INPUT", "该操作没有未导入的行。")
    document = "mutation ($input: ImportClearancesInput!) { importClearances(input: $input) { operation { id } } }"
    given = {"batch": "2026-06", "item": "BOOKS", "status": "CLEARED", "rows": [{"studentNo": "77"}]}
    done = (await desk.query(document, input=given))["importClearances"]
    error = await desk.error(REFUSED_ROWS, operation=done["operation"]["id"])
    assert error["params"]["problem"] == "NO_LIST_FILE"
    error = await desk.error(REFUSED_ROWS, operation="nonsense")
    assert error["code"] == "NOT_FOUND"
