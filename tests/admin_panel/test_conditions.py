"""Nested conditions of a list: each finds the rows that plain Python finds among all, and says so in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.admin_panel.lists import SHEETS, Row, ask, numbers, problems, q, those, tokens, total
from tests.served import Person, Served, Someone

#: What belongs to a row anywhere, by the schema.
LISTS = {
    "clearances",
    "certificates",
    "sheets",
    "supervisions",
    "numbers",
    "items",
    "prerequisites",
    "assignments",
    "tokens",
}
LIBRARY = ["all", ["item", "in", "LIB_BOOKS"], ["status", "in", "PENDING"]]


@pytest.fixture(scope="package")
def sheets(served: Served) -> list[Row]:
    """Every sheet in progress of the batch, as the API tells it to the graduation office."""
    return list(ask(served, "office", SHEETS)["sheets"]["nodes"])


@pytest.fixture
def office(someone: Someone) -> Person:
    return someone("office")


def has(code: str, status: str) -> Callable[[Row], bool]:
    return lambda row: any(each["item"]["code"] == code and each["status"] == status for each in row["clearances"])


CASES: list[tuple[str, list[Any], Callable[[Row], bool]]] = [
    ("contains", ["student.name", "contains", "王"], lambda row: "王" in row["student"]["name"]),
    ("notContains", ["student.name", "notContains", "王"], lambda row: "王" not in row["student"]["name"]),
    ("startsWith", ["student.studentNo", "startsWith", "S"], lambda row: row["student"]["studentNo"][0] == "S"),
    ("eq", ["className", "eq", "软件工程卓越2201班"], lambda row: row["className"] == "软件工程卓越2201班"),
    ("ne", ["className", "ne", "软件工程卓越2201班"], lambda row: row["className"] != "软件工程卓越2201班"),
    (
        "in",
        ["student.studentNo", "in", "221599103", "002215901", "nobody"],
        lambda row: row["student"]["studentNo"] in ("221599103", "002215901"),
    ),
    (
        "notIn",
        ["student.studentNo", "notIn", "221599103", "002215901"],
        lambda row: row["student"]["studentNo"] not in ("221599103", "002215901"),
    ),
    ("empty text", ["student.nameLatin", "isNull"], lambda row: not row["student"]["nameLatin"]),
    ("filled text", ["student.nameLatin", "notNull"], lambda row: bool(row["student"]["nameLatin"])),
    ("one choice", ["leaveType", "in", "COMPLETION"], lambda row: row["leaveType"] == "COMPLETION"),
    ("choices", ["level", "in", "M", "D"], lambda row: row["level"] in ("M", "D")),
    ("no choice", ["level", "notIn", "M", "D"], lambda row: row["level"] not in ("M", "D")),
    ("choice by eq", ["leaveType", "eq", "COMPLETION"], lambda row: row["leaveType"] == "COMPLETION"),
    ("truth", ["student.hasLoan", "eq", "1"], lambda row: row["student"]["hasLoan"] is True),
    ("untruth", ["student.isResident", "eq", "0"], lambda row: row["student"]["isResident"] is False),
    ("lookup", ["college", "in", "15"], lambda row: row["college"]["code"] == "15"),
    ("no lookup", ["college", "notIn", "15"], lambda row: row["college"]["code"] != "15"),
    ("lookup two away", ["student.college", "in", "15"], lambda row: row["student"]["college"]["code"] == "15"),
    ("no relation", ["movedTo", "isNull"], lambda row: row["movedTo"] is None),
    ("relation", ["movedTo", "notNull"], lambda row: row["movedTo"] is not None),
    ("empty day", ["lateUntil", "isNull"], lambda row: row["lateUntil"] is None),
    ("filled day", ["lateUntil", "notNull"], lambda row: row["lateUntil"] is not None),
    ("some", ["clearances", "some", LIBRARY], has("LIB_BOOKS", "PENDING")),
    ("none of the rows", ["clearances", "none", LIBRARY], lambda row: not has("LIB_BOOKS", "PENDING")(row)),
    (
        "every",
        ["clearances", "every", ["all", ["status", "notIn", "PENDING"]]],
        lambda row: all(each["status"] != "PENDING" for each in row["clearances"]),
    ),
    ("any row", ["certificates", "some", ["all"]], lambda row: bool(row["certificates"])),
    ("no row", ["certificates", "none", ["all"]], lambda row: not row["certificates"]),
    (
        "rows and who decided",
        ["clearances", "some", ["all", ["decidedUser.username", "eq", "library"]]],
        lambda row: any((each["decidedUser"] or {}).get("username") == "library" for each in row["clearances"]),
    ),
    (
        "any of",
        ["any", ["student.name", "contains", "王"], ["leaveType", "in", "WITHDRAWAL"]],
        lambda row: "王" in row["student"]["name"] or row["leaveType"] == "WITHDRAWAL",
    ),
    (
        "none of",
        ["none", ["student.name", "contains", "王"], ["level", "in", "M", "D"]],
        lambda row: "王" not in row["student"]["name"] and row["level"] not in ("M", "D"),
    ),
    (
        "four levels",
        ["any", ["all", ["none", ["level", "in", "M", "D"]], ["college", "in", "15"]], ["student.hasLoan", "eq", "1"]],
        lambda row: (row["level"] not in ("M", "D") and row["college"]["code"] == "15") or row["student"]["hasLoan"],
    ),
    ("an empty group says nothing", ["any"], lambda _row: True),
]


@pytest.mark.parametrize(("asked", "fits"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_condition_finds_what_it_says(
    office: Person, sheets: list[Row], asked: list[Any], fits: Callable[[Row], bool]
) -> None:
    assert numbers(office, q=q(asked)) == those(sheets, fits)


def test_days_are_whole_days_of_the_university(office: Person, sheets: list[Row]) -> None:
    days = sorted(each["decidedAt"][:10] for row in sheets for each in row["clearances"] if each["decidedAt"])
    day = days[len(days) // 2]

    def on(row: Row) -> bool:
        return any((each["decidedAt"] or "")[:10] == day for each in row["clearances"])

    for asked in (["decidedAt", "eq", day], ["decidedAt", "between", day, day]):
        assert numbers(office, q=q(["clearances", "some", ["all", asked]])) == those(sheets, on)
    edges = ["all", ["decidedAt", "gte", day], ["decidedAt", "lte", day]]
    assert numbers(office, q=q(["clearances", "some", edges])) == those(sheets, on)
    other = numbers(office, q=q(["clearances", "some", ["all", ["decidedAt", "ne", day]]]))
    assert other == those(sheets, lambda row: any((each["decidedAt"] or "")[:10] != day for each in row["clearances"]))


def test_numbers_compare_as_numbers(office: Person, served: Served) -> None:
    items = ask(
        served, "office", 'query { items(where: { batch: { code: { eq: "2026-06" } } }) { nodes { name order } } }'
    )
    orders = [each["order"] for each in items["items"]["nodes"]]
    for asked, fits in (
        (["order", "gte", "5"], lambda n: n >= 5),
        (["order", "lte", "5"], lambda n: n <= 5),
        (["order", "between", "3", "9"], lambda n: 3 <= n <= 9),
        (["order", "in", "1", "2", "10"], lambda n: n in (1, 2, 10)),
        (["order", "notIn", "1", "2", "10"], lambda n: n not in (1, 2, 10)),
        (["order", "eq", "4"], lambda n: n == 4),
        (["order", "ne", "4"], lambda n: n != 4),
        (["order", "isNull"], lambda n: n is None),
    ):
        office.get("/admin/item/", q=q(asked))
        assert total(office) == sum(map(fits, orders)), asked


def test_an_expression_is_said_in_words_that_are_taken_away_one_by_one(office: Person) -> None:
    office.get("/admin/sheet/", q=q(["student.name", "contains", "王"], ["clearances", "some", LIBRARY]))
    assert tokens(office) == [
        "离校批次: 2026年6月离校",
        "离校单状态: 办理中",
        "学生 › 姓名 包含 王",
        "环节办理状态 至少有一条:环节 等于 图书清还 且 办理状态 等于 未办理",
    ]
    both = total(office)
    link = office.text.partition('学生 › 姓名 包含 王<a href="')[2].partition('"')[0].replace("&amp;", "&")
    office.get(link)
    assert tokens(office)[2:] == ["环节办理状态 至少有一条:环节 等于 图书清还 且 办理状态 等于 未办理"]
    assert total(office) > both


def test_the_words_of_a_group_are_one_condition(someone: Someone) -> None:
    asked = ["any", ["level", "in", "M", "D"], ["none", ["student.hasLoan", "eq", "1"], ["lateUntil", "isNull"]]]
    person = someone("office", language="en")
    person.get("/admin/sheet/", q=json.dumps(asked))
    [said] = tokens(person)[2:]
    said_none = "(none of: Student › Student loan is Yes, Late until is empty)"
    assert said == f"Level is one of Master's student, Doctoral student or {said_none}"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["student.idNo", "eq", "x"], "没有“student.idNo”这一项,或当前身份不能查看。"),
        (["student.passwordHash", "eq", "x"], "没有“student.passwordHash”这一项,或当前身份不能查看。"),
        (["nothing", "eq", "x"], "没有“nothing”这一项,或当前身份不能查看。"),
        (["__class__.x.y.z", "eq", "x"], "没有“__class__.x.y.z”这一项,或当前身份不能查看。"),
        (["student", "some", ["all"]], "没有“student”这一项,或当前身份不能查看。"),
        (["clearances", "eq", "x"], "没有“clearances”这一项,或当前身份不能查看。"),
        (["student.name", "regex", "x"], "“学生 › 姓名”不能用“regex”比较。"),
        (["leaveType", "contains", "x"], "“离校类别”不能用“contains”比较。"),
        (["leaveType", "in", "NONSENSE"], "“NONSENSE”不是有效的“离校类别”。"),
        (["leaveType", "in"], "请填写“离校类别”的值。"),
        (["createdAt", "between", "2026-01-01"], "请填写“创建时间”的起止两个值。"),
        (["createdAt", "gte", "tomorrow"], "“tomorrow”不是有效的“创建时间”。"),
        (["version", "eq", "1; DROP TABLE"], "“1; DROP TABLE”不是有效的“版本”。"),
        (["version", "eq", "99999999999"], "“99999999999”不是有效的“版本”。"),
        (["student.hasLoan", "eq", "maybe"], "“maybe”不是有效的“学生 › 助学贷款”。"),
        (["student.name", "eq", "a", "b"], "“学生 › 姓名”的值过多。"),
        (["student.name", "eq", "王" * 300], f"“{'王' * 40}”不是有效的“学生 › 姓名”。"),
        (["student.name", "eq", "\0"], "“\0”不是有效的“学生 › 姓名”。"),
    ],
)
def test_a_condition_that_cannot_be_asked_is_named_and_nothing_is_found(
    office: Person, asked: list[Any], said: str
) -> None:
    office.get("/admin/sheet/", q=q(["level", "in", "M"], asked))
    assert problems(office) == [f"高级搜索第 2 个条件:{said}"]
    assert "共 0 条" in office.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("garbage", "高级搜索的条件无法识别"),
        ("[]", "高级搜索的条件无法识别"),
        ("null", "高级搜索的条件无法识别"),
        ('{"all": []}', "高级搜索的条件无法识别"),
        ('["level","in","M"]', "高级搜索的条件无法识别"),
        ('["all",["level"]]', "高级搜索的条件无法识别"),
        ('["all",["level","in",1]]', "高级搜索的条件无法识别"),
        ('["all","level"]', "高级搜索的条件无法识别"),
        ('["all",["clearances","some",["status","in","PENDING"]]]', "高级搜索的条件无法识别"),
        ('["all",["level","in","\\ud800"]]', "高级搜索的条件无法识别"),
        ("[" * 2000, "高级搜索的条件无法识别"),
        ("<script>alert(1)</script>", "高级搜索的条件无法识别"),
        (json.dumps(["all", ["any", ["all", ["any", ["none", ["level", "in", "M"]]]]]]), "高级搜索最多嵌套 4 层。"),
        (json.dumps(["all", *[["level", "in", "M"]] * 41]), "高级搜索最多 40 个条件。"),
        ("x" * 2501, "高级搜索的条件过长"),
    ],
)
def test_garbage_is_told_at_the_filter_and_can_be_mended(office: Person, text: str, said: str) -> None:
    office.get("/admin/sheet/", q=text)
    assert [each[: len(said)] for each in problems(office)] == [said]
    assert "共 0 条" in office.text
    assert "<script>alert" not in office.text
    office.get("/admin/sheet/combine", q=text)
    assert office.page.status_code == 200
    assert said in office.words


def test_forty_conditions_and_four_levels_are_asked(office: Person, sheets: list[Row]) -> None:
    asked = json.dumps(["all", *[["level", "in", "M"]] * 40])
    assert numbers(office, q=asked) == those(sheets, lambda row: row["level"] == "M")
    deepest = json.dumps(["all", ["any", ["all", ["any", ["level", "in", "M"]]]]])
    assert numbers(office, q=deepest) == those(sheets, lambda row: row["level"] == "M")


def test_what_somebody_does_not_read_he_is_neither_offered_nor_answered(someone: Someone) -> None:
    """The data keeper reads no clearances; the library none but its own, so it asks about nobody else's."""
    keeper = someone("datakeeper")
    keeper.get("/admin/sheet/combine")
    assert 'value="clearances"' not in keeper.text
    keeper.get("/admin/sheet/", q=q(["clearances", "some", LIBRARY]))
    assert problems(keeper) == ["高级搜索第 1 个条件:没有“clearances”这一项,或当前身份不能查看。"]
    library = someone("library")
    other = ["all", ["item.code", "eq", "STU_CARD"]]
    assert numbers(library, q=q(["clearances", "some", other])) == set()


@pytest.mark.parametrize("user", ["office", "counsellor", "library", "leader", "auditor", "accountadmin"])
def test_no_sensitive_field_is_offered_to_anybody(someone: Someone, user: str) -> None:
    person = someone(user)
    for path in ("student", "sheet", "clearance", "user"):
        page = person.get(f"/admin/{path}/combine")
        if page.status_code == 200:
            assert not {"idNo", "phone", "student.idNo", "student.phone", "passwordHash"} & set(offered(page.text)), (
                path
            )


def offered(page: str) -> list[str]:
    """The paths that the first box for a new condition offers."""
    box = page.partition('id="a0"')[2].partition("</select>")[0]
    return [part.partition('"')[0] for part in box.split('<option value="')[1:]]


@pytest.mark.parametrize(
    "path", ["sheet", "student", "clearance", "certificate", "item", "operation", "event", "batch", "college"]
)
def test_everything_that_is_offered_is_answered(office: Person, path: str) -> None:
    """Every field that the form offers, asked of the API; first as a field, then what was rows after all."""
    office.get(f"/admin/{path}/combine")
    fields = [each for each in offered(office.text) if each]
    assert fields
    rows = []
    for at in range(0, len(fields), 30):
        some = fields[at : at + 30]
        office.get(f"/admin/{path}/", q=json.dumps(["any", *([each, "isNull"] for each in some)]))
        rows += [each for each in some if any(f"“{each}”" in said for said in problems(office))]
        assert rows or 'role="alert"' not in office.text
    office.get(f"/admin/{path}/", q=json.dumps(["any", *([each, "some", ["all"]] for each in rows)]))
    assert 'role="alert"' not in office.text
    assert [each.rpartition(".")[2] for each in rows if each.rpartition(".")[2] not in LISTS] == []
