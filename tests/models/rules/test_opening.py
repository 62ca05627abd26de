"""What keeps a batch from opening."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models import Prerequisite, RoleAssignment, User
from models.enums import HandledBy, ItemKind
from models.rules.opening import Lack, opening_check
from models.rules.refusals import Code, Refused
from models.rules.sheets import NewSheet
from tests.models.rules.small_season import (
    NOW,
    a_batch,
    a_college,
    a_department,
    a_student,
    an_item,
    five_items,
    make,
    staffed,
)

ROLES = {
    HandledBy.DEPARTMENT: {"operator"},
    HandledBy.COLLEGE: {"counsellor", "party_office"},
    HandledBy.SUPERVISOR: {"secretary"},
}


async def lacks(**options) -> list[tuple[str, str, str]]:
    found = await opening_check("2026-06", now=NOW, **options)
    return [(each.item_code, each.lack.name, each.unit.zh) for each in found]


async def test_a_batch_that_may_open(database):
    batch = await a_batch()
    await staffed(await five_items(batch))
    assert await lacks() == []
    assert await lacks(handlers=ROLES) == []


async def test_an_empty_batch(database):
    await a_batch()
    assert await lacks() == [("", "NO_ITEMS", "")]


async def test_what_an_item_can_lack(database):
    batch = await a_batch()
    await staffed({"LIB": await an_item(batch, "LIB")})
    empty = await a_department("X", name="空", place="", phone="")
    await an_item(batch, "A", instruction=" ")
    await an_item(batch, "B", department=empty)
    await an_item(batch, "C", department=empty, place="一号楼")
    await an_item(batch, "D", department=await a_department("Y", name="旧", active=False))
    await an_item(batch, "E", applies_to="levl == M")
    await an_item(batch, "F", kind=ItemKind.INFO, department=empty)
    await an_item(batch, "G", withdrawn_at=NOW, instruction="", department=empty)
    assert await lacks() == [
        ("A", "NO_INSTRUCTION", ""),
        ("B", "NO_CONTACT", ""),
        ("B", "NO_OPERATOR", ""),
        ("C", "NO_OPERATOR", ""),
        ("D", "NO_OWNER", ""),
        ("D", "NO_OPERATOR", ""),
        ("E", "BAD_CONDITION", ""),
    ]
    found = await opening_check("2026-06", now=NOW)
    assert found[-1].facts == {
        "value": "levl == M",
        "problem": "UNKNOWN_FIELD",
        "position": 0,
        "found": "levl",
        "nearest": "level",
    }


async def test_the_successor_of_a_closed_department_answers(database):
    batch = await a_batch()
    successor = await a_department("TSG")
    await an_item(batch, "LIB", department=await a_department("OLD", active=False, successor=successor, place=""))
    assert await lacks() == [("LIB", "NO_OPERATOR", "")]
    user = await User.create(username="limin", name="李敏")
    await RoleAssignment.create(user=user, role="operator", department=successor)
    assert await lacks() == []


@pytest.mark.parametrize(
    ("columns", "active"),
    [
        ({"role": "auditor"}, True),
        ({"role": "operator"}, False),
        ({"role": "operator", "valid_until": NOW}, True),
        ({"role": "operator", "valid_from": NOW + timedelta(seconds=1)}, True),
    ],
)
async def test_an_operator_is_active_now_and_in_a_fitting_role(database, columns, active):
    batch = await a_batch()
    await an_item(batch, "LIB")
    user = await User.create(username="limin", name="李敏", active=active)
    await RoleAssignment.create(user=user, department=await a_department(), **columns)
    assert await lacks(handlers=ROLES) == [("LIB", "NO_OPERATOR", "")]


async def test_every_college_of_the_batch_handles_its_items(database):
    batch = await a_batch()
    await staffed(await five_items(batch))
    await an_item(batch, "PARTY", handled_by=HandledBy.COLLEGE)
    await an_item(batch, "SUPERVISOR", handled_by=HandledBy.SUPERVISOR)
    other = await a_college("16", name="文学院", office_place="", office_phone="", secretary_phone="8316")
    await a_college("17", name="未参加")
    secretary = await User.create(username="secretary", name="秘书")
    await RoleAssignment.create(user=secretary, role="secretary", college=other)
    students = [await a_student("2022001"), await a_student("2022002", college=other)]
    await make(batch, [NewSheet(each.id) for each in students])
    assert await lacks(handlers=ROLES) == [
        ("PARTY", "NO_CONTACT", "文学院"),
        ("PARTY", "NO_OPERATOR", "文学院"),
        ("SUPERVISOR", "NO_CONTACT", "计算机学院"),
        ("SUPERVISOR", "NO_OPERATOR", "计算机学院"),
    ]


async def test_circles_and_two_finals(database):
    batch = await a_batch()
    first = await an_item(batch, "A")
    second = await an_item(batch, "B", after=(first,))
    await Prerequisite.create(item=first, requires=second)
    last = await an_item(batch, "F1", kind=ItemKind.FINAL)
    await an_item(batch, "F2", kind=ItemKind.FINAL)
    await staffed({"F1": last})
    found = await opening_check("2026-06", now=NOW)
    assert [(each.item_code, each.lack, dict(each.facts)) for each in found] == [
        ("F2", Lack.TWO_FINALS, {}),
        ("A", Lack.CIRCLE, {"circle": "A → B → A"}),
    ]


async def test_an_unknown_batch(database):
    with pytest.raises(Refused) as caught:
        await opening_check("1999")
    assert caught.value.refusal.code is Code.NOT_FOUND


async def test_the_number_of_statements_is_fixed(database):
    batch = await a_batch()
    await staffed(await five_items(batch))
    with database.statements() as sent:
        await lacks()
    few = len(sent)
    for n in range(20):
        await an_item(batch, f"I{n}")
    with database.statements() as sent:
        await lacks()
    assert len(sent) == few == 5
