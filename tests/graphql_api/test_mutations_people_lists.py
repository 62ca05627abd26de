"""importPeople through the door (R18), and cells that other lists cannot read: each refuses its own row."""

from __future__ import annotations

from typing import Any

import pytest

from models import Sheet, Student
from models.enums import CertificateKind, Gender, LeaveType, Level
from tests import factories as make
from tests.api import Desk, OpenDesk, member

RESULT = "dryRun applied unchanged refused message rows { studentNo name outcome code message row column itemCode }"
PEOPLE = f"""mutation ($input: ImportPeopleInput!) {{
  importPeople(input: $input) {{ {RESULT} items {{ itemCode red grey }} operation {{ kind state }} }} }}"""
ROSTER = f"mutation ($input: LoadRosterInput!) {{ loadRoster(input: $input) {{ {RESULT} }} }}"
CERTIFICATES = f"mutation ($input: ImportCertificatesInput!) {{ importCertificates(input: $input) {{ {RESULT} }} }}"
CLEARANCES = f"mutation ($input: ImportClearancesInput!) {{ importClearances(input: $input) {{ {RESULT} }} }}"


@pytest.fixture
async def season(api: OpenDesk) -> make.SeasonOf:
    return await make.season(await make.university())


@pytest.fixture
async def keeper(season: make.SeasonOf, api: OpenDesk) -> Desk:
    await member("keeper", "data_keeper", await make.College.get(code="15"))
    return await api(as_="keeper")


def leaver(number: str, **cells: Any) -> dict[str, Any]:
    return {"studentNo": number, "name": "王伟", "gender": "男", "level": "本科生", **cells}


async def people(desk: Desk, *rows: dict[str, Any], **asked: Any) -> dict[str, Any]:
    return dict((await desk.query(PEOPLE, input={"batch": "2026-06", "rows": rows, **asked}))["importPeople"])


async def test_a_list_of_leavers_makes_records_and_sheets(season: make.SeasonOf, keeper: Desk) -> None:
    await make.student("2022009", name="李娜")
    rows = [leaver("2022001", level="博士", leaveType="转学", row=2), leaver("2022009", name="李娜", row=3)]
    rows[0]["level"] = "博士生"
    shown = await people(keeper, *rows, dryRun=True)
    assert (shown["dryRun"], shown["applied"], await Student.all().count(), await Sheet.all().count()) == (
        True,
        2,
        1,
        0,
    )
    assert shown["operation"] == {"kind": "IMPORT_PEOPLE", "state": "PREVIEWED"}
    done = await people(keeper, *rows, college="15")
    assert (done["applied"], done["message"]) == (2, "已导入离校人员 2 人。")
    assert done["items"] == shown["items"]
    made = await Student.get(student_no="2022001").prefetch_related("college")
    assert (made.name, made.gender, made.level, made.college.code) == ("王伟", Gender.M, Level.D, "15")
    assert (await Sheet.get(student=made)).leave_type is LeaveType.TRANSFER
    again = await people(keeper, *rows)
    assert (again["applied"], again["unchanged"], again["message"]) == (0, 2, "没有变化。")


@pytest.mark.parametrize(
    ("cells", "column", "message"),
    [
        ({"gender": "?"}, "gender", '性别"?"无法识别,应为 男 / 女。请改正后重新导入。'),
        ({"gender": None}, "gender", "性别未填写。请补全后重新导入。"),
        ({"gender": ""}, "gender", "性别未填写,应为 男 / 女。请补全后重新导入。"),
        ({"name": ""}, "name", "姓名未填写。请补全后重新导入。"),
        ({"hasLoan": "也许"}, "hasLoan", '助学贷款"也许"应为 是 或 否。请改正后重新导入。'),
        ({"building": "MOON"}, "building", '公寓楼"MOON"不存在,请核对代码或名称。'),
        ({"idNo": "123"}, "idNo", "身份证件号不是 18 位居民身份证号。请核对;其他证件请填写证件类型。"),
        (
            {"idNo": 110101199901010110},
            "idNo",
            "身份证件号是数字格式,可能已丢失前导 0 或末几位。请设为文本后重新填写。",
        ),
        ({"studentNo": 2022001}, "studentNo", "学号是数字格式,可能已丢失前导 0 或末几位。请设为文本后重新填写。"),
        ({"studentNo": "2022/1"}, "studentNo", '学号"2022/1"不是编号,只能包含字母、数字和连字符。'),
        ({"nationality": "长" * 300}, "nationality", "国籍太长。请缩短后重新导入。"),
        (
            {"leaveType": "休学"},
            "leaveType",
            '离校类别"休学"无法识别,应为 毕业 / 结业 / 肄业 / 退学 / 转学 / 交流期满 / 其他。',
        ),
    ],
)
async def test_a_bad_cell_is_named_and_refuses_its_row_alone(
    season: make.SeasonOf, keeper: Desk, cells: dict[str, Any], column: str, message: str
) -> None:
    bad, good = leaver("2022001", row=7), leaver("2022002", row=8)
    answer = await people(keeper, {**bad, **cells}, good)
    refused, applied = answer["rows"]
    assert (refused["outcome"], refused["code"], refused["row"]) == ("REFUSED", "BAD_INPUT", 7)
    assert refused["column"] == column
    assert refused["message"].startswith(message)
    assert (applied["outcome"], applied["column"]) == ("APPLIED", None)
    assert await Student.all().values_list("student_no", flat=True) == ["2022002"]


async def test_one_bad_row_stops_all_when_asked_so(season: make.SeasonOf, keeper: Desk) -> None:
    answer = await people(keeper, leaver("2022001"), leaver("2022002", gender="?"), errorPolicy="REJECT_ALL")
    assert [each["outcome"] for each in answer["rows"]] == ["NOT_APPLIED", "REFUSED"]
    assert (await Student.all().count(), await Sheet.all().count()) == (0, 0)


async def test_a_keeper_imports_into_the_own_college_only(season: make.SeasonOf, keeper: Desk, api: OpenDesk) -> None:
    asked = {"batch": "2026-06", "rows": [leaver("2022001")]}
    assert (await keeper.error(PEOPLE, input={**asked, "college": "02"}))["code"] == "FORBIDDEN"
    assert (await keeper.error(PEOPLE, input={**asked, "college": "99"}))["code"] == "NOT_FOUND"
    await member("operator", "operator", await make.Department.get(code="TSG"))
    assert (await (await api(as_="operator")).error(PEOPLE, input=asked))["code"] == "FORBIDDEN"
    assert await Student.all().count() == 0


async def test_whoever_acts_for_all_names_the_college(season: make.SeasonOf, api: OpenDesk) -> None:
    await member("office", "office")
    office = await api(as_="office")
    asked = {"batch": "2026-06", "rows": [leaver("2022001")]}
    error = await office.error(PEOPLE, input=asked)
    assert (error["code"], error["violations"][0]["path"]) == ("BAD_INPUT", ["input", "college"])
    assert (await people(office, leaver("2022001"), college="02"))["applied"] == 1


async def test_a_key_imports_once(season: make.SeasonOf, keeper: Desk) -> None:
    first = await people(keeper, leaver("2022001"), leaver("2022002", gender="?"), idempotencyKey="list 1")
    assert await people(keeper, leaver("2022001"), leaver("2022002", gender="?"), idempotencyKey="list 1") == first
    asked = {"batch": "2026-06", "rows": [leaver("2022003")], "idempotencyKey": "list 1"}
    assert (await keeper.error(PEOPLE, input=asked))["code"] == "IDEMPOTENCY_MISMATCH"
    assert await Student.all().values_list("student_no", flat=True) == ["2022001"]


async def test_a_key_of_a_list_that_one_row_stopped_has_the_same_answer(season: make.SeasonOf, keeper: Desk) -> None:
    rows = leaver("2022001"), leaver("2022002", gender="?")
    first = await people(keeper, *rows, idempotencyKey="list 1", errorPolicy="REJECT_ALL")
    assert await people(keeper, *rows, idempotencyKey="list 1", errorPolicy="REJECT_ALL") == first
    assert first["operation"] == {"kind": "IMPORT_PEOPLE", "state": "FAILED"}


# --- the other lists


async def test_a_roster_with_cells_that_cannot_be_read(season: make.SeasonOf, api: OpenDesk) -> None:
    await member("office", "office")
    office = await api(as_="office")
    for number in ("2022001", "2022002", "2022003"):
        await make.student(number)
    rows = [
        {"studentNo": "2022001", "leaveType": "结业"},
        {"studentNo": "2022002", "leaveType": "休学", "row": 3},
        {"studentNo": 2022003, "row": 4},
    ]
    answer = (await office.query(ROSTER, input={"batch": "2026-06", "rows": rows}))["loadRoster"]
    assert [(each["code"], each["column"]) for each in answer["rows"]] == [
        (None, None),
        ("BAD_INPUT", "leaveType"),
        ("BAD_INPUT", "studentNo"),
    ]
    assert await Sheet.all().values_list("leave_type", flat=True) == [LeaveType.COMPLETION]


async def test_certificates_with_cells_that_cannot_be_read(season: make.SeasonOf, api: OpenDesk) -> None:
    await member("registrar", "registrar")
    registrar = await api(as_="registrar")
    await make.crowd(season.batch, 1)
    rows = [
        {"studentNo": "20230001", "kind": "学位证书", "number": "00012", "printed": "是"},
        {"studentNo": "20230001", "kind": "奖状"},
        {"studentNo": "20230001", "kind": "GRADUATION", "number": 12},
        {"studentNo": "20230001", "kind": "GRADUATION", "printed": "也许"},
        {"studentNo": "20230001", "kind": "GRADUATION", "number": "00013", "printed": True},
    ]
    answer = (await registrar.query(CERTIFICATES, input={"batch": "2026-06", "rows": rows}))["importCertificates"]
    assert [(each["code"], each["column"], each["itemCode"]) for each in answer["rows"]] == [
        (None, None, "DEGREE"),
        ("BAD_INPUT", "kind", "奖状"),
        ("BAD_INPUT", "number", "GRADUATION"),
        ("BAD_INPUT", "printed", "GRADUATION"),
        (None, None, "GRADUATION"),
    ]
    found = await make.Certificate.all().order_by("number").values_list("number", "kind")
    assert found == [("00012", CertificateKind.DEGREE), ("00013", CertificateKind.GRADUATION)]


async def test_clearances_with_cells_that_cannot_be_read(season: make.SeasonOf, api: OpenDesk) -> None:
    await member("limin", "operator", await make.Department.get(code="TSG"))
    desk = await api(as_="limin")
    sheets = await make.crowd(season.batch, 3)
    rows: list[dict[str, Any]] = [
        {"studentNo": 20230001, "status": "3"},
        {"studentNo": "20230002", "status": 3},
        {"studentNo": "20230003", "status": "办好了"},
        {"studentNo": "20230003", "item": ""},
    ]
    asked = {"batch": "2026-06", "rows": rows, "item": "BOOKS"}
    answer = (await desk.query(CLEARANCES, input=asked))["importClearances"]
    assert [(each["code"], each["column"]) for each in answer["rows"]] == [
        ("BAD_INPUT", "studentNo"),
        (None, None),
        ("BAD_INPUT", "status"),
        ("BAD_INPUT", "status"),  # neither a status nor a note
    ]
    assert await make.statuses(sheets, "BOOKS") == [make.PENDING, make.CLEARED, make.PENDING]


async def test_what_is_no_cell_is_no_request(season: make.SeasonOf, keeper: Desk) -> None:
    error = await keeper.error(PEOPLE, input={"batch": "2026-06", "rows": [leaver("1", name={"zh": "王伟"})]})
    assert (error["code"], error["violations"][0]["path"]) == ("BAD_INPUT", ["input", "rows", "0", "name"])
