"""Every way in which the schema lets somebody ask by a field without selecting it, read from the schema itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType, get_named_type

from graphql_api import ids
from tests.graphql_api.asking import core

#: What a filter has besides the members of its object.
OWN_WORDS = ("and", "or", "not", "isNull")
SAMPLES = {"String": "x", "Int": 7, "Boolean": True, "DateTime": "2026-06-01T00:00:00Z"}


@dataclass(frozen=True)
class Way:
    """A list of `object` with these arguments; `words` says what was done."""

    object: str
    arguments: dict[str, Any]
    words: str


@cache
def lists() -> dict[str, str]:
    """The root field of each object's list: Student → students."""
    root = core().query_type
    assert root is not None
    return {
        get_named_type(field.type).name.removesuffix("Connection"): name
        for name, field in root.fields.items()
        if "orderBy" in field.args and "groupBy" not in field.args
    }


def members(object_name: str) -> dict[str, GraphQLInputObjectType]:
    """What the object's filter compares: columns, relations and lists, each with its input type."""
    given = _input(f"{object_name}Filter").fields
    return {name: get_named_type(each.type) for name, each in given.items() if name not in OWN_WORDS}


def columns_and_ones(object_name: str) -> list[str]:
    """The fields that a policy may grant, under their names in the schema."""
    return [name for name, kind in members(object_name).items() if not kind.name.endswith("ListFilter")]


def ways(object_name: str, name: str) -> Iterator[Way]:
    """Filters with each operator, each of them negated and combined, through each relation and list; orders."""
    conditions = list(_conditions(object_name, name))
    for condition in conditions:
        yield Way(object_name, {"where": condition}, f"where {condition}")
    for condition in _combined(conditions[0]):
        yield Way(object_name, {"where": condition}, f"where {condition}")
    yield from _from_elsewhere(object_name, conditions[-1])
    yield from _orders(object_name, name)


def _conditions(object_name: str, name: str) -> Iterator[dict[str, Any]]:
    kind = members(object_name)[name]
    if kind.name.endswith("Filter"):
        yield {name: {}}
        yield {name: {"isNull": True}}
        yield {name: {"not": {"id": {"eq": ids.encode(kind.name.removesuffix("Filter"), 1)}}}}
        return
    for operator, each in kind.fields.items():
        value = _sample(get_named_type(each.type), object_name)
        yield {name: {operator: [value] if str(each.type).startswith("[") else value}}


def _sample(kind: Any, object_name: str) -> Any:
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    return ids.encode(object_name, 1) if kind.name == "ID" else SAMPLES[kind.name]


def _combined(condition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"not": condition}
    yield {"and": [{}, condition]}
    yield {"or": [{}, condition]}
    yield {"or": [{"not": {"and": [condition]}}]}


def _from_elsewhere(object_name: str, condition: dict[str, Any]) -> Iterator[Way]:
    """Through each relation and each list that leads to the object."""
    for owner in lists():
        for name, kind in members(owner).items():
            if kind.name == f"{object_name}Filter":
                yield Way(owner, {"where": {name: {"or": [{"not": condition}]}}}, f"where {owner}.{name}: {condition}")
            elif kind.name == f"{object_name}ListFilter":
                for side in kind.fields:
                    yield Way(owner, {"where": {name: {side: condition}}}, f"where {owner}.{name} {side}: {condition}")


def _orders(object_name: str, name: str) -> Iterator[Way]:
    if name not in _input(f"{object_name}Order").fields:
        return
    order = _order(object_name, name)
    for direction in ("ASC", "DESC"):
        yield Way(object_name, {"orderBy": [_directed(order, direction)]}, f"orderBy {order} {direction}")
    for owner in lists():
        for through, each in _input(f"{owner}Order").fields.items():
            if get_named_type(each.type).name == f"{object_name}Order":
                yield Way(
                    owner, {"orderBy": [{through: _directed(order, "ASC")}]}, f"orderBy {owner}.{through} {order}"
                )


def _order(object_name: str, name: str) -> tuple[str, ...]:
    """The path to a direction: a relation is ordered by its target's id."""
    kind = get_named_type(_input(f"{object_name}Order").fields[name].type)
    return (name,) if isinstance(kind, GraphQLEnumType) else (name, "id")


def _directed(path: tuple[str, ...], direction: str) -> Any:
    asked: Any = direction
    for name in reversed(path):
        asked = {name: asked}
    return asked


def _input(name: str) -> GraphQLInputObjectType:
    found = core().type_map[name]
    assert isinstance(found, GraphQLInputObjectType)
    return found


def nested_lists(object_name: str) -> dict[str, str]:
    """The lists of an object that take a filter of their own, and of what: Sheet → {clearances: Clearance}."""
    shown = core().type_map[object_name]
    assert isinstance(shown, GraphQLObjectType)
    return {
        name: get_named_type(each.args["where"].type).name.removesuffix("Filter")
        for name, each in shown.fields.items()
        if "where" in each.args
    }
