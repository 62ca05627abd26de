"""Forms of the generated views, as whoever knows other generated admin panels expects them: making, changing, deleting,
going on; mistakes at their fields; forged fields, other people's rows, missing rows and double clicks."""

from __future__ import annotations

import html
import re

import pytest

from tests.admin_panel.forms import buttons, details, version
from tests.served import Person, Someone

NEW = "/admin/college/do/createCollege"
EDIT = "/admin/college/do/updateCollege"
HIDDEN = re.compile(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"')


def wrong(person: Person) -> list[str]:
    """The fields that the page marks as wrong."""
    return re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"[^>]*aria-invalid="true"', person.text)


def held(person: Person) -> dict[str, str]:
    """What the text fields hold."""
    found = re.findall(r'<input class="input" id="(\w+)" name="\w+" value="([^"]*)"', person.text)
    return {name: html.unescape(value) for name, value in found}


def where(person: Person) -> str:
    """The address of the page that came last, without the host."""
    return person.page.url.raw_path.decode()


@pytest.fixture
def office(someone: Someone) -> Person:
    person = someone("office")
    person.get("/admin/college/")
    return person


# --- making


def test_a_row_is_made_and_the_list_says_so(office: Person) -> None:
    office.get(NEW)
    assert list(held(office)) == [
        *("code", "name", "nameEn", "officePlace", "officePhone", "secretaryPhone", "certificatePlace"),
        "certificatePhone",
    ]
    assert re.search(r'id="code"[^>]* required', office.text)
    assert re.search(r'id="nameEn"[^>]* required', office.text) is None
    office.post(NEW, code="F01", name="甲学院", active="1")
    assert (where(office), "已新增学院。" in office.words) == ("/admin/college/", True)
    office.get("/admin/college/", search="F01")
    assert "甲学院" in office.words


def test_save_and_add_another_comes_with_an_empty_form(office: Person) -> None:
    office.get(NEW)
    assert re.findall(r'name="then" value="(\w+)"', office.text) == ["stay", "another"]
    office.post(NEW, code="F02", name="乙学院", active="1", then="another")
    assert (where(office), "已新增学院。" in office.words) == (NEW, True)
    assert set(held(office).values()) == {""}


def test_save_and_continue_comes_with_the_row_in_its_new_version(office: Person) -> None:
    office.get(NEW)
    office.post(NEW, code="F03", name="丙学院", active="1", then="stay")
    assert where(office).startswith(f"{EDIT}?id=")
    assert (held(office)["name"], version(office)) == ("丙学院", {"expectedVersion": "1"})
    assert re.findall(r'name="then" value="(\w+)"', office.text) == ["stay"]
    office.post(where(office), **held(office) | {"name": "丙院"}, active="1", then="stay", **version(office))
    assert (held(office)["name"], version(office)) == ("丙院", {"expectedVersion": "2"})
    office.post(where(office), **held(office) | {"name": "丁院"}, active="1", then="somewhere", **version(office))
    assert where(office).startswith("/admin/college/details/?id=")


# --- mistakes


@pytest.mark.parametrize(
    ("fields", "at", "said"),
    [
        ({"code": "15", "name": "x"}, ["code"], '"学院代码" 15 已被使用'),
        ({"code": "", "name": "x"}, ["code"], "请填写:学院代码。"),
        ({"code": "F1 0", "name": "x"}, ["code"], "只能含字母、数字"),
        ({"code": "F10", "name": "x" * 65}, ["name"], "有 65 个字,上限 64"),
        ({"code": "F" * 17, "name": " "}, ["name"], "请填写:学院名称。"),
    ],
)
def test_a_mistake_stands_at_its_field_and_what_was_typed_stays(
    office: Person, fields: dict[str, str], at: list[str], said: str
) -> None:
    office.get(NEW)
    office.post(NEW, **fields, officePhone="8299", active="1")
    assert office.page.status_code == 400
    assert said in office.words
    assert wrong(office) == at
    assert (held(office)["officePhone"], held(office)["name"]) == ("8299", fields["name"])
    office.get("/admin/college/", search="F10")
    assert "F10" not in office.words


@pytest.mark.parametrize(("name", "value"), [("beds", "many"), ("beds", "1.5"), ("beds", "１２x"), ("houses", "X")])
def test_what_is_no_value_of_its_kind_is_no_server_error(office: Person, name: str, value: str) -> None:
    address = "/admin/building/do/createBuilding"
    office.get(address)
    office.post(address, **{"code": "F20", "name": "楼", "houses": "M", "beds": "1"} | {name: value})
    assert (office.page.status_code, wrong(office)) == (400, [name])
    office.get("/admin/building/", search="F20")
    assert "F20" not in office.words


def test_a_day_that_is_none_is_told(office: Person) -> None:
    address = "/admin/batch/do/createBatch"
    office.get(address)
    office.post(address, code="F-21", name="批次", opensAt="2027-02-30", rangeLimit="200")
    assert (office.page.status_code, wrong(office)) == (400, ["opensAt"])
    assert "“2027-02-30”不是有效的值。" in office.words
    office.post(address, code="F-21", name="批次", opensAt="2027-06-02", closesAt="2027-06-01", rangeLimit="200")
    assert (office.page.status_code, wrong(office)) == (400, ["closesAt"])


# --- forged and foreign


def test_fields_that_the_form_does_not_ask_are_not_heard(office: Person) -> None:
    office.get(NEW)
    office.post(NEW, code="F30", name="戊学院", active="1")
    row = details(office, "college", "F30")
    office.get(EDIT, id=row)
    forged = {"id": "x", "version": "9", "code": "F99", "createdAt": "2000-01-01", "__class__": "x", "nothing": "1"}
    office.post(f"{EDIT}?id={row}", **held(office) | forged | {"officePhone": "1"}, active="1", **version(office))
    assert "已修改学院。" in office.words
    assert [each for each in ("F30", "F99") if each in office.words] == ["F30"]
    office.get(EDIT, id=row)
    assert version(office) == {"expectedVersion": "2"}


def test_a_version_that_is_none_is_refused(office: Person) -> None:
    row = details(office, "college", "15")
    office.get(EDIT, id=row)
    fields = held(office) | {"active": "1", "officePhone": "1"}
    for seen in ({}, {"expectedVersion": ""}, {"expectedVersion": "x"}):
        office.post(f"{EDIT}?id={row}", **fields, **seen)
        assert office.page.status_code == 400
    office.post(f"{EDIT}?id={row}", **fields, expectedVersion="0")
    assert office.page.status_code == 409
    office.get(EDIT, id=row)
    assert held(office)["officePhone"] != "1"


def test_rows_that_are_not_there(office: Person) -> None:
    for row in ("", "nothing", "Q29sbGVnZTo5OTk5", "U3R1ZGVudDox", "'; drop table college; --", "٣"):
        for address in (f"{EDIT}?id=", "/admin/college/details/?id=", "/admin/college/cell?only=officePhone&id="):
            assert office.http.get(address + row).status_code == 404, (address, row)
        sent = {"csrf_token": office.token, "name": "x", "expectedVersion": "1"}
        assert office.http.post(f"{EDIT}?id={row}", data=sent).status_code == 404
    for mutation in ("deleteEverything", "updateStudent", "signOut", "", "createCollege/../x"):
        assert office.http.get(f"/admin/college/do/{mutation}").status_code == 404, mutation


def test_what_ones_role_may_not_do_is_refused_by_address_too(someone: Someone) -> None:
    office, library, keeper = someone("office"), someone("library"), someone("datakeeper")
    row = details(office, "college", "02")
    assert details(library, "college", "02") == row
    assert set(buttons(library)) == set()
    for person, address, code in (
        (library, NEW, 403),
        (library, f"{EDIT}?id={row}", 403),
        (keeper, NEW, 403),
        (library, f"/admin/building/do/deleteBuilding?id={row}", 403),
    ):
        person.get("/admin/college/")
        assert person.http.get(address).status_code == code, address
        sent = {"csrf_token": person.token, "name": "x", "code": "X", "active": "1", "expectedVersion": "1"}
        assert person.http.post(address, data=sent).status_code == code, address
    keeper.get(EDIT, id=row)  # may change colleges, but not this one
    keeper.post(f"{EDIT}?id={row}", officePhone="1", **version(keeper))
    assert keeper.page.status_code == 403
    assert "不在您当前身份" in keeper.words
    office.get("/admin/college/details/", id=row)
    assert "文学院" in office.words


def test_a_form_without_its_token_changes_nothing(office: Person) -> None:
    office.get(NEW)
    for token in (None, "", "x", "x.office", office.token[:-1]):
        sent = {"code": "F40", "name": "己学院"} | ({} if token is None else {"csrf_token": token})
        assert 400 <= office.http.post(NEW, data=sent).status_code < 500
    assert office.http.get(NEW, params={"code": "F40", "name": "己学院"}).status_code == 200
    office.get("/admin/college/", search="F40")
    assert "己学院" not in office.words


def test_a_double_click_makes_one_row(office: Person) -> None:
    office.get(NEW)
    sent = {"csrf_token": office.token, "code": "F50", "name": "庚学院", "active": "1"}
    first, second = office.http.post(NEW, data=sent), office.http.post(NEW, data=sent)
    assert (first.status_code, second.status_code) == (200, 400)
    assert "已被使用" in second.text
    row = details(office, "college", "F50")
    office.get(EDIT, id=row)
    opened = {name: html.unescape(text) for name, text in HIDDEN.findall(office.text)}
    sent = {**opened, "csrf_token": office.token, **held(office), "active": "1", "name": "辛学院"}
    first, second = (office.http.post(f"{EDIT}?id={row}", data=sent) for _ in range(2))
    assert ("已修改学院。" in first.text, "内容已是这样,没有再修改。" in second.text) == (True, True)
    office.get(EDIT, id=row)
    assert (held(office)["name"], version(office)) == ("辛学院", {"expectedVersion": "2"})


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "\t//evil.example",
        "http:evil",
    ],
)
def test_after_saving_nobody_is_led_elsewhere(office: Person, elsewhere: str) -> None:
    row = details(office, "college", "15")
    address = f"{EDIT}?id={row}"
    office.get(EDIT, id=row, next=elsewhere)
    sent = {
        "csrf_token": office.token,
        **held(office),
        "active": "1",
        **version(office),
        "next": elsewhere,
        "url": elsewhere,
    }
    answer = office.http.post(
        address,
        params={"id": row, "next": elsewhere},
        data=sent | {"nameEn": f"E{hash(elsewhere)}"},
        follow_redirects=False,
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/admin/college/details/?id={row}"


def test_after_saving_the_list_comes_back_where_the_form_was_opened_from_it(office: Person) -> None:
    row = details(office, "college", "15")
    back = "/admin/college/?search=15&page_size=50"
    office.get(EDIT, id=row, next=back)
    sent = {"csrf_token": office.token, **held(office), "active": "1", **version(office), "nameEn": "Computing"}
    answer = office.http.post(EDIT, params={"id": row, "next": back}, data=sent, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, back)


def test_scripts_in_names_are_shown_as_text(office: Person) -> None:
    name = "<script>alert(1)</script>'\"&"
    office.get(NEW)
    office.post(NEW, code="F60", name=name, active="1")
    row = details(office, "college", "F60")
    assert "<script>alert(1)" not in office.text
    assert name in office.words
    office.get(EDIT, id=row)
    assert held(office)["name"] == name
    assert "<script>alert(1)" not in office.text
    office.get("/admin/college/", search="F60", edit="name")
    assert "<script>alert(1)" not in office.text


def test_a_field_that_the_role_writes_but_does_not_read_may_be_left_as_it_is(someone: Someone) -> None:
    """The office may say whom a building houses, and is not shown it (R24)."""
    office = someone("office")
    row = details(office, "building", "竹园2舍")
    form = "/admin/building/do/updateBuilding"
    for phone in ("8599", office.words.rpartition("值班电话 ")[2].split()[0]):
        office.get(form, id=row)
        assert re.findall(r'<select[^>]*name="houses"[^>]*>', office.text)[0].count("required") == 0
        office.post(f"{form}?id={row}", **version(office), name="竹园2舍", dutyPhone=phone)
        assert "已修改公寓楼。" in office.words
        assert f"值班电话 {phone}" in office.words
