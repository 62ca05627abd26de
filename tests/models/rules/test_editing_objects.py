"""Plain editing: what single objects ask besides, and those that are made and changed by verbs of their own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tortoise.expressions import Q
from tortoise.fields import BooleanField

from models import Batch, Department, Event, Item, Prerequisite, Student
from models.enums import BatchStatus, Gender, ItemKind, Level, Way
from models.rules import editing_by_verbs
from models.rules.actor import SYSTEM
from models.rules.editing import create_row, delete_row, update_row
from models.rules.editing_values import Named
from models.rules.refusals import Code
from tests import factories as make
from tests.models.rules.editing_acts import NOW, bounded, events, faults, refused

# --- what single objects ask besides


def at(day: int) -> datetime:
    return datetime(2026, 6, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "argument", "problem"),
    [
        ({"opens_at": at(9), "closes_at": at(9)}, "closes_at", "WINDOW_ORDER"),
        ({"opens_at": at(9), "request_deadline": at(10)}, "request_deadline", "DEADLINE_ORDER"),
        ({"range_limit": 0}, "range_limit", "NUMBER_RANGE"),
        ({"range_limit": 1001}, "range_limit", "NUMBER_RANGE"),
    ],
)
async def test_dates_and_limits_of_a_batch(database, given, argument, problem):
    batch = await make.batch(status=BatchStatus.PREPARING)
    wrong = [(argument, "BAD_INPUT", problem)]
    assert await faults(create_row(SYSTEM, Batch, {"code": "2027-06", "name": "x", **given})) == wrong
    assert await faults(update_row(SYSTEM, Batch, batch.id, 1, given)) == wrong


async def test_the_dates_of_a_batch_in_their_order(database):
    given = {"opens_at": at(9), "closes_at": at(19), "request_deadline": at(9), "range_limit": 1000}
    made = await create_row(SYSTEM, Batch, {"code": "2027-06", "name": "x", **given})
    row = await Batch.get(id=made)
    assert (row.status, row.opens_at, row.closes_at) == (BatchStatus.PREPARING, at(9), at(19))
    await Batch.filter(id=made).update(status=BatchStatus.OPEN)
    assert await update_row(SYSTEM, Batch, made, 1, {"closes_at": at(25)})
    await Batch.filter(id=made).update(status=BatchStatus.ARCHIVED)
    assert await refused(update_row(SYSTEM, Batch, made, 2, {"name": "y"})) == (
        Code.BATCH_NOT_OPEN,
        "id",
        {"batch": "2027-06", "status": "ARCHIVED"},
    )


async def test_a_department_is_closed_with_a_successor(database):
    uni = await make.university()
    await make.season(uni)
    library, closed = uni.library.id, await make.department("OLD", active=False)
    needed = [("successor", "BAD_INPUT", "SUCCESSOR_NEEDED")]
    assert await faults(update_row(SYSTEM, Department, library, 1, {"active": False})) == needed
    for wrong in (Named("OLD"), Named("TSG")):
        given = {"active": False, "successor": wrong}
        assert await faults(update_row(SYSTEM, Department, library, 1, given)) == [
            ("successor", "BAD_INPUT", "SUCCESSOR_CLOSED")
        ]
    assert await update_row(SYSTEM, Department, library, 1, {"active": False, "successor": Named("CWC")})
    assert await update_row(SYSTEM, Department, closed.id, 1, {"active": True})


# --- prerequisites


async def test_a_prerequisite_of_a_batch_that_is_prepared(database):
    uni = await make.university()
    season = await make.season(uni, status=BatchStatus.PREPARING)
    books, fees = season["BOOKS"], season["FEES"]
    made = await create_row(SYSTEM, Prerequisite, {"item": Named("", fees.id), "requires": Named("", books.id)})
    assert await update_row(SYSTEM, Prerequisite, made, 1, {"reopen": True})
    edge = await Prerequisite.get(id=made)
    assert (edge.item_id, edge.requires_id, edge.reopen, edge.version) == (fees.id, books.id, True, 2)
    await delete_row(SYSTEM, Prerequisite, made, 2)
    assert not await Prerequisite.filter(id=made).exists()
    assert await Event.all().order_by("id").values_list("object", "changed", "after", "item_id") == [
        ("Prerequisite", "item,requires", "PRESENT", fees.id),
        ("Prerequisite", "reopen", "PRESENT", fees.id),
        ("Prerequisite", "", "DELETED", fees.id),
    ]


async def test_no_item_waits_for_itself_for_a_text_for_the_sign_off_or_for_another_batch(database):
    uni = await make.university()
    season = await make.season(uni, status=BatchStatus.PREPARING)
    other = await make.item(await make.batch("2027-06", status=BatchStatus.PREPARING), "BOOKS", uni.library)

    def edge(item: Item, requires: Item):
        values = {"item": Named("", item.id), "requires": Named("", requires.id)}
        return create_row(SYSTEM, Prerequisite, values)

    books, card = season["BOOKS"], season["CARD"]
    for wrong in (season["NET"], season["FINAL"], other):
        assert await faults(edge(books, wrong)) == [("requires", "BAD_INPUT", "NOT_FIRST")]
    assert await faults(edge(books, card)) == [("requires", "BAD_INPUT", "CIRCLE")]
    assert await faults(edge(books, books)) == [("requires", "BAD_INPUT", "CIRCLE")]
    assert await Prerequisite.all().count() == 2


async def test_prerequisites_are_frozen_once_the_batch_is_open(database):
    uni = await make.university()
    season = await make.season(uni)
    edge = await Prerequisite.filter(item_id=season["CARD"].id).order_by("id").first()
    assert edge is not None
    frozen = [("item", "BAD_INPUT", "FROZEN")]
    values = {"item": Named("", season["FEES"].id), "requires": Named("", season["BOOKS"].id)}
    assert await faults(create_row(SYSTEM, Prerequisite, values)) == frozen
    assert await faults(update_row(SYSTEM, Prerequisite, edge.id, 1, {"reopen": True})) == frozen
    assert await faults(delete_row(SYSTEM, Prerequisite, edge.id, 1)) == frozen


# --- students and items, by their verbs

STUDENT = {"student_no": "2022001", "name": "王伟", "gender": Gender.M, "level": Level.UG, "college": Named("15")}


async def test_a_student_is_made_and_changed_with_all_that_follows(database):
    await make.college("15")
    building = await make.building("PINE1")
    given = STUDENT | {"id_no": "11010119990101011x", "building": Named("PINE1"), "room": None, "has_loan": True}
    made = await editing_by_verbs.create_student(SYSTEM, given, now=NOW)
    row = await Student.get(id=made)
    assert (row.id_no_masked, row.building_id, row.room, row.has_loan) == ("1101**********011X", building.id, "", True)
    assert await editing_by_verbs.update_student(SYSTEM, made, 1, {"building": None, "name": "王玮"})
    row = await Student.get(id=made)
    assert (row.building_id, row.name, row.version) == (None, "王玮", 2)
    assert not await editing_by_verbs.update_student(SYSTEM, made, 2, {"name": "王玮"})
    assert [each[2] for each in await events()] == [
        "gender,has_loan,id_no,id_no_masked,level,name,student_no",
        "building_id,name",
    ]


async def test_as_many_changed_fields_are_told_as_an_event_holds(database):
    await make.college("15")
    flags = [name for name, field in Student._meta.fields_map.items() if isinstance(field, BooleanField)]
    every = dict.fromkeys(flags, True)
    await editing_by_verbs.create_student(SYSTEM, STUDENT | every | {"major": "a", "class_name": "b", "grade": "c"})
    [(*_, changed, _, _)] = await events()
    assert len(changed) <= 128
    assert changed.startswith("archive_at_school,class_name,gender,grade,has_advance,has_gown,has_loan")


async def test_what_is_refused_of_a_student(database):
    here, there = await make.college("15"), await make.college("02")
    student = await make.student("2022009", college=here)
    verbs = editing_by_verbs
    assert await faults(verbs.update_student(SYSTEM, student.id, 1, {"level": None, "college": None})) == [
        ("college", "BAD_INPUT", "MISSING"),
        ("level", "BAD_INPUT", "MISSING"),
    ]
    own = bounded(permitted=Q(college_id=here.id))
    leaves = (Code.FORBIDDEN, None, {"problem": "LEAVES_SCOPE"})
    assert await refused(verbs.update_student(SYSTEM, student.id, 1, {"college": Named("02")}, bounds=own)) == leaves
    assert await refused(verbs.create_student(SYSTEM, STUDENT | {"college": Named("02")}, bounds=own)) == leaves
    theirs = await make.student("2022010", college=there)
    assert await refused(verbs.update_student(SYSTEM, theirs.id, 1, {"name": "x"}, bounds=own)) == (
        Code.FORBIDDEN,
        "id",
        {"problem": "NOT_YOURS"},
    )
    assert (await refused(verbs.create_student(SYSTEM, STUDENT | {"student_no": "2022009"})))[:2] == (
        Code.DUPLICATE,
        "studentNo",
    )
    assert await Student.all().order_by("id").values_list("student_no", "college_id") == [
        ("2022009", here.id),
        ("2022010", there.id),
    ]


ITEM = {"batch": Named("2026-06"), "code": "GYM", "name": "体育器材", "department": Named("TSG"), "ways": [Way.SINGLE]}


async def test_an_item_is_added_to_a_batch_that_is_prepared(database):
    uni = await make.university()
    season = await make.season(uni, status=BatchStatus.PREPARING)
    made = await editing_by_verbs.create_item(SYSTEM, ITEM | {"kind": ItemKind.OPTIONAL, "order": None})
    row = await Item.get(id=made)
    assert (row.batch_id, row.code, row.kind, row.ways, row.department_id) == (
        season.batch.id,
        "GYM",
        ItemKind.OPTIONAL,
        ["SINGLE"],
        uni.library.id,
    )
    assert await editing_by_verbs.update_item(SYSTEM, made, 1, {"department": Named("CWC"), "ways": [Way.BULK]})
    row = await Item.get(id=made)
    assert (row.department_id, row.ways, row.version) == (uni.finance.id, ["BULK"], 2)
    assert not await editing_by_verbs.update_item(SYSTEM, made, 2, {"ways": [Way.BULK]})


async def test_once_open_only_what_no_rule_reads_is_changed(database):
    uni = await make.university()
    season = await make.season(uni)
    books = season["BOOKS"].id
    assert (await refused(editing_by_verbs.create_item(SYSTEM, ITEM)))[:2] == (Code.BAD_INPUT, "proposal.item")
    code, argument, facts = await refused(editing_by_verbs.update_item(SYSTEM, books, 1, {"ways": [Way.SINGLE]}))
    assert (code, argument, facts["problem"]) == (Code.BAD_INPUT, "proposal.ways", "FROZEN")
    assert await editing_by_verbs.update_item(SYSTEM, books, 1, {"place": "二层", "instruction_en": None})
    assert (await Item.get(id=books)).place == "二层"


async def test_an_item_is_not_given_to_another_department_by_whoever_has_no_right_there(database):
    uni = await make.university()
    season = await make.season(uni, status=BatchStatus.PREPARING)
    own = bounded(permitted=Q(department_id=uni.library.id))
    act = editing_by_verbs.update_item(SYSTEM, season["BOOKS"].id, 1, {"department": Named("CWC")}, bounds=own)
    assert await refused(act) == (Code.FORBIDDEN, None, {"problem": "LEAVES_SCOPE"})
    act = editing_by_verbs.update_item(SYSTEM, season["FEES"].id, 1, {"place": "x"}, bounds=own)
    assert await refused(act) == (Code.FORBIDDEN, "id", {"problem": "NOT_YOURS"})
    assert (await Item.get(id=season["BOOKS"].id)).department_id == uni.library.id
