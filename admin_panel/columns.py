"""Columns of lists and details: which there are, whether this viewer reads them, what to select, how they look."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from admin_panel.client import Json
from admin_panel.language import Text, english
from admin_panel.metadata import Choice, FieldInfo, ObjectInfo
from admin_panel.registry import BADGES
from admin_panel.show import choice_badge, day, icon, when, yes_no
from admin_panel.visit import NO_RIGHTS, Viewer, signed_in
from admin_panel.words import both, listed, say

Objects = Mapping[str, ObjectInfo]

#: What stands for a role where nobody signed in acts: the rules themselves, and whoever runs the commands.
NOBODYS_ROLES = {
    "system": Choice("system", both("role_of_system"), "grey"),
    "command_line": Choice("command_line", both("role_of_commands"), "grey"),
}
#: Names beyond this many letters are given a wider column.
LONG = 14


@dataclass(frozen=True, slots=True)
class Computed:
    """A column that the API computes: its label, what to select for it, how it looks, and the object whose status
    (or `field`) somebody must read to learn anything from it, and export to have it in a file."""

    label: Text
    selection: str
    look: Callable[[Any], Markup]
    of: str
    field: str = "status"


def _progress(value: Any) -> Markup:
    if not value:
        return Markup("")
    settled, required = value["settled"], value["required"]
    done = settled >= required
    words = say("progress_done") if done else say("progress_left", n=required - settled)
    return Markup(
        '<span class="meter{}" title="{}"><span class="num">{}{}/{}</span>'
        '<progress value="{}" max="{}" aria-label="{}"></progress></span>'
    ).format(
        " done" if done else "",
        words,
        icon("check") if done else "",
        settled,
        required,
        settled,
        required or 1,
        words,
    )


def _certificate_state(value: Any) -> Markup:
    return escape(value["message"]) if value else Markup("")


def _coming_first(value: Any) -> str:
    """What comes before an item."""
    return listed(each["requires"]["displayLabel"] for each in value or ())


COMPUTED = {
    ("Item", "prerequisites"): Computed(
        both("comes_first"),
        "prerequisites { requires { displayLabel } }",
        lambda value: escape(_coming_first(value)) if value else Markup('<span class="faint">–</span>'),
        "Prerequisite",
        "requires",
    ),
    ("Sheet", "progress"): Computed(both("progress_column"), "progress { settled required }", _progress, "Clearance"),
    ("Sheet", "certificateState"): Computed(
        both("certificate_state"),
        "certificateState { message }",
        _certificate_state,
        "Certificate",
    ),
}


def field_at(objects: Objects, object_name: str, path: str) -> FieldInfo | None:
    """The field at the end of a dotted path."""
    head, _, tail = path.partition(".")
    info = objects.get(object_name)
    field = info.fields.get(head) if info else None
    if field is None or not tail:
        return field
    return field_at(objects, field.target or "", tail)


def label_at(objects: Objects, object_name: str, path: str) -> Text:
    """The column's own label; of a related object's plain code, the object's ("学院", not "学院代码")."""
    if (object_name, path) in COMPUTED:
        return COMPUTED[object_name, path].label
    head, _, tail = path.rpartition(".")
    if head and tail == "code":
        return label_at(objects, object_name, head)
    field = field_at(objects, object_name, path)
    return field.label if field else Text(path, path)


def reads(viewer: Viewer, objects: Objects, object_name: str, path: str) -> bool:
    """Whether this viewer reads every step of the path."""
    if (object_name, path) in COMPUTED:
        told = COMPUTED[object_name, path]
        return told.field in viewer.rights.get(told.of, NO_RIGHTS).readable
    head, _, tail = path.partition(".")
    field = objects[object_name].fields.get(head) if object_name in objects else None
    if field is None or head not in viewer.rights.get(object_name, NO_RIGHTS).readable:
        return False
    return not tail or reads(viewer, objects, field.target or "", tail)


def selection(objects: Objects, object_name: str, paths: Iterable[str], *, lean: bool = False) -> str:
    """The GraphQL selection of these columns, with `id` and `displayLabel`; a relation brings its own two. `lean`: what
    no column shows is not named: for the name of a sheet its student and its batch would be read."""
    tree: dict[str, list[str]] = {"id": []} if lean else {"id": [], "displayLabel": []}
    for path in paths:
        head, _, tail = path.partition(".")
        tree.setdefault(head, []).append(tail)
    return " ".join(_selected(objects, object_name, head, tails, lean) for head, tails in tree.items())


def _selected(objects: Objects, object_name: str, head: str, tails: list[str], lean: bool) -> str:
    if (object_name, head) in COMPUTED:
        return COMPUTED[object_name, head].selection
    field = objects[object_name].fields.get(head)
    if field is None or field.kind not in ("reference", "list"):
        return head
    shown = "" in tails or not lean
    named = ["nameEn"] if shown and field.kind == "reference" and _has_english_name(objects, field.target or "") else []
    inner = [*(tail for tail in tails if tail), *named, *(["displayLabel"] if shown and lean else [])]
    return f"{head} {{ {selection(objects, field.target or '', inner, lean=lean)} }}"


def _has_english_name(objects: Objects, object_name: str) -> bool:
    """Whether rows of this object are called by an English name on an English page, and this viewer reads it."""
    known = object_name in objects and "nameEn" in objects[object_name].fields
    return english() and known and "nameEn" in signed_in().rights.get(object_name, NO_RIGHTS).readable


def value_at(row: Json | None, path: str) -> Any:
    head, _, tail = path.partition(".")
    value = row.get(head) if row else None
    return value_at(value, tail) if tail else value


def cell(objects: Objects, object_name: str, row: Json, path: str, link: Callable[[str, str], str | None]) -> Markup:
    """The cell as people read it. `link(object, id)` is the address of a row's details where the viewer may open it."""
    value = value_at(row, path)
    if (object_name, path) in COMPUTED:
        return COMPUTED[object_name, path].look(value)
    field = field_at(objects, object_name, path)
    if value is None or value == "" or field is None:
        return Markup('<span class="faint">–</span>')
    if object_name == "Event" and path in ("before", "after"):
        return _state_of_something(objects, value)
    return _look(field, value, link)


#: What an event tells the state of, and which of its fields holds it.
STATES = (
    *(("Clearance", "status"), ("Certificate", "status"), ("Sheet", "state"), ("Batch", "status")),
    *(("Operation", "state"), ("RoleAssignment", "role")),
)


def _state_of_something(objects: Objects, value: str) -> Markup:
    """The state before or after an event, in the words of whatever has such a state; else as it stands."""
    for object_name, name in STATES:
        field = field_at(objects, object_name, name)
        known = next((choice for choice in field.choices if choice.value == value), None) if field else None
        if known:
            return choice_badge(known) if name in BADGES else escape(str(known))
    return escape(value)


def _look(field: FieldInfo, value: Any, link: Callable[[str, str], str | None]) -> Markup:
    if field.kind == "reference":
        address = link(field.target or "", value["id"])
        shown = value.get("nameEn") or value.get("displayLabel") or ""
        return Markup('<a href="{}">{}</a>').format(address, _wide(shown)) if address else _wide(shown)
    if isinstance(value, list) and field.choices:
        return escape(listed(field.choice(each) for each in value))
    if field.kind == "enum" or field.choices:
        choice = (field.name == "role" and NOBODYS_ROLES.get(value)) or field.choice(value)
        return choice_badge(choice) if field.name in BADGES else escape(str(choice))
    if field.kind == "Boolean":
        return _truth(value)
    if field.kind == "DateTime":
        return when(value)
    if field.kind == "Date":
        return escape(day(value))
    if isinstance(value, (list, dict)):
        return escape(_plain(value))
    return Markup('<span class="prose">{}</span>').format(value) if field.multiline else escape(value)


def _wide(text: str) -> Markup:
    """A long name gets room, so that it does not fill one column of narrow lines."""
    return Markup('<span class="long">{}</span>').format(text) if len(text) > LONG else escape(text)


def _truth(value: bool) -> Markup:
    return Markup("{}{}").format(icon("check"), yes_no(value)) if value else escape(yes_no(value))


def _plain(value: Any) -> str:
    """A JSON value in one line: lists as words, objects as `name: value`."""
    if isinstance(value, list):
        return listed(_plain(each) for each in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_plain(each)}" for name, each in value.items())
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
