"""Plain editing of many rows: one operation with old and new values, one event a row, refused rows with their reason;
checked first, applied on the frozen set, undone; always in the same number of statements."""

from __future__ import annotations

import json

import pytest
from tortoise.expressions import Q

from models import Building, College, Event, Item, Operation, OperationRow, Sheet, Student, database
from models.declare import note_of
from models.enums import BatchStatus, ClearanceStatus, Level, OperationKind, OperationState
from models.rules.bulk_editing import MOST_ROWS, Chosen, apply_edit, keys_of, update_rows
from models.rules.bulk_undoing import undo_edit
from models.rules.bulk_values import OPEN, bulk_fields, emptiable_fields
from models.rules.clearing import ErrorPolicy
from models.rules.editing import delete_row, update_row
from models.rules.editing_by_verbs import update_student
from models.rules.editing_values import Named
from models.rules.idempotency import Idempotency
from models.rules.operations import cancel_operation
from models.rules.refusals import Code
from tests import factories as make
from tests.models.rules.editing_acts import NOW, bounded, events, faults, refused

pytestmark = pytest.mark.usefixtures("sound_database")
VALID = ErrorPolicy.APPLY_VALID


def told(result) -> list[tuple[str, str, str | None]]:
    return [(row.student_no, row.outcome.name, row.refusal.code.name if row.refusal else None) for row in result.rows]


async def three(**columns):
    return [await make.student(f"202200{n}", **({"major": "旧"} | columns)) for n in (1, 2, 3)]


def ids(rows) -> Chosen:
    return Chosen(ids=tuple(row.id for row in rows))


# --- what may be given to many rows


def test_nothing_that_names_a_row_and_nothing_sensitive():
    assert bulk_fields(Student) == [
        *("gender", "level", "college", "major", "class_name", "grade", "building", "room", "political_status"),
        *("nationality", "enrolment_status", "is_resident", "has_loan", "has_advance", "has_medical_debt", "has_gown"),
        *("uses_lab", "hukou_at_school", "archive_at_school", "is_international"),
    ]
    assert emptiable_fields(Student) == ["major", "class_name", "grade", "building", "room"]
    assert bulk_fields(Item) == ["name_en", "department", "instruction", "instruction_en", "place", "order"]
    for model in OPEN:
        assert [name for name in bulk_fields(model) if note_of(model, name).sensitive] == []
    assert bulk_fields(Operation) == []


async def test_every_field_at_fault_is_said_at_once(database):
    one = await make.student("2022001")
    wrong = {"student_no": "7", "id_no": "x", "gender": None, "phone": "1"}
    assert await faults(update_rows(make.acting(await make.user()), Student, ids([one]), wrong)) == [
        ("student_no", "BAD_INPUT", "NOT_IN_BULK"),
        ("id_no", "BAD_INPUT", "NOT_IN_BULK"),
        ("phone", "BAD_INPUT", "NOT_IN_BULK"),
        ("gender", "BAD_INPUT", "MISSING"),
    ]
    act = update_rows(make.acting(await make.user()), Student, ids([one]), {"major": "x" * 65})
    assert await faults(act) == [("major", "BAD_INPUT", "TOO_LONG")]
    act = update_rows(make.acting(await make.user()), Student, ids([one]), {"building": Named("NO")})
    assert (await refused(act))[:2] == (Code.NOT_FOUND, "building")
    many = Chosen(ids=tuple(range(MOST_ROWS + 1)))
    act = update_rows(make.acting(await make.user()), Student, many, {"major": "新"})
    assert (await refused(act))[:2] == (Code.RANGE_TOO_LARGE, "select")


# --- doing it


async def test_rows_are_changed_with_one_operation_and_one_event_each(database):
    uni = await make.university()
    rows = await three()
    await Student.filter(id=rows[1].id).update(major="新", room="")
    done = await update_rows(uni.actor, Student, ids(rows), {"major": "新", "room": None}, now=NOW)
    assert told(done) == [
        ("2022001", "APPLIED", None),
        ("2022002", "UNCHANGED", None),
        ("2022003", "APPLIED", None),
    ]
    assert await Student.all().order_by("id").values_list("major", "room", "version") == [
        ("新", "", 2),
        ("新", "", 1),
        ("新", "", 2),
    ]
    operation = await Operation.get(id=done.operation_id)
    assert (operation.kind, operation.state) == (OperationKind.BULK_EDIT, OperationState.APPLIED)
    assert (operation.applied, operation.unchanged, operation.refused) == (2, 1, 0)
    assert operation.parameters == {"object": "Student", "fields": ["major", "room"], "cascaded": 0}
    assert await events() == [
        ("Student", rows[0].id, "major", "PRESENT", "PRESENT"),
        ("Student", rows[2].id, "major", "PRESENT", "PRESENT"),
    ]


async def test_one_refused_row_stops_all_unless_the_others_are_wanted(database):
    uni = await make.university()
    rows = await three()
    chosen, seen = Chosen(keys=("2022001", "2022002", "999")), {rows[1].id: 7}
    act = await update_rows(uni.actor, Student, chosen, {"major": "新"}, expected=seen)
    assert told(act) == [
        ("2022001", "NOT_APPLIED", None),
        ("2022002", "REFUSED", "STALE_ROW"),
        ("999", "REFUSED", "NOT_FOUND"),
    ]
    assert await Student.filter(major="新").count() == 0
    assert (await Operation.get(id=act.operation_id)).state is OperationState.FAILED
    act = await update_rows(uni.actor, Student, chosen, {"major": "新"}, expected=seen, error_policy=VALID)
    assert [outcome for _, outcome, _ in told(act)] == ["APPLIED", "REFUSED", "REFUSED"]
    assert await Student.filter(major="新").values_list("student_no", flat=True) == ["2022001"]


async def test_a_stale_row_says_who_changed_it(database):
    uni = await make.university()
    [one, *_] = await three()
    await update_rows(uni.actor, Student, ids([one]), {"room": "101"}, now=NOW)
    act = await update_rows(uni.actor, Student, ids([one]), {"room": "102"}, expected={one.id: 1})
    [row] = act.rows
    assert (row.refusal.code, row.refusal.by, row.refusal.at) == (Code.STALE_ROW, uni.clerk.name, NOW)


async def test_rows_outside_ones_reach_and_those_that_would_leave_it(database):
    uni = await make.university()
    here, there, third = uni.college, uni.other_college, await make.college("03")
    for number, of in (("1", here), ("2", there), ("3", third)):
        await make.student(number, college=of)
    reach = bounded(visible=Q(college__code__in=["15", "02"]), permitted=Q(college__code="15"))
    chosen = Chosen(keys=("1", "2", "3"))
    for dry_run in (True, False):
        act = await update_rows(
            uni.actor, Student, chosen, {"major": "新"}, bounds=reach, error_policy=VALID, dry_run=dry_run
        )
        assert told(act) == [("1", "APPLIED", None), ("2", "REFUSED", "FORBIDDEN"), ("3", "REFUSED", "NOT_FOUND")]
        assert [row.name for row in act.rows][2] is None
        away = {"college": Named("02")}
        act = await update_rows(uni.actor, Student, chosen, away, bounds=reach, error_policy=VALID, dry_run=dry_run)
        assert told(act)[0] == ("1", "REFUSED", "FORBIDDEN")
        assert act.rows[0].refusal.facts == {"problem": "LEAVES_SCOPE"}
    assert await Student.all().order_by("id").values_list("major", "college_id") == [
        ("新", here.id),
        ("", there.id),
        ("", third.id),
    ]


async def test_sheets_and_what_rules_decide_follow(database):
    uni = await make.university()
    season = await make.season(uni)
    thesis = await make.item(season.batch, "LAB", applies_to="uses_lab")
    rows = await three()
    sheets = await make.sheets(season.batch, rows)
    done = await update_rows(uni.actor, Student, ids(rows), {"uses_lab": True, "class_name": "新班"})
    assert done.count(done.rows[0].outcome) == 3
    assert await Sheet.all().order_by("id").values_list("class_name", flat=True) == ["新班"] * 3
    assert await make.statuses(sheets, "LAB") == [ClearanceStatus.PENDING] * 3
    await undo_edit(uni.actor, Student, done.operation_id)
    assert await Sheet.filter(class_name="新班").count() == 0
    assert await make.statuses(sheets, "LAB") == [ClearanceStatus.NOT_REQUIRED] * 3
    assert thesis.code == "LAB"


async def test_archived_batches_and_withdrawn_items_stay(database):
    uni = await make.university()
    now, old = await make.batch("2026-06"), await make.batch("2025-06", status=BatchStatus.ARCHIVED)
    rows = [await make.item(now, "A"), await make.item(old, "A"), await make.item(now, "B", withdrawn_at=NOW)]
    act = await update_rows(uni.actor, Item, ids(rows), {"place": "二层"}, error_policy=VALID)
    assert [(row.outcome.name, row.refusal.code.name if row.refusal else None) for row in act.rows] == [
        ("APPLIED", None),
        ("REFUSED", "BATCH_NOT_OPEN"),
        ("REFUSED", "NOT_FOUND"),
    ]
    assert await Item.all().order_by("id").values_list("place", flat=True) == ["二层", rows[1].place, rows[2].place]


async def test_a_key_applies_once(database):
    uni = await make.university()
    rows = await three()
    once = Idempotency("user:1", "k", "f")
    first = await update_rows(uni.actor, Student, ids(rows), {"major": "新"}, idempotency=once)
    again = await update_rows(uni.actor, Student, ids(rows), {"major": "新"}, idempotency=once)
    assert (again.operation_id, again.rows) == (first.operation_id, first.rows)
    assert await Event.all().count() == 3


# --- checking first


async def test_a_dry_run_changes_nothing_and_is_applied_on_what_it_showed(database):
    uni = await make.university()
    rows = await three()
    shown = await update_rows(uni.actor, Student, ids(rows), {"major": "新"}, dry_run=True)
    assert (shown.dry_run, [row.edited.before for row in shown.rows]) == (True, [{"major": "旧"}] * 3)
    assert await Student.filter(major="旧", version=1).count() == 3
    await update_student(uni.actor, rows[1].id, 1, {"room": "9"}, now=NOW)
    await make.student("2022009", major="旧")
    done = await apply_edit(uni.actor, Student, shown.operation_id)
    assert told(done) == [
        ("2022001", "APPLIED", None),
        ("2022002", "REFUSED", "STALE_ROW"),
        ("2022003", "APPLIED", None),
    ]
    assert await Student.all().order_by("id").values_list("major", flat=True) == ["新", "旧", "新", "旧"]
    again = await apply_edit(uni.actor, Student, shown.operation_id)
    assert (again.operation_id, told(again)) == (shown.operation_id, told(done))
    assert await Event.filter(operation_id=shown.operation_id).count() == 2


async def test_a_dry_run_belongs_to_one_person_and_may_be_given_up(database):
    uni = await make.university()
    rows = await three()
    shown = await update_rows(uni.actor, Student, ids(rows), {"major": "新"}, dry_run=True)
    other = make.acting(await make.user())
    assert (await refused(apply_edit(other, Student, shown.operation_id)))[0] is Code.NOT_FOUND
    await cancel_operation(uni.actor, shown.operation_id)
    assert (await refused(apply_edit(uni.actor, Student, shown.operation_id)))[0] is Code.CONFLICT


# --- undoing


async def test_undo_puts_back_what_is_still_as_it_was_left(database):
    uni = await make.university()
    halls = [await make.building(code) for code in ("A", "B")]
    rows = await three(building=halls[0])
    done = await update_rows(uni.actor, Student, ids(rows), {"building": Named("B"), "has_loan": True})
    await update_student(uni.actor, rows[1].id, 2, {"room": "9"})
    for dry_run in (True, False):
        undone = await undo_edit(uni.actor, Student, done.operation_id, dry_run=dry_run)
        assert told(undone) == [
            ("2022001", "APPLIED", None),
            ("2022002", "REFUSED", "STALE_ROW"),
            ("2022003", "APPLIED", None),
        ]
    assert await Student.all().order_by("id").values_list("building_id", "has_loan", "version") == [
        (halls[0].id, False, 3),
        (halls[1].id, True, 3),
        (halls[0].id, False, 3),
    ]
    assert (await Operation.get(id=done.operation_id)).state is OperationState.UNDONE
    assert (await Operation.get(id=undone.operation_id)).undo_of_id == done.operation_id
    assert (await refused(undo_edit(uni.actor, Student, done.operation_id)))[0] is Code.CONFLICT


async def test_undo_is_ones_own_and_does_not_lead_to_a_row_that_is_gone(database):
    uni = await make.university()
    first = await make.building("A")
    await make.building("B")
    rows = await three(building=first)
    done = await update_rows(uni.actor, Student, ids(rows), {"building": Named("B")})
    await delete_row(uni.actor, Building, first.id, 1)
    other = make.acting(await make.user())
    assert (await refused(undo_edit(other, Student, done.operation_id)))[0] is Code.FORBIDDEN
    undone = await undo_edit(other, Student, done.operation_id, others=True)
    assert [row.refusal.facts["problem"] for row in undone.rows] == ["TARGET_GONE"] * 3
    assert (await Operation.get(id=done.operation_id)).state is OperationState.APPLIED


async def test_an_edit_of_one_row_is_not_undone_so(database):
    uni = await make.university()
    await update_row(uni.actor, College, uni.college.id, 1, {"office_phone": "1"})
    [operation] = await Operation.all()
    assert (await refused(undo_edit(uni.actor, College, operation.id)))[0] is Code.CONFLICT


# --- what it costs, and what is kept


async def test_the_statements_do_not_grow_with_the_rows(database):
    uni = await make.university()
    season = await make.season(uni)
    near = bounded(visible=Q(college_id=uni.college.id), permitted=Q(college_id=uni.college.id))
    sizes: dict[str, list[int]] = {}
    for count in (1, 50, 200):
        people = [await make.student(f"{count:03}{n:05}", college=uni.college) for n in range(count)]
        await make.sheets(season.batch, people)
        with database.statements() as sent:
            shown = await update_rows(
                uni.actor,
                Student,
                ids(people),
                {"class_name": f"新{count}", "level": Level.M},
                dry_run=True,
                bounds=near,
            )
        sizes.setdefault("check", []).append(len(sent))
        with database.statements() as sent:
            await apply_edit(uni.actor, Student, shown.operation_id, bounds=near)
        sizes.setdefault("apply", []).append(len(sent))
        with database.statements() as sent:
            await undo_edit(uni.actor, Student, shown.operation_id, bounds=near)
        sizes.setdefault("undo", []).append(len(sent))
    assert {name: len(set(counts)) for name, counts in sizes.items()} == {"check": 1, "apply": 1, "undo": 1}, sizes


async def test_the_operation_says_which_fields_and_only_its_rows_hold_values(database):
    uni = await make.university()
    rows = await three()
    done = await update_rows(uni.actor, Student, ids(rows), {"major": "机密专业"})
    operation = await Operation.get(id=done.operation_id)
    assert "机密专业" not in json.dumps([operation.parameters, operation.selector], ensure_ascii=False)
    assert (
        await OperationRow.filter(operation_id=operation.id).order_by("id").values_list("before", "after")
        == [({"major": "旧"}, {"major": "机密专业"})] * 3
    )


def test_a_pasted_list_is_cleaned_and_each_number_counts_once():
    assert keys_of([" 2022001", "２０２２００１", "", "2022002 "]) == ("2022001", "2022002")
    assert database is not None
