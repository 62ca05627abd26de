"""A whole new season is prepared in the panel alone: batch, items, roster, check, opening; then its end."""

from __future__ import annotations

import re

from tests.life.asking import batch_id, carried, counts, data, items_shown, sheets_of, submit, tallies
from tests.served import Person, Someone

CODE = "2031-06"


def do(person: Person, mutation: str, batch: str, **fields: object) -> Person:
    """A deed on a batch: its form filled in and checked, or what it shows at once."""
    path = f"/admin/batch/do/{mutation}?id={batch}"
    person.get(path)
    if fields:
        seen = dict(re.findall(r'name="(expectedVersion)" value="(\d+)"', person.text))
        person.post(path, step="check", **seen, **fields)
    return person


def buttons(person: Person, batch: str) -> set[str]:
    person.get("/admin/batch/details/", id=batch)
    return set(re.findall(r"/do/(\w+)", person.text))


def newcomers(office: Person) -> list[str]:
    """Students whose only sheets are of an archived season, and so may have another."""
    query = """{ students(first: 500) { nodes { studentNo sheets { state batch { status } } } } }"""
    found = data(office, query)["students"]["nodes"]
    free = [
        each["studentNo"]
        for each in found
        if each["sheets"] and all(sheet["batch"]["status"] == "ARCHIVED" for sheet in each["sheets"])
    ]
    return sorted(free)


def test_the_office_prepares_opens_closes_and_archives_a_season(someone: Someone) -> None:
    office = someone("office")
    office.get("/admin/batch/do/createBatch")
    office.post("/admin/batch/do/createBatch", code=CODE, name="2031年6月离校", rangeLimit="200")
    batch = batch_id(office, CODE)
    assert {"copyItems", "loadRoster", "openBatch"} <= buttons(office, batch)
    assert buttons(office, batch).isdisjoint({"closeBatch", "reopenBatch", "archiveBatch"})

    # nothing there yet: the check says so, and offers nothing to submit
    do(office, "openBatch", batch)
    assert office.page.status_code == 400
    assert "批次 2031-06 还不能开放:还有 1 处未准备好(见清单)。请补全后重试。" in office.words
    assert "本批次还没有环节" in office.words
    assert 'value="submit"' not in office.text

    # the items of the running season
    wanted = len(
        data(office, '{ items(where: { batch: { code: { eq: "2026-06" } } }, first: 200) { nodes { id } } }')["items"][
            "nodes"
        ]
    )
    before = counts(office)
    do(office, "copyItems", batch, **{"from": "2026-06"})
    assert f"将复制 {wanted} 个环节及其前置环节;0 个环节代码已存在,保持不变。确认提交?" in office.words
    assert "图书清还" in office.words
    assert counts(office) == before
    submit(office)
    assert f"已复制 {wanted} 个环节。" in office.words

    # the roster: shown item by item, then loaded
    able = newcomers(office)
    assert len(able) >= 2, "the demonstration has students of an archived season"
    roster = "\n".join([able[0], f"{able[1]}\t不是这个人", "99999999999", f"{able[1]},"])
    before = counts(office)
    do(office, "loadRoster", batch, rows=roster)
    assert tallies(office) == [2, 0, 2]
    assert sum(items_shown(office)["LIB_BOOKS"]) == 2
    assert "学号与姓名不符" in office.words
    assert counts(office) == before
    submission = carried(office)
    submit(office)
    assert "已建立离校单 2 张" in office.words
    assert sorted(sheets_of(office, CODE)) == able[:2]
    office.post(f"/admin/batch/do/loadRoster?id={batch}", **submission)  # a second click
    assert sorted(sheets_of(office, CODE)) == able[:2]

    # copying is over once there are sheets
    do(office, "copyItems", batch, **{"from": "2026-06"})
    assert office.page.status_code == 400

    # opening: the check, then the very same
    before = counts(office)
    do(office, "openBatch", batch)
    assert "检查通过。开放后 2 名学生可以看到离校单" in office.words
    assert counts(office) == before
    submit(office)
    assert "批次已开放,可以开始办理。" in office.words
    assert {"closeBatch", "loadRoster"} <= buttons(office, batch)
    office.get(f"/admin/batch/do/openBatch?id={batch}")
    assert "“开放批次”已无需进行,请看当前状态。" in office.words

    # closing, a straggler, opening again with a reason, archiving
    do(office, "closeBatch", batch)
    assert "截止后,2 名未办结的学生须逐人开通补办才能继续办理(共 2 人,已发证 0 人)。" in office.words
    submit(office)
    sheet = sheets_of(office, CODE)[able[0]]
    path = f"/admin/sheet/do/setLateUntil?id={sheet}"
    office.get(path)
    office.post(path, step="check", until="2099-07-31", reason="因病缓办")
    assert tallies(office) == [1, 0, 0]
    submit(office)
    assert "/admin/operation/details/" in str(office.page.url)
    late = data(office, f'{{ sheet(id: "{sheet}") {{ lateUntil }} }}')["sheet"]["lateUntil"]
    assert late.startswith("2099-07-31")
    do(office, "reopenBatch", batch, reason=" ")
    assert office.page.status_code == 400
    assert "请填写:重新开放的原因。" in office.words
    do(office, "reopenBatch", batch, reason="补录")
    assert "重新开放后,2 名未办结的学生可以继续办理" in office.words
    submit(office)
    do(office, "closeBatch", batch)
    submit(office)
    do(office, "archiveBatch", batch)
    assert "2 名学生尚未办结" in office.words
    submit(office)
    assert "批次已归档,不能再修改。" in office.words
    assert buttons(office, batch).isdisjoint({"openBatch", "closeBatch", "reopenBatch", "archiveBatch", "loadRoster"})


def test_who_lacks_the_right_finds_no_button_and_no_form(someone: Someone) -> None:
    office, library = someone("office"), someone("library")
    batch = batch_id(office, "2026-12")
    assert buttons(library, batch) == set()
    before = counts(office)
    for mutation in ("openBatch", "copyItems", "loadRoster", "archiveBatch"):
        library.get("/admin/")
        assert library.post(f"/admin/batch/do/{mutation}?id={batch}", step="submit").status_code == 403
    library.get("/admin/")
    assert library.post("/admin/sheet/do/cancelSheet", step="submit", sheetIds="x", reason="x").status_code == 403
    library.get("/admin/sheet/")
    assert "moveSheets" not in library.text
    assert counts(office) == before


def test_a_check_of_very_many_lines_says_where_the_others_are(someone: Someone) -> None:
    office = someone("office")
    batch = batch_id(office, "2026-06")
    do(office, "loadRoster", batch, rows="\n".join(f"99990{number:06}" for number in range(301)))
    assert tallies(office) == [0, 0, 301]
    assert office.text.count("<tr data-student=") == 300
    assert re.findall("(查看全部 301 行不能办理|其余 1 行[^<]*)", office.text) != []
