"""A list as a file: the very rows of its address, in its columns and order, with what may leave and nothing else."""

from __future__ import annotations

import csv
import html
import io
import re
from urllib.parse import unquote

import pytest

from graphql_api.csv_text import guarded, lines
from tests.served import Person, Someone


def table(person: Person, path: str, **parameters: str) -> list[list[str]]:
    """The cells of the file at `path`; the mark at its beginning is looked at and left out."""
    answer = person.http.get(path, params=parameters or None)
    assert answer.status_code == 200, answer.text[:300]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def shown(person: Person, label: str) -> list[str]:
    cells = re.findall(rf'<td data-label="{label}"[^>]*>(.*?)</td>', person.text, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in cells]


@pytest.fixture
def counsellor(someone: Someone) -> Person:
    return someone("counsellor", role="counsellor")


def test_the_file_holds_what_the_list_shows(counsellor: Person) -> None:
    asked = {"flt_className_contains": "软件工程卓越2201", "sort": "student.name", "desc": "1", "page_size": "100"}
    counsellor.get("/admin/sheet/", **asked)
    numbers = shown(counsellor, "学号")
    assert len(numbers) == 24
    address = re.search(r'href="(/admin/sheet/export/csv[^"]*)"', counsellor.text)
    assert address is not None
    head, *rows = table(counsellor, html.unescape(address[1]))
    assert head == ["学号", "姓名", "进度", "班级", "离校类别"]
    assert [row[0].removeprefix("'") for row in rows] == numbers
    assert [row[1] for row in rows] == shown(counsellor, "姓名")
    assert rows[[row[1] for row in rows].index("林晓雨")][2] == "6(共 13)"


def test_all_pages_and_the_chosen_columns(counsellor: Person) -> None:
    counsellor.get("/admin/clearance/", batch="all")
    count = re.search(r"共 (\d+) 条", counsellor.words)
    assert count is not None
    head, *rows = table(
        counsellor, "/admin/clearance/export/csv", batch="all", columns="item,status,sheet.student.studentNo"
    )
    assert (head, len(rows)) == (["环节", "办理状态", "学号"], int(count[1]))
    assert {row[1] for row in rows} <= {"未办理", "无需办理", "已办理"}


def test_states_are_told_in_words(someone: Someone) -> None:
    asked = {"flt_cause_eq": "RULE", "columns": "after,cause"}
    _, *rows = table(someone("office"), "/admin/event/export/csv", **asked)
    assert {row[1] for row in rows} <= {"规则"}
    _, *rows = table(someone("office"), "/admin/event/export/csv", columns="after", flt_after_contains="CLEARED")
    assert {row[0] for row in rows} == {"已办理"}


def test_every_row_comes_once_beyond_the_first_page(someone: Someone) -> None:
    """More rows than one page of the API holds."""
    office = someone("office")
    office.get("/admin/clearance/", batch="all", state="all")
    count = re.search(r"共 (\d+) 条", office.words)
    assert count is not None
    assert int(count[1]) > 1_000
    columns = "sheet.batch,sheet.student.studentNo,item"
    _, *rows = table(office, "/admin/clearance/export/csv", batch="all", state="all", columns=columns)
    assert len(rows) == len({tuple(row) for row in rows}) == int(count[1])


def test_a_column_that_may_be_read_and_not_exported_stays_out(counsellor: Person) -> None:
    asked = {"columns": "studentNo,politicalStatus,name", "flt_studentNo_contains": "22159910"}
    counsellor.get("/admin/student/", **asked)
    assert "政治面貌" in counsellor.text
    assert "您当前身份不能导出:政治面貌;文件中没有这些列。" in counsellor.text
    head, *rows = table(counsellor, "/admin/student/export/csv", **asked)
    assert (head, len(rows)) == (["学号", "姓名"], 9)


def test_who_exports_nothing_finds_no_button_and_gets_no_file(someone: Someone) -> None:
    auditor = someone("auditor")
    auditor.get("/admin/sheet/", batch="all", state="all")
    assert "/admin/sheet/export/csv" not in auditor.text
    assert auditor.http.get("/admin/sheet/export/csv").status_code == 403
    counsellor = someone("counsellor", role="counsellor")
    assert counsellor.http.get("/admin/student/export/csv", params={"columns": "politicalStatus"}).status_code == 403
    assert someone("student").http.get("/admin/sheet/export/csv").status_code == 403


def test_it_is_called_as_the_list_is_in_its_readers_language(someone: Someone) -> None:
    chinese = someone("counsellor", role="counsellor").http.get("/admin/sheet/export/csv")
    named = re.fullmatch(
        r"attachment; filename=\"sheet-\d{4}-\d\d-\d\d\.csv\"; filename\*=UTF-8''(.*)",
        chinese.headers["Content-Disposition"],
    )
    assert named is not None
    assert re.fullmatch(r"离校单-\d{4}-\d\d-\d\d\.csv", unquote(named[1]))
    english = someone("counsellor", role="counsellor", language="en")
    head, *rows = table(
        english, "/admin/sheet/export/csv", flt_className_contains="卓越", columns="student,leaveType,college"
    )
    assert head == ["Student", "Leaving type", "College"]
    assert ["Graduation", "School of Computer and Information Science"] in [row[1:] for row in rows]


def test_there_is_one_kind_of_file_at_either_address(counsellor: Person) -> None:
    asked = {"flt_className_contains": "软件工程卓越2201"}
    assert table(counsellor, "/admin/sheet/export/csv/", **asked) == table(
        counsellor, "/admin/sheet/export/csv", **asked
    )
    for kind in ("xlsx", "json", "tsv", "html"):
        assert counsellor.http.get(f"/admin/sheet/export/{kind}/", params=asked).status_code == 404
    assert counsellor.http.post("/admin/sheet/export/csv", data={}).status_code in (400, 405)


def test_a_wrong_condition_gives_no_file(counsellor: Person) -> None:
    assert counsellor.http.get("/admin/sheet/export/csv", params={"q": "((("}).status_code == 400


def test_nothing_in_the_file_is_a_formula_or_another_number() -> None:
    for text in (
        "=1+1",
        "+49",
        "-5",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "\nx",
        "002215901",
        "202215031071",
        "2215E902",
        "3-12",
        "1/2",
    ):
        assert guarded(text) == f"'{text}"
    for text in ("221599101", "2215X9902", "张三", "0", "软件工程卓越2201班", "", "'x", "6(共 13)"):
        assert guarded(text) == text
    assert [guarded(text, exact=False) for text in ("2026-06-20", "12", "-5")] == ["2026-06-20", "12", "'-5"]
    assert lines([["a,b", 'c"d', "e\nf"], ["", "x", "y"]]) == '"a,b","c""d","e\nf"\r\n,x,y\r\n'


def test_the_rows_of_an_operation_keep_their_numbers_too(counsellor: Person) -> None:
    counsellor.get("/admin/bulk/")
    asked = {"item": "COLLEGE_FINAL", "status": "CLEARED", "way": "studentNos", "studentNos": "002215901 221599119"}
    counsellor.post("/admin/bulk/", step="check", **asked)
    operation = re.search(r'name="operation" value="([^"]+)"', counsellor.text)
    assert operation is not None, counsellor.words
    _, *rows = table(counsellor, "/admin/operation/rows.csv", id=operation[1], outcome="REFUSED")
    assert [row[0] for row in rows] == ["'002215901"]
