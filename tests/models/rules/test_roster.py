"""The roster: what a dry run shows, what is made of it, and what is refused."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from models import Clearance, Event, Operation, OperationRow, Sheet
from models.enums import BatchStatus, Cause, LeaveType, Level, OperationState, SheetOrigin
from models.rules.actor import SYSTEM
from models.rules.clearing import ErrorPolicy
from models.rules.idempotency import Idempotency
from models.rules.refusals import Code, Refused
from models.rules.roster import RosterRow, apply_roster, load_roster
from tests.models.rules.small_season import (
    a_batch,
    a_student,
    an_actor,
    applied,
    counters_are_right,
    five_items,
    statuses,
    told,
)


async def a_prepared_batch(**columns):
    batch = await a_batch(**columns)
    await five_items(batch)
    return batch


ROWS = [
    RosterRow(" 2022001\r", "王伟", row=2),
    RosterRow("2024001", row=3),
    RosterRow("2099999", row=4, cell="A4"),
    RosterRow("2022002", "王维", row=5, cell="B5"),
    RosterRow("2022001", row=6),
]
TOLD = [
    ("2022001", "APPLIED", None),
    ("2024001", "APPLIED", None),
    ("2099999", "REFUSED", "NOT_FOUND"),
    ("2022002", "REFUSED", "ROW_MISMATCH"),
    ("2022001", "REFUSED", "DUPLICATE"),
]


async def three_students() -> None:
    await a_student("2022001", name="王伟")
    await a_student("2024001", level=Level.M)
    await a_student("2022002", name="王薇")


async def test_a_dry_run_shows_everything_and_makes_nothing(database):
    await a_prepared_batch()
    await three_students()
    result = await load_roster(await an_actor(), batch="2026-06", rows=ROWS, dry_run=True)
    assert [told(row) for row in result.rows] == TOLD
    assert [(row.row, row.cell) for row in result.rows] == [(2, None), (3, None), (4, "A4"), (5, "B5"), (6, None)]
    assert result.rows[3].refusal is not None
    assert result.rows[3].refusal.facts == {"given": "王维", "found": "王薇"}
    assert [(item.code, item.red, item.grey) for item in result.items] == [
        ("LIB", 2, 0),
        ("THESIS", 1, 1),
        ("ALUMNI", 0, 2),
        ("FINAL", 2, 0),
    ]
    assert (await Sheet.all().count(), await Event.all().count()) == (0, 0)
    operation = await Operation.get(id=result.operation_id)
    assert (operation.state, operation.applied, operation.refused) == (OperationState.PREVIEWED, 2, 3)


async def test_the_roster_becomes_sheets(database):
    await a_prepared_batch()
    await three_students()
    result = await load_roster(await an_actor(), batch="2026-06", rows=ROWS)
    assert [told(row) for row in result.rows] == TOLD
    assert await statuses("2024001") == {
        "LIB": "PENDING",
        "THESIS": "PENDING",
        "ALUMNI": "NOT_REQUIRED",
        "FINAL": "PENDING",
    }
    sheets = [row.sheet_id for row in result.rows if row.sheet_id]
    assert await Event.all().order_by("id").values_list("object", "sheet_id", "cause") == [
        ("Sheet", sheet_id, Cause.IMPORT) for sheet_id in sheets
    ]
    operation = await Operation.get()
    assert (operation.kind, operation.state, operation.applied, operation.unchanged, operation.refused) == (
        "LOAD_ROSTER",
        OperationState.APPLIED,
        2,
        0,
        3,
    )
    assert await OperationRow.all().order_by("id").values_list("student_no", "object_id", "refusal") == [
        ("2022001", sheets[0], ""),
        ("2024001", sheets[1], ""),
        ("2099999", None, "NOT_FOUND"),
        ("2022002", None, "ROW_MISMATCH"),
        ("2022001", None, "DUPLICATE"),
    ]
    assert await counters_are_right()
    again = await load_roster(await an_actor(), batch="2026-06", rows=ROWS[:2])
    assert [told(row) for row in again.rows] == [("2022001", "UNCHANGED", None), ("2024001", "UNCHANGED", None)]
    assert await Event.all().count() == 2


async def test_applying_a_dry_run_makes_what_it_showed_and_no_more(database):
    await a_prepared_batch()
    await three_students()
    rows = [*ROWS, RosterRow("2022003", leave_type=LeaveType.COMPLETION)]
    await a_student("2022003")
    actor = await an_actor()
    preview = await load_roster(actor, batch="2026-06", rows=rows, origin=SheetOrigin.COLLEGE_IMPORT, dry_run=True)
    await a_student("2099999")
    await load_roster(actor, batch="2026-06", rows=[RosterRow("2024001")])

    assert preview.operation_id is not None
    result = await apply_roster(actor, preview.operation_id)
    assert [told(row) for row in result.rows] == [
        ("2022001", "APPLIED", None),
        ("2024001", "UNCHANGED", None),
        ("2022003", "APPLIED", None),
    ]
    made = await Sheet.filter(origin=SheetOrigin.COLLEGE_IMPORT).order_by("id")
    assert [sheet.leave_type for sheet in made] == [LeaveType.GRADUATION, LeaveType.COMPLETION]
    operation = await Operation.get(id=preview.operation_id)
    assert (operation.state, operation.applied, operation.unchanged, operation.refused) == ("APPLIED", 2, 1, 3)
    assert await Event.filter(operation_id=preview.operation_id).count() == 2
    with pytest.raises(Refused) as caught:
        await apply_roster(actor, preview.operation_id)
    assert caught.value.refusal.code is Code.NOT_FOUND
    assert await Event.all().count() == 3


async def test_reject_all(database):
    await a_prepared_batch()
    await three_students()
    result = await load_roster(SYSTEM, batch="2026-06", rows=ROWS, error_policy=ErrorPolicy.REJECT_ALL)
    assert [row.outcome.name for row in result.rows] == ["NOT_APPLIED", "NOT_APPLIED", "REFUSED", "REFUSED", "REFUSED"]
    assert (await Sheet.all().count(), await Event.all().count()) == (0, 0)
    assert (await Operation.get()).state is OperationState.FAILED


async def test_a_key_applies_once(database):
    await a_prepared_batch()
    await three_students()
    key = Idempotency("user:1", "abc", "fingerprint")
    first = await load_roster(SYSTEM, batch="2026-06", rows=ROWS, idempotency=key)
    again = await load_roster(SYSTEM, batch="2026-06", rows=ROWS, idempotency=key)
    assert again.operation_id == first.operation_id
    assert [told(row) for row in again.rows] == TOLD
    assert (await Sheet.all().count(), await Operation.all().count()) == (2, 1)


@pytest.mark.parametrize("status", [BatchStatus.CLOSED, BatchStatus.ARCHIVED])
async def test_a_closed_batch_takes_no_sheets(database, status):
    await a_prepared_batch(status=status)
    await three_students()
    for dry_run in (True, False):
        with pytest.raises(Refused) as caught:
            await load_roster(SYSTEM, batch="2026-06", rows=ROWS, dry_run=dry_run)
        assert caught.value.refusal.code is Code.BATCH_NOT_OPEN
        assert caught.value.refusal.facts == {"batch": "2026-06", "status": status.value}
    assert (await Sheet.all().count(), await Clearance.all().count(), await Operation.all().count()) == (0, 0, 0)


async def test_an_open_batch_takes_stragglers(database):
    await a_prepared_batch(status=BatchStatus.OPEN)
    await three_students()
    result = await load_roster(SYSTEM, batch="2026-06", rows=ROWS[:1])
    assert [told(row) for row in result.rows] == applied("2022001")


async def test_an_unknown_batch_and_a_withdrawn_right(database):
    async def withdrawn():
        raise Refused(Code.FORBIDDEN)

    await a_prepared_batch()
    await three_students()
    with pytest.raises(Refused) as caught:
        await load_roster(SYSTEM, batch="1999", rows=ROWS)
    assert (caught.value.refusal.code, caught.value.argument) == (Code.NOT_FOUND, "batch")
    with pytest.raises(Refused) as caught:
        await load_roster(SYSTEM, batch="2026-06", rows=ROWS, permit=withdrawn)
    assert caught.value.refusal.code is Code.FORBIDDEN
    assert (await Sheet.all().count(), await Operation.all().count()) == (0, 0)


async def test_the_number_of_statements_does_not_grow(database):
    await a_prepared_batch()
    counts = []
    for numbers in (range(1, 2), range(2, 32)):
        for number in numbers:
            await a_student(str(number))
        with database.statements() as sent:
            await load_roster(SYSTEM, batch="2026-06", rows=[RosterRow(str(number)) for number in numbers])
        counts.append(len(sent))
    assert counts[0] == counts[1]


async def test_two_offices_at_the_same_moment(database):
    """The same people under two batches, in opposite order: one sheet each, nobody waits for ever."""
    for code in ("2026-06", "2026-09"):
        await five_items(await a_batch(code))
    numbers = [str(number) for number in range(1001, 1031)]
    for number in numbers:
        await a_student(number)
    answers = await asyncio.gather(
        *(
            load_roster(SYSTEM, batch=batch, rows=[RosterRow(number) for number in listed])
            for batch, listed in (("2026-06", numbers), ("2026-09", numbers[::-1])) * 2
        )
    )
    outcomes = Counter(told(row)[1:] for answer in answers for row in answer.rows)
    assert outcomes == {("APPLIED", None): 30, ("UNCHANGED", None): 30, ("REFUSED", "DUPLICATE"): 60}
    assert (await Sheet.all().count(), await Event.all().count()) == (30, 30)
    assert await counters_are_right()
