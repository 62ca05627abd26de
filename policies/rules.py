"""The rows of a policy table: reading them from CSV or from a stored version, and refusing what the catalogue lacks.

A stored table is a list of single rows (one role, object, field, action and scope each); the CSV that people read joins
several into one line with `|` and with field groups. Every refusal names line, cell and the nearest valid names.
"""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import product
from pathlib import Path
from typing import Any

from policies.catalogue import OBJECTS, WHOLE, ObjectOf
from policies.roles import PARENTS, ROLES

DEFAULT_FILE = Path(__file__).with_name("default_policy.csv")
COLUMNS = ("role", "object", "field", "action", "scope", "effect", "note")
EFFECTS = ("allow", "deny")

Parents = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. `row` is the line it was read from, for messages; neither it nor the note makes two rules different."""

    role: str
    object: str
    field: str
    action: str
    scope: str
    effect: str
    note: str = dataclasses.field(default="", compare=False)
    row: int = dataclasses.field(default=0, compare=False)

    @property
    def cells(self) -> tuple[str, str, str, str, str, str]:
        return (self.role, self.object, self.field, self.action, self.scope, self.effect)

    @property
    def cells_for_casbin(self) -> tuple[str, str, str, str, str, str]:
        """In the order of `model.conf`."""
        return (self.role, self.object, self.action, self.field, self.scope, self.effect)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell. `nearest` are the valid names that look most like it."""

    row: int
    column: str
    value: str
    reason: str
    nearest: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.row and not self.value:
            return f"{self.column}: {self.reason}"
        hint = f" (nearest: {', '.join(self.nearest)})" if self.nearest else ""
        return f"row {self.row}, {self.column}: {self.reason}: {self.value!r}{hint}"


class InvalidPolicy(ValueError):
    """The table cannot be used; nothing of it is. `problems` has every fault found, not the first alone."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))

    @classmethod
    def of(cls, reason: str) -> InvalidPolicy:
        """About the table as a whole."""
        return cls([Problem(0, "table", "", reason)])


@dataclass(frozen=True, slots=True)
class PolicyTable:
    """Rules and inheritance that have been checked; make one with `checked`, `read_csv` or `load`."""

    rules: tuple[Rule, ...]
    parents: Parents


def checked(rules: Iterable[Rule], parents: Iterable[tuple[str, str]] = PARENTS) -> PolicyTable:
    """A table that may be used. Raises InvalidPolicy."""
    table = PolicyTable(tuple(rules), tuple(parents))
    problems = [*_problems(table.rules), *_cycles(table.parents)]
    if problems:
        raise InvalidPolicy(problems)
    return table


# --- reading


def read_csv(file: Path = DEFAULT_FILE) -> PolicyTable:
    """The table of a CSV file with the shipped inheritance. Raises InvalidPolicy."""
    with file.open(encoding="utf-8", newline="") as lines:
        return parse_csv(lines)


def parse_csv(lines: Iterable[str]) -> PolicyTable:
    """The table of CSV lines: empty lines and those that begin with `#` are for people. Raises InvalidPolicy."""
    rules: list[Rule] = []
    problems: list[Problem] = []
    reader = csv.reader(lines, strict=True)
    try:
        for cells in reader:
            if not cells or cells[0].lstrip().startswith("#"):
                continue
            if len(cells) != len(COLUMNS):
                problems.append(_malformed(reader.line_num, cells))
            else:
                rules.extend(_expanded(reader.line_num, *(cell.strip() for cell in cells)))
    except csv.Error as problem:
        problems.append(Problem(reader.line_num, "row", "", f"not readable as CSV ({problem})"))
    if problems:
        raise InvalidPolicy(problems)
    return checked(rules)


def _malformed(row: int, cells: list[str]) -> Problem:
    return Problem(row, "row", ",".join(cells), f"has {len(cells)} cells instead of {len(COLUMNS)}")


def _expanded(
    row: int, role: str, objects: str, fields: str, actions: str, scopes: str, effect: str, note: str
) -> Iterator[Rule]:
    """One line as single rows: `a|b` in object, field, action and scope, and the members of `@groups`."""
    for obj in objects.split("|"):
        groups = OBJECTS[obj].groups if obj in OBJECTS else {}
        names = [name for part in fields.split("|") for name in groups.get(part, (part,))]
        for name, action, scope in product(names, actions.split("|"), scopes.split("|")):
            yield Rule(role, obj, name, action, scope, effect, note, row)


def dump(table: PolicyTable) -> str:
    """The table as canonical JSON: the same table is always the same text."""
    rules = sorted([*rule.cells, rule.note] for rule in table.rules)
    return json.dumps({"rules": rules, "parents": sorted(map(list, table.parents))}, ensure_ascii=False)


def load(body: str) -> PolicyTable:
    """The table of a stored text. Raises InvalidPolicy for anything else than what `dump` wrote."""
    try:
        stored: Any = json.loads(body)
        rules = [_stored_rule(number, cells) for number, cells in enumerate(stored["rules"], 1)]
        parents = [(str(child), str(parent)) for child, parent in stored["parents"]]
    except (ValueError, TypeError, KeyError) as problem:
        raise InvalidPolicy.of(f"not a policy table ({type(problem).__name__})") from None
    return checked(rules, parents)


def _stored_rule(number: int, cells: list[Any]) -> Rule:
    if len(cells) != len(COLUMNS) or not all(isinstance(cell, str) for cell in cells):
        raise ValueError(f"row {number}")
    role, obj, name, action, scope, effect, note = cells
    return Rule(role, obj, name, action, scope, effect, note, number)


# --- checking


def _problems(rules: tuple[Rule, ...]) -> Iterator[Problem]:
    if not rules:
        yield Problem(0, "table", "", "has no rows")
    seen: dict[Rule, int] = {}
    for rule in rules:
        yield from _faults(rule)
        if rule in seen:
            yield Problem(rule.row, "row", ",".join(rule.cells), f"says the same as row {seen[rule]}")
        seen.setdefault(rule, rule.row)


def _faults(rule: Rule) -> Iterator[Problem]:
    """Every cell must be a name of the catalogue, exactly: no case is forgiven, no expression can be one."""
    yield from _unknown(rule, "role", rule.role, ROLES)
    yield from _unknown(rule, "effect", rule.effect, EFFECTS)
    yield from _unknown(rule, "object", rule.object, OBJECTS)
    target = OBJECTS.get(rule.object)
    if target is None:
        return
    yield from _unknown(rule, "scope", rule.scope, target.scopes)
    yield from _unknown(rule, "action", rule.action, target.actions)
    if rule.action in target.actions:
        yield from _field_faults(rule, target)


def _field_faults(rule: Rule, target: ObjectOf) -> Iterator[Problem]:
    fields = target.fields_for(rule.action)
    if rule.field == WHOLE or rule.field in fields:
        return
    reason = f"cannot be granted {rule.action}" if rule.field in target.fields else f"{target.name} has no such field"
    nearest = fields if fields == (WHOLE,) else _nearest(rule.field, (*fields, *target.groups))
    yield Problem(rule.row, "field", rule.field, reason, nearest)


def _unknown(rule: Rule, column: str, value: str, valid: Iterable[str]) -> Iterator[Problem]:
    names = tuple(valid)
    if value not in names:
        yield Problem(rule.row, column, value, f"no such {column}", _nearest(value, names))


def _nearest(value: str, names: Iterable[str]) -> tuple[str, ...]:
    by_lower = {name.lower(): name for name in names}
    return tuple(by_lower[found] for found in get_close_matches(value.lower(), by_lower, n=3, cutoff=0.6))


def _cycles(parents: Parents) -> Iterator[Problem]:
    """Inheritance is between known roles and leads nowhere back."""
    for child, parent in parents:
        for name in (child, parent):
            if name not in ROLES:
                yield Problem(0, "inheritance", name, "no such role", _nearest(name, ROLES))
    above = ancestry(parents)
    for role in sorted(above):
        if any(role in above.get(ancestor, frozenset()) for ancestor in above[role] - {role}):
            yield Problem(0, "inheritance", role, "inherits from itself")
    for child, parent in parents:
        if child == parent:
            yield Problem(0, "inheritance", child, "inherits from itself")


def ancestry(parents: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Each role with everybody whose rights it has, itself included."""
    direct: dict[str, set[str]] = {}
    for child, parent in parents:
        direct.setdefault(child, set()).add(parent)
    return {role: _reached(role, direct) for role in {*ROLES, *direct}}


def _reached(role: str, direct: dict[str, set[str]]) -> frozenset[str]:
    reached, pending = {role}, [role]
    while pending:
        fresh = direct.get(pending.pop(), set()) - reached
        reached |= fresh
        pending += fresh
    return frozenset(reached)
