"""发放两证: the reason or the button, the confirmation of paper and document, issuing and taking back."""

from __future__ import annotations

import re

import pytest

from tests.served import Person, Someone, sheet_of

READY, RED = "221599111", "221599103"


@pytest.fixture
def officer(someone: Someone) -> Person:
    return someone("certofficer")


def opened(officer: Person, student_no: str, show: str = "due") -> str:
    officer.get("/admin/issue/", search=student_no, show=show)
    link = re.search(rf'href="(/admin/issue/details/\?id=[\w-]+)">{student_no}', officer.text)
    assert link is not None, officer.words
    officer.get(link[1])
    return link[1]


def test_the_list_holds_whoever_waits_for_a_certificate(officer: Person) -> None:
    officer.get("/admin/issue/")
    assert "已发放" not in re.sub(r".*</thead>", "", officer.text, flags=re.DOTALL)
    assert RED in officer.text
    officer.get("/admin/issue/", show="issued")
    assert "221599110" in officer.text
    assert RED not in officer.text


def test_one_red_item_and_neither_certificate_is_issued(officer: Person) -> None:
    opened(officer, RED)
    assert re.search(r'<button class="btn large" type="button" disabled title="还不能发证', officer.text)
    assert "公寓退宿" in officer.words
    assert "/admin/issue/confirm" not in officer.text


def test_issuing_confirms_paper_and_document_and_can_be_taken_back(officer: Person) -> None:
    officer.get("/admin/sheet/details/", id=sheet_of(officer, READY))
    last4 = re.search(r"\*+(\w{4})", officer.words)
    assert last4 is not None
    page = opened(officer, READY)
    assert "****" not in officer.words  # it is read from the document itself
    number = re.search(r'结业证书 <small class="num">(\d+)</small>', officer.text)
    assert number is not None
    fields = officer.fields_of("/admin/issue/confirm")
    given = fields | {"kinds": "COMPLETION", "collection": "IN_PERSON"}
    officer.post("/admin/issue/confirm", **(given | {"number": "000", "last4": last4[1]}))
    assert "请勿发放" in officer.words or "不符" in officer.words
    assert "已发证" not in officer.words
    officer.post("/admin/issue/confirm", **(given | {"number": number[1], "last4": "0000"}))
    assert "已发证" not in officer.words
    officer.post("/admin/issue/confirm", **(given | {"number": number[1], "last4": last4[1]}))
    assert "已发证:221599111 石磊" in officer.words
    assert "已发放结业证书" in officer.words
    officer.get(page)
    fields = officer.fields_of("/admin/issue/take-back")
    officer.post("/admin/issue/take-back", **(fields | {"reason": "姓名有误", "recovered": "1"}))
    assert "已撤回发证:221599111 石磊" in officer.words
    assert "/admin/issue/confirm" in officer.text


def test_a_proxy_is_named_in_full(officer: Person) -> None:
    opened(officer, READY, "all")
    fields = officer.fields_of("/admin/issue/confirm")
    officer.post(
        "/admin/issue/confirm", **(fields | {"kinds": "COMPLETION", "collection": "PROXY", "number": "1", "last4": "1"})
    )
    assert "代领须填写代领人姓名" in officer.words


def test_an_officer_sees_the_own_college_only(officer: Person) -> None:
    officer.get("/admin/issue/", show="all", page_size="100")
    assert set(re.findall(r">(\w?2\d15)\d+<", officer.text)) <= {"2215", "S2315", "B2115", "J2515"}


def test_bulk_issue_lists_the_others_with_what_is_still_needed(officer: Person) -> None:
    officer.get("/admin/bulkissue/")
    officer.post(
        "/admin/bulkissue/", step="check", way="studentNos", studentNos=f"{READY} {RED}", collection="VIA_CLASS"
    )
    tallies = re.findall(r'class="tally tone-\w+"><b>(\d+)</b>', officer.text)
    assert tallies[0] == "1"
    refused = re.search(rf'<tr data-student="{RED}">.*?</tr>', officer.text, re.DOTALL)
    assert refused is not None
    assert "还不能发证" in refused[0]
    assert "公寓退宿" in refused[0]
    assert "确认提交 · 1" in officer.words


def test_a_bulk_issue_is_never_larger_than_the_range_limit(officer: Person) -> None:
    officer.get("/admin/bulkissue/")
    officer.post("/admin/bulkissue/", step="check", way="range", **{"from": "221599101", "to": "221599301"})
    assert "超过上限 200" in officer.words
    assert "确认提交" not in officer.words
