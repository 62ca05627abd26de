"""签领表: exactly who is to sign, class by class, by number; what is still needed; printable without a script."""

from __future__ import annotations

import html
import re

import pytest

from tests.served import Person, Someone

CLASS = "软件工程卓越2201班"
ALL = {"show": "all", "class_name": CLASS, "of_college": "15"}


@pytest.fixture
def officer(someone: Someone) -> Person:
    return someone("certofficer")


def lines(person: Person) -> dict[str, list[str]]:
    """Number → the other cells of the student's line, in the order of the page."""
    found = re.findall(r'<tr data-student="([^"]+)">(.*?)</tr>', person.text, re.DOTALL)
    cells = {number: re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for number, row in found}
    return {n: [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", c)).split()) for c in row] for n, row in cells.items()}


def titles(person: Person) -> list[str]:
    heads = re.findall(r'<tr class="title">.*?</tr>', person.text, re.DOTALL)
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", head)).split()) for head in heads]


def test_a_class_lists_who_may_collect_now(officer: Person) -> None:
    officer.get("/admin/issue/sign-for/", **ALL)
    assert titles(officer) == [f"静湖大学 证书签领表 2026年6月离校 计算机与信息科学学院 {CLASS} 共 1 人"]
    assert lines(officer) == {
        "221599111": ["1", "221599111", "石磊", "结业证书 999991202605900001", "", "", ""],
    }
    assert "另有 23 名学生目前没有可领取的证书" in officer.words


def test_all_are_listed_by_number_with_what_is_still_needed_and_what_is_out(officer: Person) -> None:
    officer.get("/admin/issue/sign-for/", **(ALL | {"who": "all"}))
    found = lines(officer)
    assert list(found) == sorted(found)
    assert len(found) == 22
    assert titles(officer)[0].endswith("共 22 人")
    assert found["221599103"][6].startswith("还需办理:")
    assert found["221599104"][6].endswith("等 11 项")
    assert found["221599110"][3] == "毕业证书 999991202605000011"
    assert re.fullmatch(r"毕业证书 2026-06-\d\d 本人领取", found["221599110"][6])
    assert found["221599125"][6].count("代领") == 2
    assert found["221599111"][4:6] == ["", ""]
    assert "错领待收回" in found["221599127"][6]
    assert len(officer.page.content) < 100_000


def test_each_class_is_a_page_of_its_own_with_a_head_that_repeats(officer: Person) -> None:
    officer.get("/admin/issue/sign-for/", show="all", who="all")
    pages = re.findall(r'<section class="sign-for".*?</section>', officer.text, re.DOTALL)
    assert len(pages) == len(titles(officer)) > 1
    for page in pages:
        said = re.search(r"共 (\d+) 人", page)
        assert said is not None
        assert int(said[1]) == page.count("<tr data-student=")
        head, _, body = page.partition("</thead>")
        assert "领取人签名" in head
        assert "<thead" in head
        assert "<tbody" in body
    assert len(officer.page.content) < 100_000


def test_the_ticked_rows_and_no_others(officer: Person) -> None:
    officer.get("/admin/issue/", search="2215991", show="all", page_size="100")
    ids = dict(re.findall(r'name="sheetIds" value="([\w-]+)".*?details/\?id=[\w-]+">(\w+)<', officer.text, re.DOTALL))
    wanted = [sheet for sheet, number in ids.items() if number in ("221599103", "221599110", "221599111")]
    assert len(wanted) == 3
    officer.post("/admin/issue/sign-for/", sheetIds=wanted)
    assert list(lines(officer)) == ["221599111"]
    officer.post("/admin/issue/sign-for/", sheetIds=wanted, who="all")
    assert list(lines(officer)) == ["221599103", "221599110", "221599111"]
    assert str(officer.post("/admin/issue/sign-for/").url).endswith("/admin/issue/")


def test_forged_and_foreign_rows_are_not_found(officer: Person, someone: Someone) -> None:
    everybody = someone("office").get("/admin/sheet/", page_size="100").text
    foreign = re.search(r'details/\?id=([\w-]+)">\w?2[23](?!15)\d+<', everybody)
    assert foreign is not None
    officer.get("/admin/issue/")
    officer.post("/admin/issue/sign-for/", sheetIds=[foreign[1]], who="all")
    assert lines(officer) == {}
    officer.post("/admin/issue/sign-for/", sheetIds=["nonsense'><script>"], who="all")
    assert lines(officer) == {}
    assert "<script>" not in officer.text.replace("<script src", "")
    officer.get("/admin/issue/sign-for/", show="all", who="all", class_name="<b>班</b>")
    assert lines(officer) == {}
    assert "<b>班" not in officer.text


def test_who_hands_out_nothing_prints_no_list(someone: Someone) -> None:
    for username in ("student", "library", "office", "registrar"):
        assert someone(username).get("/admin/issue/sign-for/").status_code == 403


def test_the_list_leads_there_with_its_own_conditions(officer: Person) -> None:
    officer.get("/admin/issue/", show="all", flt_className_contains=CLASS)
    link = re.search(r'href="(/admin/issue/sign-for/[^"]*)"', officer.text)
    assert link is not None
    officer.get(html.unescape(link[1]) + "&who=all")
    assert len(lines(officer)) == 22


def test_the_list_is_english_too(someone: Someone) -> None:
    officer = someone("certofficer", language="en")
    officer.get("/admin/issue/sign-for/", **ALL)
    assert lines(officer)["221599111"][3] == "Completion certificate 999991202605900001"
    assert "Signature" in officer.words
    assert titles(officer)[0].endswith("1 students")
