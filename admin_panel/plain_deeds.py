"""The deeds of plain editing, read from the schema: `createX` stands on the list of X, `updateX` and `deleteX` on its
rows. Objects with deeds of their own (`deeds.DEEDS`) are left to those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from flask import current_app

from admin_panel.checked_deeds import CHECKED
from admin_panel.columns import Objects
from admin_panel.deeds import DEEDS, Deed
from admin_panel.inputs import MutationInfo
from admin_panel.metadata import ObjectInfo
from admin_panel.registry import SMALL

#: What a select box sends for a row: the key that people use, of items the id, as their codes recur in every batch.
KEYS = {**SMALL, "Item": "id"}
SEEN = {"id": "id", "expectedVersion": "version"}


def deeds_of(object_name: str) -> tuple[Deed, ...]:
    """What can be done to an object through a form."""
    generated: Mapping[str, tuple[Deed, ...]] = current_app.extensions["lixiao_deeds"]
    return (*(DEEDS.get(object_name) or generated.get(object_name, ())), *CHECKED.get(object_name, ()))


def generated_deeds(objects: Objects, mutations: Mapping[str, MutationInfo]) -> dict[str, tuple[Deed, ...]]:
    """By object, those whose mutations the schema has."""
    return {name: tuple(_deeds(info, mutations)) for name, info in objects.items() if name not in DEEDS}


def _deeds(info: ObjectInfo, mutations: Mapping[str, MutationInfo]) -> Iterator[Deed]:
    made = mutations.get(f"create{info.name}")
    needed = frozenset(each.name for each in made.fields if each.required) if made else frozenset()
    changed = mutations.get(f"update{info.name}")
    editable = [each.name for each in changed.fields if each.name in info.fields] if changed else []
    for action in ("create", "update", "delete"):
        mutation = mutations.get(f"{action}{info.name}")
        if mutation is not None:
            yield _deed(info, action, mutation, needed, editable)


def _deed(
    info: ObjectInfo, action: str, mutation: MutationInfo, needed: frozenset[str], editable: Iterable[str]
) -> Deed:
    asked = [each.name for each in mutation.fields if each.name in info.fields and each.name not in SEEN]
    told = [name for name in editable if name not in SEEN] if action == "delete" else asked  # what goes is told, too
    targets = {name: info.fields[name].target or "" for name in told if info.fields[name].kind == "reference"}
    return Deed(
        mutation.name,
        action,
        of=info.name,
        row={} if action == "create" else SEEN,
        starts={name: _path(name, targets.get(name)) for name in told} if action != "create" else {},
        danger=action == "delete",
        title=mutation.words,
        by_field=True,
        lookups={name: (target,) for name, target in targets.items() if target in KEYS},
        keys=KEYS,
        needed=needed,
        finds={name: target for name, target in targets.items() if target not in KEYS and action != "delete"},
        gone=action == "delete",
    )


def _path(name: str, target: str | None) -> str:
    """Where a field starts from: a relation at the key that its select box sends."""
    return f"{name}.{KEYS[target]}" if target in KEYS else name
