"""Whom an act is for, and what of it is there."""

from __future__ import annotations

import pytest
from tortoise.expressions import Q

from models.enums import Way
from models.in_list import in_list
from models.rules.facts import BatchFacts
from models.rules.loading import load_season
from models.rules.refusals import Code, Refused
from models.rules.selection import (
    all_except,
    by_class,
    by_filter,
    by_numbers,
    by_range,
    by_sheets,
    is_everything,
    resolve,
    unknown_exceptions,
    visible_among,
)
from models.season import Sheet
from tests import factories


def refusal(asked):
    with pytest.raises(Refused) as refused:
        asked()
    return refused.value.refusal.code, refused.value.argument, dict(refused.value.refusal.facts)


# --- a range of numbers: R17


@pytest.mark.parametrize(
    ("first", "last", "span"),
    [
        ("20221503001", "20221503200", 200),
        ("20221503001", "20221503201", 201),
        ("20221503107", "20221503107", 1),
        ("YJS2024099", "YJS2024101", 3),
        ("20221503107 ", "\ufeff20221503110\r", 4),
        ("\uff12\uff10\uff12\uff12\uff10\uff10\uff11", "2022003", 3),
    ],
)
def test_a_range_counts_both_ends(first, last, span):
    assert by_range(first, last).span == span


def test_two_hundred_pass_and_two_hundred_and_one_are_refused():
    assert by_range("20221503001", "20221503200", 200).span == 200
    assert refusal(lambda: by_range("20221503001", "20221503201", 200)) == (
        Code.RANGE_TOO_LARGE,
        "range",
        {"count": 201, "limit": 200},
    )


@pytest.mark.parametrize(
    ("first", "last", "argument", "reason"),
    [
        ("20221503001", "2022150320", "range", "prefix_or_length"),
        ("A2022001", "B2022009", "range", "prefix_or_length"),
        ("A2022001", "22022009", "range", "prefix_or_length"),
        ("20221503009", "20221503001", "range", "order"),
        ("", "20221503001", "range.from", "no_number"),
        ("20221503001", "二〇二二", "range.to", "no_number"),
        ("20221503001", "9" * 5000, "range.to", "no_number"),
        ("2022%", "2023%", "range.from", "no_number"),
    ],
)
def test_what_is_no_range_is_bad_input(first, last, argument, reason):
    assert refusal(lambda: by_range(first, last)) == (Code.BAD_INPUT, argument, {"reason": reason})


def test_an_enormous_range_is_not_written_out():
    chosen = by_range("00000000001", "99999999999")
    assert chosen.span == 99_999_999_999


# --- ways, and what the operation remembers


def test_one_is_a_single_act_and_several_are_bulk():
    assert (by_numbers(["1"]).way, by_numbers(["1", "1 "]).way, by_numbers(["1", "2"]).way) == (
        Way.SINGLE,
        Way.SINGLE,
        Way.BULK,
    )
    assert (by_sheets([5]).way, by_sheets([5, 6]).way) == (Way.SINGLE, Way.BULK)
    for each in (by_range("1", "1"), by_class(1, "x"), by_filter(Q(id=1)), all_except(["1"])):
        assert each.way is Way.BULK


def test_only_a_filter_and_a_complement_are_whole():
    whole = [each.whole for each in (by_filter(Q(id=1)), all_except([]), by_class(1, "x"), by_range("1", "2"))]
    assert whole == [True, True, False, False]


def test_the_operation_remembers_the_question():
    assert by_numbers([" 2 ", "", "1", "2"]).selector == {"student_nos": ["2", "1"]}
    assert by_sheets([6, 5, 6]).selector == {"sheets": [6, 5]}
    assert by_class(15, "软件2201").selector == {"college": 15, "class_name": "软件2201"}
    assert by_range("A001", "A009").selector == {"from": "A001", "to": "A009"}
    assert by_filter(Q(id=1), {"where": {"level": "M"}}).selector == {"where": {"level": "M"}}


# --- what is there


@pytest.fixture
async def season(database):
    """Five sheets 20230001 … 20230005, of which the last is cancelled, and one in another batch."""
    uni = await factories.university()
    made = await factories.season(uni)
    people = [await factories.student(f"2023000{n}", class_name="软件2201", college=uni.college) for n in range(1, 6)]
    sheets = await factories.sheets(made.batch, people[:4])
    sheets += await factories.sheets(made.batch, people[4:], state="CANCELLED", holder=None)
    other = await factories.batch("2027-06")
    await factories.sheet(other, await factories.student("20230006", class_name="软件2201", college=uni.college))
    return uni, (await load_season(made.batch.id)).batch, [each.id for each in sheets]


async def test_numbers_come_in_the_order_asked_for_and_the_missing_are_named(season):
    _, batch, ids = season
    found = await resolve(by_numbers(["20230003", "77", "20230001", "20230006", "20230005"]), batch)
    assert list(found.sheets) == [ids[2], ids[0], ids[4]]
    assert found.missing_numbers == ("77", "20230006")


async def test_ticked_sheets_of_another_batch_are_not_there(season):
    _, batch, ids = season
    found = await resolve(by_sheets([ids[1], 999]), batch)
    assert (list(found.sheets), found.missing_sheets) == ([ids[1]], (999,))


async def test_a_range_a_class_a_filter_and_a_complement_hold_active_sheets_only(season):
    uni, batch, ids = season
    for chosen in (
        by_range("20230001", "20230009"),
        by_class(uni.college.id, "软件2201"),
        by_filter(Q(class_name="软件2201")),
        all_except([]),
    ):
        assert list((await resolve(chosen, batch)).sheets) == ids[:4]
    assert list((await resolve(all_except(["20230002"]), batch)).sheets) == [ids[0], ids[2], ids[3]]


async def test_a_longer_number_between_two_is_not_in_the_range(season):
    uni, batch, ids = season
    made = await factories.batch("x")
    await Sheet.filter(batch_id=made.id).delete()
    who = await factories.student("202300021", college=uni.college)
    await factories.sheet(await made.__class__.get(code="2026-06"), who)
    found = await resolve(by_range("20230001", "20230003"), batch)
    assert list(found.sheets) == ids[:3]


async def test_the_batch_bounds_the_range(season):
    _, batch, _ = season
    small = BatchFacts(batch.id, batch.code, batch.status, range_limit=2)
    with pytest.raises(Refused) as refused:
        await resolve(by_range("20230001", "20230003"), small)
    assert refused.value.refusal.facts == {"count": 3, "limit": 2}


async def test_what_one_may_not_see_does_not_exist(season):
    _, batch, ids = season
    chosen = by_numbers(["20230001", "20230002"])
    found = await resolve(chosen, batch)
    seen = found.seen(await visible_among(found.sheets, Q(id=ids[1])), chosen)
    assert (list(seen.sheets), seen.missing_numbers) == ([ids[1]], ("20230001",))
    assert found.seen(await visible_among(found.sheets, Q()), chosen) == found


async def test_exceptions_that_nobody_has_are_named(season):
    _, batch, ids = season
    chosen = all_except(["20230001", "20230002", "77"])
    assert await unknown_exceptions(chosen, batch, Q()) == ("77",)
    assert await unknown_exceptions(chosen, batch, Q(id=ids[1])) == ("20230001", "77")


def test_a_filter_that_filters_nothing_is_known():
    assert is_everything(Q())
    assert not is_everything(Q(id=1))
    assert not is_everything(~Q(id=1))


async def test_thousands_of_ids_and_hostile_texts_are_one_parameter(season, database):
    _, _, ids = season
    with database.statements() as sent:
        assert await Sheet.filter(id__in=in_list(range(50_000))).count() == 6
        assert await Sheet.filter(student__student_no__in=in_list(["20230001", "'); --", '"', "$1", "?"])).count() == 1
        assert await Sheet.filter(id__in=in_list(())).count() == 0
        assert await Sheet.filter(student__student_no__in=in_list((), texts=True)).count() == 0
        assert await Sheet.filter(Q(id__in=in_list(ids)) & ~Q(id__in=in_list(ids[:2]))).count() == 3
    assert all(len(text) < 400 for text in sent)
