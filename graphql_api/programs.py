"""Runs queries without graphql-core's walk: each root field is planned once for a document and a caller's rights, and
read for every request that differs in values only.

What cannot be planned, and whatever goes wrong, is left to graphql-core, which runs the same plans as resolvers and
says in the specification's words what is wrong: an answer of this module has no errors.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from graphql import FragmentDefinitionNode, GraphQLError, GraphQLSchema, OperationType
from graphql.execution.values import VariableValues

from graphql_api.completing import NotPlanned, Unfinished
from graphql_api.context import Context
from graphql_api.exporting import shown_by
from graphql_api.filters import Filters
from graphql_api.given import Given, Stale
from graphql_api.limits import Shape
from graphql_api.loader import Run
from graphql_api.planner import Planning
from graphql_api.planting import PLANNED
from graphql_api.reading import Plan, Planned
from graphql_api.selection import Asked, Details, Selection, field_name, root_fields
from graphql_api.variables import Coerce, coercion, whole

log = logging.getLogger(__name__)

Fragments = Mapping[str, FragmentDefinitionNode]

MOST_KEPT = 50_000  # fields and values, of some 1.5 kB each, of all programs together
LARGEST_KEPT = 500  # of one program
SHAPES = 1_000  # operations whose variables are known


@dataclass(frozen=True, slots=True)
class Program:
    """All root fields of one operation, planned. `size`: how many fields it shows and values it compares with."""

    roots: Mapping[str, Plan | str]
    given: Given
    size: int

    async def run(self, context: Context, values: list[Any]) -> dict[str, Any]:
        """The data of the answer."""
        run = Run(context, values)
        return {key: each if isinstance(each, str) else await each.read(run) for key, each in self.roots.items()}


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of it. `data` is None where graphql-core is to run the operation; `note` says how it was run, or why
    not: `kept`, `planned`, `unplanned; viewer`."""

    data: dict[str, Any] | None
    note: str


class Programs:
    """The programs of all callers in this process, those that were asked for last. A key holds the rights themselves,
    which are others when another policy is in force: so a program serves nobody but for whom it was made."""

    def __init__(self, core: GraphQLSchema, most: int = MOST_KEPT) -> None:
        self._core, self._most = core, most
        self._kept: OrderedDict[Any, Program] = OrderedDict()
        self._size = 0
        self._coercion = lru_cache(maxsize=SHAPES)(self._coercion_of)

    async def run(self, fragments: Fragments, shape: Shape, context: Context, given: Mapping[str, Any]) -> Ran:
        """Runs an operation that is valid and admitted."""
        if shape.operation.operation is not OperationType.QUERY or context.rights is None:
            return Ran(None, "")
        unplanned = next((name for name in shape.root_fields if not self._plannable(name)), None)
        if unplanned is not None:
            return Ran(None, f"unplanned; {unplanned}")
        coerced = (self._coercion if shape.fields <= LARGEST_KEPT else self._coercion_of)(shape)(given)
        if coerced is None:
            return Ran(None, "unplanned; variables")
        try:
            return await self._run(fragments, shape, context, given, coerced)
        except NotPlanned as problem:
            return Ran(None, f"unplanned; {problem}")
        except Exception as problem:  # graphql-core runs it again, and its answer names what is wrong
            if not isinstance(problem, GraphQLError | Unfinished):
                log.exception("what was planned failed; it is run field by field")
            return Ran(None, f"unplanned; {type(problem).__name__}")

    def _coercion_of(self, shape: Shape) -> Coerce:
        return coercion(self._core, shape.operation)

    def _plannable(self, name: str) -> bool:
        if name == "__typename":
            return True
        field = self._core.query_type.fields.get(name) if self._core.query_type else None
        return field is not None and PLANNED in field.extensions

    async def _run(
        self, fragments: Fragments, shape: Shape, context: Context, given: Mapping[str, Any], coerced: dict[str, Any]
    ) -> Ran:
        values = tuple((name, structure(value)) for name, value in coerced.items())
        key = (context.access, shape, context.locale, values)
        program = self._kept.get(key)
        if program is not None:
            self._kept.move_to_end(key)
            try:
                return Ran(await program.run(context, program.given.again(coerced)), "kept")
            except Stale:
                pass
        variables = whole(self._core, shape.operation, given)
        if variables is None:
            return Ran(None, "unplanned; variables")
        fresh = self._planned(fragments, shape, context, variables)
        data = await fresh.run(context, fresh.given.values)
        if program is None and fresh.given.kept:
            self._keep(key, fresh)
        return Ran(data, "planned")

    def _keep(self, key: Any, program: Program) -> None:
        if program.size > LARGEST_KEPT or key in self._kept:
            return
        self._kept[key] = program
        self._size += program.size
        while self._size > self._most:
            self._size -= self._kept.popitem(last=False)[1].size

    def _planned(self, fragments: Fragments, shape: Shape, context: Context, variables: VariableValues) -> Program:
        asked = Asked(self._core, fragments, shape.operation, variables)
        given = Given()
        filters = Filters(context.access, given=given, shown=shown_by(shape.operation))
        planning = Planning(filters, context.locale, finished=True)
        roots = {key: _root(asked, details, planning) for key, details in root_fields(asked).items()}
        return Program(roots, given, shape.fields + len(given.steps))


def _root(asked: Asked, details: Details, planning: Planning) -> Plan | str:
    if field_name(details) == "__typename":
        return "Query"
    selection = Selection(asked, details)
    arguments, site = selection.site("Query", details)
    planning.filters.given.at(site)
    planned: Planned = selection.field("Query", details).extensions[PLANNED]
    return planned(selection, arguments, planning)


def structure(value: Any) -> Any:
    """What of a variable's value the plan may hang on: not a text or a number, but which members there are, what is
    null, true or false, whether a list is empty, and the values of enums."""
    if value is None or isinstance(value, bool | Enum):
        return value
    if isinstance(value, dict):
        return tuple((name, structure(each)) for name, each in value.items())
    if isinstance(value, list):
        return list if value and _plain(value) else tuple(map(structure, value))
    return type(value)


def _plain(values: list[Any]) -> bool:
    """Texts, numbers and moments, with which a column is compared: however many they are, they are one parameter."""
    return all(
        type(each) is not bool and not isinstance(each, dict | list | Enum) and each is not None for each in values
    )
