"""What comes first among the items of a batch, as a graph without circles (invariant 15); reads and writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edge:
    """`item` waits for `requires`; both are ids."""

    item: int
    requires: int


def circle(edges: Iterable[Edge]) -> list[int]:
    """Items that wait for each other, from one back to itself; empty when there are none."""
    waits: dict[int, list[int]] = defaultdict(list)
    for edge in edges:
        waits[edge.item].append(edge.requires)
    done: set[int] = set()
    for first in sorted(waits):
        found = _circle_from(first, waits, done)
        if found:
            return found
    return []


def _circle_from(first: int, waits: dict[int, list[int]], done: set[int]) -> list[int]:
    """A walk down from `first`, without recursion; `done` are the items known to lead to no circle."""
    path: list[int] = []
    ahead: list[tuple[int, bool]] = [(first, False)]
    while ahead:
        item, leaving = ahead.pop()
        if leaving:
            done.add(path.pop())
        elif item in path:
            return [*path[path.index(item) :], item]
        elif item not in done:
            path.append(item)
            ahead.append((item, True))
            ahead += [(each, False) for each in waits.get(item, ())]
    return []
