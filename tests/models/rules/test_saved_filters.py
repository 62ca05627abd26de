"""Saving filters: cleaned, one name a person and object, bounded in number and size, with one event each."""

from __future__ import annotations

from typing import Any

import pytest
from tortoise.expressions import Q

from models import SavedFilter
from models.enums import Share
from models.rules import editing
from models.rules.actor import SYSTEM, Actor
from models.rules.refusals import Code, Refused
from models.rules.saved_filters import LARGEST, MOST_FILTERS, create_filter, stored, update_filter
from tests import factories as make
from tests.models.rules.editing_acts import NOW, bounded, events, faults, refused

WHERE = {"className": {"eq": "软件工程2201班"}}
RED = {"object": "Sheet", "name": "一班未办结", "where": WHERE, "parameters": {"search": "王", "sort": "2"}}


@pytest.fixture
async def clerk(database) -> Actor:
    user = await make.user("limin", "李敏")
    return Actor(user.id, user.name, "operator")


async def test_a_filter_is_saved_for_oneself_with_one_event(clerk: Actor):
    made = await create_filter(clerk, RED | {"name": " 一班\u202e\u200b未办结 "}, now=NOW)
    [row] = await SavedFilter.all().values()
    assert {name: row[name] for name in ("owner_id", "object", "name", "share", "role", "where", "parameters")} == {
        "owner_id": clerk.user_id,
        "object": "Sheet",
        "name": "一班未办结",
        "share": Share.PRIVATE,
        "role": "",
        "where": WHERE,
        "parameters": {"search": "王", "sort": "2"},
    }
    assert await events() == [("SavedFilter", made, "name,object,parameters,where", None, "PRESENT")]
    [found] = await stored([made, made + 1])
    assert (found.id, found.owner_id, found.object, found.where) == (made, clerk.user_id, "Sheet", WHERE)


async def test_a_filter_without_conditions_is_a_list_as_it_is_arranged(clerk: Actor):
    made = await create_filter(clerk, {"object": "Sheet", "name": "我的列", "where": {}})
    row = await SavedFilter.get(id=made)
    assert (row.where, row.parameters) == (None, {})


async def test_the_same_name_is_free_on_another_object_and_for_others(clerk: Actor):
    await create_filter(clerk, RED)
    assert await refused(create_filter(clerk, RED)) == (
        Code.DUPLICATE,
        "name",
        {"field": "name", "value": "一班未办结"},
    )
    await create_filter(clerk, RED | {"object": "Clearance", "where": None})
    other = await make.user("wangfang", "王芳")
    await create_filter(Actor(other.id, other.name, "operator"), RED)
    assert await SavedFilter.filter(name="一班未办结").count() == 3


async def test_sharing_with_a_role_is_with_the_role_one_acts_in(clerk: Actor):
    made = await create_filter(clerk, RED | {"share": Share.ROLE})
    assert (await SavedFilter.get(id=made)).role == "operator"
    as_counsellor = Actor(clerk.user_id, clerk.name, "counsellor")
    assert await update_filter(as_counsellor, made, 1, {"name": "一班"})
    assert (await SavedFilter.get(id=made)).role == "operator"
    assert await update_filter(as_counsellor, made, 2, {"share": Share.ROLE})
    assert (await SavedFilter.get(id=made)).role == "counsellor"
    assert await update_filter(as_counsellor, made, 3, {"share": Share.EVERYONE})
    assert not await update_filter(as_counsellor, made, 4, {"share": Share.EVERYONE})
    row = await SavedFilter.get(id=made)
    assert (row.role, row.version) == ("", 4)
    assert [each[2] for each in await events()][1:] == ["name", "role", "role,share"]


async def test_a_stale_change_is_refused_and_so_is_a_taken_name(clerk: Actor):
    made = await create_filter(clerk, RED)
    await create_filter(clerk, RED | {"name": "二班"})
    await update_filter(clerk, made, 1, {"where": {"state": {"eq": "ACTIVE"}}})
    code, argument, facts = await refused(update_filter(clerk, made, 1, {"name": "三班"}))
    assert (code, argument, facts["version"], facts["by"]) == (Code.CONFLICT, "expected_version", 2, "李敏")
    assert await refused(update_filter(clerk, made, 2, {"name": "二班"})) == (
        Code.DUPLICATE,
        "name",
        {"field": "name", "value": "二班"},
    )


async def test_the_object_is_given_once(clerk: Actor):
    made = await create_filter(clerk, RED)
    assert await faults(update_filter(clerk, made, 1, {"object": "Student"})) == [
        ("object", "BAD_INPUT", "UNKNOWN_FIELD")
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"object": "", "name": ""}, [("name", "MISSING"), ("object", "MISSING")]),
        ({"name": "x" * 65}, [("name", "TOO_LONG")]),
        ({"name": "\u202e\u200b"}, [("name", "MISSING")]),
        ({"object": "Nothing"}, [("object", "UNKNOWN_OBJECT")]),
        ({"object": "Session"}, [("object", "UNKNOWN_OBJECT")]),
        ({"where": [1]}, [("where", "NOT_OF_KIND")]),
        ({"where": "state"}, [("where", "NOT_OF_KIND")]),
        ({"where": {"name": {"eq": "x" * LARGEST}}}, [("where", "JSON_TOO_LARGE")]),
        ({"parameters": [["search", "x"]]}, [("parameters", "NOT_OF_KIND")]),
        ({"parameters": {"search": {"a": "b"}}}, [("parameters", "NOT_OF_KIND")]),
        ({"parameters": {"search": 5}}, [("parameters", "NOT_OF_KIND")]),
        ({"parameters": {"a\0": "b"}}, [("parameters", "NOT_OF_KIND")]),
        ({"parameters": {"a": ["b\ud800"]}}, [("parameters", "NOT_OF_KIND")]),
        ({"parameters": {str(each): "" for each in range(101)}}, [("parameters", "NOT_OF_KIND")]),
        ({"parameters": {"search": "x" * LARGEST}}, [("parameters", "JSON_TOO_LARGE")]),
    ],
)
async def test_what_cannot_be_saved(clerk: Actor, values: dict[str, Any], expected: list[tuple[str, str]]):
    found = await faults(create_filter(clerk, RED | values))
    assert [(argument, problem) for argument, _code, problem in found] == expected
    assert await SavedFilter.all().count() == 0


async def test_nobody_saves_more_than_he_can_look_through(clerk: Actor):
    rows = [
        SavedFilter(owner_id=clerk.user_id, object="Sheet", name=str(number), parameters={})
        for number in range(MOST_FILTERS)
    ]
    await SavedFilter.bulk_create(rows)
    assert await refused(create_filter(clerk, RED)) == (
        Code.BAD_INPUT,
        None,
        {"problem": "TOO_MANY_FILTERS", "limit": MOST_FILTERS},
    )


async def test_what_the_conditions_lack_is_said_before_anything_is_written(clerk: Actor):
    asked: list[tuple[str, Any]] = []

    async def fits(object_name: str, where: Any) -> None:
        asked.append((object_name, where))
        raise Refused(Code.FORBIDDEN, field="phone")

    assert (await refused(create_filter(clerk, RED, fits=fits)))[0] is Code.FORBIDDEN
    made = await create_filter(clerk, RED)
    assert (await refused(update_filter(clerk, made, 1, {"where": WHERE}, fits=fits)))[0] is Code.FORBIDDEN
    assert await update_filter(clerk, made, 1, {"name": "只改名称"}, fits=fits)
    assert asked == [("Sheet", WHERE), ("Sheet", WHERE)]


async def test_others_filters_are_not_found_and_sharing_too_far_is_refused(clerk: Actor):
    made = await create_filter(clerk, RED)
    nobodys = bounded(visible=Q(id__in=[]))
    assert (await refused(update_filter(clerk, made, 1, {"name": "x"}, bounds=nobodys)))[:2] == (Code.NOT_FOUND, "id")
    private = bounded(permitted=Q(share=Share.PRIVATE))
    assert await refused(update_filter(clerk, made, 1, {"share": Share.EVERYONE}, bounds=private)) == (
        Code.FORBIDDEN,
        None,
        {"problem": "LEAVES_SCOPE"},
    )
    shared = create_filter(clerk, RED | {"name": "共享", "share": Share.EVERYONE}, bounds=private)
    assert (await refused(shared))[0] is Code.FORBIDDEN
    assert (await refused(create_filter(SYSTEM, RED)))[0] is Code.FORBIDDEN
    assert await SavedFilter.all().count() == 1


async def test_a_filter_is_deleted_with_its_event(clerk: Actor):
    made = await create_filter(clerk, RED)
    await editing.delete_row(clerk, SavedFilter, made, 1)
    assert await SavedFilter.all().count() == 0
    assert (await events())[-1] == ("SavedFilter", made, "", "PRESENT", "DELETED")
