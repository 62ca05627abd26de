"""What of the models is exposed, and under which names: read once from `Model._meta` and the declarations beside the
fields. It knows nothing of Strawberry and asks no database.
"""

from __future__ import annotations

import contextvars
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from tortoise import Tortoise, fields
from tortoise.fields.relational import BackwardFKRelation, ForeignKeyFieldInstance
from tortoise.models import Model

import models
from graphql_api.naming import camel, lower_first, plural
from models.declare import Entity, FieldNote, Words, entity_of, note_of


class Kind(Enum):
    """What a column holds; it decides the GraphQL type, the operators and the conversion from the database."""

    ID = auto()
    TEXT = auto()
    NUMBER = auto()
    YES_NO = auto()
    MOMENT = auto()
    CHOICE = auto()
    TEXTS = auto()
    JSON = auto()

    @property
    def comparable(self) -> bool:
        """Whether rows can be ordered and filtered by it."""
        return self not in (Kind.TEXTS, Kind.JSON)


@dataclass(frozen=True, slots=True)
class Column:
    """One own column. `name` is the model's field, `graphql` the schema's, `column` the database's."""

    name: str
    graphql: str
    column: str
    kind: Kind
    note: FieldNote
    nullable: bool = False
    unique: bool = False
    max_length: int | None = None
    choices: type[Enum] | None = None
    has_default: bool = False


@dataclass(frozen=True, slots=True)
class ToOne:
    """A relation to one row of `target`, through the foreign key `column`."""

    name: str
    graphql: str
    column: str
    target: str
    note: FieldNote
    nullable: bool = False
    has_default: bool = False


@dataclass(frozen=True, slots=True)
class ToMany:
    """The rows of `target` whose foreign key `column` is this row: an entity's short list. `relation` is the target's
    own name for the way back."""

    name: str
    graphql: str
    column: str
    relation: str
    target: str
    label: Words


Member = Column | ToOne | ToMany


@dataclass(slots=True)
class Exposed:
    """One model as the schema shows it: `Student`, `student`, `students`."""

    model: type[Model]
    entity: Entity
    columns: dict[str, Column] = field(default_factory=dict)
    ones: dict[str, ToOne] = field(default_factory=dict)
    lists: dict[str, ToMany] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)  # by GraphQL name

    @property
    def name(self) -> str:
        return self.model.__name__

    @property
    def singular(self) -> str:
        return lower_first(self.name)

    @property
    def plural(self) -> str:
        return plural(self.singular)

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def versioned(self) -> bool:
        return "version" in self.columns

    def own(self) -> Iterator[Column | ToOne]:
        """Columns and to-one relations in the order in which the model declares them, `id` first."""
        for member in self.members.values():
            if not isinstance(member, ToMany):
                yield member

    def __getitem__(self, name: str) -> Column | ToOne:
        """The own column or to-one relation called `name` in the model."""
        return self.columns[name] if name in self.columns else self.ones[name]


class Registry:
    """Every exposed model, by name."""

    def __init__(self, listed: tuple[type[Model], ...]) -> None:
        self._objects = {each.__name__: Exposed(each, entity_of(each)) for each in listed if entity_of(each).exposed}
        for each in self._objects.values():
            self._read(each)

    def __iter__(self) -> Iterator[Exposed]:
        return iter(self._objects.values())

    def __getitem__(self, name: str) -> Exposed:
        return self._objects[name]

    def __contains__(self, name: str) -> bool:
        return name in self._objects

    def _read(self, exposed: Exposed) -> None:
        found = exposed.model._meta.fields_map
        foreign_keys = {each.source_field for each in found.values() if isinstance(each, ForeignKeyFieldInstance)}
        for name in sorted(found, key=_place):
            if name in foreign_keys or isinstance(found[name], BackwardFKRelation):
                continue
            if not note_of(exposed.model, name).internal:
                self._add(exposed, name, found[name])
        for name in exposed.entity.lists:
            exposed.lists[name] = self._list(name, found[name])
        exposed.members |= {each.graphql: each for each in exposed.lists.values()}

    def _add(self, exposed: Exposed, name: str, described: Any) -> None:
        note = note_of(exposed.model, name)
        if isinstance(described, ForeignKeyFieldInstance):
            if described.related_model.__name__ not in self:
                return
            one = to_one(name, described, note)
            exposed.ones[name] = exposed.members[one.graphql] = one
            return
        column = own_column(name, described, note)
        exposed.columns[name] = exposed.members[column.graphql] = column

    def _list(self, name: str, described: Any) -> ToMany:
        if not isinstance(described, BackwardFKRelation):
            raise LookupError(f"{name} is no reverse relation: entity.lists names the related_name of a foreign key")
        target = described.related_model
        key = str(described.relation_source_field or described.relation_field)
        return ToMany(name, camel(name), key, key.removesuffix("_id"), target.__name__, entity_of(target).plural)


def _place(name: str) -> int:
    """Identity first, the row's own times last, the rest as declared."""
    return {"id": 0, "version": 1, "created_at": 3, "updated_at": 4}.get(name, 2)


def to_one(name: str, described: Any, note: FieldNote) -> ToOne:
    """The facts of a foreign key, read from Tortoise's field."""
    key = str(described.source_field or f"{name}_id")
    return ToOne(
        name,
        camel(name),
        key,
        described.related_model.__name__,
        note,
        nullable=bool(described.null),
        has_default=bool(described.null),
    )


def own_column(name: str, described: Any, note: FieldNote) -> Column:
    """The facts of a column, read from Tortoise's field."""
    return Column(
        name,
        camel(name),
        str(described.source_field or name),
        kind_of(described),
        note,
        nullable=bool(described.null),
        unique=bool(described.unique) and not described.pk,
        max_length=getattr(described, "max_length", None) if kind_of(described) is Kind.TEXT else None,
        choices=getattr(described, "enum_type", None),
        has_default=described.default is not None or bool(described.null),
    )


def kind_of(described: Any) -> Kind:
    """The kind of a Tortoise field; an unknown class of field is an error, so that none is left out unseen."""
    if described.pk:
        return Kind.ID
    if getattr(described, "enum_type", None) is not None:
        return Kind.CHOICE
    if isinstance(described, fields.JSONField):
        return Kind.TEXTS if _holds_texts(described) else Kind.JSON
    for shape, kind in (
        (fields.BooleanField, Kind.YES_NO),
        (fields.DatetimeField, Kind.MOMENT),
        ((fields.IntField, fields.SmallIntField), Kind.NUMBER),
        ((fields.CharField, fields.TextField), Kind.TEXT),
    ):
        if isinstance(described, shape):
            return kind
    raise LookupError(f"{type(described).__name__} has no GraphQL type yet; add it to graphql_api.registry.Kind")


def _holds_texts(described: Any) -> bool:
    """`JSONField[list[str]](…)` is a list of texts; typing keeps the argument on the instance."""
    arguments = getattr(getattr(described, "__orig_class__", None), "__args__", ())
    return arguments == (list[str],)


@functools.cache
def registry() -> Registry:
    """The registry of this program's models. Relations exist only once Tortoise has seen all models, so it is told; in
    a context of its own, because what it remembers there would stand before the connection opened afterwards."""
    contextvars.copy_context().run(Tortoise.init_models, ["models"], "models")
    return Registry(models.ALL)
