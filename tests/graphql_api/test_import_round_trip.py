"""The untouched export, imported, changes nothing (R15, B2): as it is, and as LibreOffice saves it; what was touched in
it changes, and nothing besides."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from models import Clearance
from tests import factories as make
from tests.api import Desk, OpenDesk, member
from tests.graphql_api.libreoffice import saved_again
from tests.graphql_api.listing import download, refused, sent

EXPORT = """mutation ($input: ExportRowsInput!) { exportRows(input: $input) { id name rows state } }"""
#: Texts that programs like to change.
NOTES = (
    "=1+2",
    "+86 138",
    "-1",
    "@SUM(A1)",
    "'=1",
    "'quoted",
    "0012",
    "1e5",
    "2026-06-24",
    "3/4",
    "TRUE",
    "两行\n备注",
    " 前后有空格 ",
    "a_x000D_b",
    "😀 emoji",
    "<b>&amp;",
    "尚欠《数据结构》一本",
    "〔见附件〕",
    "",
)


@pytest.fixture
async def season(api: OpenDesk) -> make.SeasonOf:
    return await make.season(await make.university())


@pytest.fixture
async def desk(season: make.SeasonOf, api: OpenDesk) -> Desk:
    await member("limin", "operator", await make.Department.get(code="TSG"), name="李敏")
    people = [
        await make.student(f"00202300{n:02}", class_name="=1班" if n % 2 else "", major="0812", name=f"学生{n}")
        for n in range(len(NOTES))
    ]
    sheets = await make.sheets(season.batch, people)
    for n, (sheet, note) in enumerate(zip(sheets, NOTES, strict=True)):
        status = (make.PENDING, make.CLEARED, make.NOT_REQUIRED)[n % 3]
        await Clearance.filter(sheet=sheet, item=season["BOOKS"]).update(note=note, status=status)
    return await api(as_="limin")


async def exported(desk: Desk) -> bytes:
    asked = {
        "object": "Clearance",
        "layout": "STATUSES",
        "where": {"item": {"code": {"eq": "BOOKS"}}},
        "waitSeconds": 30,
    }
    made = (await desk.query(EXPORT, input=asked))["exportRows"]
    assert (made["name"], made["rows"], made["state"]) == ("lixiao.xlsx", len(NOTES), "READY")
    return await download(desk, made["id"])


@pytest.mark.parametrize("saved", ["as it is", "xlsx", "xls"])
async def test_the_untouched_export_changes_nothing(desk: Desk, tmp_path: Path, saved: str) -> None:
    content = await exported(desk)
    if saved != "as it is":
        content = saved_again(content, tmp_path, kind=saved)
    before, kept = await make.recorded(), await make.contents("clearance")
    for dry_run in (True, False):
        result = await sent(desk, "importClearances", content, dryRun=dry_run)
        assert refused(result) == []
        assert (result["applied"], result["unchanged"], result["refused"]) == (0, len(NOTES), 0)
        assert result["ignored"] == []
    assert (await make.recorded())[1] == before[1]
    assert await make.contents("clearance") == kept


async def test_what_was_touched_changes_and_nothing_besides(season: make.SeasonOf, desk: Desk, tmp_path: Path) -> None:
    content = await exported(desk)
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet: Any = book.worksheets[0]
    places = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, places["办理状态"]).value = "3"
    sheet.cell(3, places["办理备注(学生可见)"]).value = ""
    sheet.cell(4, places["办理备注(学生可见)"]).value = "新备注"
    sheet.cell(5, places["班级"]).value = "2班"
    sheet.cell(6, places["姓名"]).value = "别人"
    sheet.cell(7, places["学号"]).value = "0020230000"
    touched = io.BytesIO()
    book.save(touched)
    before = await make.recorded()
    result = await sent(desk, "importClearances", touched.getvalue())
    told = [(row["row"], row["outcome"], row["cell"], row["code"]) for row in result["rows"]]
    assert [each for each in told if each[1] != "UNCHANGED"] == [
        (2, "APPLIED", None, None),
        (4, "APPLIED", None, None),
        (6, "REFUSED", "C6", "ROW_MISMATCH"),
        (7, "REFUSED", "C7", "ROW_MISMATCH"),
    ]
    assert result["ignored"] == [{"field": "className", "label": "班级", "count": 1}]
    assert (await make.recorded())[1] == before[1] + 2
