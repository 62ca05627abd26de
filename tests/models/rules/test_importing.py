"""Lists taken over: passed and not passed, one item or several (R8, R15, B1)."""

# Tortoise makes the ids of relations itself, and types flat value lists as lists of tuples.
# mypy: disable-error-code="attr-defined, comparison-overlap"

from __future__ import annotations

import pytest
from tortoise.expressions import Q

from models import Event, Operation
from models.enums import Cause, ClearanceStatus, DecidedBy, OperationKind, Outcome, Reason
from models.rules.actor import Reach
from models.rules.clearances import Change, ErrorPolicy, set_clearances
from models.rules.importing import ClearanceLine, import_clearances
from models.rules.refusals import Code, Refusal, Refused
from models.rules.selection import by_numbers
from tests import factories

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus
APPLIED, UNCHANGED, REFUSED, NOT_APPLIED = Outcome
pytestmark = pytest.mark.usefixtures("sound_database")
EVERYTHING = ("clearance", "event", "item_college_counter")


@pytest.fixture
async def desk(sound_database):
    """Three students, 张三 all of them."""
    uni = await factories.university()
    season = await factories.season(uni)
    return uni, season, await factories.crowd(season.batch, 3, college=uni.college)


def line(number, to=CLEARED, item="BOOKS", **options):
    change = Change(to, note=options.pop("note", None), reason=options.pop("reason", None))
    return ClearanceLine(number, item, change, **options)


def load(uni, *lines, **options):
    return import_clearances(uni.actor, batch="2026-06", lines=lines, **options)


def codes(result):
    return [row.refusal.code if row.refusal else None for row in result.rows]


async def test_a_list_passes_some_and_opens_others(desk):
    uni, season, sheets = desk
    await load(uni, line("20230003"))
    result = await load(
        uni,
        line("20230001", note="已还清", row=2, cell="C2"),
        line(" 20230003\u200b", PENDING, row=3),
        line("20230002", NOT_REQUIRED, reason=Reason.OTHER),
    )
    assert codes(result) == [None] * 3
    assert [(row.row, row.cell) for row in result.rows] == [(2, "C2"), (3, None), (None, None)]
    assert await factories.statuses(sheets, "BOOKS") == [CLEARED, NOT_REQUIRED, PENDING]
    clearance = await factories.clearance(sheets[0], "BOOKS")
    assert (clearance.decided_by, clearance.note) == (DecidedBy.IMPORT, "已还清")
    assert set(await Event.all().values_list("cause", flat=True)) == {Cause.IMPORT}
    operation = await Operation.get(id=result.operation_id)
    assert (operation.kind, operation.item_id) == (OperationKind.SET_CLEARANCES, season["BOOKS"].id)
    assert operation.selector == {"lines": 3}


async def test_lines_of_several_items_may_stand_in_any_order(desk):
    uni, _, sheets = desk
    result = await load(uni, *(line("20230001", item=each) for each in ("CARD", "DORM", "BOOKS")))
    assert codes(result) == [None] * 3
    assert await factories.status(sheets[0], "CARD") is CLEARED
    assert (await Operation.get(id=result.operation_id)).item_id is None


async def test_an_untouched_export_changes_nothing(desk):
    uni, _, sheets = desk
    await load(uni, line("20230001", note="请核对"))
    lines = []
    for sheet in sheets:
        who = await sheet.student
        for code in ("BOOKS", "DORM", "CAREER", "FINAL"):
            one = await factories.clearance(sheet, code)
            change = Change(one.status, note=one.note or None)
            lines.append(
                ClearanceLine(who.student_no, code, change, who.name, clearance_id=one.id, version=one.version)
            )
    before = await factories.contents(*EVERYTHING)
    result = await load(uni, *lines)
    assert {row.outcome for row in result.rows} == {UNCHANGED}
    assert await factories.contents(*EVERYTHING) == before


async def test_a_row_changed_since_the_export_is_a_conflict_with_who_and_when(desk):
    uni, _, sheets = desk
    await set_clearances(
        uni.other_actor,
        batch="2026-06",
        item="BOOKS",
        selection=by_numbers(["20230001"]),
        change=Change(NOT_REQUIRED, reason=Reason.OTHER),
    )
    result = await load(uni, line("20230001", version=1), line("20230002", version=1))
    assert codes(result) == [Code.STALE_ROW, None]
    refusal = result.rows[0].refusal
    assert refusal is not None
    assert refusal.by == "王芳"
    assert await factories.status(sheets[0], "BOOKS") is NOT_REQUIRED


async def test_key_number_and_name_must_agree(desk):
    uni, _, sheets = desk
    other = await factories.clearance(sheets[1], "BOOKS")
    result = await load(
        uni,
        line("20230001", name="李四"),
        line("20230002", name=" 张三 "),
        line("20230003", clearance_id=other.id),
    )
    assert codes(result) == [Code.ROW_MISMATCH, None, Code.ROW_MISMATCH]
    facts = [dict(row.refusal.facts) for row in result.rows if row.refusal]
    assert facts == [{"argument": "name", "given": "李四", "found": "张三"}, {"argument": "key"}]
    assert await factories.statuses(sheets, "BOOKS") == [PENDING, CLEARED, PENDING]


async def test_twenty_such_rows_are_refused_and_twenty_one_refuse_the_file(sound_database):
    uni = await factories.university()
    season = await factories.season(uni)
    await factories.crowd(season.batch, 22)
    wrong = [line(f"2023{n:04}", name="错") for n in range(1, 22)]
    before = await factories.contents(*EVERYTHING, "operation")
    with pytest.raises(Refused) as refused:
        await load(uni, *wrong, line("20230022"))
    assert refused.value.refusal == Refusal(Code.ROW_MISMATCH, facts={"count": 21})
    assert await factories.contents(*EVERYTHING, "operation") == before
    with pytest.raises(Refused):
        await load(uni, *wrong, dry_run=True)
    result = await load(uni, *wrong[:20], line("20230022"))
    assert result.count(REFUSED) == 20
    assert result.count(APPLIED) == 1


async def test_what_cannot_be_taken_over_is_refused_line_by_line(desk):
    uni, season, _ = desk
    await factories.sheet(season.batch, await factories.student("9", college=uni.other_college))

    async def own_college() -> Reach:
        return Reach(visible=Q(college_id=uni.college.id), permitted=~Q(item__code="DORM"))

    unread = Refusal(Code.BAD_INPUT, facts={"argument": "status"})
    result = await load(
        uni,
        line("9"),
        line("77"),
        line("20230001", item="NET"),
        line("20230001", item="DORM"),
        line("20230001", NOT_REQUIRED),
        line("20230002", refusal=unread),
        line("20230003"),
        line("20230003", PENDING),
        permit=own_college,
    )
    assert codes(result) == [
        Code.NOT_FOUND,
        Code.NOT_FOUND,
        Code.NOT_FOUND,
        Code.FORBIDDEN,
        Code.REASON_REQUIRED,
        Code.BAD_INPUT,
        Code.DUPLICATE,
        None,
    ]
    assert [row.item_code for row in result.rows[2:4]] == ["NET", "DORM"]
    hidden = await load(uni, line("20230001", item="DORM", refusal=unread), permit=own_college)
    assert (codes(hidden), hidden.rows[0].before) == ([Code.BAD_INPUT], None)


async def test_a_text_that_no_clearance_can_hold_is_its_lines_own_fault(desk):
    uni, _, _ = desk
    result = await load(uni, line("20230001", note="长" * 256), line("20230002", note="a\0b"), line("9" * 99))
    assert codes(result) == [Code.BAD_INPUT, Code.BAD_INPUT, Code.NOT_FOUND]


async def test_all_or_nothing_when_asked_for(desk):
    uni, _, sheets = desk
    before = await factories.contents(*EVERYTHING)
    result = await load(uni, line("20230001"), line("77"), error_policy=ErrorPolicy.REJECT_ALL)
    assert [row.outcome for row in result.rows] == [NOT_APPLIED, REFUSED]
    assert await factories.contents(*EVERYTHING) == before
    assert await factories.status(sheets[0], "BOOKS") is PENDING


async def test_the_ways_of_the_item_bind_an_import(desk):
    uni, _, _ = desk
    assert codes(await load(uni, line("20230001", item="FEES", reason=Reason.SYSTEM_DOWN))) == [Code.WAY_NOT_ALLOWED]


async def test_an_empty_list_is_bad_input(desk):
    uni, _, _ = desk
    with pytest.raises(Refused) as refused:
        await load(uni)
    assert refused.value.refusal.code is Code.BAD_INPUT
