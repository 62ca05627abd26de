"""Changing a policy table, comparing two, and writing one as CSV; a table is never changed itself, another is made.

What comes out of here has been checked against the catalogue; publishing it is the business of `policies.publishing`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from policies.roles import ROLES
from policies.rules import COLUMNS, FORMULA, InvalidPolicy, PolicyTable, Rule, checked, faults, unknown


@dataclass(frozen=True, slots=True)
class RuleChanges:
    """The rows that only the later of two tables has, and those that only the earlier one has. A row whose note or last
    day changed is among both."""

    added: tuple[Rule, ...]
    removed: tuple[Rule, ...]


def set_cell(
    table: PolicyTable,
    *,
    role: str,
    object: str,  # noqa: A002  # the name of the column
    action: str,
    field: str,
    allow: Mapping[str, date | None],
    deny: Mapping[str, date | None] | None = None,
    note: str = "",
    row: int = 0,
) -> PolicyTable:
    """The table in which the role's own rows of exactly this object, action and field are these: each scope with the
    last day on which it holds. A row that stays keeps its note when none is given.

    `row` is what a message calls these rows by. Raises InvalidPolicy.
    """
    cell = (role, object, action, field)
    problems = list(faults(Rule(role, object, field, action, "all", "allow", row=row)))
    if problems:
        raise InvalidPolicy(problems)
    before = {rule: rule.note for rule in table.rules if _cell(rule) == cell}
    kept = [rule for rule in table.rules if _cell(rule) != cell]
    fresh = [
        Rule(role, object, field, action, scope, effect, until, note.strip(), row)
        for effect, scopes in (("allow", allow), ("deny", deny or {}))
        for scope, until in scopes.items()
    ]
    noted = [replace(rule, note=rule.note or before.get(rule, "")) for rule in fresh]
    return checked(noted, table.parents, beside=kept)


def _cell(rule: Rule) -> tuple[str, str, str, str]:
    return (rule.role, rule.object, rule.action, rule.field)


def reset_role(table: PolicyTable, role: str, to: PolicyTable) -> PolicyTable:
    """The table in which the role's own rows, and whose rights it has besides, are those of `to`.

    Raises InvalidPolicy.
    """
    problems = list(unknown(0, "role", role, ROLES))
    if problems:
        raise InvalidPolicy(problems)
    rules = [rule for rule in table.rules if rule.role != role] + [rule for rule in to.rules if rule.role == role]
    parents = [pair for pair in table.parents if pair[0] != role] + [pair for pair in to.parents if pair[0] == role]
    return checked(rules, parents)


def rule_changes(before: PolicyTable, after: PolicyTable) -> RuleChanges:
    """What was added and what was removed, in the order of the CSV."""
    return RuleChanges(tuple(_missing(after, before)), tuple(_missing(before, after)))


def _missing(table: PolicyTable, other: PolicyTable) -> Iterator[Rule]:
    said = {rule.texts for rule in other.rules}
    return (rule for rule in in_order(table.rules) if rule.texts not in said)


def to_csv(table: PolicyTable) -> str:
    """The table with the names of its columns and one single row a line, in an order that depends on nothing but the
    rows: what changed is what differs. `parse_csv` reads it back; inheritance is not in it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_line(rule) for rule in in_order(table.rules))
    return text.getvalue()


def _line(rule: Rule) -> tuple[str, ...]:
    """Every cell but the note is a name, a code or a day."""
    quoted = f"'{rule.note}" if rule.note.startswith(FORMULA) else rule.note
    *names, _, until = rule.texts
    return (*names, quoted, until)


def in_order(rules: Iterable[Rule]) -> list[Rule]:
    """Role by role in their order on screen, then by the names in the cells."""
    place = {role: number for number, role in enumerate(ROLES)}
    return sorted(rules, key=lambda rule: (place.get(rule.role, len(place)), rule.texts))
