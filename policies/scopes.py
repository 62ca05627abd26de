"""The named scopes of the policy table, each with its words and, per object, the filter that it means.

A policy row only names a scope; the filters themselves, and what they promise, stand in `policies.scope_filters`. A
scope that depends on one kind of unit may be narrowed to one of them by its code: `own_college@15` is `own_college` for
a caller who holds college 15 and no other, and no row for a caller who does not hold it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from tortoise.expressions import Q

import models
from models.accounts import RoleAssignment
from models.declare import Words, entity_of
from models.organisation import Building, College, Department
from models.people import Student
from models.rules.sessions import UNIT_KINDS
from models.season import Sheet
from policies import scope_filters as rows
from policies.caller import Caller
from policies.scope_filters import NOTHING, Filter, found_in, is_caller, of_known_sheets, of_sheets, one_of

EVERYTHING = Q()

#: Stands between a scope and the unit that it is narrowed to.
AT = "@"

#: What a unit's code may look like in a policy: letters, digits, `_`, `-` and `.`; whether there is such a unit is not
#: known here.
LONGEST: int = max(each._meta.fields_map["code"].max_length for each in (College, Department, Building))  # type: ignore[attr-defined]  # CharFields
CODE = re.compile(rf"[\w.-]{{1,{LONGEST}}}")


@dataclass(frozen=True, slots=True)
class Scope:
    """`inside`: the wider scopes that hold every row of this one, on every object that has both. `unit`: the one kind
    of unit it depends on (`college`, `department`, `building`), None for any other. `code`: the unit it is narrowed
    to."""

    name: str
    label: Words
    inside: frozenset[str]
    filters: Mapping[str, Filter]
    unit: str | None = None
    code: str | None = None

    @property
    def base(self) -> str:
        """The name without the unit."""
        return self.name.partition(AT)[0]


def _everything(caller: Caller) -> Q:
    return EVERYTHING


#: Whatever the models expose may be granted as a whole; any narrower meaning is written below.
EXPOSED = [model.__name__ for model in models.ALL if entity_of(model).exposed]


def _scope(name: str, zh: str, en: str, inside: tuple[str, ...] = (), /, **filters: Filter) -> Scope:
    unit = next((kind for kind in UNIT_KINDS if name.startswith(f"own_{kind}")), None)
    return Scope(name, Words(zh, en), frozenset((*inside, "all")) - {name}, filters, unit)


SCOPES: dict[str, Scope] = {
    scope.name: scope
    for scope in (
        _scope(
            "all",
            "全部",
            "Everything",
            **dict.fromkeys([*EXPOSED, "Api"], _everything),
        ),
        _scope(
            "all_but_cancelled",
            "全部(不含终止办理)",
            "Everything but cancelled sheets",
            Sheet=lambda caller: rows.SHOWN,
            Clearance=rows.not_cancelled,
            Certificate=rows.not_cancelled,
        ),
        _scope(
            "all_but_final",
            "全部(不含院系离校)",
            "Everything but the college sign-off",
            ("all_but_cancelled",),
            Clearance=rows.before_final,
        ),
        _scope(
            "all_staff",
            "全部教职工",
            "All staff accounts",
            User=lambda caller: found_in("id", RoleAssignment.exclude(role="student"), "user_id"),
            RoleAssignment=lambda caller: ~Q(role="student"),
        ),
        _scope(
            "own_self",
            "本人",
            "Oneself",
            ("own_or_shared",),
            User=lambda caller: is_caller("id", caller),
            RoleAssignment=lambda caller: is_caller("user_id", caller),
            ApiToken=lambda caller: is_caller("user_id", caller),
            Student=lambda caller: is_caller("user_id", caller, nullable=True),
            Supervision=lambda caller: found_in("student_id", rows.students_of(caller)),
            Sheet=rows.own_sheets,
            Clearance=of_sheets(rows.own_sheets),
            Certificate=of_sheets(rows.own_sheets),
            ItemRequest=lambda caller: is_caller("requested_by_id", caller),
            SyncObservation=lambda caller: found_in("student_id", rows.students_of(caller)),
            Operation=rows.own_acts,
            Event=rows.own_acts,
            SavedFilter=lambda caller: is_caller("owner_id", caller),
        ),
        _scope(
            "own_or_shared",
            "本人的和共享给本人的",
            "Own ones and those shared with oneself",
            SavedFilter=rows.own_or_shared,
        ),
        _scope(
            "own_within_role",
            "本人的(最多共享给同一身份)",
            "Own ones, shared with the same role at most",
            ("own_self", "own_or_shared"),
            SavedFilter=rows.own_within_role,
        ),
        _scope(
            "all_shared",
            "全部共享的",
            "Whatever is shared",
            SavedFilter=lambda caller: rows.SHARED,
        ),
        _scope(
            "own_students",
            "本人指导的学生",
            "Own students",
            Student=lambda caller: found_in("id", rows.supervisions_of(caller), "student_id"),
            Supervision=lambda caller: is_caller("supervisor_id", caller),
            Sheet=rows.supervised_sheets,
            Clearance=of_sheets(rows.supervised_sheets),
            Certificate=of_sheets(rows.supervised_sheets),
            Event=of_known_sheets(rows.supervised_sheets),
        ),
        _scope(
            "own_student_items",
            "本人指导的学生的导师签字",
            "Signatures of own students",
            ("own_students",),
            Clearance=rows.own_signatures,
        ),
        _scope(
            "own_college",
            "本学院",
            "Own college",
            College=lambda caller: one_of("id", caller.colleges),
            RoleAssignment=lambda caller: one_of("college_id", caller.colleges, nullable=True),
            Student=lambda caller: one_of("college_id", caller.colleges),
            Supervision=lambda caller: found_in("student_id", Student.filter(one_of("college_id", caller.colleges))),
            Sheet=rows.college_sheets,
            Clearance=of_sheets(rows.college_sheets),
            Certificate=of_sheets(rows.college_sheets),
            Event=of_known_sheets(rows.college_sheets),
            SyncObservation=lambda caller: found_in(
                "student_id", Student.filter(one_of("college_id", caller.colleges))
            ),
        ),
        _scope(
            "own_college_leavers",
            "在本学院办理过离校的学生",
            "Who left from own college",
            Student=lambda caller: found_in("id", Sheet.filter(rows.college_sheets(caller)), "student_id"),
        ),
        _scope(
            "own_college_items",
            "本学院办理的环节",
            "Items own college handles",
            ("own_college",),
            Clearance=rows.college_clearances,
        ),
        _scope(
            "own_college_party_items",
            "本学院的组织关系转移",
            "Own college's party item",
            ("own_college_items", "own_college"),
            Clearance=rows.party_clearances,
            Event=rows.party_events,
        ),
        _scope(
            "own_college_supervisor_items",
            "本学院的导师签字",
            "Own college's supervisor sign-offs",
            ("own_college",),
            Clearance=rows.college_signatures,
        ),
        _scope(
            "own_department",
            "本部门的环节",
            "Own department's items",
            Department=lambda caller: one_of("id", caller.departments),
            RoleAssignment=lambda caller: one_of("department_id", caller.departments, nullable=True),
            Item=lambda caller: one_of("department_id", caller.departments),
            Prerequisite=rows.own_items,
            ItemRequest=lambda caller: one_of("department_id", caller.departments),
            Clearance=rows.department_clearances,
            Operation=rows.own_items_or_null,
            Event=rows.own_items_or_null,
            SyncObservation=rows.own_items,
        ),
        _scope(
            "own_department_items",
            "本部门直接办理的环节",
            "Items own department handles",
            ("own_department",),
            Clearance=rows.handled_by_department,
        ),
        _scope(
            "own_department_students",
            "本部门环节涉及的学生",
            "Students of own department's items",
            Student=lambda caller: found_in("id", Sheet.filter(rows.department_sheets(caller)), "student_id"),
            Sheet=rows.department_sheets,
            Clearance=of_sheets(rows.department_sheets),
            Certificate=of_sheets(rows.department_sheets),
        ),
        _scope(
            "own_building",
            "本公寓楼",
            "Own building",
            Building=lambda caller: one_of("id", caller.buildings),
            RoleAssignment=lambda caller: one_of("building_id", caller.buildings, nullable=True),
            Student=lambda caller: one_of("building_id", caller.buildings, nullable=True),
            Sheet=rows.building_sheets,
            Clearance=of_sheets(rows.building_sheets),
            Certificate=of_sheets(rows.building_sheets),
        ),
        _scope(
            "own_token_items",
            "令牌限定的环节",
            "The token's items",
            Item=lambda caller: one_of("code", caller.token.items if caller.token else ()),
            Prerequisite=lambda caller: found_in("item_id", rows.token_items(caller)),
            Student=lambda caller: found_in("id", Sheet.filter(rows.token_sheets(caller)), "student_id"),
            Sheet=rows.token_sheets,
            Clearance=rows.token_clearances,
            Operation=rows.token_items_or_null,
            Event=rows.token_items_or_null,
            SyncObservation=lambda caller: found_in("item_id", rows.token_items(caller)),
        ),
    )
}


def scope_named(name: str) -> Scope | None:
    """The scope of this name, narrowed to a unit where it says so; None when there is no such scope, when it depends on
    no unit, or when the code cannot be one."""
    return SCOPES[name] if name in SCOPES else _narrowed(name)


@lru_cache(maxsize=1024)
def _narrowed(name: str) -> Scope | None:
    base, _, code = name.partition(AT)
    scope = SCOPES.get(base)
    if scope is None or scope.unit is None or not CODE.fullmatch(code):
        return None
    within = {f"{wider}{AT}{code}" for wider in scope.inside if SCOPES[wider].unit == scope.unit}
    label = Words(f"{scope.label.zh}({code})", f"{scope.label.en} ({code})")
    filters = {each: _cut(scope.unit, code, meant) for each, meant in scope.filters.items()}
    return Scope(name, label, frozenset({base, *scope.inside, *within}), filters, scope.unit, code)


def _cut(unit: str, code: str, meant: Filter) -> Filter:
    """What a scope means for a caller with that unit alone."""

    def cut(caller: Caller) -> Q:
        return meant(caller.cut_to(unit, code)) if code in caller.codes(unit) else NOTHING

    return cut


def lies_inside(name: str) -> frozenset[str]:
    """The scopes that hold every row of this one, itself included."""
    scope = scope_named(name)
    return frozenset({name, *scope.inside}) if scope else frozenset({name})


def filter_of(scope: str, object_name: str, caller: Caller) -> Q:
    """The rows of `object_name` that `scope` means for this caller; none for a pair that is not declared."""
    named = scope_named(scope)
    meant = named.filters.get(object_name) if named else None
    return NOTHING if meant is None else meant(caller)


def scopes_of(object_name: str) -> frozenset[str]:
    """The scopes declared for an object, none of them narrowed."""
    return frozenset(scope.name for scope in SCOPES.values() if object_name in scope.filters)


__all__ = ["AT", "EVERYTHING", "NOTHING", "SCOPES", "Scope", "filter_of", "lies_inside", "scope_named", "scopes_of"]
