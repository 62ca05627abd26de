"""One way to write SQL for both databases: numbered placeholders, lists and tables that travel as one parameter.

    SELECT id FROM sheet WHERE batch_id = ?1 AND id IN LIST(?2)
    UPDATE clearance SET note = new.note FROM ROWS(?1: id bigint, note text) AS new WHERE clearance.id = new.id

`?1`                      the first parameter, as often as needed (`$1` on PostgreSQL)
`IN LIST(?2)`             a `many([…])` of numbers or texts: `= ANY($2)` and `IN (SELECT value FROM json_each(?2))`;
                          `NOT IN LIST(?2)` likewise. Thousands of ids are one parameter.
`ROWS(?1: a bigint, …)`   a `table([(…), …])`: a table expression with these columns and PostgreSQL types; it needs
                          an alias.

Written so, a statement must hold no `?1`, `LIST(` or `ROWS(` inside a string literal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any

import orjson

from models.database_url import Dialect

Value = Any  # None, bool, int, float, str, bytes, date, datetime, an Enum member, a dict (JSON), many(…) or table(…)


class Many:
    """A list that travels as one parameter."""

    __slots__ = ("values",)

    def __init__(self, values: Iterable[Any]) -> None:
        self.values = list(values)


class Table:
    """Rows that travel as one parameter, as JSON."""

    __slots__ = ("text",)

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self.text = as_json([tuple(row) for row in rows])


def many(values: Iterable[Any]) -> Many:
    """Values for `IN LIST(?n)`: all numbers or all texts."""
    return Many(values)


def table(rows: Iterable[Sequence[Any]]) -> Table:
    """Rows for `ROWS(?n: …)`."""
    return Table(rows)


LIST = re.compile(r"\b(NOT\s+)?IN\s+LIST\(\?(\d+)\)", re.IGNORECASE)
ROWS = re.compile(r"\bROWS\(\?(\d+):([^)]*)\)", re.IGNORECASE)
PLACEHOLDER = re.compile(r"\?(\d+)")


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL as a driver takes it. `places`: which parameter stands at each `?`; None: they stand as they are given."""

    text: str
    places: tuple[int, ...] | None = None

    def arranged(self, values: list[Any]) -> list[Any]:
        return values if self.places is None else [values[place] for place in self.places]


@lru_cache(maxsize=1024)
def translate(sql: str, dialect: Dialect) -> Statement:
    """`sql` for the driver of `dialect`. SQLite's takes bare `?` only: Python 3.14 refuses numbered ones."""
    if dialect is Dialect.SQLITE:
        sql = LIST.sub(r"\1IN (SELECT value FROM json_each(?\2))", ROWS.sub(_sqlite_rows, sql))
        places = tuple(int(number) - 1 for number in PLACEHOLDER.findall(sql))
        return Statement(PLACEHOLDER.sub("?", sql), None if places == tuple(range(len(places))) else places)
    sql = LIST.sub(lambda found: f"{'<> ALL' if found[1] else '= ANY'}(?{found[2]})", ROWS.sub(_postgresql_rows, sql))
    return Statement(PLACEHOLDER.sub(r"$\1", sql))


def _columns(declaration: str) -> list[tuple[str, str]]:
    """`"id bigint, note text"` as `[("id", "bigint"), ("note", "text")]`."""
    return [(name, kind) for name, kind in (part.split(maxsplit=1) for part in declaration.split(","))]


def _sqlite_rows(found: re.Match[str]) -> str:
    columns = (f"json_extract(value, '$[{n}]') AS {name}" for n, (name, _) in enumerate(_columns(found[2])))
    return f"(SELECT {', '.join(columns)} FROM json_each(?{found[1]}))"


def _postgresql_rows(found: re.Match[str]) -> str:
    columns = (f"(value->>{n})::{kind} AS {name}" for n, (name, kind) in enumerate(_columns(found[2])))
    return f"(SELECT {', '.join(columns)} FROM jsonb_array_elements(?{found[1]}::jsonb))"


def adapt(parameters: Sequence[Value], dialect: Dialect) -> list[Any]:
    """Parameters as the driver of `dialect` takes them; dates, moments and enums both drivers know by themselves."""
    return [_adapted(value, dialect) if type(value) in ADAPTED else value for value in parameters]


ADAPTED = frozenset({Many, Table, dict, list, tuple, set})


def _adapted(value: Value, dialect: Dialect) -> Any:
    if isinstance(value, Table):
        return value.text
    if isinstance(value, dict):
        return as_json(value)
    if not isinstance(value, Many):
        raise TypeError("a list is passed as many([…]), rows as table([…])")
    if dialect is Dialect.SQLITE:
        return orjson.dumps(value.values, _json_value, orjson.OPT_PASSTHROUGH_DATETIME).decode()
    return value.values


def as_json(value: Any) -> str:
    """The JSON of it. What orjson refuses (a number beyond 64 bits, a key that is no text) the slow way takes."""
    try:
        return orjson.dumps(value, _json_value, orjson.OPT_PASSTHROUGH_DATETIME).decode()
    except orjson.JSONEncodeError:
        return json.dumps(value, ensure_ascii=False, default=_json_value)


def _json_value(value: object) -> Any:
    """What JSON cannot hold, as the databases store it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} does not travel in a list or a table")
