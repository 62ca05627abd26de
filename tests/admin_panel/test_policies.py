"""The policy administrator's pages, without a script: the matrix, a cell, the draft, what it changes, publishing."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.served import Person, Someone

PHONE = {"object": "Student", "role": "operator", "action": "read", "field": "phone"}
LIBRARY_UNTIL_JULY = {
    "allow0_scope": "own_department_students",
    "allow0_unit": "department:TSG",
    "allow0_until": "2099-07-31",
    "note": "毕业季",
}


def hidden(person: Person, name: str) -> str:
    found = re.search(rf'name="{name}" value="(\d*)"', person.text)
    assert found is not None, person.words
    return found[1]


def address(place: dict[str, str]) -> str:
    return f"/admin/policy/cell?{urlencode(place)}"


def change(admin: Person, place: dict[str, str], **entered: str) -> None:
    """Through the form of the cell, as it is shown now."""
    admin.get(address(place))
    admin.post(address(place), **({"draft": hidden(admin, "draft")} | entered))


def publish(admin: Person, comment: str) -> None:
    admin.get("/admin/policydiff/")
    admin.post("/admin/policydiff/publish", expectedVersion=hidden(admin, "expectedVersion"), comment=comment)


def roll_back(admin: Person, to: int) -> None:
    """Does nothing where the table of that version is in force."""
    admin.get("/admin/policyversion/rollback", number=str(to))
    if 'name="expectedVersion"' in admin.text:
        seen = hidden(admin, "expectedVersion")
        admin.post(f"/admin/policyversion/rollback?number={to}", expectedVersion=seen, comment="恢复")


def student_page(person: Person) -> str:
    person.get("/admin/student/", search="221599101")
    found = re.search(r'href="(/admin/student/details/[^"]+)"', person.text)
    assert found is not None, person.words
    person.get(html.unescape(found[1]))
    return person.words


@pytest.fixture
def admin(someone: Someone) -> Iterator[Person]:
    """Whatever is drafted and published is taken back afterwards: the others of this folder go by the shipped table."""
    person = someone("policyadmin")
    yield person
    person.get("/admin/policy/")
    person.post("/admin/policydiff/discard")
    roll_back(person, 1)


def test_the_matrix_tells_own_from_inherited_and_links_every_cell(admin: Person) -> None:
    admin.get("/admin/policy/")
    assert "现行第" in admin.words
    assert admin.text.count("<tr>") > 20
    phone = re.search(r'<tr><th scope="row">手机号.*?(?=<tr>|</table>)', admin.text, re.DOTALL)
    assert phone is not None
    assert "敏感字段" in phone[0]
    assert (
        '<td class="own" id="student-phone">'
        '<a href="cell?object=Student&amp;role=student&amp;action=read&amp;field=phone">本人' in phone[0]
    )
    admin.get("/admin/policy/", object="College")
    assert re.search(
        r'<td class="inherited" id="\w+-[\w*]+"><a href="cell\?object=College&amp;role=\w+&amp;action=read', admin.text
    )


def test_one_role_is_looked_at_alone(admin: Person) -> None:
    admin.get("/admin/policy/", object="Student", role="operator")
    assert "by=role" in admin.text
    assert 'data-label="精确查询"' in admin.text
    admin.get("/admin/policy/", object="Student", role="operator", action="match")
    assert 'data-label="精确查询"' in admin.text
    assert 'data-label="查看"' not in admin.text
    assert "by=cell" in admin.text


@pytest.mark.parametrize("wrong", [{"object": "Studnt"}, {"role": "operater"}])
def test_what_there_is_not_is_not_found(admin: Person, wrong: dict[str, str]) -> None:
    assert admin.get("/admin/policy/", **wrong).status_code == 404
    assert admin.get("/admin/policy/cell", **(PHONE | wrong)).status_code == 404


@pytest.mark.parametrize("wrong", [{"action": "raed"}, {"field": "phoen"}, {"action": ""}])
def test_a_cell_that_there_is_not_is_not_found(admin: Person, wrong: dict[str, str]) -> None:
    assert admin.get("/admin/policy/cell", **(PHONE | wrong)).status_code == 404


def test_a_cell_tells_why_and_who(admin: Person) -> None:
    admin.get(address({"object": "College", "role": "operator", "action": "read", "field": "name"}))
    assert "继承自“教职工(公共权限)”" in admin.words
    admin.get(address(PHONE | {"role": "counsellor"}))
    assert re.search(r"谁有此权限 学生 \d+ 人 辅导员 \d+ 人", admin.words)


def test_a_change_waits_in_the_draft_until_it_is_published_and_is_taken_back(admin: Person, someone: Someone) -> None:
    library = someone("library")
    assert "手机号" not in student_page(library)
    change(admin, PHONE, **LIBRARY_UNTIL_JULY)
    assert admin.page.url.path == "/admin/policy/"
    assert admin.page.url.fragment == "operator-phone"
    assert "已存入草稿,发布后才生效。" in admin.words
    assert '<td class="own changed" id="operator-phone"><a href="cell?object=Student&amp;role=operator' in admin.text
    assert "手机号" not in student_page(library)
    admin.get("/admin/policydiff/")
    assert "检查通过,可以发布。" in admin.words
    assert '新增 查看"学生"的"手机号"' in admin.words
    assert "至 2099-07-31" in admin.words
    assert re.search(r"学校离校办理人员 \d+ 0 → [1-9]\d*", admin.words)
    publish(admin, "催还图书")
    assert re.search(r"已发布权限版本 \d+,立即生效。", admin.words)
    assert re.search(r"手机号 1\d{10}", student_page(library))
    assert "手机号" not in student_page(someone("certofficer"))
    roll_back(admin, 1)
    assert admin.page.url.path == "/admin/policyversion/"
    assert "恢复" in admin.words
    assert "手机号" not in student_page(library)


def test_the_form_shows_what_is_kept_and_grants_nothing_again(admin: Person) -> None:
    change(admin, PHONE, **LIBRARY_UNTIL_JULY)
    admin.get(address(PHONE))
    assert '<option value="department:TSG" selected>图书馆 (TSG)</option>' in admin.text
    assert 'name="allow0_until" value="2099-07-31"' in admin.text
    assert 'name="note" value="毕业季"' in admin.text
    change(admin, PHONE, step="none")
    admin.get("/admin/policydiff/")
    assert "没有任何身份的权限变化。" in admin.words
    assert 'name="expectedVersion"' not in admin.text


def test_several_scopes_and_a_denial(admin: Person) -> None:
    change(admin, PHONE, allow0_scope="own_department_students", allow1_scope="own_college", deny0_scope="own_self")
    admin.get(address(PHONE))
    held = admin.words.partition("目前的权限")[2].partition("谁有此权限")[0]
    assert sorted(held.split()) == sorted(["本部门环节涉及的学生", "本学院", "禁止", "本人"])
    assert '<details class="field" open>' in admin.text


@pytest.mark.parametrize(
    ("entered", "told"),
    [
        ({"allow0_scope": "all", "allow0_unit": "department:TSG"}, "该范围不能限定到一个单位"),
        ({"allow0_scope": "own_college", "allow0_unit": "department:TSG"}, "该范围只能限定到学院"),
        ({"allow0_until": "2099-07-31"}, "没有选择范围"),
        ({"allow0_scope": "all", "allow0_until": "31.7.2099"}, "“31.7.2099”不是有效的值。"),
        ({"allow0_scope": "everything"}, "everything"),
        ({"allow0_scope": "own_college", "allow1_scope": "own_college"}, "同一范围给了两次"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_entered_is_lost(admin: Person, entered: dict[str, str], told: str) -> None:
    change(admin, PHONE, note="留着", **entered)
    assert admin.page.status_code == 400
    assert told in admin.words
    assert 'name="note" value="留着"' in admin.text
    admin.get("/admin/policydiff/")
    assert "没有草稿" in admin.words


def test_a_draft_that_was_saved_elsewhere_meanwhile_is_not_overwritten(admin: Person) -> None:
    change(admin, PHONE, **LIBRARY_UNTIL_JULY)
    change(admin, PHONE, draft="", allow0_scope="all")
    assert admin.page.status_code == 409
    assert "草稿已在别处保存" in admin.words
    assert '<option value="all" selected>' in admin.text


def test_a_broken_promise_cannot_be_published_and_is_told_with_the_next_step(admin: Person) -> None:
    change(admin, PHONE | {"role": "student", "field": "id_no"}, allow0_scope="own_self")
    admin.get("/admin/policydiff/")
    assert "还不能发布" in admin.words
    assert "请收回这项权限。" in admin.words
    assert 'name="expectedVersion"' not in admin.text
    admin.post("/admin/policydiff/publish", expectedVersion="1", comment="试")
    assert admin.page.status_code in (400, 409)


def test_the_second_of_two_is_told_who_was_first_and_takes_that_in(admin: Person, someone: Someone) -> None:
    change(admin, PHONE, **LIBRARY_UNTIL_JULY)
    publish(admin, "先")
    change(admin, PHONE | {"field": "room"}, allow0_scope="own_department_students")
    admin.get("/admin/policydiff/")
    seen = hidden(admin, "expectedVersion")
    roll_back(someone("policyadmin"), 1)
    admin.get("/admin/policydiff/")
    admin.post("/admin/policydiff/publish", expectedVersion=seen, comment="后")
    assert admin.page.status_code == 409
    assert "曹正阳" in admin.words
    assert "请先并入新版本" in admin.words
    assert 'name="expectedVersion"' not in admin.text
    admin.post("/admin/policydiff/rebase", draft=hidden(admin, "draft"))
    assert "草稿已并入" in admin.words
    assert "寝室" in admin.words
    assert "手机号" not in admin.words
    publish(admin, "后")
    assert "立即生效" in admin.words


def test_a_last_day_is_told_of_the_decision_that_ends_with_it_and_of_no_other(admin: Person) -> None:
    change(admin, PHONE, **LIBRARY_UNTIL_JULY)
    change(admin, PHONE | {"role": "counsellor"}, step="none")
    admin.get("/admin/policydiff/")
    gained, _, lost = admin.words.partition("失去权限")
    assert "至 2099-07-31" in gained
    assert "2099" not in lost.partition("权限表的行")[0]


@pytest.mark.parametrize("path", ["publish", "discard", "rebase"])
def test_no_address_changes_anything_by_being_opened(admin: Person, path: str) -> None:
    assert admin.get(f"/admin/policydiff/{path}").status_code == 405


def test_there_is_no_going_back_to_before_the_first_version(admin: Person) -> None:
    assert admin.get("/admin/policyversion/rollback", number="0").status_code == 404


def test_a_username_that_no_database_takes_is_refused_in_words(someone: Someone) -> None:
    """PostgreSQL holds no NUL in a text; nothing of the address reaches it."""
    auditor = someone("auditor")
    assert auditor.get("/admin/policyrights/", user="a\0").status_code == 400
    assert "Internal" not in auditor.words


def test_who_only_reads_policies_sees_them_and_no_form(someone: Someone) -> None:
    auditor = someone("auditor")
    auditor.get("/admin/policy/")
    assert auditor.page.status_code == 200
    assert "导入权限表" not in auditor.words
    auditor.get(address(PHONE))
    assert "存入草稿" not in auditor.words
    auditor.post(address(PHONE), draft="", allow0_scope="all")
    assert auditor.page.status_code == 403
    assert auditor.get("/admin/policyimport/").status_code == 403
    assert auditor.get("/admin/policysimulate/").status_code == 403
    assert auditor.get("/admin/policyversion/rollback", number="1").status_code == 403
    assert someone("library").get("/admin/policy/").status_code == 403
