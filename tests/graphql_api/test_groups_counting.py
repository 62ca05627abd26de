"""Those who may only count: no small group, nothing that tells of one person, nothing by the difference to a total."""

from __future__ import annotations

from typing import Any

import pytest

from graphql_api.group_size import told
from models.enums import ClearanceStatus, Level, SheetState
from tests import factories as make
from tests.api import OpenDesk, member
from tests.graphql_api.asking import Asker, extended, in_role

PENDING, NOT_REQUIRED, CLEARED = ClearanceStatus


@pytest.fixture
async def analyst(database: Any) -> Asker:
    """Of 22 students: 12 in class A, 6 in B, 4 in C. Two books are missing, both in class A."""
    place = await make.university()
    batch = await make.batch()
    for code in ("BOOKS", "DORM", "FINAL"):
        await make.item(batch, code, place.library)
    for name, count, missing in (("A", 10, 0), ("A", 2, 2), ("B", 6, 0), ("C", 4, 0)):
        for _ in range(count):
            who = await make.student(college=place.college, class_name=name)
            await make.sheet(batch, who, settled=True, statuses={"BOOKS": PENDING if missing else CLEARED})
    return in_role("analyst")


async def groups(asker: Asker, arguments: str, shown: str = "", name: str = "clearance") -> Any:
    data = await asker.ask(f"{{ {name}Groups({arguments}) {{ {shown} count }} }}")
    return [(*(group.get("key") or {}).values(), group["count"]) for group in data[f"{name}Groups"]]


# --- small groups


async def test_small_groups_are_left_out_and_the_total_does_not_tell_them(analyst: Asker) -> None:
    found = await groups(analyst, "groupBy: [CLASS_NAME]", "key { className }", "sheet")
    assert found == [("A", 12)]  # C is too small; alone it would be the total less A and B
    assert await groups(analyst, "groupBy: []", name="sheet") == [(22,)]


async def test_one_persons_many_rows_are_no_crowd(analyst: Asker) -> None:
    """Class C has twelve clearances, of four people."""
    found = await groups(analyst, "groupBy: [CLASS_NAME]", "key { className }")
    assert found == [("A", 36)]
    assert await groups(analyst, 'groupBy: [], where: {sheet: {className: {eq: "C"}}}') == []


async def test_another_order_tells_no_other_groups(analyst: Asker) -> None:
    for order in ("count: ASC", "count: DESC", "key: {className: DESC}"):
        assert await groups(analyst, f"groupBy: [CLASS_NAME], orderBy: [{{{order}}}]", "", "sheet") == [(12,)]


async def test_a_limit_counts_what_is_told(analyst: Asker) -> None:
    by_item = "groupBy: [ITEM_CODE STATUS], orderBy: [{count: ASC}]"
    assert await groups(analyst, f"{by_item}, limit: 1", "key { itemCode }") == [("DORM", 22)]
    assert await groups(analyst, by_item, "key { itemCode status }") == [
        ("DORM", "CLEARED", 22),
        ("FINAL", "CLEARED", 22),
    ]


async def test_counters_keep_back_the_same(analyst: Asker) -> None:
    active = "where: {sheet: {state: {eq: ACTIVE}}}, groupBy: [ITEM_CODE STATUS]"
    found = await groups(analyst, active, "key { itemCode status }")
    assert "_counter" in analyst.sent[0]
    assert found == [("DORM", "CLEARED", 22), ("FINAL", "CLEARED", 22)]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([], []),
        ([5, 6], [True, True]),
        ([4], [False]),
        ([4, 9], [False, False]),
        ([4, 9, 12], [False, False, True]),
        ([1, 1, 9, 12], [False, False, False, True]),
        ([1, 4, 9], [False, False, True]),
        ([2, 2, 2, 9], [False, False, False, True]),
        ([4, 9, 9, 12], [False, False, False, True]),
        ([12, 4, 9], [True, False, False]),
        ([0, 9, 12], [False, False, True]),
    ],
)
def test_which_groups_are_told(sizes: list[int], expected: list[bool]) -> None:
    assert told(sizes) == expected


# --- what would tell more than counts


@pytest.mark.parametrize(
    ("arguments", "shown", "argument"),
    [
        ("groupBy: [STATUS], having: {count: {gt: 1}}", "count", "having"),
        ('groupBy: [STATUS], search: "2022"', "count", "search"),
        ("groupBy: [STATUS]", "min { decidedAt }", "min.decidedAt"),
        ("groupBy: [STATUS]", "max { decidedAt }", "max.decidedAt"),
        ("groupBy: [STATUS], orderBy: [{max: {decidedAt: ASC}}]", "count", "orderBy.0.max.decidedAt"),
    ],
)
async def test_it_is_refused_in_words(arguments: str, shown: str, argument: str, analyst: Asker) -> None:
    error = await analyst.refused(f"{{ clearanceGroups({arguments}) {{ {shown} }} }}")
    assert (error["code"], error["params"]) == ("FORBIDDEN", {"problem": "COUNTS_ONLY", "argument": argument})
    assert analyst.sent == []


@pytest.mark.parametrize(
    ("where", "argument", "problem"),
    [
        ('id: {eq: "x"}', "where.id", "NOT_A_KEY"),
        ("sheet: {id: {in: []}}", "where.sheet.id", "NOT_A_KEY"),
        ("not: {sheet: {clearances: {some: {}}}}", "where.not.sheet.clearances", "NOT_A_KEY"),
        ('or: [{status: {eq: CLEARED}}, {note: {eq: "x"}}]', "where.or.1.note", "NOT_A_KEY"),
        ('sheet: {className: {contains: "A"}}', "where.sheet.className.contains", "NOT_A_KEY"),
        ('sheet: {className: {startsWith: "A"}}', "where.sheet.className.startsWith", "NOT_A_KEY"),
        ('decidedAt: {gte: "2026-06-01T00:00:01+08:00"}', "where.decidedAt.gte", "NO_WHOLE_DAY"),
        ('decidedAt: {lt: "2026-06-01T00:00:00Z"}', "where.decidedAt.lt", "NO_WHOLE_DAY"),
    ],
)
async def test_conditions_compare_whole_keys_alone(where: str, argument: str, problem: str, analyst: Asker) -> None:
    error = await analyst.refused(f"{{ clearanceGroups(where: {{ {where} }}, groupBy: [STATUS]) {{ count }} }}")
    assert (error["code"], error["params"]["argument"], error["params"]["problem"]) == ("BAD_INPUT", argument, problem)


async def test_no_condition_and_no_key_names_a_person(analyst: Asker) -> None:
    for question in (
        'where: {sheet: {student: {studentNo: {eq: "20220001"}}}}, groupBy: [STATUS]',
        "groupBy: [STUDENT_NO]",
        "groupBy: [STUDENT_NAME]",
        "groupBy: [STUDENT_POLITICAL_STATUS]",
    ):
        error = await analyst.refused(f"{{ clearanceGroups({question}) {{ count }} }}")
        assert (error["code"], error["params"]["object"], error["params"]["action"]) == (
            "FORBIDDEN",
            "Student",
            "aggregate",
        )


async def test_whole_days_and_keys_may_be_compared(analyst: Asker) -> None:
    where = (
        'or: [{decidedAt: {isNull: true}}, {decidedAt: {gte: "2026-06-01T00:00:00+08:00"}}],'
        ' sheet: {batch: {code: {eq: "2026-06"}}, className: {in: ["A", "B"]}, building: {isNull: true}}'
    )
    error = await analyst.refused(f"{{ clearanceGroups(where: {{ {where} }}, groupBy: []) {{ count }} }}")
    assert (error["code"], error["params"]["field"]) == ("FORBIDDEN", "building")
    where = where.replace(", building: {isNull: true}", "")
    assert await groups(analyst, f"where: {{ {where} }}, groupBy: []") == [(54,)]


async def test_a_kept_plan_looks_at_each_requests_values(api: OpenDesk) -> None:
    await member("figures", "analyst")
    analyst = await api(as_="figures")
    document = """query ($since: DateTime!) {
        clearanceGroups(where: {decidedAt: {gte: $since}}, groupBy: []) { count } }"""
    for _ in range(2):
        assert (await analyst.query(document, since="2026-06-01T00:00:00+08:00"))["clearanceGroups"] == [{"count": 0}]
        error = await analyst.error(document, since="2026-06-01T00:00:01+08:00")
        assert error["params"]["problem"] == "NO_WHOLE_DAY"
        assert (
            "midnight"
            in (await (await api(as_="figures", locale="en")).error(document, since="2026-06-01T01:00:00Z"))["message"]
        )


# --- who reads something besides


async def test_who_reads_the_rows_is_told_of_every_group(analyst: Asker) -> None:
    office = in_role("office")
    found = await groups(office, "groupBy: [CLASS_NAME]", "key { className }", "sheet")
    assert found == [("A", 12), ("B", 6), ("C", 4)]


async def test_a_right_to_read_sheets_does_not_make_clearances_readable(analyst: Asker) -> None:
    """Who reads sheets and only counts clearances may group these by what he reads of those."""
    mixed = in_role("analyst", snapshot=extended("analyst,Sheet,building|class_name,read,all,allow,"))
    found = await groups(mixed, "groupBy: [BUILDING_CODE]", "key { buildingCode }")
    assert found == [(None, 66)]
    assert await groups(mixed, "groupBy: [CLASS_NAME]", "key { className }", "sheet") == [("A", 12), ("B", 6), ("C", 4)]


async def test_cancelled_sheets_and_their_rows_count_for_nobody_but_the_office(analyst: Asker) -> None:
    batch = await make.batch("2025-06")
    await make.item(batch, "BOOKS")
    for number in range(6):
        who = await make.student(f"2021{number:04}", class_name="D", level=Level.M)
        await make.sheet(batch, who, state=SheetState.CANCELLED, holder=None)
    by_class = ("groupBy: [CLASS_NAME]", "key { className }", "sheet")
    assert ("D", 6) in await groups(in_role("office"), *by_class)
    assert ("D", 6) not in await groups(analyst, *by_class)
