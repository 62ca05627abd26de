"""What a policy row may name: objects and fields generated from the models, with the actions and scopes each has.

Nothing outside this catalogue is accepted in a policy cell, so a cell is never code. `id` and `version` are no policy
fields: they name a row and its state, are readable with any other field of the row and never granted or written.
`created_at` and `updated_at` are ordinary fields that nobody can write. Internal fields do not exist here at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from tortoise.models import Model

import models
from models.declare import Entity, Words, entity_of, note_of
from policies.actions import ACTIONS, EDITING, LOOKING, VERBS_OF
from policies.groups import GROUPS
from policies.scopes import scopes_of

#: What every readable row has besides its fields.
HANDLES = frozenset({"id", "version"})

#: The field of an action on the row as a whole, and in a policy row: every field that is not sensitive.
WHOLE = "*"


@dataclass(frozen=True, slots=True)
class FieldOf:
    """`writable`: by plain editing; what only a verb changes is granted with the verb. `fixed`: only when a row is
    made."""

    name: str
    label: Words
    sensitive: bool
    writable: bool
    fixed: bool


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """One object of the policy table; `model` is None for what has no rows (`Api`)."""

    name: str
    model: type[Model] | None
    label: Words
    fields: dict[str, FieldOf]
    actions: tuple[str, ...]
    scopes: frozenset[str]
    groups: dict[str, tuple[str, ...]]

    def fields_for(self, action: str) -> tuple[str, ...]:
        """The fields that `action` may be granted on; `*` alone for an action on the whole row."""
        if not ACTIONS[action].per_field or not self.fields:
            return (WHOLE,)
        if ACTIONS[action].changes:
            making = action == "create"
            return tuple(name for name, field in self.fields.items() if field.writable and (making or not field.fixed))
        if action == "aggregate":
            return tuple(name for name, field in self.fields.items() if not field.sensitive)
        return tuple(self.fields)

    def nature(self, field: str) -> str:
        """`sensitive` or `ordinary`, as the deciding model calls it."""
        return "sensitive" if field in self.fields and self.fields[field].sensitive else "ordinary"


def _object(model: type[Model]) -> ObjectOf:
    name, entity = model.__name__, entity_of(model)
    return ObjectOf(
        name, model, entity.label, _fields(model), _actions(name, entity), scopes_of(name), GROUPS.get(name, {})
    )


def _fields(model: type[Model]) -> dict[str, FieldOf]:
    """Columns and to-one relations, by the relation's own name (`college`, not `college_id`)."""
    found = {}
    for name in _declared(model):
        note = note_of(model, name)
        if not note.internal and name not in HANDLES:
            found[name] = FieldOf(name, note.label, note.sensitive, note.writable, note.fixed)
    return found


def _declared(model: type[Model]) -> list[str]:
    meta = model._meta
    keys = {getattr(meta.fields_map[name], "source_field", None) for name in meta.fk_fields}
    backward = meta.backward_fk_fields | meta.backward_o2o_fields | meta.m2m_fields
    return [name for name in meta.fields_map if name != "pk" and name not in keys and name not in backward]


def _actions(name: str, entity: Entity) -> tuple[str, ...]:
    general = [*LOOKING, *(action for action in EDITING if action.name in entity.plain_editing)]
    return (*(action.name for action in general), *VERBS_OF.get(name, ()))


API = ObjectOf("Api", None, Words("接口", "API"), {}, VERBS_OF["Api"], scopes_of("Api"), {})

OBJECTS: dict[str, ObjectOf] = {
    each.name: each for each in (*(_object(model) for model in models.ALL if entity_of(model).exposed), API)
}
