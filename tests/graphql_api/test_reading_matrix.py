"""Every role × every object × every field, driven by the registry: what the policy grants is read, nothing else is.

A new model, column or role is in this matrix by itself.
"""

from __future__ import annotations

import pytest

from graphql_api.registry import ToOne, registry
from models import Clearance
from policies.access import Access
from policies.roles import ROLES
from tests import factories as make
from tests.graphql_api.asking import Asker, in_role, shipped

EVERYBODY = sorted(name for name, role in ROLES.items() if role.assignable)


@pytest.fixture
async def people(database):
    """Rows of most objects, so that reading is not only of nothing."""
    where = await make.university()
    season = await make.season(where)
    made = await make.crowd(season.batch, 3, college=where.college)
    await make.certificate(made[0])
    await Clearance.all().update(decided_user_id=where.clerk.id)
    return where


def asker_in(role: str, where) -> Asker:
    return in_role(
        role,
        user_id=where.clerk.id,
        colleges=[where.college],
        departments=[where.library],
        buildings=[where.building],
    )


def selected(member) -> str:
    return f"{member.graphql} {{ id }}" if isinstance(member, ToOne) else member.graphql


@pytest.mark.parametrize("role", EVERYBODY)
async def test_a_role_reads_exactly_what_it_is_granted(people, role):
    asker = asker_in(role, people)
    access = Access(shipped(), asker.caller)
    for exposed in registry():
        asked = f"{{ {exposed.plural} {{ totalCount nodes {{ %s }} }} }}"
        readable = access.fields(exposed.name, "read")
        if not readable:
            error = await asker.refused(asked % "id")
            assert (error["code"], error["params"]["object"]) == ("FORBIDDEN", exposed.name)
            continue
        granted = [each for each in exposed.own() if each.name in readable and _target_readable(access, each)]
        await asker.ask(asked % " ".join(["id displayLabel", *map(selected, granted)]))
        for each in exposed.own():
            if each.name not in readable:
                error = await asker.refused(asked % selected(each))
                assert error["code"] == "FORBIDDEN"
                assert (error["params"]["object"], error["params"]["field"]) == (exposed.name, each.graphql)


def _target_readable(access: Access, member) -> bool:
    return not isinstance(member, ToOne) or access.can(member.target, "read")


@pytest.mark.parametrize("role", EVERYBODY)
async def test_a_role_filters_and_orders_only_by_what_it_may_look_at(people, role):
    asker = asker_in(role, people)
    access = Access(shipped(), asker.caller)
    for exposed in registry():
        if not access.can(exposed.name, "read"):
            continue
        for column in exposed.columns.values():
            if not column.kind.comparable:
                continue
            exact = access.searchable(exposed.name, column.name, exact=True) is not None
            ordered = access.searchable(exposed.name, column.name, exact=False) is not None
            if not column.note.sensitive:
                await _permitted_if(ordered, asker, f"{exposed.plural}(orderBy: [{{{column.graphql}: ASC}}])")
            operator = "in: []" if not column.note.sensitive else 'eq: "x"'
            if column.kind.name == "YES_NO":
                operator = "eq: true"
            await _permitted_if(exact, asker, f"{exposed.plural}(where: {{{column.graphql}: {{{operator}}}}})")


async def _permitted_if(permitted: bool, asker: Asker, field: str) -> None:
    asked = f"{{ {field} {{ totalCount }} }}"
    if permitted:
        await asker.ask(asked)
    else:
        assert (await asker.refused(asked))["code"] == "FORBIDDEN", asked
