"""A department asks for a change of items, and the graduation office decides, with the effect on every sheet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models import Certificate, Clearance, Event, Item, ItemRequest, Operation, Prerequisite
from models.enums import (
    BatchStatus,
    Cause,
    CertificateKind,
    CertificateStatus,
    ClearanceStatus,
    DecidedBy,
    Level,
    RequestKind,
    RequestState,
)
from models.rules import counters
from models.rules.item_effects import Effect
from models.rules.item_requests import decide_item_request, request_item_change, withdraw_item_request
from models.rules.refusals import Code, Refused
from models.rules.sheets import NewSheet
from models.season import Sheet
from tests.models.rules.small_season import (
    NOW,
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

ADDED = {"code": "GOWN", "name": "学位服归还", "ways": ["SINGLE"], "applies_to": "has_gown"}


async def ask(kind: RequestKind = RequestKind.ADD, **options) -> int:
    actor = await an_actor("limin", "operator")
    wanted: dict[str, Any] = {
        "batch": "2026-06",
        "department": "TSG",
        "reason": "学位服今年由图书馆发放",
        "proposal": ADDED,
        "now": NOW,
    }
    return await request_item_change(actor, kind=kind, **(wanted | options))


async def decide(request_id: int, *, approve: bool = True, dry_run: bool = False):
    return await decide_item_request(
        await an_actor(), request_id, approve=approve, reason="同意 2026-7 号", dry_run=dry_run
    )


async def five_sheets(status: BatchStatus = BatchStatus.OPEN):
    """An open batch. 1: all done and signed off, has a gown. 2: the same without a gown. 3: nothing done, has a gown.
    4: certificate issued, has a gown. 5: a doctoral student, cancelled, has a gown."""
    batch = await a_batch(status=status)
    items = await five_items(batch)
    await an_item(batch, "CARD", after=(items["LIB"],))
    for n in range(1, 6):
        level = Level.D if n == 5 else Level.UG
        student = await a_student(f"202200{n}", has_gown=n != 2, level=level)
        await make(batch, [NewSheet(student.id)])
    sheets = await Sheet.all().order_by("id")
    for sheet in (sheets[0], sheets[1], sheets[3]):
        pending = Clearance.filter(sheet=sheet, status=ClearanceStatus.PENDING)
        await pending.update(status=ClearanceStatus.CLEARED, decided_by=DecidedBy.MANUAL)
    kind, issued = CertificateKind.GRADUATION, CertificateStatus.ISSUED
    await Certificate.create(sheet=sheets[3], kind=kind, number="A1", status=issued)
    await Sheet.filter(id=sheets[4].id).update(state="CANCELLED", holder=None)
    await counters.rebuild()
    return batch, items


async def test_a_department_asks_in_time(database):
    batch = await a_batch(request_deadline=NOW)
    await five_items(batch)
    request_id = await ask()
    request = await ItemRequest.get().prefetch_related("department", "requested_by")
    assert (request.id, request.kind, request.state, request.department.code, request.requested_by.username) == (
        request_id,
        RequestKind.ADD,
        RequestState.SUBMITTED,
        "TSG",
        "limin",
    )
    assert request.proposal == ADDED
    events = await Event.all().values_list("object", "object_id", "before", "after", "role")
    assert events == [("ItemRequest", request_id, None, "SUBMITTED", "operator")]
    assert await Item.all().count() == 5


@pytest.mark.parametrize(
    ("columns", "options", "code", "argument"),
    [
        ({"request_deadline": NOW - timedelta(seconds=1)}, {}, Code.DEADLINE_PASSED, "batch"),
        ({"status": BatchStatus.OPEN}, {}, Code.DEADLINE_PASSED, "batch"),
        ({"status": BatchStatus.CLOSED}, {}, Code.DEADLINE_PASSED, "batch"),
        ({"status": BatchStatus.ARCHIVED}, {"as_office": True}, Code.BATCH_NOT_OPEN, "batch"),
        ({}, {"batch": "1999"}, Code.NOT_FOUND, "batch"),
        ({}, {"department": "NONE"}, Code.NOT_FOUND, "department"),
        ({}, {"reason": " "}, Code.REASON_REQUIRED, "reason"),
        ({}, {"reason": "x" * 256}, Code.BAD_INPUT, "reason"),
        ({}, {"proposal": {"code": "GOWN"}}, Code.BAD_INPUT, "proposal.name"),
        ({}, {"proposal": ADDED | {"code": "LIB"}}, Code.DUPLICATE, "proposal.code"),
        ({}, {"proposal": ADDED | {"department": "CWC"}}, Code.FORBIDDEN, "item"),
        ({}, {"kind": RequestKind.REMOVE}, Code.BAD_INPUT, "item"),
        ({}, {"kind": RequestKind.REMOVE, "item": "NONE"}, Code.NOT_FOUND, "item"),
        ({}, {"kind": RequestKind.REMOVE, "item": "FEES"}, Code.FORBIDDEN, "item"),
        ({}, {"kind": RequestKind.CHANGE, "item": "LIB", "proposal": {}}, Code.BAD_INPUT, "proposal"),
        ({}, {"kind": RequestKind.CHANGE, "item": "LIB", "proposal": {"department": "CWC"}}, Code.FORBIDDEN, "item"),
    ],
)
async def test_what_a_department_may_not_ask(database, columns, options, code, argument):
    batch = await a_batch(**columns)
    await five_items(batch)
    await an_item(batch, "FEES", department=await a_department("CWC", name="财务处"))
    with pytest.raises(Refused) as caught:
        await ask(**options)
    assert (caught.value.refusal.code, caught.value.argument) == (code, argument)
    assert (await ItemRequest.all().count(), await Event.all().count()) == (0, 0)


async def test_the_deadline_is_named(database):
    await five_items(await a_batch(request_deadline=NOW - timedelta(hours=1)))
    with pytest.raises(Refused) as caught:
        await ask()
    assert caught.value.refusal.facts == {"deadline": "2026-06-01T07:00:00+00:00"}


async def test_the_office_asks_at_any_time(database):
    await five_items(await a_batch(status=BatchStatus.OPEN, request_deadline=NOW - timedelta(days=9)))
    await ask(as_office=True)
    assert await ItemRequest.all().count() == 1


async def test_an_item_added_to_an_open_batch(database):
    batch, _ = await five_sheets()
    request_id = await ask(as_office=True)
    since = (await Event.all().order_by("-id"))[0].id
    effect = Effect(red=2, grey=0, final=1, issued=1)
    shown = await decide(request_id, dry_run=True)
    assert (shown.effect, shown.operation_id) == (effect, None)
    assert (await Item.all().count(), (await ItemRequest.get()).state) == (6, RequestState.SUBMITTED)
    assert not await Event.filter(id__gt=since).exists()

    result = await decide(request_id)
    assert (result.effect, result.cascaded) == (effect, 1)
    gown = await Item.get(code="GOWN").prefetch_related("department")
    assert (gown.department.code, gown.applies_to) == ("TSG", "has_gown")
    assert [(await statuses(f"202200{n}")).get("GOWN") for n in range(1, 6)] == [
        "PENDING",
        "NOT_REQUIRED",
        "PENDING",
        None,
        None,
    ]
    assert [(await statuses(f"202200{n}"))["FINAL"] for n in (1, 2, 4)] == ["PENDING", "CLEARED", "CLEARED"]
    events = await Event.filter(id__gt=since).order_by("id").values_list("object", "before", "after", "cause")
    assert events == [
        ("Item", None, "PRESENT", Cause.ACT),
        ("ItemRequest", "SUBMITTED", "APPROVED", Cause.ACT),
        ("Clearance", None, "PENDING", Cause.RULE),
        ("Clearance", None, "NOT_REQUIRED", Cause.RULE),
        ("Clearance", None, "PENDING", Cause.RULE),
        ("Clearance", "CLEARED", "PENDING", Cause.CASCADE),
    ]
    request = await ItemRequest.get().prefetch_related("decided_user", "item")
    assert (request.state, request.decision_reason, request.version) == (RequestState.APPROVED, "同意 2026-7 号", 2)
    assert request.decided_user is not None
    assert request.item is not None
    assert (request.decided_user.username, request.item.code) == ("zhao", "GOWN")
    operation = await Operation.get(id=result.operation_id)
    assert operation.parameters["reason"] == "同意 2026-7 号"
    assert await Operation.filter(id=result.operation_id, batch_id=batch.id, item_id=gown.id).exists()
    assert await counters_are_right()


async def test_an_item_removed_from_an_open_batch(database):
    await five_sheets()
    request_id = await ask(RequestKind.REMOVE, item="LIB", proposal=None, as_office=True)
    assert (await decide(request_id, dry_run=True)).effect == Effect(grey=1, issued=1)
    result = await decide(request_id)
    assert result.effect == Effect(grey=1, issued=1)
    assert [(await statuses(f"202200{n}"))["LIB"] for n in range(1, 6)] == [
        "CLEARED",
        "CLEARED",
        "NOT_REQUIRED",
        "CLEARED",
        "PENDING",
    ]
    assert (await Item.get(code="LIB")).withdrawn_at is not None
    assert await counters_are_right()


async def test_another_condition_in_an_open_batch(database):
    await five_sheets()
    request_id = await ask(RequestKind.CHANGE, item="THESIS", proposal={"applies_to": "has_gown"}, as_office=True)
    result = await decide(request_id)
    assert result.effect == Effect(red=2, grey=0, final=1, issued=1)
    assert [(await statuses(f"202200{n}"))["THESIS"] for n in range(1, 6)] == [
        "PENDING",
        "NOT_REQUIRED",
        "PENDING",
        "NOT_REQUIRED",
        "PENDING",
    ]
    assert await counters_are_right()


async def test_a_new_order_flags_what_was_passed_too_early(database):
    await five_sheets()
    await Clearance.filter(sheet__student__student_no="2022003", item__code="CARD").update(
        status=ClearanceStatus.CLEARED, decided_by=DecidedBy.MANUAL
    )
    await counters.rebuild()
    request_id = await ask(RequestKind.CHANGE, item="CARD", proposal={"prerequisites": ["LIB"]}, as_office=True)
    await decide(request_id)
    assert await Clearance.filter(prerequisite_reopened=True).count() == 0  # LIB came first before: nothing is new
    request_id = await ask(
        RequestKind.CHANGE, item="CARD", proposal={"prerequisites": ["LIB", "THESIS"]}, as_office=True
    )
    since = (await Event.all().order_by("-id"))[0].id
    result = await decide(request_id)
    assert result.effect == Effect(issued=1)
    flagged = await Clearance.filter(prerequisite_reopened=True).values("item__code", "sheet__student__student_no")
    assert flagged == [{"item__code": "CARD", "sheet__student__student_no": "2022003"}]
    assert await Event.filter(id__gt=since, object="Clearance").values_list("changed", "after") == [
        ("prerequisite_reopened", "CLEARED")
    ]
    assert await Prerequisite.filter(item__code="CARD").count() == 2
    assert await counters_are_right()


async def test_a_rejected_request_changes_nothing_else(database):
    await five_sheets()
    request_id = await ask(as_office=True)
    since = (await Event.all().order_by("-id"))[0].id
    result = await decide(request_id, approve=False)
    assert [(row.before, row.after) for row in result.rows] == [("SUBMITTED", "REJECTED")]
    assert (await Item.all().count(), (await ItemRequest.get()).state) == (6, RequestState.REJECTED)
    events = await Event.filter(id__gt=since).values_list("object", "object_id", "after")
    assert events == [("ItemRequest", request_id, "REJECTED")]


async def test_a_request_is_decided_once(database):
    await five_items(await a_batch())
    decided, withdrawn = await ask(), await ask(proposal=ADDED | {"code": "OTHER"})
    await decide(decided)
    await withdraw_item_request(await an_actor("limin", "operator"), withdrawn)
    since = (await Event.all().order_by("-id"))[0].id
    for act, state in (
        (decide(decided), "APPROVED"),
        (decide(withdrawn), "WITHDRAWN"),
        (withdraw_item_request(await an_actor(), decided), "APPROVED"),
    ):
        with pytest.raises(Refused) as caught:
            await act
        assert (caught.value.refusal.code, caught.value.refusal.facts) == (Code.CONFLICT, {"state": state})
    with pytest.raises(Refused) as caught:
        await decide(99)
    assert caught.value.refusal.code is Code.NOT_FOUND
    assert not await Event.filter(id__gt=since).exists()


async def test_what_was_possible_once_may_be_so_no_more(database):
    await five_items(await a_batch())
    first, second = await ask(), await ask()
    await decide(first)
    with pytest.raises(Refused) as caught:
        await decide(second)
    assert caught.value.refusal.code is Code.DUPLICATE
    assert (await ItemRequest.get(id=second)).state is RequestState.SUBMITTED


async def test_the_number_of_statements_does_not_grow(database):
    batch = await a_batch(status=BatchStatus.OPEN)
    await five_items(batch)
    counts = []
    for code, numbers in (("A", range(1, 2)), ("B", range(2, 32))):
        await make(batch, [NewSheet((await a_student(str(n), has_gown=True)).id) for n in numbers])
        request_id = await ask(proposal=ADDED | {"code": code}, as_office=True)
        await an_actor()
        with database.statements() as sent:
            result = await decide(request_id)
        assert result.effect.red == numbers.stop - 1
        counts.append(len(sent))
    assert counts[0] == counts[1]
