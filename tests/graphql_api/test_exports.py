"""Rows as a file: exactly those of the query, in columns that may leave; as Excel, CSV, JSON, and as lixiao.xlsx."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from graphql_api import export_files, export_pages, workbook
from graphql_api.context import Context
from graphql_api.export_pages import Question
from graphql_api.mutations import exports
from models import Clearance, College, RoleAssignment, Student
from tests import factories as make
from tests.api import Desk, OpenDesk, member
from tests.graphql_api.libreoffice import saved_again

EXPORT = """mutation ($input: ExportRowsInput!) {
  exportRows(input: $input) { id name mediaType size rows state progress problem url }
}"""
FILE = "query ($id: ID!) { file(id: $id) { state rows problem } }"
CANCEL = "mutation ($id: ID!) { cancelFile(id: $id) }"
LONG = 60.0  # seconds that a test waits for a file


async def asked(desk: Desk, **wanted: Any) -> dict[str, Any]:
    return dict((await desk.query(EXPORT, input={"waitSeconds": LONG} | wanted))["exportRows"])


async def content(desk: Desk, **wanted: Any) -> bytes:
    file = await asked(desk, **wanted)
    assert (file["state"], file["progress"], file["problem"]) == ("READY", 100, None)
    answer = await desk.http.get(file["url"])
    assert (answer.status_code, len(answer.content)) == (200, file["size"])
    return answer.content


async def table(desk: Desk, **wanted: Any) -> list[tuple[Any, ...]]:
    """The cells of the workbook's first sheet."""
    return list(openpyxl.load_workbook(io.BytesIO(await content(desk, **wanted))).worksheets[0].values)


async def refused(desk: Desk, **wanted: Any) -> dict[str, Any]:
    """The error of an export that is refused; no file stays."""
    before = await make.contents("file")
    error = await desk.error(EXPORT, input={"waitSeconds": LONG} | wanted)
    assert await make.contents("file") == before
    return error


@pytest.fixture
async def office(api: OpenDesk) -> Desk:
    """Two batches' rows, and the graduation office."""
    place = await make.university()
    season = await make.season(place)
    await make.crowd(season.batch, 3, college=place.college, name="=1+1")
    await make.crowd(season.batch, 2, college=place.other_college, prefix="002024")
    await member("office", "office")
    return await api(as_="office")


# --- what is in it


async def test_the_rows_of_the_query_leave_in_its_order_and_columns(office: Desk) -> None:
    head, *rows = await table(
        office,
        object="Sheet",
        columns=["student.studentNo", "student.name", "college", "leaveType", "progress"],
        where={"student": {"studentNo": {"startsWith": "2023"}}},
        orderBy=[{"student": {"studentNo": "DESC"}}],
    )
    assert head == ("学号", "姓名", "学院", "离校类别", "进度")
    numbers = [each.student_no for each in await Student.filter(student_no__startswith="2023").order_by("-student_no")]
    assert [row[0] for row in rows] == numbers
    assert {row[1:4] for row in rows} == {("=1+1", "计算机与信息科学学院", "毕业")}
    assert all(str(row[4]).startswith("0(共 ") for row in rows)


async def test_words_and_headings_are_in_the_callers_language(office: Desk, api: OpenDesk) -> None:
    english = await api(as_="office", locale="en")
    wanted = {"object": "Sheet", "columns": ["college", "leaveType"], "search": "002024"}
    assert (await table(english, **wanted))[0] == ("College", "Leaving type")
    assert {row[1] for row in (await table(english, **wanted))[1:]} == {"Graduation"}
    book = openpyxl.load_workbook(io.BytesIO(await content(english, **wanted)))
    assert book.sheetnames == ["Clearance sheets", "About the columns"]
    about = [row[:2] for row in book["About the columns"].iter_rows(min_row=2, values_only=True)]
    assert about == [("学院", "College"), ("离校类别", "Leaving type")]


async def test_every_page_of_a_long_list_leaves_once(office: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_pages, "PAGES", (7,))
    count = await Clearance.all().count()
    _, *rows = await table(office, object="Clearance", columns=["id"])
    assert len(rows) == len(set(rows)) == count > 14


async def test_a_page_that_costs_too_much_is_asked_in_smaller_ones(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_pages, "PAGES", (100_000, 3))
    assert len(await table(office, object="Sheet", columns=["className"])) == 1 + 5


async def test_csv_and_json_hold_the_same_rows(office: Desk) -> None:
    columns = ["student.studentNo", "student.name", "createdAt"]
    wanted = {"object": "Sheet", "columns": columns, "orderBy": [{"createdAt": "ASC"}]}
    text = await content(office, **wanted, format="CSV")
    assert text.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(text.decode("utf-8-sig")))
    sheet = await table(office, **wanted)
    assert (tuple(head), len(rows)) == (sheet[0], 5)
    assert [row[0] for row in rows] == [str(row[0]) if row[0][0] != "0" else f"'{row[0]}" for row in sheet[1:]]
    assert [row[1].removeprefix("'") for row in rows] == [row[1] for row in sheet[1:]]
    assert "'=1+1" in {row[1] for row in rows}
    assert [row[2] for row in rows] == [str(row[2]) for row in sheet[1:]]
    listed = await office.query(
        "{ sheets(orderBy: [{ createdAt: ASC }]) { nodes { student { studentNo name } createdAt } } }"
    )
    assert json.loads(await content(office, **wanted, format="JSON")) == {"data": listed}


async def test_texts_in_a_file_are_never_formulas_also_after_libreoffice(office: Desk, tmp_path: Path) -> None:
    await Student.filter(student_no__startswith="002024").update(name='=HYPERLINK("http://127.0.0.1/","x")')
    first = await content(office, object="Student", columns=["studentNo", "name"])
    for file in (first, saved_again(first, tmp_path)):
        cells = [cell for row in openpyxl.load_workbook(io.BytesIO(file)).worksheets[0].iter_rows() for cell in row]
        assert {cell.data_type for cell in cells} == {"s"}
        assert [line.cell(0).kind for line in (await workbook.read(file)).lines] == [""] * 6
    assert await _texts(first) == await _texts(saved_again(first, tmp_path))


async def _texts(file: bytes) -> list[list[str]]:
    return [[line.cell(n).text for n in range(len(line))] for line in (await workbook.read(file)).lines]


# --- lixiao.xlsx


async def test_statuses_have_their_codes_words_keys_and_versions(office: Desk) -> None:
    file = await content(office, object="Clearance", layout="STATUSES", where={"item": {"code": {"eq": "BOOKS"}}})
    book = openpyxl.load_workbook(io.BytesIO(file))
    sheet = book.worksheets[0]
    head, *rows = sheet.values
    assert head[:6] == ("离校批次", "学号", "姓名", "学院", "专业", "班级")
    assert head[6:] == ("环节", "办理状态", "状态说明", "办理备注(学生可见)", "行标识", "行版本")
    assert {row[0:1] + row[6:9] for row in rows} == {("2026-06", "图书清还", "1", "未办理")}
    listed = await office.query(
        "{ clearances(where: { item: { code: { eq: BOOKS } } }) { nodes { id version } } }".replace("BOOKS", '"BOOKS"')
    )
    keys = [(row[10], row[11]) for row in rows]
    assert keys == [(each["id"], str(each["version"])) for each in listed["clearances"]["nodes"]]
    hidden = [letter for letter, about in sheet.column_dimensions.items() if about.hidden]
    [offered] = sheet.data_validations.dataValidation
    assert (hidden, str(offered.sqref), offered.formula1) == (["K", "L"], "H2:H1048576", '"1,2,3"')
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}
    may = {row[0]: row[5] for row in book.worksheets[1].iter_rows(min_row=2, values_only=True)}
    assert [name for name, words in may.items() if words == "可以 · yes"] == ["办理状态", "办理备注(学生可见)"]
    assert list(may) == list(head)


async def test_it_is_called_lixiao_and_is_for_statuses_alone(office: Desk) -> None:
    file = await asked(office, object="Clearance", layout="STATUSES")
    assert (file["name"], file["rows"]) == ("lixiao.xlsx", await Clearance.all().count())
    for wanted in ({"object": "Sheet"}, {"object": "Clearance", "format": "CSV"}):
        error = await refused(office, layout="STATUSES", **wanted)
        assert (error["code"], error["violations"][0]["path"]) == ("BAD_INPUT", ["input", "layout"])


# --- what may leave


async def test_a_column_that_may_not_leave_is_refused_by_name(office: Desk) -> None:
    for name, columns in (("Student", ["name", "phone"]), ("Sheet", ["student.phone"])):
        error = await refused(office, object=name, columns=columns)
        assert (error["code"], error["params"]["action"]) == ("FORBIDDEN", "export")
        assert (error["params"]["object"], error["params"]["field"]) == ("Student", "phone")


async def test_who_exports_nothing_gets_no_file(office: Desk, api: OpenDesk) -> None:
    await member("auditor", "auditor")
    error = await refused(await api(as_="auditor"), object="Sheet", columns=["className"])
    assert (error["code"], error["params"]["action"]) == ("FORBIDDEN", "export")
    assert (await refused(await api(), object="Sheet"))["code"] == "UNAUTHENTICATED"


async def test_rows_out_of_scope_are_in_no_file(office: Desk, api: OpenDesk) -> None:
    college = (await Student.filter(student_no__startswith="2023").first().select_related("college")).college  # type: ignore[union-attr]  # there are three
    await member("counsellor", "counsellor", college)
    _, *rows = await table(await api(as_="counsellor"), object="Sheet", columns=["college"])
    assert [row[0] for row in rows] == [college.name] * 3


async def test_a_right_that_is_taken_away_ends_the_file(
    office: Desk, api: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page is asked by the rights of its moment."""
    monkeypatch.setattr(export_pages, "PAGES", (2,))
    desk = await _between_pages(office, monkeypatch, lambda: RoleAssignment.all().delete())
    error = await refused(desk, object="Sheet", columns=["className"])
    assert error["code"] in ("UNAUTHENTICATED", "FORBIDDEN")


async def test_a_file_is_not_put_together_from_two_roles(
    office: Desk, api: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_pages, "PAGES", (2,))
    await member("office", "counsellor", await College.all().first())
    desk = await api(as_="office")
    choose = "mutation ($role: String!) { chooseRole(input: { role: $role }) { role } }"
    await desk.query(choose, role="office")
    await _between_pages(desk, monkeypatch, lambda: desk.query(choose, role="counsellor"))
    error = await refused(desk, object="Sheet", columns=["className"])
    assert (error["code"], error["params"]["problem"]) == ("CONFLICT", "OTHER_ROLE_SINCE")


async def _between_pages(desk: Desk, monkeypatch: pytest.MonkeyPatch, act: Any) -> Desk:
    """Does something after the first page of whatever is exported."""
    honest, pages = export_pages.pages_of, []

    async def pages_of(context: Context, question: Question) -> AsyncIterator[list[dict[str, Any]]]:
        async for page in honest(context, question):
            yield page
            pages.append(page)
            if len(pages) == 1:
                await act()

    monkeypatch.setattr(export_files, "pages_of", pages_of)
    return desk


# --- what is wrong with the question


@pytest.mark.parametrize(
    ("wanted", "problem", "path"),
    [
        ({"object": "Nothing"}, "NO_OBJECT", ["object"]),
        ({"object": "Sheet", "columns": []}, "NO_COLUMNS", ["columns"]),
        ({"object": "Sheet", "columns": ["className"] * 51}, "MANY_COLUMNS", ["columns"]),
        ({"object": "Sheet", "columns": ["className", "className"]}, "COLUMN_TWICE", ["columns"]),
        ({"object": "Sheet", "columns": ["className", "nothing"]}, "NO_COLUMN", ["columns", "1"]),
        ({"object": "Sheet", "columns": ["clearances"]}, "NO_COLUMN", ["columns", "0"]),
        ({"object": "Sheet", "columns": ["student."]}, "NO_COLUMN", ["columns", "0"]),
        ({"object": "Sheet", "columns": ["className.x"]}, "NO_COLUMN", ["columns", "0"]),
        ({"object": "Sheet", "columns": ["student { idNo }"]}, "NO_COLUMN", ["columns", "0"]),
        ({"object": "Clearance", "columns": ["sheet.progress"]}, "NO_COLUMN", ["columns", "0"]),
    ],
)
async def test_what_there_is_not_is_named(office: Desk, wanted: Any, problem: str, path: list[str]) -> None:
    error = await refused(office, **wanted)
    assert (error["code"], error["params"]["problem"]) == ("BAD_INPUT", problem)
    assert error["violations"][0]["path"] == ["input", *path]
    assert error["message"] != "BAD_INPUT"


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ({"where": {"nothing": {"eq": "x"}}}, ["where"]),
        ({"where": {"className": {"eq": 7}}}, ["where", "className", "eq"]),
        ({"orderBy": [{"className": "UP"}]}, ["orderBy", "0", "className"]),
    ],
)
async def test_conditions_are_those_of_the_list(office: Desk, wanted: Any, path: list[str]) -> None:
    error = await refused(office, object="Sheet", columns=["className"], **wanted)
    assert (error["code"], error["violations"][0]["path"]) == ("BAD_INPUT", ["input", *path])


async def test_more_rows_than_a_file_holds_are_refused_with_their_number(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST_ROWS", 4)
    error = await refused(office, object="Sheet", columns=["className"])
    assert error["params"] == {"problem": "EXPORT_TOO_LONG", "argument": "input.where", "count": 5, "limit": 4}
    assert "共 5 行" in error["message"]


# --- while it is made


async def test_a_file_that_takes_long_goes_on_and_can_be_cancelled(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, stopped = asyncio.Event(), asyncio.Event()

    async def pages_of(_context: Context, _question: Question) -> AsyncIterator[list[dict[str, Any]]]:
        yield [{"className": "软件工程卓越2201班"}]
        held.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    monkeypatch.setattr(export_files, "pages_of", pages_of)
    file = await asked(office, object="Sheet", columns=["className"], waitSeconds=0)
    assert file["state"] in ("WAITING", "MAKING")
    await asyncio.wait_for(held.wait(), LONG)
    assert (await office.query(FILE, id=file["id"]))["file"]["state"] == "MAKING"
    assert (await office.query(CANCEL, id=file["id"]))["cancelFile"] is True
    assert (await office.query(FILE, id=file["id"]))["file"]["state"] == "CANCELLED"
    await asyncio.wait_for(stopped.wait(), LONG)


async def test_who_asked_for_very_much_waits_instead_of_being_cut_off(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        monkeypatch.undo()

    monkeypatch.setattr(export_pages, "PAUSE", sleep)
    raise_once = [{"message": "x", "extensions": {"code": "RATE_LIMITED", "params": {"seconds": 3}, "violations": []}}]
    honest = export_pages.answer_to

    async def answer_to(*asked: Any) -> Any:
        answer = await honest(*asked)
        if not waited:
            answer.errors, answer.data = raise_once, None
        return answer

    monkeypatch.setattr(export_pages, "answer_to", answer_to)
    assert len(await table(office, object="Sheet", columns=["className"])) == 1 + 5
    assert waited == [3]
