"""Reads from the schema what can be asked: every field down to where another object of the registry begins, as
selections of a document, with arguments made up from their types."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from graphql_api import ids
from graphql_api.registry import registry

Path = tuple[str, ...]

#: What arguments of these names are given; anything else of its type is made up, and names nothing.
NAMED: Mapping[str, Any] = {
    "object": "Building",
    "action": "read",
    "field": "beds",
    "role": "operator",
    "user": "the-operator",
    "dryRun": True,
    "first": 5,
}
NOTHING = "no-such-thing"
#: A version, a number of a version, a count: none that there is.
NO_NUMBER = 999_999
BY_TYPE: Mapping[str, Any] = {
    "ID": ids.encode("Sheet", NO_NUMBER),
    "Int": NO_NUMBER,
    "Float": 1.5,
    "Boolean": False,
    "DateTime": "2026-06-20T08:00:00+00:00",
    "Date": "2026-06-20",
    "JSON": {},
}


#: What a list holds that may come as a file instead.
LISTED = ("header", "rows")


#: A text in both languages is asked as one.
WORDS = "Label"
WHOLE_PAGE = "edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


# --- what there is


def paths(of: GraphQLObjectType) -> Iterator[Path]:
    """Every field below a type: as far as a scalar, a page, or the next object of the registry. A type that occurs
    again is asked for without its fields: they have been asked."""
    yield from _below(of, {of.name}, ())


def paths_of(of: GraphQLObjectType, name: str) -> list[Path]:
    """The same below one field of a type."""
    only = GraphQLObjectType(of.name, {name: of.fields[name]})
    return list(paths(only))


def _below(of: GraphQLObjectType, spelt: set[str], before: Path) -> Iterator[Path]:
    for name, field in of.fields.items():
        target = get_named_type(field.type)
        if is_end(target) or target.name in spelt:
            yield (*before, name)
        elif isinstance(target, GraphQLObjectType):
            spelt.add(target.name)
            yield from _below(target, spelt, (*before, name))


def is_end(target: Any) -> bool:
    """Whether a field of this type is asked as a whole: what is below it has rows of its own."""
    return is_leaf_type(target) or target.name in (*_objects(), WORDS) or target.name.endswith("Connection")


@cache
def _objects() -> frozenset[str]:
    return frozenset(each.name for each in registry())


# --- as a document


def selection(of: GraphQLObjectType, wanted: Iterable[Path]) -> str:
    """`{ a b { c } }` for the paths a and b.c."""
    below: dict[str, list[Path]] = {}
    for first, *rest in wanted:
        below.setdefault(first, []).extend([tuple(rest)] if rest else [])
    return "{ " + " ".join(_asked(of.fields[name], name, rest) for name, rest in below.items()) + " }"


def _asked(field: GraphQLField, name: str, rest: list[Path]) -> str:
    target = get_named_type(field.type)
    called = f"{name}{arguments(field)}"
    if rest:
        assert isinstance(target, GraphQLObjectType)
        return f"{called} {selection(target, rest)}"
    if is_leaf_type(target):
        return called
    return f"{called} {{ {whole(target)} }}"


def whole(target: Any) -> str:
    """Of an object its id, of words both languages, of a page everything, of what was asked before that it is there."""
    if target.name.endswith("Connection"):
        return WHOLE_PAGE
    if target.name == WORDS:
        return "zh en"
    return "id" if target.name in _objects() else "__typename"


def values(data: Any, path: Path) -> list[Any]:
    """What stands at the end of a path, through all lists on the way; nothing for null, at whatever step."""
    if data is None:
        return []
    if isinstance(data, list):
        return [found for each in data for found in values(each, path)]
    return values(data[path[0]], path[1:]) if path else [data]


# --- arguments


def arguments(field: GraphQLField) -> str:
    """The required ones, and `dryRun` and `first` where they are."""
    needed = {
        name: sample(argument.type, name)
        for name, argument in field.args.items()
        if name in ("dryRun", "first") or is_required_argument(argument)
    }
    return f"({', '.join(f'{name}: {literal(value)}' for name, value in needed.items())})" if needed else ""


class Name(str):
    """A value of an enum: written without quotes."""


def sample(kind: Any, name: str) -> Any:
    """A value of an input type that is well-formed and names nothing."""
    if isinstance(kind, GraphQLNonNull):
        return sample(kind.of_type, name)
    if isinstance(kind, GraphQLList):
        return [sample(kind.of_type, name)]
    if isinstance(kind, GraphQLInputObjectType):
        return _sample_object(kind)
    if isinstance(kind, GraphQLEnumType):
        return Name(next(iter(kind.values)))
    return NAMED[name] if name in NAMED else BY_TYPE.get(kind.name, NOTHING)


def _sample_object(kind: GraphQLInputObjectType) -> dict[str, Any]:
    if getattr(kind.extensions.get("strawberry-definition"), "is_one_of", False):
        first = "studentNos" if "studentNos" in kind.fields else next(iter(kind.fields))
        return {first: sample(kind.fields[first].type, first)}
    return {
        name: sample(each.type, name)
        for name, each in kind.fields.items()
        if name == "dryRun" or is_required_input_field(each) or (name in LISTED and "file" in kind.fields)
    }


def literal(value: Any) -> str:
    """As GraphQL writes it."""
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {literal(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)
