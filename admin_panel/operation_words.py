"""What an operation was about, in words: on whom (`selector`) and what was asked for (`parameters`).

The API keeps both as plain values; what has no words here is told as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from admin_panel.columns import Objects, field_at
from admin_panel.language import english
from admin_panel.show import moment
from admin_panel.words import listed, say

#: Numbers that are told one by one; of more, the first ones and how many.
NAMED = 5
#: Values that are told in the words of a closed set, by the object and field that have it.
CHOICES: Mapping[str, tuple[str, str]] = {
    "status": ("Clearance", "status"),
    "reason": ("Clearance", "reason"),
    "way": ("Item", "ways"),
    "kinds": ("Certificate", "kind"),
    "collection": ("Certificate", "collection"),
    "origin": ("Sheet", "origin"),
    "change": ("ItemRequest", "kind"),
    "leave_type": ("Sheet", "leaveType"),
}
#: What each parameter is called, in the order they are told; those that are missing come last, as they are named.
NAMES = {
    "status": "told_status",
    "kinds": "certificates",
    "collection": "collection",
    "reason": "reason",
    "note": "note_visible",
    "internal_note": "internal_note",
    "hold": "on_hold",
    "source": "told_source",
    "void": "void_reason",
    "to": "told_to",
    "late_until": "told_late_until",
    "transfer_to": "told_transfer_to",
    "major": "told_major",
    "class_name": "class_name",
    "department": "told_department",
    "successor": "told_successor",
    "from": "told_from_batch",
    "origin": "told_origin",
    "change": "told_change",
    "way": "told_way",
}
#: The keys of rows elsewhere: of no use to a reader.
KEYS = frozenset({"on_behalf_of", "college"})


def selector_in_words(objects: Objects, value: Any) -> str:
    """Whom it was for, as it was chosen."""
    if not isinstance(value, Mapping):
        return ""
    for name, tell in SELECTORS.items():
        if name in value:
            return tell(objects, value)
    return _as_it_stands(value)


def parameters_in_words(objects: Objects, value: Any) -> list[str]:
    """What was asked for, a text for each part; nothing for what was not said."""
    if not isinstance(value, Mapping):
        return []
    names = [*(name for name in NAMES if name in value), *sorted(value.keys() - NAMES.keys() - KEYS)]
    told = (_parameter(objects, name, value[name]) for name in names)
    return [each for each in told if each]


def told(objects: Objects, path: str, value: Any) -> Markup | None:
    """The cell of an operation's column; None for a column that is told as any other."""
    if path == "selector":
        return Markup("{}").format(selector_in_words(objects, value) or "–")
    if path == "parameters":
        lines = [
            Markup('<span class="told-line">{}</span>').format(each) for each in parameters_in_words(objects, value)
        ]
        return Markup("").join(lines) or Markup("–")
    return None


# --- whom


def _numbers(key: str, few: str, many: str) -> Callable[[Objects, Mapping[str, Any]], str]:
    def tell(_objects: Objects, value: Mapping[str, Any]) -> str:
        numbers = value[key] or []
        if len(numbers) <= NAMED:
            return say(few, which=listed(numbers))
        return say(many, which=listed(numbers[:NAMED]), n=len(numbers))

    return tell


def _count(key: str, words: str) -> Callable[[Objects, Mapping[str, Any]], str]:
    def tell(_objects: Objects, value: Mapping[str, Any]) -> str:
        found = value[key]
        return say(words, n=len(found) if isinstance(found, list) else found)

    return tell


def _leave_type(objects: Objects, value: Mapping[str, Any]) -> str:
    return say("told_oneself", what=_choice(objects, "leave_type", value.get("leave_type", "")))


SELECTORS: Mapping[str, Callable[[Objects, Mapping[str, Any]], str]] = {
    "class_name": lambda _objects, value: say("told_class", which=value["class_name"] or "–"),
    "student_nos": _numbers("student_nos", "told_numbers", "told_numbers_more"),
    "all_except": _numbers("all_except", "told_all_except", "told_all_except_more"),
    "from": lambda _objects, value: say("told_range", first=value["from"], last=value.get("to", "")),
    "sheets": _count("sheets", "told_ticked"),
    "certificates": _count("certificates", "told_certificates"),
    "filter": lambda _objects, _value: say("told_filter"),
    "operation": lambda _objects, _value: say("told_operation"),
    "leave_type": _leave_type,
    "rows": _count("rows", "told_lines"),
    "lines": _count("lines", "told_lines"),
    "students": _count("students", "told_students"),
}


# --- what


def _parameter(objects: Objects, name: str, value: Any) -> str:
    if name == "cascaded":
        return say("told_cascaded", n=value) if value else ""
    if value in (None, "", [], {}):
        return ""
    if name == "recovered":
        return say("recovered" if value else "told_not_recovered")
    shown = _moment(value) if name == "late_until" else _choice(objects, name, value)
    called = say(NAMES[name]) if name in NAMES else name
    return f"{called}{': ' if english() else ':'}{shown}"


def _choice(objects: Objects, name: str, value: Any) -> str:
    """A member's words, or those of several; a value that is none of them as it stands."""
    if isinstance(value, list):
        return listed(_choice(objects, name, each) for each in value)
    field = field_at(objects, *CHOICES[name]) if name in CHOICES else None
    known = {choice.value: str(choice.label) for choice in field.choices} if field else {}
    return known.get(str(value), str(value))


def _moment(value: str) -> str:
    at = moment(value)
    return at.strftime("%Y-%m-%d %H:%M") if at else ""


def _as_it_stands(value: Mapping[str, Any]) -> str:
    return "; ".join(f"{name}: {each}" for name, each in value.items() if name not in KEYS)
