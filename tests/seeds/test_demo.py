"""The whole demonstration: its shares, every rule of the desk, the same for the same seed, all or nothing."""

from __future__ import annotations

from datetime import date

import pytest

from models import database as models_database
from models.rules.check import check
from models.rules.opening import opening_check
from seeds import demo
from seeds.problems import NotEmpty, TooSmall

TODAY = date(2026, 11, 21)
PASSWORD = "correct horse battery"


async def build(students: int, seed: int = 1, **options):
    return await demo.build(students=students, seed=seed, password=PASSWORD, today=TODAY, **options)


async def number(sql: str, *parameters) -> int:
    [(found,)] = await models_database.fetch(sql, parameters)
    return found


SHARES = """
SELECT item.code, count(*), sum(CASE WHEN clearance.status = 3 THEN 1 ELSE 0 END)
FROM clearance JOIN item ON item.id = clearance.item_id JOIN sheet ON sheet.id = clearance.sheet_id
JOIN batch ON batch.id = sheet.batch_id
WHERE batch.code = '2026-06' AND sheet.state = 'ACTIVE'
  AND NOT (clearance.status = 2 AND clearance.decided_by = 'RULE')
GROUP BY item.code
"""
ISSUED = """
SELECT count(DISTINCT sheet_id) FROM certificate JOIN sheet ON sheet.id = certificate.sheet_id
JOIN batch ON batch.id = sheet.batch_id WHERE batch.code = '2026-06' AND certificate.status = 'ISSUED'
"""


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_shares_of_the_open_season(database, seed):
    await build(1_200, seed)
    found = {code: (applies, cleared) for code, applies, cleared in await database.fetch(SHARES)}
    large = {code: pair for code, pair in found.items() if pair[0] >= 200 and code in demo.MIDDLE.items}
    assert {"LIB_BOOKS", "FIN_FEES", "AID_LOAN", "DORM_OUT", "PARTY", "SUPERVISOR", "CARD", "STU_CARD"} <= set(large)
    for code, (applies, cleared) in large.items():
        assert abs(cleared / applies - demo.MIDDLE.items[code]) <= 0.01, code
    sheets, signed = found["COLLEGE_FINAL"]
    assert sheets == 1_198  # one was moved, one cancelled
    assert abs(signed / sheets - 0.45) <= 0.01
    assert abs(await number(ISSUED) / sheets - 0.30) <= 0.01


@pytest.mark.parametrize(("students", "seed"), [(45, 1), (60, 7), (400, 2)])
async def test_every_rule_holds(database, students, seed):
    await build(students, seed)
    assert await check() == []


async def test_the_coming_season_could_open(database):
    await build(60)
    assert await opening_check("2026-12") == ()


@pytest.mark.parametrize("students", [45, 300])
async def test_the_open_season_has_exactly_so_many_sheets(database, students):
    built = await build(students)
    there = "SELECT count(*) FROM sheet JOIN batch ON batch.id = sheet.batch_id WHERE batch.code = ?1"
    assert await number(there, "2026-06") == students
    assert await number("SELECT count(*) FROM sheet") == built.sheets
    assert await number("SELECT count(*) FROM clearance") == built.clearances == built.sheets * 22
    assert await number("SELECT count(*) FROM event") == built.events
    assert await number("SELECT count(*) FROM student") == built.students


async def test_nothing_happened_after_the_last_working_hour(database):
    await build(60)
    [(first, last)] = await database.fetch("SELECT min(at), max(at) FROM event")
    assert str(first).startswith("2025-05-12")
    assert str(last) < "2026-06-24 10"


TABLES = {
    "student": "student_no, name, id_no, class_name, building_id, political_status, has_loan, user_id, person_id",
    "sheet": "id, batch_id, student_id, state, holder, moved_to_id, late_until, version",
    "clearance": "id, sheet_id, item_id, status, note, reason, decided_by, decided_at, decided_user_id, version",
    "certificate": "id, sheet_id, kind, number, status, issued_at, collection, version",
    "operation": "id, kind, actor_id, item_id, selector, parameters, applied, finished_at",
    "event": "id, operation_id, object, object_id, changed, before, after, cause, at",
    "operation_row": "id, operation_id, object_id, before, after, version_after",
    "sync_observation": "id, source, item_id, student_id, settled, observed_at, value",
}


async def everything() -> dict[str, list[tuple]]:
    return {
        table: [tuple(row) for row in await models_database.fetch(f"SELECT {columns} FROM {table} ORDER BY 1, 2")]
        for table, columns in TABLES.items()
    }


async def test_the_same_seed_builds_the_same(fresh_databases, tmp_path):
    built = []
    for name, seed in (("first", 5), ("second", 5), ("other", 6)):
        (tmp_path / name).mkdir()
        await models_database.connect(await fresh_databases.make_migrated(tmp_path / name))
        try:
            await build(60, seed)
            built.append(await everything())
        finally:
            await models_database.disconnect()
    assert built[0] == built[1]
    assert built[0]["student"] != built[2]["student"]


async def test_a_database_with_people_is_left_alone(database):
    await build(45)
    before = await everything()
    with pytest.raises(NotEmpty, match="the database is not empty"):
        await build(45)
    assert await everything() == before


async def test_fewer_than_the_hard_cases_are_refused(database):
    with pytest.raises(TooSmall, match="at least 45 students"):
        await build(44)
    assert await number("SELECT count(*) FROM student") == 0


async def test_an_interrupted_build_leaves_nothing(database):
    def interrupt(stage: str) -> None:
        if stage == "operations":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await build(45, progress=interrupt)
    for table in ("student", "account", "college", "batch", "sheet", "clearance"):
        assert await number(f"SELECT count(*) FROM {table}") == 0


async def test_the_stages_are_told_in_order(database):
    told: list[str] = []
    await build(45, progress=told.append)
    assert tuple(told) == demo.STAGES


async def test_new_rows_get_new_ids(database):
    """PostgreSQL's sequences must know of the ids that were written."""
    await build(45)
    highest = await number("SELECT max(id) FROM account")
    async with database.transaction():
        [(made,)] = await database.fetch(
            "INSERT INTO account (username, name, email, phone, active, version, created_at, updated_at)"
            " SELECT 'new', 'New', '', '', active, 1, created_at, updated_at FROM account WHERE id = 1 RETURNING id"
        )
    assert made == highest + 1
