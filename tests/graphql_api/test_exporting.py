"""`query … @export`: what leaves in a file is what may be exported, column by column and row by row."""

from __future__ import annotations

import logging

import pytest

from tests import factories as make
from tests.api import OpenDesk, member
from tests.graphql_api.asking import extended, in_role

LIST = "sheets { totalCount nodes { student { studentNo name } className } }"


@pytest.fixture
async def place(database):
    return await make.university()


@pytest.fixture
async def season(place):
    made = await make.season(place)
    await make.crowd(made.batch, 3, college=place.college)
    return made


async def test_who_may_export_gets_what_he_reads(place, season):
    desk = in_role("counsellor", colleges=[place.college])
    read, exported = await desk.ask(f"{{ {LIST} }}"), await desk.ask(f"query Sheets @export {{ {LIST} }}")
    assert exported == read
    assert exported["sheets"]["totalCount"] == 3


async def test_a_column_that_is_read_and_not_exported_is_refused_by_name(place, season):
    desk = in_role("counsellor", colleges=[place.college])
    document = "{ students { nodes { studentNo phone } } }"
    assert len((await desk.ask(document))["students"]["nodes"]) == 3
    error = await desk.refused(f"query @export {document}")
    assert (error["code"], error["params"]["object"], error["params"]["field"]) == ("FORBIDDEN", "Student", "phone")
    assert error["params"]["action"] == "export"
    assert error["message"].startswith('您当前身份为"辅导员(计算机与信息科学学院)",不能导出"学生"的"')


async def test_a_column_behind_a_relation_is_refused_too(place, season):
    desk = in_role("counsellor", colleges=[place.college])
    for selected in (
        "student { politicalStatus }",
        "clearances { decidedUser { name } }",
        "clearances { internalNote }",
    ):
        await desk.ask(f"{{ sheets {{ nodes {{ {selected} }} }} }}")
        error = await desk.refused(f"query @export {{ sheets {{ nodes {{ {selected} }} }} }}")
        assert (error["code"], error["params"]["action"]) == ("FORBIDDEN", "export")


async def test_who_exports_nothing_of_an_object_is_refused(place, season):
    desk = in_role("auditor")
    await desk.ask("{ sheets { nodes { className } } }")
    error = await desk.refused("query @export { sheets { nodes { className } } }")
    assert (error["code"], error["params"]["object"], error["params"]["action"]) == ("FORBIDDEN", "Sheet", "export")


async def test_what_may_be_exported_and_not_read_stays_here(place, season):
    desk = in_role("leader", snapshot=extended("leader,Sheet,class_name,export,all,allow,"))
    error = await desk.refused("query @export { sheets { nodes { className } } }")
    assert (error["code"], error["params"]["action"]) == ("FORBIDDEN", "read")


async def test_rows_that_are_read_and_not_exported_stay_here(place, season):
    """Exporting is granted in one college, reading in both."""
    await make.crowd(season.batch, 2, college=place.other_college, prefix="2099")
    rows = ("auditor,Sheet,class_name|college,export,own_college,allow,", "auditor,College,name,export,all,allow,")
    desk = in_role("auditor", snapshot=extended(*rows), colleges=[place.college])
    document = "{ sheets { totalCount nodes { college { name } } } }"
    assert (await desk.ask(document))["sheets"]["totalCount"] == 5
    exported = (await desk.ask(f"query @export {document}"))["sheets"]
    assert exported["totalCount"] == 3
    assert [each["college"]["name"] for each in exported["nodes"]] == [place.college.name] * 3


async def test_a_column_is_empty_on_rows_where_only_others_may_be_exported(place, season):
    await make.crowd(season.batch, 2, college=place.other_college, prefix="2099")
    rows = ("auditor,Sheet,level,export,all,allow,", "auditor,Sheet,leave_type,export,own_college,allow,")
    desk = in_role("auditor", snapshot=extended(*rows), colleges=[place.college])
    nodes = (await desk.ask("query @export { sheets { nodes { level leaveType } } }"))["sheets"]["nodes"]
    assert [bool(each["leaveType"]) for each in nodes] == [True, True, True, False, False]
    assert all(each["level"] for each in nodes)


async def test_what_rules_work_out_goes_with_the_column_that_it_tells_of(place, season):
    progress, contacts = "sheets { nodes { progress { required } } }", "sheets { nodes { contacts { place } } }"
    desk = in_role("counsellor", colleges=[place.college])
    assert len((await desk.ask(f"query @export {{ {progress} }}"))["sheets"]["nodes"]) == 3
    assert (await desk.refused(f"query @export {{ {contacts} }}"))["code"] == "FORBIDDEN"
    officer = in_role("cert_officer", colleges=[place.college])
    error = await officer.refused(f"query @export {{ {progress} }}")
    assert (error["params"]["object"], error["params"]["field"]) == ("Clearance", "status")


async def test_a_label_leaves_out_what_may_not_be_exported(place, season):
    desk = in_role("registrar")
    await desk.ask("query @export { sheets { nodes { displayLabel } } }")
    auditor = in_role("auditor", snapshot=extended("auditor,Sheet,level,export,all,allow,"))
    [first, *_] = (await auditor.ask("query @export { sheets { nodes { displayLabel level } } }"))["sheets"]["nodes"]
    assert first["displayLabel"] == "离校单 1"


# --- the whole way


async def test_only_lists_are_exported_and_each_page_leaves_a_line(api: OpenDesk, caplog: pytest.LogCaptureFixture):
    place = await make.university()
    made = await make.season(place)
    await make.crowd(made.batch, 3, college=place.college)
    await member("counsellor", "counsellor", place.college)
    desk = await api(as_="counsellor")
    with caplog.at_level(logging.INFO, logger="lixiao.export"):
        await desk.query(f"query Sheets @export {{ {LIST} }}")
        rows = "fragment Rows on SheetConnection { edges { node { className } } }"
        await desk.query(f"query Again @export {{ sheets {{ ...Rows }} }} {rows}")
        await desk.query("{ sheets { nodes { className } } }")
        for refused in ("sheetGroups(groupBy: []) { count }", "viewer { name }", 'sheet(id: "x") { id }'):
            error = await desk.error(f"query @export {{ {refused} }}")
            assert (error["code"], error["params"]["problem"]) == ("BAD_INPUT", "EXPORT_OF_ROWS")
        assert (await desk.error("query @export { students { nodes { phone } } }"))["code"] == "FORBIDDEN"
    assert [each.getMessage() for each in caplog.records if each.name == "lixiao.export"] == [
        "counsellor as counsellor exported 3 rows (Sheets)",
        "counsellor as counsellor exported 3 rows (Again)",
    ]


async def test_the_same_text_without_export_is_another_question(api: OpenDesk):
    """A plan that is kept for reading serves no export."""
    place = await make.university()
    made = await make.season(place)
    await make.crowd(made.batch, 2, college=place.college)
    await member("counsellor", "counsellor", place.college)
    desk = await api(as_="counsellor")
    document = "query Q{} {{ students {{ nodes {{ phone }} }} }}"
    for _ in range(3):
        assert len((await desk.query(document.format("")))["students"]["nodes"]) == 2
        assert (await desk.error(document.format(" @export")))["code"] == "FORBIDDEN"


async def test_the_viewer_says_what_may_be_exported(api: OpenDesk):
    place = await make.university()
    await member("counsellor", "counsellor", place.college)
    desk = await api(as_="counsellor")
    told = await desk.query("{ viewer { objects { name canExport fields { name readable exportable } } } }")
    students = next(each for each in told["viewer"]["objects"] if each["name"] == "Student")
    fields = {each["name"]: (each["readable"], each["exportable"]) for each in students["fields"]}
    assert (fields["studentNo"], fields["phone"], fields["idNo"]) == ((True, True), (True, False), (False, False))
