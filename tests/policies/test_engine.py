"""The snapshot answers as Casbin does over the whole table; nothing is permitted that is not said."""

from __future__ import annotations

import logging
import random
from datetime import date
from pathlib import Path

import casbin
import pytest
from casbin.model import Model

from policies import engine
from policies.catalogue import OBJECTS
from policies.enforcer import ALLOWED, MODEL, NOT_DENIED
from policies.engine import Decision, Grant, Snapshot, widest
from policies.roles import PARENTS, ROLES
from policies.rules import PolicyTable, Rule, checked, parse_csv
from policies.store import DENY_ALL

CHOICE = {
    "role": ["operator", "dorm_centre", "desk", "staff", "student"],
    "field": ["*", "name", "phone", "building", "id_no"],
    "scope": ["all", "own_college", "own_department_students", "own_self"],
}
NARROWED = [*CHOICE["scope"], "own_college@15", "own_college@02", "own_department_students@TSG"]


def snapshot(*lines: str) -> Snapshot:
    return Snapshot(1, parse_csv(lines))


def grants(of: Snapshot, role: str, name: str = "Student", action: str = "read") -> dict[str, str]:
    return {field: grant.name for field, grant in of.decision(role, name, action).grants.items()}


# --- what is permitted


def test_what_is_not_said_is_not_permitted():
    said = snapshot("counsellor,Student,name,read,own_college,allow,")
    assert grants(said, "counsellor") == {"name": "own_college"}
    assert grants(said, "counsellor", action="export") == {}
    assert grants(said, "counsellor", "Sheet") == {}
    assert grants(said, "operator") == {}


@pytest.mark.parametrize(
    ("role", "name", "action"),
    [("", "", ""), ("office", "", "read"), ("office", "Student", ""), ("", "Student", "read"), ("x", "y", "z")],
)
def test_an_empty_or_unknown_question_is_refused(role: str, name: str, action: str):
    """Casbin itself permits an all-empty request over an empty table."""
    assert DENY_ALL.decision(role, name, action) == Decision({})
    assert snapshot("office,Student,*,read,all,allow,").decision(role, name, action) == Decision({})


def test_a_wildcard_reaches_no_sensitive_field():
    found = grants(snapshot("office,Student,*,read,all,allow,"), "office")
    assert set(found) == set(OBJECTS["Student"].fields) - {"id_no", "phone"}
    assert set(found.values()) == {"all"}


def test_a_wildcard_denies_sensitive_fields_too():
    frozen = snapshot("office,Student,name|phone|id_no,read,all,allow,", "office,Student,*,read,all,deny,")
    assert grants(frozen, "office") == {}


def test_a_wildcard_edits_only_what_plain_editing_may_change():
    found = grants(snapshot("data_keeper,Student,*,update,own_college,allow,"), "data_keeper", action="update")
    assert not {"id_no", "phone", "id_no_masked", "user", "created_at"} & set(found)


def test_deny_wins_over_every_allow_whatever_the_order():
    allow, deny = "counsellor,Student,name,read,all,allow,", "desk,Student,name,read,own_college,deny,"
    assert grants(snapshot(allow, deny), "counsellor") == {"name": "all-own_college"}
    assert grants(snapshot(deny, allow), "counsellor") == {"name": "all-own_college"}


def test_denied_everywhere_is_not_permitted():
    said = snapshot("counsellor,Student,name,read,own_college,allow,", "staff,Student,name,read,all,deny,")
    assert grants(said, "counsellor") == {}


def test_allowed_and_denied_in_the_same_scope_is_denied():
    said = snapshot(
        "counsellor,Student,name,read,own_college|own_self,allow,", "staff,Student,name,read,own_college,deny,"
    )
    assert grants(said, "counsellor") == {"name": "own_self-own_college"}


def test_rights_add_up_through_inheritance_and_not_downwards():
    said = snapshot(
        "operator,Student,name,read,own_department_students,allow,", "desk,Student,name,read,own_self,allow,"
    )
    both = {"name": "own_department_students|own_self"}
    assert (grants(said, "dorm_centre"), grants(said, "operator")) == (both, both)
    assert grants(said, "counsellor") == {"name": "own_self"}
    assert grants(said, "staff") == {}


def test_a_scope_inside_another_adds_nothing():
    said = snapshot("counsellor,Clearance,note,read,own_college|own_college_items|own_college_party_items,allow,")
    assert grants(said, "counsellor", "Clearance") == {"note": "own_college"}


def test_verbs_are_granted_on_the_row():
    said = snapshot("counsellor,Clearance,*,clear,own_college_items,allow,")
    assert grants(said, "counsellor", "Clearance", "clear") == {"*": "own_college_items"}


def test_who_has_a_right():
    said = snapshot("operator,Student,phone,read,own_department_students,allow,", "staff,Student,name,read,all,allow,")
    assert said.roles_with("Student", "read", "phone") == ("operator", "dorm_centre")
    assert "leader" in said.roles_with("Student", "read")
    assert "staff" not in said.roles_with("Student", "read")
    assert said.roles_with("Student", "export") == ()


# --- grants


def grant(text: str) -> Grant:
    allow, *deny = text.split("-")
    return Grant(frozenset(allow.split("|")), frozenset(deny))


@pytest.mark.parametrize(
    ("wide", "narrow", "covers"),
    [
        ("all", "own_college", True),
        ("own_college", "all", False),
        ("own_college|own_self", "own_self", True),
        ("own_college", "own_college_party_items", True),
        ("own_college_party_items", "own_college", False),
        ("all-own_college", "own_self", False),
        ("all-own_college", "own_self-own_college", True),
        ("all", "all-own_college", True),
        ("own_self", "own_college", False),
        ("own_college", "own_college@15", True),
        ("own_college@15", "own_college", False),
        ("own_college@15", "own_college@02", False),
        ("own_college@15", "own_college_party_items@15", True),
        ("own_college@15", "own_college_party_items@02", False),
        ("all-own_college@15", "own_self-own_college", True),
        ("all-own_college", "own_self-own_college@15", False),
        ("all-own_college@15", "all-own_college@15", True),
    ],
)
def test_one_grant_covers_another(wide: str, narrow: str, covers: bool):
    assert grant(wide).covers(grant(narrow)) is covers


def test_the_widest_grants():
    found = widest([grant("own_self"), grant("own_college_items"), grant("own_college"), grant("own_self")])
    assert found == (grant("own_self"), grant("own_college"))


@pytest.mark.parametrize(
    ("allow", "deny", "left"),
    [
        ("own_college|own_college@15|own_self", "", "own_college|own_self"),
        ("own_college@15|own_college@02", "", "own_college@02|own_college@15"),
        ("own_college_items|own_self", "own_college", "own_self-own_college"),
        ("own_college@15|own_self", "own_college", "own_self-own_college"),
        ("own_college", "own_college@15", "own_college-own_college@15"),
        ("own_college@15", "own_college@15", None),
        ("own_college_items@15", "own_college@15", None),
        ("own_college|own_self", "all", None),
        ("", "own_self", None),
    ],
)
def test_what_is_left_of_what_is_allowed(allow: str, deny: str, left: str | None):
    found = Grant.of(filter(None, allow.split("|")), filter(None, deny.split("|")))
    assert (found and found.name) == left


def test_a_grant_has_a_name_of_its_own_whatever_the_codes():
    """A code may hold a dash, and even look like a scope."""
    one = Grant(frozenset({"own_college@A-own_self"}))
    other = Grant(frozenset({"own_college@A"}), frozenset({"own_self"}))
    third = Grant(frozenset({"own_college@A-"}), frozenset({"own_self"}))
    assert [each.name for each in (one, other, third)] == [
        "own_college@A--own_self",
        "own_college@A-own_self",
        "own_college@A---own_self",
    ]


def test_a_decision_knows_whether_it_is_narrowed():
    said = snapshot(
        "operator,Student,name|phone,read,own_college,allow,", "desk,Student,phone,read,own_college@1,deny,"
    )
    assert said.decision("operator", "Student", "read").narrowed
    assert not said.decision("counsellor", "Student", "read").narrowed
    assert not snapshot("operator,Student,name,read,all,allow,").decision("operator", "Student", "read").narrowed


# --- until a day

DAYS = (
    "operator,Student,name,read,own_college,allow,",
    "operator,Student,phone,read,own_college,allow,,2026-07-31",
    "desk,Student,name,read,own_self,deny,,2026-08-31",
)


@pytest.mark.parametrize(
    ("day", "granted", "good_until"),
    [
        (date(2026, 7, 30), {"name": "own_college-own_self", "phone": "own_college"}, date(2026, 7, 31)),
        (date(2026, 7, 31), {"name": "own_college-own_self", "phone": "own_college"}, date(2026, 7, 31)),
        (date(2026, 8, 1), {"name": "own_college-own_self"}, date(2026, 8, 31)),
        (date(2026, 8, 31), {"name": "own_college-own_self"}, date(2026, 8, 31)),
        (date(2026, 9, 1), {"name": "own_college"}, None),
        (None, {"name": "own_college-own_self", "phone": "own_college"}, None),
    ],
)
def test_what_holds_on_a_day(day: date | None, granted: dict[str, str], good_until: date | None):
    """Denials end too."""
    table = parse_csv(DAYS)
    said = Snapshot(1, table, day)
    assert grants(said, "operator") == granted
    assert (said.day, said.good_until) == (day, good_until)
    assert said.table is table
    assert len(said.rules) == len(granted) + (1 if "own_self" in granted["name"] else 0)


def test_who_has_a_right_on_a_day():
    assert "operator" in Snapshot(1, parse_csv(DAYS), date(2026, 7, 31)).roles_with("Student", "read", "phone")
    assert Snapshot(1, parse_csv(DAYS), date(2026, 8, 1)).roles_with("Student", "read", "phone") == ()


def test_when_every_row_has_ended_nothing_is_permitted():
    assert grants(Snapshot(1, parse_csv(DAYS[1:]), date(2027, 1, 1)), "operator") == {}


# --- Casbin decides


def random_table(seed: int) -> PolicyTable:
    chance = random.Random(seed)
    scopes = NARROWED if seed % 2 else CHOICE["scope"]
    rules = {
        Rule(
            chance.choice(CHOICE["role"]),
            "Student",
            chance.choice(CHOICE["field"]),
            "read",
            chance.choice(scopes),
            "deny" if chance.random() < 0.2 else "allow",
        )
        for _ in range(chance.randint(1, 12))
    }
    return checked(rules)


def whole_table(table: PolicyTable, effect: str = ALLOWED) -> casbin.Enforcer:
    """Casbin with every row, as its own documentation loads it."""
    model = Model()
    model.load_model_from_text(MODEL.replace(ALLOWED, effect))
    enforcer = casbin.Enforcer(model)
    for rule in table.rules:
        enforcer.add_policy(rule.role, rule.object, rule.action, rule.field, rule.scope, rule.effect)
    for pair in table.parents:
        enforcer.add_grouping_policy(*pair)
    return enforcer


@pytest.mark.parametrize("seed", range(60))
def test_the_snapshot_says_what_casbin_says(seed: int):
    """Field by field, for every role; only scopes inside other granted ones, or inside denied ones, are left out."""
    table = random_table(seed)
    compiled, allows, spares = Snapshot(1, table), whole_table(table), whole_table(table, NOT_DENIED)
    for role in CHOICE["role"]:
        found = compiled.decision(role, "Student", "read").grants
        for name in ("name", "phone", "building", "id_no", "level"):
            asked = {
                scope: (role, "Student", "read", name, scope, OBJECTS["Student"].nature(name)) for scope in NARROWED
            }
            allowed = {scope for scope, request in asked.items() if allows.enforce(*request)}
            denied = {scope for scope, request in asked.items() if not spares.enforce(*request)}
            left = {scope for scope in allowed if not {scope, *wider(scope)} & denied}
            if not left:
                assert name not in found
            else:
                outer = {scope for scope in left if not wider(scope) & left}
                assert found[name] == Grant(frozenset(outer), frozenset(denied))


def wider(scope: str) -> set[str]:
    """Of the scopes of these tables, those that hold another one."""
    whole, narrowed, _ = scope.partition("@")
    return {"all", *([whole] if narrowed else [])} - {scope}


def test_both_effects_differ_from_each_other_in_the_model():
    text = Path(engine.__file__).with_name("model.conf").read_text(encoding="utf-8")
    assert text.count(ALLOWED) == 1


def test_casbin_is_asked_once(monkeypatch: pytest.MonkeyPatch):
    """And once for fields that the same rows name, and for roles that have the same rows."""
    asked: list[tuple[str, ...]] = []
    real = casbin.Enforcer.enforce
    monkeypatch.setattr(casbin.Enforcer, "enforce", lambda self, *request: _noted(asked, request, real(self, *request)))
    said = snapshot(
        "counsellor,Student,name|level,read,own_college,allow,",
        "counsellor,Student,phone,read,own_college,allow,",
        "staff,Student,building,read,all,allow,",
    )
    for role in ("counsellor", "counsellor", "leader", "auditor"):
        said.decision(role, "Student", "read")
    assert [(request[0], request[3]) for request in asked] == [
        ("counsellor", "name"),
        ("counsellor", "phone"),
        ("counsellor", "building"),
        ("leader", "building"),
    ]


def test_what_the_wildcard_gives_by_itself():
    said = snapshot("office,Student,*,read,all,allow,", "office,Student,name,read,own_self,deny,")
    found = said.decision("office", "Student", "read")
    assert (found.wildcard, found.grants["name"]) == (grant("all"), grant("all-own_self"))
    assert snapshot("office,Student,name,read,all,allow,").decision("office", "Student", "read").wildcard is None
    assert snapshot("office,Student,*,import,all,allow,").decision("office", "Student", "import").wildcard == grant(
        "all"
    )


def test_the_rows_that_can_bear_on_a_decision():
    said = snapshot(
        "staff,Student,name,read,all,allow,",
        "operator,Student,phone,read,own_department_students,allow,",
        "operator,Student,phone,export,own_department_students,allow,",
        "counsellor,Student,phone,read,own_college,allow,",
    )
    assert [rule.row for rule in said.rules_for("dorm_centre", "Student", "read")] == [1, 2]
    assert said.rules_for("nobody", "Student", "read") == said.rules_for("office", "Sheet", "read") == ()


def _noted(asked: list[tuple[str, ...]], request: tuple[str, ...], answer: bool) -> bool:
    asked.append(request)
    return answer


def test_refusals_are_not_logged(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        assert grants(snapshot("counsellor,Student,name,read,own_college,allow,"), "counsellor", action="export") == {}
        assert grants(snapshot("operator,Student,*,read,all,allow,"), "operator")
    assert [record for record in caplog.records if record.name.startswith("casbin")] == []


def test_every_role_inherits_only_what_the_file_says():
    table = PolicyTable((Rule("office", "Student", "name", "read", "all", "allow"),), PARENTS)
    compiled = Snapshot(1, table)
    assert [role for role in ROLES if compiled.decision(role, "Student", "read").grants] == ["office"]
