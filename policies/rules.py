"""The rows of a policy table: reading them from CSV or from a stored version, and refusing what the catalogue lacks.

A stored table is a list of single rows (one role, object, field, action and scope each); the CSV that people read joins
several into one line with `|` and with field groups. Every refusal names line, cell and the nearest valid names.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from itertools import chain, islice, product
from pathlib import Path
from typing import Any

from policies.catalogue import OBJECTS, WHOLE, ObjectOf
from policies.roles import PARENTS, ROLES
from policies.scopes import AT, SCOPES, scope_named

DEFAULT_FILE = Path(__file__).with_name("default_policy.csv")
COLUMNS = ("role", "object", "field", "action", "scope", "effect", "note", "until")
WITHOUT_UNTIL = COLUMNS[:-1]  # a line need not say until when
EFFECTS = ("allow", "deny")
DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
LONGEST_NOTE = 200
LONGEST_SHOWN = 80  # of a wrong cell in a message
MOST_PROBLEMS = 100
MOST_ROWS = 20_000  # single rows; the shipped table has some 1,300
MOST_ENDS = 30  # days on which a freeze ends: each is judged by itself before publishing
TOO_MANY = f"stands for more than {MOST_ROWS} rows"
FORMAT = 2  # of a stored table; 1 had no word of `Api.ask_freely`
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
FORMULA = ("'", "=", "+", "-", "@")  # how a spreadsheet's formula begins, and what keeps it from being one

Parents = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. `until` is the last day on which it holds, None for always. `row` is the line it was read from, for
    messages. Neither these nor the note make two rules different: they would say the same."""

    role: str
    object: str
    field: str
    action: str
    scope: str
    effect: str
    until: date | None = dataclasses.field(default=None, compare=False)
    note: str = dataclasses.field(default="", compare=False)
    row: int = dataclasses.field(default=0, compare=False)

    @property
    def cells(self) -> tuple[str, str, str, str, str, str]:
        return (self.role, self.object, self.field, self.action, self.scope, self.effect)

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything it says, as COLUMNS has it."""
        return (*self.cells, self.note, self.until.isoformat() if self.until else "")

    def holds_on(self, day: date | None) -> bool:
        """Whether the rule is to be heeded on this day; without a day, whenever."""
        return day is None or self.until is None or day <= self.until

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
        where = f"row {self.row}, " if self.row else ""
        return f"{where}{self.column}: {self.reason}: {self.value!r}{hint}"


class InvalidPolicy(ValueError):
    """The table cannot be used; nothing of it is. `problems` has every fault found, not the first alone, but no more
    than MOST_PROBLEMS."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(islice(problems, MOST_PROBLEMS))
        super().__init__("; ".join(map(str, self.problems)))

    @classmethod
    def of(cls, reason: str) -> InvalidPolicy:
        """About the table as a whole."""
        return cls([Problem(0, "table", "", reason)])


@dataclass(frozen=True, slots=True, eq=False)
class PolicyTable:
    """Rules and inheritance that have been checked; make one with `checked`, `read_csv` or `load`. Two tables are equal
    when they say the same, notes and days included, in whatever order."""

    rules: tuple[Rule, ...]
    parents: Parents

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PolicyTable) and self._said() == other._said()

    def __hash__(self) -> int:
        return hash(self._said())

    def _said(self) -> tuple[frozenset[tuple[str, ...]], frozenset[tuple[str, str]]]:
        return frozenset(rule.texts for rule in self.rules), frozenset(self.parents)


def checked(
    rules: Iterable[Rule], parents: Iterable[tuple[str, str]] = PARENTS, *, beside: Collection[Rule] = ()
) -> PolicyTable:
    """A table that may be used, of these rules `beside` some of a checked table, which say something else than these
    and are not looked at again. Raises InvalidPolicy."""
    fresh = tuple(rules)
    table = PolicyTable((*beside, *fresh), tuple(parents))
    if not table.rules:
        raise InvalidPolicy.of("has no rows")
    if len(table.rules) > MOST_ROWS:
        raise InvalidPolicy.of(TOO_MANY)
    if len({rule.until for rule in table.rules if rule.effect == "deny"}) > MOST_ENDS:
        raise InvalidPolicy.of(f"denials end on more than {MOST_ENDS} different days")
    problems = list(islice(chain(_problems(fresh), _cycles(table.parents)), MOST_PROBLEMS))
    if problems:
        raise InvalidPolicy(problems)
    return table


# --- reading


def read_csv(file: Path = DEFAULT_FILE) -> PolicyTable:
    """The table of a CSV file with the shipped inheritance. Raises InvalidPolicy."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return parse_csv(lines)


def parse_csv(text: str | Iterable[str], parents: Iterable[tuple[str, str]] = PARENTS) -> PolicyTable:
    """The table of a CSV text or its lines: empty lines, those that begin with `#` and the names of the columns are for
    people. Raises InvalidPolicy."""
    rules: list[Rule] = []
    problems: list[Problem] = []
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="") if isinstance(text, str) else text
    reader = csv.reader(lines, strict=True)
    try:
        for cells in reader:
            try:
                rules.extend(_line(reader.line_num, [cell.strip() for cell in cells]))
            except InvalidPolicy as found:
                problems.extend(found.problems)
            if len(rules) > MOST_ROWS or len(problems) >= MOST_PROBLEMS:
                break
    except csv.Error as problem:
        problems.append(Problem(reader.line_num, "row", "", f"not readable as CSV ({problem})"))
    if problems:
        more = (each for each in _problems(tuple(rules)) if rules)
        raise InvalidPolicy(sorted(chain(problems, islice(more, MOST_PROBLEMS)), key=lambda each: each.row))
    return checked(rules, parents)


def _line(row: int, cells: list[str]) -> list[Rule]:
    """The single rows of one line; none of a line for people. Raises InvalidPolicy for too few or too many cells."""
    if not any(cells) or cells[0].startswith("#") or tuple(cells) in (COLUMNS, WITHOUT_UNTIL):
        return []
    if len(cells) == len(WITHOUT_UNTIL):
        cells = [*cells, ""]
    if len(cells) != len(COLUMNS):
        reason = f"has {len(cells)} cells instead of {len(WITHOUT_UNTIL)} or {len(COLUMNS)}"
        raise InvalidPolicy([Problem(row, "row", _short(",".join(cells)), reason)])
    if math.prod(cell.count("|") + 1 for cell in cells) > MOST_ROWS:
        raise InvalidPolicy([Problem(row, "table", _short(",".join(cells)), TOO_MANY)])
    return list(islice(_expanded(row, cells), MOST_ROWS + 1))  # a group stands for several fields


def _expanded(row: int, cells: list[str]) -> Iterator[Rule]:
    """One line as single rows: `a|b` in object, field, action and scope, and the members of `@groups`."""
    role, objects, fields, actions, scopes, effect, note, until = cells
    day, said = day_of(until, row), _unquoted(note)
    for obj in objects.split("|"):
        groups = OBJECTS[obj].groups if obj in OBJECTS else {}
        names = [name for part in fields.split("|") for name in groups.get(part, (part,))]
        for name, action, scope in product(names, actions.split("|"), scopes.split("|")):
            yield Rule(role, obj, name, action, scope, effect, day, said, row)


def _unquoted(note: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from taking the note for a formula."""
    return note[1:] if note.startswith("'") and note[1:].startswith(FORMULA) else note


def day_of(text: str, row: int = 0) -> date | None:
    """The day that a cell says, None for an empty one. Raises InvalidPolicy."""
    try:
        if text and not DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text) if text else None
    except ValueError:
        problem = Problem(row, "until", _short(text), "no such day; it is written like 2026-07-31")
    raise InvalidPolicy([problem])


def dump(table: PolicyTable) -> str:
    """The table as canonical JSON: the same table is always the same text."""
    rules = sorted(rule.texts for rule in table.rules)
    stored = {"format": FORMAT, "rules": rules, "parents": sorted(map(list, table.parents))}
    return json.dumps(stored, ensure_ascii=False)


def load(body: str) -> PolicyTable:
    """The table of a stored text, of this version or an earlier one. Raises InvalidPolicy for anything else than what
    `dump` wrote."""
    try:
        stored: Any = json.loads(body)
        rules = [_stored_rule(number, cells) for number, cells in enumerate(stored["rules"], 1)]
        parents = [(str(child), str(parent)) for child, parent in stored["parents"]]
        rules += _rights_since(stored.get("format", 1), parents) if rules else ()
    except InvalidPolicy:
        raise
    except (ValueError, TypeError, KeyError) as problem:
        raise InvalidPolicy.of(f"not a policy table ({type(problem).__name__})") from None
    return checked(rules, parents)


def _rights_since(stored: int, parents: list[tuple[str, str]]) -> Iterator[Rule]:
    """What a table of an earlier format permitted without saying so: everybody asked freely. Raises ValueError for a
    format that is none, or of a newer version."""
    if stored not in (1, FORMAT):
        raise ValueError("format")
    if stored == FORMAT:
        return
    above = ancestry(parents)
    apart = [role.name for role in ROLES.values() if role.assignable and "staff" not in above.get(role.name, ())]
    for role in ("staff", *apart):
        yield Rule(role, "Api", WHOLE, "ask_freely", "all", "allow")


def _stored_rule(number: int, cells: list[Any]) -> Rule:
    """Of a row of COLUMNS; the versions of before there were days have rows without one."""
    if len(cells) not in (len(WITHOUT_UNTIL), len(COLUMNS)) or not all(isinstance(cell, str) for cell in cells):
        raise ValueError(f"row {number}")
    role, obj, name, action, scope, effect, note, *until = cells
    return Rule(role, obj, name, action, scope, effect, day_of("".join(until), number), note, number)


# --- checking


def _problems(rules: tuple[Rule, ...]) -> Iterator[Problem]:
    seen: dict[Rule, int] = {}
    for rule in rules:
        yield from faults(rule)
        if rule in seen:
            yield Problem(rule.row, "row", ",".join(rule.cells), f"says the same as row {seen[rule]}")
        seen.setdefault(rule, rule.row)


def faults(rule: Rule) -> Iterator[Problem]:
    """Every cell must be a name of the catalogue, exactly: no case is forgiven, no expression can be one."""
    yield from _note_faults(rule)
    yield from unknown(rule.row, "role", rule.role, ROLES)
    yield from unknown(rule.row, "effect", rule.effect, EFFECTS)
    yield from unknown(rule.row, "object", rule.object, OBJECTS)
    target = OBJECTS.get(rule.object)
    if target is None:
        return
    yield from _scope_faults(rule, target)
    yield from unknown(rule.row, "action", rule.action, target.actions)
    if rule.action in target.actions:
        yield from _field_faults(rule, target)


def _note_faults(rule: Rule) -> Iterator[Problem]:
    if len(rule.note) > LONGEST_NOTE or CONTROL.search(rule.note) or rule.note != rule.note.strip():
        yield Problem(rule.row, "note", _short(rule.note), f"must be one line of at most {LONGEST_NOTE} characters")


def _scope_faults(rule: Rule, target: ObjectOf) -> Iterator[Problem]:
    """A scope that the object has, or one of those that depend on a unit, narrowed to one by its code."""
    base, at, code = rule.scope.partition(AT)
    if base in target.scopes and scope_named(rule.scope):
        return
    if base not in target.scopes:
        reason, names = "no such scope", _nearest(base, target.scopes)
    elif SCOPES[base].unit is None:
        reason, names = f"{base} cannot be narrowed to one unit", tuple(sorted(target.scopes))
    else:
        reason, names = f"after {AT} there must be the code of one {SCOPES[base].unit}", ()
    hints = tuple(hint for name in names if scope_named(hint := f"{name}{at}{code}"))
    yield Problem(rule.row, "scope", _short(rule.scope), reason, hints)


def _field_faults(rule: Rule, target: ObjectOf) -> Iterator[Problem]:
    fields = target.fields_for(rule.action)
    if rule.field == WHOLE or rule.field in fields:
        return
    reason = f"cannot be granted {rule.action}" if rule.field in target.fields else f"{target.name} has no such field"
    nearest = fields if fields == (WHOLE,) else _nearest(rule.field, (*fields, *target.groups))
    yield Problem(rule.row, "field", _short(rule.field), reason, nearest)


def unknown(row: int, column: str, value: str, valid: Collection[str]) -> Iterator[Problem]:
    """A problem when `value` is none of the valid names, with those that look most like it."""
    if value not in valid:
        yield Problem(row, column, _short(value), f"no such {column}", _nearest(value, valid))


def _short(value: str) -> str:
    return value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}…"


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
