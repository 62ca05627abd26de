"""Errors that a client may see: a code, the facts, and the path of each wrong argument; everything else stays inside.

The words of a code are in `messages`. A refusal of one row is not an error but data, see `mutations`.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from graphql import GraphQLError

from graphql_api.naming import camel
from graphql_api.trace import request_id
from models.rules.refusals import Refused

logger = logging.getLogger("lixiao.graphql_api")

#: A response holds no more errors than this: one wrong document must not make a page of them.
MOST_ERRORS = 3


class ErrorCode(str, Enum):  # noqa: UP042  # like refusals.Code: reprs show the member
    """The codes of the door itself; an act that is refused as a whole adds those of `models.rules.refusals.Code`."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    BAD_INPUT = "BAD_INPUT"
    BAD_CURSOR = "BAD_CURSOR"
    CONFLICT = "CONFLICT"
    DUPLICATE = "DUPLICATE"
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    RATE_LIMITED = "RATE_LIMITED"
    INTERNAL = "INTERNAL"


@dataclass(frozen=True, slots=True)
class Violation:
    """One wrong argument: where (`("input", "phone")`), why, and the facts of it."""

    path: tuple[str, ...]
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def formatted(self) -> dict[str, Any]:
        return {"path": list(self.path), "code": _text(self.code), "params": dict(self.params)}


def violation(code: str, *path: str, **params: Any) -> Violation:
    """`violation("TOO_LONG", "input", "phone", max=32)`."""
    return Violation(path, code, params)


class ApiError(GraphQLError):
    """An error that is meant for the caller. Without `message`, `messages` finds the words from code and params.

    `params` become `extensions.params`: facts for the words of the message, never personal data.
    """

    def __init__(self, code: str, message: str = "", violations: Sequence[Violation] = (), **params: Any) -> None:
        self.code = _text(code)
        self.worded = bool(message)
        listed = [each.formatted() for each in violations]
        super().__init__(message or self.code, extensions={"code": self.code, "params": params, "violations": listed})


def _text(code: str) -> str:
    return str(code.value) if isinstance(code, Enum) else code


def from_refused(refused: Refused) -> ApiError:
    """The error of an act that `models.rules` refused as a whole; it points at the argument that is at fault."""
    refusal = refused.refusal
    at_fault: list[Violation] = []
    if refused.argument:
        at_fault = [Violation(_path(refused.argument), refusal.code.value, dict(refusal.facts))]
    facts = {"problem": "PROXY", **refusal.facts} if refused.argument in PROXY else dict(refusal.facts)
    return ApiError(refusal.code, "", at_fault, **facts)


#: Where the doors' arguments stand that the rules know by a name of their own.
PLACES = {
    "range": "select.range",
    "collectorName": "collectedBy.name",
    "collectorIdLast4": "collectedBy.idLast4",
    "collectorRelation": "collectedBy.relation",
    "letterChecked": "collectedBy.letterChecked",
}


PROXY = frozenset(name for name, place in PLACES.items() if place.startswith("collectedBy."))


def _path(argument: str) -> tuple[str, ...]:
    first, *rest = argument.split(".")
    return ("input", *PLACES.get(first, first).split("."), *(camel(part) for part in rest))


def bad_input(argument: str, **params: Any) -> ApiError:
    """BAD_INPUT that names one argument of `input`: `bad_input("select.range")`."""
    violated = Violation(_path(argument), ErrorCode.BAD_INPUT.value, params)
    return ApiError(ErrorCode.BAD_INPUT, "", [violated], **params)


def not_found(argument: str, **params: Any) -> ApiError:
    """NOT_FOUND for what one argument of `input` names."""
    violated = Violation(_path(argument), ErrorCode.NOT_FOUND.value, params)
    return ApiError(ErrorCode.NOT_FOUND, "", [violated], **params)


def invalid(error: GraphQLError) -> GraphQLError:
    """BAD_INPUT for what graphql-core found wrong before it executed anything, in its own words."""
    if isinstance(root_cause(error), ApiError):
        return error
    return _placed(ApiError(ErrorCode.BAD_INPUT, error.message, _variable_at_fault(error.message)), error)


#: How graphql-core begins its message about a variable; it gives the place in no other form.
VARIABLE = re.compile(r"Variable '\$(\w+)' has invalid value(?: at ([^:]+))?:")


def _variable_at_fault(message: str) -> list[Violation]:
    found = VARIABLE.match(message)
    if found is None:
        return []
    return [Violation((found[1], *re.findall(r"\w+", found[2] or "")), ErrorCode.BAD_INPUT.value)]


def revealed(error: GraphQLError) -> GraphQLError:
    """What the caller may know of `error`, with its place in the answer kept.

    An ApiError or Refused is shown. What graphql-core found wrong with the document or its variables is BAD_INPUT.
    Anything else is logged here in full under a correlation id, and is INTERNAL outside.
    """
    cause = root_cause(error)
    if isinstance(cause, ApiError):
        return _placed(cause, error)
    if isinstance(cause, Refused):
        return _placed(from_refused(cause), error)
    if isinstance(cause, GraphQLError):
        code = str((cause.extensions or {}).get("code") or ErrorCode.BAD_INPUT.value)
        return _placed(ApiError(code, error.message), error)
    return _placed(_hidden(cause), error)


def root_cause(error: BaseException) -> BaseException:
    """The exception that graphql-core wrapped, perhaps several times, to give it a place."""
    while isinstance(error, GraphQLError) and error.original_error is not None and not isinstance(error, ApiError):
        error = error.original_error
    return error


def _hidden(cause: BaseException) -> ApiError:
    correlation = secrets.token_hex(6)
    logger.error("unexpected error %s in request %s", correlation, request_id(), exc_info=cause)
    return ApiError(ErrorCode.INTERNAL, correlation=correlation)


def _placed(error: ApiError, where: GraphQLError) -> GraphQLError:
    """A copy for this answer: an error raised once may be shared (cached validation), and is worded per caller."""
    placed = ApiError(error.code, error.message if error.worded else "")
    placed.extensions = error.extensions
    placed.path = where.path
    placed.nodes, placed.source, placed.positions, placed.locations = (
        where.nodes,
        where.source,
        where.positions,
        where.locations,
    )
    return placed
