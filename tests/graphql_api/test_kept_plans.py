"""What is remembered of a document serves whoever may see it now, and shows what is there now."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type

from graphql_api.registry import registry
from models import College, RoleAssignment, Student
from policies import store
from policies.rules import PolicyTable, parse_csv, read_csv
from tests.graphql_api.planned import Stage, ask, make_stage, shown
from tests.graphql_api.random_documents import Question

# --- the questions


def wide(stage: Stage, who: str) -> list[Question]:
    """A page of each object with everything that somebody may read of it, one step along each relation."""
    found = []
    for each in registry():
        kind = stage.schema.type_map[each.name]
        assert isinstance(kind, GraphQLObjectType)
        names = [name for name in kind.fields if stage.permitted[who](each.name, name)]
        fields = " ".join(f"{name} {below(get_named_type(kind.fields[name].type))}" for name in names)
        if stage.permitted[who]("Query", each.plural):
            found.append(Question(f"{{ {each.plural} {{ totalCount nodes {{ {fields} }} }} }}", ({}, {})))
    return found


def below(kind: Any) -> str:
    """The first level of an object's own fields."""
    if not isinstance(kind, GraphQLObjectType):
        return ""
    if kind.name in registry():
        return "{ id displayLabel }"
    inner = [f"{name} {below(get_named_type(each.type))}" for name, each in kind.fields.items()]
    return f"{{ {' '.join(inner)} }}"


@pytest.fixture
async def stage(database: Any) -> Stage:
    """A season of all kinds with everybody signed in."""
    return await make_stage()


async def the_same(stage: Stage, questions: dict[str, list[Question]]) -> dict[str, list[Any]]:
    """Asks all twice; what they answer, which is what they would answer unplanned."""
    answers: dict[str, list[Any]] = {}
    for api in (stage.planned, stage.plain):
        api.identities.forget()  # else who asks is remembered for a moment, with his units
    for who, asked in questions.items():
        for question in asked:
            meant = shown(await ask(stage.plain, stage.people[who], question, 0))
            for _ in range(2):
                assert shown(await ask(stage.planned, stage.people[who], question, 0)) == meant, (who, question)
            answers.setdefault(who, []).append(meant)
    return answers


async def test_what_is_kept_of_a_document_outlives_no_right_and_no_row(stage: Stage) -> None:
    """The same documents after a row was changed, after a unit was taken away and given, after another policy."""
    people = ("office", "counsellor", "counsellor of another college", "operator", "registrar")
    questions = {who: wide(stage, who) for who in people}
    before = await the_same(stage, questions)

    await Student.filter(student_no="20220006").update(name="改名")
    renamed = await the_same(stage, questions)
    assert [who for who in people if renamed[who] != before[who]] == ["office", "counsellor", "operator", "registrar"]

    other = await College.get(code="02")
    await RoleAssignment.filter(user__username="as-counsellor").update(college_id=other.id)
    moved = await the_same(stage, questions)
    assert shared(moved["counsellor"], moved["counsellor of another college"])
    assert not shared(moved["counsellor"], renamed["counsellor"])

    table = read_csv()
    closed = parse_csv(["counsellor,Student,phone,read,all,deny,", "office,Sheet,*,read,all,deny,"])
    await store.put_in_force(PolicyTable((*table.rules, *closed.rules), table.parents), expected=1, comment="x")
    await store.STORE.refresh()
    narrowed = await the_same(stage, questions)
    assert [who for who in people if narrowed[who] != moved[who]] == [
        "office",
        "counsellor",
        "counsellor of another college",
    ]


def shared(one: list[Any], other: list[Any]) -> bool:
    """Whether two people who hold the same see the same students."""
    students = [each for each in one if '"students"' in each.data]
    return bool(students) and students == [each for each in other if '"students"' in each.data]
