"""Whether the names by which groups are told stand for one row each, so that groups made by foreign keys need not be
put together. A college's code does; an item's does within one batch, and a clearance's sheet is in its item's batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tortoise.expressions import Q
from tortoise.models import Model

from graphql_api.compared import Compared
from graphql_api.group_conditions import conjuncts, points_at
from graphql_api.grouping import KeyAsked, Question
from models import Item, Sheet
from policies.filters import FoundIn

ITEM, BATCH = "item_id", "batch_id"


def told(question: Question) -> set[str]:
    """The foreign keys and columns of the rows that the keys of this question tell, each value by another name."""
    found = {column for key in question.keys for column in _told_by(key)}
    if BATCH in found or one_batch(question):
        found |= {BATCH} | ({ITEM} if f"{ITEM}.code" in found else set())
    return found


def _told_by(asked: KeyAsked) -> Iterator[str]:
    """A name that may be hidden tells nothing for certain."""
    if asked.looked_at or any(leg.looked_at or leg.visible for leg in asked.legs):
        return
    if not asked.legs:
        yield asked.key.column.column
        return
    last = asked.legs[-1].one.column
    if asked.key.column.unique and (len(asked.legs) == 1 or last == BATCH):
        yield last
    elif last == ITEM and len(asked.legs) == 1 and asked.key.column.name == "code":
        yield f"{ITEM}.code"


def one_batch(question: Question) -> bool:
    """Whether the conditions say, by its code, in which batch all rows are that have an item."""
    through: list[tuple[str, type[Model]]] = [(ITEM, Item)]
    if question.exposed.name == "Clearance":
        through.append(("sheet_id", Sheet))
    return any(
        any(map(_names_batch, _within(part)))
        for condition in question.conditions
        for part in conjuncts(condition)
        if any(points_at(part, *each) for each in through)
    )


def _names_batch(condition: Q) -> bool:
    said = [each for each in _within(condition) if isinstance(each, Compared)]
    named = any((each.column, each.lookup) == ("code", "") for each in said)
    return named and isinstance(condition, FoundIn) and condition.column == BATCH


def _within(condition: Q) -> Iterable[Q]:
    if not isinstance(condition, FoundIn):
        return []
    return [part for each in condition.conditions for part in conjuncts(each)]
