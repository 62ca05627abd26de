"""One season from the copied items to the archive: after every act all invariants hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from models import Batch, Certificate, College, Sheet
from models.enums import CertificateKind, CertificateStatus, ClearanceStatus, ItemKind, LeaveType, RequestKind
from models.rules import counters
from models.rules.applications import apply_to_leave
from models.rules.batches import archive_batch, close_batch, open_batch, reopen_batch
from models.rules.check import check
from models.rules.clearances import Change, set_clearances
from models.rules.item_requests import decide_item_request, request_item_change
from models.rules.items import copy_items, create_item, update_item, withdraw_item
from models.rules.moving import move_sheets
from models.rules.people import create_student, update_student
from models.rules.people_import import PersonRow, import_people
from models.rules.results import ActResult
from models.rules.roster import RosterRow, apply_roster, load_roster
from models.rules.selection import by_numbers
from models.rules.sheet_changes import cancel_sheets, set_late_until
from tests.models.rules.small_season import (
    a_batch,
    a_college,
    a_department,
    a_student,
    an_actor,
    an_item,
    five_items,
    staffed,
    statuses,
)

PERSON = {"student_no": "2026001", "name": "新生", "gender": "女", "level": "博士生"}


async def holds(act) -> ActResult:
    """The act's answer, after which nothing is wrong."""
    result = await act
    assert [str(offence) for offence in await check()] == []
    return result


async def prepared() -> None:
    """Items from last season, a college more, and the roster, by way of a dry run."""
    office = await an_actor()
    items = await five_items(await a_batch("2025-06"))
    await an_item(await Batch.get(code="2025-06"), "CARD", after=(items["LIB"],))
    await staffed(items)
    await a_batch("2026-06", accepts_applications=True)
    await a_batch("2027-01")
    await holds(copy_items(office, from_batch="2025-06", to_batch="2026-06"))
    for number in ("2022001", "2022002", "2022003", "2022004"):
        await a_student(number)
    await a_department("CWC", name="财务处")
    values = {"code": "FEES", "name": "学费", "department": "CWC", "ways": ["SINGLE"], "instruction": "缴清学费"}
    await holds(create_item(office, batch="2026-06", values=values))
    rows = [RosterRow(number) for number in ("2022001", "2022002", "2022003", "2099999")]
    shown = await holds(load_roster(office, batch="2026-06", rows=rows, dry_run=True))
    assert shown.operation_id is not None
    await holds(apply_roster(office, shown.operation_id))
    await holds(update_item(office, batch="2026-06", item="FEES", values={"prerequisites": ["LIB"]}))
    await holds(withdraw_item(office, batch="2026-06", item="FEES"))
    await holds(open_batch(office, batch="2026-06"))


async def test_a_whole_season(database):
    await prepared()
    office = await an_actor()
    student = await a_student("2022005")
    await holds(apply_to_leave(office, student_id=student.id, batch="2026-06", leave_type=LeaveType.WITHDRAWAL))
    people = [PersonRow(PERSON, LeaveType.EXCHANGE_END)]
    await holds(import_people(office, batch="2026-06", college="15", rows=people, dry_run=True))
    await holds(import_people(office, batch="2026-06", college="15", rows=people))
    for code in ("LIB", "CARD", "FINAL"):
        selection, change = by_numbers(["2022001", "2022002"]), Change(ClearanceStatus.CLEARED)
        passed = await holds(set_clearances(office, batch="2026-06", item=code, selection=selection, change=change))
        assert {row.outcome.name for row in passed.rows} == {"APPLIED"}

    changed = await holds(
        update_student(office, student_no="2022001", values={"level": "硕士生", "class_name": "软工"})
    )
    assert changed.cascaded == 1
    await a_college("16", name="文学院")
    await holds(update_student(office, student_no="2022003", values={}, college="16"))
    assert await College.filter(code="16").count() == 1
    gown = {"code": "GOWN", "name": "学位服", "ways": ["BULK"], "applies_to": "not is_international"}
    for kind, item, proposal in (
        (RequestKind.ADD, None, gown),
        (RequestKind.CHANGE, "THESIS", {"applies_to": "level == D", "prerequisites": ["LIB"]}),
        (RequestKind.REMOVE, "GOWN", None),
    ):
        request_id = await request_item_change(
            office,
            batch="2026-06",
            department="TSG",
            kind=kind,
            item=item,
            proposal=proposal,
            reason="调整",
            as_office=True,
        )
        await holds(decide_item_request(office, request_id, approve=True, reason="同意", dry_run=True))
        await holds(decide_item_request(office, request_id, approve=True, reason="同意"))
    assert (await statuses("2022002"))["GOWN"] == "NOT_REQUIRED"
    assert (await statuses("2022002"))["FINAL"] == "PENDING"

    sheet = await Sheet.get(student__student_no="2022003")
    await Certificate.create(sheet=sheet, kind=CertificateKind.DEGREE, status=CertificateStatus.EXPECTED)
    await counters.rebuild()
    three, four = by_numbers(["2022003"]), by_numbers(["2022005"])
    await holds(move_sheets(office, batch="2026-06", to="2027-01", selection=three, reason="延期"))
    await holds(cancel_sheets(office, batch="2026-06", selection=four, reason="不再退学"))
    await holds(close_batch(office, batch="2026-06"))
    until = datetime.now(UTC) + timedelta(days=1)
    late = by_numbers(["2022001"])
    await holds(set_late_until(office, batch="2026-06", selection=late, until=until, reason="住院"))
    await holds(update_student(office, student_no="2022001", values={"level": "博士生"}))
    await holds(reopen_batch(office, batch="2026-06", reason="补办"))
    await holds(close_batch(office, batch="2026-06"))
    await holds(archive_batch(office, batch="2026-06"))
    await holds(load_roster(office, batch="2027-01", rows=[RosterRow("2022001"), RosterRow("2022003")]))
    await create_student(office, college="15", values=PERSON | {"student_no": "2026002", "id_no": "110101199901010128"})
    assert [str(offence) for offence in await check()] == []
    finals = await Sheet.filter(clearances__item__kind=ItemKind.FINAL, batch__code="2026-06").count()
    assert finals == 5
