"""Lists of rows of any object through the door: headings in any language, whose rights, words, files, undo."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from graphql_api.registry import registry
from models import Building, College, Department, Event, Item, OperationRow, RoleAssignment, Student, User
from models.enums import BatchStatus
from policies.access import Access
from tests import factories as make
from tests.api import Desk, OpenDesk, member
from tests.factories import University
from tests.graphql_api.asking import in_role, shipped
from tests.graphql_api.listing import upload
from tests.graphql_api.odd_files import workbook

ROWS = "rows { row cell id label studentNo added outcome code message column changes { name label before after } }"
IMPORT = (
    "mutation ($input: ImportRowsInput!) { done: importRows(input: $input) "
    f"{{ dryRun applied unchanged refused message operation {{ id kind }} {ROWS} }} }}"
)
APPLY = f"mutation ($id: ID!) {{ done: applyOperation(id: $id) {{ applied unchanged refused message {ROWS} }} }}"
UNDO = (
    "mutation ($id: ID!, $dryRun: Boolean!) { done: undoOperation(id: $id, dryRun: $dryRun) "
    f"{{ dryRun applied refused message operation {{ kind }} {ROWS} }} }}"
)


@pytest.fixture
async def office(api: OpenDesk) -> Desk:
    await make.university()
    await member("office", "office", name="周主任")
    return await api(as_="office")


async def done(desk: Desk, document: str, **variables: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await desk.query(document, **variables))["done"]
    return answer


def asked(object_name: str, header: list[str], *rows: list[Any], **more: Any) -> dict[str, Any]:
    return {"object": object_name, "header": header, "rows": list(rows), **more}


async def test_checked_applied_and_undone(office: Desk):
    listed = asked(
        "Building",
        ["楼栋代码", "Building name", "houses", "dutyPhone"],
        ["BAMBOO3", "竹园3舍", "男", "8333"],
        ["PINE1", "松园1舍", "", ""],
        ["OAK1", "橡园1舍", "Female", "8120"],
        dryRun=True,
    )
    shown = await done(office, IMPORT, input=listed)
    assert (shown["applied"], shown["unchanged"], shown["refused"]) == (2, 1, 0)
    assert shown["message"] == "预检完成:可办理 2,无变化 1,不能办理 0。确认提交?"
    first, _, last = shown["rows"]
    assert (first["row"], first["label"], first["added"]) == (2, "竹园3舍", False)
    assert first["changes"] == [{"name": "dutyPhone", "label": "值班电话", "before": None, "after": "8333"}]
    assert (last["row"], last["label"], last["added"], last["id"]) == (4, "OAK1", True, None)
    assert last["changes"] == [
        {"name": "code", "label": "楼栋代码", "before": None, "after": "OAK1"},
        {"name": "dutyPhone", "label": "值班电话", "before": None, "after": "8120"},
        {"name": "houses", "label": "入住性别", "before": None, "after": "女"},
        {"name": "name", "label": "公寓楼", "before": None, "after": "橡园1舍"},
    ]
    assert await Building.all().count() == 2
    applied = await done(office, APPLY, id=shown["operation"]["id"])
    assert (applied["applied"], applied["message"]) == (2, "已导入 2 条。可在 操作记录 中撤回本次操作。")
    assert await Building.all().order_by("id").values_list("code", "duty_phone") == [
        ("BAMBOO3", "8333"),
        ("PINE1", ""),
        ("OAK1", "8120"),
    ]
    assert await Event.filter(object="Building").count() == 2
    undone = await done(office, UNDO, id=shown["operation"]["id"], dryRun=False)
    assert (undone["applied"], undone["refused"]) == (1, 1)
    assert undone["message"] == "已恢复 1 条;1 条未恢复(原因见清单)。"
    assert [row["message"] for row in undone["rows"]] == [
        None,
        "以您当前的身份不能删除该记录,已保留。如需停用,请修改“在用”。",
    ]
    assert (await Building.get(code="BAMBOO3")).duty_phone == ""


async def test_each_bad_cell_is_told_with_its_place_in_both_languages(api: OpenDesk, office: Desk):
    english = await api(as_="office", locale="en")
    listed = asked(
        "Building",
        ["code", "name", "houses", "beds"],
        ["OAK1", "橡园1舍", "x", "1"],
        ["OAK2", "橡园2舍", "男", "viele"],
        ["OAK3", "橡园3舍", "", "1"],
        [7, "橡园4舍", "男", "1"],
        ["BAMBOO3", "x" * 65, "", ""],
        ["OAK5", "橡园5舍", "男", "-1"],
        ["PINE1", "松园1舍", "男", ""],
        ["PINE1", "松园1舍", "男", ""],
        ["", "无", "男", ""],
        dryRun=True,
    )
    told = {}
    for desk in (office, english):
        shown = await done(desk, IMPORT, input=listed)
        assert (shown["applied"], shown["refused"]) == (0, 9)
        for row in shown["rows"]:
            told.setdefault((row["cell"], row["code"], row["column"]), []).append(row["message"])
    assert told == {
        ("C2", "BAD_INPUT", "houses"): [
            '单元格 C2:入住性别"x"无法识别,应为 男 / 女。请改正后重新导入。',
            'Cell C2: Houses: "x" is none of Male / Female. Correct the row and import it again.',
        ],
        ("D3", "BAD_INPUT", "beds"): [
            "单元格 D3:床位数“viele”不是整数。请改正后重新导入。",
            'Cell D3: Beds: "viele" is no whole number. Correct the row and import it again.',
        ],
        ("C4", "BAD_INPUT", "houses"): [
            "单元格 C4:入住性别未填写。请补全后重新导入。",
            "Cell C4: Houses is missing. Complete the row and import it again.",
        ],
        ("A5", "BAD_INPUT", "code"): [
            "单元格 A5:楼栋代码是数字格式,可能已丢失前导 0 或末几位。请设为文本后重新填写。",
            "Cell A5: Building code came as a number and may have lost leading zeros or its last digits. Make it text \
and type it again.",
        ],
        ("B6", "BAD_INPUT", "name"): [
            "单元格 B6:公寓楼太长。请缩短后重新导入。",
            "Cell B6: Building name is too long. Shorten it and import the row again.",
        ],
        ("D7", "BAD_INPUT", "beds"): [
            "单元格 D7:床位数须在 0 到 2147483647 之间。请改正后重新导入。",
            "Cell D7: Beds must lie between 0 and 2147483647. Correct the row and import it again.",
        ],
        ("A8", "DUPLICATE", "code"): [
            "单元格 A8:“PINE1”与第 9 行重复,两行均未导入。请只保留一行。",
            'Cell A8: "PINE1" stands in row 9 too; neither was imported. Keep one row only.',
        ],
        ("A9", "DUPLICATE", "code"): [
            "单元格 A9:“PINE1”与第 8 行重复,两行均未导入。请只保留一行。",
            'Cell A9: "PINE1" stands in row 8 too; neither was imported. Keep one row only.',
        ],
        ("A10", "BAD_INPUT", "code"): [
            "单元格 A10:楼栋代码未填写。请补全后重新导入。",
            "Cell A10: Building code is missing. Complete the row and import it again.",
        ],
    }
    assert await Building.all().count() == 2


async def test_what_is_asked_wrongly_is_an_error_of_its_own(office: Desk):
    header = ["code", "dutyPhone"]
    for given, code, path in (
        ({"object": "Event", "header": header, "rows": [["a", "b"]]}, "BAD_INPUT", ["input", "object"]),
        ({"object": "Nothing", "header": header, "rows": [["a", "b"]]}, "BAD_INPUT", ["input", "object"]),
        ({"object": "Building"}, "BAD_INPUT", ["input", "file"]),
        ({"object": "Building", "rows": [["a"]]}, "BAD_INPUT", ["input", "header"]),
        ({"object": "Building", "header": header, "rows": [["a", "b", "c"]]}, "BAD_INPUT", ["input", "header"]),
        ({"object": "Building", "header": header, "rows": []}, "BAD_INPUT", ["input", "file"]),
        ({"object": "Building", "header": ["name"], "rows": [["a"]]}, "BAD_INPUT", ["input", "file"]),
        ({"object": "Building", "header": ["code", "楼栋代码"], "rows": [["a", "b"]]}, "BAD_INPUT", ["input", "file"]),
        ({"object": "Building", "file": "x"}, "NOT_FOUND", ["input", "file"]),
    ):
        error = await office.error(IMPORT, input=given)
        assert (error["code"], error["violations"][0]["path"]) == (code, path), given


async def test_who_may_neither_change_nor_make_any_is_refused_with_his_role(api: OpenDesk, office: Desk):
    await member("leader", "leader")
    leader = await api(as_="leader")
    error = await leader.error(IMPORT, input=asked("Building", ["code", "name"], ["PINE1", "x"]))
    assert (error["code"], error["message"]) == (
        "FORBIDDEN",
        '您当前身份为"校领导",不能修改"公寓楼"。以下身份之一可以:学生公寓管理中心操作员、学生离校工作主管部门。',
    )


async def test_a_department_changes_its_own_contact_and_nothing_else(api: OpenDesk, office: Desk):
    await member("library", "operator", await Department.get(code="TSG"))
    library = await api(as_="library")
    listed = asked(
        "Department",
        ["code", "name", "phone"],
        ["TSG", "图书馆", "8999"],
        ["CWC", "财务处", "8999"],
        ["TSG2", "新部门", "8999"],
    )
    told = await done(library, IMPORT, input=listed)
    assert [(row["row"], row["outcome"], row["code"], row["column"]) for row in told["rows"]] == [
        (2, "APPLIED", None, None),
        (3, "REFUSED", "FORBIDDEN", "phone"),
        (4, "REFUSED", "NOT_FOUND", "code"),
    ]
    assert [row["message"] for row in told["rows"][1:]] == [
        "单元格 C3:以您当前的身份不能修改该记录的“咨询电话”,本行未导入。请删去该单元格的内容,或联系其所属单位。",
        "单元格 A4:没有“TSG2”这条记录,本行未导入。请核对代码;如需新增,请联系有新增权限的人员。",
    ]
    renamed = asked("Department", ["code", "name"], ["TSG", "图书中心"])
    [row] = (await done(library, IMPORT, input=renamed))["rows"]
    assert (row["outcome"], row["code"], row["column"]) == ("REFUSED", "FORBIDDEN", "name")
    assert await Department.get(code="TSG").values_list("name", "phone") == ("图书馆", "8999")


async def test_a_data_keeper_brings_own_students_and_learns_nothing_of_others(api: OpenDesk, office: Desk):
    here, there = await College.get(code="15"), await College.get(code="02")
    await member("keeper", "data_keeper", here)
    keeper = await api(as_="keeper")
    await make.student("2022001", college=here, major="旧", phone="1380")
    await make.student("2022002", college=there, major="旧")
    person = ["李四", "男", "本科生"]
    listed = asked(
        "Student",
        ["学号", "姓名", "性别", "培养层次", "学院", "专业", "手机号"],
        ["2022001", "", "", "", "", "新", "1390"],
        ["2022002", *person, "15", "新", ""],
        ["2022003", *person, "计算机与信息科学学院", "新", "1391"],
        ["2022004", *person, "文学院", "新", ""],
        dryRun=True,
    )
    shown = await done(keeper, IMPORT, input=listed)
    assert [(row["studentNo"], row["outcome"], row["code"], row["column"]) for row in shown["rows"]] == [
        ("2022001", "APPLIED", None, None),
        ("2022002", "REFUSED", "DUPLICATE", "studentNo"),
        ("2022003", "APPLIED", None, None),
        ("2022004", "REFUSED", "FORBIDDEN", "college"),
    ]
    assert [each["name"] for each in shown["rows"][0]["changes"]] == ["major", "phone"]
    assert shown["rows"][0]["changes"][1] == {
        "name": "phone",
        "label": "手机号",
        "before": None,
        "after": "(已填写,不显示)",
    }
    await done(keeper, APPLY, id=shown["operation"]["id"])
    assert await Student.all().order_by("student_no").values_list("student_no", "major", "phone", "college_id") == [
        ("2022001", "新", "1390", here.id),
        ("2022002", "旧", "", there.id),
        ("2022003", "新", "1391", here.id),
    ]
    rows = await OperationRow.filter(operation__kind="IMPORT_ROWS")
    assert "139" not in str([(row.before, row.after, row.facts) for row in rows])


async def test_a_right_taken_away_after_the_dry_run_is_not_used(api: OpenDesk, office: Desk):
    shown = await done(office, IMPORT, input=asked("Building", ["code", "beds"], ["PINE1", "9"], dryRun=True))
    await member("other", "office")
    other = await api(as_="other")
    assert (await other.error(APPLY, id=shown["operation"]["id"]))["code"] == "NOT_FOUND"
    await RoleAssignment.filter(user__username="office").delete()
    error = await office.error(APPLY, id=shown["operation"]["id"])
    assert error["code"] == "NOT_FOUND", "he sees no operations any more"
    assert (await Building.get(code="PINE1")).beds == 0


async def test_a_file_and_rows_are_one(office: Desk):
    header, *rows = [["楼栋代码", "值班电话", "床位数"], ["PINE1", "8001", 9], ["BAMBOO3", "", "x"], [7, "1", "1"]]
    given = {"object": "Building", "file": await upload(office, workbook(header, *rows)), "dryRun": True}
    by_file = await done(office, IMPORT, input=given)
    by_rows = await done(office, IMPORT, input=asked("Building", header, *rows, dryRun=True))
    assert by_file["rows"] == by_rows["rows"]
    assert [(row["outcome"], row["cell"]) for row in by_file["rows"]] == [
        ("APPLIED", None),
        ("REFUSED", "C3"),
        ("REFUSED", "A4"),
    ]


# --- there and back

EXPORT = "mutation ($input: ExportRowsInput!) { file: exportRows(input: $input) { id state rows } }"
ROUND = ("College", "Department", "Building", "Student", "Batch", "Item")
#: What the shipped policy lets nobody export, as an export would show it.
SHOWN = {
    "User": ("account_admin", "username name email phone active lastSignInAt createdAt"),
    "Supervision": ("office", "student { displayLabel } supervisor { displayLabel }"),
    "Prerequisite": ("office", "item { displayLabel } requires { displayLabel } reopen"),
}


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("name", ROUND)
async def test_an_untouched_export_changes_nothing(api: OpenDesk, office: Desk, name: str, locale: str):
    await everything()
    role = "dorm_centre" if name == "Building" else "office"
    await member("keeper", role)
    desk = await api(as_="keeper", locale=locale)
    columns = exportable(name, role)
    made = (await desk.query(EXPORT, input={"object": name, "columns": columns, "waitSeconds": 30}))["file"]
    assert made["state"] == "READY"
    before = await make.recorded()
    told = await done(desk, IMPORT, input={"object": name, "file": made["id"]})
    assert [(row["cell"], row["message"]) for row in told["rows"] if row["outcome"] == "REFUSED"] == []
    assert (told["unchanged"], told["applied"], told["refused"]) == (made["rows"], 0, 0)
    assert (await make.recorded())[1] == before[1]


@pytest.mark.parametrize("name", SHOWN)
async def test_rows_as_they_are_shown_change_nothing(api: OpenDesk, office: Desk, name: str):
    await everything()
    role, selected = SHOWN[name]
    await member("keeper", role)
    desk = await api(as_="keeper")
    listed = registry()[name].plural
    nodes = (await desk.query(f"{{ found: {listed} {{ nodes {{ id version {selected} }} }} }}"))["found"]["nodes"]
    rows = [[each["displayLabel"] if isinstance(each, dict) else each for each in row.values()] for row in nodes]
    document = IMPORT.replace("operation { id kind }", "")  # which an account administrator does not see
    told = await done(desk, document, input=asked(name, list(nodes[0]), *rows))
    assert [(row["cell"], row["message"]) for row in told["rows"] if row["outcome"] == "REFUSED"] == []
    assert (told["unchanged"], told["applied"], told["refused"]) == (len(nodes), 0, 0)


def exportable(name: str, role: str) -> list[str]:
    """Every column that this role may have in a file, the row's own key and version among them."""
    access = Access(shipped(), in_role(role).caller)
    fields = access.fields(name, "export") & access.fields(name, "read")
    own = [each.graphql for each in registry()[name].own() if each.name in fields]
    return ["id", "version", *own]


async def everything() -> None:
    """Rows of every object, with names that need care."""
    uni = University(
        college=await College.get(code="15"),
        other_college=await College.get(code="02"),
        library=await Department.get(code="TSG"),
        finance=await Department.get(code="CWC"),
        dorms=await Department.get(code="GYZX"),
        building=await Building.get(code="BAMBOO3"),
        other_building=await Building.get(code="PINE1"),
        clerk=await User.get(username="limin"),
        colleague=await User.get(username="wangfang"),
    )
    await make.season(uni, opens_at=datetime(2026, 6, 1, 0, 30, 12, 345, tzinfo=UTC))
    await make.season(uni, "2026-12")
    await make.season(uni, "2025-06", status=BatchStatus.ARCHIVED)
    await Item.filter(code="BOOKS").update(instruction="一层（南区）\n=1+1 还清\n", instruction_en="- return\n  all")
    await Department.filter(code="CWC").update(active=False, successor_id=uni.library.id, place="  行政楼  105 ")
    await make.user("limin2", "李敏")
    for number, name in (("0012", "张三"), ("2022001", "欧阳·娜娜"), ("X-9", "O'Brien")):
        who = await make.student(number, name=name, college=uni.college, building=uni.building, class_name="@1班")
        await make.supervise(who, uni.clerk, uni.colleague)
