"""One request from document to answer: who asks, is it small enough, is it valid, run it, show only what may be shown.

HTTP and the panel in this process both come through `Api.execute`: no limit and no check belongs to only one of them.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
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

from graphql_api import limits, messages
from graphql_api.addresses import check_address
from graphql_api.authentication import authenticate, csrf_token_matches
from graphql_api.context import Context, Credentials, SessionCookie
from graphql_api.errors import MOST_ERRORS, ApiError, ErrorCode, invalid, revealed
from graphql_api.limits import Shape
from graphql_api.rights import forbidden
from graphql_api.values import bad, unstorable

#: The only fields of the schema that a request may ask for without saying who it is.
FOR_EVERYBODY = frozenset({"signIn", "__typename"})

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
CLOSED_RULES = (*RULES, NoSchemaIntrospectionCustomRule)

LONGEST_MESSAGE = 1_000  # graphql-core repeats the caller's value in its own messages
LARGEST_EXACT = 2**53
KEPT_DOCUMENTS = 512
LONGEST_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What came out. `ran`: whether the operation was executed at all; if not, there is no `data` in the response.

    `errors` are in the form of the GraphQL specification. `cookie`: what the HTTP response must do with the session.
    """

    data: dict[str, Any] | None
    errors: list[dict[str, Any]]
    ran: bool
    locale: str
    cookie: SessionCookie | None = None

    @property
    def code(self) -> str | None:
        """The code of the first error."""
        return str(self.errors[0]["extensions"]["code"]) if self.errors else None

    def body(self) -> dict[str, Any]:
        errors = {"errors": self.errors} if self.errors else {}
        return {**errors, "data": self.data} if self.ran else errors


@dataclass(slots=True)
class Prepared:
    """A parsed and valid document; what it costs is known for each set of the numbers that it asks pages with."""

    document: DocumentNode
    shapes: dict[str, Shape]
    fragments: dict[str, FragmentDefinitionNode]
    costs: dict[tuple[Any, ...], int] = field(default_factory=dict)


class Api:
    """The schema, with what was learnt of the documents asked so far."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self.schema = schema
        self.core = schema._schema
        self.schema_text = schema.as_str()
        self._kept = lru_cache(maxsize=KEPT_DOCUMENTS)(self._prepare)

    async def execute(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        credentials: Credentials | None = None,
        *,
        only_queries: bool = False,
    ) -> Answer:
        """Runs one operation of `document` for whoever the credentials show. Raises nothing; see Answer.

        `only_queries` refuses mutations (a GET must change nothing), and sensitive values (its address is logged).
        """
        context = Context(credentials or Credentials(), messages.locale_of((credentials or Credentials()).locale))
        try:
            await authenticate(context)
            if context.signed_in is None:  # who asks comes first: only then is it worth the time to validate
                _, shapes = _measured(document)
                _check_caller(context, _asked_for(shapes, operation_name), only_queries=only_queries)
            prepared = self._prepared(document, context.may_explore)
            shape = _asked_for(prepared.shapes, operation_name)
            _check_caller(context, shape, only_queries=only_queries)
            if only_queries:
                check_address(document, variables or {})
            if shape.writes:
                _check_texts(document, variables or {})
            else:
                limits.check_variables(variables or {})
            self._check_cost(prepared, shape, variables or {})
            result = await self._run(prepared, context, variables, operation_name)
        except Exception as error:
            return await _answer(ExecutionResult(None, [_as_graphql_error(error)]), context, ran=False)
        if _is_request_error(result):
            found = [invalid(each) for each in result.errors or ()]
            return await _answer(ExecutionResult(None, found), context, ran=False)
        return await _answer(result, context, ran=True)

    async def may_explore(self, credentials: Credentials) -> ApiError | None:
        """None when this caller may read the schema itself, else why not."""
        context = Context(credentials, messages.locale_of(credentials.locale))
        await authenticate(context)
        if context.signed_in is None:
            return context.problem or ApiError(ErrorCode.UNAUTHENTICATED)
        return None if context.may_explore else await forbidden(context, "Api", "explore")

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
        key = (id(shape), *(limits.whole_number(variables.get(name)) for name in shape.numbers))
        if key not in prepared.costs:
            cost = limits.cost(self.core, shape.operation, prepared.fragments, variables)
            if len(prepared.costs) > KEPT_DOCUMENTS:
                prepared.costs.clear()
            prepared.costs[key] = cost
        if prepared.costs[key] > limits.MOST_COST:
            raise limits.too_complex("cost", prepared.costs[key], limits.MOST_COST)

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
        raise ApiError(ErrorCode.BAD_INPUT, f"The document must hold the operation asked for: {operation_name or '?'}")
    return next(iter(shapes.values()))


def _check_caller(context: Context, shape: Shape, *, only_queries: bool) -> None:
    """Raises UNAUTHENTICATED or FORBIDDEN for what this caller cannot ask in this way at all."""
    if shape.operation.operation is OperationType.SUBSCRIPTION or (only_queries and shape.writes):
        raise ApiError(ErrorCode.BAD_INPUT, "This operation cannot be asked for in this way; send a mutation by POST.")
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


async def _answer(result: ExecutionResult, context: Context, *, ran: bool) -> Answer:
    errors = [await _presented(revealed(error), context) for error in (result.errors or ())[:MOST_ERRORS]]
    return Answer(result.data, errors, ran, context.locale, context.cookie)


async def _presented(error: GraphQLError, context: Context) -> dict[str, Any]:
    shown = dict(error.formatted)
    extensions = error.extensions or {}
    if isinstance(error, ApiError) and not error.worded:
        shown["message"] = await _words(error, context)
    elif not context.may_explore:
        shown["message"] = error.message.partition(" Did you mean")[0]
    said = str(shown["message"])
    if len(said) > LONGEST_MESSAGE:
        shown["message"] = f"{said[:LONGEST_MESSAGE]}…"
    return {**shown, "extensions": _plain(extensions)}


async def _words(error: ApiError, context: Context) -> str:
    """A right that is lacking is said with the acting role and its units, wherever in the code it was missed (B4)."""
    facts = (error.extensions or {})["params"]
    if error.code == ErrorCode.FORBIDDEN.value and "action" in facts and context.signed_in is not None:
        return (await forbidden(context, facts["object"], facts["action"], facts.get("field"))).message
    return messages.of_error(error.code, facts, context.locale)


def _plain(value: Any) -> Any:
    """Facts as JSON can say them; a whole number beyond what clients read exactly is said as text."""
    if isinstance(value, int) and abs(value) > LARGEST_EXACT:
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _plain(dataclasses.asdict(value))
    return value if isinstance(value, str | int | float | bool | None) else str(value)
