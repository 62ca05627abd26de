"""Jinghu University as `jinghu.json` describes it: its units and the catalogue of items, read and written down.

Nothing here concerns people or a season. `lixiao seed` writes the same for a real installation from a file of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from models import database
from models.enums import BatchStatus, Gender, HandledBy, ItemKind, Level, Way
from models.rules.applicability import Condition, ConditionError
from seeds.problems import BadUniversity


@dataclass(frozen=True, slots=True)
class College:
    """`sizes` is how many leave in the main season, by level."""

    code: str
    zh: str
    en: str
    sizes: Mapping[Level, int]
    office_place: str
    office_phone: str
    secretary_phone: str
    certificate_place: str
    certificate_phone: str
    majors: tuple[str, ...]
    graduate_majors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Department:
    code: str
    zh: str
    en: str
    place: str
    phone: str
    hours: str


@dataclass(frozen=True, slots=True)
class Building:
    code: str
    zh: str
    en: str
    houses: Gender
    beds: int
    duty_place: str
    duty_phone: str


@dataclass(frozen=True, slots=True)
class ItemTemplate:
    """An item of the catalogue. `after` names what comes first; `source` the system that reports it."""

    code: str
    zh: str
    en: str
    kind: ItemKind
    department: str
    handled_by: HandledBy
    ways: tuple[Way, ...]
    applies_to: str
    order: int
    after: tuple[str, ...]
    place: str
    source: str
    instruction_zh: str
    instruction_en: str


@dataclass(frozen=True, slots=True)
class University:
    code: str
    zh: str
    en: str
    help_phone: str
    help_email: str
    colleges: tuple[College, ...]
    departments: tuple[Department, ...]
    buildings: tuple[Building, ...]
    items: tuple[ItemTemplate, ...]


# --- reading


def load(path: Path | None = None) -> University:
    """The university in `path`, or the shipped one. Raises BadUniversity."""
    source = files("seeds").joinpath("jinghu.json") if path is None else path
    try:
        data = json.loads(source.read_text(encoding="utf-8"))
        return _university(data)
    except OSError as problem:
        raise BadUniversity(f"{path}: {problem.strerror}") from None
    except (KeyError, TypeError, ValueError) as problem:
        raise BadUniversity(f"{path or 'jinghu.json'}: {type(problem).__name__}: {problem}") from None


def _university(data: Mapping[str, Any]) -> University:
    found = University(
        code=data["university"]["code"],
        zh=data["university"]["zh"],
        en=data["university"]["en"],
        help_phone=data["help_desk"]["phone"],
        help_email=data["help_desk"]["email"],
        colleges=tuple(_college(row) for row in data["colleges"]),
        departments=tuple(Department(**row) for row in data["departments"]),
        buildings=tuple(Building(**{**row, "houses": Gender[row["houses"]]}) for row in data["buildings"]),
        items=tuple(sorted((_item(row) for row in data["items"]), key=lambda item: item.order)),
    )
    _consistent(found)
    return found


def _college(row: Mapping[str, Any]) -> College:
    sizes = {Level.UG: row["ug"], Level.M: row["master"], Level.D: row["doctor"]}
    rest = {key: value for key, value in row.items() if key not in ("ug", "master", "doctor")}
    return College(
        **{
            **rest,
            "sizes": sizes,
            "majors": tuple(row["majors"]),
            "graduate_majors": tuple(row["graduate_majors"]),
        }
    )


def _item(row: Mapping[str, Any]) -> ItemTemplate:
    return ItemTemplate(
        **{
            **row,
            "kind": ItemKind[row["kind"]],
            "handled_by": HandledBy[row["handled_by"]],
            "ways": tuple(Way[way] for way in row["ways"]),
            "after": tuple(row["after"]),
        }
    )


def _consistent(university: University) -> None:
    """Every item names a department and items that exist, and says whom it applies to in words the rules understand."""
    departments = {department.code for department in university.departments}
    items = {item.code for item in university.items}
    for item in university.items:
        unknown = [*({item.department} - departments), *(set(item.after) - items)]
        if unknown:
            raise BadUniversity(f"item {item.code} names {', '.join(sorted(unknown))}, which the file does not hold")
        try:
            Condition.parse(item.applies_to)
        except ConditionError as problem:
            raise BadUniversity(f"item {item.code}: {problem}") from None


# --- writing

RANGE_LIMIT = 200  # numbers in one range (R17)
#: The columns every table shares; nobody has changed a fresh row, so its version is 1.
SHARED = ("version", "created_at", "updated_at")


UNIT_COLUMNS = {
    "college": (
        *("code", "name", "name_en", "office_place", "office_phone", "secretary_phone"),
        *("certificate_place", "certificate_phone", "active"),
    ),
    "department": ("code", "name", "name_en", "place", "phone", "hours", "active"),
    "building": ("code", "name", "name_en", "houses", "beds", "duty_place", "duty_phone"),
}


async def write_units(university: University, at: datetime) -> int:
    """Adds the colleges, departments and buildings whose codes are not there yet; gives how many. Changes none."""
    colleges = await _add_missing("college", map(_college_row, university.colleges), at)
    departments = await _add_missing("department", map(_department_row, university.departments), at)
    return colleges + departments + await _add_missing("building", map(_building_row, university.buildings), at)


def _college_row(each: College) -> tuple[Any, ...]:
    offices = (each.office_place, each.office_phone, each.secretary_phone)
    return (each.code, each.zh, each.en, *offices, each.certificate_place, each.certificate_phone, True)


def _department_row(each: Department) -> tuple[Any, ...]:
    return (each.code, each.zh, each.en, each.place, each.phone, each.hours, True)


def _building_row(each: Building) -> tuple[Any, ...]:
    return (each.code, each.zh, each.en, each.houses.value, each.beds, each.duty_place, each.duty_phone)


async def _add_missing(table: str, rows: Iterable[tuple[Any, ...]], at: datetime) -> int:
    there = await ids_by_code(table)
    missing = [(*row, 1, at, at) for row in rows if row[0] not in there]
    await database.copy_rows(table, (*UNIT_COLUMNS[table], *SHARED), missing)
    return len(missing)


async def ids_by_code(table: str) -> dict[str, int]:
    """The ids of a table of units by their codes."""
    return {code: id_ for id_, code in await database.fetch(f"SELECT id, code FROM {table}")}  # noqa: S608  # our name


ITEM_COLUMNS = (
    *("batch_id", "code", "name", "name_en", "kind", "department_id", "handled_by", "ways", "applies_to"),
    *("instruction", "instruction_en", "place", "order"),
)


async def write_items(university: University, batch_id: int, at: datetime) -> dict[str, int]:
    """Copies the catalogue into a batch that has no items, with what comes first; gives the items' ids by code."""
    departments = await ids_by_code("department")
    await database.copy_rows(
        "item",
        (*ITEM_COLUMNS, *SHARED),
        [(*_item_row(item, batch_id, departments), 1, at, at) for item in university.items],
    )
    rows = await database.fetch("SELECT id, code FROM item WHERE batch_id = ?1", [batch_id])
    ids = {code: id_ for id_, code in rows}
    await database.copy_rows(
        "prerequisite",
        ("item_id", "requires_id", "reopen", *SHARED),
        [(ids[item.code], ids[first], False, 1, at, at) for item in university.items for first in item.after],
    )
    return ids


def _item_row(item: ItemTemplate, batch_id: int, departments: Mapping[str, int]) -> Sequence[Any]:
    ways = json.dumps([way.value for way in item.ways])
    return (
        *(batch_id, item.code, item.zh, item.en, item.kind.value, departments[item.department]),
        *(
            item.handled_by.value,
            ways,
            item.applies_to,
            item.instruction_zh,
            item.instruction_en,
            item.place,
            item.order,
        ),
    )


async def write_batch(university: University, code: str, at: datetime) -> int:
    """Makes a batch in preparation with the catalogue's items and gives how many; raises BadUniversity if it exists."""
    if await database.fetch("SELECT 1 FROM batch WHERE code = ?1", [code]):
        raise BadUniversity(f"batch {code} is there already")
    columns = ("code", "name", "name_en", "status", "range_limit", "accepts_applications", *SHARED)
    row = (code, f"{code} 离校", f"Leaving {code}", BatchStatus.PREPARING.value, RANGE_LIMIT, False, 1, at, at)
    await database.copy_rows("batch", columns, [row])
    return len(await write_items(university, (await ids_by_code("batch"))[code], at))
