"""What the policy commands of the shell read – a CSV file, names that people type – and the lines that they print.

English, as everything on the operator's terminal; notes, comments and names stay as they were written.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli_running import Failed, in_words
from models.declare import Words
from models.rules.actor import SYSTEM
from models.rules.refusals import Code, Refused
from settings import settings

if TYPE_CHECKING:
    from policies.difference import Change
    from policies.engine import Grant
    from policies.explaining import Cell
    from policies.publishing import Verdict
    from policies.reached import Reached
    from policies.rules import PolicyTable, Rule

LONGEST = 64  # of a wrong name in a message
SUGGESTED = 8  # names, where nothing looks like the wrong one
NO_WORDS = Words("", "")

Asked = tuple[str, str, "Grant | None"]
"""A role, an object and a grant of it."""


def count(number: int, what: str) -> str:
    """`1 problem`, `2 problems`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


# --- reading


async def table_in(file: Path) -> PolicyTable:
    """The table of a CSV file, with the inheritance in force. Prints every problem of one that has any, and fails."""
    from policies import store
    from policies.roles import PARENTS
    from policies.rules import InvalidPolicy, parse_csv

    text, kept = _text(file), await store.for_read()
    try:
        return parse_csv(text, kept.table.parents or PARENTS)
    except InvalidPolicy as invalid:
        for problem in invalid.problems:
            click.echo(str(problem))
        raise Failed(f"{file}: {count(len(invalid.problems), 'problem')}; nothing of it was used") from None


def _text(file: Path) -> str:
    try:
        read = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return read.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = problem.object[: problem.start].count(b"\n") + 1
        raise Failed(f'{file}, row {line}: not UTF-8; save it as "CSV UTF-8"') from None
    except OSError as problem:
        raise Failed(f"{file}: {problem.strerror}") from None


def write(file: Path, text: str) -> None:
    """Over what the file held before."""
    try:
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as problem:
        raise Failed(f"{file}: {problem.strerror}") from None


def called(what: str, text: str, known: Mapping[str, Words]) -> str:
    """The name that is meant, as the table or as the API writes it. What is none is a mistake in the command itself."""
    from graphql_api.naming import camel
    from models.rules.nearest import nearest

    spelled = {camel(name).casefold(): name for name in known} | {name.casefold(): name for name in known}
    if text.casefold() in spelled:
        return spelled[text.casefold()]
    words = {name: f"{label.zh} {label.en}" for name, label in known.items()}
    near = nearest(text[:LONGEST], words) or tuple(known)[:SUGGESTED]
    raise click.UsageError(f"there is no {what} {text[:LONGEST]!r}; nearest: {', '.join(near)}")


def objects() -> dict[str, Words]:
    """The words of every object, for `called`."""
    from policies.catalogue import OBJECTS

    return {name: target.label for name, target in OBJECTS.items()}


def actions_on(object_name: str) -> dict[str, Words]:
    """The words of every action that the object has."""
    from policies.actions import ACTIONS
    from policies.catalogue import OBJECTS

    return {name: ACTIONS[name].label for name in OBJECTS[object_name].actions}


def fields_for(object_name: str, action: str) -> dict[str, Words]:
    """The words of every field that the action may be granted on."""
    from policies.catalogue import OBJECTS

    target = OBJECTS[object_name]
    return {
        name: target.fields[name].label if name in target.fields else NO_WORDS for name in target.fields_for(action)
    }


# --- what speaks against it


def failed(refused: Refused) -> Failed:
    """Why a version was not published, or is not there, in one line."""
    facts = refused.refusal.facts
    if refused.refusal.code is Code.CONFLICT and "by" in facts:
        at = datetime.fromisoformat(str(facts["at"])).astimezone(settings().timezone)
        by = "the command line" if facts["by"] == SYSTEM.name else facts["by"]
        since = f"See what it changed: lixiao policy diff --from {facts['expected']}"
        if int(str(facts["expected"])) > int(str(facts["number"])):
            since = f"There is no version {facts['expected']} yet: mend --expected"
        return Failed(
            f"version {facts['number']} is in force, published by {by} at {at:%Y-%m-%d %H:%M}; nothing was"
            f" published. {since}"
        )
    if refused.argument == "version":
        return Failed(f"there is no version {facts['version']}; lixiao policy versions lists those there are")
    if refused.argument == "comment":
        limit = f" of more than {facts['limit']} characters" if "limit" in facts else ""
        return Failed(f"--comment: {'too long,' + limit if limit else 'empty'}; nothing was published")
    return Failed(in_words(refused))


def against(verdict: Verdict, table: PolicyTable, *, numbered: bool) -> list[str]:
    """Everything that speaks against putting a table in force, a line each, with the rows of the table that do.
    `numbered`: the rows have the numbers of a file's lines."""
    from policies.engine import Snapshot
    from policies.explaining import cell

    whole = Snapshot(0, table)  # of no day: a promise may be broken only when a row's last day has passed
    found = []
    for each in verdict.broken:
        because = cell(whole, each.role, each.object, each.action, each.field)
        rows = "; ".join(row(rule, numbered=numbered) for rule in (*because.own, *because.inherited))
        right = f"{each.role} could {each.action} {each.object}.{each.field}"
        found.append(f"breaks the promise {each.assurance.words.en!r}: {right}, by {rows}")
    if verdict.lockout:
        found.append("nobody who can sign in could tune the policies any more (PolicyVersion, tune)")
    return [*found, *(str(problem) for problem in verdict.unknown_units)]


def row(rule: Rule, *, numbered: bool = False) -> str:
    """`operator,Student,phone,read,own_department_students,allow until 2026-07-31 (note)`."""
    until = f" until {rule.until}" if rule.until else ""
    note = f" ({rule.note})" if rule.note else ""
    where = f"row {rule.row} " if numbered else ""
    return f"{where}{','.join(rule.cells)}{until}{note}"


# --- what differs


def rule_lines(before: PolicyTable, after: PolicyTable) -> Iterator[str]:
    """The rows that were removed and added, as a difference of two files is written."""
    from policies.editing import rule_changes

    changes = rule_changes(before, after)
    yield f"\n{count(len(changes.removed), 'row')} removed, {len(changes.added):,} added"
    yield from (f"- {row(rule)}" for rule in changes.removed)
    yield from (f"+ {row(rule)}" for rule in changes.added)


async def reaches(changes: Sequence[Change]) -> dict[Asked, Reached]:
    """How far each grant before and after reaches today: at most four statements each, with a bar on a terminal."""
    from tqdm import tqdm

    from policies.reached import reached

    asked: dict[Asked, None] = {}
    for change in changes:
        for each in change.roles:
            asked |= {(each.role, change.object, each.before): None, (each.role, change.object, each.after): None}
    now, found = datetime.now(UTC), {}
    for each in tqdm(asked, unit="grant", desc="counting rows", leave=False, disable=None):
        role, object_name, grant = each
        found[each] = await reached(role, object_name, grant, now)
    return found


def words_of_change(change: Change) -> str:
    """`Department operator, Supervisor: newly read "Phone" of "Student"`."""
    from policies.roles import ROLES

    roles = ", ".join(ROLES[each.role].label.en for each in change.roles)
    return f"{change.kind.words.en}: {roles} – {deed(change.object, change.action, change.field)}"


def deed(object_name: str, action: str, field: str) -> str:
    """`Read Student.phone "Phone"`."""
    from policies.actions import ACTIONS
    from policies.catalogue import OBJECTS, WHOLE

    target, act = OBJECTS[object_name], ACTIONS[action].label.en
    if field == WHOLE:
        return f"{act} {object_name} ({target.label.en})"
    return f"{act} {object_name}.{field} ({target.fields[field].label.en})"


def change_lines(change: Change, found: Mapping[Asked, Reached]) -> Iterator[str]:
    """Of each role: who holds it, its rows before and after, and what these are in words."""
    from policies.explaining import in_words as granted

    for each in change.roles:
        before, after = (found[each.role, change.object, grant] for grant in (each.before, each.after))
        scopes = f"{granted(each.before).en} → {granted(each.after).en}"
        rows = f"rows {_rows(before)} → {_rows(after)}"
        yield f"    {each.role:<13} {count(after.holders, 'holder'):>14}  {rows}  {scopes}"
        if reason := before.reason or after.reason:
            yield f"{'':<18}{reason.en}"


def _rows(reached: Reached) -> str:
    return "?" if reached.rows is None else f"{reached.rows:,}"


# --- who can


async def able_lines(cells: Iterable[Cell]) -> list[str]:
    """Role by role: how many hold it, then each scope with the fields it is granted on and the rows that say so."""
    from models.rules import holders
    from policies.roles import ROLES

    by_role = {role: list(of_role) for role, of_role in groupby(cells, key=lambda cell: cell.role)}
    held = await holders.count(by_role, datetime.now(UTC)) if by_role else {}
    lines = []
    for role, of_role in by_role.items():
        lines.append(f"{role} ({ROLES[role].label.zh} {ROLES[role].label.en}): {count(held.get(role, 0), 'holder')}")
        lines += _scopes(of_role)
    return lines


def _scopes(cells: Sequence[Cell]) -> Iterator[str]:
    """Fields that are granted alike, by the same rows but for the field, stand together."""
    from policies.explaining import in_words as granted

    alike: dict[tuple[Grant | None, tuple[Rule, ...]], list[str]] = {}
    for cell in cells:
        alike.setdefault((cell.grant, (*cell.own, *cell.inherited)), []).append(cell.field)
    for (grant, rules), names in alike.items():
        yield f"    {', '.join(names)}: {granted(grant).en}"
        yield from (f"        {row(rule)}" for rule in rules)
