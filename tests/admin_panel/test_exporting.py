"""A list as a file: the very rows of its address, in its columns and order, with what may leave and nothing else."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import httpx
import openpyxl
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from admin_panel import exports
from admin_panel.app import Installation, make_panel
from admin_panel.client import HttpClient
from admin_panel.language import Text
from graphql_api.csv_text import guarded, lines
from graphql_api.files import XLSX
from tests.admin_panel.test_lying_panel import SITE, signed_in
from tests.served import Person, Served, Someone

#: The lists of those who work for the graduation office.
LISTS = {"sheet", "student", "clearance", "certificate", "item", "batch", "event", "operation", "college", "department"}


def exported(person: Person, path: str, kind: str = "CSV", **parameters: str) -> httpx.Response:
    """What the list at `path` answers when it is asked for a file, with the token of its page."""
    person.get(path, **parameters)
    return person.http.post(f"{path}export", params=parameters or None, data={"csrf_token": person.token, "kind": kind})


def table(person: Person, path: str, **parameters: str) -> list[list[str]]:
    """The cells of the CSV file; the mark at its beginning is looked at and left out."""
    answer = exported(person, path, **parameters)
    assert answer.status_code == 200, answer.text[:300]
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def workbook(person: Person, path: str, kind: str = "XLSX", **parameters: str) -> list[tuple[Any, ...]]:
    """The cells of the first sheet of the Excel file."""
    answer = exported(person, path, kind, **parameters)
    assert answer.headers["Content-Type"] == XLSX, answer.text[:300]
    return list(openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0].values)


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
    address = re.search(r'action="(/admin/sheet/export[^"]*)"', counsellor.text)
    assert address is not None
    answer = counsellor.http.post(html.unescape(address[1]), data={"csrf_token": counsellor.token, "kind": "CSV"})
    head, *rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [head, *rows] == table(counsellor, "/admin/sheet/", **asked)
    assert [list(row) for row in workbook(counsellor, "/admin/sheet/", **asked)] == [
        [cell.removeprefix("'") for cell in row] for row in [head, *rows]
    ]
    assert head == ["学号", "姓名", "进度", "班级", "离校类别"]
    assert [row[0].removeprefix("'") for row in rows] == numbers
    assert [row[1] for row in rows] == shown(counsellor, "姓名")
    assert rows[[row[1] for row in rows].index("林晓雨")][2] == "6(共 13)"


def test_all_pages_and_the_chosen_columns(counsellor: Person) -> None:
    counsellor.get("/admin/clearance/", batch="all")
    count = re.search(r"共 (\d+) 条", counsellor.words)
    assert count is not None
    head, *rows = table(counsellor, "/admin/clearance/", batch="all", columns="item,status,sheet.student.studentNo")
    assert (head, len(rows)) == (["环节", "办理状态", "学号"], int(count[1]))
    assert {row[1] for row in rows} <= {"未办理", "无需办理", "已办理"}


def test_states_are_told_in_words(someone: Someone) -> None:
    asked = {"flt_cause_eq": "RULE", "columns": "after,cause"}
    _, *rows = table(someone("office"), "/admin/event/", **asked)
    assert {row[1] for row in rows} <= {"规则"}
    _, *rows = table(someone("office"), "/admin/event/", columns="after", flt_after_contains="CLEARED")
    assert {row[0] for row in rows} == {"已办理"}


def test_every_row_comes_once_beyond_the_first_page(someone: Someone) -> None:
    """More rows than one page of the API holds."""
    office = someone("office")
    office.get("/admin/clearance/", batch="all", state="all")
    count = re.search(r"共 (\d+) 条", office.words)
    assert count is not None
    assert int(count[1]) > 1_000
    columns = "sheet.batch,sheet.student.studentNo,item"
    _, *rows = table(office, "/admin/clearance/", batch="all", state="all", columns=columns)
    assert len(rows) == len({tuple(row) for row in rows}) == int(count[1])


def test_a_column_that_may_be_read_and_not_exported_stays_out(counsellor: Person) -> None:
    asked = {"columns": "studentNo,politicalStatus,name", "flt_studentNo_contains": "22159910"}
    counsellor.get("/admin/student/", **asked)
    assert "政治面貌" in counsellor.text
    assert "您当前身份不能导出:政治面貌;文件中没有这些列。" in counsellor.text
    head, *rows = table(counsellor, "/admin/student/", **asked)
    assert (head, len(rows)) == (["学号", "姓名"], 9)


def test_who_exports_nothing_finds_no_button_and_gets_no_file(someone: Someone) -> None:
    auditor = someone("auditor")
    auditor.get("/admin/sheet/", batch="all", state="all")
    assert "/admin/sheet/export" not in auditor.text
    assert exported(auditor, "/admin/sheet/").status_code == 403
    counsellor = someone("counsellor", role="counsellor")
    assert exported(counsellor, "/admin/student/", columns="politicalStatus").status_code == 403
    student = someone("student")
    form = {"csrf_token": student.token, "kind": "CSV"}
    assert student.http.post("/admin/sheet/export", data=form).status_code == 403


def test_it_is_called_as_the_list_is_in_its_readers_language(someone: Someone) -> None:
    chinese = exported(someone("counsellor", role="counsellor"), "/admin/sheet/")
    named = re.search(r"filename\*=UTF-8''(.*)", chinese.headers["Content-Disposition"])
    assert named is not None
    assert re.fullmatch(r"离校单-\d{4}-\d\d-\d\d\.csv", unquote(named[1]))
    english = someone("counsellor", role="counsellor", language="en")
    asked = {"flt_className_contains": "卓越", "columns": "student,leaveType,college"}
    head, *rows = table(english, "/admin/sheet/", **asked)
    assert head == ["Student", "Leaving type", "College"]
    assert ["Graduation", "School of Computer and Information Science"] in [row[1:] for row in rows]


def test_a_list_is_offered_as_excel_csv_and_json_and_clearances_as_lixiao_too(someone: Someone) -> None:
    office = someone("office")
    offered = {}
    for name in ("sheet", "clearance"):
        office.get(f"/admin/{name}/")
        offered[name] = re.findall(r'name="kind" value="(\w+)"', office.text)
    assert offered == {"sheet": ["XLSX", "CSV", "JSON"], "clearance": ["XLSX", "CSV", "JSON", "STATUSES"]}
    asked = {"columns": "student.studentNo,leaveType", "flt_className_contains": "软件工程卓越2201"}
    found = exported(office, "/admin/sheet/", "JSON", **asked)
    rows = json.loads(found.content)["data"]["sheets"]["nodes"]
    assert (found.headers["Content-Type"], len(rows)) == ("application/json", 24)
    assert {"leaveType": "GRADUATION", "student": {"studentNo": "221599101"}} in rows


def test_statuses_go_out_in_the_form_in_which_they_come_back(someone: Someone) -> None:
    asked = {"search": "221599101", "page_size": "100"}
    office = someone("office")
    answer = exported(office, "/admin/clearance/", "STATUSES", **asked)
    assert 'filename="lixiao.xlsx"' in answer.headers["Content-Disposition"]
    head, *rows = workbook(office, "/admin/clearance/", "STATUSES", **asked)
    assert head[:6] == ("离校批次", "学号", "姓名", "学院", "专业", "班级")
    assert head[6:] == ("环节", "办理状态", "状态说明", "办理备注(学生可见)", "行标识", "行版本")
    assert [row[6] for row in rows] == shown(office, "环节")
    assert [row[8] for row in rows] == shown(office, "办理状态")
    assert {row[:3] for row in rows} == {("2026-06", "221599101", "林晓雨")}
    words = {"1": "未办理", "2": "无需办理", "3": "已办理"}
    assert all(words[row[7]] == row[8] for row in rows)


def test_only_a_form_of_this_panel_makes_a_file(counsellor: Person) -> None:
    counsellor.get("/admin/sheet/")
    assert counsellor.http.post("/admin/sheet/export", data={"kind": "CSV"}).status_code == 400
    for kind, status in (("", 400), ("TSV", 400), ("STATUSES", 403)):
        form = {"csrf_token": counsellor.token, "kind": kind}
        assert counsellor.http.post("/admin/sheet/export", data=form).status_code == status
    for address in ("export", "export/csv", "export/csv/", "export/xlsx/", "export/json/"):
        assert counsellor.http.get(f"/admin/sheet/{address}").status_code in (404, 405)


def test_a_wrong_condition_gives_no_file(counsellor: Person) -> None:
    counsellor.get("/admin/sheet/")
    form = {"csrf_token": counsellor.token, "kind": "CSV"}
    assert counsellor.http.post("/admin/sheet/export", params={"q": "((("}, data=form).status_code == 400


def test_whatever_column_a_list_may_show_a_file_may_have(someone: Someone) -> None:
    """The panel's columns and those of the API are the same: of every list, in both languages."""
    office = someone("office")
    office.get("/admin/")
    lists = sorted(set(re.findall(r'href="/admin/(\w+)/"', office.text)) & LISTS)
    assert lists == sorted(LISTS)
    for name in lists:
        page = office.http.get(f"/admin/{name}/columns", params={"batch": "all", "state": "all"}).text
        paths = re.findall(r'<option value="([\w.]+)">', page)
        assert len(paths) > 3, page[:2000]
        for start in range(0, len(paths), 20):
            chosen = {"columns": ",".join(paths[start : start + 20]), "batch": "all", "state": "all"}
            office.get(f"/admin/{name}/", **chosen)
            if 'name="kind" value="CSV"' in office.text:
                assert table(office, f"/admin/{name}/", **chosen)[0]


# --- a file that takes longer


FILE = {
    "id": "RmlsZTox",
    "name": "离校单.xlsx",
    "size": 9,
    "rows": 3,
    "state": "READY",
    "progress": 100,
    "problem": None,
}


@dataclass
class Waiting:
    """A panel whose API answers with a file that is made up; what it was asked to cancel."""

    pages: FlaskClient
    file: dict[str, Any] | None
    cancelled: list[str]

    def __call__(self, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        if "cancelFile" in document:
            self.cancelled.append(variables["id"])
            return {"cancelFile": True}
        assert variables == {"id": FILE["id"]}
        return {"file": self.file}

    def get(self, path: str = "/exports/?file=RmlsZTox") -> TestResponse:
        return self.pages.get(path, base_url=SITE)

    def cancel(self, address: str = "/exports/cancel", **form: str) -> TestResponse:
        return self.pages.post(address, base_url=SITE, data=form)

    def words(self) -> str:
        [main] = re.findall(r"<main.*?</main>", self.get().text, re.DOTALL)
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main))).strip()


@pytest.fixture
def waiting(served: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[Waiting]:
    client = HttpClient(f"{served.api}/graphql", served.command("token", "create", "--user", "analyst"))
    try:
        panel = make_panel(client, Installation("for tests only", Text("静湖大学", "Jinghu University")))
        browser, _ = signed_in(panel, served, "leader")
        found = Waiting(browser, FILE, [])
        monkeypatch.setattr(exports, "execute", found)
        yield found
    finally:
        client.close()


def test_the_page_of_a_file_says_how_far_it_is(waiting: Waiting) -> None:
    for state, words in (("WAITING", "排队等候生成文件"), ("MAKING", "正在生成文件")):
        waiting.file = FILE | {"state": state, "progress": 41}
        assert words in waiting.words()
        assert "41% 取消导出 查看最新进度" in waiting.words()
        page = waiting.get().text
        assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page
        told = waiting.get("/exports/progress?file=RmlsZTox").json
        assert told == {"state": "RUNNING", "percent": 41}
        early = waiting.get("/exports/fetch?file=RmlsZTox")
        assert (early.status_code, early.location) == (303, "/admin/exports/?file=RmlsZTox&next=/admin/")


def test_the_page_of_a_file_offers_it_when_it_is_there(waiting: Waiting) -> None:
    page = waiting.get("/exports/?file=RmlsZTox&next=/admin/sheet/%3Fbatch%3Dall").text
    assert 'href="/admin/exports/fetch?file=RmlsZTox"' in page
    assert 'href="/admin/sheet/?batch=all"' in page
    assert "meta http-equiv" not in page
    assert "文件已生成,共 3 行 下载文件 返回列表" in waiting.words()
    assert waiting.get("/exports/progress?file=RmlsZTox").json == {"state": "READY", "percent": 100}


def test_the_page_of_a_file_says_why_there_is_none(waiting: Waiting) -> None:
    waiting.file = FILE | {"state": "FAILED", "problem": "登录已过期,请重新登录。"}
    assert "登录已过期,请重新登录。" in waiting.words()
    waiting.file = FILE | {"state": "CANCELLED"}
    assert "导出已取消,没有生成文件。" in waiting.words()
    waiting.file = None
    assert waiting.get().status_code == 404


def test_a_file_that_is_being_made_is_cancelled_by_a_form_of_the_panel(waiting: Waiting) -> None:
    waiting.file = FILE | {"state": "MAKING", "progress": 41}
    assert waiting.cancel(file=FILE["id"]).status_code == 400
    assert waiting.cancelled == []
    token = re.search(r'name="csrf_token" value="([^"]+)"', waiting.get().text)
    assert token is not None
    done = waiting.cancel("/exports/cancel?next=/admin/sheet/", csrf_token=token[1], file=FILE["id"])
    assert (done.status_code, done.location) == (303, "/admin/exports/?file=RmlsZTox&next=/admin/sheet/")
    assert waiting.cancelled == [FILE["id"]]


def test_nobody_is_led_elsewhere(waiting: Waiting) -> None:
    waiting.file = FILE | {"state": "CANCELLED"}
    page = waiting.get("/exports/?file=RmlsZTox&next=https://example.com/").text
    assert '<a class="btn" href="/admin/">返回列表</a>' in page


# --- CSV


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
    answer = counsellor.get("/admin/operation/rows.csv", id=operation[1], outcome="REFUSED")
    _, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert [row[0] for row in rows] == ["'002215901"]
