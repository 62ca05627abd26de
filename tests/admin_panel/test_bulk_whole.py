"""全部查询结果, 名单以外的全部, 带姓名的名单: checked, counted, applied as one operation, followed, stopped, undone."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.admin_panel.test_bulk import check, rows, tallies
from tests.served import Person, Someone, sheet_of, statuses

CLASS = "软件工程卓越2201班"
STUDENTS = {"and": [{"className": {"eq": CLASS}}]}


@pytest.fixture
def office(someone: Someone) -> Person:
    return someone("office")


def ask(person: Person, document: str, **variables: Any) -> Any:
    """What the API answers to the person's own session."""
    api = f"{person.api}/graphql"
    viewer = person.http.post(api, json={"query": "{ viewer { csrfToken } }"}).json()["data"]["viewer"]
    content, headers = {"query": document, "variables": variables}, {"X-CSRF-Token": viewer["csrfToken"]}
    answer = person.http.post(api, json=content, headers=headers).json()
    assert "errors" not in answer, answer
    return answer["data"]


def operation_of(person: Person) -> str:
    found = re.search(r'name="operation" value="([^"]+)"', person.text)
    assert found is not None, person.words
    return found[1]


def undo(person: Person, operation: str) -> None:
    person.get("/admin/operation/details/", id=operation)
    fields = person.fields_of("/admin/operation/undo")
    person.post("/admin/operation/undo", **(fields | {"step": "check"}))
    person.post("/admin/operation/undo", **(fields | {"step": "submit"}))
    assert "已撤回" in person.words


@contextmanager
def limited(person: Person, limit: int) -> Iterator[None]:
    """The batch's range limit is another one meanwhile, so that few are many."""
    document = """mutation ($id: ID!, $version: Int!, $limit: Int) {
      updateBatch(id: $id, expectedVersion: $version, input: { rangeLimit: $limit }) { batch { id } } }"""

    def put(n: int) -> None:
        found = ask(person, '{ batch(code: "2026-06") { id version } }')["batch"]
        ask(person, document, id=found["id"], version=found["version"], limit=n)

    put(limit)
    try:
        yield
    finally:
        put(200)


# --- all rows of a list


def test_all_results_of_a_list_are_handed_to_the_bulk_page(office: Person) -> None:
    office.get("/admin/sheet/", flt_className_contains=CLASS)
    [form] = re.findall(r"<form[^>]*all-results.*?</form>", office.text, re.DOTALL)
    assert "对全部查询结果办理 · 24 人" in form
    fields = dict(re.findall(r'<input type="hidden" name="(way|where)" value="([^"]*)"', form))
    words = [html.unescape(each) for each in re.findall(r'name="words" value="([^"]*)"', form)]
    assert words == ["离校批次: 2026年6月离校", f"班级: {CLASS}", "离校单状态: 办理中"]
    office.post("/admin/bulk/", step="choose", way="where", where=html.unescape(fields["where"]), words=words)
    assert 'name="way" value="where" checked' in office.text
    assert all(each in office.words for each in words)
    check(office, "STU_CARD", way="where", where=html.unescape(fields["where"]), words=words)
    assert sum(tallies(office)) == 24
    assert "全部查询结果,共 24 人" in office.words
    assert all(each in office.words for each in words)


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/admin/student/", {"search": "221599104"}),
        ("/admin/clearance/", {"search": "221599104"}),
    ],
)
def test_rows_that_lead_to_sheets_hand_over_their_students(
    office: Person, path: str, parameters: dict[str, str]
) -> None:
    office.get(path, **parameters)
    [where] = re.findall(r'name="where" value="([^"]*)"', office.text)
    check(office, "LIB_BOOKS", way="where", where=html.unescape(where))
    assert list(rows(office)) == ["221599104"]


def test_only_who_may_is_offered_a_whole_filter(someone: Someone) -> None:
    counsellor = someone("counsellor", role="counsellor")
    counsellor.get("/admin/sheet/")
    assert "all-results" not in counsellor.text
    counsellor.get("/admin/bulk/")
    assert 'value="allExcept"' not in counsellor.text
    for chosen in ({"way": "where", "where": "{}"}, {"way": "allExcept", "allExcept": "221599104"}):
        counsellor.get("/admin/bulk/")
        check(counsellor, "STU_CARD", **chosen)
        assert counsellor.page.status_code == 403
        assert "办理全部查询结果" in counsellor.words


def test_certificates_are_never_issued_to_a_whole_filter(someone: Someone) -> None:
    officer = someone("certofficer")
    officer.get("/admin/issue/")
    assert "all-results" not in officer.text
    officer.get("/admin/bulkissue/")
    officer.post("/admin/bulkissue/", step="check", way="where", where=json.dumps(STUDENTS))
    assert officer.page.status_code == 200
    assert 'value="submit"' not in officer.text


@pytest.mark.parametrize(
    "where", ["", "{", "[]", '{"nonsense": 1}', '{"and": [{"student": {"idNo": {"eq": "1"}}}]}', "9"]
)
def test_a_forged_condition_chooses_nobody_it_should_not(office: Person, where: str) -> None:
    check(office, "STU_CARD", way="where", where=where)
    assert office.page.status_code == 200
    assert 'value="submit"' not in office.text or sum(tallies(office)) == 58  # no condition: everybody of the batch


def test_many_are_submitted_with_their_count_alone(office: Person) -> None:
    with limited(office, 3):
        check(office, "STU_CARD", way="where", where=json.dumps(STUDENTS), note="全班收证")
        changing = tallies(office)[0]
        assert changing > 3
        assert f"请输入将要办理的人数({changing})以确认" in office.words
        operation = operation_of(office)
        kept = {"way": "where", "where": json.dumps(STUDENTS), "item": "STU_CARD", "status": "CLEARED"}
        for wrong in ("", str(changing + 1), "all", "9" * 30):
            office.post("/admin/bulk/", step="submit", operation=operation, confirmed=wrong, **kept)
            assert f"本次将办理 {changing} 行。请输入准确的行数确认后提交。" in office.words
            assert operation_of(office) == operation
            assert "将写入: 学生证注销" in office.words
        office.post("/admin/bulk/", step="submit", operation=operation, confirmed=f" {changing} ")
        assert f"已办理 {changing} 人" in office.words
        office.get("/admin/bulk/")
        office.post("/admin/bulk/", step="submit", operation=operation, confirmed=str(changing))
        assert f"已办理 {changing} 人" in office.words, "pressed twice: one operation, and the same answer"
        events = "query ($id: ID!) { operation(id: $id) { applied state progress } }"
        assert ask(office, events, id=operation)["operation"] == {
            "applied": changing, "state": "APPLIED", "progress": 100
        }  # fmt: skip
        undo(office, operation)


# --- everybody but a list


def test_everybody_but_a_list_says_whom_it_is_about(office: Person) -> None:
    check(office, "GOWN", way="allExcept", allExcept="221599104 王伟\n221599105")
    assert sum(tallies(office)) == 56
    assert "除所列 2 个学号以外的全部在办学生(预检共 56 行)" in office.words
    assert "221599104" not in rows(office)
    check(office, "GOWN", way="allExcept", allExcept="221599104\n22159910X")
    assert "未找到学号 22159910X" in rows(office)["22159910X"]


def test_everybody_but_nobody_is_not_everybody(office: Person) -> None:
    check(office, "GOWN", way="allExcept", allExcept="  \n")
    assert 'class="note bad"' in office.text
    assert 'value="submit"' not in office.text


# --- a list with names


def test_a_name_that_is_not_the_numbers_refuses_its_line(office: Person) -> None:
    text = "学号 姓名\n221599103 王伟\n221599105\t覃雪梅\n221599106 丁二鸣\n221599104"
    check(office, "LIB_BOOKS", way="studentNos", studentNos=text)
    found = rows(office)
    assert set(found) == {"221599103", "221599105", "221599106", "221599104"}
    assert "不能办理" in found["221599106"]
    assert "姓名不符" in found["221599106"]
    assert sum("姓名不符" in row for row in found.values()) == 1


# --- the operation: how far, stop, all rows


def test_an_operation_shows_its_rows_page_by_page_and_as_a_file(office: Person) -> None:
    check(office, "LIB_BOOKS", way="studentNos", studentNos="221599103\n221599999\n=1+1")
    assert tallies(office)[2] == 2
    [link] = set(re.findall(r'href="(/admin/operation/rows\.csv[^"]+)"', office.text))
    answer = office.http.get(html.unescape(link))
    assert answer.headers["content-disposition"] == 'attachment; filename="operation-refused.csv"'
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert table[0] == ["学号", "姓名", "环节", "原因", "还需办理"]
    assert [row[0] for row in table[1:]] == ["221599999", "'=1+1"]
    [operation] = re.findall(r"id=([\w-]+)", link)
    office.get("/admin/operation/rows", id=operation, outcome="REFUSED")
    assert set(rows(office)) == {"221599999", "=1+1"}
    for wrong in ({"outcome": "NONSENSE"}, {"id": "nonsense"}):
        assert office.http.get("/admin/operation/rows", params={"id": operation} | wrong).status_code == 404
    office.get("/admin/operation/rows", id=operation, page="99999")
    assert rows(office) == {}


def test_a_check_that_was_given_up_is_not_submitted(office: Person) -> None:
    check(office, "GOWN", way="studentNos", studentNos="221599104")
    assert tallies(office)[0] == 1
    operation = operation_of(office)
    assert office.http.get("/admin/operation/progress", params={"id": operation}).json() == {
        "state": "PREVIEWED", "percent": 0
    }  # fmt: skip
    office.post("/admin/operation/stop", id=operation)
    assert "已停止,没有任何更改。" in office.words
    office.get("/admin/bulk/")
    office.post("/admin/bulk/", step="submit", operation=operation)
    assert "该操作已取消,请重新预检。" in office.words
    office.get("/admin/sheet/details/", id=sheet_of(office, "221599104"))
    assert statuses(office)["GOWN"] != "已办理"


def test_a_check_is_submitted_from_its_own_page_and_cannot_be_stopped_afterwards(office: Person) -> None:
    check(office, "GOWN", way="studentNos", studentNos="221599104")
    operation = operation_of(office)
    office.get("/admin/operation/details/", id=operation)
    assert "已预检,尚未提交。" in office.words
    office.post("/admin/operation/submit", id=operation)
    assert "已办理 1 人" in office.words
    office.post("/admin/operation/stop", id=operation)
    assert "已经办理完成,不能停止。" in office.words
    undo(office, operation)


def test_somebody_elses_check_is_neither_submitted_nor_stopped(office: Person, someone: Someone) -> None:
    check(office, "LIB_BOOKS", "PENDING", way="studentNos", studentNos="221599103\n221599105")
    operation = operation_of(office)
    library = someone("library")
    library.get("/admin/bulk/")
    for path in ("submit", "stop"):
        library.get("/admin/bulk/")
        library.post(f"/admin/operation/{path}", id=operation)
        assert "未找到" in library.words
    library.get("/admin/bulk/")
    submitted = library.post("/admin/bulk/", step="submit", operation=operation)
    assert "未找到" in library.words or submitted.status_code == 403
    assert ask(office, "query ($id: ID!) { operation(id: $id) { state } }", id=operation) == {
        "operation": {"state": "PREVIEWED"}
    }


@pytest.mark.parametrize("path", ["submit", "stop", "undo"])
def test_nothing_happens_without_the_forms_token(office: Person, path: str) -> None:
    check(office, "GOWN", way="studentNos", studentNos="221599104")
    operation = operation_of(office)
    assert office.http.post(f"/admin/operation/{path}", data={"id": operation}).status_code == 400
    assert office.http.get(f"/admin/operation/{path}", params={"id": operation}).status_code == 405


def test_the_range_tells_its_limit_to_the_page(office: Person) -> None:
    office.get("/admin/bulk/")
    assert 'data-range="200"' in office.text
    check(office, "GOWN", **{"way": "range", "from": "221599101", "to": "221599301"})
    assert "学号范围共 201 个,超过上限 200。请缩小范围,或按班级、粘贴名单办理。" in office.words
