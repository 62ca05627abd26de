"""Cancelling sheets, and time for stragglers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tortoise.expressions import Q

from models import Certificate, Event, Operation, Sheet
from models.enums import BatchStatus, CertificateKind, CertificateStatus, OperationState
from models.rules import counters
from models.rules.actor import Reach
from models.rules.clearing import ErrorPolicy
from models.rules.idempotency import Idempotency
from models.rules.refusals import Code, Refused
from models.rules.selection import by_numbers, by_sheets
from models.rules.sheet_changes import Options, cancel_sheets, set_late_until
from models.rules.sheets import NewSheet
from tests.models.rules.small_season import (
    a_batch,
    a_student,
    an_actor,
    counters_are_right,
    five_items,
    make,
    told,
)

NUMBERS = ("2022001", "2022002", "2022003")
SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)


async def three_sheets(**columns) -> list[Sheet]:
    """The third one has its certificate."""
    status = columns.pop("status", BatchStatus.OPEN)
    batch = await a_batch(status=status, **columns)
    await five_items(batch)
    await make(batch, [NewSheet((await a_student(number)).id) for number in NUMBERS])
    sheets = await Sheet.all().order_by("id")
    kind, issued = CertificateKind.GRADUATION, CertificateStatus.ISSUED
    await Certificate.create(sheet=sheets[2], kind=kind, number="A1", status=issued)
    await counters.rebuild()
    return sheets


async def states() -> list[tuple[str, int]]:
    return [(sheet.state.name, sheet.version) for sheet in await Sheet.all().order_by("id")]


async def test_cancel(database):
    sheets = await three_sheets()
    before = await Event.all().count()
    result = await cancel_sheets(
        await an_actor(), batch="2026-06", selection=by_numbers([*NUMBERS, "2099999"]), reason=" 延期毕业 "
    )
    assert [told(row) for row in result.rows] == [
        ("2022001", "APPLIED", None),
        ("2022002", "APPLIED", None),
        ("2022003", "REFUSED", "ALREADY_ISSUED"),
        ("2099999", "REFUSED", "NOT_FOUND"),
    ]
    assert await states() == [("CANCELLED", 2), ("CANCELLED", 2), ("ACTIVE", 1)]
    assert [sheet.holder for sheet in await Sheet.all().order_by("id")] == [None, None, sheets[2].holder]
    recorded = Event.filter(id__gt=before).order_by("id")
    events = await recorded.values_list("object", "object_id", "changed", "before", "after")
    assert events == [("Sheet", sheet.id, "state", "ACTIVE", "CANCELLED") for sheet in sheets[:2]]
    operation = await Operation.get(id=result.operation_id)
    assert (operation.kind, operation.applied, operation.refused) == ("CANCEL_SHEET", 2, 2)
    assert operation.parameters["reason"] == "延期毕业"
    assert await counters_are_right()

    again = await cancel_sheets(await an_actor(), batch="2026-06", selection=by_numbers(NUMBERS[:1]), reason="再次")
    assert [told(row) for row in again.rows] == [("2022001", "REFUSED", "SHEET_NOT_ACTIVE")]


async def test_a_dry_run_and_a_whole_refusal_change_nothing(database):
    await three_sheets()
    actor, selection = await an_actor(), by_numbers(NUMBERS)
    before = await Event.all().count()
    shown = await cancel_sheets(
        actor, batch="2026-06", selection=selection, reason="误建", options=Options(dry_run=True)
    )
    assert [row.outcome.name for row in shown.rows] == ["APPLIED", "APPLIED", "REFUSED"]
    assert (await Operation.get(id=shown.operation_id)).state is OperationState.PREVIEWED
    options = Options(error_policy=ErrorPolicy.REJECT_ALL)
    stopped = await cancel_sheets(actor, batch="2026-06", selection=selection, reason="误建", options=options)
    assert [row.outcome.name for row in stopped.rows] == ["NOT_APPLIED", "NOT_APPLIED", "REFUSED"]
    assert await states() == [("ACTIVE", 1)] * 3
    assert await Event.all().count() == before


async def test_only_what_one_sees_and_may(database):
    sheets = await three_sheets()

    async def permit() -> Reach:
        return Reach(visible=Q(id__in=[sheets[0].id, sheets[1].id]), permitted=Q(id=sheets[0].id))

    ids = [sheet.id for sheet in sheets]
    options = Options(permit=permit)
    result = await cancel_sheets(
        await an_actor(), batch="2026-06", selection=by_sheets(ids), reason="误建", options=options
    )
    assert [told(row) for row in result.rows] == [
        ("2022001", "APPLIED", None),
        ("2022002", "REFUSED", "FORBIDDEN"),
        ("", "REFUSED", "NOT_FOUND"),
    ]
    assert await states() == [("CANCELLED", 2), ("ACTIVE", 1), ("ACTIVE", 1)]


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [(BatchStatus.OPEN, " ", Code.REASON_REQUIRED), (BatchStatus.ARCHIVED, "误建", Code.BATCH_NOT_OPEN)],
)
async def test_not_without_a_reason_nor_in_the_archive(database, status, reason, code):
    await three_sheets(status=status)
    before = await Event.all().count()
    with pytest.raises(Refused) as caught:
        await cancel_sheets(await an_actor(), batch="2026-06", selection=by_numbers(NUMBERS), reason=reason)
    assert caught.value.refusal.code is code
    assert await states() == [("ACTIVE", 1)] * 3
    assert await Event.all().count() == before


async def test_a_key_applies_once(database):
    await three_sheets()
    options = Options(idempotency=Idempotency("user:1", "abc", "print"))
    answers = [
        await cancel_sheets(
            await an_actor(), batch="2026-06", selection=by_numbers(NUMBERS), reason="误建", options=options
        )
        for _ in range(2)
    ]
    assert answers[0].operation_id == answers[1].operation_id
    assert [told(row) for row in answers[0].rows] == [told(row) for row in answers[1].rows]


async def test_late_until(database):
    await three_sheets(status=BatchStatus.CLOSED)
    actor, one = await an_actor(), by_numbers(NUMBERS[:1])
    before = await Event.all().count()
    result = await set_late_until(actor, batch="2026-06", selection=one, until=SOON, reason="住院")
    assert [told(row) for row in result.rows] == [("2022001", "APPLIED", None)]
    assert [sheet.late_until for sheet in await Sheet.all().order_by("id")] == [SOON, None, None]
    again = await set_late_until(actor, batch="2026-06", selection=one, until=SOON, reason="住院")
    assert [told(row) for row in again.rows] == [("2022001", "UNCHANGED", None)]
    await set_late_until(actor, batch="2026-06", selection=one, until=None, reason="已办结")
    assert (await Sheet.get(student__student_no="2022001")).late_until is None
    assert [event.changed for event in await Event.filter(id__gt=before)] == ["late_until", "late_until"]


async def test_not_into_the_past(database):
    await three_sheets(status=BatchStatus.CLOSED)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with pytest.raises(Refused) as caught:
        await set_late_until(
            await an_actor(), batch="2026-06", selection=by_numbers(NUMBERS), until=yesterday, reason="住院"
        )
    assert (caught.value.refusal.code, caught.value.argument) == (Code.BAD_INPUT, "until")
    assert await states() == [("ACTIVE", 1)] * 3
