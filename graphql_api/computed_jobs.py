"""Why an operation that was carried out as a job ended before all of it was done."""

from __future__ import annotations

from collections.abc import Mapping

from graphql_api.computed import computed
from graphql_api.context import Context
from graphql_api.messages import of_job
from models.declare import Words
from models.rules import jobs


@computed(
    "Operation",
    "problem",
    str,
    Words("未办完的原因", "Why it ended before all was done"),
    needs=("state", "progress"),
)
async def problem(operation_ids: list[int], context: Context) -> Mapping[int, str]:
    """A sentence; nothing for an operation that came to its end."""
    found = await jobs.problems_of(operation_ids)
    return {each: of_job(why.code, why.facts, context.locale) for each, why in found.items()}
