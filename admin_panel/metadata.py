"""The objects of the panel as the API describes them: structure from introspection, words from `objects`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    build_client_schema,
    get_introspection_query,
    get_named_type,
)

from admin_panel.client import Client, Json, Visitor
from admin_panel.inputs import bilingual
from admin_panel.language import CHINESE, Text, text_of

OBJECTS = """query Objects { objects {
  name plural singular label { zh en } pluralLabel { zh en } searchable defaultOrder listColumns importKey
  fields { name label { zh en } help { zh en } type maxLength multiline sensitive default
    choices { value label { zh en } tone units } }
} }"""


@dataclass(frozen=True, slots=True)
class Choice:
    """A member of a closed set: its word, and the tone in which it is shown (red, green, grey, amber). `units`: of a
    role, the kinds of unit that it is held for."""

    value: str
    label: Text
    tone: str
    units: tuple[str, ...] = ()

    def __str__(self) -> str:
        return str(self.label)


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """One field. `kind`: a scalar's name, `enum`, `reference` (to `target`), `list` or `other`. `default`: what a new
    row holds unless told otherwise. `longest`: how many characters a text may have."""

    name: str
    label: Text
    kind: str
    target: str | None
    operators: frozenset[str]
    sortable: bool
    sensitive: bool
    multiline: bool
    choices: tuple[Choice, ...]
    default: Any = None
    longest: int | None = None

    def choice(self, value: object) -> Choice:
        """The member called `value`; one without words for what this panel does not know yet."""
        unknown = Choice(str(value), Text(str(value), str(value)), "grey")
        return next((choice for choice in self.choices if choice.value == value), unknown)


@dataclass(frozen=True, slots=True)
class ListInfo:
    """Rows of another object (`target`) that belong to a row, and may be asked about: some, none or every of them."""

    name: str
    label: Text
    target: str


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One object: how it is asked for (`plural`, `singular`) and what it consists of. `lists`: what belongs to it.
    `import_key`: the fields by which a list of its rows finds them; none where there are no such lists."""

    name: str
    label: Text
    plural_label: Text
    plural: str
    singular: str
    searchable: bool
    list_columns: tuple[str, ...]
    default_order: tuple[str, ...]
    fields: Mapping[str, FieldInfo]
    lists: Mapping[str, ListInfo] = field(default_factory=dict)
    import_key: tuple[str, ...] = ()


INSIDE = Visitor("", CHINESE, inside=True)


def camel(name: str) -> str:
    """What the API calls a column of an event or of a stored request."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def load_schema(client: Client) -> GraphQLSchema:
    """The schema with its descriptions, asked once, when the views are built."""
    structure: Any = client.execute(get_introspection_query(input_value_deprecation=False), None, INSIDE).data
    return build_client_schema(structure)


def load_objects(client: Client, schema: GraphQLSchema) -> dict[str, ObjectInfo]:
    """The objects of `schema` with their words; a visitor's own rights narrow them at every request."""
    described = client.execute(OBJECTS, None, INSIDE).data["objects"]
    return {each["name"]: _object(schema, each) for each in described}


def _object(schema: GraphQLSchema, described: Json) -> ObjectInfo:
    declared: Any = schema.type_map[described["name"]]
    asked = schema.query_type.fields[described["plural"]].args if schema.query_type else {}
    where = _input_fields(asked, "where")
    order = _input_fields(asked, "orderBy")
    fields = {
        each["name"]: _field(declared.fields[each["name"]].type, each, where, each["name"] in order)
        for each in described["fields"]
        if each["name"] in declared.fields
    }
    return ObjectInfo(
        described["name"],
        text_of(described["label"]),
        text_of(described["pluralLabel"]),
        described["plural"],
        described["singular"],
        bool(described["searchable"]),
        tuple(described["listColumns"]),
        tuple(described["defaultOrder"] or ()),
        fields,
        {name: _list(name, each) for name, each in where.items() if "some" in _members(each)},
        tuple(described["importKey"]),
    )


def _members(asked: Any) -> Mapping[str, Any]:
    """What an input field's own type consists of."""
    named = get_named_type(asked.type)
    return named.fields if isinstance(named, GraphQLInputObjectType) else {}


def _list(name: str, asked: Any) -> ListInfo:
    filtered: Any = get_named_type(_members(asked)["some"].type)
    return ListInfo(name, bilingual(asked.description) or Text(name, name), filtered.name.removesuffix("Filter"))


def _input_fields(arguments: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    kind = get_named_type(arguments[name].type) if name in arguments else None
    return kind.fields if isinstance(kind, GraphQLInputObjectType) else {}


def _field(declared: Any, described: Json, where: Mapping[str, Any], sortable: bool) -> FieldInfo:
    kind, target = _kind(declared)
    filtered = get_named_type(where[described["name"]].type) if described["name"] in where else None
    scalar = kind not in ("reference", "list") and isinstance(filtered, GraphQLInputObjectType)
    return FieldInfo(
        described["name"],
        text_of(described["label"]),
        kind,
        target,
        frozenset(filtered.fields) if scalar and isinstance(filtered, GraphQLInputObjectType) else frozenset(),
        sortable,
        bool(described["sensitive"]),
        bool(described["multiline"]),
        tuple(
            Choice(each["value"], text_of(each["label"]), each["tone"] or "grey", tuple(each["units"]))
            for each in described["choices"] or ()
        ),
        described.get("default"),
        described.get("maxLength"),
    )


def _kind(declared: Any) -> tuple[str, str | None]:
    bare = declared.of_type if isinstance(declared, GraphQLNonNull) else declared
    named: Any = get_named_type(declared)
    if isinstance(bare, GraphQLList) and isinstance(named, GraphQLObjectType):
        return "list", named.name
    if isinstance(named, GraphQLObjectType):
        return "reference", named.name
    if isinstance(named, GraphQLEnumType):
        return "enum", None
    return named.name, None
