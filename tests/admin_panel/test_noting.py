"""A word at one item: the note that the student sees, the internal one, a hold; and nothing else changes."""

from __future__ import annotations

import html
import re

from tests.admin_panel.test_sheet import item
from tests.served import Person, Someone, sheet_of, statuses

STUDENT = "221599101"


def note(person: Person, code: str, **texts: str) -> None:
    """Saves the notes of one item, from the form of the page that came last."""
    forms = re.findall(r'<form method="post" action="/admin/acts/status">.*?</form>', person.text, re.DOTALL)
    [form] = [each for each in forms if f'name="item" value="{code}"' in each]
    assert 'formaction="/admin/acts/note"' in form
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    shown = re.findall(r'<input class="input" name="([^"]+)" maxlength="255" value="([^"]*)"', form)
    fields = {name: html.unescape(value) for name, value in hidden + shown}
    person.post("/admin/acts/note", **(fields | texts))


def open_sheet(someone: Someone, student_no: str = STUDENT) -> Person:
    counsellor = someone("counsellor", role="counsellor")
    counsellor.get("/admin/sheet/details/", id=sheet_of(counsellor, student_no))
    return counsellor


def test_notes_are_saved_without_a_step_and_taken_away_again(someone: Someone) -> None:
    counsellor, student = open_sheet(someone), someone("student")
    before = statuses(counsellor)
    assert before["STU_CARD"] == "未办理"
    note(counsellor, "STU_CARD", note="请带学生证原件", internal_note="遗失证明待补", hold="等待公告期满")
    assert f"已保存备注:{STUDENT} 林晓雨 · 学生证注销" in counsellor.words
    card = item(counsellor, "STU_CARD")
    assert re.search(r'<span class="badge-cell">.*未办理</span></span>', card)
    assert "请带学生证原件" in card
    assert "内部备注: 遗失证明待补" in card
    assert "暂缓办理" in card
    student.get("/admin/mine/")
    seen = item(student, "STU_CARD")
    assert "请带学生证原件" in seen
    assert "暂缓办理: 等待公告期满" in seen
    assert "遗失证明待补" not in student.text
    note(counsellor, "STU_CARD", note="", internal_note="", hold="")
    assert statuses(counsellor) == before
    assert "请带学生证原件" not in item(counsellor, "STU_CARD")
    student.get("/admin/mine/")
    assert "暂缓办理" not in item(student, "STU_CARD")


def test_the_same_notes_again_change_nothing(someone: Someone) -> None:
    counsellor = open_sheet(someone)
    sheet = re.search(r'name="sheet" value="([\w-]+)"', counsellor.text)
    assert sheet is not None
    changes = counsellor.get("/admin/sheet/history/", id=sheet[1], item="LEAGUE").text.count("<li>")
    counsellor.get("/admin/sheet/details/", id=sheet[1])
    note(counsellor, "LEAGUE")
    assert "备注没有变化:团组织关系转接" in counsellor.words
    assert counsellor.get("/admin/sheet/history/", id=sheet[1], item="LEAGUE").text.count("<li>") == changes


def test_passing_keeps_the_note_that_stands(someone: Someone) -> None:
    counsellor = open_sheet(someone, "221599120")
    note(counsellor, "STU_CARD", note="已交照片")
    form = re.search(
        r'<form method="post" action="/admin/acts/status">(?:(?!</form>).)*value="STU_CARD".*?</form>',
        counsellor.text,
        re.DOTALL,
    )
    assert form is not None
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
    assert hidden["note_was"] == "已交照片"
    counsellor.post("/admin/acts/status", **(hidden | {"status": "CLEARED", "note": "已交照片"}))
    assert statuses(counsellor)["STU_CARD"] == "已办理"
    assert "已交照片" in item(counsellor, "STU_CARD")


def test_a_script_in_a_note_stays_text(someone: Someone) -> None:
    counsellor = open_sheet(someone, "221599121")
    note(counsellor, "STU_CARD", note="<script>alert(1)</script>", internal_note='"><img src=x onerror=alert(2)>')
    assert "<script>alert" not in counsellor.text
    assert "<img" not in counsellor.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in item(counsellor, "STU_CARD")


def test_a_forged_note_at_somebody_elses_item_is_refused(someone: Someone) -> None:
    counsellor = open_sheet(someone)
    assert 'formaction="/admin/acts/note"' not in item(counsellor, "DORM_OUT")
    fields = counsellor.fields_of("/admin/acts/status", 'name="item" value="STU_CARD"')
    foreign = fields | {"item": "DORM_OUT", "note": "冒名备注"}
    counsellor.post("/admin/acts/note", **foreign)
    assert "已保存备注" not in counsellor.words
    assert "冒名备注" not in item(counsellor, "DORM_OUT")


def test_who_only_reads_is_offered_no_note(someone: Someone) -> None:
    for username, role in (("certofficer", None), ("secretary", None), ("auditor", None)):
        person = someone(username, role=role)
        person.get("/admin/sheet/details/", id=sheet_of(person, STUDENT))
        assert "/admin/acts/note" not in person.text
    assert "/admin/acts/note" not in someone("student").text
