"""Cleaning of values that a filter compares with: what no column could hold is the caller's mistake (BAD_INPUT), found
before the database or the ORM's validators meet it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

from graphql_api import ids
from graphql_api.errors import ApiError, ErrorCode, violation
from graphql_api.registry import Column, Kind
from settings import settings

LONGEST_LIST = 1_000
LONGEST_TEXT = 4_096
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL, which PostgreSQL's texts cannot hold, and half a surrogate pair, which is no character."""


def bad(path: tuple[str, ...], problem: str, **facts: Any) -> ApiError:
    """BAD_INPUT that points at the argument at fault."""
    params = {"problem": problem, "argument": ".".join(path), **facts}
    return ApiError(ErrorCode.BAD_INPUT, "", [violation(problem, *path, **facts)], **params)


def clean(object_name: str, column: Column, value: Any, path: tuple[str, ...]) -> Any:
    """`value` as the database compares it with `column`. Raises BAD_INPUT."""
    if value is None:
        raise bad(path, "NULL")
    if column.kind is Kind.ID:
        return ids.decode(object_name, str(value), *path)
    if column.kind is Kind.TEXT:
        return clean_text(str(value), column.max_length or LONGEST_TEXT, path)
    if column.kind is Kind.MOMENT:
        return moment(value, path)
    return value.value if isinstance(value, Enum) else value


def required(value: Any, path: tuple[str, ...]) -> Any:
    """Raises BAD_INPUT for null."""
    if value is None:
        raise bad(path, "NULL")
    return value


def clean_text(value: str, longest: int, path: tuple[str, ...]) -> str:
    """Raises BAD_INPUT for a text that is too long, or that no database takes (NUL, half a surrogate pair)."""
    if len(value) > longest:
        raise bad(path, "TOO_LONG", length=len(value), limit=longest)
    if UNSTORABLE.search(value):
        raise bad(path, "NO_TEXT")
    return value


def unstorable(given: Any) -> tuple[str, ...] | None:
    """Where in a mutation's variables a text stands that no database takes."""
    if isinstance(given, str):
        return () if UNSTORABLE.search(given) else None
    parts = given.items() if isinstance(given, Mapping) else enumerate(given) if isinstance(given, list) else ()
    for name, each in parts:
        found = unstorable(each)
        if found is not None:
            return (str(name), *found)
    return None


def moment(value: dt.datetime, path: tuple[str, ...]) -> dt.datetime:
    """In UTC; without an offset it is the local time of the desk."""
    try:
        aware = value if value.tzinfo else value.replace(tzinfo=settings().timezone)
        return aware.astimezone(dt.UTC)
    except (OverflowError, ValueError):
        raise bad(path, "OUT_OF_RANGE") from None


def clean_list(object_name: str, column: Column, values: list[Any], path: tuple[str, ...]) -> list[Any]:
    """Each of `values`, cleaned. Raises BAD_INPUT for more than LONGEST_LIST."""
    if values is None:
        raise bad(path, "NULL")
    if len(values) > LONGEST_LIST:
        raise bad(path, "TOO_MANY", count=len(values), limit=LONGEST_LIST)
    return [clean(object_name, column, value, (*path, str(place))) for place, value in enumerate(values)]
