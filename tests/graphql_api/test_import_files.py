"""The four lists as files (R8, R15, R18, R27, R28): what is bad in one is told with its cell; rows and file are one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from models import Operation
from tests import factories as make
from tests.api import Desk, OpenDesk, member
from tests.graphql_api.listing import MUTATIONS, failed, mutation, refused, sent, upload
from tests.graphql_api.odd_files import REFUSED, workbook

HEAD = ("批次", "学号", "姓名", "班级", "环节", "办理状态", "备注", "行标识", "行版本")
COLUMNS = """query ($file: ID!, $kind: ImportKind!) { importColumns(file: $file, kind: $kind) {
  sheet otherSheets headingRow rows missing { field label }
  columns { cell heading field label recognised taken problem } } }"""

#: One bad row each, below the good one in row 2: its cells, then the column at fault, code and message.
BAD_CLEARANCES: list[tuple[tuple[Any, ...], str, str, str]] = [
    (
        ("", 20230002, "", "", "图书清还", "3"),
        "B",
        "BAD_INPUT",
        "单元格 {cell}:学号是数字格式,可能已丢失前导 0 或末几位。请设为文本后重新填写。",
    ),
    (
        ("", "20230003", "", "", "图书清还", "3"),
        "B",
        "NOT_FOUND",
        "单元格 {cell}:未找到学号 20230003,请核对;若学生不在本批次,请联系学院数据维护员。",
    ),
    (
        ("2025-06", "0020230004", "", "", "图书清还", "3"),
        "A",
        "BAD_INPUT",
        '单元格 {cell}:离校批次"2025-06"不是本次所选的,本行属于另一份名单,未导入。请改选后导入该行,或改正。',
    ),
    (
        ("", "0020230005", "", "", "学费结清", "3"),
        "E",
        "FORBIDDEN",
        (
            '单元格 {cell}:您当前身份为"学校离校办理人员(图书馆)",不能导入名单"学费结清"。'
            '需要"学校离校办理人员(财务处)"身份。'
        ),
    ),
    (
        ("", "0020230006", "", "", "没有的环节", "3"),
        "E",
        "NOT_FOUND",
        "单元格 {cell}:未找到环节 没有的环节,请核对环节代码。",
    ),
    (
        ("", "0020230007", "", "", "图书清还", "完成"),
        "F",
        "BAD_INPUT",
        '单元格 {cell}:"完成" 填写有误,应为 1 / 2 / 3。请改正后重试。',
    ),
    (
        ("", "0020230008", "", "", "图书清还", date(2026, 6, 1)),
        "F",
        "BAD_INPUT",
        "单元格 {cell}:办理状态被 Excel 当成了日期(2026-06-01)。请把单元格设为文本后重新填写。",
    ),
    (
        ("", "0020230009", "", "", "图书清还", "=1+2"),
        "F",
        "BAD_INPUT",
        '单元格 {cell}:办理状态是公式,结果会随表格变动。请复制后"选择性粘贴→数值",再重新导入。',
    ),
    (
        ("", "0020230010", "", "", "图书清还", "3", "#N/A"),
        "G",
        "BAD_INPUT",
        "单元格 {cell}:办理备注是错误值(如 #N/A)。请改正公式或填写内容后重新导入。",
    ),
    (
        ("", "0020230001", "", "", "图书清还", "3"),
        "B",
        "DUPLICATE",
        "单元格 {cell}:学号 0020230001 与第 2 行重复,请只保留一行。",
    ),
    (
        ("", "0020230012", "李四", "", "图书清还", "3"),
        "C",
        "ROW_MISMATCH",
        '第 {row} 行(单元格 {cell}):学号与姓名不符(表中"李四",系统"张三"),本行未导入。',
    ),
    (
        ("", "0020230013", "", "", "图书清还", "3", "", "nonsense", "1"),
        "B",
        "ROW_MISMATCH",
        "单元格 {cell}:第 {row} 行的学号与隐藏的行标识不符,可能只对部分列排过序,本行未导入。请重新导出后修改。",
    ),
    (("", "", "张三", "", "图书清还", "3"), "B", "BAD_INPUT", "单元格 {cell}:学号未填写。请补全后重新导入。"),
    (
        ("", "0020230014", "", "", "图书清还", "2"),
        "F",
        "REASON_REQUIRED",
        '单元格 {cell}:设为"无需办理"须填写原因。',
    ),
    (("", "0020230015", "", "", "", "3"), "E", "BAD_INPUT", "单元格 {cell}:环节未填写。请补全后重新导入。"),
    (("", "0020230016", "", "", "图书清还", ""), "F", "BAD_INPUT", "单元格 {cell}:办理状态未填写。请补全后重新导入。"),
    (
        ("", "0020230017", "", "", "图书清还", "3 未办理"),
        "F",
        "BAD_INPUT",
        '单元格 {cell}:"3 未办理" 填写有误,应为 1 / 2 / 3。请改正后重试。',
    ),
    (
        ("", "0020230018", "", "", "图书清还", "3", "长" * 256),
        "G",
        "BAD_INPUT",
        "单元格 {cell}:办理备注太长。请缩短后重新导入。",
    ),
]
GOOD = ("2026-06批次", "0020230001", "张三", "1班", "BOOKS", "3 已办理", "")


@pytest.fixture
async def season(api: OpenDesk) -> make.SeasonOf:
    return await make.season(await make.university())


@pytest.fixture
async def desk(season: make.SeasonOf, api: OpenDesk) -> Desk:
    await member("limin", "operator", await make.Department.get(code="TSG"), name="李敏")
    return await api(as_="limin")


async def test_each_bad_row_of_statuses_is_told_with_its_cell(season: make.SeasonOf, desk: Desk) -> None:
    people = [await make.student(f"002023{n:04}", class_name="1班") for n in range(1, 19)]
    sheets = await make.sheets(season.batch, people)
    result = await sent(desk, "importClearances", [HEAD, GOOD, *(cells for cells, *_ in BAD_CLEARANCES)])
    told = [
        (f"{column}{row}", code, message.format(row=row, cell=f"{column}{row}"))
        for row, (_, column, code, message) in enumerate(BAD_CLEARANCES, 3)
    ]
    assert refused(result) == told
    assert result["applied"] == 1
    assert await make.statuses(sheets, "BOOKS") == [make.CLEARED, *[make.PENDING] * 17]


async def test_the_same_is_told_in_english(season: make.SeasonOf, desk: Desk, api: OpenDesk) -> None:
    await make.crowd(season.batch, 4)
    english = await api(as_="limin", locale="en")
    rows = [
        ("Student no.", "Name", "Item", "Status", "Batch"),
        ("20230001", "张三", "Library books", "Cleared", "2026-06"),
        ("20230001", "张三", "BOOKS", "3", ""),
        (20230002, "张三", "BOOKS", "3", ""),
        ("20230003", "李四", "BOOKS", "3", ""),
        ("20230004", "张三", "BOOKS", date(2026, 6, 1), ""),
        ("20230004", "张三", "BOOKS", "3", "2025-06"),
    ]
    result = await sent(english, "importClearances", rows)
    assert result["applied"] == 1
    assert [message for *_, message in refused(result)] == [
        "Cell A3: Student no. 20230001 stands in row 2, too; keep one row only.",
        (
            "Cell A4: Student no. came as a number and may have lost leading zeros or its last digits. "
            "Make it text and type it again."
        ),
        "Row 5 (B5): number and name do not match; row not imported.",
        "Cell D6: Status was turned into a date by Excel (2026-06-01). Make the cell text and type it again.",
        (
            'Cell E7: Leaving batch "2025-06" is not the one chosen; the row belongs to another list and was not '
            "imported. Choose that one for it, or correct the cell."
        ),
    ]
    error = await failed(english, "importClearances", [("Name", "Status"), ("张三", "3")])
    assert error["message"] == (
        'Sheet "名单" lacks a column: Student no. (the template has it). Add it with its heading and upload that.'
    )


async def test_rows_and_a_file_are_one(season: make.SeasonOf, desk: Desk) -> None:
    await make.sheets(season.batch, [await make.student(f"002023{n:04}", class_name="1班") for n in range(1, 4)])
    rows = [
        ("0020230001", "张三", "2班", "图书清还", "3", "已还"),
        ("0020230002", "李四", "", "图书清还", "3", ""),
        ("77", "", "", "", "完成", ""),
    ]
    names = ("studentNo", "name", "className", "item", "status", "note")
    by_file = await sent(desk, "importClearances", [names, *rows], dryRun=True)
    listed = [{**dict(zip(names, row, strict=True)), "row": place} for place, row in enumerate(rows, 2)]
    given = {"batch": "2026-06", "rows": listed, "dryRun": True}
    by_rows = (await desk.query(mutation("importClearances"), input=given))["importClearances"]
    assert by_file.pop("operation") != by_rows.pop("operation")
    assert [row.pop("cell") for row in by_file["rows"]] == [None, "B3", "D4"]
    for row in [*by_file["rows"], *by_rows["rows"]]:
        del row["message"]  # which names the cell, where there is one
        row.pop("cell", None)
    assert by_file == by_rows
    assert by_file["ignored"] == [{"field": "className", "label": "班级", "count": 1}]
    assert by_file["rows"][0]["ignored"] == [{"field": "className", "label": "班级"}]


async def test_the_untouched_file_and_the_same_file_again_change_nothing(season: make.SeasonOf, desk: Desk) -> None:
    [sheet] = await make.crowd(season.batch, 1)
    file = workbook(("学号", "环节", "办理状态"), ("20230001", "BOOKS", "3"))
    first = await sent(desk, "importClearances", file, idempotencyKey="k1")
    before = await make.recorded()
    same_upload = await sent(desk, "importClearances", file, idempotencyKey="k1")
    assert (same_upload["applied"], same_upload["operation"]) == (1, first["operation"])
    assert await make.recorded() == before
    again = await sent(desk, "importClearances", file)
    assert (again["applied"], again["unchanged"], again["message"]) == (0, 1, "没有变化。")
    assert (await make.recorded())[1] == before[1]
    other = await failed(desk, "importClearances", workbook(("学号", "环节"), ("1", "x")), idempotencyKey="k1")
    assert other["code"] == "IDEMPOTENCY_MISMATCH"
    assert await make.status(sheet, "BOOKS") is make.CLEARED
    parameters = (await Operation.all().order_by("id").first()).parameters  # type: ignore[union-attr]  # there is one
    assert {name: parameters["file"][name] for name in ("name", "sheet")} == {"name": "lixiao.xlsx", "sheet": "名单"}


async def test_a_bare_list_takes_item_and_status_from_the_screen(season: make.SeasonOf, desk: Desk) -> None:
    sheets = await make.crowd(season.batch, 3)
    rows = [("1", "20230001", "张三"), ("2", "20230002", "李四"), ("3", 20230003, "张三")]
    result = await sent(desk, "importClearances", rows, item="BOOKS", status="CLEARED")
    assert [(row["row"], row["outcome"], row["cell"], row["code"]) for row in result["rows"]] == [
        (1, "APPLIED", None, None),
        (2, "REFUSED", "C2", "ROW_MISMATCH"),
        (3, "REFUSED", "B3", "BAD_INPUT"),
    ]
    assert await make.statuses(sheets, "BOOKS") == [make.CLEARED, make.PENDING, make.PENDING]


async def test_a_row_changed_since_the_export_is_told_with_who_and_when(season: make.SeasonOf, desk: Desk) -> None:
    from graphql_api import ids

    [sheet] = await make.crowd(season.batch, 1)
    clearance = await make.clearance(sheet, "BOOKS")
    row = ("", "20230001", "张三", "", "BOOKS", "3", "", ids.encode("Clearance", clearance.id), str(clearance.version))
    await sent(desk, "importClearances", [("学号", "环节", "状态", "备注"), ("20230001", "BOOKS", "1", "尚欠一本")])
    result = await sent(desk, "importClearances", [HEAD, row])
    [(cell, code, message)] = refused(result)
    assert (cell, code, result["rows"][0]["by"]) == ("F2", "STALE_ROW", "李敏")
    assert message.startswith("单元格 F2:自您导出后,该行已由 李敏 于 ")


async def test_more_than_twenty_rows_that_disagree_refuse_the_file(season: make.SeasonOf, desk: Desk) -> None:
    await make.crowd(season.batch, 22)
    rows = [("学号", "姓名", "环节", "状态"), *((f"2023{n:04}", "李四", "BOOKS", "3") for n in range(1, 22))]
    error = await failed(desk, "importClearances", rows)
    assert (error["code"], error["params"], error["message"]) == (
        "ROW_MISMATCH",
        {"count": 21},
        "有 21 行学号与行标识不符,疑似排序错行,整份文件未导入。请重新导出后修改。",
    )


# --- the file as a whole


WHOLE: list[tuple[Sequence[Sequence[Any]], str, str]] = [
    (
        [("学号", "姓名", "学工号"), ("1", "", "1")],
        "DOUBLED_COLUMN",
        '单元格 C1 的"学工号"与 A1 是同一列,不知道以哪一列为准。请只留一列后重新上传。',
    ),
    (
        [("姓名", "环节"), ("张三", "BOOKS")],
        "MISSING_COLUMN",
        '工作表"名单"缺少这些列:学号。请补上标题和内容(可先下载模板),再重新上传。',
    ),
    (
        [("学号", "姓名")],
        "NO_ROWS",
        '工作表"名单"没有名单行。请把名单放在第一张工作表,标题行之下,再重新上传。',
    ),
    (
        [("学号", "姓名"), ("示例:0020230001", "张三")],
        "NO_ROWS",
        '工作表"名单"没有名单行。请把名单放在第一张工作表,标题行之下,再重新上传。',
    ),
    (
        [("图书馆",), ("请查收",)],
        "MISSING_COLUMN",
        '工作表"名单"缺少这些列:学号。请补上标题和内容(可先下载模板),再重新上传。',
    ),
]


@pytest.mark.parametrize(("rows", "problem", "message"), WHOLE)
async def test_a_file_that_is_no_such_list_is_refused_as_a_whole(
    desk: Desk, rows: Sequence[Sequence[Any]], problem: str, message: str
) -> None:
    before = await make.recorded()
    error = await failed(desk, "importClearances", rows, item="BOOKS", status="CLEARED")
    assert (error["code"], error["params"]["problem"], error["message"]) == ("BAD_INPUT", problem, message)
    assert error["violations"][0]["path"] == ["input", "file"]
    assert await make.recorded() == before


async def test_what_is_no_workbook_is_refused_in_words(desk: Desk) -> None:
    before, told = await make.recorded(), {}
    for make_file, problem, facts in REFUSED.values():
        content = make_file()
        if content.strip() and len(content) <= 20 << 20:  # else no upload takes it
            error = await failed(desk, "importClearances", content)
            assert (error["code"], error["params"]) == ("BAD_INPUT", {"problem": problem, **facts})
            told[problem] = error["message"]
    assert told.keys() == {problem for _, problem, _ in REFUSED.values()} - {"EMPTY_FILE", "TOO_LARGE"}
    assert [message for message in told.values() if not message.endswith("。") or message.isascii()] == []
    assert told["WEB_PAGE"] == (
        "这是网页,不是 Excel 文件(有些系统导出的 .xls 其实是网页)。"
        '请用 Excel 打开,另存为"Excel 工作簿(.xlsx)"后重新上传。'
    )
    assert await make.recorded() == before


async def test_a_list_comes_in_exactly_one_way(desk: Desk) -> None:
    file = await upload(desk, workbook(("学号",), ("1",)))
    for name in MUTATIONS:
        college = {"college": "15"} if name == "importPeople" else {}
        for given in ({}, {"rows": [], "file": file}):
            error = await desk.error(mutation(name), input={"batch": "2026-06", **college, **given})
            assert error["code"] in ("BAD_INPUT", "FORBIDDEN")
    error = await desk.error(mutation("importClearances"), input={"batch": "2026-06"})
    assert error["message"] == "请在 rows(逐行数据)与 file(已上传的文件)中只选一种方式提交名单。"


async def test_a_file_of_somebody_else_is_not_there(desk: Desk, api: OpenDesk) -> None:
    file = await upload(desk, workbook(("学号",), ("1",)))
    await member("wangfang", "operator", await make.Department.get(code="TSG"))
    other = await api(as_="wangfang")
    error = await other.error(mutation("importClearances"), input={"batch": "2026-06", "file": file})
    assert (error["code"], error["violations"][0]["path"]) == ("NOT_FOUND", ["input", "file"])
