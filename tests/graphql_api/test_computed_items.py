"""mayHandle: which items are the caller's to act on, at what cost."""

from __future__ import annotations

import pytest

from models import database as db
from tests import factories as make
from tests.api import OpenDesk, counted, member

ASKED = "{ items(orderBy: { code: ASC }) { nodes { code mayHandle } } }"


@pytest.fixture
async def season(api: OpenDesk) -> make.SeasonOf:
    where = await make.university()
    await member("limin", "operator", where.library)
    await member("counsellor", "counsellor", where.college)
    await member("elsewhere", "counsellor", where.other_college)
    await member("partyoffice", "party_office", where.college)
    await member("secretary", "secretary", where.college)
    await member("boss", "office")
    await member("officer", "cert_officer", where.college)
    season = await make.season(where)
    await make.sheet(season.batch)
    return season


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("limin", ["BOOKS"]),  # the library owns PARTY, SIGN and FINAL too, and others handle them
        ("counsellor", ["FINAL", "PARTY"]),
        ("elsewhere", []),  # nobody of that college leaves
        ("partyoffice", ["PARTY"]),
        ("secretary", ["SIGN"]),  # on behalf
        ("boss", ["BOOKS", "CARD", "CAREER", "DORM", "FEES", "PARTY", "SIGN"]),  # all but FINAL; NET has no state
        ("officer", []),
    ],
)
async def test_it_names_the_items_with_a_clearance_in_reach(
    season: make.SeasonOf, api: OpenDesk, who: str, expected: list[str]
) -> None:
    items = (await (await api(as_=who)).query(ASKED))["items"]["nodes"]
    assert len(items) == 9
    assert [each["code"] for each in items if each["mayHandle"]] == expected


async def test_a_page_of_items_costs_one_statement(season: make.SeasonOf, api: OpenDesk) -> None:
    desk = await api(as_="limin")
    costs = []
    for asked in ("{ items { nodes { code } } }", ASKED):
        with db.statements() as sent:
            await desk.query(asked)
        costs.append(counted(sent))
    assert costs[1] == costs[0] + 1
