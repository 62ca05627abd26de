"""What differs between two versions of the policy, in decisions: effects that are inherited count, rows that change
nothing do not. Which rows were added and removed is told by `policies.editing`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.enums import Choice
from policies.catalogue import OBJECTS
from policies.engine import Decision, Grant, Snapshot
from policies.roles import ROLES


class ChangeKind(Choice):
    """From having nothing to having some rows, and back; from some rows to more, to fewer, or to others."""

    GAINED = "GAINED", "新增", "Gained"
    LOST = "LOST", "失去", "Lost"
    WIDER = "WIDER", "范围扩大", "Wider"
    NARROWER = "NARROWER", "范围缩小", "Narrower"
    OTHER = "OTHER", "范围改变", "Other rows"


@dataclass(frozen=True, slots=True)
class RoleChange:
    """Of one role; None where nothing is permitted."""

    role: str
    before: Grant | None
    after: Grant | None


@dataclass(frozen=True, slots=True)
class Change:
    """One kind of change on one field, with the roles that have it in their order on screen: "these 10 roles could
    newly read the phone". `field` is `*` for an action on the row as a whole."""

    object: str
    action: str
    field: str
    kind: ChangeKind
    roles: tuple[RoleChange, ...]


def difference(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """The changes for the roles that somebody can hold, in the order of the catalogue. Only what has other rows than
    before is decided."""
    return tuple(
        change
        for target in OBJECTS.values()
        for action in target.actions
        for change in _changes(before, after, target.name, action)
    )


def _changes(before: Snapshot, after: Snapshot, object_name: str, action: str) -> Iterator[Change]:
    found: dict[tuple[str, ChangeKind], list[RoleChange]] = {}
    for role in _with_other_rows(before, after, object_name, action):
        old, new = (each.decision(role, object_name, action) for each in (before, after))
        for name, change in _of_role(role, old, new):
            found.setdefault((name, _kind(change)), []).append(change)
    kinds, fields = list(ChangeKind), OBJECTS[object_name].fields_for(action)
    for name, kind in sorted(found, key=lambda key: (fields.index(key[0]), kinds.index(key[1]))):
        yield Change(object_name, action, name, kind, tuple(found[name, kind]))


def _with_other_rows(before: Snapshot, after: Snapshot, object_name: str, action: str) -> Iterator[str]:
    for role in ROLES.values():
        if role.assignable:
            old, new = (each.rules_for(role.name, object_name, action) for each in (before, after))
            if set(old) != set(new):
                yield role.name


def _of_role(role: str, old: Decision, new: Decision) -> Iterator[tuple[str, RoleChange]]:
    for name in {**old.grants, **new.grants}:
        change = RoleChange(role, old.grants.get(name), new.grants.get(name))
        if change.before != change.after:
            yield name, change


def _kind(change: RoleChange) -> ChangeKind:
    """As far as the names of the scopes tell: which lies inside which."""
    if change.before is None or change.after is None:
        return ChangeKind.GAINED if change.before is None else ChangeKind.LOST
    if change.after.covers(change.before):
        return ChangeKind.WIDER
    return ChangeKind.NARROWER if change.before.covers(change.after) else ChangeKind.OTHER
