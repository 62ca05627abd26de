"""What Flask-Admin's own suites ask of lists, asked of ours: types of filters and their order, search, order of rows,
pages, links that keep everything; and what a list tells whoever acts on all of its rows.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin_panel.app import Installation, make_panel
from admin_panel.client import HttpClient
from admin_panel.conditions import NOBODY
from admin_panel.language import Text
from admin_panel.view import ObjectView
from admin_panel.visit import execute
from tests.admin_panel.lists import column, headings, numbers, q, tokens, total
from tests.served import PASSWORD, Person, Served, Someone

PREFIX = "http://localhost/admin"
FIRST = "221599101"


@pytest.fixture
def office(someone: Someone) -> Person:
    return someone("office")


def links(person: Person) -> list[dict[str, str]]:
    """The parameters of every link of the page's main part that leads to a list of sheets."""
    main = person.text.partition("<main")[2].partition("</main>")[0]
    found = [urlsplit(html.unescape(each)) for each in re.findall(r'href="(/admin/sheet/\?[^"]*)"', main)]
    return [{name: values[0] for name, values in parse_qs(each.query).items()} for each in found]


# --- filters: which there are, in which order


def boxes(person: Person) -> list[str]:
    """The names of the quick filters, in their order."""
    form = person.text.partition('data-piece="quick"')[2].partition("</form>")[0]
    return re.findall(r'<(?:input|select) class="input" id="f\d+" name="(flt_[^"]+)"', form)


def test_the_quick_filters_stand_in_the_order_of_the_registry_by_name(office: Person) -> None:
    office.get("/admin/sheet/quick")
    assert boxes(office) == [
        "flt_student.studentNo_contains",
        "flt_student.name_contains",
        "flt_batch.code_eq",
        "flt_college.code_eq",
        "flt_major_contains",
        "flt_className_contains",
        "flt_level_eq",
        "flt_leaveType_eq",
        "flt_state_eq",
    ]
    office.get("/admin/clearance/quick")
    assert boxes(office)[-4:] == [
        "flt_decidedAt_gte",
        "flt_decidedAt_lte",
        "flt_sheet.batch.code_eq",
        "flt_sheet.state_eq",
    ]


def test_a_quick_filter_and_its_box_say_the_same(office: Person) -> None:
    conditions = {"flt_className_contains": '卓越" onfocus=x', "flt_level_eq": "M"}
    office.get("/admin/sheet/quick", **conditions)
    assert 'value="卓越&#34; onfocus=x"' in office.text
    assert re.search(r'<option value="M" selected>', office.text)
    office.get("/admin/sheet/", **conditions)
    assert tokens(office) == [
        "离校批次: 2026年6月离校",
        '班级: 卓越" onfocus=x',
        "培养层次: 硕士生",
        "离校单状态: 办理中",
    ]


def operators(person: Person, path: str, field: str) -> list[str]:
    """The names of the operators that a new condition on a field offers, in their order."""
    person.get(f"/admin/{path}/combine", **{"g:0": "all", "a:0": field, "do": "add:0"})
    box = person.text.partition('id="o0.0"')[2].partition("</select>")[0]
    return re.findall(r'<option value="(\w+)"', box)


TEXT = ["contains", "notContains", "startsWith", "eq", "ne", "in", "notIn", "isNull", "notNull"]
NUMBER = ["eq", "ne", "gte", "lte", "between", "in", "notIn", "isNull", "notNull"]
CHOICE = ["in", "notIn", "isNull", "notNull"]
DAY = ["between", "gte", "lte", "eq", "ne", "isNull", "notNull"]


@pytest.mark.parametrize(
    ("path", "field", "offered"),
    [
        ("sheet", "className", TEXT),
        ("sheet", "student.name", TEXT),
        ("sheet", "version", NUMBER),
        ("item", "order", NUMBER),
        ("sheet", "leaveType", CHOICE),
        ("sheet", "college", CHOICE),
        ("clearance", "item", CHOICE),
        ("clearance", "sheet.student.college", CHOICE),
        ("clearance", "decidedAt", DAY),
        ("student", "hasLoan", ["eq", "isNull", "notNull"]),
        ("clearance", "decidedUser", ["isNull", "notNull"]),
        ("sheet", "movedTo", ["isNull", "notNull"]),
    ],
)
def test_each_type_has_its_operators_in_their_order(office: Person, path: str, field: str, offered: list[str]) -> None:
    assert operators(office, path, field) == offered


# --- search


@pytest.mark.parametrize(
    ("path", "text", "label", "found"),
    [
        ("sheet", FIRST, "学号", [FIRST]),
        ("sheet", "林晓雨", "学号", [FIRST]),
        ("sheet", "2215 林晓雨", "学号", [FIRST]),
        ("sheet", "221599101", "学号", [FIRST]),
        ("sheet", "林晓雨 王伟", "学号", []),
        ("student", "00221", "学号", ["002215901"]),
        ("college", "15", "学院名称", ["计算机与信息科学学院"]),
        ("item", "LIB_BOOKS", "环节", ["图书清还"]),
    ],
)
def test_a_search_finds_numbers_and_names(office: Person, path: str, text: str, label: str, found: list[str]) -> None:
    office.get(f"/admin/{path}/", search=text)
    assert column(office, label) == found


def test_the_search_box_says_what_it_searches(office: Person, someone: Someone) -> None:
    asked = {
        "student": "查询学号、姓名",
        "certificate": "查询证书编号、学号、姓名",
        "college": "查询学院代码、学院名称",
    }
    for path, words in asked.items():
        assert f'placeholder="{words}"' in office.get(f"/admin/{path}/").text, path
    english = someone("office", language="en")
    assert 'placeholder="Search Student no., Name"' in english.get("/admin/student/").text


@pytest.mark.parametrize("text", ["99011520040412402X", "99011520040412402x", " 9901 1520 0404 12402X "])
def test_a_document_number_is_not_searched_and_does_not_stay_in_the_address(office: Person, text: str) -> None:
    office.get("/admin/student/", search=text, flt_name_contains="王")
    assert "身份证件号不能写入网址" in office.words
    assert parse_qs(urlsplit(str(office.page.url)).query) == {"flt_name_contains": ["王"]}
    assert text.strip() not in office.text
    assert set(tokens(office)) == {"姓名: 王"}


def test_a_graduate_s_number_with_the_form_of_a_passport_s_is_searched(office: Person) -> None:
    office.get("/admin/sheet/", search="S231599104")
    assert column(office, "学号") == ["S231599104"]


def test_a_certificate_is_found_by_a_number_as_long_as_a_document_s(office: Person) -> None:
    office.get("/admin/certificate/")
    number = next(each for each in column(office, "证书编号") if len(each) > 10)
    office.get("/admin/certificate/", search=number)
    assert column(office, "证书编号") == [number]


# --- order


def test_a_list_has_an_order_of_its_own_and_takes_any_column_s(office: Person) -> None:
    office.get("/admin/student/")
    of_itself = column(office, "学号")
    assert office.get("/admin/student/").status_code == 200
    assert column(office, "学号") == of_itself
    office.get("/admin/student/", sort="studentNo", page_size="200")
    upwards = column(office, "学号")
    assert upwards == sorted(upwards)
    office.get("/admin/student/", sort="studentNo", desc="1", page_size="200")
    assert column(office, "学号") == upwards[::-1]
    office.get("/admin/sheet/", sort="student.grade", columns="student.grade", page_size="200")
    assert column(office, "年级") == sorted(column(office, "年级"))


def test_an_older_address_sorts_by_the_place_of_a_column(office: Person) -> None:
    office.get("/admin/sheet/", sort="0", desc="1", page_size="200")
    by_place = column(office, "学号")
    office.get("/admin/sheet/", sort="student.studentNo", desc="1", page_size="200")
    assert column(office, "学号") == by_place
    assert re.findall(r'aria-sort="(\w+)"', office.text) == ["descending"]


@pytest.mark.parametrize("sort", ["999", "-1", "x", "student.idNo", "progress", "clearances", "a." * 9000, "__class__"])
def test_an_order_that_is_none_is_the_list_s_own(office: Person, sort: str) -> None:
    office.get("/admin/sheet/")
    of_itself = column(office, "学号")
    office.get("/admin/sheet/", sort=sort, desc="x")
    assert office.page.status_code == 200
    assert column(office, "学号") == of_itself


def test_a_head_sorts_up_then_down_and_keeps_the_rest(office: Person) -> None:
    given = {
        "search": "王",
        "flt_level_eq": "M",
        "columns": "student.studentNo,className",
        "q": q(["className", "notNull"]),
    }
    office.get("/admin/sheet/", **given, state="all", page_size="50")
    [up] = [each for each in links(office) if each.get("sort") == "className"]
    kept = {"flt_batch.code_eq": "2026-06", "state": "all", "page_size": "50"}
    assert up == given | kept | {"sort": "className"}
    office.get("/admin/sheet/", **up)
    [down] = [each for each in links(office) if each.get("sort") == "className" and each.get("desc") == "1"][:1]
    assert down == up | {"desc": "1"}


# --- pages


@pytest.mark.parametrize(("size", "rows"), [("20", 20), ("50", 50), ("201", 20), ("0", 20), ("", 20), ("x", 20)])
def test_sizes_of_pages(office: Person, size: str, rows: int) -> None:
    office.get("/admin/sheet/", page_size=size)
    assert len(column(office, "学号")) == rows
    assert re.findall(r'href="[^"]*page_size=(\d+)[^"]*"[^>]*>\1<', office.text) == ["20", "50", "100", "200"]


def test_the_second_page_goes_on_where_the_first_ended_and_leads_back(office: Person) -> None:
    office.get("/admin/sheet/")
    first, count = column(office, "学号"), total(office)
    [forward] = [each for each in links(office) if each.get("page") == "1"]
    office.get("/admin/sheet/", **forward)
    assert not set(first) & set(column(office, "学号"))
    assert f"第 21–40 条,共 {count} 条" in office.words
    assert 'rel="prev"' in office.text


def test_a_page_behind_the_last_and_a_list_of_nobody_say_so(office: Person) -> None:
    office.get("/admin/sheet/", page="9999")
    assert "没有符合条件的记录" in office.words
    office.get("/admin/sheet/", search="nobody is called so")
    assert "没有符合条件的记录" in office.words
    assert "共 0 条" in office.words


# --- links


def test_the_link_to_a_page_shows_exactly_it_in_another_browser(office: Person, someone: Someone) -> None:
    given = {
        "flt_level_eq": "B",
        "columns": "student.name,className",
        "sort": "className",
        "desc": "1",
        "page_size": "50",
    }
    office.get("/admin/sheet/", **given, q=q(["student.hasLoan", "eq", "0"]), page="0")
    shown = column(office, "姓名"), column(office, "班级"), tokens(office)
    [link] = re.findall(r'<a class="btn small quiet" href="([^"]+)" data-copies', office.text)
    elsewhere = someone("office")
    elsewhere.get(html.unescape(link))
    assert (column(elsewhere, "姓名"), column(elsewhere, "班级"), tokens(elsewhere)) == shown
    assert headings(elsewhere) == ["姓名", "班级"]


# --- what a list tells about itself


@pytest.fixture(scope="module")
def panel(served: Served) -> Iterator[Flask]:
    """A panel of this process over the served API: what its views say can be asked of them."""
    client = HttpClient(f"{served.api}/graphql", served.command("token", "create", "--user", "office"))
    yield make_panel(client, Installation("for tests only", Text("镜湖大学", "Jinghu University")))
    client.close()


@pytest.fixture
def browser(panel: Flask) -> Iterator[FlaskClient]:
    with panel.test_client() as client:
        page = client.get("/login", base_url=PREFIX).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        given = {"csrf_token": found[1] if found else "", "username": "office", "password": PASSWORD}
        answer = client.post("/login", base_url=PREFIX, data=given, follow_redirects=True)
        assert answer.status_code == 200
        yield client


def view_of(panel: Flask, endpoint: str) -> ObjectView:
    [admin] = panel.extensions["admin"]
    [view] = [each for each in admin._views if each.endpoint == endpoint]
    assert isinstance(view, ObjectView)
    return view


def counted(view: ObjectView, where: Any) -> int:
    document = (
        f"query C($where: {view.info.name}Filter) {{ found: {view.info.plural}(where: $where) {{ totalCount }} }}"
    )
    return int(execute(document, {"where": where})["found"]["totalCount"])


ASKED = [
    ("sheet", {}),
    ("sheet", {"batch": "all", "state": "all"}),
    ("sheet", {"search": "王"}),
    ("sheet", {"search": "2215 王"}),
    ("sheet", {"search": "2215X"}),
    ("sheet", {"search": "99999999999999999999999999999999999999999"}),
    ("sheet", {"flt_level_eq": "M", "q": q(["student.hasLoan", "eq", "0"])}),
    ("student", {"search": "221"}),
    ("student", {"search": "伟 王"}),
    ("clearance", {"flt_item.code_eq": "LIB_BOOKS", "search": "王"}),
    ("certificate", {"search": "9"}),
    ("college", {"search": "计算机"}),
    ("department", {"search": "library"}),
    ("item", {"search": "LIB"}),
    ("batch", {"search": "2026"}),
    ("event", {"flt_after_contains": "CLEARED"}),
]


@pytest.mark.parametrize(("endpoint", "asked"), ASKED)
def test_a_list_says_its_condition_and_it_finds_the_same(
    panel: Flask, browser: FlaskClient, endpoint: str, asked: dict[str, str]
) -> None:
    view = view_of(panel, endpoint)
    answer = browser.get(f"/{endpoint}/", base_url=PREFIX, query_string=asked)
    shown = re.search(r"共 (\d+) 条", answer.text)
    assert shown is not None
    assert counted(view, view.where_now()) == int(shown[1])
    parameters, words = view.list_parameters(), view.conditions_in_words()
    browser.get("/college/", base_url=PREFIX)
    with view.as_asked(parameters):
        assert counted(view, view.where_now()) == int(shown[1])
        assert view.list_parameters() == parameters
        assert view.conditions_in_words() == words


def test_a_list_whose_expression_is_wrong_finds_nobody(panel: Flask, browser: FlaskClient) -> None:
    view = view_of(panel, "sheet")
    for text in ("garbage", q(["student.idNo", "eq", "x"]), q(["level", "in", "NONSENSE"])):
        browser.get("/sheet/", base_url=PREFIX, query_string={"q": text})
        assert view.where_now() == NOBODY
        assert counted(view, view.where_now()) == 0


def test_a_list_says_its_conditions_in_words(panel: Flask, browser: FlaskClient) -> None:
    asked = {"search": "王", "flt_level_eq": "M", "q": q(["college", "in", "15"])}
    browser.get("/sheet/", base_url=PREFIX, query_string=asked)
    assert view_of(panel, "sheet").conditions_in_words() == [
        "查询: 王",
        "离校批次: 2026年6月离校",
        "培养层次: 硕士生",
        "离校单状态: 办理中",
        "学院 等于 计算机与信息科学学院",
    ]


def test_the_parameters_of_a_list_make_the_same_list_in_any_batch(panel: Flask, browser: FlaskClient) -> None:
    asked = {"search": "王", "sort": "className", "desc": "1", "columns": "student.name", "q": q(["level", "in", "M"])}
    browser.get("/sheet/", base_url=PREFIX, query_string=asked | {"page": "3", "page_size": "50", "state": "all"})
    assert view_of(panel, "sheet").list_parameters() == asked | {
        "flt_batch.code_eq": "2026-06",
        "state": "all",
        "q": '["all", ["level", "in", "M"]]',
    }


def test_only_those_rows_are_ticked_that_the_list_shows(office: Person) -> None:
    assert len(numbers(office, search="22159910")) == 8
    ticks = re.findall(r'name="sheetIds" value="([^"]+)"', office.text)
    assert len(set(ticks)) == 8
