"""One request's rights as filters: unions, masks, searching, tokens, and random tables against a brute-force oracle."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest
from tortoise.expressions import Q

from models import Clearance, Student
from models.rules.actor import Actor
from models.rules.refusals import Code
from policies.access import Access
from policies.caller import Caller, TokenLimits, Unit
from policies.engine import Snapshot
from policies.rules import Rule, checked, parse_csv
from policies.scopes import EVERYTHING, NOTHING
from policies.store import DENY_ALL
from tests.policies.scope_oracle import MEANINGS, meaning
from tests.policies.season_of_all_kinds import World


def access(caller: Caller, *lines: str) -> Access:
    return Access(Snapshot(1, parse_csv(lines)), caller)


def untokened(world: World, role: str) -> Caller:
    return world.caller(role, token=None)


async def numbers(condition: Q | None) -> list[str]:
    """The student numbers of the rows; there must be a filter."""
    assert condition is not None
    found = Student.filter(condition).order_by("student_no").values_list("student_no", flat=True)
    return [str(each) for each in await found]


async def codes(condition: Q | None) -> set[str]:
    """The items of the clearances; there must be a filter."""
    assert condition is not None
    return {str(each) for each in await Clearance.filter(condition).values_list("item__code", flat=True)}


def test_the_caller_acts_in_one_role():
    assert Caller(7, "limin", "李敏", "operator").actor == Actor(7, "李敏", "operator")


async def test_nothing_is_permitted_without_a_role_or_a_policy(world: World):
    said = "office,Student,*,read,all,allow,"
    for nobody in (access(untokened(world, ""), said), Access(DENY_ALL, untokened(world, "office"))):
        assert not nobody.can("Student", "read")
        assert not nobody.can("", "")
        assert nobody.fields("Student", "read") == frozenset()
        assert nobody.rows("Student", "read") is None
        assert nobody.plan("Student", "read", ["name"]) is None
        assert nobody.searchable("Student", "name", exact=True) is None
        assert nobody.reach("Clearance", "clear").permitted is NOTHING
        assert nobody.reach("Clearance", "clear").visible is NOTHING


async def test_can_and_fields(world: World):
    counsellor = access(
        untokened(world, "counsellor"),
        "counsellor,Student,name|phone,read,own_college,allow,",
        "counsellor,Clearance,*,clear,own_college_items,allow,",
    )
    assert counsellor.can("Student", "read")
    assert counsellor.can("Student", "read", "phone")
    assert counsellor.can("Student", "read", "id")
    assert not counsellor.can("Student", "read", "id_no")
    assert not counsellor.can("Student", "export")
    assert counsellor.can("Clearance", "clear")
    assert counsellor.fields("Student", "read") == {"id", "version", "name", "phone"}
    assert counsellor.fields("Clearance", "clear") == frozenset()


async def test_rows_on_which_anything_or_everything_asked_for_is_permitted(world: World):
    counsellor = access(
        untokened(world, "counsellor"),
        "counsellor,Student,name,read,own_college,allow,",
        "counsellor,Student,building,read,own_building,allow,",
    )
    here, building = ["20220001", "20220002", "20220005", "20220006", "20220008"], "20220003"
    assert await numbers(counsellor.rows("Student", "read")) == sorted([*here, building])
    assert await numbers(counsellor.rows("Student", "read", ["name"])) == here
    assert await numbers(counsellor.rows("Student", "read", ["name", "building", "id"])) == [
        each for each in here if each != "20220002"
    ]
    assert counsellor.rows("Student", "read", ["name", "phone"]) is None


async def test_everything_is_the_empty_filter(world: World):
    office = access(
        untokened(world, "office"), "office,Student,*,read,all,allow,", "office,Student,phone,read,own_self,allow,"
    )
    assert office.rows("Student", "read") is EVERYTHING
    assert office.rows("Student", "read", ["name"]) is EVERYTHING
    assert office.rows("Student", "read", ["id"]) is EVERYTHING


async def test_a_denied_scope_is_taken_away(world: World):
    office = access(
        untokened(world, "office"), "office,Student,name,read,all,allow,", "office,Student,*,read,own_building,deny,"
    )
    assert await numbers(office.rows("Student", "read")) == ["20220002", "20220004", "20220007"]


async def test_two_grants_that_say_the_same_in_other_words_are_both_heeded(world: World):
    """A denial of what lies inside another denial adds nothing; the filter of both fields is not lost over it."""
    frozen = access(
        replace(untokened(world, "counsellor"), role="office"),
        "office,Clearance,note|reason,read,all,allow,",
        "office,Clearance,note|reason,read,own_college,deny,",
        "office,Clearance,note,read,own_college_items,deny,",
    )
    both, once = (frozen.rows("Clearance", "read", names) for names in (["note", "reason"], ["reason"]))
    assert both is not None
    assert once is not None
    assert await Clearance.filter(both).count() == await Clearance.filter(once).count() == 26


async def test_a_plan_masks_what_is_permitted_on_some_rows_only(world: World):
    counsellor = access(
        untokened(world, "counsellor"),
        "counsellor,Clearance,status|sheet,read,own_college,allow,",
        "counsellor,Clearance,internal_note|created_at,read,own_college_items,allow,",
    )
    plan = counsellor.plan("Clearance", "read", ["id", "status", "internal_note", "created_at", "note"])
    assert plan is not None
    assert plan.columns == {
        "id": None,
        "status": None,
        "internal_note": "own_college_items",
        "created_at": "own_college_items",
    }
    assert plan.denied == {"note"}
    assert list(plan.masks) == ["own_college_items"]
    everywhere, items = (
        [row for row in world.rows["Clearance"] if MEANINGS[scope, "Clearance"](world, counsellor.caller, row)]
        for scope in ("own_college", "own_college_items")
    )
    assert await Clearance.filter(plan.rows).count() == len(everywhere)
    assert await Clearance.filter(plan.rows & plan.masks["own_college_items"]).count() == len(items)
    assert 0 < len(items) < len(everywhere)


async def test_a_list_does_not_shrink_with_its_columns(world: World):
    counsellor = access(
        untokened(world, "counsellor"),
        "counsellor,Student,name,read,own_college,allow,",
        "counsellor,Student,phone,read,own_self,allow,",
    )
    one, other = counsellor.plan("Student", "read", ["name"]), counsellor.plan("Student", "read", ["phone"])
    assert one is not None
    assert other is not None
    assert await numbers(one.rows) == await numbers(other.rows)
    assert other.columns == {"phone": "own_self"}


async def test_what_is_read_may_be_searched_and_the_sensitive_by_equality_alone(world: World):
    counsellor = access(
        untokened(world, "counsellor"),
        "counsellor,Student,name|phone,read,own_college,allow,",
        "counsellor,Student,id_no,match,own_building,allow,",
    )
    assert await numbers(counsellor.searchable("Student", "name", exact=False)) == await numbers(
        counsellor.rows("Student", "read")
    )
    assert counsellor.searchable("Student", "phone", exact=True) is not None
    assert counsellor.searchable("Student", "phone", exact=False) is None
    assert await numbers(counsellor.searchable("Student", "id_no", exact=True)) == [
        "20220001",
        "20220003",
        "20220005",
        "20220006",
        "20220008",
    ]
    assert counsellor.searchable("Student", "id_no", exact=False) is None
    assert counsellor.searchable("Student", "level", exact=True) is None
    assert counsellor.searchable("Student", "id", exact=True) is counsellor.rows("Student", "read")


async def test_reach_needs_every_action(world: World):
    counsellor = access(
        untokened(world, "counsellor"),
        "counsellor,Sheet,student,read,own_college,allow,",
        "counsellor,Clearance,*,clear,own_college_items,allow,",
        "counsellor,Clearance,*,bulk,own_college_party_items,allow,",
    )
    one, many = counsellor.reach("Clearance", "clear"), counsellor.reach("Clearance", "clear", "bulk")
    assert await codes(one.permitted) == {"PARTY", "FINAL"}
    assert await codes(many.permitted) == {"PARTY"}
    assert await codes(counsellor.reach("Clearance", "clear", "waive").permitted) == set()
    assert one.visible is counsellor.rows("Sheet", "read")


def test_a_refusal_names_the_role_the_right_and_who_has_it():
    operator = access(
        Caller(1, "limin", "李敏", "operator"),
        "cert_officer,Certificate,*,issue,own_college,allow,",
        "office,Student,phone,read,all,allow,",
    )
    refusal = operator.refusal("Certificate", "issue")
    assert refusal.code is Code.FORBIDDEN
    assert refusal.facts == {"role": "operator", "object": "Certificate", "action": "issue", "roles": "cert_officer"}
    assert operator.refusal("Student", "read", "phone").facts == {
        "role": "operator",
        "object": "Student",
        "action": "read",
        "field": "phone",
        "roles": "office",
    }


def test_a_refusal_names_the_own_role_only_when_the_token_lacks_the_right():
    lines = ["operator,Student,phone,read,own_department_students@TSG,allow,", "office,Student,phone,read,all,allow,"]

    def refused(unit: str, *fields: str) -> str:
        token = TokenLimits(1, frozenset(), frozenset(fields)) if fields else None
        caller = Caller(1, "x", "x", "operator", frozenset({Unit("department", 1, unit)}), token)
        return str(access(caller, *lines).refusal("Student", "read", "phone").facts["roles"])

    assert refused("CWC") == "dorm_centre,office"
    assert refused("CWC", "name") == "dorm_centre,office"
    assert refused("TSG", "name") == "operator,dorm_centre,office"


def test_who_may_count_but_not_read():
    analyst = access(
        Caller(1, "x", "x", "analyst"),
        "analyst,Sheet,college,aggregate,all,allow,",
        "analyst,Batch,*,read|aggregate,all,allow,",
    )
    assert analyst.counts_only("Sheet")
    assert not analyst.counts_only("Batch")
    assert not analyst.counts_only("Student")


# --- tokens


async def test_a_token_cuts_its_role_down_to_its_items(world: World):
    lines = [
        "operator,Clearance,status,read,own_department,allow,",
        "operator,Clearance,*,clear,own_department,allow,",
        "operator,Sheet,student,read,own_department_students,allow,",
        "operator,Sheet,*,move,all,allow,",
        "operator,Department,*,read,all,allow,",
    ]
    whole = access(untokened(world, "operator"), *lines)
    cut = access(replace(whole.caller, token=TokenLimits(1, frozenset({"BOOKS", "FEES"}))), *lines)
    for action in ("read", "clear"):
        assert await codes(cut.rows("Clearance", action)) == {"BOOKS"}
        assert await codes(whole.rows("Clearance", action)) > {"BOOKS"}
    assert whole.can("Sheet", "move")
    assert not cut.can("Sheet", "move")
    assert cut.can("Sheet", "read")
    assert cut.rows("Department", "read") is EVERYTHING


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ((), {"id", "version", "student_no", "name", "level"}),
        (("Student.student_no",), {"id", "version", "student_no"}),
        (("Student.studentNo", "name"), {"id", "version", "student_no", "name"}),
        (("Student.*",), {"id", "version", "student_no", "name", "level"}),
        (("Sheet.student",), set()),
    ],
)
def test_a_token_cuts_its_role_down_to_its_fields(fields: tuple[str, ...], left: set[str]):
    caller = Caller(1, "x", "x", "operator", token=TokenLimits(1, frozenset(), frozenset(fields)))
    cut = access(
        caller, "operator,Student,student_no|name|level,read,all,allow,", "operator,Clearance,*,clear,all,allow,"
    )
    assert cut.fields("Student", "read") == left
    assert cut.can("Clearance", "clear")


@pytest.mark.parametrize(
    ("fields", "able"),
    [((), True), (("User.name",), True), (("User.*",), True), (("name",), False), (("Student.name",), False)],
)
def test_a_token_limited_to_other_fields_administers_nothing(fields: tuple[str, ...], able: bool):
    caller = Caller(1, "x", "x", "account_admin", token=TokenLimits(1, frozenset(), frozenset(fields)))
    cut = access(caller, "account_admin,User,*,set_password,all,allow,", "account_admin,User,name,read,all,allow,")
    assert cut.can("User", "set_password") is able


def test_a_token_gives_nothing_that_its_role_lacks():
    caller = Caller(1, "x", "x", "operator", token=TokenLimits(1, frozenset(), frozenset({"Student.phone"})))
    assert access(caller, "operator,Student,name,read,all,allow,").fields("Student", "read") == frozenset()


# --- narrowed to one unit


def of_units(role: str, *codes: str) -> Caller:
    return Caller(1, "x", "x", role, frozenset(Unit("department", number, code) for number, code in enumerate(codes)))


PHONES = (
    "operator,Student,name,read,own_department_students,allow,",
    "operator,Student,phone,read,own_department_students@TSG,allow,",
)


def test_what_is_narrowed_to_a_unit_that_the_caller_does_not_hold_vanishes():
    """Not a column of nulls: the field is refused."""
    for caller in (of_units("operator", "CWC"), of_units("operator")):
        other = access(caller, *PHONES)
        assert not other.can("Student", "read", "phone")
        assert other.fields("Student", "read") == {"id", "version", "name"}
        assert other.rows("Student", "read", ["phone"]) is None
        assert other.searchable("Student", "phone", exact=True) is None
        plan = other.plan("Student", "read", ["name", "phone"])
        assert plan is not None
        assert (plan.columns, plan.masks, plan.denied) == ({"name": None}, {}, {"phone"})
    assert not access(of_units("operator", "CWC"), PHONES[1]).can("Student", "read")
    assert access(of_units("operator", "CWC"), PHONES[1]).plan("Student", "read", ["phone"]) is None


def test_what_is_narrowed_to_the_only_unit_of_the_caller_is_not_narrowed_for_him():
    plan = access(of_units("operator", "TSG"), *PHONES).plan("Student", "read", ["name", "phone"])
    assert plan is not None
    assert (plan.columns, plan.masks) == ({"name": None, "phone": None}, {})


def test_what_is_narrowed_to_one_of_several_units_is_masked_elsewhere():
    plan = access(of_units("operator", "TSG", "CWC"), *PHONES).plan("Student", "read", ["name", "phone"])
    assert plan is not None
    assert plan.columns == {"name": None, "phone": "own_department_students@TSG"}
    assert list(plan.masks) == ["own_department_students@TSG"]


async def test_a_narrowed_right_reaches_the_rows_of_that_unit(world: World):
    line = "counsellor,Student,name,read,own_college@02,allow,"
    both = access(world.holder_of_two("counsellor", token=None), line)
    assert await numbers(both.rows("Student", "read")) == ["20220003", "20220004", "20220007"]
    assert not access(untokened(world, "counsellor"), line).can("Student", "read")


async def test_a_narrowed_denial_is_heeded_by_its_holders_alone(world: World):
    lines = ["counsellor,Student,name,read,all,allow,", "counsellor,Student,name,read,own_college@02,deny,"]
    both = access(world.holder_of_two("counsellor", token=None), *lines)
    here = ["20220001", "20220002", "20220005", "20220006", "20220008"]
    assert await numbers(both.rows("Student", "read")) == here
    assert access(untokened(world, "counsellor"), *lines).rows("Student", "read") is EVERYTHING


def test_a_freeze_of_the_only_unit_refuses_what_only_that_unit_gave():
    frozen = ("operator,Student,*,read,own_department_students@TSG,deny,", *PHONES)
    assert not access(of_units("operator", "TSG"), *frozen).can("Student", "read")
    assert access(of_units("operator", "CWC"), *frozen).fields("Student", "read") == {"id", "version", "name"}
    both = access(of_units("operator", "TSG", "CWC"), *frozen)
    assert both.fields("Student", "read") == {"id", "version", "name"}


def test_a_verb_may_be_narrowed():
    line = "operator,Clearance,*,bulk_filter,own_department_items@TSG,allow,"
    assert access(of_units("operator", "TSG"), line).can("Clearance", "bulk_filter")
    assert not access(of_units("operator", "CWC"), line).can("Clearance", "bulk_filter")


def test_a_unit_of_another_kind_does_not_count():
    caller = Caller(1, "x", "x", "operator", frozenset({Unit("college", 1, "TSG"), Unit("building", 2, "TSG")}))
    assert not access(caller, PHONES[1]).can("Student", "read")


# --- until a day


@pytest.mark.parametrize(
    ("day", "fields"),
    [
        (date(2026, 7, 30), {"name", "phone"}),
        (date(2026, 7, 31), {"name", "phone"}),
        (date(2026, 8, 1), {"name"}),
        (None, {"name", "phone"}),
    ],
)
def test_a_right_ends_after_its_last_day(day: date | None, fields: set[str]):
    table = parse_csv([PHONES[0], f"{PHONES[1]},2026-07-31"])
    found = Access(Snapshot(1, table, day), of_units("operator", "TSG")).fields("Student", "read")
    assert found == {"id", "version", *fields}


# --- random tables

SCOPED = ["all", "own_college", "own_department_students", "own_self", "own_building", "own_college_leavers"]
NARROWED = ["own_college@15", "own_college@02", "own_building@BAMBOO3", "own_building@PINE1", "own_college_leavers@02"]


@pytest.mark.parametrize("seed", range(120))
async def test_random_tables_find_what_a_brute_force_finds(world: World, seed: int):
    chance = random.Random(seed)
    scopes = [*SCOPED, *NARROWED, *NARROWED] if seed % 2 else SCOPED
    rules = {
        Rule("operator", "Student", chance.choice(["*", "name", "phone"]), "read", chance.choice(scopes), effect)
        for effect in chance.choices(["allow", "allow", "deny"], k=chance.randint(2, 8))
    }
    table = checked(rules)
    caller = world.holder_of_two(token=None) if seed % 3 == 0 else untokened(world, "operator")
    subject = Access(Snapshot(1, table), caller)

    def permitted(row: dict[str, object], name: str) -> bool:
        def means(rule: Rule) -> bool:
            here = rule.scope == "all" or meaning(rule.scope, "Student")(world, caller, row)
            wild = rule.field == "*" and (name != "phone" or rule.effect == "deny")
            return here and (wild or rule.field == name)

        effects = {rule.effect for rule in table.rules if means(rule)}
        return effects == {"allow"}

    for name in ("name", "phone"):
        found = subject.rows("Student", "read", [name])
        shown = [] if found is None else await numbers(found)
        assert shown == sorted(row["student_no"] for row in world.rows["Student"] if permitted(row, name))
    anything = subject.rows("Student", "read")
    assert ([] if anything is None else await numbers(anything)) == sorted(
        row["student_no"]
        for row in world.rows["Student"]
        if any(permitted(row, name) for name in ("name", "phone", "level"))
    )
