"""What every bulk mutation may be told, held by the schema itself; and that a key applies once, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from graphql_api import ids
from models.enums import CertificateKind, CertificateStatus, Level
from models.rules import tokens
from models.rules.actor import SYSTEM
from tests import factories as make
from tests.api import Desk, OpenDesk, member
from tests.graphql_api.asking import core

#: An input with one of these is for many rows.
MANY = {"select", "rows", "certificates"}
#: What a refused row means for the others, unless told; synchronisation always takes what it can.
DEFAULTS = {
    "setClearances": "REJECT_ALL",
    "signStudents": "APPLY_VALID",
    "issueCertificates": "APPLY_VALID",
    "undoIssue": "APPLY_VALID",
    "voidCertificates": "APPLY_VALID",
    "loadRoster": "APPLY_VALID",
    "importPeople": "APPLY_VALID",
    "importCertificates": "APPLY_VALID",
    "importClearances": "APPLY_VALID",
    "importRows": "APPLY_VALID",
    "moveSheets": "REJECT_ALL",
    "cancelSheet": "REJECT_ALL",
    "setLateUntil": "REJECT_ALL",
    "syncClearances": None,
}
#: Plain editing of many rows; what it does with a key is tried where it is tried out itself.
EDITED = ("Students", "Items", "Batches", "Colleges", "Departments", "Buildings")
EDITS = {f"update{each}": "REJECT_ALL" for each in EDITED}
#: Tried out in the tests of life's changes.
ELSEWHERE = {"transferSheets"}
#: Where the caller may say what he saw of each row; rows of an import carry it themselves.
WITH_VERSIONS = {"setClearances", *EDITS}


def inputs() -> dict[str, GraphQLInputObjectType]:
    """The inputs of the mutations for many rows, by mutation."""
    mutations = core().mutation_type
    assert mutations is not None
    found = {}
    for name, each in mutations.fields.items():
        given = get_named_type(each.args["input"].type) if "input" in each.args else None
        if isinstance(given, GraphQLInputObjectType) and MANY & set(given.fields):
            found[name] = given
    return found


def test_every_mutation_for_many_rows_is_in_the_table() -> None:
    assert set(inputs()) == {*DEFAULTS, *EDITS, *ELSEWHERE}


@pytest.mark.parametrize("name", [*DEFAULTS, *EDITS])
def test_it_takes_what_every_bulk_act_takes(name: str) -> None:
    given = inputs()[name].fields
    told = {each: (str(given[each].type), given[each].default_value) for each in ("dryRun", "idempotencyKey")}
    assert told == {"dryRun": ("Boolean!", False), "idempotencyKey": ("String", None)}
    policy = given.get("errorPolicy")
    assert (None if policy is None else policy.default_value.name) == {**DEFAULTS, **EDITS}[name]
    assert ("expectedVersions" in given) is (name in WITH_VERSIONS)


# --- one key


@dataclass(frozen=True)
class Case:
    """Who does what; `otherwise`: what another request with the same key might say."""

    who: str
    asked: dict[str, Any]
    otherwise: dict[str, Any]
    applied: int = 1
    refused: int = 1


HERE, SETTLED, ISSUED, NEW, NOBODY = "20230001", "20230002", "20230003", "20230009", "77"
NOON = "2024-06-20T12:00:00Z"
BOTH = {"select": {"studentNos": [HERE, NOBODY]}}
PERSON = {"name": "王伟", "gender": "男", "level": "本科生"}
PARTLY = {"errorPolicy": "APPLY_VALID"}

CASES = {
    "setClearances": Case("library", {"item": "BOOKS", "status": "CLEARED", **BOTH, **PARTLY}, {"note": "另一次"}),
    "signStudents": Case("supervisor", BOTH, {"note": "另一次"}),
    "issueCertificates": Case("officer", {"select": {"studentNos": [SETTLED, NOBODY]}}, {"kinds": ["GRADUATION"]}),
    "undoIssue": Case("officer", {"reason": "发错", "recovered": True}, {"reason": "另一次"}, refused=0),
    "voidCertificates": Case("registrar", {"reason": "印错"}, {"reason": "另一次"}, applied=0),
    "loadRoster": Case("office", {"rows": [{"studentNo": NEW}, {"studentNo": NOBODY}]}, {"rows": [{"studentNo": NEW}]}),
    "importPeople": Case(
        "keeper",
        {"rows": [{"studentNo": "20239999", **PERSON}, {"studentNo": "20239998", **PERSON, "gender": "?"}]},
        {"college": "15"},
    ),
    "importCertificates": Case(
        "registrar",
        {"rows": [{"studentNo": HERE, "kind": "DEGREE", "number": "0001"}, {"studentNo": NOBODY, "kind": "DEGREE"}]},
        {"rows": [{"studentNo": HERE, "kind": "DEGREE", "number": "0002"}]},
    ),
    "importClearances": Case(
        "library",
        {"item": "BOOKS", "status": "CLEARED", "rows": [{"studentNo": HERE}, {"studentNo": NOBODY}]},
        {"status": "NOT_REQUIRED"},
    ),
    "importRows": Case(
        "office",
        {"object": "Building", "header": ["code", "dutyPhone"], "rows": [["BAMBOO3", "8333"], ["NONE", "8334"]]},
        {"rows": [["BAMBOO3", "8335"]]},
    ),
    "moveSheets": Case("office", {"to": "2026-12", "reason": "延期", **BOTH, **PARTLY}, {"reason": "另一次"}),
    "cancelSheet": Case("office", {"reason": "误列", **BOTH, **PARTLY}, {"reason": "另一次"}),
    "setLateUntil": Case(
        "office", {"until": "2099-01-01T00:00:00Z", "reason": "补办", **BOTH, **PARTLY}, {"until": None}
    ),
    "syncClearances": Case(
        "app",
        {
            "item": "FEES",
            "rows": [{"studentNo": number, "settled": True, "observedAt": NOON} for number in (HERE, NOBODY)],
        },
        {"rows": [{"studentNo": HERE, "settled": False, "observedAt": NOON}]},
    ),
}
RESULT = """{ dryRun applied unchanged refused cascaded message operation { id state } items { itemCode red grey }
  rows { sheetId studentNo name itemCode row cell column before after outcome code message by at
         blockers { itemCode } } }"""


@dataclass
class Office:
    """A season in which each of the cases can be done, and the desks of those who do it."""

    api: OpenDesk
    certificate: str = ""
    desks: dict[str, Desk] = field(default_factory=dict)

    async def desk(self, who: str) -> Desk:
        if who == "app":
            await member("campus-finance", "campus_app", await make.Department.get(code="CWC"))
            made = await tokens.create_token(SYSTEM, "campus-finance", items=["FEES"], source="finance")
            return await self.api(token=made.secret)
        library, college = await make.Department.get(code="TSG"), await make.College.get(code="15")
        role, unit = {
            "library": ("operator", library),
            "officer": ("cert_officer", college),
            "keeper": ("data_keeper", college),
            "supervisor": ("supervisor", None),
            "registrar": ("registrar", None),
            "office": ("office", None),
        }[who]
        user = await member(who, role, *((unit,) if unit else ()))
        if who == "supervisor":
            await make.supervise(await make.Student.get(student_no=HERE), user)
        return await self.api(as_=who)


@pytest.fixture
async def office(api: OpenDesk) -> Office:
    uni = await make.university()
    season = await make.season(uni)
    await make.season(uni, "2026-12")
    here = await make.student(HERE, level=Level.M)
    await make.sheet(season.batch, here, statuses={"BOOKS": make.PENDING})
    settled = await make.sheet(season.batch, await make.student(SETTLED), settled=True)
    await make.certificate(settled)
    issued = await make.sheet(season.batch, await make.student(ISSUED), settled=True)
    out = await make.certificate(issued, CertificateKind.GRADUATION, status=CertificateStatus.ISSUED)
    await make.student(NEW)
    return Office(api, ids.encode("Certificate", out.id))


def asked(office: Office, name: str, **more: Any) -> dict[str, Any]:
    given = {**CASES[name].asked, **more}
    if "certificates" in inputs()[name].fields:
        return {"certificates": [office.certificate], **given}
    return {"batch": "2026-06", **given} if "batch" in inputs()[name].fields else given


def document(name: str) -> str:
    return f"mutation ($input: {inputs()[name].name}!) {{ {name}(input: $input) {RESULT} }}"


def test_every_bulk_mutation_has_a_case() -> None:
    assert set(CASES) == set(DEFAULTS)


@pytest.mark.parametrize("name", CASES)
async def test_a_key_applies_once_and_gives_the_same_answer(office: Office, name: str) -> None:
    case, text = CASES[name], document(name)
    desk = await office.desk(case.who)
    key = {"idempotencyKey": "once"}
    shown = (await desk.query(text, input=asked(office, name, dryRun=True, **key)))[name]
    assert (shown["dryRun"], shown["applied"], shown["refused"]) == (True, case.applied, case.refused)
    events = (await make.recorded())[1]
    done = (await desk.query(text, input=asked(office, name, **key)))[name]
    assert (done["dryRun"], done["applied"], done["refused"]) == (False, case.applied, case.refused)
    told = [(row["studentNo"], row["outcome"], row["code"]) for row in done["rows"]]
    assert [(row["studentNo"], row["outcome"], row["code"]) for row in shown["rows"]] == told
    after = await make.recorded()
    assert (after[1] > events) is bool(case.applied)
    assert (await desk.query(text, input=asked(office, name, **key)))[name] == done
    error = await desk.error(text, input={**asked(office, name, **key), **case.otherwise})
    assert (error["code"], error["violations"][0]["path"]) == ("IDEMPOTENCY_MISMATCH", ["input", "idempotencyKey"])
    assert await make.recorded() == after


@pytest.mark.parametrize("name", [name for name in CASES if DEFAULTS[name] and CASES[name].refused])
async def test_one_refused_row_stops_all_when_asked_so(office: Office, name: str) -> None:
    case, text = CASES[name], document(name)
    desk = await office.desk(case.who)
    events = (await make.recorded())[1]
    whole = asked(office, name, errorPolicy="REJECT_ALL", idempotencyKey="once")
    done = (await desk.query(text, input=whole))[name]
    assert (done["applied"], done["refused"], done["operation"]["state"]) == (0, case.refused, "FAILED")
    assert [row["outcome"] for row in done["rows"]].count("NOT_APPLIED") == case.applied
    assert (await make.recorded())[1] == events
    assert (await desk.query(text, input=whole))[name] == done
