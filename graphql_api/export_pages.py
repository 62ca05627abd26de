"""The rows of a list for a file: its GraphQL document, asked with `@export` page by page, by the API's own reading.

So columns and rows are decided where every reader's are (`exporting`), at each page anew; and nothing here knows a
right. One page at a time is held.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql_api.answer import Answer
from graphql_api.context import Context
from graphql_api.errors import ApiError, Violation
from graphql_api.registry import Exposed

Json = dict[str, Any]

#: Rows of one page: as many as the API gives; fewer where what they bring is too much for one question.
PAGES = (1_000, 200, 20)
LONGEST_WAIT = 60  # seconds, for a caller who has asked for very much this minute
PAUSE = asyncio.sleep


@dataclass(frozen=True, slots=True)
class Question:
    """Which rows, in which order, and what is selected of each."""

    exposed: Exposed
    selection: str
    where: Any = None
    search: str | None = None
    order_by: list[Any] | None = None

    def document(self) -> str:
        """With the number of all rows only where it is asked for: it is counted anew each time."""
        name, searching = self.exposed.name, bool(self.exposed.entity.search)
        declared = ["$search: String"] if searching else []
        declared += [f"$where: {name}Filter", f"$orderBy: [{name}Order!]", "$first: Int", "$after: String"]
        passed = "where: $where, orderBy: $orderBy, first: $first, after: $after"
        return (
            f"query {name}Export({', '.join([*declared, '$counted: Boolean!'])}) @export {{ "
            f"page: {self.exposed.plural}({'search: $search, ' if searching else ''}{passed}) "
            f"{{ totalCount @include(if: $counted) pageInfo {{ hasNextPage endCursor }} nodes {{ {self.selection} }} }}"
            " }"
        )

    def variables(self) -> Json:
        asked = {"where": self.where, "search": self.search, "orderBy": self.order_by}
        return {name: value for name, value in asked.items() if value is not None}


async def count_of(context: Context, question: Question) -> int:
    """How many rows there are. Raises what is wrong with the question, before anything is made of it."""
    page = await _asked(context, question, {"first": 0, "counted": True})
    return int(page["totalCount"])


async def pages_of(context: Context, question: Question) -> AsyncIterator[list[Json]]:
    """All rows, page by page from cursor to cursor."""
    sizes = iter(PAGES)
    size, after = next(sizes), None
    while True:
        try:
            page = await _asked(context, question, {"first": size, "after": after, "counted": False})
        except ApiError as error:
            size = next(sizes, 0) if error.code == "QUERY_TOO_COMPLEX" else 0
            if not size:
                raise
            continue
        yield page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return


async def _asked(context: Context, question: Question, more: Json) -> Json:
    """One page; who has asked for very much this minute waits instead of being cut off in the middle of a file."""
    while True:
        answer = await answer_to(context, question, more)
        if not answer.errors:
            data = answer.body()["data"]
            return dict(data["page"])
        seconds = answer.retry_after or 0
        if not 0 < seconds <= LONGEST_WAIT:
            raise _as_asked(answer)
        await PAUSE(seconds)


async def answer_to(context: Context, question: Question, more: Json) -> Answer:
    """What the API answers to one page of the question."""
    if context.api is None:
        raise RuntimeError("a file is made by an Api only")
    return await context.api.ask_again(context, question.document(), question.variables() | more)


#: What the variables of the document are called in the input.
PLACES = {"where": "where", "orderBy": "orderBy", "search": "search"}


def _as_asked(answer: Answer) -> ApiError:
    """The first error of a page, in its own words, pointing at the caller's input."""
    error = answer.errors[0]
    extensions: Mapping[str, Any] = error["extensions"]
    listed = [_placed(each) for each in extensions["violations"]]
    return ApiError(extensions["code"], error["message"], listed, **extensions["params"])


def _placed(violation: Mapping[str, Any]) -> Violation:
    place: list[str] = list(violation["path"])
    named = bool(place) and place[0] in PLACES
    path = ("input", PLACES[place[0]], *place[1:]) if named else ("input",)
    return Violation(path, violation["code"], violation["params"])
