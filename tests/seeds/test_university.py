"""The reference data: what the shipped file says, what a bad file is answered, and that writing twice adds nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from models.enums import HandledBy, ItemKind, Level
from seeds import university
from seeds.problems import BadUniversity

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def test_the_shipped_university_has_the_sizes_of_a_real_one():
    found = university.load()
    assert (len(found.colleges), len(found.departments), len(found.buildings)) == (25, 19, 24)
    sizes = {level: sum(college.sizes[level] for college in found.colleges) for level in Level}
    assert sizes == {Level.UG: 10_400, Level.M: 4_500, Level.D: 600}


def test_the_catalogue_has_one_final_item_and_one_text():
    items = university.load().items
    assert len(items) == 23
    assert [item.code for item in items if item.kind is ItemKind.FINAL] == ["COLLEGE_FINAL"]
    assert [item.code for item in items if item.kind is ItemKind.INFO] == ["NET"]
    assert [item.code for item in items if item.handled_by is HandledBy.SUPERVISOR] == ["SUPERVISOR"]
    assert {item.code: item.after for item in items if item.after} == {"CARD": ("LIB_BOOKS", "DORM_OUT")}
    assert len({item.order for item in items}) == 23


def test_instructions_repeat_no_place_of_their_department():
    found = university.load()
    places = {department.code: department.place for department in found.departments}
    assert [item.code for item in found.items if places[item.department] in item.instruction_zh] == []


def changed(tmp_path: Path, change) -> Path:
    data = json.loads(files("seeds").joinpath("jinghu.json").read_text(encoding="utf-8"))
    change(data)
    path = tmp_path / "university.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data["items"][0].update(department="NOBODY"), "LIB_BOOKS names NOBODY"),
        (lambda data: data["items"][0].update(after=["GHOST"]), "LIB_BOOKS names GHOST"),
        (lambda data: data["items"][0].update(applies_to="levl == UG"), "item LIB_BOOKS: UNKNOWN_FIELD at 0"),
        (lambda data: data["items"][0].update(kind="MAYBE"), "KeyError: 'MAYBE'"),
        (lambda data: data.pop("colleges"), "KeyError: 'colleges'"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(tmp_path, change, message):
    with pytest.raises(BadUniversity) as refused:
        university.load(changed(tmp_path, change))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadUniversity, match="No such file"):
        university.load(tmp_path / "nowhere.json")


async def test_units_are_added_once(database):
    found = university.load()
    assert await university.write_units(found, NOW) == 68
    assert await university.write_units(found, NOW) == 0
    assert len(await university.ids_by_code("college")) == 25


async def test_a_batch_gets_the_whole_catalogue_once(database):
    found = university.load()
    await university.write_units(found, NOW)
    assert await university.write_batch(found, "2027-06", NOW) == 23
    assert len(await database.fetch("SELECT id FROM prerequisite")) == 2
    with pytest.raises(BadUniversity, match="batch 2027-06 is there already"):
        await university.write_batch(found, "2027-06", NOW)
    assert len(await database.fetch("SELECT id FROM item")) == 23
