"""The inputs of plain editing, generated: `CreateXInput` with what a new row needs, `UpdateXInput` where all may stay
as it is; and reading them back as the rules take them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON

from graphql_api import ids
from graphql_api.inputs import PYTHON, empty_class, many_of
from graphql_api.naming import described, description
from graphql_api.registry import Column, Exposed, Kind, ToOne, registry
from graphql_api.values import moment
from models.declare import FieldNote, Words
from models.enums import Way
from models.rules.editing_values import Named, editable_fields, key_of, required_fields

#: Texts in a list that come from a closed set, by object and field.
WAYS: Mapping[tuple[str, str], Any] = {("Item", "ways"): Way}

BY_ID = Words("全局标识", "by its global id")


@functools.cache
def create_input(name: str) -> Any:
    """`CreateCollegeInput`."""
    exposed = registry()[name]
    words = exposed.entity.label
    return _input(f"Create{name}Input", Words(f"新增{words.zh}", f"A new row: {words.en}"), exposed, adding=True)


@functools.cache
def update_input(name: str) -> Any:
    """`UpdateCollegeInput`: what is left out stays, null empties."""
    exposed = registry()[name]
    words = exposed.entity.label
    said = Words(f"修改{words.zh};未填写的不变", f"Changes of a row: {words.en}; what is left out stays")
    return _input(f"Update{name}Input", said, exposed, adding=False)


def _input(name: str, words: Words, exposed: Exposed, *, adding: bool) -> Any:
    cls, required = empty_class(name), required_fields(exposed.model) if adding else set()
    annotations: dict[str, Any] = {}
    for each in editable_fields(exposed.model, adding=adding):
        member = exposed[each]
        kind = kind_asked(exposed, member)
        annotations[f"{each}_"] = kind if each in required else kind | None
        default = {} if each in required else {"default": UNSET}
        setattr(cls, f"{each}_", strawberry.field(name=member.graphql, description=words_asked(member), **default))
    cls.__annotations__ = annotations
    return strawberry.input(cls, name=name, description=described(words))


def kind_asked(exposed: Exposed, member: Column | ToOne) -> Any:
    """The type that a form's field is sent as."""
    if isinstance(member, ToOne):
        return strawberry.ID
    if member.kind is Kind.TEXTS:
        return many_of(WAYS[exposed.name, member.name])
    if member.kind is Kind.JSON:
        return JSON
    return member.choices if member.kind is Kind.CHOICE else PYTHON[member.kind]


def words_asked(member: Column | ToOne) -> str:
    """A field's description; of another row, how it is named."""
    note: FieldNote = member.note
    if isinstance(member, Column):
        return description(note)
    target = registry()[member.target]
    key = key_of(target.model)
    return described(note.label, _by_key(target[key].note.label) if key else BY_ID)


def _by_key(key: Words) -> Words:
    return Words(f"{key.zh}或全局标识", f"by {key.en.lower()} or global id")


# --- reading them


def given(name: str, asked: Any) -> dict[str, Any]:
    """What was filled in, by the model's names: enum members, moments in UTC, other rows as Named. Left out: left
    out."""
    exposed = registry()[name]
    found = {each.removesuffix("_"): value for each, value in vars(asked).items() if value is not UNSET}
    return {each: _value(exposed[each], value) for each, value in found.items()}


def _value(member: Column | ToOne, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(member, ToOne):
        return named(member.target, value)
    return moment(value, ("input", member.graphql)) if member.kind is Kind.MOMENT else value


def named(target: str, text: str) -> Named:
    """A row by its global id, or by what people call it."""
    try:
        object_name, number = ids.split(text)
    except ValueError:
        return Named(text)
    return Named(text, number) if object_name == target and number <= ids.LARGEST else Named(text)
