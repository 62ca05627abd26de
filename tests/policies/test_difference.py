"""Two versions compared in decisions: exactly what every role gains and loses, and nothing where only rows differ."""

from __future__ import annotations

import random
from datetime import date

import casbin
import pytest

from policies.catalogue import OBJECTS
from policies.difference import Change, ChangeKind, difference
from policies.engine import Grant, Snapshot
from policies.roles import ROLES
from policies.rules import PolicyTable, Rule, checked, parse_csv, read_csv

DAY = date(2026, 6, 20)
GAINED, LOST, WIDER, NARROWER, OTHER = ChangeKind
#: A row of the table must be there; this one is of no interest to any test.
ALWAYS = "policy_admin,PolicyVersion,*,tune,all,allow,"


def snapshot(*lines: str, day: date = DAY) -> Snapshot:
    return Snapshot(1, parse_csv([ALWAYS, *lines]), day)


def grant(text: str) -> Grant:
    allow, *deny = text.split("-")
    return Grant(frozenset(allow.split("|")), frozenset(deny))


def told(changes: tuple[Change, ...]) -> list[tuple[str, str, str, str, list[tuple[str, str, str]]]]:
    """With grants by their names and "" for none."""
    return [
        (
            each.object,
            each.action,
            each.field,
            each.kind.value,
            [
                (
                    change.role,
                    change.before.name if change.before else "",
                    change.after.name if change.after else "",
                )
                for change in each.roles
            ],
        )
        for each in changes
    ]


def test_the_same_table_differs_in_nothing():
    assert difference(Snapshot(1, read_csv(), DAY), Snapshot(2, read_csv(), DAY)) == ()


def test_one_field_for_one_role_and_who_inherits_from_it():
    after = snapshot("operator,Student,phone,read,own_department_students@TSG,allow,")
    assert told(difference(snapshot(), after)) == [
        (
            "Student",
            "read",
            "phone",
            "GAINED",
            [
                ("operator", "", "own_department_students@TSG"),
                ("dorm_centre", "", "own_department_students@TSG"),
            ],
        )
    ]


def test_an_inherited_change_is_told_of_every_role_that_has_it():
    before, after = snapshot("desk,Student,phone,read,own_self,allow,"), snapshot()
    [(name, action, field, kind, roles)] = told(difference(before, after))
    assert (name, action, field, kind) == ("Student", "read", "phone", "LOST")
    desk = "supervisor counsellor party_office secretary data_keeper cert_officer operator dorm_centre registrar office"
    assert roles == [(role, "own_self", "") for role in desk.split()]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("own_college_items", "own_college", WIDER),
        ("own_college", "own_college_items", NARROWER),
        ("own_college@15", "own_college", WIDER),
        ("own_college", "own_college@15", NARROWER),
        ("own_college", "own_college|own_self", WIDER),
        ("all", "all_but_cancelled", NARROWER),
        ("own_college", "own_self", OTHER),
        ("own_college@15", "own_college@02", OTHER),
    ],
)
def test_other_rows(before: str, after: str, kind: ChangeKind):
    line = "counsellor,Clearance,note,read,{},allow,"
    [change] = difference(snapshot(line.format(before)), snapshot(line.format(after)))
    assert (change.kind, [(each.role, each.before, each.after) for each in change.roles]) == (
        kind,
        [("counsellor", grant(before), grant(after))],
    )


def test_a_denial_narrows():
    line, denial = "counsellor,Student,name,read,own_college,allow,", "staff,Student,name,read,own_self,deny,"
    [narrower], [wider] = (
        difference(snapshot(line), snapshot(line, denial)),
        difference(snapshot(line, denial), snapshot(line)),
    )
    assert (narrower.kind, wider.kind) == (NARROWER, WIDER)
    assert narrower.roles[0].after == wider.roles[0].before == grant("own_college-own_self")
    [lost] = difference(snapshot(line), snapshot(line, "staff,Student,name,read,all,deny,"))
    assert (lost.kind, lost.roles[0].after) == (LOST, None)


def test_roles_are_joined_by_kind_and_each_tells_what_it_had():
    line = "{},Student,phone,read,{},allow,"
    before = snapshot(line.format("counsellor", "own_college"), line.format("secretary", "own_college"))
    after = snapshot(*(line.format(role, "all") for role in ("counsellor", "office", "student", "secretary")))
    assert told(difference(before, after)) == [
        ("Student", "read", "phone", "GAINED", [("student", "", "all"), ("office", "", "all")]),
        (
            "Student",
            "read",
            "phone",
            "WIDER",
            [("counsellor", "own_college", "all"), ("secretary", "own_college", "all")],
        ),
    ]


def test_a_wildcard_changes_each_ordinary_field_it_gives_newly():
    before = snapshot("office,Building,code,read,all,allow,")
    after = snapshot("office,Building,code,read,all,allow,", "office,Building,*,read,all,allow,")
    assert [(each.field, each.kind) for each in difference(before, after)] == [
        (name, GAINED) for name in OBJECTS["Building"].fields if name != "code"
    ]


def test_rows_that_change_nothing_are_no_change():
    """A narrower scope beside the wider one, a right that is inherited anyway, a wildcard over what is named."""
    line = "desk,Clearance,note,read,own_college,allow,"
    for more in ("desk,Clearance,note,read,own_college_items,allow,", "office,Clearance,note,read,own_college,allow,"):
        assert difference(snapshot(line), snapshot(line, more)) == ()


def test_common_rights_are_told_of_those_who_have_them():
    """`staff` and `desk` are held by nobody as such."""
    after = snapshot("staff,Student,name,read,all,allow,")
    assert not {each.role for change in difference(snapshot(), after) for each in change.roles} & {"staff", "desk"}


def test_a_last_day_that_has_passed_is_a_loss():
    line = "operator,Student,phone,read,own_department_students,allow,,2026-06-20"
    [change] = difference(snapshot(line, day=DAY), snapshot(line, day=date(2026, 6, 21)))
    assert (change.kind, [each.role for each in change.roles]) == (LOST, ["operator", "dorm_centre"])


def test_the_order_is_the_catalogues():
    lines = (
        "office,Student,phone,export,all,allow,",
        "office,Student,phone|name,read,all,allow,",
        "office,Batch,code,read,all,allow,",
        "counsellor,Student,name,read,all,allow,",
    )
    place = [(name, action, field) for name, action, field, *_ in told(difference(snapshot(), snapshot(*lines)))]
    expected = [
        (name, action, field)
        for name, target in OBJECTS.items()
        for action in target.actions
        for field in target.fields_for(action)
        if (name, action, field)
        in {
            ("Student", "export", "phone"),
            ("Student", "read", "phone"),
            ("Student", "read", "name"),
            ("Batch", "read", "code"),
        }
    ]
    assert place == expected


def test_only_what_has_other_rows_is_decided(monkeypatch: pytest.MonkeyPatch):
    asked: set[tuple[str, str]] = set()
    real = casbin.Enforcer.enforce

    def noted(self: casbin.Enforcer, *request: str) -> bool:
        asked.add((request[1], request[2]))
        return bool(real(self, *request))

    monkeypatch.setattr(casbin.Enforcer, "enforce", noted)
    table = read_csv()
    more = checked([*table.rules, Rule("operator", "Student", "phone", "read", "own_department_students", "allow")])
    [change] = difference(Snapshot(1, table, DAY), Snapshot(2, more, DAY))
    assert [each.role for each in change.roles] == ["operator", "dorm_centre"]
    assert asked == {("Student", "read")}


# --- against the decisions themselves


def random_table(seed: int) -> PolicyTable:
    """The shipped table with some rows left out, some given to other roles, some denied."""
    chance = random.Random(seed)
    kept = [rule for rule in read_csv().rules if chance.random() < 0.97]
    more = [
        Rule(
            chance.choice(list(ROLES)),
            rule.object,
            rule.field,
            rule.action,
            rule.scope,
            chance.choice(["allow", "deny"]),
        )
        for rule in chance.sample(kept, 5)
    ]
    return checked(dict.fromkeys([*kept, *more]))


@pytest.mark.parametrize("seed", range(3))
def test_every_decision_that_differs_is_told_once(seed: int):
    before, after = Snapshot(1, read_csv(), DAY), Snapshot(2, random_table(seed), DAY)
    found = [
        (change.object, change.action, change.field, each.role, each.before, each.after)
        for change in difference(before, after)
        for each in change.roles
    ]
    expected = {
        (name, action, field, role.name, old.get(field), new.get(field))
        for name, target in OBJECTS.items()
        for action in target.actions
        for role in ROLES.values()
        if role.assignable
        for old, new in [[each.decision(role.name, name, action).grants for each in (before, after)]]
        for field in target.fields_for(action)
        if old.get(field) != new.get(field)
    }
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert len({(each.object, each.action, each.field, each.kind) for each in difference(before, after)}) == len(
        difference(before, after)
    )
