"""How many days passed on a sheet until a row's own moment: from the last of its clearances that a condition means,
`since`, to when a clearance was decided or a certificate issued. Whole seconds count, so that both databases agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from pypika_tortoise.queries import Table

from graphql_api.group_keys import owner_of
from graphql_api.registry import Column, Kind, ToOne, registry
from models.database_url import Dialect
from models.declare import FieldNote, Words

DAYS = "days"
#: The own moment of a row at which the days end, by object; such a row stands on a sheet.
ENDS = {"Clearance": "decided_at", "Certificate": "issued_at"}
SECONDS_OF_A_DAY = 86_400.0
START = "decided_at"  # of the clearance with which the days begin
BEGINNING = Table("clearance", alias="beginning")


@cache
def durations_of(object_name: str) -> dict[str, Column]:
    """`days`, for an object that has such a moment: a column that stands in no table."""
    if object_name not in ENDS:
        return {}
    end = registry()[object_name].columns[ENDS[object_name]]
    words = Words(
        f"天数:自 since 所指环节至{end.note.label.zh}",
        f'Days from the clearance that since means to "{end.note.label.en}"',
    )
    return {DAYS: Column(end.name, DAYS, end.column, Kind.NUMBER, FieldNote(words), nullable=True)}


def is_duration(column: Column) -> bool:
    """Whether a measured column is `days`."""
    return column.graphql == DAYS


def sheet_of(object_name: str) -> ToOne:
    """The relation to the sheet on which the rows of an object stand. Raises TypeError for one that stands on none."""
    owner = owner_of(registry()[object_name])
    if owner is None:
        raise TypeError(f"{object_name} stands on no sheet")
    return owner


def days(end: str, sheet: str, conditions: Sequence[str], dialect: Dialect) -> str:
    """The days as SQL; null where one of both moments is missing. `end` and `sheet`: expressions of the row;
    `conditions`: on BEGINNING."""
    found = " AND ".join([f'"beginning"."sheet_id" = {sheet}', *conditions])
    begun = f'(SELECT MAX("beginning"."{START}") FROM "clearance" AS "beginning" WHERE {found})'
    return f"(({_second(end, dialect)} - {_second(begun, dialect)}) / {SECONDS_OF_A_DAY})"


def _second(moment: str, dialect: Dialect) -> str:
    """The whole second of a moment, which SQLite keeps as text."""
    if dialect is Dialect.SQLITE:
        return f"CAST(strftime('%s', substr({moment}, 1, 19)) AS INTEGER)"
    return f"CAST(FLOOR(EXTRACT(EPOCH FROM {moment})) AS DOUBLE PRECISION)"
