from __future__ import annotations

import pytest

from models import Certificate, College
from tests import factories as make
from tests.graphql_api.asking import extended, in_role


@pytest.fixture
async def season(database):
    where = await make.university()
    season = await make.season(where)
    people = [
        await make.student("20221503108", name="李娜", college=where.college),
        await make.student("20221503109", name="王伟", college=where.college),
        await make.student("20221599999", name="王伟明", college=where.other_college),
        await make.student("A2022", name="Wang Wei", college=where.other_college),
    ]
    await make.sheets(season.batch, people)
    return season


async def found(plural: str, text: str, asker=None) -> int:
    answer = await (asker or in_role("office")).ask(
        f"query ($text: String) {{ {plural}(search: $text) {{ totalCount }} }}", text=text
    )
    return int(answer[plural]["totalCount"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("王伟", 2),
        ("王", 2),
        ("wang", 1),
        ("2022", 3),  # digits are the beginning of a number, not its middle
        ("20221503108", 1),
        ("15031", 0),
        ("20221599999", 1),
        ("999", 0),
        ("２０２２１５０３１０８", 1),  # full-width digits, as some keyboards type them
        ("20221503108\r", 1),  # a scanner's line end
        ("\u200b20221503108\t", 1),
        ("王伟 2022", 2),
        ("王伟 2023", 0),
        ("", 4),
        ("   ", 4),
        ("%", 0),
        ("'", 0),
        ("a2022", 1),
    ],
)
async def test_students_and_their_sheets_are_found_alike(season, text, expected):
    assert await found("students", text) == expected
    assert await found("sheets", text) == expected


async def test_numbers_are_looked_up_by_an_index(season):
    desk = in_role("office")
    await found("students", "20221503", desk)
    [sent] = desk.sent
    assert '"student_no">=' in sent
    assert "LIKE" not in sent


async def test_clearances_and_certificates_are_found_by_their_student(season):
    assert await found("clearances", "李娜") == 8
    sheet = (await make.sheets(season.batch, [await make.student("20209", name="赵六")]))[0]
    await make.certificate(sheet, number="1061820260001")
    for text, expected in (("赵六", 1), ("20209", 1), ("10618", 1), ("李娜", 0), ("061", 0)):
        assert await found("certificates", text) == expected, text
    assert await Certificate.all().count() == 1


async def test_a_search_stays_within_the_callers_rows(season):
    college = await College.get(code="15")
    counsellor = in_role("counsellor", colleges=[college])
    assert await found("sheets", "王伟", counsellor) == 1
    assert await found("clearances", "王伟", counsellor) == 8


async def test_columns_that_may_not_be_read_are_not_searched(season):
    table = extended("analyst,Student,student_no,read,all,allow,")
    analyst = in_role("analyst", snapshot=table)
    assert await found("students", "2022", analyst) == 3
    assert await found("students", "王", analyst) == 0
    error = await in_role("account_admin").refused('{ sheets(search: "2022") { totalCount } }')
    assert error["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("text", "code"), [("a b c d e f g h i", "TOO_MANY"), ("x" * 513, "TOO_LONG"), ("a\x00", "NO_TEXT")]
)
async def test_a_search_that_makes_no_sense_is_bad_input(database, text, code):
    error = await in_role("office").refused(
        "query ($text: String) { students(search: $text) { totalCount } }", text=text
    )
    assert [(each["path"], each["code"]) for each in error["violations"]] == [(["search"], code)]
