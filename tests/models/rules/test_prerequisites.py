"""Circles among prerequisites."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.prerequisites import Edge, circle


@pytest.mark.parametrize(
    ("edges", "found"),
    [
        ([], []),
        ([(1, 2), (2, 3), (1, 3)], []),
        ([(1, 1)], [1, 1]),
        ([(1, 2), (2, 1)], [1, 2, 1]),
        ([(9, 1), (1, 2), (2, 3), (3, 1)], [1, 2, 3, 1]),
    ],
)
def test_circle(edges, found):
    assert circle([Edge(*edge) for edge in edges]) == found


@given(st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)), max_size=20))
def test_a_circle_is_found_exactly_when_there_is_one(pairs):
    edges = [Edge(*pair) for pair in pairs]
    found = circle(edges)
    assert bool(found) is _has_circle(pairs)
    assert all(Edge(a, b) in edges for a, b in itertools.pairwise(found))
    assert not found or found[0] == found[-1]


def _has_circle(pairs) -> bool:
    """Takes away, again and again, whatever waits for nothing."""
    left = set(pairs)
    while left:
        waiting = {item for item, _ in left}
        free = {(item, requires) for item, requires in left if requires not in waiting}
        if not free:
            return True
        left -= free
    return False


def test_a_long_chain_is_no_recursion():
    assert circle([Edge(n, n + 1) for n in range(5000)]) == []
