"""Which fields plain editing may give to many rows at once, and how their values are kept with the operation; undo and
the frozen set of a dry run are made of these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from models.declare import entity_of, note_of
from models.organisation import Building, College, Department
from models.people import Student
from models.rules.editing_rows import unique_keys
from models.rules.editing_values import Fault, Invalid, editable_fields
from models.rules.item_drafts import FROZEN
from models.rules.refusals import Code
from models.season import Batch, Item

#: What is looked at row by row, besides a row's names and keys: because it belongs to one person, or because of what
#: follows from it. An item's rules change with a preview of their effect, a batch has its own window, a department
#: closes with a successor.
ALONE: Mapping[type[Model], frozenset[str]] = {
    Student: frozenset({"name_latin", "id_type"}),
    Item: FROZEN,
    Batch: frozenset({"opens_at", "closes_at", "request_deadline", "range_limit"}),
    Department: frozenset({"active", "successor"}),
}
#: The objects whose rows are edited so. Of any other, what a change must be checked for is known to its own verb alone.
OPEN: tuple[type[Model], ...] = (Student, Item, Batch, College, Department, Building)


def bulk_fields(model: type[Model]) -> list[str]:
    """The fields that many rows may be given at once, in the model's order: nothing that names a row or is unique, and
    nothing sensitive, because the operation keeps old and new values for undo. Empty: the object is not edited so."""
    entity = entity_of(model)
    if model not in OPEN:
        return []
    unique = {name.removesuffix("_id") for names in unique_keys(model) for name in names}
    own = {*entity.natural_key, *entity.label_fields, *unique} | ALONE.get(model, frozenset())
    return [
        name for name in editable_fields(model, adding=False) if name not in own and not note_of(model, name).sensitive
    ]


def emptiable_fields(model: type[Model]) -> list[str]:
    """Those of them that may hold nothing."""
    return [name for name in bulk_fields(model) if _may_be_empty(model._meta.fields_map[name])]


def _may_be_empty(column: Any) -> bool:
    text = isinstance(column, fields.CharField | fields.TextField)
    return bool(column.null) or (text and column.default == "")


def refuse_others(model: type[Model], values: Mapping[str, object]) -> None:
    """Raises Invalid for each field that is not open to many rows, or would be emptied and must not be."""
    known, empty = set(bulk_fields(model)), set(emptiable_fields(model))
    faults = [_fault(name, "NOT_IN_BULK") for name in values if name not in known]
    faults += [_fault(name, "MISSING") for name, value in values.items() if value is None and name in known - empty]
    if faults:
        raise Invalid(faults)


def _fault(name: str, problem: str) -> Fault:
    return Fault(name, Code.BAD_INPUT, {"problem": problem})


# --- values as they are kept


def column_of(model: type[Model], name: str) -> str:
    """The key column of a relation, else the field itself."""
    return str(getattr(model._meta.fields_map[name], "source_field", None) or name)


def field_of(model: type[Model], column: str) -> str:
    """The field that a column belongs to: a relation by its name."""
    head = column.removesuffix("_id")
    return head if head != column and head in model._meta.fk_fields else column


def stored(values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns as JSON holds them."""
    return {name: _stored(value) for name, value in values.items()}


def _stored(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.astimezone(UTC).isoformat(" ") if isinstance(value, datetime) else value


def declared(model: type[Model], columns: Iterable[str]) -> str:
    """The columns of a `ROWS(…)`, after the id."""
    return ", ".join(["id int", *(f'"{name}" {_sql_kind(model._meta.fields_map[name])}' for name in columns)])


def _sql_kind(column: Any) -> str:
    for shape, kind in (
        (fields.BooleanField, "boolean"),
        (fields.DatetimeField, "timestamptz"),
        (fields.IntField, "int"),
        (fields.JSONField, "jsonb"),
    ):
        if isinstance(column, shape):
            return kind
    return "text"
