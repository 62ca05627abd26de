"""A list of rows of any object, understood: which row each line is about, or that it is a new one, and what it is to
hold. Nothing is decided here beyond what a line means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Any

from tortoise.models import Model

from models.declare import entity_of
from models.in_list import in_list
from models.people import Student
from models.rules.bulk_values import column_of, stored
from models.rules.cells import LONGEST_SHOWN, BadCell, refuse_number
from models.rules.editing_values import editable_fields, is_relation, required_fields
from models.rules.identity import normalise, normalise_number
from models.rules.operation_rows import among
from models.rules.refusals import Code, Refusal, Refused
from models.rules.row_cells import (
    columns_read,
    empty_value,
    follows_by_itself,
    is_emptied,
    read_row,
    written_alike,
)
from models.rules.row_reach import RowReach
from models.rules.row_references import JOINT, Meaning, Unclear, meanings
from models.rules.under_way import in_turns
from models.season import Item

#: More rows than these whose key is another one's: somebody sorted one column alone (R15).
MOST_MISMATCHES = 20

#: The objects of which a list makes no rows, because of what follows from them.
MADE_BY_VERB = frozenset({Item})
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class RowLine:
    """One line. `cells`: by field, without those that are empty. `row_id` and `version`: what an export says of the row
    itself. `row`: where the line stands. `refusal`: it was refused while it was read."""

    cells: Mapping[str, object]
    row: int | None = None
    row_id: int | None = None
    version: int | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One line that was understood. `row_id`: the row that there is; None: it is a new one. `columns`: what it is to
    hold, as it is kept. `expected`: the version that was seen. `named`: its key, as people say it."""

    named: str
    row: int | None = None
    row_id: int | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    expected: int | None = None
    refusal: Refusal | None = None


@dataclass(slots=True)
class _List:
    """A list while it is being understood."""

    model: type[Model]
    lines: Sequence[RowLine]
    zone: tzinfo
    reach: RowReach
    meant: Mapping[str, Mapping[str, Meaning]] = field(default_factory=dict)
    known: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    rows: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    by_key: Mapping[Key, int] = field(default_factory=dict)


async def understood(model: type[Model], lines: Sequence[RowLine], reach: RowReach, zone: tzinfo) -> list[Asked]:
    """Each line, in their order. A row that the caller does not see is not there.

    A line is refused with BAD_INPUT (a cell that means nothing, the key missing), NOT_FOUND (what a cell names; the row
    of its hidden key), DUPLICATE (two lines of one key: both), ROW_MISMATCH (the hidden key is another row's). Refuses
    the whole list with ROW_MISMATCH (more than MOST_MISMATCHES such lines).
    """
    known = {name for name in columns_read(model) if not follows_by_itself(model, name)}
    lines = [replace(each, cells={name: cell for name, cell in each.cells.items() if name in known}) for each in lines]
    task = _List(model, lines, zone, reach)
    task.meant = await meanings(model, _written(model, lines), reach.named)
    task.known = await _by_id(task)
    keys = [_key(task, line) for line in lines]
    await _find(task, [key for key in keys if not isinstance(key, Refusal)])
    twice = _twice(keys, lines)
    places = list(range(len(lines)))
    asked = await in_turns(places, lambda place: _asked(task, place, keys[place], twice))
    wrong = sum(each.refusal is not None and each.refusal.code is Code.ROW_MISMATCH for each in asked)
    if wrong > MOST_MISMATCHES:
        raise Refused(Code.ROW_MISMATCH, argument="rows", problem="ROW_KEYS", count=wrong)
    return asked


def _written(model: type[Model], lines: Sequence[RowLine]) -> dict[str, set[str]]:
    """Every way in which each relation is written."""
    found: dict[str, set[str]] = defaultdict(set)
    relations = set(model._meta.fk_fields)
    for line in lines:
        for name in relations & line.cells.keys():
            if not is_emptied(line.cells[name]):
                found[name].add(normalise(str(line.cells[name])))
    return found


# --- which row


def _key(task: _List, line: RowLine) -> Key | Refusal:
    if line.refusal is not None:
        return line.refusal
    parts: list[Any] = []
    try:
        for name in entity_of(task.model).natural_key:
            cell = line.cells.get(name, "")
            refuse_number(name, cell)
            clean = normalise_number if task.model is Student else normalise
            text = "" if is_emptied(cell) else clean(str(cell))
            there = task.known.get(line.row_id or 0)
            if not text and there is not None and not cell:  # an empty cell leaves what there is
                parts.append(there[column_of(task.model, name)])
                continue
            if not text:
                raise BadCell(name, "", "MISSING")
            parts.append(_meaning(task, line, name, text) if is_relation(task.model, name) else text)
    except BadCell as bad:
        return _refusal(bad)
    except _NoRow as missing:
        return missing.refusal
    return tuple(parts)


def _meaning(task: _List, line: RowLine, name: str, text: str) -> int:
    """The row that a cell names; of several it is the one that the line's own row leads to. Raises _NoRow."""
    meant = task.meant[name][text]
    if not isinstance(meant, Unclear):
        return meant
    there = task.known.get(line.row_id or 0, {}).get(column_of(task.model, name))
    if there not in meant.ids:
        raise _NoRow(meant.refusal)
    return int(there)


async def _by_id(task: _List) -> dict[int, dict[str, Any]]:
    """What the rows of hidden keys are called and lead to, where a line does not say it, or not clearly."""
    key = entity_of(task.model).natural_key
    unclear = [name for name, some in task.meant.items() if any(isinstance(each, Unclear) for each in some.values())]
    asking = [line for line in task.lines if unclear or not line.cells.keys() >= {*key}]
    ids = {line.row_id for line in asking if line.row_id is not None}
    if not ids:
        return {}
    columns = {column_of(task.model, name) for name in (*unclear, *key)}
    rows = await task.model.filter(task.reach.visible, id__in=in_list(ids)).values("id", *columns)
    return {row["id"]: row for row in rows}


def _refusal(bad: BadCell) -> Refusal:
    return Refusal(Code.BAD_INPUT, facts=bad.facts)


async def _find(task: _List, keys: Collection[Key]) -> None:
    """The rows of these keys, and those that hidden keys name, as far as the caller sees them."""
    model = task.model
    names = [column_of(model, name) for name in entity_of(model).natural_key]
    mentioned = {column_of(model, name) for line in task.lines for name in line.cells}
    last = in_list([key[-1] for key in keys], texts=not is_relation(model, entity_of(model).natural_key[-1]))
    columns = {"id", "version", *names, *mentioned}
    found = await model.filter(**{f"{names[-1]}__in": last}).values(*columns)
    visible = await among(model, task.reach.visible, {row["id"] for row in found})
    task.rows = {row["id"]: row for row in found if row["id"] in visible}
    task.by_key = {tuple(row[name] for name in names): row["id"] for row in task.rows.values()}


def _twice(keys: Sequence[Key | Refusal], lines: Sequence[RowLine]) -> dict[int, int]:
    """The lines whose key another line has too, by place: that line's number."""
    places: dict[Key, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        if not isinstance(key, Refusal):
            places[key].append(place)
    found: dict[int, int] = {}
    for some in places.values():
        if len(some) > 1:
            found |= {each: lines[some[1] if each == some[0] else some[0]].row or 0 for each in some}
    return found


# --- what it is to hold


def _asked(task: _List, place: int, key: Key | Refusal, twice: Mapping[int, int]) -> Asked:
    line, model = task.lines[place], task.model
    named = _called(model, line)
    if isinstance(key, Refusal):
        return Asked(named, line.row, refusal=key)
    key_name = entity_of(model).natural_key[-1]
    row_id = task.by_key.get(key)
    refusal = None
    if place in twice:
        told: dict[str, str | int] = {"field": key_name, "value": named, "problem": "TWICE"}
        refusal = Refusal(Code.DUPLICATE, facts={**told, "other_row": twice[place]})
    elif line.row_id is not None and row_id is None:
        refusal = Refusal(Code.NOT_FOUND, facts={"field": key_name, "value": named, "problem": "ROW_GONE"})
    elif line.row_id is not None and line.row_id != row_id:
        refusal = Refusal(Code.ROW_MISMATCH, facts={"field": key_name, "value": named, "problem": "ROW_KEY"})
    elif row_id is None:
        refusal = why_not_made(model, task.reach, named)
    if refusal is not None:
        return Asked(named, line.row, row_id, refusal=refusal)
    try:
        columns = _columns(task, line, row_id)
        seen = None if _is_so(columns, task.rows.get(row_id or 0, {})) else line.version
        return Asked(named, line.row, row_id, columns, seen)
    except BadCell as bad:
        return Asked(named, line.row, row_id, refusal=_refusal(bad))
    except _NoRow as missing:
        return Asked(named, line.row, row_id, refusal=missing.refusal)


def why_not_made(model: type[Model], reach: RowReach, named: str) -> Refusal | None:
    """Why the caller makes no rows of this object by a list: then a row that is not there is not found."""
    entity = entity_of(model)
    allowed = "create" in entity.plain_editing and required_fields(model) <= reach.creating.keys()
    if allowed and model not in MADE_BY_VERB:
        return None
    problem = "NOT_MADE_BY_LIST" if allowed else "NO_SUCH_ROW"
    return Refusal(Code.NOT_FOUND, facts={"field": entity.natural_key[-1], "value": named, "problem": problem})


class _NoRow(Exception):
    """A cell that names no row."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__()
        self.refusal = refusal


def _is_so(columns: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Whether the row holds all of it already: then it is no matter in which version it was seen."""
    now = stored({name: there[name] for name in columns if name in there})
    return all(now[name] == columns[name] for name in now)


def _called(model: type[Model], line: RowLine) -> str:
    """The key as it was written."""
    parts = [normalise(str(line.cells.get(name, ""))) for name in entity_of(model).natural_key]
    return JOINT.join(parts)[:LONGEST_SHOWN] if any(parts) else ""


def _columns(task: _List, line: RowLine, row_id: int | None) -> dict[str, Any]:
    """By column, as it is kept; what the row holds already in other letters stays as it is. Raises BadCell, _NoRow."""
    model, there = task.model, task.rows.get(row_id or 0, {})
    read = read_row(model, line.cells, adding=row_id is None, zone=task.zone)
    writable = set(editable_fields(model, adding=row_id is None))
    found: dict[str, Any] = {}
    for name, value in read.columns.items():
        column = column_of(model, name)
        if value is None and name in line.cells and name in writable:
            value = empty_value(model, name)
        found[column] = there[column] if column in there and written_alike(value, there[column]) else value
    for name, text in read.named.items():
        found[column_of(model, name)] = _row_named(task, line, name, text)
    return stored(found)


def _row_named(task: _List, line: RowLine, name: str, text: str | None) -> int | None:
    if text is None:
        if not task.model._meta.fields_map[name].null:
            raise BadCell(name, "", "MISSING")
        return None
    return _meaning(task, line, name, text)
