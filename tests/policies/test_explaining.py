"""Every decision stands beside the rows that made it, and no other row would change it; scopes and grants in words."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from models.declare import Words
from policies.catalogue import OBJECTS, WHOLE
from policies.engine import Grant, Snapshot
from policies.explaining import Cell, cell, fields_shown, in_words, matrix, scope_words, what_can, who_can
from policies.roles import ROLES
from policies.rules import PolicyTable, Rule, checked, parse_csv, read_csv
from policies.scopes import SCOPES

DAY = date(2026, 6, 20)
ASKED = ("operator", "dorm_centre", "desk", "staff", "student")


def snapshot(*lines: str) -> Snapshot:
    return Snapshot(1, parse_csv(lines), DAY)


def grant(allow: str, *deny: str) -> Grant:
    return Grant(frozenset(allow.split("|")), frozenset(deny))


def lines_of(found: Cell) -> tuple[list[int], list[int]]:
    return [rule.row for rule in found.own], [rule.row for rule in found.inherited]


# --- one cell

SAID = (
    "operator,Student,name|phone,read,own_department_students,allow,",  # 1
    "desk,Student,*,read,own_self,allow,",  # 2
    "staff,Student,*,read,own_building,deny,",  # 3
    "dorm_centre,Student,phone,read,all,allow,",  # 4
    "counsellor,Student,name,read,own_college,allow,",  # 5
    "operator,Student,*,export,own_department_students,allow,",  # 6
    "operator,Student,*,import,own_department_students,allow,",  # 7
)


def test_a_decision_with_its_own_and_inherited_rows():
    found = cell(snapshot(*SAID), "operator", "Student", "read", "name")
    assert found.grant == grant("own_department_students|own_self", "own_building")
    assert lines_of(found) == ([1], [2, 3])
    assert [rule.role for rule in found.inherited] == ["desk", "staff"]


def test_a_wildcard_bears_on_a_sensitive_field_only_by_denying():
    found = cell(snapshot(*SAID), "dorm_centre", "Student", "read", "phone")
    assert found.grant == grant("all", "own_building")
    assert lines_of(found) == ([4], [1, 3])
    found = cell(snapshot(*SAID), "counsellor", "Student", "read", "phone")
    assert (found.grant, *lines_of(found)) == (None, [], [3])


def test_the_wildcard_has_the_rows_with_a_wildcard_alone():
    found = cell(snapshot(*SAID), "operator", "Student", "read", WHOLE)
    assert (found.grant, *lines_of(found)) == (grant("own_self", "own_building"), [], [2, 3])
    assert cell(snapshot(*SAID), "operator", "Student", "export", WHOLE).grant == grant("own_department_students")
    assert cell(snapshot(*SAID), "counsellor", "Student", "export", WHOLE).grant is None


def test_an_action_on_the_whole_row():
    found = cell(snapshot(*SAID), "dorm_centre", "Student", "import", WHOLE)
    assert (found.grant, *lines_of(found)) == (grant("own_department_students"), [], [7])


def test_rows_that_permit_nothing_in_the_end_are_told():
    said = snapshot("counsellor,Student,name,read,all,allow,", "staff,Student,name,read,all,deny,")
    found = cell(said, "counsellor", "Student", "read", "name")
    assert (found.grant, *lines_of(found)) == (None, [1], [2])


def test_a_row_whose_last_day_has_passed_does_not_bear():
    table = parse_csv(
        ["operator,Student,phone,read,own_department_students,allow,,2026-06-20", "desk,Student,phone,read,all,allow,"]
    )
    on_the_day = cell(Snapshot(1, table, DAY), "operator", "Student", "read", "phone")
    after = cell(Snapshot(1, table, date(2026, 6, 21)), "operator", "Student", "read", "phone")
    assert lines_of(on_the_day) == ([1], [2])
    assert lines_of(after) == ([], [2])
    assert [rule.until for rule in on_the_day.own] == [DAY]


@pytest.mark.parametrize(
    ("role", "name", "action", "field"),
    [
        ("nobody", "Student", "read", "name"),
        ("operator", "Planet", "read", "name"),
        ("operator", "Student", "eat", "name"),
        ("operator", "Student", "read", "age"),
        ("operator", "Student", "import", "name"),
        ("operator", "Student", "aggregate", "phone"),
    ],
)
def test_of_a_name_that_does_not_exist_there_is_nothing_to_tell(role: str, name: str, action: str, field: str):
    assert cell(snapshot(*SAID), role, name, action, field) == Cell(role, name, action, field, None, (), ())


# --- many cells


def test_the_matrix_has_every_role_action_and_field_once():
    cells = matrix(snapshot(*SAID), "Student")
    target = OBJECTS["Student"]
    assert [(each.role, each.action, each.field) for each in cells] == [
        (role, action, field) for role in ROLES for action in target.actions for field in fields_shown(target, action)
    ]
    assert {each.object for each in cells} == {"Student"}
    assert matrix(snapshot(*SAID), "Planet") == ()


def test_the_fields_of_the_matrix():
    target = OBJECTS["Student"]
    assert fields_shown(target, "import") == (WHOLE,)
    assert fields_shown(target, "read") == (WHOLE, *target.fields)
    assert "phone" not in fields_shown(target, "aggregate")
    assert fields_shown(OBJECTS["Api"], "explore") == (WHOLE,)


def test_the_matrix_says_what_each_cell_says():
    said = Snapshot(1, read_csv(), DAY)
    for name in ("Clearance", "User", "Api"):
        for found in matrix(said, name):
            assert found == cell(said, found.role, name, found.action, found.field)


def test_who_can():
    said = snapshot(*SAID)
    assert [(each.role, each.grant) for each in who_can(said, "Student", "read", "phone")] == [
        ("operator", grant("own_department_students", "own_building")),
        ("dorm_centre", grant("all", "own_building")),
    ]
    assert [each.role for each in who_can(said, "Student", "import")] == ["operator", "dorm_centre"]
    assert who_can(said, "Student", "delete") == who_can(said, "Student", "read", "age") == ()
    assert who_can(said, "Planet", "read") == who_can(said, "Student", "eat") == ()


def test_who_can_do_it_to_some_field():
    said = snapshot("counsellor,Student,name|phone,read,own_college,allow,", "staff,Sheet,*,read,all,allow,")
    found = [(each.role, each.field) for each in who_can(said, "Student", "read")]
    assert found == [("counsellor", "name"), ("counsellor", "phone")]


def test_who_can_names_no_role_that_nobody_holds():
    found = {each.role for each in who_can(snapshot("staff,Api,*,explore,all,allow,"), "Api", "explore")}
    assert found == {role.name for role in ROLES.values() if role.assignable} - {"student", "campus_app"}


def test_what_a_role_can():
    said = snapshot(*SAID, "desk,Sheet,state,read,own_self,allow,")
    found = [(each.object, each.action, each.field) for each in what_can(said, "counsellor")]
    ordinary = [name for name, field in OBJECTS["Student"].fields.items() if not field.sensitive]
    assert found == [*(("Student", "read", name) for name in ordinary), ("Sheet", "read", "state")]
    assert what_can(said, "nobody") == ()


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_can_is_what_was_decided(role: str):
    said = Snapshot(1, read_csv(), DAY)
    assert {(each.object, each.action, each.field): each.grant for each in what_can(said, role)} == {
        (name, action, field): given
        for name, target in OBJECTS.items()
        for action in target.actions
        for field, given in said.decision(role, name, action).grants.items()
    }


# --- the rows told are the rows that decide


def random_table(seed: int) -> PolicyTable:
    """Rows about two actions of students, inherited ones and denials among them, over three natures of field."""
    chance = random.Random(seed)
    rules = {
        Rule(
            role=chance.choice(ASKED),
            object="Student",
            field=chance.choice(["*", "*", "name", "phone", "building"]),
            action=chance.choice(["read", "export"]),
            scope=chance.choice(["all", "own_college", "own_department_students", "own_self", "own_college@15"]),
            effect="deny" if chance.random() < 0.3 else "allow",
        )
        for _ in range(chance.randint(1, 14))
    }
    return checked(rules)


@pytest.mark.parametrize("seed", range(25))
def test_the_rows_told_decide_alone(seed: int):
    """With them and no others Casbin decides the same: what is not told does not bear."""
    table = random_table(seed)
    whole = Snapshot(1, table, DAY)
    for role, action, field in product(ASKED, ("read", "export"), ("*", "name", "phone", "id_no", "level")):
        found = cell(whole, role, "Student", action, field)
        alone = Snapshot(1, PolicyTable((*found.own, *found.inherited), table.parents), DAY)
        assert cell(alone, role, "Student", action, field) == found


@pytest.mark.parametrize("seed", range(25))
def test_a_wildcard_gives_what_an_ordinary_field_without_rows_has(seed: int):
    whole = Snapshot(1, random_table(seed), DAY)
    for role, action in product(ASKED, ("read", "export")):
        wildcard = cell(whole, role, "Student", action, WHOLE)
        assert replace(wildcard, field="level") == cell(whole, role, "Student", action, "level")


# --- in words


@pytest.mark.parametrize(
    ("given", "zh", "en"),
    [
        (None, "无", "Nothing"),
        (grant("all"), "全部", "Everything"),
        (
            grant("own_department_students@TSG", "own_building"),
            "本部门环节涉及的学生(仅TSG);不含本公寓楼",
            "Students of own department's items (only TSG); not own building",
        ),
        (grant("own_college|own_self"), "本人、本学院", "Oneself and own college"),
        (
            grant("all", "own_self", "own_college@15", "own_college@02"),
            "全部;不含本人、本学院(仅02)、本学院(仅15)",
            "Everything; not oneself or own college (only 02) or own college (only 15)",
        ),
    ],
)
def test_a_grant_in_words(given: Grant | None, zh: str, en: str):
    assert in_words(given) == Words(zh, en)


def test_every_scope_has_words():
    for scope in SCOPES.values():
        assert scope_words(scope.name) == scope.label
        if scope.unit:
            narrowed = Words(f"{scope.label.zh}(仅15)", f"{scope.label.en} (only 15)")
            assert scope_words(f"{scope.name}@15") == narrowed


@pytest.mark.parametrize("name", ["own_planet", "own_self@15", "own_college@", "own_college@a b", ""])
def test_a_scope_that_does_not_exist_is_shown_as_it_is(name: str):
    assert scope_words(name) == Words(name, name)
