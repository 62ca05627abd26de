"""`xGroups` on a season small enough to be counted by hand: keys, buckets, measures, conditions on groups, order; and
what cannot be asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from graphql import OperationDefinitionNode, parse

from graphql_api import limits
from graphql_api.group_keys import Bucket
from models import Clearance, Operation
from models.enums import ClearanceStatus, Level, OperationKind, SheetState
from settings import settings
from tests import factories as make
from tests.graphql_api.asking import Asker, core, extended, in_role

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus


class Small:
    """Five students in two colleges, one of them moved to another batch; BOOKS, DORM and FINAL."""

    def __init__(self, place: make.University, items: make.SeasonOf, sheets: list[Any]) -> None:
        self.place, self.items, self.sheets = place, items, sheets
        self.office, self.analyst = in_role("office"), in_role("analyst")
        self.counsellor = in_role("counsellor", colleges=[place.college])


@pytest.fixture
async def small(database: Any) -> Small:
    place = await make.university()
    batch = await make.batch()
    items = [
        await make.item(batch, "BOOKS", place.library),
        await make.item(batch, "DORM", place.dorms),
        await make.item(batch, "FINAL", place.library),
    ]
    people = [
        await make.student("20220001", college=place.college, class_name="A", level=Level.UG, building=place.building),
        await make.student("20220002", college=place.college, class_name="A", level=Level.UG),
        await make.student("20220003", college=place.college, class_name="B", level=Level.M),
        await make.student("20220004", college=place.other_college, class_name="A", level=Level.UG),
        await make.student("20220005", college=place.other_college, class_name="", level=Level.D),
    ]
    sheets = [
        await make.sheet(batch, people[0], statuses={"BOOKS": CLEARED, "DORM": NOT_REQUIRED}),
        await make.sheet(batch, people[1], statuses={"BOOKS": CLEARED}),
        await make.sheet(batch, people[2], statuses={"BOOKS": PENDING}),
        await make.sheet(batch, people[3], settled=True),
        await make.sheet(batch, people[4], state=SheetState.MOVED, holder=None),
    ]
    return Small(place, make.SeasonOf(batch, {each.code: each for each in items}), sheets)


async def groups(asker: Asker, arguments: str, shown: str = "", name: str = "clearance") -> Any:
    """Each group as a tuple: the values of its keys, and its count."""
    data = await asker.ask(f"{{ {name}Groups({arguments}) {{ {shown} count }} }}")
    assert len(asker.sent) == 1
    return [(*(group.get("key") or {}).values(), group["count"]) for group in data[f"{name}Groups"]]


# --- keys


async def test_own_columns_and_columns_one_and_two_relations_away(small: Small) -> None:
    found = await groups(small.office, "groupBy: [STATUS]", "key { status }")
    assert found == [("PENDING", 9), ("NOT_REQUIRED", 1), ("CLEARED", 5)]
    found = await groups(small.office, "groupBy: [ITEM_CODE STATUS]", "key { itemCode status }")
    assert found == [
        ("BOOKS", "PENDING", 2),
        ("BOOKS", "CLEARED", 3),
        ("DORM", "PENDING", 3),
        ("DORM", "NOT_REQUIRED", 1),
        ("DORM", "CLEARED", 1),
        ("FINAL", "PENDING", 4),
        ("FINAL", "CLEARED", 1),
    ]
    found = await groups(
        small.office, "groupBy: [COLLEGE_CODE CLASS_NAME LEVEL]", "key { collegeCode className level }"
    )
    assert found == [("02", "", "D", 3), ("02", "A", "UG", 3), ("15", "A", "UG", 6), ("15", "B", "M", 3)]
    found = await groups(small.office, "groupBy: [ITEM_DEPARTMENT_CODE]", "key { itemDepartmentCode }")
    assert found == [("GYZX", 5), ("TSG", 10)]


async def test_items_of_two_batches_with_one_code_are_one_group(small: Small) -> None:
    other = await make.batch("2025-06")
    await make.item(other, "BOOKS", small.place.library)
    await make.sheet(other, await make.student("20210001", college=small.place.college))
    found = await groups(small.office, "groupBy: [ITEM_CODE]", "key { itemCode }")
    assert found == [("BOOKS", 6), ("DORM", 5), ("FINAL", 5)]
    active = "where: {sheet: {state: {eq: ACTIVE}}}, groupBy: [ITEM_CODE]"
    assert await groups(small.office, active, "key { itemCode }") == [("BOOKS", 5), ("DORM", 4), ("FINAL", 4)]


async def test_of_nothing_there_is_one_group_of_all(small: Small) -> None:
    assert await groups(small.office, "groupBy: []") == [(15,)]
    assert await groups(small.office, 'groupBy: [], where: {item: {code: {eq: "NONE"}}}') == [(0,)]
    assert await groups(small.analyst, 'groupBy: [], where: {item: {code: {eq: "NONE"}}}') == [(0,)]
    assert await groups(small.office, 'groupBy: [STATUS], where: {item: {code: {eq: "NONE"}}}') == []
    data = await small.office.ask(
        "{ operationGroups(groupBy: []) { count min { applied } sum { applied } avg { applied } } }"
    )
    assert data["operationGroups"] == [
        {"count": 0, "min": {"applied": None}, "sum": {"applied": None}, "avg": {"applied": None}}
    ]


async def test_rows_without_a_value_are_a_group(small: Small) -> None:
    dorms = in_role("dorm_centre", departments=[small.place.dorms], buildings=[small.place.building])
    found = await groups(dorms, "groupBy: [BUILDING_CODE]", "key { buildingCode }", "sheet")
    assert found == [("BAMBOO3", 1), (None, 4)]
    found = await groups(dorms, "groupBy: [BUILDING_CODE], orderBy: [{key: {buildingCode: DESC}}]", "", "sheet")
    assert found == [(1,), (4,)]


async def test_a_join_multiplies_no_row(small: Small) -> None:
    where = "where: {clearances: {some: {status: {eq: PENDING}}}}"
    found = await groups(small.office, f"{where}, groupBy: [COLLEGE_CODE]", "key { collegeCode }", "sheet")
    assert found == [("02", 1), ("15", 3)]


async def test_aliases_fragments_and_directives(small: Small) -> None:
    data = await small.office.ask(
        """query ($no: Boolean!) {
             a: clearanceGroups(groupBy: [STATUS], limit: 1) { n: count key { s: status ...more } __typename }
           }
           fragment more on ClearanceGroupKeys { again: status status @include(if: $no) __typename }""",
        no=False,
    )
    key = {"s": "PENDING", "again": "PENDING", "__typename": "ClearanceGroupKeys"}
    assert data["a"] == [{"n": 9, "key": key, "__typename": "ClearanceGroup"}]


async def test_search_narrows_as_in_lists(small: Small) -> None:
    assert await groups(small.office, 'search: "2022000", groupBy: []', name="sheet") == [(5,)]
    assert await groups(small.office, 'search: "20220003", groupBy: []') == [(3,)]
    assert await groups(small.office, 'search: " ", groupBy: []') == [(15,)]


# --- dates

#: Moments beside midnight, beside the clocks' changes, and their days in three zones.
MOMENTS = {
    datetime(2025, 12, 28, 15, 59, 59, 999999, UTC): ("2025-12-28", "2025-12-28", "2025-12-28"),
    datetime(2025, 12, 28, 16, 0, tzinfo=UTC): ("2025-12-29", "2025-12-28", "2025-12-28"),
    datetime(2026, 3, 8, 4, 59, tzinfo=UTC): ("2026-03-08", "2026-03-07", "2026-03-08"),
    datetime(2026, 3, 9, 4, 30, tzinfo=UTC): ("2026-03-09", "2026-03-09", "2026-03-09"),
    datetime(2026, 5, 31, 22, 30, tzinfo=UTC): ("2026-06-01", "2026-05-31", "2026-05-31"),
    datetime(2026, 11, 1, 4, 30, tzinfo=UTC): ("2026-11-01", "2026-11-01", "2026-11-01"),
}
ZONES = ("Asia/Shanghai", "America/New_York", "Europe/London")


@pytest.mark.parametrize("place", range(3))
async def test_days_weeks_and_months_are_those_of_the_university(
    place: int, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIXIAO_TIMEZONE", ZONES[place])
    settings.cache_clear()
    for at in MOMENTS:
        await Operation.create(kind=OperationKind.SET_CLEARANCES, role="office", finished_at=at)
    await Operation.create(kind=OperationKind.SET_CLEARANCES, role="office")
    office = in_role("office")
    for bucket in Bucket:
        days = [datetime.fromisoformat(each[place]).date() for each in MOMENTS.values()]
        first = {
            Bucket.DAY: lambda day: day,
            Bucket.WEEK: lambda day: datetime.fromordinal(day.toordinal() - day.weekday()).date(),
            Bucket.MONTH: lambda day: day.replace(day=1),
        }[bucket]
        assert [at.astimezone(ZoneInfo(ZONES[place])).date() for at in MOMENTS] == days
        expected = sorted(str(first(day)) for day in days)
        name = f"finishedAt{bucket.value.capitalize()}"
        found = await groups(office, f"groupBy: [FINISHED_AT_{bucket.value}]", f"key {{ {name} }}", "operation")
        assert found == [*((each, expected.count(each)) for each in dict.fromkeys(expected)), (None, 1)]
    settings.cache_clear()


# --- measures


async def test_least_greatest_sum_and_average(database: Any) -> None:
    for role, applied in (("a", 2_000_000_000), ("a", 2_000_000_001), ("a", 1), ("b", 1), ("b", 2)):
        await Operation.create(
            kind=OperationKind.UNDO,
            role=role,
            applied=applied,
            finished_at=datetime(2026, 6, applied % 7 + 1, tzinfo=UTC),
        )
    data = await in_role("office").ask(
        """{ operationGroups(groupBy: [ROLE], having: {sum: {applied: {gt: 1}}}, orderBy: [{avg: {applied: ASC}}]) {
             key { role } min { applied finishedAt role } max { applied finishedAt }
             sum { applied refused } avg { applied } } }"""
    )
    assert data["operationGroups"] == [
        {
            "key": {"role": "b"},
            "min": {"applied": 1, "finishedAt": "2026-06-02T00:00:00+00:00", "role": "b"},
            "max": {"applied": 2, "finishedAt": "2026-06-03T00:00:00+00:00"},
            "sum": {"applied": 3.0, "refused": 0.0},
            "avg": {"applied": 1.5},
        },
        {
            "key": {"role": "a"},
            "min": {"applied": 1, "finishedAt": "2026-06-02T00:00:00+00:00", "role": "a"},
            "max": {"applied": 2_000_000_001, "finishedAt": f"2026-06-0{2_000_000_001 % 7 + 1}T00:00:00+00:00"},
            "sum": {"applied": 4_000_000_002.0, "refused": 0.0},
            "avg": {"applied": 4_000_000_002 / 3},
        },
    ]


async def test_conditions_on_groups(small: Small) -> None:
    by_item = "groupBy: [ITEM_CODE STATUS]"
    found = await groups(small.office, f"{by_item}, having: {{count: {{gte: 3, ne: 4}}}}", "key { itemCode status }")
    assert found == [("BOOKS", "CLEARED", 3), ("DORM", "PENDING", 3)]
    await Clearance.filter(item=small.items["BOOKS"].id, status=CLEARED).update(
        decided_at=datetime(2026, 6, 1, tzinfo=UTC)
    )
    since = '{min: {decidedAt: {gte: "2026-06-01T08:00:00+08:00"}}, count: {lt: 4}}'
    assert await groups(small.office, f"{by_item}, having: {since}", "key { itemCode status }") == [
        ("BOOKS", "CLEARED", 3)
    ]
    never = '{max: {decidedAt: {ne: "2026-06-01T00:00:00Z"}}, count: {eq: 4}}'
    assert await groups(small.office, f"{by_item}, having: {never}", "key { itemCode }") == [("FINAL", 4)]


async def test_order_and_limit(small: Small) -> None:
    by_item = "groupBy: [ITEM_CODE STATUS]"
    found = await groups(
        small.office,
        f"{by_item}, orderBy: [{{count: DESC}}, {{key: {{itemCode: DESC}}}}], limit: 3",
        "key { itemCode }",
    )
    assert found == [("FINAL", 4), ("DORM", 3), ("BOOKS", 3)]


# --- what cannot be asked


async def test_more_groups_than_are_told_at_once_are_an_error(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphql_api.grouping.GROUPS", 6)
    error = await small.office.refused("{ clearanceGroups(groupBy: [ITEM_CODE STATUS]) { count } }")
    assert (error["code"], error["params"]) == (
        "BAD_INPUT",
        {"problem": "TOO_MANY_GROUPS", "argument": "groupBy", "limit": 6},
    )
    assert len(await groups(small.office, "groupBy: [ITEM_CODE STATUS], limit: 6")) == 6
    assert len(await groups(small.office, "groupBy: [ITEM_CODE STATUS], limit: 7")) == 7


@pytest.mark.parametrize(
    ("arguments", "shown", "argument", "problem"),
    [
        ("groupBy: [STATUS], limit: 0", "count", "limit", "OUT_OF_RANGE"),
        ("groupBy: [STATUS], limit: -1", "count", "limit", "OUT_OF_RANGE"),
        ("groupBy: [STATUS], limit: 10001", "count", "limit", "OUT_OF_RANGE"),
        ("groupBy: [STATUS]", "key { itemCode }", "key.itemCode", "NOT_GROUPED"),
        ("groupBy: [STATUS], orderBy: [{key: {level: ASC}}]", "count", "orderBy.0.key.level", "NOT_GROUPED"),
        ("groupBy: [STATUS], having: {count: {gt: null}}", "count", "having.count.gt", "NULL"),
        ("groupBy: [STATUS], having: {count: null}", "count", "having.count", "NULL"),
        ("groupBy: [STATUS], having: {min: {decidedAt: null}}", "count", "having.min.decidedAt", "NULL"),
        (
            "groupBy: [STATUS REASON DECIDED_BY LEVEL STATE ORIGIN MAJOR CLASS_NAME LEAVE_TYPE]",
            "count",
            "groupBy",
            "TOO_MANY",
        ),
        (f"groupBy: [STATUS], orderBy: [{'{count: ASC} ' * 13}]", "count", "orderBy", "TOO_MANY"),
    ],
)
async def test_a_question_that_cannot_be_says_what_is_wrong(
    arguments: str, shown: str, argument: str, problem: str, small: Small
) -> None:
    error = await small.office.refused(f"{{ clearanceGroups({arguments}) {{ {shown} }} }}")
    assert (error["code"], error["params"]["argument"], error["params"]["problem"]) == ("BAD_INPUT", argument, problem)


async def test_a_key_asked_twice_is_one(small: Small) -> None:
    assert len(await groups(small.office, "groupBy: [STATUS STATUS]")) == 3


# --- rights


async def test_nobody_else_groups_by_building(small: Small) -> None:
    for asker in (small.office, small.counsellor, small.analyst, in_role("leader")):
        error = await asker.refused("{ sheetGroups(groupBy: [BUILDING_CODE]) { count } }")
        assert (error["code"], error["params"]["field"]) == ("FORBIDDEN", "building")


async def test_everybody_counts_his_own_rows(small: Small) -> None:
    by_college = ("groupBy: [COLLEGE_CODE]", "key { collegeCode }", "sheet")
    assert await groups(small.counsellor, *by_college) == [("15", 3)]
    assert await groups(in_role("counsellor"), *by_college) == []
    assert await groups(small.office, *by_college) == [("02", 2), ("15", 3)]


async def test_a_column_hidden_on_some_rows_is_null_there(small: Small) -> None:
    """The secretary reads every clearance of the college, but who decided it only on supervisors' items."""
    secretary = in_role("secretary", colleges=[small.place.college])
    await Clearance.all().update(decided_user=small.place.clerk)
    found = await groups(secretary, "groupBy: [DECIDED_USER_NAME]", "key { decidedUserName }")
    assert found == [(None, 9)]
    data = await secretary.ask("{ clearanceGroups(groupBy: []) { count max { createdAt } } }")
    assert data["clearanceGroups"] == [{"count": 9, "max": {"createdAt": None}}]


async def test_an_unreadable_target_is_null(small: Small) -> None:
    library = in_role(
        "operator",
        departments=[small.place.library],
        colleges=[small.place.other_college],
        snapshot=extended("operator,College,*,read,own_college,deny,"),
    )
    found = await groups(library, "groupBy: [COLLEGE_CODE]", "key { collegeCode }", "sheet")
    assert found == [("15", 3), (None, 2)]


async def test_who_may_neither_read_nor_count_is_told_who_may(small: Small) -> None:
    error = await in_role("policy_admin").refused("{ sheetGroups(groupBy: []) { count } }")
    assert (error["code"], error["params"]["action"], error["params"]["object"]) == ("FORBIDDEN", "aggregate", "Sheet")


def test_a_question_costs_what_it_may_bring_and_no_less_than_what_it_counts() -> None:
    def cost(arguments: str) -> int:
        document = parse(f"{{ clearanceGroups(groupBy: [STATUS]{arguments}) {{ key {{ status }} count }} }}")
        [operation] = document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        return limits.cost(core(), operation, {}, {})

    assert limits.GROUPS <= cost("") == cost(", limit: 10") < cost(", limit: 10000") <= limits.MOST_COST
