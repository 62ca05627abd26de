"""What no column, clock or JSON number holds: refused at the argument or the row at fault, never an internal error."""

from __future__ import annotations

from typing import Any

from tests.api import Desk
from tests.season.small_season import HERE, ONE, World, nothing_written, seen, setting

LONG, WIDE = "9" * 50_000, "😀" * 300
IMPOSSIBLE: list[tuple[str, str, dict[str, Any], str, list[str]]] = [
    ("library", "setClearances", setting(note=WIDE), "BAD_INPUT", ["input", "note"]),
    ("library", "setClearances", setting(item=LONG), "NOT_FOUND", ["input", "item"]),
    ("library", "setClearances", setting(status=None), "BAD_INPUT", ["input", "status"]),
    ("library", "setClearances", setting(idempotencyKey=""), "BAD_INPUT", ["input", "idempotencyKey"]),
    ("library", "setClearances", setting(select={}), "BAD_INPUT", []),
    ("library", "setClearances", setting(select={"studentNos": []}), "BAD_INPUT", ["input", "select"]),
    (
        "library",
        "setClearances",
        setting(select={"studentNos": [HERE], "sheetIds": []}),
        "BAD_INPUT",
        [],
    ),
    ("library", "setClearances", setting(confirmedCount=2**31), "BAD_INPUT", ["input", "confirmedCount"]),
    (
        "library",
        "setClearances",
        setting(select={"range": {"from": "0" * 32, "to": "9" * 32}}),
        "RANGE_TOO_LARGE",
        ["input", "select", "range"],
    ),
    (
        "library",
        "setClearances",
        setting(select={"range": {"from": LONG, "to": LONG}}),
        "BAD_INPUT",
        ["input", "select", "range", "from"],
    ),
    (
        "library",
        "setClearances",
        setting(select={"className": {"college": "15", "className": WIDE}}),
        "BAD_INPUT",
        ["input", "select", "className", "className"],
    ),
    (
        "library",
        "setClearances",
        setting(select={"className": {"college": LONG, "className": "软件2201"}}),
        "NOT_FOUND",
        ["input", "select", "className", "college"],
    ),
    (
        "library",
        "setClearances",
        setting(expectedVersions=[{"id": "nonsense", "version": 1}]),
        "NOT_FOUND",
        ["input", "expectedVersions"],
    ),
    (
        "office",
        "setLateUntil",
        {"batch": "2026-06", **ONE, "until": "9999-12-31T23:59:59-12:00", "reason": "补办"},
        "BAD_INPUT",
        ["input", "until"],
    ),
    (
        "office",
        "setLateUntil",
        {"batch": "2026-06", **ONE, "until": "2020-06-01", "reason": "补办"},
        "BAD_INPUT",
        ["input", "until"],
    ),
    (
        "app",
        "syncClearances",
        {"batch": "2026-06", "item": "BOOKS", "rows": [seen(observedAt="0001-01-01T00:00:00+14:00")]},
        "BAD_INPUT",
        ["input", "rows", "0", "observedAt"],
    ),
    (
        "office",
        "requestItemChange",
        {
            "batch": "2026-06",
            "kind": "CHANGE",
            "item": "BOOKS",
            "reason": "x",
            "department": "",
            "proposal": {"place": "x"},
        },
        "BAD_INPUT",
        ["input", "department"],
    ),
]


async def test_what_cannot_be_is_refused_at_the_argument(world: World) -> None:
    for who, mutation, asked, code, path in IMPOSSIBLE:
        desk = await world(who)
        async with nothing_written():
            error = await desk.refused(mutation, **asked)
        assert error["code"] == code, asked
        assert [each["path"] for each in error["violations"]][:1] == ([path] if path else []), asked


ROWS: list[tuple[str, str, dict[str, Any], dict[str, Any], str]] = [
    ("library", "importClearances", {"item": "BOOKS", "status": "CLEARED"}, {"studentNo": LONG}, "NOT_FOUND"),
    ("library", "importClearances", {"item": "BOOKS", "status": "CLEARED"}, {"note": WIDE}, "BAD_INPUT"),
    ("library", "importClearances", {"status": "CLEARED"}, {"item": " "}, "BAD_INPUT"),
    ("library", "importClearances", {"item": "BOOKS", "status": "CLEARED"}, {"version": LONG}, "ROW_MISMATCH"),
    ("library", "importClearances", {"item": "BOOKS", "status": "CLEARED"}, {"version": "两"}, "ROW_MISMATCH"),
    ("library", "importClearances", {"item": "BOOKS", "status": "CLEARED"}, {"key": "nonsense"}, "ROW_MISMATCH"),
    ("library", "importClearances", {"item": "BOOKS", "status": "CLEARED"}, {"name": WIDE}, "ROW_MISMATCH"),
    ("office", "loadRoster", {}, {"studentNo": LONG}, "NOT_FOUND"),
    ("office", "loadRoster", {}, {"studentNo": "' OR 1=1 --"}, "NOT_FOUND"),
    ("registrar", "importCertificates", {}, {"kind": "DEGREE", "number": LONG}, "BAD_INPUT"),
    ("registrar", "importCertificates", {}, {"kind": "DEGREE", "printed": True}, "NO_NUMBER"),
]


async def test_a_row_that_cannot_be_is_refused_alone(world: World) -> None:
    for who, mutation, asked, row, code in ROWS:
        desk = await world(who)
        async with nothing_written(operations=False):
            answer = await desk.act(mutation, batch="2026-06", rows=[{"studentNo": HERE, **row}], **asked)
        assert [each["code"] for each in answer["rows"]] == [code], row


async def test_a_username_that_cannot_be_is_told_no_more_than_a_wrong_password(world: World) -> None:
    nobody: Desk = await world.api()
    document = "mutation ($input: SignInInput!) { signIn(input: $input) { role } }"
    for username in (LONG, WIDE, "' OR 1=1 --", ""):
        error = await nobody.error(document, input={"username": username, "password": "x"})
        assert (error["code"], error["params"]) == ("UNAUTHENTICATED", {"problem": "PASSWORD"}), username[:20]


async def test_reading_answers_for_its_arguments_too(world: World) -> None:
    office = (await world("office")).desk
    for document, variables in (
        ("query ($n: Int) { sheets(first: $n) { nodes { id } } }", {"n": -1}),
        ("query ($n: Int) { sheets(first: $n) { nodes { id } } }", {"n": 1001}),
        ("query ($n: Int) { sheets(first: $n) { nodes { id } } }", {"n": 10**30}),
        ("query ($n: Int) { sheets(offset: $n) { nodes { id } } }", {"n": -1}),
        ("query ($t: String) { sheets(after: $t) { nodes { id } } }", {"t": "nonsense"}),
        ("query ($t: String) { sheets(search: $t) { nodes { id } } }", {"t": LONG}),
        ("query ($d: DateTime) { sheets(where: { createdAt: { lt: $d } }) { totalCount } }", {"d": "gestern"}),
        (
            "query ($d: DateTime) { sheets(where: { createdAt: { lt: $d } }) { totalCount } }",
            {"d": "0001-01-01T00:00:00+14:00"},
        ),
    ):
        async with nothing_written():
            error = await office.error(document, **variables)
        assert error["code"] in ("BAD_INPUT", "BAD_CURSOR", "QUERY_TOO_COMPLEX"), document
    for text in ("0" * 32, "%", "_", "\\", "' OR 1=1 --", "٣٤٥"):
        for plural in ("batches", "sheets", "students", "items"):
            found = await office.query(f"query ($t: String) {{ {plural}(search: $t) {{ totalCount }} }}", t=text)
            assert found[plural]["totalCount"] == 0, (plural, text)
