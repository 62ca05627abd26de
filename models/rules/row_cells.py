"""The cells of one row of any object, from a list or a file: text becomes the values of the model's columns, or is
refused with what is wrong. Which row they are about, and whether it may hold them, is not known here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from tortoise import fields
from tortoise.models import Model

from models.accounts import User
from models.declare import entity_of, note_of
from models.enums import Choice, Way
from models.people import Student
from models.rules import account_cells, person_cells
from models.rules.cells import (
    LONGEST_SHOWN,
    BadCell,
    NoTextCell,
    read_choice,
    read_flag,
    refuse_no_text,
    refuse_number,
)
from models.rules.editing_rows import unique_keys
from models.rules.editing_values import Invalid, is_relation, read_values
from models.rules.identity import normalise
from models.rules.item_drafts import READERS as ITEM_CELLS
from models.rules.person_cells import CLEANERS, read_person
from models.rules.refusals import Refused
from models.season import Item

#: What is written in a cell that is to hold nothing: an empty cell leaves everything as it is.
EMPTIED = frozenset({"(清空)", "(empty)"})
WHOLE_NUMBER = re.compile(r"-?\d{1,10}(\.0+)?")
MOMENT = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T](\d{1,2})[::时](\d{2})分?(?:[::](\d{2}))?.*)?")
ZONED = re.compile(r".*\d(Z|[+-]\d\d:?\d\d)$")
BETWEEN_TEXTS = re.compile(r"[,,、;;]")
#: Lists of texts that come from a closed set.
TEXTS: Mapping[tuple[type[Model], str], type[Choice]] = {(Item, "ways"): Way}


@dataclass(frozen=True, slots=True)
class Cells:
    """What one row is to hold: `columns` as the model holds them, `named` how relations were written; None empties."""

    columns: Mapping[str, Any]
    named: Mapping[str, str | None]


def is_emptied(cell: object) -> bool:
    """Whether the cell says that nothing is to stand there."""
    return normalise(str(cell)).casefold() in EMPTIED


def columns_read(model: type[Model]) -> list[str]:
    """The fields whose cells mean something, in the model's order: columns and relations, nothing internal, no JSON but
    lists of texts. Which of them may be changed is asked elsewhere."""
    meta = model._meta
    keys = {getattr(meta.fields_map[name], "source_field", None) for name in meta.fk_fields}
    backward = meta.backward_fk_fields | meta.backward_o2o_fields | meta.m2m_fields
    names = [name for name in meta.fields_map if name not in {"pk", "id", "version", *keys, *backward}]
    return [name for name in names if not note_of(model, name).internal and _has_cells(model, name)]


def _has_cells(model: type[Model], name: str) -> bool:
    column = model._meta.fields_map[name]
    if isinstance(column, fields.JSONField):
        held: Any = getattr(column, "__orig_class__", None)
        return getattr(held, "__args__", ()) == (list[str],)
    kind = getattr(column, "enum_type", None)
    return kind is None or issubclass(kind, Choice)


def follows_by_itself(model: type[Model], name: str) -> bool:
    """Whether the field is a time that the desk notes: it differs as soon as anything happens, so no list is held to
    it."""
    return isinstance(model._meta.fields_map[name], fields.DatetimeField) and not note_of(model, name).writable


def identifying(model: type[Model], name: str) -> bool:
    """Whether the cell names a row or a person: as a number it may have lost its zeros (B3)."""
    unique = {one for key in unique_keys(model) for one in key}
    known = {*unique, *entity_of(model).natural_key} if not is_relation(model, name) else {name}
    return name in known or note_of(model, name).sensitive


def read_row(model: type[Model], cells: Mapping[str, object], *, adding: bool, zone: tzinfo) -> Cells:
    """The cells that are not empty, read. Moments without a zone are of `zone`.

    Raises BadCell for the first that means nothing: UNKNOWN_VALUE, NO_YES_OR_NO, NO_WHOLE_NUMBER, NO_MOMENT, TOO_LONG,
    NUMBER_CELL and the like, MISSING (of a new row). `adding`: what a new row must have has to be there.
    """
    named = {name: _reference(name, cell) for name, cell in cells.items() if is_relation(model, name)}
    own = {name: cell for name, cell in cells.items() if name not in named}
    reader: Callable[..., dict[str, Any]] = READERS.get(model, _plain)
    try:
        columns = reader(model, own, named, adding=adding, zone=zone)
    except Invalid as invalid:
        fault = invalid.faults[0]
        raise _bad(fault.argument, fault.facts) from invalid
    except Refused as refused:
        raise _bad((refused.argument or "").rpartition(".")[2], refused.refusal.facts) from refused
    return Cells(columns, named)


def _bad(name: str, facts: Mapping[str, str | int]) -> BadCell:
    bad = BadCell(name, str(facts.get("value", "")), str(facts.get("problem", "")))
    if "problem" not in facts:
        bad.facts["problem"] = "TOO_LONG" if "limit" in facts else "NOT_OF_KIND"
    bad.facts |= {key: value for key, value in facts.items() if key != "value"}
    return bad


def _reference(name: str, cell: object) -> str | None:
    refuse_number(name, cell)
    return None if is_emptied(cell) else normalise(str(cell))


def read_cell(model: type[Model], name: str, cell: object, zone: tzinfo) -> Any:
    """One column's cell as its kind reads it; None for one that is to be empty. Raises BadCell."""
    if is_emptied(cell):
        return None
    column = model._meta.fields_map[name]
    kind = getattr(column, "enum_type", None)
    if kind is not None:
        return read_choice(kind, name, cell)
    for shape, reading in KINDS:
        if isinstance(column, shape):
            return reading(model, name, cell, zone)
    raise LookupError(f"{type(column).__name__} has no cells yet")


def _flag(model: type[Model], name: str, cell: object, zone: tzinfo) -> bool:
    return read_flag(name, cell)


def _number(model: type[Model], name: str, cell: object, zone: tzinfo) -> int:
    refuse_no_text(name, cell)
    text = normalise(str(cell))
    if not WHOLE_NUMBER.fullmatch(text):
        raise BadCell(name, text[:LONGEST_SHOWN], "NO_WHOLE_NUMBER")
    return int(text.partition(".")[0])


def _moment(model: type[Model], name: str, cell: object, zone: tzinfo) -> datetime:
    """A cell that holds a date does well here. Without a time the day begins."""
    if not (isinstance(cell, NoTextCell) and cell.problem == "DATE_CELL"):
        refuse_no_text(name, cell)
    text = normalise(str(cell))
    try:
        if ZONED.fullmatch(text):
            return datetime.fromisoformat(text).astimezone(UTC)
        found = MOMENT.fullmatch(text)
        if found is None:
            raise ValueError(text)
        year, month, day, hour, minute, second = (int(each or 0) for each in found.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadCell(name, text[:LONGEST_SHOWN], "NO_MOMENT") from None


def _texts(model: type[Model], name: str, cell: object, zone: tzinfo) -> list[str]:
    refuse_no_text(name, cell)
    kind = TEXTS.get((model, name))
    written = [text for each in BETWEEN_TEXTS.split(normalise(str(cell))) if (text := each.strip())]
    return written if kind is None else [read_choice(kind, name, each).value for each in written]


def _text(model: type[Model], name: str, cell: object, zone: tzinfo) -> str:
    refuse_no_text(name, cell)
    if identifying(model, name):
        refuse_number(name, cell)
    text = str(cell).strip() if note_of(model, name).multiline else normalise(str(cell))
    limit = getattr(model._meta.fields_map[name], "max_length", None)
    if limit is not None and len(text) > limit:
        raise BadCell(name, "", "TOO_LONG", length=str(len(text)), limit=str(limit))
    return text


KINDS: tuple[tuple[Any, Callable[[type[Model], str, object, tzinfo], Any]], ...] = (
    (fields.BooleanField, _flag),
    (fields.IntField, _number),
    (fields.DatetimeField, _moment),
    (fields.JSONField, _texts),
    ((fields.CharField, fields.TextField), _text),
)


# --- whole rows


def _plain(
    model: type[Model], cells: Mapping[str, object], named: Mapping[str, Any], *, adding: bool, zone: tzinfo
) -> dict[str, Any]:
    """As a form's values are read; relations are found later, and stand here only to be missed."""
    values = {name: read_cell(model, name, cell, zone) for name, cell in cells.items()}
    known = {name: value for name, value in values.items() if note_of(model, name).writable}
    there = {name: value for name, value in named.items() if note_of(model, name).writable}
    filled = read_values(model, {**known, **there}, adding=True) if adding else None
    if filled is None:
        filled = read_values(model, _unfixed(model, known), adding=False)
    return {**values, **filled.columns}


def _unfixed(model: type[Model], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not note_of(model, name).fixed}


def _student(
    model: type[Model], cells: Mapping[str, object], named: Mapping[str, Any], *, adding: bool, zone: tzinfo
) -> dict[str, Any]:
    own = {name: "" if is_emptied(cell) else cell for name, cell in cells.items() if name in person_cells.COLUMNS}
    for name, cell in own.items():
        if name not in CLEANERS:
            refuse_no_text(name, cell)
    person = dict(read_person(own, adding=adding).columns)
    others = {name: read_cell(model, name, cell, zone) for name, cell in cells.items() if name not in own}
    if adding and "college" not in named:
        raise BadCell("college", "", "MISSING")
    return {**others, **person}


ACCOUNT: Mapping[str, Callable[[str], str]] = {
    "username": account_cells.username_of,
    "name": account_cells.name_of,
    "email": account_cells.email_of,
    "phone": account_cells.phone_of,
}


def _account(
    model: type[Model], cells: Mapping[str, object], named: Mapping[str, Any], *, adding: bool, zone: tzinfo
) -> dict[str, Any]:
    values = {name: read_cell(model, name, cell, zone) for name, cell in cells.items()}
    if adding:
        values = {"username": "", "name": "", **values}
    return {name: ACCOUNT[name](value or "") if name in ACCOUNT else value for name, value in values.items()}


def _item(
    model: type[Model], cells: Mapping[str, object], named: Mapping[str, Any], *, adding: bool, zone: tzinfo
) -> dict[str, Any]:
    """Texts as the verbs of items read them; the others are compared with what there is."""
    values = {name: read_cell(model, name, cell, zone) for name, cell in cells.items()}
    texts = {name: value for name, value in values.items() if name in ITEM_CELLS and isinstance(value, str | int)}
    read = {name: ITEM_CELLS[name](name, value) for name, value in texts.items() if not isinstance(value, Choice)}
    if values.get("name", "") is None or values.get("name") == "":
        raise BadCell("name", "", "MISSING")
    return {**values, **read}


READERS: Mapping[type[Model], Callable[..., dict[str, Any]]] = {Student: _student, User: _account, Item: _item}


def empty_value(model: type[Model], name: str) -> Any:
    """What stands in a column that was emptied. Raises BadCell for one that cannot be empty."""
    column = model._meta.fields_map[name]
    if column.null:
        return None
    if isinstance(column, fields.CharField | fields.TextField) and column.default == "":
        return ""
    raise BadCell(name, "", "MISSING")


def written_alike(given: Any, there: Any) -> bool:
    """Whether a cell says what the row holds already: a text with the same letters, a moment to the minute or second
    that a file shows."""
    if isinstance(given, str) and isinstance(there, str):
        return _bare(given) == _bare(there)
    if isinstance(given, datetime) and isinstance(there, datetime):
        shown = there.replace(microsecond=0) if given.second else there.replace(second=0, microsecond=0)
        return given == shown
    if isinstance(given, list) and isinstance(there, list):
        return sorted(given) == sorted(there)
    return bool(given == there)


def _bare(text: str) -> str:
    return "".join(normalise(text).split())
