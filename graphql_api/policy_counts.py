"""How many hold a role, and how many rows they reach by a grant: asked where it is selected, once for each pair."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import strawberry
from strawberry.dataloader import DataLoader

from graphql_api.context import Context, Info
from graphql_api.words import Label, label_of
from models.declare import Words
from models.rules import holders
from policies.engine import Grant
from policies.reached import Reached, reached

Asked = tuple[str, str, Grant | None]
"""A role, an object and a grant of it."""

MOST_COUNTED = 200  # different ones in an answer, of four statements each at most
TOO_MANY = Reached(0, None, Words("变化太多,未逐一统计行数", "There are too many changes to count the rows of each"))


async def holders_of(root: strawberry.Parent[Any], info: Info) -> int:
    """One statement, however many roles the answer has."""
    counted: int = await _loader(info.context, "holders", _holders).load(root.role)
    return counted


async def _holders(roles: list[str]) -> list[int]:
    found = await holders.count(roles, datetime.now(UTC))
    return [found.get(role, 0) for role in roles]


async def rows_before(root: strawberry.Parent[Any], info: Info) -> int | None:
    return (await _reached(info.context, (root.role, root.object, root.change.before))).rows


async def rows_after(root: strawberry.Parent[Any], info: Info) -> int | None:
    return (await _reached(info.context, (root.role, root.object, root.change.after))).rows


async def uncounted(root: strawberry.Parent[Any], info: Info) -> Label | None:
    for grant in (root.change.before, root.change.after):
        found = await _reached(info.context, (root.role, root.object, grant))
        if found.reason is not None:
            return label_of(found.reason)
    return None


async def _reached(context: Context, asked: Asked) -> Reached:
    found: Reached = await _loader(context, "reached", _reached_by_each).load(asked)
    return found


async def _reached_by_each(asked: list[Asked]) -> list[Reached]:
    now = datetime.now(UTC)
    return [await reached(*each, now) if place < MOST_COUNTED else TOO_MANY for place, each in enumerate(asked)]


def _loader(context: Context, name: str, load: Callable[[list[Any]], Any]) -> DataLoader[Any, Any]:
    """One for each request, which asks about the same only once."""
    loader: DataLoader[Any, Any] = context.kept.setdefault(name, DataLoader(load_fn=load, max_batch_size=None))
    return loader
