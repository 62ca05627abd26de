"""setClearances and signStudents through the door: rights, selections, refusals as data that change nothing."""

from __future__ import annotations

from typing import Any

import pytest

from graphql_api import ids
from graphql_api.context import Credentials
from graphql_api.execute import Api
from models import Clearance, Operation
from models import database as db
from models.enums import BatchStatus, Level
from policies import store
from policies.rules import PolicyTable
from tests import factories as make
from tests.api import OpenDesk, built_schema, counted, member
from tests.graphql_api.clearing import CLEARED, PENDING, SET, SIGN, Scene


async def test_one_student_is_passed(scene: Scene) -> None:
    sheet = await make.sheet(scene.season.batch, await make.student("20221503107", name="李娜"))
    result = await scene.set(select={"studentNos": ["20221503107"]})
    operation = await Operation.get()
    assert result == {
        "operation": {
            "id": ids.encode("Operation", operation.id),
            "kind": "SET_CLEARANCES",
            "state": "APPLIED",
            "applied": 1,
        },
        "dryRun": False,
        "applied": 1,
        "unchanged": 0,
        "refused": 0,
        "cascaded": 0,
        "message": "已办理 1 人。可在 操作记录 中撤回本次操作。",
        "rows": [
            {
                "sheetId": ids.encode("Sheet", sheet.id),
                "studentNo": "20221503107",
                "name": "李娜",
                "itemCode": "BOOKS",
                "before": "PENDING",
                "after": "CLEARED",
                "outcome": "APPLIED",
                "code": None,
                "message": None,
                "by": None,
                "at": None,
                "blockers": [],
            }
        ],
    }
    assert await make.status(sheet, "BOOKS") is CLEARED
    assert await make.recorded() == (1, 1)


async def test_somebody_was_faster(scene: Scene, api: OpenDesk) -> None:
    await make.sheet(scene.season.batch, await make.student("20221503107"))
    await member("wangfang", "operator", scene.where.library)
    other = Scene(scene.where, scene.season, await api(as_="wangfang"))
    await other.set(select={"studentNos": ["20221503107"]})
    result = await scene.set(select={"studentNos": ["20221503107"]})
    [row] = result["rows"]
    assert (row["outcome"], row["by"]) == ("UNCHANGED", "王芳")
    assert row["message"].startswith("已由 王芳 于 ")
    assert row["message"].endswith(" 办理,无变化。")
    assert await make.recorded() == (2, 1)


async def test_refusals_are_data_and_name_what_is_still_needed(scene: Scene, api: OpenDesk) -> None:
    await member("party", "secretary", scene.where.college)
    await make.sheet(scene.season.batch, await make.student("20221503107"))
    await member("accounts", "operator", scene.where.finance)
    finance = Scene(scene.where, scene.season, await api(as_="accounts"))
    result = await finance.set(item="CARD", select={"studentNos": ["20221503107"]})
    [row] = result["rows"]
    assert (row["outcome"], row["code"]) == ("REFUSED", "PREREQUISITE")
    assert row["blockers"] == [
        {"itemCode": "BOOKS", "itemName": "图书清还", "department": "图书馆", "contact": "一层服务台 8105"},
        {"itemCode": "DORM", "itemName": "公寓退宿", "department": "学生公寓管理中心", "contact": "竹园3舍值班室 8107"},
    ]
    assert row["message"] == (
        "还不能办理:须先办理 2 个前置环节——图书清还(图书馆 一层服务台 8105)、"
        "公寓退宿(学生公寓管理中心 竹园3舍值班室 8107)。"
    )
    assert result["message"] == "1 人不能办理(见清单),未作更改。"


async def test_one_refused_row_stops_all_unless_told_otherwise(scene: Scene) -> None:
    here = await make.sheet(scene.season.batch, await make.student("20221503107"))
    numbers = ["20221503107", "20229999999"]
    stopped = await scene.set(select={"studentNos": numbers})
    assert [row["outcome"] for row in stopped["rows"]] == ["NOT_APPLIED", "REFUSED"]
    assert stopped["message"] == "未提交:有 1 行不能办理(见清单)。请处理后重试,或只提交可办理的行。"
    assert await make.status(here, "BOOKS") is PENDING
    done = await scene.set(select={"studentNos": numbers}, errorPolicy="APPLY_VALID")
    assert [row["code"] for row in done["rows"]] == [None, "NOT_FOUND"]
    assert done["rows"][1]["message"] == ("未找到学号 20229999999,请核对;若学生不在本批次,请联系学院数据维护员。")
    assert await make.status(here, "BOOKS") is CLEARED


async def test_rows_can_be_asked_for_by_outcome(scene: Scene) -> None:
    await make.crowd(scene.season.batch, 3)
    document = """mutation ($input: SetClearancesInput!) { setClearances(input: $input) {
      good: rows(outcome: APPLIED, first: 2) { studentNo } bad: rows(outcome: REFUSED) { studentNo } } }"""
    asked = {
        "batch": "2026-06",
        "item": "BOOKS",
        "status": "CLEARED",
        "errorPolicy": "APPLY_VALID",
        "select": {"studentNos": ["20230001", "20230002", "20230003", "x"]},
    }
    answer = (await scene.desk.query(document, input=asked))["setClearances"]
    assert answer == {"good": [{"studentNo": "20230001"}, {"studentNo": "20230002"}], "bad": [{"studentNo": "x"}]}


async def test_another_departments_item_is_refused(scene: Scene) -> None:
    sheet = await make.sheet(scene.season.batch, await make.student("20221503107"))
    result = await scene.set(item="DORM", select={"studentNos": ["20221503107"]})
    assert [(row["code"], row["message"]) for row in result["rows"]] == [
        (
            "FORBIDDEN",
            '您当前身份为"学校离校办理人员(图书馆)",不能办理通过"公寓退宿"。需要"学校离校办理人员(学生公寓管理中心)"身份。',
        )
    ]
    assert await make.status(sheet, "DORM") is PENDING


@pytest.mark.parametrize(
    ("item", "status", "said"),
    [
        (
            "FINAL",
            "CLEARED",
            'pass items ("院系离校"). This needs the role "Counsellor (the student\'s college)".',
        ),
        (
            "SIGN",
            "PENDING",
            'revoke items ("导师签字"). This needs the role "Supervisor".',
        ),
    ],
)
async def test_a_row_out_of_ones_right_says_whose_it_is(
    scene: Scene, api: OpenDesk, item: str, status: str, said: str
) -> None:
    """The acting role with its unit, the item, and the role that is missing (B4)."""
    await make.sheet(scene.season.batch, await make.student("20221503107"))
    reader = await api(as_="limin", locale="en")
    asked = {"batch": "2026-06", "item": item, "status": status, "select": {"studentNos": ["20221503107"]}}
    answer = (await reader.query(SET, input=asked))["setClearances"]
    assert [(row["code"], row["message"]) for row in answer["rows"]] == [
        ("FORBIDDEN", f'You are acting as "Department operator (Library)" and may not {said}')
    ]


# --- what is asked


@pytest.mark.parametrize(
    ("asked", "code", "path", "message"),
    [
        ({"batch": "1999-01"}, "NOT_FOUND", ["input", "batch"], "未找到批次 1999-01,请核对批次代码。"),
        ({"item": "BOOK"}, "NOT_FOUND", ["input", "item"], "未找到环节 BOOK,请核对环节代码。"),
        ({"status": "CLEARD"}, "BAD_INPUT", ["input", "status"], None),
        ({"note": "x" * 256}, "BAD_INPUT", ["input", "note"], "256 个字太长,上限 255。请缩短后重试。"),
        ({"idempotencyKey": ""}, "BAD_INPUT", ["input", "idempotencyKey"], None),
        (
            {"expectedVersions": [{"id": "nonsense", "version": 1}]},
            "NOT_FOUND",
            ["input", "expectedVersions"],
            None,
        ),
    ],
)
async def test_a_wrong_argument_is_named(
    scene: Scene, asked: dict[str, Any], code: str, path: list[str], message: str | None
) -> None:
    await make.sheet(scene.season.batch, await make.student("20221503107"))
    error = await scene.refused(select={"studentNos": ["20221503107"]}, **asked)
    assert (error["code"], error["violations"][0]["path"]) == (code, path)
    assert message is None or error["message"] == message


async def test_the_right_depends_on_the_status_that_is_wanted(scene: Scene, api: OpenDesk) -> None:
    """Without a status only the note changes, which somebody who may read may not yet do."""
    await make.sheet(scene.season.batch, await make.student("20221503107"))
    await member("reader", "leader")
    reader = Scene(scene.where, scene.season, await api(as_="reader"))
    for status, action in (("CLEARED", "clear"), ("PENDING", "revoke"), ("NOT_REQUIRED", "waive"), (None, "note")):
        error = await reader.refused(status=status, note="x", select={"studentNos": ["20221503107"]})
        assert (error["code"], error["params"]["action"]) == ("FORBIDDEN", action)
        assert error["params"]["role"] == "leader"
        assert error["message"].startswith('您当前身份为"校领导",不能')


async def test_a_note_alone_is_a_change(scene: Scene) -> None:
    sheet = await make.sheet(scene.season.batch, await make.student("20221503107"))
    result = await scene.set(status=None, note="尚欠一本", select={"studentNos": ["20221503107"]})
    assert (result["applied"], (await make.clearance(sheet, "BOOKS")).note) == (1, "尚欠一本")


async def test_a_row_that_changed_since_is_not_overwritten(scene: Scene) -> None:
    sheet = await make.sheet(scene.season.batch, await make.student("20221503107"))
    seen = await make.clearance(sheet, "BOOKS")
    await scene.set(status=None, note="first", select={"studentNos": ["20221503107"]})
    versions = [{"id": ids.encode("Clearance", seen.id), "version": seen.version}]
    result = await scene.set(select={"studentNos": ["20221503107"]}, expectedVersions=versions)
    [row] = result["rows"]
    assert (row["outcome"], row["code"], row["by"]) == ("REFUSED", "STALE_ROW", "李敏")
    assert row["message"].startswith("自您导出后,该行已由 李敏 于 ")
    assert await make.status(sheet, "BOOKS") is PENDING


async def test_a_key_applies_once(scene: Scene) -> None:
    await make.crowd(scene.season.batch, 2)
    once = {"select": {"studentNos": ["20230001"]}, "idempotencyKey": "k1"}
    first, second = await scene.set(**once), await scene.set(**once)
    assert first == second
    assert await make.recorded() == (1, 1)
    error = await scene.refused(select={"studentNos": ["20230002"]}, idempotencyKey="k1")
    assert (error["code"], error["violations"][0]["path"]) == ("IDEMPOTENCY_MISMATCH", ["input", "idempotencyKey"])


async def test_a_dry_run_changes_nothing_and_keeps_what_it_showed(scene: Scene) -> None:
    [sheet, _] = await make.crowd(scene.season.batch, 2)
    result = await scene.set(select={"studentNos": ["20230001", "x"]}, dryRun=True)
    assert (result["dryRun"], result["applied"], result["refused"]) == (True, 1, 1)
    assert result["message"] == "预检完成:可办理 1,无变化 0,不能办理 1。确认提交?"
    assert result["operation"]["state"] == "PREVIEWED"
    assert await make.status(sheet, "BOOKS") is PENDING
    assert await make.recorded() == (1, 0)


async def test_a_closed_batch_says_whom_to_ask(scene: Scene) -> None:
    await make.sheet(scene.season.batch, await make.student("20221503107"))
    await type(scene.season.batch).filter(id=scene.season.batch.id).update(status=BatchStatus.CLOSED)
    result = await scene.set(select={"studentNos": ["20221503107"]})
    assert result["rows"][0]["message"] == "本批次已截止。个别补办请联系学生离校工作主管部门开通。"


# --- what must hold whatever the size


async def test_statements_do_not_grow_with_rows(scene: Scene) -> None:
    await make.crowd(scene.season.batch, 60)
    sent = []
    for first, last in (("20230001", "20230003"), ("20230004", "20230060")):
        with db.statements() as statements:
            result = await scene.set(select={"range": {"from": first, "to": last}})
        sent.append(counted(statements))
        assert result["applied"] == int(last) - int(first) + 1
    assert sent[0] == sent[1]


async def test_a_right_revoked_a_moment_ago_is_not_used(scene: Scene) -> None:
    """The process still holds the old snapshot for reading; the write asks again inside its transaction (B8)."""
    sheet = await make.sheet(scene.season.batch, await make.student("20221503107"))
    await scene.desk.query("{ viewer { username } }")
    table = store.STORE.snapshot.table
    kept = tuple(rule for rule in table.rules if (rule.object, rule.action) != ("Clearance", "clear"))
    await store.put_in_force(PolicyTable(kept, table.parents), expected=1, comment="freeze")
    error = await scene.refused(select={"studentNos": ["20221503107"]})
    assert (error["code"], error["params"]["action"]) == ("FORBIDDEN", "clear")
    assert await make.status(sheet, "BOOKS") is PENDING


# --- supervisors


async def test_a_supervisor_signs_own_students_only(api: OpenDesk) -> None:
    where = await make.university()
    season = await make.season(where)
    supervisor = await member("chen", "supervisor")
    own, other = [await make.student(number, level=Level.M) for number in ("20230001", "20230002")]
    await make.supervise(own, supervisor)
    sheets = await make.sheets(season.batch, [own, other])
    desk = await api(as_="chen")
    asked = {"batch": "2026-06", "select": {"studentNos": ["20230001", "20230002"]}}
    result = (await desk.query(SIGN, input=asked))["signStudents"]
    assert [(row["outcome"], row["code"]) for row in result["rows"]] == [("APPLIED", None), ("REFUSED", "NOT_FOUND")]
    assert await make.statuses(sheets, "SIGN") == [CLEARED, PENDING]


async def test_a_secretary_signs_on_behalf_with_a_reason(api: OpenDesk) -> None:
    where = await make.university()
    season = await make.season(where)
    supervisor = await member("chen", "supervisor")
    await member("secretary", "secretary", where.college)
    student = await make.student("20230001", level=Level.M)
    await make.supervise(student, supervisor)
    sheet = await make.sheet(season.batch, student)
    desk = await api(as_="secretary")
    asked = {
        "batch": "2026-06",
        "select": {"studentNos": ["20230001"]},
        "onBehalfOf": ids.encode("User", supervisor.id),
        "reason": "ON_BEHALF",
    }
    result = (await desk.query(SIGN, input=asked))["signStudents"]
    assert result["applied"] == 1
    signed = await Clearance.get(sheet_id=sheet.id, item__code="SIGN").values("status", "on_behalf_of_id")
    assert signed == {"status": CLEARED, "on_behalf_of_id": supervisor.id}


# --- texts and lists that are none


NUL_IN = {
    "note": r'note: "a\u{0}b"',
    "padded": r'note: "a\u{0000}b"',
    "idempotencyKey": r'note: "x", idempotencyKey: "\u{00}"',
}


@pytest.mark.parametrize("name", NUL_IN)
async def test_no_text_of_a_mutation_holds_a_nul(scene: Scene, name: str) -> None:
    """PostgreSQL's texts cannot hold it; JSON's own way of writing it is refused before, GraphQL has another one."""
    await make.sheet(scene.season.batch, await make.student("20221503107"))
    before = await make.contents("clearance", "event", "operation")
    asked = f'batch: "2026-06", item: "BOOKS", select: {{ studentNos: ["20221503107"] }}, {NUL_IN[name]}'
    error = await scene.desk.error(f"mutation {{ setClearances(input: {{ {asked} }}) {{ message }} }}")
    assert (error["code"], error["params"]["problem"]) == ("BAD_INPUT", "NO_TEXT")
    assert await make.contents("clearance", "event", "operation") == before


async def test_a_variable_that_is_no_text_is_pointed_at(scene: Scene) -> None:
    """The panel in this process sends variables that no JSON was read from."""
    api = Api(built_schema())
    credentials = Credentials(session=scene.desk.http.cookies["lixiao_session"])
    for note in ("a\x00b", "\ud800"):
        asked = scene._input({"select": {"studentNos": ["1"]}, "note": note})
        answer = await api.execute(SET, {"input": asked}, credentials=credentials)
        assert answer.code == "BAD_INPUT"
        assert answer.errors[0]["extensions"]["violations"] == [
            {"path": ["input", "note"], "code": "NO_TEXT", "params": {}}
        ]


@pytest.mark.parametrize("select", [{"studentNos": ["", " "]}, {"allExcept": ["\u3000"]}], ids=str)
async def test_a_list_of_blanks_names_nobody(scene: Scene, select: dict[str, Any]) -> None:
    """Everybody except nobody would be everybody."""
    await make.sheet(scene.season.batch, await make.student("20221503107"))
    error = await scene.refused(select=select)
    assert (error["code"], error["params"]["problem"]) == ("BAD_INPUT", "MISSING")


@pytest.mark.parametrize("way", ["studentNos", "allExcept", "sheetIds"])
async def test_a_list_too_long_for_one_transaction_is_refused(scene: Scene, way: str) -> None:
    error = await scene.refused(select={way: ["1"] * 20_001})
    assert (error["code"], error["message"]) == (
        "BAD_INPUT",
        "名单共 20001 行,一次最多 20000 行,没有办理任何一行。请分几次提交。",
    )


async def test_an_empty_key_is_missing_rather_than_too_long(scene: Scene) -> None:
    error = await scene.refused(select={"studentNos": ["1"]}, idempotencyKey="")
    assert (error["code"], error["message"]) == ("BAD_INPUT", "请填写必填的内容后重试。")
