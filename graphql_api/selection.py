"""What a document asks for below a field, by graphql-core's own rules: aliases, fragments, @skip, @include, merging."""

from __future__ import annotations

from typing import Any

from graphql import FieldNode, GraphQLObjectType, GraphQLResolveInfo
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_subfields
from graphql.execution.values import get_argument_values

from graphql_api.context import Context

Details = list[FieldDetails]
ResolveInfo = GraphQLResolveInfo[Context]


class Selection:
    """The fields selected below the field that is being resolved."""

    def __init__(self, info: ResolveInfo) -> None:
        self._info = info
        self._fragments = {name: FragmentDetails(node) for name, node in info.fragments.items()}
        self.root: Details = [FieldDetails(node, None) for node in info.field_nodes]

    def below(self, type_name: str, details: Details) -> dict[str, Details]:
        """Response key → the fields merged under it, in the order of the document."""
        info = self._info
        kind = self._type(type_name)
        return collect_subfields(
            info.schema, self._fragments, info.variable_values, info.operation, kind, details
        ).grouped_field_set

    def arguments(self, type_name: str, details: Details) -> dict[str, Any]:
        """The coerced arguments of a field, by their GraphQL names; absent ones are left out."""
        [first, *_] = details
        definition = self._type(type_name).fields[first.node.name.value]
        return get_argument_values(definition, first.node, self._info.variable_values, first.fragment_variable_values)

    def _type(self, name: str) -> GraphQLObjectType:
        found = self._info.schema.type_map[name]
        if not isinstance(found, GraphQLObjectType):
            raise TypeError(f"{name} is no object type")
        return found


def field_name(details: Details) -> str:
    """The schema's name of the field under a response key."""
    node: FieldNode = details[0].node
    return node.name.value
