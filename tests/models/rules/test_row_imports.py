"""Lists of rows of any object: found by their key, changed, made, unchanged or refused, each with its reason; checked
first and applied on the frozen set. Reading cells, and taking a list back, are tried beside this."""

from __future__ import annotations

import json

import pytest
from tortoise.expressions import Q

from models import (
    Batch,
    Building,
    College,
    Department,
    Event,
    Item,
    Operation,
    OperationRow,
    Prerequisite,
    Sheet,
    Student,
    Supervision,
    User,
)
from models.enums import BatchStatus, ClearanceStatus, Gender, OperationKind, OperationState
from models.rules.clearing import ErrorPolicy
from models.rules.editing import update_row
from models.rules.editing_rows import unique_keys
from models.rules.idempotency import Idempotency
from models.rules.operations import cancel_operation
from models.rules.refusals import Code
from models.rules.row_cells import columns_read
from models.rules.row_imports import apply_import, import_rows, is_imported
from models.rules.row_lists import MOST_MISMATCHES, RowLine
from models.rules.row_reach import RowReach
from tests import factories as make
from tests.models.rules.editing_acts import NOW, events, refused
from tests.models.rules.row_lines import lines, reaching, told, whole

pytestmark = pytest.mark.usefixtures("sound_database")
THREE = (
    {"code": "BAMBOO3", "name": "竹园3舍", "duty_phone": "8333"},
    {"code": "PINE1", "name": "松园1舍"},
    {"code": "OAK1", "name": "橡园1舍", "houses": "女", "beds": "120"},
)


# --- what becomes of rows


def test_the_objects_of_which_there_are_lists():
    import models  # all of them

    assert {each.__name__ for each in models.ALL if hasattr(each, "entity") and is_imported(each)} == {
        *("User", "College", "Department", "Building", "Student", "Supervision", "Batch", "Item", "Prerequisite"),
    }


def test_what_is_unique_is_the_key():
    """Else a list would have to look for what is taken among rows that it changes, too."""
    for model in (User, College, Department, Building, Student, Supervision, Batch, Item, Prerequisite):
        keys = {tuple(name.removesuffix("_id") for name in names) for names in unique_keys(model)}
        assert keys == {model.entity.natural_key}, model


async def test_rows_are_changed_made_and_left_as_they_are(database):
    uni = await make.university()
    done = await import_rows(uni.actor, Building, lines(*THREE), reach=whole(Building), now=NOW)
    assert told(done) == [(2, "APPLIED", None, None), (3, "UNCHANGED", None, None), (4, "APPLIED", None, None)]
    made = await Building.get(code="OAK1")
    assert (made.name, made.houses, made.beds, made.version) == ("橡园1舍", Gender.F, 120, 1)
    changed = await Building.get(code="BAMBOO3")
    assert (changed.duty_phone, changed.version, changed.beds, changed.updated_at) == ("8333", 2, 0, NOW)
    operation = await Operation.get(id=done.operation_id)
    assert (operation.kind, operation.state) == (OperationKind.IMPORT_ROWS, OperationState.APPLIED)
    assert (operation.applied, operation.unchanged, operation.refused) == (2, 1, 0)
    assert operation.parameters == {
        "object": "Building",
        "fields": ["beds", "code", "duty_phone", "houses", "name"],
        "cascaded": 0,
    }
    assert sorted(await events()) == [
        ("Building", changed.id, "duty_phone", "PRESENT", "PRESENT"),
        ("Building", made.id, "beds,code,houses,name", None, "PRESENT"),
    ]
    again = await import_rows(uni.actor, Building, lines(*THREE), reach=whole(Building))
    assert [row.outcome.name for row in again.rows] == ["UNCHANGED"] * 3
    assert await Event.all().count() == 2


async def test_one_refused_row_stops_all_when_asked_so(database):
    uni = await make.university()
    listed = lines({"code": "BAMBOO3", "beds": "9"}, {"code": "PINE1", "beds": "viele"})
    policy = ErrorPolicy.REJECT_ALL
    done = await import_rows(uni.actor, Building, listed, reach=whole(Building), error_policy=policy)
    assert told(done) == [(2, "NOT_APPLIED", None, None), (3, "REFUSED", "BAD_INPUT", "NO_WHOLE_NUMBER")]
    assert (await Operation.get(id=done.operation_id)).state is OperationState.FAILED
    assert await Building.filter(beds=9).count() == 0
    assert await Event.all().count() == 0


async def test_a_key_of_the_caller_applies_once(database):
    uni = await make.university()
    key = Idempotency("user:1", "once", "f")
    first = await import_rows(uni.actor, Building, lines(*THREE), reach=whole(Building), idempotency=key)
    again = await import_rows(uni.actor, Building, lines(*THREE), reach=whole(Building), idempotency=key)
    assert (again.operation_id, told(again)) == (first.operation_id, told(first))
    other = Idempotency("user:1", "once", "g")
    act = import_rows(uni.actor, Building, lines(*THREE), reach=whole(Building), idempotency=other)
    assert (await refused(act))[:2] == (Code.IDEMPOTENCY_MISMATCH, "idempotencyKey")


async def test_two_lines_of_one_row_are_both_refused_and_name_each_other(database):
    uni = await make.university()
    listed = lines({"code": "BAMBOO3", "beds": "1"}, {"code": "OAK1"}, {"code": "BAMBOO3", "beds": "2"})
    done = await import_rows(uni.actor, Building, listed, reach=whole(Building))
    assert told(done) == [
        (2, "REFUSED", "DUPLICATE", "TWICE"),
        (3, "REFUSED", "BAD_INPUT", "MISSING"),
        (4, "REFUSED", "DUPLICATE", "TWICE"),
    ]
    assert [row.refusal.facts.get("other_row") for row in done.rows] == [4, None, 2]
    assert done.rows[1].refusal.facts["field"] == "houses"


async def test_a_hidden_key_must_be_that_of_the_row(database):
    uni = await make.university()
    here, other = uni.building, uni.other_building
    listed = [
        RowLine({"code": here.code, "beds": "1"}, 2, row_id=other.id),
        RowLine({"code": "GONE", "name": "x", "houses": "男"}, 3, row_id=99),
        RowLine({"code": other.code, "beds": "2"}, 4, row_id=other.id),
    ]
    done = await import_rows(uni.actor, Building, listed, reach=whole(Building))
    assert told(done) == [
        (2, "REFUSED", "ROW_MISMATCH", "ROW_KEY"),
        (3, "REFUSED", "NOT_FOUND", "ROW_GONE"),
        (4, "APPLIED", None, None),
    ]
    many = [await make.building(f"M{n}") for n in range(MOST_MISMATCHES + 1)]
    sorted_apart = [RowLine({"code": each.code, "beds": "5"}, n, row_id=here.id) for n, each in enumerate(many, 2)]
    act = import_rows(uni.actor, Building, sorted_apart, reach=whole(Building))
    assert await refused(act) == (Code.ROW_MISMATCH, "rows", {"problem": "ROW_KEYS", "count": 21})


async def test_no_rows_and_too_many(database):
    uni = await make.university()
    act = import_rows(uni.actor, Building, [], reach=whole(Building))
    assert await refused(act) == (Code.BAD_INPUT, "rows", {"problem": "MISSING"})
    act = import_rows(uni.actor, Building, [RowLine({})] * 20_001, reach=whole(Building))
    assert await refused(act) == (
        Code.BAD_INPUT,
        "rows",
        {"problem": "TOO_MANY_ROWS", "count": 20_001, "limit": 20_000},
    )


# --- checked first


async def test_a_dry_run_writes_nothing_and_is_applied_as_it_was_shown(database):
    uni = await make.university()
    shown = await import_rows(uni.actor, Building, lines(*THREE), reach=whole(Building), dry_run=True, now=NOW)
    assert [row.outcome.name for row in shown.rows] == ["APPLIED", "UNCHANGED", "APPLIED"]
    assert (await Building.all().count(), await Event.all().count()) == (2, 0)
    await make.building("OAK2")
    done = await apply_import(uni.actor, Building, shown.operation_id, reach=whole(Building))
    assert told(done) == told(shown)
    assert (await Building.get(code="OAK1")).beds == 120
    assert await Event.all().count() == 2
    again = await apply_import(uni.actor, Building, shown.operation_id, reach=whole(Building))
    assert told(again) == told(shown)
    assert await Event.all().count() == 2
    act = apply_import(uni.other_actor, Building, shown.operation_id, reach=whole(Building))
    assert (await refused(act))[:2] == (Code.NOT_FOUND, "id")


async def test_what_changed_after_the_dry_run_is_not_overwritten(database):
    uni = await make.university()
    shown = await import_rows(uni.actor, Building, lines(*THREE), reach=whole(Building), dry_run=True)
    await update_row(uni.other_actor, Building, uni.building.id, 1, {"duty_phone": "1"}, now=NOW)
    await make.building("OAK1")
    done = await apply_import(uni.actor, Building, shown.operation_id, reach=whole(Building))
    assert told(done) == [
        (2, "REFUSED", "STALE_ROW", None),
        (3, "UNCHANGED", None, None),
        (4, "REFUSED", "DUPLICATE", "TAKEN"),
    ]
    assert (done.rows[0].refusal.by, done.rows[0].refusal.at) == (uni.colleague.name, NOW)
    assert (await Building.get(code="BAMBOO3")).duty_phone == "1"


async def test_a_version_of_the_file_that_is_not_the_rows_any_more(database):
    uni = await make.university()
    await update_row(uni.other_actor, Building, uni.building.id, 1, {"duty_phone": "1"}, now=NOW)
    listed = [RowLine({"code": "BAMBOO3", "duty_phone": "2"}, 2, version=1)]
    [row] = (await import_rows(uni.actor, Building, listed, reach=whole(Building))).rows
    assert (row.refusal.code, row.refusal.by, row.refusal.at) == (Code.STALE_ROW, uni.colleague.name, NOW)
    seen = [RowLine(listed[0].cells, 2, version=2)]
    for outcome in ("APPLIED", "UNCHANGED"):  # the same file again changes nothing, whatever version it was made of
        [row] = (await import_rows(uni.actor, Building, seen, reach=whole(Building))).rows
        assert row.outcome.name == outcome


async def test_a_dry_run_that_was_given_up_is_not_applied(database):
    uni = await make.university()
    shown = await import_rows(uni.actor, Building, lines(*THREE), reach=whole(Building), dry_run=True)
    await cancel_operation(uni.actor, shown.operation_id)
    act = apply_import(uni.actor, Building, shown.operation_id, reach=whole(Building))
    assert (await refused(act))[:2] == (Code.CONFLICT, "id")


# --- whose rows, whose fields


async def test_a_row_that_the_caller_does_not_see_is_not_there(database):
    uni = await make.university()
    mine = Q(code="BAMBOO3")
    fields = dict.fromkeys(columns_read(Building), Q())
    reader = reaching(RowReach(mine, fields, fields))
    listed = lines({"code": "BAMBOO3", "beds": "1"}, {"code": "PINE1", "beds": "1"}, {"code": "NONE", "beds": "1"})
    done = await import_rows(uni.actor, Building, listed, reach=reader)
    assert told(done)[0][:2] == (2, "APPLIED")
    assert [dict(row.refusal.facts) for row in done.rows[1:]] == [
        {"field": "code", "value": each, "problem": "NO_SUCH_ROW"} for each in ("PINE1", "NONE")
    ]
    maker = reaching(RowReach(mine, fields, fields, fields))
    listed = lines(*({"code": each, "name": "x", "houses": "男"} for each in ("PINE1", "NONE")))
    done = await import_rows(uni.actor, Building, listed, reach=maker)
    assert told(done) == [(2, "REFUSED", "DUPLICATE", "TAKEN"), (3, "APPLIED", None, None)]


async def test_columns_that_the_caller_may_not_write(database):
    """Said again they are no matter; said otherwise they refuse the row; and of what he does not read he is not told
    whether it is the same."""
    uni = await make.university()
    await Building.filter(code="PINE1").update(duty_place="A1", beds=7)
    reading = dict.fromkeys(["code", "name", "duty_phone"], Q())
    reach = reaching(RowReach(reading=reading, updating={"duty_phone": Q(), "beds": Q()}))
    listed = lines(
        {"code": "PINE1", "name": "松园1舍", "duty_phone": "1"},
        {"code": "BAMBOO3", "name": "另一个名字", "duty_phone": "1"},
    )
    done = await import_rows(uni.actor, Building, listed, reach=reach)
    assert told(done) == [(2, "APPLIED", None, None), (3, "REFUSED", "FORBIDDEN", "NOT_THIS_FIELD")]
    for guess in ("A1", "B2"):
        done = await import_rows(uni.actor, Building, lines({"code": "PINE1", "duty_place": guess}), reach=reach)
        assert told(done) == [(2, "REFUSED", "FORBIDDEN", "NOT_THIS_FIELD")]
    await make.season(uni)
    for stated, told_of in (
        ({"status": "办理中", "created_at": "2001-01-01"}, (2, "UNCHANGED", None, None)),
        ({"status": "已归档"}, (2, "REFUSED", "BAD_INPUT", "NOT_BY_LIST")),
    ):
        done = await import_rows(uni.actor, Batch, lines({"code": "2026-06", **stated}), reach=whole(Batch))
        assert told(done) == [told_of]


async def test_a_row_is_not_put_or_made_where_the_caller_may_not(database):
    here, there = await make.college("01"), await make.college("02")
    uni_actor = make.acting(await make.user())
    one = await make.student("2022001", college=here)
    names = columns_read(Student)
    own = dict.fromkeys(names, Q(college_id=here.id))
    reach = reaching(RowReach(Q(college_id=here.id), own, own, own))
    person = {"name": "李四", "gender": "男", "level": "本科生"}
    listed = lines(
        {"student_no": "2022001", "college": "02"},
        {"student_no": "2022002", "college": "02", **person},
        {"student_no": "2022003", "college": "01", **person},
    )
    done = await import_rows(uni_actor, Student, listed, reach=reach)
    assert told(done) == [
        (2, "REFUSED", "FORBIDDEN", "LEAVES_SCOPE"),
        (3, "REFUSED", "FORBIDDEN", "LEAVES_SCOPE"),
        (4, "APPLIED", None, None),
    ]
    assert await Student.all().order_by("id").values_list("student_no", "college_id") == [
        ("2022001", here.id),
        ("2022003", here.id),
    ]
    assert (await Student.get(id=one.id)).version == 1
    assert there.id != here.id


# --- what single objects ask


async def test_batches_and_departments_are_checked_as_for_a_single_edit(database):
    uni = await make.university()
    await make.season(uni)
    listed = lines(
        {"code": "2027-06", "name": "2027", "opens_at": "2027-06-01", "closes_at": "2027-05-01"},
        {
            "code": "2028-06",
            "name": "2028",
            "opens_at": "2028-06-01 08:00",
            "closes_at": "2028年7月1日",
            "range_limit": "50",
        },
        {"code": "2026-06", "range_limit": "5000"},
    )
    done = await import_rows(uni.actor, Batch, listed, reach=whole(Batch))
    assert told(done) == [
        (2, "REFUSED", "BAD_INPUT", "WINDOW_ORDER"),
        (3, "APPLIED", None, None),
        (4, "REFUSED", "BAD_INPUT", "NUMBER_RANGE"),
    ]
    made = await Batch.get(code="2028-06")
    assert (made.status, made.range_limit, made.opens_at.isoformat()) == (
        BatchStatus.PREPARING,
        50,
        "2028-06-01T08:00:00+00:00",
    )
    await Batch.filter(code="2028-06").update(status=BatchStatus.ARCHIVED)
    [row] = (await import_rows(uni.actor, Batch, lines({"code": "2028-06", "name": "n"}), reach=whole(Batch))).rows
    assert row.refusal.code is Code.BATCH_NOT_OPEN
    listed = lines({"code": "TSG", "active": "否"}, {"code": "CWC", "active": "no", "successor": "图书馆"})
    done = await import_rows(uni.actor, Department, listed, reach=whole(Department))
    assert told(done) == [(2, "REFUSED", "BAD_INPUT", "SUCCESSOR_NEEDED"), (3, "APPLIED", None, None)]
    closed = await Department.get(code="CWC")
    assert (closed.active, closed.successor_id) == (False, uni.library.id)


async def test_items_that_come_first_make_no_circle_within_a_list(database):
    uni = await make.university()
    await make.season(uni, status=BatchStatus.PREPARING)
    pairs = [("FEES", "BOOKS"), ("BOOKS", "FEES"), ("DORM", "FEES")]
    listed = lines(*({"item": f"2026-06/{item}", "requires": f"2026-06/{first}"} for item, first in pairs))
    done = await import_rows(uni.actor, Prerequisite, listed, reach=whole(Prerequisite))
    assert told(done) == [
        (2, "APPLIED", None, None),
        (3, "REFUSED", "BAD_INPUT", "CIRCLE"),
        (4, "APPLIED", None, None),
    ]
    assert await Prerequisite.filter(requires__code="FEES").values_list("item__code", flat=True) == ["DORM"]


async def test_items_change_as_far_as_nothing_follows_and_are_not_made(database):
    uni = await make.university()
    season = await make.season(uni)
    listed = lines(
        {
            "batch": "2026-06",
            "code": "BOOKS",
            "instruction": "一\n二",
            "ways": "单个办理、批量办理、导入名单、数据同步",
        },
        {"batch": "2026-06", "code": "CARD", "kind": "选办环节"},
        {"batch": "2026-06批次", "code": "NEW", "name": "新", "department": "TSG"},
    )
    done = await import_rows(uni.actor, Item, listed, reach=whole(Item))
    assert told(done) == [
        (2, "APPLIED", None, None),
        (3, "REFUSED", "BAD_INPUT", "NOT_BY_LIST"),
        (4, "REFUSED", "NOT_FOUND", "NOT_MADE_BY_LIST"),
    ]
    assert (await Item.get(id=season["BOOKS"].id)).instruction == "一\n二"


async def test_accounts_are_made_without_a_password_and_not_closed(database):
    uni = await make.university()
    listed = lines(
        {"username": "zhao", "name": "赵敏", "email": "zhao@example.edu", "phone": "8100"},
        {"username": "qian", "name": "钱二", "email": "none"},
        {"username": "limin", "name": "李敏", "active": "否"},
        {"username": "a b", "name": "x"},
    )
    done = await import_rows(uni.actor, User, listed, reach=whole(User))
    assert told(done) == [
        (2, "APPLIED", None, None),
        (3, "REFUSED", "BAD_INPUT", "EMAIL_FORM"),
        (4, "REFUSED", "BAD_INPUT", "NOT_BY_LIST"),
        (5, "REFUSED", "BAD_INPUT", "USERNAME_FORM"),
    ]
    made = await User.get(username="zhao")
    assert (made.name, made.email, made.active, made.password_hash) == ("赵敏", "zhao@example.edu", True, None)
    assert await events() == [("User", made.id, "email,name,phone,username", None, "ACTIVE")]
    [row] = await OperationRow.filter(operation_id=done.operation_id, outcome="APPLIED")
    assert row.after == {"username": "zhao", "name": "赵敏"}, "what is sensitive is not kept"


# --- what follows from changed students


async def test_students_sheets_and_items_follow(database):
    uni = await make.university()
    season = await make.season(uni)
    who = await make.student("2022001", college=uni.college, is_resident=False, class_name="旧班")
    sheet = await make.sheet(season.batch, who)
    listed = lines({"student_no": "2022001", "is_resident": "是", "class_name": "新班", "building": "竹园3舍"})
    done = await import_rows(uni.actor, Student, listed, reach=whole(Student), now=NOW)
    assert told(done) == [(2, "APPLIED", None, None)]
    sheet = await Sheet.get(id=sheet.id)
    assert (sheet.class_name, sheet.building_id) == ("新班", uni.building.id)
    dorm = await make.Clearance.get(sheet=sheet, item=season["DORM"])
    assert dorm.status is ClearanceStatus.PENDING


async def test_a_persons_second_number_is_recognised_and_two_sheets_are_refused(database):
    uni = await make.university()
    season = await make.season(uni)
    number = "110101199001011237"
    first = await make.student("1001", college=uni.college, id_no=number, id_no_masked="1101**********1237")
    await make.student("1002", college=uni.college)
    third = await make.student("1003", college=uni.college)
    await make.sheet(season.batch, first)
    await make.sheet(season.batch, third)
    listed = lines({"student_no": "1002", "id_no": number}, {"student_no": "1003", "id_no": number})
    done = await import_rows(uni.actor, Student, listed, reach=whole(Student))
    assert told(done) == [(2, "APPLIED", None, None), (3, "REFUSED", "DUPLICATE", "TWO_SHEETS")]
    linked = await Student.get(student_no="1002")
    assert (linked.person_id, linked.id_no, linked.id_no_masked) == (first.id, number, "1101**********1237")
    assert (await Student.get(student_no="1003")).id_no is None
    [row] = await OperationRow.filter(operation_id=done.operation_id, outcome="APPLIED")
    assert number not in json.dumps([row.before, row.after, row.facts])


async def test_one_and_two_hundred_rows_take_the_same_number_of_statements(database):
    uni = await make.university()
    counted = []
    for count, start in ((2, 1000), (200, 2000)):
        there = [await make.student(str(start + n), college=uni.college) for n in range(count)]
        person = {"name": "李四", "gender": "男", "level": "本科生", "college": "15", "building": "竹园3舍"}
        listed = lines(
            *({"student_no": each.student_no, "major": "新", "room": "101"} for each in there),
            *({"student_no": f"N{start + n}", **person} for n in range(count)),
        )
        with database.statements() as seen:
            done = await import_rows(uni.actor, Student, listed, reach=whole(Student))
        assert {row.outcome.name for row in done.rows} == {"APPLIED"}
        counted.append(len(seen))
    assert counted[0] == counted[1]
