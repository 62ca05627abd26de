"""What a mutation asks for, read from the schema: the fields of a form, with their words and kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from admin_panel.language import Text

#: How the API parts the Chinese from the English in a description, and the name from what is said besides.
BETWEEN_LANGUAGES = " · "


@dataclass(frozen=True, slots=True)
class InputField:
    """One thing that a mutation asks. `kind`: a scalar's name, `enum` or `other`; `values`: of an enum, with words;
    `inner`: of an input within the input, its own fields, one step deep."""

    name: str
    label: Text
    hint: Text | None
    kind: str
    many: bool
    required: bool
    values: tuple[tuple[str, Text], ...] = ()
    inner: tuple[InputField, ...] = ()


@dataclass(frozen=True, slots=True)
class MutationInfo:
    """One mutation. `wrapped`: its fields are those of the argument `input`, but for those `beside` it. `answer`: every
    plain field of what comes back, as a selection; empty for a mutation that answers with a value."""

    name: str
    words: Text
    wrapped: bool
    declared: str
    passed: str
    fields: tuple[InputField, ...]
    answer: str
    beside: frozenset[str] = frozenset()

    @property
    def document(self) -> str:
        head = f"mutation Do({self.declared})" if self.declared else "mutation Do"
        arguments = f"({self.passed})" if self.passed else ""
        answer = f" {{ {self.answer} }}" if self.answer else ""
        return f"{head} {{ done: {self.name}{arguments}{answer} }}"

    def variables(self, given: Mapping[str, Any]) -> dict[str, Any]:
        if not self.wrapped:
            return dict(given)
        inside = {name: value for name, value in given.items() if name not in self.beside}
        return {"input": inside} | {name: given[name] for name in self.beside if name in given}


def mutations_of(schema: GraphQLSchema) -> dict[str, MutationInfo]:
    """Every mutation of the schema, by name."""
    declared = schema.mutation_type.fields if schema.mutation_type else {}
    return {name: _mutation(name, field) for name, field in declared.items()}


def _mutation(name: str, field: Any) -> MutationInfo:
    arguments: Mapping[str, GraphQLArgument] = field.args
    inner = get_named_type(arguments["input"].type) if "input" in arguments else None
    wrapped = isinstance(inner, GraphQLInputObjectType)
    beside = {each: argument for each, argument in arguments.items() if not (wrapped and each == "input")}
    asked: Mapping[str, Any] = {**beside, **(inner.fields if isinstance(inner, GraphQLInputObjectType) else {})}
    return MutationInfo(
        name,
        bilingual(field.description) or Text(name, name),
        wrapped,
        ", ".join(f"${each}: {argument.type}" for each, argument in arguments.items()),
        ", ".join(f"{each}: ${each}" for each in arguments),
        tuple(_field(each, asked[each], deep=True) for each in asked),
        " ".join(_plain_fields(field.type)),
        frozenset(beside) if wrapped else frozenset(),
    )


def _field(name: str, declared: GraphQLArgument | GraphQLInputField, *, deep: bool = False) -> InputField:
    required = (
        is_required_input_field(declared) if isinstance(declared, GraphQLInputField) else is_required_argument(declared)
    )
    bare = declared.type.of_type if isinstance(declared.type, GraphQLNonNull) else declared.type
    named: Any = get_named_type(declared.type)
    values = named.values.items() if isinstance(named, GraphQLEnumType) else ()
    first, _, second = (declared.description or "").partition("\n")
    return InputField(
        name,
        bilingual(first) or Text(name, name),
        bilingual(second),
        "enum" if isinstance(named, GraphQLEnumType) else named.name if is_leaf_type(named) else "other",
        isinstance(bare, GraphQLList),
        required,
        tuple((value, bilingual(each.description) or Text(value, value)) for value, each in values),
        tuple(_field(each, inner) for each, inner in named.fields.items()) if deep and _is_plain(named) else (),
    )


def _is_plain(named: Any) -> bool:
    """An input of plain values; not a filter, which holds itself."""
    if not isinstance(named, GraphQLInputObjectType):
        return False
    return all(is_leaf_type(get_named_type(each.type)) for each in named.fields.values())


def bilingual(description: str | None) -> Text | None:
    """`用户名 · Username` as a text in both languages; None where nothing is said. One language stands for both."""
    said = (description or "").partition("\n")[0].strip()
    zh, _, en = said.partition(BETWEEN_LANGUAGES)
    return Text(zh, en or zh) if said else None


def _plain_fields(declared: Any) -> Iterator[str]:
    """The fields of an answer that hold plain values and ask for no arguments."""
    for name, field in getattr(get_named_type(declared), "fields", {}).items():
        if is_leaf_type(get_named_type(field.type)) and not field.args:
            yield name
