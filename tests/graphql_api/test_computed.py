from __future__ import annotations

from types import SimpleNamespace

import pytest
from tortoise.expressions import Q

from graphql_api.computed import Computed, computed, computed_fields
from graphql_api.context import Context, Credentials
from graphql_api.emitter import emission
from graphql_api.filters import Filters
from graphql_api.loader import Run, load
from graphql_api.ordering import OrderKey
from graphql_api.plan import ColumnSlot, ComputedSlot, Node, permit
from graphql_api.registry import registry
from models import database as db
from models.declare import Words
from policies.access import Access
from tests import factories as make
from tests.graphql_api.asking import in_role, shipped

ASKED = """query ($first: Int) {
  sheets(first: $first) { nodes { progress { settled required } again: progress { settled } } } }"""


async def test_a_computed_field_costs_the_same_for_one_row_and_for_fifty(database):
    season = await make.season(await make.university())
    await make.crowd(season.batch, 51)
    desk = in_role("office")
    costs = []
    for size in (1, 10, 50):
        answer = await desk.ask(ASKED, first=size)
        assert len(answer["sheets"]["nodes"]) == size
        assert answer["sheets"]["nodes"][0] == {
            "progress": {"settled": 0, "required": 5},
            "again": {"settled": 0},
        }
        costs.append(len(desk.sent))
    assert costs[0] == costs[1] == costs[2]


async def test_a_resolver_is_asked_once_with_all_rows_and_its_needs_hide_it(database):
    season = await make.season(await make.university())
    made = await make.crowd(season.batch, 3)
    asked: list[list[int]] = []

    async def answer(numbers, context):
        asked.append(numbers)
        return {numbers[0]: "first", numbers[1]: "second"}

    sheets = registry()["Sheet"]
    entry = Computed("Sheet", "echo", str, Words("回声", "Echo"), answer, needs=("college",))
    node = Node(sheets, demanded=True)
    place = node.read("state")
    node.read("college")
    node.computed["echo"] = entry
    asker = in_role("office")
    by_id = OrderKey((), "Sheet", sheets.columns["id"], Q())
    context = Context(Credentials(), "zh_CN", None, asker.caller, Access(shipped(), asker.caller))
    permit(node, Filters(context.access))
    node.asked = node.select(keys=[by_id])
    with db.statements() as sent:
        loaded = await load(node, Run(context))
    shape = {"echo": ComputedSlot("echo"), "state": ColumnSlot(sheets.columns["state"], place)}
    assert emission(node, shape, "zh_CN", finished=False)(loaded) == [
        {"echo": "first", "state": "ACTIVE"},
        {"echo": "second", "state": "ACTIVE"},
        {"echo": None, "state": "ACTIVE"},
    ]
    assert asked == [[each.id for each in made]]
    assert len(sent) == 1


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match=r"Sheet\.progress is computed already"):
        computed("Sheet", "progress", int, Words("进度", "Progress"))(SimpleNamespace)


def test_entries_are_known_by_object():
    assert {"progress", "certificateState"} <= computed_fields("Sheet").keys()
    assert "moves" in computed_fields("Clearance")


STANDING = (
    """query { items(where: { code: { eq: "BOOKS" } }) { nodes { standing { pending notRequired cleared } } } }"""
)


async def test_how_an_item_stands_is_the_count_of_what_one_sees(database):
    season = await make.season(await make.university())
    await make.crowd(season.batch, 7)
    seen = {"pending": 7, "notRequired": 0, "cleared": 0}
    assert (await in_role("office").ask(STANDING))["items"]["nodes"] == [{"standing": seen}]
    counted = (await in_role("registrar").ask(STANDING))["items"]["nodes"]
    assert counted == [{"standing": None}]  # neither reads nor counts clearances


async def test_who_may_only_count_is_told_no_small_number(database):
    season = await make.season(await make.university())
    for year, people, told in (("2023", 4, None), ("2024", 1, 5)):
        await make.crowd(season.batch, people, prefix=year)
        [item] = (await in_role("leader").ask(STANDING))["items"]["nodes"]
        assert item == {"standing": {"pending": told, "notRequired": 0, "cleared": 0}}
