"""Cursors: the values of a row's order keys, as an opaque text; and what lies beyond such values in SQL's terms.

A cursor is taken only by a connection with the same order (BAD_CURSOR otherwise). It holds nothing that the row's own
answer could not: keys the caller may not look at are null in it.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from graphql_api.errors import ApiError, ErrorCode
from graphql_api.ids import LARGEST
from graphql_api.ordering import OrderKey
from graphql_api.registry import Kind

LONGEST = 2_048


def encode(mark: str, values: Sequence[Any]) -> str:
    """`mark`: the fingerprint of the order. `values`: one per key, as the database gave them."""
    text = json.dumps([mark, *map(_json, values)], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode(mark: str, keys: Sequence[OrderKey], cursor: str, argument: str) -> list[Any]:
    """The values, as parameters for the database. Raises BAD_CURSOR for what this order never made."""
    try:
        if len(cursor) > LONGEST:
            raise ValueError("too long")
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        found = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(found, list) or found[:1] != [mark] or len(found) != len(keys) + 1:
            raise ValueError("made for another order")
        return [_value(key, value) for key, value in zip(keys, found[1:], strict=True)]
    except (ValueError, UnicodeError, binascii.Error, RecursionError) as problem:
        raise ApiError(ErrorCode.BAD_CURSOR, argument=argument) from problem


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value


#: What each kind of column is in a cursor.
SHAPES: dict[Kind, type | tuple[type, ...]] = {
    Kind.ID: int,
    Kind.NUMBER: int,
    Kind.TEXT: str,
    Kind.MOMENT: str,
    Kind.YES_NO: int,
    Kind.CHOICE: (int, str),
}


def _value(key: OrderKey, value: Any) -> Any:
    kind = key.column.kind
    if value is None:
        if key.nullable:
            return None
        raise ValueError("no value")
    if not isinstance(value, SHAPES[kind]) or (isinstance(value, int) and not -LARGEST <= value <= LARGEST):
        raise ValueError("wrong type")
    if isinstance(value, str) and ("\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value)):
        raise ValueError("no text")
    if kind is Kind.CHOICE and key.column.choices is not None:
        return key.column.choices(value).value
    if kind is Kind.YES_NO:
        return bool(value)
    return _moment(str(value)) if kind is Kind.MOMENT else value


def _moment(text: str) -> dt.datetime:
    found = dt.datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("no offset")
    try:
        return found.astimezone(dt.UTC)
    except OverflowError as problem:
        raise ValueError("out of range") from problem
