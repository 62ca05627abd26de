"""The generated lists: columns and rows by right, search, named conditions, pages and order."""

from __future__ import annotations

import html
import re

import pytest

from tests.served import Person, Someone


def column(person: Person, label: str) -> list[str]:
    cells = re.findall(rf'<td data-label="{label}"[^>]*>(.*?)</td>', person.text, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in cells]


def total(person: Person) -> int:
    found = re.search(r"共 (\d+) 条", person.text)
    assert found is not None, person.words
    return int(found[1])


@pytest.fixture
def counsellor(someone: Someone) -> Person:
    return someone("counsellor", role="counsellor")


def test_the_current_batch_is_a_condition_that_can_be_removed(counsellor: Person) -> None:
    counsellor.get("/admin/sheet/", search="丁一鸣")
    assert "离校批次: 2026年6月离校" in html.unescape(counsellor.text)
    assert column(counsellor, "学号") == ["221599106"]
    without = re.search(r'class="token">离校批次.*?<a href="([^"]+)"', counsellor.text)
    assert without is not None
    counsellor.get(html.unescape(without[1]))
    assert sorted(column(counsellor, "学号")) == ["211599106", "221599106"]
    assert "离校批次: " not in html.unescape(counsellor.text)


def test_a_number_is_searched_from_its_beginning_and_a_name_anywhere(counsellor: Person) -> None:
    counsellor.get("/admin/sheet/", search="22159910")
    assert len(column(counsellor, "学号")) == 8
    assert all(number.startswith("22159910") for number in column(counsellor, "学号"))
    counsellor.get("/admin/sheet/", search="伟")
    assert {"221599103", "221599104"} <= set(column(counsellor, "学号"))


def test_a_zero_in_front_and_a_letter_inside_survive(counsellor: Person) -> None:
    counsellor.get("/admin/sheet/", search="00221")
    assert column(counsellor, "学号") == ["002215901"]
    counsellor.get("/admin/sheet/", search="2215X")
    assert column(counsellor, "学号") == ["2215X9902"]


def test_conditions_are_named_and_add_up(counsellor: Person) -> None:
    conditions = {"flt_leaveType_eq": "COMPLETION", "flt_className_contains": "卓越"}
    counsellor.get("/admin/sheet/", **conditions)
    assert column(counsellor, "学号") == ["221599111"]
    assert column(counsellor, "离校类别") == ["结业"]
    assert "selected>结业</option>" in counsellor.get("/admin/sheet/quick", **conditions).text


def test_a_related_object_is_chosen_by_its_name(counsellor: Person) -> None:
    conditions = {"flt_item.code_eq": "COLLEGE_FINAL", "flt_status_eq": "PENDING"}
    counsellor.get("/admin/clearance/", **conditions)
    assert set(column(counsellor, "环节")) == {"院系离校"}
    assert set(column(counsellor, "办理状态")) == {"未办理"}
    assert "环节: 院系离校" in html.unescape(counsellor.text)
    counsellor.get("/admin/clearance/quick", **conditions)
    assert '<option value="COLLEGE_FINAL" selected>院系离校</option>' in counsellor.text


@pytest.mark.parametrize("value", ["NONSENSE", "1; DROP TABLE", "'"])
def test_a_condition_that_means_nothing_is_told_and_ignored(counsellor: Person, value: str) -> None:
    everybody = total_after(counsellor, {})
    assert total_after(counsellor, {"flt_level_eq": value}) == everybody
    assert "不是有效的" in counsellor.text


def total_after(person: Person, conditions: dict[str, str]) -> int:
    person.get("/admin/sheet/", **conditions)
    return total(person)


def test_sorting_goes_both_ways(counsellor: Person) -> None:
    link = re.search(r'<a href="([^"]+)" title="按学号排序">', counsellor.get("/admin/sheet/").text)
    assert link is not None
    counsellor.get(html.unescape(link[1]))
    upwards = column(counsellor, "学号")
    assert upwards == sorted(upwards)
    link = re.search(r'aria-sort="ascending">\s*<a href="([^"]+)"', counsellor.text)
    assert link is not None
    counsellor.get(html.unescape(link[1]))
    downwards = column(counsellor, "学号")
    assert downwards == sorted(downwards, reverse=True)
    assert downwards[0] != upwards[0]


def test_pages_show_every_row_once(counsellor: Person) -> None:
    count = total_after(counsellor, {})
    seen: list[str] = []
    for page in range((count + 19) // 20):
        counsellor.get("/admin/sheet/", page=str(page))
        seen += column(counsellor, "学号")
    assert len(seen) == len(set(seen)) == count


@pytest.mark.parametrize("page", ["-1", "1000000000000000000000", "x", "99999"])
def test_an_absurd_page_is_no_error(counsellor: Person, page: str) -> None:
    assert counsellor.get("/admin/sheet/", page=page).status_code == 200


@pytest.mark.parametrize(("size", "rows"), [("20", 20), ("50", 50), ("1000000", 20), ("-5", 20)])
def test_a_page_has_one_of_three_sizes(someone: Someone, size: str, rows: int) -> None:
    office = someone("office")
    office.get("/admin/sheet/", page_size=size)
    assert len(column(office, "学号")) == rows


def test_a_list_holds_only_rows_within_reach(counsellor: Person, someone: Someone) -> None:
    office = someone("office")
    office.get("/admin/sheet/", **{"flt_college.code_eq": "15"})
    assert set(column(office, "学院")) == {"计算机与信息科学学院"}
    counsellor.get("/admin/sheet/")
    assert total(counsellor) == total(office)
    library = someone("library")
    library.get("/admin/clearance/", page_size="100")
    assert set(column(library, "环节")) == {"图书清还", "学位论文提交"}


def test_no_list_or_filter_names_a_sensitive_column(someone: Someone) -> None:
    for username in ("office", "counsellor", "library"):
        person = someone(username)
        person.get("/admin/student/", flt_idNo_eq="99011520040412402X")
        assert "身份证件号" not in person.words
        assert total(person) > 1
        assert "9901152004" not in person.words


def test_ticking_is_offered_to_those_who_handle_in_bulk(counsellor: Person, someone: Someone) -> None:
    assert 'name="sheetIds"' in counsellor.get("/admin/sheet/").text
    leader = someone("leader")
    assert 'name="sheetIds"' not in leader.get("/admin/sheet/").text


def test_a_wrong_condition_is_told_once(counsellor: Person) -> None:
    counsellor.get("/admin/sheet/", flt_level_eq="NONSENSE")
    assert counsellor.text.count("不是有效的") == 1
    counsellor.get("/admin/sheet/")
    assert "不是有效的" not in counsellor.text


def test_days_are_those_of_the_university(counsellor: Person) -> None:
    everything = {"flt_item.code_eq": "LIB_BOOKS", "flt_status_eq": "CLEARED"}
    counsellor.get("/admin/clearance/", **everything)
    [day, *_] = re.findall(r'<time datetime="(\d{4}-\d\d-\d\d)T', counsellor.text)
    counsellor.get("/admin/clearance/", **everything, flt_decidedAt_gte=day, flt_decidedAt_lte=day)
    shown = set(re.findall(r'<time datetime="(\d{4}-\d\d-\d\d)T', counsellor.text))
    assert shown == {day}
    assert f"办理时间 ≥ {day}" in html.unescape(counsellor.text)


@pytest.mark.parametrize(
    "extra", ["endpoint=x", "_external=1", "_scheme=javascript", "_anchor=x", "_method=POST", "cls=1&self=1&fn=1"]
)
def test_no_parameter_reaches_the_making_of_addresses(counsellor: Person, extra: str) -> None:
    answer = counsellor.get(f"/admin/sheet/?{extra}")
    assert answer.status_code == 200
    assert "javascript:" not in answer.text
    addresses = re.findall(r'<a href="([^"]+)" (?:title|rel)', answer.text)
    assert addresses
    assert all(address.startswith("/admin/") for address in addresses)
    assert not any(extra.split("=")[0] in address for address in addresses if "/admin/role" not in address)


def test_markup_in_a_search_stays_text(counsellor: Person) -> None:
    counsellor.get("/admin/sheet/", search='"><script>alert(1)</script>')
    assert "<script>alert" not in counsellor.text
    assert "&lt;script&gt;alert" in counsellor.text


def test_a_row_leads_to_the_lists_that_belong_to_it(counsellor: Person) -> None:
    counsellor.get("/admin/student/", search="221599103")
    details = re.search(r'class="main-cell"><a href="([^"]+)"', counsellor.text)
    assert details is not None
    counsellor.get(html.unescape(details[1]))
    link = re.search(r'class="btn quiet" href="(/admin/sheet/[^"]+)">离校单', counsellor.text)
    assert link is not None
    counsellor.get(html.unescape(link[1]))
    assert column(counsellor, "学号") == ["221599103"]


def test_a_list_starts_with_sheets_in_progress_until_that_is_removed(counsellor: Person) -> None:
    counsellor.get("/admin/sheet/", search="221599116")
    assert "离校单状态: 办理中" in html.unescape(counsellor.text)
    assert column(counsellor, "学号") == []
    without = re.search(r'class="token">离校单状态.*?<a href="([^"]+)"', counsellor.text)
    assert without is not None
    counsellor.get(html.unescape(without[1]))
    assert column(counsellor, "学号") == ["221599116"]
    assert "离校单状态: " not in html.unescape(counsellor.text)
    assert "离校批次: 2026年6月离校" in html.unescape(counsellor.text)


@pytest.mark.parametrize("path", ["/admin/clearance/", "/admin/certificate/"])
def test_what_stands_on_sheets_starts_with_those_in_progress_too(counsellor: Person, path: str) -> None:
    counsellor.get(path, **{"flt_sheet.student.studentNo_contains": "221599116"})
    assert "离校单状态: 办理中" in html.unescape(counsellor.text)
    assert column(counsellor, "学号") == []


def test_conditions_that_a_list_starts_with_are_all_removed_at_once(counsellor: Person) -> None:
    link = re.search(r'class="btn small quiet" href="([^"]+)">清除条件', counsellor.get("/admin/sheet/").text)
    assert link is not None
    counsellor.get(html.unescape(link[1]))
    assert 'class="token"' not in counsellor.text


def test_an_unticked_state_in_the_advanced_search_is_no_condition(counsellor: Person) -> None:
    counsellor.get("/admin/sheet/", search="221599116", flt_state_eq="")
    assert column(counsellor, "学号") == ["221599116"]


def test_the_counts_of_the_home_page_are_of_sheets_in_progress_and_lead_to_them(counsellor: Person) -> None:
    counsellor.get("/admin/")
    links = re.findall(r'href="(/admin/clearance/[^"]+)">(\d+)</a>', counsellor.text)
    assert len(links) == 66
    pending = next(
        (html.unescape(link), int(count)) for link, count in links if "STU_CARD" in link and "PENDING" in link
    )
    counsellor.get(pending[0])
    assert total(counsellor) == pending[1]
    counsellor.get("/admin/clearance/", **{"flt_item.code_eq": "STU_CARD", "flt_status_eq": "PENDING"}, state="all")
    assert total(counsellor) > pending[1]


def headings(person: Person) -> list[str]:
    found = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', person.text, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", each)).strip() for each in found]


def test_columns_that_would_say_the_same_in_every_row_are_left_out(counsellor: Person, someone: Someone) -> None:
    counsellor.get("/admin/sheet/")
    assert headings(counsellor) == ["学号", "姓名", "进度", "班级", "离校类别"]
    counsellor.get("/admin/sheet/", state="all")
    assert headings(counsellor)[-1] == "离校单状态"
    office = someone("office")
    office.get("/admin/sheet/")
    assert headings(office) == ["学号", "姓名", "进度", "学院", "班级", "离校类别"]


def test_progress_is_a_number_with_its_words_and_a_bar(counsellor: Person) -> None:
    counsellor.get("/admin/sheet/", search="221599110")
    [cell] = re.findall(r'<td data-label="进度">(.*?)</td>', counsellor.text, re.DOTALL)
    assert 'class="meter done" title="必办环节全部办结"' in cell
    assert '<progress value="10" max="10"' in cell
    assert column(counsellor, "进度") == ["10/10"]


def test_who_reads_no_clearances_finds_no_progress(someone: Someone) -> None:
    keeper = someone("datakeeper")
    keeper.get("/admin/sheet/")
    assert "进度" not in headings(keeper)


def test_an_operator_ticks_among_the_clearances_and_takes_the_item_along(someone: Someone) -> None:
    library = someone("library")
    library.get("/admin/clearance/", **{"flt_item.code_eq": "LIB_THESIS", "flt_status_eq": "PENDING"})
    assert headings(library) == ["学号", "姓名", "环节", "办理状态", "办理备注(学生可见)", "办理时间", "办理人"]
    assert '<input type="hidden" name="item" value="LIB_THESIS">' in library.text
    ticked = re.findall(r'name="sheetIds" value="([\w-]+)"', library.text)[:1]
    library.post("/admin/bulk/", step="choose", item="LIB_THESIS", sheetIds=[*ticked, *ticked])
    assert "已勾选 1 名学生" in library.words
    assert '<option value="LIB_THESIS" selected>' in library.text


def test_objects_of_which_a_role_reads_names_only_are_not_in_the_menu(counsellor: Person, someone: Someone) -> None:
    assert "/admin/user/" not in counsellor.get("/admin/clearance/").text
    assert counsellor.get("/admin/user/").status_code == 403
    accounts = someone("accountadmin")
    assert "/admin/user/" in accounts.get("/admin/").text
    assert accounts.get("/admin/user/").status_code == 200


def test_the_list_of_operations_names_every_role_in_words(someone: Someone) -> None:
    """Also the two of nobody who signed in: the rules, and whoever runs the commands."""
    office = someone("office")
    office.get("/admin/operation/", page_size="100")
    roles: list[str] = []
    for page in range((total(office) + 99) // 100):
        office.get("/admin/operation/", page_size="100", page=str(page))
        roles += column(office, "操作身份")
    assert "系统" in roles
    assert not [role for role in roles if role.isascii()]


def test_the_change_history_tells_states_in_words(someone: Someone) -> None:
    office = someone("office")
    office.get("/admin/event/", page_size="100")
    said = set(column(office, "原状态") + column(office, "新状态"))
    assert {"未办理", "已办理"} <= said
    assert not said & {"PENDING", "CLEARED", "NOT_REQUIRED", "PRINTED", "ISSUED"}
