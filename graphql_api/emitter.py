"""Shows loaded rows: one plain dict for each row and shape, by response key, which graphql-core completes.

A shape's functions are made once for a page, not looked up for each cell. To-one targets are shown once and shared by
the rows that point at them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from operator import itemgetter
from typing import Any

import orjson

from graphql_api import ids
from graphql_api.loader import Loaded
from graphql_api.plan import ColumnSlot, ComputedSlot, LabelSlot, ListSlot, OneSlot, Shape, Slot, label_parts
from graphql_api.registry import Column, Kind, ToOne
from models.database import Row

Cell = Callable[[Row], Any]
Shown = dict[str, Any]


def emit(loaded: Loaded, shape: Shape, locale: str) -> list[Shown]:
    """The rows of `loaded` as `shape` wants them, in their order."""
    show = Emitter(loaded, locale)
    cells = [(key, show.cell(slot)) for key, slot in shape.items()]
    return [{key: cell(row) for key, cell in cells} for row in loaded.rows]


class Emitter:
    """Makes the cells of one loaded node."""

    def __init__(self, loaded: Loaded, locale: str) -> None:
        self._loaded, self._locale = loaded, locale

    def cell(self, slot: Slot) -> Cell:
        if isinstance(slot, ColumnSlot):
            return self._masked(slot.column.name, self._column(slot.column, slot.place))
        if isinstance(slot, OneSlot):
            return self._one(slot)
        if isinstance(slot, ListSlot):
            return self._list(slot)
        if isinstance(slot, LabelSlot):
            return self.label()
        return self._computed(slot)

    def _column(self, column: Column, place: int) -> Cell:
        if column.kind is Kind.ID:
            name = self._loaded.node.exposed.name
            return lambda row: ids.encode(name, row[place])
        convert = CONVERSIONS.get(column.kind)
        if convert is None:
            return itemgetter(place)
        return lambda row: None if row[place] is None else convert(row[place])

    def _masked(self, name: str, cell: Cell) -> Cell:
        """Null on the rows where the policy hides the column."""
        node = self._loaded.node
        number = node.mask_of.get(name)
        if number is None:
            return cell
        place = len(node.names) + number
        return lambda row: cell(row) if row[place] else None

    def _one(self, slot: OneSlot) -> Cell:
        target = self._loaded.ones[slot.relation]
        by_id = dict(zip(map(itemgetter(0), target.rows), emit(target, slot.shape, self._locale), strict=True))
        return self._masked(slot.relation, lambda row: by_id.get(row[slot.place]))

    def _list(self, slot: ListSlot) -> Cell:
        children = self._loaded.lists[slot.index]
        owner = children.node.names[self._loaded.node.lists[slot.index].many.relation]
        of: dict[int, list[Shown]] = {row[0]: [] for row in self._loaded.rows}
        for row, shown in zip(children.rows, emit(children, slot.shape, self._locale), strict=True):
            of[row[owner]].append(shown)
        return lambda row: of[row[0]]

    def _computed(self, slot: ComputedSlot) -> Cell:
        answers = self._loaded.computed[slot.name]
        answer: Cell = lambda row: answers.get(row[0])  # noqa: E731  # wrapped below like any other cell
        for needed in self._loaded.node.computed[slot.name].needs:
            answer = self._masked(needed, answer)
        return answer

    # --- displayLabel

    def label(self) -> Cell:
        """What a row is called: the parts the caller may read, else the object's name and the row's number."""
        node = self._loaded.node
        parts = [self._label_part(part) for part in label_parts(node.exposed) if part.name not in node.hidden]
        kind = node.exposed.entity.label[self._locale]

        def text(row: Row) -> str:
            return " ".join(filter(None, (part(row) for part in parts))) or f"{kind} {row[0]}"

        return text

    def _label_part(self, part: Column | ToOne) -> Cell:
        node = self._loaded.node
        place = node.names[part.name]
        if isinstance(part, ToOne):
            target = self._loaded.ones[part.name]
            label = Emitter(target, self._locale).label()
            by_id = {row[0]: label(row) for row in target.rows}
            return self._masked(part.name, lambda row: by_id.get(row[place]))
        return self._masked(part.name, self._words(part, place))

    def _words(self, column: Column, place: int) -> Cell:
        if column.choices is None:
            return lambda row: "" if row[place] is None else str(row[place])
        words = {member.value: getattr(member, "words")[self._locale] for member in column.choices}  # noqa: B009  # ours
        return lambda row: words.get(row[place], "")


def _moment(value: Any) -> dt.datetime:
    """SQLite keeps moments as text, always with their offset; PostgreSQL gives them as they are."""
    found = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str | bytes) else value


CONVERSIONS: dict[Kind, Callable[[Any], Any]] = {
    Kind.MOMENT: _moment,
    Kind.YES_NO: bool,
    Kind.TEXTS: _json,
    Kind.JSON: _json,
}
