"""What the rows of an object can be grouped by, and what can be summed up in a group: read from the registry.

Keys are the object's own columns and those one or two to-one relations away: choices, yes and no, the texts and numbers
of DECLARED, and own moments by day, week or month. What identifies a row, free text and sensitive columns are none.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from graphql_api.naming import camel
from graphql_api.registry import Column, Exposed, Kind, ToOne, registry
from models.declare import Words

#: The texts and numbers that many rows share, or by which people name the row that is pointed at. By object.
DECLARED: dict[str, tuple[str, ...]] = {
    "College": ("code", "name", "name_en"),
    "Department": ("code", "name", "name_en"),
    "Building": ("code", "name", "name_en"),
    "Batch": ("code", "name", "name_en"),
    "Item": ("code", "name", "name_en", "order"),
    "Student": ("student_no", "name", "major", "class_name", "grade", "nationality"),
    "Sheet": ("major", "class_name"),
    "User": ("username", "name"),
    "RoleAssignment": ("role",),
    "ApiToken": ("role", "source"),
    "Operation": ("role",),
    "Event": ("object", "changed", "before", "after", "role"),
    "SyncObservation": ("source",),
}


#: What is named by a code: of any other row that is pointed at, these alone are worth a key of their own.
UNITS = frozenset({"Batch", "College", "Department", "Building"})
LONGEST_NAME = 128  # characters; a longer text is written freely


class Bucket(Enum):
    """A stretch of time in the university's time zone, named by its first day; a week begins on Monday (ISO 8601)."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"

    @property
    def words(self) -> Words:
        return {
            Bucket.DAY: Words("按日", "by day"),
            Bucket.WEEK: Words("按周", "by week"),
            Bucket.MONTH: Words("按月", "by month"),
        }[self]


@dataclass(frozen=True, slots=True)
class GroupKey:
    """One key: `ITEM_CODE`, in answers `itemCode`; the column at the end of `steps`, a moment by `bucket`."""

    name: str
    steps: tuple[ToOne, ...]
    column: Column
    words: Words
    bucket: Bucket | None = None

    @property
    def graphql(self) -> str:
        return camel(self.name.lower())

    @property
    def path(self) -> tuple[str, ...]:
        """The way to the column in the names of the models: `("item", "code")`."""
        return (*(step.name for step in self.steps), self.column.name)


@functools.cache
def keys_of(object_name: str) -> dict[str, GroupKey]:
    """The keys of an object by name, its own first, then by how far away they are."""
    exposed = registry()[object_name]
    found: dict[str, GroupKey] = {}
    for steps in sorted(_routes(exposed), key=len):
        for key in _of_route(exposed, steps):
            if key.name in found:
                key = _named(key.steps, key.column, whole=True)
            found.setdefault(key.name, key)
    return found


def measures_of(object_name: str) -> dict[str, Column]:
    """The own columns of which a group has a least and a greatest value, by their names in the schema."""
    columns = registry()[object_name].columns.values()
    return {each.graphql: each for each in columns if _measured(each)}


def numbers_of(object_name: str) -> dict[str, Column]:
    """Those that can be added up."""
    return {name: each for name, each in measures_of(object_name).items() if each.kind is Kind.NUMBER}


def nameless(exposed: Exposed) -> bool:
    """Whether rows are named by their relations alone, as a sheet by its batch and student: what hangs on such a row
    speaks of its columns as its own."""
    key = exposed.entity.natural_key
    return bool(key) and all(name in exposed.ones for name in key)


def owner_of(exposed: Exposed) -> ToOne | None:
    """The relation to the form on which the rows stand: a clearance's sheet."""
    return next((one for one in _ones(exposed) if nameless(registry()[one.target])), None)


# --- which


def _routes(exposed: Exposed) -> Iterator[tuple[ToOne, ...]]:
    yield ()
    for first in _ones(exposed):
        yield (first,)
        middle = registry()[first.target]
        for second in _ones(middle):
            if second.target in UNITS or (nameless(middle) and second.target != exposed.name):
                yield first, second


def _ones(exposed: Exposed) -> Iterator[ToOne]:
    """Relations to rows of another kind; of its own kind, it is another row of the same season or person."""
    return (one for one in exposed.ones.values() if one.target != exposed.name)


def _of_route(exposed: Exposed, steps: tuple[ToOne, ...]) -> Iterator[GroupKey]:
    target = registry()[steps[-1].target] if steps else exposed
    for column in target.columns.values():
        if column.name in ("id", "version", "updated_at") or column.note.sensitive:
            continue
        if column.kind is Kind.MOMENT:
            if not steps:
                yield from (_named(steps, column, bucket) for bucket in Bucket)
        elif _shared(target, column, own=not steps):
            yield _named(steps, column)


def _shared(exposed: Exposed, column: Column, *, own: bool) -> bool:
    """Whether many rows have the same value. A yes or no tells of the row itself or of a person, not of a unit."""
    if column.kind is Kind.YES_NO:
        return own or exposed.name == "Student"
    if column.unique and own:
        return False
    return column.kind is Kind.CHOICE or column.name in DECLARED.get(exposed.name, ())


def _measured(column: Column) -> bool:
    if column.name == "version" or column.note.sensitive or column.name.endswith("_id"):
        return False
    if column.kind is Kind.TEXT:
        return column.max_length is not None and column.max_length <= LONGEST_NAME
    return column.kind in (Kind.NUMBER, Kind.MOMENT)


# --- under which name


def _named(steps: tuple[ToOne, ...], column: Column, bucket: Bucket | None = None, *, whole: bool = False) -> GroupKey:
    """`whole`: with every relation on the way, for a name that another key has already."""
    named = [step for step in steps if whole or not nameless(registry()[step.target])]
    parts = [step.name for step in named]
    if parts and column.name.startswith(f"{parts[-1]}_"):
        parts.pop()
    parts += [column.name, *([bucket.value] if bucket else ())]
    labels = [*(step.note.label for step in steps), column.note.label]
    words = Words(" › ".join(each.zh for each in labels), " › ".join(each.en for each in labels))
    if bucket:
        words = Words(f"{words.zh}({bucket.words.zh},值为首日)", f"{words.en}, {bucket.words.en} (its first day)")
    return GroupKey("_".join(parts).upper(), steps, column, words, bucket)
