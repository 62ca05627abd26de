"""Casbin asked directly: the shipped `model.conf` over every row of a table, without the engine's partitions."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import casbin
from casbin.persist.adapters.string_adapter import StringAdapter

import policies
from policies.rules import PolicyTable, Rule

MODEL = Path(policies.__file__).with_name("model.conf")

Line = tuple[str, str, str, str, str, str]


def line(rule: Rule) -> Line:
    """A row in the order of `model.conf`."""
    return (rule.role, rule.object, rule.action, rule.field, rule.scope, rule.effect)


class WholeTable:
    """Each distinct question is asked once. `rules`: those of the table that are in force."""

    def __init__(self, rules: Iterable[Rule], table: PolicyTable) -> None:
        self._lines = [line(rule) for rule in rules]
        self._parents = table.parents
        self._probes: dict[tuple[str, str, str], casbin.Enforcer] = {}
        self.asked = 0

    @cached_property
    def _said(self) -> casbin.Enforcer:
        return self._enforcer(self._lines)

    def allows(self, role: str, object_name: str, action: str, field: str, scope: str, nature: str) -> bool:
        """Whether the table permits it in this scope."""
        self.asked += 1
        return bool(self._said.enforce(role, object_name, action, field, scope, nature))

    def denies(self, role: str, object_name: str, action: str, field: str, scope: str, nature: str) -> bool:
        """Whether a row of the table takes it away: it stays refused although a row more permits exactly this."""
        self.asked += 1
        if (probe := self._probes.get((role, object_name, action))) is None:
            probe = self._probes[role, object_name, action] = self._enforcer(self._lines)
        added = [role, object_name, action, field, scope, "allow"]
        probe.model.add_policy("p", "p", added)
        refused = not probe.enforce(role, object_name, action, field, scope, nature)
        if tuple(added) not in self._lines:
            probe.model.remove_policy("p", "p", added)
        return refused

    def _enforcer(self, lines: Iterable[Line]) -> casbin.Enforcer:
        text = [
            *(f"p, {', '.join(each)}" for each in lines),
            *(f"g, {child}, {parent}" for child, parent in self._parents),
        ]
        made = casbin.Enforcer(str(MODEL), StringAdapter("\n".join(text)))
        assert len(made.get_policy()) == len(self._lines), "Casbin dropped a row"
        return made
