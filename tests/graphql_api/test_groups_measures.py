"""Medians, shares, days and different sheets of a group, on seasons small enough to be worked out by hand; what of them
is kept from those who may only count; and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import Clearance, Operation, Sheet
from models.enums import CertificateStatus, ClearanceStatus, Gender, ItemKind, OperationKind
from tests import factories as make
from tests.graphql_api.asking import Asker, in_role

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus
NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)


class Season:
    """Sheets of BOOKS, DORM and FINAL in two colleges; `decide` says when an item of a sheet was cleared."""

    def __init__(self, place: make.University, items: dict[str, Any]) -> None:
        self.place, self.items = place, items
        self.batch = items["BOOKS"].batch
        self.office, self.analyst = in_role("office"), in_role("analyst")

    async def sheet(self, class_name: str = "A", *, away: bool = False, **days: float | None) -> Sheet:
        """Cleared where days are given, so many after NOON; None is cleared at no known time."""
        college = self.place.other_college if away else self.place.college
        who = await make.student(college=college, class_name=class_name, gender=Gender.F)
        made = await make.sheet(self.batch, who, statuses=dict.fromkeys(days, CLEARED))
        for code, after in days.items():
            if after is not None:
                decided = NOON + timedelta(days=after)
                await Clearance.filter(sheet=made.id, item=self.items[code].id).update(decided_at=decided)
        return made


@pytest.fixture
async def season(database: Any) -> Season:
    place = await make.university()
    batch = await make.batch()
    return Season(
        place,
        {
            "BOOKS": await make.item(batch, "BOOKS", place.library),
            "DORM": await make.item(batch, "DORM", place.dorms),
            "FINAL": await make.item(batch, "FINAL", place.library, kind=ItemKind.FINAL),
        },
    )


FINALS = 'where: {item: {code: {eq: "FINAL"}}, status: {eq: CLEARED}}'
SINCE = 'since: {item: {code: {eq: "BOOKS"}}, status: {eq: CLEARED}}'


async def groups(asker: Asker, arguments: str, shown: str, name: str = "clearance", **variables: Any) -> Any:
    head = f"query Q({', '.join(f'${each}: String!' for each in variables)}) " if variables else ""
    found = await asker.ask(f"{head}{{ {name}Groups({arguments}) {{ {shown} }} }}", **variables)
    assert len(asker.sent) == 1
    return found[f"{name}Groups"]


# --- medians


async def test_half_of_the_values_lie_below_the_median_and_nine_in_ten_below_p90(database: Any) -> None:
    for role, applied in (("a", 1), ("a", 2), ("a", 4), ("a", 10), ("b", 7), ("c", 3), ("c", 4), ("c", 8)):
        await Operation.create(kind=OperationKind.UNDO, role=role, applied=applied)
    shown = "key { role } count median { applied } p90 { applied } sum { applied }"
    found = await groups(in_role("office"), "groupBy: [ROLE], orderBy: [{median: {applied: ASC}}]", shown, "operation")
    assert [
        (each["key"]["role"], each["count"], each["median"]["applied"], round(each["p90"]["applied"], 9), each["sum"])
        for each in found
    ] == [
        ("a", 4, 3.0, 8.2, {"applied": 17.0}),
        ("c", 3, 4.0, 7.2, {"applied": 15.0}),
        ("b", 1, 7.0, 7.0, {"applied": 7.0}),
    ]
    only = "groupBy: [ROLE], having: {median: {applied: {gte: 4}}}"
    assert await groups(in_role("office"), only, "key { role }", "operation") == [
        {"key": {"role": "b"}},
        {"key": {"role": "c"}},
    ]


async def test_of_no_rows_there_is_no_median_and_no_share(season: Season) -> None:
    shown = "count part share sheets median { days } avg { days } max { days }"
    none = {"days": None}
    assert await groups(season.office, f"{FINALS}, {SINCE}, part: {{}}, groupBy: []", shown) == [
        {"count": 0, "part": 0, "share": None, "sheets": 0, "median": none, "avg": none, "max": none}
    ]
    assert await groups(season.office, f"{FINALS}, {SINCE}, part: {{}}, groupBy: [STATUS]", shown) == []


# --- days


async def test_days_are_those_between_two_clearances_of_one_sheet(season: Season) -> None:
    await season.sheet("A", BOOKS=0, FINAL=2)
    await season.sheet("A", BOOKS=0.5, FINAL=1.75)
    await season.sheet("A", BOOKS=1, FINAL=8)
    await season.sheet("B", BOOKS=3, FINAL=2.5)
    shown = "key { className } count median { days } avg { days } min { days } max { days } sum { days }"
    found = await groups(season.office, f"{FINALS}, {SINCE}, groupBy: [CLASS_NAME]", shown)
    assert [
        (each["key"]["className"], each["count"], *(each[name]["days"] for name in MEASURES)) for each in found
    ] == [
        ("A", 3, 2.0, 3.42, 1.25, 7.0, 10.25),
        ("B", 1, -0.5, -0.5, -0.5, -0.5, -0.5),
    ]


MEASURES = ("median", "avg", "min", "max", "sum")


async def test_whole_seconds_count(season: Season) -> None:
    made = await season.sheet(BOOKS=0, FINAL=0)
    almost = NOON + timedelta(days=1, microseconds=-1)
    await Clearance.filter(sheet=made.id, item=season.items["FINAL"].id).update(decided_at=almost)
    having = "having: {max: {days: {lt: 1}}}"
    assert await groups(season.office, f"{FINALS}, {SINCE}, groupBy: [], {having}", "max { days }") == [
        {"max": {"days": 1.0}}  # 86,399 seconds, shown by the quarter of an hour
    ]


async def test_a_sheet_without_the_beginning_or_the_end_has_no_days(season: Season) -> None:
    await season.sheet("A", FINAL=4)
    await season.sheet("A", BOOKS=None, FINAL=4)
    await season.sheet("A", BOOKS=1, FINAL=None)
    await season.sheet("A", BOOKS=1, FINAL=4)
    await season.sheet("B", FINAL=4)
    arguments = f"{FINALS}, {SINCE}, groupBy: [CLASS_NAME]"
    shown = "key { className } count median { days }"
    assert await groups(season.office, f"{arguments}, orderBy: [{{median: {{days: DESC}}}}]", shown) == [
        {"key": {"className": "A"}, "count": 4, "median": {"days": 3.0}},
        {"key": {"className": "B"}, "count": 1, "median": {"days": None}},
    ]
    assert await groups(season.office, f"{arguments}, having: {{median: {{days: {{ne: 9}}}}}}", "count") == [
        {"count": 4},
        {"count": 1},
    ]


async def test_of_several_beginnings_the_last_one_counts(season: Season) -> None:
    await season.sheet(BOOKS=1, DORM=3, FINAL=4)
    anything = "since: {item: {kind: {eq: NORMAL}}}"
    assert await groups(season.office, f"{FINALS}, {anything}, groupBy: []", "max { days }") == [{"max": {"days": 1.0}}]


async def test_days_go_on_to_when_a_certificate_was_issued(season: Season) -> None:
    for after in (0, 3):
        made = await season.sheet(FINAL=1)
        issued = NOON + timedelta(days=1 + after)
        await make.certificate(made, status=CertificateStatus.ISSUED, issued_at=issued)
    shown = "key { kind } count median { days } sheets"
    since = 'since: {item: {code: {eq: "FINAL"}}}'
    assert await groups(season.office, f"{since}, groupBy: [KIND]", shown, "certificate") == [
        {"key": {"kind": "GRADUATION"}, "count": 2, "median": {"days": 1.5}, "sheets": 2}
    ]


async def test_days_begin_with_what_the_caller_sees(season: Season) -> None:
    await season.sheet(BOOKS=1, DORM=2, FINAL=5)
    library = in_role("operator", departments=[season.place.library])
    shown = "count median { days }"
    assert await groups(library, f"{FINALS}, {SINCE}, groupBy: []", shown) == [{"count": 1, "median": {"days": 4.0}}]
    dorm = 'since: {item: {code: {eq: "DORM"}}}'
    assert await groups(library, f"{FINALS}, {dorm}, groupBy: []", shown) == [{"count": 1, "median": {"days": None}}]
    assert await groups(season.office, f"{FINALS}, {dorm}, groupBy: []", shown) == [
        {"count": 1, "median": {"days": 3.0}}
    ]


async def test_a_kept_question_takes_each_runs_values(season: Season) -> None:
    await season.sheet(BOOKS=1, DORM=2, FINAL=5)
    asked = f"{FINALS}, since: {{item: {{code: {{eq: $begin}}}}}}, part: {{item: {{code: {{eq: $part}}}}}}, groupBy: []"
    for begin, part, days, share in (("BOOKS", "FINAL", 4.0, 1.0), ("DORM", "BOOKS", 3.0, 0.0)):
        found = await groups(season.office, asked, "share max { days }", begin=begin, part=part)
        assert found == [{"share": share, "max": {"days": days}}]


# --- parts and sheets


async def test_part_and_share_of_a_group_under_any_condition(season: Season) -> None:
    await season.sheet("A", BOOKS=0, DORM=0)
    await season.sheet("A", BOOKS=0)
    await season.sheet("B", away=True)
    asked = "part: {status: {eq: CLEARED}}, groupBy: [CLASS_NAME], orderBy: [{share: DESC}]"
    assert await groups(season.office, asked, "key { className } count part share sheets") == [
        {"key": {"className": "A"}, "count": 6, "part": 3, "share": 0.5, "sheets": 2},
        {"key": {"className": "B"}, "count": 3, "part": 0, "share": 0.0, "sheets": 1},
    ]
    most = "part: {status: {eq: CLEARED}}, groupBy: [CLASS_NAME], having: {share: {lt: 0.5}, part: {eq: 0}}"
    assert await groups(season.office, most, "key { className }") == [{"key": {"className": "B"}}]
    related = f'part: {{sheet: {{college: {{code: {{eq: "{season.place.college.code}"}}}}}}}}, groupBy: [ITEM_CODE]'
    assert await groups(season.office, related, "key { itemCode } part share") == [
        {"key": {"itemCode": code}, "part": 2, "share": 0.6667} for code in ("BOOKS", "DORM", "FINAL")
    ]
    listed = "part: {clearances: {some: {status: {eq: CLEARED}}}}, groupBy: []"
    assert await groups(season.office, listed, "count part", "sheet") == [{"count": 3, "part": 2}]


async def test_sheets_are_counted_once_and_chosen_by(season: Season) -> None:
    for _ in range(3):
        await season.sheet("A", BOOKS=0)
    await season.sheet("B")
    pending = "where: {status: {eq: PENDING}}, groupBy: [CLASS_NAME], orderBy: [{sheets: DESC}]"
    assert await groups(season.office, pending, "key { className } count sheets") == [
        {"key": {"className": "A"}, "count": 6, "sheets": 3},
        {"key": {"className": "B"}, "count": 3, "sheets": 1},
    ]
    only = "groupBy: [CLASS_NAME], having: {sheets: {gt: 1}}"
    assert await groups(season.office, only, "key { className }") == [{"key": {"className": "A"}}]


# --- those who may only count


async def test_a_small_part_is_kept_from_those_who_only_count(season: Season) -> None:
    for name, cleared, pending in (("A", 6, 6), ("B", 10, 2), ("C", 9, 0), ("D", 1, 8), ("E", 0, 7)):
        for number in range(cleared + pending):
            await season.sheet(name, **({"BOOKS": 0} if number < cleared else {}))
    books = 'where: {item: {code: {eq: "BOOKS"}}}, part: {status: {eq: CLEARED}}'
    asked = f"{books}, groupBy: [CLASS_NAME], orderBy: [{{share: DESC}}]"
    shown = "key { className } count part share"
    found = await groups(season.analyst, asked, shown)
    assert [(each["key"]["className"], each["count"], each["part"], each["share"]) for each in found] == [
        ("C", 9, 9, 1.0),
        ("E", 7, 0, 0.0),
        ("A", 12, None, None),  # with B and D alone, four people would be missing from the total: 2 of B's, 1 of D's
        ("B", 12, None, None),
        ("D", 9, None, None),
    ]
    assert (await groups(season.office, asked, "part"))[1] == {"part": 10}


async def test_the_part_of_one_persons_many_rows_is_small(season: Season) -> None:
    """Two people with two cleared items each are four rows of the part, and two people."""
    for number in range(12):
        await season.sheet("A", **({"BOOKS": 0, "DORM": 0, "FINAL": 0} if number < 2 else {}))
    asked = "part: {status: {eq: CLEARED}}, groupBy: [CLASS_NAME]"
    assert await groups(season.analyst, asked, "count part share sheets") == [
        {"count": 36, "part": None, "share": None, "sheets": 12}
    ]


@pytest.mark.parametrize(
    ("behind", "median", "average"), [(4, None, None), (5, None, 2.0), (9, None, 2.0), (10, 2.0, 2.0)]
)
async def test_a_median_is_told_of_ten_and_an_average_of_five(
    behind: int, median: float | None, average: float | None, season: Season
) -> None:
    for number in range(12):
        await season.sheet("A", FINAL=3, **({"BOOKS": 1} if number < behind else {}))
    shown = "count median { days } avg { days } p90 { days }"
    assert await groups(season.analyst, f"{FINALS}, {SINCE}, groupBy: [CLASS_NAME]", shown) == [
        {"count": 12, "median": {"days": median}, "avg": {"days": average}, "p90": {"days": None}}
    ]


async def test_groups_are_as_small_as_without_measures(season: Season) -> None:
    """Four people of B, whose twelve clearances are no crowd; A is large enough, and alone."""
    for name, count in (("A", 12), ("B", 4)):
        for _ in range(count):
            await season.sheet(name, BOOKS=0)
    asked = "part: {status: {eq: CLEARED}}, groupBy: [CLASS_NAME]"
    assert await groups(season.analyst, asked, "count sheets") == await groups(season.analyst, asked, "count") == []


# --- what is refused


@pytest.mark.parametrize(
    ("arguments", "shown", "argument", "needed"),
    [
        ("groupBy: [STATUS]", "part", "part", "part"),
        ("groupBy: [STATUS]", "share", "share", "part"),
        ("groupBy: [STATUS]", "median { days }", "median.days", "since"),
        ("groupBy: [STATUS], since: null", "max { days }", "max.days", "since"),
        ("groupBy: [STATUS], orderBy: [{share: ASC}]", "count", "orderBy.0.share", "part"),
        ("groupBy: [STATUS], having: {p90: {days: {gt: 1}}}", "count", "having.p90.days", "since"),
    ],
)
async def test_what_says_nothing_without_an_argument(
    arguments: str, shown: str, argument: str, needed: str, season: Season
) -> None:
    error = await season.office.refused(f"{{ clearanceGroups({arguments}) {{ {shown} }} }}")
    assert (error["code"], error["params"]) == (
        "BAD_INPUT",
        {"problem": "ARGUMENT_NEEDED", "argument": argument, "needed": needed},
    )
    assert season.office.sent == []


@pytest.mark.parametrize(
    ("arguments", "shown", "code", "argument", "problem"),
    [
        ('part: {note: {eq: "x"}}', "part", "BAD_INPUT", "part.note", "NOT_A_KEY"),
        ("part: {sheet: {clearances: {some: {}}}}", "part", "BAD_INPUT", "part.sheet.clearances", "NOT_A_KEY"),
        ('since: {note: {eq: "x"}}', "avg { days }", "BAD_INPUT", "since.note", "NOT_A_KEY"),
        ("since: {status: {eq: CLEARED}}", "min { days }", "FORBIDDEN", "min.days", "COUNTS_ONLY"),
        ("part: {status: {eq: CLEARED}}, having: {share: {gt: 0.5}}", "count", "FORBIDDEN", "having", "COUNTS_ONLY"),
    ],
)
async def test_who_only_counts_asks_by_keys_alone(
    arguments: str, shown: str, code: str, argument: str, problem: str, season: Season
) -> None:
    error = await season.analyst.refused(f"{{ clearanceGroups({arguments}, groupBy: [STATUS]) {{ {shown} }} }}")
    assert (error["code"], error["params"]["argument"], error["params"]["problem"]) == (code, argument, problem)
    assert season.analyst.sent == []
