"""One SQL statement for each relation, whatever the number of rows; only what the caller may see."""

from __future__ import annotations

import pytest

from graphql_api import ids
from models import Clearance, Sheet, Student, database
from models.database_url import Dialect
from models.enums import ClearanceStatus
from tests import factories as make
from tests.graphql_api.asking import extended, in_role

W1 = """query ($batch: String!, $no: String!) { sheet(batch: $batch, studentNo: $no) {
  id displayLabel state student { studentNo name college { name } }
  clearances { status note item { code name department { name phone } } } } }"""
W2 = """query ($first: Int) { sheets(first: $first) { nodes {
  id student { studentNo name } clearances { id status item { code name } } } } }"""


@pytest.fixture
async def where(database):
    return await make.university()


@pytest.fixture
async def season(where):
    return await make.season(where)


# --- statements


def statements(relations: int) -> int:
    """One for each relation; PostgreSQL is asked for all of them at once."""
    return relations if database.dialect() is Dialect.SQLITE else 1


async def test_one_student_with_everything_is_one_statement(season):
    await make.crowd(season.batch, 3)
    desk = in_role("office")
    answer = await desk.ask(W1, batch="2026-06", no="20230002")
    assert len(desk.sent) == 1  # of sheet, student, college, batch (for the label), clearances, items, departments
    assert answer["sheet"]["student"]["studentNo"] == "20230002"
    assert answer["sheet"]["displayLabel"] == f"20230002 张三 {season.batch.name}"
    assert len(answer["sheet"]["clearances"]) == 8  # nine items, of which one is information


async def test_a_page_costs_the_same_four_statements_at_1_10_and_50_rows(season):
    await make.crowd(season.batch, 55)
    desk = in_role("office")
    for size in (1, 10, 50):
        answer = await desk.ask(W2, first=size)
        assert len(answer["sheets"]["nodes"]) == size
        assert sum(len(each["clearances"]) for each in answer["sheets"]["nodes"]) == size * 8
        assert len(desk.sent) == statements(4), size


async def test_rows_of_a_college_cost_no_more_for_its_counsellor(where, season):
    await make.crowd(season.batch, 12, college=where.college)
    await make.crowd(season.batch, 3, prefix="2024", college=where.other_college)
    counsellor = in_role("counsellor", colleges=[where.college])
    for size, rows in ((1, 1), (10, 10), (50, 12)):
        answer = await counsellor.ask(W2, first=size)
        assert len(answer["sheets"]["nodes"]) == rows
        assert len(counsellor.sent) == statements(4)


async def test_mentions_of_one_relation_share_a_statement(season):
    await make.crowd(season.batch, 2)
    desk = in_role("office")
    answer = await desk.ask(
        "{ sheets { nodes { a: student { name } b: student { no: studentNo college { code } } displayLabel } } }"
    )
    assert len(desk.sent) == statements(4)  # sheets, students, colleges, batches
    assert answer["sheets"]["nodes"][0]["a"] == {"name": "张三"}
    assert answer["sheets"]["nodes"][0]["b"]["no"] == "20230001"


async def test_nothing_found_asks_nothing_more(season):
    desk = in_role("office")
    assert await desk.ask(W2, first=10) == {"sheets": {"nodes": []}}
    assert len(desk.sent) == 1


async def test_the_total_is_counted_only_when_it_is_asked_for(season):
    await make.crowd(season.batch, 4)
    desk = in_role("office")
    assert await desk.ask("{ sheets { totalCount } }") == {"sheets": {"totalCount": 4}}
    assert len(desk.sent) == 1
    assert "COUNT" in desk.sent[0]
    await desk.ask("{ sheets { nodes { id } } }")
    assert not any("COUNT" in each for each in desk.sent)


# --- the document's own ways


async def test_aliases_fragments_and_directives_are_graphqls_own(season):
    await make.crowd(season.batch, 1, name="王伟")
    asked = """query ($no: Boolean!) {
      first: students(first: 1) { ...page } again: students(first: 1) { nodes { ... on Student { who: name } } } }
    fragment page on StudentConnection { nodes { ...person name @skip(if: true) } nodes { level @include(if: $no) } }
    fragment person on Student { studentNo kind: __typename }"""
    assert await in_role("office").ask(asked, no=False) == {
        "first": {"nodes": [{"studentNo": "20230001", "kind": "Student"}]},
        "again": {"nodes": [{"who": "王伟"}]},
    }
    answer = await in_role("office").ask(asked, no=True)
    assert answer["first"]["nodes"] == [{"studentNo": "20230001", "kind": "Student", "level": "UG"}]


async def test_lists_take_conditions_and_an_order_each(season):
    await make.sheet(season.batch, statuses={"BOOKS": ClearanceStatus.CLEARED})
    answer = await in_role("office").ask(
        """{ sheets { nodes {
          done: clearances(where: {status: {eq: CLEARED}}) { item { code } }
          open: clearances(where: {status: {eq: PENDING}}, orderBy: [{item: {code: DESC}}]) { item { code } } } } }"""
    )
    [node] = answer["sheets"]["nodes"]
    assert node["done"] == [{"item": {"code": "BOOKS"}}]
    assert [each["item"]["code"] for each in node["open"]] == ["FINAL", "FEES", "DORM", "CARD"]


async def test_values_come_as_their_types(season):
    made = await make.sheet(season.batch)
    item = season["BOOKS"]
    answer = await in_role("office").ask(
        """query ($sheet: ID!) {
          item(batch: "2026-06", code: "BOOKS") { id ways kind order withdrawnAt createdAt prerequisites { reopen } }
          sheet(id: $sheet) { version student { isResident } clearances { prerequisiteReopened } } }""",
        sheet=ids.encode("Sheet", made.id),
    )
    assert answer["item"] == {
        "id": ids.encode("Item", item.id),
        "ways": ["SINGLE", "BULK", "IMPORT", "SYNC"],
        "kind": "NORMAL",
        "order": item.order,
        "withdrawnAt": None,
        "createdAt": item.created_at.isoformat(),
        "prerequisites": [],
    }
    assert answer["sheet"]["version"] == 1
    assert answer["sheet"]["student"] == {"isResident": True}
    assert answer["sheet"]["clearances"][0] == {"prerequisiteReopened": False}


# --- one row


async def test_a_row_is_named_in_exactly_one_way(season):
    [made] = await make.crowd(season.batch, 1)
    desk = in_role("office")
    by_id = await desk.ask("query ($id: ID!) { sheet(id: $id) { id } }", id=ids.encode("Sheet", made.id))
    by_key = await desk.ask('{ sheet(batch: "2026-06", studentNo: "20230001") { id } }')
    assert by_id == by_key == {"sheet": {"id": ids.encode("Sheet", made.id)}}
    for wrong in ("sheet", 'sheet(batch: "2026-06")', f'sheet(id: "{by_id["sheet"]["id"]}", batch: "2026-06")'):
        error = await desk.refused(f"{{ {wrong} {{ id }} }}")
        assert error["code"] == "BAD_INPUT"
        assert error["violations"] == [
            {"path": ["id"], "code": "ONE_WAY", "params": {"ways": "id | batch + studentNo"}}
        ]


async def test_a_row_that_is_absent_or_out_of_scope_is_null_alike(where, season):
    [made] = await make.crowd(season.batch, 1, college=where.other_college)
    counsellor = in_role("counsellor", colleges=[where.college])
    asked = "query ($id: ID!) { sheet(id: $id) { id } }"
    assert await counsellor.ask(asked, id=ids.encode("Sheet", made.id)) == {"sheet": None}
    assert await counsellor.ask(asked, id=ids.encode("Sheet", 999)) == {"sheet": None}
    assert await counsellor.ask('{ sheet(batch: "2026-06", studentNo: "20230001") { id } }') == {"sheet": None}


async def test_an_id_of_something_else_is_bad_input(season):
    error = await in_role("office").refused("query ($id: ID!) { sheet(id: $id) { id } }", id=ids.encode("Item", 1))
    assert (error["code"], error["violations"][0]["path"]) == ("BAD_INPUT", ["id"])


# --- rights


async def test_an_unreadable_field_is_refused_by_name_and_nothing_leaks(season):
    await make.crowd(season.batch, 1, id_no="110101199001011234")
    desk = in_role("office")
    data, [error] = await desk.answer("{ students { totalCount nodes { name idNo } } }")
    assert data is None
    assert error["code"] == "FORBIDDEN"
    assert error["params"]["object"] == "Student"
    assert error["params"]["field"] == "idNo"
    assert error["params"]["role"] == "office"
    assert error["path"] == ["students"]
    assert error["message"] == (
        '您当前身份为"学生离校工作主管部门",不能查看"学生"的"身份证件号"。请切换身份,或联系权限管理员。'
    )
    assert not any("id_no" in each for each in desk.sent)


async def test_an_unreadable_field_deep_inside_is_refused_too(season):
    await make.crowd(season.batch, 1)
    error = await in_role("student").refused("{ sheets { nodes { clearances { internalNote } } } }")
    assert (error["params"]["object"], error["params"]["field"]) == ("Clearance", "internalNote")


async def test_an_object_nobody_may_read_is_refused(season):
    error = await in_role("student").refused("{ operations { totalCount } }")
    assert (error["code"], error["params"]["object"]) == ("FORBIDDEN", "Operation")
    error = await in_role("").refused("{ batches { totalCount } }")
    assert error["code"] == "FORBIDDEN"


async def test_rows_follow_the_scope_of_the_role_in_every_relation(where, season):
    supervisor = await make.user("weng")
    mine, other = await make.crowd(season.batch, 2)
    await make.supervise(await Student.get(id=mine.student_id), supervisor)
    asker = in_role("supervisor", user_id=supervisor.id)
    answer = await asker.ask("{ sheets { totalCount nodes { student { studentNo } } } students { totalCount } }")
    assert answer == {
        "sheets": {"totalCount": 1, "nodes": [{"student": {"studentNo": "20230001"}}]},
        "students": {"totalCount": 1},
    }
    assert await Sheet.all().count() == 2
    assert other.student_id != mine.student_id


async def test_a_target_out_of_sight_is_null(where, season):
    """Granted all sheets but only the students of the own college, the others' students are null."""
    await make.crowd(season.batch, 1, college=where.college)
    await make.crowd(season.batch, 1, prefix="2024", college=where.other_college)
    table = extended(
        "leader,Sheet,student|batch|college,read,all,allow,", "leader,Student,name,read,own_college,allow,"
    )
    leader = in_role("party_office", colleges=[where.college], snapshot=table)
    leader.caller = in_role("party_office", colleges=[where.college]).caller
    more = extended("party_office,Sheet,*,read,all,allow,")
    asker = in_role("party_office", colleges=[where.college], snapshot=more)
    answer = await asker.ask("{ sheets { nodes { displayLabel student { name } } } }")
    assert answer["sheets"]["nodes"] == [
        {"displayLabel": f"20230001 张三 {season.batch.name}", "student": {"name": "张三"}},
        {"displayLabel": season.batch.name, "student": None},
    ]


async def test_a_column_of_narrower_scope_is_null_where_it_is_hidden(where, season):
    """A supervisor reads the status of all items of his students, but the internal note only of his own signature."""
    supervisor = await make.user("weng")
    [mine] = await make.crowd(season.batch, 1)
    await make.supervise(await Student.get(id=mine.student_id), supervisor)
    await Clearance.filter(sheet=mine).update(internal_note="secret")
    asker = in_role("supervisor", user_id=supervisor.id)
    answer = await asker.ask("{ sheets { nodes { clearances { status internalNote item { code } } } } }")
    notes = {each["item"]["code"]: each["internalNote"] for each in answer["sheets"]["nodes"][0]["clearances"]}
    assert notes == {**dict.fromkeys(notes), "SIGN": "secret"}
    assert len(notes) == 8
    assert len(asker.sent) == statements(3)  # the mask is a column of the same statement


async def test_a_hidden_column_is_no_oracle(where, season):
    """Neither a filter nor an order tells anything of a column on the rows where it is hidden."""
    supervisor = await make.user("weng")
    [mine] = await make.crowd(season.batch, 1)
    await make.supervise(await Student.get(id=mine.student_id), supervisor)
    await Clearance.filter(sheet=mine).update(internal_note="secret")
    await Clearance.filter(sheet=mine, item=season["BOOKS"].id).update(internal_note="aaa")
    asker = in_role("supervisor", user_id=supervisor.id)
    asked = "query ($where: ClearanceFilter) { clearances(where: $where) { totalCount } }"
    for value, found in (("secret", 1), ("aaa", 0)):
        answer = await asker.ask(asked, where={"internalNote": {"eq": value}})
        assert answer["clearances"]["totalCount"] == found
        opposite = await asker.ask(asked, where={"not": {"internalNote": {"eq": value}}})
        assert opposite["clearances"]["totalCount"] == 8 - found
    ordered = "{ clearances(orderBy: [{internalNote: %s}]) { edges { cursor node { item { code } } } } }"
    orders = []
    for direction in ("ASC", "DESC"):
        answer = await asker.ask(ordered % direction)
        orders.append([each["node"]["item"]["code"] for each in answer["clearances"]["edges"]])
    assert orders[0] == orders[1]  # the one that may be seen, then the others by id
    assert orders[0][0] == "SIGN"


async def test_a_label_leaves_out_what_may_not_be_read(season):
    await make.crowd(season.batch, 1)
    table = extended("analyst,Sheet,class_name,read,all,allow,")
    answer = await in_role("analyst", snapshot=table).ask("{ sheets { nodes { displayLabel } } }")
    [label] = [each["displayLabel"] for each in answer["sheets"]["nodes"]]
    assert "张三" not in label
    assert "20230001" not in label
