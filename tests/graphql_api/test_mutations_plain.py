"""Plain editing through the door: who may, what is answered, what is refused in words; and that the metadata say so."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from graphql_api import ids
from graphql_api.naming import camel
from models import Batch, Building, College, Department, Event, Operation, Student, Supervision
from models.enums import BatchStatus
from policies import store
from policies.catalogue import OBJECTS
from policies.rules import PolicyTable, parse_csv, read_csv
from tests import factories as make
from tests.api import Desk, OpenDesk, built_schema, member

BY_HAND = ("User", "RoleAssignment", "ApiToken")


def created(name: str, answer: str) -> str:
    return f"mutation ($input: Create{name}Input!) {{ done: create{name}(input: $input) {{ {answer} }} }}"


def updated(name: str, answer: str = "changed message") -> str:
    return (
        f"mutation ($id: ID!, $seen: Int!, $input: Update{name}Input!)"
        f" {{ done: update{name}(id: $id, expectedVersion: $seen, input: $input) {{ {answer} }} }}"
    )


def deleted(name: str, answer: str = "id changed message") -> str:
    return f"mutation ($id: ID!, $seen: Int!) {{ done: delete{name}(id: $id, expectedVersion: $seen) {{ {answer} }} }}"


def gid(row: Any) -> str:
    return ids.encode(type(row).__name__, row.id)


async def done(desk: Desk, document: str, **variables: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await desk.query(document, **variables))["done"]
    return answer


async def refused(desk: Desk, document: str, **variables: Any) -> tuple[str, list[str] | None, str]:
    """The code, the path of what is at fault, and the sentence; nothing was written."""
    before = await Operation.all().count(), await Event.all().count()
    error = await desk.error(document, **variables)
    assert (await Operation.all().count(), await Event.all().count()) == before
    return error["code"], error["violations"][0]["path"] if error["violations"] else None, error["message"]


async def in_force(*more: str, without: tuple[str, str] | None = None) -> None:
    """Publishes the shipped table with more rows, and without those of a role on an object."""
    shipped = read_csv()
    kept = tuple(rule for rule in shipped.rules if (rule.role, rule.object) != without)
    added = parse_csv(more).rules if more else ()
    table = PolicyTable((*kept, *added), shipped.parents)
    await store.put_in_force(table, expected=1, comment="test")


@pytest.fixture
async def office(api: OpenDesk) -> Desk:
    await member("office", "office", name="周主任")
    return await api(as_="office")


# --- what there is


def test_there_are_mutations_for_what_the_models_open_and_for_nothing_else():
    made = built_schema()._schema.mutation_type
    assert made is not None
    generated = {
        f"{action}{each.name}"
        for each in OBJECTS.values()
        if each.name not in BY_HAND
        for action in ("create", "update", "delete")
        if action in each.actions and each.name != "ItemRequest"
    }
    assert generated == {
        *("createBatch", "updateBatch", "deleteBatch", "createCollege", "updateCollege", "deleteCollege"),
        *("createDepartment", "updateDepartment", "deleteDepartment", "createBuilding", "updateBuilding"),
        *("deleteBuilding", "createItem", "updateItem", "createPrerequisite", "updatePrerequisite"),
        *("deletePrerequisite", "createStudent", "updateStudent", "createSupervision", "deleteSupervision"),
        *("createSavedFilter", "updateSavedFilter", "deleteSavedFilter"),
    }
    written = {"createUser", "updateUser", "createToken"}
    plain = {name for name in made.fields if name.startswith(("create", "update", "delete"))}
    in_bulk = {f"update{each}" for each in ("Students", "Items", "Batches", "Colleges", "Departments", "Buildings")}
    assert plain == generated | written | in_bulk


def test_inputs_hold_what_the_policies_may_grant_and_say_it_in_both_languages():
    made = built_schema()._schema.mutation_type
    assert made is not None
    for name, field in made.fields.items():
        kind = get_named_type(field.args["input"].type) if "input" in field.args else None
        action = next((each for each in ("create", "update") if name.startswith(each)), None)
        target = OBJECTS.get(name.removeprefix(action or ""))
        if action is None or target is None or target.name in BY_HAND:
            continue
        assert isinstance(kind, GraphQLInputObjectType)
        assert kind.name == f"{name[0].upper()}{name[1:]}Input"
        assert set(kind.fields) == {camel(each) for each in target.fields_for(action)}
        assert [each for each, one in kind.fields.items() if " · " not in (one.description or "")] == []


async def test_the_metadata_say_what_may_be_done(api: OpenDesk, office: Desk):
    document = "{ viewer { objects { name canCreate canUpdate canDelete fields { name writable } } } }"
    told = {each["name"]: each for each in (await office.query(document))["viewer"]["objects"]}
    may = {
        name: [each["canCreate"], each["canUpdate"], each["canDelete"]]
        for name, each in told.items()
        if each["canCreate"] or each["canUpdate"] or each["canDelete"]
    }
    assert may == {
        "Batch": [True, True, False],
        "College": [True, True, False],
        "Department": [True, True, False],
        "Building": [True, True, False],
        "Item": [True, True, False],
        "Prerequisite": [True, True, True],
        "Student": [True, True, False],
        "Supervision": [True, False, True],
        "SavedFilter": [True, True, True],
    }
    writable = {each["name"] for each in told["Batch"]["fields"] if each["writable"]}
    assert writable == {
        *("code", "name", "nameEn", "opensAt", "closesAt", "requestDeadline", "rangeLimit", "acceptsApplications"),
    }


# --- making, changing, deleting


async def test_a_batch_from_making_to_changing(office: Desk):
    answer = "id changed message batch { id code status version opensAt rangeLimit }"
    given = {"code": "2027-06", "name": "2027年6月", "opensAt": "2027-06-01T08:00:00+08:00", "rangeLimit": None}
    made = await done(office, created("Batch", answer), input=given)
    row = await Batch.get(code="2027-06")
    assert made == {
        "id": gid(row),
        "changed": True,
        "message": "已新增离校批次。",
        "batch": {
            "id": gid(row),
            "code": "2027-06",
            "status": "PREPARING",
            "version": 1,
            "opensAt": "2027-06-01T00:00:00+00:00",
            "rangeLimit": 200,
        },
    }
    change = updated("Batch", "changed message batch { name opensAt version }")
    assert await done(office, change, id=made["id"], seen=1, input={"name": "六月", "opensAt": None}) == {
        "changed": True,
        "message": "已修改离校批次。",
        "batch": {"name": "六月", "opensAt": None, "version": 2},
    }
    assert await done(office, change, id=made["id"], seen=2, input={"name": "六月"}) == {
        "changed": False,
        "message": "没有变化。",
        "batch": {"name": "六月", "opensAt": None, "version": 2},
    }
    assert await Event.all().order_by("id").values_list("object", "changed", "role") == [
        ("Batch", "code,name,opens_at", "office"),
        ("Batch", "name,opens_at", "office"),
    ]


async def test_a_supervision_is_made_and_deleted_by_names_that_people_use(api: OpenDesk):
    own, other = await make.college("15"), await make.college("02")
    await make.student("2022001", name="王伟", college=own)
    await make.student("2022002", college=other)
    await member("wang", "supervisor", name="王教授")
    await member("keeper", "data_keeper", own)
    desk = await api(as_="keeper")
    create = created("Supervision", "id message supervision { version student { studentNo } supervisor { name } }")
    made = await done(desk, create, input={"student": "2022001", "supervisor": "wang"})
    assert made["supervision"] == {
        "version": 1,
        "student": {"studentNo": "2022001"},
        "supervisor": {"name": "王教授"},
    }
    assert await refused(desk, create, input={"student": "2022001", "supervisor": "wang"}) == (
        "DUPLICATE",
        ["input", "supervisor"],
        "已有相同的记录,未重复建立。",
    )
    assert await refused(desk, create, input={"student": "2022002", "supervisor": "wang"}) == (
        "NOT_FOUND",
        ["input", "student"],
        '未找到"学生" 2022002,请核对代码。',
    )
    gone = await done(desk, deleted("Supervision", "id message supervision { id }"), id=made["id"], seen=1)
    assert gone == {"id": made["id"], "message": "已删除导师关系。", "supervision": None}
    assert await Supervision.all().count() == 0
    assert await refused(desk, deleted("Supervision"), id=made["id"], seen=1) == (
        "NOT_FOUND",
        ["id"],
        "未找到所指的记录,请刷新后重试。",
    )


async def test_an_item_with_its_prerequisite(office: Desk):
    uni = await make.university()
    season = await make.season(uni, status=BatchStatus.PREPARING)
    given = {"batch": "2026-06", "code": "GYM", "name": "体育器材", "department": "TSG", "ways": ["SINGLE", "BULK"]}
    made = await done(office, created("Item", "id item { code ways department { code } version }"), input=given)
    assert made["item"] == {"code": "GYM", "ways": ["SINGLE", "BULK"], "department": {"code": "TSG"}, "version": 1}
    edge = created("Prerequisite", "message prerequisite { item { code } requires { code } reopen }")
    told = await done(office, edge, input={"item": made["id"], "requires": gid(season["BOOKS"]), "reopen": True})
    assert told == {
        "message": "已新增前置环节。",
        "prerequisite": {"item": {"code": "GYM"}, "requires": {"code": "BOOKS"}, "reopen": True},
    }
    assert await refused(office, edge, input={"item": gid(season["BOOKS"]), "requires": made["id"]}) == (
        "BAD_INPUT",
        ["input", "requires"],
        "前置环节会互相等待:BOOKS → GYM → BOOKS。请另选一个。",
    )
    wrong = {"appliesTo": "level in ["}
    code, path, message = await refused(office, updated("Item"), id=made["id"], seen=1, input=wrong)
    assert (code, path) == ("BAD_INPUT", ["input", "appliesTo"])
    assert message == '"适用对象"写法有误:第 11 个字处。请对照示例改正。'


# --- refused, in words


@pytest.mark.parametrize(
    ("given", "code", "argument", "message"),
    [
        ({"code": "15"}, "DUPLICATE", "code", '"学院代码" 15 已被使用,请换一个,或修改已有的记录。'),
        ({"code": "1 5"}, "BAD_INPUT", "code", '"学院代码"只能含字母、数字和 _ - . 。请改正后重试。'),
        ({"name": " "}, "BAD_INPUT", "name", '请填写"学院名称"后重试。'),
        (
            {"officePhone": "8" * 33},
            "BAD_INPUT",
            "officePhone",
            '"学生工作办公室电话"有 33 个字,上限 32。请缩短后重试。',
        ),
    ],
)
async def test_what_is_filled_in_wrongly(office: Desk, given, code, argument, message):
    await make.college("15")
    wrong = {"code": "02", "name": "文学院"} | given
    assert await refused(office, created("College", "id"), input=wrong) == (code, ["input", argument], message)
    assert await College.all().count() == 1


async def test_every_field_at_fault_is_marked(office: Desk):
    wrong = {"code": "P 1", "name": "", "houses": "M", "beds": -1}
    error = await office.error(created("Building", "id"), input=wrong)
    assert [(each["path"], each["params"]["problem"]) for each in error["violations"]] == [
        (["input", "code"], "CODE_FORM"),
        (["input", "beds"], "NUMBER_RANGE"),
        (["input", "name"], "MISSING"),
    ]
    assert error["violations"][1]["params"] == {
        "problem": "NUMBER_RANGE",
        "minimum": 0,
        "maximum": 2147483647,
        "field": "beds",
        "label": {"zh": "床位数", "en": "Beds"},
    }


async def test_nothing_given(office: Desk):
    college = await make.college("15")
    assert await refused(office, updated("College"), id=gid(college), seen=1, input={}) == (
        "BAD_INPUT",
        ["input"],
        "没有需要修改的内容。请至少填写一项。",
    )


async def test_somebody_was_faster_and_what_it_is_now(api: OpenDesk, office: Desk):
    library = await make.department("TSG", "图书馆", place="一层")
    await member("clerk", "operator", library, name="李敏")
    clerk = await api(as_="clerk")
    await done(clerk, updated("Department"), id=gid(library), seen=1, input={"place": "二层"})
    changes = {"place": "三层", "successor": None}
    error = await office.error(updated("Department"), id=gid(library), seen=1, input=changes)
    at = error["params"].pop("at")
    assert (error["code"], error["violations"][0]["path"]) == ("CONFLICT", ["expectedVersion"])
    assert error["params"] == {"version": 2, "by": "李敏", "current": {"place": "二层", "successor": None}}
    assert error["message"].startswith("自您打开后,该记录已由 李敏 于 ")
    assert at
    assert (await Department.get(id=library.id)).place == "二层"


async def test_what_a_row_is_now_is_told_as_far_as_the_caller_reads_it(api: OpenDesk):
    own = await make.college("15")
    await make.building("PINE1")
    student = await make.student("2022001", name="王伟", college=own, version=3, phone="1380", room="101")
    await member("keeper", "data_keeper", own)
    given = {"name": "王玮", "phone": "1390", "room": "102", "building": "PINE1"}
    error = await (await api(as_="keeper")).error(updated("Student"), id=gid(student), seen=1, input=given)
    assert error["params"] == {"version": 3, "current": {"name": "王伟"}}


async def test_a_row_that_others_refer_to(office: Desk, api: OpenDesk):
    uni = await make.university()
    await make.season(uni)
    await in_force("office,Department,*,delete,all,allow,")
    await store.STORE.refresh()
    error = await office.error(deleted("Department"), id=gid(uni.library), seen=1)
    assert error["message"] == "仍有 环节 4 条 引用该职能部门,不能删除。请停用并指定职能承接部门。"
    assert (error["code"], error["params"]["references"]) == ("CONFLICT", [{"object": "Item", "count": 4}])
    unused = await make.department("NEW")
    assert (await done(office, deleted("Department"), id=gid(unused), seen=1))["message"] == "已删除职能部门。"


# --- rights


async def test_by_field(api: OpenDesk):
    library, finance = await make.department("TSG", "图书馆"), await make.department("CWC", "财务处")
    await member("clerk", "operator", library)
    desk = await api(as_="clerk")
    assert (await done(desk, updated("Department"), id=gid(library), seen=1, input={"phone": "8105"}))["changed"]
    assert await refused(desk, updated("Department"), id=gid(library), seen=2, input={"name": "x", "phone": "1"}) == (
        "FORBIDDEN",
        None,
        '您当前身份为"学校离校办理人员(图书馆)",不能修改"职能部门"的"部门名称"。需要"学生离校工作主管部门"身份。',
    )
    assert await refused(desk, updated("Department"), id=gid(finance), seen=1, input={"phone": "8105"}) == (
        "FORBIDDEN",
        ["id"],
        '该记录不在您当前身份"学校离校办理人员(图书馆)"可办理的范围内,未执行。请切换身份,或联系其所属单位。',
    )
    code, _, message = await refused(desk, created("Department", "id"), input={"code": "X", "name": "x"})
    assert (code, message) == (
        "FORBIDDEN",
        '您当前身份为"学校离校办理人员(图书馆)",不能新增"职能部门"的"部门代码"。需要"学生离校工作主管部门"身份。',
    )
    code, _, message = await refused(desk, deleted("Department"), id=gid(library), seen=2)
    assert (code, message) == (
        "FORBIDDEN",
        '您当前身份为"学校离校办理人员(图书馆)",不能删除"职能部门"。请切换身份,或联系权限管理员。',
    )


async def test_what_one_does_not_see_does_not_exist(api: OpenDesk):
    own, other = await make.college("15"), await make.college("02")
    theirs = await make.student("2022002", college=other)
    await member("keeper", "data_keeper", own)
    desk = await api(as_="keeper")
    for nobody in (gid(theirs), ids.encode("Student", 9_999), ids.encode("College", own.id), "x"):
        assert await refused(desk, updated("Student"), id=nobody, seen=1, input={"name": "x"}) == (
            "NOT_FOUND",
            ["id"],
            "未找到所指的记录,请刷新后重试。",
        )


async def test_a_student_stays_within_ones_college(api: OpenDesk):
    own = await make.college("15", "计信院")
    await make.college("02", "文学院")
    student = await make.student("2022001", college=own)
    await member("keeper", "data_keeper", own)
    desk = await api(as_="keeper")
    outside = (
        "FORBIDDEN",
        None,
        '这样填写后,该记录将不在您当前身份"学院数据维护员(计信院)"可办理的范围内,未执行。请改正,或联系其所属单位。',
    )
    assert await refused(desk, updated("Student"), id=gid(student), seen=1, input={"college": "02"}) == outside
    person = {"studentNo": "2022009", "name": "王伟", "gender": "M", "level": "UG"}
    assert await refused(desk, created("Student", "id"), input=person | {"college": "02"}) == outside
    answer = "message student { studentNo idNoMasked college { code } }"
    made = await done(desk, created("Student", answer), input=person | {"college": "15", "idNo": "11010119990101011x"})
    assert made == {
        "message": "已新增学生。",
        "student": {"studentNo": "2022009", "idNoMasked": "1101**********011X", "college": {"code": "15"}},
    }
    assert await Student.all().count() == 2


async def test_a_right_that_was_taken_away_meanwhile_is_not_used(api: OpenDesk, office: Desk):
    college = await make.college("15")
    await in_force(without=("office", "College"))
    code, _, message = await refused(office, updated("College"), id=gid(college), seen=1, input={"name": "x"})
    assert (code, message.startswith('您当前身份为"学生离校工作主管部门",不能修改"学院"')) == ("FORBIDDEN", True)


async def test_nobody_edits_without_signing_in(api: OpenDesk):
    college = await make.college("15")
    desk = await api()
    for document, given in (
        (created("College", "id"), {"input": {"code": "02", "name": "x"}}),
        (updated("College"), {"id": gid(college), "seen": 1, "input": {"name": "x"}}),
        (deleted("College"), {"id": gid(college), "seen": 1}),
    ):
        assert (await refused(desk, document, **given))[0] == "UNAUTHENTICATED"
    assert await College.all().values_list("name", flat=True) == ["学院"]


async def test_the_words_in_english(api: OpenDesk):
    await member("office", "office")
    desk = await api(as_="office", locale="en")
    await make.building("PINE1")
    given = {"code": "PINE1", "name": "x", "houses": "M"}
    assert (await refused(desk, created("Building", "id"), input=given))[2] == (
        '"Building code" PINE1 is taken. Choose another one, or change the record that there is.'
    )
    made = await done(desk, created("Building", "message"), input=given | {"code": "PINE2"})
    assert made == {"message": "Made: Building."}
    assert await Building.all().count() == 2


@pytest.mark.parametrize(
    "document",
    [
        'mutation { updateCollege(id: "Q29sbGVnZTox", expectedVersion: 1, input: {}) { id } }',
        'mutation { updateUser(input: {username: "limin"}) { id } }',
    ],
)
async def test_whoever_may_not_change_learns_that_first(api: OpenDesk, document: str) -> None:
    """Also where nothing is to be changed."""
    await make.university()
    await member("limin", "operator", await make.Department.get(code="TSG"))
    assert (await (await api(as_="limin")).error(document))["code"] == "FORBIDDEN"
