"""Lines of a list as text, so that they survive the process that read them: any dataclass of plain values, there and
back."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson

T = TypeVar("T")


def written(value: Any) -> str:
    """A line, or a list of them, as JSON; a member of an enum by its name."""
    return orjson.dumps(written_value(value)).decode()


def written_value(value: Any) -> Any:
    """The same as values that JSON can hold."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value):
        found = ((each.name, getattr(value, each.name)) for each in fields(value))
        return {name: written_value(held) for name, held in found if held is not None and held != {} and held != ()}
    if isinstance(value, Mapping):
        return {str(name): written_value(held) for name, held in value.items()}
    if isinstance(value, str | int | float) or value is None:
        return value
    return [written_value(each) for each in value]


def read(kind: type[T], text: str) -> list[T]:
    """The lines of one kind that `written` wrote."""
    return [_made(kind, each) for each in orjson.loads(text)]


def read_one(kind: type[T], held: Mapping[str, Any]) -> T:
    """One line, or another such value, from its JSON."""
    found: T = _made(kind, held)
    return found


@lru_cache(maxsize=64)
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _made(kind: Any, held: Any) -> Any:
    """`held` as the annotation says."""
    if held is None:
        return None
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _made(next(each for each in get_args(kind) if each is not type(None)), held)
    if origin in (tuple, frozenset):
        return origin(_made(get_args(kind)[0], each) for each in held)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind[held]
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: _made(hints[name], each) for name, each in held.items()})
    return datetime.fromisoformat(held) if kind is datetime else held


def together(lines: Sequence[T], whose: Any, most: int) -> list[list[T]]:
    """The lines in pieces of about `most`, all lines of one student in the same piece: what a line does to another one
    it does within a student's sheet, so each piece can be carried out by itself."""
    of: dict[Any, list[T]] = {}
    for line in lines:
        of.setdefault(whose(line), []).append(line)
    pieces: list[list[T]] = [[]]
    for group in of.values():
        if pieces[-1] and len(pieces[-1]) + len(group) > most:
            pieces.append([])
        pieces[-1] += group
    return pieces
