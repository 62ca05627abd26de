"""Where other systems say otherwise than the desk (B6): each disagreement is listed, to those who see both sides."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from models import SyncObservation
from models.enums import ItemKind
from tests import factories as make
from tests.api import counted
from tests.graphql_api.asking import Asker, in_role

LIST = """query ($batch: String!, $item: String, $first: Int, $offset: Int) {
  syncDisagreements(batch: $batch, item: $item, first: $first, offset: $offset) { totalCount nodes {
    source settled item { code } student { studentNo } desk { status decidedBy decidedAt disagrees } } } }"""
NOON = datetime(2024, 6, 20, 12, tzinfo=UTC)


@pytest.fixture
async def season(database) -> make.SeasonOf:
    return await make.season(await make.university())


async def says(season: make.SeasonOf, sheet: make.Sheet, settled: bool, item: str = "FEES", source: str = "F") -> None:
    await SyncObservation.create(
        source=source,
        item=season[item],
        student=await sheet.student,
        settled=settled,
        observed_at=NOON,
    )


async def listed(asker: Asker, **asked: Any) -> list[tuple[str, str, bool, str]]:
    found = (await asker.ask(LIST, **{"batch": "2026-06", **asked}))["syncDisagreements"]
    assert all(each["desk"]["disagrees"] for each in found["nodes"])
    return [
        (each["student"]["studentNo"], each["item"]["code"], each["settled"], each["desk"]["status"])
        for each in found["nodes"]
    ]


@pytest.mark.parametrize(
    ("item", "status", "settled", "disagrees"),
    [
        ("FEES", make.PENDING, True, True),
        ("FEES", make.PENDING, False, False),
        ("FEES", make.CLEARED, False, True),
        ("FEES", make.CLEARED, True, False),
        ("FEES", make.NOT_REQUIRED, True, False),
        ("FEES", make.NOT_REQUIRED, False, True),
        ("CAREER", make.NOT_REQUIRED, True, True),
        ("CAREER", make.NOT_REQUIRED, False, False),
        ("CAREER", make.CLEARED, True, False),
    ],
)
async def test_what_disagrees(season, item: str, status: Any, settled: bool, disagrees: bool):
    assert season["CAREER"].kind is ItemKind.OPTIONAL
    sheet = await make.sheet(season.batch, await make.student("20230001"), statuses={item: status})
    await says(season, sheet, settled, item)
    expected = [("20230001", item, settled, status.name)] if disagrees else []
    assert await listed(in_role("office")) == expected


async def test_the_newest_first_page_by_page_and_by_item(season):
    for sheet in await make.crowd(season.batch, 3):
        await says(season, sheet, True)
        await says(season, sheet, True, "BOOKS")
    office = in_role("office")
    found = await listed(office)
    assert [each[:2] for each in found] == [(f"2023000{n}", item) for n in (3, 2, 1) for item in ("BOOKS", "FEES")]
    assert await listed(office, item="FEES", first=2) == [found[1], found[3]]
    assert await listed(office, first=2, offset=5) == [found[5]]
    data = await office.ask("""{ syncDisagreements(batch: "2026-06", first: 0) { totalCount nodes { id } } }""")
    assert data["syncDisagreements"] == {"totalCount": 6, "nodes": []}


async def test_only_of_active_sheets_in_that_batch(season):
    moved = await make.sheet(season.batch, await make.student("20230001"), state="MOVED")
    await says(season, moved, True)
    assert await listed(in_role("office")) == []
    for asked, path in (({"batch": "2099-01"}, "batch"), ({"item": "NONE"}, "item")):
        error = await in_role("office").refused(LIST, **{"batch": "2026-06", **asked})
        assert (error["code"], error["violations"][0]["path"][-1]) == ("NOT_FOUND", path)
    error = await in_role("office").refused(LIST, batch="2026-06", first=1001)
    assert (error["code"], error["violations"][0]["path"]) == ("BAD_INPUT", ["first"])


async def test_of_what_one_sees_on_both_sides(season):
    """An operator sees his department's items, a student nothing of the list that he could not read elsewhere."""
    for sheet in await make.crowd(season.batch, 1):
        await says(season, sheet, True)
        await says(season, sheet, True, "BOOKS")
    library = in_role("operator", departments=[await make.Department.get(code="TSG")])
    assert [each[1] for each in await listed(library)] == ["BOOKS"]
    assert (await in_role("leader").refused(LIST, batch="2026-06"))["code"] == "FORBIDDEN"


async def test_each_observation_says_how_the_desk_stands(season):
    [sheet] = await make.crowd(season.batch, 1)
    await says(season, sheet, False)
    asked = "{ syncObservations { nodes { settled desk { status decidedBy disagrees } } } }"
    assert (await in_role("office").ask(asked))["syncObservations"]["nodes"] == [
        {"settled": False, "desk": {"status": "PENDING", "decidedBy": "RULE", "disagrees": False}}
    ]


async def test_the_statements_do_not_grow_with_the_list(season):
    office, sent = in_role("office"), set()
    for count, sheet in enumerate(await make.crowd(season.batch, 12)):
        await says(season, sheet, True)
        if count in (1, 11):
            await listed(office)
            sent.add(counted(office.sent))
    assert len(sent) == 1
