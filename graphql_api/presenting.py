"""How an answer tells of errors: in the caller's language, with facts as JSON can say them, and never too much."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any

from graphql import ExecutionResult, GraphQLError

from graphql_api import messages
from graphql_api.answer import Answer
from graphql_api.context import Context
from graphql_api.errors import MOST_ERRORS, ApiError, ErrorCode, revealed, root_cause
from graphql_api.rights import forbidden

LONGEST_MESSAGE = 1_000  # graphql-core repeats the caller's value in its own messages
LARGEST_EXACT = 2**53


async def answered(result: ExecutionResult, context: Context, *, ran: bool) -> Answer:
    errors = [await _presented(revealed(error), context) for error in (result.errors or ())[:MOST_ERRORS]]
    return Answer(result.data, errors, ran, context.locale, context.cookie)


def in_english(error: GraphQLError) -> str:
    """The sentence of an error for a terminal."""
    cause = root_cause(error)
    if isinstance(cause, ApiError) and not cause.worded:
        return messages.of_error(cause.code, (cause.extensions or {})["params"], "en")
    return error.message


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
