"""A person's data as a form or a file gives it, cell by cell: the model's values, or what is wrong where."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tortoise import fields
from tortoise.fields.data import CharEnumFieldInstance

from models.enums import IdType
from models.people import Student
from models.rules.cells import BadCell, read_choice, read_flag, refuse_number
from models.rules.identity import mask_id, normalise, normalise_id_no, normalise_number

RESIDENT_ID = re.compile(r"\d{17}[\dX]")
NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,31}")

#: What a person's data may hold besides relations; college and building are given by code.
COLUMNS: tuple[str, ...] = tuple(
    name
    for name, column in Student._meta.fields_map.items()
    if isinstance(column, fields.CharField | fields.BooleanField | CharEnumFieldInstance) and name != "id_no_masked"
)
REQUIRED = ("student_no", "name", "gender", "level")


@dataclass(frozen=True, slots=True)
class Person:
    """`columns` hold what was mentioned, as the model holds it; `building` is a code or a name, "" for none."""

    columns: Mapping[str, Any]
    building: str | None = None


def read_person(cells: Mapping[str, object], *, adding: bool) -> Person:
    """Reads the cells by field name: members by name or words, yes and no in either language, documents in capitals.

    Raises BadCell. `adding`: number, name, gender and level must be there; an empty cell then means the default.
    """
    columns: dict[str, Any] = {}
    for name, value in cells.items():
        if name == "building":
            continue
        if name not in COLUMNS:
            raise BadCell(name, "", "UNKNOWN_FIELD")
        if adding and value in ("", None) and name not in REQUIRED:
            continue
        columns[name] = _reader(name)(name, value)
    _require(columns, adding=adding)
    building = cells.get("building")
    return Person(_with_mask(columns), None if building is None else normalise(str(building)))


def _require(columns: Mapping[str, Any], *, adding: bool) -> None:
    for name in REQUIRED:
        if (adding and name not in columns) or columns.get(name) == "":
            raise BadCell(name, "", "MISSING")
    number, kind = columns.get("id_no"), columns.get("id_type", IdType.RESIDENT_ID if adding else None)
    if number and kind is IdType.RESIDENT_ID and not RESIDENT_ID.fullmatch(number):
        raise BadCell("id_no", "", "NO_RESIDENT_ID")


def _with_mask(columns: dict[str, Any]) -> dict[str, Any]:
    """The mask always goes with the number; no number is null."""
    if "id_no" not in columns:
        return columns
    number = columns["id_no"] or None
    return {**columns, "id_no": number, "id_no_masked": mask_id(number)}


# --- one cell


def _reader(name: str) -> Callable[[str, object], Any]:
    column = Student._meta.fields_map[name]
    if isinstance(column, CharEnumFieldInstance):
        return _choice
    if isinstance(column, fields.BooleanField):
        return read_flag
    return _text


def _choice(name: str, value: object) -> Enum:
    kind: type[Enum] = Student._meta.fields_map[name].enum_type  # type: ignore[attr-defined]  # a CharEnumField has one
    return read_choice(kind, name, value)


def _text(name: str, value: object) -> str:
    if name in CLEANERS:
        refuse_number(name, value)
    text = CLEANERS.get(name, normalise)("" if value is None else str(value))
    limit = Student._meta.fields_map[name].max_length  # type: ignore[attr-defined]  # a CharField has one
    if len(text) > limit:
        raise BadCell(name, "", "TOO_LONG")
    if name == "student_no" and text and not NUMBER.fullmatch(text):
        raise BadCell(name, text, "NO_NUMBER")
    return text


CLEANERS: Mapping[str, Callable[[str], str]] = {
    "student_no": normalise_number,
    "id_no": normalise_id_no,
    "phone": normalise_number,
}
