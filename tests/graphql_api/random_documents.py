"""Random valid documents of the schema: pages, rows, lists, fragments, aliases, directives, variables.

`questions(...)` is a Hypothesis strategy. What is drawn is read from the schema, so that a new object, field or
argument is asked for by itself. Several values are drawn for the variables of each document, so that it can be asked
again with others.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
)
from hypothesis import strategies as st

from graphql_api.registry import Column, ToMany, registry
from tests.graphql_api.random_values import PAGING, Chance, Pool, Values, literal, plain

SETS = 2  # of values for the variables
DEEPEST = 5  # objects inside one another, below the root
MOST_FIELDS = 60
#: Questions about the policy table decide whole tables; what they answer is asked about elsewhere.
LEFT_OUT = {"policyMatrix", "policyTable", "policyDiff", "whoCan", "rightsOf", "policyDraft"}

Permitted = Callable[[str, str], bool]


@dataclass(frozen=True)
class Question:
    """A document, and values for its variables. `operation`: which of its operations is meant, where it has two."""

    document: str
    variables: tuple[dict[str, Any], ...]
    operation: str | None = None


@st.composite
def questions(draw: Any, schema: GraphQLSchema, pool: Pool, permitted: Permitted) -> Question:
    """`permitted(object, field)`: what the questions are mostly about, by the schema's names; a root field is one of
    `Query`. Without it, most questions of most roles would end with the first refusal."""
    return _Writer(Chance(draw), schema, pool, permitted).question()


@dataclass
class Entry:
    """What stands under one response key: the field, its arguments, and what is selected below."""

    name: str
    arguments: str
    below: Selected


Selected = dict[str, Entry]


def _words(texts: list[str]) -> set[str]:
    """The variables that these texts name."""
    return {name for text in texts for name in re.findall(r"\$v\d+", text)}


@dataclass
class Part:
    """The text of a selection, and what it selects with its fragments spread out."""

    text: str
    selected: Selected


def united(one: Selected, other: Selected) -> Selected | None:
    """Both beside each other; None where a response key would mean two things."""
    found = dict(one)
    for key, entry in other.items():
        known = found.get(key)
        if known is None:
            found[key] = entry
            continue
        below = united(known.below, entry.below)
        if (known.name, known.arguments) != (entry.name, entry.arguments) or below is None:
            return None
        found[key] = Entry(known.name, known.arguments, below)
    return found


@dataclass
class Variable:
    """`definition`: its type and default; `values`: one for each set, left out of it where absent."""

    definition: str
    values: list[dict[str, Any]]


@dataclass
class _Writer:
    chance: Chance
    schema: GraphQLSchema
    pool: Pool
    permitted: Permitted
    values: Values = field(init=False)
    variables: dict[str, Variable] = field(default_factory=dict)
    fragments: dict[str, tuple[str, Part]] = field(default_factory=dict)
    room: int = MOST_FIELDS
    aliases: int = 0

    def __post_init__(self) -> None:
        self.values = Values(self.chance, self.schema, self.pool, self.permitted)

    # --- the document

    def question(self) -> Question:
        root = self.schema.query_type
        assert root is not None
        body = self.selection(root, 0).text
        fragments = self._used(body)
        asked = {name: self.variables[name] for name in self.variables if f"${name}" in _words([body, *fragments])}
        two = self.chance.happens(5)
        name = "Asked" if two or self.chance.happens(50) else ""
        defined = ", ".join(f"${name}: {each.definition}" for name, each in asked.items())
        head = f"query {name}{f'({defined})' if defined else ''} " if name or defined else ""
        texts = [f"{head}{body}", *fragments]
        if two:
            texts.insert(self.chance.number(0, 1), "query Other { __typename }")
        sets = [
            {name: value for each in asked.values() for name, value in each.values[number].items()}
            for number in range(SETS)
        ]
        return Question("\n".join(texts), tuple(sets), "Asked" if two else None)

    def _used(self, body: str) -> list[str]:
        """The fragments that are spread, be it by one another; what was drawn in vain is not written."""
        found: dict[str, str] = {}
        pending = [body]
        while pending:
            for name in re.findall(r"\.\.\.(F\d+)", pending.pop()):
                if name not in found:
                    kind, part = self.fragments[name]
                    found[name] = f"fragment {name} on {kind} {part.text}"
                    pending.append(part.text)
        return [*found.values()]

    # --- selections

    def selection(self, kind: GraphQLObjectType, depth: int) -> Part:
        """What is selected of an object, in braces; never nothing."""
        made = Part("", {})
        for _ in range(self.chance.number(1, 3 if depth == 0 else 5)):
            if self.room > 0:
                made = self._and(made, self._one(kind, depth, made.selected))
        if not made.text:
            made = Part("__typename", {"__typename": Entry("__typename", "", {})})
        return Part(f"{{ {made.text} }}", made.selected)

    def _and(self, made: Part, more: Part | None) -> Part:
        both = united(made.selected, more.selected) if more else None
        return made if more is None or both is None else Part(f"{made.text} {more.text}".strip(), both)

    def _one(self, kind: GraphQLObjectType, depth: int, beside: Selected) -> Part | None:
        number = self.chance.number(0, 99)
        if number < 75:
            return self._field(kind, depth)
        if number < 82:
            return self._again(kind, depth, beside)
        if number < 88:
            key = self._alias("__typename", 30)
            return Part(f"{key}__typename{self._directives()}", {key[:-2] or "__typename": Entry("__typename", "", {})})
        if number < 94:
            condition = f" on {kind.name}" if self.chance.happens(60) else ""
            inner = self.selection(kind, depth)
            return Part(f"...{condition}{self._directives()} {inner.text}", inner.selected)
        return self._spread(kind, depth)

    def _spread(self, kind: GraphQLObjectType, depth: int) -> Part:
        known = [name for name, (on, _) in self.fragments.items() if on == kind.name]
        if known and self.chance.happens(50):
            name = self.chance.one_of(known)
        else:
            part = self.selection(kind, depth)
            name = f"F{len(self.fragments)}"
            self.fragments[name] = (kind.name, part)
        return Part(f"...{name}{self._directives()}", self.fragments[name][1].selected)

    def _again(self, kind: GraphQLObjectType, depth: int, beside: Selected) -> Part | None:
        """The same key once more, with something else below it: both are merged."""
        known = [key for key, entry in beside.items() if entry.name in kind.fields]
        if not known:
            return None
        key = self.chance.one_of(known)
        entry = beside[key]
        target = get_named_type(kind.fields[entry.name].type)
        below = self.selection(target, depth + 1) if isinstance(target, GraphQLObjectType) else Part("", {})
        alias = "" if key == entry.name else f"{key}: "
        text = f"{alias}{entry.name}{entry.arguments}{self._directives()} {below.text}"
        return Part(text, {key: Entry(entry.name, entry.arguments, below.selected)})

    def _field(self, kind: GraphQLObjectType, depth: int) -> Part | None:
        names = self._names(kind, depth)
        if not names:
            return None
        self.room -= 1
        name = self.chance.one_of(names)
        definition = kind.fields[name]
        target = get_named_type(definition.type)
        arguments = self._arguments(definition, target.name)
        key = self._alias(name, 50 if arguments else 10)
        below = self.selection(target, depth + 1) if isinstance(target, GraphQLObjectType) else Part("", {})
        text = f"{key}{name}{arguments}{self._directives()} {below.text}".strip()
        return Part(text, {key[:-2] or name: Entry(name, arguments, below.selected)})

    def _names(self, kind: GraphQLObjectType, depth: int) -> list[str]:
        """What may be selected here: of the root, pages more often than the rest."""
        sensible = not self.chance.happens(1)
        pages = depth == 0 and self.chance.happens(70)
        return [
            name
            for name, each in kind.fields.items()
            if name not in LEFT_OUT
            and not (pages and "first" not in each.args)
            and not (depth >= DEEPEST and is_composite_type(get_named_type(each.type)))
            and not (sensible and not self.permitted(kind.name, name))
        ]

    def _alias(self, name: str, percent: int) -> str:
        if not self.chance.happens(percent):
            return ""
        self.aliases += 1
        return f"{name}{self.aliases}: "

    def _directives(self) -> str:
        if not self.chance.happens(6):
            return ""
        word = self.chance.one_of(("include", "skip"))
        return f" @{word}(if: {self._condition(word == 'include')})"

    def _condition(self, shown: bool) -> str:
        """Mostly so that the field is shown; as often as not by a variable."""
        if self.chance.happens(50):
            return literal(shown is not self.chance.happens(25))
        return self._variable("Boolean!", lambda: self.chance.happens(50))

    # --- arguments and variables

    def _arguments(self, definition: GraphQLField, target: str) -> str:
        if not definition.args:
            return ""
        about = get_named_type(definition.args["where"].type).name if "where" in definition.args else target
        name = about.removesuffix("Filter")
        drawn = self.values.arguments(name, definition.args)
        texts = [f"{each}: {self._argument(name, definition, each, value)}" for each, value in drawn.items()]
        return f"({', '.join(texts)})" if texts else ""

    def _argument(self, name: str, definition: GraphQLField, argument: str, value: Any) -> str:
        """A literal, a variable, or a filter with a variable in it."""
        kind = definition.args[argument].type
        if self.chance.happens(30):
            grouped = "groupBy" in definition.args and argument == "orderBy"
            return self._variable(str(kind), (lambda: value) if grouped else self._like(name, argument, value))
        if isinstance(value, dict) and argument == "where" and self.chance.happens(20):
            (first, inner), *rest = value.items()
            filter_type = get_named_type(kind)
            assert isinstance(filter_type, GraphQLInputObjectType)
            text = self._variable(str(filter_type.fields[first].type), lambda: inner)
            return "{" + ", ".join([f"{first}: {text}", *(f"{key}: {literal(each)}" for key, each in rest)]) + "}"
        return literal(value)

    def _like(self, name: str, argument: str, value: Any) -> Callable[[], Any]:
        """First this value, then others for the same argument."""
        again: dict[str, Callable[[], Any]] = {
            "where": lambda: self.values.where(name),
            "orderBy": lambda: self.values.order(name),
            "search": lambda: self.values.search(name),
            **dict.fromkeys(PAGING, self.values.size),
        }
        first = iter([value])
        return lambda: next(first, None) or again.get(argument, lambda: value)()

    def _variable(self, kind: str, make: Callable[[], Any]) -> str:
        """Named, defined, and given a value in each set: sometimes null, sometimes none at all."""
        name = f"v{len(self.variables)}"
        self.variables[name] = Variable("", [])  # its place is taken, whatever `make` draws
        required = kind.endswith("!")
        default = f" = {literal(make())}" if self.chance.happens(20) else ""
        definition = kind if required or not self.chance.happens(20) else f"{kind}!"
        values: list[dict[str, Any]] = []
        for _ in range(SETS):
            if (default or not required) and self.chance.happens(12):
                values.append({})
            else:
                values.append({name: None if not required and self.chance.happens(4) else plain(make())})
        self.variables[name] = Variable(definition + default, values)
        return f"${name}"


def everything(object_name: str, field_name: str) -> bool:
    """Permits all that there is."""
    return True


def readable(access: Any, schema: GraphQLSchema) -> Permitted:
    """What a caller with these rights may read: fields, relations to objects of which he sees something, root fields of
    such objects. What is not an object of the policies is permitted."""
    seen = {each.name for each in registry() if access.fields(each.name, "read")}

    def permitted(object_name: str, name: str) -> bool:
        kind = schema.type_map.get(object_name)
        if isinstance(kind, GraphQLObjectType) and name in kind.fields:
            target = get_named_type(kind.fields[name].type).name.removesuffix("Connection").removesuffix("Group")
            if target in registry() and target not in seen:
                return False
        if object_name not in registry():
            return True
        member = registry()[object_name].members.get(name)
        if member is None:
            return True
        if isinstance(member, ToMany):
            return access.can(member.target, "read", member.relation)
        if not isinstance(member, Column) and member.target not in seen:
            return False
        return member.name in ("id", "version") or member.name in access.fields(object_name, "read")

    return permitted
