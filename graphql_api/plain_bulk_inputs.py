"""The inputs of plain editing in bulk, generated: which rows, what every one of them is to hold, what is emptied."""

from __future__ import annotations

import functools
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from graphql_api.inputs import empty_class, many_of
from graphql_api.mutations.options import ExpectedVersion
from graphql_api.naming import camel, described, description, plural
from graphql_api.plain_inputs import kind_asked, words_asked
from graphql_api.registry import Exposed, registry
from models.declare import Words
from models.rules.bulk_values import bulk_fields, emptiable_fields
from models.rules.clearances import ErrorPolicy
from models.rules.editing_values import key_of

ROWS = Words("按全局标识", "by their global ids")
SET = Words(
    "每一行都改为这样;未填写的不变,不能为 null",
    "What every row is to hold; what is left out stays, and null is refused",
)
CLEAR = Words("在每一行上清空的字段", "The fields that are emptied in every row")


def bulk_name(exposed: Exposed) -> str:
    """`Students`, as in `updateStudents`."""
    return exposed.plural[0].upper() + exposed.plural[1:]


@functools.cache
def rows_input(exposed_name: str) -> Any:
    """`StudentRows`: exactly one way of naming them."""
    exposed = registry()[exposed_name]
    cls = empty_class(f"{exposed.name}Rows")
    members: dict[str, tuple[Any, str]] = {"ids": (many_of(strawberry.ID), described(ROWS))}
    key = key_of(exposed.model)
    if key is not None:
        label = exposed[key].note.label
        members[plural(camel(key))] = (
            many_of(str),
            described(Words(f"按{label.zh}(粘贴名单)", f"by {label.en.lower()}, as in a pasted list")),
        )
    cls.__annotations__ = {each: kind | None for each, (kind, _) in members.items()}
    for each, (_, said) in members.items():
        setattr(cls, each, strawberry.field(name=each, default=UNSET, description=said))
    words = Words(
        f"哪些{exposed.entity.label.zh}:只填一种", f"Which rows ({exposed.entity.label.en}): exactly one of these"
    )
    return strawberry.input(cls, name=f"{exposed.name}Rows", description=described(words), one_of=True)


@functools.cache
def values_input(exposed_name: str) -> Any:
    """`StudentValues`: the fields that many rows may be given at once."""
    exposed = registry()[exposed_name]
    cls = empty_class(f"{exposed.name}Values")
    annotations: dict[str, Any] = {}
    for name in bulk_fields(exposed.model):
        member = exposed[name]
        annotations[f"{name}_"] = kind_asked(exposed, member) | None
        setattr(cls, f"{name}_", strawberry.field(name=member.graphql, description=words_asked(member), default=UNSET))
    cls.__annotations__ = annotations
    label = exposed.entity.label
    words = Words(f"批量修改{label.zh}的内容", f"What rows are given in bulk: {label.en}")
    return strawberry.input(cls, name=f"{exposed.name}Values", description=described(words))


@functools.cache
def emptiable_enum(exposed_name: str) -> Any:
    """`StudentEmptiable`: the fields that may hold nothing; None where no field may."""
    exposed = registry()[exposed_name]
    names = emptiable_fields(exposed.model)
    if not names:
        return None
    words = Words(
        f"{exposed.entity.label.zh}可清空的字段", f"Fields of {exposed.entity.label.en} that may hold nothing"
    )
    described_values = {
        name.upper(): strawberry.enum_value(name, description=description(exposed[name].note)) for name in names
    }
    kind = Enum(f"{exposed.name}Emptiable", described_values, module=__name__)  # type: ignore[misc]  # its members are read
    return strawberry.enum(kind, description=described(words))


@functools.cache
def bulk_input(exposed_name: str) -> Any:
    """`UpdateStudentsInput`."""
    exposed = registry()[exposed_name]
    name = f"Update{bulk_name(exposed)}Input"
    cls = empty_class(name)
    empties = emptiable_enum(exposed_name)
    optional: dict[str, tuple[Any, Any, str | None]] = {
        "set": (values_input(exposed_name) | None, UNSET, described(SET)),
        **({"clear": (many_of(empties) | None, None, described(CLEAR))} if empties is not None else {}),
        "expected_versions": (many_of(ExpectedVersion) | None, None, None),
        "dry_run": (bool, False, None),
        "error_policy": (ErrorPolicy, ErrorPolicy.REJECT_ALL, None),
        "idempotency_key": (str | None, None, None),
    }
    cls.__annotations__ = {
        "select": rows_input(exposed_name),
        **{each: kind for each, (kind, _, _) in optional.items()},
    }
    for each, (_, default, said) in optional.items():
        setattr(cls, each, strawberry.field(default=default, description=said))
    label = exposed.entity.label
    words = Words(f"批量修改{label.zh}", f"Changes of many rows: {label.en}")
    return strawberry.input(cls, name=name, description=described(words))
