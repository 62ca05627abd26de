"""`objects`: what a client needs to generate itself and introspection cannot say: words, tones, columns, actions."""

from __future__ import annotations

import functools
import hashlib
from enum import Enum
from typing import Any

import strawberry
from strawberry.scalars import JSON

from graphql_api.actions import ActionInfo, actions_of
from graphql_api.naming import camel, described
from graphql_api.registry import Column, Exposed, Kind, ToOne, registry
from graphql_api.words import Label, label_of
from models.declare import Words
from models.enums import (
    BatchStatus,
    CertificateStatus,
    ClearanceStatus,
    OperationState,
    Outcome,
    RequestState,
    SheetState,
    Way,
)
from policies.roles import ROLES

#: How a value looks, by name; the panel gives each tone a colour and an icon. Never by colour alone (B18).
TONES: dict[Enum, str] = {
    ClearanceStatus.PENDING: "red",
    ClearanceStatus.NOT_REQUIRED: "grey",
    ClearanceStatus.CLEARED: "green",
    BatchStatus.PREPARING: "grey",
    BatchStatus.OPEN: "green",
    BatchStatus.CLOSED: "amber",
    BatchStatus.ARCHIVED: "grey",
    SheetState.ACTIVE: "grey",
    SheetState.MOVED: "grey",
    SheetState.CANCELLED: "grey",
    CertificateStatus.EXPECTED: "grey",
    CertificateStatus.PRINTED: "amber",
    CertificateStatus.ISSUED: "green",
    CertificateStatus.VOID: "red",
    RequestState.SUBMITTED: "amber",
    RequestState.APPROVED: "green",
    RequestState.REJECTED: "red",
    RequestState.WITHDRAWN: "grey",
    OperationState.PREVIEWED: "grey",
    OperationState.RUNNING: "amber",
    OperationState.APPLIED: "green",
    OperationState.UNDONE: "grey",
    OperationState.CANCELLED: "grey",
    OperationState.FAILED: "red",
    Outcome.APPLIED: "green",
    Outcome.UNCHANGED: "grey",
    Outcome.REFUSED: "red",
    Outcome.NOT_APPLIED: "grey",
}


@strawberry.type(description=described(Words("可选值", "One of the values that a field may have")))
class Choice:
    value: str
    label: Label
    tone: str | None
    units: list[str] = strawberry.field(
        default_factory=list,
        description=described(Words("身份可授予的单位类别", "Of a role: the kinds of unit that it is held for")),
    )


@strawberry.type(description=described(Words("字段说明", "What a field is, beyond what introspection says")))
class FieldInfo:
    name: str
    label: Label
    help: Label | None
    group: str | None
    type: str
    unique: bool
    max_length: int | None
    pattern: str | None
    multiline: bool
    sensitive: bool
    default: JSON | None
    choices: list[Choice] | None


@strawberry.type(description=described(Words("对象说明", "What an object is called, and how it is shown and found")))
class ObjectInfo:
    name: str
    plural: str
    singular: str
    label: Label
    plural_label: Label
    searchable: bool
    import_key: list[str]
    default_order: list[str]
    list_columns: list[str]
    schema_version: str
    fields: list[FieldInfo]
    actions: list[ActionInfo]


@functools.cache
def objects() -> list[ObjectInfo]:
    """Every exposed object; the same for every caller."""
    return [_object(each) for each in registry()]


def _object(exposed: Exposed) -> ObjectInfo:
    entity = exposed.entity
    fields = [_field(exposed, each) for each in exposed.own()]
    return ObjectInfo(
        name=exposed.name,
        plural=exposed.plural,
        singular=exposed.singular,
        label=label_of(entity.label),
        plural_label=label_of(entity.plural),
        searchable=bool(entity.search),
        import_key=[camel(name) for name in entity.natural_key],
        default_order=[camel(name) for name in entity.order],
        list_columns=[camel(name) for name in entity.list_columns],
        schema_version=_version(exposed),
        fields=fields,
        actions=actions_of(exposed.name),
    )


def _field(exposed: Exposed, member: Column | ToOne) -> FieldInfo:
    note = member.note
    column = member if isinstance(member, Column) else None
    return FieldInfo(
        name=member.graphql,
        label=label_of(note.label),
        help=label_of(note.hint) if note.hint else None,
        group=None,
        type=type_name(member),
        unique=column is not None and column.unique,
        max_length=column.max_length if column else None,
        pattern=None,
        multiline=note.multiline,
        sensitive=note.sensitive,
        default=_default(exposed, member),
        choices=choices(column),
    )


def type_name(member: Column | ToOne) -> str:
    """The GraphQL type that holds one value: a scalar, an enum or an object."""
    if isinstance(member, ToOne):
        return member.target
    if member.choices is not None:
        return member.choices.__name__
    return {
        Kind.ID: "ID",
        Kind.TEXT: "String",
        Kind.NUMBER: "Int",
        Kind.YES_NO: "Boolean",
        Kind.MOMENT: "DateTime",
        Kind.TEXTS: "String",
        Kind.JSON: "JSON",
    }[member.kind]


def _default(exposed: Exposed, member: Column | ToOne) -> Any:
    """What a new row holds unless told otherwise, as the API writes it; null for nothing or for what is worked out."""
    value = getattr(exposed.model._meta.fields_map[member.name], "default", None)
    if isinstance(value, Enum):
        return value.name
    return value if isinstance(value, str | int | bool) and member.name != "version" else None


def choices(column: Column | None) -> list[Choice] | None:
    """The values of an enum; and of two columns that hold names the code knows, as text."""
    if column is not None and column.name == "role":
        held = [role for role in ROLES.values() if role.assignable]
        return [
            Choice(value=role.name, label=label_of(role.label), tone=None, units=sorted(role.units)) for role in held
        ]
    if column is not None and column.name == "ways":
        return [Choice(value=way.value, label=label_of(way.words), tone=None) for way in Way]
    if column is None or column.choices is None:
        return None
    return [
        Choice(value=member.name, label=label_of(getattr(member, "words")), tone=TONES.get(member))  # noqa: B009  # ours
        for member in column.choices
    ]


def _version(exposed: Exposed) -> str:
    """Another text whenever the object's fields change: a file or a page made for another version is out of date."""
    text = repr([(each.graphql, type_name(each), each.nullable) for each in exposed.own()])
    return hashlib.sha256(text.encode()).hexdigest()[:12]
