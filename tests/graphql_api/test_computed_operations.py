"""An operation is read later: its state, its sums and its rows, as far as the reader sees them."""

from __future__ import annotations

from typing import Any

import pytest

from graphql_api import ids
from models.rules.clearances import Change, ErrorPolicy, set_clearances
from models.rules.importing import ClearanceLine, import_clearances
from models.rules.results import ActResult
from models.rules.selection import by_numbers
from tests import factories as make
from tests.api import OpenDesk, counted, member
from tests.graphql_api.asking import Asker, extended, in_role

LISTED = ("71", "72", "20230001", "73", "20230002", "20230003")
ROW = "studentNo name itemCode row column before after outcome code message by blockers { itemCode }"
READ = f"""query ($id: ID!, $first: Int, $offset: Int, $outcome: Outcome) {{
  operation(id: $id) {{ state progress applied unchanged refused
    rows(first: $first, offset: $offset, outcome: $outcome) {{ {ROW} }} }} }}"""
IMPORT = f"""mutation ($input: ImportClearancesInput!) {{
  importClearances(input: $input) {{ operation {{ id }} rows {{ {ROW} }} }} }}"""
SET = f"""mutation ($input: SetClearancesInput!) {{
  setClearances(input: $input) {{ operation {{ id }} rows {{ {ROW} }} }} }}"""


@pytest.fixture
async def season(database) -> make.SeasonOf:
    return await make.season(await make.university())


async def act(season: make.SeasonOf, *numbers: str, **options: Any) -> ActResult:
    clerk = await make.User.get(username="limin")
    return await set_clearances(
        make.acting(clerk),
        batch="2026-06",
        item="BOOKS",
        selection=by_numbers(numbers),
        change=Change(make.CLEARED),
        **options,
    )


async def operator(name: str = "limin", department: str = "TSG") -> Asker:
    who = await make.User.get(username=name)
    return in_role("operator", user_id=who.id, departments=[await make.Department.get(code=department)])


async def read(asker: Asker, done: ActResult, **asked: Any) -> Any:
    found = await asker.ask(READ, id=ids.encode("Operation", done.operation_id or 0), **asked)
    return found["operation"]


def numbers(operation: Any) -> list[str]:
    return [row["studentNo"] for row in operation["rows"]]


async def test_what_an_act_answered_is_read_later_over_http(api: OpenDesk):
    season = await make.season(await make.university())
    await make.crowd(season.batch, 3)
    await member("limin", "operator", await make.Department.get(code="TSG"))
    desk = await api(as_="limin")
    chosen = {"studentNos": ["20230003", "77", "20230001"]}
    asked = {"batch": "2026-06", "item": "BOOKS", "select": chosen, "status": "CLEARED"}
    for options, state, sums in (
        ({"dryRun": True}, "PREVIEWED", (2, 0, 1)),
        ({"errorPolicy": "REJECT_ALL"}, "FAILED", (0, 0, 1)),
        ({"errorPolicy": "APPLY_VALID"}, "APPLIED", (2, 0, 1)),
    ):
        answer = (await desk.query(SET, input={**asked, **options}))["setClearances"]
        found = (await desk.query(READ, id=answer["operation"]["id"]))["operation"]
        assert (found["state"], found["applied"], found["unchanged"], found["refused"]) == (state, *sums)
        assert found["rows"] == answer["rows"]
        assert [row["outcome"] for row in found["rows"]].count("NOT_APPLIED") == (2 if state == "FAILED" else 0)


async def test_page_by_page_and_by_outcome(season):
    await make.crowd(season.batch, 5)
    done = await act(season, *(f"2023000{n}" for n in range(1, 6)), "77", error_policy=ErrorPolicy.APPLY_VALID)
    desk = await operator()
    assert numbers(await read(desk, done, first=2)) == ["20230001", "20230002"]
    assert numbers(await read(desk, done, first=2, offset=4)) == ["20230005", "77"]
    assert numbers(await read(desk, done, first=0)) == []
    assert numbers(await read(desk, done, outcome="REFUSED")) == ["77"]
    assert numbers(await read(desk, done, outcome="UNCHANGED")) == []
    for argument in ({"first": 1001}, {"first": -1}, {"offset": -1}):
        error = await desk.refused(READ, id=ids.encode("Operation", done.operation_id or 0), **argument)
        assert (error["code"], error["violations"][0]["path"]) == ("BAD_INPUT", [next(iter(argument))])


async def test_a_reader_sees_the_rows_that_he_sees_otherwise(season):
    """A colleague sees the rows of their item, but not a number that somebody only typed; another department and a
    counsellor of another college none, though the counsellor may not even read operations."""
    await make.crowd(season.batch, 2)
    done = await act(season, "20230001", "77", error_policy=ErrorPolicy.APPLY_VALID)
    assert numbers(await read(await operator(), done)) == ["20230001", "77"]
    assert numbers(await read(await operator("wangfang"), done)) == ["20230001"]
    assert numbers(await read(in_role("office"), done)) == ["20230001", "77"]
    assert await read(await operator("wangfang", "CWC"), done) is None


async def test_a_row_that_was_not_ones_own_to_touch_is_told_to_whoever_asked_for_it(api: OpenDesk):
    season = await make.season(await make.university())
    await make.crowd(season.batch, 1)
    await member("limin", "operator", await make.Department.get(code="TSG"))
    desk = await api(as_="limin")
    rows = [{"studentNo": "20230001", "item": code, "status": "3"} for code in ("BOOKS", "FEES")]
    done = (await desk.query(IMPORT, input={"batch": "2026-06", "rows": rows, "dryRun": True}))["importClearances"]
    assert [row["code"] for row in done["rows"]] == [None, "FORBIDDEN"]
    found = (await desk.query(READ, id=done["operation"]["id"]))["operation"]["rows"]
    assert [(row["studentNo"], row["itemCode"], row["code"]) for row in found] == [
        ("20230001", "BOOKS", None),
        ("20230001", "FEES", "FORBIDDEN"),
    ]
    assert (found[1]["before"], found[1]["after"]) == (None, None)
    assert found[1]["message"] == done["rows"][1]["message"]


async def test_what_is_not_seen_does_not_count(season):
    """Rows beyond those that the reader does not see move up, so that pages are full."""
    await make.crowd(season.batch, 3)
    done = await import_clearances(
        make.acting(await make.User.get(username="limin")),
        batch="2026-06",
        lines=[ClearanceLine(number, "BOOKS", Change(make.CLEARED)) for number in LISTED],
    )
    colleague = await operator("wangfang")
    assert numbers(await read(colleague, done, first=2)) == ["20230001", "20230002"]
    assert numbers(await read(colleague, done, first=2, offset=2)) == ["20230003"]
    assert numbers(await read(in_role("office"), done, first=2)) == ["71", "72"]


async def test_of_too_many_operations_at_once_no_rows_are_read(season):
    await make.crowd(season.batch, 1)
    for _ in range(101):
        await act(season, "20230001", dry_run=True)
    several = "query ($first: Int) { operations(first: $first) { nodes { rows(first: 1) { outcome } } } }"
    found = await (await operator()).ask(several, first=100)
    assert [len(each["rows"]) for each in found["operations"]["nodes"]] == [1] * 100
    _, errors = await (await operator()).answer(several, first=101)
    assert {(each["code"], each["violations"][0]["path"][0]) for each in errors} == {("BAD_INPUT", "rows")}


async def test_whoever_may_not_read_names_is_told_none(season):
    sheets = await make.crowd(season.batch, 1)
    done = await act(season, "20230001")
    [row] = (await read(in_role("auditor"), done))["rows"]
    assert (row["studentNo"], row["after"]) == ("20230001", "CLEARED")
    assert row["name"] == (await sheets[0].student).name
    hidden = in_role("auditor", snapshot=extended("auditor,Student,name,read,all,deny,"))
    [row] = (await read(hidden, done))["rows"]
    assert (row["studentNo"], row["name"]) == ("20230001", None)


async def test_the_statements_grow_neither_with_the_rows_nor_with_the_operations(season):
    await make.crowd(season.batch, 20)
    small = await act(season, "20230001")
    large = await act(season, *(f"2023{n:04}" for n in range(2, 21)))
    desk = await operator()
    sent = []
    for done in (small, large):
        await read(desk, done)
        sent.append(counted(desk.sent))
    assert sent[0] == sent[1]
    several = "{ operations { nodes { rows(first: 2) { studentNo } other: rows(first: 1) { studentNo } } } }"
    found = (await desk.ask(several))["operations"]["nodes"]
    assert [(len(each["rows"]), len(each["other"])) for each in found] == [(2, 1), (1, 1)]
    both = counted(desk.sent)
    await desk.ask(several.replace("operations {", "operations(first: 1) {"))
    assert counted(desk.sent) == both
