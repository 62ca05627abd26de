"""A plan is made once for a document and a caller's rights, and serves whatever differs in values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from graphql_api import ids, limits, programs
from graphql_api.context import Context, Credentials
from graphql_api.given import MOST_VALUES
from graphql_api.limits import Shape
from graphql_api.programs import Programs, Ran, structure
from models import Clearance, database
from models.enums import ClearanceStatus
from models.rules.display import Progress
from policies.access import Access
from policies.caller import Caller
from tests import factories as make
from tests.graphql_api.asking import core, in_role, shipped, valid

NOON = datetime(2026, 6, 20, 12, tzinfo=UTC)
PAGE = """query ($first: Int, $status: ClearanceStatus, $more: Boolean = false, $notes: [String!] = []) {
  clearances(first: $first, where: { status: { eq: $status }, not: { note: { in: $notes } } }) {
    nodes { status note @include(if: $more) } } }"""
ONE = 'query ($no: String!) { sheet(batch: "2026-06", studentNo: $no) { student { studentNo } clearances { status } } }'


@dataclass
class Reader:
    """Somebody whose rights are kept from one question to the next, as the store keeps them."""

    caller: Caller
    access: Access = field(init=False)
    programs: Programs = field(default_factory=lambda: Programs(core()))
    shapes: dict[str, Shape] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.access = Access(shipped(), self.caller)

    async def ask(self, document: str, **variables: Any) -> Ran:
        parsed = valid(document)
        [shape] = self.shapes.get(document, limits.shapes(parsed)).values()
        self.shapes.setdefault(document, {"": shape})
        context = Context(Credentials(), "zh_CN")
        context.signed_in, context.rights = self.caller, self.access
        with database.statements() as sent:
            ran = await self.programs.run(limits.fragments_of(parsed), shape, context, variables)
        self.sent = list(sent)
        return ran

    async def note(self, document: str, **variables: Any) -> str:
        return (await self.ask(document, **variables)).note


def told(ran: Ran) -> dict[str, Any]:
    assert ran.data is not None
    return ran.data


def reader(role: str = "office", **more: Any) -> Reader:
    return Reader(in_role(role).caller, **more)


@pytest.fixture
async def season(database):
    season = await make.season(await make.university())
    await make.crowd(season.batch, 6)
    return season


# --- what is kept


async def test_other_values_are_other_answers_of_the_same_plan(season):
    office = reader()
    first = await office.ask(ONE, no="20230001")
    texts = office.sent
    second = await office.ask(ONE, no="20230002")
    assert (first.note, second.note) == ("planned", "kept")
    assert [told(each)["sheet"]["student"] for each in (first, second)] == [
        {"studentNo": "20230001"},
        {"studentNo": "20230002"},
    ]
    assert office.sent == texts
    assert (await office.ask(ONE, no="nobody")).data == {"sheet": None}


async def test_what_the_statement_hangs_on_makes_another_plan(season):
    office = reader()
    assert await office.note(PAGE, first=1, status=None) == "unplanned; ApiError"  # null compares with nothing
    assert await office.note(PAGE, first=1, status="PENDING") == "planned"
    assert await office.note(PAGE, first=5, status="PENDING") == "kept"
    assert await office.note(PAGE, first=5, status="CLEARED") == "planned"
    assert await office.note(PAGE, first=2, status="CLEARED", notes=["a"]) == "planned"
    assert await office.note(PAGE, first=2, status="CLEARED", notes=["a", "b"]) == "kept"
    with_notes = await office.ask(PAGE, first=1, status="PENDING", more=True)
    assert with_notes == Ran({"clearances": {"nodes": [{"status": "PENDING", "note": ""}]}}, "planned")
    without = await office.ask(PAGE, first=1, status="PENDING")
    assert without == Ran({"clearances": {"nodes": [{"status": "PENDING"}]}}, "kept")


async def test_a_plan_serves_the_rights_it_was_made_for(season):
    office = reader()
    counsellor = reader("counsellor", programs=office.programs)
    assert told(await office.ask(ONE, no="20230001"))["sheet"]["student"] == {"studentNo": "20230001"}
    assert await counsellor.ask(ONE, no="20230001") == Ran({"sheet": None}, "planned")
    assert await office.note(ONE, no="20230001") == "kept"


async def test_no_more_plans_are_kept_than_there_is_room_for(season):
    office = reader(programs=Programs(core(), most=20))  # fields and values; this document has nine
    for status in ("PENDING", "CLEARED", "NOT_REQUIRED"):
        assert await office.note(PAGE, first=1, status=status) == "planned"
    assert await office.note(PAGE, first=1, status="CLEARED") == "kept"
    assert await office.note(PAGE, first=1, status="PENDING") == "planned"


RIGHTS = """query ($object: String!) { viewer { __typename username can(object: $object, action: "read")
  objects { name canRead fields { name readable } } batch: activeBatch { code } roles { role } } }"""


async def test_who_asks_is_planned_with_what_he_may_do(season):
    office = reader()
    first = await office.ask(RIGHTS, object="Sheet")
    second = await office.ask(RIGHTS, object="PolicyVersion")
    assert (first.note, second.note) == ("planned", "kept")
    assert [told(each)["viewer"]["can"] for each in (first, second)] == [True, False]
    viewer = told(first)["viewer"]
    assert (viewer["__typename"], viewer["username"], viewer["batch"], viewer["roles"]) == (
        "Viewer",
        "somebody",
        None,
        [],
    )
    [college] = [each for each in viewer["objects"] if each["name"] == "College"]
    assert college["canRead"] is True
    assert {"name": "code", "readable": True} in college["fields"]


# --- what is not


SEARCH = "query ($text: String) { sheets(first: 5, search: $text) { nodes { student { studentNo } } } }"


async def test_a_search_box_is_planned_for_what_stands_in_it(season):
    office = reader()
    assert await office.note(SEARCH, text=" ") == "planned"
    assert await office.note(SEARCH, text="") == "kept"
    found = await office.ask(SEARCH, text="20230003")
    assert found == Ran({"sheets": {"nodes": [{"student": {"studentNo": "20230003"}}]}}, "planned")
    assert await office.note(SEARCH, text="20230003") == "planned"
    assert await office.note(SEARCH, text="") == "kept"


@pytest.mark.parametrize("nothing", ["\u200b", "1" * 40])
async def test_a_search_that_compares_nothing_serves_no_other(season, nothing):
    """A word that vanishes when it is cleaned, and digits longer than any number."""
    office = reader()
    assert await office.note(SEARCH, text=nothing) == "planned"
    found = await office.ask(SEARCH, text="20230003")
    assert found == Ran({"sheets": {"nodes": [{"student": {"studentNo": "20230003"}}]}}, "planned")


GROUPS = """query ($ids: [ID!]) { clearanceGroups(groupBy: [STATUS],
  where: { id: { in: $ids }, sheet: { state: { eq: ACTIVE } } }) { count } }"""


async def test_an_empty_list_serves_no_other(season):
    office = reader()
    assert (await office.ask(GROUPS, ids=[])).data == {"clearanceGroups": []}
    found = await office.ask(GROUPS, ids=[ids.encode("Clearance", number) for number in (1, 2)])
    assert found == Ran({"clearanceGroups": [{"count": 2}]}, "planned")


async def test_what_is_very_large_is_not_kept(season, monkeypatch):
    monkeypatch.setattr(programs, "LARGEST_KEPT", 4)
    office = reader()
    asked = "{{ clearances(first: 1) {{ nodes {{ {} }} }} }}".format
    assert [await office.note(asked("status")) for _ in range(2)] == ["planned", "kept"]
    assert [await office.note(asked("status note")) for _ in range(2)] == ["planned", "planned"]


AFTER = """query ($after: String) { clearances(first: 2, orderBy: [{ decidedAt: ASC }], after: $after) {
  nodes { id } pageInfo { endCursor } } }"""


async def test_a_cursor_without_a_value_is_another_statement(season):
    """Of six sheets with eight clearances one is decided: its cursor has a moment, the next one has none."""
    await Clearance.filter(id=(await Clearance.all().order_by("-id").first()).id).update(
        decided_at=NOON, status=ClearanceStatus.CLEARED
    )
    office, seen, after, notes = reader(), [], None, []
    for first in (1, 2, 2):
        asked = AFTER.replace("first: 2", f"first: {first}") if first == 1 else AFTER
        ran = await office.ask(asked, after=after)
        notes.append(ran.note)
        page = told(ran)["clearances"]
        seen += [each["id"] for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert notes == ["planned", "planned", "planned"]
    assert len(set(seen)) == len(seen) == 5


async def test_what_cannot_be_planned_says_so(season):
    office = reader()
    assert await office.note("{ objects { name } }") == "unplanned; objects"
    assert await office.note("{ sheets { totalCount } objects { name } }") == "unplanned; objects"
    assert await office.note("query ($n: Int) { sheets(first: $n) { totalCount } }", n="many") == "unplanned; variables"
    assert await office.note("{ sheets(first: -1) { totalCount } }") == "unplanned; ApiError"
    assert await reader("student").note("{ users { totalCount } }") == "unplanned; Lacking"
    assert await office.ask("{ __typename }") == Ran({"__typename": "Query"}, "planned")


WRONG = Progress(settled=None, required=1)  # type: ignore[arg-type]  # that is what is tried


async def test_a_value_the_schema_does_not_expect_is_left_to_graphql_core(season, monkeypatch):
    async def progress(numbers):
        return dict.fromkeys(numbers, WRONG)

    office, asked = reader(), "{ sheets(first: 1) { nodes { progress { settled } } } }"
    assert await office.note(asked) == "planned"
    monkeypatch.setattr("models.rules.display.progress", progress)
    assert await office.note(asked) == "unplanned; Unfinished"


async def test_too_many_values_are_too_many_for_a_kept_plan_too(season):
    office = reader()
    given = ", ".join(f"${name}: [String!]!" for name in "abcdef")
    asked_for = " ".join(f"{{ className: {{ in: ${name} }} }}" for name in "abcdef")
    asked = f"query ({given}) {{ sheets(where: {{ or: [{asked_for}] }}) {{ totalCount }} }}"
    assert await office.note(asked, **{name: ["软件工程2201"] for name in "abcdef"}) == "planned"
    assert await office.note(asked, **{name: ["2201", "2202"] for name in "abcdef"}) == "kept"
    many = [str(number) for number in range(MOST_VALUES // 6 + 1)]
    assert await office.note(asked, **dict.fromkeys("abcdef", many)) == "unplanned; ApiError"


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("a", "b", True),
        (1, 2, True),
        (1, "1", False),
        (None, "a", False),
        (True, False, False),
        (ClearanceStatus.PENDING, ClearanceStatus.CLEARED, False),
        (["a"], ["a", "b"], True),
        ([], ["a"], False),
        ([None], ["a"], False),
        ([ClearanceStatus.PENDING], [ClearanceStatus.CLEARED], False),
        ({"a": "x"}, {"a": "y"}, True),
        ({"a": "x"}, {"b": "x"}, False),
        ([{"a": "x"}], [{"a": "x"}, {"a": "y"}], False),
    ],
)
def test_the_structure_of_a_value(left, right, same):
    assert (structure(left) == structure(right)) is same
