"""A form that somebody else overtook: both versions field by field, keep mine or take theirs, saved with the new
version; again when the row changed again. Without any script."""

from __future__ import annotations

import html
import re

from tests.admin_panel.forms import details, version
from tests.served import Person, Someone

EDIT = "/admin/department/do/updateDepartment"


def hidden(person: Person) -> dict[str, str]:
    """What the form of the page carries along."""
    [form] = re.findall(r'<form class="card-x[^>]*>.*?</form>', person.text, re.DOTALL)
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in found if name != "csrf_token"}


def compared(person: Person) -> dict[str, list[str]]:
    """By field: when it was opened, now, what was entered, and which choices there are."""
    rows = re.findall(r"<tr>\s*<th scope=\"row\".*?</tr>", person.text, re.DOTALL)
    found = {}
    for row in rows:
        label = re.search(r'id="stale-(\w+)"', row)
        assert label is not None
        values = [html.unescape(each) for each in re.findall(r'<span class="prose">(.*?)</span>', row, re.DOTALL)]
        found[label[1]] = [*values, *re.findall(r'type="radio" name="take\.\w+" value="(\w+)"', row)]
    return found


def a_department(office: Person, code: str) -> str:
    office.get("/admin/department/do/createDepartment")
    office.post(
        "/admin/department/do/createDepartment",
        code=code,
        name="旧名",
        place="一层",
        phone="1",
        hours="上午",
        active="1",
    )
    return details(office, "department", code)


def opened(person: Person, row: str) -> dict[str, str]:
    """The form as it stands: every field, and what travels along."""
    person.get(EDIT, id=row)
    text = re.findall(r'<input class="input" id="(\w+)" name="\w+" value="([^"]*)"', person.text)
    return {**hidden(person), **{name: html.unescape(value) for name, value in text}, "active": "1", "successor": ""}


def test_both_versions_stand_side_by_side_and_the_choice_is_saved(someone: Someone) -> None:
    office, other = someone("office"), someone("office")
    row = a_department(office, "T-STALE1")
    address = f"{EDIT}?id={row}"
    mine, theirs = opened(office, row), opened(other, row)
    other.post(address, **theirs | {"name": "他改", "place": "三层"})
    assert other.page.status_code == 200
    office.post(address, **mine | {"name": "我改", "phone": "2"})
    assert office.page.status_code == 409
    assert "未覆盖" in office.words
    assert compared(office) == {
        "name": ["旧名", "他改", "我改", "mine", "theirs"],
        "place": ["一层", "三层", "一层", "mine", "theirs"],
        "phone": ["1", "1", "2"],
    }
    assert 'name="take.name" value="mine" required>' in office.text
    assert 'name="take.place" value="theirs" required checked>' in office.text
    assert "hours" not in compared(office)
    office.post(address, **hidden(office), **{"take.name": "mine", "take.place": "theirs"})
    assert office.page.status_code == 200
    assert "已修改职能部门。" in office.words
    assert [each for each in ("我改", "三层", "他改") if each in office.words] == ["我改", "三层"]
    after = opened(office, row)
    assert (after["name"], after["place"], after["phone"], after["hours"]) == ("我改", "三层", "2", "上午")
    assert after["expectedVersion"] == "3"


def test_when_it_changed_again_the_page_comes_again(someone: Someone) -> None:
    office, other = someone("office", language="en"), someone("office")
    row = a_department(other, "T-STALE2")
    address = f"{EDIT}?id={row}"
    mine = opened(office, row)
    other.post(address, **opened(other, row) | {"name": "二"})
    office.post(address, **mine | {"name": "mine"})
    again = hidden(office)
    other.post(address, **opened(other, row) | {"name": "三"})
    office.post(address, **again, **{"take.name": "mine"})
    assert office.page.status_code == 409
    assert compared(office) == {"name": ["二", "三", "mine", "mine", "theirs"]}
    assert 'name="take.name" value="mine" required checked>' in office.text
    assert "Keep mine" in office.words
    office.post(address, **hidden(office), **{"take.name": "theirs"})
    assert office.page.status_code == 200
    assert "Theirs was kept everywhere; nothing was changed." in office.words
    assert opened(office, row)["expectedVersion"] == "3"


def test_a_stale_form_with_a_mistake_does_not_come_back_as_a_fresh_one(someone: Someone) -> None:
    office, other = someone("office"), someone("office")
    row = a_department(office, "T-STALE3")
    address = f"{EDIT}?id={row}"
    mine = opened(office, row)
    other.post(address, **opened(other, row) | {"hours": "全天"})
    office.post(address, **mine | {"name": "名" * 65})
    assert office.page.status_code == 400
    assert version(office) == {"expectedVersion": "1"}
    office.post(address, **{**hidden(office), **mine, "name": "短"})
    assert office.page.status_code == 409
    assert compared(office)["hours"] == ["上午", "全天", "上午", "mine", "theirs"]


def test_a_field_that_nobody_touched_is_not_sent_back_over_somebody_elses(someone: Someone) -> None:
    office, library = someone("office"), someone("library")
    row = details(library, "department", "TSG")
    library.get(EDIT, id=row)
    before = hidden(library)
    assert set(before) == {"expectedVersion", "was.place", "was.phone", "was.hours"}
    office.get(EDIT, id=row)
    assert {"was.name", "was.successor", "was.active"} <= set(hidden(office))
