"""The columns of lists of any object's rows, read from the model: which there are, and how people head them."""

from __future__ import annotations

from graphql_api.import_columns import ALSO, COMPARED, DECLARED, KEEP, ImportKind, KnownColumn, choices_of
from graphql_api.registry import Exposed, ToOne, registry
from models.declare import Words
from models.rules.editing_values import is_relation
from models.rules.row_cells import columns_read, identifying
from models.rules.row_deciding import BY_VERB
from models.rules.row_imports import is_imported
from models.rules.row_references import key_paths

#: What an export heads the row itself with; without them a list has no check against rows changed since.
KEY = KnownColumn("key", Words("行标识", "Row key"), ("编号", "Id", "全局标识"), hidden=True)
VERSION = KnownColumn("version", Words("行版本", "Row version"), ("版本", "Version"), hidden=True)


def importable(name: str | None) -> Exposed:
    """The object of which there are such lists. Raises LookupError."""
    if name is None or name not in registry() or not is_imported(registry()[name].model):
        raise LookupError(name)
    return registry()[name]


def row_columns(name: str | None) -> tuple[KnownColumn, ...]:
    """The columns of an object's rows, the key's first. Raises LookupError."""
    exposed = importable(name)
    names = columns_read(exposed.model)
    key = [each for each in exposed.entity.natural_key if each in names]
    return (*(_column(exposed, each) for each in [*key, *(each for each in names if each not in key)]), KEY, VERSION)


def _column(exposed: Exposed, name: str) -> KnownColumn:
    model, note = exposed.model, exposed[name].note
    taken = note.writable and name not in BY_VERB.get(model, frozenset())
    required = name in exposed.entity.natural_key
    return KnownColumn(
        name,
        note.label,
        (*ALSO.get(name, ()), *_by_key(exposed, name)),
        required=required,
        taken=taken,
        identifier=identifying(model, name),
        choices=() if is_relation(model, name) else choices_of(model, name),
        hint=note.hint or (None if required else KEEP if taken else COMPARED),
    )


def _by_key(exposed: Exposed, name: str) -> tuple[str, ...]:
    """A relation may be headed by its target's key as well: `学院 › 学院代码`, `college.code`."""
    member = exposed[name]
    if not isinstance(member, ToOne):
        return ()
    target = registry()[member.target]
    paths = [each for each in key_paths(target.model) if "__" not in each]
    keys = [target[each] for each in paths]
    return tuple(
        text
        for each in keys
        for text in (
            f"{member.note.label.zh}{each.note.label.zh}",
            f"{member.note.label.en}{each.note.label.en}",
            f"{name}.{each.name}",
            *((each.note.label.zh, each.note.label.en) if _alone(exposed, each.note.label) else ()),
        )
    )


def _alone(exposed: Exposed, label: Words) -> bool:
    """Whether no field of the object itself is called so."""
    return all(each.note.label.zh != label.zh for each in exposed.own())


DECLARED[ImportKind.ROWS] = row_columns
