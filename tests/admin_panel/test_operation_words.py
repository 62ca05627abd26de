"""An operation told in words: on whom, what was asked for, what it changed, what undid it; who may read that."""

from __future__ import annotations

import html
import re

import pytest

from tests.served import Person, Someone, sheet_of, statuses

NUMBERS = "221599124 221599125 221599126 221599110 221599112 221599113"


def facts(person: Person) -> dict[str, str]:
    """Column → what stands there, on the details of an operation."""
    pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", person.text, re.DOTALL)
    return {label: " ".join(html.unescape(re.sub(r"<[^>]+>", " ", value)).split()) for label, value in pairs}


def newest(person: Person) -> str:
    """Opens the newest operation that this person sees; gives its address."""
    person.get("/admin/operation/")
    link = re.search(r'href="(/admin/operation/details/\?id=[\w-]+)"', person.text)
    assert link is not None, person.words
    person.get(link[1])
    return link[1]


def check(person: Person, **form: str) -> None:
    """A dry run: it is kept with what was chosen, and changes nothing."""
    person.get("/admin/bulk/")
    person.post("/admin/bulk/", step="check", item="STU_CARD", **form)


@pytest.mark.parametrize(
    ("form", "whom"),
    [
        ({"way": "range", "from": "221599101", "to": "221599110"}, "学号范围 221599101 至 221599110"),
        ({"way": "studentNos", "studentNos": "221599103 221599104"}, "学号 221599103、221599104"),
        (
            {"way": "studentNos", "studentNos": NUMBERS},
            "名单:221599124、221599125、221599126、221599110、221599112 等 6 个学号",
        ),
        ({"way": "className", "college": "15", "class": "软件工程卓越2201班"}, "班级 软件工程卓越2201班"),
    ],
)
def test_whom_it_was_for_is_told_as_it_was_chosen(someone: Someone, form: dict[str, str], whom: str) -> None:
    counsellor = someone("counsellor", role="counsellor")
    check(counsellor, status="CLEARED", note="<b>备注</b>", **form)
    newest(counsellor)
    told = facts(counsellor)
    assert told["选择方式"] == whom
    assert told["操作内容"] == "改为:已办理 办理备注(学生可见):<b>备注</b> 方式:批量办理"
    assert "<b>备注" not in counsellor.text
    assert "student_nos" not in counsellor.text
    assert told["操作身份"] == "辅导员"


def test_a_reason_is_told_in_its_own_words_in_either_language(someone: Someone) -> None:
    counsellor = someone("counsellor", role="counsellor", language="en")
    check(
        counsellor,
        way="studentNos",
        studentNos="221599103",
        status="NOT_REQUIRED",
        reason="SPECIAL_APPROVAL",
    )
    newest(counsellor)
    told = facts(counsellor)
    assert told["Selection"] == "Student no. 221599103"
    assert told["Parameters"] == "To: Not required Reason: Special approval How: One by one"


def test_an_act_its_changes_and_its_undoing_lead_to_each_other(someone: Someone) -> None:
    counsellor = someone("counsellor", role="counsellor")
    sheet = sheet_of(counsellor, "221599122")
    counsellor.get("/admin/sheet/details/", id=sheet)
    assert statuses(counsellor)["STU_CARD"] == "未办理"
    fields = counsellor.fields_of("/admin/acts/status", 'name="item" value="STU_CARD"')
    counsellor.post("/admin/acts/status", **(fields | {"status": "CLEARED"}))
    done = newest(counsellor)
    changes = re.search(r'href="(/admin/operation/changes/\?id=[\w-]+)"', counsellor.text)
    assert changes is not None
    counsellor.get(changes[1])
    assert "共 1 条" in counsellor.words
    assert re.search(r"221599122 段誉之 .*学生证注销 未办理 → 已办理 赵文静\(辅导员\)", counsellor.words)
    assert f'href="{done}"' in counsellor.text
    counsellor.get(done)
    fields = counsellor.fields_of("/admin/operation/undo")
    counsellor.post("/admin/operation/undo", **fields, step="check")
    assert facts(counsellor)["操作状态"] == "已完成"
    counsellor.post("/admin/operation/undo", **fields, step="submit")
    undoing = facts(counsellor)
    assert undoing["操作"] == "撤回本次操作"
    assert undoing["选择方式"] == "所撤回操作的各行"
    assert f'href="{done}"' in counsellor.text
    back = str(counsellor.page.url)
    counsellor.get(done)
    assert facts(counsellor)["操作状态"] == "已撤回"
    assert "由此操作撤回" in counsellor.words
    assert f'href="{back[back.index("/admin/operation") :]}"' in counsellor.text
    assert "/admin/operation/undo" not in counsellor.text
    counsellor.get("/admin/sheet/details/", id=sheet)
    assert statuses(counsellor)["STU_CARD"] == "未办理"


def test_nobody_reads_the_changes_of_an_operation_out_of_reach(someone: Someone) -> None:
    office = someone("office")
    foreign = newest(office).partition("id=")[2]
    secretary = someone("secretary")
    assert secretary.get("/admin/operation/changes/", id=foreign).status_code == 404
    assert secretary.get("/admin/operation/changes/", id="nonsense").status_code == 404
    assert secretary.get("/admin/operation/changes/").status_code == 404
    assert someone("student").get("/admin/operation/changes/", id=foreign).status_code == 403


def test_a_person_and_an_item_lead_to_what_was_done(someone: Someone) -> None:
    office = someone("office")
    office.get("/admin/student/", search="221599101")
    student = re.search(r'href="(/admin/student/details/\?id=[\w-]+)"', office.text)
    assert student is not None
    office.get(student[1])
    changes = re.search(r'href="(/admin/event/\?[^"]*221599101[^"]*)"', office.text)
    assert changes is not None
    office.get(html.unescape(changes[1]))
    assert set(re.findall(r'class="main-cell"><a href="[^"]+">(\d+) ', office.text)) == {"221599101"}
    office.get("/admin/item/")
    item = re.search(r'href="(/admin/item/details/\?id=[\w-]+)"', office.text)
    assert item is not None
    office.get(item[1])
    assert re.search(r'href="/admin/event/\?[^"]*item\.code', office.text)
