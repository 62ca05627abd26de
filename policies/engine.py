"""One version of the policy table, compiled: an immutable snapshot in which Casbin has decided each question once.

Casbin is asked per (role, object, action, field, scope) and never per row or cell; the answers are kept for the life of
the snapshot, which is replaced whole when another version is published. What an answer means for the rows of one caller
is not here but in `policies.access`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType

from policies.catalogue import OBJECTS, WHOLE, ObjectOf
from policies.enforcer import ALLOWED, NOT_DENIED, Enforcer, enforcer
from policies.roles import ROLES
from policies.rules import PolicyTable, Rule, ancestry
from policies.scopes import AT, lies_inside


@dataclass(frozen=True, slots=True)
class Grant:
    """The scopes in which a field may be acted on (any of them) and those in which it may not (none of them)."""

    allow: frozenset[str]
    deny: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Readable and unique: `own_college|own_self-own_building`; a dash of a unit's code is doubled."""
        allow, deny = ([scope.replace("-", "--") for scope in sorted(each)] for each in (self.allow, self.deny))
        return "-".join(("|".join(allow), *deny))

    @classmethod
    def of(cls, allow: Iterable[str], deny: Iterable[str] = ()) -> Grant | None:
        """Without the allowed scopes that lie inside another one or inside a denied one; None when none is left."""
        denied, allowed = frozenset(deny), set(allow)
        left = {scope for scope in allowed if not lies_inside(scope) & denied}
        outermost = frozenset(scope for scope in left if not (lies_inside(scope) - {scope}) & left)
        return cls(outermost, denied) if outermost else None

    @property
    def narrowed(self) -> bool:
        """Whether a scope of it is narrowed to one unit."""
        return any(AT in scope for scope in (*self.allow, *self.deny))

    def covers(self, other: Grant) -> bool:
        """Whether every row of `other` is a row of this one, as far as the names of the scopes tell."""
        reached = all(self.allow & lies_inside(scope) for scope in other.allow)
        return reached and all(other.deny & lies_inside(scope) for scope in self.deny)


@dataclass(frozen=True, slots=True)
class Decision:
    """What one role may do with one action on one object: a grant for each permitted field (`*` for the whole row).
    `wildcard`: what the rows with `*` give by themselves, to any ordinary field that no other row names. `narrowed`:
    whether a grant is narrowed to a unit, and so means more to some holders of the role than to others."""

    grants: Mapping[str, Grant] = field(default_factory=dict)
    wildcard: Grant | None = None
    narrowed: bool = False

    @property
    def widest(self) -> tuple[Grant, ...]:
        """The grants that together reach every row on which anything is permitted."""
        return widest(self.grants.values())


def widest(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """The grants without those that another one covers."""
    kept: list[Grant] = []
    for grant in dict.fromkeys(grants):
        if not any(other.covers(grant) for other in kept):
            kept = [other for other in kept if not grant.covers(other)] + [grant]
    return tuple(kept)


def narrowest(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """The grants without those that cover another one; of two that say the same, one stays."""
    kept: list[Grant] = []
    for grant in dict.fromkeys(grants):
        if not any(grant.covers(other) for other in kept):
            kept = [other for other in kept if not other.covers(grant)] + [grant]
    return tuple(kept)


NOTHING_PERMITTED = Decision()


class Snapshot:
    """One version in force. Safe to share between tasks: it is never changed, only its answers are remembered.

    `table` is the whole version, `rules` those of it that hold on `day`: without a day, all. On the day after
    `good_until` fewer rules hold, and another snapshot is needed; None when no day changes anything.
    """

    def __init__(self, version: int, table: PolicyTable, day: date | None = None) -> None:
        self.version = version
        self.table = table
        self.day = day
        self.rules = tuple(rule for rule in table.rules if rule.holds_on(day))
        days = [rule.until for rule in self.rules if rule.until is not None and day is not None]
        self.good_until = min(days, default=None)
        self._above = ancestry(table.parents)
        self._parts: dict[tuple[str, str], list[Rule]] = {}
        for rule in self.rules:
            self._parts.setdefault((rule.object, rule.action), []).append(rule)
        self._decisions: dict[tuple[str, str, str], Decision] = {}
        self._alike: dict[tuple[str, str, frozenset[str]], Decision] = {}

    def decision(self, role: str, object_name: str, action: str) -> Decision:
        """What `role` may do; nothing for a role, object or action that does not exist."""
        key = (role, object_name, action)
        found = self._decisions.get(key)
        if found is None:
            found = self._decisions[key] = self._decide(role, object_name, action)
        return found

    def take_over(self, older: Snapshot) -> None:
        """Remembers what `older` has decided wherever this version decides the same: same rows, same inheritance."""
        if set(older.table.parents) != set(self.table.parents):
            return
        same = {part for part, rules in older._parts.items() if rules == self._parts.get(part)}
        self._decisions |= {key: found for key, found in older._decisions.copy().items() if key[1:] in same}
        self._alike |= {key: found for key, found in older._alike.copy().items() if key[:2] in same}

    def rules_for(self, role: str, object_name: str, action: str) -> tuple[Rule, ...]:
        """The rows in force that can bear on that decision, the role's own and those it inherits; as two snapshots have
        the same of them, they decide the same."""
        above = self._above.get(role, frozenset())
        return tuple(rule for rule in self._parts.get((object_name, action), ()) if rule.role in above)

    def roles_with(self, object_name: str, action: str, field_name: str | None = None) -> tuple[str, ...]:
        """The roles that may, somewhere, in their order on screen: whom to turn to after a refusal (B4)."""
        return tuple(
            role.name
            for role in ROLES.values()
            if role.assignable and self._has(self.decision(role.name, object_name, action), field_name)
        )

    @staticmethod
    def _has(decision: Decision, field_name: str | None) -> bool:
        return bool(decision.grants) if field_name is None else field_name in decision.grants

    def _decide(self, role: str, object_name: str, action: str) -> Decision:
        target = OBJECTS.get(object_name)
        if target is None or action not in target.actions:
            return NOTHING_PERMITTED
        rules = self.rules_for(role, object_name, action)
        if not rules:
            return NOTHING_PERMITTED
        key = (object_name, action, frozenset(rule.role for rule in rules))
        if key not in self._alike:  # roles that have the same rows by inheritance may do the same
            self._alike[key] = _asked(_Question(role, target, action, rules, self.table.parents))
        return self._alike[key]


@dataclass(frozen=True)
class _Question:
    """One role, object and action with the few rows that can bear on it."""

    role: str
    target: ObjectOf
    action: str
    rules: tuple[Rule, ...]
    parents: tuple[tuple[str, str], ...]

    @cached_property
    def allows(self) -> Enforcer:
        return enforcer(ALLOWED, self.rules, self.parents)

    @cached_property
    def spares(self) -> Enforcer:
        """Says no exactly where a row denies."""
        return enforcer(NOT_DENIED, self.rules, self.parents)

    def answer(self, asked_of: Enforcer, name: str, scope: str) -> bool:
        """One question to Casbin."""
        asked = (self.role, self.target.name, self.action, name, scope, self.target.nature(name))
        return bool(asked_of.enforce(*asked))


def _asked(question: _Question) -> Decision:
    """Casbin is asked about one field of those that the same rows name, over the rows of such fields alone."""
    alike = _alike(question)
    named = {names[0] for names in alike} | {WHOLE}
    asked = replace(question, rules=tuple(rule for rule in question.rules if rule.field in named))
    grants = {name: grant for names in alike if (grant := _grant(asked, names[0])) for name in names}
    in_order = {name: grants[name] for name in question.target.fields_for(question.action) if name in grants}
    narrowed = any(grant.narrowed for grant in set(grants.values()))
    return Decision(MappingProxyType(in_order), grants.get(WHOLE) or _grant(asked, WHOLE), narrowed)


def _alike(question: _Question) -> list[list[str]]:
    """The fields, those together that are named for the same roles, scopes and effects and are of one nature."""
    rows: dict[str, set[tuple[str, str, str]]] = {}
    for rule in question.rules:
        rows.setdefault(rule.field, set()).add((rule.role, rule.scope, rule.effect))
    groups: dict[tuple[str, frozenset[tuple[str, str, str]]], list[str]] = {}
    for name in question.target.fields_for(question.action):
        key = (question.target.nature(name), frozenset(rows.get(name, ())))
        groups.setdefault(key, []).append(name)
    return list(groups.values())


def _grant(question: _Question, name: str) -> Grant | None:
    """Casbin's answers for one field over the scopes that the rows name; None where nothing is left."""
    scopes = sorted({rule.scope for rule in question.rules if rule.field in ("*", name)})
    allow = {scope for scope in scopes if question.answer(question.allows, name, scope)}
    if not allow:
        return None
    denials = {rule.scope for rule in question.rules if rule.effect == "deny"}
    deny = {scope for scope in denials if not question.answer(question.spares, name, scope)}
    return Grant.of(allow, deny)
