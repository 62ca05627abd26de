"""Shows loaded rows: one plain dict for each row and shape, by response key. For each shape of a plan a Python function
is written and compiled, so that a row costs what a dict display costs; nothing is looked up for each cell.

`finished`: the values are those of the JSON answer. Without it they are what graphql-core completes: enums as the
database has them, moments as datetimes, the answers of computed fields as they are.
To-one targets are shown once and shared by the rows that point at them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache, partial
from types import CodeType, FunctionType
from typing import Any

import orjson

from graphql_api import ids
from graphql_api.loader import Loaded
from graphql_api.plan import (
    ColumnSlot,
    ComputedSlot,
    LabelSlot,
    ListSlot,
    Node,
    OneSlot,
    Shape,
    Slot,
    TypenameSlot,
    label_parts,
)
from graphql_api.registry import Column, Kind, ToOne

Shown = dict[str, Any]
#: What a written function is given besides the rows, made anew for each run.
Input = Callable[[Loaded], Any]


class Form(Enum):
    """What a written function gives: the rows in their order, or by their ids, or the rows of each owner in theirs."""

    LIST = auto()
    BY_ID = auto()
    BY_OWNER = auto()


@dataclass(frozen=True, slots=True)
class Emission:
    """A compiled shape of one node."""

    function: FunctionType
    inputs: Sequence[Input]

    def __call__(self, loaded: Loaded) -> Any:
        return self.function(loaded.rows, *[made(loaded) for made in self.inputs])


def emission(node: Node, shape: Shape, locale: str, *, finished: bool) -> Callable[[Loaded], list[Shown]]:
    """The function that shows the rows of a node; it may be called for every run of the plan."""
    return _Writer(node, locale, finished).write(shape, Form.LIST)


@dataclass(slots=True)
class _Writer:
    """Writes one function. `known`: what its text names besides its arguments."""

    node: Node
    locale: str
    finished: bool
    known: dict[str, Any] = field(default_factory=dict)
    inputs: list[Input] = field(default_factory=list)

    def write(self, shape: Shape, form: Form, owner: int = 0) -> Emission:
        parts = ", ".join(f"{key!r}: {self._slot(slot)}" for key, slot in shape.items())
        return self._compiled(f"{{{parts}}}", form, owner)

    def labels(self) -> Emission:
        """Gives the label of each row, by its id."""
        return self._compiled(self._label(), Form.BY_ID, 0)

    def _compiled(self, shown: str, form: Form, owner: int) -> Emission:
        width = len(self.node.names) + len(self.node.masks)
        keys = len(self.node.asked.keys) if self.node.asked and self.node.asked.with_keys else 0
        row = "".join(f"r{place}, " for place in range(width + keys))
        given = "".join(f", i{number}" for number in range(len(self.inputs)))
        code = _code(f"def show(rows{given}):\n{_body(form, row, shown, owner)}")
        return Emission(FunctionType(code, self.known), self.inputs)

    def _name(self, value: Any) -> str:
        """What the text calls a value that stays the same for every run."""
        name = f"k{len(self.known)}"
        self.known[name] = value
        return name

    def _input(self, made: Input) -> str:
        """What the text calls a value that each run makes."""
        self.inputs.append(made)
        return f"i{len(self.inputs) - 1}"

    # --- slots

    def _slot(self, slot: Slot) -> str:
        match slot:
            case ColumnSlot():
                return self._masked(slot.column.name, self._column(slot.column, slot.place))
            case OneSlot():
                return self._one(slot)
            case ListSlot():
                return self._list(slot)
            case LabelSlot():
                return self._label()
            case TypenameSlot():
                return repr(slot.name)
            case ComputedSlot():
                return self._computed(slot)

    def _column(self, column: Column, place: int) -> str:
        cell = f"r{place}"
        if column.kind is Kind.ID:
            return f"{self._name(partial(ids.encode, self.node.exposed.name))}({cell})"
        if column.kind is Kind.CHOICE and self.finished and column.choices is not None:
            names = {None: None, **{member.value: member.name for member in column.choices}}
            return f"{self._name(names)}[{cell}]"
        if column.kind is Kind.MOMENT and self.finished:
            return self._moment(cell)
        convert = CONVERSIONS.get(column.kind)
        return cell if convert is None else f"(None if {cell} is None else {self._name(convert)}({cell}))"

    def _moment(self, cell: str) -> str:
        """Texts of whole seconds or microseconds in UTC lack but the T, if that; they are by far the most."""
        plain = f'type({cell}) is str and {cell}[-6:] == "+00:00" and len({cell}) in {self._name(WHOLE)}'
        other = f"None if {cell} is None else {self._name(_moment_text)}({cell})"
        return f'({cell}.replace(" ", "T") if {plain} else {other})'

    def _masked(self, name: str, cell: str) -> str:
        """Null on the rows where the policy hides the column."""
        number = self.node.mask_of.get(name)
        return cell if number is None else f"({cell} if r{len(self.node.names) + number} else None)"

    def _one(self, slot: OneSlot) -> str:
        if slot.relation not in self.node.ones:  # hidden, and so asked for by nobody but a label
            return "None"
        relation = slot.relation
        show = _Writer(self.node.ones[relation], self.locale, self.finished).write(slot.shape, Form.BY_ID)
        found = self._input(lambda loaded: show(loaded.ones[relation]).get)
        return self._masked(relation, f"{found}(r{slot.place})")

    def _list(self, slot: ListSlot) -> str:
        listing, index = self.node.lists[slot.index], slot.index
        owner = listing.node.names[listing.many.relation]
        show = _Writer(listing.node, self.locale, self.finished).write(slot.shape, Form.BY_OWNER, owner)
        found = self._input(lambda loaded: show(loaded.lists[index]).get)
        return f"({found}(r0) or [])"

    def _computed(self, slot: ComputedSlot) -> str:
        name, finish = slot.name, slot.finish
        answered = self._input(lambda loaded: _answers(loaded.computed[name], finish).get)
        cell = f"{answered}(r0)"
        for needed in self.node.computed[name].needs:
            cell = self._masked(needed, cell)
        return cell

    # --- displayLabel

    def _label(self) -> str:
        """What a row is called: the parts the caller may read, else the object's name and the row's number."""
        parts = [self._label_part(part) for part in label_parts(self.node.exposed) if part.name not in self.node.hidden]
        kind = self.node.exposed.entity.label[self.locale]
        joined = f'" ".join([each for each in ({", ".join(parts)},) if each])' if parts else '""'
        return f"({joined} or f{(kind + ' {r0}')!r})"

    def _label_part(self, part: Column | ToOne) -> str:
        place = self.node.names[part.name]
        if isinstance(part, ToOne):
            relation = part.name
            labels = _Writer(self.node.ones[relation], self.locale, self.finished).labels()
            found = self._input(lambda loaded: labels(loaded.ones[relation]).get)
            return self._masked(relation, f"{found}(r{place})")
        return self._masked(part.name, self._words(part, place))

    def _words(self, column: Column, place: int) -> str:
        if column.choices is None:
            return f'("" if r{place} is None else str(r{place}))'
        words = {member.value: getattr(member, "words")[self.locale] for member in column.choices}  # noqa: B009  # ours
        return f'{self._name(words)}.get(r{place}, "")'


def _body(form: Form, row: str, shown: str, owner: int) -> str:
    if form is Form.LIST:
        return f"    return [{shown} for {row}in rows]"
    if form is Form.BY_ID:
        return f"    return {{r0: {shown} for {row}in rows}}"
    return f"""\
    found = {{}}
    for {row}in rows:
        if r{owner} in found:
            found[r{owner}].append({shown})
        else:
            found[r{owner}] = [{shown}]
    return found"""


@lru_cache(maxsize=1024)
def _code(text: str) -> CodeType:
    """The code of the one function that the text defines. It is made of response keys, quoted, and of our own names."""
    [code] = (each for each in compile(text, "<emission>", "exec").co_consts if isinstance(each, CodeType))
    return code


def _answers(answers: Mapping[int, Any], finish: Callable[[Any], Any] | None) -> Mapping[int, Any]:
    return answers if finish is None else {number: finish(answer) for number, answer in answers.items()}


# --- what the databases give, as the schema's scalars want it


def _moment(value: Any) -> dt.datetime:
    """In UTC. SQLite keeps moments as text, always with their offset; PostgreSQL gives them as they are, and in JSON as
    text with the offset of its session."""
    found = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.astimezone(dt.UTC) if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _moment_text(value: Any) -> str:
    return _moment(value).isoformat()


def _json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str | bytes) else value


#: How long a moment's text is: without a fraction, and with all six digits of one.
WHOLE = frozenset({len("2026-06-30 08:00:00+00:00"), len("2026-06-30 08:00:00.000000+00:00")})

CONVERSIONS: dict[Kind, Callable[[Any], Any]] = {
    Kind.MOMENT: _moment,
    Kind.YES_NO: bool,
    Kind.TEXTS: _json,
    Kind.JSON: _json,
}
#: The same as JSON wants it.
FINISHED = {**CONVERSIONS, Kind.MOMENT: _moment_text}
