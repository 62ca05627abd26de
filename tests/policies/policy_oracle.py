"""What a policy table permits on one cell, in plain Python over loaded rows: the measure of `policies.access`.

It reads the table's rows and the meanings of the scopes (`scope_oracle`) and nothing else: neither the engine, nor the
filters, nor Casbin. The same question asked of Casbin over the whole table stands in `whole_table`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from models import ALL
from models.declare import note_of
from policies.caller import Caller
from policies.rules import PolicyTable, Rule
from tests.policies.scope_oracle import MEANINGS
from tests.policies.season_of_all_kinds import World

MODEL = {model.__name__: model for model in ALL}
#: What a token limited to items may change.
CHANGED_BY_ITEM = ("Clearance", "Item", "SyncObservation")
LOOKING = ("read", "match", "aggregate", "export", "explore")


def sensitive(object_name: str, name: str) -> bool:
    return name != "*" and note_of(MODEL[object_name], name).sensitive


class Memberships:
    """Which rows of a world lie in which scope for which caller; worked out once for each."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._known: dict[tuple[Caller, str, str], frozenset[int]] = {}

    def everything(self, object_name: str) -> frozenset[int]:
        return frozenset(row["id"] for row in self.world.rows[object_name])

    def rows(self, caller: Caller, scope: str, object_name: str) -> frozenset[int]:
        """The ids in `scope`, which may be cut to one unit: `own_college@15`."""
        key = (caller, scope, object_name)
        if key not in self._known:
            self._known[key] = self._found(caller, scope, object_name)
        return self._known[key]

    def holds(self, caller: Caller, scope: str) -> bool:
        """Whether the caller has the unit that a scope is cut to; true for a scope that is not cut."""
        return "@" not in scope or bool(self._cut(caller, scope))

    def _found(self, caller: Caller, scope: str, object_name: str) -> frozenset[int]:
        if "@" in scope:
            cut = self._cut(caller, scope)
            return self.rows(cut, scope.partition("@")[0], object_name) if cut else frozenset()
        if scope == "all":
            return self.everything(object_name)
        means = MEANINGS[scope, object_name]
        return frozenset(row["id"] for row in self.world.rows[object_name] if means(self.world, caller, row))

    def _cut(self, caller: Caller, scope: str) -> Caller | None:
        """The caller with the named unit alone; None without it. The scope's own name says the kind of unit."""
        kind, code = scope.split("_")[1].partition("@")[0], scope.partition("@")[2]
        named = {row["id"] for row in self.world.found(kind.capitalize(), code=code)}
        held = frozenset(unit for unit in caller.units if unit.kind == kind and unit.id in named)
        return replace(caller, units=held) if held else None


@dataclass
class Oracle:
    """What `caller` may do under `table` on `day`, row by row."""

    memberships: Memberships
    table: PolicyTable
    caller: Caller
    day: date
    _known: dict[tuple[str, str, str], frozenset[int]] = field(default_factory=dict)

    def permitted(self, object_name: str, action: str, name: str) -> frozenset[int]:
        """The rows on which the action is permitted on the field `name`; `*` is the row as a whole."""
        key = (object_name, action, name)
        if key not in self._known:
            rules = list(self._rules(object_name, action, name))
            ids = self.memberships.everything(object_name)
            self._known[key] = frozenset(each for each in ids if rules and self._permits(rules, *key, each))
        return self._known[key]

    def anything(self, object_name: str, action: str) -> frozenset[int]:
        """The rows on which the action is permitted on any field."""
        return frozenset().union(*(self.permitted(object_name, action, name) for name in (*fields(object_name), "*")))

    def granted(self, object_name: str, action: str, name: str) -> bool:
        """Whether the table grants the action on the field at all, be it on rows that are not there."""
        return any(rule.effect == "allow" for rule in self._rules(object_name, action, name))

    def _permits(self, rules: list[Rule], object_name: str, action: str, name: str, row_id: int) -> bool:
        if not grantable(object_name, action, name) or not self._token_permits(object_name, action, name, row_id):
            return False
        reaching = [rule for rule in rules if row_id in self.memberships.rows(self.caller, rule.scope, object_name)]
        return {rule.effect for rule in reaching} == {"allow"}

    @cached_property
    def _roles(self) -> set[str]:
        """The caller's role and all above it."""
        found = {self.caller.role}
        for _ in self.table.parents:
            found |= {parent for child, parent in self.table.parents if child in found}
        return found

    @cached_property
    def _own(self) -> list[Rule]:
        return [rule for rule in in_force(self.table, self.day) if rule.role in self._roles]

    def _rules(self, object_name: str, action: str, name: str) -> Iterable[Rule]:
        """The rows of the table that can bear on a field, in force on the day."""
        for rule in self._own:
            if (rule.object, rule.action) != (object_name, action):
                continue
            wild = rule.field == "*" and (rule.effect == "deny" or not sensitive(object_name, name))
            if wild or rule.field == name:
                yield rule

    def _token_permits(self, object_name: str, action: str, name: str, row_id: int) -> bool:
        token = self.caller.token
        if token is None:
            return True
        if token.items:
            if action not in LOOKING and object_name not in CHANGED_BY_ITEM:
                return False
            of_items = ("own_token_items", object_name) in MEANINGS
            if of_items and row_id not in self.memberships.rows(self.caller, "own_token_items", object_name):
                return False
        named = {_snake(each.split(".")[-1]) for each in token.fields if _of(each, object_name)}
        if name == "*" and object_name in ("User", "RoleAssignment", "ApiToken", "PolicyVersion"):
            return not token.fields or any(each.startswith(f"{object_name}.") for each in token.fields)
        return name == "*" or not token.fields or name in named or "*" in named


def in_force(table: PolicyTable, day: date) -> list[Rule]:
    """The rows whose last day has not passed."""
    return [rule for rule in table.rules if rule.until is None or rule.until >= day]


def grantable(object_name: str, action: str, name: str) -> bool:
    """Reading, exporting and matching are by field; counting by all but sensitive ones; forms write what is plain to
    write; anything else is on the row."""
    if action in ("read", "match", "export"):
        return name != "*"
    if action == "aggregate":
        return name != "*" and not sensitive(object_name, name)
    if action in ("create", "update"):
        return name != "*" and note_of(MODEL[object_name], name).writable
    return name == "*"


def fields(object_name: str) -> list[str]:
    """Columns and relations of a declaration, but those that every row has and those that no door shows."""
    meta = MODEL[object_name]._meta
    hidden = {"id", "version", *(f"{name}_id" for name in meta.fk_fields)}
    names = [name for name in (*meta.fields_db_projection, *sorted(meta.fk_fields)) if name not in hidden]
    return [name for name in names if not note_of(MODEL[object_name], name).internal]


def _of(named: str, object_name: str) -> bool:
    return "." not in named or named.startswith(f"{object_name}.")


def _snake(name: str) -> str:
    return re.sub("([A-Z])", r"_\1", name).lower()
