"""自助离校申请: the sheet is there at once, without approval."""

from __future__ import annotations

from tests.served import Someone


def test_a_forgotten_student_applies_and_has_the_sheet_at_once(someone: Someone) -> None:
    student = someone("student-new", language="en")
    assert student.page.url.path == "/admin/apply/"
    assert "without approval" in student.words
    student.post("/admin/apply/", batch="2026-06", leaveType="GRADUATION")
    assert student.page.url.path == "/admin/mine/"
    assert "no approval is needed" in student.words
    assert "221599114" in student.words
