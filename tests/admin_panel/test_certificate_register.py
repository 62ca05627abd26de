"""The register of certificates: sums by kind and state with the names behind, voiding, 错领, 证明书; who may what."""

from __future__ import annotations

import html
import re

import pytest

from tests.served import Person, Someone

ROOT = "/admin/certificate/"


def sums(person: Person) -> dict[str, list[int]]:
    """Kind → how many stand at each state."""
    [table] = re.findall(r'<div class="register".*?</div>', person.text, re.DOTALL)
    rows = re.findall(r'<tr><th scope="row">(.*?)</tr>', table, re.DOTALL)
    plain = [re.sub(r"<[^>]+>", " ", row).split() for row in rows]
    return {name: [int(n) for n in counts] for name, *counts in plain}


def listed(person: Person) -> int:
    found = re.search(r"共 (\d+) 条", person.words)
    assert found is not None, person.words
    return int(found[1])


def opened(person: Person, student_no: str, state: str, kind: str = "GRADUATION") -> str:
    """Opens the details of one student's certificate."""
    person.get(ROOT, search=student_no, flt_status_eq=state, flt_kind_eq=kind)
    link = re.search(r'href="(/admin/certificate/details/\?id=[\w-]+)"', person.text)
    assert link is not None, person.words
    person.get(link[1])
    return link[1]


def test_the_sums_are_the_lists_behind_them(someone: Someone) -> None:
    registrar = someone("registrar")
    registrar.get(ROOT)
    counted = sums(registrar)
    assert sum(counted["全部"]) == listed(registrar)
    links = dict.fromkeys(re.findall(r'<td class="num"><a href="([^"]+)">(\d+)</a>', registrar.text))
    assert len(links) >= 6
    for address, n in links:
        registrar.get(html.unescape(address))
        assert listed(registrar) == int(n)
        assert sums(registrar) == counted


def test_an_officer_counts_the_own_college(someone: Someone) -> None:
    whole, own = someone("registrar"), someone("certofficer")
    whole.get(ROOT, **{"flt_sheet.college.code_eq": "15"})
    own.get(ROOT)
    assert sums(own) == sums(whole)


def test_voiding_needs_a_reason_and_a_printed_certificate(someone: Someone) -> None:
    registrar, officer = someone("registrar"), someone("certofficer")
    page = opened(registrar, "221599123", "PRINTED", "DEGREE")
    fields = registrar.fields_of("/admin/certificate/void")
    registrar.post("/admin/certificate/void", **(fields | {"reason": " "}))
    assert "原因" in registrar.words
    registrar.get(page)
    assert "/admin/certificate/void" in registrar.text
    registrar.post("/admin/certificate/void", **(fields | {"reason": "<b>打印错误</b>"}))
    assert "已作废:221599123 邱实" in registrar.words
    assert "已作废" in registrar.words
    assert "&lt;b&gt;打印错误&lt;/b&gt;" in registrar.text
    assert "/admin/certificate/void" not in registrar.text
    officer.get("/admin/issue/", search="221599123", show="all")
    registrar.post("/admin/certificate/void", **(fields | {"reason": "再次作废"}))
    assert "已作废:" not in registrar.words


def test_an_issued_one_is_taken_back_before_it_is_void(someone: Someone) -> None:
    registrar = someone("registrar")
    opened(registrar, "221599110", "ISSUED")
    assert "已发放的证书须先撤回发证并收回" in registrar.words
    assert "/admin/certificate/void" not in registrar.text


def test_a_certificate_of_proof_stands_for_a_lost_original(someone: Someone) -> None:
    registrar = someone("registrar")
    page = opened(registrar, "221599110", "ISSUED")
    fields = registrar.fields_of("/admin/certificate/proof")
    registrar.post("/admin/certificate/proof", **(fields | {"number": "ZM202600001"}))
    assert "已登记证明书:221599110 罗大可" in registrar.words
    assert "/admin/certificate/proof" not in registrar.get(page).text
    officer = someone("certofficer")
    officer.get("/admin/issue/", search="221599110", show="all")
    link = re.search(r'href="(/admin/issue/details/\?id=[\w-]+)">221599110', officer.text)
    assert link is not None
    officer.get(link[1])
    assert "证明书 ZM202600001" in officer.words
    opened(registrar, "221599110", "PRINTED", "PROOF")
    fields = registrar.fields_of("/admin/certificate/void")
    registrar.post("/admin/certificate/void", **(fields | {"reason": "测试登记"}))
    assert "已作废:221599110" in registrar.words


def test_what_lay_with_the_wrong_person_comes_back(someone: Someone) -> None:
    officer = someone("certofficer")
    officer.get("/admin/issue/", search="221599127", show="all")
    link = re.search(r'href="(/admin/issue/details/\?id=[\w-]+)">221599127', officer.text)
    assert link is not None
    officer.get(link[1])
    assert "该证书错领待收回" in officer.words
    assert "/admin/issue/confirm" not in officer.text
    fields = officer.fields_of("/admin/issue/take-back")
    officer.post("/admin/issue/take-back", **(fields | {"certificates": "nonsense"}))
    assert "已登记收回" not in officer.words
    opened(officer, "221599127", "PRINTED")
    assert "错领待收回" in officer.words
    assert "错领证书已收回" in officer.words


@pytest.mark.parametrize(
    ("username", "role", "offered"),
    [
        ("registrar", None, {"void"}),
        ("office", None, set()),
        ("certofficer", None, set()),
        ("counsellor", "counsellor", set()),
        ("auditor", None, set()),
    ],
)
def test_each_role_finds_its_own_forms(someone: Someone, username: str, role: str | None, offered: set[str]) -> None:
    person = someone(username, role=role)
    opened(person, "221599101", "PRINTED")
    assert set(re.findall(r'action="/admin/certificate/([\w-]+)"', person.text)) == offered


def test_who_may_not_void_changes_nothing_by_a_forged_form(someone: Someone) -> None:
    officer = someone("certofficer")
    page = opened(officer, "221599101", "PRINTED")
    identity = page.partition("id=")[2]
    officer.post("/admin/certificate/void", certificates=identity, reason="想作废", next=page)
    assert "您当前身份为" in officer.words
    opened(officer, "221599101", "PRINTED")
    assert officer.get(page).status_code == 200
    officer.post("/admin/certificate/void", certificates="Q2VydGlmaWNhdGU6OTk5OTk5", reason="不存在", next=page)
    assert "已作废:" not in officer.words
    assert officer.get(ROOT + "details/", id="Q2VydGlmaWNhdGU6OTk5OTk5").status_code == 404
    assert officer.get(ROOT + "details/", id="nonsense").status_code == 404
