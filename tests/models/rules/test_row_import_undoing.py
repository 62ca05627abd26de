"""Taking a list of rows back: rows get back what they held, new ones go again; what cannot is told, and stays."""

from __future__ import annotations

import pytest

from models import Building, College, Event, Operation, Student, Supervision
from models.enums import BatchStatus, OperationState
from models.rules.editing import update_row
from models.rules.refusals import Code
from models.rules.row_import_undoing import undo_import
from models.rules.row_imports import import_rows
from models.rules.row_reach import RowReach
from models.season import Prerequisite
from tests import factories as make
from tests.models.rules.editing_acts import NOW, events, refused
from tests.models.rules.row_lines import lines, reaching, told, whole

pytestmark = pytest.mark.usefixtures("sound_database")


async def test_rows_get_back_what_they_held_and_new_ones_go(database):
    uni = await make.university()
    listed = lines(
        {"code": "BAMBOO3", "duty_phone": "8333", "beds": "9"},
        {"code": "OAK1", "name": "橡园1舍", "houses": "女"},
        {"code": "PINE1", "name": "松园1舍"},
    )
    done = await import_rows(uni.actor, Building, listed, reach=whole(Building))
    oak = await Building.get(code="OAK1")
    shown = await undo_import(uni.actor, Building, done.operation_id, reach=whole(Building), dry_run=True)
    assert told(shown) == [(2, "APPLIED", None, None), (3, "APPLIED", None, None)]
    assert await Building.all().count() == 3
    undone = await undo_import(uni.actor, Building, done.operation_id, reach=whole(Building), now=NOW)
    assert told(undone) == told(shown)
    assert await Building.all().order_by("id").values_list("code", "duty_phone", "beds", "version") == [
        ("BAMBOO3", "", 0, 3),
        ("PINE1", "", 0, 1),
    ]
    assert sorted((await events())[2:]) == [
        ("Building", uni.building.id, "beds,duty_phone", "PRESENT", "PRESENT"),
        ("Building", oak.id, "", "PRESENT", "DELETED"),
    ]
    assert (await Operation.get(id=done.operation_id)).state is OperationState.UNDONE
    act = undo_import(uni.actor, Building, done.operation_id, reach=whole(Building))
    assert (await refused(act))[:2] == (Code.CONFLICT, "id")


async def test_what_changed_since_or_is_used_stays(database):
    uni = await make.university()
    listed = lines(
        {"code": "15", "office_phone": "1"},
        {"code": "02", "office_phone": "1"},
        {"code": "31", "name": "新学院"},
        {"code": "32", "name": "新学院"},
        {"code": "33", "name": "新学院"},
    )
    done = await import_rows(uni.actor, College, listed, reach=whole(College))
    await update_row(uni.other_actor, College, uni.college.id, 2, {"office_phone": "2"}, now=NOW)
    new = await College.get(code="31")
    await make.student("1", college=new)
    changed = await College.get(code="32")
    await update_row(uni.other_actor, College, changed.id, 1, {"office_phone": "2"}, now=NOW)
    undone = await undo_import(uni.actor, College, done.operation_id, reach=whole(College))
    assert told(undone) == [
        (2, "REFUSED", "STALE_ROW", None),
        (3, "APPLIED", None, None),
        (4, "REFUSED", "CONFLICT", "USED_SINCE"),
        (5, "REFUSED", "STALE_ROW", None),
        (6, "APPLIED", None, None),
    ]
    assert {(undone.rows[n].refusal.by, undone.rows[n].refusal.at) for n in (0, 3)} == {(uni.colleague.name, NOW)}
    assert await College.all().order_by("code").values_list("code", "office_phone") == [
        ("02", "8202"),
        ("15", "2"),
        ("31", ""),
        ("32", "2"),
    ]


async def test_rows_that_are_never_deleted_and_rows_that_the_caller_may_not_delete(database):
    uni = await make.university()
    person = {"name": "李四", "gender": "男", "level": "本科生", "college": "15"}
    done = await import_rows(uni.actor, Student, lines({"student_no": "1", **person}), reach=whole(Student))
    undone = await undo_import(uni.actor, Student, done.operation_id, reach=whole(Student))
    assert told(undone) == [(2, "REFUSED", "CONFLICT", "NEVER_DELETED")]
    assert (await Operation.get(id=done.operation_id)).state is OperationState.APPLIED
    done = await import_rows(
        uni.actor, Building, lines({"code": "X", "name": "x", "houses": "男"}), reach=whole(Building)
    )
    fields = (await whole(Building)()).updating
    reach = reaching(RowReach(reading=fields, updating=fields, creating=fields))
    undone = await undo_import(uni.actor, Building, done.operation_id, reach=reach)
    assert told(undone) == [(2, "REFUSED", "FORBIDDEN", "NOT_YOURS_TO_DELETE")]
    assert await Building.exists(code="X")


async def test_links_are_made_and_go(database):
    uni = await make.university()
    await make.student("2022001", college=uni.college)
    listed = lines(
        {"student": "2022001", "supervisor": "李敏"},
        {"student": "2022001", "supervisor": "wangfang"},
        {"student": "7", "supervisor": "limin"},
    )
    done = await import_rows(uni.actor, Supervision, listed, reach=whole(Supervision))
    assert told(done) == [(2, "APPLIED", None, None), (3, "APPLIED", None, None), (4, "REFUSED", "NOT_FOUND", None)]
    assert done.rows[2].refusal.facts == {"field": "student", "value": "7"}
    assert await Supervision.all().order_by("id").values_list("supervisor__username", flat=True) == [
        "limin",
        "wangfang",
    ]
    await undo_import(uni.actor, Supervision, done.operation_id, reach=whole(Supervision))
    assert await Supervision.all().count() == 0


async def test_what_comes_first_stays_once_the_batch_is_open(database):
    uni = await make.university()
    season = await make.season(uni, status=BatchStatus.PREPARING)
    listed = lines({"item": "2026-06/FEES", "requires": "2026-06/BOOKS", "reopen": "是"})
    done = await import_rows(uni.actor, Prerequisite, listed, reach=whole(Prerequisite))
    await type(season.batch).filter(id=season.batch.id).update(status=BatchStatus.OPEN)
    undone = await undo_import(uni.actor, Prerequisite, done.operation_id, reach=whole(Prerequisite))
    assert told(undone) == [(2, "REFUSED", "BAD_INPUT", "FROZEN")]
    assert await Prerequisite.filter(item__code="FEES").count() == 1


async def test_a_name_that_several_have_is_refused_unless_the_row_itself_says_which(database):
    uni = await make.university()
    await make.season(uni, status=BatchStatus.PREPARING)
    await make.season(uni, "2026-12", status=BatchStatus.PREPARING)
    edge = await Prerequisite.filter(item__code="CARD", requires__code="BOOKS", item__batch__code="2026-06").get()
    cells = {"item": "校园卡注销", "requires": "图书清还", "reopen": "是"}
    [row] = (await import_rows(uni.actor, Prerequisite, lines(cells), reach=whole(Prerequisite))).rows
    assert (row.refusal.code, dict(row.refusal.facts)) == (
        Code.BAD_INPUT,
        {"field": "item", "value": "校园卡注销", "problem": "AMBIGUOUS", "count": 2},
    )
    [line] = lines(cells)
    done = await import_rows(uni.actor, Prerequisite, [type(line)(cells, 2, row_id=edge.id)], reach=whole(Prerequisite))
    assert told(done) == [(2, "APPLIED", None, None)]
    assert (await Prerequisite.get(id=edge.id)).reopen is True


async def test_sensitive_values_are_not_kept_and_not_put_back(database):
    uni = await make.university()
    await make.student("2022001", college=uni.college, phone="1380", major="旧")
    await make.student("2022002", college=uni.college, phone="1380")
    listed = lines(
        {"student_no": "2022001", "phone": "1390", "major": "新"},
        {"student_no": "2022002", "phone": "1390"},
    )
    done = await import_rows(uni.actor, Student, listed, reach=whole(Student))
    undone = await undo_import(uni.actor, Student, done.operation_id, reach=whole(Student))
    assert told(undone) == [(2, "APPLIED", None, None), (3, "REFUSED", "BAD_INPUT", "NOT_KEPT")]
    assert await Student.all().order_by("id").values_list("phone", "major") == [("1390", "旧"), ("1390", "")]
    assert await Event.filter(object="Student").count() == 3


async def test_anothers_operation_and_one_of_another_kind(database):
    uni = await make.university()
    done = await import_rows(uni.actor, Building, lines({"code": "PINE1", "beds": "3"}), reach=whole(Building))
    act = undo_import(uni.other_actor, Building, done.operation_id, reach=whole(Building))
    assert (await refused(act))[:2] == (Code.FORBIDDEN, "id")
    undone = await undo_import(uni.other_actor, Building, done.operation_id, reach=whole(Building), others=True)
    assert told(undone) == [(2, "APPLIED", None, None)]
    act = undo_import(uni.other_actor, Building, undone.operation_id, reach=whole(Building))
    assert (await refused(act))[:2] == (Code.CONFLICT, "id")
