"""issueCertificates, undoIssue and importCertificates through the door (R19, R20, R28, B14)."""

from __future__ import annotations

from typing import Any

import pytest

from graphql_api import ids
from models import Certificate, Student
from models.enums import CertificateKind, CertificateStatus
from tests import factories as make
from tests.api import Desk, OpenDesk, member

ROWS = """operation { kind } applied refused message
  rows { studentNo outcome code message blockers { itemCode itemName } }"""
ISSUE = f"mutation ($input: IssueCertificatesInput!) {{ issueCertificates(input: $input) {{ {ROWS} }} }}"
UNDO = f"mutation ($input: UndoIssueInput!) {{ undoIssue(input: $input) {{ {ROWS} }} }}"
VOID = f"mutation ($input: VoidCertificatesInput!) {{ voidCertificates(input: $input) {{ {ROWS} }} }}"
IMPORT = f"mutation ($input: ImportCertificatesInput!) {{ importCertificates(input: $input) {{ {ROWS} }} }}"
GRADUATION, DEGREE = CertificateKind.GRADUATION, CertificateKind.DEGREE


@pytest.fixture
async def season(api: OpenDesk) -> make.SeasonOf:
    return await make.season(await make.university())


@pytest.fixture
async def officer(season: make.SeasonOf, api: OpenDesk) -> Desk:
    await member("officer", "cert_officer", await make.College.get(code="15"))
    return await api(as_="officer")


async def issue(desk: Desk, **asked: Any) -> dict[str, Any]:
    return dict((await desk.query(ISSUE, input={"batch": "2026-06", **asked}))["issueCertificates"])


async def states() -> list[CertificateStatus]:
    return [each.status for each in await Certificate.all().order_by("id")]


async def test_both_certificates_are_handed_out(season: make.SeasonOf, officer: Desk) -> None:
    sheet = await make.sheet(season.batch, await make.student("20221503107", name="李娜"), settled=True)
    graduation = await make.certificate(sheet, GRADUATION)
    await make.certificate(sheet, DEGREE)
    await Student.all().update(id_no="11010119990101123X")
    confirm = [{"studentNo": "20221503107", "number": graduation.number, "idLast4": "123x"}]
    result = await issue(officer, select={"studentNos": ["20221503107"]}, confirm=confirm)
    assert (result["applied"], result["refused"]) == (2, 0)
    assert result["operation"] == {"kind": "ISSUE"}
    assert await states() == [CertificateStatus.ISSUED] * 2


async def test_one_pending_item_and_neither_is_issued(season: make.SeasonOf, officer: Desk) -> None:
    sheet = await make.sheet(
        season.batch, await make.student("20221503107"), settled=True, statuses={"BOOKS": make.PENDING}
    )
    await make.certificate(sheet, GRADUATION)
    await make.certificate(sheet, DEGREE)
    result = await issue(officer, select={"studentNos": ["20221503107"]})
    [row] = result["rows"]
    assert (row["outcome"], row["code"]) == ("REFUSED", "BLOCKED")
    assert row["blockers"] == [{"itemCode": "BOOKS", "itemName": "图书清还"}]
    assert row["message"] == ("还不能发证:还有 1 个环节未办理,两证均不能发放——图书清还(图书馆 一层服务台 8105)。")
    assert await states() == [CertificateStatus.PRINTED] * 2
    assert (await make.recorded())[1] == 0


@pytest.mark.parametrize(
    ("confirm", "message"),
    [
        ({"number": "99999000000000000"}, "证书编号与离校单不符:扫描 99999000000000000 不是该生的证书。请勿发放。"),
        ({"idLast4": "9999"}, "证件后四位与该生不符。请核对证件,请勿发放。"),
    ],
)
async def test_the_wrong_paper_or_person_is_noticed(
    season: make.SeasonOf, officer: Desk, confirm: dict[str, str], message: str
) -> None:
    sheet = await make.sheet(season.batch, await make.student("20221503107"), settled=True)
    await make.certificate(sheet)
    confirmed = [{"studentNo": "20221503107", **confirm}]
    result = await issue(officer, select={"studentNos": ["20221503107"]}, confirm=confirmed)
    assert [(row["code"], row["message"]) for row in result["rows"]] == [("ROW_MISMATCH", message)]
    assert await states() == [CertificateStatus.PRINTED]


async def test_a_proxy_is_named_in_full(season: make.SeasonOf, officer: Desk) -> None:
    sheet = await make.sheet(season.batch, await make.student("20221503107"), settled=True)
    await make.certificate(sheet)
    asked = {
        "batch": "2026-06",
        "select": {"studentNos": ["20221503107"]},
        "collectedBy": {"collection": "PROXY", "name": "李父", "idLast4": "12", "relation": "父亲"},
    }
    error = await officer.error(ISSUE, input=asked)
    assert error["message"] == "代领须填写代领人姓名、证件后四位、与学生关系,并核验委托书。"
    assert error["violations"][0]["path"] == ["input", "collectedBy", "idLast4"]
    assert await states() == [CertificateStatus.PRINTED]


async def test_a_whole_filter_is_never_issued(season: make.SeasonOf, officer: Desk) -> None:
    asked = {"batch": "2026-06", "select": {"where": {"className": {"eq": "x"}}}}
    error = await officer.error(ISSUE, input=asked)
    assert (error["code"], error["message"]) == (
        "BAD_INPUT",
        "发证不能对全部查询结果进行,请按学号范围、班级或名单办理。",
    )


async def test_an_operator_of_the_library_issues_nothing(season: make.SeasonOf, api: OpenDesk) -> None:
    await member("limin", "operator", await make.Department.get(code="TSG"))
    desk = await api(as_="limin")
    error = await desk.error(ISSUE, input={"batch": "2026-06", "select": {"studentNos": ["1"]}})
    assert error["code"] == "FORBIDDEN"
    assert error["params"]["roles"] == "cert_officer"
    assert error["message"] == '您当前身份为"学校离校办理人员(图书馆)",不能发放证书。需要"学院发证人员"身份。'


async def test_another_colleges_student_does_not_exist(season: make.SeasonOf, officer: Desk) -> None:
    other = await make.College.get(code="02")
    sheet = await make.sheet(season.batch, await make.student("20220203107", college=other), settled=True)
    await make.certificate(sheet)
    result = await issue(officer, select={"studentNos": ["20220203107"]})
    assert [row["code"] for row in result["rows"]] == ["NOT_FOUND"]
    assert await states() == [CertificateStatus.PRINTED]


async def test_an_issue_is_taken_back_with_a_reason(season: make.SeasonOf, officer: Desk) -> None:
    sheet = await make.sheet(season.batch, await make.student("20221503107"), settled=True)
    certificate = await make.certificate(sheet, status=CertificateStatus.ISSUED)
    named = {"certificates": [ids.encode("Certificate", certificate.id)], "recovered": True}
    error = await officer.error(UNDO, input={**named, "reason": " "})
    assert (error["code"], error["message"]) == ("REASON_REQUIRED", "请填写原因后再提交。")
    assert await states() == [CertificateStatus.ISSUED]
    result = (await officer.query(UNDO, input={**named, "reason": "发错"}))["undoIssue"]
    assert result["applied"] == 1
    assert await states() == [CertificateStatus.PRINTED]
    error = await officer.error(UNDO, input={**named, "certificates": ["nonsense"], "reason": "发错"})
    assert (error["code"], error["violations"][0]["path"]) == ("NOT_FOUND", ["input", "certificates"])


async def test_the_registrar_imports_entitlements_and_voids(season: make.SeasonOf, api: OpenDesk) -> None:
    await make.sheet(season.batch, await make.student("20221503107"))
    await member("registrar", "registrar")
    desk = await api(as_="registrar")
    rows = [
        {"studentNo": "20221503107", "kind": "GRADUATION", "number": "100001", "printed": True, "row": 2},
        {"studentNo": "2", "kind": "DEGREE", "row": 3, "cell": "A3"},
    ]
    result = (await desk.query(IMPORT, input={"batch": "2026-06", "rows": rows}))["importCertificates"]
    assert [(row["outcome"], row["code"]) for row in result["rows"]] == [("APPLIED", None), ("REFUSED", "NOT_FOUND")]
    assert await states() == [CertificateStatus.PRINTED]
    certificate = await Certificate.get()
    named = [ids.encode("Certificate", certificate.id)]
    result = (await desk.query(VOID, input={"certificates": named, "reason": "印坏"}))["voidCertificates"]
    assert (result["applied"], await states()) == (1, [CertificateStatus.VOID])
