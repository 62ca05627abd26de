"""Takes over a list of clearances, passed and not passed (R8, R15); its cells have become values already."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from models import database
from models.enums import OperationKind, Way
from models.portable_sql import many
from models.rules.actor import Actor, Permit, unrestricted
from models.rules.acts import Act, not_found
from models.rules.clearing import ErrorPolicy, Order, carry_out
from models.rules.deciding import LONGEST_TEXT, Change, Target, fault_of
from models.rules.facts import ItemFacts, Season
from models.rules.idempotency import Idempotency
from models.rules.identity import normalise, normalise_number
from models.rules.listed import ListFile, remembered
from models.rules.recording import Head
from models.rules.refusals import Code, Refusal, Refused
from models.rules.results import ActResult
from models.rules.selection import by_numbers


@dataclass(frozen=True, slots=True)
class ClearanceLine:
    """One line. `item` is a code or a name; `name`, `clearance_id` (the hidden row key) and `version` are compared when
    they are there; `refusal`: the line was refused while it was read. `row` and `cell` point into the file. `shown`:
    what the file shows besides, by column of the sheet; never taken over, but told when it is not so any more."""

    student_no: str
    item: str
    change: Change
    name: str | None = None
    clearance_id: int | None = None
    version: int | None = None
    refusal: Refusal | None = None
    row: int | None = None
    cell: str | None = None
    shown: Mapping[str, str] = field(default_factory=dict)


async def import_clearances(
    actor: Actor,
    *,
    batch: str,
    lines: Sequence[ClearanceLine],
    permit: Permit = unrestricted,
    dry_run: bool = False,
    error_policy: ErrorPolicy = ErrorPolicy.APPLY_VALID,
    idempotency: Idempotency | None = None,
    file: ListFile | None = None,
) -> ActResult:
    """One row a line, in their order; lines of several items are taken in the order in which items follow each other.

    Each with the codes of `why_not`, NOT_FOUND (number, item), FORBIDDEN, ROW_MISMATCH (key, number and name disagree),
    STALE_ROW (changed since the export, by whom and when), DUPLICATE (the same clearance twice), BAD_INPUT (a text that
    is too long). The untouched export changes nothing. Refuses the whole act with NOT_FOUND (batch), ROW_MISMATCH (more
    than 20 such lines: a part of the file was sorted), BAD_INPUT (no line), IDEMPOTENCY_MISMATCH. `file`: that the
    lines came in.
    """
    if not lines:
        raise Refused(Code.BAD_INPUT, argument="rows")
    act = Act(actor, batch, permit, dry_run, idempotency)

    async def perform(season: Season) -> ActResult:
        found, reach = await act.find(season, by_numbers(line.student_no for line in lines))
        sheets = found.by_number
        items = _items(season)
        differing = await _differing(lines, sheets)
        targets = [_target(line, items, sheets, differing.get(place, ())) for place, line in enumerate(lines)]
        named = {target.item_id for target in targets}
        head = Head(
            OperationKind.SET_CLEARANCES,
            actor,
            season.batch.id,
            _only(named),
            selector={"lines": len(lines)},
            parameters={"way": Way.IMPORT.value, **remembered(file)},
        )
        return await carry_out(
            Order(head, season, targets, Way.IMPORT, reach.permitted, error_policy, dry_run, act.idempotency, file=file)
        )

    return await act.run(perform)


def _items(season: Season) -> dict[str, ItemFacts]:
    """The items with a state, by code, and by their names in both languages where only one is called so."""
    found: dict[str, ItemFacts] = {}
    shared: set[str] = set()
    there = [each for each in season.items.values() if each.kind.has_state and not each.withdrawn]
    for each in there:
        for name in {normalise(each.name.zh), normalise(each.name.en)}:
            shared.update({name} & found.keys())
            found[name] = each
    return {name: each for name, each in found.items() if name not in shared} | {each.code: each for each in there}


def _target(
    line: ClearanceLine, items: Mapping[str, ItemFacts], sheets: Mapping[str, int], ignored: tuple[str, ...]
) -> Target:
    number = normalise_number(line.student_no)
    item = items.get(line.item) or items.get(normalise(line.item))
    refusal = line.refusal or _fault(line.change)
    if item is None:
        refusal = refusal or Refusal(Code.NOT_FOUND, facts={"item": line.item})
    if number not in sheets:
        refusal = refusal or not_found(number)
    return Target(
        student_no=number,
        sheet_id=sheets.get(number),
        item_id=item.id if item is not None else 0,
        change=line.change,
        expected_version=line.version,
        refusal=refusal,
        name=line.name,
        clearance_id=line.clearance_id,
        row=line.row,
        cell=line.cell,
        item_code=item.code if item is not None else line.item,
        ignored=ignored,
    )


def _fault(change: Change) -> Refusal | None:
    """For a text that no clearance could hold."""
    argument = fault_of(change)
    if argument is None:
        return None
    problem = "TOO_LONG" if len(change.note or "") > LONGEST_TEXT else "NO_TEXT"
    return Refusal(Code.BAD_INPUT, facts={"argument": argument, "field": argument, "problem": problem})


def _only(item_ids: Collection[int]) -> int | None:
    """The item of a file that speaks of one; 0 stands for what is none."""
    named = set(item_ids) - {0}
    return named.pop() if len(named) == 1 else None


# --- what an export shows besides


async def _differing(lines: Sequence[ClearanceLine], sheets: Mapping[str, int]) -> dict[int, tuple[str, ...]]:
    """The columns that say otherwise than the sheet, by the line's place; asks nothing when no line shows any."""
    if not any(line.shown for line in lines):
        return {}
    rows = await database.fetch(SHOWN, [many(sheets.values())])
    there = {
        sheet_id: {"college": {*map(normalise, college)}, "major": {normalise(major)}, "class_name": {normalise(named)}}
        for sheet_id, major, named, *college in rows
    }
    found = {}
    for place, line in enumerate(lines):
        now = there.get(sheets.get(normalise_number(line.student_no), 0))
        if now is not None and line.shown:
            found[place] = tuple(name for name, text in line.shown.items() if normalise(text) not in now[name])
    return {place: names for place, names in found.items() if names}


SHOWN = """
SELECT sheet.id, sheet.major, sheet.class_name, college.name, college.name_en, college.code
FROM sheet JOIN college ON college.id = sheet.college_id WHERE sheet.id IN LIST(?1)
"""
