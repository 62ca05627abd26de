"""What is worked out of the values of a group, as SQL."""

from __future__ import annotations

from graphql_api.grouping import Measure
from models.database_url import Dialect
from models.percentiles import percentile

SHARES = {"median": 0.5, "p90": 0.9}


def of_values(measure: Measure, values: str, dialect: Dialect) -> str:
    """A measure of a column's values, which stand in every row of the group."""
    kind = measure.kind
    if kind in SHARES:
        return percentile(values, SHARES[kind], dialect)
    if kind == "avg":
        return f"AVG(CAST({values} AS DOUBLE PRECISION))"
    worked_out = f"{kind.upper()}({values})"
    return f"CAST({worked_out} AS DOUBLE PRECISION)" if kind == "sum" else worked_out


def of_part(measure: Measure, part: str) -> str:
    """`part` or `share`: `part` is 1 in a row that belongs to it, else 0."""
    fulfil = f"COALESCE(SUM({part}), 0)"
    return fulfil if measure.kind == "part" else f"CAST({fulfil} AS DOUBLE PRECISION) / NULLIF(COUNT(*), 0)"
