"""Cells of lists that come as rows: any scalar is taken as text, so that a bad cell refuses its own row and never the
request; and what a cell becomes, or how its row is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NewType, TypeVar

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from graphql_api.naming import described
from models.declare import Words
from models.rules.cells import BadCell, NumberCell
from models.rules.refusals import Code, Refusal

T = TypeVar("T")

Cell = NewType("Cell", str)
TEXT = Words("名单中的一个单元格,按文本处理", "One cell of a list, as text")
NUMBERS = Words(
    "学号等编号请写成文本:写成数字的编号可能已丢失前导 0,该行不导入",
    "identifiers go as text: one that comes as a number may have lost its leading zeros, and its row is refused",
)


def _read(given: Any) -> str:
    if isinstance(given, str):
        return given
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int | float):
        return NumberCell(given)
    raise GraphQLError("A cell is a text.")


#: How the schema knows it.
SCALARS: dict[object, ScalarDefinition] = {
    Cell: strawberry.scalar(name="Cell", description=described(TEXT, NUMBERS), serialize=str, parse_value=_read)
}


def text(cell: str | None) -> str:
    """What stands there; nothing is an empty text."""
    return cell or ""


def read(reading: Callable[[], T], otherwise: T) -> tuple[T, Refusal | None]:
    """What the cells of a row become, or `otherwise` with how the row is refused."""
    try:
        return reading(), None
    except BadCell as bad:
        return otherwise, Refusal(Code.BAD_INPUT, facts=bad.facts)
