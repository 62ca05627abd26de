"""The enums of the schema: the members' names are the values, described in both languages. Importing this module marks
all enums of the models, so that any Strawberry type may name them in its annotations.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry

import models
from graphql_api.naming import described
from models.declare import Words, note_of
from models.enums import Way


class Direction(Enum):
    """Which way rows are ordered; rows where the column is empty come last both ways."""

    ASC = "ASC"
    DESC = "DESC"

    @property
    def words(self) -> Words:
        return Words("升序", "Ascending") if self is Direction.ASC else Words("降序", "Descending")


def enum_of(kind: Any, words: Words | None = None, *, name: str | None = None) -> Any:
    """Make an enum known to Strawberry (under another `name`), each value with its words where it has any, and give it
    back. Once is enough: asked again, it changes nothing."""
    if not hasattr(kind, "__strawberry_definition__"):
        strawberry.enum(kind, name=name, description=described(words) if words else None)
        for value, member in zip(kind.__strawberry_definition__.values, kind, strict=True):
            value.description = described(member.words) if hasattr(member, "words") else None
    return kind


def _labels() -> dict[type[Enum], Words]:
    """Each enum of the models with the label of the first column that holds it."""
    found: dict[type[Enum], Words] = {}
    for model in models.ALL:
        for name, each in model._meta.fields_map.items():
            kind = getattr(each, "enum_type", None)
            if kind is not None and hasattr(each, "note"):
                found.setdefault(kind, note_of(model, name).label)
    return found


for _kind, _words in _labels().items():
    enum_of(_kind, _words)
enum_of(Way, Words("办理方式", "How an item may be passed"))
enum_of(Direction, Words("排序方向;空值总在最后", "Direction; rows without a value come last both ways"))
