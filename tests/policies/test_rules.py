"""Reading tables: what is expanded, and every way of being wrong that must be refused with its row and its remedy."""

from __future__ import annotations

import json

import pytest

from policies.rules import InvalidPolicy, Problem, Rule, checked, dump, load, parse_csv, read_csv

GOOD = "student,Sheet,batch,read,own_self,allow,"


def problems(*lines: str) -> list[str]:
    with pytest.raises(InvalidPolicy) as refused:
        parse_csv(lines)
    return [str(problem) for problem in refused.value.problems]


def test_joined_cells_and_groups_become_single_rows():
    table = parse_csv(
        ["# people read this", "", "counsellor,Student,@document|phone,read|export,own_college,allow,why"]
    )
    assert [rule.cells for rule in table.rules] == [
        ("counsellor", "Student", name, action, "own_college", "allow")
        for name in ("id_type", "id_no_masked", "phone")
        for action in ("read", "export")
    ]
    assert {(rule.note, rule.row) for rule in table.rules} == {("why", 3)}


def test_several_objects_in_one_row():
    table = parse_csv(["office,College|Building,code,read,all,allow,"])
    assert [rule.object for rule in table.rules] == ["College", "Building"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("counselor,Sheet,batch,read,all,allow,", "role: no such role: 'counselor' (nearest: counsellor)"),
        ("student,Sheets,batch,read,all,allow,", "object: no such object: 'Sheets' (nearest: Sheet)"),
        ("student,Student,nmae,read,all,allow,", "field: Student has no such field: 'nmae' (nearest: name)"),
        ("student,Sheet,version,read,all,allow,", "field: Sheet has no such field: 'version'"),
        ("student,Sheet,batch,raed,all,allow,", "action: no such action: 'raed' (nearest: read)"),
        ("student,Batch,code,read,own_college,allow,", "scope: no such scope: 'own_college'"),
        ("student,Sheet,batch,read,all,Deny,", "effect: no such effect: 'Deny' (nearest: deny)"),
        ("student,Sheet,batch,read,all,,", "effect: no such effect: ''"),
        ("office,Student,id_no_masked,update,all,allow,", "field: cannot be granted update: 'id_no_masked'"),
        ("analyst,Student,id_no,aggregate,all,allow,", "field: cannot be granted aggregate: 'id_no'"),
        ("office,Clearance,status,clear,all,allow,", "field: cannot be granted clear: 'status' (nearest: *)"),
    ],
)
def test_a_cell_that_the_catalogue_lacks_is_refused(line: str, problem: str):
    assert problems(line) == [f"row 1, {problem}"]


@pytest.mark.parametrize("cell", ["True) || (True", "r.role", "Sheet' || '1'=='1", "*", "", " "])
def test_a_cell_is_never_an_expression(cell: str):
    for column in range(6):
        cells = GOOD.split(",")
        cells[column] = cell
        if column == 2 and cell == "*":
            continue  # the one cell where it means something
        problems(",".join(cells))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("p,student,Sheet,batch,read,own_self,allow,,", "has 9 cells instead of 7 or 8"),
        ("g,dorm_centre,operator", "has 3 cells instead of 7 or 8"),
        ("student,Sheet,batch,read,own_self,allow", "has 6 cells instead of 7 or 8"),
        ('student,"Sheet,batch,read,own_self,allow,', "not readable as CSV (unexpected end of data)"),
    ],
)
def test_a_malformed_row_refuses_the_table(line: str, problem: str):
    [found] = problems(GOOD, line)
    assert found.startswith("row 2, row: ")
    assert problem in found


def test_every_fault_is_reported_at_once():
    assert [
        text.split(":")[0] for text in problems("x,Sheet,batch,read,own_self,allow,", GOOD, "student,Y,a,b,c,d,")
    ] == [
        "row 1, role",
        "row 3, effect",
        "row 3, object",
    ]


def test_the_same_row_twice_is_refused():
    [found] = problems(GOOD, "student,Sheet,@line,read,own_self,allow,")
    assert found == "row 2, row: says the same as row 1: 'student,Sheet,batch,read,own_self,allow'"


def test_an_empty_table_is_refused():
    assert problems("# nothing") == ["table: has no rows"]


@pytest.mark.parametrize(
    ("parents", "problem"),
    [
        ([("operator", "operator")], "inheritance: inherits from itself"),
        ([("operator", "office"), ("office", "operator")], "inherits from itself"),
        ([("operator", "ofice")], "no such role"),
    ],
)
def test_inheritance_is_acyclic_and_between_known_roles(parents: list[tuple[str, str]], problem: str):
    with pytest.raises(InvalidPolicy, match=problem):
        checked([Rule("student", "Sheet", "batch", "read", "own_self", "allow")], parents)


def test_a_stored_table_is_the_same_table():
    table = read_csv()
    again = load(dump(table))
    assert set(again.rules) == set(table.rules)
    assert set(again.parents) == set(table.parents)
    assert dump(again) == dump(table)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"rules": 1, "parents": []}',
        '{"rules": [["a"]], "parents": []}',
        '{"rules": [], "parents": []}',
    ],
)
def test_a_stored_text_that_is_no_table_is_refused(body: str):
    with pytest.raises(InvalidPolicy):
        load(body)


def test_a_stored_table_is_checked_again():
    rows = [["student", "Sheet", "batch", "read", "own_self", "allowed", ""]]
    with pytest.raises(InvalidPolicy) as refused:
        load(json.dumps({"rules": rows, "parents": []}))
    assert refused.value.problems == (Problem(1, "effect", "allowed", "no such effect", ("allow",)),)
