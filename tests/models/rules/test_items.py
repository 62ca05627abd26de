"""Adding, changing, withdrawing and copying items while a batch is being prepared."""

from __future__ import annotations

import pytest

from models import Clearance, Event, Item, Operation, Prerequisite
from models.enums import BatchStatus, Cause, ClearanceStatus, ItemKind, Level, OperationKind
from models.rules.actor import SYSTEM
from models.rules.check import check
from models.rules.item_effects import Effect
from models.rules.items import copy_items, create_item, update_item, withdraw_item
from models.rules.refusals import Code, Refused
from models.rules.sheets import NewSheet
from tests.models.rules.small_season import (
    a_batch,
    a_department,
    a_student,
    an_actor,
    an_item,
    counters_are_right,
    five_items,
    make,
    statuses,
)

GOWN = {"code": "GOWN", "name": "学位服归还", "department": "TSG", "ways": ["SINGLE"], "applies_to": "has_gown"}


async def a_season(**columns):
    """Two students: an undergraduate with a gown, and a doctoral student."""
    batch = await a_batch(**columns)
    items = await five_items(batch)
    students = [await a_student("2022001", has_gown=True), await a_student("2022002", level=Level.D)]
    await make(batch, [NewSheet(each.id) for each in students])
    return batch, items


async def events_since(event_id: int) -> list[tuple]:
    rows = Event.filter(id__gt=event_id).order_by("id")
    return await rows.values_list("object", "changed", "before", "after", "cause")


async def last_event() -> int:
    newest = await Event.all().order_by("-id").first()
    return newest.id if newest else 0


async def test_a_new_item_stands_on_every_sheet(database):
    batch, items = await a_season()
    since = await last_event()
    result = await create_item(await an_actor(), batch="2026-06", values=GOWN | {"prerequisites": ["LIB"]})
    assert result.effect == Effect(red=1)
    assert (await statuses("2022001"))["GOWN"] == "PENDING"
    assert (await statuses("2022002"))["GOWN"] == "NOT_REQUIRED"
    item = await Item.get(code="GOWN")
    assert (result.item_id, item.applies_to, item.ways) == (item.id, "has_gown", ["SINGLE"])
    assert await Prerequisite.all().values_list("item_id", "requires_id", "reopen") == [
        (item.id, items["LIB"].id, False)
    ]
    assert await events_since(since) == [
        ("Item", "code,name,ways,applies_to,department_id,prerequisites", None, "PRESENT", Cause.ACT),
        ("Clearance", "status", None, "PENDING", Cause.RULE),
        ("Clearance", "status", None, "NOT_REQUIRED", Cause.RULE),
    ]
    operation = await Operation.get(id=result.operation_id)
    assert (operation.kind, operation.applied) == (OperationKind.EDIT, 3)
    assert await Operation.filter(id=operation.id, batch_id=batch.id, item_id=item.id).exists()
    assert await counters_are_right()


async def test_a_text_stands_on_none(database):
    await a_season()
    values = GOWN | {"kind": "INFO", "ways": []}
    result = await create_item(SYSTEM, batch="2026-06", values=values)
    assert result.effect == Effect()
    assert await Clearance.filter(item__code="GOWN").count() == 0


async def test_another_condition_is_judged_at_once(database):
    await a_season()
    since = await last_event()
    result = await update_item(SYSTEM, batch="2026-06", item="THESIS", values={"applies_to": "level == UG"})
    assert result.effect == Effect(red=1, grey=1)
    assert ((await statuses("2022001"))["THESIS"], (await statuses("2022002"))["THESIS"]) == (
        "PENDING",
        "NOT_REQUIRED",
    )
    assert await events_since(since) == [
        ("Item", "applies_to", "PRESENT", "PRESENT", Cause.ACT),
        ("Clearance", "status", "NOT_REQUIRED", "PENDING", Cause.RULE),
        ("Clearance", "status", "PENDING", "NOT_REQUIRED", Cause.RULE),
    ]
    assert (await Item.get(code="THESIS")).version == 2
    assert await counters_are_right()


async def test_an_item_that_becomes_optional_is_nowhere_red(database):
    await a_season()
    assert (await update_item(SYSTEM, batch="2026-06", item="LIB", values={"kind": "OPTIONAL"})).effect == Effect(
        grey=2
    )
    back = await update_item(SYSTEM, batch="2026-06", item="LIB", values={"kind": "NORMAL"})
    assert back.effect == Effect(red=2)
    assert await counters_are_right()


async def test_a_withdrawn_item_becomes_grey_and_stays(database):
    await a_season()
    await Clearance.filter(item__code="LIB", sheet__student__student_no="2022001").update(
        status=ClearanceStatus.NOT_REQUIRED
    )
    from models.rules import counters

    await counters.rebuild()
    since = await last_event()
    result = await withdraw_item(SYSTEM, batch="2026-06", item="LIB", expected_version=1)
    assert result.effect == Effect(grey=1)
    assert (await Item.get(code="LIB")).withdrawn_at is not None
    assert (await statuses("2022002"))["LIB"] == "NOT_REQUIRED"
    assert await events_since(since) == [
        ("Item", "withdrawn_at", "PRESENT", "WITHDRAWN", Cause.ACT),
        ("Clearance", "status", "PENDING", "NOT_REQUIRED", Cause.RULE),
    ]
    with pytest.raises(Refused) as caught:
        await withdraw_item(SYSTEM, batch="2026-06", item="LIB")
    assert caught.value.refusal.code is Code.NOT_FOUND
    assert await counters_are_right()


async def test_a_dry_run_shows_the_same_and_writes_nothing(database):
    await a_season()
    since, operations = await last_event(), await Operation.all().count()
    added = await create_item(SYSTEM, batch="2026-06", values=GOWN, dry_run=True)
    changed = await update_item(
        SYSTEM, batch="2026-06", item="THESIS", values={"applies_to": "level == UG"}, dry_run=True
    )
    gone = await withdraw_item(SYSTEM, batch="2026-06", item="LIB", dry_run=True)
    assert [each.effect for each in (added, changed, gone)] == [Effect(red=1), Effect(red=1, grey=1), Effect(grey=2)]
    assert [each.operation_id for each in (added, changed, gone)] == [None, None, None]
    assert (await Item.all().count(), await Operation.all().count()) == (5, operations)
    assert await events_since(since) == []


async def test_prerequisites_are_replaced(database):
    _, items = await a_season()
    await update_item(SYSTEM, batch="2026-06", item="LIB", values={"prerequisites": ["THESIS"]})
    since = await last_event()
    await update_item(
        SYSTEM, batch="2026-06", item="LIB", values={"prerequisites": [{"code": "ALUMNI", "reopen": True}]}
    )
    assert await Prerequisite.all().values_list("item_id", "requires_id", "reopen") == [
        (items["LIB"].id, items["ALUMNI"].id, True)
    ]
    await update_item(SYSTEM, batch="2026-06", item="LIB", values={"prerequisites": []})
    assert await Prerequisite.all().count() == 0
    assert await events_since(since) == [("Item", "prerequisites", "PRESENT", "PRESENT", Cause.ACT)] * 2


async def test_the_same_again_changes_nothing(database):
    await a_season()
    since = await last_event()
    result = await update_item(
        SYSTEM, batch="2026-06", item="LIB", values={"name": "LIB", "applies_to": "all", "prerequisites": []}
    )
    assert [row.outcome.name for row in result.rows] == ["UNCHANGED"]
    assert (await Item.get(code="LIB")).version == 1
    assert await events_since(since) == []


@pytest.mark.parametrize(
    ("item", "values", "code", "argument", "problem"),
    [
        ("NONE", {"name": "x"}, Code.NOT_FOUND, "item", None),
        ("NET", {"kind": "NORMAL", "ways": ["BULK"]}, Code.BAD_INPUT, "proposal.kind", "NEVER_CHANGES"),
        ("LIB", {"kind": "FINAL"}, Code.BAD_INPUT, "proposal.kind", "NEVER_CHANGES"),
        ("LIB", {"prerequisites": ["LIB"]}, Code.BAD_INPUT, "proposal.prerequisites", "CIRCLE"),
        ("THESIS", {"prerequisites": ["LIB"]}, Code.BAD_INPUT, "proposal.prerequisites", "CIRCLE"),
        ("LIB", {"prerequisites": ["NET"]}, Code.BAD_INPUT, "proposal.prerequisites", "NOT_FOUND"),
        ("LIB", {"prerequisites": ["FINAL"]}, Code.BAD_INPUT, "proposal.prerequisites", "NOT_FOUND"),
        ("LIB", {"prerequisites": ["OTHER"]}, Code.BAD_INPUT, "proposal.prerequisites", "NOT_FOUND"),
        ("LIB", {"department": "NONE"}, Code.NOT_FOUND, "proposal.department", None),
    ],
)
async def test_what_cannot_be(database, item, values, code, argument, problem):
    await a_season()
    await update_item(SYSTEM, batch="2026-06", item="LIB", values={"prerequisites": ["THESIS"]})
    since, operations = await last_event(), await Operation.all().count()
    with pytest.raises(Refused) as caught:
        await update_item(SYSTEM, batch="2026-06", item=item, values=values)
    assert (caught.value.refusal.code, caught.value.argument) == (code, argument)
    assert caught.value.refusal.facts.get("problem") == problem
    assert (await events_since(since), await Operation.all().count()) == ([], operations)


async def test_a_taken_code_a_second_final_and_a_stale_form(database):
    await a_season()
    for act, code, argument in (
        (create_item(SYSTEM, batch="2026-06", values=GOWN | {"code": "LIB"}), Code.DUPLICATE, "proposal.code"),
        (create_item(SYSTEM, batch="2026-06", values=GOWN | {"kind": "FINAL"}), Code.BAD_INPUT, "proposal.kind"),
        (withdraw_item(SYSTEM, batch="2026-06", item="FINAL"), Code.BAD_INPUT, "item"),
        (
            update_item(SYSTEM, batch="2026-06", item="LIB", values={"name": "x"}, expected_version=7),
            Code.CONFLICT,
            "expectedVersion",
        ),
        (create_item(SYSTEM, batch="1999", values=GOWN), Code.NOT_FOUND, "batch"),
    ):
        with pytest.raises(Refused) as caught:
            await act
        assert (caught.value.refusal.code, caught.value.argument) == (code, argument)
    assert await Item.all().count() == 5


FROZEN_EDITS: list[dict[str, object]] = [
    {"applies_to": "level == UG"},
    {"kind": "OPTIONAL"},
    {"ways": ["IMPORT"]},
    {"handled_by": "COLLEGE"},
    {"prerequisites": ["THESIS"]},
]


@pytest.mark.parametrize("status", [BatchStatus.OPEN, BatchStatus.CLOSED])
@pytest.mark.parametrize("values", FROZEN_EDITS, ids=[next(iter(each)) for each in FROZEN_EDITS])
async def test_once_open_the_rules_are_frozen(database, status, values):
    await a_season(status=status)
    since = await last_event()
    with pytest.raises(Refused) as caught:
        await update_item(SYSTEM, batch="2026-06", item="LIB", values=values)
    assert (caught.value.refusal.code, caught.value.argument) == (Code.BAD_INPUT, f"proposal.{next(iter(values))}")
    assert caught.value.refusal.facts["problem"] == "FROZEN"
    assert await events_since(since) == []


async def test_once_open_items_neither_come_nor_go_but_texts_change(database):
    await a_season(status=BatchStatus.OPEN)
    for act in (
        create_item(SYSTEM, batch="2026-06", values=GOWN),
        withdraw_item(SYSTEM, batch="2026-06", item="LIB"),
    ):
        with pytest.raises(Refused) as caught:
            await act
        assert caught.value.refusal.facts["problem"] == "FROZEN"
    await a_department("CWC", name="财务处")
    values = {"instruction": "新说明", "place": "二层", "name": "图书", "department": "CWC"}
    with database.statements() as sent:
        result = await update_item(SYSTEM, batch="2026-06", item="LIB", values=values)
    assert not [each for each in sent if "clearance" in each.lower()]
    assert [row.outcome.name for row in result.rows] == ["APPLIED"]
    item = await Item.get(code="LIB").prefetch_related("department")
    assert (item.instruction, item.place, item.name, item.department.code) == ("新说明", "二层", "图书", "CWC")


async def test_the_archive_is_untouchable(database):
    await a_season(status=BatchStatus.ARCHIVED)
    with pytest.raises(Refused) as caught:
        await update_item(SYSTEM, batch="2026-06", item="LIB", values={"place": "二层"})
    assert caught.value.refusal.code is Code.BATCH_NOT_OPEN


async def test_copying_from_an_earlier_season(database):
    old, new = await a_batch("2026-01"), await a_batch("2026-06")
    items = await five_items(old)
    await an_item(old, "CARD", after=(items["LIB"], items["THESIS"]), place="一卡通中心", name_en="Card")
    await an_item(old, "GONE", withdrawn_at="2026-01-01T00:00:00+00:00")
    await an_item(new, "LIB", name="已有")
    result = await copy_items(await an_actor(), from_batch="2026-01", to_batch="2026-06")
    assert [(row.item_code, row.outcome.name) for row in result.rows] == [
        ("THESIS", "APPLIED"),
        ("ALUMNI", "APPLIED"),
        ("NET", "APPLIED"),
        ("FINAL", "APPLIED"),
        ("CARD", "APPLIED"),
        ("LIB", "UNCHANGED"),
    ]
    card = await Item.get(batch=new, code="CARD")
    assert (card.place, card.name_en, card.kind, card.ways) == (
        "一卡通中心",
        "Card",
        ItemKind.NORMAL,
        ["SINGLE", "BULK"],
    )
    assert await Prerequisite.filter(item=card).order_by("id").values_list(
        "requires__batch__code", "requires__code"
    ) == [
        ("2026-06", "LIB"),
        ("2026-06", "THESIS"),
    ]
    assert await Event.filter(object="Item", after="PRESENT").count() == 5
    again = await copy_items(await an_actor(), from_batch="2026-01", to_batch="2026-06")
    assert {row.outcome.name for row in again.rows} == {"UNCHANGED"}
    assert await Prerequisite.all().count() == 4


async def test_an_item_that_is_there_keeps_what_comes_before_it(database):
    """The old season's card waits for the books, the new one's books for the card: copying makes no circle."""
    old, new = await a_batch("2026-01"), await a_batch("2026-06")
    books = await an_item(old, "LIB")
    await an_item(old, "CARD", after=(books,))
    card = await an_item(new, "CARD")
    await an_item(new, "LIB", after=(card,))
    result = await copy_items(await an_actor(), from_batch="2026-01", to_batch="2026-06")
    assert [row.outcome.name for row in result.rows] == ["UNCHANGED", "UNCHANGED"]
    edges = await Prerequisite.filter(item__batch=new).values_list("item__code", "requires__code")
    assert edges == [("LIB", "CARD")]
    assert await check() == []


@pytest.mark.parametrize(
    ("source", "target", "code"), [("2026-06", "2026-06", Code.BAD_INPUT), ("1999", "2026-06", Code.NOT_FOUND)]
)
async def test_not_copied(database, source, target, code):
    await five_items(await a_batch())
    with pytest.raises(Refused) as caught:
        await copy_items(SYSTEM, from_batch=source, to_batch=target)
    assert caught.value.refusal.code is code


async def test_no_copies_onto_sheets_or_into_an_open_batch(database):
    await five_items(await a_batch("2026-01"))
    await a_season()
    await a_batch("2026-09", status=BatchStatus.OPEN)
    for target in ("2026-06", "2026-09"):
        with pytest.raises(Refused) as caught:
            await copy_items(SYSTEM, from_batch="2026-01", to_batch=target)
        assert caught.value.refusal.code is Code.BATCH_NOT_OPEN
    assert await Item.all().count() == 10
