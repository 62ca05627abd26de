"""How large a document may be, decided before anything of it runs, in time linear in the document.

Every fragment is measured once and remembered: a naive walk of nested spreads is exponential (1 kB of text would stop
the event loop for minutes). What a document is made of is `shape`; how many objects it may bring is `cost`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLList,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    NamedTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
)
from graphql.type import GraphQLCompositeType

from graphql_api.errors import ApiError, ErrorCode

MOST_TOKENS = 4_000
MOST_CHARACTERS = 200_000
MOST_NESTING = 64  # of selection sets and spreads together: beyond it, recursion itself would be the danger
MOST_DEPTH = 12
MOST_INTROSPECTION_DEPTH = 20  # the introspection query of the usual tools has 15
MOST_FIELDS = 1_000
MOST_ALIASES = 60
MOST_DIRECTIVES = 40
MOST_ROOT_FIELDS = 20
MOST_DIFFERENCES = 2  # of policy tables: each decides two tables and names every right in which they differ
MOST_REPEATS = 40  # mentions of a response key beside another one: validation compares each pair of them
MOST_CONTAINERS = 5_000  # objects and lists in the variables of a query: each is coerced member by member
MOST_COST = 250_000  # objects; 1,000 students with sheets, clearances and items are 154,000

#: How many rows a list without `first` is reckoned to hold: a sheet has at most some 25 items, a policy table some
#: 1,500 rows, the policy matrix of an object some 500 cells with a row or two each; somebody holds some 4 roles at
#: most, and there are some 5 actions on an object.
OF_A_SHEET = {"clearances": 25, "items": 25, "moves": 3, "sheets": 2, "certificates": 3, "numbers": 2}
OF_A_TABLE = {"rules": 1_500, "added": 100, "removed": 100, "changes": 100}
OF_A_MATRIX = {"cells": 500, "own": 1, "inherited": 1, "because": 2, "roles": 4, "periods": 2, "actions": 5}
NATURAL_SIZE = OF_A_SHEET | OF_A_TABLE | OF_A_MATRIX | {"contacts": 25, "objects": 20}
#: Where a list of the same name is another thing: an edit in bulk changes a few fields of a row.
NATURAL_SIZE |= {"RowResult.changes": 3}

#: The same of a type in introspection. Its types are as many as the schema has, and count double: they are walked
#: field by field.
OF_A_TYPE = {"fields": 8, "inputFields": 6, "args": 1, "enumValues": 2, "interfaces": 0, "possibleTypes": 0}
OF_A_TYPE["directives"] = 8

#: What a value costs that is worked out by rules or written out, in objects of some two microseconds: a sheet's facts
#: are read for it, or the order's keys are made a cursor.
WORKED_OUT = {"certificateState": 100, "contacts": 100, "whyNot": 100, "moves": 40, "cursor": 12}
WORKED_OUT |= {"progress": 5, "mayHandle": 5, "standing": 5, "undoable": 5}
OTHER_LISTS = 10
PAGE = 50
PAGING = ("first", "last", "limit")
GROUPS = 2_000  # of one question, unless it sets a limit; what it costs at least, since every row is counted
MOST_GROUPS = 10_000


def too_complex(measure: str, value: int, limit: int) -> ApiError:
    return ApiError(ErrorCode.QUERY_TOO_COMPLEX, measure=measure, value=value, limit=limit)


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """One operation: its kind, the fields it asks of the root and how many fields at all, fragments resolved, and its
    whole-number variables: only these can change its cost."""

    operation: OperationDefinitionNode
    root_fields: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    fields: int = 0

    @property
    def name(self) -> str:
        return self.operation.name.value[:64] if self.operation.name else ""

    @property
    def writes(self) -> bool:
        return self.operation.operation is OperationType.MUTATION


def shapes(document: DocumentNode) -> dict[str, Shape]:
    """The operations of a document by name (the nameless one under ""). Raises QUERY_TOO_COMPLEX."""
    measured = _Measured(fragments_of(document))
    found: dict[str, Shape] = {}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            found[definition.name.value if definition.name else ""] = measured.shape(definition)
    return found


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}


@dataclass(frozen=True, slots=True)
class _Size:
    """Of a selection set with its fragments spread out. `roots`: the fields of its first level, as often as they occur,
    cut off just beyond the limit. `keys`: its response keys; `repeats`: how often one stands beside its like, at any
    level."""

    depth: int = 0
    fields: int = 0
    roots: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()
    repeats: int = 0

    def beside(self, other: _Size) -> _Size:
        """Both together, but for the keys, which `_Measured.of` collects."""
        roots = (self.roots + other.roots)[: MOST_ROOT_FIELDS + 1]
        repeats = self.repeats + other.repeats
        return _Size(max(self.depth, other.depth), self.fields + other.fields, roots, repeats=repeats)


@dataclass(slots=True)
class _Measured:
    """Measures a document; `sizes` remembers each fragment, and a fragment inside itself counts nothing (validation
    refuses it afterwards)."""

    fragments: Mapping[str, FragmentDefinitionNode]
    sizes: dict[str, _Size] = field(default_factory=dict)
    aliases: int = 0
    directives: int = 0

    def shape(self, operation: OperationDefinitionNode) -> Shape:
        size = self.of(operation.selection_set, 1)
        introspects = any(name in ("__schema", "__type") for name in size.roots)
        _within("depth", size.depth, MOST_INTROSPECTION_DEPTH if introspects else MOST_DEPTH)
        _within("fields", size.fields, MOST_FIELDS)
        _within("aliases", self.aliases, MOST_ALIASES)
        _within("directives", self.directives, MOST_DIRECTIVES)
        _within("root_fields", len(size.roots), MOST_ROOT_FIELDS)
        _within("differences", size.roots.count("policyDiff"), MOST_DIFFERENCES)
        _within("repeats", size.repeats, MOST_REPEATS)
        if operation.operation is OperationType.MUTATION:
            writes = sum(not name.startswith("__") for name in size.roots)
            if writes > 1:
                raise ApiError(ErrorCode.BAD_INPUT, problem="ONE_MUTATION", count=writes)
        return Shape(operation, size.roots, tuple(_int_variables(operation)), size.fields)

    def of(self, selections: SelectionSetNode | None, nesting: int) -> _Size:
        _within("depth", nesting, MOST_NESTING)
        total, keys, repeats = _Size(), set[str](), 0
        for selection in selections.selections if selections else ():
            one = self.one(selection, nesting + 1)
            repeats += len(one.keys & keys)
            keys |= one.keys
            total = total.beside(one)
        return replace(total, keys=frozenset(keys), repeats=total.repeats + repeats)

    def one(self, selection: SelectionNode, nesting: int) -> _Size:
        self.directives += len(selection.directives or ())
        if isinstance(selection, FieldNode):
            self.aliases += selection.alias is not None
            inner, name = self.of(selection.selection_set, nesting), selection.name.value
            key = selection.alias.value if selection.alias else name
            return _Size(inner.depth + 1, inner.fields + 1, (name,), frozenset({key}), inner.repeats)
        if isinstance(selection, InlineFragmentNode):
            return self.of(selection.selection_set, nesting)
        return self.spread(selection, nesting)

    def spread(self, selection: SelectionNode, nesting: int) -> _Size:
        name = selection.name.value if isinstance(selection, FragmentSpreadNode) else ""
        if name not in self.sizes:
            self.sizes[name] = _Size()
            fragment = self.fragments.get(name)
            self.sizes[name] = self.of(fragment.selection_set if fragment else None, nesting)
        return self.sizes[name]


def check_variables(variables: Mapping[str, Any]) -> None:
    """For a query; an import's rows are many by nature. Raises QUERY_TOO_COMPLEX."""
    found, pending = 0, list(variables.values())
    while pending:
        value = pending.pop()
        if isinstance(value, Mapping | list):
            found += 1
            _within("containers", found, MOST_CONTAINERS)
            pending.extend(value.values() if isinstance(value, Mapping) else value)


def _within(measure: str, value: int, limit: int) -> None:
    if value > limit:
        raise too_complex(measure, value, limit)


def cost(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: Mapping[str, Any],
) -> int:
    """How many objects a valid operation may bring: rows times what each brings. Two values count as one object more,
    what is worked out by rules as many."""
    root = schema.get_root_type(operation.operation)
    if root is None:
        return 0
    values = _Costs(schema, fragments, _sizes_given(operation, variables)).of(operation.selection_set, root)
    return -(-values // VALUES)


def _int_variables(operation: OperationDefinitionNode) -> Iterator[str]:
    for definition in operation.variable_definitions or ():
        named = getattr(definition.type, "type", definition.type)
        if getattr(getattr(named, "name", None), "value", "") == "Int":
            yield definition.variable.name.value


def _sizes_given(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> dict[str, int]:
    """What is given counts, be it null; a default only for what is left out."""
    defaults = {
        each.variable.name.value: int(each.default_value.value)
        for each in operation.variable_definitions or ()
        if isinstance(each.default_value, IntValueNode) and each.variable.name.value not in variables
    }
    given = {name: whole_number(value) for name, value in variables.items()}
    return defaults | {name: number for name, number in given.items() if number is not None}


def whole_number(value: Any) -> int | None:
    """What GraphQL takes for an Int: JSON's 1000.0 is one too."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) else None


VALUES = 2  # that make up an object


@dataclass(slots=True)
class _Costs:
    """Counts in values."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, int]
    known: dict[str, int] = field(default_factory=dict)

    def of(self, selections: SelectionSetNode, parent: GraphQLCompositeType) -> int:
        return sum(self.one(selection, parent) for selection in selections.selections)

    def one(self, selection: SelectionNode, parent: GraphQLCompositeType) -> int:
        if isinstance(selection, FieldNode):
            return self.field(selection, parent)
        if isinstance(selection, InlineFragmentNode):
            inner = self.typed(selection.type_condition) if selection.type_condition else parent
            return self.of(selection.selection_set, inner) if inner else 0
        return self.spread(selection)

    def field(self, node: FieldNode, parent: GraphQLCompositeType) -> int:
        definition = self.schema.get_field(parent, node.name.value)
        if definition is None:
            return 0
        inner, own = get_named_type(definition.type), VALUES * WORKED_OUT.get(node.name.value, 0)
        if node.selection_set is None or not is_composite_type(inner):
            return own or 1
        return own + self.rows(node, definition, parent) * (VALUES + self.of(node.selection_set, inner))

    def rows(self, node: FieldNode, definition: GraphQLField, parent: GraphQLCompositeType) -> int:
        paging = [name for name in PAGING if name in definition.args]
        if paging:
            least = GROUPS if "limit" in paging else 1
            return max(least, *(self.asked(node, name, definition) for name in paging))
        holds_list = isinstance(get_nullable_type(definition.type), GraphQLList)
        if not holds_list or parent.name.endswith("Connection"):
            return 0 if node.name.value == "ofType" else 1
        if parent.name.startswith("__"):
            return OF_A_TYPE.get(node.name.value, 2 * len(self.schema.type_map))
        usual = NATURAL_SIZE.get(node.name.value, OTHER_LISTS)
        return NATURAL_SIZE.get(f"{parent.name}.{node.name.value}", usual)

    def asked(self, node: FieldNode, argument: str, definition: GraphQLField) -> int:
        given = next((each.value for each in node.arguments or () if each.name.value == argument), None)
        if isinstance(given, IntValueNode):
            return int(given.value[:9])
        if isinstance(given, VariableNode) and given.name.value in self.variables:
            return min(self.variables[given.name.value], 10**9)
        default = definition.args[argument].default_value
        return default if isinstance(default, int) else PAGE if argument == "first" else 0

    def spread(self, selection: SelectionNode) -> int:
        name = selection.name.value if isinstance(selection, FragmentSpreadNode) else ""
        fragment = self.fragments.get(name)
        if fragment is None:
            return 0
        if name not in self.known:
            self.known[name] = 0  # a fragment inside itself counts nothing; validation refuses it
            inner = self.typed(fragment.type_condition)
            self.known[name] = self.of(fragment.selection_set, inner) if inner else 0
        return self.known[name]

    def typed(self, condition: NamedTypeNode) -> GraphQLCompositeType | None:
        found = self.schema.get_type(condition.name.value)
        return found if is_composite_type(found) else None
