"""Progress, certificate state, contacts, moves, whyNot: the rules' answers joined with the caller's rights."""

from __future__ import annotations

from typing import Any

import pytest

from models import database as db
from models.enums import CertificateKind, CertificateStatus, Level
from tests import factories as make
from tests.api import Desk, OpenDesk, counted, member

SHEETS = """query ($first: Int) { sheets(first: $first) { nodes {
  progress { settled required }
  certificateState { code message issued place phone refusal { code } }
  contacts { itemCode whom { zh en } place phone hours }
  clearances { item { code } moves { status refusal { code message blockers { itemCode } } } }
} } }"""
MOVES = """{ sheets { nodes { clearances(where: { item: { code: { eq: "%s" } } }) {
  moves { status refusal { code message blockers { itemCode } } } } } } }"""


@pytest.fixture
async def season(api: OpenDesk) -> make.SeasonOf:
    where = await make.university()
    await make.Department.filter(code="TSG").update(hours="工作日 9:00–17:00")
    await member("limin", "operator", where.library)
    await member("officer", "cert_officer", where.college)
    await member("secretary", "secretary", where.college)
    await member("counsellor", "counsellor", where.college)
    return await make.season(where)


async def sheet_of(desk: Desk, fields: str) -> dict[str, Any]:
    [sheet] = (await desk.query(f"{{ sheets {{ nodes {{ {fields} }} }} }}"))["sheets"]["nodes"]
    return dict(sheet)


async def moves(desk: Desk, item: str) -> dict[str, Any]:
    """Status → the refusal's code, or None for what can be done."""
    [sheet] = (await desk.query(MOVES % item))["sheets"]["nodes"]
    [clearance] = sheet["clearances"]
    return {each["status"]: each["refusal"] and each["refusal"]["code"] for each in clearance["moves"]}


async def test_progress_counts_the_required_items(season: make.SeasonOf, api: OpenDesk) -> None:
    await make.sheet(season.batch, statuses={"BOOKS": make.CLEARED})
    sheet = await sheet_of(await api(as_="officer"), "progress { settled required }")
    assert sheet["progress"] == {"settled": 1, "required": 5}  # BOOKS; SIGN and PARTY do not apply and do not count


@pytest.mark.parametrize(
    ("issued", "printed", "code", "message"),
    [
        ((), (), "NOT_ENTITLED", "无应发证书"),
        ((), ("GRADUATION", "DEGREE"), "READY", "可领取"),
        (("GRADUATION",), ("DEGREE",), "PARTLY_ISSUED", "已发放毕业证书,学位证书待发"),
        (("GRADUATION", "DEGREE"), (), "ISSUED", "已发放两证"),
        (("GRADUATION",), (), "ISSUED", "已发放毕业证书(无学位证书)"),
        (("COMPLETION",), (), "ISSUED", "已发放结业证书"),
    ],
)
async def test_the_certificate_line_says_what_is_true(
    season: make.SeasonOf,
    api: OpenDesk,
    issued: tuple[str, ...],
    printed: tuple[str, ...],
    code: str,
    message: str,
) -> None:
    sheet = await make.sheet(season.batch, settled=True)
    for kind in issued:
        await make.certificate(sheet, CertificateKind[kind], status=CertificateStatus.ISSUED)
    for kind in printed:
        await make.certificate(sheet, CertificateKind[kind])
    shown = await sheet_of(await api(as_="officer"), "certificateState { code message issued place phone }")
    assert shown["certificateState"] == {
        "code": code,
        "message": message,
        "issued": code == "ISSUED",
        "place": "计算机楼201",
        "phone": "8415",
    }


async def test_what_is_still_needed_stands_beside_the_certificate(season: make.SeasonOf, api: OpenDesk) -> None:
    sheet = await make.sheet(season.batch, settled=True, statuses={"BOOKS": make.PENDING})
    await make.certificate(sheet)
    shown = await sheet_of(
        await api(as_="officer"),
        "certificateState { code refusal { message } } certificates { whyNot { code blockers { itemCode } } }",
    )
    needed = "还不能发证:还有 1 个环节未办理,两证均不能发放——图书清还(图书馆 一层服务台 8105)。"
    assert shown == {
        "certificateState": {"code": "NOT_MET", "refusal": {"message": needed}},
        "certificates": [{"whyNot": {"code": "BLOCKED", "blockers": [{"itemCode": "BOOKS"}]}}],
    }


async def test_which_items_are_red_is_told_to_those_who_may_read_them(season: make.SeasonOf, api: OpenDesk) -> None:
    """The registrar reads certificates and no clearance."""
    sheet = await make.sheet(season.batch, settled=True, statuses={"BOOKS": make.PENDING})
    await make.certificate(sheet)
    await member("zheng", "registrar")
    registrar = await api(as_="zheng")
    asked = "code message blockers { itemCode }"
    below = f"certificateState {{ refusal {{ {asked} }} }} certificates {{ whyNot {{ {asked} }} }}"
    shown = await registrar.query(f"{{ sheets {{ nodes {{ {below} }} }} }}")
    said = "还不能发证:还有环节未办理,两证均不能发放。请让该生查看离校单,按红色环节办理。"
    refusal = {"code": "BLOCKED", "message": said, "blockers": []}
    assert shown["sheets"]["nodes"] == [
        {"certificateState": {"refusal": refusal}, "certificates": [{"whyNot": refusal}]}
    ]


async def test_why_not_is_null_only_for_whoever_may_issue(season: make.SeasonOf, api: OpenDesk) -> None:
    sheet = await make.sheet(season.batch, settled=True)
    await make.certificate(sheet)
    asked = "{ certificates { nodes { status whyNot { code message } } } }"
    mine = (await (await api(as_="officer")).query(asked))["certificates"]["nodes"]
    assert mine == [{"status": "PRINTED", "whyNot": None}]
    await member("boss", "office")
    theirs = (await (await api(as_="boss")).query(asked))["certificates"]["nodes"]
    assert theirs[0]["whyNot"]["code"] == "FORBIDDEN"
    await make.Certificate.all().update(status=CertificateStatus.VOID)
    void = (await (await api(as_="officer")).query(asked))["certificates"]["nodes"]
    assert [each["whyNot"]["code"] for each in void] == ["NOT_ENTITLED"]


async def test_whom_to_ask_depends_on_who_handles_the_item(season: make.SeasonOf, api: OpenDesk) -> None:
    student = await make.student(level=Level.M)
    await make.supervise(student, await make.user("chen", "陈教授"))
    await make.sheet(season.batch, student)
    sheet = await sheet_of(await api(as_="secretary"), "contacts { itemCode whom { zh } place phone hours }")
    found = {each.pop("itemCode"): each for each in sheet["contacts"]}
    assert found["BOOKS"] == {
        "whom": {"zh": "图书馆"},
        "place": "一层服务台",
        "phone": "8105",
        "hours": "工作日 9:00–17:00",
    }
    assert found["FINAL"] == {
        "whom": {"zh": "计算机与信息科学学院学生工作办公室"},
        "place": "计算机楼102",
        "phone": "8215",
        "hours": "",
    }
    assert found["SIGN"] == {"whom": {"zh": "陈教授"}, "place": "", "phone": "8315", "hours": ""}


async def test_what_may_be_done_next_is_what_the_write_would_decide(season: make.SeasonOf, api: OpenDesk) -> None:
    await make.sheet(season.batch)
    desk = await api(as_="limin")
    assert await moves(desk, "BOOKS") == {"CLEARED": None, "NOT_REQUIRED": "REASON_REQUIRED"}
    counsellor = await api(as_="counsellor")
    assert await moves(counsellor, "DORM") == {"CLEARED": "FORBIDDEN", "NOT_REQUIRED": "FORBIDDEN"}


async def test_the_final_item_names_what_is_still_needed(season: make.SeasonOf, api: OpenDesk) -> None:
    await make.sheet(season.batch, settled=True, statuses={"BOOKS": make.PENDING, "FINAL": make.PENDING})
    [sheet] = (await (await api(as_="counsellor")).query(MOVES % "FINAL"))["sheets"]["nodes"]
    [clearance] = sheet["clearances"]
    found = {each["status"]: each["refusal"] for each in clearance["moves"]}
    assert found["CLEARED"] == {
        "code": "BLOCKED",
        "message": '还不能确认"院系离校":还有 1 个环节未办理——图书清还(图书馆 一层服务台 8105)。',
        "blockers": [{"itemCode": "BOOKS"}],
    }
    assert found["NOT_REQUIRED"]["code"] == "FINAL_MUST_BE_CLEARED"


async def test_a_secretary_clears_by_signing_on_behalf(season: make.SeasonOf, api: OpenDesk) -> None:
    await make.sheet(season.batch, await make.student(level=Level.M))
    document = (MOVES % "SIGN").replace("moves { status", "moves { status action")
    [sheet] = (await (await api(as_="secretary")).query(document))["sheets"]["nodes"]
    [cleared] = [each for each in sheet["clearances"][0]["moves"] if each["status"] == "CLEARED"]
    assert (cleared["action"], cleared["refusal"]) == ("sign_on_behalf", None)


async def test_who_never_acts_has_no_moves_rather_than_refused_ones(season: make.SeasonOf, api: OpenDesk) -> None:
    await make.sheet(season.batch)
    assert await moves(await api(as_="officer"), "BOOKS") == {}


async def test_statements_do_not_grow_with_the_page(season: make.SeasonOf, api: OpenDesk) -> None:
    for sheet in await make.crowd(season.batch, 20):
        await make.certificate(sheet)
    desk = await api(as_="counsellor")
    sent = []
    for first in (2, 20):
        with db.statements() as statements:
            answer = await desk.query(SHEETS, first=first)
        assert len(answer["sheets"]["nodes"]) == first
        sent.append(counted(statements))
    assert sent[0] == sent[1]
