"""Acts on clearances that are refused, row by row or as a whole: by whom they are asked, and what is asked."""

# Tortoise makes the ids of relations itself, and types flat value lists as lists of tuples.
# mypy: disable-error-code="attr-defined, comparison-overlap"

from __future__ import annotations

import pytest
from tortoise.expressions import Q

from models import Event, OperationRow
from models.enums import Reason
from models.rules.actor import Reach
from models.rules.clearances import Change, ErrorPolicy, set_clearances
from models.rules.refusals import Code, Refused
from models.rules.selection import by_numbers, by_sheets
from tests import factories
from tests.models.rules.one_sheet import APPLIED, CLEARED, NUMBER, PENDING, REFUSED, act, codes, one_sheet, outcomes

pytestmark = pytest.mark.usefixtures("sound_database")


async def test_outside_scope_is_not_found_and_within_but_not_permitted_is_forbidden():
    uni, season, _ = await one_sheet()
    await factories.sheet(season.batch, await factories.student("20220200001", college=uni.other_college))

    async def own_college() -> Reach:
        return Reach(visible=Q(college_id=uni.college.id), permitted=Q(item__department_id=uni.finance.id))

    both = by_numbers([NUMBER, "20220200001", "77"])
    result = await act(uni, chosen=both, permit=own_college)
    assert [(row.student_no, row.refusal and row.refusal.code) for row in result.rows] == [
        (NUMBER, Code.FORBIDDEN),
        ("20220200001", Code.NOT_FOUND),
        ("77", Code.NOT_FOUND),
    ]
    assert [row.name for row in result.rows] == ["李娜", None, None]
    assert await Event.all().count() == 0


@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_row_that_one_may_not_change_tells_nothing_of_itself(dry_run: bool):
    """R10, invariant 14: neither in the answer nor in what the operation keeps."""
    uni, season, sheet = await one_sheet()
    await factories.sheet(season.batch, await factories.student("20220200001", college=uni.other_college))
    await act(uni)
    before = await Event.all().count()

    async def own_college() -> Reach:
        return Reach(visible=Q(college_id=uni.college.id), permitted=Q(item__department_id=uni.finance.id))

    both = by_numbers([NUMBER, "20220200001"])
    for change in (Change(PENDING), Change(CLEARED)):
        result = await act(uni, chosen=both, change=change, permit=own_college, dry_run=dry_run)
        assert codes(result) == [Code.FORBIDDEN, Code.NOT_FOUND]
        assert [(row.before, row.after, row.by, row.at) for row in result.rows] == [(None,) * 4] * 2
        kept = await OperationRow.filter(operation_id=result.operation_id).order_by("id")
        assert [(row.before, row.after, row.version_after) for row in kept] == [(None, None, None)] * 2
        assert [set(row.facts) for row in kept] == [{"item", "facts"}, {"item", "facts"}]
    assert await Event.all().count() == before
    assert await factories.status(sheet, "BOOKS") is CLEARED


async def test_a_right_is_asked_for_inside_the_transaction():
    uni, _, _ = await one_sheet()

    async def nothing_any_more() -> Reach:
        raise PermissionError

    with pytest.raises(PermissionError):
        await act(uni, permit=nothing_any_more)
    assert await factories.recorded() == (0, 0)


async def test_a_number_that_is_too_long_for_anybody_is_refused_like_any_other():
    uni, _, _ = await one_sheet()
    result = await act(uni, chosen=by_numbers(["9" * 500, "\0'\\"]))
    assert codes(result) == [Code.NOT_FOUND, Code.NOT_FOUND]
    assert result.rows[0].student_no == "9" * 500
    kept = await OperationRow.all().order_by("id").values_list("student_no", flat=True)
    assert kept == ["9" * 32, "'\\"]


async def test_ticked_sheets_that_are_not_there_are_named_by_their_id():
    uni, _, sheet = await one_sheet()
    result = await act(uni, chosen=by_sheets([sheet.id, 999]), error_policy=ErrorPolicy.APPLY_VALID)
    assert outcomes(result) == [APPLIED, REFUSED]
    refusal = result.rows[1].refusal
    assert refusal is not None
    assert (refusal.code, refusal.facts) == (Code.NOT_FOUND, {"sheet": 999})


@pytest.mark.parametrize(("batch", "item"), [("2030-06", "BOOKS"), ("2026-06", "NOTHING"), ("2026-06", "NET")])
async def test_what_is_not_there_refuses_the_whole_act(batch, item):
    uni, _, _ = await one_sheet()
    with pytest.raises(Refused) as refused:
        await set_clearances(uni.actor, batch=batch, item=item, selection=by_numbers([NUMBER]), change=Change(CLEARED))
    assert refused.value.refusal.code is Code.NOT_FOUND
    assert await factories.recorded() == (0, 0)


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        (Change(), "status"),
        (Change(reason=Reason.OTHER), "status"),
        (Change(CLEARED, hold="缺一册"), "hold"),
        (Change(CLEARED, note="长" * 256), "note"),
        (Change(internal_note="长" * 256), "internalNote"),
        (Change(note="a\0b"), "note"),
    ],
)
async def test_what_could_be_no_change_is_bad_input(change, argument):
    uni, _, _ = await one_sheet()
    with pytest.raises(Refused) as refused:
        await act(uni, change=change)
    assert (refused.value.refusal.code, refused.value.argument) == (Code.BAD_INPUT, argument)
