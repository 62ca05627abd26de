"""Puts the planned fields into a built schema: graphql-core then runs one resolver for a whole selection, and completes
plain dicts below it, without Strawberry's wrapping of every field.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema

from graphql_api.computed import Asked, computed_fields
from graphql_api.event_feed import feed_of
from graphql_api.group_types import output_types
from graphql_api.groups import groups_of
from graphql_api.reading import Planned, page_of, resolver, row_of
from graphql_api.registry import Registry
from graphql_api.selection import ResolveInfo


def by_response_key(row: dict[str, Any], info: ResolveInfo, **_arguments: Any) -> Any:
    """A planned row holds its values under the keys of the response, so that aliases stand beside each other."""
    return row[str(info.path.key)]


def with_arguments(asked: Asked) -> Any:
    """The resolver of a computed field with arguments."""

    async def resolve(row: dict[str, Any], info: ResolveInfo, **arguments: Any) -> Any:
        answered = row[str(info.path.key)]
        return None if answered is None else await asked(answered, info.context, arguments)

    return resolve


def plant(schema: GraphQLSchema, exposed: Registry) -> None:
    """Replace the resolvers of all generated fields."""
    from graphql_api.viewer_plan import ViewerPlan  # names a generated type, which computed fields must precede

    for each in exposed:
        for name in (each.name, f"{each.name}Connection", f"{each.name}Edge"):
            _set(schema, name, by_response_key)
        for name, entry in computed_fields(each.name).items():
            if entry.asked is not None:
                _set(schema, each.name, with_arguments(entry.asked), (name,))
        _plan(schema, each.plural, page_of(each))
        _plan(schema, each.singular, row_of(each))
        for name in output_types(each.name, schema.type_map):
            _set(schema, name, by_response_key)
        _plan(schema, f"{each.singular}Groups", groups_of(each))
    _plan(schema, "events", feed_of)
    _also_planned(schema, "viewer", ViewerPlan)
    _set(schema, "PageInfo", by_response_key)


#: Where a root field's definition says how it is planned, for whoever executes without graphql-core.
PLANNED = "planned"


def _plan(schema: GraphQLSchema, name: str, planned: Planned) -> None:
    """Have a root field planned, whoever executes it."""
    _set(schema, "Query", resolver(planned), (name,))
    _also_planned(schema, name, planned)


def _also_planned(schema: GraphQLSchema, name: str, planned: Planned) -> None:
    """Say how a root field is planned; where graphql-core executes, its resolver stays as it is."""
    query = schema.query_type
    if query is not None:
        query.fields[name].extensions = {**query.fields[name].extensions, PLANNED: planned}


def _set(schema: GraphQLSchema, type_name: str, resolver: Any, fields: Iterable[str] | None = None) -> None:
    found = schema.type_map[type_name]
    if not isinstance(found, GraphQLObjectType):
        raise TypeError(f"{type_name} is no object type")
    for name in fields if fields is not None else found.fields:
        found.fields[name].resolve = resolver
