"""Changing a table cell by cell, comparing two, and writing one as CSV that reads back as the same table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import rules as policy_rules
from policies.catalogue import OBJECTS, WHOLE
from policies.editing import reset_role, rule_changes, set_cell, to_csv
from policies.roles import PARENTS, ROLES
from policies.rules import (
    COLUMNS,
    LONGEST_NOTE,
    InvalidPolicy,
    PolicyTable,
    Problem,
    Rule,
    checked,
    parse_csv,
    read_csv,
)
from policies.scopes import SCOPES

JULY = date(2026, 7, 31)
TABLE = parse_csv(
    [
        "operator,Student,name,read,own_department_students|own_self,allow,为什么",
        "operator,Student,phone,read,own_department_students,allow,,2026-07-31",
        "operator,Student,name,export,own_department_students,allow,",
        "dorm_centre,Student,name,read,own_building,allow,",
        "desk,Student,name,read,own_self,allow,",
    ]
)


def lines(table: PolicyTable) -> list[str]:
    """Without the names of the columns."""
    return to_csv(table).splitlines()[1:]


def edited(table: PolicyTable = TABLE, **cell: Any) -> PolicyTable:
    """The operator's `Student.name` to read, unless said otherwise."""
    return set_cell(table, **{"role": "operator", "object": "Student", "action": "read", "field": "name", **cell})


def refused(**cell: Any) -> list[str]:
    with pytest.raises(InvalidPolicy) as problem:
        edited(**cell)
    return [str(each) for each in problem.value.problems]


# --- one cell


def test_the_own_rows_of_exactly_that_cell_are_replaced():
    after = edited(allow={"all": JULY, "own_college@15": None}, deny={"own_building@PINE1": None}, note="试行")
    assert lines(after) == [
        "operator,Student,name,export,own_department_students,allow,,",
        "operator,Student,name,read,all,allow,试行,2026-07-31",
        "operator,Student,name,read,own_building@PINE1,deny,试行,",
        "operator,Student,name,read,own_college@15,allow,试行,",
        "operator,Student,phone,read,own_department_students,allow,,2026-07-31",
        "dorm_centre,Student,name,read,own_building,allow,,",
        "desk,Student,name,read,own_self,allow,,",
    ]
    assert after.parents == TABLE.parents


def test_a_cell_is_emptied():
    after = edited(allow={})
    assert rule_changes(TABLE, after).added == ()
    assert [rule.scope for rule in rule_changes(TABLE, after).removed] == ["own_department_students", "own_self"]


def test_a_row_that_stays_keeps_its_note_unless_another_is_given():
    after = edited(allow={"own_self": JULY, "all": None})
    assert [rule.texts[4:] for rule in rule_changes(TABLE, after).added] == [
        ("all", "allow", "", ""),
        ("own_self", "allow", "为什么", "2026-07-31"),
    ]
    assert [rule.note for rule in rule_changes(TABLE, edited(allow={"own_self": None}, note=" 新 ")).added] == ["新"]


def test_nothing_changes_when_the_same_is_said_again():
    assert edited(allow={"own_self": None, "own_department_students": None}) == TABLE
    assert edited(field="phone", allow={"own_department_students": JULY}) == TABLE


def test_a_wildcard_is_a_cell_of_its_own():
    after = edited(field="*", allow={"own_department_students": None})
    assert [rule.cells[2] for rule in rule_changes(TABLE, after).added] == ["*"]
    assert rule_changes(TABLE, after).removed == ()


def test_the_table_before_is_not_changed():
    before = to_csv(TABLE)
    edited(allow={})
    assert to_csv(TABLE) == before


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ({"role": "opertor"}, "role: no such role: 'opertor' (nearest: operator)"),
        ({"object": "Studnt"}, "object: no such object: 'Studnt' (nearest: Student)"),
        ({"action": "raed"}, "action: no such action: 'raed' (nearest: read)"),
        ({"field": "nmae"}, "field: Student has no such field: 'nmae' (nearest: name)"),
        ({"field": "version"}, "field: Student has no such field: 'version' (nearest: person)"),
        ({"action": "update", "field": "id_no_masked"}, "field: cannot be granted update: 'id_no_masked'"),
        ({"allow": {"own_bilding@15": None}}, "scope: no such scope: 'own_bilding@15' (nearest: own_building@15)"),
        ({"allow": {}, "deny": {"al": None}}, "scope: no such scope: 'al' (nearest: all)"),
        ({"note": "a\nb"}, "note: must be one line of at most 200 characters: 'a\\nb'"),
    ],
)
def test_a_cell_that_cannot_be_is_refused(cell: dict[str, Any], problem: str):
    assert refused(**{"allow": {"all": None}, **cell}) == [problem]


@pytest.mark.parametrize("cell", [{"role": "x"}, {"object": "x"}, {"action": "x"}, {"field": "x"}])
def test_a_cell_that_cannot_be_is_not_emptied_either(cell: dict[str, Any]):
    [problem] = refused(**{"allow": {}, **cell})
    assert "no such" in problem


def test_a_refusal_names_the_row_of_the_request():
    assert refused(allow={"al": None}, row=3) == ["row 3, scope: no such scope: 'al' (nearest: all)"]


def test_allowed_and_denied_in_the_same_scope_are_two_rows():
    after = edited(allow={"all": None}, deny={"all": None})
    assert [rule.effect for rule in rule_changes(TABLE, after).added] == ["allow", "deny"]


def test_what_is_kept_is_not_checked_again_for_each_cell(monkeypatch: pytest.MonkeyPatch):
    """Two hundred cells of a table of 20,000 rows took a minute."""
    looked_at: list[Rule] = []

    def faults(rule: Rule) -> Iterator[Problem]:
        looked_at.append(rule)
        return iter(())

    monkeypatch.setattr(policy_rules, "faults", faults)
    edited(allow={"all": None, "own_self": None})
    assert [rule.scope for rule in looked_at] == ["all", "own_self"]


def test_a_table_with_too_many_rows_is_not_made_by_a_cell_either(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy_rules, "MOST_ROWS", len(TABLE.rules))
    edited(field="phone", allow={"all": None})
    with pytest.raises(InvalidPolicy, match="table: stands for more than"):
        edited(field="phone", allow={"all": None, "own_self": None})


def test_the_last_row_of_a_table_cannot_be_taken_away():
    [only] = [rule for rule in TABLE.rules if rule.role == "desk"]
    with pytest.raises(InvalidPolicy, match="table: has no rows"):
        edited(PolicyTable((only,), PARENTS), role="desk", allow={})


# --- a role


def test_a_role_is_reset_and_no_other():
    shipped = read_csv()
    changed = set_cell(shipped, role="leader", object="Student", action="read", field="name", allow={"all": None})
    changed = set_cell(changed, role="analyst", object="Student", action="read", field="name", allow={"all": None})
    changed = set_cell(changed, role="leader", object="Sheet", action="aggregate", field="college", allow={})
    after = reset_role(changed, "leader", shipped)
    assert {rule.role for rule in rule_changes(shipped, after).added} == {"analyst"}
    assert rule_changes(shipped, after).removed == ()
    assert reset_role(after, "analyst", shipped) == shipped


def test_a_role_is_reset_with_whose_rights_it_has_besides():
    orphan = PolicyTable(TABLE.rules, tuple(pair for pair in PARENTS if pair[0] != "dorm_centre"))
    assert reset_role(orphan, "dorm_centre", TABLE) == TABLE
    turned = PolicyTable(TABLE.rules, (("operator", "dorm_centre"), *PARENTS[:1]))
    with pytest.raises(InvalidPolicy, match="inherits from itself"):
        reset_role(turned, "dorm_centre", TABLE)


def test_a_role_that_does_not_exist_is_not_reset():
    with pytest.raises(InvalidPolicy) as problem:
        reset_role(TABLE, "opertor", TABLE)
    assert str(problem.value) == "role: no such role: 'opertor' (nearest: operator)"


# --- what changed


def test_a_row_with_another_note_or_day_is_removed_and_added():
    after = checked([*(rule for rule in TABLE.rules if rule.field != "phone"), phone("七月", None)])
    changes = rule_changes(TABLE, after)
    assert [rule.texts[-2:] for rule in changes.added] == [("七月", "")]
    assert [rule.texts[-2:] for rule in changes.removed] == [("", "2026-07-31")]


def phone(note: str, until: date | None) -> Rule:
    return Rule("operator", "Student", "phone", "read", "own_department_students", "allow", until, note)


def test_nothing_changed_between_a_table_and_itself():
    turned = PolicyTable(tuple(reversed(TABLE.rules)), TABLE.parents)
    changes = rule_changes(TABLE, turned)
    assert (changes.added, changes.removed) == ((), ())


# --- CSV


def test_the_csv_has_one_single_row_a_line_in_the_order_of_the_roles():
    assert to_csv(TABLE) == (
        "role,object,field,action,scope,effect,note,until\n"
        "operator,Student,name,export,own_department_students,allow,,\n"
        "operator,Student,name,read,own_department_students,allow,为什么,\n"
        "operator,Student,name,read,own_self,allow,为什么,\n"
        "operator,Student,phone,read,own_department_students,allow,,2026-07-31\n"
        "dorm_centre,Student,name,read,own_building,allow,,\n"
        "desk,Student,name,read,own_self,allow,,\n"
    )


def test_the_shipped_table_reads_back():
    assert parse_csv(to_csv(read_csv())) == read_csv()


def test_one_changed_row_is_one_changed_line():
    before, after = lines(TABLE), lines(edited(field="phone", allow={"own_department_students": None}))
    assert len(set(before) ^ set(after)) == 2


def test_a_formula_in_a_note_is_none_in_a_spreadsheet():
    after = edited(field="level", allow={"all": None}, note='=HYPERLINK("http://x")')
    [row] = [each for each in csv.reader(io.StringIO(to_csv(after))) if each[2] == "level"]
    assert row[COLUMNS.index("note")] == '\'=HYPERLINK("http://x")'
    assert parse_csv(to_csv(after)) == after


def notes() -> st.SearchStrategy[str]:
    """Whatever a note may be: with quotes, commas, formulas, Chinese and what looks like a comment."""
    odd = st.sampled_from(["", "#", "'", "''", "'=", "=1", "@x", '"', '",', "#a,b", "-", "role"])
    text = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20)
    return st.builds(lambda begin, rest: f"{begin}{rest}".strip()[:LONGEST_NOTE].strip(), odd, text)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    target = OBJECTS[draw(st.sampled_from(sorted(OBJECTS)))]
    action = draw(st.sampled_from(target.actions))
    scope = draw(st.sampled_from(sorted(target.scopes)))
    code = draw(st.none() | st.from_regex(r"[\w.-]{1,16}", fullmatch=True)) if SCOPES[scope].unit else None
    return Rule(
        draw(st.sampled_from(sorted(ROLES))),
        target.name,
        draw(st.sampled_from((WHOLE, *target.fields_for(action)))),
        action,
        scope if code is None else f"{scope}@{code}",
        draw(st.sampled_from(("allow", "deny"))),
        draw(st.none() | st.dates()),
        draw(notes()),
    )


def tables() -> st.SearchStrategy[PolicyTable]:
    return st.lists(rules(), min_size=1, max_size=12, unique=True).map(checked)


@given(tables())
def test_any_table_reads_back_as_it_was_written(table: PolicyTable):
    text = to_csv(table)
    again = parse_csv(text)
    assert again == table
    assert to_csv(again) == text
    assert parse_csv("\ufeff" + text.replace("\n", "\r\n")) == table


@given(tables(), tables())
def test_a_table_is_the_other_one_with_its_changes(before: PolicyTable, after: PolicyTable):
    changes = rule_changes(before, after)
    said = {rule.texts for rule in before.rules}
    said = (said - {rule.texts for rule in changes.removed}) | {rule.texts for rule in changes.added}
    assert said == {rule.texts for rule in after.rules}
    back = rule_changes(after, before)
    assert (back.added, back.removed) == (changes.removed, changes.added)


@given(tables(), rules(), st.dictionaries(st.just("all"), st.none() | st.dates()))
def test_setting_a_cell_changes_no_other(table: PolicyTable, of: Rule, allow: Mapping[str, date | None]):
    kept = {rule.texts for rule in table.rules if (rule.role, rule.object, rule.action, rule.field) != cell(of)}
    if not kept and not allow:
        return
    after = set_cell(table, role=of.role, object=of.object, action=of.action, field=of.field, allow=allow, note=of.note)
    assert {rule.texts for rule in after.rules if cell(rule) != cell(of)} == kept
    assert {rule.scope: rule.until for rule in after.rules if cell(rule) == cell(of)} == dict(allow)


def cell(rule: Rule) -> tuple[str, str, str, str]:
    return (rule.role, rule.object, rule.action, rule.field)
