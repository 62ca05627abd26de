"""What of a group that is told is kept all the same from those who may only count: a part, or the rest without it,
behind which too few stand; a median or an average of too few values. It is null then, and stands last in an order by
it, for its place would tell it. Of a median and a 90 % value so many must lie on either side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphql_api.group_size import told
from graphql_api.grouping import Measure, Question
from models.database import Row
from policies.access import SMALLEST_GROUP

FEWEST = {"median": 2 * SMALLEST_GROUP, "p90": 10 * SMALLEST_GROUP}


def without_small(question: Question, rows: Sequence[Row]) -> list[Row]:
    """The same groups, small measures null."""
    if not question.of_rows:
        return list(rows)
    keys = len(question.keys)
    made: list[Any] = [list(row) for row in rows]
    beside = keys + len(question.measures) + 1
    kept: set[int] = set()  # the groups that are out of order
    for place, measure in enumerate(question.measures):
        width = _width(measure)
        if not width:
            continue
        for number, shown in enumerate(_shown(measure, rows, beside, width)):
            if not shown and made[number][keys + place] is not None:
                made[number][keys + place] = None
                if any(measure == target for target, _ in question.order):
                    kept.add(number)
        beside += width
    last = sorted((made[number] for number in kept), key=lambda row: [(each is None, str(each)) for each in row[:keys]])
    return [row for number, row in enumerate(made) if number not in kept] + last


def _width(measure: Measure) -> int:
    """How many sizes stand beside it, see `besides`."""
    if measure.kind in ("part", "share"):
        return 2
    return 1 if measure.column else 0


def _shown(measure: Measure, rows: Sequence[Row], place: int, width: int) -> list[bool]:
    """In which groups enough stand behind a measure. Nobody, and everybody, is no small number."""
    sizes = [min((int(size) for size in row[place : place + width] if size), default=0) for row in rows]
    some = iter(told([size for size in sizes if size], FEWEST.get(measure.kind, SMALLEST_GROUP)))
    return [next(some) if size else True for size in sizes]
