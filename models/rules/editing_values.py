"""What a row may be made or changed with by plain editing: which fields, what may stand in them, and the rows that they
name. Where a row may stand afterwards, and what its object asks besides, is not known here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from tortoise import fields
from tortoise.expressions import Q
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from models.declare import entity_of, note_of
from models.rules.identity import normalise
from models.rules.refusals import Code, Refused

#: Codes stand in addresses, files and policy rows.
CODE = re.compile(r"[\w.-]+")
LARGEST = 2**31 - 1
LONGEST_SHOWN = 32


@dataclass(frozen=True, slots=True)
class Named:
    """Another row, as whoever fills in a form names it: by `id`, or by its natural key."""

    key: str
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """One field that is wrong, and why."""

    argument: str
    code: Code
    facts: Mapping[str, str | int] = field(default_factory=dict)


class Invalid(Refused):
    """Refused for all of `faults`; the refusal itself is the first of them."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        super().__init__(first.code, argument=first.argument, **first.facts)


def editable_fields(model: type[Model], *, adding: bool) -> list[str]:
    """The columns and to-one relations that a form may fill in, as the model declares them; relations by their name."""
    meta = model._meta
    keys = {getattr(meta.fields_map[name], "source_field", None) for name in meta.fk_fields}
    backward = meta.backward_fk_fields | meta.backward_o2o_fields | meta.m2m_fields
    names = [name for name in meta.fields_map if name not in {"pk", *keys, *backward}]
    notes = {name: note_of(model, name) for name in names}
    return [name for name, note in notes.items() if note.writable and not note.internal and (adding or not note.fixed)]


def required_fields(model: type[Model]) -> set[str]:
    """Those of them that a new row cannot be without."""
    found = model._meta.fields_map
    return {
        name for name in editable_fields(model, adding=True) if not found[name].null and found[name].default is None
    }


def is_relation(model: type[Model], name: str) -> bool:
    """Whether the field names another row."""
    return isinstance(model._meta.fields_map[name], ForeignKeyFieldInstance)


# --- reading what was filled in


@dataclass(frozen=True, slots=True)
class Filled:
    """`columns` as the model holds them; `named`: the rows that relations are to lead to, None for none."""

    columns: Mapping[str, Any]
    named: Mapping[str, Named | None]

    @property
    def names(self) -> list[str]:
        return sorted([*self.columns, *self.named])


def read_values(model: type[Model], values: Mapping[str, object], *, adding: bool) -> Filled:
    """The fields mentioned, cleaned. What is None is emptied: a new row then gets the column's default.

    Raises Invalid with everything that is wrong: MISSING, NOT_OF_KIND, TOO_LONG, CODE_FORM, NUMBER_RANGE, and fields
    that are not there to be filled in.
    """
    known, required = editable_fields(model, adding=adding), required_fields(model)
    given = {name: value for name, value in values.items() if not (adding and value is None and name not in required)}
    faults = [_fault(name, problem="UNKNOWN_FIELD") for name in given if name not in known]
    columns: dict[str, Any] = {}
    for name in [name for name in known if name in given and not is_relation(model, name)]:
        try:
            columns[name] = _read(model, name, given[name])
        except Invalid as invalid:
            faults += invalid.faults
    named: dict[str, Any] = {name: given[name] for name in known if name in given and is_relation(model, name)}
    missing = [name for name in sorted(required & {*known}) if _is_missing(name, {**columns, **named}, given, adding)]
    faults += [_fault(name, problem="MISSING") for name in missing]
    if faults:
        raise Invalid(faults)
    return Filled(columns, named)


def _is_missing(name: str, read: Mapping[str, Any], given: Mapping[str, object], adding: bool) -> bool:
    if name in read:
        return read[name] is None or read[name] == ""
    return adding and name not in given


def _fault(name: str, **facts: str | int) -> Fault:
    return Fault(name, Code.BAD_INPUT, facts)


def _read(model: type[Model], name: str, value: object) -> Any:
    """One column. Raises Invalid."""
    column = model._meta.fields_map[name]
    if value is None:
        return None if column.null or column.default is None else column.default
    wanted: Any = getattr(column, "enum_type", None) or _kind_of(column)
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is int):
        raise Invalid([_fault(name, problem="NOT_OF_KIND")])
    if isinstance(value, Enum) or not isinstance(value, str | int) or isinstance(value, bool):
        return value
    return _text(model, name, value) if isinstance(value, str) else _number(name, value)


def _kind_of(column: Any) -> type:
    for shape, kind in (
        (fields.BooleanField, bool),
        (fields.IntField, int),
        (fields.DatetimeField, datetime),
        ((fields.CharField, fields.TextField), str),
    ):
        if isinstance(column, shape):
            return kind
    raise LookupError(f"{type(column).__name__} is not edited plainly; give its object a verb of its own")


def _text(model: type[Model], name: str, value: str) -> str:
    text = normalise(value)
    limit = getattr(model._meta.fields_map[name], "max_length", None)
    if limit is not None and len(text) > limit:
        raise Invalid([_fault(name, problem="TOO_LONG", length=len(text), limit=limit)])
    if text and name == "code" and not CODE.fullmatch(text):
        raise Invalid([_fault(name, problem="CODE_FORM", value=text)])
    return text


def _number(name: str, value: int) -> int:
    if not 0 <= value <= LARGEST:
        raise Invalid([_fault(name, problem="NUMBER_RANGE", minimum=0, maximum=LARGEST)])
    return value


# --- rows that others name


def key_of(model: type[Model]) -> str | None:
    """The one column by which people name a row of this kind; None when it takes several."""
    key = entity_of(model).natural_key
    return key[0] if len(key) == 1 and not is_relation(model, key[0]) else None


async def found_rows(
    model: type[Model], named: Mapping[str, Named | None], within: Mapping[str, Q]
) -> dict[str, int | None]:
    """The ids of the rows named, by relation. `within`: the rows that the caller knows of, by relation; what is outside
    is not there. Raises Invalid with NOT_FOUND for each that is not."""
    found = {name: await _found(model, name, each, within.get(name)) for name, each in named.items()}
    missing = [
        Fault(name, Code.NOT_FOUND, {"field": name, "value": each.key[:LONGEST_SHOWN]})
        for name, each in named.items()
        if each is not None and found[name] is None
    ]
    if missing:
        raise Invalid(missing)
    return found


async def _found(model: type[Model], name: str, named: Named | None, within: Q | None) -> int | None:
    if named is None:
        return None
    target: type[Model] = model._meta.fields_map[name].related_model  # type: ignore[attr-defined]  # a foreign key's
    chosen = _chosen(target, named)
    if chosen is None:
        return None
    rows = target.filter(chosen) if within is None else target.filter(within, chosen)
    ids = await rows.limit(1).values_list("id", flat=True)
    return int(str(ids[0])) if ids else None


def _chosen(target: type[Model], named: Named) -> Q | None:
    """The condition that picks the row; None for a text that no key can be, which the database is not asked for."""
    if named.id is not None:
        return Q(id=named.id)
    key, text = key_of(target), normalise(named.key)
    longest = getattr(target._meta.fields_map[key], "max_length", 0) if key else 0
    return Q(**{key: text}) if key and text and len(text) <= longest else None
