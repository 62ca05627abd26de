"""What a nested condition means: the GraphQL `where` of an expression, its words, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from admin_panel.askable import OPERATORS, SIDES, Askable, askable
from admin_panel.client import Json
from admin_panel.columns import Objects
from admin_panel.expression import Condition, Group, Node, Rows, leaves
from admin_panel.filters import edge_of_day, names_a_document, nested, number, truth
from admin_panel.registry import SMALL
from admin_panel.visit import Viewer
from admin_panel.words import listed, say

LONGEST_TEXT = 255

#: The rows of a small object by key: what its codes are called.
Names = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the condition of this number, in words."""

    number: int
    words: str

    def __str__(self) -> str:
        return say("condition_wrong", n=self.number, why=self.words)


class Wrong(ValueError):
    """Why one condition cannot be asked, in the reader's words."""


@dataclass
class Asking:
    """One expression about one object, read for one viewer. `problems`: none, or the expression is not asked."""

    objects: Objects
    viewer: Viewer
    problems: list[Problem] = field(default_factory=list)
    targets: set[str] = field(default_factory=set)
    _number: int = 0

    def where(self, object_name: str, node: Node) -> Json | None:
        """The condition in GraphQL; None for a group that says nothing. What is wrong is kept in `problems`."""
        if isinstance(node, Group):
            return self._of_group(object_name, node)
        self._number += 1
        number, asked = self._number, askable(self.objects, self.viewer, object_name, node.path)
        if asked is None or (asked.kind == "rows") != isinstance(node, Rows):
            self.problems.append(Problem(number, say("field_unknown", what=node.path[:60])))
            self._number += sum(1 for _ in leaves(node)) - 1  # what rows that are unknown are asked by is passed over
            return None
        if isinstance(node, Rows):
            return nested(f"{asked.path}.{node.side}", self.where(asked.target, node.group) or {})
        if asked.kind == "lookup":
            self.targets.add(asked.target)
        try:
            return compared(asked, node)
        except Wrong as wrong:
            self.problems.append(Problem(number, str(wrong)))
            return None

    def _of_group(self, object_name: str, group: Group) -> Json | None:
        found = [each for part in group.parts if (each := self.where(object_name, part)) is not None]
        if not found:
            return None
        if group.kind == "all":
            return {"and": found}
        return {"or": found} if group.kind == "any" else {"not": {"or": found}}


def compared(asked: Askable, condition: Condition) -> Json:
    """One condition in GraphQL. `ne`, `notIn` and `notContains` are the exact opposites: rows without a value are
    among what they find. Raises Wrong."""
    if not asked.understands(condition.operator):
        raise Wrong(say("operator_unknown", what=asked.label, how=condition.operator[:20]))
    values = _values(asked, condition)
    opposite = {"ne": "eq", "notIn": "in", "notContains": "contains", "notNull": "isNull"}.get(condition.operator)
    found = _compared(asked, opposite or condition.operator, values)
    return {"not": found} if opposite else found


def _compared(asked: Askable, operator: str, values: list[Any]) -> Json:
    path = f"{asked.path}.{SMALL[asked.target]}" if asked.kind == "lookup" and operator != "isNull" else asked.path
    made: Callable[[Json], Json] = lambda inner: dict(nested(path, inner))  # noqa: E731  # used in every line below
    if operator == "isNull":
        empty = made({"isNull": True})
        return {"or": [empty, made({"eq": ""})]} if asked.kind == "text" else empty
    if asked.kind == "day":
        return made(_within_days(asked, operator, values))
    if operator == "between":
        return made({"gte": values[0], "lte": values[1]})
    return made({operator: values if operator == "in" else values[0]})


def _within_days(asked: Askable, operator: str, values: list[Any]) -> Json:
    """Whole days of the university's calendar."""
    moment = asked.field is not None and asked.field.kind == "DateTime"
    first = edge_of_day(values[0], last=False, moment=moment)
    last = edge_of_day(values[-1], last=True, moment=moment)
    return {"gte": {"gte": first}, "lte": {"lte": last}}.get(operator, {"gte": first, "lte": last})


def _values(asked: Askable, condition: Condition) -> list[Any]:
    """The values of a condition, each as it is compared. Raises Wrong."""
    takes = OPERATORS[condition.operator].takes
    given = [text for each in condition.values if (text := each.strip())]
    if takes == "nothing":
        return []
    if not given or len(given) < {"two": 2}.get(takes, 1):
        raise Wrong(say("value_missing_two" if takes == "two" else "value_missing", what=asked.label))
    if takes != "many" and len(given) > {"two": 2}.get(takes, 1):
        raise Wrong(say("value_too_many", what=asked.label))
    return [_value(asked, each) for each in given]


def _value(asked: Askable, text: str) -> Any:
    if names_a_document(text):
        raise Wrong(say("document_in_address"))
    reader = _READERS.get(asked.kind, _text)
    try:
        return reader(asked, text)
    except ValueError:
        raise Wrong(say("value_wrong", what=asked.label, value=text[:40])) from None


def _text(asked: Askable, text: str) -> str:
    longest = (asked.field.longest if asked.field else None) or LONGEST_TEXT
    if len(text) > min(longest, LONGEST_TEXT) or "\0" in text:
        raise ValueError(text)
    return text


def _choice(asked: Askable, text: str) -> str:
    if asked.field is None or text not in {choice.value for choice in asked.field.choices}:
        raise ValueError(text)
    return text


def _day(_asked: Askable, text: str) -> str:
    return date.fromisoformat(text).isoformat()


_READERS: Mapping[str, Callable[[Askable, str], Any]] = {
    "number": lambda _asked, text: number(text),
    "truth": lambda _asked, text: truth(text),
    "choice": _choice,
    "day": _day,
}


@dataclass(frozen=True, slots=True)
class Words:
    """An expression in words. `names`: what the codes of small objects are called."""

    objects: Objects
    viewer: Viewer
    names: Names

    def of(self, object_name: str, node: Node) -> str:
        if isinstance(node, Group):
            return self._of_group(object_name, node)
        asked = askable(self.objects, self.viewer, object_name, node.path)
        label = str(asked.label) if asked else node.path
        if isinstance(node, Rows):
            inner = self._of_group(asked.target, node.group) if asked and node.group.parts else say("rows_any")
            return say("rows_said", what=label, side=SIDES[node.side], which=inner)
        return self._of_condition(asked, label, node)

    def _of_group(self, object_name: str, group: Group) -> str:
        parts = [self._part(object_name, part) for part in group.parts]
        if group.kind == "none":
            return say("said_none", parts=listed(parts))
        return say("said_or" if group.kind == "any" else "said_and").join(parts)

    def _part(self, object_name: str, part: Node) -> str:
        """A group among others stands in brackets."""
        words = self.of(object_name, part)
        return f"({words})" if isinstance(part, Group) and len(part.parts) > 1 else words

    def _of_condition(self, asked: Askable | None, label: str, condition: Condition) -> str:
        known = OPERATORS.get(condition.operator)
        how = str(known.words) if known else condition.operator
        if known and known.takes == "nothing":
            return say("said_nothing", what=label, how=how)
        values = [self._value(asked, value) for value in condition.values]
        said = " – ".join(values) if known and known.takes == "two" else listed(values)
        closed = asked is not None and asked.kind in ("truth", "choice", "lookup")
        if closed and len(values) == 1 and condition.operator in ("in", "eq"):
            how = str(OPERATORS["eq"].words)
        return say("said_one", what=label, how=how, value=said)

    def _value(self, asked: Askable | None, value: str) -> str:
        if asked is None:
            return value
        if asked.kind == "lookup":
            return self.names.get(asked.target, {}).get(value, value)
        if asked.kind == "choice" and asked.field:
            return str(asked.field.choice(value).label)
        if asked.kind == "truth":
            return say("yes" if value == "1" else "no")
        return value


def shown_lookups(objects: Objects, viewer: Viewer, object_name: str, node: Node) -> Iterator[str]:
    """The small objects whose codes stand in an expression."""
    asking = Asking(objects, viewer)
    asking.where(object_name, node)
    yield from sorted(asking.targets)
