"""Filters mean what they say on every row, also where a column is empty; and no input makes the database stumble."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from tortoise.expressions import Q

from graphql_api import ids
from graphql_api.context import Context, Credentials
from graphql_api.filters import MOST_CONDITIONS, Filters, mapping, sheet_filter
from graphql_api.registry import registry
from graphql_api.types import types
from models import Clearance, Department, Sheet, Student
from models.enums import ClearanceStatus, Level
from policies.access import Access
from tests import factories as make
from tests.graphql_api.asking import Asker, extended, in_role, shipped

COUNT = "query ($where: {0}Filter) {{ {1}(where: $where) {{ totalCount }} }}"


def desk() -> Asker:
    """The graduation office, were it to see the dormitories as well."""
    return in_role("office", snapshot=extended("office,Student,building|created_at,read,all,allow,"))


async def count(name: str, where) -> int:
    exposed = registry()[name]
    asked = COUNT.format(name, exposed.plural)
    answer = await desk().ask(asked, where=where)
    return int(answer[exposed.plural]["totalCount"])


@pytest.fixture
async def people(database):
    """Six students: levels UG ×3, M ×2, D; two of them in a building; one name with SQL's own characters."""
    where = await make.university()
    await make.student("20230001", name="王伟", level=Level.UG, college=where.college, building=where.building)
    await make.student("20230002", name="Wang Wei", level=Level.UG, college=where.college)
    await make.student("20230003", name="100%_a\\b", level=Level.UG, college=where.college)
    await make.student("20240001", name="李娜", level=Level.M, college=where.other_college, building=where.building)
    await make.student("20240002", name="O'Brien; DROP TABLE student", level=Level.M, college=where.other_college)
    await make.student("2024X003", name="*", level=Level.D, college=where.other_college)
    return where


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, 6),
        ({"studentNo": {"eq": "20230001"}}, 1),
        ({"studentNo": {"ne": "20230001"}}, 5),
        ({"studentNo": {"in": ["20230001", "20240001", "x"]}}, 2),
        ({"studentNo": {"notIn": ["20230001", "20240001"]}}, 4),
        ({"studentNo": {"in": []}}, 0),
        ({"studentNo": {"notIn": []}}, 6),
        ({"studentNo": {"gte": "20230002", "lt": "20240002"}}, 3),
        ({"studentNo": {"gt": "20230002", "lte": "20240002"}}, 3),
        ({"name": {"contains": "wei"}}, 1),
        ({"name": {"contains": "WEI"}}, 1),
        ({"name": {"startsWith": "wang"}}, 1),
        ({"name": {"contains": "%_"}}, 1),
        ({"name": {"contains": "\\"}}, 1),
        ({"name": {"contains": "'"}}, 1),
        ({"name": {"eq": "*"}}, 1),
        ({"name": {"contains": "*"}}, 1),
        ({"name": {"isNull": False}}, 6),
        ({"name": {"isNull": True}}, 0),
        ({"level": {"eq": "M"}}, 2),
        ({"level": {"in": ["M", "D"]}}, 3),
        ({"hasLoan": {"eq": False}}, 6),
        ({"hasLoan": {"ne": False}}, 0),
        ({"and": []}, 6),
        ({"or": []}, 0),
        ({"or": [{}]}, 6),
        ({"or": [{}, {"level": {"eq": "M"}}]}, 6),
        ({"not": {}}, 0),
        ({"not": {"or": []}}, 6),
        ({"and": [{"level": {"eq": "UG"}}, {"studentNo": {"ne": "20230001"}}]}, 2),
        ({"or": [{"level": {"eq": "D"}}, {"studentNo": {"eq": "20230001"}}]}, 2),
        ({"not": {"or": [{"level": {"eq": "D"}}, {"level": {"eq": "M"}}]}}, 3),
        ({"college": {"code": {"eq": "15"}}}, 3),
        ({"not": {"college": {"code": {"eq": "15"}}}}, 3),
        ({"building": {}}, 2),
        ({"not": {"building": {}}}, 4),
        ({"building": {"isNull": True}}, 4),
        ({"building": {"isNull": False}}, 2),
        ({"building": {"code": {"eq": "BAMBOO3"}}}, 2),
        ({"not": {"building": {"code": {"eq": "BAMBOO3"}}}}, 4),
        ({"building": {"not": {"code": {"eq": "PINE1"}}}}, 2),
        ({"level": {"eq": "UG"}, "building": {"isNull": True}}, 2),
    ],
)
async def test_what_a_filter_finds(people, where, expected):
    assert await count("Student", where) == expected
    assert await count("Student", {"not": where}) == 6 - expected  # `not` is the exact opposite
    assert await count("Student", {"not": {"not": where}}) == expected


async def test_a_null_relation_is_nobodys(people):
    await Department.filter(id=people.finance.id).update(successor_id=people.library.id)
    where = {"successor": {"code": {"eq": people.library.code}}}
    assert await count("Department", where) == 1
    assert await count("Department", {"not": where}) == await Department.all().count() - 1


async def test_columns_without_a_value_are_found_by_the_opposite(people):
    season = await make.season(people)
    [one] = await make.crowd(season.batch, 1, prefix="2025")
    await Clearance.filter(sheet=one, item_id=season["BOOKS"].id).update(
        reason="DEFERRED", decided_at=datetime(2026, 6, 1, tzinfo=UTC)
    )
    for where, expected in (
        ({"reason": {"eq": "DEFERRED"}}, 1),
        ({"reason": {"ne": "DEFERRED"}}, 7),
        ({"reason": {"in": ["DEFERRED", "OTHER"]}}, 1),
        ({"reason": {"notIn": ["DEFERRED"]}}, 7),
        ({"reason": {"isNull": True}}, 7),
        ({"decidedAt": {"gte": "2026-06-01T00:00:00Z"}}, 1),
        ({"decidedAt": {"gt": "2026-06-01T00:00:00Z"}}, 0),
        ({"decidedAt": {"eq": "2026-06-01T08:00:00+08:00"}}, 1),
        ({"decidedAt": {"eq": "2026-06-01T08:00:00"}}, 1),  # without an offset: the desk's own clock
        ({"decidedUser": {"username": {"eq": "limin"}}}, 0),
    ):
        assert await count("Clearance", where) == expected, where
        assert await count("Clearance", {"not": where}) == 8 - expected, where


async def test_conditions_on_lists_multiply_no_rows(people):
    season = await make.season(people)
    first, *_ = await make.crowd(season.batch, 3, prefix="2025")
    await Clearance.filter(sheet=first).update(status=ClearanceStatus.CLEARED)
    cleared = {"status": {"eq": "CLEARED"}}
    for where, expected in (
        ({"clearances": {"some": cleared}}, 1),
        ({"clearances": {"none": cleared}}, 2),
        ({"clearances": {"every": cleared}}, 1),
        ({"clearances": {"some": {"status": {"eq": "PENDING"}}}}, 2),
        ({"clearances": {"some": {}, "none": cleared}}, 2),
        ({"clearances": {"some": {"item": {"code": {"eq": "BOOKS"}}, "status": {"eq": "PENDING"}}}}, 2),
        ({"certificates": {"every": {}}}, 3),
        ({"certificates": {"some": {}}}, 0),
    ):
        assert await count("Sheet", where) == expected, where
        assert await count("Sheet", {"not": where}) == 3 - expected, where


async def test_a_list_over_an_empty_back_reference_is_not_unknown(people):
    """`numbers` hangs on a column that is null for most: `NOT IN` a list with a null would be true of nobody."""
    first = await Student.get(student_no="20230001")
    await Student.filter(student_no="20230002").update(person_id=first.id)
    assert await count("Student", {"numbers": {"some": {}}}) == 1
    assert await count("Student", {"numbers": {"none": {}}}) == 5
    assert await count("Student", {"numbers": {"every": {"studentNo": {"eq": "x"}}}}) == 5


# --- what the caller may look at


async def test_targets_out_of_scope_do_not_count(people):
    season = await make.season(people)
    await make.crowd(season.batch, 2, prefix="2025", college=people.college)
    await make.crowd(season.batch, 3, prefix="2026", college=people.other_college)
    counsellor = in_role("counsellor", colleges=[people.college])
    asked = COUNT.format("Sheet", "sheets")
    for where, expected in (
        ({}, 2),
        ({"student": {}}, 2),
        ({"not": {"student": {"studentNo": {"startsWith": "2025"}}}}, 0),
        ({"clearances": {"none": {"status": {"eq": "CLEARED"}}}}, 2),
    ):
        answer = await counsellor.ask(asked, where=where)
        assert answer["sheets"]["totalCount"] == expected, where


async def test_a_sensitive_column_is_matched_by_equality_with_the_right_to_match(people):
    await Student.filter(student_no="20230001").update(id_no="110101199001011234")
    asked = COUNT.format("Student", "students")
    where = {"idNo": {"eq": "110101199001011234"}}
    assert await in_role("registrar").ask(asked, where=where) == {"students": {"totalCount": 1}}
    for role in ("leader", "auditor", "student"):
        error = await in_role(role).refused(asked, where=where)
        assert error["code"] == "FORBIDDEN"
        assert (error["params"]["action"], error["params"]["field"]) == ("match", "idNo"), role


async def test_a_filter_by_what_may_not_be_read_is_refused(people):
    for where in ({"internalNote": {"contains": "x"}}, {"or": [{"not": {"internalNote": {"isNull": True}}}]}):
        error = await in_role("student").refused(COUNT.format("Clearance", "clearances"), where=where)
        assert (error["code"], error["params"]["field"]) == ("FORBIDDEN", "internalNote")
    error = await in_role("student").refused(
        COUNT.format("Sheet", "sheets"), where={"clearances": {"some": {"decidedUser": {"name": {"eq": "x"}}}}}
    )
    assert error["code"] == "FORBIDDEN"


# --- input that no column could hold


@pytest.mark.parametrize(
    ("where", "path", "code"),
    [
        ({"studentNo": {"eq": "x" * 33}}, ["where", "studentNo", "eq"], "TOO_LONG"),
        ({"studentNo": {"in": ["a", "x" * 33]}}, ["where", "studentNo", "in", "1"], "TOO_LONG"),
        ({"name": {"contains": "x" * 129}}, ["where", "name", "contains"], "TOO_LONG"),
        ({"name": {"eq": "a\x00b"}}, ["where", "name", "eq"], "NO_TEXT"),
        ({"name": {"startsWith": "\ud800"}}, ["where", "name", "startsWith"], "NO_TEXT"),
        ({"name": {"eq": None}}, ["where", "name", "eq"], "NULL"),
        ({"name": {"contains": None}}, ["where", "name", "contains"], "NULL"),
        ({"name": {"isNull": None}}, ["where", "name", "isNull"], "NULL"),
        ({"name": {"in": None}}, ["where", "name", "in"], "NULL"),
        ({"name": None}, ["where", "name"], "NULL"),
        ({"not": None}, ["where", "not"], "NULL"),
        ({"isNull": True}, ["where", "isNull"], "NO_RELATION"),
        ({"building": {"isNull": None}}, ["where", "building", "isNull"], "NULL"),
        ({"building": {"or": [{"isNull": True}]}}, ["where", "building", "or", "0", "isNull"], "NO_RELATION"),
        ({"sheets": {"some": None}}, ["where", "sheets", "some"], "NULL"),
        ({"studentNo": {"in": ["x"] * 1001}}, ["where", "studentNo", "in"], "TOO_MANY"),
        ({"id": {"eq": "nonsense"}}, ["where", "id", "eq"], "BAD_ID"),
        ({"id": {"in": [ids.encode("Student", 1), ids.encode("Sheet", 1)]}}, ["where", "id", "in", "1"], "BAD_ID"),
        ({"and": [{}, {"id": {"eq": "x"}}]}, ["where", "and", "1", "id", "eq"], "BAD_ID"),
        ({"createdAt": {"lt": "0001-01-01T00:00:00+14:00"}}, ["where", "createdAt", "lt"], "OUT_OF_RANGE"),
        ({"createdAt": {"lt": "9999-12-31T23:59:59-14:00"}}, ["where", "createdAt", "lt"], "OUT_OF_RANGE"),
    ],
)
async def test_bad_input_points_at_what_is_wrong(database, where, path, code):
    asker = desk()
    error = await asker.refused(COUNT.format("Student", "students"), where=where)
    assert error["code"] == "BAD_INPUT"
    assert [(each["path"], each["code"]) for each in error["violations"]] == [(path, code)]
    assert asker.sent == []


async def test_a_filter_too_large_for_a_statement_is_refused(database):
    asked = COUNT.format("Student", "students")
    many = {"or": [{"name": {"eq": str(number)}} for number in range(201)]}
    error = await in_role("office").refused(asked, where=many)
    assert (error["code"], error["params"]["measure"]) == ("QUERY_TOO_COMPLEX", "conditions")
    wide = {"or": [{"name": {"in": ["x"] * 1000}} for _ in range(6)]}
    error = await in_role("office").refused(asked, where=wide)
    assert (error["code"], error["params"]["measure"]) == ("QUERY_TOO_COMPLEX", "values")
    deep = {}
    for _ in range(40):
        deep = {"not": deep}
    error = await in_role("office").refused(asked, where=deep)
    assert (error["code"], error["params"]["measure"]) == ("QUERY_TOO_COMPLEX", "depth")


async def test_relations_inside_one_another_are_few(database):
    """SQLite's parser gives up at some 100 open brackets, and a scope brings its own."""
    students = COUNT.format("Student", "students")
    where: dict[str, Any] = {"studentNo": {"eq": "1"}}
    for _ in range(3):
        where = {"sheets": {"some": {"student": {"or": [where, {"not": {"name": {"eq": "x"}}}]}}}}
    for role in ("counsellor", "operator", "supervisor", "student", "party_office", "office"):
        asked = in_role(role, colleges=[SimpleNamespace(id=1)], departments=[SimpleNamespace(id=1)])
        assert await asked.ask(students, where=where) == {"students": {"totalCount": 0}}
        error = await asked.refused(students, where={"sheets": {"some": {"student": where}}})
        assert (error["code"], error["params"]["measure"]) == ("QUERY_TOO_COMPLEX", "relations")


async def test_a_list_as_long_as_may_be_works(people):
    numbers = [f"2023{n:04}" for n in range(1000)]
    assert await count("Student", {"studentNo": {"in": numbers}}) == 3


async def test_every_column_of_every_object_can_be_filtered_and_ordered(people):
    """Each operator with a value of its kind, on every column an auditor or another role may look at."""
    access = Access(shipped(), in_role("office").caller)
    for exposed in registry():
        if not access.can(exposed.name, "read"):
            continue
        for column in exposed.columns.values():
            if not column.kind.comparable or access.searchable(exposed.name, column.name, exact=False) is None:
                continue
            asked = (
                f"{{ {exposed.plural}(where: {{{column.graphql}: {{ne: {sample(exposed.name, column)}}}}},"
                f" orderBy: [{{{column.graphql}: DESC}}]) {{ totalCount nodes {{ {column.graphql} }} }} }}"
            )
            await in_role("office").ask(asked)


def sample(name, column) -> str:
    if column.choices is not None:
        return next(iter(column.choices)).name
    return {
        "ID": f'"{ids.encode(name, 1)}"',
        "TEXT": '"x"',
        "NUMBER": "7",
        "YES_NO": "true",
        "MOMENT": '"2026-06-01T00:00:00Z"',
    }[column.kind.name]


# --- for the mutations


async def test_an_input_object_becomes_the_mapping_it_came_from():
    inputs = types().inputs
    operators = inputs._operators["ClearanceStatusOperators"]
    where = inputs.filter["Clearance"](status_=operators(in_=[ClearanceStatus.PENDING]))
    given = inputs.filter["Sheet"](not_=inputs.filter["Sheet"](clearances_=inputs._sides["Clearance"](some_=where)))
    assert mapping(given) == {"not": {"clearances": {"some": {"status": {"in": [ClearanceStatus.PENDING]}}}}}


async def test_a_sheet_filter_is_narrowed_to_what_the_caller_sees(people):
    season = await make.season(people)
    await make.crowd(season.batch, 2, prefix="2025", college=people.college)
    await make.crowd(season.batch, 3, prefix="2026", college=people.other_college)
    asker = in_role("counsellor", colleges=[people.college])
    context = Context(Credentials(), "zh_CN")
    context.signed_in, context.rights = asker.caller, Access(shipped(), asker.caller)
    found = sheet_filter(context, {"student": {"studentNo": {"ne": "20250001"}}})
    assert isinstance(found, Q)
    assert await Sheet.filter(found).count() == 1


async def test_an_absent_filter_is_no_condition(people):
    filters = Filters(Access(shipped(), in_role("office").caller))
    assert await Student.filter(filters.where(registry()["Student"], None)).count() == 6


async def test_the_filters_of_all_fields_count_together(database):
    """Of a field alone half of it is allowed, of three of them no more than of one."""
    where = {"or": [{"name": {"contains": str(number)}} for number in range(MOST_CONDITIONS // 2)]}
    document = "query ($w: CollegeFilter) {{ {} }}".format
    fields = [f"f{number}: colleges(where: $w) {{ totalCount }}" for number in range(3)]
    office = in_role("office")
    assert await office.ask(document(" ".join(fields[:2])), w=where) == {
        "f0": {"totalCount": 0},
        "f1": {"totalCount": 0},
    }
    error = await office.refused(document(" ".join(fields)), w=where)
    assert (error["code"], error["params"]["measure"]) == ("QUERY_TOO_COMPLEX", "conditions")
