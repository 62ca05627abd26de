"""The value below which a share of the values of a group lies, between two of them in proportion: PostgreSQL's
PERCENTILE_CONT, and the same for SQLite, which has none.
"""

from __future__ import annotations

import sqlite3

from models.database_url import Dialect

NAME = "percentile"


class Percentile:
    """SQLite's aggregate `percentile(value, share)`; null of no values."""

    def __init__(self) -> None:
        self._values: list[float] = []
        self._share = 0.0

    def step(self, value: float | None, share: float) -> None:
        """One row of the group; nothing is no value."""
        if value is not None:
            self._values.append(value)
            self._share = share

    def finalize(self) -> float | None:
        """The value at the share, as PERCENTILE_CONT has it."""
        if not self._values:
            return None
        values = sorted(self._values)
        place = self._share * (len(values) - 1)
        below = int(place)
        above = min(below + 1, len(values) - 1)
        return values[below] + (values[above] - values[below]) * (place - below)


def know_percentiles(connection: sqlite3.Connection) -> None:
    """From now on statements of this connection may hold `percentile`."""
    connection.create_aggregate(NAME, 2, Percentile)  # type: ignore[arg-type]  # a value that is null, too


def percentile(values: str, share: float, dialect: Dialect) -> str:
    """The aggregate as SQL; `values` is an expression of numbers."""
    if dialect is Dialect.SQLITE:
        return f"{NAME}({values}, {share})"
    return f"PERCENTILE_CONT({share}) WITHIN GROUP (ORDER BY {values})"
