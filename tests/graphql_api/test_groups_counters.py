"""The counters' answer is that of counting row by row, for random questions in every role; and which questions they
answer."""

from __future__ import annotations

import random
from typing import Any

import pytest

from graphql_api import groups
from models import database
from models.rules import counters
from tests.graphql_api.asking import Asker
from tests.graphql_api.knowing import EVERYBODY, Known
from tests.policies.season_of_all_kinds import World, make_world

QUESTIONS = 40
KEYS = {
    "clearance": (
        *("STATUS", "ITEM_CODE", "ITEM_NAME", "ITEM_KIND", "ITEM_DEPARTMENT_CODE", "ITEM_BATCH_CODE"),
        *("COLLEGE_CODE", "COLLEGE_NAME", "BATCH_CODE", "BATCH_STATUS", "BUILDING_CODE"),
    ),
    "certificate": ("STATUS", "KIND", "COLLEGE_CODE", "BATCH_CODE", "BATCH_STATUS"),
}
#: Of the rows, and of their sheets; what the counters do not know among them.
OWN = {
    "clearance": (
        *("status: {eq: PENDING}", "status: {notIn: [PENDING]}", 'item: {code: {in: ["BOOKS", "DORM", "FINAL"]}}'),
        *("item: {not: {kind: {eq: FINAL}}}", 'item: {department: {code: {eq: "TSG"}}}', "decidedBy: {eq: RULE}"),
        *("or: [{status: {eq: CLEARED}}, {item: {kind: {eq: NORMAL}}}]", "not: {status: {eq: CLEARED}}"),
    ),
    "certificate": ("status: {eq: PRINTED}", "kind: {in: [GRADUATION, DEGREE]}", "number: {isNull: false}"),
}
OF_SHEETS = (
    *('batch: {code: {eq: "2026-06"}}', "batch: {status: {ne: ARCHIVED}}", 'college: {code: {eq: "15"}}'),
    *('college: {not: {code: {eq: "15"}}}', 'building: {code: {eq: "BAMBOO3"}}', "building: {isNull: true}"),
    *("leaveType: {eq: GRADUATION}", "state: {ne: MOVED}"),
)


@pytest.fixture
async def world(database: Any) -> World:
    made = await make_world()
    await counters.rebuild()
    return made


def document(chance: random.Random) -> str:
    name = chance.choice(("clearance", "clearance", "clearance", "certificate"))
    keys = chance.sample(KEYS[name], chance.randint(0, 3))
    of_sheets = chance.sample(OF_SHEETS, chance.choice((0, 0, 1, 2)))
    active = "state: {eq: ACTIVE}" if chance.random() < 0.9 else "state: {in: [ACTIVE, CANCELLED]}"
    if active.startswith("state: {eq") and "state: {ne: MOVED}" in of_sheets:
        of_sheets[of_sheets.index("state: {ne: MOVED}")] = "not: {state: {eq: MOVED}}"
    of_sheets = [each for each in of_sheets if not each.startswith("state:")]
    own = chance.sample(OWN[name], chance.choice((0, 0, 1, 2)))
    names = {each.partition(":")[0] for each in own}
    own = own if len(names) == len(own) else own[:1]
    where = ", ".join([f"sheet: {{ {', '.join(_distinct([active, *of_sheets]))} }}", *own])
    shown = " ".join(_camel(each) for each in keys)
    key = f"key {{ {shown} }}" if keys else ""
    return f"{{ {name}Groups(where: {{ {where} }}, groupBy: [{' '.join(keys)}]) {{ count {key} }} }}"


def _distinct(conditions: list[str]) -> list[str]:
    return list({each.partition(":")[0]: each for each in conditions}.values())


def _camel(name: str) -> str:
    head, *rest = name.lower().split("_")
    return head + "".join(part.capitalize() for part in rest)


def from_counters(asker: Asker) -> bool:
    [sent] = asker.sent
    return "_counter" in sent


@pytest.mark.parametrize("role", EVERYBODY)
async def test_counters_tell_what_every_row_says(role: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    known, chance = Known(world, role), random.Random(role)
    for _ in range(QUESTIONS):
        asked = document(chance)
        kept = await known.asker.answer(asked)
        with monkeypatch.context() as patched:
            patched.setattr(groups, "counted", lambda question: None)
            live = await known.asker.answer(asked)
            assert live[1] or not from_counters(known.asker)
        assert kept == live, asked


ACTIVE = "sheet: {state: {eq: ACTIVE}}"


@pytest.mark.parametrize(
    ("role", "where", "keys"),
    [
        ("office", ACTIVE, "ITEM_CODE STATUS COLLEGE_CODE BATCH_CODE"),
        ("office", f"{ACTIVE}, item: {{kind: {{eq: NORMAL}}}}, status: {{ne: CLEARED}}", "ITEM_NAME"),
        ("office", 'sheet: {state: {eq: ACTIVE}, batch: {code: {eq: "2026-06"}}, college: {code: {eq: "15"}}}', ""),
        ("counsellor", ACTIVE, "COLLEGE_CODE STATUS"),
        ("operator", ACTIVE, "ITEM_CODE STATUS"),
        ("leader", ACTIVE, "ITEM_CODE COLLEGE_CODE STATUS"),
        ("analyst", ACTIVE, "STATUS"),
        ("dorm_centre", ACTIVE, "BUILDING_CODE STATUS"),
        ("cert_officer", ACTIVE, "ITEM_CODE STATUS"),
        ("auditor", ACTIVE, "ITEM_DEPARTMENT_CODE"),
    ],
)
async def test_the_statistics_of_the_manuals_come_from_counters(role: str, where: str, keys: str, world: World) -> None:
    asker = Known(world, role).asker
    await asker.ask(f"{{ clearanceGroups(where: {{ {where} }}, groupBy: [{keys}]) {{ count }} }}")
    assert from_counters(asker)


@pytest.mark.parametrize("role", ["office", "registrar", "cert_officer"])
async def test_certificates_come_from_counters(role: str, world: World) -> None:
    asker = Known(world, role).asker
    await asker.ask(f"{{ certificateGroups(where: {{ {ACTIVE} }}, groupBy: [KIND STATUS COLLEGE_CODE]) {{ count }} }}")
    assert from_counters(asker)


@pytest.mark.parametrize(
    ("role", "where", "keys"),
    [
        ("office", "", "STATUS"),  # sheets of every state
        ("office", "sheet: {state: {ne: CANCELLED}}", "STATUS"),
        ("office", "or: [{sheet: {state: {eq: ACTIVE}}}, {status: {eq: CLEARED}}]", "STATUS"),
        ("office", ACTIVE, "CLASS_NAME"),
        ("office", f"{ACTIVE}, decidedBy: {{eq: MANUAL}}", "STATUS"),
        ("office", ACTIVE, "DECIDED_AT_DAY"),
        ("dorm_centre", ACTIVE, "BUILDING_CODE COLLEGE_CODE"),
        ("supervisor", ACTIVE, "STATUS"),
        ("student", ACTIVE, "STATUS"),
    ],
)
async def test_what_counters_do_not_know_is_counted(role: str, where: str, keys: str, world: World) -> None:
    asker = Known(world, role).asker
    where = f"where: {{ {where} }}, " if where else ""
    await asker.ask(f"{{ clearanceGroups({where}groupBy: [{keys}]) {{ count }} }}")
    assert not from_counters(asker)


async def test_measures_are_worked_out_of_rows(world: World) -> None:
    asker = Known(world, "office").asker
    await asker.ask(f"{{ clearanceGroups(where: {{ {ACTIVE} }}, groupBy: [STATUS]) {{ max {{ createdAt }} }} }}")
    assert not from_counters(asker)


@pytest.mark.parametrize("batch", ["", 'batch: {code: {eq: "2026-06"}}, '])
async def test_a_counter_that_went_down_to_nothing_is_no_group(batch: str, world: World) -> None:
    asker = Known(world, "office").asker
    where = f"where: {{sheet: {{{batch}state: {{eq: ACTIVE}}}}}}"
    document = f"{{ clearanceGroups({where}, groupBy: [ITEM_CODE COLLEGE_CODE STATUS]) {{ key {{ status }} count }} }}"
    await database.execute("UPDATE item_college_counter SET n = 0 WHERE status = 1")
    found = (await asker.ask(document))["clearanceGroups"]
    assert from_counters(asker)
    assert {group["key"]["status"] for group in found} == {"NOT_REQUIRED"}
    assert all(group["count"] for group in found)
