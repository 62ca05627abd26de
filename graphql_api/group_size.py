"""Behind how many a group stands that is told to somebody who may only count, and which groups are kept from him.

Counts of what hangs on a sheet are not people: one person's sheet has some twenty clearances. So a group is as large
as the largest number of its rows that stand on different sheets for certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from graphql_api.group_keys import owner_of
from graphql_api.grouping import Question
from graphql_api.registry import registry
from policies.access import SMALLEST_GROUP

FEWEST_HIDDEN = 2  # groups: of one alone, the total tells


def apart_by(question: Question) -> str | None:
    """The column by which rows of one sheet differ, each value at most once: a group's size is then the largest number
    of its rows with the same value. None where nobody asks for a size, or there is no such column."""
    if not question.counting:
        return None
    name = _apart(question.exposed.name)
    return question.exposed.ones[name].column if name else None


def told_apart(question: Question) -> tuple[str, ...]:
    """The column of the sheet, where sheets must be counted one by one: then everything is joined to the rows."""
    owner = owner_of(question.exposed)
    if not question.counting or owner is None or _apart(question.exposed.name):
        return ()
    return (owner.column,)


def besides(question: Question) -> tuple[str, ...]:
    """What is read of each group after its measures, of whom may only count: its `size`; and of a measure made of rows
    how many stand behind it, `part` and `rest` of the group or those with `values`."""
    if not question.counting:
        return ()
    sized = question.of_rows or apart_by(question) is not None or bool(told_apart(question))
    found = ["size"] if sized else []
    if question.of_rows:
        for each in question.measures:
            found += ("part", "rest") if each.kind in ("part", "share") else ("values",) if each.column else ()
    return tuple(found)


@cache
def _apart(object_name: str) -> str | None:
    """`item` for a clearance: there is one of each item on a sheet."""
    exposed = registry()[object_name]
    owner = owner_of(exposed)
    for first, second in (pair for pair in exposed.model._meta.unique_together if len(pair) == 2):
        if owner is not None and first == owner.name and second in exposed.ones:
            return str(second)
    return None


def told(sizes: Sequence[int], smallest: int = SMALLEST_GROUP) -> list[bool]:
    """Which groups may be told, by how many stand behind each. So that the difference to the total is no small one
    either, the next larger ones are kept back, until two groups are missing and SMALLEST_GROUP together; all of the
    same size, lest another order of the same groups tells those that this one does not."""
    least = smallest
    for size in sorted(set(sizes)):
        missing = [each for each in sizes if each < least]
        if not missing or (len(missing) >= FEWEST_HIDDEN and sum(missing) >= SMALLEST_GROUP):
            break
        least = max(least, size + 1)
    return [size >= least for size in sizes]
