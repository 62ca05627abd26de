"""The sheet on paper, and the person's other sheets."""

from __future__ import annotations

import html
import re

from tests.served import Person, Someone, sheet_of, statuses


def paper(person: Person) -> str:
    [found] = re.findall(r'<article class="paper".*?</article>', person.text, re.DOTALL)
    return str(found)


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def rows(person: Person) -> list[list[str]]:
    [table] = re.findall(r'<table class="lines">.*?</table>', paper(person), re.DOTALL)
    [body] = re.findall(r"<tbody>.*?</tbody>", table, re.DOTALL)
    return [[plain(cell) for cell in re.findall(r"<td>(.*?)</td>", row, re.DOTALL)] for row in body.split("</tr>")[:-1]]


def test_the_paper_holds_every_item_with_mark_and_word(someone: Someone) -> None:
    student = someone("student")
    shown = statuses(student)
    found = rows(student)
    assert [row[0] for row in found] == [str(n) for n in range(1, 23)]
    marks = {"已办理": "✓", "未办理": "✕", "无需办理": "–"}
    assert sorted(row[3] for row in found) == sorted(f"{marks[word]} {word}" for word in shown.values())
    text = plain(paper(student))
    assert text.startswith("静湖大学 离校通知单 2026年6月离校 学号 221599101 姓名 林晓雨 学院 计算机与信息科学学院")
    assert "已完成 6 / 13" in text
    assert "学生签字 学院(盖章) 日期" in text
    assert re.search(r"打印时间: \d{4}-\d\d-\d\d \d\d:\d\d$", text)


def test_the_paper_of_staff_names_who_handled_what(someone: Someone) -> None:
    office = someone("office")
    office.get("/admin/sheet/details/", id=sheet_of(office, "221599101"))
    lines = {row[1]: row for row in rows(office)}
    assert re.fullmatch(r"\d\d-\d\d \d\d:\d\d 图书管理系统", lines["图书清还"][4])
    assert lines["院系离校"][2:4] == ["计算机与信息科学学院学生工作办公室 8215", "✕ 未办理"]
    assert lines["院系离校"][4] == ""


def test_the_paper_is_english_too(someone: Someone) -> None:
    student = someone("student", language="en")
    text = plain(paper(student))
    assert "Clearance sheet Leaving June 2026" in text
    assert {row[3] for row in rows(student)} == {"✓ Cleared", "✕ Not cleared", "– Not required"}


def test_a_moved_sheet_and_its_successor_lead_to_each_other(someone: Someone) -> None:
    office = someone("office")
    office.get("/admin/sheet/", search="221599116", batch="all", state="all")
    ids = re.findall(r'href="/admin/sheet/details/\?id=([\w-]+)">221599116<', office.text)
    assert len(ids) == 2
    said = []
    for sheet in ids:
        office.get("/admin/sheet/details/", id=sheet)
        [section] = re.findall(r'<section class="card-x others">.*?</section>', office.text, re.DOTALL)
        said.append(plain(section))
        [other] = re.findall(r"/admin/sheet/details/\?id=([\w-]+)", section)
        assert {sheet, other} == set(ids)
    assert any("本离校单已转入此批次" in each for each in said)
    assert any("已转批次 本离校单由此批次转来" in each for each in said)


def test_a_second_number_of_the_person_is_shown_at_both(someone: Someone) -> None:
    office = someone("office")
    for number, other in (("221599106", "211599106"), ("211599106", "221599106")):
        office.get("/admin/sheet/", search=number, batch="all", state="all")
        [sheet] = re.findall(rf'href="/admin/sheet/details/\?id=([\w-]+)">{number}<', office.text)
        office.get("/admin/sheet/details/", id=sheet)
        [section] = re.findall(r'<section class="card-x others">.*?</section>', office.text, re.DOTALL)
        assert f"该生的另一学号 {other}" in plain(section)


def test_who_sees_no_other_sheet_is_told_of_none(someone: Someone) -> None:
    student = someone("student")
    assert "其他离校单" not in student.words
