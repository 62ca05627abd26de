"""One subscription that goes on: its answers one after the other, and its end. What is told is in `subscriptions`, how
it travels in `websocket`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from graphql import DocumentNode, ExecutionResult, Executor, GraphQLError, GraphQLSchema
from graphql.execution import (
    create_source_event_stream,
    execute_subscription_event,
    map_source_to_response_event,
)
from graphql.pyutils import AwaitableOrValue

from graphql_api import limits
from graphql_api.answer import Answer
from graphql_api.context import Context
from graphql_api.errors import MOST_ERRORS, ApiError, ErrorCode
from graphql_api.presenting import answered
from models.change_bus import Bus, Following, TooLongAgo, TooSlow

MOST_AT_ONCE = 200  # changes read together, fewer of those whose selection costs more


@dataclass(frozen=True, slots=True)
class Wanted:
    """A valid subscription and what it was asked with. `cost`: how many objects one of its answers may bring."""

    schema: GraphQLSchema
    document: DocumentNode
    variables: dict[str, Any]
    operation_name: str | None
    cost: int


@dataclass(frozen=True, slots=True)
class Finished:
    """What a subscription tells, as JSON that needs no completing: the data of the answer."""

    data: dict[str, Any]


class Source:
    """Where a subscription's resolver follows the changes; in its context as `kept[Source]`."""

    def __init__(self, bus: Bus, at_once: int) -> None:
        self._bus = bus
        self.at_once = at_once
        self.following: Following | None = None

    async def follow(self, *objects: str, after: int | None = None) -> Following:
        """See Bus.follow. Raises BAD_CURSOR for what lies too far back."""
        try:
            self.following = await self._bus.follow(*objects, after=after)
        except TooLongAgo:
            raise ApiError(ErrorCode.BAD_CURSOR, argument="after") from None
        return self.following

    def close(self) -> None:
        if self.following is not None:
            self.following.close()


class Live:
    """A subscription that has begun."""

    def __init__(self, results: AsyncIterator[ExecutionResult], source: Source, context: Context) -> None:
        self._results, self._source, self._context = results, source, context

    async def answers(self) -> AsyncIterator[Answer]:
        """An answer for each change; the last one, with `ran` false, says why there are no more. Raises TooSlow."""
        try:
            async for result in self._results:
                yield await answered(result, self._context, ran=True)
        except TooSlow:
            raise
        except Exception as error:
            failed = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
            yield await answered(ExecutionResult(None, [failed]), self._context, ran=False)
        finally:
            self.close()

    def when_too_slow(self, overflowed: Callable[[], None]) -> None:
        """Have it called when more changes wait than are kept, also while an answer is still on its way."""
        if self._source.following is not None:
            self._source.following.overflowed = overflowed

    def close(self) -> None:
        """Follows no more; harmless to repeat."""
        self._source.close()


async def begun(asked: Wanted, context: Context, bus: Bus | None) -> Live | ExecutionResult:
    """Follows from now on; an ExecutionResult says why not."""
    if bus is None:
        raise ApiError(ErrorCode.BAD_INPUT, "There are no subscriptions here.")
    at_once = max(1, min(MOST_AT_ONCE, limits.MOST_COST // max(1, asked.cost)))
    source = context.kept[Source] = Source(bus, at_once)
    try:
        result = await _stream(asked, context)
    except BaseException:
        source.close()
        raise
    if isinstance(result, ExecutionResult):
        source.close()
        return result
    return Live(result, source, context)


async def _stream(asked: Wanted, context: Context) -> AsyncIterator[ExecutionResult] | ExecutionResult:
    """graphql-core's `subscribe`, but that what is finished is not completed once more."""
    executor = Executor.build(
        asked.schema,
        asked.document,
        context_value=context,
        raw_variable_values=asked.variables,
        operation_name=asked.operation_name,
        max_coercion_errors=MOST_ERRORS,
        hide_suggestions=not context.may_explore,
    )
    if isinstance(executor, list):
        return ExecutionResult(None, executor)
    found = create_source_event_stream(executor)
    result = await found if isawaitable(found) else found
    if isinstance(result, ExecutionResult):
        return result
    return map_source_to_response_event(executor, result, _completed)


def _completed(executor: Executor[Any]) -> AwaitableOrValue[ExecutionResult]:
    if isinstance(executor.root_value, Finished):
        return ExecutionResult(executor.root_value.data)
    return execute_subscription_event(executor)
