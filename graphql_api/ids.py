"""Global ids: opaque texts that name an object and a row, made and read here only."""

from __future__ import annotations

import base64
import binascii

from graphql_api.errors import ApiError, ErrorCode, violation

LARGEST = 2**31 - 1
"""Ids are 32-bit integers in every table but `event`, whose ids stay below this for some centuries."""


def encode(object_name: str, number: int) -> str:
    """`Sheet`, 12 as the id a client sees: urlsafe base64 of `Sheet:12` without padding."""
    return base64.urlsafe_b64encode(f"{object_name}:{number}".encode()).rstrip(b"=").decode()


def split(text: str) -> tuple[str, int]:
    """The object's name and the row's number. Raises ValueError for what `encode` never made."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        name, separator, number = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii").partition(":")
    except (UnicodeError, binascii.Error) as problem:
        raise ValueError("not an id") from problem
    if not separator or not number.isdigit() or len(number) > 10 or encode(name, int(number)) != text:
        raise ValueError("not an id")
    return name, int(number)


def decode(object_name: str, text: str, *path: str) -> int:
    """The number of a row of `object_name`; BAD_INPUT, pointing at `path`, for anything else."""
    try:
        name, number = split(text)
    except ValueError:
        name, number = "", 0
    if name != object_name or number > LARGEST:
        params = {"problem": "BAD_ID", "argument": ".".join(path), "object": object_name}
        raise ApiError(ErrorCode.BAD_INPUT, "", [violation("BAD_ID", *path, object=object_name)], **params)
    return number
