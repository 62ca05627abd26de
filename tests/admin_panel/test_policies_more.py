"""The policy administrator's other pages: importing a table, versions, simulating, what an account may do."""

from __future__ import annotations

import html
import re

from tests.admin_panel.test_policies import LIBRARY_UNTIL_JULY, PHONE, admin, change, hidden, publish
from tests.served import Person, Someone

__all__ = ["admin"]


def draft_of(person: Person) -> str:
    person.get("/admin/policyimport/")
    return hidden(person, "draft")


def test_every_problem_of_a_table_is_told_with_row_cell_and_nearest_names(admin: Person) -> None:
    table = (
        "role,object,field,action,scope,effect,note\n"
        "operater,Student,phone,read,all,allow,\n"
        "operator,Student,phoen,read,all,alow,\n"
    )
    admin.post("/admin/policyimport/", step="csv", draft=draft_of(admin), csv=table)
    assert admin.page.status_code == 400
    found = re.findall(
        r'<td class="main-cell num">(\d+)</td><td[^>]*><code>(\w+)</code></td><td[^>]*><code>(\w+)', admin.text
    )
    assert sorted(found) == [("2", "role", "operater"), ("3", "effect", "alow"), ("3", "field", "phoen")]
    assert "相近的名称:operator。" in admin.words
    assert "operater,Student,phone" in admin.text  # what was pasted is there to be mended


def test_a_table_goes_out_as_a_file_and_comes_back_changed(admin: Person) -> None:
    draft = draft_of(admin)
    link = re.search(r'href="(/admin/policyversion/csv\?number=\d+)"', admin.text)
    assert link is not None
    answer = admin.http.get(html.unescape(link[1]))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")  # by which Excel knows it for UTF-8
    table = answer.text + "operator,Student,phone,read,own_department_students@TSG,allow,借阅,2099-07-31\n"
    sent = {"csrf_token": admin.token, "draft": draft, "step": "csv"}
    admin.page = admin.http.post("/admin/policyimport/", data=sent, files={"file": ("table.csv", table.encode())})
    assert admin.page.url.path == "/admin/policydiff/"
    assert "权限表的行:增加 1,删除 0" in admin.words
    assert "至 2099-07-31" in admin.words
    assert "借阅" in admin.http.get("/admin/policyversion/csv?draft=1").text


def test_a_line_whose_last_day_is_over_is_named_as_changing_nothing(admin: Person) -> None:
    change(admin, PHONE, **LIBRARY_UNTIL_JULY | {"allow0_until": "2020-01-01"})
    admin.get("/admin/policydiff/")
    assert "没有任何身份的权限变化。 如果本应有变化,请核对:最后一天是否已过" in admin.words


def test_a_file_that_is_no_utf8_is_refused_before_it_spoils_the_notes(admin: Person) -> None:
    table = "operator,Student,phone,read,own_department_students,allow,催还\n"
    sent = {"draft": draft_of(admin), "csrf_token": admin.token, "step": "csv"}
    admin.page = admin.http.post("/admin/policyimport/", data=sent, files={"file": ("t.csv", table.encode("gbk"))})
    assert admin.page.status_code == 400
    assert "请在表格软件中另存为“CSV UTF-8”" in admin.words


def test_one_role_gets_its_shipped_rights_back(admin: Person) -> None:
    change(admin, PHONE, **LIBRARY_UNTIL_JULY)
    change(admin, PHONE | {"role": "auditor"}, allow0_scope="all")
    admin.post("/admin/policyimport/", step="reset", draft=draft_of(admin), role="auditor")
    assert admin.page.url.path == "/admin/policydiff/"
    assert "学校离校办理人员" in admin.words
    assert "审计员" not in admin.words


def test_a_version_tells_what_it_changed_and_is_compared(admin: Person) -> None:
    change(admin, PHONE, **LIBRARY_UNTIL_JULY)
    publish(admin, "催还图书 2099")
    admin.get("/admin/policyversion/")
    newest, before = re.findall(r'class="main-cell"><a href="([^"]+)"', admin.text)[:2]
    admin.get(html.unescape(newest))
    assert "现行版本" in admin.words
    assert "催还图书 2099" in admin.words
    assert '新增 查看"学生"的"手机号"' in admin.words.partition("本版的变更")[2]
    assert "恢复此版本" not in admin.words
    admin.get(html.unescape(before))
    assert "恢复此版本" in admin.words
    compare = re.search(r'href="(/admin/policydiff/\?[^"]+)"', admin.text)
    assert compare is not None
    admin.get(html.unescape(compare[1]))
    assert '新增 查看"学生"的"手机号"' in admin.words
    assert 'name="expectedVersion"' not in admin.text
    assert admin.get("/admin/policydiff/?from=1&to=9999").status_code == 404
    assert admin.get("/admin/policydiff/?from=x").status_code == 404


def test_somebody_who_went_back_meanwhile_is_named(admin: Person, someone: Someone) -> None:
    change(admin, PHONE, **LIBRARY_UNTIL_JULY)
    publish(admin, "先")
    admin.get("/admin/policyversion/rollback?number=1")
    seen = hidden(admin, "expectedVersion")
    admin.post("/admin/policyversion/rollback?number=1", expectedVersion=seen, comment="后")
    admin.get("/admin/policyversion/rollback?number=1")
    admin.get(f"/admin/policyversion/rollback?number={seen}")
    admin.post("/admin/policyversion/rollback?number=" + seen, expectedVersion=seen, comment="更后")
    assert admin.page.status_code == 409
    assert "曹正阳" in admin.words
    assert "更后" in admin.text


def test_an_account_is_simulated_by_the_table_in_force_and_by_the_draft(admin: Person) -> None:
    asked = {"action": "read", "way": "user", "user": "library"}
    admin.get("/admin/policysimulate/")
    admin.post("/admin/policysimulate/?object=Student", **asked)
    shown, _, denied = admin.words.partition("不可见的字段")
    assert re.search(r'以"学校离校办理人员"身份可查看"学生":\d+ 行', shown)
    assert "手机号" in denied.partition("对象")[0]
    change(admin, PHONE, **LIBRARY_UNTIL_JULY)
    admin.get("/admin/policysimulate/")
    admin.post("/admin/policysimulate/?object=Student", **asked, draft="1")
    assert "手机号" in admin.words.partition("可及的字段")[2].partition("不可见的字段")[0]


def test_a_role_with_a_unit_is_simulated_with_the_fields_that_are_on_some_rows_only(admin: Person) -> None:
    admin.get("/admin/policysimulate/")
    asked = {"action": "read", "way": "role", "role": "counsellor", "units": "college:15"}
    admin.post("/admin/policysimulate/?object=Student", **asked)
    assert "手机号 仅本学院" in admin.words
    admin.post("/admin/policysimulate/?object=Student", **(asked | {"units": ""}))
    assert admin.page.status_code == 400
    assert "辅导员" in admin.words
    admin.post("/admin/policysimulate/?object=Student", action="read", way="user", user="libary")
    assert admin.page.status_code == 404
    assert 'value="libary"' in admin.text


def test_an_account_leads_to_what_it_may_do_and_why(admin: Person, someone: Someone) -> None:
    admin.get("/admin/user/", search="counsellor")
    details = re.search(r'href="(/admin/user/details/[^"]+)"', admin.text)
    assert details is not None
    admin.get(html.unescape(details[1]))
    lead = re.search(r'href="(/admin/policyrights/\?user=counsellor)"', admin.text)
    assert lead is not None
    admin.get(lead[1])
    assert "有效 计算机与信息科学学院" in admin.words
    assert "学院发证人员" in admin.words
    assert "继承自“教职工(公共权限)”" in admin.words
    assert admin.get("/admin/policyrights/?user=nobody").status_code == 404
    assert someone("accountadmin").get("/admin/policyrights/?user=library").status_code == 200
    assert someone("library").get("/admin/policyrights/?user=library").status_code == 403
