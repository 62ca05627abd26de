"""Of a saved filter: whether it is the caller's own, and whether he can use it, under his rights and today's schema."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry

from graphql_api import saved_filters
from graphql_api.computed import computed
from graphql_api.context import Context
from graphql_api.errors import ApiError
from graphql_api.messages import of_error
from graphql_api.naming import described
from models.declare import Words
from models.rules.saved_filters import among, stored


@strawberry.type(description=described(Words("不能使用的原因", "Why this caller cannot use a saved filter")))
class FilterFault:
    code: str
    message: str
    field: str | None = strawberry.field(description="The field that is gone, or that this caller may not look at")


@computed("SavedFilter", "mine", bool, Words("是否本人所存", "Whether the caller saved it himself"))
async def mine(ids: list[int], context: Context) -> Mapping[int, bool]:
    """In whichever role."""
    return {each.id: each.owner_id == context.caller.user_id for each in await stored(ids)}


@computed(
    "SavedFilter",
    "actions",
    list[str],
    Words("可执行的操作", "What the caller may do with it: update, delete"),
)
async def actions(ids: list[int], context: Context) -> Mapping[int, list[str]]:
    """By the rows that the role reaches; sharing further than it may is refused when it is tried."""
    found: dict[int, list[str]] = {each: [] for each in ids}
    for action in ("update", "delete"):
        rows = context.access.rows("SavedFilter", action)
        for each in await among(ids, rows) if rows is not None else ():
            found[each].append(action)
    return found


@computed(
    "SavedFilter",
    "fault",
    FilterFault,
    Words("不能使用的原因;能用则为空", "Why the caller cannot use it; null when he can"),
    needs=("object", "where"),
)
async def fault(ids: list[int], context: Context) -> Mapping[int, FilterFault]:
    """A field that is gone, or one that the caller may not look at: never an answer under somebody else's rights."""
    found = {}
    for each in await stored(ids):
        try:
            await saved_filters.check(context, each.object, each.where or {}, ("where",))
        except ApiError as problem:
            found[each.id] = _told(problem, context)
    return found


def _told(problem: ApiError, context: Context) -> FilterFault:
    facts = (problem.extensions or {}).get("params", {})
    message = problem.message if problem.worded else of_error(problem.code, facts, context.locale)
    return FilterFault(code=problem.code, message=message, field=facts.get("field"))
