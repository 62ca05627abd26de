"""What a model says about itself beyond its columns: labels in both languages, hints, sensitivity, list columns.

The API, the filters, the panel, the Excel columns and the policy catalogue are generated from these declarations;
nothing else repeats them. They are attached to the fields rather than passed to their constructors, because Tortoise
discards constructor arguments it does not know, and because its own `description` is part of the migration signature
(a change of wording would rebuild a table).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from tortoise.fields.base import Field
from tortoise.models import Model

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages of the desk."""

    zh: str
    en: str

    def __getitem__(self, locale: str) -> str:
        return self.en if locale.startswith("en") else self.zh


@dataclass(frozen=True, slots=True)
class FieldNote:
    """The declaration of one column or relation.

    `sensitive`: never granted by a wildcard, never searched by range, never shown in a list by default.
    `internal`: bookkeeping of the desk itself; no door shows it.
    `writable`: False for what only a verb of `models.rules` may change (a status, a season's copy, an issued number).
    `fixed`: given when the row is made and never changed: others know the row by it.
    `multiline`: a text of several lines.
    """

    label: Words
    hint: Words | None = None
    sensitive: bool = False
    internal: bool = False
    writable: bool = True
    fixed: bool = False
    multiline: bool = False


@dataclass(frozen=True, slots=True)
class Entity:
    """The declaration of one model.

    `natural_key`: the columns people use to name a row, relations by their own natural key: `("batch", "code")`.
    `list_columns`: what a list shows unless the reader chooses otherwise. `search`: the columns of the one search box,
    over to-one relations as `student__name`.
    `order`: the default order, `-` for descending. `label_fields`: what a row is called (`displayLabel`).
    `lists`: the reverse relations that belong to the row and are short by nature (a sheet's clearances).
    `plain_editing`: which of `create`, `update` and `delete` exist; who may use them, the policies say.
    """

    label: Words
    plural: Words
    natural_key: tuple[str, ...] = ()
    list_columns: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    order: tuple[str, ...] = ("id",)
    label_fields: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    plain_editing: tuple[str, ...] = ()
    exposed: bool = True


def label(
    field: F,
    zh: str,
    en: str,
    *,
    hint: tuple[str, str] | None = None,
    sensitive: bool = False,
    internal: bool = False,
    writable: bool = True,
    fixed: bool = False,
    multiline: bool = False,
) -> F:
    """Attach labels, a hint (`(zh, en)`) and nature to a Tortoise field and give the same field back."""
    note = FieldNote(Words(zh, en), Words(*hint) if hint else None, sensitive, internal, writable, fixed, multiline)
    field.note = note  # type: ignore[attr-defined]  # Tortoise fields take extra attributes; note_of reads it back
    return field


def note_of(model: type[Model], name: str) -> FieldNote:
    """The declaration of a field; an undeclared field is an error, so that none reaches a door without a label.

    Relations keep their note under the relation's name; `college_id` answers with the note of `college`.
    """
    field: Field[Any] | None = model._meta.fields_map.get(name)
    note = getattr(field, "note", None)
    if note is None and name.endswith("_id"):
        note = getattr(model._meta.fields_map.get(name[:-3]), "note", None)
    if not isinstance(note, FieldNote):
        raise LookupError(f"{model.__name__}.{name} has no label; declare it with label(…) beside the field")
    return note


def entity_of(model: type[Model]) -> Entity:
    """The declaration of a model."""
    entity = getattr(model, "entity", None)
    if not isinstance(entity, Entity):
        raise LookupError(f"{model.__name__} declares no entity")
    return entity
