"""Reading tables: what is expanded, and every way of being wrong that must be refused with its row and its remedy."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from policies.roles import ROLES
from policies.rules import (
    COLUMNS,
    MOST_ENDS,
    MOST_PROBLEMS,
    MOST_ROWS,
    InvalidPolicy,
    PolicyTable,
    Problem,
    Rule,
    checked,
    dump,
    load,
    parse_csv,
    read_csv,
)

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


@pytest.mark.parametrize(
    "cell",
    [
        "True) || (True",
        "r.role",
        "Sheet' || '1'=='1",
        "*",
        "",
        " ",
        ".*",
        "(a+)+$",
        "'; DROP TABLE policy_head; --",
        "{{7*7}}",
        "__import__('os')",
        "a\x00b",
        "@",
        "own_self@X",
        "𝒂𝒍𝒍",
        "all\u200b",
    ],
)
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


@pytest.mark.parametrize(
    ("scope", "problem"),
    [
        ("own_colege@15", "no such scope: 'own_colege@15' (nearest: own_college@15)"),
        ("own_staff@15", "no such scope: 'own_staff@15'"),
        ("@15", "no such scope: '@15'"),
        ("@", "no such scope: '@'"),
        ("x@' OR 1", 'no such scope: "x@\' OR 1"'),
        (
            "all@15",
            (
                "all cannot be narrowed to one unit: 'all@15' (nearest: own_building@15, own_college@15,"
                " own_department_students@15)"
            ),
        ),
        (
            "own_self@X",
            (
                "own_self cannot be narrowed to one unit: 'own_self@X' (nearest: own_building@X, own_college@X,"
                " own_department_students@X)"
            ),
        ),
        ("all@", "all cannot be narrowed to one unit: 'all@'"),
        ("own_college@", "after @ there must be the code of one college: 'own_college@'"),
        ("own_building@' OR 1", 'after @ there must be the code of one building: "own_building@\' OR 1"'),
        ("own_college@15@16", "after @ there must be the code of one college: 'own_college@15@16'"),
        (
            "own_college@12345678901234567",
            "after @ there must be the code of one college: 'own_college@12345678901234567'",
        ),
    ],
)
def test_a_scope_is_narrowed_to_a_unit_by_its_code_or_refused(scope: str, problem: str):
    assert problems(f"student,Sheet,batch,read,{scope},allow,") == [f"row 1, scope: {problem}"]


def test_narrowed_scopes_are_joined_like_others():
    table = parse_csv(["counsellor,Student,name,read,own_college@15|own_college@16|own_self,allow,"])
    assert [rule.scope for rule in table.rules] == ["own_college@15", "own_college@16", "own_self"]


# --- until a day


def test_a_row_may_say_until_when():
    table = parse_csv([f"{GOOD},2026-07-31", "student,Sheet,state,read,own_self,allow,why,"])
    assert [(rule.field, rule.until, rule.note) for rule in table.rules] == [
        ("batch", date(2026, 7, 31), ""),
        ("state", None, "why"),
    ]


@pytest.mark.parametrize(
    "day",
    ["2026-02-30", "2026-13-01", "20260731", "2026-7-31", "2026-W30-5", "31.07.2026", "2026-07-31T00:00", "٢٠٢٦-٠٧-٣١"],
)
def test_what_is_no_day_is_refused(day: str):
    assert problems(GOOD, f"student,Sheet,state,read,own_self,allow,,{day}") == [
        f"row 2, until: no such day; it is written like 2026-07-31: '{day}'"
    ]


def test_a_row_whose_day_has_passed_is_still_a_row_of_the_table():
    """A version stays readable, and can be rolled back to, however old it is."""
    table = parse_csv([f"{GOOD},1999-12-31"])
    assert load(dump(table)) == table


@pytest.mark.parametrize(
    ("day", "holds"),
    [(None, True), (date(2026, 7, 30), True), (date(2026, 7, 31), True), (date(2026, 8, 1), False)],
)
def test_the_last_day_is_the_last_on_which_a_rule_holds(day: date | None, holds: bool):
    [rule] = parse_csv([f"{GOOD},2026-07-31"]).rules
    assert rule.holds_on(day) is holds


def test_the_same_right_until_two_days_is_refused():
    [found] = problems(f"{GOOD},2026-07-31", f"{GOOD},2026-08-31")
    assert found == "row 2, row: says the same as row 1: 'student,Sheet,batch,read,own_self,allow'"


# --- what people write around it


def test_the_names_of_the_columns_and_empty_lines_are_for_people():
    told = [",".join(COLUMNS), "", "   ", ",,,,,,,", "#,a,b", ",".join(COLUMNS[:-1]), GOOD]
    assert [rule.row for rule in parse_csv(told).rules] == [7]


def test_a_text_is_read_like_its_lines(tmp_path: Path):
    """Also as a spreadsheet saves it: with a byte order mark, and with other ends of lines."""
    lines = ["# 说明", GOOD, 'student,Sheet,state,read,own_self,allow,"a, ""b"""']
    table = parse_csv(lines)
    assert parse_csv("\n".join(lines)) == table
    assert parse_csv("\ufeff" + "\r\n".join(lines)) == table
    assert parse_csv("\r".join(lines)) == table
    file = tmp_path / "policy.csv"
    file.write_text("\n".join(lines), encoding="utf-8-sig")
    assert read_csv(file) == table
    assert table.rules[1].note == 'a, "b"'


@pytest.mark.parametrize("note", ["a\nb", "a\x00b", "a\u2028b", "x" * 201])
def test_a_note_is_one_line(note: str):
    [found] = problems(f'student,Sheet,batch,read,own_self,allow,"{note}"')
    assert found.startswith("row ")
    assert "note: must be one line of at most 200 characters" in found


@pytest.mark.parametrize(
    ("written", "read"),
    [("'=1+1", "=1+1"), ("=1+1", "=1+1"), ("''a", "'a"), ("'a'", "'a'"), ("a'", "a'"), ("'@x", "@x"), ("'", "'")],
)
def test_an_apostrophe_before_a_formula_is_for_the_spreadsheet(written: str, read: str):
    [rule] = parse_csv([f"student,Sheet,batch,read,own_self,allow,{written}"]).rules
    assert rule.note == read


# --- too much


def test_a_line_that_stands_for_too_many_rows_is_refused_before_it_is_expanded():
    many = "|".join(["name"] * 500)
    [found] = problems(f"student,{many},{many},{many},{many},allow,")
    assert found.startswith(f"row 1, table: stands for more than {MOST_ROWS} rows: 'student,name|name|")
    assert len(found) < 200


def test_a_line_of_groups_is_expanded_no_further_than_to_one_row_too_many(monkeypatch):
    """Nineteen thousand mentions of a group are many times as many rows."""
    made = []

    def counted(*cells):
        made.append(cells)
        return Rule(*cells)

    monkeypatch.setattr("policies.rules.Rule", counted)
    groups = "|".join(["@line"] * 19_000)
    with pytest.raises(InvalidPolicy, match=f"table: stands for more than {MOST_ROWS} rows"):
        parse_csv([f"office,Sheet,{groups},read,all,allow,"])
    assert len(made) == MOST_ROWS + 1


def test_a_table_of_too_many_rows_is_refused():
    codes = (f"own_college@{number}" for number in range(MOST_ROWS + 1))
    rules = [Rule("counsellor", "Student", "name", "read", code, "allow") for code in codes]
    with pytest.raises(InvalidPolicy, match=f"table: stands for more than {MOST_ROWS} rows"):
        checked(rules)
    lines = (f"counsellor,Student,name|level,read,own_college@{number},allow," for number in range(MOST_ROWS))
    with pytest.raises(InvalidPolicy, match=f"table: stands for more than {MOST_ROWS} rows"):
        parse_csv(lines)


def test_denials_end_on_a_few_days_only():
    """Each such day is judged by itself: three hundred of them took two minutes."""
    lines = [f"office,Student,name,read,own_college@{n},deny,,2026-07-{n:02}" for n in range(1, 32)]
    assert len(parse_csv(lines[:MOST_ENDS]).rules) == MOST_ENDS
    with pytest.raises(InvalidPolicy, match="table: denials end on more than 30 different days"):
        parse_csv(lines[: MOST_ENDS + 1])


def test_so_many_faults_are_told_and_no_more():
    assert len(problems(*["x"] * 500)) == MOST_PROBLEMS
    assert len(problems(*[f"x{number},Sheet,batch,read,all,allow," for number in range(500)])) == MOST_PROBLEMS


def test_a_wrong_cell_is_told_in_short():
    [found] = problems(f"{'x' * 5000},Sheet,batch,read,all,allow,")
    assert found == f"row 1, role: no such role: '{'x' * 80}…'"


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
    assert again == table
    assert dump(again) == dump(table)


def test_a_stored_table_keeps_notes_days_and_units():
    table = parse_csv(["counsellor,Student,phone,read,own_college@15,allow,七月底以前,2026-07-31"])
    [rule] = load(dump(table)).rules
    assert rule.texts == (
        "counsellor",
        "Student",
        "phone",
        "read",
        "own_college@15",
        "allow",
        "七月底以前",
        "2026-07-31",
    )


def test_a_table_stored_before_there_were_days_is_read():
    rows = [["student", "Sheet", "batch", "read", "own_self", "allow", "why"]]
    rule, *_ = load(json.dumps({"rules": rows, "parents": []})).rules
    assert (rule.note, rule.until) == ("why", None)


def test_a_table_stored_before_there_were_stored_documents_lets_everybody_ask_freely():
    rows = [["student", "Sheet", "batch", "read", "own_self", "allow", ""]]
    below = [[role.name, "desk"] for role in ROLES.values() if role.parent and role.name != "desk"]
    stored = {"rules": rows, "parents": [["desk", "staff"], *below]}
    found = [each.cells for each in load(json.dumps(stored)).rules[1:]]
    assert found == [(role, "Api", "*", "ask_freely", "all", "allow") for role in ("staff", "student", "campus_app")]
    assert [each.cells for each in load(json.dumps(stored | {"format": 2})).rules] == [tuple(rows[0][:6])]
    assert json.loads(dump(load(json.dumps(stored))))["format"] == 2


def test_tables_are_equal_when_they_say_the_same():
    first, second = parse_csv([GOOD, "student,Sheet,state,read,own_self,allow,"]).rules
    table = PolicyTable((first, second), ())
    assert table == PolicyTable((second, first), ())
    assert hash(table) == hash(PolicyTable((second, first), ()))
    others = ["allow,why", "allow,,2026-07-31", "deny,"]
    for other in others:
        [changed] = parse_csv([f"student,Sheet,state,read,own_self,{other}"]).rules
        assert table != PolicyTable((first, changed), ())
    assert table != PolicyTable((first, second), (("operator", "desk"),))
    assert table != "table"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"rules": 1, "parents": []}',
        '{"rules": [["a"]], "parents": []}',
        '{"rules": [["student", "Sheet", "batch", "read", "own_self", "allow", "", null]], "parents": []}',
        '{"rules": [["student", "Sheet", "batch", "read", "own_self", "allow", "", "soon"]], "parents": []}',
        '{"rules": [["student", "Sheet", "batch", "read", "own_self@1", "allow", "", ""]], "parents": []}',
        '{"rules": [], "parents": []}',
        '{"format": 3, "rules": [["student", "Sheet", "batch", "read", "own_self", "allow", ""]], "parents": []}',
        '{"format": "2", "rules": [["student", "Sheet", "batch", "read", "own_self", "allow", ""]], "parents": []}',
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
