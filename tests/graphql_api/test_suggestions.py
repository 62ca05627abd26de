"""What a wrong document tells of the schema: suggestions are for those who may explore it, wherever they come from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Desk, OpenDesk, member

WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "a field": ("{ studnts { totalCount } }", {}),
    "a field below": ("{ students { totlCount } }", {}),
    "an argument": ("{ students(frst: 1) { totalCount } }", {}),
    "a value of an enum": ("{ clearances(where: { status: { eq: CLEARD } }) { totalCount } }", {}),
    "a member of an input": ("{ clearances(where: { statu: { eq: CLEARED } }) { totalCount } }", {}),
    "a type": ("query ($w: ClearanceFiltr) { clearances(where: $w) { totalCount } }", {}),
    "a fragment's type": ("{ students { nodes { ... on Studnt { id } } } }", {}),
    "a mutation": ("mutation { setClearance(input: {}) { applied } }", {}),
    "an enum in variables": (
        "query ($s: ClearanceStatus) { clearances(where: { status: { eq: $s } }) { totalCount } }",
        {"s": "CLEARD"},
    ),
    "a member in variables": (
        "query ($w: ClearanceFilter) { clearances(where: $w) { totalCount } }",
        {"w": {"statu": {"eq": "CLEARED"}}},
    ),
    "a member in a list of variables": (
        "query ($o: [ClearanceOrder!]) { clearances(orderBy: $o) { totalCount } }",
        {"o": [{"stats": "ASC"}]},
    ),
    "an enum deep in variables": (
        "query ($w: ClearanceFilter) { clearances(where: $w) { totalCount } }",
        {"w": {"and": [{"status": {"in": ["CLEARD"]}}]}},
    ),
}


async def messages(desk: Desk, name: str) -> list[str]:
    document, variables = WRONG[name]
    return [each["message"] for each in (await desk.answer(document, **variables))["errors"]]


@pytest.fixture
async def student(api: OpenDesk) -> Desk:
    await member("20210001", "student")
    return await api(as_="20210001", locale="en")


@pytest.fixture
async def clerk(api: OpenDesk) -> Desk:
    await member("library", "operator")
    return await api(as_="library", locale="en")


async def test_who_may_not_explore_is_suggested_nothing(student: Desk) -> None:
    told = {name: await messages(student, name) for name in WRONG}
    assert [name for name, lines in told.items() if any("Did you mean" in line for line in lines)] == []
    assert told["a value of an enum"] == ["Value 'CLEARD' does not exist in 'ClearanceStatus' enum."]


async def test_who_may_explore_is_helped(clerk: Desk) -> None:
    told = {name: await messages(clerk, name) for name in WRONG}
    helped = {name for name, lines in told.items() if any("Did you mean" in line for line in lines)}
    assert helped == WRONG.keys()


async def test_the_schema_itself_is_closed(student: Desk) -> None:
    for document in ("{ __schema { types { name } } }", '{ __type(name: "Student") { name } }'):
        assert (await student.error(document))["code"] == "BAD_INPUT"
    refused = await student.http.get("/schema.graphql", headers=student.headers)
    assert refused.status_code == 403
