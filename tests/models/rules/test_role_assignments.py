"""Who holds which role: granting, granting again, ending; what is refused, and who may not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tortoise.expressions import Q

from models import Event, RoleAssignment, User
from models.rules.actor import SYSTEM, Reach
from models.rules.lockout import Duty
from models.rules.refusals import Code, Refused
from models.rules.role_assignments import Grant, Granted, GrantRights, UnitKind, end_role, grant_role
from tests import factories
from tests.models.rules.small_season import NOW, a_college, a_department, an_actor

NO_UNIT = frozenset({UnitKind.NONE})
OF_COLLEGES = frozenset({UnitKind.COLLEGE})
OF_DEPARTMENTS = frozenset({UnitKind.DEPARTMENT})
LATER = NOW + timedelta(days=30)


async def changes() -> list[tuple]:
    return await Event.all().order_by("id").values_list("object_id", "changed", "before", "after", "role")


async def test_a_role_for_a_unit(database):
    college = await a_college("15")
    user = await User.create(username="limin", name="李敏")
    actor = await an_actor("admin", "account_admin")
    granted = await grant_role(actor, " limin", Grant("counsellor", OF_COLLEGES, " 15 "), now=NOW)
    held = granted.assignment_id
    assert granted == Granted(held, changed=True)
    assert await RoleAssignment.all().values("id", "user_id", "role", "college_id", "department_id") == [
        {"id": held, "user_id": user.id, "role": "counsellor", "college_id": college.id, "department_id": None}
    ]
    longer = Grant("counsellor", OF_COLLEGES, "15", valid_until=LATER)
    assert await grant_role(actor, "limin", longer, now=NOW) == Granted(held, changed=True)
    assert await grant_role(actor, "limin", longer, now=NOW) == Granted(held, changed=False)
    assert (await RoleAssignment.get()).valid_until == LATER
    assert await end_role(actor, held, now=NOW)
    assert not await end_role(actor, held, now=NOW)
    assert (await RoleAssignment.get()).valid_until == NOW
    who = ("counsellor", "account_admin")
    assert await changes() == [
        (held, "role", None, *who),
        (held, "valid_from,valid_until", "counsellor", *who),
        (held, "valid_until", "counsellor", *who),
    ]


async def test_a_role_that_ended_is_granted_anew(database):
    user = await User.create(username="limin", name="李敏")
    ended = await RoleAssignment.create(user=user, role="leader", valid_until=NOW)
    again = await grant_role(SYSTEM, "limin", Grant("leader", NO_UNIT), now=NOW)
    assert again == Granted(ended.id + 1, changed=True)
    assert await RoleAssignment.all().order_by("id").values_list("valid_until", flat=True) == [NOW, None]


async def test_a_role_of_the_whole_university_is_another_than_that_of_a_department(database):
    library = await a_department("TSG")
    user = await User.create(username="limin", name="李敏")
    await RoleAssignment.create(user=user, role="office", department=library)
    either = NO_UNIT | OF_DEPARTMENTS
    assert (await grant_role(SYSTEM, "limin", Grant("office", either), now=NOW)).changed
    assert not (await grant_role(SYSTEM, "limin", Grant("office", either, "TSG"), now=NOW)).changed
    assert await RoleAssignment.all().order_by("id").values_list("department_id", flat=True) == [library.id, None]


async def test_nobody_grants_a_role_to_himself(database):
    actor = await an_actor("admin", "account_admin")
    own = await RoleAssignment.create(user_id=actor.user_id, role="account_admin")
    with pytest.raises(Refused) as caught:
        await grant_role(actor, "admin", Grant("office", NO_UNIT))
    assert (caught.value.refusal.code, caught.value.argument) == (Code.FORBIDDEN, "username")
    with pytest.raises(Refused) as caught:
        await end_role(actor, own.id)
    assert (caught.value.refusal.code, caught.value.argument) == (Code.FORBIDDEN, "id")
    assert caught.value.refusal.facts == {"problem": "OWN_ROLE"}
    assert await RoleAssignment.all().values_list("role", "valid_until") == [("account_admin", None)]
    assert await changes() == []


@pytest.mark.parametrize(
    ("given", "code", "argument", "facts"),
    [
        ({"unit": None}, Code.BAD_INPUT, "unit", {"problem": "UNIT_NEEDED", "takes": "department"}),
        ({"takes": NO_UNIT}, Code.BAD_INPUT, "unit", {"problem": "NO_UNIT_TAKEN", "takes": ""}),
        ({"unit": "TGS"}, Code.NOT_FOUND, "unit", {"unit": "TGS", "takes": "department", "nearest": "TSG"}),
        ({"unit": "图书"}, Code.NOT_FOUND, "unit", {"unit": "图书", "takes": "department", "nearest": "TSG"}),
        ({"takes": OF_COLLEGES}, Code.NOT_FOUND, "unit", {"unit": "TSG", "takes": "college", "nearest": ""}),
        ({"valid_until": NOW}, Code.BAD_INPUT, "validUntil", {"problem": "PAST", "moment": NOW.isoformat()}),
        ({"valid_from": LATER, "valid_until": LATER}, Code.BAD_INPUT, "validUntil", {"problem": "DATES_ORDER"}),
    ],
)
async def test_not_granted(database, given, code, argument, facts):
    await factories.department("TSG", "图书馆")
    await User.create(username="limin", name="李敏")
    wanted = {"role": "operator", "takes": OF_DEPARTMENTS, "unit": "TSG"} | given
    with pytest.raises(Refused) as caught:
        await grant_role(SYSTEM, "limin", Grant(**wanted), now=NOW)
    assert (caught.value.refusal.code, caught.value.argument) == (code, argument)
    assert {name: value for name, value in caught.value.refusal.facts.items() if name != "role"} == facts
    assert (await RoleAssignment.all().count(), await changes()) == (0, [])


@pytest.mark.parametrize("dates", [{}, {"valid_until": LATER}])
async def test_what_is_held_outside_ones_reach_is_not_told_and_not_redated(database, dates):
    college = await a_college("15")
    user = await User.create(username="limin", name="李敏")
    await RoleAssignment.create(user=user, role="counsellor", college=college)

    async def elsewhere() -> Reach:
        return Reach(permitted=Q(college_id=college.id + 1))

    again = Grant("counsellor", OF_COLLEGES, "15", **dates)
    with pytest.raises(Refused) as caught:
        await grant_role(SYSTEM, "limin", again, rights=GrantRights(create=elsewhere, update=elsewhere), now=NOW)
    assert (caught.value.refusal.code, caught.value.argument) == (Code.NOT_FOUND, "unit")
    assert await RoleAssignment.all().values_list("valid_until", flat=True) == [None]
    assert await changes() == []


async def test_nobody_is_nobody(database):
    for act in (grant_role(SYSTEM, "nobody", Grant("leader", NO_UNIT)), end_role(SYSTEM, 1)):
        with pytest.raises(Refused) as caught:
            await act
        assert caught.value.refusal.code is Code.NOT_FOUND


async def test_the_last_who_can_do_it_keeps_the_role(database):
    async def duties():
        return [Duty("grant", frozenset({"account_admin"}))]

    last = await User.create(username="last", name="末", password_hash="x")
    held = await RoleAssignment.create(user=last, role="account_admin")
    with pytest.raises(Refused) as caught:
        await end_role(SYSTEM, held.id, duties=duties, now=NOW)
    assert caught.value.refusal.facts == {"problem": "LOCKOUT", "duty": "grant"}
    later = Grant("account_admin", NO_UNIT, valid_from=LATER)
    with pytest.raises(Refused) as caught:
        await grant_role(SYSTEM, "last", later, rights=GrantRights(duties=duties), now=NOW)
    assert caught.value.refusal.facts == {"problem": "LOCKOUT", "duty": "grant"}
    assert await RoleAssignment.all().values_list("valid_from", "valid_until") == [(None, None)]
    assert await changes() == []
    assert await end_role(SYSTEM, held.id, now=NOW)
