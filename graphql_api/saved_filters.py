"""Whether a saved filter can be used: its conditions against the schema as it is, and under the rights of whoever asks.

A saved filter is a value and nothing more: it gives nobody a right, and is read anew by each use of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError, GraphQLInputType, GraphQLSchema
from graphql.utilities import coerce_input_value, validate_input_value

from graphql_api.context import Context
from graphql_api.filters import Filters
from graphql_api.lacking import Lacking
from graphql_api.registry import Column, Exposed, ToMany, ToOne, registry
from graphql_api.values import bad

Where = Mapping[str, Any]

#: The filter of each object, as the schema that was built has it.
_FILTERS: dict[str, GraphQLInputType] = {}

OF_FILTERS = ("and", "or", "not", "isNull")


def know(schema: GraphQLSchema) -> None:
    """Have saved filters read by the inputs of this schema, which is the same whenever it is built."""
    for each in registry():
        _FILTERS[each.name] = schema.type_map[f"{each.name}Filter"]  # type: ignore[assignment]  # they are inputs


async def check(context: Context, object_name: str, where: Where, path: tuple[str, ...]) -> None:
    """Raises why this caller cannot filter the rows of this object so: BAD_INPUT for what the schema does not have,
    FORBIDDEN for a field that the caller may not look at, QUERY_TOO_COMPLEX."""
    if object_name not in registry():
        raise bad(path, "UNKNOWN_OBJECT", value=object_name)
    exposed = registry()[object_name]
    read = _read(exposed, where, path)
    _refuse_sensitive(exposed, read, path)
    filters = Filters(context.access)
    try:
        filters.visible(exposed)
        filters.where(exposed, read, path)
    except Lacking as lacking:
        raise await lacking.in_words(context) from lacking


#: How graphql-core names a member that an input does not have.
UNKNOWN = re.compile(r"unknown field '(\w+)'")


def _read(exposed: Exposed, where: Where, path: tuple[str, ...]) -> dict[str, Any]:
    """The conditions as a query would get them. Raises BAD_INPUT with the place of the first that is none."""

    def refuse(error: GraphQLError, place: list[str | int]) -> None:
        at, unknown = (*path, *map(str, place)), UNKNOWN.search(error.message)
        if unknown:
            raise bad((*at, unknown[1]), "NO_SUCH_FIELD", field=unknown[1])
        raise bad(at, "NO_CONDITION")

    kind = _FILTERS[exposed.name]
    validate_input_value(where, kind, refuse, True)
    read: dict[str, Any] = coerce_input_value(where, kind)
    return read


def _refuse_sensitive(exposed: Exposed, where: Where, path: tuple[str, ...]) -> None:
    """A full document number is typed in and forgotten: it is kept nowhere that others may read it."""
    for name, value in where.items():
        at = (*path, name)
        if name in ("and", "or"):
            for each in value or ():
                _refuse_sensitive(exposed, each, at)
        elif name == "not":
            _refuse_sensitive(exposed, value or {}, at)
        elif name not in OF_FILTERS:
            _refuse_below(exposed, name, value or {}, at)


def _refuse_below(exposed: Exposed, name: str, value: Where, path: tuple[str, ...]) -> None:
    member = exposed.members[name]
    if isinstance(member, Column):
        if member.note.sensitive:
            raise bad(path, "NEVER_KEPT", label=member.note.label)
    elif isinstance(member, ToOne):
        _refuse_sensitive(registry()[member.target], value, path)
    elif isinstance(member, ToMany):
        for side, inner in value.items():
            _refuse_sensitive(registry()[member.target], inner or {}, (*path, side))
