"""Every recount finds the damage it is there for, and a sound season has none.

The damage is done behind the rules' back, with plain SQL; the triggers that refuse some of it are dropped first. What a
unique constraint of the table itself holds (one sheet per batch and student, one clearance per item, one certificate
number) cannot be damaged at all.
"""

# Tortoise makes the ids of relations itself, and types flat value lists as lists of tuples.
# mypy: disable-error-code="attr-defined, comparison-overlap"

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models import Event, Operation, OperationRow, RoleAssignment
from models.database_url import Dialect
from models.enums import Cause, CertificateKind, ClearanceStatus, OperationKind, OperationState, Outcome, Reason
from models.rules.certificates import issue
from models.rules.check import check
from models.rules.clearances import Change, set_clearances
from models.rules.observations import Observed
from models.rules.operations import apply_operation, undo_operation
from models.rules.selection import by_numbers
from models.rules.syncing import sync_clearances
from tests import factories

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus


class Lived:
    """A season in which every kind of act has happened."""

    def __init__(self, uni, season, sheets, database):
        self.uni = uni
        self.season = season
        self.sheets = sheets
        self.database = database

    async def sql(self, *statements):
        async with self.database.transaction():
            for statement in statements:
                await self.database.execute(statement)

    async def clearance(self, n, code):
        return (await factories.clearance(self.sheets[n], code)).id


def act(uni, numbers, item, to, **options):
    return set_clearances(
        uni.actor,
        batch="2026-06",
        item=item,
        selection=by_numbers(numbers),
        change=Change(to, reason=Reason.OTHER),
        **options,
    )


@pytest.fixture
async def lived(database):
    """1 is issued, 2 has everything settled, 3 has open items; acts were done, shown, applied, undone, synchronised."""
    uni = await factories.university()
    season = await factories.season(uni)
    people = [
        await factories.student(n, college=uni.college, building=uni.building, id_no=f"1101012000010101{n}X")
        for n in "123"
    ]
    people[0].id_no_masked = "1101**********011X"
    await people[0].save(update_fields=["id_no_masked"])
    sheets = await factories.sheets(season.batch, people[:2], settled=True)
    sheets += await factories.sheets(season.batch, people[2:])
    await act(uni, "2", "BOOKS", PENDING)
    await act(uni, "2", "BOOKS", CLEARED)
    await act(uni, "2", "FINAL", CLEARED)
    shown = await act(uni, "3", "DORM", CLEARED, dry_run=True)
    await apply_operation(uni.actor, shown.operation_id)
    done = await act(uni, "3", "BOOKS", CLEARED)
    await undo_operation(uni.actor, done.operation_id)
    now = datetime.now(UTC)
    await sync_clearances(uni.actor, source="F", batch="2026-06", item="FEES", rows=[Observed("3", True, now)])
    for kind in (CertificateKind.GRADUATION, CertificateKind.DEGREE):
        await factories.certificate(sheets[0], kind)
    await issue(uni.actor, batch="2026-06", selection=by_numbers("1"))
    if database.dialect() is Dialect.SQLITE:
        await database.execute("DROP TRIGGER event_refuses_update")
        await database.execute("DROP TRIGGER event_refuses_delete")
    else:
        await database.execute("ALTER TABLE event DISABLE TRIGGER USER")
    yield Lived(uni, season, sheets, database)
    if database.dialect() is Dialect.POSTGRESQL:
        await database.execute("ALTER TABLE event ENABLE TRIGGER USER")


async def found(of=None):
    """The offences as (invariant, object, ids)."""
    return [(each.invariant, each.object, each.ids) for each in await check() if of is None or each.invariant == of]


async def test_a_sound_season_has_no_offence_and_progress_is_told(lived):
    told = []
    assert [str(each) for each in await check(lambda n, of, invariant: told.append((n, of, invariant)))] == []
    assert [n for n, _, _ in told] == list(range(told[0][1]))
    assert {invariant for _, _, invariant in told} == set(range(1, 22)), "all 21 are recounted"


# --- 1 to 4: the sheet


async def test_1_two_active_sheets_and_a_wrong_holder(lived):
    other = await factories.batch("2027-06")
    second = await factories.sheet(other, await lived.sheets[0].student, holder=None)
    student_id = (await lived.sheets[0].student).id
    assert (1, "Student", (student_id,)) in await found(1)
    assert (1, "Sheet", (second.id,)) in await found(1)


async def test_2_a_clearance_of_another_batchs_item_and_of_a_text(lived):
    other = await factories.batch("2027-06")
    foreign = await factories.item(other, "BOOKS")
    clearance = await lived.clearance(1, "PARTY")
    await lived.sql(f"UPDATE clearance SET item_id = {foreign.id} WHERE id = {clearance}")
    assert (2, "Clearance", (clearance,)) in await found(2)
    net = lived.season["NET"].id
    await lived.sql(f"UPDATE clearance SET item_id = {net} WHERE id = {clearance}")
    assert (2, "Clearance", (clearance,)) in await found(2)


async def test_3_final_over_an_open_item(lived):
    books, final = await lived.clearance(1, "BOOKS"), await lived.clearance(1, "FINAL")
    await lived.sql(f"UPDATE clearance SET status = 1 WHERE id = {books}")
    assert await found(3) == [(3, "Clearance", (final,))]


async def test_3_final_not_required_and_an_optional_item_pending(lived):
    final, career = await lived.clearance(1, "FINAL"), await lived.clearance(2, "CAREER")
    await lived.sql(
        f"UPDATE clearance SET status = 2 WHERE id = {final}", f"UPDATE clearance SET status = 1 WHERE id = {career}"
    )
    assert await found(3) == [(3, "Clearance", tuple(sorted((final, career))))]


async def test_4_issued_over_an_open_item(lived):
    party = await lived.clearance(0, "PARTY")
    await lived.sql(f"UPDATE clearance SET status = 1 WHERE id = {party}")
    assert await found(4) == [(4, "Certificate", (1, 2))]


@pytest.mark.parametrize("damage", ["number = NULL", "printed_at = NULL"])
async def test_4_issued_without_an_entitlement(lived, damage):
    await lived.sql(f"UPDATE certificate SET {damage} WHERE id = 1")
    assert await found(4) == [(4, "Certificate", (1,))]


async def test_4_issued_out_of_nothing(lived):
    await lived.sql("UPDATE event SET before = NULL WHERE object = 'Certificate' AND object_id = 1")
    assert await found(4) == [(4, "Certificate", (1,))]


# --- 5 and 6: what must not change, what must be flagged


async def an_event(lived, clearance, **columns):
    """An event that no verb wrote."""
    [last] = await Event.all().order_by("-id").limit(1)
    given = {
        "operation_id": last.operation_id,
        "object": "Clearance",
        "object_id": clearance.id,
        "sheet_id": clearance.sheet_id,
        "item_id": clearance.item_id,
        "changed": "note",
        "before": clearance.status.name,
        "after": clearance.status.name,
        "cause": Cause.ACT,
        "at": datetime.now(UTC),
        **columns,
    }
    return await Event.create(**given)


async def test_5_a_change_after_the_issue(lived):
    event = await an_event(lived, await factories.clearance(lived.sheets[0], "BOOKS"))
    assert await found(5) == [(5, "Event", (event.id,))]


async def test_5_a_change_after_the_sheet_was_cancelled(lived):
    clearance = await factories.clearance(lived.sheets[2], "BOOKS")
    await an_event(
        lived, clearance, object="Sheet", object_id=clearance.sheet_id, changed="state", after="CANCELLED", item_id=None
    )
    event = await an_event(lived, clearance)
    assert await found(5) == [(5, "Event", (event.id,))]


async def test_6_cleared_over_an_open_prerequisite_without_a_flag(lived):
    books, card = await lived.clearance(2, "BOOKS"), await lived.clearance(2, "CARD")
    await lived.sql(f"UPDATE clearance SET status = 3 WHERE id = {card}")
    assert await found(6) == [(6, "Clearance", (card,))]
    await lived.sql(f"UPDATE clearance SET prerequisite_reopened = true WHERE id = {card}")
    assert await found(6) == []
    assert books != card


# --- 7 and 18: counters


async def test_7_and_18_a_counter_that_is_off(lived):
    books = lived.season["BOOKS"].id
    await lived.sql(f"UPDATE item_college_counter SET n = n + 2 WHERE item_id = {books} AND status = 3")
    [seven, eighteen] = [each for each in await check() if each.invariant in (7, 18)]
    key = f"{books}/{lived.uni.college.id}/3"
    assert str(seven) == f"invariant 7: the counter of {key} is off by +2 – item_college_counter {books}"
    assert (eighteen.object, eighteen.ids) == ("Item", (books,))


# --- 8: certificates


async def test_8_two_certificates_of_one_kind(lived):
    await lived.sql(
        "DROP INDEX certificate_not_void", "UPDATE certificate SET kind = 'GRADUATION', number = 'x' WHERE id = 2"
    )
    assert await found(8) == [(8, "Certificate", (2,))]
    if lived.database.dialect() is Dialect.POSTGRESQL:
        await lived.sql(
            "DELETE FROM certificate",
            "CREATE UNIQUE INDEX certificate_not_void ON certificate (sheet_id, kind) WHERE status <> 'VOID'",
        )


# --- 9 and 10: no update lost, one event each


async def test_9_a_gap_between_two_events(lived):
    clearance = await factories.clearance(lived.sheets[2], "BOOKS")
    event = await an_event(lived, clearance, changed="status", before="NOT_REQUIRED", after="PENDING")
    assert await found(9) == [(9, "Event", (event.id,))]


async def test_9_a_status_that_no_event_tells(lived):
    books = await lived.clearance(2, "BOOKS")
    await lived.sql(f"UPDATE clearance SET status = 2 WHERE id = {books}")
    assert await found(9) == [(9, "Clearance", (books,))]
    await lived.sql("UPDATE certificate SET status = 'PRINTED' WHERE id = 2")
    assert (9, "Certificate", (2,)) in await found(9)


async def test_10_a_change_without_an_event_and_an_event_without_a_change(lived):
    books, dorm = await lived.clearance(2, "BOOKS"), await factories.clearance(lived.sheets[2], "DORM")
    await lived.sql(f"UPDATE clearance SET version = version + 1 WHERE id = {books}")
    await an_event(lived, dorm)
    assert await found(10) == [(10, "Clearance", tuple(sorted((books, dorm.id))))]
    await lived.sql("UPDATE certificate SET version = 9 WHERE id = 1", "UPDATE sheet SET version = 2 WHERE id = 1")
    assert {object_ for _, object_, _ in await found(10)} == {"Clearance", "Certificate", "Sheet"}


# --- 11 and 12: keys and undo


async def test_11_a_key_that_stands_for_nothing(lived):
    insert = "INSERT INTO idempotency_key (caller, key, fingerprint, operation_id, created_at) VALUES"
    now = datetime.now(UTC).isoformat(" ")
    await lived.sql(f"{insert} ('a', '1', 'f', NULL, '{now}')")
    await lived.sql(f"{insert} ('a', '2', 'f', 1, '{now}'), ('a', '3', 'f', 1, '{now}')")
    assert await found(11) == [(11, "IdempotencyKey", (1, 3))]


async def test_12_an_undo_of_a_row_that_had_changed(lived):
    undo = await Operation.get(kind=OperationKind.UNDO)
    row = await OperationRow.get(operation_id=undo.id)
    await lived.sql(f"UPDATE operation_row SET version_after = 9 WHERE id = {row.id}")
    assert await found(12) == [(12, "OperationRow", (row.id,))]


# --- 13 and 14: when and by whom


async def test_13_what_a_batch_in_preparation_cannot_hold(lived):
    await lived.sql("UPDATE batch SET status = 'PREPARING'")
    objects = [object_ for _, object_, _ in await found(13)]
    assert objects == ["Clearance", "Certificate"]


async def test_13_a_change_after_the_batch_had_closed(lived):
    clearance = await factories.clearance(lived.sheets[2], "BOOKS")
    closing = {"object": "Batch", "object_id": lived.season.batch.id, "sheet_id": None, "item_id": None}
    await an_event(lived, clearance, **closing, changed="status", before="OPEN", after="CLOSED")
    event = await an_event(lived, clearance)
    await lived.sql("UPDATE batch SET status = 'CLOSED'")
    assert await found(13) == [(13, "Event", (event.id,))]
    await lived.sql(f"UPDATE sheet SET late_until = '2099-01-01 00:00:00+00:00' WHERE id = {clearance.sheet_id}")
    assert await found(13) == []


@pytest.mark.parametrize("unit", ["department", "college", "building"])
async def test_14_an_act_outside_the_units_of_the_role(lived, unit):
    theirs = {"department": "dorms", "college": "other_college", "building": "other_building"}[unit]
    await RoleAssignment.create(user=lived.uni.clerk, role="operator", **{unit: getattr(lived.uni, theirs)})
    [(_, object_, ids)] = await found(14)
    acted = Event.filter(object="Clearance", cause__in=[Cause.ACT, Cause.SYNC])
    outside = acted.exclude(item__code="DORM") if unit == "department" else acted
    assert (object_, ids) == ("Event", tuple(await outside.order_by("id").values_list("id", flat=True)))
    for each in ("library", "finance", "dorms") if unit == "department" else (unit,):
        await RoleAssignment.create(user=lived.uni.clerk, role="operator", **{unit: getattr(lived.uni, each)})
    assert await found(14) == []


# --- 15 and 16: items


async def test_15_an_item_before_itself_and_one_of_another_batch(lived):
    books, card = lived.season["BOOKS"].id, lived.season["CARD"].id
    now = datetime.now(UTC).isoformat(" ")
    insert = "INSERT INTO prerequisite (item_id, requires_id, reopen, created_at, updated_at) VALUES"
    await lived.sql(f"{insert} ({books}, {card}, false, '{now}', '{now}')")
    assert await found(15) == [(15, "Item", (books, card))]
    other = await factories.item(await factories.batch("2027-06"), "BOOKS")
    await lived.sql(f"UPDATE prerequisite SET requires_id = {other.id} WHERE item_id = {books}")
    [(_, object_, _)] = await found(15)
    assert object_ == "Prerequisite"


async def test_16_a_frozen_column_edited_after_opening(lived):
    clearance = await factories.clearance(lived.sheets[2], "BOOKS")
    about = {"sheet_id": None, "item_id": None, "before": None, "after": None}
    opening = {**about, "object": "Batch", "object_id": lived.season.batch.id, "changed": "status", "after": "OPEN"}
    await an_event(lived, clearance, **opening)
    item = {**about, "object": "Item", "object_id": clearance.item_id}
    edit = await Operation.create(kind=OperationKind.EDIT, state=OperationState.APPLIED)
    await an_event(lived, clearance, **item, changed="instruction,place", operation_id=edit.id)
    assert await found(16) == []
    event = await an_event(lived, clearance, **item, changed="applies_to", operation_id=edit.id)
    assert await found(16) == [(16, "Event", (event.id,))]


# --- 17 and 21: sync and dry runs


@pytest.mark.parametrize("before", ['{"decided_by": "MANUAL"}', '{"decided_by": "RULE", "hold": "x"}'])
async def test_17_a_sync_over_a_decision(lived, before):
    sync = await Operation.get(kind=OperationKind.SYNC)
    row = await OperationRow.get(operation_id=sync.id)
    await lived.sql(f"UPDATE operation_row SET before = '{before}' WHERE id = {row.id}")
    assert await found(17) == [(17, "OperationRow", (row.id,))]


async def test_21_applied_although_not_shown(lived):
    shown = await OperationRow.filter(outcome=Outcome.APPLIED).order_by("id")
    [applied] = [row for row in shown if (row.facts or {}).get("previewed")]
    extra = await OperationRow.create(
        operation_id=applied.operation_id, object="Clearance", object_id=1, outcome=Outcome.APPLIED
    )
    assert await found(21) == [(21, "OperationRow", (extra.id,))]


# --- 19 and 20: identifiers and masks


@pytest.mark.parametrize("number", ["2022 1503107", "20221503107.0", "2.02215E+10", ""])
async def test_19_a_damaged_student_number(lived, number):
    await lived.sql(f"UPDATE student SET student_no = '{number}' WHERE id = 2")
    assert await found(19) == [(19, "Student", (2,))]


async def test_19_a_damaged_certificate_number(lived):
    await lived.sql("UPDATE certificate SET number = '99999.0' WHERE id = 2")
    assert await found(19) == [(19, "Certificate", (2,))]


async def test_19_a_number_that_is_no_text(lived):
    if lived.database.dialect() is Dialect.POSTGRESQL:
        return  # a typed column holds no other type
    await lived.sql("UPDATE student SET id_no = CAST('1' AS BLOB) WHERE id = 3")
    assert await found(19) == [(19, "Student", (3,))]


async def test_20_a_mask_that_masks_nothing(lived):
    await lived.sql("UPDATE student SET id_no_masked = id_no WHERE id = 1")
    assert await found(20) == [(20, "Student", (1,))]


async def test_20_an_operation_that_remembers_a_document(lived):
    await lived.sql("UPDATE student SET id_no = '11010120000101011X' WHERE id = 2")
    operation = await Operation.create(
        kind=OperationKind.EDIT, selector={"search": "11010120000101011x"}, parameters={}
    )
    await Operation.create(kind=OperationKind.EDIT, parameters={"number": "999992026050100123"})
    assert await found(20) == [(20, "Operation", (operation.id,))]
