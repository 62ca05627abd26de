"""Makes JSON of what a computed field answers: a function for each place of a document that selects one, doing what
graphql-core would do with the same value, without its walk.

Only what is plain can be finished so: scalars, enums, lists, and Strawberry types whose fields are attributes.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
)
from strawberry.types.field import StrawberryField

from graphql_api.selection import Details, Selection, field_name

Finish = Callable[[Any], Any]

#: Of these scalars the value itself is what the answer holds.
AS_IT_IS = {"String": str, "Boolean": bool, "ID": str, "Int": int}
INT = range(-(2**31), 2**31)


class NotPlanned(Exception):
    """This place of a document is left to graphql-core; says which."""


class Unfinished(Exception):
    """A value that the schema does not expect; graphql-core says best what is wrong with it."""


def finisher(selection: Selection, owner: str, details: Details) -> Finish:
    """The function for one field of the type `owner`. Raises NotPlanned."""
    field = selection.field(owner, details)
    if field.args:
        raise NotPlanned(f"{owner}.{field_name(details)}")
    return _of(selection, field.type, details)


def _of(selection: Selection, kind: GraphQLOutputType, details: Details) -> Finish:
    if isinstance(kind, GraphQLNonNull):
        return _required(_of(selection, kind.of_type, details))
    if isinstance(kind, GraphQLList):
        inner = _of(selection, kind.of_type, details)
        return lambda value: None if value is None else [inner(each) for each in value]
    if isinstance(kind, GraphQLObjectType):
        return _object(selection, kind, details)
    if isinstance(kind, GraphQLScalarType | GraphQLEnumType):
        return _leaf(kind)
    raise NotPlanned(str(kind))


def _required(inner: Finish) -> Finish:
    def finish(value: Any) -> Any:
        found = inner(value)
        if found is None:
            raise Unfinished
        return found

    return finish


def _leaf(kind: GraphQLScalarType | GraphQLEnumType) -> Finish:
    """The type's own conversion, which is not asked where it would change nothing."""
    convert, plain = kind.coerce_output_value, AS_IT_IS.get(kind.name)

    def finish(value: Any) -> Any:
        if value is None or (type(value) is plain and (plain is not int or value in INT)):
            return value
        return convert(value)

    return finish


def _object(selection: Selection, kind: GraphQLObjectType, details: Details) -> Finish:
    parts = [(key, _member(selection, kind, below)) for key, below in selection.below(kind.name, details).items()]
    return lambda value: None if value is None else {key: part(value) for key, part in parts}


def _member(selection: Selection, kind: GraphQLObjectType, details: Details) -> Finish:
    name = field_name(details)
    return (lambda value: kind.name) if name == "__typename" else attribute(selection, kind.name, details)


def attribute(selection: Selection, owner: str, details: Details) -> Finish:
    """The function from an object of the type `owner` to one of its fields, which must be an attribute. Raises
    NotPlanned."""
    name, field = field_name(details), selection.field(owner, details)
    declared = field.extensions.get("strawberry-definition") if field.extensions else None
    if not isinstance(declared, StrawberryField) or declared.base_resolver is not None or declared.extensions:
        raise NotPlanned(f"{owner}.{name}")
    read, inner = attrgetter(declared.python_name), _of(selection, field.type, details)
    return lambda value: inner(read(value))
