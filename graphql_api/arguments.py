"""The arguments of a field as a function of the variables: what the document itself says is coerced once, so that a
kept plan only puts each request's variables in their places.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import FieldNode, GraphQLField, ListValueNode, ObjectValueNode, ValueNode, VariableNode
from graphql.execution.values import VariableValues, get_argument_values

from graphql_api.given import Site


def site_of(definition: GraphQLField, node: FieldNode, variables: VariableValues) -> tuple[dict[str, Any], Site]:
    """The coerced arguments of this request, and the same for any other in which the same variables are given."""
    found = get_argument_values(definition, node, variables)
    places = {
        each.name.value: place
        for each in node.arguments or ()
        if each.name.value in found and (place := _place(each.value, found[each.name.value], variables.coerced))
    }
    return found, _filled(found, places)


def _filled(found: dict[str, Any], places: Mapping[str, Site]) -> Site:
    if not places:
        return lambda given: found
    return lambda given: {**found, **{name: place(given) for name, place in places.items()}}


def _place(node: ValueNode, value: Any, variables: Mapping[str, Any]) -> Site | None:
    """How the value follows from the variables; None when it does not hang on them."""
    if isinstance(node, VariableNode):
        name = node.name.value
        return (lambda given: given[name]) if name in variables else None
    if isinstance(node, ObjectValueNode):
        return _object_as_list(node, value, variables) if isinstance(value, list) else _object(node, value, variables)
    if isinstance(node, ListValueNode):
        return _list(node, value, variables)
    return None


def _object(node: ObjectValueNode, value: dict[str, Any], variables: Mapping[str, Any]) -> Site | None:
    members = {
        each.name.value: place
        for each in node.fields
        if each.name.value in value and (place := _place(each.value, value[each.name.value], variables))
    }
    return _filled(value, members) if members else None


def _object_as_list(node: ObjectValueNode, value: list[Any], variables: Mapping[str, Any]) -> Any:
    """One object stands where a list is expected, as GraphQL allows."""
    fill = _object(node, value[0], variables)
    return None if fill is None else lambda given: [fill(given)]


def _list(node: ListValueNode, value: list[Any], variables: Mapping[str, Any]) -> Site | None:
    places = [_place(each, value[number], variables) for number, each in enumerate(node.values)]
    if not any(places):
        return None

    def fill(given: Mapping[str, Any]) -> Any:
        return [each if place is None else place(given) for each, place in zip(value, places, strict=True)]

    return fill
