"""A whole year's leavers there and back: 15,500 rows of lixiao.xlsx, untouched but saved by LibreOffice, change nothing
(R15)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from models import Clearance, Student, database
from models.base import Row
from models.enums import Gender, Level
from models.organisation import College
from models.season import Sheet
from tests import factories as make
from tests.api import Desk, OpenDesk, member
from tests.graphql_api.libreoffice import saved_again
from tests.graphql_api.listing import download, ended, upload

COUNT = 15_500
EXPORT = "mutation ($input: ExportRowsInput!) { exportRows(input: $input) { id rows state } }"
IMPORT = "mutation ($input: ImportClearancesInput!) { importClearances(input: $input) { operation { id } } }"


async def whole_year(season: make.SeasonOf) -> None:
    """One item on each sheet: what is imported. Copied, as a crowd of this size takes a minute else."""
    college, now = await College.get(code="15"), datetime.now(UTC)
    people = Student(name="张三", gender=Gender.M, level=Level.UG, college=college, class_name="软件2201班")
    sheets = Sheet(batch=season.batch, college=college, level=Level.UG, class_name="软件2201班")
    clearances = Clearance(item=season["BOOKS"], status=make.CLEARED)
    numbers = range(1, COUNT + 1)
    await copied(people, [{"id": n, "student_no": f"00{n:08}"} for n in numbers], now)
    own = [{"id": n, "student_id": n, "holder": n, "verify_token": f"{n:08}"} for n in numbers]
    await copied(sheets, own, now)
    await copied(clearances, [{"id": n, "sheet_id": n, "note": "已核对" if n % 3 else ""} for n in numbers], now)


async def copied(like: Row, rows: list[dict[str, Any]], now: datetime) -> None:
    """Rows that are all alike but for these columns."""
    names = sorted(like._meta.db_fields)
    plain = {name: getattr(like, name) for name in names} | {"version": 1, "created_at": now, "updated_at": now}
    plain = {name: each.value if isinstance(each, Enum) else each for name, each in plain.items()}
    await database.copy_rows(like._meta.db_table, names, [[{**plain, **row}[name] for name in names] for row in rows])


@pytest.fixture
async def desk(api: OpenDesk) -> Desk:
    await whole_year(await make.season(await make.university()))
    await member("limin", "operator", await make.Department.get(code="TSG"))
    return await api(as_="limin")


async def test_it_comes_back_unchanged(desk: Desk, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"object": "Clearance", "layout": "STATUSES", "waitSeconds": 60}
    made = (await desk.query(EXPORT, input=asked))["exportRows"]
    assert (made["rows"], made["state"]) == (COUNT, "READY")
    saved = await asyncio.to_thread(saved_again, await download(desk, made["id"]), tmp_path)
    before, kept = await make.recorded(), await make.contents("clearance")
    given = {"batch": "2026-06", "file": await upload(desk, saved)}
    begun = (await desk.query(IMPORT, input=given))["importClearances"]
    assert await ended(desk, begun["operation"]["id"]) == {
        "state": "APPLIED",
        "applied": 0,
        "unchanged": COUNT,
        "refused": 0,
    }
    assert (await make.recorded())[1] == before[1]
    assert await make.contents("clearance") == kept
