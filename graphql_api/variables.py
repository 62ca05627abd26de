"""The variables of an operation, coerced without reading its definitions anew for every request.

Wrong ones are not explained here: graphql-core does that, when it runs the operation instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from graphql import (
    GraphQLInputType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    is_non_null_type,
    type_from_ast,
    value_from_ast,
)
from graphql.execution.values import VariableValues, get_variable_values, input_is_nested_too_deeply
from graphql.utilities import coerce_input_value

#: The coerced values by name, those left out and without a default missing; None: something is wrong with them.
Coerce = Callable[[Mapping[str, Any]], dict[str, Any] | None]

NO_VARIABLES = VariableValues({}, {})


def coercion(schema: GraphQLSchema, operation: OperationDefinitionNode) -> Coerce:
    """For all requests of a valid operation."""
    parts = []
    for each in operation.variable_definitions or ():
        kind = cast(GraphQLInputType, type_from_ast(schema, each.type))  # the operation is valid
        default = value_from_ast(each.default_value, kind) if each.default_value else Undefined
        parts.append((each.variable.name.value, kind, default, is_non_null_type(kind)))

    def coerce(given: Mapping[str, Any]) -> dict[str, Any] | None:
        found: dict[str, Any] = {}
        for name, kind, default, required in parts:
            if name not in given:
                if default is not Undefined:
                    found[name] = default
                elif required:
                    return None
                continue
            value = given[name]
            if isinstance(value, dict | list) and input_is_nested_too_deeply(value, kind):
                return None
            coerced = coerce_input_value(value, kind)
            if coerced is Undefined:
                return None
            found[name] = coerced
        return found

    return coerce


def whole(schema: GraphQLSchema, operation: OperationDefinitionNode, given: Mapping[str, Any]) -> VariableValues | None:
    """The same as graphql-core keeps them; None: something is wrong with them."""
    if not operation.variable_definitions:
        return NO_VARIABLES
    found = get_variable_values(schema, operation.variable_definitions, dict(given), max_errors=1)
    return found if isinstance(found, VariableValues) else None
