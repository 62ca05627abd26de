"""How far somebody's rights reach when rows of any object are imported: field by field, since every row mentions its
own. Whose rights they are is not known here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field

from tortoise.expressions import Q
from tortoise.models import Model

from models.rules.operation_rows import among
from models.rules.selection import is_everything

Fields = Mapping[str, Q]
"""The rows on which a field may be read, or filled in; a field that is not mentioned: on none."""


@dataclass(frozen=True, slots=True)
class RowReach:
    """`visible`: the rows that the caller knows of; others are not there. `named`: by relation, the rows of the other
    object that he knows of; one that is left out may lead anywhere. `deleting`: the rows that he may delete, None: none
    at all."""

    visible: Q = field(default_factory=Q)
    reading: Fields = field(default_factory=dict)
    updating: Fields = field(default_factory=dict)
    creating: Fields = field(default_factory=dict)
    named: Fields = field(default_factory=dict)
    deleting: Q | None = None


Reaching = Callable[[], Awaitable[RowReach]]
"""Asked inside the transaction, after the locks (B8)."""


def everywhere(names: Collection[str]) -> Reaching:
    """Of the system itself: all of these fields on every row."""
    whole = dict.fromkeys(names, Q())

    async def reach() -> RowReach:
        return RowReach(reading=whole, updating=whole, creating=whole, deleting=Q())

    return reach


async def rows_open(model: type[Model], fields: Fields, ids: Collection[int]) -> dict[str, set[int]]:
    """By field, which of these rows it is open on; one statement for each different filter."""
    found: dict[int, set[int]] = {}
    for rows in fields.values():
        if id(rows) not in found:
            found[id(rows)] = set(ids) if is_everything(rows) else await among(model, rows, ids)
    return {name: found[id(rows)] for name, rows in fields.items()}
