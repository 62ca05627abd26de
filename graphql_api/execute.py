"""One request from document to answer: who asks, is it small enough, is it valid, run it, show only what may be shown.

HTTP and the panel in this process both come through `Api.execute`: no limit and no check belongs to only one of them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationType,
    execute,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from graphql_api import exporting, limits, messages
from graphql_api.addresses import check_address
from graphql_api.answer import Answer
from graphql_api.authentication import authenticate, csrf_token_matches
from graphql_api.context import Context, Credentials
from graphql_api.documents import Documents
from graphql_api.errors import MOST_ERRORS, ApiError, ErrorCode, invalid
from graphql_api.limits import Shape
from graphql_api.live import Live, Wanted, begun
from graphql_api.metrics import observed
from graphql_api.presenting import answered, in_english
from graphql_api.programs import Programs, Ran
from graphql_api.rates import Rates
from graphql_api.remembered import Identities
from graphql_api.rights import forbidden
from graphql_api.values import bad, unstorable
from models.change_bus import Bus

#: The only fields of the schema that a request may ask for without saying who it is.
FOR_EVERYBODY = frozenset({"signIn", "__typename"})

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
CLOSED_RULES = (*RULES, NoSchemaIntrospectionCustomRule)

#: What may be asked for by POST, by GET, and over a WebSocket.
POSTED = frozenset({OperationType.QUERY, OperationType.MUTATION})
READING = frozenset({OperationType.QUERY})
SUBSCRIBING = frozenset({OperationType.SUBSCRIPTION})
ANOTHER_WAY = (
    "This operation cannot be asked for in this way; send a query or a mutation by POST, a subscription over a"
    " WebSocket (graphql-transport-ws)."
)

NO_NAME = "The document must hold one operation, or `operationName` say which of several to run."
KEPT_DOCUMENTS = 512
LONGEST_KEPT = 20_000


@dataclass(slots=True)
class Prepared:
    """A parsed and valid document; what it costs is known for each set of the numbers that it asks pages with."""

    document: DocumentNode
    shapes: dict[str, Shape]
    fragments: dict[str, FragmentDefinitionNode]
    costs: dict[tuple[Any, ...], int] = field(default_factory=dict)


class Api:
    """The schema, with what was learnt of the documents asked so far.

    `planned=False`: every query is executed field by field, which must give the same answers. `bus`: what subscriptions
    hear of changes by; without it there are none. `rates`: how often a caller may ask; without it as often as he likes.
    """

    def __init__(
        self, schema: strawberry.Schema, *, planned: bool = True, bus: Bus | None = None, rates: Rates | None = None
    ) -> None:
        self.schema = schema
        self.bus = bus
        self.planned = planned
        self.core = schema._schema
        self.programs = Programs(self.core)
        self.schema_text = schema.as_str()
        self.identities = Identities()
        self.documents = Documents()
        self.rates = rates or Rates(requests=0, cost=0, anonymous=0)
        self._kept = lru_cache(maxsize=KEPT_DOCUMENTS)(self._prepare)

    async def execute(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        credentials: Credentials | None = None,
        *,
        stored: str = "",
        only_queries: bool = False,
    ) -> Answer:
        """Runs one operation of `document` for whoever the credentials show. Raises nothing; see Answer.

        `stored`: the hash of a stored document to run; `document` may be empty then, and is run when there is none.
        `only_queries` refuses mutations (a GET must change nothing), and sensitive values (its address is logged).
        """
        context, began = _context_of(credentials, self), time.perf_counter()
        answer = await self._executed(context, document, variables, operation_name, stored, only_queries=only_queries)
        observed(context, answer, time.perf_counter() - began)
        return answer

    async def ask_again(self, context: Context, document: str, variables: Mapping[str, Any]) -> Answer:
        """A further question for the same caller, in a document of ours: a page of the file that he asked for.

        His session or token is looked up anew, and every limit counts. Raises ApiError (CONFLICT) when he acts in
        another role by now: one file is not put together from two persons' rows.
        """
        again, began = _context_of(replace(context.credentials, panel=True), self), time.perf_counter()
        again.locale = context.locale
        answer = await self._executed(again, document, variables, None, "", only_queries=False)
        observed(again, answer, time.perf_counter() - began)
        if not answer.errors and again.caller.role != context.caller.role:
            raise ApiError(ErrorCode.CONFLICT, problem="OTHER_ROLE_SINCE")
        return answer

    async def _executed(
        self,
        context: Context,
        document: str,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        stored: str,
        *,
        only_queries: bool,
    ) -> Answer:
        try:
            kinds = READING if only_queries else POSTED
            prepared, shape = await self._admitted(
                context, document, variables or {}, operation_name, kinds, stored=stored
            )
            ran = await self._planned(prepared, shape, context, variables or {})
            if ran.data is not None:
                exporting.note(context, shape, ran.data)
                return Answer(ran.data, [], True, context.locale, context.cookie, plan=ran.note)
            try:
                result = await self._run(prepared, context, variables, operation_name)
            finally:
                if shape.writes:
                    self.identities.after(shape.root_fields)
        except Exception as error:
            return await answered(ExecutionResult(None, [_as_graphql_error(error)]), context, ran=False)
        if _is_request_error(result):
            found = [invalid(each) for each in result.errors or ()]
            return await answered(ExecutionResult(None, found), context, ran=False)
        if result.data is not None and not result.errors:
            exporting.note(context, shape, result.data)
        answer = await answered(result, context, ran=True)
        answer.plan = ran.note
        return answer

    async def subscribe(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        credentials: Credentials | None = None,
        *,
        stored: str = "",
    ) -> Live | Answer:
        """Begins a subscription: nothing that is committed after this returns is missed. An Answer says why there is
        none. `stored`: as in `execute`. Raises nothing."""
        context, began = _context_of(credentials), time.perf_counter()
        found = await self._subscribed(context, document, dict(variables or {}), operation_name, stored)
        refused = found if isinstance(found, Answer) else Answer(None, [], True, context.locale)
        observed(context, refused, time.perf_counter() - began)
        return found

    async def _subscribed(
        self, context: Context, document: str, given: dict[str, Any], operation_name: str | None, stored: str
    ) -> Live | Answer:
        try:
            prepared, shape = await self._admitted(context, document, given, operation_name, SUBSCRIBING, stored=stored)
            cost = self._cost(prepared, shape, given)
            found = await begun(Wanted(self.core, prepared.document, given, operation_name, cost), context, self.bus)
        except Exception as error:
            return await answered(ExecutionResult(None, [_as_graphql_error(error)]), context, ran=False)
        if isinstance(found, Live):
            return found
        errors = [invalid(each) for each in found.errors or ()] if _is_request_error(found) else found.errors
        return await answered(ExecutionResult(None, errors), context, ran=False)

    async def may_explore(self, credentials: Credentials) -> ApiError | None:
        """None when this caller may read the schema itself, else why not."""
        context = Context(credentials, messages.locale_of(credentials.locale))
        await authenticate(context, self.identities)
        if context.signed_in is None:
            return context.problem or ApiError(ErrorCode.UNAUTHENTICATED)
        return None if context.may_explore else await forbidden(context, "Api", "explore")

    async def _admitted(
        self,
        context: Context,
        document: str,
        variables: Mapping[str, Any],
        operation_name: str | None,
        kinds: Collection[OperationType],
        *,
        stored: str = "",
    ) -> tuple[Prepared, Shape]:
        """The operation to run, with who asks for it filled in. `kinds`: what may be asked for in this way.

        Raises whatever forbids it: the caller, the document, its size or cost.
        """
        await authenticate(context, self.identities)
        self.rates.count(context)
        document, trusted = await self.documents.named(stored, document)
        if context.signed_in is None or not (trusted or context.asks_freely):
            _, shapes = _measured(document)  # who asks comes first: only then is it worth the time to validate
            asked = _asked_for(shapes, operation_name)
            _check_caller(context, asked, kinds)
            await self.documents.check_own(context, document, asked)
        prepared = self._prepared(document, context.may_explore)
        shape = _asked_for(prepared.shapes, operation_name)
        context.kind, context.operation = shape.operation.operation.value, shape.name
        if shape.writes and context.remembered:
            await authenticate(context, self.identities, anew=True)
        _check_caller(context, shape, kinds)
        if kinds is READING:
            check_address(document, variables)
        if shape.writes:
            _check_texts(document, variables)
        else:
            limits.check_variables(variables)
        exporting.check_roots(shape)
        self._check_cost(prepared, shape, variables)
        context.cost = self._cost(prepared, shape, variables)
        self.rates.count_cost(context, context.cost)
        return prepared, shape

    def fault_of(self, document: str) -> str:
        """Why this document could never run, as a sentence in English; "" when it could."""
        try:
            self._prepare(document, open_schema=True)
        except (GraphQLError, RecursionError) as fault:
            return in_english(_as_graphql_error(fault))
        return ""

    def _prepared(self, document: str, open_schema: bool) -> Prepared:
        prepare = self._kept if len(document) <= LONGEST_KEPT else self._prepare
        return prepare(document, open_schema)

    def _prepare(self, text: str, open_schema: bool) -> Prepared:
        document, shapes = _measured(text)
        rules = RULES if open_schema else CLOSED_RULES
        found = validate(self.core, document, rules, max_errors=1, hide_suggestions=not open_schema)
        if found:
            raise invalid(found[0])
        return Prepared(document, shapes, limits.fragments_of(document))

    def _check_cost(self, prepared: Prepared, shape: Shape, variables: Mapping[str, Any]) -> None:
        cost = self._cost(prepared, shape, variables)
        if cost > limits.MOST_COST:
            raise limits.too_complex("cost", cost, limits.MOST_COST)

    def _cost(self, prepared: Prepared, shape: Shape, variables: Mapping[str, Any]) -> int:
        key = (shape, *(limits.whole_number(variables[name]) if name in variables else "" for name in shape.numbers))
        if key not in prepared.costs:
            cost = limits.cost(self.core, shape.operation, prepared.fragments, variables)
            if len(prepared.costs) > KEPT_DOCUMENTS:
                prepared.costs.clear()
            prepared.costs[key] = cost
        return prepared.costs[key]

    async def _planned(self, prepared: Prepared, shape: Shape, context: Context, variables: Mapping[str, Any]) -> Ran:
        if not self.planned:
            return Ran(None, "")
        return await self.programs.run(prepared.fragments, shape, context, variables)

    async def _run(
        self, prepared: Prepared, context: Context, variables: Mapping[str, Any] | None, operation_name: str | None
    ) -> ExecutionResult:
        result = execute(
            self.core,
            prepared.document,
            context_value=context,
            variable_values=dict(variables or {}),
            operation_name=operation_name,
            max_coercion_errors=MOST_ERRORS,
            hide_suggestions=not context.may_explore,
        )
        return await result if isawaitable(result) else result


def _context_of(credentials: Credentials | None, api: Api | None = None) -> Context:
    given = credentials or Credentials()
    return Context(given, messages.locale_of(given.locale), api=api)


def _measured(text: str) -> tuple[DocumentNode, dict[str, Shape]]:
    """The document and its operations. Raises QUERY_TOO_COMPLEX, a syntax error, or RecursionError."""
    if len(text) > limits.MOST_CHARACTERS:
        raise limits.too_complex("characters", len(text), limits.MOST_CHARACTERS)
    document = _parsed(text)
    return document, limits.shapes(document)


def _parsed(text: str) -> DocumentNode:
    """The parser stops by itself at the limit of tokens and of nesting, with syntax errors that are none."""
    try:
        return parse(text, max_tokens=limits.MOST_TOKENS)
    except GraphQLSyntaxError as error:
        if f"more than {limits.MOST_TOKENS} tokens" in error.message:
            raise limits.too_complex("tokens", limits.MOST_TOKENS + 1, limits.MOST_TOKENS) from None
        if "nested too deeply" in error.message:
            raise limits.too_complex("depth", limits.MOST_NESTING + 1, limits.MOST_NESTING) from None
        raise


def _asked_for(shapes: Mapping[str, Shape], operation_name: str | None) -> Shape:
    """The operation to run. Raises BAD_INPUT when the document leaves it open."""
    if operation_name and operation_name in shapes:
        return shapes[operation_name]
    if operation_name or len(shapes) != 1:
        named = f"The document holds no operation {operation_name}." if operation_name else NO_NAME
        raise ApiError(ErrorCode.BAD_INPUT, named)
    return next(iter(shapes.values()))


def _check_caller(context: Context, shape: Shape, kinds: Collection[OperationType]) -> None:
    """Raises UNAUTHENTICATED or FORBIDDEN for what this caller cannot ask in this way at all."""
    if shape.operation.operation not in kinds:
        raise ApiError(ErrorCode.BAD_INPUT, ANOTHER_WAY)
    for_everybody = FOR_EVERYBODY.issuperset(shape.root_fields)
    anonymous = context.signed_in is None
    if anonymous and not for_everybody and (shape.writes or not context.credentials.inside):
        raise context.problem or ApiError(ErrorCode.UNAUTHENTICATED)
    if shape.writes and not anonymous and not for_everybody and not csrf_token_matches(context.credentials):
        raise ApiError(ErrorCode.FORBIDDEN, problem="CSRF")


#: How a document writes a NUL; what its variables hold is looked at as it is.
NUL = re.compile(r"\x00|\\u0000|\\u\{0+\}")


def _check_texts(document: str, variables: Mapping[str, Any]) -> None:
    """Raises BAD_INPUT for a text that no database takes; what a filter compares with, `filters` cleans itself."""
    place = ("query",) if NUL.search(document) else unstorable(variables)
    if place is not None:
        raise bad(place, "NO_TEXT")


def _as_graphql_error(error: Exception) -> GraphQLError:
    if isinstance(error, RecursionError):
        return limits.too_complex("depth", limits.MOST_NESTING + 1, limits.MOST_NESTING)
    return error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)


def _is_request_error(result: ExecutionResult) -> bool:
    """Whether execution never began: wrong variables, for instance."""
    return result.data is None and bool(result.errors) and all(error.path is None for error in result.errors or ())
