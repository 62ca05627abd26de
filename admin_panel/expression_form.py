"""The form of a nested expression: reading it back from its fields, and the changes that its buttons ask for.

Every part has a place, `0` the outermost group and `0.2` its third part; the fields of a part end in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from werkzeug.datastructures import MultiDict

from admin_panel.askable import OPERATORS, SIDES, Askable
from admin_panel.expression import GROUPS, MOST_VALUES, Condition, Group, Node, Rows

Parts = tuple[Node, ...]

OUTERMOST = "0"
MOST_PARTS = 200
PLACE = re.compile(r"0(?:\.\d{1,3}){0,12}")
#: What parts several values in one box. A blank does not: names and classes hold some.
BETWEEN_VALUES = re.compile(r"[,,、;;\t\r\n]+")


def read_form(fields: MultiDict[str, str]) -> Group:
    """The expression as the form holds it, finished or not; an empty group where the form says nothing."""
    places = sorted({place for each in fields if (place := _place_of(each))}, key=_order)[:MOST_PARTS]
    children: dict[str, list[str]] = {}
    for place in places:
        children.setdefault(place.rpartition(".")[0], []).append(place)
    return _group(fields, children, OUTERMOST)


def _place_of(name: str) -> str | None:
    kind, _, place = name.partition(":")
    return place if kind in ("g", "f", "r") and PLACE.fullmatch(place) else None


def _order(place: str) -> tuple[int, ...]:
    return tuple(int(part) for part in place.split("."))


def _group(fields: MultiDict[str, str], children: Mapping[str, list[str]], place: str) -> Group:
    kind = fields.get(f"g:{place}", "all")
    parts = tuple(_part(fields, children, each) for each in children.get(place, ()))
    return Group(kind if kind in GROUPS else "all", parts)


def _part(fields: MultiDict[str, str], children: Mapping[str, list[str]], place: str) -> Node:
    if f"r:{place}" in fields:
        side = fields.get(f"s:{place}", "some")
        return Rows(fields[f"r:{place}"], side if side in SIDES else "some", _group(fields, children, place))
    if f"f:{place}" in fields:
        return _condition(fields[f"f:{place}"], fields.get(f"o:{place}", ""), fields.getlist(f"v:{place}"))
    return _group(fields, children, place)


def _condition(path: str, operator: str, given: list[str]) -> Condition:
    takes = OPERATORS[operator].takes if operator in OPERATORS else "one"
    if takes == "nothing":
        return Condition(path, operator)
    if takes == "many":
        given = [part for each in given for part in BETWEEN_VALUES.split(each)]
        given = [text for each in given if (text := each.strip())]
    return Condition(path, operator, tuple(given[: 2 if takes == "two" else MOST_VALUES]))


def begun(asked: Askable) -> Node:
    """A new condition about this, as the form first shows it."""
    if asked.kind == "rows":
        return Rows(asked.path, "some", Group("all"))
    return Condition(asked.path, asked.operators[0].name)


def added(group: Group, place: str, part: Node) -> Group:
    """With `part` at the end of the group at `place`; unchanged where there is no such group."""
    return _changed(group, _steps(place), lambda parts: (*parts, part))


def removed(group: Group, place: str) -> Group:
    """Without the part at `place`; of the outermost group nothing is left."""
    *inside, last = _steps(place) or [-1]
    if last < 0:
        return Group("all")
    return _changed(group, inside, lambda parts: parts[:last] + parts[last + 1 :])


def _steps(place: str) -> list[int]:
    return [int(part) for part in place.split(".")[1:]] if PLACE.fullmatch(place) else []


def _changed(group: Group, steps: list[int], change: Callable[[Parts], Parts]) -> Group:
    """The group with the parts changed of the group that the steps lead to."""
    if not steps:
        return replace(group, parts=change(group.parts))
    at, *further = steps
    inner = group.parts[at] if at < len(group.parts) else None
    if isinstance(inner, Group):
        inner = _changed(inner, further, change)
    elif isinstance(inner, Rows):
        inner = replace(inner, group=_changed(inner.group, further, change))
    if inner is None:
        return group
    return replace(group, parts=(*group.parts[:at], inner, *group.parts[at + 1 :]))
