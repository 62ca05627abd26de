"""A batch from its preparation to the archive."""

from __future__ import annotations

import pytest

from models import Batch, Event, Operation, Sheet
from models.enums import BatchStatus, OperationKind
from models.rules.actor import SYSTEM
from models.rules.batches import NotReady, archive_batch, close_batch, open_batch, reopen_batch
from models.rules.refusals import Code, Refused
from models.rules.sheets import NewSheet
from tests.models.rules.small_season import a_batch, a_student, an_actor, an_item, five_items, make, staffed, told


async def status() -> tuple[str, int]:
    batch = await Batch.get(code="2026-06")
    return batch.status.name, batch.version


async def test_a_whole_life(database):
    batch = await a_batch()
    await staffed(await five_items(batch))
    actor = await an_actor()
    opened = await open_batch(actor, batch="2026-06", expected_version=1)
    assert [(row.before, row.after, row.object_id) for row in opened.rows] == [("PREPARING", "OPEN", batch.id)]
    assert await status() == ("OPEN", 2)
    await close_batch(actor, batch="2026-06")
    await reopen_batch(actor, batch="2026-06", reason=" 档案馆搬迁 ")
    await close_batch(actor, batch="2026-06")
    await archive_batch(actor, batch="2026-06", expected_version=5)
    assert await status() == ("ARCHIVED", 6)
    assert await Event.all().order_by("id").values_list(
        "object", "object_id", "changed", "before", "after", "role"
    ) == [
        ("Batch", batch.id, "status", "PREPARING", "OPEN", "office"),
        ("Batch", batch.id, "status", "OPEN", "CLOSED", "office"),
        ("Batch", batch.id, "status", "CLOSED", "OPEN", "office"),
        ("Batch", batch.id, "status", "OPEN", "CLOSED", "office"),
        ("Batch", batch.id, "status", "CLOSED", "ARCHIVED", "office"),
    ]
    operations = await Operation.all().order_by("id")
    assert [each.kind for each in operations] == [
        OperationKind.OPEN_BATCH,
        OperationKind.CLOSE_BATCH,
        OperationKind.OPEN_BATCH,
        OperationKind.CLOSE_BATCH,
        OperationKind.ARCHIVE_BATCH,
    ]
    assert operations[2].parameters["reason"] == "档案馆搬迁"


async def test_a_batch_that_is_not_ready_stays_closed(database):
    batch = await a_batch()
    await staffed(await five_items(batch))
    await an_item(batch, "LATE", instruction="")
    with pytest.raises(NotReady) as caught:
        await open_batch(SYSTEM, batch="2026-06")
    assert caught.value.refusal.code is Code.BAD_INPUT
    assert caught.value.refusal.facts == {
        "problem": "NOT_READY",
        "batch": "2026-06",
        "count": 1,
        "findings": "LATE NO_INSTRUCTION",
    }
    assert [each.item_code for each in caught.value.findings] == ["LATE"]
    assert await status() == ("PREPARING", 1)
    assert (await Event.all().count(), await Operation.all().count()) == (0, 0)


async def test_again_changes_nothing(database):
    await staffed(await five_items(await a_batch()))
    await open_batch(SYSTEM, batch="2026-06")
    again = await open_batch(SYSTEM, batch="2026-06")
    assert [told(row) for row in again.rows] == [("", "UNCHANGED", None)]
    assert await status() == ("OPEN", 2)
    assert await Event.all().count() == 1


@pytest.mark.parametrize(
    ("verb", "wrong"),
    [
        (open_batch, BatchStatus.CLOSED),
        (open_batch, BatchStatus.ARCHIVED),
        (close_batch, BatchStatus.PREPARING),
        (close_batch, BatchStatus.ARCHIVED),
        (archive_batch, BatchStatus.PREPARING),
        (archive_batch, BatchStatus.OPEN),
        (reopen_batch, BatchStatus.PREPARING),
        (reopen_batch, BatchStatus.ARCHIVED),
    ],
)
async def test_not_from_there(database, verb, wrong):
    await staffed(await five_items(await a_batch(status=wrong)))
    options = {"reason": "补办"} if verb is reopen_batch else {}
    with pytest.raises(Refused) as caught:
        await verb(SYSTEM, batch="2026-06", **options)
    assert caught.value.refusal.code is Code.BATCH_NOT_OPEN
    assert caught.value.refusal.facts == {"batch": "2026-06", "status": wrong.value}
    assert await status() == (wrong.value, 1)
    assert await Event.all().count() == 0


async def test_stale_unknown_unexplained(database):
    await a_batch(status=BatchStatus.CLOSED)
    for act, code in (
        (reopen_batch(SYSTEM, batch="2026-06", reason=" "), Code.REASON_REQUIRED),
        (reopen_batch(SYSTEM, batch="2026-06", reason="补办", expected_version=7), Code.CONFLICT),
        (close_batch(SYSTEM, batch="1999"), Code.NOT_FOUND),
    ):
        with pytest.raises(Refused) as caught:
            await act
        assert caught.value.refusal.code is code
    assert await status() == ("CLOSED", 1)
    assert await Event.all().count() == 0


async def test_a_right_withdrawn_meanwhile(database):
    async def withdrawn():
        raise Refused(Code.FORBIDDEN)

    await staffed(await five_items(await a_batch()))
    with pytest.raises(Refused):
        await open_batch(SYSTEM, batch="2026-06", permit=withdrawn)
    assert await status() == ("PREPARING", 1)


async def test_the_archive_lets_its_people_go(database):
    old = await a_batch(status=BatchStatus.OPEN)
    new = await a_batch("2027-01")
    student = await a_student("2022001")
    await make(old, [NewSheet(student.id)])
    await close_batch(SYSTEM, batch="2026-06")
    assert [told(row) for row in await make(new, [NewSheet(student.id)])] == [("2022001", "REFUSED", "DUPLICATE")]
    await archive_batch(SYSTEM, batch="2026-06")
    assert (await Sheet.get(batch=old)).holder is None
    assert [told(row) for row in await make(new, [NewSheet(student.id)])] == [("2022001", "APPLIED", None)]


async def test_a_dry_run_of_a_turn_says_whom_it_concerns_and_writes_nothing(database):
    batch = await a_batch()
    await staffed(await five_items(batch))
    students = [await a_student(number) for number in ("2022001", "2022002")]
    await make(batch, [NewSheet(each.id) for each in students])
    before = (await Event.all().count(), await Operation.all().count())
    shown = await open_batch(SYSTEM, batch="2026-06", dry_run=True)
    assert (shown.operation_id, shown.dry_run, shown.sheets, shown.unfinished, shown.issued) == (None, True, 2, 2, 0)
    assert [(row.before, row.after) for row in shown.rows] == [("PREPARING", "OPEN")]
    assert await status() == ("PREPARING", 1)
    assert (await Event.all().count(), await Operation.all().count()) == before
    with pytest.raises(Refused) as caught:
        await archive_batch(SYSTEM, batch="2026-06", dry_run=True)
    assert caught.value.refusal.code is Code.BATCH_NOT_OPEN
    await an_item(batch, "LATE", instruction="")
    with pytest.raises(NotReady):
        await open_batch(SYSTEM, batch="2026-06", dry_run=True)
