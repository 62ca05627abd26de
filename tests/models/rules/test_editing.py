"""Plain editing: what is made, changed and deleted, with its one event; what is refused, and that nothing changed."""

from __future__ import annotations

from typing import Any

import pytest
from tortoise.expressions import Q

from models import Batch, Building, College, Department, Item, Operation, Session, Supervision
from models.enums import BatchStatus, Gender, OperationKind
from models.rules.actor import SYSTEM
from models.rules.editing import create_row, delete_row, update_row
from models.rules.editing_rows import InUse
from models.rules.editing_values import Named
from models.rules.refusals import Code
from tests import factories as make
from tests.models.rules.editing_acts import BUILDING, NOW, bounded, events, faults, refused

# --- making


async def test_a_row_is_made_cleaned_with_one_event_and_one_operation(database):
    uni = await make.university()
    made = await create_row(
        uni.actor, Building, BUILDING | {"name": " 松园１舍\u200b ", "beds": None, "duty_place": None}, now=NOW
    )
    row = await Building.get(id=made)
    assert (row.code, row.name, row.houses, row.beds, row.duty_place, row.version) == (
        "OAK1",
        "松园1舍",
        Gender.M,
        0,
        "",
        1,
    )
    assert await events() == [("Building", made, "code,houses,name", None, "PRESENT")]
    [operation] = await Operation.all()
    assert (operation.kind, operation.applied, operation.actor_id) == (OperationKind.EDIT, 1, uni.clerk.id)


async def test_everything_that_is_wrong_is_said_at_once(database):
    wrong = {"code": "P 1", "name": "x" * 65, "beds": -1, "houses": "M", "colour": "red"}
    assert await faults(create_row(SYSTEM, Building, wrong)) == [
        ("colour", "BAD_INPUT", "UNKNOWN_FIELD"),
        ("code", "BAD_INPUT", "CODE_FORM"),
        ("name", "BAD_INPUT", "TOO_LONG"),
        ("houses", "BAD_INPUT", "NOT_OF_KIND"),
        ("beds", "BAD_INPUT", "NUMBER_RANGE"),
    ]
    assert await faults(create_row(SYSTEM, Building, {"code": " ", "name": None})) == [
        ("code", "BAD_INPUT", "MISSING"),
        ("houses", "BAD_INPUT", "MISSING"),
        ("name", "BAD_INPUT", "MISSING"),
    ]
    assert await Building.all().count() == 0


@pytest.mark.parametrize("name", ["id", "version", "status", "created_at", "code"])
async def test_what_no_form_fills_in_is_refused(database, name):
    batch = await make.batch(status=BatchStatus.PREPARING)
    assert await faults(update_row(SYSTEM, Batch, batch.id, 1, {name: "OPEN"})) == [
        (name, "BAD_INPUT", "UNKNOWN_FIELD")
    ]
    assert (await Batch.get(id=batch.id)).status is BatchStatus.PREPARING


async def test_a_key_that_is_taken(database):
    await make.college("15")
    assert await refused(create_row(SYSTEM, College, {"code": "１５", "name": "文学院"})) == (
        Code.DUPLICATE,
        "code",
        {"field": "code", "value": "15"},
    )


async def test_a_pair_that_is_there_already(database):
    student, supervisor = await make.student("2022001"), await make.user("wang")
    pair = {"student": Named("2022001"), "supervisor": Named("wang")}
    made = await create_row(SYSTEM, Supervision, pair)
    assert await Supervision.all().values_list("id", "student_id", "supervisor_id") == [
        (made, student.id, supervisor.id)
    ]
    assert await refused(create_row(SYSTEM, Supervision, pair)) == (
        Code.DUPLICATE,
        "supervisor",
        {"field": "supervisor"},
    )


async def test_rows_named_by_key_or_by_id_and_those_that_are_not_there(database):
    library, finance = await make.department("TSG"), await make.department("CWC")
    made = await create_row(SYSTEM, Department, {"code": "A", "name": "甲", "successor": Named("TSG")})
    other = await create_row(SYSTEM, Department, {"code": "B", "name": "乙", "successor": Named("", finance.id)})
    found = await Department.filter(id__in=[made, other]).order_by("id").values_list("successor_id", flat=True)
    assert found == [library.id, finance.id]
    for nobody in (Named("XYZ"), Named("x" * 40), Named(""), Named("", 9_999)):
        wrong = {"code": "C", "name": "丙", "successor": nobody}
        code, argument, _ = await refused(create_row(SYSTEM, Department, wrong))
        assert (code, argument) == (Code.NOT_FOUND, "successor")


async def test_a_row_outside_of_what_the_caller_knows_of_cannot_be_named(database):
    here, there = await make.college("15"), await make.college("02")
    await make.user("wang")
    await make.student("2022001", college=there)
    own = bounded(named={"student": Q(college_id=here.id)})
    act = create_row(SYSTEM, Supervision, {"student": Named("2022001"), "supervisor": Named("wang")}, bounds=own)
    assert await refused(act) == (Code.NOT_FOUND, "student", {"field": "student", "value": "2022001"})


async def test_a_row_is_not_made_outside_of_ones_reach(database):
    await make.college("15")
    act = create_row(SYSTEM, College, {"code": "02", "name": "文学院"}, bounds=bounded(permitted=Q(code="15")))
    assert await refused(act) == (Code.FORBIDDEN, None, {"problem": "LEAVES_SCOPE"})
    assert await College.all().values_list("code", flat=True) == ["15"]


# --- changing


async def test_only_what_differs_is_changed_and_told(database):
    uni = await make.university()
    given = {"name": uni.library.name, "place": "二层", "hours": None, "successor": Named("CWC")}
    assert await update_row(uni.actor, Department, uni.library.id, 1, given, now=NOW)
    row = await Department.get(id=uni.library.id)
    assert (row.place, row.hours, row.successor_id, row.version, row.updated_at) == (
        "二层",
        "",
        uni.finance.id,
        2,
        NOW,
    )
    assert await events() == [("Department", row.id, "place,successor", "PRESENT", "PRESENT")]
    assert not await update_row(uni.actor, Department, row.id, 2, given)
    assert len(await events()) == 1
    assert await update_row(uni.actor, Department, row.id, 2, {"successor": None})
    assert (await Department.get(id=row.id)).successor_id is None


async def test_what_is_needed_cannot_be_emptied(database):
    college = await make.college("15")
    assert await faults(update_row(SYSTEM, College, college.id, 1, {"name": " "})) == [("name", "BAD_INPUT", "MISSING")]
    assert await update_row(SYSTEM, College, college.id, 1, {"active": None}) is False


async def test_somebody_was_faster(database):
    uni = await make.university()
    assert await update_row(uni.other_actor, Department, uni.library.id, 1, {"place": "二层"}, now=NOW)
    assert await refused(update_row(uni.actor, Department, uni.library.id, 1, {"place": "三层"})) == (
        Code.CONFLICT,
        "expected_version",
        {"version": 2, "by": "王芳", "at": NOW.isoformat()},
    )
    assert await refused(delete_row(uni.actor, Department, uni.library.id, 1)) == (
        Code.CONFLICT,
        "expected_version",
        {"version": 2, "by": "王芳", "at": NOW.isoformat()},
    )
    assert (await Department.get(id=uni.library.id)).place == "二层"


@pytest.mark.parametrize("act", ["update", "delete"])
async def test_whose_row_it_is_comes_before_everything_else(database, act):
    college = await make.college("15", "计信院")

    def done(row_id: int, **reach: Any):
        if act == "delete":
            return delete_row(SYSTEM, College, row_id, 7, bounds=bounded(**reach))
        return update_row(SYSTEM, College, row_id, 7, {"name": "x"}, bounds=bounded(**reach))

    assert await refused(done(9_999)) == (Code.NOT_FOUND, "id", {})
    assert await refused(done(college.id, visible=Q(code="02"), permitted=Q(code="02"))) == (Code.NOT_FOUND, "id", {})
    assert await refused(done(college.id, permitted=Q(code="02"))) == (Code.FORBIDDEN, "id", {"problem": "NOT_YOURS"})
    assert await refused(done(college.id)) == (Code.CONFLICT, "expected_version", {"version": 1})
    assert (await College.get(id=college.id)).name == "计信院"


async def test_a_row_is_not_taken_out_of_ones_reach(database):
    college = await make.college("15")
    act = update_row(SYSTEM, College, college.id, 1, {"active": False}, bounds=bounded(permitted=Q(active=True)))
    assert await refused(act) == (Code.FORBIDDEN, None, {"problem": "LEAVES_SCOPE"})
    assert (await College.get(id=college.id)).active


# --- deleting


async def test_a_row_that_nothing_refers_to_is_deleted_and_its_event_stays(database):
    college = await make.college("15")
    await delete_row(SYSTEM, College, college.id, 1)
    assert await College.all().count() == 0
    assert await events() == [("College", college.id, "", "PRESENT", "DELETED")]


async def test_what_refers_to_a_row_is_counted(database):
    uni = await make.university()
    season = await make.season(uni)
    await make.department("OLD", active=False, successor=uni.library)
    with pytest.raises(InUse) as caught:
        await delete_row(SYSTEM, Department, uni.library.id, 1)
    assert caught.value.uses == {Item: 4, Department: 1}
    assert dict(caught.value.refusal.facts) == {"problem": "IN_USE", "object": "Department", "count": 5}
    assert await refused(delete_row(SYSTEM, Batch, season.batch.id, 1)) == (
        Code.CONFLICT,
        "id",
        {"problem": "IN_USE", "object": "Batch", "count": 9},
    )
    assert await Department.filter(id=uni.library.id).exists()


async def test_a_session_forgets_a_batch_that_is_deleted(database):
    batch, user = await make.batch(status=BatchStatus.PREPARING), await make.user("li")
    session = await Session.create(token_hash="x" * 64, user=user, batch=batch, expires_at=NOW)
    await delete_row(SYSTEM, Batch, batch.id, 1)
    assert (await Session.get(id=session.id)).batch_id is None
