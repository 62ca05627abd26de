"""The forms of conditions and of columns: every button is a round trip, nothing typed is lost, and both lead back."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.admin_panel.lists import column, headings, q, tokens, total
from tests.served import Person, Someone

COMBINE, COLUMNS = "/admin/sheet/combine", "/admin/sheet/columns"


@pytest.fixture
def office(someone: Someone) -> Person:
    return someone("office")


def fields(person: Person) -> dict[str, list[str]]:
    """What the page's form would send: hidden and written fields, chosen options, ticked boxes."""
    form = person.text.partition("data-again>")[2].partition("</form>")[0]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r' name="([^"]*)"', tag), re.search(r' value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or "checked" in tag):
            found.setdefault(name[1], []).append(html.unescape(value[1] if value else ""))
    for name_, options in re.findall(r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.findall(r'<option value="([^"]*)" selected', options)
        found[name_] = chosen or re.findall(r'<option value="([^"]*)"', options)[:1]
    for name_, text in re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found[name_] = [html.unescape(text)]
    return found


def press(person: Person, do: str, path: str = COMBINE, **written: str | list[str]) -> Person:
    """Press a button of the form, after writing into its fields."""
    sent = fields(person) | {name: [value] if isinstance(value, str) else value for name, value in written.items()}
    person.page = person.http.get(path, params=sent | {"do": [do]})
    assert person.page.status_code == 200, person.text
    return person


def expression(person: Person) -> object:
    """The expression in the address of the list that a form led to."""
    address = urlsplit(str(person.page.url))
    assert address.path == "/admin/sheet/", person.words
    return json.loads(parse_qs(address.query)["q"][0])


def wrong(person: Person) -> list[str]:
    found = re.findall(r'<p class="wrong"[^>]*>(.*?)</p>', person.text, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", each)).strip() for each in found]


def test_conditions_are_put_together_button_by_button(office: Person) -> None:
    office.get(COMBINE)
    press(office, "add:0", **{"a:0": "student.name"})
    press(office, "group:0", **{"v:0.0": "王"})
    press(office, "add:0.1", **{"a:0.1": "level"})
    press(office, "add:0", **{"v:0.1.0": ["M", "D"], "a:0": "clearances"})
    press(office, "add:0.2", **{"a:0.2": "item"})
    press(office, "search", **{"v:0.2.0": "LIB_BOOKS", "g:0.1": "none", "s:0.2": "none"})
    assert expression(office) == [
        "all",
        ["student.name", "contains", "王"],
        ["none", ["level", "in", "M", "D"]],
        ["clearances", "none", ["all", ["item", "in", "LIB_BOOKS"]]],
    ]
    assert tokens(office)[2:] == [
        "学生 › 姓名 包含 王",
        "都不满足:培养层次 属于 硕士生、博士生",
        "环节办理状态 没有一条:环节 等于 图书清还",
    ]


def test_the_form_of_an_expression_says_the_same_again(office: Person) -> None:
    asked = [
        "any",
        ["student.studentNo", "in", "221599103", "002215901"],
        ["createdAt", "between", "2026-01-01", "2026-12-31"],
        ["version", "gte", "1"],
        ["student.hasLoan", "eq", "0"],
        ["none", ["college", "notIn", "15"], ["lateUntil", "isNull"]],
        ["clearances", "every", ["any", ["status", "in", "CLEARED"], ["status", "notIn", "PENDING"]]],
    ]
    office.get(COMBINE, q=json.dumps(asked))
    press(office, "search")
    assert expression(office) == asked


def test_a_part_is_taken_away_and_the_others_stay(office: Person) -> None:
    asked = q(["level", "in", "M"], ["any", ["className", "eq", "a"], ["className", "eq", "b"]], ["major", "eq", "c"])
    office.get(COMBINE, q=asked)
    press(office, "remove:0.1.0")
    press(office, "remove:0.0")
    press(office, "search")
    assert expression(office) == ["all", ["any", ["className", "eq", "b"]], ["major", "eq", "c"]]
    office.get(COMBINE, q=asked)
    press(office, "remove:0.1")
    press(office, "search")
    assert expression(office) == ["all", ["level", "in", "M"], ["major", "eq", "c"]]


def test_what_is_wrong_stands_beside_its_condition_and_what_was_typed_stays(office: Person) -> None:
    office.get(COMBINE)
    press(office, "add:0", **{"a:0": "version"})
    press(office, "add:0", **{"v:0.0": "many", "a:0": "createdAt"})
    assert wrong(office) == []
    press(office, "search", **{"v:0.1": ["", "2026-13-40"]})
    assert wrong(office) == ["“many”不是有效的“版本”。", "请填写“创建时间”的起止两个值。"]
    assert fields(office)["v:0.0"] == ["many"]
    assert fields(office)["v:0.1"] == ["", "2026-13-40"]
    press(office, "search", **{"v:0.0": "1", "v:0.1": ["2026-01-01", "2026-12-31"]})
    assert expression(office) == ["all", ["version", "eq", "1"], ["createdAt", "between", "2026-01-01", "2026-12-31"]]


def test_a_list_of_values_is_parted_by_commas_and_lines(office: Person) -> None:
    office.get(COMBINE, q=q(["student.studentNo", "in", "x"]))
    press(office, "search", **{"v:0.0": "221599103,002215901\r\n2215X9902、 J2515001 ;"})
    assert expression(office) == [
        "all",
        ["student.studentNo", "in", "221599103", "002215901", "2215X9902", "J2515001"],
    ]
    assert total(office) == 4


def test_another_way_to_compare_asks_for_other_values(office: Person) -> None:
    office.get(COMBINE, q=q(["createdAt", "between", "2026-01-01", "2026-12-31"]))
    press(office, "show", **{"o:0.0": "gte"})
    assert office.text.count('type="date"') == 1
    press(office, "show", **{"o:0.0": "isNull"})
    assert office.text.count('type="date"') == 0
    press(office, "search")
    assert expression(office) == ["all", ["createdAt", "isNull"]]


def test_nothing_is_asked_where_nothing_is_said(office: Person) -> None:
    office.get("/admin/sheet/")
    everybody = total(office)
    office.get(COMBINE)
    press(office, "search")
    assert "q" not in parse_qs(urlsplit(str(office.page.url)).query)
    assert total(office) == everybody


def test_the_other_conditions_of_the_list_are_kept(office: Person) -> None:
    given = {"search": "王", "flt_level_eq": "M", "columns": "student.name,level", "sort": "className", "desc": "1"}
    office.get(COMBINE, **given, state="all", page_size="50")
    press(office, "add:0", **{"a:0": "student.isResident"})
    press(office, "search", **{"v:0.0": "1"})
    kept = {name: values[0] for name, values in parse_qs(urlsplit(str(office.page.url)).query).items()}
    assert kept == given | {
        "state": "all",
        "page_size": "50",
        "flt_batch.code_eq": "2026-06",
        "q": '["all",["student.isResident","eq","1"]]',
    }


def test_an_unreadable_expression_is_shown_as_it_came_to_be_mended(office: Person) -> None:
    office.get(COMBINE, q='["all",["level","in","M"]')
    assert fields(office)["q"] == ['["all",["level","in","M"]']
    press(office, "", q='["all",["level","in","M"]]')
    assert fields(office)["v:0.0"] == ["M"]


@pytest.mark.parametrize(
    "forged",
    [
        {"do": "add:0", "a:0": "student.idNo"},
        {"do": "add:0", "a:0": "nothing.at.all"},
        {"do": "add:9.9", "a:9.9": "level"},
        {"do": "add:0.5.5", "a:0.5.5": "level"},
        {"do": "remove:0"},
        {"do": "remove:0.77"},
        {"do": "remove:x"},
        {"do": "group:" + "0." * 50 + "0"},
        {"do": "nonsense"},
        {"g:0": "xor", "do": "show"},
        {"f:0.999": "level", "o:0.999": "", "do": "show"},
        {"f:0.0.0.0.0.0.0.0.0.0.0.0.0.0.0": "level", "do": "show"},
        {"r:0.0": "level", "s:0.0": "most", "do": "show"},
    ],
)
def test_a_forged_form_is_harmless(office: Person, forged: dict[str, str]) -> None:
    assert office.get(COMBINE, **forged).status_code == 200
    assert "idNo" not in office.words


def test_no_group_is_offered_or_added_below_the_fourth(office: Person) -> None:
    office.get(COMBINE, q=json.dumps(["all", ["any", ["all", ["any", ["level", "in", "M"]]]]]))
    assert 'value="group:0.0.0"' in office.text
    assert 'value="group:0.0.0.0"' not in office.text
    innermost = office.text.partition('id="a0.0.0.0"')[2].partition("</select>")[0]
    assert 'value="level"' in innermost
    assert 'value="clearances"' not in innermost
    before = fields(office)
    press(office, "group:0.0.0.0")
    press(office, "add:0.0.0.0", **{"a:0.0.0.0": "clearances"})
    assert fields(office) == before


def test_a_document_number_is_no_value(office: Person) -> None:
    office.get("/admin/sheet/", q=q(["student.name", "contains", "99011520040412402X"]))
    assert "高级搜索第 1 个条件:身份证件号不能写入网址" in html.unescape(office.text)
    assert "共 0 条" in office.text


# --- columns


def test_columns_are_added_moved_removed_and_shown(office: Person) -> None:
    office.get(COLUMNS)
    assert fields(office)["columns"] == [
        "student.studentNo",
        "student.name",
        "progress",
        "college",
        "className",
        "leaveType",
    ]
    press(office, "add", COLUMNS, more="student.grade")
    press(office, "add", COLUMNS, more="certificateState")
    for _ in range(6):
        press(office, "left:student.grade", COLUMNS)
    press(office, "right:student.studentNo", COLUMNS)
    press(office, "remove:college", COLUMNS)
    press(office, "use", COLUMNS)
    assert parse_qs(urlsplit(str(office.page.url)).query)["columns"] == [
        "student.grade,student.name,student.studentNo,progress,className,leaveType,certificateState"
    ]
    assert headings(office) == ["年级", "姓名", "学号", "进度", "班级", "离校类别", "证书状态"]
    assert set(column(office, "年级")) <= {"2021", "2022", "2023", "2024", "2025", "–"}
    office.get(COLUMNS, columns="student.grade")
    press(office, "reset", COLUMNS)
    assert headings(office) == ["学号", "姓名", "进度", "学院", "班级", "离校类别"]


def test_a_list_shows_the_columns_of_its_address_that_this_role_reads(office: Person, someone: Someone) -> None:
    asked = "student.name,nothing,student.passwordHash,building.name,__class__,student.name,level," + "x." * 5000
    office.get("/admin/sheet/", columns=asked)
    assert headings(office) == ["姓名", "培养层次"]
    keeper = someone("datakeeper")
    keeper.get("/admin/sheet/", columns="student.name,progress")
    assert headings(keeper) == ["姓名"]
    office.get("/admin/sheet/", columns="nothing,at,all")
    assert headings(office) == ["学号", "姓名", "进度", "学院", "班级", "离校类别"]


def test_the_first_column_opens_the_row_where_its_own_is_not_shown(office: Person) -> None:
    office.get("/admin/sheet/", search="221599103", columns="className,student.name")
    assert re.findall(r'<td data-label="班级" class="main-cell"><a href="/admin/sheet/details/', office.text)
    assert 'name="sheetIds" value="' in office.text


def test_two_columns_of_one_name_say_whose_they_are(office: Person) -> None:
    office.get("/admin/sheet/", columns="student.studentNo,className,student.className")
    assert headings(office) == ["学号", "班级", "学生 › 班级"]


def test_ticks_hold_although_the_column_they_come_from_is_not_shown(office: Person) -> None:
    office.get("/admin/clearance/", columns="note,status")
    ticks = re.findall(r'name="sheetIds" value="([^"]*)"', office.text)
    assert len(ticks) == 20
    assert all(len(each) > 3 for each in ticks)


def test_an_english_page_words_both_forms(someone: Someone) -> None:
    person = someone("office", language="en")
    person.get(COMBINE, q=q(["student.name", "contains", "x"]))
    assert "Student › Name" in person.words
    assert "contains" in person.words
    person.get(COLUMNS)
    assert "Student › Student no." in person.words
