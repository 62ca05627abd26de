"""Why somebody may or may not: each decision with the rows that bear on it, and scopes and grants in words.

It decides nothing itself; what a snapshot decided stands beside the rows of the table that Casbin looked at for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from models.declare import Words
from policies.actions import ACTIONS
from policies.catalogue import OBJECTS, WHOLE, ObjectOf
from policies.engine import Decision, Grant, Snapshot
from policies.roles import ROLES
from policies.rules import Rule
from policies.scopes import AT, SCOPES, scope_named

NOTHING_WORDS = Words("无", "Nothing")


@dataclass(frozen=True, slots=True)
class Cell:
    """One role, object, action and field, and what was decided; `grant` None: nothing is permitted.

    `own` are the role's rows in force that bear on it and `inherited` those of the roles whose rights it has besides
    (each row names its role), those that allow and those that deny. `field` is `*` for an action on the row as a whole;
    for any other action `*` stands for the rows with a wildcard and what these give by themselves.
    """

    role: str
    object: str
    action: str
    field: str
    grant: Grant | None
    own: tuple[Rule, ...]
    inherited: tuple[Rule, ...]


def cell(snapshot: Snapshot, role: str, object_name: str, action: str, field: str) -> Cell:
    """One decision; nothing is permitted, and no row bears on it, for a name that does not exist."""
    target = OBJECTS.get(object_name)
    if target is None or action not in target.actions or field not in fields_shown(target, action):
        return Cell(role, object_name, action, field, None, (), ())
    [found] = _cells(snapshot, role, target, action, (field,))
    return found


def matrix(snapshot: Snapshot, object_name: str) -> tuple[Cell, ...]:
    """Every role, those that are only held in common too, with every action on `*` and on each field that it may be
    granted on; in the order of the roles, the actions and the fields. Empty for an object that does not exist."""
    target = OBJECTS.get(object_name)
    if target is None:
        return ()
    return tuple(
        found
        for role in ROLES
        for action in target.actions
        for found in _cells(snapshot, role, target, action, fields_shown(target, action))
    )


def who_can(snapshot: Snapshot, object_name: str, action: str, field: str | None = None) -> tuple[Cell, ...]:
    """What permits the action to the roles that somebody can hold, in their order on screen; without `field` on
    whatever field. Empty for names that do not exist."""
    target = OBJECTS.get(object_name)
    if target is None or action not in target.actions:
        return ()
    fields = tuple(name for name in target.fields_for(action) if field in (None, name))
    holdable = (role.name for role in ROLES.values() if role.assignable)
    return tuple(_granted(found for role in holdable for found in _cells(snapshot, role, target, action, fields)))


def what_can(snapshot: Snapshot, role: str) -> tuple[Cell, ...]:
    """Everything that is permitted to a role, in the order of the catalogue."""
    return tuple(
        _granted(
            found
            for target in OBJECTS.values()
            for action in target.actions
            for found in _cells(snapshot, role, target, action, target.fields_for(action))
        )
    )


def _granted(cells: Iterable[Cell]) -> Iterator[Cell]:
    return (found for found in cells if found.grant is not None)


def fields_shown(target: ObjectOf, action: str) -> tuple[str, ...]:
    """`*`, then the fields that the action may be granted on."""
    return tuple(dict.fromkeys((WHOLE, *target.fields_for(action))))


def _cells(snapshot: Snapshot, role: str, target: ObjectOf, action: str, fields: Iterable[str]) -> Iterator[Cell]:
    decision = snapshot.decision(role, target.name, action)
    named: dict[str, list[Rule]] = {}
    for rule in snapshot.rules_for(role, target.name, action):
        named.setdefault(rule.field, []).append(rule)
    for name in fields:
        bearing = _bearing(named, name, target.nature(name)) if named else []
        own = tuple(rule for rule in bearing if rule.role == role)
        inherited = tuple(rule for rule in bearing if rule.role != role)
        yield Cell(role, target.name, action, name, _decided(decision, name, action), own, inherited)


def _decided(decision: Decision, name: str, action: str) -> Grant | None:
    return decision.wildcard if name == WHOLE and ACTIONS[action].per_field else decision.grants.get(name)


def _bearing(named: dict[str, list[Rule]], name: str, nature: str) -> list[Rule]:
    """The rows that name the field, then those with a wildcard: it gives no sensitive field, but denies it too."""
    rules = named.get(name, [])
    if name == WHOLE:
        return rules
    return [*rules, *(rule for rule in named.get(WHOLE, ()) if nature == "ordinary" or rule.effect == "deny")]


# --- in words


def in_words(grant: Grant | None) -> Words:
    """`本学院、本人;不含本公寓楼(仅BAMBOO3)`, "Own college and oneself; not own building (only BAMBOO3)"."""
    if grant is None:
        return NOTHING_WORDS
    allow = [scope_words(name) for name in _in_order(grant.allow)]
    deny = [scope_words(name) for name in _in_order(grant.deny)]
    zh, en = "、".join(each.zh for each in allow), _lower_from(1, " and ", allow)
    if not deny:
        return Words(zh, en)
    return Words(f"{zh};不含{'、'.join(each.zh for each in deny)}", f"{en}; not {_lower_from(0, ' or ', deny)}")


def _lower_from(first: int, between: str, words: list[Words]) -> str:
    """The English of all, those from the `first` on as in the middle of a sentence."""
    return between.join(each.en if n < first else each.en[:1].lower() + each.en[1:] for n, each in enumerate(words))


def _in_order(scopes: Iterable[str]) -> list[str]:
    """As the scopes are declared; the narrowed ones of a scope by their unit."""
    place = {name: number for number, name in enumerate(SCOPES)}
    return sorted(scopes, key=lambda name: (place.get(name.partition(AT)[0], len(place)), name))


def scope_words(name: str) -> Words:
    """`本部门环节涉及的学生(仅TSG)`; the name itself when there is no such scope."""
    scope = scope_named(name)
    if scope is None:
        return Words(name, name)
    if scope.code is None:
        return scope.label
    whole = SCOPES[scope.base].label
    return Words(f"{whole.zh}(仅{scope.code})", f"{whole.en} (only {scope.code})")
