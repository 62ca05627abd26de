"""Puts the planned fields into a built schema: graphql-core then runs one resolver for a whole selection, and completes
plain dicts below it, without Strawberry's wrapping of every field.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema

from graphql_api.reading import connection_resolver, row_resolver
from graphql_api.registry import Registry
from graphql_api.selection import ResolveInfo


def by_response_key(row: dict[str, Any], info: ResolveInfo, **_arguments: Any) -> Any:
    """A planned row holds its values under the keys of the response, so that aliases stand beside each other."""
    return row[str(info.path.key)]


def plant(schema: GraphQLSchema, exposed: Registry) -> None:
    """Replace the resolvers of all generated fields."""
    for each in exposed:
        for name in (each.name, f"{each.name}Connection", f"{each.name}Edge"):
            _set(schema, name, by_response_key)
        _set(schema, "Query", connection_resolver(each.name), (each.plural,))
        _set(schema, "Query", row_resolver(each.name), (each.singular,))
    _set(schema, "PageInfo", by_response_key)


def _set(schema: GraphQLSchema, type_name: str, resolver: Any, fields: Iterable[str] | None = None) -> None:
    found = schema.type_map[type_name]
    if not isinstance(found, GraphQLObjectType):
        raise TypeError(f"{type_name} is no object type")
    for name in fields if fields is not None else found.fields:
        found.fields[name].resolve = resolver
