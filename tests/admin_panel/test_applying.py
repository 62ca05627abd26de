"""自助离校申请 that makes no sheet: without student status it is refused, and again it is the sheet that is there."""

from __future__ import annotations

import re

from tests.served import Someone


def test_a_student_without_student_status_is_told_whom_to_ask(someone: Someone) -> None:
    student = someone("student-none")
    assert student.page.url.path == "/admin/apply/"
    batch = re.search(r'name="batch" value="([^"]+)"', student.text)
    assert batch is not None
    student.post("/admin/apply/", batch=batch[1], leaveType="OTHER")
    assert student.page.url.path == "/admin/apply/"
    assert "您没有学籍信息,不能自助申请" in student.words
    assert "8215" in student.words


def test_who_has_a_sheet_is_led_to_it(someone: Someone) -> None:
    student = someone("student-self")
    assert student.page.url.path == "/admin/mine/"
    student.get("/admin/apply/")
    assert student.page.url.path == "/admin/mine/"
    assert "您已有离校单,无需重复申请。" in student.words
