"""The names that callers give in questions about policies – objects, actions, fields, roles – as the table writes them.

Table names and the API's camelCase are both taken (`id_no`, `idNo`). What does not exist is refused with BAD_INPUT that
names the argument and the names that look most like it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from graphql_api.errors import ApiError, ErrorCode, Violation
from graphql_api.policy_types import PolicyName
from graphql_api.words import Label, label_of
from models.declare import Words
from models.rules.nearest import nearest
from policies.actions import ACTIONS
from policies.catalogue import OBJECTS, WHOLE, ObjectOf
from policies.roles import ROLES, Role

CAPITAL = re.compile("[A-Z]")
LONGEST_SHOWN = 64
ALL_ORDINARY = Words("全部非敏感字段", "all fields that are not sensitive")
THE_ROW = Words("整行", "the row")
NONE = Words("", "")


def object_called(text: str, *path: str) -> ObjectOf:
    """The object of the catalogue: `Student`, or `student`."""
    known = {name: each.label for name, each in OBJECTS.items()}
    return OBJECTS[_among(text, known, path, variant=text[:1].upper() + text[1:])]


def action_called(target: ObjectOf, text: str, *path: str) -> str:
    """An action that the object has: `bulk_filter`, or `bulkFilter`."""
    return _among(text, {name: ACTIONS[name].label for name in target.actions}, path)


def field_called(target: ObjectOf, action: str, text: str, *path: str) -> str:
    """A field that the action may be granted on, or `*`."""
    names = dict.fromkeys((WHOLE, *target.fields_for(action)))
    return _among(text, {name: target.fields[name].label if name in target.fields else NONE for name in names}, path)


def role_called(text: str, *path: str, assignable: bool = False) -> Role:
    """A role; with `assignable`, one that somebody can hold."""
    known = {name: role.label for name, role in ROLES.items() if role.assignable or not assignable}
    return ROLES[_among(text, known, path)]


def snake(text: str) -> str:
    """`studentNo` as `student_no`."""
    return CAPITAL.sub(lambda letter: "_" + letter[0].lower(), text)


def _among(text: str, known: Mapping[str, Words], path: tuple[str, ...], *, variant: str | None = None) -> str:
    """The name that is meant. Who wrote its words instead is told the name."""
    found = next((each for each in (text, variant or snake(text)) if each in known), None)
    if found is None:
        words = {name: f"{label.zh} {label.en}" for name, label in known.items()}
        raise no_such(path, text, nearest(text[:LONGEST_SHOWN], words))
    return found


def no_such(
    path: tuple[str, ...],
    value: str,
    near: Iterable[str] = (),
    code: str = ErrorCode.BAD_INPUT.value,
    **more: str | int,
) -> ApiError:
    """BAD_INPUT (or NOT_FOUND, for what is a row and no name) with the argument, its value and what looks like it."""
    names = list(near)
    facts = {"argument": ".".join(path), "value": value[:LONGEST_SHOWN], "nearest": names, **more}
    told = {"problem": "NO_SUCH_NAME", **facts, "choices": ", ".join(names)}
    return ApiError(code, "", [Violation(path, code, facts)], **told)


# --- words


def role_label(name: str) -> Label:
    return _label(ROLES[name].label if name in ROLES else None, name)


def object_label(name: str) -> Label:
    return _label(OBJECTS[name].label if name in OBJECTS else None, name)


def action_label(name: str) -> Label:
    return _label(ACTIONS[name].label if name in ACTIONS else None, name)


def field_label(object_name: str, action: str, field: str) -> Label:
    """A `*` is the row, or every field that is not sensitive."""
    if field == WHOLE:
        return label_of(ALL_ORDINARY if action in ACTIONS and ACTIONS[action].per_field else THE_ROW)
    target = OBJECTS.get(object_name)
    return _label(target.fields[field].label if target and field in target.fields else None, field)


def _label(words: Words | None, name: str) -> Label:
    return label_of(words or Words(name, name))


def named(name: str, label: Label) -> PolicyName:
    return PolicyName(name=name, label=label)
