"""Takes conditions apart: what must hold besides each other, and what a condition says about the rows it points at."""

from __future__ import annotations

from collections.abc import Iterator

from tortoise.expressions import Q
from tortoise.models import Model

from graphql_api.compared import Compared
from policies.filters import FoundIn, Kept


def conjuncts(condition: Q, *, opened: bool = False) -> Iterator[Q]:
    """The conditions that together are this one. A filter of the policies stays whole unless `opened`: as a whole it is
    written once for all requests."""
    whole = isinstance(condition, FoundIn | Compared) or (isinstance(condition, Kept) and not opened)
    if not condition:
        return
    if whole or condition._is_negated or condition.filters:
        yield condition
    elif condition.join_type == Q.AND or len(condition.children) == 1:
        for each in condition.children:
            yield from conjuncts(each, opened=opened)
    else:
        yield condition


def points_at(condition: Q, column: str, model: type[Model]) -> bool:
    """Whether it says that `column` is one of some rows of `model`, and nothing else."""
    return (
        isinstance(condition, FoundIn)
        and (condition.column, condition.found) == (column, "id")
        and (condition.model is model)
    )
