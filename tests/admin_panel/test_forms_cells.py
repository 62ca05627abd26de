"""One cell of a list, edited where it stands; and rows found by typing where there are too many for a select box."""

from __future__ import annotations

import html
import re

from tests.admin_panel.forms import details
from tests.served import Person, Someone

CELL = "/admin/building/cell"


def a_building(office: Person, code: str) -> str:
    fields = {"code": code, "name": f"{code}楼", "houses": "M", "beds": "9", "dutyPlace": "一门"}
    office.post("/admin/building/do/createBuilding", **fields)
    return details(office, "building", code)


def hidden(text: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text)
    return {name: html.unescape(value) for name, value in found}


def test_a_column_is_opened_and_each_cell_leads_to_its_field(someone: Someone) -> None:
    office = someone("office")
    row = a_building(office, "TE1")
    office.get("/admin/building/", search="TE1")
    assert re.findall(r'data-edit-column="(\w+)"', office.text) == ["dutyPlace"]
    assert "edit-cell" not in office.text
    office.get("/admin/building/", search="TE1", edit="dutyPlace")
    [link] = re.findall(r'<a class="edit-cell" href="([^"]+)"', office.text)
    office.get(html.unescape(link))
    form = office.text.partition('<form class="card-x narrow"')[2].partition("</form>")[0]
    assert re.findall(r'<input class="input" id="(\w+)"', form) == ["dutyPlace"]
    address = re.search(r'action="([^"]+)"', form)
    assert address is not None
    office.post(html.unescape(address[1]), **{**hidden(form), "dutyPlace": "北门"})
    assert "已修改公寓楼。" in office.words
    assert str(office.page.url).endswith("/admin/building/?search=TE1&edit=dutyPlace")
    office.get("/admin/building/details/", id=row)
    assert [each for each in ("TE1楼", "北门", "一门") if each in office.words] == ["TE1楼", "北门"]


def test_a_cell_is_answered_with_what_it_holds_then(someone: Someone) -> None:
    office, dorm = someone("office"), someone("dorm")
    row = a_building(office, "TE2")
    address = f"{CELL}?id={row}&only=houses"
    assert office.http.get(address).status_code == 404  # what one does not read is no column
    asked = dorm.http.get(f"{CELL}?id={row}&only=beds")
    assert (asked.status_code, asked.headers["X-Fragment"]) == (200, "cell")
    assert 'name="beds" value="9" type="number"' in asked.text
    assert "<html" not in asked.text
    address, sent = f"{CELL}?id={row}&only=beds", hidden(asked.text)
    saved = dorm.http.post(address, data=sent | {"beds": "10"})
    assert (saved.status_code, saved.headers["X-Fragment"], saved.text.strip()) == (200, "cell", "10")
    late = dorm.http.post(address, data=sent | {"beds": "11"})
    assert late.status_code == 409
    assert "现在是: 10" in late.text
    assert 'value="11"' in late.text
    assert hidden(late.text)["expectedVersion"] == "2"
    again = dorm.http.post(address, data=hidden(late.text) | {"beds": "11"})
    assert (again.status_code, again.text.strip()) == (200, "11")


def test_what_is_refused_stands_at_the_cell_with_what_was_typed(someone: Someone) -> None:
    office, dorm = someone("office"), someone("dorm", language="en")
    row = a_building(office, "TE3")
    for name, typed, said in (
        ("dutyPlace", "门" * 129, "the limit is 128"),
        ("beds", "many", "“many” is no valid value."),
        ("beds", "-1", "must lie between 0 and"),
    ):
        address = f"{CELL}?id={row}&only={name}"
        form = hidden(dorm.http.get(address).text)
        answer = dorm.http.post(address, data=form | {name: typed})
        assert (answer.status_code, said in answer.text, f'value="{typed}"' in answer.text) == (400, True, True), name
    form = hidden(dorm.http.get(f"{CELL}?id={row}&only=beds").text)
    assert dorm.http.post(f"{CELL}?id={row}&only=beds", data=form | {"beds": "9"}).text.strip() == "9"
    dorm.get("/admin/building/details/", id=row)
    assert "一门" in dorm.words


def test_a_cell_is_nobodys_who_may_not_write_it(someone: Someone) -> None:
    office, library, dorm = someone("office"), someone("library"), someone("dorm")
    row = a_building(office, "TE4")
    address = f"{CELL}?id={row}&only=beds"
    assert library.http.get(address).status_code == 403
    assert library.http.post(address, data={"csrf_token": library.token, "beds": "1"}).status_code == 403
    dorm.get("/admin/building/")
    assert dorm.http.get(f"{CELL}?id={row}&only=houses").status_code == 404
    assert dorm.http.get(f"{CELL}?id={row}&only=code").status_code == 404
    assert dorm.http.get(f"{CELL}?id=nothing&only=beds").status_code == 404
    assert dorm.http.post(address, data=hidden(dorm.http.get(address).text) | {"csrf_token": ""}).status_code == 400
    form = hidden(dorm.http.get(address).text)
    dorm.http.post(address, data=form | {"beds": "8", "houses": "F", "name": "X", "code": "X"})
    office.get("/admin/building/details/", id=row)
    assert "TE4楼" in office.words
    dorm.get("/admin/building/details/", id=row)
    assert [each for each in ("TE4楼", "男", "8") if each in dorm.words] == ["TE4楼", "男", "8"]


# --- finding one of very many


def test_rows_are_found_by_typing_and_under_ones_rights(someone: Someone) -> None:
    office, counsellor, admin = someone("office"), someone("counsellor"), someone("accountadmin")
    found = office.http.get("/admin/lookup/", params={"object": "Student", "q": "221599101"}).json()
    assert found == {"rows": [{"key": "221599101", "words": "221599101 林晓雨"}]}
    assert office.http.get("/admin/lookup/", params={"object": "Student", "q": " "}).json() == {"rows": []}
    many = office.http.get("/admin/lookup/", params={"object": "Student", "q": "2"}).json()["rows"]
    assert len(many) == 10
    [elsewhere, *_] = [each["key"] for each in many if each["key"][2:4] != "15"]
    assert counsellor.http.get("/admin/lookup/", params={"object": "Student", "q": elsewhere}).json() == {"rows": []}
    for wrong in ({"object": "Nothing"}, {}, {"object": "Session"}):
        assert office.http.get("/admin/lookup/", params=wrong).status_code == 404
    assert admin.http.get("/admin/lookup/", params={"object": "Student", "q": "2"}).status_code == 404
    nobody = someone()
    assert nobody.http.get("/admin/lookup/", params={"object": "Student"}, follow_redirects=False).status_code == 302


def test_without_a_script_a_button_finds_and_a_choice_is_sent(someone: Someone) -> None:
    admin = someone("accountadmin")
    admin.get("/admin/roleassignment/do/grantRole")
    assert 'data-lookup="/admin/lookup/?object=User"' in admin.text
    admin.post("/admin/roleassignment/do/grantRole", find="username", username="datakeep", role="leader", unit="")
    assert (admin.page.status_code, "已授予" in admin.words) == (200, False)
    assert re.findall(r'name="pick\.username" value="([^"]+)" checked', admin.text) == ["datakeeper"]
    assert '<option value="leader" selected' in admin.text
    admin.post("/admin/roleassignment/do/grantRole", find="username", username="nobody-at-all", role="leader", unit="")
    assert "没有找到,请核对后再查。" in admin.words


def test_a_role_is_offered_units_of_its_own_kind(someone: Someone) -> None:
    admin = someone("accountadmin")
    admin.get("/admin/user/do/createUser")
    kinds = dict(re.findall(r'<option value="(\w+)"[^>]* data-units="([^"]*)"', admin.text))
    assert (kinds["operator"], kinds["counsellor"], kinds["leader"]) == ("department", "college", "none")
    assert re.findall(r'<optgroup label="[^"]+" data-unit="(\w+)"', admin.text) == ["college", "department", "building"]
