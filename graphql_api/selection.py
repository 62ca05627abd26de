"""What a document asks for below a field, by graphql-core's own rules: aliases, fragments, @skip, @include, merging."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues

from graphql_api.arguments import site_of
from graphql_api.context import Context
from graphql_api.given import Site

Details = list[FieldDetails]
ResolveInfo = GraphQLResolveInfo[Context]


class Source(Protocol):
    """What of a request is needed to read its document; graphql-core's info of a resolver is one."""

    @property
    def schema(self) -> GraphQLSchema: ...
    @property
    def fragments(self) -> Mapping[str, FragmentDefinitionNode]: ...
    @property
    def operation(self) -> OperationDefinitionNode: ...
    @property
    def variable_values(self) -> VariableValues: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation with its variables, before anything of it is resolved."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    operation: OperationDefinitionNode
    variable_values: VariableValues


def root_fields(asked: Asked) -> dict[str, Details]:
    """Response key → the fields merged under it, of the whole operation."""
    fragments = {name: FragmentDetails(node) for name, node in asked.fragments.items()}
    query = asked.schema.query_type
    if query is None:
        raise TypeError("the schema has no queries")
    return collect_fields(asked.schema, fragments, asked.variable_values, query, asked.operation).grouped_field_set


class Selection:
    """The fields selected below one field: that which a resolver resolves, or else the one with these details."""

    def __init__(self, info: Source, root: Details | None = None) -> None:
        self._info = info
        self._fragments = {name: FragmentDetails(node) for name, node in info.fragments.items()}
        self.root: Details = _resolved(info) if root is None else root

    def below(self, type_name: str, details: Details) -> dict[str, Details]:
        """Response key → the fields merged under it, in the order of the document."""
        info = self._info
        kind = self._type(type_name)
        return collect_subfields(
            info.schema, self._fragments, info.variable_values, info.operation, kind, details
        ).grouped_field_set

    def site(self, type_name: str, details: Details) -> tuple[dict[str, Any], Site]:
        """The arguments, and how those of another request follow from its variables."""
        return site_of(self.field(type_name, details), details[0].node, self._info.variable_values)

    def field(self, type_name: str, details: Details) -> GraphQLField:
        """The schema's definition of a field."""
        found: GraphQLField = self._type(type_name).fields[field_name(details)]
        return found

    def _type(self, name: str) -> GraphQLObjectType:
        found = self._info.schema.type_map[name]
        if not isinstance(found, GraphQLObjectType):
            raise TypeError(f"{name} is no object type")
        return found


def _resolved(info: Any) -> Details:
    """What graphql-core is resolving."""
    return [FieldDetails(node, None) for node in info.field_nodes]


def field_name(details: Details) -> str:
    """The schema's name of the field under a response key."""
    node: FieldNode = details[0].node
    return node.name.value
