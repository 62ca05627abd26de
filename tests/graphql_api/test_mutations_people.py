"""applyToLeave through the door (R2): one's own sheet, at once, and only one's own."""

from __future__ import annotations

from typing import Any

import pytest

from models import Batch, Sheet, Student
from models.enums import EnrolmentStatus, LeaveType, SheetOrigin
from tests import factories as make
from tests.api import Desk, OpenDesk, member

APPLY = """mutation ($input: ApplyToLeaveInput!) {
  applyToLeave(input: $input) { applied unchanged refused message rows { outcome code } }
}"""


@pytest.fixture
async def student(api: OpenDesk) -> Desk:
    where = await make.university()
    await make.season(where, accepts_applications=True, name="2026年6月批次")
    user = await member("student", "student")
    await make.student("20221503107", user=user, college=where.college)
    return await api(as_="student")


async def apply(desk: Desk, **asked: Any) -> dict[str, Any]:
    return dict((await desk.query(APPLY, input={"leaveType": "WITHDRAWAL", **asked}))["applyToLeave"])


async def test_the_sheet_is_made_at_once_and_once(student: Desk) -> None:
    first = await apply(student)
    assert (first["applied"], first["message"]) == (1, "您的离校单已生成,无需审批,请按红色环节的办理说明办理。")
    sheet = await Sheet.get()
    assert (sheet.origin, sheet.leave_type) == (SheetOrigin.SELF, LeaveType.WITHDRAWAL)
    again = await apply(student, batch="2026-06")
    assert (again["unchanged"], again["message"]) == (1, "您已有离校单(2026年6月批次),无需重复申请。")
    assert await Sheet.all().count() == 1


async def test_without_student_status_the_college_is_named(student: Desk) -> None:
    await Student.all().update(enrolment_status=EnrolmentStatus.NONE)
    error = await student.error(APPLY, input={"leaveType": "OTHER"})
    assert error["code"] == "NO_STUDENT_STATUS"
    assert error["message"] == "您没有学籍信息,不能自助申请。请联系 计算机楼102(8215)。"
    assert await Sheet.all().count() == 0


async def test_a_batch_that_takes_no_applications(student: Desk) -> None:
    await Batch.all().update(accepts_applications=False)
    for asked in ({}, {"batch": "2026-06"}):
        error = await student.error(APPLY, input={"leaveType": "OTHER", **asked})
        assert error["code"] == "BATCH_NOT_OPEN"
        assert error["message"] == "现在没有接受自助申请的离校批次。请联系所在学院的学生工作办公室。"
    assert await Sheet.all().count() == 0


async def test_a_batch_whose_code_no_column_holds_is_not_there(student: Desk) -> None:
    error = await student.error(APPLY, input={"leaveType": "OTHER", "batch": "x" * 17})
    assert (error["code"], error["violations"][0]["path"]) == ("NOT_FOUND", ["input", "batch"])
    assert await Sheet.all().count() == 0


async def test_nobody_applies_for_somebody_else(student: Desk) -> None:
    await make.student("20221503108")
    error = await student.error(APPLY, input={"leaveType": "OTHER", "studentNo": "20221503108"})
    assert (error["code"], error["violations"][0]["path"]) == ("NOT_FOUND", ["input", "studentNo"])
    assert await Sheet.all().count() == 0


async def test_whoever_has_two_numbers_says_which(student: Desk) -> None:
    await make.student("20261503107", user=await make.User.get(username="student"))
    error = await student.error(APPLY, input={"leaveType": "OTHER"})
    assert error["message"] == "您有多个学号(20221503107、20261503107),请选择为哪个学号申请。"
    assert (await apply(student, studentNo="20261503107"))["applied"] == 1


async def test_who_is_no_student_does_not_apply(student: Desk, api: OpenDesk) -> None:
    await member("somebody", "student")
    error = await (await api(as_="somebody")).error(APPLY, input={"leaveType": "OTHER"})
    assert (error["code"], error["message"]) == (
        "NOT_FOUND",
        "您的账号没有关联学号,不能自助申请。请联系账号管理员。",
    )
    await member("boss", "office")
    error = await (await api(as_="boss")).error(APPLY, input={"leaveType": "OTHER"})
    assert (error["code"], error["params"]["roles"]) == ("FORBIDDEN", "student")
