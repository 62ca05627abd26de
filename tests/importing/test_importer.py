"""数据导入: a real file from its choice to what was done and back, and every way in which it can go wrong."""

from __future__ import annotations

import html
import io
import re
from urllib.parse import parse_qsl, urlsplit

import openpyxl
import pytest

from tests.admin_panel.lists import ask
from tests.graphql_api.odd_files import REFUSED, workbook
from tests.served import PASSWORD, Person, Served, Someone, sheet_of, statuses

FILE = "/admin/import/file"
#: On sheets of which nothing has been issued, so that their notes may change.
NOTABLE = """{ clearances(first: 400, orderBy: [{ id: ASC }], where: { item: { kind: { eq: NORMAL } },
  sheet: { state: { eq: ACTIVE }, batch: { code: { eq: "2026-06" } },
    certificates: { none: { status: { eq: ISSUED } } } } }) {
  nodes { item { code } sheet { student { studentNo } } } } }"""


def send(person: Person, content: bytes, name: str = "lixiao.xlsx", **parameters: str) -> None:
    """Chooses a file on the page of a list and sends it."""
    person.get(FILE, **parameters)
    person.page = person.http.post(
        FILE,
        data={"csrf_token": person.token, "step": "upload"} | parameters,
        files={"file": (name, content)},
    )


def check(person: Person, **choices: str) -> None:
    """预检, with the choices of the page as they stand and these."""
    person.post(FILE, **(person.fields_of(FILE, 'value="check"') | {"batch": "2026-06", "step": "check"} | choices))


def submit(person: Person, **more: str) -> None:
    person.post(FILE, **(person.fields_of(FILE, 'value="submit"') | {"step": "submit"} | more))


def tallies(person: Person) -> tuple[int, ...]:
    """将导入 (已导入), 无变化, 不能导入."""
    return tuple(int(each) for each in re.findall(r'class="tally tone-\w+"[^>]*><b>(\d+)</b>', person.text))


def rows(person: Person) -> dict[str, str]:
    """The table of rows: where it stands in the file → its words."""
    found = re.findall(r'<tr data-row="[^"]*">\s*<td[^>]*>([^<]*)</td>(.*?)</tr>', person.text, re.DOTALL)
    return {
        html.unescape(at): re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", row))).strip() for at, row in found
    }


def asked(person: Person) -> dict[str, str]:
    """The parameters of the address."""
    return dict(parse_qsl(urlsplit(str(person.page.url)).query))


@pytest.fixture
def counsellor(someone: Someone) -> Person:
    return someone("counsellor", role="counsellor")


# --- what is offered


@pytest.mark.parametrize(
    ("username", "role", "kinds", "objects"),
    [
        ("library", None, ["CLEARANCES"], ["Item", "Department"]),
        ("partyoffice", None, ["CLEARANCES"], []),
        ("datakeeper", None, ["PEOPLE"], ["Student", "Supervision", "College"]),
        ("registrar", None, ["CERTIFICATES"], []),
        ("office", None, ["CLEARANCES", "PEOPLE", "ROSTER"], ["Student", "Item", "Batch"]),
        ("secretary", None, [], ["Supervision"]),
        ("accountadmin", None, [], ["User"]),
    ],
)
def test_everybody_is_offered_what_he_may_import(
    someone: Someone, username: str, role: str | None, kinds: list[str], objects: list[str]
) -> None:
    person = someone(username, role=role)
    person.get("/admin/import/")
    found = [
        dict(parse_qsl(each)) for each in re.findall(r'href="/admin/import/file\?([^"]*)"', html.unescape(person.text))
    ]
    assert [each["kind"] for each in found if each["kind"] != "ROWS"] == kinds
    assert [each["object"] for each in found if each["kind"] == "ROWS"][: len(objects)] == objects


@pytest.mark.parametrize("username", ["leader", "analyst", "auditor", "supervisor", "student", "certofficer"])
def test_who_may_import_nothing_has_no_page(someone: Someone, username: str) -> None:
    person = someone(username)
    assert "/admin/import/" not in person.text
    assert person.get("/admin/import/").status_code == 403
    assert person.get(FILE, kind="CLEARANCES").status_code == 403


def test_a_list_that_is_not_ones_own_is_refused(someone: Someone) -> None:
    library = someone("library")
    assert library.get(FILE, kind="PEOPLE").status_code == 403
    assert library.get(FILE, kind="ROWS", object="Student").status_code == 403
    assert library.get(FILE, kind="ROWS", object="Nothing").status_code == 404
    assert library.get(FILE, kind="anything").status_code == 404


def test_the_lists_lead_to_their_import(someone: Someone) -> None:
    library = someone("library")
    library.get("/admin/clearance/")
    assert 'href="/admin/import/file?kind=CLEARANCES"' in library.text
    library.get("/admin/building/")
    assert "/admin/import/file" not in library.text
    office = someone("office")
    office.get("/admin/building/")
    assert 'href="/admin/import/file?kind=ROWS&amp;object=Building"' in office.text


# --- the whole round


def test_statuses_from_the_file_to_the_undo(counsellor: Person) -> None:
    content = workbook(
        ("学号", "姓名", "环节", "办理状态", "办理备注"),
        ("221599112", "", "学生证注销", "3", "集中收证"),
        ("221599999", "", "学生证注销", "3", ""),
    )
    send(counsellor, content, kind="CLEARANCES")
    assert "lixiao.xlsx" in counsellor.words
    assert "2 行" in counsellor.words
    assert 'name="item"' not in counsellor.text
    assert 'name="status"' not in counsellor.text
    check(counsellor)
    assert tallies(counsellor) == (1, 0, 1)
    assert list(rows(counsellor)) == ["A3"]
    assert "221599999" in rows(counsellor)["A3"]
    counsellor.get(str(counsellor.page.url) + "&show=APPLIED")
    assert "未办理 → 已办理" in rows(counsellor)["2"].replace("  ", " ")
    assert "尚未写入" in counsellor.words
    preview = asked(counsellor)
    submit(counsellor)
    assert asked(counsellor)["operation"] == preview["operation"]
    assert tallies(counsellor) == (1, 0, 1)
    assert "已办理 1 人" in counsellor.words
    counsellor.get(str(counsellor.page.url))  # loaded again, it imports nothing
    assert tallies(counsellor) == (1, 0, 1)
    sheet = sheet_of(counsellor, "221599112")
    counsellor.get("/admin/sheet/details/", id=sheet)
    assert statuses(counsellor)["STU_CARD"] == "已办理"
    send(counsellor, content, kind="CLEARANCES")  # the same file again
    check(counsellor)
    assert tallies(counsellor) == (0, 1, 1)
    assert 'value="submit"' not in counsellor.text
    counsellor.get(FILE, **preview)
    fields = counsellor.fields_of("/admin/operation/undo")
    counsellor.post("/admin/operation/undo", **(fields | {"step": "submit"}))
    counsellor.get("/admin/sheet/details/", id=sheet)
    assert statuses(counsellor)["STU_CARD"] == "未办理"
    counsellor.get(FILE, **preview)
    assert "本次导入已撤回" in counsellor.words


def test_submitting_twice_imports_once(counsellor: Person) -> None:
    send(counsellor, workbook(("学号", "环节", "办理状态"), ("221599115", "学生证注销", "3")), kind="CLEARANCES")
    check(counsellor)
    fields = counsellor.fields_of(FILE, 'value="submit"') | {"step": "submit"}
    counsellor.post(FILE, **fields)
    first = asked(counsellor)
    counsellor.post(FILE, **fields)
    assert asked(counsellor)["operation"] == first["operation"]
    assert tallies(counsellor) == (1, 0, 0)


def test_one_bad_row_stops_everything_where_that_was_chosen(counsellor: Person) -> None:
    head = ("学号", "环节", "办理状态")
    send(
        counsellor,
        workbook(head, ("221599120", "学生证注销", "3"), ("221599999", "学生证注销", "3")),
        kind="CLEARANCES",
    )
    check(counsellor, policy="REJECT_ALL")
    assert tallies(counsellor) == (1, 0, 1)
    assert "有一行有问题就全部不导入" in counsellor.words
    assert 'value="submit"' not in counsellor.text
    send(counsellor, workbook(head, ("221599120", "学生证注销", "3")), kind="CLEARANCES")
    check(counsellor, policy="REJECT_ALL")
    fields = counsellor.fields_of(FILE, 'value="submit"') | {"step": "submit"}
    counsellor.post(FILE, **fields)
    first = asked(counsellor)
    assert tallies(counsellor) == (1, 0, 0)
    counsellor.post(FILE, **fields)  # the file is sent again, and the key is the same
    assert asked(counsellor)["operation"] == first["operation"]


def test_a_bare_list_is_asked_for_item_and_status(counsellor: Person) -> None:
    send(counsellor, workbook(("221599121", ""), ("221599122", "")), "名单.xlsx", kind="CLEARANCES")
    assert 'name="item"' in counsellor.text
    assert 'name="status"' in counsellor.text
    check(counsellor, item="STU_CARD", status="CLEARED")
    assert tallies(counsellor)[2] == 0
    assert sum(tallies(counsellor)) == 2


def test_names_are_a_check(counsellor: Person) -> None:
    send(counsellor, workbook(("学号", "姓名"), ("221599121", "另有其人")), kind="CLEARANCES")
    check(counsellor, item="STU_CARD", status="CLEARED")
    assert tallies(counsellor) == (0, 0, 1)
    assert list(rows(counsellor)) == ["B2"]
    assert "没有可以导入的行" in counsellor.words


def test_the_refused_rows_come_as_a_workbook_with_reasons(counsellor: Person) -> None:
    head = ("学号", "环节", "办理状态")
    send(
        counsellor,
        workbook(head, ("221599122", "学生证注销", "3"), ("221599999", "学生证注销", "3")),
        kind="CLEARANCES",
    )
    check(counsellor)
    fields = counsellor.fields_of("/admin/import/refused")
    answer = counsellor.http.post("/admin/import/refused", data=fields)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    found = [[str(cell or "") for cell in row] for row in book.worksheets[0].iter_rows(values_only=True)]
    assert [row for row in found if "221599999" in row] != []
    assert [row for row in found if "221599122" in row] == []


@pytest.mark.parametrize(
    ("username", "kind", "object_name", "heading"),
    [
        ("library", "CLEARANCES", "", "办理状态"),
        ("datakeeper", "PEOPLE", "", "培养层次"),
        ("registrar", "CERTIFICATES", "", "证书编号"),
        ("office", "ROSTER", "", "离校类别"),
        ("office", "ROWS", "Building", "值班电话"),
    ],
)
def test_every_list_has_a_template(someone: Someone, username: str, kind: str, object_name: str, heading: str) -> None:
    person = someone(username)
    person.get("/admin/import/")
    fields = {"csrf_token": person.token, "kind": kind} | ({"object": object_name} if object_name else {})
    answer = person.http.post("/admin/import/template", data=fields)
    assert answer.status_code == 200, answer.text[:500]
    assert "attachment" in answer.headers["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    headings = [str(cell) for row in book.worksheets[0].iter_rows(max_row=3, values_only=True) for cell in row if cell]
    assert any(heading in each for each in headings), headings


def test_a_leaver_without_a_record_is_given_one(someone: Someone) -> None:
    keeper = someone("datakeeper")
    head = ("学号", "姓名", "性别", "培养层次", "专业", "班级")
    send(keeper, workbook(head, ("J26150001", "沈知远", "男", "本科生", "软件工程", "交流班")), kind="PEOPLE")
    check(keeper)
    assert tallies(keeper) == (1, 0, 0)
    assert "无变化" in keeper.words
    fields = keeper.fields_of(FILE, 'value="submit"') | {"step": "submit"}
    keeper.post(FILE, **fields)
    assert tallies(keeper) == (1, 0, 0)
    done = asked(keeper)["operation"]
    keeper.post(FILE, **fields)  # pressed twice: what was done is shown again
    assert asked(keeper)["operation"] == done
    sheet_of(keeper, "J26150001")


def test_rows_of_an_object_are_told_new_or_changed_and_taken_back(someone: Someone) -> None:
    office = someone("office")
    office.get("/admin/building/")
    code = re.search(r'<td data-label="(?:楼栋)?代码"[^>]*>(?:<[^>]+>)*([\w-]+)', office.text)
    assert code is not None, office.words
    head = ("code", "name", "houses", "dutyPhone")
    content = workbook(head, (code[1], "", "", "8999"), ("Z99", "新建宿舍", "男", "8998"))
    send(office, content, "公寓楼.xlsx", kind="ROWS", object="Building")
    check(office)
    assert tallies(office) == (2, 0, 0), office.words
    assert "8999" in rows(office)["2"]
    assert "新增" in rows(office)["3"]
    send(office, workbook(head, (code[1], "", "", "8999")), "公寓楼.xlsx", kind="ROWS", object="Building")
    check(office)
    submit(office)
    assert tallies(office) == (1, 0, 0)
    fields = office.fields_of("/admin/operation/undo")
    office.post("/admin/operation/undo", **(fields | {"step": "submit"}))
    office.get("/admin/building/", search=code[1])
    assert "8999" not in office.text


# --- what goes wrong


@pytest.mark.parametrize(
    ("name", "file", "told"),
    [
        ("离校.xls", "a web page", "这是网页,不是 Excel 文件"),
        ("离校.xlsx", "protected by a password", "有密码保护"),
        ("离校.pdf", "a PDF", "这不是 Excel 文件"),
        ("离校.csv", "CSV", "这是文本文件"),
        ("离校.xls", "a damaged .xls", "文件已损坏"),
    ],
)
def test_what_is_no_workbook_is_told_above_the_choice_of_another(
    counsellor: Person, name: str, file: str, told: str
) -> None:
    send(counsellor, REFUSED[file][0](), name, kind="CLEARANCES")
    assert told in counsellor.words
    assert 'type="file"' in counsellor.text


def test_no_file_is_told(counsellor: Person) -> None:
    counsellor.get(FILE, kind="CLEARANCES")
    counsellor.post(FILE, kind="CLEARANCES", step="upload")
    assert counsellor.page.status_code == 400
    assert "请先选择一个文件" in counsellor.words


def test_a_missing_column_is_named_and_nothing_can_be_checked(someone: Someone) -> None:
    keeper = someone("datakeeper")
    send(keeper, workbook(("学号", "姓名", "说明"), ("J26150002", "沈知远", "x")), kind="PEOPLE")
    assert "缺少必填列:性别、培养层次" in keeper.words
    assert 'value="check"' not in keeper.text
    assert "不导入" in keeper.words


def test_rows_of_another_batch_and_of_others_items_are_refused_each_with_its_reason(someone: Someone) -> None:
    library = someone("library")
    head = ("离校批次", "学号", "环节", "办理状态")
    content = workbook(head, ("2025-06", "221599104", "图书清还", "3"), ("", "221599104", "公寓退宿", "3"))
    send(library, content, kind="CLEARANCES")
    check(library)
    assert tallies(library) == (0, 0, 2)
    told = rows(library)
    assert list(told) == ["A2", "C3"]
    assert "批次" in told["A2"]
    assert '不能导入名单"公寓退宿"' in told["C3"]
    assert "学生公寓管理中心" in told["C3"]


def test_a_file_that_is_not_there_any_more_is_told(counsellor: Person) -> None:
    counsellor.get(FILE, kind="CLEARANCES", file="nothing")
    assert "未找到这个文件" in counsellor.words
    assert 'type="file"' in counsellor.text


def test_another_person_does_not_find_the_file_nor_the_check(someone: Someone) -> None:
    counsellor = someone("counsellor", role="counsellor")
    send(counsellor, workbook(("学号", "环节", "办理状态"), ("221599121", "学生证注销", "3")), kind="CLEARANCES")
    file = asked(counsellor)["file"]
    library = someone("library")
    library.get(FILE, kind="CLEARANCES", file=file)
    assert "未找到这个文件" in library.words


def test_whose_session_ended_goes_on_with_the_file_that_was_sent(counsellor: Person) -> None:
    send(counsellor, workbook(("学号", "环节", "办理状态"), ("221599121", "学生证注销", "3")), kind="CLEARANCES")
    here, fields = str(counsellor.page.url), counsellor.fields_of(FILE, 'value="check"')
    counsellor.http.cookies.delete("lixiao_session", path="/")
    counsellor.page = counsellor.http.post(
        FILE, data=fields | {"step": "check", "batch": "2026-06"}, headers={"Referer": here}
    )
    assert counsellor.page.url.path == "/admin/login"
    counsellor.post("/admin/login", username="counsellor", password=PASSWORD, **counsellor.fields_of("/admin/login"))
    counsellor.post("/admin/role", role="counsellor", batch="2026-06", **counsellor.fields_of("/admin/role"))
    assert "lixiao.xlsx" in counsellor.words
    check(counsellor)
    assert tallies(counsellor) == (1, 0, 0)


def test_a_form_that_is_too_large_is_refused_in_words(counsellor: Person) -> None:
    counsellor.get(FILE, kind="CLEARANCES")
    counsellor.page = counsellor.http.post(
        FILE,
        data={"csrf_token": counsellor.token, "kind": "CLEARANCES", "step": "upload"},
        files={"file": ("大.xlsx", b"x" * (23 << 20))},
    )
    assert counsellor.page.status_code == 413
    assert "文件不能超过 20 MB" in counsellor.words


def test_above_the_limit_the_number_is_typed_in(served: Served, someone: Someone) -> None:
    found = ask(served, "office", NOTABLE)["clearances"]["nodes"][:201]
    lines = [(each["sheet"]["student"]["studentNo"], each["item"]["code"], "请尽快办理") for each in found]
    assert len(lines) == 201
    office = someone("office")
    send(office, workbook(("学号", "环节", "办理备注"), *lines), kind="CLEARANCES")
    check(office)
    assert tallies(office) == (201, 0, 0)
    assert "请输入行数(201)" in office.words
    submit(office, confirmed="200")
    assert office.page.status_code == 400
    assert "输入的行数与预检不符" in office.words
    submit(office, confirmed="201")
    assert tallies(office) == (201, 0, 0)
    fields = office.fields_of("/admin/operation/undo")
    office.post("/admin/operation/undo", **(fields | {"step": "submit"}))
    assert "已撤回 201" in office.words


def test_all_of_it_in_english(someone: Someone) -> None:
    counsellor = someone("counsellor", role="counsellor", language="en")
    send(counsellor, workbook(("Student no.", "Item", "Status"), ("221599999", "STU_CARD", "3")), kind="CLEARANCES")
    check(counsellor)
    assert tallies(counsellor) == (0, 0, 1)
    assert "No row can be imported" in counsellor.words
    assert re.findall(r"[\u4e00-\u9fff]{2,}", counsellor.words) == []


# --- a list for a bulk act, as a file


def bulk(person: Person, way: str, content: bytes, **more: str) -> None:
    person.get("/admin/bulk/")
    fields = {"csrf_token": person.token, "step": "check", "way": way, "item": "STU_CARD", "status": "CLEARED"} | more
    person.page = person.http.post("/admin/bulk/", data=fields, files={f"{way}File": ("名单.xlsx", content)})


def test_a_pasted_list_may_be_a_file(counsellor: Person) -> None:
    bulk(counsellor, "studentNos", workbook(("学号", "姓名"), ("221599122", "段誉之"), ("221599121", "另有其人")))
    assert [int(each) for each in re.findall(r'class="tally tone-\w+"><b>(\d+)', counsellor.text)] == [1, 0, 1]
    assert "姓名" in counsellor.words
    bulk(counsellor, "studentNos", workbook(("221599122",)), note="集中收证")
    assert "备注请写在文件的" in counsellor.words


def test_everybody_except_the_numbers_of_a_file(someone: Someone) -> None:
    office = someone("office")
    bulk(office, "allExcept", workbook(("221599121",), ("221599122",)))
    counts = [int(each) for each in re.findall(r'class="tally tone-\w+"><b>(\d+)', office.text)]
    assert f"除所列 2 个学号以外的全部在办学生(预检共 {sum(counts)} 行)" in office.words
    shown = set(re.findall(r'data-student="([^"]+)"', office.text))
    assert shown & {"221599121", "221599122"} == set()
    bulk(office, "allExcept", workbook(("学号", "姓名"), ("221599121", "另有其人"), ("221599122", "段誉之")))
    assert "1 行不能确定是哪名学生" in office.words
    assert "tally" not in office.text
    bulk(office, "allExcept", REFUSED["a web page"][0]())
    assert "这是网页" in office.words
